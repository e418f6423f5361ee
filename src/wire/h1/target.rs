//! The request target in its four forms, and `host` (RFC 9112 section 3.2).

use super::error::{self, Rejection};

/// What a request target says. An absent part is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Absolute-form only.
    pub(super) scheme: &'a [u8],
    /// Absolute-form and authority-form only.
    pub(super) authority: &'a [u8],
    /// Path and query; `*` for asterisk-form; empty for authority-form.
    pub(super) path: &'a [u8],
    /// An absolute-form target without a path but with a query: a slash belongs before `path`.
    pub(super) slash_missing: bool,
}

/// Splits a target. Bytes are judged as in HTTP/2: no blanks and no controls, percent-encoding left alone.
pub(super) fn parse<'a>(method: &[u8], target: &'a [u8]) -> Result<Target<'a>, Rejection> {
    if target.iter().any(|&b| b <= b' ' || b == 0x7f) {
        return Err(error::TARGET);
    }
    if method == b"CONNECT" {
        return match authority_is_valid(target) && has_port(target) {
            true => Ok(Target { authority: target, ..Target::default() }),
            false => Err(error::TARGET),
        };
    }
    match target {
        [b'/', ..] => Ok(Target { path: target, ..Target::default() }),
        b"*" if method == b"OPTIONS" => Ok(Target { path: target, ..Target::default() }),
        _ => absolute(method, target).ok_or(error::TARGET),
    }
}

/// RFC 9112 section 3.2.2. User information in the authority is refused, as RFC 9110 section 4.2.4 advises.
fn absolute<'a>(method: &[u8], target: &'a [u8]) -> Option<Target<'a>> {
    let (scheme, rest) = target.split_at_checked(memchr::memchr(b':', target)?)?;
    let rest = rest.strip_prefix(b"://")?;
    let scheme: &[u8] = match scheme {
        _ if scheme.eq_ignore_ascii_case(b"http") => b"http",
        _ if scheme.eq_ignore_ascii_case(b"https") => b"https",
        _ => return None,
    };
    let end = memchr::memchr3(b'/', b'?', b'#', rest).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.is_empty() || !authority_is_valid(authority) {
        return None;
    }
    let (path, slash_missing): (&[u8], bool) = match path {
        // RFC 9112 section 3.2.4: how OPTIONS * arrives through a proxy.
        [] if method == b"OPTIONS" => (b"*", false),
        [] => (b"/", false),
        [b'/', ..] => (path, false),
        _ => (path, true),
    };
    Some(Target { scheme, authority, path, slash_missing })
}

/// RFC 9112 section 3.2: a request in HTTP/1.1 has exactly one valid `host`; in 1.0 it may have none.
pub(super) fn check_host(count: u32, value: &[u8], required: bool) -> Result<(), Rejection> {
    match count {
        0 if required => Err(error::HOST_MISSING),
        2.. => Err(error::HOST_REPEATED),
        // RFC 9110 section 7.2: empty when the target has no authority.
        _ if value.is_empty() || authority_is_valid(value) => Ok(()),
        _ => Err(error::HOST_INVALID),
    }
}

