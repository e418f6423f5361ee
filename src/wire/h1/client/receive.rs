//! From received bytes to events.

use super::{Client, Pending, Reading, Ready};
use crate::event::BodyMode;
use crate::h1::body::{BodyReader, Progress};
use crate::h1::error::{self, Rejection};
use crate::h1::lifecycle::Lifecycle;
use crate::h1::response;
use crate::h1::section::SectionScanner;
use crate::h1::timer::Phase;
use crate::limits::RETAINED_BYTES_MAX;
use std::time::Instant;

/// What one step of reading came to.
enum Step {
    Ready(Ready),
    /// The state changed; look again.
    Again,
    /// The server has to send more.
    NeedMore,
    /// The owner has to take what it was given.
    Owner,
}

impl Client {
    pub(super) fn advance(&mut self, now: Instant) -> Option<Ready> {
        loop {
            if let Some(error) = self.lifecycle.take_closing() {
                return Some(Ready::Closed(error));
            }
            if !self.lifecycle.is_live() {
                return None;
            }
            self.outgoing.pump(&mut self.io.output, self.limits.output_high_bytes);
            let Some(&pending) = self.pending.front() else {
                if self.close_between_messages() {
                    continue;
                }
                self.timer.observe(now, Phase::Idle, self.last_stream, 0);
                return None;
            };
            let step = match &self.reading {
                Reading::Head => self.read_head(pending),
                Reading::Body { .. } => self.read_body(),
            };
            match step {
                Ok(Step::Ready(ready)) => {
                    self.event_stream = pending.stream;
                    return Some(ready);
                }
                Ok(Step::Again) => {}
                Ok(Step::NeedMore) if self.eof => self.close(error::TRUNCATED),
                Ok(Step::NeedMore) => {
                    self.observe_peer(now, pending);
                    return None;
                }
                Ok(Step::Owner) => {
                    self.timer.observe(now, Phase::Owner, pending.stream.0, 0);
                    return None;
                }
                Err(rejection) => self.close(rejection.ends(false)),
            }
        }
    }

    /// Nothing is awaited: bytes that come belong to no request (RFC 9112 section 9.2).
    fn close_between_messages(&mut self) -> bool {
        if !self.io.unread().is_empty() {
            self.close(error::UNSOLICITED);
        } else if self.eof {
            self.close(error::ENDED);
        } else if self.last_request_sent && !self.outgoing.is_open() {
            self.close(error::NOT_PERSISTENT);
        } else if self.lifecycle == Lifecycle::Draining && !self.outgoing.is_open() {
            self.close(error::SHUTDOWN);
        } else {
            return false;
        }
        true
    }

    fn read_head(&mut self, pending: Pending) -> Result<Step, Rejection> {
        let bounds = response::bounds(&self.limits);
        let Some(len) = self.scanner.find_end(self.io.unread(), &bounds)? else {
            return Ok(Step::NeedMore);
        };
        self.head.shrink(RETAINED_BYTES_MAX);
        self.trailers.shrink(RETAINED_BYTES_MAX);
        let facts = response::parse(&self.io.unread()[..len], pending.asked, &mut self.head)?;
        let body = BodyReader::new(facts.framing, self.mode, &self.limits)?;
        self.io.consume(len);
        self.scanner = SectionScanner::default();
        if facts.switches {
            self.close_for_switch();
            return Ok(Step::Ready(Ready::Switched));
        }
        if self.head.status() < 200 {
            return Ok(Step::Ready(Ready::Informational));
        }
        self.unconsumed_bytes = 0;
        let Some(body) = body else {
            self.finish_response(facts.keep_alive);
            let here = self.io.position();
            return Ok(Step::Ready(match self.mode {
                BodyMode::Whole => Ready::Message { start: here, end: here, trailers: false },
                BodyMode::Streamed => Ready::Head { end: true },
            }));
        };
        self.reading = Reading::Body { body, keep_alive: facts.keep_alive };
        Ok(match self.mode {
            BodyMode::Whole => Step::Again,
            BodyMode::Streamed => Step::Ready(Ready::Head { end: false }),
        })
    }

    fn read_body(&mut self) -> Result<Step, Rejection> {
        let Reading::Body { body, keep_alive } = &mut self.reading else { return Ok(Step::Again) };
        let keep_alive = *keep_alive;
        let window = self.limits.stream_window_bytes as usize;
        let credit = window.saturating_sub(self.unconsumed_bytes);
        let progress =
            body.advance(&mut self.io, &self.limits, &mut self.trailers, credit, self.eof)?;
        let (ready, last) = match progress {
            Progress::NeedMore => return Ok(Step::NeedMore),
            Progress::Paused => return Ok(Step::Owner),
            Progress::Piece { start, end, last } => {
                self.unconsumed_bytes += end - start;
                (Ready::Data { start, end, last }, last)
            }
            Progress::Trailers => (Ready::Trailers, true),
            Progress::Whole { start, end, trailers } => {
                (Ready::Message { start, end, trailers }, true)
            }
        };
        if last {
            self.finish_response(keep_alive);
        }
        Ok(Step::Ready(ready))
    }

    fn finish_response(&mut self, keep_alive: bool) {
        self.pending.pop_front();
        self.reading = Reading::Head;
        if !keep_alive {
            self.close(error::NOT_PERSISTENT);
        }
    }

    fn close_for_switch(&mut self) {
        self.pending.clear();
        self.outgoing.abandon();
        self.sending = None;
        self.lifecycle = Lifecycle::Left;
    }

    fn observe_peer(&mut self, now: Instant, pending: Pending) {
        let (phase, received) = match &self.reading {
            Reading::Body { body, .. } => (Phase::Body, body.received),
            Reading::Head if self.io.unread().is_empty() => (Phase::Owner, 0),
            Reading::Head => (Phase::Head, 0),
        };
        self.timer.observe(now, phase, pending.stream.0, received);
    }
}
