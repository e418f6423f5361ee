//! The bounds of the admin interface, with their reasons.

use std::time::Duration;

/// One request body. An array of a million provisions with bodies of 500 bytes has about 800 MB. Beyond: 413.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// From the head of a request to the end of its body. Beyond: 408.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// A body up to this size is dealt with on the admin thread itself: some 100 microseconds at most. Larger ones go to
/// a helper thread, so that health checks are answered meanwhile.
pub(super) const BODY_INLINE_BYTES_MAX: usize = 16 * 1024;

/// Helper threads: one has the rules, since that work is done in turn; the others read server data, a piece at a time,
/// so that a long answer does not keep short ones waiting.
pub(super) const WORK_THREADS_MAX: usize = 4;

/// An answer from server data up to this size is collected before it is sent; a longer one is streamed in pieces.
pub(super) const DATA_COLLECTED_BYTES_MAX: usize = 64 * 1024;

/// Keys that a summary lists, however many are asked for: some 10 MB of text.
pub(super) const SUMMARY_KEYS_MAX: usize = 100_000;

/// How much the helper threads yield: at 5 a worker on the same cpu gets three times as much of it, and the work still
/// goes on under full load.
pub(super) const WORK_NICENESS: i32 = 5;

/// Connections open at once. Beyond, new ones wait in the kernel.
pub(super) const CONNECTIONS_MAX: usize = 1024;

/// A TLS handshake. Beyond, the connection is closed.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// HTTP/1.1: from the first byte, or the end of the request before, to the end of the next head.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(120);

/// HTTP/2: how often a silent peer is asked whether it is still there.
pub(super) const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(60);

/// HTTP/2 receive window of a stream and of a connection: uploads of provisions should not wait for round trips.
pub(super) const WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// Requests in progress get so long after a stop.
pub(super) const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// After a failed accept (out of descriptors, mostly) the next is tried so much later.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How often rules that no worker uses any more are freed.
pub(super) const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How often at most the log says that recorded events were dropped.
pub(super) const EVICTION_LOG_INTERVAL: Duration = Duration::from_secs(60);

/// The reason of a refusal, in the `x-error-detail` header and the `detail` member.
pub(super) const DETAIL_BYTES_MAX: usize = 512;

const _: () = assert!(BODY_INLINE_BYTES_MAX < BODY_BYTES_MAX);
