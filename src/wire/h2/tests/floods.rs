//! Floods that cost more than they seem to: what each frame makes us do is bounded too.

use super::script::*;
use crate::error::ErrorKind;
use crate::h2::Reason;
use crate::h2::frame::{self, kind};
use crate::h2::hpack::encode_literal;
use crate::{Limits, limits};
use std::time::Duration;

/// INITIAL_WINDOW_SIZE.
const WINDOW: u16 = frame::settings::id::INITIAL_WINDOW_SIZE;

fn window_update(stream: u32, increment: u32) -> Vec<u8> {
    raw(kind::WINDOW_UPDATE, 0, stream, &increment.to_be_bytes())
}

/// A server whose connection window is used up by stream 1, with so many further streams that wait for it.
fn starved(streams: u32) -> Server {
    let mut server = Server::open();
    server.body = bytes::Bytes::from(vec![b'x'; 70_000]);
    server.feed(&settings(&[(WINDOW, 1 << 20)]));
    for n in 0..=streams {
        server.feed(&headers(2 * n + 1, &GET, true));
    }
    server.sent.clear();
    server
}

/// Stream and length of the DATA frames sent.
fn sent_data(server: &mut Server) -> Vec<(u32, usize)> {
    let frames = server.take_frames();
    frames.iter().filter(|(h, _)| h.kind == kind::DATA).map(|(h, _)| (h.stream, h.length)).collect()
}

#[test]
fn the_last_window_of_a_settings_frame_counts() {
    let mut server = Server::open();
    server.feed(&[settings(&[(WINDOW, 0)]), headers(1, &GET, true)].concat());
    server.sent.clear();
    server.feed(&settings(&[(WINDOW, 5), (WINDOW, 0), (WINDOW, 3)]));
    assert_eq!(sent_data(&mut server), [(1, 3)]);
    server.feed(&settings(&[(WINDOW, 100), (WINDOW, 0)]));
    assert_eq!(sent_data(&mut server), []);
}

#[test]
fn a_window_that_overflows_on_the_way_is_an_error() {
    let mut server = Server::open();
    server.feed(&[settings(&[(WINDOW, 0)]), headers(1, &GET, true)].concat());
    server.body = bytes::Bytes::from(vec![0; 100_000]);
    server.feed(&[headers(3, &GET, true), window_update(3, 70_000)].concat());
    server.feed(&settings(&[(WINDOW, 0x7fff_ffff), (WINDOW, 0)]));
    assert_eq!(server.closed.unwrap().code, Reason::FLOW_CONTROL_ERROR.0);
}

#[test]
fn a_connection_window_opened_by_bytes_goes_round() {
    let mut server = starved(3);
    for _ in 0..6 {
        server.feed(&window_update(0, 1));
    }
    let sent = sent_data(&mut server);
    assert!(sent.iter().all(|&(_, bytes)| bytes == 1));
    let streams: Vec<u32> = sent.iter().map(|&(stream, _)| stream).collect();
    assert_eq!(streams[..2], streams[4..], "in turn");
    server.feed(&window_update(0, 1 << 20));
    assert_eq!(
        sent_data(&mut server).iter().map(|&(_, n)| n).sum::<usize>(),
        4 * 70_000 - 65_535 - 6
    );
    assert_eq!(server.connection.blocked, 0);
}

#[test]
fn frames_cut_short_by_the_peer_earn_no_window_updates() {
    let mut server = starved(0);
    server.body = bytes::Bytes::from(vec![0; 1 << 20]);
    server.feed(&headers(101, &GET, true));
    // One is earned by the end of the first answer.
    let mut updates = 0;
    while server.closed.is_none() {
        assert!(updates <= limits::WINDOW_UPDATES.burst + 1, "never cut off");
        server.feed(&window_update(0, 1));
        server.sent.clear();
        updates += 1;
    }
    assert_eq!(server.closed.unwrap().reason, "too many WINDOW_UPDATE frames");
}

