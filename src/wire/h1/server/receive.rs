//! From received bytes to events.

use super::upgrade::{self, Upgrade};
use super::{Exchange, Reading, Ready, Server};
use crate::event::{BodyMode, StreamId};
use crate::h1::body::{BodyReader, Progress};
use crate::h1::error::{self, Rejection};
use crate::h1::lifecycle::Lifecycle;
use crate::h1::request::{self, RequestFacts};
use crate::h1::section::SectionScanner;
use crate::h1::timer::Phase;
use crate::limits::{EMPTY_LINES_MAX, RETAINED_BYTES_MAX};
use std::time::Instant;

/// What one step of reading came to.
enum Step {
    Ready(Ready),
    /// The state changed; look again.
    Again,
    /// The peer has to send more.
    NeedMore,
    /// The owner has to act: answer, or take what it was given.
    Owner,
}

impl Server {
    pub(super) fn advance(&mut self, now: Instant) -> Option<Ready> {
        loop {
            if let Some(error) = self.lifecycle.take_closing() {
                return Some(Ready::Closed(error));
            }
            if !self.lifecycle.is_live() {
                return None;
            }
            self.outgoing.pump(&mut self.io.output, self.limits.output_high_bytes);
            self.finish_exchange();
            if !self.lifecycle.is_live() {
                continue;
            }
            if self.io.output.len() >= self.limits.output_high_bytes {
                self.timer.observe(now, Phase::Owner, self.last_stream, 0);
                return None;
            }
            let step = match &self.reading {
                Reading::Head => self.read_head(),
                Reading::Body(_) => self.read_body(),
                Reading::Done => Ok(Step::Owner),
            };
            match step {
                Ok(Step::Ready(ready)) => return Some(ready),
                Ok(Step::Again) => {}
                Ok(Step::NeedMore) if self.eof => self.close_at_end_of_input(),
                Ok(Step::NeedMore) => {
                    self.observe_peer(now);
                    return None;
                }
                Ok(Step::Owner) => {
                    self.timer.observe(now, Phase::Owner, self.last_stream, 0);
                    return None;
                }
                Err(rejection) => self.refuse(rejection),
            }
        }
    }

    /// The exchange is over when both the request and the answer are complete (RFC 9112 section 9.3).
    fn finish_exchange(&mut self) {
        let draining = self.lifecycle == Lifecycle::Draining;
        let Some(exchange) = &self.exchange else {
            if draining {
                self.close(error::SHUTDOWN);
            }
            return;
        };
        if !exchange.answered || self.outgoing.is_open() || !matches!(self.reading, Reading::Done) {
            return;
        }
        let keep_alive = exchange.keep_alive;
        self.exchange = None;
        self.reading = Reading::Head;
        self.head.shrink(RETAINED_BYTES_MAX);
        self.trailers.shrink(RETAINED_BYTES_MAX);
        if draining {
            self.close(error::SHUTDOWN);
        } else if !keep_alive {
            self.close(error::NOT_PERSISTENT);
        }
    }

    fn read_head(&mut self) -> Result<Step, Rejection> {
        if !self.skip_empty_lines()? {
            return Ok(Step::NeedMore);
        }
        let bounds = request::bounds(&self.limits);
        let Some(len) = self.scanner.find_end(self.io.unread(), &bounds)? else {
            return Ok(Step::NeedMore);
        };
        let facts = request::parse(&self.io.unread()[..len], self.secure, &mut self.head)?;
        let upgrade = self.accept_upgrade(&facts);
        let mode = if upgrade.is_some() { BodyMode::Whole } else { self.mode };
        let body = BodyReader::new(facts.framing, mode, &self.limits)?;
        self.io.consume(len);
        self.begin_exchange(facts.keep_alive);
        self.upgrade = upgrade.map_or(Upgrade::None, Upgrade::Asked);
        // RFC 9110 section 10.1.1 lets us leave it out when content is here already; whether it is depends on how the
        // bytes were cut, and what we send must not.
        if facts.expects_continue {
            self.io.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            self.timer.touch_output();
        }
        let has_body = body.is_some();
        self.reading = body.map_or(Reading::Done, Reading::Body);
        match (has_body, mode) {
            (true, BodyMode::Whole) => Ok(Step::Again),
            (false, BodyMode::Whole) => {
                Ok(self.message_complete(self.io.position(), self.io.position(), false))
            }
            (_, BodyMode::Streamed) => Ok(Step::Ready(Ready::Head { end: !has_body })),
        }
    }

