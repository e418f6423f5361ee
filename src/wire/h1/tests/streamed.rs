//! Bodies in pieces, both ways.

use super::*;

const CHUNKED: &str = "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";

#[test]
fn requests_come_in_pieces() {
    let mut harness = Harness::new(BodyMode::Streamed);
    let seen = harness.feed("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nhe");
    assert!(
        matches!(&seen[..], [Seen::Head { end: false, .. }, Seen::Data { data, end: false, .. }] if data == "he")
    );
    let seen = harness.feed("llo");
    assert!(matches!(&seen[..], [Seen::Data { data, end: true, .. }] if data == "llo"));
    harness.respond(1, 200, "");
    let seen = harness.feed(format!("{CHUNKED}3\r\nabc\r\n0\r\n\r\n"));
    assert!(matches!(
        &seen[..],
        [Seen::Head { .. }, Seen::Data { end: false, .. }, Seen::Data { end: true, .. }]
    ));
    harness.respond(2, 200, "");
    let seen = harness.feed(format!("{CHUNKED}0\r\na: b\r\n\r\n"));
    assert!(
        matches!(&seen[..], [Seen::Head { .. }, Seen::Trailers { trailers, .. }] if trailers.contains("(\"a\", \"b\")"))
    );
    harness.respond(3, 200, "");
    assert!(matches!(&harness.feed(GET)[..], [Seen::Head { end: true, stream: 4, .. }]));
}

#[test]
fn a_trailer_section_comes_with_the_whole_message() {
    let seen =
        Harness::new(BodyMode::Whole).feed(format!("{CHUNKED}3\r\nabc\r\n0\r\nA: b\r\n\r\n"));
    match &seen[..] {
        [Seen::Message { body, trailers: Some(trailers), .. }] => {
            assert_eq!(body, "abc");
            assert!(trailers.contains("(\"a\", \"b\")"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_owner_that_does_not_consume_is_not_given_more() {
    let limits = Limits { stream_window_bytes: 10, ..Limits::default() };
    let mut harness = Harness::with(BodyMode::Streamed, limits);
    let seen = harness
        .feed("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 25\r\n\r\n0123456789012345678901234");
    assert_eq!(seen.iter().map(Seen::body).collect::<String>(), "0123456789");
    harness.pass(Limits::default().body_timeout);
    assert_eq!(harness.events(), [], "it is not the peer who is slow");
    harness.server.consumed(StreamId(1), 4);
    assert_eq!(harness.events().iter().map(Seen::body).collect::<String>(), "0123");
    harness.server.consumed(StreamId(1), 10);
    let seen = harness.events();
    assert_eq!(seen.iter().map(Seen::body).collect::<String>(), "4567890123");
    harness.server.consumed(StreamId(1), 10);
    assert!(matches!(&harness.events()[..], [Seen::Data { data, end: true, .. }] if data == "4"));
}

fn begin_answer(version: &str, method: &str, end: bool) -> Harness {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(format!("{method} / HTTP/{version}\r\nhost: h\r\nconnection: keep-alive\r\n\r\n"));
    harness.server.send_head(StreamId(1), &head(200, &[]), &none(), end);
    harness
}

#[test]
fn answers_go_in_chunks() {
    let mut harness = begin_answer("1.1", "GET", false);
    assert_eq!(harness.sent(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    harness.server.send_data(StreamId(1), Bytes::from_static(b"hello"), false);
    assert_eq!(harness.sent(), "5\r\nhello\r\n");
    harness.server.send_data(StreamId(1), Bytes::new(), false);
    assert_eq!(harness.sent(), "", "an empty piece would end the answer");
    assert_eq!(harness.feed(GET), [], "the answer is not complete");
    let trailers = PreparedFields::new([(&b"a"[..], &b"b"[..])]).unwrap();
    harness.server.send_trailers(StreamId(1), &trailers);
    assert_eq!(harness.sent(), "0\r\na: b\r\n\r\n");
    assert!(matches!(harness.events()[..], [Seen::Message { stream: 2, .. }]));
    harness.server.send_data(StreamId(1), Bytes::from_static(b"late"), true);
    assert_eq!(harness.sent(), "");
}

#[test]
fn answers_to_http_1_0_end_with_the_connection() {
    let mut harness = begin_answer("1.0", "GET", false);
    harness.server.send_data(StreamId(1), Bytes::from_static(b"hello"), false);
    harness.server.send_data(StreamId(1), Bytes::from_static(b"!"), true);
    assert_eq!(harness.sent(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello!");
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Ended));
}

#[test]
fn answers_to_head_and_without_content() {
    let mut harness = begin_answer("1.1", "HEAD", false);
    harness.server.send_data(StreamId(1), Bytes::from_static(b"hello"), true);
    assert_eq!(harness.sent(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    assert_eq!(harness.serve(GET).1, GET_ANSWER);
    assert_eq!(begin_answer("1.1", "HEAD", true).sent(), "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(
        begin_answer("1.1", "GET", true).sent(),
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    );
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(GET);
    harness.server.send_head(StreamId(1), &head(204, &[]), &none(), false);
    harness.server.send_data(StreamId(1), Bytes::from_static(b"hello"), true);
    assert_eq!(harness.sent(), "HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(harness.serve(GET).1, GET_ANSWER);
}

#[test]
fn informational_answers_come_first() {
    for (version, expected) in [("1.1", "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"), ("1.0", "")]
    {
        let mut harness = Harness::new(BodyMode::Whole);
        harness.feed(format!("GET / HTTP/{version}\r\nhost: h\r\n\r\n"));
        harness.server.send_head(StreamId(1), &head(103, &[("link", "x")]), &none(), false);
        assert_eq!(harness.sent(), expected);
        assert!(harness.respond(1, 200, "").starts_with("HTTP/1.1 200 OK\r\n"));
    }
}

#[test]
fn an_answer_may_come_before_the_request_ends() {
    let mut harness = Harness::new(BodyMode::Streamed);
    harness.feed("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\n");
    assert_eq!(harness.respond(1, 200, ""), GET_ANSWER);
    assert!(matches!(
        &harness.feed(format!("hello{GET}"))[..],
        [Seen::Data { .. }, Seen::Head { stream: 2, .. }]
    ));
    let mut harness = Harness::new(BodyMode::Streamed);
    harness.feed(CHUNKED);
    harness.respond(1, 200, "");
    let seen = harness.feed("bad\n");
    assert_eq!(closed(&seen).map(|e| (e.kind, e.code)), Some((ErrorKind::Protocol, 0)));
    assert_eq!(harness.sent(), "", "a second answer would belong to nobody");
}

#[test]
fn pieces_wait_while_the_output_is_full() {
    let mut harness =
        Harness::with(BodyMode::Whole, Limits { output_high_bytes: 100, ..Limits::default() });
    harness.feed(GET);
    harness.server.send_head(StreamId(1), &head(200, &[]), &none(), false);
    for _ in 0..10 {
        harness.server.send_data(StreamId(1), Bytes::from_static(&[b'x'; 50]), false);
    }
    assert_eq!(harness.server.unsent(StreamId(1)), Some(450));
    harness.server.send_data(StreamId(1), Bytes::new(), true);
    let mut sent = String::new();
    while !harness.server.output().is_empty() {
        sent += &harness.sent();
        harness.events();
    }
    assert_eq!(sent.matches('x').count(), 500);
    assert!(sent.ends_with("0\r\n\r\n"));
    assert_eq!(harness.server.unsent(StreamId(1)), None);
}
