//! GOAWAY (RFC 9113 section 6.8).

use super::{FrameHeader, be32, expect_connection, kind};
use crate::h2::error::{Fault, Reason};

/// The last stream that the sender may act on, and why it goes.
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<(u32, Reason), Fault> {
    expect_connection(header, "GOAWAY on a stream")?;
    if payload.len() < 8 {
        return Err(Fault::connection(Reason::FRAME_SIZE_ERROR, "GOAWAY is shorter than 8 bytes"));
    }
    Ok((be32(payload, 0) & 0x7fff_ffff, Reason(be32(payload, 4))))
}

/// Appends a frame; `debug` is for a human at the other end.
pub fn encode(last_stream: u32, code: Reason, debug: &[u8], out: &mut Vec<u8>) {
    FrameHeader { length: 8 + debug.len(), kind: kind::GOAWAY, flags: 0, stream: 0 }.encode(out);
    out.extend_from_slice(&last_stream.to_be_bytes());
    out.extend_from_slice(&code.0.to_be_bytes());
    out.extend_from_slice(debug);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_length() {
        let mut out = Vec::new();
        encode(7, Reason::NO_ERROR, b"bye", &mut out);
        let header = super::super::header(kind::GOAWAY, 0, 0);
        assert_eq!(parse(header, &out[9..]), Ok((7, Reason::NO_ERROR)));
        assert!(parse(header, &out[9..16]).is_err());
        assert!(parse(super::super::header(kind::GOAWAY, 0, 1), &out[9..]).is_err());
    }
}
