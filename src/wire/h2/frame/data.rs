//! DATA (RFC 9113 section 6.1).

use super::{FrameHeader, expect_stream, flag, kind, unpad};
use crate::h2::error::Fault;
use std::ops::Range;

/// The range of the payload that is content.
#[inline]
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<Range<usize>, Fault> {
    expect_stream(header, "DATA on stream 0")?;
    unpad(header, payload)
}

/// Appends a frame without padding.
#[inline]
pub fn encode(stream: u32, content: &[u8], end: bool, out: &mut Vec<u8>) {
    let flags = if end { flag::END_STREAM } else { 0 };
    FrameHeader { length: content.len(), kind: kind::DATA, flags, stream }.encode(out);
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_without_padding() {
        let mut out = Vec::new();
        encode(3, b"hi", true, &mut out);
        assert_eq!(out, [0, 0, 2, 0, 1, 0, 0, 0, 3, b'h', b'i']);
        assert_eq!(parse(super::super::header(0, flag::PADDED, 3), &[1, b'x', 0]).unwrap(), 1..2);
        assert!(parse(super::super::header(0, 0, 0), b"x").is_err());
    }
}
