use super::*;
use proptest::prelude::*;

/// Reads the places in passing and from the whole document.
fn read(body: &[u8], places: &[&str]) -> (Vec<Option<String>>, Vec<Option<String>>) {
    let read_all = |computed: bool| {
        let mut paths = Paths::default();
        let numbers: Vec<usize> =
            places.iter().map(|place| paths.add(Pointer::parse(place).unwrap())).collect();
        if computed {
            paths.add_computed();
        }
        let paths = paths.finish();
        assert!(!computed || paths.branch.is_none());
        let mut memory = Memory::default();
        // What an earlier request left must not be seen.
        memory.parse(&paths, br#"{"a":"old","b":[1,2,3,{"a":1}],"":{"a":{"b":true}}}"#);
        let body = RequestBody::new(&paths, body, memory);
        numbers.iter().map(|n| body.read(*n).ok().map(|value| format!("{value:?}"))).collect()
    };
    (read_all(false), read_all(true))
}

#[test]
fn kinds_of_nodes() {
    let body =
        br#"{"t":"x","e":"","i":-1,"u":18446744073709551615,"f":1.5,"b":false,"n":null,"o":{},
        "l":[],"d":{"k":[10,{"z":"deep"}]},"t2":"\u00e9\n"}"#;
    for (place, expected) in [
        ("/t", Some(r#"Text("x")"#)),
        ("/e", Some(r#"Text("")"#)),
        ("/i", Some("Integer(-1)")),
        ("/u", Some("Integer(-1)")),
        ("/f", Some("Float(1.5)")),
        ("/b", Some("Boolean(false)")),
        ("/n", None),
        ("/o", None),
        ("/l", None),
        ("/d/k/0", Some("Integer(10)")),
        ("/d/k/1/z", Some(r#"Text("deep")"#)),
        ("/d/k/2", None),
        ("/d/k/00", None),
        ("/d/k/-", None),
        ("/t/x", None),
        ("/t2", Some("Text(\"\u{e9}\\n\")")),
        ("/missing/x", None),
    ] {
        let (passing, whole) = read(body, &[place]);
        assert_eq!(passing[0].as_deref(), expected, "{place}");
        assert_eq!(whole, passing, "{place}");
    }
}

#[test]
fn the_last_of_equal_keys_wins() {
    for (body, place, expected) in [
        (&br#"{"a":1,"a":2}"#[..], "/a", Some("Integer(2)")),
        (br#"{"a":{"b":1},"a":{"c":1}}"#, "/a/b", None),
        (br#"{"a":{"b":1},"a":null}"#, "/a/b", None),
        (br#"{"a":1,"a":null}"#, "/a", None),
        (br#"{"a":[1],"a":{"0":2}}"#, "/a/0", Some("Integer(2)")),
    ] {
        let (passing, whole) = read(body, &[place]);
        assert_eq!(passing[0].as_deref(), expected);
        assert_eq!(whole, passing);
    }
}

#[test]
fn what_is_not_json_has_no_nodes() {
    let deep = [&b"{\"a\":1,\"x\":"[..], &b"[".repeat(200), &b"]".repeat(200), b"}"].concat();
    for body in [
        &b""[..],
        b"text",
        br#"{"a":1"#,
        br#"{"a":1} x"#,
        br#"{"a":1,"x":1e400}"#,
        br#"{"a":1,"x":"\ud800"}"#,
        br#"{"a":1,"x":01}"#,
        br#"{"a":1,}"#,
        &deep,
    ] {
        let (passing, whole) = read(body, &["/a"]);
        assert_eq!((&passing[0], &whole[0]), (&None, &None), "{}", String::from_utf8_lossy(body));
    }
    let (passing, whole) = read(b"\xef\xbb\xbf{\"a\":\"\xff\"}", &["/a"]);
    assert_eq!(passing[0].as_deref(), Some("Text(\"\u{fffd}\")"), "lossily converted");
    assert_eq!(whole, passing);
}

#[test]
fn the_whole_document_and_nested_places() {
    let (passing, whole) = read(br#"{"a":{"b":1}}"#, &["", "/a", "/a/b"]);
    assert!(passing.iter().all(Option::is_some), "{passing:?}");
    assert_eq!(passing, whole);
    let (passing, _) = read(b"[]", &[""]);
    assert_eq!(passing[0], None);
    let (passing, _) = read(b"\"text\"", &[""]);
    assert_eq!(passing[0].as_deref(), Some("Text(\"text\")"));
}

fn text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("{}".to_owned()),
        "-?[1-9][0-9]{0,20}",
        Just("1.5".to_owned()),
        Just("1e400".to_owned()),
        "\"[ab]{0,2}\"",
        Just("\"\\ud800\"".to_owned()),
        Just("oops".to_owned()),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|elements| format!("[{}]", elements.join(","))),
            proptest::collection::vec(("[ab01]{0,1}", inner), 0..4).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn in_passing_is_as_from_the_document(
        body in text(),
        places in proptest::collection::vec("(/[ab01]{0,1}){0,3}", 1..4),
    ) {
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        let (passing, whole) = read(body.as_bytes(), &places);
        prop_assert_eq!(passing, whole);
    }
}
