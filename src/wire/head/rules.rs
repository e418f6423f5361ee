//! What a field section must obey (RFC 9113 section 8, RFC 9110 sections 5.5, 5.6.2 and 8.6).

use super::{FieldSpan, Head, Span};

/// What a field name means to the protocol. Tables keep it beside an entry, so that it is found once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FieldKind {
    /// Any field without meaning to the protocol engine.
    Regular,
    /// `:method`
    Method,
    /// `:scheme`
    Scheme,
    /// `:authority`
    Authority,
    /// `:path`
    Path,
    /// `:protocol` (RFC 8441)
    Protocol,
    /// `:status`
    Status,
    /// Any other name that begins with a colon: malformed.
    UnknownPseudo,
    /// `content-length`
    ContentLength,
    /// `te`: only `trailers` may stand in HTTP/2.
    Te,
    /// `connection`, `proxy-connection`, `keep-alive`, `transfer-encoding`, `upgrade`: malformed in HTTP/2.
    ConnectionSpecific,
    /// `expect`
    Expect,
    /// `host`: must not contradict `:authority`.
    Host,
    /// A name that RFC 9113 section 8.2.1 forbids: empty, upper case, blanks, controls, a colon inside.
    BadName,
}

impl FieldKind {
    /// Classifies a name as it came.
    #[inline]
    pub fn of(name: &[u8]) -> FieldKind {
        if name.first() == Some(&b':') {
            return match name {
                b":method" => FieldKind::Method,
                b":scheme" => FieldKind::Scheme,
                b":authority" => FieldKind::Authority,
                b":path" => FieldKind::Path,
                b":protocol" => FieldKind::Protocol,
                b":status" => FieldKind::Status,
                _ => FieldKind::UnknownPseudo,
            };
        }
        if name.is_empty() || !name.iter().all(|&b| NAME_BYTE[b as usize]) {
            return FieldKind::BadName;
        }
        match name {
            b"te" => FieldKind::Te,
            b"host" => FieldKind::Host,
            b"expect" => FieldKind::Expect,
            b"content-length" => FieldKind::ContentLength,
            b"connection" | b"keep-alive" | b"upgrade" | b"transfer-encoding"
            | b"proxy-connection" => FieldKind::ConnectionSpecific,
            _ => FieldKind::Regular,
        }
    }
}

impl FieldKind {
    /// May a field of this kind have that value? The method is a token (RFC 9110 section 9.1), a target has neither
    /// blanks nor controls (RFC 9112 section 3.2), any other value obeys RFC 9113 section 8.2.1. Tables keep the
    /// verdict beside an entry.
    #[inline]
    pub(crate) fn accepts(self, value: &[u8]) -> bool {
        match self {
            FieldKind::Method => !value.is_empty() && value.iter().all(|&b| is_token_byte(b)),
            FieldKind::Path => target_is_valid(value),
            _ => value_is_valid(value),
        }
    }
}

/// Bytes of a token (RFC 9110 section 5.6.2) less the upper-case letters.
const NAME_BYTE: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = is_token_byte(i as u8) && !(i as u8).is_ascii_uppercase();
        i += 1;
    }
    table
};

/// RFC 9110 section 5.6.2: tchar.
pub(crate) const fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(
            b,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
        )
        || matches!(b, b'|' | b'~')
}

/// No blank and no control character. An empty one is judged by [`Head::check_target`].
#[inline]
fn target_is_valid(target: &[u8]) -> bool {
    target.iter().fold(true, |valid, &b| valid & (b > b' ') & (b != 0x7f))
}

/// RFC 9113 section 8.2.1: no NUL, LF or CR anywhere, no blank at either end.
#[inline]
pub(crate) fn value_is_valid(value: &[u8]) -> bool {
    let blank = |b: Option<&u8>| matches!(b, Some(b' ' | b'\t'));
    // Eight bytes at a time and without branches: long values are common, forbidden bytes are not. The last eight may
    // overlap those before; a value of less than eight is led by bytes that are allowed.
    let words = value
        .as_chunks::<8>()
        .0
        .iter()
        .fold(0, |found, word| found | forbidden(u64::from_le_bytes(*word)));
    let last = match value.last_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => value.iter().fold(u64::MAX, |word, &b| word << 8 | u64::from(b)),
    };
    words | forbidden(last) == 0 && !blank(value.first()) && !blank(value.last())
}

