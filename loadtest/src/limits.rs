//! Every bound of the load generator, with its reason.

use std::time::Duration;

/// What a connection reads at once. Measured with the server: batches beyond 64 KiB bring nothing.
pub const READ_BYTES: usize = 64 * 1024;

/// While so much waits to be written on a connection, no further request goes there.
pub const UNWRITTEN_BYTES_MAX: usize = 256 * 1024;

/// An answer to a message of a script is taken whole, up to this size. Plain requests have no such bound: their answers
/// are only counted.
pub const SCRIPT_ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Sockets served in one turn of a thread.
pub const EVENTS_MAX: usize = 256;

/// How often a thread reports what it has measured.
pub const REPORT_PERIOD: Duration = Duration::from_millis(500);

/// Open loop: between two rounds of sending a thread lets so much time pass, and sends together what has become due. Woken
/// for each request of a high rate, it would spend all of its time on that, and the server a read and a write on each: at
/// 300 000/s that is what the latencies would show. It is part of every latency, since those count from the due time.
pub const SEND_INTERVAL: Duration = Duration::from_micros(50);

/// How often a thread looks for requests that have timed out and for connections to be made anew: the resolution of
/// `--timeout`.
pub const MIND_PERIOD: Duration = Duration::from_millis(10);

/// The first pause after a connection was lost or refused; it doubles with each further failure.
pub const RECONNECT_PAUSE_MIN: Duration = Duration::from_millis(10);

/// The longest such pause: a server that restarts is found again within a second.
pub const RECONNECT_PAUSE_MAX: Duration = Duration::from_secs(1);

/// The time a connection has to be established, TLS and the server's HTTP/2 settings included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections in all. Above, descriptors and ports run out on any usual machine.
pub const CONNECTIONS_MAX: usize = 60_000;

/// Requests in flight on each connection in all. HTTP/2 servers seldom permit more than a few hundred.
pub const STREAMS_MAX: usize = 100_000;

/// Requests in flight on each connection in the open loop unless stated: as many as the server permits, as a rule.
pub const STREAMS_OPEN_LOOP: usize = 1000;

/// Threads that can be asked for: far above any machine.
pub const THREADS_MAX: usize = 1024;

/// Requests in a second that can be asked for: ten times what one machine has been seen to do.
pub const RATE_MAX: f64 = 1e8;

/// For time limits of the protocol engine that are not to strike: the test has its own.
pub const FOREVER: Duration = Duration::from_secs(10 * 365 * 86_400);
