//! Field lines of a head or trailer section, and what they say about framing and persistence.

use super::error::{self, Rejection};
use crate::head::{FieldKind, FieldSpan, Head};

/// What the fields of one head say to the engine itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts<'a> {
    pub(super) coding: Coding,
    /// How many `host` there are, and what the last one says.
    pub(super) hosts: u32,
    pub(super) host: &'a [u8],
    /// `connection` lists `close`, `keep-alive`, `upgrade`, `http2-settings`.
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) upgrade: bool,
    pub(super) settings_listed: bool,
    /// `upgrade` lists `h2c`.
    pub(super) h2c: bool,
    /// How many `http2-settings` there are (RFC 7540 section 3.2.1: exactly one).
    pub(super) settings: u32,
    pub(super) unknown_expectation: bool,
}

/// What `transfer-encoding` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Coding {
    /// No such field.
    #[default]
    Absent,
    /// `chunked` and nothing else.
    Chunked,
    /// A coding that we do not know, with `chunked` last or without: 501 (RFC 9112 section 6.1).
    Unknown,
    /// Empty, or `chunked` repeated or not last: 400 (RFC 9112 section 6.3).
    Invalid,
}

/// Copies the fields that `httparse` found into `head`, names in lower case, and notes what they mean to us.
pub(super) fn take_fields<'a>(
    fields: &[httparse::Header<'a>],
    head: &mut Head,
) -> Result<Facts<'a>, Rejection> {
    let mut facts = Facts::default();
    for field in fields {
        let value = trim(field.value);
        let name = head.append(field.name.as_bytes());
        head.text_mut()[name.start as usize..].make_ascii_lowercase();
        let kind = facts.note(head.piece(name), value, head.content_length().is_some())?;
        let value = head.append(value);
        head.admit(kind, FieldSpan { name, value }, true);
    }
    Ok(facts)
}

/// Copies a trailer section into `trailers`. Fields that frame or route are refused there (RFC 9110 section 6.5.1).
pub(super) fn parse_trailers(section: &[u8], trailers: &mut Head) -> Result<(), Rejection> {
    trailers.clear();
    let mut table = [httparse::EMPTY_HEADER; crate::limits::HEAD_FIELDS_MAX];
    let fields = match httparse::parse_headers(section, &mut table) {
        Ok(httparse::Status::Complete((_, fields))) => fields,
        Ok(httparse::Status::Partial) => return Err(error::FIELD_NAME),
        Err(e) => return Err(rejection_of(e)),
    };
    for field in fields {
        let value = trim(field.value);
        let name = trailers.append(field.name.as_bytes());
        trailers.text_mut()[name.start as usize..].make_ascii_lowercase();
        if matches!(trailers.piece(name), b"content-length" | b"transfer-encoding" | b"host") {
            return Err(error::TRAILER_FRAMING);
        }
        let value = trailers.append(value);
        trailers.admit(FieldKind::Regular, FieldSpan { name, value }, true);
    }
    Ok(())
}

/// What a complaint of the parser about a section that is whole means.
pub(super) fn rejection_of(e: httparse::Error) -> Rejection {
    match e {
        httparse::Error::HeaderName => error::FIELD_NAME,
        httparse::Error::HeaderValue | httparse::Error::NewLine => error::FIELD_VALUE,
        httparse::Error::TooManyHeaders => error::TOO_MANY_FIELDS,
        httparse::Error::Status | httparse::Error::Token | httparse::Error::Version => {
            error::START_LINE
        }
    }
}

impl<'a> Facts<'a> {
    fn note(
        &mut self,
        name: &[u8],
        value: &'a [u8],
        has_length: bool,
    ) -> Result<FieldKind, Rejection> {
        match name {
            b"host" => {
                self.hosts += 1;
                self.host = value;
            }
            b"connection" => self.note_connection(value),
            b"content-length" => {
                check_length(value, has_length)?;
                return Ok(FieldKind::ContentLength);
            }
            b"transfer-encoding" => self.note_coding(value),
            b"expect" => {
                self.unknown_expectation |= !value.eq_ignore_ascii_case(b"100-continue");
                return Ok(FieldKind::Expect);
            }
            b"upgrade" => self.h2c |= list(value).any(|token| token.eq_ignore_ascii_case(b"h2c")),
            b"http2-settings" => self.settings += 1,
            _ => {}
        }
        Ok(FieldKind::Regular)
    }

    fn note_connection(&mut self, value: &[u8]) {
        for option in list(value) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
            self.settings_listed |= option.eq_ignore_ascii_case(b"http2-settings");
        }
    }

    /// The field may come in several lines, which count as one list (RFC 9110 section 5.3).
    fn note_coding(&mut self, value: &[u8]) {
        if value.is_empty() {
            self.coding = Coding::Invalid;
        }
        for coding in value.split(|&b| b == b',').map(trim) {
            let is_chunked = coding.eq_ignore_ascii_case(b"chunked");
            self.coding = match self.coding {
                _ if coding.is_empty() => Coding::Invalid,
                Coding::Absent if is_chunked => Coding::Chunked,
                Coding::Absent | Coding::Unknown => Coding::Unknown,
                Coding::Chunked | Coding::Invalid => Coding::Invalid,
            };
        }
    }
}

