//! HEADERS (RFC 9113 section 6.2).

use super::{FrameHeader, be32, expect_stream, flag, kind, unpad};
use crate::h2::error::{Fault, Reason};
use std::ops::Range;

/// A HEADERS frame less its padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// The range of the payload that is (the beginning of) the field block.
    pub block: Range<usize>,
    /// The stream of the deprecated priority fields, if they are there (section 5.3.2).
    pub depends_on: Option<u32>,
}

/// Reads the payload.
#[inline]
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<Headers, Fault> {
    expect_stream(header, "HEADERS on stream 0")?;
    let mut block = unpad(header, payload)?;
    let mut depends_on = None;
    if header.has(flag::PRIORITY) {
        if block.len() < 5 {
            return Err(Fault::connection(
                Reason::FRAME_SIZE_ERROR,
                "no room for the priority fields",
            ));
        }
        depends_on = Some(be32(payload, block.start) & 0x7fff_ffff);
        block.start += 5;
    }
    Ok(Headers { block, depends_on })
}

/// Appends a field block as HEADERS and as many CONTINUATION frames as `frame_bytes_max` requires (section 6.10).
pub fn encode(stream: u32, block: &[u8], end: bool, frame_bytes_max: usize, out: &mut Vec<u8>) {
    let end_stream = if end { flag::END_STREAM } else { 0 };
    let (mut rest, mut first) = (block, true);
    loop {
        let (piece, tail) = rest.split_at(rest.len().min(frame_bytes_max));
        let end_headers = if tail.is_empty() { flag::END_HEADERS } else { 0 };
        let (kind, flags) = match first {
            true => (kind::HEADERS, end_headers | end_stream),
            false => (kind::CONTINUATION, end_headers),
        };
        FrameHeader { length: piece.len(), kind, flags, stream }.encode(out);
        out.extend_from_slice(piece);
        (rest, first) = (tail, false);
        if rest.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_fields_are_cut_off() {
        let header = super::super::header(kind::HEADERS, flag::PADDED | flag::PRIORITY, 1);
        let headers = parse(header, &[1, 0x80, 0, 0, 7, 16, b'a', b'b', 0]).unwrap();
        assert_eq!(headers, Headers { block: 6..8, depends_on: Some(7) });
        assert!(parse(header, &[1, 0, 0, 0, 7, 0]).is_err(), "four bytes are no priority");
    }

    #[test]
    fn long_blocks_continue() {
        let mut out = Vec::new();
        encode(5, b"abcde", true, 2, &mut out);
        let expected: [&[u8]; 3] = [
            &[0, 0, 2, 1, 1, 0, 0, 0, 5, b'a', b'b'],
            &[0, 0, 2, 9, 0, 0, 0, 0, 5, b'c', b'd'],
            &[0, 0, 1, 9, 4, 0, 0, 0, 5, b'e'],
        ];
        assert_eq!(out, expected.concat());
        out.clear();
        encode(5, b"ab", false, 2, &mut out);
        assert_eq!(out, [0, 0, 2, 1, 4, 0, 0, 0, 5, b'a', b'b']);
    }
}
