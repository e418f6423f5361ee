//! A client's end of an HTTP/1.1 connection. Requests may be sent ahead of their responses (RFC 9112 section 9.3.2);
//! responses come in the order of the requests.

mod receive;
mod request;

use super::body::BodyReader;
use super::error;
use super::lifecycle::Lifecycle;
use super::response::Asked;
use super::section::SectionScanner;
use super::send::Outgoing;
use super::timer::{Expired, Phase, Timer};
use crate::error::ConnectionError;
use crate::event::{BodyMode, Event, Message, StreamId};
use crate::head::Head;
use crate::io::Buffers;
use crate::limits::Limits;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// A client's end of one HTTP/1.1 connection. How long a response may take to begin is the owner's to judge; the time
/// limits here concern a response that has begun, an idle connection, and output that is not drained.
#[derive(Debug)]
pub struct Client {
    io: Buffers,
    limits: Arc<Limits>,
    mode: BodyMode,
    head: Head,
    trailers: Head,
    scanner: SectionScanner,
    reading: Reading,
    /// Requests whose final response is not complete, oldest first.
    pending: VecDeque<Pending>,
    outgoing: Outgoing,
    /// The request that `send_data` may go on with, and how much of its declared length is missing.
    sending: Option<Sending>,
    last_stream: u32,
    /// The exchange of the last event.
    event_stream: StreamId,
    /// A request said `connection: close`, so no other may follow.
    last_request_sent: bool,
    unconsumed_bytes: usize,
    lifecycle: Lifecycle,
    eof: bool,
    timer: Timer,
}

/// Which part of a response is read next.
#[derive(Debug)]
enum Reading {
    Head,
    Body { body: BodyReader, keep_alive: bool },
}

/// A request that waits for its response.
#[derive(Clone, Copy, Debug)]
struct Pending {
    stream: StreamId,
    asked: Asked,
}

/// A request whose content is being sent.
#[derive(Clone, Copy, Debug)]
struct Sending {
    stream: StreamId,
    /// Of a declared `content-length`; `None` when chunked.
    missing: Option<u64>,
}

/// An event before its borrows are taken; positions are those of [`Buffers::slice`].
#[derive(Clone, Copy, Debug)]
enum Ready {
    Message { start: usize, end: usize, trailers: bool },
    Head { end: bool },
    Data { start: usize, end: usize, last: bool },
    Trailers,
    Informational,
    Switched,
    Closed(ConnectionError),
}

impl Client {
    /// `io` is empty as a rule; it may hold what was read before.
    pub fn new(limits: Arc<Limits>, mode: BodyMode, io: Buffers, now: Instant) -> Self {
        Client {
            io,
            limits,
            mode,
            head: Head::default(),
            trailers: Head::default(),
            scanner: SectionScanner::default(),
            reading: Reading::Head,
            pending: VecDeque::new(),
            outgoing: Outgoing::default(),
            sending: None,
            last_stream: 0,
            event_stream: StreamId(0),
            last_request_sent: false,
            unconsumed_bytes: 0,
            lifecycle: Lifecycle::Open,
            eof: false,
            timer: Timer::new(Phase::Idle, now),
        }
    }

    /// The buffer to append received bytes to.
    pub fn input(&mut self) -> &mut Vec<u8> {
        self.io.input()
    }

    /// What is to be written; the owner drains it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.io.output
    }

    /// The next event, if the bytes received so far make one.
    pub fn next_event(&mut self, now: Instant) -> Option<Event<'_>> {
        let ready = self.advance(now);
        self.timer.observe_output(now, self.io.output.len());
        let stream = self.event_stream;
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
            Ready::Informational => Event::Informational { stream, head: &self.head },
            Ready::Switched => Event::SwitchedProtocols { stream, head: &self.head },
            Ready::Closed(error) => Event::Closed(error),
        })
    }

    /// [`BodyMode::Streamed`]: the owner is done with so many body bytes; more may be handed out.
    pub fn consumed(&mut self, stream: StreamId, bytes: usize) {
        if stream == self.event_stream {
            self.unconsumed_bytes = self.unconsumed_bytes.saturating_sub(bytes);
        }
    }

    /// Reading more would bring an event nearer.
    pub fn wants_input(&self) -> bool {
        let has_room = self.io.unread().len() < self.limits.output_high_bytes;
        self.lifecycle.is_live() && !self.eof && (self.mode == BodyMode::Whole || has_room)
    }

    /// Gives up on an exchange, which in HTTP/1 only the close of the connection can do.
    pub fn reset(&mut self, stream: StreamId, _reason: u32) {
        if self.pending.iter().any(|pending| pending.stream == stream) {
            self.close(error::RESET);
        }
    }

    /// The server has closed its sending side; call [`Self::next_event`] afterwards.
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

    /// A deadline has passed, perhaps. Call [`Self::next_event`] afterwards.
    pub fn on_deadline(&mut self, now: Instant) {
        if !self.lifecycle.is_live() {
            return;
        }
        match self.timer.expired(now, self.io.output.len(), &self.limits) {
            Some(Expired::Output) => self.close(error::STALLED),
            Some(Expired::Idle) if self.pending.is_empty() => self.close(error::IDLE),
            Some(Expired::Head) => self.close(error::HEAD_TIMEOUT.ends(false)),
            Some(Expired::Body) => self.close(error::BODY_TIMEOUT.ends(false)),
            Some(Expired::Idle) | None => {}
        }
    }

    /// Graceful end: no new request is accepted; when the last response is complete, `Event::Closed` comes.
    pub fn shutdown(&mut self, _now: Instant) {
        self.lifecycle.drain();
    }

    /// No response is awaited and no request is being sent.
    pub fn is_idle(&self) -> bool {
        self.pending.is_empty() && !self.outgoing.is_open()
    }

    /// After [`Event::SwitchedProtocols`]: the bytes not parsed and not written, for whoever speaks the next protocol.
    pub fn into_unread(self) -> Buffers {
        self.io
    }

    fn close(&mut self, error: ConnectionError) {
        self.outgoing.abandon();
        self.sending = None;
        self.pending.clear();
        self.lifecycle.close(error);
    }
}
