//! Frame layouts (RFC 9113 sections 4.1 and 6): one file a frame, `parse` beside `encode`, nothing but bytes.
//!
//! `parse` refuses what is wrong whatever the state of the connection: lengths, reserved stream identifiers,
//! impossible values. What depends on state is judged by the connection.

pub mod continuation;
pub mod data;
pub mod goaway;
pub mod headers;
pub mod ping;
pub mod priority;
pub mod push_promise;
pub mod rst_stream;
pub mod settings;
pub mod window_update;

use super::error::{Fault, Reason};

/// Length of a frame header, in bytes.
pub const HEADER_BYTES: usize = 9;

/// Frame types (RFC 9113 section 6).
#[allow(missing_docs)]
pub mod kind {
    pub const DATA: u8 = 0x0;
    pub const HEADERS: u8 = 0x1;
    pub const PRIORITY: u8 = 0x2;
    pub const RST_STREAM: u8 = 0x3;
    pub const SETTINGS: u8 = 0x4;
    pub const PUSH_PROMISE: u8 = 0x5;
    pub const PING: u8 = 0x6;
    pub const GOAWAY: u8 = 0x7;
    pub const WINDOW_UPDATE: u8 = 0x8;
    pub const CONTINUATION: u8 = 0x9;
}

/// Flags. The same bit means different things in different frames.
#[allow(missing_docs)]
pub mod flag {
    pub const END_STREAM: u8 = 0x1;
    pub const ACK: u8 = 0x1;
    pub const END_HEADERS: u8 = 0x4;
    pub const PADDED: u8 = 0x8;
    pub const PRIORITY: u8 = 0x20;
}

/// The nine bytes before every payload (section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Payload length in bytes.
    pub length: usize,
    /// One of [`kind`], or unknown and to be ignored.
    pub kind: u8,
    /// Bits of [`flag`].
    pub flags: u8,
    /// 0 is the connection itself.
    pub stream: u32,
}

impl FrameHeader {
    /// Reads a header; the reserved bit is ignored (section 4.1).
    #[inline]
    pub fn parse(bytes: &[u8; HEADER_BYTES]) -> FrameHeader {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = *bytes;
        FrameHeader {
            length: u32::from_be_bytes([0, l0, l1, l2]) as usize,
            kind,
            flags,
            stream: u32::from_be_bytes([s0, s1, s2, s3]) & 0x7fff_ffff,
        }
    }

    /// Appends the header.
    #[inline]
    pub fn encode(self, out: &mut Vec<u8>) {
        let [_, l0, l1, l2] = (self.length as u32).to_be_bytes();
        let [s0, s1, s2, s3] = self.stream.to_be_bytes();
        out.extend_from_slice(&[l0, l1, l2, self.kind, self.flags, s0, s1, s2, s3]);
    }

    /// Is that flag set?
    #[inline]
    pub fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// What a padded payload holds (sections 6.1, 6.2): the range within the payload that is not padding.
#[inline]
fn unpad(header: FrameHeader, payload: &[u8]) -> Result<std::ops::Range<usize>, Fault> {
    if !header.has(flag::PADDED) {
        return Ok(0..payload.len());
    }
    let Some(&padding) = payload.first() else {
        return Err(Fault::connection(Reason::FRAME_SIZE_ERROR, "no room for the pad length"));
    };
    let end = payload.len().checked_sub(usize::from(padding)).filter(|&end| end >= 1);
    match end {
        Some(end) => Ok(1..end),
        None => Err(Fault::connection(Reason::PROTOCOL_ERROR, "padding longer than the payload")),
    }
}

/// Refuses a frame whose payload has not exactly `expected` bytes.
fn expect_length(payload: &[u8], expected: usize, reason: &'static str) -> Result<(), Fault> {
    match payload.len() == expected {
        true => Ok(()),
        false => Err(Fault::connection(Reason::FRAME_SIZE_ERROR, reason)),
    }
}

/// Refuses a frame that belongs to a stream and names none.
fn expect_stream(header: FrameHeader, reason: &'static str) -> Result<(), Fault> {
    match header.stream {
        0 => Err(Fault::connection(Reason::PROTOCOL_ERROR, reason)),
        _ => Ok(()),
    }
}

/// Refuses a frame that belongs to the connection and names a stream.
fn expect_connection(header: FrameHeader, reason: &'static str) -> Result<(), Fault> {
    match header.stream {
        0 => Ok(()),
        _ => Err(Fault::connection(Reason::PROTOCOL_ERROR, reason)),
    }
}

/// Reads four bytes, big-endian. `at + 4` must be within `bytes`.
fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
pub(crate) fn header(kind: u8, flags: u8, stream: u32) -> FrameHeader {
    FrameHeader { length: 0, kind, flags, stream }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_round_trip_and_reserved_bit() {
        let header = FrameHeader { length: 0x01_02_03, kind: 9, flags: 0x25, stream: 0x7fff_fffe };
        let mut bytes = Vec::new();
        header.encode(&mut bytes);
        assert_eq!(bytes, [1, 2, 3, 9, 0x25, 0x7f, 0xff, 0xff, 0xfe]);
        bytes[5] |= 0x80;
        assert_eq!(FrameHeader::parse(bytes[..].try_into().unwrap()), header);
    }

    #[test]
    fn padding() {
        let padded = header(kind::DATA, flag::PADDED, 1);
        assert_eq!(unpad(header(kind::DATA, 0, 1), b"abc").unwrap(), 0..3);
        assert_eq!(unpad(padded, &[1, b'a', 0]).unwrap(), 1..2);
        assert_eq!(unpad(padded, &[0]).unwrap(), 1..1);
        assert_eq!(unpad(padded, &[2, 0, 0]).unwrap(), 1..1);
        assert!(unpad(padded, &[3, 0, 0]).is_err());
        assert!(unpad(padded, &[]).is_err());
    }
}
