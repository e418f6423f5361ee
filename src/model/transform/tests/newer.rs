//! What newer releases have, section B1; and that older provisions mean the same as ever.

use super::*;

#[test]
fn sources() {
    for (row, source, expected) in [
        ("random. without general.", "random.-3.+4", "4"),
        ("timestamp.s", "timestamp.s", "1772694424"),
        ("timestamp.ms", "timestamp.ms", "1772694424123"),
        ("timestamp.us", "timestamp.us", "1772694424123456"),
        ("general.timestamp.us", "general.timestamp.us", "1772694424123456"),
        ("timestamp.ns", "timestamp.ns", "1772694424123456789"),
        ("strftime.", "strftime.%Y", "2026"),
        ("recvseq = general.recvseq + 1", "recvseq", "42"),
        ("randomset.", "randomset.a|b|c", "c"),
        ("randomset. with an empty end", "randomset.a|", ""),
        ("request.body./pointer", "request.body./l/1/id", "e1"),
        ("a pointer reaches keys with dots", "request.body./d.d", "3"),
        (
            "serverEvent",
            "serverEvent.requestMethod=GET&requestUri=/seen&eventNumber=-1&eventPath=/body/n",
            "7",
        ),
        (
            "serverEvent: encoded",
            "serverEvent.requestMethod=GET&requestUri=%2Fseen&eventNumber=1&eventPath=/state",
            "initial",
        ),
        ("eraser is empty text elsewhere", "eraser", ""),
    ] {
        assert_eq!(text_of(source).as_deref(), Ok(expected), "{row}");
    }
    assert!(text_of("response.body").is_err(), "no document");
    assert!(text_of("serverEvent.requestMethod=GET&requestUri=/none&eventNumber=1").is_err());
}

