//! What a connection tells its owner.

use crate::error::{ConnectionError, StreamError};
use crate::head::Head;

/// One exchange on a connection. In HTTP/2 the stream identifier (RFC 9113 section 5.1.1), in HTTP/1.1 the
/// ordinal of the request on its connection, from 1: an answer that comes late can never hit another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u32);

/// How message bodies come out of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyMode {
    /// One [`Event::Message`] when the message is complete.
    Whole,
    /// [`Event::Head`], then [`Event::Data`] as it arrives, [`Event::Trailers`] if there are any. The receive
    /// window opens as the owner calls `consumed`, so memory stays bounded by the window.
    Streamed,
}

/// A complete message: a request in the server role, a final response in the client role.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The exchange it belongs to.
    pub stream: StreamId,
    /// Start line and fields.
    pub head: &'a Head,
    /// The content, transfer coding removed.
    pub body: &'a [u8],
    /// Trailer fields, when the message had a trailer section.
    pub trailers: Option<&'a Head>,
}

/// What happened on a connection. Everything borrowed lives until the next call on the connection.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A complete message ([`BodyMode::Whole`]).
    Message(Message<'a>),
    /// The head of a message ([`BodyMode::Streamed`]); `end` when it has no content and no trailers.
    Head {
        /// The exchange.
        stream: StreamId,
        /// Start line and fields.
        head: &'a Head,
        /// The message ends here.
        end: bool,
    },
    /// A piece of content ([`BodyMode::Streamed`]); may be empty when `end` is set.
    Data {
        /// The exchange.
        stream: StreamId,
        /// The bytes, transfer coding and padding removed.
        data: &'a [u8],
        /// The message ends here.
        end: bool,
    },
    /// The trailer section, which ends the message ([`BodyMode::Streamed`]).
    Trailers {
        /// The exchange.
        stream: StreamId,
        /// The fields.
        trailers: &'a Head,
    },
    /// Client role: a 1xx response; the final one follows.
    Informational {
        /// The exchange.
        stream: StreamId,
        /// Status and fields.
        head: &'a Head,
    },
    /// The peer gave up on this exchange (RST_STREAM); whatever is pending for it is to be forgotten.
    Reset {
        /// The exchange.
        stream: StreamId,
        /// The error code (RFC 9113 section 7).
        reason: u32,
    },
    /// The peer broke a rule that hurts this exchange only; it has been answered (RST_STREAM, 4xx) and is over.
    StreamError(StreamError),
    /// Client role: the connection has left HTTP (101, or 2xx to CONNECT). Nothing more is parsed; the owner takes
    /// the unread bytes with `into_unread`.
    SwitchedProtocols {
        /// The exchange that switched.
        stream: StreamId,
        /// Status and fields of the 101.
        head: &'a Head,
    },
    /// The peer will not process streams above `last_stream` (GOAWAY).
    GoAway {
        /// The highest stream the peer may have acted on.
        last_stream: StreamId,
        /// The error code (RFC 9113 section 7).
        reason: u32,
    },
    /// The connection is over; write out what `output` holds, then close. It comes once, last.
    Closed(ConnectionError),
}