#[test]
fn frames_of_a_fair_size_earn_their_window_updates() {
    let mut server = starved(0);
    server.body = bytes::Bytes::from(vec![0; 1 << 20]);
    let mut stream = 1;
    for _ in 0..2 * limits::WINDOW_UPDATES.burst {
        if server.connection.blocked == 0 {
            stream += 2;
            server.feed(&headers(stream, &GET, true));
        }
        server.feed(&window_update(0, limits::CUT_FRAME_BYTES_MIN as u32));
        server.sent.clear();
        server.events.clear();
    }
    assert_eq!(server.closed, None);
}

#[test]
fn a_stall_long_ago_is_not_held_against_the_peer() {
    let mut server = Server::open();
    server.feed(&[settings(&[(WINDOW, 0)]), headers(1, &GET, true)].concat());
    server.feed(&window_update(1, 5));
    assert_eq!(server.connection.blocked, 0, "taken");
    // Much later, the next one waits for its window just as briefly.
    let stall_timeout = Limits::default().stall_timeout;
    server.now += 2 * stall_timeout;
    server.feed(&headers(3, &GET, true));
    assert_eq!(server.connection.deadline(), Some(server.now + stall_timeout));
    server.now += Duration::from_millis(1);
    server.connection.on_deadline(server.now);
    server.run();
    assert_eq!(server.closed, None);
    server.now += stall_timeout;
    server.connection.on_deadline(server.now);
    server.run();
    assert_eq!(server.closed.map(|error| error.kind), Some(ErrorKind::Timeout));
}

/// The head of an upload of 60 KB, most of it references to an entry of the dynamic table, of a byte each.
fn small_bomb(first: bool) -> Vec<u8> {
    let mut bomb = block(&POST);
    if first {
        let at = bomb.len();
        encode_literal(b"x", &[b'y'; 4000], &mut bomb);
        // With incremental indexing (RFC 7541 section 6.2.1) instead of without.
        bomb[at] |= 0x40;
    }
    bomb.extend(std::iter::repeat_n(0x80 | 62, 15 - usize::from(first)));
    bomb
}

#[test]
fn heads_of_unfinished_requests_are_bounded_together() {
    let mut server = Server::open();
    let request = |n: u32, end| {
        let mut out = Vec::new();
        frame::headers::encode(2 * n + 1, &small_bomb(n == 0), end, 16_384, &mut out);
        out
    };
    let mut held = 0;
    while server.events.is_empty() {
        server.feed(&request(held, false));
        held += 1;
        assert!(held < 1000, "never refused");
    }
    assert!(
        server.events[0].contains(&format!("code: {}", Reason::REFUSED_STREAM.0)),
        "{:?}",
        server.events
    );
    let bytes = server.connection.streams.held_head_bytes();
    assert!(
        (limits::HELD_HEADS_BYTES_MAX..limits::HELD_HEADS_BYTES_MAX + 65_536).contains(&bytes),
        "{bytes}"
    );
    // Those that are complete in themselves, and small ones, are served.
    server.events.clear();
    server.feed(
        &[request(held, true), headers(2 * held + 3, &POST, false), data(2 * held + 3, b"x", true)]
            .concat(),
    );
    assert_eq!(server.events.iter().filter(|event| event.starts_with("Message")).count(), 2);
    // And so is the next large one when others are done.
    server.events.clear();
    server.feed(&[data(1, b"x", true), data(3, b"x", true)].concat());
    server.feed(&[request(held + 2, false), data(2 * held + 5, b"x", true)].concat());
    assert_eq!(
        server.events.iter().filter(|event| event.starts_with("Message")).count(),
        3,
        "{:?}",
        server.events.last()
    );
    assert_eq!(server.closed, None);
}

#[test]
fn frames_that_nobody_answers_are_counted_too() {
    let goaway = raw(kind::GOAWAY, 0, 0, &[0; 8]);
    for frame in [raw(kind::SETTINGS, 1, 0, b""), raw(kind::PING, 1, 0, &[0; 8]), goaway] {
        let mut server = Server::open();
        let mut frames = 0;
        while server.closed.is_none() && frames <= limits::IGNORED_FRAMES.burst {
            server.feed(&frame);
            server.events.clear();
            frames += 1;
        }
        assert_eq!(server.closed.map(|error| error.kind), Some(ErrorKind::Flood));
    }
}
