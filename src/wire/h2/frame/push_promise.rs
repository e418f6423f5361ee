//! PUSH_PROMISE (RFC 9113 section 6.6): never accepted. A client must not send it, and as a client we disable push.

use super::FrameHeader;
use crate::h2::error::{Fault, Reason};

/// Refuses the frame (section 8.4).
pub fn parse(_header: FrameHeader) -> Fault {
    Fault::connection(Reason::PROTOCOL_ERROR, "PUSH_PROMISE where push is not enabled")
}
