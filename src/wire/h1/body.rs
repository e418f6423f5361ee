//! Content of a message, its transfer coding removed (RFC 9112 sections 6 and 7).

use super::chunked::{ChunkReader, Step};
use super::error::{self, Rejection};
use super::fields;
use crate::event::BodyMode;
use crate::head::Head;
use crate::io::Buffers;
use crate::limits::Limits;

/// How the end of the content is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is no content.
    None,
    /// So many bytes, at least one.
    Length(u64),
    /// The chunked coding.
    Chunked,
    /// All that comes before the peer closes; responses only.
    UntilClose,
}

/// What the bytes received so far make. Positions are those of [`Buffers::slice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing new.
    NeedMore,
    /// The owner has to take what it was given before ([`BodyMode::Streamed`]).
    Paused,
    /// A piece of content ([`BodyMode::Streamed`]).
    Piece { start: usize, end: usize, last: bool },
    /// The trailer section, which ends the message ([`BodyMode::Streamed`]).
    Trailers,
    /// The whole content ([`BodyMode::Whole`]).
    Whole { start: usize, end: usize, trailers: bool },
}

/// Reads the content of one message out of the input buffer. In [`BodyMode::Whole`] it stays there until it is
/// complete, chunks pushed together in place; offsets count from [`Buffers::unread`], which `input` does not move.
#[derive(Debug)]
pub(super) struct BodyReader {
    coding: Coding,
    mode: BodyMode,
    /// Content gathered at the front of the unread bytes, and where the undecoded ones begin.
    decoded: usize,
    raw: usize,
    /// Content seen so far, for the rate that a peer must keep.
    pub(super) received: u64,
}

#[derive(Debug)]
enum Coding {
    Length(u64),
    Chunked(ChunkReader),
    UntilClose,
}

impl BodyReader {
    /// `None` when there is no content.
    pub(super) fn new(
        framing: Framing,
        mode: BodyMode,
        limits: &Limits,
    ) -> Result<Option<Self>, Rejection> {
        let coding = match framing {
            Framing::None => return Ok(None),
            Framing::Length(n) if mode == BodyMode::Whole && n > limits.body_bytes_max as u64 => {
                return Err(error::BODY_TOO_LARGE);
            }
            Framing::Length(n) => Coding::Length(n),
            Framing::Chunked => Coding::Chunked(ChunkReader::new()),
            Framing::UntilClose => Coding::UntilClose,
        };
        Ok(Some(BodyReader { coding, mode, decoded: 0, raw: 0, received: 0 }))
    }

    /// Looks at the unread bytes. `credit` is how much content may be handed out now ([`BodyMode::Streamed`]);
    /// `eof`: no more bytes will come.
    pub(super) fn advance(
        &mut self,
        io: &mut Buffers,
        limits: &Limits,
        trailers: &mut Head,
        credit: usize,
        eof: bool,
    ) -> Result<Progress, Rejection> {
        match (&self.coding, self.mode) {
            (&Coding::Length(length), BodyMode::Whole) => Ok(self.whole_length(io, length)),
            (&Coding::Length(left), BodyMode::Streamed) => {
                Ok(self.piece_of_length(io, left, credit))
            }
            (Coding::UntilClose, BodyMode::Whole) => self.whole_until_close(io, limits, eof),
            (Coding::UntilClose, BodyMode::Streamed) => Ok(self.piece_until_close(io, credit, eof)),
            (&Coding::Chunked(reader), BodyMode::Whole) => {
                self.whole_chunked(io, limits, trailers, reader)
            }
            (&Coding::Chunked(reader), BodyMode::Streamed) => {
                self.piece_of_chunk(io, limits, trailers, reader, credit)
            }
        }
    }

    fn whole_length(&mut self, io: &mut Buffers, length: u64) -> Progress {
        let available = io.unread().len();
        self.received = (available as u64).min(length);
        match usize::try_from(length) {
            Ok(length) if length <= available => {
                let start = io.position();
                io.consume(length);
                Progress::Whole { start, end: start + length, trailers: false }
            }
            _ => Progress::NeedMore,
        }
    }

    fn piece_of_length(&mut self, io: &mut Buffers, left: u64, credit: usize) -> Progress {
        let n = io.unread().len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match (n, credit) {
            (0, _) => Progress::NeedMore,
            (_, 0) => Progress::Paused,
            _ => {
                let n = n.min(credit);
                self.coding = Coding::Length(left - n as u64);
                self.piece(io, n, left == n as u64)
            }
        }
    }

