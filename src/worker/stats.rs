//! What a worker counts. One writer each, so that counting is a plain add; anybody may read.

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

/// The counters of one worker, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct WorkerStats {
    /// Connections taken over from the acceptor.
    pub connections: Counter,
    /// Requests received whole.
    pub requests: Counter,
    /// Requests answered by a provision.
    pub provisioned: Counter,
    /// Requests that no provision was found for.
    pub unprovisioned: Counter,
    /// Bytes read from sockets.
    pub received_bytes: Counter,
    /// Bytes written to sockets.
    pub sent_bytes: Counter,
    /// Rules of the protocol broken, on a stream or a connection.
    pub protocol_errors: Counter,
    /// Bounds exceeded.
    pub limit_errors: Counter,
    /// Floods cut off.
    pub floods: Counter,
    /// Peers that were too slow.
    pub timeouts: Counter,
    /// TLS sessions that failed, and the wrong protocol on a port.
    pub tls_errors: Counter,
}

impl WorkerStats {
    /// Counts an error of the kinds that are the peer's doing; true for these.
    pub(super) fn count_error(&self, kind: ErrorKind) -> bool {
        let counter = match kind {
            ErrorKind::Protocol => &self.protocol_errors,
            ErrorKind::Limit => &self.limit_errors,
            ErrorKind::Flood => &self.floods,
            ErrorKind::Timeout => &self.timeouts,
            ErrorKind::Ended | ErrorKind::Local => return false,
        };
        counter.add(1);
        true
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