/// RFC 3986 section 3.2 without user information: host, or address in brackets, and perhaps a port.
fn authority_is_valid(authority: &[u8]) -> bool {
    let (host_is_valid, rest) = match authority {
        [b'[', inside @ ..] => match memchr::memchr(b']', inside) {
            Some(end) => {
                let address = &inside[..end];
                let valid = |&b: &u8| is_unreserved_or_sub_delim(b) || b == b':';
                (!address.is_empty() && address.iter().all(valid), &inside[end + 1..])
            }
            None => return false,
        },
        _ => {
            let end = memchr::memchr(b':', authority).unwrap_or(authority.len());
            let (host, rest) = authority.split_at(end);
            (
                !host.is_empty()
                    && host.iter().all(|&b| is_unreserved_or_sub_delim(b) || b == b'%'),
                rest,
            )
        }
    };
    let port_is_valid = match rest {
        [] => true,
        [b':', port @ ..] => port.len() <= 5 && port.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    host_is_valid && port_is_valid
}

fn has_port(authority: &[u8]) -> bool {
    authority.last().is_some_and(u8::is_ascii_digit)
        && memchr::memrchr(b':', authority)
            .is_some_and(|colon| authority[colon + 1..].iter().all(u8::is_ascii_digit))
}

#[inline]
fn is_unreserved_or_sub_delim(b: u8) -> bool {
    UNRESERVED_OR_SUB_DELIM[b as usize]
}

/// RFC 3986 sections 2.2 and 2.3.
const UNRESERVED_OR_SUB_DELIM: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 256 {
        let b = i as u8;
        table[i] = b.is_ascii_alphanumeric()
            || matches!(b, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')')
            || matches!(b, b'*' | b'+' | b',' | b';' | b'=');
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, target: &str) -> Result<(String, String, String), Rejection> {
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        parse(method.as_bytes(), target.as_bytes()).map(|t| {
            let path = if t.slash_missing { format!("/{}", text(t.path)) } else { text(t.path) };
            (text(t.scheme), text(t.authority), path)
        })
    }

    #[test]
    fn forms() {
        for (method, target, scheme, authority, path) in [
            ("GET", "/", "", "", "/"),
            ("GET", "/a%2Fb?c=%20#d", "", "", "/a%2Fb?c=%20#d"),
            ("GET", "//a//", "", "", "//a//"),
            ("GET", "http://h/p?q", "http", "h", "/p?q"),
            ("GET", "HTTPS://h:8/", "https", "h:8", "/"),
            ("GET", "http://h", "http", "h", "/"),
            ("GET", "http://h?q", "http", "h", "/?q"),
            ("OPTIONS", "http://h", "http", "h", "*"),
            ("OPTIONS", "*", "", "", "*"),
            ("CONNECT", "h:443", "", "h:443", ""),
            ("CONNECT", "[::1]:443", "", "[::1]:443", ""),
        ] {
            let expected = (scheme.to_string(), authority.to_string(), path.to_string());
            assert_eq!(parts(method, target), Ok(expected), "{method} {target}");
        }
    }

    #[test]
    fn refused_targets() {
        for (method, target) in [
            ("GET", "*"),
            ("GET", "h:443"),
            ("GET", "a/b"),
            ("GET", "http:/h/"),
            ("GET", "http://"),
            ("GET", "http:///p"),
            ("GET", "http://u@h/"),
            ("GET", "ftp://h/"),
            ("GET", "/a b"),
            ("GET", "/a\x7f"),
            ("CONNECT", "/"),
            ("CONNECT", "h"),
            ("CONNECT", "h:"),
            ("CONNECT", "[::1]"),
            ("CONNECT", "http://h:1/"),
        ] {
            assert_eq!(parts(method, target), Err(error::TARGET), "{method} {target}");
        }
    }

    #[test]
    fn hosts() {
        for host in ["", "a", "a.b:80", "127.0.0.1", "[::1]", "[::1]:80", "a:", "a%20b", "a_b"] {
            assert_eq!(check_host(1, host.as_bytes(), true), Ok(()), "{host}");
        }
        for host in [
            "a b", "a/b", "u@a", "a:b", "a:80:80", "a:123456", "[::1", "[]", "[::1]x", ":80", "a#",
            "a,b c",
        ] {
            assert_eq!(check_host(1, host.as_bytes(), true), Err(error::HOST_INVALID), "{host}");
        }
        assert_eq!(check_host(0, b"", true), Err(error::HOST_MISSING));
        assert_eq!(check_host(0, b"", false), Ok(()));
        assert_eq!(check_host(2, b"a", false), Err(error::HOST_REPEATED));
    }
}
