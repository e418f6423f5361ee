//! Clients that send a byte now and then, to hold on to a connection for ever.

use super::{Attacker, FEW_CONNECTIONS_BYTES, Siege, block};
use crate::support::PATIENCE;
use crate::support::certs::Certificate;
use crate::support::frames::{code, data, headers, settings};
use crate::support::h2::PREFACE;
use crate::support::hpack;
use crate::support::server::Server;
use std::time::{Duration, Instant};

/// Short, so that the cases are; the other limits keep their defaults and cannot be what cuts the attacker off.
const HEAD_TIMEOUT: [&str; 2] = ["--head-timeout-ms", "300"];
const BODY_TIMEOUT: [&str; 2] = ["--body-timeout-ms", "300"];
/// Longer, since the victim must not be found idle when the machine is busy.
const IDLE_TIMEOUT: [&str; 2] = ["--idle-timeout-ms", "1000"];

/// Attackers of one attack, all in one thread.
const ATTACKERS: usize = 20;

/// Each sends a byte and listens for so long, one after the other.
const TICK: Duration = Duration::from_millis(2);

/// Begins on many connections with `opening`, and goes on with single bytes of `rest` until the server has closed
/// all of them or `enough`; returns them.
fn trickle(
    siege: &Siege,
    opening: &[u8],
    rest: &[u8],
    enough: impl Fn(&Attacker) -> bool,
) -> Vec<Attacker> {
    let open = |_| {
        let mut attacker = Attacker::new(siege.server.wire());
        attacker.send(opening);
        attacker
    };
    let mut attackers: Vec<Attacker> = (0..ATTACKERS).map(open).collect();
    let begun = Instant::now();
    for byte in rest.chunks(1) {
        if attackers.iter().all(|attacker| attacker.closed || enough(attacker)) {
            return attackers;
        }
        for attacker in attackers.iter_mut().filter(|attacker| !attacker.closed) {
            attacker.send(byte);
            attacker.listen(TICK);
        }
        assert!(begun.elapsed() < PATIENCE, "not cut off");
    }
    for attacker in &mut attackers {
        attacker.listen(PATIENCE);
    }
    attackers
}

/// All were answered 408 (RFC 9110 section 15.5.9) and closed.
fn all_timed_out(attackers: &[Attacker]) {
    for attacker in attackers {
        let text = attacker.received.escape_ascii().to_string();
        assert!(attacker.closed && text.starts_with("HTTP/1.1 408 "), "{text}");
    }
}

/// All got GOAWAY with that code and were closed.
fn all_sent_away(attackers: &[Attacker], code: u32) {
    for attacker in attackers {
        assert_eq!((attacker.goaway(), attacker.closed), (Some(code), true));
    }
}

/// An HTTP/2 connection that is open for requests.
fn hello() -> Vec<u8> {
    [PREFACE, &settings(&[]).encode()].concat()
}

#[test]
fn head_in_http_1_1() {
    let siege = Siege::of(&HEAD_TIMEOUT);
    let fields = "x: y\r\n".repeat(1000);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let opening = b"GET / HTTP/1.1\r\nhost: localhost\r\n";
        all_timed_out(&trickle(&siege, opening, fields.as_bytes(), |_| false));
    });
}

/// The second head of a connection has its limit too.
#[test]
fn second_head_in_http_1_1() {
    let siege = Siege::of(&HEAD_TIMEOUT);
    let fields = "x: y\r\n".repeat(1000);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let request = "GET / HTTP/1.1\r\nhost: localhost\r\n";
        let opening = format!("{request}\r\n{request}");
        for attacker in trickle(&siege, opening.as_bytes(), fields.as_bytes(), |_| false) {
            let text = attacker.received.escape_ascii().to_string();
            assert!(text.starts_with("HTTP/1.1 200 ") && text.contains("HTTP/1.1 408 "), "{text}");
            assert!(attacker.closed);
        }
    });
}

#[test]
fn preface() {
    let siege = Siege::of(&HEAD_TIMEOUT);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        // The preface alone, and all of it but a byte: nothing tells that it is HTTP/2.
        all_sent_away(&trickle(&siege, PREFACE, b"", |_| false), code::SETTINGS_TIMEOUT);
        let partial = trickle(&siege, b"PRI * HTTP/2", b"", |_| false);
        assert!(partial.iter().all(|attacker| attacker.closed));
    });
}

#[test]
fn frame_in_http_2() {
    let siege = Siege::of(&HEAD_TIMEOUT);
    let padded = headers(1, &hpack::block(&[("x", &"y".repeat(2000))])).encode();
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let attackers = trickle(&siege, &hello(), &padded, |_| false);
        all_sent_away(&attackers, code::SETTINGS_TIMEOUT);
    });
}

#[test]
fn body_in_http_1_1() {
    let siege = Siege::of(&BODY_TIMEOUT);
    let chunks = "1\r\nx\r\n".repeat(1000);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        for (field, body) in
            [("content-length: 6000", &chunks), ("transfer-encoding: chunked", &chunks)]
        {
            let opening = format!("POST / HTTP/1.1\r\nhost: localhost\r\n{field}\r\n\r\n");
            let attackers = trickle(&siege, opening.as_bytes(), body.as_bytes(), |_| false);
            all_timed_out(&attackers);
        }
    });
}

/// The stream is reset; the connection may have others, and lives on.
#[test]
fn body_in_http_2() {
    let siege = Siege::of(&BODY_TIMEOUT);
    let opening = [hello(), headers(1, &block("POST", "/")).encode()].concat();
    let content = data(1, b"x").encode().repeat(1000);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let reset = |attacker: &Attacker| attacker.resets() == [code::CANCEL];
        for attacker in trickle(&siege, &opening, &content, reset) {
            assert!(reset(&attacker), "{:?}", attacker.received.escape_ascii().to_string());
            assert_eq!((attacker.goaway(), attacker.closed), (None, false));
        }
    });
}

/// Nothing at all after the preface.
#[test]
fn idle_in_http_2() {
    let siege = Siege::of(&IDLE_TIMEOUT);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let attackers = trickle(&siege, &hello(), b"", |_| false);
        all_sent_away(&attackers, code::NO_ERROR);
    });
}

/// The limit of the head covers the handshake before it (RFC 8446 section 4.1.2).
#[test]
fn handshake_of_tls() {
    let certificate = Certificate::generate();
    let server = Server::start(&[&certificate.args()[..], &HEAD_TIMEOUT].concat());
    // A record of 512 bytes that holds a ClientHello, as far as it goes.
    let hello = [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[0; 400]].concat();
    for sent in [0, 1, 5, hello.len()] {
        let mut attacker = Attacker::new(server.wire());
        attacker.send(&hello[..sent]);
        attacker.listen(PATIENCE);
        assert!(attacker.closed, "after {sent} bytes");
    }
}