#[test]
fn the_working_document_can_be_read() {
    let outcome = run_with(
        &json!([
            {"source": "response.body./a/b", "target": "response.body.integer.c"},
            {"source": "response.body.c", "target": "response.header.v", "filter": {"Sum": 1}},
            {"source": "response.body", "target": "response.header.v", "filter": "Size"},
            {"source": "response.body./none", "target": "response.header.v"},
            {"source": "response.body./a", "target": "response.body.json.object./d"},
        ]),
        &json!({"a": {"b": 4}}),
        b"",
    );
    assert_eq!(outcome.body, r#"{"a":{"b":4},"c":4,"d":{"b":4}}"#);
    let values: Vec<&str> = outcome.effects.headers.iter().map(|(_, value)| &**value).collect();
    assert_eq!(values, ["5", "2"]);
    assert_eq!(outcome.skips.len(), 1);
    let only_read = run_with(
        &json!([{"source": "response.body./a", "target": "response.header.v"}]),
        &json!({"a": "static"}),
        b"",
    );
    assert_eq!((only_read.header(), only_read.effects.has_body), (Some("static"), false));
}

#[test]
fn json_targets() {
    let document = json!({"a": {"x": 1, "y": 2}, "v": 0});
    for (row, source, target, expected) in [
        (
            "json.string",
            "value.s",
            "response.body.json.string./v",
            r#"{"a":{"x":1,"y":2},"v":"s"}"#,
        ),
        (
            "json.integer, dotted",
            "value.7",
            "response.body.json.integer.a.x",
            r#"{"a":{"x":7,"y":2},"v":0}"#,
        ),
        (
            "json.unsigned",
            "value.7",
            "response.body.json.unsigned./a/x",
            r#"{"a":{"x":7,"y":2},"v":0}"#,
        ),
        ("json.float", "value.7", "response.body.json.float./v", r#"{"a":{"x":1,"y":2},"v":7.0}"#),
        (
            "json.boolean",
            "value.7",
            "response.body.json.boolean./v",
            r#"{"a":{"x":1,"y":2},"v":true}"#,
        ),
        (
            "json.jsonstring",
            "value.[1]",
            "response.body.json.jsonstring./v",
            r#"{"a":{"x":1,"y":2},"v":[1]}"#,
        ),
        (
            "json.object",
            "request.body./o",
            "response.body.json.object./v",
            r#"{"a":{"x":1,"y":2},"v":{"x":1}}"#,
        ),
        (
            "json.object at the root merges",
            "request.body",
            "response.body.json.object",
            r#"{"a":{"y":3},"v":0,"w":1}"#,
        ),
        (
            "object at the root replaces",
            "request.body",
            "response.body.object",
            r#"{"a":{"x":null,"y":3},"o":{"x":1},"w":1}"#,
        ),
        ("json.string at the root", "value.s", "response.body.json.string", "\"s\""),
        (
            "pointer in an old target",
            "value.s",
            "response.body.string./a/x",
            r#"{"a":{"x":"s","y":2},"v":0}"#,
        ),
    ] {
        let body = match row {
            "json.object at the root merges" => &br#"{"a":{"x":null,"y":3},"w":1}"#[..],
            _ => br#"{"a":{"x":null,"y":3},"w":1,"o":{"x":1}}"#,
        };
        let outcome = run_with(&json!([{"source": source, "target": target}]), &document, body);
        assert_eq!(outcome.body, expected, "{row}");
    }
}

#[test]
fn variables_in_all_places() {
    let outcome = run_with(
        &json!([
            {"source": "value.o", "target": "var.n"},
            {"source": "value.Y", "target": "var.f"},
            {"source": "value.x-one", "target": "var.h"},
            {"source": "request.body.@{n}.x", "target": "response.header.path"},
            {"source": "request.header.@{h}", "target": "response.header.@{h}-copy"},
            {"source": "request.uri.param.@{k}", "target": "response.header.undefined"},
            {"source": "value.dynamic", "target": "var.@{n}.@{f}"},
            {"source": "var.o.Y", "target": "response.header.variable"},
            {"source": "var.@{n}.Y", "target": "response.header.variable"},
            {"source": "strftime.%@{f}", "target": "response.header.time"},
            {"source": "randomset.a|@{f}", "target": "response.header.set"},
            {"source": "value.", "target": "response.header.filters", "filter": {"Append": "<@{n}@{no}>"}},
            {"source": "value.", "target": "response.header.filters", "filter": {"Prepend": "<@{n}>"}},
            {"source": "value.-Y", "target": "response.header.filters", "filter": {"EqualTo": "-@{f}"}},
            {"source": "value.-Y", "target": "response.header.filters", "filter": {"DifferentFrom": "-@{f}"}},
            {"source": "value.-Y", "target": "response.header.filters", "filter": {"ConditionVar": "@{n}.Y"}},
            {"source": "value.1", "target": "response.body.integer.@{n}"},
            {"source": "value.2", "target": "response.body.json.integer./@{n}2"},
            {"source": "response.body./@{n}2", "target": "response.header.read"},
            {"source": "value.GET", "target": "var.ev.method"},
            {"source": "value.ev", "target": "var.prefix"},
            {"source": "value./seen", "target": "var.ev.uri"},
            {"source": "value.-1", "target": "var.ev.number"},
            {"source": "value./state", "target": "var.ev.path"},
            {"source": "event.@{prefix}", "target": "response.header.event"},
            {"source": "serverEvent.requestMethod=@{ev.method}&requestUri=@{ev.uri}&eventNumber=@{ev.number}&eventPath=@{ev.path}", "target": "response.header.event"},
        ]),
        &json!({}),
        BODY,
    );
    let expected = [
        ("path", "1"),
        ("x-one-copy", "first"),
        ("variable", "dynamic"),
        ("variable", "dynamic"),
        ("time", "2026"),
        ("set", "Y"),
        ("filters", "<o@{no}>"),
        ("filters", "<o>"),
        ("filters", "-Y"),
        ("filters", "-Y"),
        ("read", "2"),
        ("event", "initial"),
        ("event", "initial"),
    ];
    let headers: Vec<(&str, &str)> =
        outcome.effects.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(headers, expected);
    assert_eq!(outcome.body, r#"{"o":1,"o2":2}"#);
    let skipped: Vec<usize> = outcome.skips.iter().map(|skip| skip.0).collect();
    assert_eq!(skipped, [5, 14]);
}

#[test]
fn groups_of_a_computed_variable() {
    let outcome = run(&json!([
        {"source": "value.x", "target": "var.n"},
        {"source": "value.ab", "target": "var.@{n}", "filter": {"RegexCapture": "(a)(b)"}},
        {"source": "value.@{x}@{x.1}@{x.2}", "target": "response.header.v"},
    ]));
    assert_eq!(outcome.header(), Some("abab"));
}

#[test]
fn undefined_variables_leave_names_alone() {
    let outcome = run(&json!([
        {"source": "value.1", "target": "var.@{no}"},
        {"source": "var.@{no}", "target": "response.header.@{no}"},
        {"source": "value.x", "target": "response.body.string.@{no}"},
        {"source": "value.", "target": "response.header.v", "filter": {"Append": "@{name}"}},
    ]));
    assert_eq!(outcome.effects.headers[0], ("@{no}".to_owned(), "1".to_owned()));
    assert_eq!(outcome.effects.headers[1].1, "@{name}");
    assert_eq!(outcome.body, r#"{"@{no}":"x"}"#);
}

#[test]
fn filters() {
    for (row, source, filter, expected) in [
        ("EqualTo", "value.a", json!({"EqualTo": "a"}), Some("a")),
        ("EqualTo: other", "value.b", json!({"EqualTo": "a"}), None),
        ("EqualTo: number", "request.body.i", json!({"EqualTo": "5"}), Some("5")),
        ("EqualTo: object", "request.body.o", json!({"EqualTo": "{\"x\":1}"}), Some("{\"x\":1}")),
        ("DifferentFrom", "value.a", json!({"DifferentFrom": "b"}), Some("a")),
        ("DifferentFrom: same", "value.a", json!({"DifferentFrom": "a"}), None),
        ("ConditionVar: !undefined", "value.a", json!({"ConditionVar": "!no"}), Some("a")),
        ("ConditionVar: !empty", "value.a", json!({"ConditionVar": "!empty"}), Some("a")),
        ("ConditionVar: !defined", "value.a", json!({"ConditionVar": "!v"}), None),
        ("Size: array", "request.body.l", json!("Size"), Some("2")),
        ("Size: object", "request.body.o", json!("Size"), Some("1")),
        ("Size: text in characters", "value.é1", json!("Size"), Some("2")),
        ("Size: number as text", "request.body.i", json!("Size"), Some("1")),
        ("Split", "value.555112233", json!({"Split": {"numeric": true}}), Some("55.11.22.33")),
        ("Split: object", "request.body.o", json!({"Split": {}}), None),
    ] {
        let outcome = run(&json!([
            {"source": "value.V", "target": "var.v"},
            {"source": "value.", "target": "var.empty"},
            {"source": source, "target": "response.header.v", "filter": filter},
        ]));
        assert_eq!(outcome.header(), expected, "{row}");
        assert_eq!(outcome.skips.len(), usize::from(expected.is_none()), "{row}");
        let wants_object = row == "Split: object";
        assert!(outcome.skips.iter().all(|skip| skip.2 != wants_object), "{row}");
    }
}

#[test]
fn on_filter_fail() {
    let category = |level: &str| {
        let outcome = run(&json!([
            {"source": format!("value.{level}"), "target": "var.level"},
            {
                "source": "var.level", "target": "response.header.category",
                "filter": {"EqualTo": "critical"},
                "onFilterFail": [
                    {
                        "source": "var.level", "target": "response.header.category",
                        "filter": {"EqualTo": "warning"},
                        "onFilterFail": [
                            {"source": "value.info", "target": "response.header.category"},
                            {"source": "value.none", "target": "response.header.level"},
                        ],
                    },
                    {"source": "value.not critical", "target": "response.header.alert"},
                ],
            },
        ]));
        let values = outcome.effects.headers.into_iter().map(|(_, value)| value);
        (values.collect::<Vec<_>>(), outcome.skips.iter().map(|skip| skip.0).collect::<Vec<_>>())
    };
    let all = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    assert_eq!(category("critical"), (all(&["critical"]), vec![]));
    assert_eq!(category("warning"), (all(&["warning", "not critical"]), vec![1]));
    assert_eq!(category("x"), (all(&["info", "none", "not critical"]), vec![1, 1]));
    let no_filter_failed = run(&json!([{
        "source": "var.no", "target": "response.header.v", "filter": {"Append": "x"},
        "onFilterFail": [{"source": "value.x", "target": "response.header.v"}],
    }]));
    assert_eq!(no_filter_failed.header(), None, "a missing source is not the filter's failure");
    let conversion = run(&json!([{
        "source": "value.x", "target": "response.header.v", "filter": {"Sum": 1},
        "onFilterFail": [{"source": "value.failed", "target": "response.header.v"}],
    }]));
    assert_eq!(conversion.header(), Some("failed"));
}

#[test]
fn break_ends_the_list() {
    let after = |items: Json| {
        let mut items = items;
        let last = json!({"source": "value.after", "target": "response.header.v"});
        items.as_array_mut().unwrap().push(last);
        run(&items).header().is_none()
    };
    assert!(after(json!([{"source": "value.x", "target": "break"}])));
    assert!(after(json!([{"source": "request.body.i", "target": "break"}])));
    assert!(!after(json!([{"source": "value.", "target": "break"}])), "empty");
    assert!(!after(json!([{"source": "var.no", "target": "break"}])), "undefined");
    assert!(!after(json!([{"source": "eraser", "target": "break"}])));
    assert!(!after(json!([{"source": "request.body.o", "target": "break"}])), "no text");
    assert!(
        after(json!([{
            "source": "value.x", "target": "var.v", "filter": {"EqualTo": "y"},
            "onFilterFail": [{"source": "value.x", "target": "break"}],
        }])),
        "from within a list, the outer one too"
    );
    let body = run_with(
        &json!([
            {"source": "value.1", "target": "response.body.integer.v"},
            {"source": "value.x", "target": "break"},
            {"source": "value.2", "target": "response.body.integer.v"},
        ]),
        &json!({"v": 0}),
        b"",
    );
    assert_eq!(body.body, r#"{"v":1}"#, "what was done stays");
}

#[test]
fn eraser() {
    let document = json!({"a": {"b": 1}, "c": [1, 2], "v": 1});
    for (row, target, expected) in [
        ("node", "response.body.json.object./a/b", r#"{"a":{},"c":[1,2],"v":1}"#),
        ("old spelling", "response.body.object.v", r#"{"a":{"b":1},"c":[1,2]}"#),
        ("computed path", "response.body.json.object./@{n}", r#"{"c":[1,2],"v":1}"#),
        ("whole body", "response.body.json.object", ""),
        ("whole body as a string", "response.body.json.string", ""),
        (
            "empty text through json.string",
            "response.body.json.string./v",
            r#"{"a":{"b":1},"c":[1,2],"v":""}"#,
        ),
    ] {
        let items = json!([
            {"source": "value.a", "target": "var.n"},
            {"source": "eraser", "target": target},
        ]);
        let outcome = run_with(&items, &document, b"");
        assert_eq!((outcome.body.as_str(), outcome.skips.len()), (expected, 0), "{row}");
    }
    let elsewhere = run(&json!([
        {"source": "value.kept", "target": "var.v"},
        {"source": "eraser", "target": "var.v"},
        {"source": "var.v", "target": "response.header.v"},
        {"source": "eraser", "target": "response.header.v"},
        {"source": "eraser", "target": "response.statusCode"},
        {"source": "eraser", "target": "outState"},
        {"source": "eraser", "target": "response.body.json.object./none"},
    ]));
    let values: Vec<&str> = elsewhere.effects.headers.iter().map(|(_, value)| &**value).collect();
    assert_eq!(values, ["kept", ""], "a second, empty header field; variables stay");
    assert_eq!((elsewhere.effects.code, elsewhere.effects.out_state), (None, None));
    assert_eq!(elsewhere.body, "");
}

#[test]
fn questions_about_a_program() {
    let ask = |source: &str, target: &str| {
        let items = json!([{
            "source": "value.x", "target": "var.x", "filter": {"EqualTo": "y"},
            "onFilterFail": [{"source": source, "target": target}],
        }]);
        let program = Program::compile(&items, None).unwrap();
        (program.reads_events(), program.computes_body())
    };
    assert_eq!(ask("value.x", "var.y"), (false, false));
    assert_eq!(ask("event.x", "var.y"), (true, false));
    let address = "serverEvent.requestMethod=GET&requestUri=/a&eventNumber=1";
    assert_eq!(ask(address, "response.body.string"), (true, true));
}
