//! Transformations: each source, filter and target in a provision that does little else, and the two ways to make a body.
//! Times are those of whole runs; what an item costs is the difference to the row `value`.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use serde_json::{Value, json};
use std::hint::black_box;
use understudy_model::events::{EventNumber, NewEvent, ServerData, Storage, fields};
use understudy_model::transform::{
    Effects, EventAddress, Fields, Program, Request, Scratch, Skip, Surroundings, TimeZone,
};
use understudy_model::{Method, QueryFilter};
use understudy_wire::{Head, prepared};

/// Five minutes past the eighth hour of 5 March 2026, in central Europe.
const NOW_NS: i128 = 1_772_694_300_123_456_789;

/// The `responseBody` of provisions whose value of interest goes to `v`.
const DOCUMENT: &str = r#"{"id":"a8b8863","v":null}"#;

/// With sorted members, so that it comes out again as it is.
const BODY: &str = r#"{"address":{"city":"London","lines":["12 St James's Square",{"id":"SW1Y"}]},"age":198,"email":"ada@geocities.com","name":"Ada Lovelace","rate":1.5,"tags":["a","b","c"]}"#;

/// A source, the type of the target that takes it, and what it puts there.
const SOURCES: [(&str, &str, &str); 18] = [
    ("value.text", "string", r#""text""#),
    ("value.id @{id} of @{name}", "string", r#""id 21 of bench""#),
    ("var.id", "string", r#""21""#),
    ("request.uri", "string", r#""/app/v1/id-21?a=x y&name=test""#),
    ("request.uri.path", "string", r#""/app/v1/id-21""#),
    ("request.uri.param.name", "string", r#""test""#),
    ("request.header.content-type", "string", r#""application/json""#),
    ("request.body", "object", BODY),
    ("request.body.name", "string", r#""Ada Lovelace""#),
    ("request.body.address.lines.1.id", "string", r#""SW1Y""#),
    ("general.random.1.100", "integer", "100"),
    ("randomset.one|two|three", "string", r#""three""#),
    ("general.timestamp.ns", "integer", "1772694300123456789"),
    ("general.strftime.%Y-%m-%dT%H:%M:%S", "string", r#""2026-03-05T08:05:00""#),
    ("general.recvseq", "unsigned", "41"),
    ("inState", "string", r#""initial""#),
    ("event.seen", "string", r#""Ada Lovelace""#),
    (
        "serverEvent.requestMethod=POST&requestUri=/seen&eventNumber=-1&eventPath=/body/name",
        "string",
        r#""Ada Lovelace""#,
    ),
];

/// A filter, the source before it, and what comes out as a string.
const FILTERS: [(&str, &str, &str); 15] = [
    (r#"{"Append":"-end"}"#, "value.text", "text-end"),
    (r#"{"Append":"-@{id}"}"#, "value.text", "text-21"),
    (r#"{"Prepend":"start-"}"#, "value.text", "start-text"),
    (r#"{"AppendVar":"id"}"#, "value.text", "text21"),
    (r#"{"PrependVar":"id"}"#, "value.text", "21text"),
    (r#"{"Sum":100}"#, "var.id", "121"),
    (r#"{"Sum":0.5}"#, "var.id", "21.500000"),
    (r#"{"Multiply":-2}"#, "var.id", "-42"),
    (r#"{"ConditionVar":"id"}"#, "value.text", "text"),
    (r#"{"EqualTo":"text"}"#, "value.text", "text"),
    (r#"{"DifferentFrom":"@{id}"}"#, "value.text", "text"),
    (r#"{"RegexCapture":"/app/v1/id-([0-9]+)"}"#, "request.uri.path", "/app/v1/id-21"),
    (
        r#"{"RegexReplace":{"rgx":"/app/v1/id-([0-9]+)","fmt":"number $1"}}"#,
        "request.uri.path",
        "number 21",
    ),
    (r#"{"RegexReplace":{"rgx":"([a-z])\\1","fmt":"<$1>"}}"#, "request.uri.path", "/a<p>/v1/id-21"),
    (r#"{"Split":{"size":2,"count":3,"sep":"."}}"#, "value.123456", "12.34.56"),
];

/// A target, the source before it, and the outcome as [`outcome`] writes it.
const TARGETS: [(&str, &str, &str); 18] = [
    ("response.body.string.v", "value.7", r#"{"id":"a8b8863","v":"7"}"#),
    ("response.body.integer.v", "value.7", r#"{"id":"a8b8863","v":7}"#),
    ("response.body.unsigned.v", "value.7", r#"{"id":"a8b8863","v":7}"#),
    ("response.body.float.v", "value.7.5", r#"{"id":"a8b8863","v":7.5}"#),
    ("response.body.boolean.v", "value.7", r#"{"id":"a8b8863","v":true}"#),
    ("response.body.object.v", "request.body.tags", r#"{"id":"a8b8863","v":["a","b","c"]}"#),
    ("response.body.jsonstring.v", "value.[1,{\"a\":2}]", r#"{"id":"a8b8863","v":[1,{"a":2}]}"#),
    ("response.body.string.new", "value.7", r#"{"id":"a8b8863","new":"7","v":null}"#),
    ("response.body.string.a.b.0", "value.7", r#"{"a":{"b":["7"]},"id":"a8b8863","v":null}"#),
    ("response.body.string.@{name}", "value.7", r#"{"bench":"7","id":"a8b8863","v":null}"#),
    ("response.body.string", "value.7", r#""7""#),
    ("response.body.json.object", "request.body.address.lines.1", r#"{"id":"SW1Y","v":null}"#),
    ("response.header.x-name", "value.7", "x-name: 7"),
    ("response.statusCode", "value.404", "status 404"),
    ("response.delayMs", "value.5", "delay 5ms"),
    ("outState", "value.next", "state next"),
    ("outState.DELETE", "value.next", "state next of DELETE"),
    ("break", "value.now", ""),
];

/// The provision of the mocked product's own load test: one regular expression from the path into the body.
const LOAD_TEST: &str = r#"[{"source":"request.uri.path","target":"response.body.jsonstring.favouriteNumber",
    "filter":{"RegexReplace":{"rgx":"(/app/v1/id-)([0-9]{2})","fmt":"[{\"favouriteNumber\":$2}]"}}}]"#;

/// One of each kind of work that a typical dynamic mock does.
const MIXED: &str = r#"[{"source":"value.understudy","target":"response.body.string.servedBy"},
    {"source":"request.uri.path","target":"response.body.unsigned.number",
     "filter":{"RegexReplace":{"rgx":"/app/v1/id-([0-9]+)","fmt":"$1"}}},
    {"source":"general.timestamp.ms","target":"response.body.unsigned.servedAt"},
    {"source":"request.body.age","target":"var.age"},
    {"source":"var.age","target":"response.body.integer.age"},
    {"source":"request.body.age","target":"response.body.integer.doubled","filter":{"Multiply":2}}]"#;

/// The fields of a request, as the server shows them to the model.
struct HeadFields(Head);

impl Fields for HeadFields {
    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.0.get(name)
    }

    fn for_each(&self, visit: &mut dyn FnMut(&[u8], &[u8])) {
        self.0.fields().for_each(|(name, value)| visit(name, value));
    }
}

/// A clock that stands, dice that show the highest number, and a store with one event of `POST /seen`. Nothing may be
/// skipped here.
struct World {
    zone: TimeZone,
    data: ServerData,
}

impl World {
    fn new() -> World {
        let data = ServerData::new(Storage { events: true, history: true }, 0);
        let mut packed = Vec::new();
        fields::write(&mut packed, b"content-type", b"application/json");
        let event = NewEvent {
            received_ms: 1_772_694_000_000,
            sequence: data.next_sequence(),
            previous_state: "initial",
            state: "initial",
            fields: &packed,
            body: BODY.as_bytes(),
            reply: None,
            virtual_origin: None,
        };
        data.open(Method::POST, "/seen").append(&event);
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a valid zone");
        World { zone, data }
    }
}

impl Surroundings for World {
    fn now_ns(&self) -> i128 {
        NOW_NS
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn random(&mut self, _: i64, high: i64) -> i64 {
        high
    }

    fn event(&self, address: &EventAddress<'_>) -> Option<Value> {
        let method = Method::parse(address.method.as_bytes())?;
        let number = EventNumber::parse(address.number).ok()?;
        self.data.node(method, address.uri, number, address.path)
    }

    fn check_field(&self, name: &str, value: &str) -> Result<(), &'static str> {
        prepared::check_field(name.as_bytes(), value.as_bytes())
    }

    fn skipped(&mut self, item: usize, reason: &Skip<'_>) {
        panic!("item {item} is skipped: {reason}");
    }
}

/// Everything that a run needs, and what it made.
struct Bench {
    world: World,
    fields: HeadFields,
    scratch: Scratch,
    body: Vec<u8>,
}

impl Bench {
    fn new() -> Bench {
        let mut head = Head::default();
        for (name, value) in [
            (&b"accept"[..], &b"*/*"[..]),
            (b"user-agent", b"bench"),
            (b"x-request-id", b"0123456789abcdef"),
            (b"content-type", b"application/json"),
        ] {
            head.push(name, value);
        }
        let (scratch, body) = (Scratch::default(), Vec::new());
        Bench { world: World::new(), fields: HeadFields(head), scratch, body }
    }

    #[inline]
    fn run(&mut self, program: &Program, body: &str) -> Effects {
        let request = Request {
            uri: "/app/v1/id-21?a=x y&name=test",
            target: b"/app/v1/id-21?name=test&a=x%20y",
            query_filter: QueryFilter::SortAmpersand,
            fields: &self.fields,
            body: body.as_bytes(),
            in_state: "initial",
            sequence: 41,
        };
        self.body.clear();
        program.run(black_box(&request), &mut self.world, &mut self.scratch, &mut self.body)
    }

    fn row(
        &mut self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        name: &str,
        (program, body): (&Program, &str),
        expected: &str,
    ) {
        let effects = self.run(program, body);
        assert_eq!(outcome(&effects, &self.body), expected, "{name}");
        group.bench_function(name, |b| b.iter(|| self.run(program, body)));
    }
}

/// The body if there is one, or else what else the run changed, as one text.
fn outcome(effects: &Effects, body: &[u8]) -> String {
    if effects.has_body {
        return String::from_utf8_lossy(body).into_owned();
    }
    let headers = effects.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let foreign =
        effects.foreign.map_or(String::new(), |method| format!(" of {}", method.as_str()));
    let pieces: Vec<String> = headers
        .chain(effects.code.map(|code| format!("status {code}")))
        .chain(effects.delay.map(|delay| format!("delay {delay:?}")))
        .chain(effects.out_state.as_ref().map(|state| format!("state {state}{foreign}")))
        .collect();
    pieces.join(", ")
}

fn compiled(items: &Value, document: &Value) -> Program {
    Program::compile(items, Some(document)).expect("a valid transformation")
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("valid JSON")
}

/// Defines the variables that a text names.
fn variables(texts: &[&str]) -> Vec<Value> {
    let known = [
        ("id", "21"),
        ("name", "bench"),
        ("seen.method", "POST"),
        ("seen.uri", "/seen"),
        ("seen.number", "-1"),
        ("seen.path", "/body/name"),
    ];
    let names = |name: &str| {
        let of_event = name.starts_with("seen.") && texts.contains(&"event.seen");
        let uses = [format!("@{{{name}}}"), format!("var.{name}"), format!("Var\":\"{name}\"")];
        of_event || texts.iter().any(|text| uses.iter().any(|used| text.contains(used.as_str())))
    };
    let used = known.into_iter().filter(|(name, _)| names(name));
    used.map(
        |(name, text)| json!({"source": format!("value.{text}"), "target": format!("var.{name}")}),
    )
    .collect()
}

pub(super) fn sources(c: &mut Criterion) {
    let mut group = c.benchmark_group("transform/source");
    let (mut bench, document) = (Bench::new(), parsed(DOCUMENT));
    for (source, form, expected) in SOURCES {
        let mut items = variables(&[source]);
        items.push(json!({"source": source, "target": format!("response.body.{form}.v")}));
        let program = compiled(&json!(items), &document);
        let expected = format!(r#"{{"id":"a8b8863","v":{expected}}}"#);
        let name = source.split(['&', '%']).next().unwrap_or(source);
        bench.row(&mut group, name, (&program, BODY), &expected);
    }
    for (name, items, expected) in [
        (
            "response.body.id",
            json!([{"source": "response.body.id", "target": "response.body.string.v"}]),
            r#"{"id":"a8b8863","v":"a8b8863"}"#,
        ),
        (
            "eraser",
            json!([{"source": "eraser", "target": "response.body.json.object./v"}]),
            r#"{"id":"a8b8863"}"#,
        ),
    ] {
        bench.row(&mut group, name, (&compiled(&items, &document), BODY), expected);
    }
    group.finish();
}

pub(super) fn filters(c: &mut Criterion) {
    let mut group = c.benchmark_group("transform/filter");
    let (mut bench, document) = (Bench::new(), parsed(DOCUMENT));
    for (filter, source, expected) in FILTERS {
        let target = "response.body.string.v";
        let mut items = variables(&[filter, source]);
        items.push(json!({"source": source, "target": target, "filter": parsed(filter)}));
        let program = compiled(&json!(items), &document);
        let expected = format!(r#"{{"id":"a8b8863","v":"{expected}"}}"#);
        bench.row(&mut group, filter, (&program, BODY), &expected);
    }
    let captured = json!([
        {"source": "request.uri.path", "target": "var.path", "filter": {"RegexCapture": "/app/(v[0-9])/id-([0-9]+)"}},
        {"source": "var.path.2", "target": "response.body.string.v"},
    ]);
    let sized = json!([{"source": "request.body.tags", "target": "response.body.string.v", "filter": "Size"}]);
    for (name, items, expected) in [
        ("RegexCapture with groups", captured, r#"{"id":"a8b8863","v":"21"}"#),
        ("Size", sized, r#"{"id":"a8b8863","v":"3"}"#),
    ] {
        bench.row(&mut group, name, (&compiled(&items, &document), BODY), expected);
    }
    group.finish();
}

pub(super) fn targets(c: &mut Criterion) {
    let mut group = c.benchmark_group("transform/target");
    let (mut bench, document) = (Bench::new(), parsed(DOCUMENT));
    for (target, source, expected) in TARGETS {
        let mut items = variables(&[target]);
        items.push(json!({"source": source, "target": target}));
        if target == "break" {
            items.push(json!({"source": "value.never", "target": "outState"}));
        }
        let program = compiled(&json!(items), &document);
        bench.row(&mut group, target, (&program, BODY), expected);
    }
    group.finish();
}

/// A document of about that size with many members, as services answer with.
fn person(bytes: usize) -> Value {
    let mut document =
        json!({"id": "a8b8863", "name": "Ada Lovelace", "email": "ada@geocities.com", "age": 198});
    for n in 0..(bytes.saturating_sub(80) / 50) {
        document[format!("member-{n:04}")] = json!(format!("value number {n:04} of the document"));
    }
    document
}

/// The same provisions with bodies made of fixed bytes and slots, and made of a tree.
pub(super) fn bodies(c: &mut Criterion) {
    let mut bench = Bench::new();
    let mut group = c.benchmark_group("transform/body");
    for (name, items, bytes) in [
        ("load-test provision, 1 KB", LOAD_TEST, 1000),
        ("six items, 1 KB", MIXED, 1000),
        ("six items, 100 KB", MIXED, 100_000),
    ] {
        let (items, document) = (parsed(items), person(bytes));
        let tree = Program::compile_with_tree(&items, Some(&document));
        let (slots, tree) = (compiled(&items, &document), tree.expect("a valid transformation"));
        bench.run(&slots, BODY);
        let expected = String::from_utf8_lossy(&bench.body).into_owned();
        let made = parsed(&expected);
        let is_transformed = made["favouriteNumber"] == json!([{"favouriteNumber": 21}])
            || made["number"] == json!(21) && made["doubled"] == json!(396);
        assert!(is_transformed && made["member-0003"].is_string(), "{made}");
        group.throughput(Throughput::Bytes(expected.len() as u64));
        bench.row(&mut group, &format!("slots/{name}"), (&slots, BODY), &expected);
        bench.row(&mut group, &format!("tree/{name}"), (&tree, BODY), &expected);
    }
    group.finish();
}

/// A member of a large request body: picked out of the text where the path is known, looked up in a tree where not.
pub(super) fn request_bodies(c: &mut Criterion) {
    let (mut bench, document) = (Bench::new(), parsed(DOCUMENT));
    let mut group = c.benchmark_group("transform/member of a request body");
    for bytes in [1000, 100_000] {
        let mut person = person(bytes);
        person["zip"] = json!("SW1Y");
        let body = person.to_string();
        group.throughput(Throughput::Bytes(body.len() as u64));
        for (name, path, expected) in [
            ("picked, the first", "request.body.age", "198"),
            ("picked, the last", "request.body.zip", "SW1Y"),
            ("computed path", "request.body.@{member}", "SW1Y"),
        ] {
            let program = compiled(
                &json!([
                    {"source": "value.zip", "target": "var.member"},
                    {"source": path, "target": "response.body.string.v"},
                ]),
                &document,
            );
            let expected = format!(r#"{{"id":"a8b8863","v":"{expected}"}}"#);
            let name = format!("{name}/{bytes}");
            bench.row(&mut group, &name, (&program, &body), &expected);
        }
    }
    group.finish();
}
