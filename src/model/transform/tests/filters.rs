//! Section A4.4, row by row.

use super::*;

/// What a filter makes of a source, with `v` = "V", `empty` = "" and `no` undefined.
fn filtered(source: &str, filter: &Json) -> Outcome {
    run(&json!([
        {"source": "value.V", "target": "var.v"},
        {"source": "value.", "target": "var.empty"},
        {"source": source, "target": "response.header.v", "filter": filter},
    ]))
}

#[test]
fn rows_that_pass() {
    for (row, source, filter, expected) in [
        ("RegexCapture: whole match", "value.ab", json!({"RegexCapture": "(a)(b)"}), "ab"),
        ("RegexCapture: empty text can match", "value.", json!({"RegexCapture": "a*"}), ""),
        ("RegexCapture: numbers as text", "request.body.i", json!({"RegexCapture": "[0-9]"}), "5"),
        (
            "RegexReplace: global",
            "value.a1b2",
            json!({"RegexReplace": {"rgx": "[0-9]", "fmt": "<$&$0>"}}),
            "a<11>b<22>",
        ),
        (
            "RegexReplace: no match, unchanged",
            "value.abc",
            json!({"RegexReplace": {"rgx": "[0-9]", "fmt": "x"}}),
            "abc",
        ),
        (
            "RegexReplace: number as text",
            "request.body.f",
            json!({"RegexReplace": {"rgx": "0+$", "fmt": ""}}),
            "1.5",
        ),
        ("Append", "value.telegram", json!({"Append": ".teslayout.com"}), "telegram.teslayout.com"),
        ("Append: number", "request.body.i", json!({"Append": "x"}), "5x"),
        ("Prepend", "value.teslayout.com", json!({"Prepend": "www."}), "www.teslayout.com"),
        ("AppendVar", "value.a", json!({"AppendVar": "v"}), "aV"),
        ("AppendVar: undefined", "value.a", json!({"AppendVar": "no"}), "a"),
        ("PrependVar", "value.a", json!({"PrependVar": "v"}), "Va"),
        ("PrependVar: undefined", "value.a", json!({"PrependVar": "no"}), "a"),
        ("Sum: integer argument, source cut", "value.3.7", json!({"Sum": 100}), "103"),
        ("Sum: wraps", "value.9223372036854775807", json!({"Sum": 1}), "-9223372036854775808"),
        ("Sum: 2^64-1 acts as -1", "value.5", json!({"Sum": u64::MAX}), "4"),
        ("Sum: fraction is float", "value.3.7", json!({"Sum": 1.0}), "4.700000"),
        ("Sum: negative", "request.body.i", json!({"Sum": -7}), "-2"),
        ("Multiply: float", "value.-10", json!({"Multiply": -0.1}), "1.000000"),
        ("Multiply: integer", "request.body.i", json!({"Multiply": 3}), "15"),
        ("Multiply: boolean", "request.body.b", json!({"Multiply": 3}), "3"),
        ("Multiply: leading number", "value.12abc", json!({"Multiply": 2}), "24"),
        ("ConditionVar: defined", "value.x", json!({"ConditionVar": "v"}), "x"),
        (
            "ConditionVar: passes as text",
            "request.body.f",
            json!({"ConditionVar": "v"}),
            "1.500000",
        ),
    ] {
        let outcome = filtered(source, &filter);
        assert_eq!(outcome.header(), Some(expected), "{row}");
        assert_eq!(outcome.skips, [], "{row}");
    }
    // An exponent makes a float of an argument.
    let items = r#"[{"source":"value.3","target":"response.header.v","filter":{"Sum":1e2}}]"#;
    let outcome = run(&serde_json::from_str(items).unwrap());
    assert_eq!(outcome.header(), Some("103.000000"), "Sum: 1e2 counts as float");
}

