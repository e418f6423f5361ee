//! Floods of frames that cost the peer little: each has an allowance, and ENHANCE_YOUR_CALM when it is used up.

use super::{FEW_CONNECTIONS_BYTES, Siege, block};
use crate::support::frames::{
    Frame, HEADERS, code, continuation_open, data, headers, headers_open, ping, rst_stream,
    setting, settings,
};
use crate::support::hpack;

/// `count` pieces of `each` frames; frames are numbered throughout.
fn pieces(count: u32, each: u32, frame: impl Fn(u32) -> Frame) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(move |n| (n * each..(n + 1) * each).flat_map(|n| frame(n).encode()).collect())
}

/// CVE-2023-44487: requests that are taken back at once, answered already or waiting for their delay.
#[test]
fn rapid_reset() {
    let siege = Siege::of(&[]);
    let (now, later) = (block("GET", "/"), block("GET", "/delayed"));
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let frame = |n: u32| match (n % 2, n % 4) {
            (1, _) => rst_stream(n / 2 * 2 + 1, code::CANCEL),
            (_, 0) => headers(n + 1, &now).end_stream(),
            _ => headers(n + 1, &later).end_stream(),
        };
        siege.attacker(&[]).floods_until(code::ENHANCE_YOUR_CALM, pieces(40, 100, frame));
    });
}

/// CVE-2025-8671: requests that make the server reset them.
#[test]
fn provoked_resets() {
    let siege = Siege::of(&[]);
    let incomplete = hpack::block(&[(":method", "GET")]);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let frame = |n: u32| headers(2 * n + 1, &incomplete).end_stream();
        siege.attacker(&[]).floods_until(code::ENHANCE_YOUR_CALM, pieces(40, 50, frame));
    });
}

/// CVE-2024-27316: a field block that never ends, in small pieces and in large.
#[test]
fn continuation() {
    let siege = Siege::of(&[]);
    let small = hpack::literal("a", "b");
    let large = hpack::literal("a", &"b".repeat(16_000));
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        for (piece, each) in [(&small, 10), (&large, 1)] {
            let mut attacker = siege.attacker(&[]);
            attacker.send(&headers_open(1, &block("GET", "/")).encode());
            let frame = |_| continuation_open(1, piece);
            attacker.floods_until(code::ENHANCE_YOUR_CALM, pieces(10, each, frame));
        }
    });
}

/// CVE-2019-9518: pieces of a field block without content.
#[test]
fn empty_continuation() {
    let siege = Siege::of(&[]);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let mut attacker = siege.attacker(&[]);
        attacker.send(&headers_open(1, &block("GET", "/")).encode());
        let frame = |_| continuation_open(1, b"");
        attacker.floods_until(code::ENHANCE_YOUR_CALM, pieces(10, 20, frame));
    });
}

/// CVE-2019-9515: each asks for an acknowledgement.
#[test]
fn settings_flood() {
    let siege = Siege::of(&[]);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let frame = |_| settings(&[]);
        siege.attacker(&[]).floods_until(code::ENHANCE_YOUR_CALM, pieces(40, 10, frame));
    });
}

/// Full frames of SETTINGS, each value of which moves the windows of a thousand streams (RFC 9113 section 6.9.2).
#[test]
fn settings_that_move_all_windows() {
    let siege = Siege::of(&[]);
    let blocked = block("GET", "/big");
    let values: Vec<_> = (0..2730).map(|n| (setting::INITIAL_WINDOW_SIZE, n % 2)).collect();
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let mut attacker = siege.attacker(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
        for first in (0..1000).step_by(50) {
            let requests = (first..first + 50).map(|n| headers(2 * n + 1, &blocked).end_stream());
            attacker.send(&requests.flat_map(|frame| frame.encode()).collect::<Vec<_>>());
            attacker.listen(super::PACE);
        }
        attacker.awaits(HEADERS, 1000);
        let frame = |_| settings(&values);
        attacker.floods_until(code::ENHANCE_YOUR_CALM, pieces(400, 1, frame));
    });
}

/// CVE-2019-9512: each asks for an answer.
#[test]
fn ping_flood() {
    let siege = Siege::of(&[]);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let frame = |n: u32| ping(u64::from(n).to_be_bytes());
        siege.attacker(&[]).floods_until(code::ENHANCE_YOUR_CALM, pieces(40, 100, frame));
    });
}

/// CVE-2019-9518: DATA without content and without end, with padding and without.
#[test]
fn empty_data() {
    let siege = Siege::of(&[]);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let mut attacker = siege.attacker(&[]);
        attacker.send(&headers(1, &block("POST", "/")).encode());
        let frame = |n: u32| match n % 2 {
            0 => data(1, b""),
            _ => data(1, b"").padded(10),
        };
        attacker.floods_until(code::ENHANCE_YOUR_CALM, pieces(20, 20, frame));
    });
}
