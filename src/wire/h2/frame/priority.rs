//! PRIORITY (RFC 9113 section 6.3): deprecated, checked and ignored.

use super::{FrameHeader, be32, expect_stream};
use crate::h2::error::{Fault, Reason};

/// Checks the frame. A wrong length hurts the stream only.
pub fn parse(header: FrameHeader, payload: &[u8]) -> Result<(), Fault> {
    expect_stream(header, "PRIORITY on stream 0")?;
    if payload.len() != 5 {
        return Err(Fault::stream(
            header.stream,
            Reason::FRAME_SIZE_ERROR,
            "PRIORITY is not 5 bytes long",
        ));
    }
    if be32(payload, 0) & 0x7fff_ffff == header.stream {
        // RFC 7540 section 5.3.1; RFC 9113 drops the scheme, clients of the older one still rely on the error.
        return Err(Fault::stream(
            header.stream,
            Reason::PROTOCOL_ERROR,
            "stream depends on itself",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checked_and_ignored() {
        let header = |stream| super::super::header(super::super::kind::PRIORITY, 0, stream);
        assert_eq!(parse(header(1), &[0, 0, 0, 3, 0]), Ok(()));
        assert!(matches!(parse(header(1), &[0, 0, 0, 3]), Err(Fault::Stream(_))));
        assert!(matches!(parse(header(1), &[0x80, 0, 0, 1, 0]), Err(Fault::Stream(_))));
        assert!(matches!(parse(header(0), &[0, 0, 0, 3, 0]), Err(Fault::Connection(_))));
    }
}
