//! Every reason to refuse an HTTP/1 message, with the status it is answered with.

use crate::error::{ConnectionError, ErrorKind};
use crate::h1::send::push_decimal;

/// Why a message is refused. In the server role it is answered with `status`; in both roles it ends the connection,
/// since the place where the next message begins is no longer certain (RFC 9112 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) status: u16,
    pub(super) kind: ErrorKind,
    pub(super) reason: &'static str,
}

const fn bad(reason: &'static str) -> Rejection {
    Rejection { status: 400, kind: ErrorKind::Protocol, reason }
}

const fn limit(status: u16, reason: &'static str) -> Rejection {
    Rejection { status, kind: ErrorKind::Limit, reason }
}

// RFC 9112 section 2.2 allows a bare LF to be read as a line end; parsers that disagree about it are how requests are
// smuggled, so we do not.
pub(super) const BARE_LF: Rejection = bad("line ends with LF without CR");
pub(super) const BARE_CR: Rejection = bad("CR without LF");
pub(super) const OBS_FOLD: Rejection = bad("field line begins with a blank (obs-fold)");
pub(super) const EMPTY_LINES: Rejection = bad("too many empty lines before the start line");
pub(super) const START_LINE: Rejection = bad("malformed start line");
pub(super) const FIELD_NAME: Rejection = bad("malformed field name");
pub(super) const FIELD_VALUE: Rejection = bad("forbidden byte in a field value");
pub(super) const TARGET: Rejection = bad("malformed request target");
pub(super) const HOST_MISSING: Rejection = bad("host is missing");
pub(super) const HOST_REPEATED: Rejection = bad("host is repeated");
pub(super) const HOST_INVALID: Rejection = bad("host is invalid");
pub(super) const LENGTH_INVALID: Rejection = bad("content-length is not a number");
pub(super) const LENGTH_REPEATED: Rejection = bad("content-length is repeated");
pub(super) const LENGTH_AND_CODING: Rejection =
    bad("transfer-encoding together with content-length");
pub(super) const CODING_IN_10: Rejection = bad("transfer-encoding in HTTP/1.0");
pub(super) const CODING_INVALID: Rejection =
    bad("transfer-encoding is not exactly one final chunked");
pub(super) const CHUNK_SIZE: Rejection = bad("malformed chunk size");
pub(super) const CHUNK_EXTENSION: Rejection = bad("chunk extension");
pub(super) const CHUNK_END: Rejection = bad("chunk data is not followed by CRLF");
pub(super) const TRAILER_FRAMING: Rejection =
    bad("framing or routing field in the trailer section");

pub(super) const HEAD_TIMEOUT: Rejection =
    Rejection { status: 408, kind: ErrorKind::Timeout, reason: "the head took too long" };
pub(super) const BODY_TIMEOUT: Rejection =
    Rejection { status: 408, kind: ErrorKind::Timeout, reason: "the content took too long" };
pub(super) const BODY_TOO_LARGE: Rejection = limit(413, "content too large");
pub(super) const CHUNK_TOO_LARGE: Rejection = limit(413, "chunk too large");
pub(super) const TARGET_TOO_LONG: Rejection = limit(414, "start line too long");
pub(super) const EXPECTATION: Rejection =
    Rejection { status: 417, kind: ErrorKind::Protocol, reason: "unknown expectation" };
pub(super) const HEAD_TOO_LARGE: Rejection = limit(431, "head too large");
pub(super) const TOO_MANY_FIELDS: Rejection = limit(431, "too many fields");
pub(super) const TRAILERS_TOO_LARGE: Rejection = limit(431, "trailer section too large");
pub(super) const CODING_UNKNOWN: Rejection =
    Rejection { status: 501, kind: ErrorKind::Protocol, reason: "unknown transfer coding" };
pub(super) const VERSION: Rejection =
    Rejection { status: 505, kind: ErrorKind::Protocol, reason: "HTTP version not supported" };

