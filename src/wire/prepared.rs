//! Answers rendered once, when they are published, in the form that goes to the wire.

use crate::h2::hpack;
use crate::head::is_token_byte;
use std::fmt;

/// Fields rendered for both protocols.
#[derive(Clone, Debug, Default)]
pub struct PreparedFields {
    /// HTTP/1.1: `name: value\r\n` each.
    pub(crate) h1: Vec<u8>,
    /// HTTP/2: HPACK literals without indexing, so that the bytes fit every connection whatever its table holds.
    pub(crate) h2: Vec<u8>,
}

/// A field that must not go to the wire (RFC 9110 section 5.5): it would change the meaning of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The name as given.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "header {:?}: {}", self.name, self.reason)
    }
}

impl std::error::Error for FieldError {}

/// Status and fields rendered for both protocols.
#[derive(Clone, Debug)]
pub struct PreparedHead {
    pub(crate) status: u16,
    /// HTTP/1.1: `HTTP/1.1 200 OK\r\n`
    pub(crate) h1_status_line: Vec<u8>,
    /// HTTP/2: `:status`
    pub(crate) h2_status: Vec<u8>,
    pub(crate) fields: PreparedFields,
}

/// Can the field be sent, as it is or in lower case and without the blanks around its value? Else why not.
pub fn check_field(name: &[u8], value: &[u8]) -> Result<(), &'static str> {
    if name.is_empty() || !name.iter().all(|&b| is_token_byte(b)) {
        return Err("the name is not a token");
    }
    if value.iter().any(|b| matches!(b, b'\r' | b'\n' | b'\0')) {
        return Err("the value has a line break or a NUL");
    }
    Ok(())
}

impl PreparedFields {
    /// Renders fields, names put in lower case and blanks around values removed. Connection-specific fields and
    /// `content-length` are the engine's business (RFC 9113 section 8.2.2, RFC 9112 section 6.2) and left out in the
    /// protocols where they would harm.
    pub fn new<'a>(
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<PreparedFields, FieldError> {
        let mut prepared = PreparedFields::default();
        for (name, value) in fields {
            check_field(name, value).map_err(|reason| FieldError {
                name: String::from_utf8_lossy(name).into_owned(),
                reason,
            })?;
            prepared.push(&name.to_ascii_lowercase(), trim_blanks(value));
        }
        Ok(prepared)
    }

    fn push(&mut self, name: &[u8], value: &[u8]) {
        if !is_set_by_http1(name) {
            for piece in [name, b": ", value, b"\r\n"] {
                self.h1.extend_from_slice(piece);
            }
        }
        if !is_unfit_for_http2(name, value) {
            hpack::encode_literal(name, value, &mut self.h2);
        }
    }
}

impl PreparedHead {
    /// Renders an answer's head; `status` 100 to 999.
    pub fn new<'a>(
        status: u16,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<PreparedHead, FieldError> {
        if !(100..=999).contains(&status) {
            return Err(FieldError {
                name: ":status".into(),
                reason: "the status is not between 100 and 999",
            });
        }
        let mut h2_status = Vec::new();
        hpack::encode_status(status, &mut h2_status);
        Ok(PreparedHead {
            status,
            // RFC 9112 section 4: the blank before the phrase stays when there is no phrase.
            h1_status_line: format!("HTTP/1.1 {status} {}\r\n", reason_phrase(status)).into_bytes(),
            h2_status,
            fields: PreparedFields::new(fields)?,
        })
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// May an answer to `method` with this status have a body (RFC 9110 section 6.4.1)?
    pub fn has_body(&self, is_head_request: bool) -> bool {
        !is_head_request && !matches!(self.status, 100..=199 | 204 | 304)
    }
}

/// RFC 9110 section 5.5: blanks around a value are no part of it.
fn trim_blanks(value: &[u8]) -> &[u8] {
    let is_text = |b: &u8| !matches!(b, b' ' | b'\t');
    let start = value.iter().position(is_text).unwrap_or(value.len());
    let end = value.iter().rposition(is_text).map_or(start, |last| last + 1);
    &value[start..end]
}

/// Framing and persistence are decided by the engine, message by message. `upgrade` is the answer's own.
fn is_set_by_http1(name: &[u8]) -> bool {
    matches!(
        name,
        b"content-length"
            | b"transfer-encoding"
            | b"connection"
            | b"keep-alive"
            | b"proxy-connection"
    )
}

/// RFC 9113 section 8.2.2.
fn is_unfit_for_http2(name: &[u8], value: &[u8]) -> bool {
    is_set_by_http1(name) || name == b"upgrade" || (name == b"te" && value != b"trailers")
}

/// The phrases of the IANA registry of HTTP status codes; empty for a status that is not in it.
fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        102 => "Processing",
        103 => "Early Hints",
        104 => "Upload Resumption Supported",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        208 => "Already Reported",
        226 => "IM Used",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        425 => "Too Early",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        451 => "Unavailable For Legal Reasons",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        506 => "Variant Also Negotiates",
        507 => "Insufficient Storage",
        508 => "Loop Detected",
        510 => "Not Extended",
        511 => "Network Authentication Required",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Head;

