//! Ten thousand connections on which nothing is said, or next to nothing.

use super::{FEW_CONNECTIONS_BYTES, LONG_ROUNDS_MIN, Siege, pause};
use crate::support::deadline;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// How many there should be.
const CONNECTIONS: usize = 10_000;

/// Opened in one go, a pause after each: it is their number that is tested, not how fast a machine can connect.
const BATCH: usize = 40;

/// Longer than it takes to open them all, so that they are there at the same time.
const HEAD_TIMEOUT: [&str; 2] = ["--head-timeout-ms", "6000"];

/// Files that the other tests of this process may want.
const DESCRIPTORS_RESERVED: u64 = 2000;

/// The budget of a connection on which nothing happens, which is what these are.
const CONNECTION_BYTES: u64 = 8 * 1024;

/// Raises the limit of open files as far as allowed; how many connections that is enough for.
fn connections_possible() -> usize {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    let possible = usize::try_from(hard.saturating_sub(DESCRIPTORS_RESERVED)).unwrap();
    if possible < CONNECTIONS {
        eprintln!("the limit of open files is {hard}: {possible} half-open connections only");
    }
    possible.min(CONNECTIONS)
}

/// Opens them all: half of them silent, half with the beginning of something.
fn open(siege: &Siege, count: usize) -> Vec<TcpStream> {
    let mut sockets = Vec::with_capacity(count);
    while sockets.len() < count {
        for n in 0..BATCH.min(count - sockets.len()) {
            let mut socket = TcpStream::connect(siege.server.traffic).unwrap();
            if n % 2 == 1 {
                socket.write_all(b"PRI * HTTP").unwrap();
            }
            sockets.push(socket);
        }
        pause();
    }
    sockets
}

/// Waits a moment for the server to have accepted `count` connections; how many it has.
fn accepted(siege: &Siege, count: usize) -> usize {
    const LOOKS_MAX: usize = 50;
    let mut most = 0;
    for _ in 0..LOOKS_MAX {
        most = most.max(siege.descriptors_of_attackers());
        if most >= count {
            break;
        }
        pause();
    }
    most
}

/// Waits until the server has closed every one of them, having said nothing.
fn all_closed(sockets: &[TcpStream]) {
    let until = deadline();
    for mut socket in sockets {
        let left = until.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "not all closed");
        socket.set_read_timeout(Some(left)).unwrap();
        match socket.read(&mut [0; 64]) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("{other:?} instead of the close"),
        }
    }
}

#[test]
fn ten_thousand_half_open_connections() {
    let count = connections_possible();
    let siege = Siege::of(&HEAD_TIMEOUT);
    let at_once = AtomicUsize::new(0);
    let memory_bytes = count as u64 * CONNECTION_BYTES + FEW_CONNECTIONS_BYTES;
    siege.withstands_for(LONG_ROUNDS_MIN, memory_bytes, || {
        let sockets = open(&siege, count);
        at_once.fetch_max(accepted(&siege, count), Ordering::Relaxed);
        all_closed(&sockets);
    });
    let at_once = at_once.into_inner();
    eprintln!("{at_once} half-open connections at once");
    assert!(at_once >= count, "{at_once} of {count} were open at once");
}
