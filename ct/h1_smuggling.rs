//! HTTP/1.1 requests that two parsers may understand differently, or that are plainly wrong: each is refused with the
//! status that RFC 9112 or 9110 names, and the connection is closed, for nobody knows where the next request begins.

use crate::support::fixtures::{self, Target};
use crate::support::h1::H1;

fn connect() -> H1 {
    H1::over(fixtures::server(Target::Plain).wire())
}

/// Sends the bytes with a good request behind them, which must not be answered.
fn refused(bytes: &[u8], statuses: &[u16]) {
    let mut client = connect();
    client.send([bytes, b"GET / HTTP/1.1\r\nhost: smuggled\r\n\r\n"].concat());
    let answer = client.response();
    let shown = bytes[..bytes.len().min(200)].escape_ascii();
    assert!(
        statuses.contains(&answer.status),
        "{} instead of {statuses:?} for {shown}",
        answer.status
    );
    client.expect_closed();
}

fn all_refused(requests: &[&str], statuses: &[u16]) {
    for request in requests {
        refused(request.as_bytes(), statuses);
    }
}

/// A POST with these fields and this body.
fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n{body}")
}

fn all_posts_refused(posts: &[(&str, &str)], statuses: &[u16]) {
    for (fields, body) in posts {
        refused(post(fields, body).as_bytes(), statuses);
    }
}

const CHUNKED: &str = "transfer-encoding: chunked\r\n";

#[test]
fn rfc9112_6_1_content_length_with_transfer_encoding() {
    let bodies = "0\r\n\r\n";
    all_posts_refused(
        &[
            ("content-length: 5\r\ntransfer-encoding: chunked\r\n", bodies),
            ("transfer-encoding: chunked\r\ncontent-length: 5\r\n", bodies),
            ("content-length: 0\r\ntransfer-encoding: chunked\r\n", bodies),
            ("content-length: 5\r\nTransfer-Encoding: identity\r\n", bodies),
        ],
        &[400, 501],
    );
}

#[test]
fn rfc9112_6_3_content_length_repeated_or_no_number() {
    let values = [
        "",
        "x",
        "+4",
        "-4",
        "0x4",
        "4 4",
        "4, 4",
        "4,5",
        "4;",
        "99999999999999999999999",
        "4.0",
        "\u{661}",
    ];
    for value in values {
        refused(post(&format!("content-length: {value}\r\n"), "test").as_bytes(), &[400, 413]);
    }
    all_posts_refused(
        &[
            ("content-length: 4\r\ncontent-length: 5\r\n", "test"),
            ("content-length: 4\r\ncontent-length: 4\r\n", "test"),
            ("content-length: 4\r\nContent-Length: 0\r\n", "test"),
        ],
        &[400],
    );
}

#[test]
fn rfc9112_6_1_transfer_encoding_other_than_chunked() {
    let values = [
        "gzip",
        "identity",
        "chunked, gzip",
        "gzip, chunked",
        "chunked, chunked",
        "xchunked",
        "chunked;q=1",
        "\"chunked\"",
        "chunked\u{b}",
        "cow",
        "",
    ];
    for value in values {
        refused(
            post(&format!("transfer-encoding: {value}\r\n"), "0\r\n\r\n").as_bytes(),
            &[400, 501],
        );
    }
    let twice = "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n";
    let mixed = "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n";
    all_posts_refused(&[(twice, "0\r\n\r\n"), (mixed, "0\r\n\r\n")], &[400, 501]);
}

