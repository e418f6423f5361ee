//! Large answers that are asked for and not taken (CVE-2019-9511, CVE-2019-9517).

use super::{Attacker, FEW_CONNECTIONS_BYTES, PACE, Siege, block};
use crate::support::fixtures::BIG_BYTES;
use crate::support::frames::{code, headers, setting, window_update};

/// Short, so that the cases are.
const STALL_TIMEOUT: [&str; 2] = ["--stall-timeout-ms", "300"];

/// Less than the streams a connection may have.
const STREAMS: u32 = 1000;

/// Bytes that a connection lets through before its first WINDOW_UPDATE (RFC 9113 section 6.9.2).
const WINDOW_BYTES_INITIAL: usize = 65_535;

/// Asks for a thousand large answers, a few at a time.
fn ask(siege: &Siege, stream_window: u32) -> Attacker {
    let mut attacker = siege.attacker(&[(setting::INITIAL_WINDOW_SIZE, stream_window)]);
    let block = block("GET", "/big");
    for first in (0..STREAMS).step_by(50) {
        let requests = (first..first + 50).map(|n| headers(2 * n + 1, &block).end_stream());
        attacker.send(&requests.flat_map(|frame| frame.encode()).collect::<Vec<_>>());
        attacker.listen(PACE);
    }
    attacker
}

/// The windows are never opened.
#[test]
fn windows_shut() {
    let siege = Siege::of(&STALL_TIMEOUT);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        ask(&siege, 0).is_cut_off(code::ENHANCE_YOUR_CALM);
    });
}

/// The connection's window is opened by a byte at a time, slowly: all streams want it.
#[test]
fn windows_opened_slowly() {
    let siege = Siege::of(&STALL_TIMEOUT);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let updates = std::iter::repeat(window_update(0, 1).encode());
        ask(&siege, 1 << 30).floods_until(code::ENHANCE_YOUR_CALM, updates);
    });
}

/// The same as fast as it goes: each byte costs a DATA frame.
#[test]
fn windows_opened_byte_by_byte() {
    let siege = Siege::of(&[]);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let each = window_update(0, 1).encode().repeat(100);
        // More than the stall limit could be satisfied with, less than the rest of one answer.
        let updates = std::iter::repeat_n(each, WINDOW_BYTES_INITIAL / 100);
        ask(&siege, 1 << 30).floods_until(code::ENHANCE_YOUR_CALM, updates);
    });
}

/// The socket is not read from: what the kernel does not take waits in the server, and nothing more is made.
#[test]
fn answers_never_read() {
    let siege = Siege::of(&STALL_TIMEOUT);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let before = siege.descriptors();
        let mut attacker = siege.attacker(&[(setting::INITIAL_WINDOW_SIZE, 1 << 30)]);
        attacker.send(&window_update(0, 1 << 30).encode());
        let block = block("GET", "/big");
        let requests = (0..STREAMS).map(|n| headers(2 * n + 1, &block).end_stream());
        attacker.send(&requests.flat_map(|frame| frame.encode()).collect::<Vec<_>>());
        attacker.is_cut_off_unread(&siege, before);
        assert!(attacker.received.len() < BIG_BYTES * STREAMS as usize / 4, "most was delivered");
    });
}
