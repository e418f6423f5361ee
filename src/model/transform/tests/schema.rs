//! The schema that documents are checked against takes all that the published one takes, and what section B1 adds.

use jsonschema::{PatternOptions, Validator};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn published() -> Validator {
    let schema = serde_json::from_slice(include_bytes!("../../schema/provision.json")).unwrap();
    let patterns = PatternOptions::regex();
    jsonschema::draft7::options().with_pattern_options(patterns).build(&schema).unwrap()
}

fn is_accepted(document: &Json) -> bool {
    crate::schema::validate_provision(document).is_ok()
}

fn with_item(item: &Json) -> Json {
    json!({"requestMethod": "GET", "responseCode": 200, "transform": [item]})
}

fn with_member(name: &str, value: &Json) -> Json {
    let mut document = json!({"requestMethod": "GET", "responseCode": 200});
    document[name] = value.clone();
    document
}

#[test]
fn additions_are_accepted() {
    let published = published();
    let item = |source: &str, target: &str| with_item(&json!({"source": source, "target": target}));
    let mut documents = vec![
        with_member("description", &json!("text")),
        with_member("requestMethod", &json!("PATCH")),
        with_member("requestMethod", &json!("M-SEARCH")),
    ];
    for body in [json!("text"), json!(1.5), json!(null), json!(true), json!([1])] {
        documents.push(with_member("responseBody", &body));
    }
    for source in [
        "response.body",
        "response.body./a",
        "random.1.2",
        "randomset.a|b",
        "timestamp.us",
        "general.timestamp.us",
        "timestamp.s",
        "strftime.%F",
        "recvseq",
        "serverEvent.requestMethod=GET&requestUri=/&eventNumber=1",
        "eraser",
    ] {
        documents.push(item(source, "var.x"));
    }
    for target in ["break", "response.body.json.string", "response.body.json.object./a"] {
        documents.push(item("inState", target));
    }
    for filter in [
        json!("Size"),
        json!({"EqualTo": "x"}),
        json!({"DifferentFrom": "x"}),
        json!({"Split": {}}),
        json!({"Split": {"size": 1, "count": 1, "sep": "", "filler": "", "numeric": true}}),
    ] {
        documents
            .push(with_item(&json!({"source": "inState", "target": "var.x", "filter": filter})));
    }
    let list = json!([{"source": "inState", "target": "break"}]);
    documents.push(with_item(&json!({
        "source": "inState", "target": "var.x", "filter": {"EqualTo": "x"}, "onFilterFail": list,
    })));
    documents
        .push(with_item(&json!({"source": "inState", "target": "var.x", "onFilterFail": list})));
    for document in &documents {
        assert!(is_accepted(document), "{document}");
        assert!(!published.is_valid(document), "this is no addition: {document}");
    }
}

#[test]
fn the_rest_is_refused() {
    let item = |source: &str, target: &str| with_item(&json!({"source": source, "target": target}));
    let filter = |filter: Json| {
        with_item(&json!({"source": "inState", "target": "var.x", "filter": filter}))
    };
    let list = |list: Json| {
        with_item(&json!({"source": "inState", "target": "var.x", "onFilterFail": list}))
    };
    for document in [
        with_member("unknown", &json!(1)),
        with_member("description", &json!(1)),
        with_member("requestMethod", &json!("")),
        with_member("requestMethod", &json!("A B")),
        with_member("requestMethod", &json!("GET\n")),
        with_member("responseCode", &json!("200")),
        with_member("transform", &json!([])),
        item("randomset.", "var.x"),
        item("timestamp.m", "var.x"),
        item("random.1", "var.x"),
        item("recvseq.", "var.x"),
        item("eraser.x", "var.x"),
        item("inState", "break.x"),
        item("inState", "response.body.json"),
        item("inState", "response.body.json.text"),
        item("inState", "outState.PATCH"),
        item("inState", "serverEvent.requestMethod=GET&requestUri=/"),
        filter(json!("size")),
        filter(json!({})),
        filter(json!({"Size": 1})),
        filter(json!({"EqualTo": 1})),
        filter(json!({"Split": {"size": 0}})),
        filter(json!({"Split": {"sizes": 1}})),
        filter(json!({"EqualTo": "x", "Append": "y"})),
        list(json!([])),
        list(json!([{"source": "inState"}])),
        list(json!("x")),
        with_item(&json!({"source": "inState", "target": "var.x", "foo": "Size"})),
        with_item(&json!({
            "source": "inState", "target": "var.x", "filter": {"Sum": 1}, "foo": {"Sum": 1},
        })),
        with_item(&json!({
            "source": "inState", "target": "var.x", "filter": {"Sum": 1}, "foo": {"Sum": 1},
            "onFilterFail": [{"source": "inState", "target": "var.x"}],
        })),
    ] {
        assert!(!is_accepted(&document), "{document}");
    }
}