#[test]
fn rows_that_skip() {
    for (row, source, filter, expected) in [
        ("RegexCapture: part", "value.xab", json!({"RegexCapture": "ab"}), true),
        ("ConditionVar: undefined", "value.x", json!({"ConditionVar": "no"}), true),
        ("ConditionVar: empty", "value.x", json!({"ConditionVar": "empty"}), true),
        ("ConditionVar: object", "request.body.o", json!({"ConditionVar": "v"}), false),
        ("RegexCapture: object", "request.body.o", json!({"RegexCapture": ".*"}), false),
        (
            "RegexReplace: object",
            "request.body.o",
            json!({"RegexReplace": {"rgx": "a", "fmt": ""}}),
            false,
        ),
        ("Append: object", "request.body.l", json!({"Append": "x"}), false),
        ("PrependVar: object", "request.body.l", json!({"PrependVar": "v"}), false),
        ("Sum: no number", "value.abc", json!({"Sum": 1}), false),
        ("Sum: empty", "value.", json!({"Sum": 1}), false),
        ("Sum: out of range", "value.9223372036854775808", json!({"Sum": 1}), false),
        ("Multiply: object", "request.body.o", json!({"Multiply": 1.5}), false),
    ] {
        let outcome = filtered(source, &filter);
        assert_eq!(outcome.header(), None, "{row}");
        assert_eq!(outcome.skips.len(), 1, "{row}");
        assert_eq!(outcome.skips[0].0, 2, "{row}: the index of the item");
        assert_eq!(outcome.skips[0].2, expected, "{row}: {}", outcome.skip());
        let name = filter.as_object().unwrap().keys().next().unwrap();
        assert!(outcome.skip().contains(name.as_str()), "{row}: {}", outcome.skip());
    }
}

#[test]
fn capture_into_a_variable_gives_groups() {
    let outcome = run(&json!([
        {"source": "value.left over", "target": "var.x.3"},
        {"source": "value.ab", "target": "var.x", "filter": {"RegexCapture": "(a)(b)(c)?"}},
        {"source": "value.@{x}|@{x.0}|@{x.1}|@{x.2}|@{x.3}|@{x.4}", "target": "response.header.v"},
        {"source": "value.d", "target": "var.x", "filter": {"RegexCapture": "(d)"}},
        {"source": "value.@{x}|@{x.1}|@{x.2}", "target": "response.header.v"},
        {"source": "value.nothing", "target": "var.x", "filter": {"RegexCapture": "(d)"}},
        {"source": "value.@{x}", "target": "response.header.v"},
    ]));
    let values: Vec<&str> = outcome.effects.headers.iter().map(|(_, value)| &**value).collect();
    assert_eq!(values[0], "ab|@{x.0}|a|b||@{x.4}", "a group that took no part is empty; no X.0");
    assert_eq!(values[1], "d|d|b", "groups of an earlier capture stay");
    assert_eq!(values[2], "d", "no match, no change");
}

#[test]
fn groups_of_long_sources() {
    let long = "y".repeat(5000);
    let outcome = run(&json!([
        {"source": format!("value.<{long}>"), "target": "var.x", "filter": {"RegexCapture": "<(y+)>"}},
        {"source": "var.x.1", "target": "response.header.v"},
    ]));
    assert_eq!(outcome.header(), Some(&*long));
}

#[test]
fn the_worked_example_of_multiply() {
    for (target, expected) in [
        ("response.body.string", r#""1.000000""#),
        ("response.body.integer", "1"),
        ("response.body.float", "1.0"),
    ] {
        let outcome = run(&json!([
            {"source": "value.-10", "target": target, "filter": {"Multiply": -0.1}},
        ]));
        assert_eq!(outcome.body, expected, "{target}");
    }
}

#[test]
fn only_the_member_filter_filters() {
    let outcome = run(&json!([
        {"source": "inState", "target": "response.header.v", "foo": {"Append": "x"}},
    ]));
    assert_eq!(outcome.header(), Some("initial"), "section A1.4: any name, unfiltered");
}

#[test]
fn texts_are_bounded() {
    let mut items = vec![json!({"source": "value.0123456789abcdef", "target": "var.x"})];
    let double = json!({"source": "var.x", "target": "var.x", "filter": {"AppendVar": "x"}});
    items.resize(24, double);
    items.push(json!({"source": "value.@{x}@{x}", "target": "response.header.v"}));
    let outcome = run(&Json::Array(items));
    // 16 bytes doubled 20 times are the limit; the other three doublings and the last item are skipped.
    assert_eq!(outcome.skips.len(), 4);
    assert!(outcome.skips.iter().all(|(_, reason, _)| reason.contains("too long")));
}
