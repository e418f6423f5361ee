//! PING (RFC 9113 section 6.7).

use super::{FrameHeader, expect_connection, expect_length, flag, kind};
use crate::h2::error::Fault;

/// The opaque data, when the frame is well formed.
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<[u8; 8], Fault> {
    expect_connection(header, "PING on a stream")?;
    expect_length(payload, 8, "PING is not 8 bytes long")?;
    let mut opaque = [0; 8];
    opaque.copy_from_slice(payload);
    Ok(opaque)
}

/// Appends a frame.
pub fn encode(opaque: [u8; 8], ack: bool, out: &mut Vec<u8>) {
    let flags = if ack { flag::ACK } else { 0 };
    FrameHeader { length: 8, kind: kind::PING, flags, stream: 0 }.encode(out);
    out.extend_from_slice(&opaque);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_length() {
        let mut out = Vec::new();
        encode(*b"abcdefgh", true, &mut out);
        assert_eq!(out[..9], [0, 0, 8, 6, 1, 0, 0, 0, 0]);
        let header = super::super::header(kind::PING, 0, 0);
        assert_eq!(parse(header, &out[9..]), Ok(*b"abcdefgh"));
        assert!(parse(header, &out[9..16]).is_err());
        assert!(parse(super::super::header(kind::PING, 0, 1), &out[9..]).is_err());
    }
}