/// Section A1.4, "Schema subtleties", sentence by sentence: whether the published schema takes it, and ours.
#[test]
fn subtleties() {
    let published = published();
    let item = |source: &str, target: &str| with_item(&json!({"source": source, "target": target}));
    let filter = |member: &str, filter: Json| {
        with_item(&json!({"source": "inState", "target": "var.x", member: filter}))
    };
    let sum = json!({"Sum": 1});
    for (sentence, document, is_valid) in [
        (
            "unanchored: anything longer than ^var.. passes",
            item("var.x y#\u{e9}", "var.a.b c"),
            true,
        ),
        ("the anchors are the pattern's own", item("xvar.x", "var.x"), false),
        ("request.uri is anchored at its end", item("request.uris", "var.x"), false),
        ("inState is anchored at its end", item("inState.x", "var.x"), false),
        (
            "response.statusCode is anchored at its end",
            item("inState", "response.statusCodes"),
            false,
        ),
        ("outState.METHOD is anchored at its end", item("inState", "outState.GETS"), false),
        ("a literal | in the class", item("general.timestamp.|s", "var.x"), true),
        ("the third member may have any name", filter("foo", sum.clone()), true),
        ("and only has to look like a filter", filter("foo", json!({"Sum": "1"})), false),
        (
            "a fourth member is one too many",
            with_item(&json!({
                "source": "inState", "target": "var.x", "filter": sum, "foo": sum,
            })),
            false,
        ),
        ("no filter key", filter("filter", json!({})), false),
        ("two filter keys", filter("filter", json!({"Sum": 1, "Append": "x"})), false),
        (
            "RegexReplace needs both members",
            filter("filter", json!({"RegexReplace": {"rgx": "a"}})),
            false,
        ),
        ("transform: []", with_member("transform", &json!([])), false),
        ("unknown top-level keys", with_member("responsebody", &json!({})), false),
        ("value. may be empty", item("value.", "var.x"), true),
        ("var. may not", item("var.", "var.x"), false),
        ("event. may not", item("event.", "var.x"), false),
        ("request.body. may not", item("request.body.", "var.x"), false),
        ("request.header. may not", item("request.header.", "var.x"), false),
        ("request.uri.param. may not", item("request.uri.param.", "var.x"), false),
        ("general.strftime. may not", item("general.strftime.", "var.x"), false),
        ("target with an empty tail", item("inState", "var."), false),
        ("target with an empty tail", item("inState", "response.header."), false),
        ("target with an empty tail", item("inState", "response.body.string."), false),
        ("target with an empty tail", item("inState", "response.body.object."), false),
        ("target with an empty tail", item("inState", "outState."), false),
        ("names with a line break", item("var.a\nb", "response.body.string.a\nb"), true),
        (". does not match a line break", item("var.\n", "var.x"), false),
        ("responseCode 200.0", with_member("responseCode", &json!(1.5)), false),
        ("inState may have a #", with_member("inState", &json!("a#b")), true),
        ("inState may be empty", with_member("inState", &json!("")), true),
        ("header values are strings", with_member("responseHeaders", &json!({"a": 1})), false),
    ] {
        assert_eq!(published.is_valid(&document), is_valid, "{sentence}: {document}");
        assert_eq!(is_accepted(&document), is_valid, "{sentence}: {document}");
    }
    // Section B1 takes any type.
    let text = with_member("responseBody", &json!("text"));
    assert!(!published.is_valid(&text) && is_accepted(&text), "responseBody must be an object");
}

