//! The chunked transfer coding (RFC 9112 section 7.1), read.

use super::error::{self, Rejection};
use super::section::{SectionBounds, SectionScanner};

/// A chunk size is at most 16 hex digits, leading zeros included: what fits 64 bits.
const SIZE_DIGITS_MAX: usize = 16;

/// Where in the coding the next byte stands.
#[derive(Clone, Copy, Debug)]
enum State {
    /// A chunk-size line begins here.
    Size,
    /// So many bytes of chunk data follow.
    Data(u64),
    /// The CRLF after chunk data follows.
    DataEnd,
    /// The last chunk is past; the trailer section begins here.
    Trailers,
}

/// What stands at the front of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Not enough bytes to tell.
    NeedMore,
    /// So many bytes of framing: drop them and ask again.
    Skip(usize),
    /// So many bytes of content; tell with [`ChunkReader::took`] how many were used.
    Data(usize),
    /// The trailer section of that length, which ends the message; 2 when it has no fields.
    End(usize),
}

/// Reads the chunked coding. Extensions are refused: nobody needs them, and parsers disagree about their end.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkReader {
    state: State,
    total: u64,
    trailers: SectionScanner,
}

impl ChunkReader {
    pub(super) fn new() -> Self {
        ChunkReader { state: State::Size, total: 0, trailers: SectionScanner::default() }
    }

    /// Judges what `bytes`, the next ones of the message, begin with. `content_bytes_max` bounds all chunks together.
    pub(super) fn step(
        &mut self,
        bytes: &[u8],
        content_bytes_max: u64,
        trailer_bytes_max: usize,
    ) -> Result<Step, Rejection> {
        match self.state {
            State::Size => match parse_size_line(bytes)? {
                None => Ok(Step::NeedMore),
                Some((0, line)) => {
                    self.state = State::Trailers;
                    Ok(Step::Skip(line))
                }
                Some((size, line)) => {
                    self.total = self.total.checked_add(size).ok_or(error::CHUNK_TOO_LARGE)?;
                    if self.total > content_bytes_max {
                        return Err(error::BODY_TOO_LARGE);
                    }
                    self.state = State::Data(size);
                    Ok(Step::Skip(line))
                }
            },
            State::Data(_) if bytes.is_empty() => Ok(Step::NeedMore),
            State::Data(left) => {
                Ok(Step::Data(usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())))
            }
            State::DataEnd => match bytes {
                [b'\r', b'\n', ..] => {
                    self.state = State::Size;
                    Ok(Step::Skip(2))
                }
                [] | [b'\r'] => Ok(Step::NeedMore),
                _ => Err(error::CHUNK_END),
            },
            State::Trailers => {
                let bounds = SectionBounds {
                    first_line_bytes_max: trailer_bytes_max,
                    first_line_too_long: error::TRAILERS_TOO_LARGE,
                    bytes_max: trailer_bytes_max,
                    too_large: error::TRAILERS_TOO_LARGE,
                    has_start_line: false,
                };
                Ok(self.trailers.find_end(bytes, &bounds)?.map_or(Step::NeedMore, Step::End))
            }
        }
    }

    /// So many bytes of the last [`Step::Data`] were used.
    pub(super) fn took(&mut self, n: usize) {
        if let State::Data(left) = self.state {
            let left = left.saturating_sub(n as u64);
            self.state = if left == 0 { State::DataEnd } else { State::Data(left) };
        }
    }
}

