//! Whole provisions of the kind that is used in the field.

use super::*;

/// An answer of about a kilobyte, as load tests have it.
fn large_document() -> Json {
    let mut document =
        json!({"favouriteNumber": 0, "constant": "", "time": 0, "id": "", "triple": 0});
    for i in 0..20 {
        document[format!("member{i}")] = json!({"text": "some text of a realistic length", "n": i});
    }
    document
}

fn path_request<'a>(fields: &'a Headers, path: &'a str, body: &'a [u8]) -> Request<'a> {
    Request { uri: path, target: path.as_bytes(), ..request(fields, body) }
}

fn has_slots(items: &Json, document: &Json) -> bool {
    let program = Program::compile(items, Some(document)).unwrap();
    program.plan.is_some_and(|plan| plan.has_slots())
}

#[test]
fn the_load_test_provision() {
    let items = json!([{
        "source": "request.uri.path",
        "target": "response.body.jsonstring.favouriteNumber",
        "filter": {"RegexReplace": {
            "rgx": "(/load-test/v1/id-)([0-9]{2})", "fmt": "[{\"favouriteNumber\":$2}]",
        }},
    }]);
    let mut document = large_document();
    assert!(has_slots(&items, &document), "no tree for this");
    let fields = headers();
    let outcome =
        run_request(&items, &document, &path_request(&fields, "/load-test/v1/id-21", b""));
    document["favouriteNumber"] = json!([{"favouriteNumber": 21}]);
    assert_eq!(outcome.body.as_bytes(), crate::json::to_compact(&document));
    let other = run_request(&items, &document, &path_request(&fields, "/other", b""));
    assert_eq!(other.skips.len(), 1, "a path that does not match is no JSON");
    assert_eq!(other.body.as_bytes(), crate::json::to_compact(&document));
}

#[test]
fn six_items() {
    let items = json!([
        {"source": "value.fixed", "target": "response.body.string.constant"},
        {
            "source": "request.uri.path", "target": "response.body.integer.favouriteNumber",
            "filter": {"RegexReplace": {"rgx": ".*/id-([0-9]+)", "fmt": "$1"}},
        },
        {"source": "general.timestamp.ms", "target": "response.body.integer.time"},
        {"source": "request.body.subscriber.id", "target": "var.id"},
        {"source": "var.id", "target": "response.body.string.id"},
        {
            "source": "request.body.subscriber.id", "target": "response.body.integer.triple",
            "filter": {"Multiply": 3},
        },
    ]);
    let mut document = large_document();
    assert!(has_slots(&items, &document), "no tree for this");
    let fields = headers();
    let body = br#"{"list":[1,2],"subscriber":{"name":"x","id":14}}"#;
    let outcome = run_request(&items, &document, &path_request(&fields, "/v1/id-21", body));
    document["constant"] = json!("fixed");
    document["favouriteNumber"] = json!(21);
    document["time"] = json!(1_772_694_424_123_u64);
    document["id"] = json!("14");
    document["triple"] = json!(42);
    assert_eq!(outcome.body.as_bytes(), crate::json::to_compact(&document));
    assert_eq!(outcome.skips, []);
}

#[test]
fn address_from_a_phone_number() {
    let replaced = json!({"RegexReplace": {
        "rgx": "[0-9]+([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})", "fmt": "$1.$2.$3.$4",
    }});
    for filter in [replaced, json!({"Split": {}})] {
        let outcome = run_with(
            &json!([
                {"source": "request.body.phone", "target": "var.ipv4", "filter": filter},
                {"source": "var.ipv4", "target": "response.body.string.ip"},
            ]),
            &json!({"ip": null}),
            br#"{"phone":555112233}"#,
        );
        assert_eq!(outcome.body, r#"{"ip":"55.11.22.33"}"#);
    }
}

#[test]
fn a_text_built_of_variables() {
    let outcome = run(&json!([
        {"source": "value.Jane", "target": "var.name"},
        {"source": "value.I am an engineer, and my name is ", "target": "var.text", "filter": {"AppendVar": "name"}},
        {"source": "value.. I write C.", "target": "var.text", "filter": {"PrependVar": "text"}},
        {"source": "value.@{text} (@{name})", "target": "response.header.about"},
    ]));
    assert_eq!(outcome.header(), Some("I am an engineer, and my name is Jane. I write C. (Jane)"));
}

/// A request decides by a flag in its body whether it fails.
#[test]
fn a_condition_from_the_request() {
    let items = json!([
        {"source": "request.body.forceErrors.internalServerError", "target": "var.fails"},
        {"source": "value.500", "target": "response.statusCode", "filter": {"ConditionVar": "fails"}},
        {"source": "value.failed", "target": "outState", "filter": {"ConditionVar": "fails"}},
    ]);
    let failing = run_with(&items, &json!({}), br#"{"forceErrors":{"internalServerError":"yes"}}"#);
    assert_eq!(
        (failing.effects.code, failing.effects.out_state.as_deref()),
        (Some(500), Some("failed"))
    );
    let working = run_with(&items, &json!({}), b"{}");
    assert_eq!((working.effects.code, working.effects.out_state), (None, None));
    let expected: Vec<bool> = working.skips.iter().map(|skip| skip.2).collect();
    assert_eq!(expected, [false, true, true], "only the missing node is worth an error line");
}