impl Rejection {
    /// The whole answer. It says `connection: close`, because nothing is read after it.
    pub(super) fn render(&self, is_head_request: bool, out: &mut Vec<u8>) {
        let line: &[u8] = match self.status {
            408 => b"HTTP/1.1 408 Request Timeout\r\n",
            413 => b"HTTP/1.1 413 Content Too Large\r\n",
            414 => b"HTTP/1.1 414 URI Too Long\r\n",
            417 => b"HTTP/1.1 417 Expectation Failed\r\n",
            431 => b"HTTP/1.1 431 Request Header Fields Too Large\r\n",
            501 => b"HTTP/1.1 501 Not Implemented\r\n",
            505 => b"HTTP/1.1 505 HTTP Version Not Supported\r\n",
            _ => b"HTTP/1.1 400 Bad Request\r\n",
        };
        out.extend_from_slice(line);
        out.extend_from_slice(b"content-type: text/plain\r\nconnection: close\r\ncontent-length: ");
        push_decimal(out, self.reason.len() as u64 + 1);
        out.extend_from_slice(b"\r\n\r\n");
        if !is_head_request {
            out.extend_from_slice(self.reason.as_bytes());
            out.push(b'\n');
        }
    }

    /// The end of the connection it leads to; `answered`: the status went out.
    pub(super) fn ends(&self, answered: bool) -> ConnectionError {
        ConnectionError {
            kind: self.kind,
            code: if answered { u32::from(self.status) } else { 0 },
            reason: self.reason,
        }
    }
}

/// An end that no status is sent for.
pub(super) const fn end(kind: ErrorKind, reason: &'static str) -> ConnectionError {
    ConnectionError { kind, code: 0, reason }
}

/// The peer closed between messages.
pub(super) const ENDED: ConnectionError = end(ErrorKind::Ended, "closed by the peer");
/// One of the two sides said `connection: close`, and the message is complete.
pub(super) const NOT_PERSISTENT: ConnectionError = end(ErrorKind::Ended, "connection: close");
/// The peer closed where a message was not complete (RFC 9112 section 8).
pub(super) const TRUNCATED: ConnectionError = end(ErrorKind::Protocol, "ended inside a message");
/// Client role: RFC 9112 section 9.2.
pub(super) const UNSOLICITED: ConnectionError =
    end(ErrorKind::Protocol, "response without a request");
/// We were asked to finish.
pub(super) const SHUTDOWN: ConnectionError = end(ErrorKind::Local, "shut down");
/// The owner gave up on an exchange; in HTTP/1 that takes the connection with it.
pub(super) const RESET: ConnectionError = end(ErrorKind::Local, "exchange reset");
/// The peer leaves its answers unread.
pub(super) const STALLED: ConnectionError = end(ErrorKind::Timeout, "the peer does not read");
/// Nothing was asked for too long.
pub(super) const IDLE: ConnectionError = end(ErrorKind::Timeout, "idle for too long");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_why_and_closes() {
        let mut out = Vec::new();
        BARE_CR.render(false, &mut out);
        let expected = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\
                        content-length: 14\r\n\r\nCR without LF\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
        out.clear();
        BARE_CR.render(true, &mut out);
        assert!(out.ends_with(b"content-length: 14\r\n\r\n"));
    }

    #[test]
    fn each_status_has_its_own_line() {
        let all =
            [BARE_LF, HEAD_TIMEOUT, BODY_TOO_LARGE, TARGET_TOO_LONG, EXPECTATION, HEAD_TOO_LARGE];
        for rejection in all.into_iter().chain([CODING_UNKNOWN, VERSION]) {
            let mut out = Vec::new();
            rejection.render(false, &mut out);
            assert!(
                out.starts_with(format!("HTTP/1.1 {} ", rejection.status).as_bytes()),
                "{rejection:?}"
            );
        }
    }
}
