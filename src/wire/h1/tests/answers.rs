//! Answers: persistence, framing, order, bounds.

use super::*;

fn request(line: &str, fields: &str) -> String {
    format!("{line}\r\nhost: h\r\n{fields}\r\n")
}

#[test]
fn persistence() {
    let close = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let keep = "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n";
    for (line, fields, answer, goes_on) in [
        ("GET / HTTP/1.1", "", GET_ANSWER, true),
        ("GET / HTTP/1.1", "connection: keep-alive\r\n", GET_ANSWER, true),
        ("GET / HTTP/1.1", "connection: close\r\n", close, false),
        ("GET / HTTP/1.1", "connection: foo, Close\r\n", close, false),
        ("GET / HTTP/1.1", "connection: keep-alive\r\nconnection: close\r\n", close, false),
        ("GET / HTTP/1.0", "", close, false),
        ("GET / HTTP/1.0", "Connection: Keep-Alive\r\n", keep, true),
    ] {
        let mut harness = Harness::new(BodyMode::Whole);
        let (seen, sent) = harness.serve(request(line, fields) + GET);
        let expected = if goes_on { format!("{answer}{GET_ANSWER}") } else { answer.to_string() };
        assert_eq!(sent, expected, "{line} {fields:?}");
        assert_eq!(kind_of_end(&seen), (!goes_on).then_some(ErrorKind::Ended), "{line} {fields:?}");
    }
}

#[test]
fn content_of_answers() {
    for (method, status, expected) in [
        ("GET", 200, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
        ("HEAD", 200, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
        ("GET", 204, "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", 304, "HTTP/1.1 304 Not Modified\r\n\r\n"),
        ("GET", 404, "HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nhello"),
    ] {
        let mut harness = Harness::new(BodyMode::Whole);
        harness.feed(request(&format!("{method} / HTTP/1.1"), ""));
        assert_eq!(harness.respond(1, status, "hello"), expected, "{method} {status}");
        assert_eq!(harness.serve(GET).1, GET_ANSWER, "{method} {status}: the connection goes on");
    }
}

#[test]
fn what_cannot_be_followed_by_http_ends_the_connection() {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed("CONNECT h:1 HTTP/1.1\r\nhost: h:1\r\n\r\n");
    assert_eq!(harness.respond(1, 200, "hello"), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Ended));
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(GET);
    assert_eq!(
        harness.respond(1, 103, "hello"),
        "HTTP/1.1 103 Early Hints\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Ended));
}

#[test]
fn extra_fields_go_first() {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(GET);
    let extra = PreparedFields::new([(&b"Date"[..], &b"now"[..])]).unwrap();
    let answer = head(200, &[("A", "b"), ("Connection", "x"), ("Content-Length", "99")]);
    harness.server.respond(StreamId(1), &answer, &extra, &Bytes::new());
    assert_eq!(harness.sent(), "HTTP/1.1 200 OK\r\ndate: now\r\na: b\r\ncontent-length: 0\r\n\r\n");
}

#[test]
fn the_next_request_waits_for_the_answer() {
    let mut harness = Harness::new(BodyMode::Whole);
    assert_eq!(harness.feed(GET.repeat(3)).len(), 1);
    assert!(!harness.server.is_idle());
    assert_eq!(harness.respond(2, 200, ""), "", "not asked yet");
    assert_eq!(harness.respond(1, 200, ""), GET_ANSWER);
    assert_eq!(harness.respond(1, 200, ""), "", "answered already");
    assert!(matches!(harness.events()[..], [Seen::Message { stream: 2, .. }]));
    assert_eq!(harness.respond(1, 200, ""), "", "an answer that comes late");
    assert_eq!(harness.respond(2, 200, ""), GET_ANSWER);
    assert!(matches!(harness.events()[..], [Seen::Message { stream: 3, .. }]));
}

#[test]
fn a_peer_that_does_not_read_is_not_served() {
    let mut harness =
        Harness::with(BodyMode::Whole, Limits { output_high_bytes: 200, ..Limits::default() });
    harness.server.input().extend_from_slice(GET.repeat(1000).as_bytes());
    let mut served = 0;
    while harness.server.next_event(harness.now).is_some() {
        served += 1;
        harness.server.respond(StreamId(served), &head(200, &[]), &none(), &Bytes::new());
    }
    assert_eq!(served as usize, 200usize.div_ceil(GET_ANSWER.len()));
    assert!(!harness.server.wants_input());
    harness.sent();
    assert_eq!(harness.events().len(), 1);
}

#[test]
fn a_large_body_passes_through_a_bounded_output() {
    let mut harness =
        Harness::with(BodyMode::Whole, Limits { output_high_bytes: 1000, ..Limits::default() });
    harness.feed(GET.repeat(2));
    let body: Vec<u8> = (0..100_000u32).map(|i| b'a' + (i % 26) as u8).collect();
    harness.server.respond(StreamId(1), &head(200, &[]), &none(), &Bytes::from(body.clone()));
    let mut sent = String::new();
    while harness.server.unsent(StreamId(1)).is_some_and(|unsent| unsent > 0) {
        assert!(harness.server.output().len() <= 2100);
        sent += &harness.sent();
        assert!(harness.events().is_empty(), "the next request comes before the answer is written");
    }
    sent += &harness.sent();
    let expected = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{}",
        String::from_utf8_lossy(&body)
    );
    assert!(sent == expected);
    assert!(matches!(harness.events()[..], [Seen::Message { stream: 2, .. }]));
}

#[test]
fn expect_100_continue() {
    let post = "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-Continue\r\ncontent-length: 5\r\n\r\n";
    let mut harness = Harness::new(BodyMode::Whole);
    assert_eq!(harness.feed(post), []);
    assert_eq!(harness.sent(), "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(harness.feed("hello").len(), 1);
    assert_eq!(harness.sent(), "", "once");
    let mut harness = Harness::new(BodyMode::Whole);
    assert_eq!(harness.feed(format!("{post}h")), []);
    assert_eq!(
        harness.sent(),
        "HTTP/1.1 100 Continue\r\n\r\n",
        "also when content has come already"
    );
    let in_10 = "POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    let mut harness = Harness::new(BodyMode::Whole);
    assert_eq!(harness.feed(in_10), []);
    assert_eq!(harness.sent(), "", "HTTP/1.0 knows no 1xx");
    let mut harness = Harness::new(BodyMode::Whole);
    assert_eq!(harness.feed(request("GET / HTTP/1.1", "expect: 100-continue\r\n")).len(), 1);
    assert_eq!(harness.sent(), "", "there is no content");
}

#[test]
fn the_end_of_input() {
    for (bytes, events, kind) in [
        ("", 1, ErrorKind::Ended),
        ("\r\n", 1, ErrorKind::Ended),
        (GET, 2, ErrorKind::Ended),
        ("GET", 1, ErrorKind::Protocol),
        ("GET / HTTP/1.1\r\nhost: h\r\n", 1, ErrorKind::Protocol),
        ("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nhell", 1, ErrorKind::Protocol),
        (
            "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
            1,
            ErrorKind::Protocol,
        ),
    ] {
        let mut harness = Harness::new(BodyMode::Whole);
        harness.server.input().extend_from_slice(bytes.as_bytes());
        harness.server.end_of_input(harness.now);
        let (seen, _) = harness.answer_all();
        assert_eq!((seen.len(), kind_of_end(&seen)), (events, Some(kind)), "{bytes:?}: {seen:?}");
    }
}

#[test]
fn a_half_closed_peer_is_answered() {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.server.input().extend_from_slice(GET.repeat(2).as_bytes());
    harness.server.end_of_input(harness.now);
    assert_eq!(harness.events().len(), 1);
    assert_eq!(harness.events(), [], "waits for the answer");
    assert_eq!(harness.respond(1, 200, ""), GET_ANSWER);
    assert_eq!(harness.events().len(), 1);
    assert_eq!(harness.respond(2, 200, ""), GET_ANSWER);
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Ended));
    assert_eq!(harness.events(), [], "it comes once");
}

