//! Bounds and floods: each ends the attacker, with its name, within its bound.

use super::script::*;
use crate::error::ErrorKind;
use crate::h2::Reason;
use crate::h2::frame::{flag, kind};
use crate::{BodyMode, Limits, limits};
use std::time::Duration;

/// Repeats a frame until the connection is cut off; how often that took.
fn flood(mut script: impl FnMut(u32) -> Vec<u8>) -> (u32, &'static str) {
    let mut server = Server::open();
    server.answering = false;
    for n in 0..200_000 {
        server.feed(&script(n));
        server.sent.clear();
        server.events.clear();
        if let Some(error) = server.closed {
            assert_eq!(error.kind, ErrorKind::Flood, "{error}");
            assert_eq!(error.code, Reason::ENHANCE_YOUR_CALM.0);
            return (n, error.reason);
        }
    }
    panic!("never cut off");
}

#[test]
fn floods_are_cut_off_at_their_allowance() {
    let rapid_reset = |n: u32| {
        let id = 2 * n + 1;
        [headers(id, &GET, true), raw(kind::RST_STREAM, 0, id, &8u32.to_be_bytes())].concat()
    };
    assert_eq!(flood(rapid_reset), (limits::RESETS.burst, "too many streams reset"));
    let ping = |_| raw(kind::PING, 0, 0, &[0; 8]);
    assert_eq!(flood(ping), (limits::PINGS.burst, "too many PING frames"));
    // One was the handshake's.
    assert_eq!(flood(|_| settings(&[])), (limits::SETTINGS.burst - 1, "too many SETTINGS frames"));
    let ignored = |_| raw(kind::PRIORITY, 0, 1, &[0, 0, 0, 3, 0]);
    assert_eq!(flood(ignored).0, limits::IGNORED_FRAMES.burst);
    assert_eq!(flood(|_| raw(0xfa, 0, 0, b"")).0, limits::IGNORED_FRAMES.burst);
    let window = |_| raw(kind::WINDOW_UPDATE, 0, 0, &1u32.to_be_bytes());
    assert_eq!(flood(window).0, limits::WINDOW_UPDATES.burst);
    let malformed = |n: u32| headers(2 * n + 1, &GET[1..], true);
    assert_eq!(flood(malformed), (limits::RESETS.burst, "too many streams reset"));
    let oversized = |n: u32| {
        headers(2 * n + 1, &[GET.as_slice(), &[("x", &"y".repeat(65_536))]].concat(), true)
    };
    assert_eq!(
        flood(oversized),
        (limits::OVERSIZED_HEADS.burst, "too many oversized field sections")
    );
    let empty = |n: u32| if n == 0 { headers(1, &POST, false) } else { data(1, b"", false) };
    assert_eq!(flood(empty), (limits::EMPTY_FRAMES.burst + 1, "too many empty frames"));
}

#[test]
fn continuation_flood_is_bounded_in_frames_and_bytes() {
    let first = raw(kind::HEADERS, 0, 1, &block(&GET));
    let small = |n| if n == 0 { first.clone() } else { raw(kind::CONTINUATION, 0, 1, &[0x82]) };
    assert_eq!(flood(small), (limits::CONTINUATION_FRAMES_MAX + 1, "field block without end"));
    let big =
        |n| if n == 0 { first.clone() } else { raw(kind::CONTINUATION, 0, 1, &[0x82; 16_384]) };
    assert!(flood(big).0 <= 8);
}

#[test]
fn a_header_bomb_is_answered_with_431() {
    let mut server = Server::open();
    // An entry of 4000 bytes, then sixteen thousand references to it: 64 MB if it were decoded.
    let mut bomb = block(&GET);
    bomb.extend_from_slice(&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e]);
    bomb.extend(std::iter::repeat_n(b'a', 4000));
    bomb.extend(std::iter::repeat_n(0x80 | 62, 10_000));
    let mut script = Vec::new();
    crate::h2::frame::headers::encode(1, &bomb, true, 16_384, &mut script);
    server.feed(&script);
    assert!(server.events[0].contains("code: 431"), "{:?}", server.events);
    // The table is in step all the same.
    let mut again = block(&GET);
    again.push(0x80 | 62);
    server.events.clear();
    server.feed(&raw(kind::HEADERS, flag::END_HEADERS | flag::END_STREAM, 3, &again));
    assert!(server.events[0].starts_with("Message"), "{:?}", server.events);
}

