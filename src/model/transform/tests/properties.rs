//! Any items that fit the schema, with any request: no panic, and slots and tree give the same answer.

use super::*;
use crate::schema;
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abc]", 1 => "[ab]\\.[12]", 1 => Just("@{a}".to_owned()), 1 => ".{1,3}"]
}

fn path() -> impl Strategy<Value = String> {
    let token = prop_oneof![4 => "[abc]", 2 => "[012]", 1 => Just("-".to_owned()), 1 => Just(String::new()),
        1 => Just("@{b}".to_owned()), 1 => "[~01a]{1,2}"];
    (prop_oneof![Just("."), Just("/")], proptest::collection::vec(token, 1..4)).prop_map(
        |(separator, tokens)| {
            let start = if separator == "/" { "./" } else { "." };
            format!("{start}{}", tokens.join(separator))
        },
    )
}

fn source() -> impl Strategy<Value = String> {
    let constant = prop::sample::select(vec![
        "request.uri",
        "request.uri.path",
        "request.body",
        "general.timestamp.ns",
        "timestamp.us",
        "general.recvseq",
        "recvseq",
        "inState",
        "response.body",
        "eraser",
        "general.random.5.-5",
        "randomset.|1|@{a}",
        "strftime.%H:%M@{b}%",
        "value.[1]",
        "value.{\"a\":1.5}",
        "value.-12.5x",
        "serverEvent.requestMethod=GET&requestUri=/seen&eventNumber=-1&eventPath=@{a}",
    ]);
    prop_oneof![
        3 => constant.prop_map(str::to_owned),
        2 => name().prop_map(|name| format!("var.{name}")),
        3 => ".{0,6}".prop_map(|text| format!("value.{text}")),
        2 => "[-0-9a@{}]{0,6}".prop_map(|text| format!("value.{text}")),
        1 => name().prop_map(|name| format!("request.uri.param.{name}")),
        1 => name().prop_map(|name| format!("request.header.{name}")),
        1 => name().prop_map(|name| format!("event.{name}")),
        3 => path().prop_map(|path| format!("request.body{path}")),
        1 => path().prop_map(|path| format!("response.body{path}")),
    ]
}

fn target() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec![
        "string",
        "integer",
        "unsigned",
        "float",
        "boolean",
        "object",
        "jsonstring",
    ]);
    let constant = prop::sample::select(vec![
        "response.statusCode",
        "response.delayMs",
        "outState",
        "outState.GET",
        "break",
    ]);
    prop_oneof![
        1 => constant.prop_map(str::to_owned),
        3 => name().prop_map(|name| format!("var.{name}")),
        1 => name().prop_map(|name| format!("response.header.{name}")),
        5 => (prop::bool::ANY, kind, prop::option::weighted(0.9, path())).prop_map(|(is_json, kind, path)| {
            let json = if is_json { "json." } else { "" };
            format!("response.body.{json}{kind}{}", path.unwrap_or_default())
        }),
    ]
}

fn filter() -> impl Strategy<Value = Json> {
    prop_oneof![
        name().prop_map(|text| json!({"Append": text})),
        name().prop_map(|text| json!({"Prepend": text})),
        name().prop_map(|name| json!({"AppendVar": name})),
        name().prop_map(|name| json!({"PrependVar": name})),
        name().prop_map(|name| json!({"ConditionVar": format!("!{name}")})),
        name().prop_map(|text| json!({"EqualTo": text})),
        name().prop_map(|text| json!({"DifferentFrom": text})),
        any::<i64>().prop_map(|number| json!({"Sum": number})),
        any::<f64>()
            .prop_map(|number| json!({"Multiply": if number.is_finite() { number } else { 0.5 }})),
        Just(json!({"RegexCapture": "(a)?.*"})),
        Just(json!({"RegexReplace": {"rgx": "[a1]", "fmt": "<$&>"}})),
        Just(json!({"Split": {"size": 1}})),
        Just(json!("Size")),
    ]
}

fn item() -> impl Strategy<Value = Json> {
    let item =
        (source(), target(), prop::option::of(filter())).prop_map(|(source, target, filter)| {
            let mut item = json!({"source": source, "target": target});
            if let Some(filter) = filter {
                item["filter"] = filter;
            }
            item
        });
    item.prop_recursive(2, 6, 3, |inner| {
        (inner.clone(), proptest::collection::vec(inner, 1..3)).prop_map(|(mut item, list)| {
            item["onFilterFail"] = Json::Array(list);
            item
        })
    })
}

fn document() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<i32>().prop_map(Json::from),
        "[ab]{0,2}".prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            proptest::collection::btree_map("[abc012]", inner, 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// `run_request` compares slots with the tree, and a second run with the first.
    #[test]
    fn any_program_answers_any_request(
        items in proptest::collection::vec(item(), 1..6),
        document in document(),
        body in prop_oneof![
            document().prop_map(|body| body.to_string().into_bytes()),
            proptest::collection::vec(any::<u8>(), 0..8),
        ],
        target in proptest::collection::vec(prop_oneof![Just(b'?'), Just(b'&'), Just(b'='), any::<u8>()], 0..8),
    ) {
        let items = Json::Array(items);
        let provision = json!({"requestMethod": "GET", "responseCode": 200, "transform": items});
        let fits = schema::validate_provision(&provision).is_ok();
        let program = Program::compile(&items, Some(&document));
        if program.is_ok() && !items.to_string().contains("\\n") {
            prop_assert!(fits, "the schema refuses what can be compiled: {items}");
        }
        if program.is_ok() {
            let fields = headers();
            run_request(&items, &document, &Request { target: &target, ..request(&fields, &body) });
        }
    }

    /// Slots are possible when all paths are members of the document.
    #[test]
    fn programs_with_slots(
        items in proptest::collection::vec((source(), prop::sample::select(vec!["a", "b", "c.d", "e.1"]),
            prop::sample::select(vec!["string", "integer", "float", "object", "jsonstring"])), 1..6),
        body in document(),
    ) {
        let items: Vec<Json> = items.into_iter().map(|(source, path, kind)| {
            json!({"source": source, "target": format!("response.body.{kind}.{path}")})
        }).collect();
        let items = Json::Array(items);
        let document = json!({"a": 1, "b": {"x": []}, "c": {"d": null}, "e": [1, 2, 3]});
        if Program::compile(&items, Some(&document)).is_ok() {
            run_with(&items, &document, body.to_string().as_bytes());
        }
    }
}
