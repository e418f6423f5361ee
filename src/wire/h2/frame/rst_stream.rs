//! RST_STREAM (RFC 9113 section 6.4).

use super::{FrameHeader, be32, expect_length, expect_stream, kind};
use crate::h2::error::{Fault, Reason};

/// The error code.
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<Reason, Fault> {
    expect_stream(header, "RST_STREAM on stream 0")?;
    expect_length(payload, 4, "RST_STREAM is not 4 bytes long")?;
    Ok(Reason(be32(payload, 0)))
}

/// Appends a frame.
pub fn encode(stream: u32, code: Reason, out: &mut Vec<u8>) {
    FrameHeader { length: 4, kind: kind::RST_STREAM, flags: 0, stream }.encode(out);
    out.extend_from_slice(&code.0.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_length() {
        let mut out = Vec::new();
        encode(9, Reason::CANCEL, &mut out);
        assert_eq!(out, [0, 0, 4, 3, 0, 0, 0, 0, 9, 0, 0, 0, 8]);
        let header = super::super::header(kind::RST_STREAM, 0, 9);
        assert_eq!(parse(header, &out[9..]), Ok(Reason::CANCEL));
        assert!(parse(header, &out[9..12]).is_err());
    }
}
