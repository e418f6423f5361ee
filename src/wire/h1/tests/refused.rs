//! Requests that are refused, each with its status, and nothing parsed after them.

use super::*;

/// Feeds a request whole and followed by another; the status it was refused with.
fn status_of(mode: BodyMode, request: &str) -> (u32, String) {
    let limits = Limits { body_bytes_max: 1000, ..Limits::default() };
    let mut harness = Harness::with(mode, limits);
    let (seen, sent) = harness.serve(format!("{request}{GET}"));
    let error = closed(&seen).unwrap_or_else(|| panic!("not refused: {request:?}: {seen:?}"));
    assert!(sent.starts_with(&format!("HTTP/1.1 {} ", error.code)), "{request:?}: {sent:?}");
    assert!(sent.contains("connection: close\r\n"), "{sent:?}");
    assert!(sent.contains(&format!("content-length: {}\r\n", error.reason.len() + 1)), "{sent:?}");
    assert!(sent.ends_with(&format!("\r\n\r\n{}\n", error.reason)), "{sent:?}");
    assert!(!seen.iter().any(|e| matches!(e, Seen::Message { .. })), "{request:?}: {seen:?}");
    assert_eq!(harness.serve(GET), (Vec::new(), String::new()), "parsed on after the end");
    (error.code, error.reason.to_string())
}