/// The size and the length of its line, CRLF included. At most 18 bytes are looked at, so there is nothing to remember.
fn parse_size_line(bytes: &[u8]) -> Result<Option<(u64, usize)>, Rejection> {
    let mut size = 0u64;
    for (at, &b) in bytes.iter().enumerate() {
        let digit = match b {
            b'0'..=b'9' => b - b'0',
            b'a'..=b'f' => b - b'a' + 10,
            b'A'..=b'F' => b - b'A' + 10,
            b'\r' if at > 0 => {
                return match bytes.get(at + 1) {
                    None => Ok(None),
                    Some(b'\n') => Ok(Some((size, at + 2))),
                    Some(_) => Err(error::BARE_CR),
                };
            }
            b'\n' if at > 0 => return Err(error::BARE_LF),
            b';' | b' ' | b'\t' if at > 0 => return Err(error::CHUNK_EXTENSION),
            _ => return Err(error::CHUNK_SIZE),
        };
        if at == SIZE_DIGITS_MAX {
            return Err(error::CHUNK_TOO_LARGE);
        }
        size = size << 4 | u64::from(digit);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Content and length of the trailer section, or why not; `None` when the bytes end early.
    fn read(mut bytes: &[u8], content_max: u64) -> Result<Option<(Vec<u8>, usize)>, Rejection> {
        let (mut reader, mut content) = (ChunkReader::new(), Vec::new());
        loop {
            match reader.step(bytes, content_max, 64)? {
                Step::NeedMore => return Ok(None),
                Step::Skip(n) => bytes = &bytes[n..],
                Step::Data(n) => {
                    content.extend_from_slice(&bytes[..n]);
                    bytes = &bytes[n..];
                    reader.took(n);
                }
                Step::End(n) => return Ok(Some((content, n))),
            }
        }
    }

    #[test]
    fn well_formed() {
        for (text, content, trailers) in [
            ("0\r\n\r\n", "", 2),
            ("5\r\nhello\r\n0\r\n\r\n", "hello", 2),
            ("1\r\na\r\nA\r\n0123456789\r\n00\r\n\r\nGET", "a0123456789", 2),
            ("0000000000000001\r\nx\r\n0\r\na: b\r\n\r\n", "x", 8),
        ] {
            assert_eq!(
                read(text.as_bytes(), 100),
                Ok(Some((content.into(), trailers))),
                "{text:?}"
            );
        }
    }

    #[test]
    fn malformed_or_too_large() {
        for (text, expected) in [
            ("5;a=b\r\nhello\r\n", error::CHUNK_EXTENSION),
            ("5 \r\nhello\r\n", error::CHUNK_EXTENSION),
            ("5\nhello\n", error::BARE_LF),
            ("5\rhello", error::BARE_CR),
            ("\r\n", error::CHUNK_SIZE),
            (" 5\r\n", error::CHUNK_SIZE),
            ("+5\r\n", error::CHUNK_SIZE),
            ("-5\r\n", error::CHUNK_SIZE),
            ("0x5\r\n", error::CHUNK_SIZE),
            ("g\r\n", error::CHUNK_SIZE),
            ("5\r\nhelloX\r\n", error::CHUNK_END),
            ("5\r\nhello\n", error::CHUNK_END),
            ("5\r\nhello\rX", error::CHUNK_END),
            ("00000000000000001\r\n", error::CHUNK_TOO_LARGE),
            ("ffffffffffffffff\r\n", error::BODY_TOO_LARGE),
            ("65\r\n", error::BODY_TOO_LARGE),
            ("1\r\na\r\n64\r\n", error::BODY_TOO_LARGE),
            ("0\r\na: b\n\r\n", error::BARE_LF),
            ("0\r\na: b\r\n c\r\n\r\n", error::OBS_FOLD),
        ] {
            assert_eq!(read(text.as_bytes(), 100), Err(expected), "{text:?}");
        }
        let overflow = "1\r\na\r\nffffffffffffffff\r\n";
        assert_eq!(read(overflow.as_bytes(), u64::MAX), Err(error::CHUNK_TOO_LARGE));
        let trailers = format!("0\r\na: {}\r\n\r\n", "b".repeat(64));
        assert_eq!(read(trailers.as_bytes(), 100), Err(error::TRAILERS_TOO_LARGE));
    }

    #[test]
    fn each_prefix_waits_for_more() {
        let text = b"5\r\nhello\r\n0\r\na: b\r\n\r\n";
        for len in 0..text.len() {
            assert_eq!(read(&text[..len], 100), Ok(None), "{len} bytes");
        }
    }
}
