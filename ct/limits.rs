//! Bounds that an operator may move, seen from outside.

use crate::support::fixtures::{self, Target};
use crate::support::frames::{code, data, headers, setting};
use crate::support::h1::H1;
use crate::support::h2::H2;
use crate::support::server::Server;
use serde_json::json;

/// A server that takes bodies of 1000 bytes and 10 streams at once.
fn small() -> Server {
    let server = Server::start(&["--max-body-bytes", "1000", "--max-concurrent-streams", "10"]);
    server.provision(&json!({"requestMethod": "POST", "requestUri": "/", "responseCode": 200}));
    server
}

#[test]
fn body_above_the_bound_is_413_in_http_2() {
    let server = small();
    let mut client = H2::over(server.wire());
    let block = client.post("/");
    client.send([headers(1, &block), data(1, &[b'x'; 1000]).end_stream()]);
    client.expect_status(1, 200);
    client.send([headers(3, &block), data(3, &[b'x'; 1001]).end_stream()]);
    client.expect_status(3, 413);
    // Announced, and refused before the content comes.
    let announced = client.request("POST", "/", &[("content-length", "1001")]);
    client.send([headers(5, &announced)]);
    client.expect_status(5, 413);
    client.send([headers(7, &block), data(7, &[b'x'; 1000]).end_stream()]);
    client.expect_status(7, 200);
}

#[test]
fn body_above_the_bound_is_413_in_http_1_1() {
    let server = small();
    let chunks = format!("3e8\r\n{}\r\n1\r\nx\r\n0\r\n\r\n", "x".repeat(1000));
    for (field, body) in [
        ("content-length: 1001", &*"x".repeat(1001)),
        ("content-length: 1001", ""),
        ("transfer-encoding: chunked", &chunks),
    ] {
        let mut client = H1::over(server.wire());
        client.send(format!("POST / HTTP/1.1\r\nhost: a\r\n{field}\r\n\r\n{body}"));
        assert_eq!(client.response().status, 413, "{field}");
        client.expect_closed();
    }
    let mut client = H1::over(server.wire());
    client.send(format!(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{}",
        "x".repeat(1000)
    ));
    assert_eq!(client.response().status, 200);
}

#[test]
fn streams_are_announced_and_bounded_as_asked() {
    let server = small();
    let mut client = H2::over(server.wire());
    assert_eq!(client.settings[&setting::MAX_CONCURRENT_STREAMS], 10);
    let block = client.post("/");
    client.send((0..11).map(|n| headers(2 * n + 1, &block)));
    client.expect_rst(21, &[code::REFUSED_STREAM]);
    client.send([data(1, b"").end_stream()]);
    client.expect_status(1, 200);
}

#[test]
fn head_above_the_bound_is_431_in_http_2() {
    let mut client = H2::over(fixtures::wire(Target::Plain));
    let limit = client.settings[&setting::MAX_HEADER_LIST_SIZE] as usize;
    let value = "v".repeat(8000);
    let fields = vec![("x", value.as_str()); limit / 8000 + 1];
    let block = client.request("GET", "/", &fields);
    client.send(in_pieces(1, &block));
    client.expect_status(1, 431);
    client.send_get(3, "/");
    client.expect_status(3, 200);
}

/// A request without content whose field block goes in frames of 16 000 bytes.
fn in_pieces(stream: u32, block: &[u8]) -> Vec<crate::support::frames::Frame> {
    use crate::support::frames::{continuation, continuation_open, headers_open};
    let mut pieces: Vec<_> = block.chunks(16_000).collect();
    let (first, last) = (pieces.remove(0), pieces.pop().unwrap());
    let mut frames = vec![headers_open(stream, first).end_stream()];
    frames.extend(pieces.iter().map(|piece| continuation_open(stream, piece)));
    frames.push(continuation(stream, last));
    frames
}

#[test]
fn idle_connections_are_closed_and_busy_ones_are_not() {
    // A connection that never said anything is waited for as long as a head may take.
    let server = Server::start(&["--idle-timeout-ms", "400", "--head-timeout-ms", "800"]);
    server.provision_get("/delayed", &json!({"done": true}), 1200);
    let (mut waiting, mut idle) = (H2::over(server.wire()), H2::over(server.wire()));
    waiting.send_get(1, "/delayed");
    let (mut kept, mut silent) = (H1::over(server.wire()), H1::over(server.wire()));
    kept.send("GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(kept.response().status, 501);
    idle.expect_closed();
    kept.expect_closed();
    silent.expect_closed();
    waiting.expect_status(1, 200);
    waiting.expect_closed();
}