#[test]
fn rfc9112_6_1_transfer_encoding_in_http_1_0() {
    all_refused(
        &["POST / HTTP/1.0\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
        &[400, 501],
    );
}

#[test]
fn rfc9112_5_1_blank_around_a_field_name() {
    all_posts_refused(
        &[
            ("content-length : 0\r\n", ""),
            ("transfer-encoding : chunked\r\n", "0\r\n\r\n"),
            ("transfer-encoding\t: chunked\r\n", "0\r\n\r\n"),
            ("x y: z\r\n", ""),
            (": z\r\n", ""),
            ("x\r\n", ""),
            ("x(: z\r\n", ""),
            ("x\0: z\r\n", ""),
        ],
        &[400],
    );
    // A blank before the first field line (section 2.2).
    all_refused(
        &[
            "GET / HTTP/1.1\r\n host: localhost\r\n\r\n",
            "GET / HTTP/1.1\r\n\thost: localhost\r\n\r\n",
        ],
        &[400],
    );
}

#[test]
fn rfc9112_5_2_obsolete_line_folding() {
    all_posts_refused(
        &[
            ("x: a\r\n b\r\n", ""),
            ("x: a\r\n\tb\r\n", ""),
            ("content-length: 0\r\n 1\r\n", ""),
            ("transfer-encoding:\r\n chunked\r\n", "0\r\n\r\n"),
        ],
        &[400],
    );
}

#[test]
fn rfc9112_2_2_bare_cr_lf_and_nul() {
    all_refused(
        &[
            "GET / HTTP/1.1\nhost: localhost\n\n",
            "GET / HTTP/1.1\r\nhost: localhost\n\r\n",
            "GET / HTTP/1.1\r\nhost: localhost\r\nx: a\nb: c\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: localhost\r\nx: a\rb: c\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: localhost\r\nx: a\r\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: localhost\r\nx: a\0b\r\n\r\n",
            "GET /\r HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "GET / HTTP/1.1\rhost: localhost\r\n\r\n",
        ],
        &[400],
    );
}

#[test]
fn rfc9112_7_1_broken_chunks() {
    let bodies = [
        "\r\n\r\n",
        "x\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "+1\r\nx\r\n0\r\n\r\n",
        "0x1\r\nx\r\n0\r\n\r\n",
        "1 1\r\nx\r\n0\r\n\r\n",
        " 1\r\nx\r\n0\r\n\r\n",
        "1\nx\r\n0\r\n\r\n",
        "1\rx\r\n0\r\n\r\n",
        "1\r\nxx\r\n0\r\n\r\n",
        "1\r\nx\n0\r\n\r\n",
        "1\r\nx0\r\n\r\n",
        "2\r\nx\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "10000000000000000\r\nx\r\n0\r\n\r\n",
        "00000000000000000000000000000000001\r\nx\r\n0\r\n\r\n",
        "0\r\nx y: z\r\n\r\n",
        "0\r\nx: a\r\n b\r\n\r\n",
        "0\r\nx: a\nb: c\r\n\r\n",
    ];
    for body in bodies {
        refused(post(CHUNKED, body).as_bytes(), &[400, 413]);
    }
}

#[test]
fn rfc9112_7_1_chunk_of_any_announced_size_is_bounded() {
    for size in ["ffffffffffffffff", "7fffffffffffffff", "ffffffff"] {
        refused(post(CHUNKED, &format!("{size}\r\nx")).as_bytes(), &[400, 413]);
    }
}

#[test]
fn rfc9112_7_1_1_chunk_extensions() {
    let long = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(100_000));
    for body in [
        "1;name=value\r\nx\r\n0\r\n\r\n",
        "1\r\nx\r\n0;last\r\n\r\n",
        "1;a\nb\r\nx\r\n0\r\n\r\n",
        "1;a\rb\r\nx\r\n0\r\n\r\n",
        "1;a=\"\0\"\r\nx\r\n0\r\n\r\n",
        &long,
    ] {
        refused(post(CHUNKED, body).as_bytes(), &[400, 413, 431]);
    }
}

#[test]
fn rfc9112_3_2_host_missing_repeated_or_wrong() {
    all_refused(
        &[
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nx: y\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a b\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: a, b\r\n\r\n",
        ],
        &[400],
    );
}

#[test]
fn rfc9112_3_broken_request_lines() {
    all_refused(
        &[
            "GET\r\n\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/1.1 x\r\nhost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nhost: a\r\n\r\n",
            "GET / /  HTTP/1.1\r\nhost: a\r\n\r\n",
            "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n",
            "G(T / HTTP/1.1\r\nhost: a\r\n\r\n",
            "GET / http/1.1\r\nhost: a\r\n\r\n",
            "GET / HTTP/1\r\nhost: a\r\n\r\n",
            "GET / HTTP/1.1.1\r\nhost: a\r\n\r\n",
            "GET / FTP/1.1\r\nhost: a\r\n\r\n",
            "GET relative HTTP/1.1\r\nhost: a\r\n\r\n",
            "\0\x01\x02\x03\r\n\r\n",
        ],
        &[400, 505],
    );
}

#[test]
fn rfc9110_15_6_6_version_not_supported() {
    all_refused(
        &[
            "GET / HTTP/2.0\r\nhost: a\r\n\r\n",
            "GET / HTTP/3.0\r\nhost: a\r\n\r\n",
            "GET / HTTP/0.9\r\nhost: a\r\n\r\n",
        ],
        &[505],
    );
}

#[test]
fn rfc9112_3_target_too_long_is_414() {
    refused(format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(200_000)).as_bytes(), &[414]);
}

#[test]
fn rfc6585_5_head_too_large_is_431() {
    refused(
        format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "v".repeat(200_000)).as_bytes(),
        &[431],
    );
    refused(
        format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(2000)).as_bytes(),
        &[431],
    );
}

#[test]
fn body_never_becomes_a_request() {
    let smuggled = "GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut client = connect();
    let length = smuggled.len();
    client
        .send(format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{smuggled}"));
    client.send(format!(
        "POST / HTTP/1.1\r\nhost: a\r\n{CHUNKED}\r\n{length:x}\r\n{smuggled}\r\n0\r\n\r\n"
    ));
    client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    for _ in 0..3 {
        assert_eq!(client.response().status, 200);
    }
    client.expect_closed();
}
