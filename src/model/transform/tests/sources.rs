//! Section A4.3, row by row.

use super::*;

#[test]
fn rows_that_give_text() {
    for (row, source, expected) in [
        ("request.uri", "request.uri", "/a b/c?k=v 1&z.y="),
        ("request.uri.path: raw, without query", "request.uri.path", "/a%20b/c"),
        ("request.uri.param.<name>: decoded", "request.uri.param.k", "v 1"),
        ("request.uri.param.<name>: dots, present but empty", "request.uri.param.z.y", ""),
        ("request.body.<a>.<b>: text", "request.body.t", "text"),
        ("request.body: empty text is available", "request.body.z", ""),
        ("request.body: integer", "request.body.i", "5"),
        ("request.body: integer above i64 wraps", "request.body.u", "-1"),
        ("request.body: float with six decimals", "request.body.f", "1.500000"),
        ("request.body: boolean", "request.body.b", "true"),
        ("request.body: array element by index", "request.body.l.0", "10"),
        ("request.body: member of an element", "request.body.l.1.id", "e1"),
        ("request.body: a slash splits too", "request.body.l/1/id", "e1"),
        ("request.body: ~1 and ~0", "request.body.a~1b", "1"),
        ("request.body: ~0", "request.body.a~0b", "2"),
        ("request.header.<name>: first occurrence", "request.header.x-one", "first"),
        ("request.header.<name>: empty", "request.header.x-empty", ""),
        ("request.header.<name>: not UTF-8", "request.header.x-bad", "\u{fffd}"),
        ("general.random.<min>.<max>: signs", "general.random.-3.+4", "4"),
        ("general.random: one number", "general.random.7.7", "7"),
        ("general.random: min > max is swapped", "general.random.10.5", "10"),
        ("general.random: 32 bits", "general.random.-2147483648.2147483647", "2147483647"),
        ("general.timestamp.s", "general.timestamp.s", "1772694424"),
        ("general.timestamp.ms", "general.timestamp.ms", "1772694424123"),
        ("general.timestamp.ns", "general.timestamp.ns", "1772694424123456789"),
        ("general.strftime.<fmt>: local time", "general.strftime.%F %H:%M %", "2026-03-05 09:07 %"),
        ("general.recvseq: first is 0", "general.recvseq", "41"),
        ("value.<text>", "value.some text", "some text"),
        ("value.: empty", "value.", ""),
        ("value: LF and CR", "value.a\r\nb", "a\r\nb"),
        ("value: unknown variables stay", "value.@{x} @{", "@{x} @{"),
        ("inState", "inState", "initial"),
    ] {
        assert_eq!(text_of(source).as_deref(), Ok(expected), "{row}");
    }
}

#[test]
fn rows_that_skip() {
    for (row, source, reason) in [
        ("request.uri.param: absent", "request.uri.param.none", "no such parameter"),
        ("request.body: missing key", "request.body.none", "no such node"),
        ("request.body: null", "request.body.n", "no such node"),
        ("request.body: {}", "request.body.eo", "no such node"),
        ("request.body: []", "request.body.el", "no such node"),
        ("request.body: index into []", "request.body.el.0", "no such node"),
        ("request.body: index out of range", "request.body.l.100000", "no such node"),
        ("request.body: leading-zero index", "request.body.l.00", "no such node"),
        ("request.body: -", "request.body.l.-", "no such node"),
        ("request.body: descending into a scalar", "request.body.t.x", "no such node"),
        ("request.body: a lone ~", "request.body.a~b", "no such node"),
        ("request.body: keys with dots cannot be addressed", "request.body.d.d", "no such node"),
        ("request.header: absent", "request.header.none", "no such header field"),
        ("request.header: exact match", "request.header.X-One", "no such header field"),
        ("var: undefined", "var.x", "no such variable"),
        ("event: variables undefined", "event.ev", "is not given"),
    ] {
        let skip = text_of(source).expect_err(row);
        assert!(skip.starts_with(&format!("source {source}: ")), "{row}: {skip}");
        assert!(skip.contains(reason), "{row}: {skip}");
    }
}