    fn whole_until_close(
        &mut self,
        io: &mut Buffers,
        limits: &Limits,
        eof: bool,
    ) -> Result<Progress, Rejection> {
        let available = io.unread().len();
        self.received = available as u64;
        if available > limits.body_bytes_max {
            return Err(error::BODY_TOO_LARGE);
        }
        if !eof {
            return Ok(Progress::NeedMore);
        }
        let start = io.position();
        io.consume(available);
        Ok(Progress::Whole { start, end: start + available, trailers: false })
    }

    fn piece_until_close(&mut self, io: &mut Buffers, credit: usize, eof: bool) -> Progress {
        match (io.unread().len(), credit) {
            (0, _) if eof => self.piece(io, 0, true),
            (0, _) => Progress::NeedMore,
            (_, 0) => Progress::Paused,
            (n, _) => self.piece(io, n.min(credit), false),
        }
    }

    fn piece(&mut self, io: &mut Buffers, n: usize, last: bool) -> Progress {
        let start = io.position();
        io.consume(n);
        self.received += n as u64;
        Progress::Piece { start, end: start + n, last }
    }

    fn whole_chunked(
        &mut self,
        io: &mut Buffers,
        limits: &Limits,
        trailers: &mut Head,
        mut reader: ChunkReader,
    ) -> Result<Progress, Rejection> {
        loop {
            let bytes = &io.unread()[self.raw..];
            match reader.step(bytes, limits.body_bytes_max as u64, limits.head_bytes_max)? {
                Step::NeedMore => {
                    self.close_gap(io);
                    self.received = self.decoded as u64;
                    self.coding = Coding::Chunked(reader);
                    return Ok(Progress::NeedMore);
                }
                Step::Skip(n) => self.raw += n,
                Step::Data(n) => {
                    reader.took(n);
                    let start = io.position();
                    let unread = io.unread().len();
                    io.slice_mut(start, start + unread)
                        .copy_within(self.raw..self.raw + n, self.decoded);
                    self.raw += n;
                    self.decoded += n;
                }
                Step::End(n) => {
                    if n > 2 {
                        fields::parse_trailers(&bytes[..n], trailers)?;
                    }
                    let start = io.position();
                    io.consume(self.raw + n);
                    return Ok(Progress::Whole {
                        start,
                        end: start + self.decoded,
                        trailers: n > 2,
                    });
                }
            }
        }
    }

    /// Drops the framing between the content and the undecoded bytes, or many small chunks would hold several times
    /// the memory of their content. Few bytes are moved: all content is decoded already.
    fn close_gap(&mut self, io: &mut Buffers) {
        if self.raw > self.decoded {
            let input = io.input();
            input.copy_within(self.raw.., self.decoded);
            input.truncate(input.len() - (self.raw - self.decoded));
            self.raw = self.decoded;
        }
    }

