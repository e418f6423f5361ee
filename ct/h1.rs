//! HTTP/1.1 and 1.0 (RFC 9112, RFC 9110) as they should be spoken.

use crate::support::fixtures::{self, ROOT_BODY, SLOW_MS, Target};
use crate::support::frames::{self, headers};
use crate::support::h1::{H1, Response};
use crate::support::h2::{H2, PREFACE};
use std::time::{Duration, Instant};

fn connect() -> H1 {
    H1::over(fixtures::server(Target::Plain).wire())
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n")
}

fn is_root(answer: &Response) {
    assert_eq!((answer.status, answer.body.as_slice()), (200, ROOT_BODY.as_bytes()));
}

/// A connection that still answers is alive.
fn is_alive(client: &mut H1) {
    client.send(get("/", ""));
    is_root(&client.response());
}

#[test]
fn get_is_answered_and_the_connection_kept() {
    let mut client = connect();
    for _ in 0..3 {
        client.send(get("/", ""));
        let answer = client.response();
        is_root(&answer);
        assert_eq!(answer.version, "HTTP/1.1");
        assert_eq!(answer.field("content-type"), Some("application/json"));
        assert!(answer.field("date").is_some());
        assert_eq!(answer.field("content-length"), Some("23"));
    }
}

#[test]
fn nothing_fitting_is_501() {
    let mut client = connect();
    client.send(get("/nowhere", ""));
    let answer = client.response();
    assert_eq!((answer.status, answer.body.len()), (501, 0));
    is_alive(&mut client);
}

#[test]
fn requests_may_come_byte_by_byte() {
    let mut client = connect();
    for byte in format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\ntest{}",
        get("/", "")
    )
    .bytes()
    {
        client.send([byte]);
    }
    is_root(&client.response());
    is_root(&client.response());
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let mut client = connect();
    client.send(
        [get("/slow", ""), get("/nowhere", ""), get("/big", ""), get("/slow", ""), get("/", "")]
            .concat(),
    );
    let answers: Vec<_> = (0..5).map(|_| client.response()).collect();
    assert_eq!(answers.iter().map(|a| a.status).collect::<Vec<_>>(), [200, 501, 200, 200, 200]);
    assert!(answers[2].body.len() > fixtures::BIG_BYTES);
    is_root(&answers[4]);
}

#[test]
fn connection_close_is_obeyed_and_said() {
    let mut client = connect();
    client.send(get("/", "connection: close\r\n"));
    let answer = client.response();
    is_root(&answer);
    assert_eq!(answer.field("connection"), Some("close"));
    client.expect_closed();
}

#[test]
fn connection_options_are_a_list_without_case() {
    let mut client = connect();
    client.send(get("/", "Connection: foo, Close\r\n"));
    is_root(&client.response());
    client.expect_closed();
}

#[test]
fn requests_behind_connection_close_are_not_answered() {
    let mut client = connect();
    client.send([get("/", "connection: close\r\n"), get("/", "")].concat());
    is_root(&client.response());
    client.expect_closed();
}

#[test]
fn http_1_0_is_closed_unless_asked_to_be_kept() {
    let mut client = connect();
    client.send("GET / HTTP/1.0\r\n\r\n");
    is_root(&client.response());
    client.expect_closed();

    let mut client = connect();
    client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
    let answer = client.response();
    is_root(&answer);
    assert!(answer.field("connection").is_some_and(|v| v.eq_ignore_ascii_case("keep-alive")));
    is_alive(&mut client);
}

