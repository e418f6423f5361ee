//! Floods (RFC 9113 section 10.5): for each, the attacker is cut off, the memory of the server stays bounded, and a
//! well-behaved client on another connection is served as before.
//!
//! Attackers take one thread and pace themselves: what is measured is the server, not the machine running out of cpus.
//! The server has a single worker, so that attackers and victim share it.

mod frames;
mod half_open;
mod hpack;
mod slow;
mod windows;

use crate::support::fixtures;
use crate::support::frames::{self as h2_frames, Frame, GOAWAY, RST_STREAM};
use crate::support::h1::H1;
use crate::support::h2::PREFACE;
use crate::support::hpack as blocks;
use crate::support::server::Server;
use crate::support::wire::{Received, Wire};
use crate::support::{PATIENCE, deadline};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The victim may become so many times slower while the attack runs, as a quotient of 99th percentiles.
const SLOWDOWN_MAX: u32 = 3;

/// A quiet 99th percentile below this counts as this: on a machine with two shared cpus the kernel lets a runnable
/// thread wait a time slice of a few milliseconds now and then, whatever the server does.
const QUIET_FLOOR: Duration = Duration::from_millis(2);

/// Quiet and attacked rounds alternate, and their medians are compared, so that what else happens on the machine hits
/// both. After so many the verdict is asked for...
const ROUNDS_MIN: usize = 5;

/// ...which an attack that takes seconds may shorten...
const LONG_ROUNDS_MIN: usize = 3;

/// ...and while it is bad, measuring goes on up to so many: a slow server stays slow, a busy neighbour does not.
const ROUNDS_MAX: usize = 25;

/// A round takes at least so many requests of the victim: the 99th percentile is then not the slowest alone...
const SAMPLES_MIN: usize = 300;

/// ...and at least this long, so that it is not over before the attack has begun.
const ROUND_MIN: Duration = Duration::from_millis(100);

/// Pause between two attacks of one round, and between two writes of an attacker.
const PACE: Duration = Duration::from_millis(2);

/// What attacks on one or a few connections may cost: buffers of 64 KiB for reading and writing, 1024 streams of about
/// 300 bytes each, the pools of a worker, and what the allocator keeps at hand for itself.
const FEW_CONNECTIONS_BYTES: u64 = 8 * 1024 * 1024;

/// One at a time: two attacks at once would blame each other.
static ALONE: Mutex<()> = Mutex::new(());

/// A server under attack.
struct Siege {
    server: Server,
    /// The fewest descriptors that [`Siege::descriptors`] ever saw.
    descriptors_min: AtomicUsize,
    _alone: MutexGuard<'static, ()>,
}

impl Siege {
    /// Starts a server with one worker and further arguments. It records nothing: the memory that is bounded here is that
    /// of the connections.
    fn of(args: &[&str]) -> Siege {
        // A failed case says enough for itself.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let server = fixtures::provisioned(
            &[&["--worker-threads", "1", "--discard-server-data"], args].concat(),
        );
        server.provision_get("/delayed", &serde_json::json!({"late": true}), 60_000);
        Siege { server, descriptors_min: AtomicUsize::new(usize::MAX), _alone: alone }
    }

    /// An attacker that has sent the HTTP/2 preface and SETTINGS.
    fn attacker(&self, settings: &[(u16, u32)]) -> Attacker {
        let mut attacker = Attacker::new(self.server.wire());
        attacker.send(&[PREFACE, &h2_frames::settings(settings).encode()].concat());
        attacker
    }

    /// Files and sockets that the server has open.
    fn descriptors(&self) -> usize {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.server.pid())).unwrap().count();
        self.descriptors_min.fetch_min(open, Ordering::Relaxed);
        open
    }

    /// Those besides the victim's and the ones that are always there.
    fn descriptors_of_attackers(&self) -> usize {
        let open = self.descriptors();
        open - self.descriptors_min.load(Ordering::Relaxed)
    }

    /// Repeats the attack, which returns once the attacker was cut off, and judges memory and latency meanwhile.
    fn withstands(&self, memory_bytes_max: u64, attack: impl Fn() + Sync) {
        self.withstands_for(ROUNDS_MIN, memory_bytes_max, attack);
    }

    fn withstands_for(&self, rounds: usize, memory_bytes_max: u64, attack: impl Fn() + Sync) {
        let mut victim = Victim::new(&self.server);
        victim.round(|| false);
        // Seen while nobody else is connected.
        self.descriptors();
        let begun = Instant::now();
        let memory = Memory::watch(self.server.pid());
        let (mut quiet, mut attacked) = (Vec::new(), Vec::new());
        loop {
            quiet.push(victim.round(|| false));
            attacked.push(attacked_round(&mut victim, &attack));
            let (before, meanwhile) = (median(&quiet), median(&attacked));
            let bound = before.max(QUIET_FLOOR) * SLOWDOWN_MAX;
            if quiet.len() >= rounds && meanwhile <= bound {
                eprintln!("p99 quiet {before:?}, attacked {meanwhile:?}, {} rounds", quiet.len());
                break;
            }
            assert!(
                quiet.len() < ROUNDS_MAX,
                "p99 {quiet:?} becomes {attacked:?}, above {bound:?}"
            );
        }
        let grown = memory.grown_bytes();
        eprintln!("memory grew by {} KiB, {:?}", grown / 1024, begun.elapsed());
        assert!(
            grown <= memory_bytes_max,
            "memory grew by {grown} bytes, above {memory_bytes_max}"
        );
    }
}

