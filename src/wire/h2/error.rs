//! Error codes (RFC 9113 section 7) and the scope of an error (section 5.4).

use crate::error::{ConnectionError, ErrorKind, StreamError};
use crate::event::StreamId;

/// An error code, as it goes into RST_STREAM and GOAWAY. Codes without a name here are legal on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason(pub u32);

#[allow(missing_docs)]
impl Reason {
    pub const NO_ERROR: Reason = Reason(0x0);
    pub const PROTOCOL_ERROR: Reason = Reason(0x1);
    pub const INTERNAL_ERROR: Reason = Reason(0x2);
    pub const FLOW_CONTROL_ERROR: Reason = Reason(0x3);
    pub const SETTINGS_TIMEOUT: Reason = Reason(0x4);
    pub const STREAM_CLOSED: Reason = Reason(0x5);
    pub const FRAME_SIZE_ERROR: Reason = Reason(0x6);
    pub const REFUSED_STREAM: Reason = Reason(0x7);
    pub const CANCEL: Reason = Reason(0x8);
    pub const COMPRESSION_ERROR: Reason = Reason(0x9);
    pub const CONNECT_ERROR: Reason = Reason(0xa);
    pub const ENHANCE_YOUR_CALM: Reason = Reason(0xb);
    pub const INADEQUATE_SECURITY: Reason = Reason(0xc);
    pub const HTTP_1_1_REQUIRED: Reason = Reason(0xd);
}

/// A breach found while handling a frame, with the scope that the RFC gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Ends the connection (section 5.4.1).
    Connection(ConnectionError),
    /// Ends one stream (section 5.4.2).
    Stream(StreamError),
}

impl Fault {
    /// The peer broke a rule that hurts the whole connection.
    pub(crate) fn connection(code: Reason, reason: &'static str) -> Fault {
        let kind = match code {
            Reason::ENHANCE_YOUR_CALM => ErrorKind::Flood,
            _ => ErrorKind::Protocol,
        };
        Fault::Connection(ConnectionError { kind, code: code.0, reason })
    }

    /// The peer broke a rule that hurts one stream.
    pub(crate) fn stream(id: u32, code: Reason, reason: &'static str) -> Fault {
        Fault::Stream(StreamError {
            stream: StreamId(id),
            kind: ErrorKind::Protocol,
            code: code.0,
            reason,
        })
    }
}
