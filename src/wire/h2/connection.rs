//! One HTTP/2 connection: its state, and the loop that turns received bytes into events.

use super::error::{Fault, Reason};
use super::flow::{ReceiveWindow, SendWindow, WINDOW_BYTES_INITIAL};
use super::frame::{self, FrameHeader, HEADER_BYTES};
use super::goaway::Drain;
use super::guard::Guard;
use super::hpack::{Decoder, Encoder};
use super::repeated::Repeated;
use super::settings::{self, PeerSettings};
use super::stream::Cause;
use super::streams::Streams;
use crate::detect::PREFACE;
use crate::error::{ConnectionError, ErrorKind, StreamError};
use crate::event::{BodyMode, Event, Message, StreamId};
use crate::head::Head;
use crate::io::Buffers;
use crate::limits::{FRAME_BYTES_MAX, HPACK_ENCODER_TABLE_BYTES_MAX, HPACK_TABLE_BYTES, Limits};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// Which end we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We answer requests.
    Server,
    /// We make requests.
    Client,
}

/// How far the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Server: the client's preface is expected.
    Preface,
    /// The peer's first SETTINGS frame is expected.
    FirstSettings,
    /// Anything may come.
    Open,
    /// Nothing is read or sent any more.
    Closed,
}

/// A field block of which END_HEADERS has not come yet (section 4.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenBlock {
    pub(super) stream: u32,
    pub(super) end_stream: bool,
    pub(super) depends_on: Option<u32>,
    pub(super) continuations: u32,
    pub(super) began: Instant,
}

/// Where the content of a whole message lies.
#[derive(Clone, Copy, Debug)]
pub(super) enum BodyAt {
    /// In the input, in one piece: not copied.
    Input(usize, usize),
    /// Assembled in the stream.
    Stream,
}

/// An event by position. It becomes an [`Event`] that borrows in [`Connection::view`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Ready {
    Message { slot: usize, body: BodyAt },
    Head { slot: usize, end: bool },
    Data { slot: usize, start: usize, stop: usize, end: bool },
    Trailers { slot: usize },
    Informational { slot: usize },
    Reset { stream: StreamId, reason: u32 },
    StreamError(StreamError),
    GoAway { last_stream: StreamId, reason: u32 },
    Closed(ConnectionError),
}

/// One connection, server or client side. See the crate's page for how it is driven.
#[derive(Debug)]
pub struct Connection {
    pub(super) role: Role,
    pub(super) mode: BodyMode,
    pub(super) limits: Arc<Limits>,
    pub(super) io: Buffers,
    pub(super) phase: Phase,
    pub(super) decoder: Decoder,
    pub(super) encoder: Encoder,
    /// Client: the last request's head.
    pub(super) repeated: Repeated,
    pub(super) streams: Streams,
    pub(super) peer: PeerSettings,
    pub(super) settings_acknowledged: bool,
    pub(super) guard: Guard,
    pub(super) drain: Drain,

    /// The open field block, and its bytes so far.
    pub(super) block: Option<OpenBlock>,
    pub(super) block_bytes: Vec<u8>,
    /// The highest stream the peer opened (server) or we opened (client).
    pub(super) last_stream: u32,
    pub(super) receive_window: ReceiveWindow,
    pub(super) send_window: SendWindow,
    /// Streams that have something to send and a window to send it in, in turn.
    pub(super) sendable: VecDeque<u32>,
    /// Streams with a [`super::stream::Sending`].
    pub(super) blocked: usize,
    /// Streams whose message has not ended.
    pub(super) receiving: usize,
    /// Content held of unfinished messages, and window withheld because it is too much.
    pub(super) buffered_bytes: usize,
    pub(super) withheld_bytes: usize,
    /// DATA content sent in all: progress, for the stall limit.
    pub(super) sent_bytes: u64,

    /// Events that did not come out of a frame.
    pub(super) queued: VecDeque<Ready>,
    /// The stream whose event the owner sees just now; its head and body are released at the next step.
    pub(super) shown: Option<(usize, u32)>,
    pub(super) input_ended: bool,