#[test]
fn shutdown() {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.server.shutdown(harness.now);
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Local));
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(GET.repeat(2));
    harness.server.shutdown(harness.now);
    assert_eq!(harness.events(), []);
    let answer = harness.respond(1, 200, "");
    assert_eq!(answer, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    assert!(
        matches!(harness.events()[..], [Seen::Closed(error)] if error.kind == ErrorKind::Local)
    );
}

#[test]
fn reset_takes_the_connection_with_it() {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(GET);
    harness.server.reset(StreamId(7), 0);
    assert_eq!(harness.events(), []);
    harness.server.reset(StreamId(1), 0);
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Local));
    assert_eq!(harness.respond(1, 200, ""), "");
    assert_eq!(harness.server.unsent(StreamId(1)), None);
}

#[test]
fn switching_protocols_hands_over_what_is_unread() {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(
        request("GET /chat HTTP/1.1", "connection: upgrade\r\nupgrade: websocket\r\n") + "\x01\x02",
    );
    let answer = head(101, &[("Upgrade", "websocket")]);
    let io = harness.server.switch_protocols(StreamId(1), &answer, &none()).unwrap();
    assert_eq!(io.unread(), b"\x01\x02");
    let expected =
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&io.output), expected);
    let mut harness = Harness::new(BodyMode::Whole);
    harness.feed(GET);
    assert!(harness.server.switch_protocols(StreamId(2), &answer, &none()).is_none());
}
