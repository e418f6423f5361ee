//! Which protocol a connection speaks, from its first bytes.

/// What the first bytes of a connection say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detected {
    /// Something other than the HTTP/2 preface: the HTTP/1 engine reads it, and answers 400 if it is no request.
    Http1,
    /// The whole client preface of HTTP/2 (RFC 9113 section 3.4).
    Http2,
    /// The beginning of a TLS record (RFC 8446 section 5.1) on a port that speaks plain text.
    Tls,
    /// A beginning that fits more than one protocol.
    NeedMore,
}

/// RFC 9113 section 3.4. The method `PRI` is reserved for this, so no HTTP/1 request begins with it.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A handshake record of any TLS version: content type 22, major version 3.
const TLS_HANDSHAKE: &[u8; 2] = &[0x16, 0x03];

/// Judges the bytes received so far. Decides at the first byte that differs, so an HTTP/1 request is not held back.
pub fn detect(first_bytes: &[u8]) -> Detected {
    if first_bytes.starts_with(PREFACE) {
        Detected::Http2
    } else if first_bytes.starts_with(TLS_HANDSHAKE) {
        Detected::Tls
    } else if PREFACE.starts_with(first_bytes) || TLS_HANDSHAKE.starts_with(first_bytes) {
        Detected::NeedMore
    } else {
        Detected::Http1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prefix_of_the_preface_waits_and_the_whole_decides() {
        for len in 0..PREFACE.len() {
            assert_eq!(detect(&PREFACE[..len]), Detected::NeedMore, "{len} bytes");
        }
        assert_eq!(detect(PREFACE), Detected::Http2);
        assert_eq!(detect(&[PREFACE.as_slice(), b"\0\0\0\x04"].concat()), Detected::Http2);
    }

    #[test]
    fn the_first_byte_that_differs_decides() {
        for at in 0..PREFACE.len() {
            let mut bytes = PREFACE.to_vec();
            bytes[at] ^= 0x20;
            assert_eq!(detect(&bytes[..=at]), Detected::Http1, "byte {at}");
        }
        for request in ["G", "POST / HTTP/1.1", "PUT", "PRI / HTTP/1.1\r\n", "\r\nGET", "\0"] {
            assert_eq!(detect(request.as_bytes()), Detected::Http1, "{request:?}");
        }
    }

    #[test]
    fn tls_on_a_plain_port_is_recognised() {
        assert_eq!(detect(&[0x16]), Detected::NeedMore);
        assert_eq!(detect(&[0x16, 0x03]), Detected::Tls);
        assert_eq!(detect(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]), Detected::Tls);
        assert_eq!(detect(&[0x16, 0x02]), Detected::Http1);
    }
}