    fn prepared(fields: &[(&str, &str)]) -> Result<PreparedFields, FieldError> {
        PreparedFields::new(fields.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())))
    }

    /// Both forms as text, one field a line; the HTTP/2 form as its receiver sees it.
    fn rendered(fields: &[(&str, &str)]) -> (String, String) {
        let prepared = prepared(fields).unwrap();
        let mut head = Head::default();
        hpack::Decoder::new(0).decode(&prepared.h2, &mut head, usize::MAX).unwrap();
        let lossy = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let h2 = head.fields().map(|(n, v)| format!("{}: {}\r\n", lossy(n), lossy(v))).collect();
        (lossy(&prepared.h1), h2)
    }

    #[test]
    fn names_in_lower_case_values_trimmed() {
        let (h1, h2) =
            rendered(&[("X-One", " a b\t"), ("Content-Type", "text/html"), ("empty", " \t ")]);
        assert_eq!(h1, "x-one: a b\r\ncontent-type: text/html\r\nempty: \r\n");
        assert_eq!(h2, h1);
    }

    #[test]
    fn what_the_engine_decides_is_left_out() {
        let fields = [
            ("Content-Length", "5"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "close"),
            ("upgrade", "websocket"),
            ("te", "gzip"),
            ("te", "trailers"),
        ];
        let (h1, h2) = rendered(&fields);
        assert_eq!(h1, "upgrade: websocket\r\nte: gzip\r\nte: trailers\r\n");
        assert_eq!(h2, "te: trailers\r\n");
    }

    #[test]
    fn what_would_change_the_message_is_refused() {
        for (name, value) in [
            ("", "v"),
            ("a b", "v"),
            ("a:", "v"),
            (":status", "200"),
            ("é", "v"),
            ("a\r\n", "v"),
            ("a", "\r\nb: c"),
        ] {
            assert_eq!(prepared(&[(name, value)]).unwrap_err().name, name);
        }
        for value in ["a\rb", "a\nb", "a\0b", "a\n"] {
            assert!(prepared(&[("a", value)]).is_err(), "{value:?}");
        }
    }

    #[test]
    fn status_lines() {
        let head = |status| PreparedHead::new(status, []);
        assert_eq!(head(200).unwrap().h1_status_line, b"HTTP/1.1 200 OK\r\n");
        assert_eq!(head(299).unwrap().h1_status_line, b"HTTP/1.1 299 \r\n");
        for status in [0, 99, 1000, u16::MAX] {
            assert_eq!(head(status).unwrap_err().name, ":status");
        }
        for status in 100..=999 {
            let prepared = head(status).unwrap();
            let mut decoded = Head::default();
            hpack::Decoder::new(0).decode(&prepared.h2_status, &mut decoded, usize::MAX).unwrap();
            assert_eq!(decoded.status(), status);
        }
    }

    #[test]
    fn answers_without_content() {
        let has_body = |status, is_head| PreparedHead::new(status, []).unwrap().has_body(is_head);
        assert!(has_body(200, false) && has_body(205, false));
        assert!(!has_body(200, true));
        assert!(![100, 103, 204, 304].iter().any(|&status| has_body(status, false)));
    }
}