#[test]
fn request_body_as_a_whole() {
    let item = json!([{"source": "request.body", "target": "response.body.object"}]);
    for (row, body, expected) in [
        ("object", &br#"{"b":1,"a":[]}"#[..], Some(r#"{"a":[],"b":1}"#)),
        ("array", b"[1]", Some("[1]")),
        ("text", b"\"x\"", Some("\"x\"")),
        ("integer becomes text in an object target", b"5", Some("\"5\"")),
        ("byte order mark", b"\xef\xbb\xbf[1]", Some("[1]")),
        ("not UTF-8: lossy", b"\"\xff\"", Some("\"\u{fffd}\"")),
        ("empty: skipped", b"", None),
        ("not JSON: skipped", b"plain", None),
        ("trailing junk: skipped", b"[1] x", None),
        ("empty array: skipped", b"[]", None),
        ("deep nesting: skipped", &[b'['; 100_000], None),
    ] {
        let outcome = run_with(&item, &json!({"kept": true}), body);
        let expected = expected.unwrap_or(r#"{"kept":true}"#);
        assert_eq!(outcome.body, expected, "{row}");
        assert_eq!(outcome.skips.len(), usize::from(expected.contains("kept")), "{row}");
    }
}

#[test]
fn parameters_of_a_discarded_query() {
    let fields = headers();
    let repeated = Request { target: b"/p?k=1&k=1", uri: "/p", ..request(&fields, b"") };
    let item = json!([{"source": "request.uri.param.k", "target": "response.header.v"}]);
    assert_eq!(run_request(&item, &json!(null), &repeated).effects.headers, []);
}

#[test]
fn value_substitutes_defined_variables() {
    let outcome = run(&json!([
        {"source": "value.1", "target": "var.a"},
        {"source": "value.@{b}", "target": "var.c"},
        {"source": "value.2", "target": "var.b"},
        {"source": "value.[@{a}][@{b}][@{c}][@{d}]", "target": "response.header.v"},
        {"source": "value.@{c}", "target": "var.aa"},
        {"source": "value.[@{aa}]", "target": "response.header.v"},
    ]));
    // Variables take their turn by name: b is over when c brings in its name.
    assert_eq!(outcome.effects.headers[0].1, "[1][2][@{b}][@{d}]");
    assert_eq!(outcome.effects.headers[1].1, "[2]", "aa brings in b, whose turn is still to come");
}

#[test]
fn variables_have_dots_and_live_for_one_request() {
    let items = json!([
        {"source": "var.x.1", "target": "response.header.v"},
        {"source": "value.set", "target": "var.x.1"},
        {"source": "var.x.1", "target": "response.header.v"},
    ]);
    let outcome = run(&items);
    assert_eq!(outcome.effects.headers, [("v".to_owned(), "set".to_owned())]);
    assert_eq!(outcome.skips[0], (0, "source var.x.1: no such variable".to_owned(), false));
}

#[test]
fn event_reads_four_variables() {
    let event = |number: &str, path: &str| {
        let outcome = run(&json!([
            {"source": "value.GET", "target": "var.ev.method"},
            {"source": "value./seen", "target": "var.ev.uri"},
            {"source": format!("value.{number}"), "target": "var.ev.number"},
            {"source": format!("value.{path}"), "target": "var.ev.path"},
            {"source": "event.ev", "target": "response.body.object"},
        ]));
        (outcome.body, outcome.skips.len())
    };
    let whole = r#"{"body":{"list":[],"n":7},"state":"initial"}"#;
    for (row, number, path, expected) in [
        ("path empty: whole event", "1", "", whole),
        ("-1 is the last", "-1", "/state", r#""initial""#),
        ("typed like a JSON node", "1", "/body/n", r#""7""#),
        ("object node", "1", "/body", r#"{"list":[],"n":7}"#),
    ] {
        assert_eq!(event(number, path), (expected.to_owned(), 0), "{row}");
    }
    for (row, number, path) in [
        ("number 0", "0", ""),
        ("number empty", "", ""),
        ("out of range", "2", ""),
        ("pointer without slash", "1", "body"),
        ("empty array", "1", "/body/list"),
        ("missing node", "1", "/none"),
    ] {
        assert_eq!(event(number, path), (String::new(), 1), "{row}");
    }
}