    pub(super) born: Instant,
    /// The time of the last call, and the same in milliseconds since the connection began.
    pub(super) now: Instant,
    pub(super) now_ms: u64,
    /// When an incomplete frame began.
    pub(super) partial_since: Option<Instant>,
    /// When the unfinished bodies are to be judged.
    pub(super) body_check_at: Option<Instant>,
    /// When answers stuck in the peer's windows are to be judged, and [`Self::sent_bytes`] when that was set.
    pub(super) stall_check: Option<(Instant, u64)>,
}

impl Connection {
    /// A server's end. `io` may hold bytes already, the client's preface first.
    pub fn server(limits: Arc<Limits>, mode: BodyMode, io: Buffers, now: Instant) -> Connection {
        Connection::new(Role::Server, Phase::Preface, limits, mode, io, now)
    }

    /// A client's end; the preface is in `output` at once.
    pub fn client(limits: Arc<Limits>, mode: BodyMode, io: Buffers, now: Instant) -> Connection {
        Connection::new(Role::Client, Phase::FirstSettings, limits, mode, io, now)
    }

    /// A server's end after an upgrade (RFC 7540 section 3.2): `request` becomes stream 1, `settings` is the decoded
    /// payload of `HTTP2-Settings`. The client's preface follows in the input.
    pub fn upgraded(
        limits: Arc<Limits>,
        mode: BodyMode,
        io: Buffers,
        settings: &[u8],
        (head, body): (Head, Vec<u8>),
        now: Instant,
    ) -> Connection {
        let mut connection = Connection::server(limits, mode, io, now);
        let mut entries = frame::settings::entries(settings);
        match entries.try_for_each(|(id, value)| connection.apply_setting(id, value)) {
            Ok(()) => {
                connection.last_stream = 1;
                connection.open_upgraded(head, body);
            }
            Err(fault) => {
                let closed = connection.fail(fault);
                connection.queued.push_back(closed);
            }
        }
        connection
    }

    fn new(
        role: Role,
        phase: Phase,
        limits: Arc<Limits>,
        mode: BodyMode,
        io: Buffers,
        now: Instant,
    ) -> Self {
        let window_bytes = limits.connection_window_bytes.max(WINDOW_BYTES_INITIAL);
        let mut connection = Connection {
            role,
            mode,
            io,
            phase,
            decoder: Decoder::new(HPACK_TABLE_BYTES),
            encoder: Encoder::new(HPACK_ENCODER_TABLE_BYTES_MAX),
            repeated: Repeated::default(),
            streams: Streams::default(),
            peer: PeerSettings::default(),
            settings_acknowledged: false,
            guard: Guard::default(),
            drain: Drain::No,
            block: None,
            block_bytes: Vec::new(),
            last_stream: 0,
            receive_window: ReceiveWindow::new(window_bytes),
            send_window: SendWindow::new(WINDOW_BYTES_INITIAL),
            sendable: VecDeque::new(),
            blocked: 0,
            receiving: 0,
            buffered_bytes: 0,
            withheld_bytes: 0,
            sent_bytes: 0,
            queued: VecDeque::new(),
            shown: None,
            input_ended: false,
            born: now,
            now,
            now_ms: 0,
            partial_since: None,
            body_check_at: None,
            stall_check: None,
            limits,
        };
        let out = &mut connection.io.output;
        if role == Role::Client {
            out.extend_from_slice(PREFACE);
        }
        frame::settings::encode(&settings::own(&connection.limits, role), out);
        if window_bytes > WINDOW_BYTES_INITIAL {
            frame::window_update::encode(0, window_bytes - WINDOW_BYTES_INITIAL, out);
        }
        connection
    }

    /// The buffer to append received bytes to.
    pub fn input(&mut self) -> &mut Vec<u8> {
        self.io.input()
    }

