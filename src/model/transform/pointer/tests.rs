use super::*;
use serde_json::json;

fn written(document: &str, path: &str, value: Json) -> (Result<(), WriteError>, String) {
    let mut document: Json = serde_json::from_str(document).unwrap();
    let result = Pointer::dotted(path).write(&mut document, value);
    (result, document.to_string())
}

#[test]
fn dotted_paths_and_pointers_lead_to_the_same_nodes() {
    for (row, dotted, pointer) in [
        ("every `.` becomes `/`, prefixed with `/`", "items.0.id", "/items/0/id"),
        ("a `/` in the text splits too", "a/b.c", "/a/b/c"),
        ("`~` must be `~0`/`~1`", "a~0b.c~1d", "/a~0b/c~1d"),
        ("`~01` is `~1`", "~01", "/~01"),
        ("an empty token", "a..b", "/a//b"),
        ("an empty path is one empty token", "", "/"),
    ] {
        assert_eq!(Pointer::dotted(dotted), Pointer::parse(pointer).unwrap(), "{row}");
    }
    let texts: Vec<_> =
        Pointer::dotted("~01.a~1b").tokens().unwrap().iter().map(|t| t.text.to_string()).collect();
    assert_eq!(texts, ["~1", "a/b"]);
    assert!(Pointer::parse("").unwrap().is_root());
    assert!(!Pointer::dotted("").is_root());
    assert!(!Pointer::dotted("~").is_root());
    assert_eq!(Pointer::parse("a"), Err(PointerError::NoSlash));
    for bad in ["/~", "/a~2", "/a/~~0", "/~é"] {
        assert_eq!(Pointer::parse(bad), Err(PointerError::BadEscape), "{bad}");
    }
}

#[test]
fn reading() {
    let document = json!({"a": {"b": [10, {"c": "x"}], "": 1, "01": 2, "-": 3}, "e/f": {"g~h": 4}, "none": []});
    for (row, path, expected) in [
        ("array elements by index work", "a.b.0", Some(json!(10))),
        ("below an element", "a.b.1.c", Some(json!("x"))),
        ("an empty member name", "a.", Some(json!(1))),
        ("digits are plain names in an object", "a.01", Some(json!(2))),
        ("`-` is a plain name in an object", "a.-", Some(json!(3))),
        ("`~0` and `~1`", "e~1f.g~0h", Some(json!(4))),
        ("descending into a scalar -> skip", "a.b.0.x", None),
        ("a leading-zero index -> skip", "a.b.01", None),
        ("`-` in an array -> skip", "a.b.-", None),
        ("a lone `~` -> skip", "a~.b", None),
        ("a missing key -> skip", "a.x", None),
        ("text in an array -> skip", "a.b.x", None),
        ("an empty token in an array -> skip", "a.b.", None),
        ("a signed index -> skip", "a.b.+1", None),
        ("A9 #1: index a little beyond the end -> skip", "a.b.2", None),
        ("A9 #1: index far beyond the end -> skip", "a.b.100000", None),
        ("A9 #1: index into an empty array -> skip", "none.0", None),
        ("index beyond 64 bit -> skip", "a.b.18446744073709551616", None),
    ] {
        assert_eq!(Pointer::dotted(path).read(&document), expected.as_ref(), "{row}");
    }
    assert_eq!(Pointer::parse("").unwrap().read(&document), Some(&document));
}

