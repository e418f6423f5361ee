//! SETTINGS (RFC 9113 section 6.5).

use super::{FrameHeader, be32, expect_connection, expect_length, flag, kind};
use crate::h2::error::{Fault, Reason};

/// Parameters (section 6.5.2; RFC 8441 section 3).
#[allow(missing_docs)]
pub mod id {
    pub const HEADER_TABLE_SIZE: u16 = 0x1;
    pub const ENABLE_PUSH: u16 = 0x2;
    pub const MAX_CONCURRENT_STREAMS: u16 = 0x3;
    pub const INITIAL_WINDOW_SIZE: u16 = 0x4;
    pub const MAX_FRAME_SIZE: u16 = 0x5;
    pub const MAX_HEADER_LIST_SIZE: u16 = 0x6;
    pub const ENABLE_CONNECT_PROTOCOL: u16 = 0x8;
}

/// Bytes of one parameter.
pub const ENTRY_BYTES: usize = 6;

/// Checks the frame; true for an acknowledgement.
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<bool, Fault> {
    expect_connection(header, "SETTINGS on a stream")?;
    if header.has(flag::ACK) {
        expect_length(payload, 0, "SETTINGS acknowledgement with a payload")?;
        return Ok(true);
    }
    match payload.len() % ENTRY_BYTES {
        0 => Ok(false),
        _ => Err(Fault::connection(
            Reason::FRAME_SIZE_ERROR,
            "SETTINGS is no multiple of 6 bytes long",
        )),
    }
}

/// The parameters of a checked payload, in order (section 6.5.3: each is applied in turn).
pub fn entries(payload: &[u8]) -> impl Iterator<Item = (u16, u32)> {
    payload.chunks_exact(ENTRY_BYTES).map(|e| (u16::from_be_bytes([e[0], e[1]]), be32(e, 2)))
}

/// Appends a frame.
pub fn encode(entries: &[(u16, u32)], out: &mut Vec<u8>) {
    FrameHeader { length: entries.len() * ENTRY_BYTES, kind: kind::SETTINGS, flags: 0, stream: 0 }
        .encode(out);
    for (id, value) in entries {
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&value.to_be_bytes());
    }
}

/// Appends an acknowledgement.
pub fn encode_ack(out: &mut Vec<u8>) {
    FrameHeader { length: 0, kind: kind::SETTINGS, flags: flag::ACK, stream: 0 }.encode(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_lengths() {
        let mut out = Vec::new();
        encode(&[(id::MAX_FRAME_SIZE, 16_384), (0xbeef, 1)], &mut out);
        let header = FrameHeader::parse(out[..9].try_into().unwrap());
        assert_eq!(parse(header, &out[9..]), Ok(false));
        assert_eq!(
            entries(&out[9..]).collect::<Vec<_>>(),
            [(id::MAX_FRAME_SIZE, 16_384), (0xbeef, 1)]
        );
        assert!(parse(header, &out[9..20]).is_err());
        let ack = super::super::header(kind::SETTINGS, flag::ACK, 0);
        assert_eq!(parse(ack, &[]), Ok(true));
        assert!(parse(ack, &out[9..15]).is_err());
        assert!(parse(super::super::header(kind::SETTINGS, 0, 1), &[]).is_err());
    }
}
