use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use understudy_wire::Head;

/// A script with everything that the format has.
pub(super) const LOGIN: &str = include_str!("tests/login.json");

/// The least that a script can be.
pub(super) fn least() -> Value {
    json!({
        "dns": "localhost", "port": "8000", "timeout": 1000, "flow": ["call"],
        "messages": {"call": {"method": "GET", "url": "x", "response": {"code": 200}}}
    })
}

pub(super) fn load(script: &Value) -> Result<Script, String> {
    Script::parse("t.json", script.to_string().as_bytes()).map_err(|error| error.to_string())
}

/// The least script with one value put in or replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut script = least();
    put(&mut script, pointer, value);
    script
}

fn put(script: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match script.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        parent => parent[name.replace("~1", "/")] = value,
    }
}

fn without(parent: &str, name: &str) -> Value {
    let mut script = least();
    script.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    script
}

#[test]
fn what_a_script_says_of_itself() {
    let script = Script::parse("login.json", LOGIN.as_bytes()).unwrap();
    assert_eq!(script.target(), ("localhost", 8000));
    assert!(script.is_secure());
    assert_eq!(script.timeout(), Duration::from_secs(2));
    assert_eq!(script.message_names(), ["login", "read", "write", "logout"]);
    assert_eq!(script.expected_statuses(), [201, 200, 204, 204]);
    let script = load(&least()).unwrap();
    assert!(!script.is_secure());
}

#[test]
fn files_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    let error = |path: &Path| Script::load(path).unwrap_err().to_string();
    assert!(error(&path).starts_with(&format!("{}: cannot be read: No such file", path.display())));
    assert!(error(folder.path()).contains("cannot be read"));
    fs::write(&path, LOGIN).unwrap();
    assert!(Script::load(&path).is_ok());
    File::create(&path).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    assert!(error(&path).ends_with("x.json: too long; a script has up to 16 MiB"));
}

#[test]
fn broken_json_is_placed_by_line_and_column() {
    let error = |text: &str| Script::parse("t.json", text.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        error("{\n  \"dns\": \"x\"\n  \"port\": 1\n}"),
        "t.json: line 3, column 3: expected `,` or `}`; JSON (RFC 8259) would be right"
    );
    assert!(error("").starts_with("t.json: line 1, column 0: EOF while parsing"));
    assert!(error("{} x").starts_with("t.json: line 1, column 4: trailing characters"));
    assert_eq!(error("[1]"), "t.json: the whole script: an array stands here; expected an object");
    let twice = r#"{"dns":"a","messages":{"a":{"body":{"x/y":1,"x/y":1}}}}"#;
    assert_eq!(
        error(twice),
        "t.json: /messages/a/body/x~1y: this member stands here twice; expected each member once"
    );
}

#[test]
fn names_are_checked_and_the_nearest_is_suggested() {
    for (pointer, value, line) in [
        ("/flow/0", json!("cal"), "/flow/0: no message is called `cal`; did you mean `call`?"),
        ("/flow/0", json!("sms"), "/flow/0: no message is called `sms`; there are `call`"),
        (
            "/messages/call/url",
            json!("x/<id>"),
            "/messages/call/url: no range, variable or saved value is called `id`; there are none at all",
        ),
        ("/rangs", json!({}), "/rangs: there is no such member; did you mean `ranges`?"),
        (
            "/messages/call/response/status",
            json!(200),
            "/messages/call/response/status: there is no such member; there are `code`",
        ),
    ] {
        assert_eq!(load(&with(pointer, value)).unwrap_err(), format!("t.json: {line}"));
    }
    let mut script = with("/ranges", json!({"number": {"min": 1, "max": 2}}));
    put(&mut script, "/messages/call/headers", json!({"x-a": "<nubmer>"}));
    assert_eq!(
        load(&script).unwrap_err(),
        "t.json: /messages/call/headers/x-a: no range, variable or saved value is called `nubmer`; did you mean `number`?"
    );
    put(&mut script, "/messages/call/headers", json!({}));
    put(&mut script, "/messages/call/body", json!({"a": [{"b<c>": 1}]}));
    assert_eq!(
        load(&script).unwrap_err(),
        "t.json: /messages/call/body/a/0/b<c>: no range, variable or saved value is called `c`; there are `number`"
    );
    put(&mut script, "/variables", json!({"number": 3}));
    assert_eq!(
        load(&script).unwrap_err(),
        "t.json: /variables/number: `number` is a range already; expected another name for one of them"
    );
}

