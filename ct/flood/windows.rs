//! Large answers that are asked for and not taken (CVE-2019-9511, CVE-2019-9517).

use super::{Attacker, FEW_CONNECTIONS_BYTES, PACE, Siege, block, pause};
use crate::support::fixtures::BIG_BYTES;
use crate::support::frames::{SETTINGS, code, headers, setting, window_update};
use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Short, so that the cases are.
const STALL_TIMEOUT: [&str; 2] = ["--stall-timeout-ms", "300"];

/// Less than the streams a connection may have.
const STREAMS: u32 = 1000;

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
        let each = window_update(0, 1).encode().repeat(400);
        // Less than what has been asked for.
        let updates = std::iter::repeat_n(each, 1000);
        ask(&siege, 1 << 30).floods_until(code::ENHANCE_YOUR_CALM, updates);
    });
}

/// The socket is not read from: what the kernel does not take waits in the server, and nothing more is made.
#[test]
fn answers_never_read() {
    let siege = Siege::of(&STALL_TIMEOUT);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let mut attacker = siege.attacker(&[(setting::INITIAL_WINDOW_SIZE, 1 << 30)]);
        attacker.send(&window_update(0, 1 << 30).encode());
        attacker.awaits(SETTINGS, 1);
        let block = block("GET", "/big");
        let requests = (0..STREAMS).map(|n| headers(2 * n + 1, &block).end_stream());
        attacker.send(&requests.flat_map(|frame| frame.encode()).collect::<Vec<_>>());
        attacker.is_cut_off_unread(&siege);
        assert!(attacker.received.len() < BIG_BYTES * STREAMS as usize / 4, "most was delivered");
    });
}

/// HTTP/1.1 requests sent ahead of an answer that is late: the server stops reading, and the peer is held up.
#[test]
fn requests_behind_a_late_answer() {
    /// Far more than what the kernel's buffers of both ends take.
    const BYTES: usize = 64 * 1024 * 1024;
    /// Nobody takes more for so long.
    const HELD_UP: Duration = Duration::from_millis(200);
    let siege = Siege::of(&[]);
    let requests = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1000);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let mut socket = TcpStream::connect(siege.server.traffic).unwrap();
        socket.set_write_timeout(Some(HELD_UP)).unwrap();
        socket.write_all(b"GET /delayed HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        let mut writes = 0..BYTES / requests.len();
        let held_up = writes.find_map(|_| {
            pause();
            socket.write_all(requests.as_bytes()).err()
        });
        assert_eq!(held_up.map(|error| error.kind()), Some(ErrorKind::WouldBlock));
    });
}