#[test]
fn writing_through_a_pointer() {
    use WriteError::{BadEscape, IntoScalar, NotAnIndex, TooFar};
    for (sentence, document, path, result, expected) in [
        ("missing object members are created", "{}", "a.b.c", Ok(()), r#"{"a":{"b":{"c":"0"}}}"#),
        (
            "an existing member is replaced",
            r#"{"a":{"b":1},"c":2}"#,
            "a",
            Ok(()),
            r#"{"a":"0","c":2}"#,
        ),
        ("under a null a token of only digits creates an array", "null", "0", Ok(()), r#"["0"]"#),
        ("under a null member, too", r#"{"a":null}"#, "a.1", Ok(()), r#"{"a":[null,"0"]}"#),
        ("under a freshly created node", "{}", "a.2", Ok(()), r#"{"a":[null,null,"0"]}"#),
        ("`-` under a null creates an array", "null", "-", Ok(()), r#"["0"]"#),
        ("`-` under a freshly created node", "{}", "a.-", Ok(()), r#"{"a":["0"]}"#),
        ("anything else an object", "null", "1x", Ok(()), r#"{"1x":"0"}"#),
        (
            "`0.1` without responseBody gives `[[null,\"0\"]]`",
            "null",
            "0.1",
            Ok(()),
            r#"[[null,"0"]]"#,
        ),
        ("`a..b` leaves `\"a\":[]` behind", "{}", "a..b", Err(NotAnIndex), r#"{"a":[]}"#),
        ("`a.` leaves `\"a\":[]` behind", "{}", "a.", Err(NotAnIndex), r#"{"a":[]}"#),
        ("`a.01` leaves `\"a\":[]` behind", "{}", "a.01", Err(NotAnIndex), r#"{"a":[]}"#),
        ("in an existing object digits are plain keys", "{}", "0", Ok(()), r#"{"0":"0"}"#),
        ("in an existing object `-` is a plain key", "{}", "-", Ok(()), r#"{"-":"0"}"#),
        ("in an existing object the empty token is a key", "{}", "", Ok(()), r#"{"":"0"}"#),
        ("in an existing array the token is an index", "[1,2]", "1", Ok(()), r#"[1,"0"]"#),
        ("or one behind the end", "[1,2]", "2", Ok(()), r#"[1,2,"0"]"#),
        ("an array is padded with nulls", "[1]", "3", Ok(()), r#"[1,null,null,"0"]"#),
        ("`-` appends", "[1]", "-", Ok(()), r#"[1,"0"]"#),
        ("`-` appends, then descends", "[1]", "-.a", Ok(()), r#"[1,{"a":"0"}]"#),
        ("without leading zero", "[1,2]", "01", Err(NotAnIndex), "[1,2]"),
        ("zero itself is an index", "[1,2]", "0", Ok(()), r#"["0",2]"#),
        ("`00` is none", "[1,2]", "00", Err(NotAnIndex), "[1,2]"),
        ("a non-numeric token in an array fails", "[1]", "x", Err(NotAnIndex), "[1]"),
        ("an empty token in an array fails", "[1]", "", Err(NotAnIndex), "[1]"),
        ("descending into a string fails", r#"{"a":"s"}"#, "a.b", Err(IntoScalar), r#"{"a":"s"}"#),
        ("descending into a number fails", r#"{"a":1}"#, "a.0", Err(IntoScalar), r#"{"a":1}"#),
        (
            "descending into a bool fails",
            r#"{"a":true}"#,
            "a.b.c",
            Err(IntoScalar),
            r#"{"a":true}"#,
        ),
        (
            "intermediate nodes created before the failure remain",
            r#"{"z":1}"#,
            "a.b.0.x.01",
            Err(NotAnIndex),
            r#"{"a":{"b":[{"x":[]}]},"z":1}"#,
        ),
        ("beyond 64 bit -> skip", "{}", "a.18446744073709551616", Err(NotAnIndex), r#"{"a":[]}"#),
        ("more padding than is sane -> skip", "{}", "a.1000000", Err(TooFar), r#"{"a":[]}"#),
        ("the last index of all", "{}", "a.18446744073709551615", Err(TooFar), r#"{"a":[]}"#),
        ("a lone `~` is a bad pointer", "{}", "a.~", Err(BadEscape), "{}"),
    ] {
        let (outcome, text) = written(document, path, json!("0"));
        assert_eq!((outcome, text.as_str()), (result, expected), "{sentence}");
    }
}

#[test]
fn a_far_index_pads_with_nulls() {
    let (outcome, text) = written("{}", "a.100000", json!(1));
    assert_eq!(outcome, Ok(()));
    assert_eq!(
        text.len(),
        r#"{"a":[1]}"#.len() + 100_000 * "null,".len(),
        "`a.100000` sends half a megabyte"
    );
}

#[test]
fn the_whole_document_is_replaced() {
    let mut document = json!({"a": 1});
    assert_eq!(Pointer::parse("").unwrap().write(&mut document, json!([2])), Ok(()));
    assert_eq!(document, json!([2]));
}

#[test]
fn padding_of_one_document_is_bounded() {
    let mut left = 10;
    let mut document = json!([]);
    let write = |document: &mut Json, path: &str, left: &mut usize| {
        Pointer::dotted(path).write_within(document, json!(1), left)
    };
    assert_eq!(write(&mut document, "3.2", &mut left), Ok(()), "four and three elements");
    assert_eq!(left, 3);
    assert_eq!(write(&mut document, "3.2", &mut left), Ok(()), "nothing is added");
    assert_eq!(write(&mut document, "7", &mut left), Err(WriteError::TooFar));
    assert_eq!(write(&mut document, "6", &mut left), Ok(()));
    assert_eq!(write(&mut document, "-", &mut left), Err(WriteError::TooFar));
    assert_eq!(document, json!([null, null, null, [null, null, 1], null, null, 1]));
}

#[test]
fn nesting_is_bounded_by_what_the_parser_reads() {
    let nested = |levels: usize| {
        crate::json::parse(format!("{}{}", "[".repeat(levels), "]".repeat(levels)).as_bytes())
    };
    assert!(nested(NESTING_MAX).is_ok() && nested(NESTING_MAX + 1).is_err());
    for (levels, value) in
        [(NESTING_MAX, json!(1)), (NESTING_MAX - 1, json!([])), (0, nested(NESTING_MAX).unwrap())]
    {
        let pointer = Pointer::parse(&"/a".repeat(levels)).unwrap();
        let mut document = json!({});
        assert_eq!(pointer.write(&mut document, value.clone()), Ok(()), "{levels}");
        assert_eq!(pointer.read(&document), Some(&value));
        assert!(crate::json::parse(document.to_string().as_bytes()).is_ok());
        let deeper = Pointer::parse(&"/a".repeat(levels + 1)).unwrap();
        let mut document = json!({});
        assert_eq!(deeper.write(&mut document, value), Err(WriteError::TooDeep), "{levels}");
        assert_eq!(document, json!({}), "nothing is created");
    }
    let endless = Pointer::dotted(&"a.".repeat(1_000_000));
    assert_eq!(endless.write(&mut json!({}), json!(1)), Err(WriteError::TooDeep));
    assert!(endless.read(&json!({"a": 1})).is_none());
}

#[test]
fn erasing() {
    for (row, document, path, result, expected) in [
        ("a member", r#"{"a":{"b":1,"c":2}}"#, "a.b", true, r#"{"a":{"c":2}}"#),
        ("an element: those behind it move up", r#"{"a":[1,2,3]}"#, "a.1", true, r#"{"a":[1,3]}"#),
        ("below an element", r#"[{"a":1}]"#, "0.a", true, "[{}]"),
        ("a missing member", r#"{"a":1}"#, "b", false, r#"{"a":1}"#),
        ("a missing parent", r#"{"a":1}"#, "b.c", false, r#"{"a":1}"#),
        ("below a scalar", r#"{"a":1}"#, "a.c", false, r#"{"a":1}"#),
        ("no element", "[1]", "1", false, "[1]"),
        ("`-` is no element", "[1]", "-", false, "[1]"),
        ("a lone `~`", r#"{"~":1}"#, "~", false, r#"{"~":1}"#),
    ] {
        let mut node: Json = serde_json::from_str(document).unwrap();
        assert_eq!(Pointer::dotted(path).erase(&mut node), result, "{row}");
        assert_eq!(node.to_string(), expected, "{row}");
    }
    let mut document = json!({"a": 1});
    assert!(Pointer::parse("").unwrap().erase(&mut document));
    assert_eq!(document, Json::Null);
}