    fn piece_of_chunk(
        &mut self,
        io: &mut Buffers,
        limits: &Limits,
        trailers: &mut Head,
        mut reader: ChunkReader,
        credit: usize,
    ) -> Result<Progress, Rejection> {
        let progress = loop {
            let bytes = io.unread();
            match reader.step(bytes, u64::MAX, limits.head_bytes_max)? {
                Step::NeedMore => break Progress::NeedMore,
                Step::Skip(n) => io.consume(n),
                Step::Data(_) if credit == 0 => break Progress::Paused,
                Step::Data(n) => {
                    let n = n.min(credit);
                    reader.took(n);
                    break self.piece(io, n, false);
                }
                Step::End(2) => {
                    io.consume(2);
                    break self.piece(io, 0, true);
                }
                Step::End(n) => {
                    fields::parse_trailers(&bytes[..n], trailers)?;
                    io.consume(n);
                    break Progress::Trailers;
                }
            }
        };
        self.coding = Coding::Chunked(reader);
        Ok(progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(framing: Framing, mode: BodyMode) -> BodyReader {
        BodyReader::new(framing, mode, &Limits::default()).unwrap().unwrap()
    }

    /// Feeds the bytes in pieces of `step`; content, trailers seen, and what was left over.
    fn read(
        framing: Framing,
        mode: BodyMode,
        bytes: &[u8],
        step: usize,
    ) -> (Vec<u8>, bool, Vec<u8>) {
        let (limits, mut io, mut trailers) =
            (Limits::default(), Buffers::default(), Head::default());
        let (mut reader, mut content) = (reader(framing, mode), Vec::new());
        let mut pieces = bytes.chunks(step);
        loop {
            let ended = match reader
                .advance(&mut io, &limits, &mut trailers, 3, pieces.len() == 0)
                .unwrap()
            {
                Progress::NeedMore => {
                    io.input()
                        .extend_from_slice(pieces.next().expect("the body ends before its bytes"));
                    false
                }
                Progress::Paused => unreachable!("credit is never used up"),
                Progress::Piece { start, end, last } => {
                    content.extend_from_slice(io.slice(start, end));
                    last
                }
                Progress::Whole { start, end, .. } => {
                    content.extend_from_slice(io.slice(start, end));
                    true
                }
                Progress::Trailers => true,
            };
            if ended {
                pieces.for_each(|piece| io.input().extend_from_slice(piece));
                return (content, trailers.get(b"t").is_some(), io.unread().to_vec());
            }
        }
    }

    #[test]
    fn the_same_content_however_it_is_cut() {
        let chunked = b"5\r\nhello\r\n1\r\n!\r\nC\r\n0123456789ab\r\n0\r\nt: 1\r\n\r\nGET /";
        let content = b"hello!0123456789ab";
        let with_length = [&content[..], b"GET /"].concat();
        for mode in [BodyMode::Whole, BodyMode::Streamed] {
            for step in 1..chunked.len() + 1 {
                let expected = (content.to_vec(), true, b"GET /".to_vec());
                assert_eq!(
                    read(Framing::Chunked, mode, chunked, step),
                    expected,
                    "{mode:?} in {step}s"
                );
                let expected = (content.to_vec(), false, b"GET /".to_vec());
                assert_eq!(
                    read(Framing::Length(18), mode, &with_length, step),
                    expected,
                    "{mode:?} in {step}s"
                );
                let (got, ..) = read(Framing::UntilClose, mode, content, step);
                assert_eq!(got, content, "{mode:?} in {step}s");
            }
        }
    }

    #[test]
    fn small_chunks_hold_no_more_than_their_content() {
        let (limits, mut io, mut trailers) =
            (Limits::default(), Buffers::default(), Head::default());
        let mut reader = reader(Framing::Chunked, BodyMode::Whole);
        for _ in 0..1000 {
            io.input().extend_from_slice(b"1\r\nx\r\n");
            assert_eq!(
                reader.advance(&mut io, &limits, &mut trailers, 0, false),
                Ok(Progress::NeedMore)
            );
        }
        assert_eq!(io.unread(), "x".repeat(1000).as_bytes());
    }

    #[test]
    fn content_beyond_the_limit_is_refused_before_it_is_read() {
        let limits = Limits { body_bytes_max: 10, ..Limits::default() };
        let new =
            |framing, mode| BodyReader::new(framing, mode, &limits).map(|reader| reader.is_some());
        assert_eq!(new(Framing::Length(10), BodyMode::Whole), Ok(true));
        assert_eq!(new(Framing::Length(11), BodyMode::Whole), Err(error::BODY_TOO_LARGE));
        assert_eq!(new(Framing::Length(11), BodyMode::Streamed), Ok(true));
        assert_eq!(new(Framing::None, BodyMode::Whole), Ok(false));
        let (mut io, mut trailers) = (Buffers::default(), Head::default());
        io.input().extend_from_slice(b"b\r\n");
        let mut chunked = reader(Framing::Chunked, BodyMode::Whole);
        assert_eq!(
            chunked.advance(&mut io, &limits, &mut trailers, 0, false),
            Err(error::BODY_TOO_LARGE)
        );
        io.input().extend_from_slice(b"12345678901");
        let mut until_close = reader(Framing::UntilClose, BodyMode::Whole);
        assert_eq!(
            until_close.advance(&mut io, &limits, &mut trailers, 0, false),
            Err(error::BODY_TOO_LARGE)
        );
    }

    #[test]
    fn an_owner_that_takes_nothing_pauses_the_reading() {
        let (limits, mut io, mut trailers) =
            (Limits::default(), Buffers::default(), Head::default());
        io.input().extend_from_slice(b"5\r\nhello");
        let mut chunked = reader(Framing::Chunked, BodyMode::Streamed);
        assert_eq!(
            chunked.advance(&mut io, &limits, &mut trailers, 0, false),
            Ok(Progress::Paused)
        );
        assert_eq!(io.unread(), b"hello");
    }
}