#[test]
fn head_has_the_fields_of_get_and_no_body() {
    let mut client = connect();
    client.send("HEAD / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let answer = client.head();
    assert_eq!(answer.status, 200);
    assert!(answer.field("content-length").is_none_or(|n| n == "23"));
    is_alive(&mut client);
}

#[test]
fn status_204_has_neither_body_nor_length() {
    let mut client = connect();
    client.send(get("/empty", ""));
    let answer = client.response();
    assert_eq!(answer.status, 204);
    assert_eq!((answer.field("content-length"), answer.field("transfer-encoding")), (None, None));
    is_alive(&mut client);
}

#[test]
fn bodies_with_content_length_are_read() {
    let mut client = connect();
    for length in [0, 1, 4, 100_000] {
        let body = "x".repeat(length);
        client.send(format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
        is_root(&client.response());
    }
}

#[test]
fn chunked_bodies_are_read() {
    let bodies = [
        "0\r\n\r\n",
        "4\r\ntest\r\n0\r\n\r\n",
        "1\r\nx\r\n1\r\ny\r\n0\r\n\r\n",
        "00004\r\ntest\r\n000\r\n\r\n",
        "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "4\r\ntest\r\n0\r\nx-trailer: yes\r\nx-other: 1\r\n\r\n",
    ];
    let mut client = connect();
    for body in bodies {
        client.send(format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n{body}"
        ));
        is_root(&client.response());
    }
    client
        .send("POST / HTTP/1.1\r\nhost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n");
    is_root(&client.response());
}

#[test]
fn expectation_is_met_before_the_body() {
    let mut client = connect();
    let head =
        "POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n";
    client.send(head);
    assert_eq!(client.head().status, 100);
    client.send("test");
    is_root(&client.response());
    // The body came without waiting: RFC 9110 section 10.1.1 lets the server leave the 100 out.
    client.send(format!("{head}test"));
    let mut answer = client.response();
    if answer.status == 100 {
        answer = client.response();
    }
    is_root(&answer);
}

#[test]
fn expectation_of_http_1_0_is_ignored() {
    let mut client = connect();
    client.send("POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n");
    client.send("test");
    is_root(&client.response());
}

#[test]
fn absolute_form_and_empty_lines_before_a_request_are_accepted() {
    let mut client = connect();
    client.send("GET http://localhost/ HTTP/1.1\r\nhost: localhost\r\n\r\n");
    is_root(&client.response());
    client.send(format!("\r\n{}", get("/", "")));
    is_root(&client.response());
}

#[test]
fn field_values_may_be_padded_and_hold_any_text() {
    let mut client = connect();
    client.send(get(
        "/",
        "x-a:\r\nx-b:  \t padded \t \r\nx-c:caf\u{e9}\r\n!#$%&'*+-.^_`|~: token\r\n",
    ));
    is_root(&client.response());
}

#[test]
fn large_answers_are_whole() {
    let mut client = connect();
    client.send(get("/big", ""));
    let answer = client.response();
    let length = answer.field("content-length").expect("a whole answer has a length").to_owned();
    assert_eq!(answer.body.len().to_string(), length);
    assert!(answer.body.len() > fixtures::BIG_BYTES);
}

#[test]
fn answer_to_a_client_that_sends_no_more_still_comes() {
    let mut client = connect();
    client.send(get("/slow", ""));
    client.finish();
    is_root(&client.response());
    client.expect_closed();
}

#[test]
fn delayed_answer_does_not_hold_up_other_connections() {
    let (mut slow, mut quick) = (connect(), connect());
    let begun = Instant::now();
    slow.send(get("/slow", ""));
    quick.send(get("/", ""));
    is_root(&quick.response());
    is_root(&slow.response());
    assert!(begun.elapsed() >= Duration::from_millis(SLOW_MS));
}

#[test]
fn h2c_upgrade_answers_on_stream_1() {
    // An empty HTTP2-Settings, and one that sets the initial window to 1 (RFC 7540 section 3.2.1).
    for (settings, first_bytes) in [("", ROOT_BODY.len()), ("AAQAAAAB", 1)] {
        let mut client = connect();
        let upgrade = format!(
            "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: {settings}\r\n"
        );
        client.send(get("/", &upgrade));
        let answer = client.head();
        assert_eq!(answer.status, 101);
        assert_eq!(answer.field("upgrade"), Some("h2c"));
        assert!(answer.field("connection").is_some_and(|v| v.eq_ignore_ascii_case("upgrade")));
        let mut client = H2::resumed(client.into_parts());
        client.send_bytes(PREFACE);
        client.send([frames::settings(&[])]);
        client.learn_settings();
        assert_eq!(client.expect_head(1).field(":status"), Some("200"));
        assert_eq!(client.expect_data(1).payload.len(), first_bytes);
        let request = headers(3, &client.get("/nowhere")).end_stream();
        client.send([request]);
        client.expect_status(3, 501);
    }
}

#[test]
fn h2c_upgrade_that_is_not_possible_is_an_ordinary_request() {
    let cases = [
        "upgrade: h2c\r\n",
        "connection: upgrade\r\nupgrade: websocket\r\n",
        "connection: upgrade\r\nupgrade: h2c\r\n",
        "connection: upgrade, http2-settings\r\nupgrade: h2\r\nhttp2-settings: AAMAAABk\r\n",
    ];
    for fields in cases {
        let mut client = connect();
        client.send(get("/", fields));
        is_root(&client.response());
        is_alive(&mut client);
    }
}