#[test]
fn a_message_is_one_line_whatever_the_script_holds() {
    let error = load(&with("/a\nb\u{2028}c\u{1b}[1m", json!(1))).unwrap_err();
    assert!(
        error.starts_with(r"t.json: /a\nb\u{2028}c\u{1b}[1m: there is no such member"),
        "{error}"
    );
    let error = load(&with("/dns", json!("x".repeat(100_000)))).unwrap();
    drop(error);
    let error = load(&with("/flow/0", json!("y".repeat(100_000)))).unwrap_err();
    assert!(error.len() < 200, "{error}");
}

/// Is the value refused, in one line that names the place? And does the schema see it too?
fn check_refused(pointer: &str, value: &Value, by_schema: bool) {
    let script = with(pointer, value.clone());
    let error = load(&script).expect_err(&format!("{pointer} = {value}"));
    let parent = pointer.rsplit_once('/').unwrap().0;
    assert!(error.starts_with(&format!("t.json: {parent}")), "{pointer} = {value}: {error}");
    assert!(error.contains("; "), "{error}");
    assert_eq!(error.lines().count(), 1);
    assert_eq!(!validator().is_valid(&script), by_schema, "{pointer} = {value}");
}

/// The schema sees what is wrong.
const SEEN: bool = true;

#[test]
fn members_are_checked() {
    for (pointer, value, by_schema) in [
        ("/dns", json!(1), SEEN),
        ("/dns", json!(""), SEEN),
        ("/dns", json!("http://localhost"), !SEEN),
        ("/dns", json!("localhost:8000"), !SEEN),
        ("/port", json!(8000), SEEN),
        ("/port", json!("0"), SEEN),
        ("/port", json!("65536"), !SEEN),
        ("/port", json!("+80"), SEEN),
        ("/port", json!(""), SEEN),
        ("/secure", json!("true"), SEEN),
        ("/timeout", json!(0), SEEN),
        ("/timeout", json!(1.5), SEEN),
        ("/timeout", json!("1"), SEEN),
        ("/timeout", json!(u64::MAX), SEEN),
        ("/flow", json!([]), SEEN),
        ("/flow", json!("call"), SEEN),
        ("/flow/0", json!(1), SEEN),
        ("/messages", json!([]), SEEN),
        ("/messages/err", least()["messages"]["call"].clone(), SEEN),
        ("/messages/Total", least()["messages"]["call"].clone(), SEEN),
        ("/messages/a~1b", least()["messages"]["call"].clone(), SEEN),
        ("/messages/", least()["messages"]["call"].clone(), SEEN),
        ("/messages/unused", json!({}), SEEN),
        ("/ranges", json!({"a": {"min": 1}}), SEEN),
        ("/ranges", json!({"a": {"min": 1, "max": 2, "step": 1}}), SEEN),
        ("/ranges", json!({"a": {"min": 2, "max": 1}}), !SEEN),
        ("/ranges", json!({"a": {"min": 1, "max": u64::MAX}}), !SEEN),
        ("/ranges", json!({"a": {"min": 0.5, "max": 2}}), SEEN),
        ("/ranges", json!({"": {"min": 1, "max": 2}}), SEEN),
        ("/variables", json!({"a<b": 1}), SEEN),
        ("/variables", json!({"a": 0.5}), SEEN),
        ("/variables", json!({"a": null}), SEEN),
    ] {
        check_refused(pointer, &value, by_schema);
    }
}