/// Not 0 if one of the eight bytes is NUL, LF or CR.
#[inline]
const fn forbidden(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const fn zero(word: u64) -> u64 {
        // A byte borrows into its top bit, which it did not have itself, only if it is zero or next to a zero.
        word.wrapping_sub(ONES) & !word & (ONES << 7)
    }
    zero(word) | zero(word ^ (ONES * b'\n' as u64)) | zero(word ^ (ONES * b'\r' as u64))
}

const SEEN_METHOD: u8 = 1;
const SEEN_SCHEME: u8 = 2;
const SEEN_AUTHORITY: u8 = 4;
const SEEN_PATH: u8 = 8;
const SEEN_PROTOCOL: u8 = 16;
const SEEN_STATUS: u8 = 32;
const SEEN_REGULAR: u8 = 64;
const SEEN_PSEUDO: u8 = SEEN_REGULAR - 1;

impl Head {
    /// Takes a field whose text is in the arena already. Rules that a single field can break are applied here, the
    /// first breach is kept and judged by [`Head::check_request`] and its like once the section is complete: in HTTP/2
    /// a malformed section must still be decoded to its end (RFC 9113 section 4.3).
    /// `value_checked`: the value is known to be valid, because it stands in a table that was checked.
    #[inline(always)]
    pub(crate) fn admit(&mut self, kind: FieldKind, field: FieldSpan, value_checked: bool) {
        self.list_bytes += (field.name.len + field.value.len) as usize + 32;
        if !value_checked {
            self.check_value(kind, field.value);
        }
        let (bit, slot) = match kind {
            FieldKind::Regular => {
                self.seen |= SEEN_REGULAR;
                self.fields.push(field);
                return;
            }
            FieldKind::Method => (SEEN_METHOD, &mut self.method),
            FieldKind::Scheme => (SEEN_SCHEME, &mut self.scheme),
            FieldKind::Authority => (SEEN_AUTHORITY, &mut self.authority),
            FieldKind::Path => (SEEN_PATH, &mut self.path),
            FieldKind::Protocol => (SEEN_PROTOCOL, &mut self.protocol),
            _ => return self.admit_rare(kind, field),
        };
        if self.seen & (bit | SEEN_REGULAR) != 0 {
            return self.breach("pseudo-header field repeated or after a regular field");
        }
        self.seen |= bit;
        *slot = field.value;
    }

    #[inline(never)]
    fn check_value(&mut self, kind: FieldKind, value: Span) {
        if !kind.accepts(self.piece(value)) {
            self.breach(match kind {
                FieldKind::Method => ":method is not a token",
                FieldKind::Path => ":path with a blank or a control character",
                _ => "field value with a forbidden byte",
            });
        }
    }

    #[inline(never)]
    fn admit_rare(&mut self, kind: FieldKind, field: FieldSpan) {
        match kind {
            FieldKind::Status => {
                if self.seen & (SEEN_STATUS | SEEN_REGULAR) != 0 {
                    return self.breach("pseudo-header field repeated or after a regular field");
                }
                self.seen |= SEEN_STATUS;
                match parse_status(self.piece(field.value)) {
                    Some(status) => self.status = status,
                    None => self.breach(":status is not three digits"),
                }
                return;
            }
            FieldKind::UnknownPseudo => return self.breach("unknown pseudo-header field"),
            FieldKind::BadName => self.breach("field name with a forbidden byte"),
            FieldKind::ConnectionSpecific => self.breach("connection-specific field"),
            FieldKind::Te if self.piece(field.value) != b"trailers" => {
                self.breach("te other than trailers");
            }
            FieldKind::ContentLength => match parse_decimal(self.piece(field.value)) {
                Some(n) if self.content_length.is_none() => self.content_length = Some(n),
                Some(_) => self.breach("content-length repeated"),
                None => self.breach("content-length is not a number"),
            },
            FieldKind::Expect if self.piece(field.value).eq_ignore_ascii_case(b"100-continue") => {
                self.expects_continue = true;
            }
            FieldKind::Host => self.host = field.value,
            _ => {}
        }
        self.seen |= SEEN_REGULAR;
        self.fields.push(field);
    }