#[test]
fn streams_and_content_are_bounded() {
    let limits = Limits { streams_max: 2, body_bytes_max: 10, ..Limits::default() };
    let mut server = Server::new(limits, BodyMode::Whole);
    server.feed(
        &[hello(), headers(1, &POST, false), headers(3, &POST, false), headers(5, &POST, false)]
            .concat(),
    );
    assert!(
        server.events[0].contains(&format!("code: {}", Reason::REFUSED_STREAM.0)),
        "{:?}",
        server.events
    );
    server.feed(&data(1, &[0; 11], false));
    assert!(server.events[1].contains("code: 413"), "{:?}", server.events);
    server.feed(&headers(7, &[POST.as_slice(), &[("content-length", "11")]].concat(), false));
    assert!(server.events[2].contains("code: 413"), "{:?}", server.events);
    server.feed(&[data(3, &[0; 10], true), headers(9, &POST, false)].concat());
    assert!(server.events[3].starts_with("Message"), "{:?}", server.events);
    server.feed(&data(9, &[0; 11], true));
    assert!(server.events[4].contains("code: 413"), "in one frame: {:?}", server.events);
}

#[test]
fn too_much_unfinished_content_shuts_the_window() {
    let limits = Limits {
        buffered_bytes_max: 20_000,
        connection_window_bytes: 65_535,
        stream_window_bytes: 1 << 20,
        ..Limits::default()
    };
    let mut server = Server::new(limits, BodyMode::Whole);
    server.feed(&[hello(), headers(1, &POST, false), headers(3, &POST, false)].concat());
    for _ in 0..3 {
        server.feed(&data(1, &[0; 16_384], false));
    }
    let grants = |server: &mut Server| {
        let frames = server.take_frames();
        frames.iter().filter(|(h, _)| h.kind == kind::WINDOW_UPDATE && h.stream == 0).count()
    };
    assert_eq!(grants(&mut server), 0, "withheld");
    server.feed(&data(1, &[0; 16_383], true));
    assert!(grants(&mut server) > 0, "given once the message was taken");
    server.feed(&data(3, &[0; 16_384], true));
    assert!(server.closed.is_none());
}

#[test]
fn windows_are_enforced() {
    let limits = Limits {
        stream_window_bytes: 70_000,
        connection_window_bytes: 100_000,
        ..Limits::default()
    };
    let mut server = Server::new(Limits { buffered_bytes_max: 0, ..limits }, BodyMode::Whole);
    server.feed(&[hello(), headers(1, &POST, false)].concat());
    for _ in 0..7 {
        server.feed(&data(1, &[0; 16_384], false));
    }
    assert_eq!(server.closed.unwrap().code, Reason::FLOW_CONTROL_ERROR.0);
}

#[test]
fn slow_peers_run_into_their_limit() {
    let limits = Limits::default;
    let after = |script: Vec<u8>, wait: Duration| {
        let mut server = Server::new(limits(), BodyMode::Whole);
        server.body = bytes::Bytes::from(vec![0; 100_000]);
        server.feed(&script);
        let due = server.connection.deadline().expect("a deadline");
        assert_eq!(due - server.now, wait);
        server.now = due - Duration::from_millis(1);
        server.connection.on_deadline(server.now);
        server.run();
        assert_eq!(server.closed, None, "not before its time");
        server.now += Duration::from_millis(1) + wait;
        server.events.clear();
        server.connection.on_deadline(server.now);
        server.run();
        server.events.concat()
    };
    let partial = [hello(), headers(1, &GET, true)[..12].to_vec()].concat();
    let open_block = [hello(), raw(kind::HEADERS, 1, 1, &block(&GET))].concat();
    let slow_body = [hello(), headers(1, &POST, false), data(1, b"x", false)].concat();
    let stalled = [hello(), settings(&[(4, 0)]), headers(1, &GET, true)].concat();
    let Limits { head_timeout, body_timeout, stall_timeout, idle_timeout, .. } = limits();
    assert!(after(b"PRI".to_vec(), head_timeout).contains("Timeout"));
    assert!(after(partial, head_timeout).contains("frame too slow"));
    assert!(after(open_block, head_timeout).contains("too slow"));
    assert!(after(slow_body, body_timeout).contains("content too slow"));
    assert!(after(stalled, stall_timeout).contains("does not open its windows"));
    assert!(after(hello(), idle_timeout).contains("idle for too long"));
}
