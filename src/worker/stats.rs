//! What a worker counts. One writer each, so that counting is a plain add; anybody may read.

use crate::metrics::{Boundaries, SharedTally, Tally};
use std::sync::atomic::{AtomicU64, Ordering};
use understudy_wire::ErrorKind;

/// A counter with a single writer: no locked instruction on the hot path.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds; only ever called by the thread that owns the counter.
    #[inline]
    pub(super) fn add(&self, n: u64) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    /// The value, perhaps a moment old.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number of things that come and go, with a single writer as well.
#[derive(Debug, Default)]
pub struct Gauge(Counter);

impl Gauge {
    /// So many have come.
    #[inline]
    pub(super) fn add(&self, n: u64) {
        self.0.add(n);
    }

    /// There were so many, of one part, and now there are so many.
    #[inline]
    pub(super) fn change(&self, before: usize, now: usize) {
        self.0.add((now as u64).wrapping_sub(before as u64));
    }

    /// So many are gone, all of which had come.
    pub(super) fn sub(&self, n: u64) {
        self.0.add(n.wrapping_neg());
    }

    /// How many there are, perhaps a moment old.
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// The counters of one worker, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct WorkerStats {
    /// Connections taken over from the acceptor.
    pub connections: Counter,
    /// Those among them that are open.
    pub open: Gauge,
    /// Streams that are open on them, and HTTP/1.1 requests that are not answered.
    pub streams: Gauge,
    /// Requests received whole.
    pub requests: Counter,
    /// Rounds in which at least one request was received.
    pub batches: Counter,
    /// Requests answered by a provision.
    pub provisioned: Counter,
    /// Requests that no provision was found for.
    pub unprovisioned: Counter,
    /// Answers that wait for their delay to pass, or were cancelled meanwhile and not yet forgotten.
    pub delayed: Gauge,
    /// Bytes read from sockets.
    pub received_bytes: Counter,
    /// Bytes written to sockets.
    pub sent_bytes: Counter,
    /// Streams reset by the peer.
    pub resets_received: Counter,
    /// Streams reset by us: the peer broke a rule, or a provision asks for it.
    pub resets_sent: Counter,
    /// Rules of the protocol broken, on a stream or a connection.
    pub protocol_errors: Counter,
    /// Bounds exceeded.
    pub limit_errors: Counter,
    /// Peers that were too slow.
    pub timeouts: Counter,
    /// TLS sessions that failed, and the wrong protocol on a port.
    pub tls_errors: Counter,
    /// Floods cut off, by [`FloodKind`].
    floods: [Counter; FloodKind::ALL.len()],
    /// What was answered, as of a moment ago: the worker counts in cells of its own and leaves a copy here.
    pub answered: SharedTally,
}

impl WorkerStats {
    /// Nothing counted yet.
    pub(super) fn new(boundaries: &Boundaries) -> WorkerStats {
        let stats = WorkerStats::default();
        stats.answered.put(Tally::new(boundaries));
        stats
    }

    /// Counts an error of the kinds that are the peer's doing; true for these. The reason tells floods apart.
    pub(super) fn count_error(&self, kind: ErrorKind, reason: &str) -> bool {
        let counter = match kind {
            ErrorKind::Protocol => &self.protocol_errors,
            ErrorKind::Limit => &self.limit_errors,
            ErrorKind::Flood => &self.floods[FloodKind::of(reason) as usize],
            ErrorKind::Timeout => &self.timeouts,
            ErrorKind::Ended | ErrorKind::Local => return false,
        };
        counter.add(1);
        true
    }

    /// Floods of that kind cut off.
    pub fn floods(&self, kind: FloodKind) -> u64 {
        self.floods[kind as usize].get()
    }
}

/// What a flood consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloodKind {
    /// Streams opened and reset.
    Reset,
    /// PING frames.
    Ping,
    /// SETTINGS frames.
    Settings,
    /// DATA or CONTINUATION frames with nothing in them.
    EmptyFrame,
    /// Frames that have to be ignored.
    IgnoredFrame,
    /// WINDOW_UPDATE frames.
    WindowUpdate,
    /// Field sections above the bound.
    OversizedHead,
    /// A field section that does not end.
    Continuation,
    /// None of these.
    Other,
}

impl FloodKind {
    /// All of them.
    pub const ALL: [FloodKind; 9] = [
        FloodKind::Reset,
        FloodKind::Ping,
        FloodKind::Settings,
        FloodKind::EmptyFrame,
        FloodKind::IgnoredFrame,
        FloodKind::WindowUpdate,
        FloodKind::OversizedHead,
        FloodKind::Continuation,
        FloodKind::Other,
    ];

    /// The kind, by the reason that the protocol engine gives.
    pub(super) fn of(reason: &str) -> FloodKind {
        match reason {
            "too many streams reset" => FloodKind::Reset,
            "too many PING frames" => FloodKind::Ping,
            "too many SETTINGS frames" => FloodKind::Settings,
            "too many empty frames" => FloodKind::EmptyFrame,
            "too many frames that mean nothing" => FloodKind::IgnoredFrame,
            "too many WINDOW_UPDATE frames" => FloodKind::WindowUpdate,
            "too many oversized field sections" => FloodKind::OversizedHead,
            "field block without end" => FloodKind::Continuation,
            _ => FloodKind::Other,
        }
    }

    /// What it is called in the metrics.
    pub fn label(self) -> &'static str {
        match self {
            FloodKind::Reset => "reset",
            FloodKind::Ping => "ping",
            FloodKind::Settings => "settings",
            FloodKind::EmptyFrame => "empty_frame",
            FloodKind::IgnoredFrame => "ignored_frame",
            FloodKind::WindowUpdate => "window_update",
            FloodKind::OversizedHead => "oversized_head",
            FloodKind::Continuation => "continuation",
            FloodKind::Other => "other",
        }
    }
}

/// The counters of the acceptor.
#[derive(Debug, Default)]
pub struct AcceptorStats {
    /// Connections closed at once because there were too many.
    pub refused: Counter,
    /// Accepts that failed for want of descriptors or memory.
    pub exhausted: Counter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floods_are_counted_by_their_kind() {
        let stats = WorkerStats::default();
        for (n, kind) in FloodKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, n, "the place in the table");
        }
        assert!(stats.count_error(ErrorKind::Flood, "too many PING frames"));
        assert!(stats.count_error(ErrorKind::Flood, "something new"));
        assert!(stats.count_error(ErrorKind::Protocol, "too many PING frames"));
        assert!(!stats.count_error(ErrorKind::Ended, "closed by the peer"));
        let counted = FloodKind::ALL.map(|kind| stats.floods(kind));
        assert_eq!(counted, [0, 1, 0, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn gauges_go_up_and_down() {
        let gauge = Gauge::default();
        gauge.add(5);
        gauge.sub(2);
        assert_eq!(gauge.get(), 3);
        gauge.sub(3);
        assert_eq!(gauge.get(), 0);
    }
}