    #[cold]
    fn breach(&mut self, reason: &'static str) {
        self.malformed.get_or_insert(reason);
    }

    /// Is this a well-formed HTTP/2 request (RFC 9113 sections 8.1.1, 8.2, 8.3.1, 8.5; RFC 8441 section 4)?
    pub(crate) fn check_request(&self) -> Result<(), &'static str> {
        if let Some(reason) = self.malformed {
            return Err(reason);
        }
        if self.seen & SEEN_STATUS != 0 {
            return Err(":status in a request");
        }
        if self.method() == b"CONNECT" && self.seen & SEEN_PROTOCOL == 0 {
            return match self.seen & SEEN_PSEUDO == SEEN_METHOD | SEEN_AUTHORITY
                && self.authority.len > 0
            {
                true => Ok(()),
                false => Err("CONNECT takes :authority and neither :scheme nor :path"),
            };
        }
        const REQUIRED: u8 = SEEN_METHOD | SEEN_SCHEME | SEEN_PATH;
        if self.seen & REQUIRED != REQUIRED {
            return Err("a request needs :method, :scheme and :path");
        }
        if self.seen & SEEN_PROTOCOL != 0 && self.method() != b"CONNECT" {
            return Err(":protocol without CONNECT");
        }
        self.check_target()
    }

    /// RFC 9113 section 8.3.1: `:path` begins with a slash (or is `*` for OPTIONS); `host` agrees with `:authority`.
    pub(crate) fn check_target(&self) -> Result<(), &'static str> {
        match self.path() {
            [b'/', ..] => {}
            b"*" if self.method() == b"OPTIONS" => {}
            b"" => return Err(":path is empty"),
            _ => return Err(":path does not begin with a slash"),
        }
        if self.host.len > 0 && self.authority.len > 0 && self.piece(self.host) != self.authority()
        {
            return Err("host contradicts :authority");
        }
        Ok(())
    }

    /// Is this a well-formed HTTP/2 response (RFC 9113 section 8.3.2)?
    pub(crate) fn check_response(&self) -> Result<(), &'static str> {
        match self.malformed {
            Some(reason) => Err(reason),
            None if self.seen & SEEN_PSEUDO != SEEN_STATUS => {
                Err("a response has :status and no other pseudo-header")
            }
            None if self.status == 101 => Err("101 does not exist in HTTP/2"),
            None => Ok(()),
        }
    }

    /// Are these well-formed trailers (RFC 9113 section 8.1)?
    pub(crate) fn check_trailers(&self) -> Result<(), &'static str> {
        match self.malformed {
            Some(reason) => Err(reason),
            None if self.seen & SEEN_PSEUDO != 0 => Err("pseudo-header field in trailers"),
            None => Ok(()),
        }
    }
}

/// RFC 9110 section 8.6: digits only, and a number that we can count to.
pub(crate) fn parse_decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |n, &b| {
        b.is_ascii_digit().then_some(())?;
        n.checked_mul(10)?.checked_add(u64::from(b - b'0'))
    })
}