#[test]
fn heads() {
    let long_target = format!("GET /{} HTTP/1.1\r\nhost: h\r\n\r\n", "a".repeat(40_000));
    let long_head = format!("GET / HTTP/1.1\r\nhost: h\r\na: {}\r\n\r\n", "a".repeat(70_000));
    let many_fields = format!("GET / HTTP/1.1\r\nhost: h\r\n{}\r\n", "a: b\r\n".repeat(128));
    let table: &[(&str, u32)] = &[
        // Line ends (RFC 9112 section 2.2)
        ("GET / HTTP/1.1\nhost: h\n\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na: b\rc\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na: b\r\r\n\r\n", 400),
        ("\nGET / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("\rGET / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        // Request line (section 3)
        (" GET / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET / HTTP/1.1 \r\nhost: h\r\n\r\n", 400),
        ("GET /  HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET\t/ HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET /\r\nhost: h\r\n\r\n", 400),
        ("GET / http/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET / HTTP/1.1x\r\nhost: h\r\n\r\n", 400),
        ("G@T / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET /\u{1} HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET h:80 HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("CONNECT / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        ("GET / HTTP/1.2\r\nhost: h\r\n\r\n", 505),
        ("GET / HTTP/2.0\r\nhost: h\r\n\r\n", 505),
        ("GET / HTTP/0.9\r\nhost: h\r\n\r\n", 505),
        (&long_target, 414),
        // Fields (section 5)
        (&long_head, 431),
        (&many_fields, 431),
        ("GET / HTTP/1.1\r\n host: h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na: b\r\n c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na: b\r\n\tc\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost : h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na\t: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na b: c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\n: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\nab\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na: b\0c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\na\0: b\r\n\r\n", 400),
        // Host (section 3.2)
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h\r\nhost: h\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nhost: h\r\nhost: h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h/x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: h h\r\n\r\n", 400),
        // RFC 9110 section 10.1.1
        ("POST / HTTP/1.1\r\nhost: h\r\nexpect: a pony\r\ncontent-length: 1\r\n\r\n", 417),
    ];
    for &(request, expected) in table {
        for mode in [BodyMode::Whole, BodyMode::Streamed] {
            let (status, reason) = status_of(mode, request);
            assert_eq!(status, expected, "{:?}: {reason}", &request[..request.len().min(80)]);
        }
    }
}

#[test]
fn framing_that_two_parsers_could_read_differently() {
    let post = |fields: &str| format!("POST / HTTP/1.1\r\nhost: h\r\n{fields}\r\n");
    for (fields, expected) in [
        ("content-length: 5\r\ntransfer-encoding: chunked\r\n", 400),
        ("transfer-encoding: chunked\r\ncontent-length: 5\r\n", 400),
        ("transfer-encoding: chunked\r\ncontent-length: 0\r\n", 400),
        ("transfer-encoding: gzip\r\ncontent-length: 5\r\n", 400),
        ("content-length: 5\r\ncontent-length: 5\r\n", 400),
        ("content-length: 5\r\ncontent-length: 6\r\n", 400),
        ("content-length: 0\r\nContent-Length: 5\r\n", 400),
        ("content-length: 5, 5\r\n", 400),
        ("content-length: +5\r\n", 400),
        ("content-length: -5\r\n", 400),
        ("content-length: 0x5\r\n", 400),
        ("content-length: 5 5\r\n", 400),
        ("content-length:\r\n", 400),
        ("content-length : 5\r\n", 400),
        ("content-length: 18446744073709551616\r\n", 413),
        ("content-length: 99999999999999999999999999\r\n", 413),
        ("transfer-encoding: gzip\r\n", 501),
        ("transfer-encoding: gzip, chunked\r\n", 501),
        ("transfer-encoding: identity\r\n", 501),
        ("transfer-encoding: xchunked\r\n", 501),
        ("transfer-encoding: \"chunked\"\r\n", 501),
        ("transfer-encoding: chunked, gzip\r\n", 400),
        ("transfer-encoding: chunked, chunked\r\n", 400),
        ("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", 400),
        ("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", 400),
        ("transfer-encoding:\r\n", 400),
        ("transfer-encoding: ,chunked\r\n", 400),
        ("transfer-encoding: \u{b}chunked\r\n", 400),
        ("transfer-encoding:\r\n chunked\r\n", 400),
    ] {
        for mode in [BodyMode::Whole, BodyMode::Streamed] {
            assert_eq!(status_of(mode, &post(fields)).0, expected, "{fields:?}");
        }
    }
    let in_10 = "POST / HTTP/1.0\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(status_of(BodyMode::Whole, in_10).0, 400);
}

#[test]
fn chunks() {
    let chunked = |content: &str| {
        format!("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n{content}")
    };
    let long_trailers = format!("0\r\na: {}\r\n\r\n", "b".repeat(70_000));
    for (content, expected) in [
        ("5;ext=1\r\nhello\r\n0\r\n\r\n", 400),
        ("5 \r\nhello\r\n0\r\n\r\n", 400),
        ("5\nhello\r\n0\r\n\r\n", 400),
        ("5\r\nhelloX0\r\n\r\n", 400),
        ("5\r\nhello\n0\r\n\r\n", 400),
        ("+5\r\nhello\r\n0\r\n\r\n", 400),
        ("0x5\r\nhello\r\n0\r\n\r\n", 400),
        ("\r\nhello\r\n0\r\n\r\n", 400),
        ("00000000000000005\r\nhello\r\n0\r\n\r\n", 413),
        ("fffffffffffffffff\r\n", 413),
        ("0\r\na: b\n\r\n", 400),
        ("0\r\na : b\r\n\r\n", 400),
        ("0\r\ncontent-length: 5\r\n\r\n", 400),
        ("0\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        (&long_trailers, 431),
    ] {
        assert_eq!(status_of(BodyMode::Whole, &chunked(content)).0, expected, "{content:?}");
    }
}

#[test]
fn content_beyond_the_limit() {
    let declared = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1001\r\n\r\n";
    assert_eq!(status_of(BodyMode::Whole, declared).0, 413);
    let chunked = "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n";
    assert_eq!(status_of(BodyMode::Whole, chunked).0, 413);
    let expecting =
        "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 1001\r\n\r\n";
    assert_eq!(status_of(BodyMode::Whole, expecting).0, 413);
}

#[test]
fn an_answer_to_head_has_no_content_even_when_it_is_an_error() {
    let (_, sent) = Harness::new(BodyMode::Whole).serve("HEAD / HTTP/1.1\r\n\r\n");
    assert!(sent.starts_with("HTTP/1.1 400 ") && sent.ends_with("\r\n\r\n"), "{sent:?}");
}

#[test]
fn bytes_that_are_no_http_are_refused_without_waiting_for_a_line() {
    let (seen, sent) = Harness::new(BodyMode::Whole).serve(b"\x80\x01\x02");
    assert_eq!(closed(&seen).map(|e| e.code), Some(400));
    assert!(sent.starts_with("HTTP/1.1 400 "));
}

#[test]
fn requests_before_the_bad_one_are_answered_first() {
    let (seen, sent) =
        Harness::new(BodyMode::Whole).serve(format!("{GET}GET / HTTP/1.1\nhost: h\n\n"));
    assert_eq!(seen.len(), 2);
    assert!(
        sent.starts_with(GET_ANSWER) && sent[GET_ANSWER.len()..].starts_with("HTTP/1.1 400 "),
        "{sent:?}"
    );
}