/// Measures while the attack is repeated, once at least; the 99th percentile.
fn attacked_round(victim: &mut Victim, attack: &(impl Fn() + Sync)) -> Duration {
    let (stop, stopped) = channel::<()>();
    let completed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let attacker = scope.spawn(|| {
            let stopped = stopped;
            while stopped.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                attack();
                completed.fetch_add(1, Ordering::Relaxed);
            }
        });
        // Until the last attack is over. One that fails ends its thread and, at the end of the scope, the test.
        let mut stop = Some(stop);
        victim.round(|| {
            if completed.load(Ordering::Relaxed) > 0 {
                drop(stop.take());
            }
            !attacker.is_finished()
        })
    })
}

/// A client that asks one thing after the other.
struct Victim {
    client: H1,
}

impl Victim {
    fn new(server: &Server) -> Victim {
        Victim { client: H1::over(server.wire()) }
    }

    /// Asks for as long as a round takes, and on while `more`; the 99th percentile of the latency.
    fn round(&mut self, mut more: impl FnMut() -> bool) -> Duration {
        let begun = Instant::now();
        let mut samples = Vec::new();
        while samples.len() < SAMPLES_MIN || begun.elapsed() < ROUND_MIN || more() {
            let asked = Instant::now();
            self.client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
            assert_eq!(self.client.response().status, 200);
            samples.push(asked.elapsed());
        }
        samples.sort_unstable();
        samples[samples.len() * 99 / 100]
    }
}

fn median(values: &[Duration]) -> Duration {
    let mut values = values.to_vec();
    values.sort_unstable();
    values[values.len() / 2]
}

/// The field block of a request for `path`.
fn block(method: &str, path: &str) -> Vec<u8> {
    blocks::block(&[
        (":method", method),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
    ])
}

/// Waits for [`PACE`].
fn pause() {
    let (_nobody_sends, receiver) = channel::<()>();
    assert_eq!(receiver.recv_timeout(PACE), Err(RecvTimeoutError::Timeout));
}

/// Resident memory of a process, from /proc.
struct Memory {
    pid: u32,
    before: u64,
}

impl Memory {
    /// Begins to watch: the kernel forgets the peak so far.
    fn watch(pid: u32) -> Memory {
        // "5" resets VmHWM, see proc(5).
        std::fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
        Memory { pid, before: resident_bytes(pid, "VmRSS") }
    }

    /// How far the peak since then is above what it was then.
    fn grown_bytes(&self) -> u64 {
        resident_bytes(self.pid, "VmHWM").saturating_sub(self.before)
    }
}

/// A figure of /proc/PID/status, where they are in kB.
fn resident_bytes(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let kib: u64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap();
    kib * 1024
}

/// A connection that misbehaves, and what the server said to it.
struct Attacker {
    wire: Wire,
    received: Vec<u8>,
    closed: bool,
}

impl Attacker {
    fn new(wire: Wire) -> Attacker {
        Attacker { wire, received: Vec::new(), closed: false }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.wire.send(bytes);
    }

    /// Listens for so long, or until the server closes.
    fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while !self.closed && Instant::now() < until {
            self.closed = self.wire.receive_until(&mut self.received, until) == Received::Closed;
        }
    }

    /// The frames received so far.
    fn frames(&self) -> impl Iterator<Item = Frame> {
        let mut rest = &self.received[..];
        std::iter::from_fn(move || {
            let (frame, length) = Frame::parse(rest)?;
            rest = &rest[length..];
            Some(frame)
        })
    }

    /// The code of the GOAWAY, if there was one.
    fn goaway(&self) -> Option<u32> {
        self.frames().find(|frame| frame.kind == GOAWAY).map(|frame| frame.code())
    }

    /// The codes with which streams were reset.
    fn resets(&self) -> Vec<u32> {
        self.frames().filter(|frame| frame.kind == RST_STREAM).map(|frame| frame.code()).collect()
    }

    /// Sends piece by piece, a pause after each, until the server ends the connection with GOAWAY and that code. What
    /// comes meanwhile is forgotten, but for the last of it.
    fn floods_until(&mut self, code: u32, pieces: impl Iterator<Item = Vec<u8>>) {
        let until = deadline();
        for piece in pieces {
            if self.goaway().is_some() || self.closed || Instant::now() > until {
                break;
            }
            self.forget_complete_frames();
            self.send(&piece);
            self.listen(PACE);
        }
        self.is_cut_off(code);
    }

    /// Waits for so many frames of a kind.
    fn awaits(&mut self, kind: u8, count: usize) {
        let until = deadline();
        while self.frames().filter(|frame| frame.kind == kind).count() < count {
            assert!(!self.closed && Instant::now() < until, "too few frames of kind {kind}");
            self.listen(PACE);
        }
    }

    /// Waits for GOAWAY with that code and the close.
    fn is_cut_off(&mut self, code: u32) {
        self.listen(PATIENCE);
        assert_eq!(self.goaway(), Some(code), "{:?}", self.received.escape_ascii().to_string());
        assert!(self.closed, "not closed after GOAWAY");
    }

    /// Reads nothing until the server, which has accepted us, has given up its end, and then what was under way.
    fn is_cut_off_unread(&mut self, siege: &Siege) {
        let until = deadline();
        while siege.descriptors_of_attackers() > 0 {
            assert!(Instant::now() < until, "not cut off in {PATIENCE:?}");
            pause();
        }
        self.listen(PATIENCE);
        assert!(self.closed, "not closed");
    }

    fn forget_complete_frames(&mut self) {
        let complete: usize = self.frames().map(|frame| frame.payload.len() + 9).sum();
        self.received.drain(..complete);
    }
}
