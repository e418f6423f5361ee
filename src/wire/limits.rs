//! Every bound of a connection, in one place, with its reason.

use crate::rate::Allowance;
use std::time::Duration;

/// The bounds that an operator may move. One value is shared by all connections of a listener.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A field section, counted as in RFC 9113 section 6.5.2 (name + value + 32 bytes a field); in HTTP/1.1 the bytes
    /// of the head. Beyond: 431. We announce it as SETTINGS_MAX_HEADER_LIST_SIZE.
    pub head_bytes_max: usize,
    /// Content of one message taken whole. Beyond: 413 and, in HTTP/2, a reset.
    pub body_bytes_max: usize,
    /// Content of all unfinished messages of one connection taken whole. Beyond, the connection window stays shut
    /// until some message is complete, and the time limits decide.
    pub buffered_bytes_max: usize,
    /// Streams a peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS).
    pub streams_max: u32,
    /// Initial receive window of a stream (SETTINGS_INITIAL_WINDOW_SIZE), in bytes.
    pub stream_window_bytes: u32,
    /// Receive window of a connection, in bytes; at least 65535, which RFC 9113 section 6.9.2 starts from.
    pub connection_window_bytes: u32,
    /// `next_event` pauses while this many bytes wait to be written. Measured: 32 to 128 KiB is the optimum.
    pub output_high_bytes: usize,
    /// From the first byte (or the accept) to a complete head.
    pub head_timeout: Duration,
    /// From the head to the end of the content, prolonged by what [`BODY_RATE_BYTES_PER_S_MIN`] allows.
    pub body_timeout: Duration,
    /// Without any exchange in progress.
    pub idle_timeout: Duration,
    /// Answers are ready and the peer opens neither window nor socket.
    pub stall_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            head_bytes_max: 64 * 1024,
            body_bytes_max: 64 * 1024 * 1024,
            buffered_bytes_max: 96 * 1024 * 1024,
            streams_max: 1024,
            stream_window_bytes: 1024 * 1024,
            connection_window_bytes: 4 * 1024 * 1024,
            output_high_bytes: 64 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(300),
            stall_timeout: Duration::from_secs(30),
        }
    }
}

/// Fields in one HTTP/1.1 head: the size of the parser's table. Browsers send about 20; 431 beyond.
pub const HEAD_FIELDS_MAX: usize = 128;

/// The start line of an HTTP/1.1 message. RFC 9112 section 3 asks for at least 8000; 414 beyond.
pub const START_LINE_BYTES_MAX: usize = 32 * 1024;

/// Empty lines that may stand before an HTTP/1.1 request (RFC 9112 section 2.2 asks for at least one); 400 beyond.
pub const EMPTY_LINES_MAX: u32 = 4;

/// Requests that our HTTP/1.1 client sends ahead of their responses on one connection.
pub const PIPELINED_REQUESTS_MAX: usize = 128;

/// A body must arrive at least this fast on average once [`Limits::body_timeout`] is used up.
pub const BODY_RATE_BYTES_PER_S_MIN: u64 = 1024;

/// The largest HTTP/2 frame payload we accept; the smallest that RFC 9113 section 4.2 permits, since larger frames
/// bring nothing to messages of mock size and cost memory.
pub const FRAME_BYTES_MAX: usize = 16_384;

/// Size of the HPACK dynamic table we offer (RFC 7541 section 4.2): the protocol's default.
pub const HPACK_TABLE_BYTES: usize = 4096;

/// The most that our own HPACK encoder keeps, whatever the peer offers: memory per connection.
pub const HPACK_ENCODER_TABLE_BYTES_MAX: usize = 4096;

/// A field block may be this many times its permitted decoded size on the wire (Huffman can expand); beyond, or after
/// [`CONTINUATION_FRAMES_MAX`], it is a CONTINUATION flood (CVE-2024-27316) and the connection ends.
pub const BLOCK_BYTES_FACTOR: usize = 2;

/// CONTINUATION frames in one field block. 64 KiB of fields in 16 KiB frames need four; slow test clients cut smaller.
pub const CONTINUATION_FRAMES_MAX: u32 = 64;

/// Streams the peer resets before we answered (rapid reset, CVE-2023-44487), and stream errors it provokes.
pub const RESETS: Allowance = Allowance { burst: 1000, per_second: 100 };

/// PING frames, each of which we must answer (CVE-2019-9512).
pub const PINGS: Allowance = Allowance { burst: 1000, per_second: 100 };

/// SETTINGS frames, each of which we must acknowledge (CVE-2019-9515).
pub const SETTINGS: Allowance = Allowance { burst: 100, per_second: 10 };

/// DATA and CONTINUATION frames without content that end nothing (CVE-2019-9518).
pub const EMPTY_FRAMES: Allowance = Allowance { burst: 100, per_second: 10 };

/// PRIORITY, unknown and other frames that we ignore (CVE-2019-9513), and acknowledgements and GOAWAY, of which nobody
/// needs many.
pub const IGNORED_FRAMES: Allowance = Allowance { burst: 10_000, per_second: 1000 };

/// Field sections larger than [`Limits::head_bytes_max`]: decoding the worst of them (an HPACK bomb) costs milliseconds.
pub const OVERSIZED_HEADS: Allowance = Allowance { burst: 20, per_second: 1 };

/// WINDOW_UPDATE frames beyond one per DATA frame that we sent; see [`CUT_FRAME_BYTES_MIN`].
pub const WINDOW_UPDATES: Allowance = Allowance { burst: 10_000, per_second: 10_000 };

/// A DATA frame that the peer's window cut shorter than this earns no WINDOW_UPDATE: a peer that opens its windows by a
/// byte at a time would pay 13 bytes for each frame it makes us build and never be done (CVE-2019-9511).
pub const CUT_FRAME_BYTES_MIN: usize = 1024;

/// Heads of unfinished messages on one connection, counted as [`Limits::head_bytes_max`] is. A few bytes can name large
/// fields (HPACK bomb), and as many requests as there may be streams can be left open: further large heads are refused
/// with REFUSED_STREAM. Enough for a thousand uploads at once with heads of 8 KiB.
pub const HELD_HEADS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Heads up to this size are not counted for [`HELD_HEADS_BYTES_MAX`]: all streams together hold 4 MiB of them.
pub const HELD_HEAD_COUNTED_BYTES_MIN: usize = 4096;

/// Recently closed streams a connection remembers, to tell frames that crossed ours from protocol errors
/// (RFC 9113 section 5.1, "closed").
pub const CLOSED_STREAMS_REMEMBERED: usize = 64;

/// The time a peer has to answer the PING of a graceful end (RFC 9113 section 6.8: at least one round trip).
pub const DRAIN_PING_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection without exchanges gives the memory of its last burst back after this long: soon enough that ten thousand
/// idle connections cost little, late enough that a pause between two bursts costs nothing.
pub const TIDY_AFTER: Duration = Duration::from_secs(1);

/// Room that a reusable buffer may keep between two messages.
pub const RETAINED_BYTES_MAX: usize = 4096;

const _: () =
    assert!(FRAME_BYTES_MAX >= 16_384 && FRAME_BYTES_MAX <= 16_777_215, "RFC 9113 section 4.2");
const _: () = assert!(CLOSED_STREAMS_REMEMBERED.is_power_of_two(), "used as a ring");
