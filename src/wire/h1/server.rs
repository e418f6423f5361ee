//! A server's end of an HTTP/1 connection: one exchange at a time, answers in the order of the requests
//! (RFC 9112 section 9.3.2). Requests that come early wait in the input buffer, unparsed.

mod answer;
mod receive;
mod upgrade;

use super::body::BodyReader;
use super::error::{self, Rejection};
use super::lifecycle::Lifecycle;
use super::section::SectionScanner;
use super::send::Outgoing;
use super::timer::{Expired, Phase, Timer};
use crate::error::ConnectionError;
use crate::event::{BodyMode, Event, Message, StreamId};
use crate::head::{Head, Version};
use crate::io::Buffers;
use crate::limits::Limits;
use std::sync::Arc;
use std::time::Instant;
use upgrade::Upgrade;

/// A server's end of one HTTP/1.1 or 1.0 connection. After answering, call [`Self::next_event`] again: it moves what
/// is left of a large body, begins the next request and sets the clock.
#[derive(Debug)]
pub struct Server {
    io: Buffers,
    limits: Arc<Limits>,
    mode: BodyMode,
    secure: bool,
    head: Head,
    trailers: Head,
    scanner: SectionScanner,
    empty_lines: u32,
    reading: Reading,
    exchange: Option<Exchange>,
    outgoing: Outgoing,
    /// Ordinal of the last request whose head was complete.
    last_stream: u32,
    /// Content given out that the owner has not declared consumed.
    unconsumed_bytes: usize,
    upgrade: Upgrade,
    /// What [`Self::take_upgrade`] found instead of an upgrade.
    peeked: Option<Ready>,
    lifecycle: Lifecycle,
    eof: bool,
    release_input: bool,
    timer: Timer,
}

/// Which part of a request is read next.
#[derive(Debug)]
enum Reading {
    Head,
    Body(BodyReader),
    /// The request is complete; the next waits for the answer.
    Done,
}

/// The request being read or answered.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    stream: StreamId,
    version: Version,
    is_head: bool,
    is_connect: bool,
    /// Neither side wants the connection to end after it.
    keep_alive: bool,
    /// The final status was written.
    answered: bool,
}

/// An event before its borrows are taken; positions are those of [`Buffers::slice`].
#[derive(Clone, Copy, Debug)]
enum Ready {
    Message { start: usize, end: usize, trailers: bool },
    Head { end: bool },
    Data { start: usize, end: usize, last: bool },
    Trailers,
    Closed(ConnectionError),
}

impl Server {
    /// `io` holds what was read while the protocol was found out. `secure`: the scheme is https.
    pub fn new(
        limits: Arc<Limits>,
        mode: BodyMode,
        secure: bool,
        io: Buffers,
        now: Instant,
    ) -> Self {
        Server {
            io,
            limits,
            mode,
            secure,
            head: Head::default(),
            trailers: Head::default(),
            scanner: SectionScanner::default(),
            empty_lines: 0,
            reading: Reading::Head,
            exchange: None,
            outgoing: Outgoing::default(),
            last_stream: 0,
            unconsumed_bytes: 0,
            upgrade: Upgrade::None,
            peeked: None,
            lifecycle: Lifecycle::Open,
            eof: false,
            release_input: false,
            timer: Timer::new(Phase::First, now),
        }
    }

    /// The buffer to append received bytes to.
    pub fn input(&mut self) -> &mut Vec<u8> {
        let input = self.io.input();
        if self.release_input && input.is_empty() {
            *input = Vec::new();
            self.release_input = false;
        }
        input
    }

    /// What is to be written; the owner drains it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.io.output
    }

    /// The next event, if the bytes received so far make one and less than `output_high_bytes` wait in `output`.
    pub fn next_event(&mut self, now: Instant) -> Option<Event<'_>> {
        let ready = self.peeked.take().or_else(|| self.advance(now));
        self.timer.observe_output(now, self.io.output.len());
        let stream = StreamId(self.last_stream);
        Some(match ready? {
            Ready::Message { start, end, trailers } => Event::Message(Message {
                stream,
                head: &self.head,
                body: self.io.slice(start, end),
                trailers: trailers.then_some(&self.trailers),
            }),
            Ready::Head { end } => Event::Head { stream, head: &self.head, end },
            Ready::Data { start, end, last } => {
                Event::Data { stream, data: self.io.slice(start, end), end: last }
            }
            Ready::Trailers => Event::Trailers { stream, trailers: &self.trailers },
            Ready::Closed(error) => Event::Closed(error),
        })
    }

    /// [`BodyMode::Streamed`]: the owner is done with so many body bytes; more may be handed out.
    pub fn consumed(&mut self, stream: StreamId, bytes: usize) {
        if stream.0 == self.last_stream {
            self.unconsumed_bytes = self.unconsumed_bytes.saturating_sub(bytes);
        }
    }

    /// Reading more would bring an event nearer. While an answer or the peer is waited for, a pipelined request may
    /// wait in the input, but not any number of them.
    pub fn wants_input(&self) -> bool {
        let has_room = self.io.unread().len() < self.limits.output_high_bytes;
        self.lifecycle.is_live()
            && !self.eof
            && match self.reading {
                Reading::Head => self.io.output.len() < self.limits.output_high_bytes || has_room,
                Reading::Body(_) => self.mode == BodyMode::Whole || has_room,
                Reading::Done => has_room,
            }
    }

    /// The peer has closed its sending side; requests that are complete are still answered.
    pub fn end_of_input(&mut self, _now: Instant) {
        self.eof = true;
    }

    /// When [`Self::on_deadline`] is to be called, as far as known now.
    pub fn deadline(&self) -> Option<Instant> {
        match self.lifecycle.is_live() {
            true => self.timer.deadline(self.io.output.len(), &self.limits),
            false => None,
        }
    }

    /// A deadline has passed, perhaps; judges who was too slow. Call [`Self::next_event`] afterwards.
    pub fn on_deadline(&mut self, now: Instant) {
        if !self.lifecycle.is_live() {
            return;
        }
        match self.timer.expired(now, self.io.output.len(), &self.limits) {
            Some(Expired::Output) => self.close(error::STALLED),
            Some(Expired::Idle) if self.io.unread().is_empty() => self.close(error::IDLE),
            Some(Expired::Head) => self.refuse(error::HEAD_TIMEOUT),
            Some(Expired::Body) => self.refuse(error::BODY_TIMEOUT),
            Some(Expired::Idle) | None => {}
        }
    }

    /// Graceful end: no new exchange is accepted, the one in progress is finished, then `Event::Closed` comes.
    pub fn shutdown(&mut self, _now: Instant) {
        self.lifecycle.drain();
    }

    /// No exchange is in progress.
    pub fn is_idle(&self) -> bool {
        self.exchange.is_none()
    }

    /// The bytes not parsed and not written, for whoever speaks the next protocol.
    pub(crate) fn take_buffers(&mut self) -> Buffers {
        std::mem::take(&mut self.io)
    }

    /// Answers with the status that a breach of the rules gets, unless an answer has begun, and ends the connection.
    fn refuse(&mut self, rejection: Rejection) {
        let (answered, is_head) = match &self.exchange {
            Some(exchange) => (exchange.answered, exchange.is_head),
            None => (false, self.io.unread().starts_with(b"HEAD ")),
        };
        if !answered {
            rejection.render(is_head, &mut self.io.output);
        }
        self.close(rejection.ends(!answered));
    }

    fn close(&mut self, error: ConnectionError) {
        self.outgoing.abandon();
        self.exchange = None;
        self.lifecycle.close(error);
    }
}