#[test]
fn messages_are_checked() {
    for (name, value, by_schema) in [
        ("method", json!("G T"), SEEN),
        ("method", json!(""), SEEN),
        ("method", json!("CONNECT"), SEEN),
        ("url", json!("/x"), SEEN),
        ("url", json!("http://localhost/x"), !SEEN),
        ("url", json!(1), SEEN),
        ("body", json!([]), SEEN),
        ("body", json!("x"), SEEN),
        ("response", json!({}), SEEN),
        ("response", json!({"code": 99}), SEEN),
        ("response", json!({"code": 600}), SEEN),
        ("response", json!({"code": "200"}), SEEN),
        ("headers", json!({"Content-Type": "x"}), SEEN),
        ("headers", json!({"content-length": "1"}), SEEN),
        ("headers", json!({"a": 1}), SEEN),
        ("headers", json!({"": "x"}), SEEN),
        ("headers", json!({"a b": "x"}), !SEEN),
        ("headers", json!({":path": "x"}), !SEEN),
        ("headers", json!({"connection": "close"}), !SEEN),
        ("headers", json!({"te": "gzip"}), !SEEN),
        ("headers", json!({"host": ""}), !SEEN),
        ("headers", json!({"a": "x\n"}), !SEEN),
        ("headers", json!({"a": "x\ry"}), !SEEN),
        ("headers", json!({"a": " x"}), !SEEN),
        ("save_from_answer", json!({"a": {"path": "x", "value_type": "int"}}), SEEN),
        ("save_from_answer", json!({"a": {"path": "/~", "value_type": "int"}}), SEEN),
        ("save_from_answer", json!({"a": {"path": "/x", "value_type": "bool"}}), SEEN),
        ("save_from_answer", json!({"a": {"path": "/x"}}), SEEN),
        ("save_from_answer", json!({"a": {"value_type": "int"}}), SEEN),
        ("save_from_answer", json!({"name": "a", "path": "/a", "value_type": "int"}), SEEN),
        ("save_from_answer", json!({"headers": {"a": ""}}), SEEN),
        ("save_from_answer", json!({"headers": {"a": ":status"}}), !SEEN),
        ("add_from_saved_to_body", json!({"a": {"path": "/x", "value_type": "int"}}), !SEEN),
        ("extra", json!(1), SEEN),
    ] {
        check_refused(&format!("/messages/call/{name}"), &value, by_schema);
    }
}

#[test]
fn missing_members_are_named() {
    for (parent, name, line) in [
        (
            "",
            "dns",
            "the whole script: `dns` is missing; expected a name or an address, without scheme, port and path",
        ),
        (
            "",
            "timeout",
            "the whole script: `timeout` is missing; expected an integer, in milliseconds",
        ),
        (
            "",
            "flow",
            "the whole script: `flow` is missing; expected an array with the names of messages, at least one",
        ),
        (
            "/messages/call",
            "method",
            "/messages/call: `method` is missing; expected a method like `GET` or `POST`",
        ),
        (
            "/messages/call/response",
            "code",
            "/messages/call/response: `code` is missing; expected a status from 100 to 599",
        ),
    ] {
        let script = without(parent, name);
        assert_eq!(load(&script).unwrap_err(), format!("t.json: {line}"));
        assert!(!validator().is_valid(&script), "{name}");
    }
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(Script::schema()).unwrap();
    assert!(jsonschema::draft7::meta::is_valid(&schema));
    jsonschema::draft7::new(&schema).unwrap()
}

#[test]
fn the_schema_takes_what_we_take() {
    let bodies = json!({"a": {"<": 1}, "b": null});
    for script in [
        least(),
        serde_json::from_str(LOGIN).unwrap(),
        with("/messages/call/body", bodies),
        with("/messages/call/url", json!("")),
        with("/messages/call/method", json!("M-SEARCH")),
        with("/messages/call/headers", json!({"TE": "trailers", "host": "x", "a": ""})),
        with("/ranges", json!({"a": {"min": i64::MIN, "max": i64::MAX}})),
        with("/variables", json!({"a b": "<c>", "d": u64::MAX})),
        with("/dns", json!("[::1]")),
        with("/port", json!("65535")),
    ] {
        assert_eq!(load(&script).err(), None);
        assert!(validator().is_valid(&script), "{script}");
    }
}