/// RFC 9110 section 8.6: digits. A list or a repetition, even of equal numbers, is how smuggling begins.
fn check_length(value: &[u8], repeated: bool) -> Result<(), Rejection> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(error::LENGTH_INVALID);
    }
    if repeated {
        return Err(error::LENGTH_REPEATED);
    }
    match crate::head::parse_decimal(value) {
        Some(_) => Ok(()),
        None => Err(error::BODY_TOO_LARGE),
    }
}

/// Elements of a comma-separated list (RFC 9110 section 5.6.1); empty ones mean nothing.
fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(trim).filter(|element| !element.is_empty())
}

/// Without surrounding blanks (RFC 9110 section 5.6.3).
fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'a>(fields: &[(&'a str, &'a str)]) -> Result<Facts<'a>, Rejection> {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| httparse::Header { name, value: value.as_bytes() })
            .collect();
        take_fields(&fields, &mut Head::default())
    }

    #[test]
    fn transfer_codings() {
        for (values, expected) in [
            (&["chunked"][..], Coding::Chunked),
            (&["Chunked"], Coding::Chunked),
            (&["gzip"], Coding::Unknown),
            (&["gzip, chunked"], Coding::Unknown),
            (&["identity"], Coding::Unknown),
            (&["xchunked"], Coding::Unknown),
            (&["chunked;q=1"], Coding::Unknown),
            (&["chunked, chunked"], Coding::Invalid),
            (&["chunked, gzip"], Coding::Invalid),
            (&["chunked", "chunked"], Coding::Invalid),
            (&["chunked", "identity"], Coding::Invalid),
            (&[""], Coding::Invalid),
            (&["chunked,"], Coding::Invalid),
            (&[",chunked"], Coding::Invalid),
        ] {
            let fields: Vec<_> = values.iter().map(|v| ("Transfer-Encoding", *v)).collect();
            assert_eq!(facts(&fields).map(|f| f.coding), Ok(expected), "{values:?}");
        }
    }

    #[test]
    fn lengths() {
        let length = |value| facts(&[("Content-Length", value)]).map(|_| ());
        for good in ["0", "5", "00005", "18446744073709551615"] {
            assert_eq!(length(good), Ok(()), "{good}");
        }
        for bad in ["", "+5", "-5", "0x5", "5, 5", "5,5", "5 5", "5.0", "five"] {
            assert_eq!(length(bad), Err(error::LENGTH_INVALID), "{bad}");
        }
        assert_eq!(length("18446744073709551616"), Err(error::BODY_TOO_LARGE));
        let twice = facts(&[("content-length", "5"), ("content-length", "5")]);
        assert_eq!(twice, Err(error::LENGTH_REPEATED));
    }

    #[test]
    fn connection_options() {
        let facts =
            facts(&[("Connection", "Keep-Alive, , Upgrade"), ("connection", "HTTP2-Settings")])
                .unwrap();
        assert!(facts.keep_alive && facts.upgrade && facts.settings_listed && !facts.close);
    }

    #[test]
    fn names_are_lowered_and_values_trimmed() {
        let mut head = Head::default();
        let field = httparse::Header { name: "X-One", value: b" \ta b\t " };
        take_fields(&[field], &mut head).unwrap();
        assert_eq!(head.fields().collect::<Vec<_>>(), [(&b"x-one"[..], &b"a b"[..])]);
    }

    #[test]
    fn trailers() {
        let mut trailers = Head::default();
        assert_eq!(parse_trailers(b"A: b\r\nC: d\r\n\r\n", &mut trailers), Ok(()));
        assert_eq!(trailers.get(b"c"), Some(&b"d"[..]));
        for (section, expected) in [
            ("Content-Length: 1\r\n\r\n", error::TRAILER_FRAMING),
            ("Transfer-Encoding: chunked\r\n\r\n", error::TRAILER_FRAMING),
            ("Host: a\r\n\r\n", error::TRAILER_FRAMING),
            ("a : b\r\n\r\n", error::FIELD_NAME),
            ("a: b\0c\r\n\r\n", error::FIELD_VALUE),
        ] {
            assert_eq!(
                parse_trailers(section.as_bytes(), &mut trailers),
                Err(expected),
                "{section:?}"
            );
        }
        let many = "a: b\r\n".repeat(crate::limits::HEAD_FIELDS_MAX + 1) + "\r\n";
        assert_eq!(parse_trailers(many.as_bytes(), &mut trailers), Err(error::TOO_MANY_FIELDS));
    }
}
