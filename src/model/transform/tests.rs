//! Programs as a whole: a table row per row of the specification. Each run is made with slots and with a tree, twice
//! with the same memory, and must give the same.

mod bounds;
mod examples;
mod filters;
mod newer;
mod properties;
mod refused;
mod schema;
mod sources;
mod targets;

use super::*;
use crate::QueryFilter;
use jiff::tz::{Offset, TimeZone};
use serde_json::json;

/// Header fields by name.
pub(super) struct Headers(pub(super) Vec<(&'static str, &'static [u8])>);

impl Fields for Headers {
    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        let mut fields = self.0.iter();
        fields.find(|(field, _)| field.as_bytes() == name).map(|(_, value)| *value)
    }

    fn for_each(&self, visit: &mut dyn FnMut(&[u8], &[u8])) {
        for (name, value) in &self.0 {
            visit(name.as_bytes(), value);
        }
    }
}

/// A clock that stands, dice that show the highest number, and one event.
pub(super) struct World {
    zone: TimeZone,
    skips: Vec<(usize, String, bool)>,
}

/// 2026-03-05 09:07:04.123456789 at two hours east of Greenwich.
const NOW_NS: i128 = 1_772_694_424_123_456_789;

impl World {
    pub(super) fn new() -> World {
        World { zone: TimeZone::fixed(Offset::constant(2)), skips: Vec::new() }
    }
}

impl Surroundings for World {
    fn now_ns(&self) -> i128 {
        NOW_NS
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn random(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high);
        high
    }

    /// The last event of `GET /seen` is `{"body":{"n":7,"list":[]},"state":"initial"}`.
    fn event(&self, address: &EventAddress<'_>) -> Option<Json> {
        let event = json!({"body": {"n": 7, "list": []}, "state": "initial"});
        let is_last = address.number == "1" || address.number.starts_with("-1");
        match (address.method, address.uri, is_last) {
            ("GET", "/seen", true) => event.pointer(address.path).cloned(),
            _ => None,
        }
    }

    fn check_field(&self, name: &str, _: &str) -> Result<(), &'static str> {
        if name.contains(' ') { Err("the name has a blank") } else { Ok(()) }
    }

    fn skipped(&mut self, item: usize, reason: &Skip<'_>) {
        self.skips.push((item, reason.to_string(), reason.is_expected()));
    }
}

/// What a run gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    effects: Effects,
    body: String,
    skips: Vec<(usize, String, bool)>,
}

impl Outcome {
    /// The value of the last header field that was added.
    fn header(&self) -> Option<&str> {
        self.effects.headers.last().map(|(_, value)| value.as_str())
    }

    /// The only skip.
    fn skip(&self) -> &str {
        match self.skips.as_slice() {
            [(_, reason, _)] => reason,
            other => panic!("{other:?}"),
        }
    }
}

/// The request of most tests.
pub(super) fn request<'a>(fields: &'a Headers, body: &'a [u8]) -> Request<'a> {
    Request {
        uri: "/a b/c?k=v 1&z.y=",
        target: b"/a%20b/c?z.y=&k=v+1",
        query_filter: QueryFilter::SortAmpersand,
        fields,
        body,
        in_state: "initial",
        sequence: 41,
    }
}

pub(super) fn headers() -> Headers {
    Headers(vec![("x-one", b"first"), ("x-one", b"second"), ("x-bad", b"\xff"), ("x-empty", b"")])
}

/// Runs items against a document (null for none) and a request body.
pub(super) fn run_with(items: &Json, document: &Json, body: &[u8]) -> Outcome {
    let fields = headers();
    run_request(items, document, &request(&fields, body))
}

pub(super) fn run_request(items: &Json, document: &Json, request: &Request<'_>) -> Outcome {
    let document = Some(document).filter(|document| !document.is_null());
    let mut scratch = Scratch::default();
    let mut outcomes = Vec::new();
    for compile in [Program::compile, Program::compile_with_tree, Program::compile] {
        let program = compile(items, document).unwrap_or_else(|error| panic!("{items}: {error}"));
        for _ in 0..2 {
            let mut world = World::new();
            let mut out = b"before".to_vec();
            let effects = program.run(request, &mut world, &mut scratch, &mut out);
            let body = String::from_utf8(out.split_off(6)).unwrap();
            assert_eq!(effects.has_body, program.computes_body());
            assert!(effects.has_body || body.is_empty());
            outcomes.push(Outcome { effects, body, skips: world.skips });
        }
    }
    for outcome in &outcomes {
        assert_eq!(*outcome, outcomes[0], "{items}");
    }
    outcomes.swap_remove(0)
}

pub(super) fn run(items: &Json) -> Outcome {
    run_with(items, &Json::Null, BODY)
}

/// The value that a source gives as text.
pub(super) fn text_of(source: &str) -> Result<String, String> {
    let outcome = run(&json!([{"source": source, "target": "response.header.v"}]));
    match outcome.header() {
        Some(value) => Ok(value.to_owned()),
        None => Err(outcome.skip().to_owned()),
    }
}

/// The request body of most tests.
pub(super) const BODY: &[u8] =
    br#"{"t":"text","i":5,"u":18446744073709551615,"f":1.5,"b":true,"n":null,
    "o":{"x":1},"eo":{},"el":[],"l":[10,{"id":"e1"}],"a/b":1,"a~b":2,"z":"","d.d":3,"neg":-3}"#;