    /// What is to be written; the owner drains it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.io.output
    }

    /// The peer has closed its sending side; call [`Self::next_event`] afterwards as usual.
    pub fn end_of_input(&mut self, now: Instant) {
        self.at(now);
        self.input_ended = true;
    }

    /// The peer's first SETTINGS frame is here and the connection not closed.
    pub fn is_established(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Streams that are open.
    pub fn exchanges(&self) -> usize {
        self.streams.live()
    }

    /// No exchange is in progress.
    pub fn is_idle(&self) -> bool {
        self.streams.live() == 0
    }

    /// The next event, if the bytes received so far make one and less than `output_high_bytes` wait in `output`.
    #[inline]
    pub fn next_event(&mut self, now: Instant) -> Option<Event<'_>> {
        let ready = self.step(now)?;
        Some(self.view(ready))
    }

    /// Takes the time that a call came with.
    #[inline]
    pub(super) fn at(&mut self, now: Instant) {
        if now != self.now {
            self.now = now;
            self.now_ms = now.saturating_duration_since(self.born).as_millis() as u64;
        }
    }

    fn step(&mut self, now: Instant) -> Option<Ready> {
        self.at(now);
        if let Some((slot, id)) = self.shown.take() {
            self.release(slot, id);
        }
        if let Some(ready) = self.queued.pop_front() {
            return Some(self.show(ready));
        }
        while self.phase != Phase::Closed && self.io.output.len() < self.limits.output_high_bytes {
            if !self.sendable.is_empty() {
                self.pump();
                if self.io.output.len() >= self.limits.output_high_bytes {
                    return None;
                }
            }
            match self.one_frame() {
                Ok(Some(Some(ready))) => return Some(self.show(ready)),
                Ok(Some(None)) => {}
                Ok(None) => return self.out_of_frames(),
                Err(fault) => return Some(self.fail(fault)),
            }
        }
        None
    }

    /// Handles one frame. `Ok(None)`: there is no complete one.
    #[inline]
    fn one_frame(&mut self) -> Result<Option<Option<Ready>>, Fault> {
        if self.phase == Phase::Preface {
            return self.preface().map(|complete| complete.then_some(None));
        }
        let unread = self.io.unread();
        let Some(header) = unread.first_chunk::<HEADER_BYTES>() else { return Ok(None) };
        let header = FrameHeader::parse(header);
        if header.length > FRAME_BYTES_MAX {
            return Err(Fault::connection(
                Reason::FRAME_SIZE_ERROR,
                "frame longer than MAX_FRAME_SIZE",
            ));
        }
        if unread.len() < HEADER_BYTES + header.length {
            return Ok(None);
        }
        let start = self.io.position() + HEADER_BYTES;
        self.io.consume(HEADER_BYTES + header.length);
        self.partial_since = None;
        self.on_frame(header, start, start + header.length).map(Some)
    }

    /// The client's preface (section 3.4); true when it has been read.
    fn preface(&mut self) -> Result<bool, Fault> {
        let unread = self.io.unread();
        let comparable = unread.len().min(PREFACE.len());
        if unread[..comparable] != PREFACE[..comparable] {
            return Err(Fault::connection(Reason::PROTOCOL_ERROR, "not the HTTP/2 preface"));
        }
        if comparable < PREFACE.len() {
            return Ok(false);
        }
        self.io.consume(PREFACE.len());
        self.phase = Phase::FirstSettings;
        Ok(true)
    }

    /// There is nothing more to read just now: what else is there to say?
    fn out_of_frames(&mut self) -> Option<Ready> {
        if !self.io.unread().is_empty() {
            self.partial_since.get_or_insert(self.now);
        }
        if self.drain == Drain::Final && self.streams.live() == 0 {
            return Some(self.close(ErrorKind::Local, Reason::NO_ERROR, "drained"));
        }
        // What still receives can never end, the rest waits for its answer.
        if self.input_ended && self.streams.live() == self.receiving {
            let cut = self.receiving > 0 || !self.io.unread().is_empty() || self.block.is_some();
            return Some(match cut {
                true => self.close(
                    ErrorKind::Protocol,
                    Reason::PROTOCOL_ERROR,
                    "connection ended inside a message",
                ),
                false => self.close(ErrorKind::Ended, Reason::NO_ERROR, "closed by the peer"),
            });
        }
        None
    }

    /// Turns a fault into what the RFC asks for: RST_STREAM or GOAWAY, and an event.
    fn fail(&mut self, fault: Fault) -> Ready {
        match fault {
            Fault::Stream(error) => match self.fail_stream(error) {
                Ok(ready) => ready,
                Err(fault) => self.fail(fault),
            },
            Fault::Connection(ConnectionError { kind, code, reason }) => {
                self.close(kind, Reason(code), reason)
            }
        }
    }

    /// Ends the connection with GOAWAY (section 5.4.1).
    pub(super) fn close(&mut self, kind: ErrorKind, code: Reason, reason: &'static str) -> Ready {
        let orderly = code == Reason::NO_ERROR;
        if !(orderly && self.drain == Drain::Final) {
            let debug = if orderly { "" } else { reason };
            frame::goaway::encode(
                self.last_peer_stream(),
                code,
                debug.as_bytes(),
                &mut self.io.output,
            );
        }
        self.phase = Phase::Closed;
        self.streams = Streams::default();
        self.sendable.clear();
        self.block_bytes = Vec::new();
        (self.blocked, self.receiving, self.buffered_bytes) = (0, 0, 0);
        Ready::Closed(ConnectionError { kind, code: code.0, reason })
    }

    /// The highest stream of the peer that we may have acted on: a client never acts on one.
    pub(super) fn last_peer_stream(&self) -> u32 {
        if self.role == Role::Server { self.last_stream } else { 0 }
    }

    /// Notes which stream an event shows.
    #[inline]
    fn show(&mut self, ready: Ready) -> Ready {
        if let Ready::Message { slot, .. }
        | Ready::Head { slot, .. }
        | Ready::Data { slot, .. }
        | Ready::Trailers { slot }
        | Ready::Informational { slot } = ready
        {
            self.shown = Some((slot, self.streams[slot].id));
        }
        ready
    }

    /// The owner has seen the event: its head and content may go, and the stream too when nobody sends any more.
    #[inline]
    fn release(&mut self, slot: usize, id: u32) {
        let stream = &mut self.streams[slot];
        if stream.id != id || id == 0 {
            return;
        }
        let head = std::mem::replace(&mut stream.head, super::heads::NO_HEAD);
        stream.trailers = None;
        let closed = stream.state == super::stream::State::Closed;
        if !stream.state.may_receive() {
            let held = stream.release_body();
            self.unbuffer(held);
        }
        self.streams.heads.give(head);
        if closed {
            self.remove(slot, Cause::Ended);
        }
    }

    /// Frees a stream and settles its accounts.
    pub(super) fn remove(&mut self, slot: usize, cause: Cause) {
        let stream = &self.streams[slot];
        self.receiving -= usize::from(stream.state.may_receive());
        self.blocked -= usize::from(stream.sending.is_some());
        let unconsumed = stream.unconsumed;
        let held = self.streams.remove(slot, cause);
        self.unbuffer(held);
        self.grant_connection(unconsumed);
    }

    /// An event as the owner sees it.
    #[inline]
    fn view(&self, ready: Ready) -> Event<'_> {
        let id = |slot: usize| StreamId(self.streams[slot].id);
        let head = |slot: usize| self.streams.heads.get(self.streams[slot].head);
        match ready {
            Ready::Message { slot, body } => Event::Message(Message {
                stream: id(slot),
                head: head(slot),
                body: match body {
                    BodyAt::Input(start, stop) => self.io.slice(start, stop),
                    BodyAt::Stream => &self.streams[slot].body,
                },
                trailers: self.streams[slot].trailers.as_deref(),
            }),
            Ready::Head { slot, end } => Event::Head { stream: id(slot), head: head(slot), end },
            Ready::Data { slot, start, stop, end } => {
                Event::Data { stream: id(slot), data: self.io.slice(start, stop), end }
            }
            Ready::Trailers { slot } => Event::Trailers { stream: id(slot), trailers: head(slot) },
            Ready::Informational { slot } => {
                Event::Informational { stream: id(slot), head: head(slot) }
            }
            Ready::Reset { stream, reason } => Event::Reset { stream, reason },
            Ready::StreamError(error) => Event::StreamError(error),
            Ready::GoAway { last_stream, reason } => Event::GoAway { last_stream, reason },
            Ready::Closed(error) => Event::Closed(error),
        }
    }
}