fn text() -> impl Strategy<Value = Json> {
    let texts = prop::sample::select(vec![
        "event.a",
        "var.x",
        "value.",
        "value.\n",
        "request.uri",
        "request.uri.path",
        "request.uri.param.a",
        "request.body",
        "request.body.a\nb",
        "request.header.a",
        "general.random.-1.+5",
        "general.random.1.99999999999",
        "general.timestamp.|s",
        "general.timestamp.s",
        "general.strftime.%",
        "general.recvseq",
        "inState",
        "response.body.object",
        "response.body.jsonstring.a",
        "response.body.float./a",
        "response.header.x",
        "response.statusCode",
        "response.delayMs",
        "outState",
        "outState.HEAD",
        "GET",
        "POST",
        "",
        "break",
        "eraser",
        "value.x",
    ]);
    prop_oneof![8 => texts.prop_map(Json::from), 1 => ".{0,4}".prop_map(Json::from)]
}

fn any_json() -> impl Strategy<Value = Json> {
    prop_oneof![
        text(),
        any::<i32>().prop_map(Json::from),
        Just(json!({})),
        Just(json!(null)),
        Just(json!([1]))
    ]
}

fn filter() -> impl Strategy<Value = Json> {
    let kinds = prop::sample::select(vec![
        "RegexCapture",
        "Append",
        "Prepend",
        "AppendVar",
        "PrependVar",
        "Sum",
        "Multiply",
        "ConditionVar",
        "RegexReplace",
    ]);
    let member = (
        kinds,
        prop_oneof![4 => text(), 2 => any::<i8>().prop_map(Json::from),
        2 => Just(json!({"rgx": "(", "fmt": ""})), 1 => any_json()],
    );
    proptest::collection::vec(member, 0..3).prop_map(|members| {
        Json::Object(members.into_iter().map(|(kind, value)| (kind.to_owned(), value)).collect())
    })
}

fn item() -> impl Strategy<Value = Json> {
    let third = prop::sample::select(vec!["filter", "onFilterFail", "foo", "Size", ""]);
    let third =
        proptest::collection::vec((third, prop_oneof![4 => filter(), 1 => any_json()]), 0..3);
    (text(), text(), third).prop_map(|(source, target, third)| {
        let mut item = json!({"source": source, "target": target});
        for (name, value) in third {
            item[name] = value;
        }
        item
    })
}

fn document() -> impl Strategy<Value = Json> {
    let names = prop::sample::select(vec![
        "inState",
        "outState",
        "requestUri",
        "responseBody",
        "responseHeaders",
        "responseDelayMs",
        "description",
    ]);
    let value = prop_oneof![2 => text(), 1 => Just(json!({"a": "b"})), 1 => any_json()];
    let others = proptest::collection::vec((names, value), 0..2);
    let items = prop::option::of(proptest::collection::vec(item(), 1..3));
    (prop::sample::select(vec!["GET", "HEAD", "PATCH"]), others, items).prop_map(
        |(method, others, items)| {
            let mut document = json!({"requestMethod": method, "responseCode": 200});
            for (name, value) in others {
                document[name] = value;
            }
            if let Some(items) = items {
                document["transform"] = Json::Array(items);
            }
            document
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_the_published_schema_takes_is_accepted(documents in proptest::collection::vec(document(), 1..8)) {
        static PUBLISHED: std::sync::LazyLock<Validator> = std::sync::LazyLock::new(published);
        for document in documents {
            if PUBLISHED.is_valid(&document) {
                prop_assert!(is_accepted(&document), "{document}");
            }
        }
    }
}
