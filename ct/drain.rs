//! The end of the server: SIGTERM and SIGINT drain, a second signal does not.

use crate::support::frames::{self, code, headers};
use crate::support::h1::H1;
use crate::support::h2::H2;
use crate::support::server::Server;
use nix::sys::signal::Signal;
use serde_json::json;
use std::net::TcpStream;
use std::time::{Duration, Instant};

const DELAY_MS: u64 = 600;

fn server(args: &[&str]) -> Server {
    let server = Server::start(args);
    server.provision_get("/delayed", &json!({"done": true}), DELAY_MS);
    server.provision_get("/never", &json!({"done": true}), 600_000);
    server
}

/// GOAWAY without an error: the announcement that no more streams are taken (RFC 9113 section 6.8).
fn expect_goaway(client: &mut H2) {
    let goaway = client.take("GOAWAY", |f| f.kind == frames::GOAWAY);
    assert_eq!((goaway.stream, goaway.code()), (0, code::NO_ERROR));
}

#[test]
fn sigterm_finishes_what_is_in_flight() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut server = server(&[]);
        let (mut h2, mut h1) = (H2::over(server.wire()), H1::over(server.wire()));
        h2.send_get(1, "/delayed");
        h2.expect_alive();
        // Both arrive at once, so the second is in progress when the first is answered.
        let get = |path| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        h1.send([get("/nowhere"), get("/delayed")].concat());
        assert_eq!(h1.response().status, 501);
        let mut idle = H2::over(server.wire());
        server.signal(signal);
        expect_goaway(&mut idle);
        idle.expect_closed();
        expect_goaway(&mut h2);
        h2.expect_status(1, 200);
        h2.expect_closed();
        assert_eq!(h1.response().status, 200);
        h1.expect_closed();
        assert_eq!(server.wait().code(), Some(0), "{}", server.printed());
    }
}

#[test]
fn ports_are_closed_while_draining() {
    let mut server = server(&[]);
    let mut client = H2::over(server.wire());
    client.send_get(1, "/delayed");
    client.expect_alive();
    server.signal(Signal::SIGTERM);
    expect_goaway(&mut client);
    let until = crate::support::deadline();
    // The listening socket closes soon after the announcement, not necessarily before it.
    while TcpStream::connect(server.traffic).is_ok() {
        assert!(Instant::now() < until, "the port stays open");
    }
    client.expect_status(1, 200);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn streams_begun_after_goaway_are_not_served() {
    let mut server = server(&[]);
    let mut client = H2::over(server.wire());
    client.send_get(1, "/delayed");
    client.expect_alive();
    server.signal(Signal::SIGTERM);
    // The first GOAWAY only warns; the PING behind it tells when the client has seen it, and the second one is final.
    expect_goaway(&mut client);
    let ping = client.take("PING", |f| f.kind == frames::PING);
    client.send([ping.flags(frames::ACK)]);
    let last = client.take("GOAWAY", |f| f.kind == frames::GOAWAY).number(0);
    assert_eq!(last, 1);
    let late = headers(3, &client.get("/delayed")).end_stream();
    client.send([late]);
    client.expect_status(1, 200);
    client.expect_closed();
    assert!(
        client.stash().all(|f| f.stream != 3 || f.kind != frames::HEADERS),
        "a late stream is served"
    );
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn second_signal_ends_at_once() {
    let mut server = server(&[]);
    let mut client = H2::over(server.wire());
    client.send_get(1, "/never");
    client.expect_alive();
    server.signal(Signal::SIGTERM);
    expect_goaway(&mut client);
    server.signal(Signal::SIGTERM);
    let begun = Instant::now();
    assert_eq!(server.wait().code(), Some(1), "{}", server.printed());
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn drain_has_a_deadline() {
    let mut server = server(&["--drain-timeout-ms", "300"]);
    let mut client = H2::over(server.wire());
    client.send_get(1, "/never");
    client.expect_alive();
    let begun = Instant::now();
    server.signal(Signal::SIGTERM);
    client.expect_closed();
    server.wait();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn idle_server_ends_at_once() {
    let mut server = server(&[]);
    let _silent = server.wire();
    let begun = Instant::now();
    server.signal(Signal::SIGTERM);
    assert_eq!(server.wait().code(), Some(0), "{}", server.printed());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