/// What is saved by whom decides what may be used where.
#[test]
fn values_are_saved_before_they_are_used() {
    let login: Value = serde_json::from_str(LOGIN).unwrap();
    let changed = |pointer: &str, value: Value| {
        let mut script = login.clone();
        put(&mut script, pointer, value);
        load(&script).map_or_else(|error| error, |_| "fine".to_owned())
    };
    let later = "is not saved yet when this is sent; expected a `flow` in which the message that saves it comes before this one";
    assert_eq!(
        changed("/flow", json!(["read", "login", "read"])),
        format!("t.json: /messages/read/url: `session` {later}")
    );
    let mut early = login.clone();
    put(&mut early, "/flow", json!(["write", "login"]));
    put(&mut early, "/messages/write/url", json!("x"));
    let session = json!({"session": {"path": "/a", "value_type": "int"}});
    put(&mut early, "/messages/write/add_from_saved_to_body", session);
    assert_eq!(
        load(&early).unwrap_err(),
        format!("t.json: /messages/write/add_from_saved_to_body/session: `session` {later}")
    );
    assert_eq!(
        changed("/messages/login/headers", json!({"a": "<token>"})),
        format!("t.json: /messages/login/headers/a: `token` {later}")
    );
    assert_eq!(
        changed("/messages/read/url", json!("<profile>")),
        "t.json: /messages/read/url: `profile` is saved as an object, which is no text; expected `add_from_saved_to_body`, or a string or an int in it"
    );
    assert_eq!(
        changed("/messages/write/add_from_saved_to_body/session/value_type", json!("string")),
        "t.json: /messages/write/add_from_saved_to_body/session: `session` is saved with type int; expected the same `value_type` in both places"
    );
    let add = "/messages/write/add_from_saved_to_body";
    assert_eq!(
        changed(add, json!({"sesion": {"path": "", "value_type": "int"}})),
        format!(
            "t.json: {add}/sesion: no message saves a value called `sesion`; did you mean `session`?"
        )
    );
    assert_eq!(
        changed(add, json!({"session": {"path": "/by/x", "value_type": "int"}})),
        format!(
            "t.json: {add}/session: nothing can be put at this path: \"/by\" is a string; \
             expected a path through objects and arrays of `body`, apart from those of other values"
        )
    );
    assert_eq!(
        changed("/messages/read/headers", json!({"<token>": "x"})),
        "t.json: /messages/read/headers/<token>: the name of this header holds a saved value; expected saved values in the values of headers only"
    );
    for name in ["user", "tenant"] {
        let save = json!({name: {"path": "", "value_type": "int"}});
        assert!(changed("/messages/read/save_from_answer", save).contains("already"), "{name}");
    }
    let save = json!({"token": {"path": "", "value_type": "int"}});
    assert!(
        changed("/messages/read/save_from_answer", save)
            .contains("`token` is saved elsewhere with type string")
    );
    // Twice with one type is fine, and what another message saves can be put into any body after it.
    let save = json!({"headers": {"token": "x-new"}});
    assert_eq!(changed("/messages/read/save_from_answer", save), "fine");
    let token = json!({"token": {"path": "/token", "value_type": "string"}});
    assert_eq!(changed(add, token), "fine");
}

/// Any JSON, with the members of a script often enough to get somewhere.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..600i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[<>a/~ -]{0,6}".prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!({"path": "/a/-", "value_type": "int"})),
    ];
    let name = prop_oneof![
        prop::sample::select(vec![
            "dns",
            "port",
            "timeout",
            "flow",
            "messages",
            "ranges",
            "variables",
            "method",
            "url",
            "body",
            "headers",
            "response",
            "code",
            "path",
            "value_type",
            "min",
            "max",
            "a",
            "<a>",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ];
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// All places of a document.
fn places(value: &Value, place: &str, found: &mut Vec<String>) {
    found.push(place.to_owned());
    let mut inside = |name: &str, value| {
        places(value, &pointer::below(place, name), found);
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| inside(&n.to_string(), item));
        }
        Value::Object(members) => members.iter().for_each(|(name, value)| inside(name, value)),
        _ => {}
    }
}

/// Plays a few scripts to their ends, with an answer that suits none in particular.
fn play(script: Script, answer: &Value) {
    let statuses = script.expected_statuses();
    let (mut head, mut reply) = (Head::default(), Head::default());
    let mut play = Play::new(Arc::new(script), Arc::new(AtomicU64::new(u64::MAX - 2)), "h");
    for _ in 0..5 {
        while let Some(ask) = play.next(play.is_idle(), &mut head) {
            reply.clear();
            reply.set_status(statuses[ask.message]);
            reply.push(b"x-token", b"t");
            reply.push(b"location", b"l");
            if play.answered(ask.run, &reply, answer.to_string().as_bytes()).is_err() {
                break;
            }
            if play.is_idle() {
                break;
            }
        }
    }
    assert!(play.is_idle());
}

proptest! {
    #[test]
    fn no_document_panics(value in any_json()) {
        let _ = load(&value);
    }

    #[test]
    fn no_text_panics(text in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = Script::parse("t.json", &text) {
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
    }

    /// A good script with one value replaced is refused with one line or can be played; and what we take, the schema
    /// takes.
    #[test]
    fn no_mistake_panics(at: prop::sample::Index, value in any_json(), answer in any_json()) {
        let mut script: Value = serde_json::from_str(LOGIN).unwrap();
        let mut found = Vec::new();
        places(&script, "", &mut found);
        *script.pointer_mut(&found[at.index(found.len())]).unwrap() = value;
        match load(&script) {
            Err(error) => prop_assert_eq!(error.lines().count(), 1),
            Ok(loaded) => {
                prop_assert!(validator().is_valid(&script));
                play(loaded, &answer);
                play(load(&script).unwrap(), &json!({"session": {"id": 1}, "profile": {}}));
            }
        }
    }
}
