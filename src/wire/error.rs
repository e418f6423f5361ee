//! Errors that say whom they hurt and who began them.

use crate::event::StreamId;
use std::fmt;

/// What kind of end an exchange or a connection came to; decides the counter it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The peer closed or shut down in an orderly way.
    Ended,
    /// The peer broke a rule of the protocol.
    Protocol,
    /// A bound was exceeded (size of a head, a body, a list).
    Limit,
    /// The peer behaves like a published flood; see [`crate::limits`].
    Flood,
    /// The peer was too slow; see the time limits of [`crate::Limits`].
    Timeout,
    /// We ended it (drain, or the owner reset it).
    Local,
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionError {
    /// Which kind of end.
    pub kind: ErrorKind,
    /// The HTTP/2 error code sent or received (RFC 9113 section 7); for HTTP/1.1 the status answered, or 0.
    pub code: u32,
    /// What was wrong, in the words of the RFC.
    pub reason: &'static str,
}

/// Why one exchange is over while its connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamError {
    /// The exchange.
    pub stream: StreamId,
    /// Which kind of end.
    pub kind: ErrorKind,
    /// The HTTP/2 error code sent (RFC 9113 section 7), or the status answered.
    pub code: u32,
    /// What was wrong, in the words of the RFC.
    pub reason: &'static str,
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}, code {})", self.reason, self.kind, self.code)
    }
}

impl std::error::Error for ConnectionError {}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stream {}: {} ({:?}, code {})", self.stream.0, self.reason, self.kind, self.code)
    }
}

impl std::error::Error for StreamError {}
