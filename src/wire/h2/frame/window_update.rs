//! WINDOW_UPDATE (RFC 9113 section 6.9).

use super::{FrameHeader, be32, expect_length, kind};
use crate::h2::error::{Fault, Reason};

/// The increment, from 1 to 2^31 - 1. A zero hurts the stream, or the connection when that is what it is for.
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<u32, Fault> {
    expect_length(payload, 4, "WINDOW_UPDATE is not 4 bytes long")?;
    match (be32(payload, 0) & 0x7fff_ffff, header.stream) {
        (0, 0) => Err(Fault::connection(Reason::PROTOCOL_ERROR, "window increment of 0")),
        (0, stream) => Err(Fault::stream(stream, Reason::PROTOCOL_ERROR, "window increment of 0")),
        (increment, _) => Ok(increment),
    }
}

/// Appends a frame.
pub fn encode(stream: u32, increment: u32, out: &mut Vec<u8>) {
    FrameHeader { length: 4, kind: kind::WINDOW_UPDATE, flags: 0, stream }.encode(out);
    out.extend_from_slice(&increment.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_zero() {
        let mut out = Vec::new();
        encode(3, 65_536, &mut out);
        let header = |stream| super::super::header(kind::WINDOW_UPDATE, 0, stream);
        assert_eq!(parse(header(3), &out[9..]), Ok(65_536));
        assert!(matches!(parse(header(3), &[0x80, 0, 0, 0]), Err(Fault::Stream(_))));
        assert!(matches!(parse(header(0), &[0, 0, 0, 0]), Err(Fault::Connection(_))));
        assert!(matches!(parse(header(3), &[0, 0, 1]), Err(Fault::Connection(_))));
    }
}