/// RFC 9110 section 15: three digits, the first from 1 up.
pub(crate) fn parse_status(text: &[u8]) -> Option<u16> {
    match text {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &[(&str, &str)]) -> Head {
        let mut head = Head::default();
        for (name, value) in fields {
            let kind = FieldKind::of(name.as_bytes());
            let span = FieldSpan {
                name: head.append(name.as_bytes()),
                value: head.append(value.as_bytes()),
            };
            head.admit(kind, span, false);
        }
        head
    }

    const GET: [(&str, &str); 3] = [(":method", "GET"), (":scheme", "http"), (":path", "/")];

    fn get_with(name: &'static str, value: &'static str) -> Result<(), &'static str> {
        let mut fields = GET.to_vec();
        fields.push((name, value));
        head(&fields).check_request()
    }

    #[test]
    fn requests() {
        assert_eq!(head(&GET).check_request(), Ok(()));
        for (missing, (name, _)) in GET.iter().enumerate() {
            let mut fields = GET.to_vec();
            fields.remove(missing);
            assert!(head(&fields).check_request().is_err(), "without {name}");
        }
        assert!(
            head(&[("a", "b"), GET[0], GET[1], GET[2]]).check_request().is_err(),
            "pseudo after regular"
        );
        assert!(get_with(":method", "GET").is_err(), "repeated");
        assert!(get_with(":status", "200").is_err());
        assert!(get_with(":odd", "1").is_err());
        assert!(head(&[GET[0], GET[1], (":path", "")]).check_request().is_err());
        assert!(head(&[GET[0], GET[1], (":path", "x")]).check_request().is_err());
        assert!(head(&[(":method", "OPTIONS"), GET[1], (":path", "*")]).check_request().is_ok());
        assert!(head(&[GET[0], GET[1], (":path", "*")]).check_request().is_err());
        assert!(head(&[(":method", "G ET"), GET[1], GET[2]]).check_request().is_err());
    }

    #[test]
    fn fields() {
        for (name, value) in
            [("te", "trailers"), ("x", ""), ("x", "a b"), ("content-length", "0"), ("x", "\u{e9}")]
        {
            assert_eq!(get_with(name, value), Ok(()), "{name}: {value}");
        }
        for (name, value) in [
            ("te", "gzip"),
            ("connection", "close"),
            ("proxy-connection", "x"),
            ("keep-alive", "1"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("Upper", "x"),
            ("", "x"),
            ("a b", "x"),
            ("a:b", "x"),
            ("x", "a\nb"),
            ("x", "a\rb"),
            ("x", "a\0b"),
            ("x", " a"),
            ("x", "a\t"),
            ("content-length", "-1"),
            ("content-length", "1, 1"),
            ("content-length", "99999999999999999999"),
        ] {
            assert!(get_with(name, value).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn a_forbidden_byte_is_found_wherever_it_stands() {
        for len in 1..40 {
            for at in 0..len {
                for byte in 0..=255 {
                    let mut value = vec![b'x'; len];
                    value[at] = byte;
                    let blank_at_an_end =
                        matches!(byte, b' ' | b'\t') && (at == 0 || at + 1 == len);
                    let valid = !matches!(byte, 0 | b'\n' | b'\r') && !blank_at_an_end;
                    assert_eq!(value_is_valid(&value), valid, "{byte:#x} at {at} of {len}");
                }
            }
        }
        assert!(value_is_valid(b""));
        assert!(!value_is_valid(b" ") && !value_is_valid(b"\n"));
    }

    #[test]
    fn connect_and_host() {
        assert_eq!(head(&[(":method", "CONNECT"), (":authority", "a:1")]).check_request(), Ok(()));
        assert!(
            head(&[(":method", "CONNECT"), (":authority", "a:1"), GET[2]]).check_request().is_err()
        );
        assert!(head(&[(":method", "CONNECT")]).check_request().is_err());
        let extended = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            GET[1],
            GET[2],
            (":authority", "a"),
        ];
        assert_eq!(head(&extended).check_request(), Ok(()));
        assert!(get_with(":protocol", "websocket").is_err());
        let with_host = |host| {
            head(&[GET[0], GET[1], GET[2], (":authority", "a"), ("host", host)]).check_request()
        };
        assert_eq!(with_host("a"), Ok(()));
        assert!(with_host("b").is_err());
    }

    #[test]
    fn responses_and_trailers() {
        assert_eq!(head(&[(":status", "204"), ("a", "b")]).check_response(), Ok(()));
        assert_eq!(head(&[(":status", "204")]).status(), 204);
        for status in ["20", "2000", "abc", "099", "101"] {
            assert!(head(&[(":status", status)]).check_response().is_err(), "{status}");
        }
        assert!(head(&[("a", "b")]).check_response().is_err());
        assert_eq!(head(&[("a", "b")]).check_trailers(), Ok(()));
        assert!(head(&[(":status", "200")]).check_trailers().is_err());
    }
}
