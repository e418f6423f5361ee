//! Rows of the transformations where the bytes on the wire, or the lines of the log, are what counts.

use crate::support::deadline;
use crate::support::h1::Response;
use crate::support::server::Server;
use serde_json::{Value, json};
use std::time::Instant;

/// Publishes items for POST /p with a document, and asks for it.
fn answer(server: &Server, items: &Value, document: &Value, path: &str, body: &[u8]) -> Response {
    server.provision(&json!({
        "requestMethod": "POST", "requestUri": "/p", "responseCode": 200, "responseBody": document,
        "responseHeaders": {"x-name": "old"}, "transform": items,
    }));
    server.ask_with("POST", path, &[("x-bytes", "a,b")], body)
}

fn values<'r>(response: &'r Response, wanted: &str) -> Vec<&'r str> {
    let fields = response.fields.iter().filter(|(name, _)| name == wanted);
    fields.map(|(_, value)| value.as_str()).collect()
}

#[test]
fn header_fields() {
    let server = Server::start(&[]);
    let response = answer(
        &server,
        &json!([
            {"source": "value.new", "target": "response.header.X-Name"},
            {"source": "value.", "target": "response.header.x-empty"},
            {"source": "request.body.injected", "target": "response.header.x-injected"},
            {"source": "request.header.x-bytes", "target": "response.header.@{undefined}"},
            {"source": "value.after", "target": "response.header.x-after"},
        ]),
        &json!({}),
        "/p",
        br#"{"injected":"a\r\nset-cookie: b"}"#,
    );
    assert_eq!(values(&response, "x-name"), ["old", "new"], "A9 15: appended, the old one first");
    assert_eq!(values(&response, "x-empty"), [""], "A4.5: an empty value is allowed");
    assert_eq!(values(&response, "x-after"), ["after"], "items after a skipped one still work");
    assert!(
        values(&response, "set-cookie").is_empty() && values(&response, "x-injected").is_empty()
    );
    for expected in [
        "target response.header.x-injected: the value has a line break or a NUL \
         method=POST uri=\"/p\" state=\"initial\" item=2",
        "target response.header.@{undefined}: the name is not a token \
         method=POST uri=\"/p\" state=\"initial\" item=3",
    ] {
        // Provision, item and reason are named. Lines are written by a thread of their own.
        let until = deadline();
        while !server.printed().contains(expected) {
            assert!(Instant::now() < until, "{expected}: {}", server.printed());
            std::thread::yield_now();
        }
    }
    let (_, event) =
        server.admin_json("server-data?requestMethod=POST&requestUri=/p&requestNumber=1");
    assert_eq!(event["responseHeaders"]["x-after"], "after");
    assert_eq!(event["responseHeaders"].get("x-injected"), None, "as it was sent");
}

#[test]
fn bytes_that_are_no_text() {
    let server = Server::start(&[]);
    let items = json!([
        {"source": "request.uri.path", "target": "response.body.string.path"},
        {"source": "request.body", "target": "response.body.object.body"},
    ]);
    let response = answer(&server, &items, &json!({}), "/%70", b"{\"\xff\":\"\xc3\"}");
    let body: Value = serde_json::from_slice(&response.body).expect("JSON");
    let expected = json!({"path": "/%70", "body": {"\u{fffd}": "\u{fffd}"}});
    assert_eq!(body, expected, "A4.3: the path is raw; A9 4: invalid UTF-8 is replaced");
}

#[test]
fn elements_that_do_not_exist() {
    let server = Server::start(&[]);
    let items = json!([
        {"source": "request.body.items.100000", "target": "response.body.object.far"},
        {"source": "request.body.empty.0", "target": "response.body.object.empty"},
        {"source": "value.POST", "target": "var.e.method"},
        {"source": "value./p", "target": "var.e.uri"},
        {"source": "value.-1", "target": "var.e.number"},
        {"source": "value./body/items/100000", "target": "var.e.path"},
        {"source": "event.e", "target": "response.body.object.event"},
        {"source": "value./body/items/1", "target": "var.e.path"},
        {"source": "event.e", "target": "response.body.object.second"},
    ]);
    let body = br#"{"items":[1,"two"],"empty":[]}"#;
    let first = answer(&server, &items, &json!({"kept": true}), "/p", body);
    assert_eq!(&first.body[..], br#"{"kept":true}"#, "A9 1: skipped, and no event yet");
    let second = server.ask_with("POST", "/p", &[], body);
    assert_eq!(&second.body[..], br#"{"kept":true,"second":"two"}"#, "A9 1: event paths alike");
}

#[test]
fn texts_that_take_long() {
    let server = Server::start(&[]);
    let capture = |pattern: &str| {
        json!([
            {"source": "request.body", "target": "var.x", "filter": {"RegexCapture": pattern}},
            {"source": "var.x.1", "target": "response.body.string"},
        ])
    };
    let long = format!("\"{}\"", "ab".repeat(10_000)).into_bytes();
    let response = answer(&server, &capture("(a|b)*"), &json!({}), "/p", &long);
    assert_eq!(&response.body[..], b"\"b\"", "A9 23: 20 kB through (a|b)*");
    let nested = format!("\"{}\"", "a".repeat(26)).into_bytes();
    let response = answer(&server, &capture("((a*)*b)"), &json!({}), "/p", &nested);
    assert_eq!(&response.body[..], b"{}", "A9 23: (a*)*b on 26 letters does not match");
    let response = answer(&server, &capture("(a{26})"), &json!({}), "/p", &nested);
    assert_eq!(response.body.len(), 28, "A9 19: groups beyond 15 bytes");
    let rest = json!([{"source": "request.body", "target": "response.body.string",
        "filter": {"RegexReplace": {"rgx": "", "fmt": "$'"}}}]);
    let before = server.memory_bytes_max();
    let megabyte = format!("\"{}\"", "a".repeat(1 << 20)).into_bytes();
    let response = answer(&server, &rest, &json!({}), "/p", &megabyte);
    assert_eq!(&response.body[..], b"{}", "half a terabyte is not made");
    let grown = server.memory_bytes_max() - before;
    assert!(grown < 256 << 20, "{grown} bytes more");
}
