//! CONTINUATION (RFC 9113 section 6.10): its payload is a piece of a field block, nothing else.

use super::{FrameHeader, expect_stream};
use crate::h2::error::Fault;

/// Checks the frame.
pub fn parse(header: FrameHeader) -> Result<(), Fault> {
    expect_stream(header, "CONTINUATION on stream 0")
}
