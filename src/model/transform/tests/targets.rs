//! Section A4.5, row by row, and the start and end of section A4.1.

use super::*;
use crate::Method;
use std::time::Duration;

fn body_of(document: &Json, source: &str, target: &str) -> String {
    run_with(&json!([{"source": source, "target": target}]), document, BODY).body
}

#[test]
fn body_rows() {
    let document = json!({"keep": 1, "v": "old"});
    for (row, source, target, expected) in [
        ("string", "request.body.i", "response.body.string.v", r#"{"keep":1,"v":"5"}"#),
        ("integer", "value.12abc", "response.body.integer.v", r#"{"keep":1,"v":12}"#),
        (
            "unsigned",
            "value.-1",
            "response.body.unsigned.v",
            r#"{"keep":1,"v":18446744073709551615}"#,
        ),
        ("float", "value.0x1F", "response.body.float.v", r#"{"keep":1,"v":31.0}"#),
        ("float: nan is null", "value.nan", "response.body.float.v", r#"{"keep":1,"v":null}"#),
        ("boolean: text", "value.false", "response.body.boolean.v", r#"{"keep":1,"v":true}"#),
        ("boolean: empty", "value.", "response.body.boolean.v", r#"{"keep":1,"v":false}"#),
        ("object", "request.body.o", "response.body.object.v", r#"{"keep":1,"v":{"x":1}}"#),
        (
            "object: array",
            "request.body.l",
            "response.body.object.v",
            r#"{"keep":1,"v":[10,{"id":"e1"}]}"#,
        ),
        (
            "object: number becomes text",
            "request.body.i",
            "response.body.object.v",
            r#"{"keep":1,"v":"5"}"#,
        ),
        (
            "object: true becomes text",
            "request.body.b",
            "response.body.object.v",
            r#"{"keep":1,"v":"true"}"#,
        ),
        (
            "jsonstring",
            "value.{\"b\":2,\"a\":[]}",
            "response.body.jsonstring.v",
            r#"{"keep":1,"v":{"a":[],"b":2}}"#,
        ),
        (
            "jsonstring: float has six decimals",
            "request.body.f",
            "response.body.jsonstring.v",
            r#"{"keep":1,"v":1.5}"#,
        ),
        (
            "jsonstring: any type",
            "value.null",
            "response.body.jsonstring.v",
            r#"{"keep":1,"v":null}"#,
        ),
        ("no path: root", "value.x", "response.body.string", "\"x\""),
        ("no path: root integer", "value.7", "response.body.integer", "7"),
        (
            "new member",
            "value.7",
            "response.body.integer.n.m",
            r#"{"keep":1,"n":{"m":7},"v":"old"}"#,
        ),
        (
            "digits in an object are a key",
            "value.7",
            "response.body.integer.0",
            r#"{"0":7,"keep":1,"v":"old"}"#,
        ),
    ] {
        assert_eq!(body_of(&document, source, target), expected, "{row}");
    }
}

#[test]
fn body_rows_that_skip() {
    let document = json!({"v": "old", "l": [1]});
    let unchanged = r#"{"l":[1],"v":"old"}"#;
    for (row, source, target) in [
        ("string: object", "request.body.o", "response.body.string.v"),
        ("integer: no number", "value.x", "response.body.integer.v"),
        ("integer: out of range", "value.9223372036854775808", "response.body.integer.v"),
        ("unsigned: empty", "value.", "response.body.unsigned.v"),
        ("float: object", "request.body.o", "response.body.float.v"),
        ("boolean: array", "request.body.l", "response.body.boolean.v"),
        ("jsonstring: unparsable", "value.{", "response.body.jsonstring.v"),
        ("jsonstring: object", "request.body.o", "response.body.jsonstring.v"),
        ("into a text", "value.x", "response.body.string.v.deep"),
        ("text into an array", "value.x", "response.body.string.l.x"),
        ("leading-zero index", "value.x", "response.body.string.l.00"),
        ("beyond 64 bits", "value.x", "response.body.string.l.99999999999999999999"),
        ("a lone ~", "value.x", "response.body.string.a~b"),
    ] {
        let outcome = run_with(&json!([{"source": source, "target": target}]), &document, BODY);
        assert_eq!(outcome.body, unchanged, "{row}");
        assert!(outcome.skip().contains(target), "{row}: {}", outcome.skip());
        assert!(!outcome.skips[0].2, "{row}");
    }
}

#[test]
fn pointers_create_what_is_missing() {
    for (row, target, expected) in [
        ("digits under null make an array", "response.body.string.0.1", r#"[[null,"x"]]"#),
        ("- appends", "response.body.string.a.-", r#"{"a":["x"]}"#),
        ("the empty token makes an array", "response.body.string.a..b", r#"{"a":[]}"#),
        ("an empty tail", "response.body.string.a.", r#"{"a":[]}"#),
        ("a leading zero", "response.body.string.a.01", r#"{"a":[]}"#),
    ] {
        assert_eq!(body_of(&Json::Null, "value.x", target), expected, "{row}");
    }
    let padded = body_of(&Json::Null, "value.x", "response.body.string.a.100000");
    assert_eq!(padded.matches("null").count(), 100_000, "padding with nulls");
}

#[test]
fn start_and_end_of_the_document() {
    let skipped = json!([{"source": "var.x", "target": "response.body.string.v"}]);
    assert_eq!(
        run_with(&skipped, &json!({"b": 1, "a": 2}), b"").body,
        r#"{"a":2,"b":1}"#,
        "all skipped"
    );
    assert_eq!(run_with(&skipped, &Json::Null, b"").body, "", "section A9, 14: absent is empty");
    let in_order = json!([
        {"source": "value.1", "target": "response.body.integer.v"},
        {"source": "value.2", "target": "response.body.integer.v"},
        {"source": "value.x", "target": "response.body.integer.v"},
    ]);
    assert_eq!(
        run_with(&in_order, &json!({"v": 0}), b"").body,
        r#"{"v":2}"#,
        "the last success counts"
    );
    let no_body = run(&json!([{"source": "value.1", "target": "response.statusCode"}]));
    assert!(!no_body.effects.has_body);
}

#[test]
fn headers_are_added_in_order() {
    let outcome = run(&json!([
        {"source": "value.1", "target": "response.header.X-Name"},
        {"source": "request.body.f", "target": "response.header.X-Name"},
        {"source": "value.", "target": "response.header.empty"},
        {"source": "request.body.o", "target": "response.header.object"},
    ]));
    let expected = [("X-Name", "1"), ("X-Name", "1.500000"), ("empty", "")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(outcome.effects.headers, expected);
    assert_eq!(
        outcome.skip(),
        "source request.body.o: no text for response.header.object can be made of this object or array"
    );
}

#[test]
fn fields_that_cannot_be_sent_are_skipped() {
    let outcome = run(&json!([
        {"source": "value.a b", "target": "var.name"},
        {"source": "value.1", "target": "response.header.@{name}"},
        {"source": "value.2", "target": "response.header.after"},
    ]));
    assert_eq!(outcome.effects.headers, [("after".to_owned(), "2".to_owned())]);
    assert_eq!(outcome.skips[0].0, 1);
    assert_eq!(outcome.skip(), "target response.header.@{name}: the name has a blank");
}

#[test]
fn status_codes() {
    let code = |source: &str| {
        run(&json!([{"source": source, "target": "response.statusCode"}])).effects.code
    };
    for (row, source, expected) in [
        ("100 to 999", "value.404", Some(404)),
        ("leading blanks and trailing junk", "value.  200 OK", Some(200)),
        ("float is cut", "value.200.9", Some(200)),
        ("0x1F is 0", "value.0x1F", Some(0)),
        ("below 100: reset (section A9, 22)", "value.8", Some(8)),
        ("999", "value.999", Some(999)),
        ("1000: skip", "value.1000", None),
        ("2^32+200: skip", "value.4294967496", None),
        ("negative: skip", "value.-5", None),
        ("no number: skip", "value.x", None),
        ("object: skip", "request.body.o", None),
    ] {
        assert_eq!(code(source), expected, "{row}");
    }
}

#[test]
fn delays() {
    let delay = |source: &str| {
        run(&json!([{"source": source, "target": "response.delayMs"}])).effects.delay
    };
    for (row, source, expected) in [
        ("milliseconds", "value.25", Some(25)),
        ("zero", "value.0", Some(0)),
        ("64 bits (section A9, 12)", "value.4294968000", Some(4_294_968_000)),
        ("all of 64 bits", "value.18446744073709551615", Some(u64::MAX)),
        ("trailing junk", "value. 7ms", Some(7)),
        ("negative text: skip", "value. -50", None),
        ("negative integer: skip", "request.body.neg", None),
        ("no number: skip", "value.x", None),
        ("object: skip", "request.body.o", None),
    ] {
        assert_eq!(delay(source), expected.map(Duration::from_millis), "{row}");
    }
    let negative_float = json!([
        {"source": "value.1", "target": "response.delayMs", "filter": {"Multiply": -2.5}},
    ]);
    assert_eq!(run(&negative_float).effects.delay, None);
}

#[test]
fn states() {
    let outcome = |targets: &[(&str, &str)]| {
        let items: Vec<Json> = targets
            .iter()
            .map(|(value, target)| json!({"source": format!("value.{value}"), "target": target}))
            .collect();
        let effects = run(&Json::Array(items)).effects;
        (effects.out_state, effects.foreign)
    };
    let state = |text: &str| Some(text.to_owned());
    assert_eq!(outcome(&[("next", "outState")]), (state("next"), None));
    assert_eq!(outcome(&[("", "outState")]), (state(""), None));
    for method in Method::ALL {
        let target = format!("outState.{method}");
        assert_eq!(outcome(&[("s", &target)]), (state("s"), Some(method)), "{target}");
    }
    let pair = outcome(&[("purge", "outState.GET"), ("mine", "outState")]);
    assert_eq!(pair, (state("mine"), None), "only the last one counts, as a pair");
    let pair = outcome(&[("mine", "outState"), ("theirs", "outState.DELETE")]);
    assert_eq!(pair, (state("theirs"), Method::parse(b"DELETE")));
    let number = run(&json!([{"source": "request.body.i", "target": "outState"}]));
    assert_eq!(number.effects.out_state, state("5"));
    let object = run(&json!([{"source": "request.body.o", "target": "outState"}]));
    assert_eq!(object.effects.out_state, None);
}

#[test]
fn variables_hold_text() {
    let outcome = run(&json!([
        {"source": "request.body.f", "target": "var.x"},
        {"source": "request.body.o", "target": "var.x"},
        {"source": "var.x", "target": "response.header.v"},
    ]));
    assert_eq!(outcome.header(), Some("1.500000"), "an object is skipped and changes nothing");
    assert_eq!(
        outcome.skip(),
        "source request.body.o: no text for var.x can be made of this object or array"
    );
}