    /// RFC 9112 section 2.2: a few empty lines before a request are ignored. True when the request line begins.
    fn skip_empty_lines(&mut self) -> Result<bool, Rejection> {
        loop {
            match self.io.unread() {
                [b'\r', b'\n', ..] => {
                    self.empty_lines += 1;
                    if self.empty_lines > EMPTY_LINES_MAX {
                        return Err(error::EMPTY_LINES);
                    }
                    self.io.consume(2);
                }
                [] | [b'\r'] => return Ok(false),
                [b'\r', ..] => return Err(error::BARE_CR),
                [b'\n', ..] => return Err(error::BARE_LF),
                // Said early, because bytes that are no HTTP at all may never bring the end of a head.
                [first, ..] if !crate::head::is_token_byte(*first) => {
                    return Err(error::START_LINE);
                }
                _ => return Ok(true),
            }
        }
    }

    /// The settings of an `h2c` request whose upgrade we accept; malformed ones are ignored, and the request is
    /// answered as HTTP/1.1.
    fn accept_upgrade(&self, facts: &RequestFacts) -> Option<Vec<u8>> {
        match facts.asks_h2c && self.lifecycle == Lifecycle::Open {
            true => upgrade::decode_settings(self.head.get(b"http2-settings")?),
            false => None,
        }
    }

    fn begin_exchange(&mut self, keep_alive: bool) {
        self.scanner = SectionScanner::default();
        self.empty_lines = 0;
        self.unconsumed_bytes = 0;
        self.last_stream = self.last_stream.wrapping_add(1).max(1);
        self.exchange = Some(Exchange {
            stream: StreamId(self.last_stream),
            version: self.head.version(),
            is_head: self.head.method() == b"HEAD",
            is_connect: self.head.method() == b"CONNECT",
            keep_alive,
            answered: false,
        });
    }

    fn read_body(&mut self) -> Result<Step, Rejection> {
        let Reading::Body(body) = &mut self.reading else { return Ok(Step::Again) };
        let window = self.limits.stream_window_bytes as usize;
        let credit = window.saturating_sub(self.unconsumed_bytes);
        match body.advance(&mut self.io, &self.limits, &mut self.trailers, credit, self.eof)? {
            Progress::NeedMore => Ok(Step::NeedMore),
            Progress::Paused => Ok(Step::Owner),
            Progress::Piece { start, end, last } => {
                self.unconsumed_bytes += end - start;
                if last {
                    self.reading = Reading::Done;
                }
                Ok(Step::Ready(Ready::Data { start, end, last }))
            }
            Progress::Trailers => {
                self.reading = Reading::Done;
                Ok(Step::Ready(Ready::Trailers))
            }
            Progress::Whole { start, end, trailers } => {
                self.reading = Reading::Done;
                self.release_input |= end - start > self.limits.output_high_bytes;
                Ok(self.message_complete(start, end, trailers))
            }
        }
    }

    fn message_complete(&mut self, start: usize, end: usize, trailers: bool) -> Step {
        match self.upgrade {
            Upgrade::None => Step::Ready(Ready::Message { start, end, trailers }),
            _ => {
                self.leave_for_h2c(start, end);
                Step::Again
            }
        }
    }

    fn close_at_end_of_input(&mut self) {
        let between_messages = self.exchange.is_none() && self.io.unread().is_empty();
        self.close(if between_messages { error::ENDED } else { error::TRUNCATED });
    }

    fn observe_peer(&mut self, now: Instant) {
        let (phase, received) = match &self.reading {
            Reading::Body(body) => (Phase::Body, body.received),
            _ if !self.io.unread().is_empty() => (Phase::Head, 0),
            _ if self.last_stream == 0 => (Phase::First, 0),
            _ => (Phase::Idle, 0),
        };
        self.timer.observe(now, phase, self.last_stream, received);
    }
}
