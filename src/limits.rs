//! Every bound of the binary, with its reason. The protocol engines and the model have a `limits.rs` of their own.

use std::time::Duration;

/// What an idle connection keeps ready for the next read: a usual request fits, and 10 000 idle connections cost 20 MB.
pub const READ_BYTES_MIN: usize = 2 * 1024;

/// What a busy connection reads at once. Measured: batches beyond 64 KiB bring nothing.
pub const READ_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one TLS record's content (RFC 8446 section 5.1); what is handed to the TLS session at once.
pub const TLS_RECORD_BYTES_MAX: usize = 16 * 1024;

/// A buffer above this goes back to the allocator instead of the pool, so that one large answer is not kept for ever.
pub const POOLED_BYTES_MAX: usize = 256 * 1024;

/// Buffers a worker keeps for reuse: enough for the connections that are busy at the same moment, a few MiB at most.
pub const POOLED_BUFFERS_MAX: usize = 32;

/// Sockets accepted and not yet taken by their worker. When full the acceptor waits, and the kernel's backlog fills.
pub const HANDOVER_SOCKETS_MAX: usize = 1024;

/// Connections the kernel completes before we accept them; above net.core.somaxconn it is cut to that.
pub const LISTEN_BACKLOG: i32 = 4096;

/// Descriptors kept back for files, rings, listeners and the admin interface when connections are limited.
pub const DESCRIPTORS_RESERVED: usize = 128;

/// Admin connections are few; this many descriptors must stay for traffic or the start is refused.
pub const CONNECTIONS_MIN: usize = 16;

/// Pause of the acceptor when the process or the system has no descriptor left: it neither spins nor gives up.
pub const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// After the last exchange, the time a peer has to take its last bytes.
pub const FAREWELL_WRITE: Duration = Duration::from_secs(1);

/// After our side is shut, the time we go on reading: closing with unread bytes would send a RST, which may destroy the
/// last answer before the peer has read it (RFC 9112 section 9.6).
pub const LINGER: Duration = Duration::from_secs(1);

/// Bytes read and dropped meanwhile; a peer that sends more is cut off.
pub const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// After the drain deadline, the time a worker waits for the connections it has cut.
pub const CUT_WAIT: Duration = Duration::from_secs(1);

/// How long a worker keeps to itself what it has counted: a page of metrics is no older than that, and ten copies a second
/// cost nothing that can be measured.
pub const COUNTS_KEPT: Duration = Duration::from_millis(100);

/// Lines about misbehaving peers that a worker logs in a second; the others are counted.
pub const LOG_LINES_PER_S_MAX: u32 = 10;

/// Lines waiting for a slow standard error; beyond, lines are dropped rather than traffic held up.
pub const LOG_QUEUE_LINES_MAX: usize = 8192;

/// One line for syslog; the usual daemons cut longer ones or refuse them.
pub const SYSLOG_LINE_BYTES_MAX: usize = 8 * 1024;

/// Workers that can be asked for: far above any machine, far below where threads hurt.
pub const WORKERS_MAX: usize = 1024;

/// Entries of the submission queue of each ring; the completion queue has twice as many.
pub const RING_ENTRIES: u32 = 1024;

const _: () = assert!(READ_BYTES_MIN < READ_BYTES_MAX && READ_BYTES_MAX <= POOLED_BYTES_MAX);
const _: () =
    assert!(READ_BYTES_MIN <= 4 * 1024, "an idle connection may cost 8 KiB, all included");
