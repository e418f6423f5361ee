//! TLS: which protocol ALPN brings, and what happens without it.

use crate::support::fixtures::{self, ROOT_BODY, Target};
use crate::support::h1::H1;
use crate::support::h2::H2;
use crate::support::process::run;
use crate::support::wire::Wire;
use std::process::Command;

fn connect(alpn: &[&str]) -> Wire {
    Wire::tls(fixtures::server(Target::Tls).traffic, &fixtures::certificate().crt, alpn)
}

fn speaks_http1(wire: Wire) {
    let mut client = H1::over(wire);
    client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let answer = client.response();
    assert_eq!((answer.status, answer.body.as_slice()), (200, ROOT_BODY.as_bytes()));
}

#[test]
fn alpn_prefers_h2() {
    for offer in [&["h2", "http/1.1"][..], &["http/1.1", "h2"], &["h2"]] {
        let wire = connect(offer);
        assert_eq!(wire.alpn(), Some(&b"h2"[..]), "{offer:?}");
        let mut client = H2::over(wire);
        client.send_get(1, "/");
        client.expect_status(1, 200);
    }
}

#[test]
fn alpn_http_1_1_is_http_1_1() {
    let wire = connect(&["http/1.1"]);
    assert_eq!(wire.alpn(), Some(&b"http/1.1"[..]));
    speaks_http1(wire);
}

#[test]
fn without_alpn_the_first_bytes_decide() {
    let wire = connect(&[]);
    assert_eq!(wire.alpn(), None);
    speaks_http1(wire);
    let mut client = H2::over(connect(&[]));
    client.send_get(1, "/");
    client.expect_status(1, 200);
}

#[test]
fn http_1_1_after_agreeing_on_h2_is_refused() {
    let mut client = H2::silent(connect(&["h2"]));
    client.send_bytes(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    client.expect_hangup();
}

#[test]
fn large_answers_pass_in_both_protocols() {
    let mut client = H1::over(connect(&["http/1.1"]));
    client.send("GET /big HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert!(client.response().body.len() > fixtures::BIG_BYTES);
    let mut client = H2::over(connect(&["h2"]));
    client.open_windows();
    client.send_get(1, "/big");
    assert!(client.expect_status(1, 200).body.len() > fixtures::BIG_BYTES);
}

#[test]
fn cleartext_on_the_tls_port_is_turned_away_and_harms_nobody() {
    let server = fixtures::server(Target::Tls);
    for bytes in [
        &b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &[0; 64],
        b"\x16\x03\x01",
    ] {
        let mut client = H2::silent(server.wire());
        client.send_bytes(bytes);
        client.finish();
        client.expect_hangup();
    }
    speaks_http1(connect(&["http/1.1"]));
}

#[test]
fn handshake_that_is_cut_off_harms_nobody() {
    drop(Wire::plain(fixtures::server(Target::Tls).traffic));
    speaks_http1(connect(&[]));
}

#[test]
fn curl_speaks_both_protocols() {
    let port = fixtures::server(Target::Tls).traffic.port();
    let url = format!("https://localhost:{port}/");
    let crt = fixtures::certificate().crt.to_str().unwrap();
    for (protocol, version) in [("--http2", "2"), ("--http1.1", "1.1"), ("--no-alpn", "1.1")] {
        let resolve = format!("localhost:{port}:127.0.0.1");
        let curl = run(Command::new("curl")
            .args(["-sS", protocol, "--cacert", crt, "--resolve", &resolve])
            .args(["-w", " %{http_version} %{http_code}", &url]));
        assert_eq!(
            curl.stdout,
            format!("{ROOT_BODY} {version} 200"),
            "{protocol}: {}",
            curl.stderr
        );
    }
}
