//! The head of a request (RFC 9112 sections 3, 5 and 6).

use super::body::Framing;
use super::error::{self, Rejection};
use super::fields::{self, Coding, Facts};
use super::section::SectionBounds;
use super::target;
use crate::head::{Head, Version};
use crate::limits::{HEAD_FIELDS_MAX, Limits, START_LINE_BYTES_MAX};
use std::mem::MaybeUninit;

/// What the head of a request tells the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestFacts {
    pub(super) framing: Framing,
    /// The client wants the connection to go on (RFC 9112 section 9.3).
    pub(super) keep_alive: bool,
    /// The client waits for `100 Continue` before it sends content (RFC 9110 section 10.1.1).
    pub(super) expects_continue: bool,
    /// It asks for `h2c` in the form of RFC 7540 section 3.2; the settings are still to be judged.
    pub(super) asks_h2c: bool,
}

/// How large the head of a request may be.
pub(super) fn bounds(limits: &Limits) -> SectionBounds {
    SectionBounds {
        first_line_bytes_max: START_LINE_BYTES_MAX,
        first_line_too_long: error::TARGET_TOO_LONG,
        bytes_max: limits.head_bytes_max,
        too_large: error::HEAD_TOO_LARGE,
        has_start_line: true,
    }
}

/// Parses a whole head, whose lines [`super::section::SectionScanner`] has passed, into `head`.
pub(super) fn parse(
    section: &[u8],
    secure: bool,
    head: &mut Head,
) -> Result<RequestFacts, Rejection> {
    head.clear();
    let mut table = [const { MaybeUninit::uninit() }; HEAD_FIELDS_MAX];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(section, &mut table) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(error::START_LINE),
        Err(httparse::Error::Version) => return Err(judge_version(section)),
        Err(e) => return Err(fields::rejection_of(e)),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(error::START_LINE);
    };
    let version = if minor == 0 { Version::Http10 } else { Version::Http11 };
    head.set_version(version);
    let facts = fields::take_fields(request.headers, head)?;
    set_target(method.as_bytes(), target.as_bytes(), secure, &facts, head)?;
    let framing = framing(&facts, head)?;
    if facts.unknown_expectation {
        return Err(error::EXPECTATION);
    }
    let is_11 = version == Version::Http11;
    let keep_alive = !facts.close && (is_11 || facts.keep_alive);
    Ok(RequestFacts {
        framing,
        keep_alive,
        expects_continue: is_11 && head.expects_continue() && framing != Framing::None,
        asks_h2c: keep_alive && is_11 && !secure && asks_h2c(&facts) && method != "CONNECT",
    })
}

/// A line that is well-formed but for a version we do not speak gets 505 (RFC 9110 section 15.6.6), any other 400.
fn judge_version(section: &[u8]) -> Rejection {
    let line = &section[..memchr::memchr(b'\r', section).unwrap_or(section.len())];
    let mut words = line.split(|&b| b == b' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (_, _, Some(b"HTTP/1.0" | b"HTTP/1.1"), _) => error::START_LINE,
        (_, _, Some([b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9']), None) => {
            error::VERSION
        }
        _ => error::START_LINE,
    }
}

fn set_target(
    method: &[u8],
    target: &[u8],
    secure: bool,
    facts: &Facts<'_>,
    head: &mut Head,
) -> Result<(), Rejection> {
    let target = target::parse(method, target)?;
    target::check_host(facts.hosts, facts.host, head.version() == Version::Http11)?;
    let scheme: &[u8] = match (target.scheme, secure) {
        _ if method == b"CONNECT" => b"",
        (b"", true) => b"https",
        (b"", false) => b"http",
        (scheme, _) => scheme,
    };
    // RFC 9112 section 3.2.2: the authority of the target replaces what `host` says.
    let authority = if target.authority.is_empty() { facts.host } else { target.authority };
    if target.slash_missing {
        head.set_request(method, scheme, authority, &[b"/", target.path].concat());
    } else {
        head.set_request(method, scheme, authority, target.path);
    }
    Ok(())
}

/// RFC 9112 section 6.3 for requests, with every ambiguity refused.
fn framing(facts: &Facts<'_>, head: &Head) -> Result<Framing, Rejection> {
    match (facts.coding, head.content_length()) {
        (Coding::Absent, None | Some(0)) => Ok(Framing::None),
        (Coding::Absent, Some(length)) => Ok(Framing::Length(length)),
        (_, Some(_)) => Err(error::LENGTH_AND_CODING),
        _ if head.version() == Version::Http10 => Err(error::CODING_IN_10),
        (Coding::Chunked, None) => Ok(Framing::Chunked),
        (Coding::Unknown, None) => Err(error::CODING_UNKNOWN),
        (Coding::Invalid, None) => Err(error::CODING_INVALID),
    }
}

/// RFC 7540 sections 3.2 and 3.2.1.
fn asks_h2c(facts: &Facts<'_>) -> bool {
    facts.h2c && facts.upgrade && facts.settings_listed && facts.settings == 1
}
