//! The head of a response (RFC 9112 sections 4, 5 and 6).

use super::body::Framing;
use super::error::{self, Rejection};
use super::fields::{self, Coding, Facts};
use super::section::SectionBounds;
use crate::head::{Head, Version};
use crate::limits::{HEAD_FIELDS_MAX, Limits, START_LINE_BYTES_MAX};
use std::mem::MaybeUninit;

/// The request that a response belongs to, as far as it decides about framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Head,
    Connect,
    Other,
}

/// What the head of a response tells the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ResponseFacts {
    pub(super) framing: Framing,
    /// The server wants the connection to go on (RFC 9112 section 9.3).
    pub(super) keep_alive: bool,
    /// 101, or 2xx to CONNECT: what follows is not HTTP.
    pub(super) switches: bool,
}

/// How large the head of a response may be.
pub(super) fn bounds(limits: &Limits) -> SectionBounds {
    SectionBounds {
        first_line_bytes_max: START_LINE_BYTES_MAX,
        first_line_too_long: error::HEAD_TOO_LARGE,
        bytes_max: limits.head_bytes_max,
        too_large: error::HEAD_TOO_LARGE,
        has_start_line: true,
    }
}

/// Parses a whole head, whose lines [`super::section::SectionScanner`] has passed, into `head`.
pub(super) fn parse(
    section: &[u8],
    asked: Asked,
    head: &mut Head,
) -> Result<ResponseFacts, Rejection> {
    head.clear();
    let mut table = [const { MaybeUninit::uninit() }; HEAD_FIELDS_MAX];
    let mut response = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    match config.parse_response_with_uninit_headers(&mut response, section, &mut table) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Err(error::START_LINE),
        Err(e) => return Err(fields::rejection_of(e)),
    }
    let (Some(minor), Some(status @ 100..=999)) = (response.version, response.code) else {
        return Err(error::START_LINE);
    };
    head.set_version(if minor == 0 { Version::Http10 } else { Version::Http11 });
    head.set_status(status);
    let facts = fields::take_fields(response.headers, head)?;
    let framing = framing(&facts, asked, head)?;
    Ok(ResponseFacts {
        framing,
        keep_alive: !facts.close
            && framing != Framing::UntilClose
            && (minor == 1 || facts.keep_alive),
        switches: status == 101 || (asked == Asked::Connect && (200..300).contains(&status)),
    })
}

/// RFC 9112 section 6.3 for responses. Shapes that a proxy before us may have read otherwise are refused, even where
/// the response has no content.
fn framing(facts: &Facts<'_>, asked: Asked, head: &Head) -> Result<Framing, Rejection> {
    let status = head.status();
    let framing = match (facts.coding, head.content_length()) {
        (Coding::Absent, None) => Framing::UntilClose,
        (Coding::Absent, Some(0)) => Framing::None,
        (Coding::Absent, Some(length)) => Framing::Length(length),
        (_, Some(_)) => return Err(error::LENGTH_AND_CODING),
        _ if head.version() == Version::Http10 => return Err(error::CODING_IN_10),
        (Coding::Chunked, None) => Framing::Chunked,
        (Coding::Unknown, None) => return Err(error::CODING_UNKNOWN),
        (Coding::Invalid, None) => return Err(error::CODING_INVALID),
    };
    let without_content = matches!(status, 100..=199 | 204 | 304)
        || asked == Asked::Head
        || (asked == Asked::Connect && (200..300).contains(&status));
    Ok(if without_content { Framing::None } else { framing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(asked: Asked, text: &str) -> Result<ResponseFacts, Rejection> {
        parse(text.as_bytes(), asked, &mut Head::default())
    }

    fn framing_of(asked: Asked, text: &str) -> Result<Framing, Rejection> {
        facts(asked, text).map(|f| f.framing)
    }

    #[test]
    fn framing_follows_section_6_3() {
        use Asked::{Connect, Head, Other};
        for (asked, text, expected) in [
            (Other, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", Framing::Length(5)),
            (Other, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Framing::None),
            (Other, "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", Framing::Chunked),
            (Other, "HTTP/1.1 200 OK\r\n\r\n", Framing::UntilClose),
            (Other, "HTTP/1.1 200\r\n\r\n", Framing::UntilClose),
            (Other, "HTTP/1.0 200 OK\r\n\r\n", Framing::UntilClose),
            (Other, "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n", Framing::None),
            (Other, "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", Framing::None),
            (Other, "HTTP/1.1 103 Early Hints\r\n\r\n", Framing::None),
            (Head, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", Framing::None),
            (Head, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", Framing::None),
            (Connect, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", Framing::None),
            (Connect, "HTTP/1.1 404 No\r\ncontent-length: 5\r\n\r\n", Framing::Length(5)),
        ] {
            assert_eq!(framing_of(asked, text), Ok(expected), "{asked:?} {text:?}");
        }
    }

    #[test]
    fn ambiguous_framing_is_refused() {
        for (text, expected) in [
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
                error::LENGTH_AND_CODING,
            ),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\n",
                error::LENGTH_REPEATED,
            ),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n", error::LENGTH_INVALID),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", error::CODING_UNKNOWN),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n",
                error::CODING_INVALID,
            ),
            ("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", error::CODING_IN_10),
            ("HTTP/1.1 200 OK\r\na : b\r\n\r\n", error::FIELD_NAME),
            ("HTTP/1.1 099 OK\r\n\r\n", error::START_LINE),
            ("HTTP/1.1 20 OK\r\n\r\n", error::START_LINE),
            ("HTTP/2.0 200 OK\r\n\r\n", error::START_LINE),
            ("HTTP/1.1  200 OK\r\n\r\n", error::START_LINE),
        ] {
            assert_eq!(framing_of(Asked::Other, text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn persistence_and_switching() {
        let keep = |text: &str| facts(Asked::Other, text).map(|f| f.keep_alive);
        assert_eq!(keep("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), Ok(true));
        assert_eq!(
            keep("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
            Ok(false)
        );
        assert_eq!(keep("HTTP/1.1 200 OK\r\n\r\n"), Ok(false));
        assert_eq!(keep("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n"), Ok(false));
        assert_eq!(
            keep("HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n"),
            Ok(true)
        );
        let switches = |asked, text: &str| facts(asked, text).map(|f| f.switches);
        assert_eq!(switches(Asked::Other, "HTTP/1.1 101 Go\r\n\r\n"), Ok(true));
        assert_eq!(switches(Asked::Connect, "HTTP/1.1 200 OK\r\n\r\n"), Ok(true));
        assert_eq!(switches(Asked::Connect, "HTTP/1.1 403 No\r\n\r\n"), Ok(false));
        assert_eq!(switches(Asked::Other, "HTTP/1.1 200 OK\r\n\r\n"), Ok(false));
    }
}
