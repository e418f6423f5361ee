//! One connection, whatever its protocol: the verbs that a worker, a client or a test drives.

use crate::detect::{self, Detected};
use crate::error::{ConnectionError, ErrorKind};
use crate::event::{BodyMode, Event, StreamId};
use crate::head::Head;
use crate::io::Buffers;
use crate::limits::Limits;
use crate::prepared::{PreparedFields, PreparedHead};
use crate::{h1, h2};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Instant;

/// The protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 or 1.0
    Http1,
    /// HTTP/2
    Http2,
}

/// A server's end of one connection.
#[derive(Debug)]
pub struct ServerConnection {
    inner: Inner,
    limits: Arc<Limits>,
    mode: BodyMode,
    secure: bool,
}

#[derive(Debug)]
enum Inner {
    /// The first bytes have not told yet.
    Detecting(Detecting),
    H1(Box<h1::Server>),
    H2(Box<h2::Connection>),
}

#[derive(Debug)]
struct Detecting {
    io: Buffers,
    since: Instant,
    closed: Option<ConnectionError>,
    over: bool,
}

impl Detecting {
    fn close(&mut self, kind: ErrorKind, reason: &'static str) {
        self.closed = Some(ConnectionError { kind, code: 0, reason });
    }
}

/// Does the same on whichever engine there is.
macro_rules! engine {
    ($self:expr, $c:ident => $act:expr, detecting $d:ident => $other:expr) => {
        match &mut $self.inner {
            Inner::H2($c) => $act,
            Inner::H1($c) => $act,
            Inner::Detecting($d) => $other,
        }
    };
    ($self:expr, $c:ident => $act:expr) => {
        engine!($self, $c => $act, detecting _d => ())
    };
}

impl ServerConnection {
    /// `protocol`: what ALPN agreed on, or `None` to tell from the first bytes. `secure`: the scheme is https.
    pub fn new(
        limits: Arc<Limits>,
        mode: BodyMode,
        protocol: Option<Protocol>,
        secure: bool,
        now: Instant,
    ) -> Self {
        let io = Buffers::default();
        let inner = match protocol {
            None => Inner::Detecting(Detecting { io, since: now, closed: None, over: false }),
            Some(Protocol::Http2) => {
                Inner::H2(Box::new(h2::Connection::server(limits.clone(), mode, io, now)))
            }
            Some(Protocol::Http1) => {
                Inner::H1(Box::new(h1::Server::new(limits.clone(), mode, secure, io, now)))
            }
        };
        ServerConnection { inner, limits, mode, secure }
    }

    /// The buffer to append received bytes to.
    pub fn input(&mut self) -> &mut Vec<u8> {
        engine!(self, c => c.input(), detecting d => d.io.input())
    }

    /// What is to be written; the owner drains it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        engine!(self, c => c.output(), detecting d => &mut d.io.output)
    }

    /// The next event, if the bytes received so far make one and less than `output_high_bytes` wait in `output`.
    #[inline]
    pub fn next_event(&mut self, now: Instant) -> Option<Event<'_>> {
        if !matches!(self.inner, Inner::H2(_)) {
            self.detect(now);
            self.upgrade(now);
        }
        match &mut self.inner {
            Inner::H2(connection) => connection.next_event(now),
            Inner::H1(connection) => connection.next_event(now),
            Inner::Detecting(d) => {
                let closed = d.closed.take()?;
                d.over = true;
                Some(Event::Closed(closed))
            }
        }
    }

    /// A whole answer. `extra` goes before the fields of `head` (`date`). Nothing happens when the exchange is gone.
    #[inline]
    pub fn respond(
        &mut self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
        body: &Bytes,
    ) {
        engine!(self, c => c.respond(stream, head, extra, body));
    }

    /// The head of an answer whose body follows in pieces, unless `end`. A status below 200 is informational.
    pub fn send_head(
        &mut self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
        end: bool,
    ) {
        engine!(self, c => c.send_head(stream, head, extra, end));
    }

    /// A piece of the body; waits in the connection while the peer's window is shut.
    pub fn send_data(&mut self, stream: StreamId, data: Bytes, end: bool) {
        engine!(self, c => c.send_data(stream, data, end));
    }

    /// Trailers, which end the answer.
    pub fn send_trailers(&mut self, stream: StreamId, trailers: &PreparedFields) {
        engine!(self, c => c.send_trailers(stream, trailers));
    }

    /// Body bytes of the exchange accepted by `send_data` and not yet in `output`; `None` when the exchange is gone.
    pub fn unsent(&self, stream: StreamId) -> Option<usize> {
        match &self.inner {
            Inner::H2(c) => c.unsent(stream),
            Inner::H1(c) => c.unsent(stream),
            Inner::Detecting(_) => None,
        }
    }

    /// Ends the exchange abnormally: RST_STREAM in HTTP/2, the connection closed in HTTP/1.1.
    pub fn reset(&mut self, stream: StreamId, reason: u32) {
        engine!(self, c => c.reset(stream, reason));
    }

    /// [`BodyMode::Streamed`]: the owner is done with so many body bytes; the window may open again.
    pub fn consumed(&mut self, stream: StreamId, bytes: usize) {
        engine!(self, c => c.consumed(stream, bytes));
    }

    /// The peer has closed its sending side; call `next_event` afterwards as usual.
    pub fn end_of_input(&mut self, now: Instant) {
        engine!(self, c => c.end_of_input(now), detecting d => d.close(ErrorKind::Ended, "closed by the peer"));
    }

    /// Should more be read? Not while requests that came early wait in the input for the answer before theirs.
    pub fn wants_input(&self) -> bool {
        match &self.inner {
            Inner::H1(c) => c.wants_input(),
            Inner::H2(_) | Inner::Detecting(_) => true,
        }
    }

    /// When `on_deadline` is to be called, as far as known now.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.inner {
            Inner::H2(c) => c.deadline(),
            Inner::H1(c) => c.deadline(),
            Inner::Detecting(d) => (!d.over).then(|| d.since + self.limits.head_timeout),
        }
    }

    /// A deadline has passed, perhaps; judges who was too slow. Call `next_event` afterwards.
    pub fn on_deadline(&mut self, now: Instant) {
        let timeout = self.limits.head_timeout;
        engine!(self, c => c.on_deadline(now), detecting d => {
            if now >= d.since + timeout {
                d.close(ErrorKind::Timeout, "nothing that tells the protocol came in time");
            }
        });
    }

    /// Graceful end: no new exchange is accepted, those in progress are finished, then `Event::Closed` comes.
    pub fn shutdown(&mut self, now: Instant) {
        engine!(self, c => c.shutdown(now), detecting d => d.close(ErrorKind::Local, "shut down before a request"));
    }

    /// No exchange is in progress.
    pub fn is_idle(&self) -> bool {
        match &self.inner {
            Inner::H2(c) => c.is_idle(),
            Inner::H1(c) => c.is_idle(),
            Inner::Detecting(_) => true,
        }
    }

    /// Exchanges in progress: in HTTP/2 the streams that are open.
    pub fn exchanges(&self) -> usize {
        match &self.inner {
            Inner::H2(c) => c.exchanges(),
            Inner::H1(c) => usize::from(!c.is_idle()),
            Inner::Detecting(_) => 0,
        }
    }

    /// What the connection speaks, once known.
    pub fn protocol(&self) -> Option<Protocol> {
        match &self.inner {
            Inner::H2(_) => Some(Protocol::Http2),
            Inner::H1(_) => Some(Protocol::Http1),
            Inner::Detecting(_) => None,
        }
    }

    /// Answers 101 and leaves HTTP: nothing more is parsed; the unread bytes and the unwritten output are handed over.
    /// `None` where there is no 101: in HTTP/2 (RFC 9113 section 8.6), or when `stream` is not the current exchange.
    pub fn switch_protocols(
        self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
    ) -> Option<Buffers> {
        match self.inner {
            Inner::H1(connection) => connection.switch_protocols(stream, head, extra),
            Inner::H2(_) | Inner::Detecting(_) => None,
        }
    }

    /// Chooses the engine as soon as the first bytes tell.
    #[cold]
    fn detect(&mut self, now: Instant) {
        let Inner::Detecting(d) = &mut self.inner else { return };
        if d.over || d.closed.is_some() {
            return;
        }
        let (limits, mode) = (self.limits.clone(), self.mode);
        self.inner = match detect::detect(d.io.unread()) {
            Detected::NeedMore => return,
            Detected::Tls => {
                return d.close(ErrorKind::Protocol, "TLS on a port that speaks plain text");
            }
            Detected::Http2 => {
                let io = std::mem::take(&mut d.io);
                Inner::H2(Box::new(h2::Connection::server(limits, mode, io, now)))
            }
            Detected::Http1 => {
                let (io, since) = (std::mem::take(&mut d.io), d.since);
                Inner::H1(Box::new(h1::Server::new(limits, mode, self.secure, io, since)))
            }
        };
    }

    /// Turns HTTP/1.1 into HTTP/2 once a request with a valid `Upgrade: h2c` is complete (RFC 7540 section 3.2).
    #[inline]
    fn upgrade(&mut self, now: Instant) {
        let Inner::H1(connection) = &mut self.inner else { return };
        let Some(upgrade) = connection.take_upgrade(now) else { return };
        let io = connection.take_buffers();
        let request = (upgrade.head, upgrade.body);
        let upgraded = h2::Connection::upgraded(
            self.limits.clone(),
            self.mode,
            io,
            &upgrade.settings,
            request,
            now,
        );
        self.inner = Inner::H2(Box::new(upgraded));
    }
}

/// A client's end of one connection. The protocol is known from the start: by ALPN, prior knowledge or configuration.
#[derive(Debug)]
pub enum ClientConnection {
    /// HTTP/1.1
    H1(Box<h1::Client>),
    /// HTTP/2
    H2(Box<h2::Connection>),
}

/// Does the same on whichever engine there is.
macro_rules! client {
    ($self:expr, $c:ident => $act:expr) => {
        match $self {
            ClientConnection::H1($c) => $act,
            ClientConnection::H2($c) => $act,
        }
    };
}

impl ClientConnection {
    /// A connection that speaks `protocol`; what opens it is in `output` at once.
    pub fn new(protocol: Protocol, limits: Arc<Limits>, mode: BodyMode, now: Instant) -> Self {
        let io = Buffers::default();
        match protocol {
            Protocol::Http1 => Self::H1(Box::new(h1::Client::new(limits, mode, io, now))),
            Protocol::Http2 => Self::H2(Box::new(h2::Connection::client(limits, mode, io, now))),
        }
    }

    /// The buffer to append received bytes to.
    pub fn input(&mut self) -> &mut Vec<u8> {
        client!(self, c => c.input())
    }

    /// What is to be written; the owner drains it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        client!(self, c => c.output())
    }

    /// The next event, if the bytes received so far make one.
    pub fn next_event(&mut self, now: Instant) -> Option<Event<'_>> {
        client!(self, c => c.next_event(now))
    }

    /// Has the server said what it permits? In HTTP/2 its SETTINGS come first (RFC 9113 section 3.4); requests sent before
    /// may be more than it allows at once. HTTP/1.1 has nothing to wait for.
    pub fn is_established(&self) -> bool {
        match self {
            Self::H1(_) => true,
            Self::H2(c) => c.is_established(),
        }
    }

    /// May another request be sent now: does the peer allow one more, and the connection still take it?
    pub fn can_send(&self) -> bool {
        client!(self, c => c.can_send())
    }

    /// A whole request. `None` when [`Self::can_send`] is false or `head` cannot be written.
    #[inline]
    pub fn send_request(&mut self, head: &Head, body: Option<&Bytes>) -> Option<StreamId> {
        match self {
            Self::H1(c) => c.send_request(head, body.cloned()),
            Self::H2(c) => c.send_whole_request(head, body),
        }
    }

    /// The head of a request whose content follows in pieces, unless `end`. `None` as in [`Self::send_request`].
    pub fn send_head(&mut self, head: &Head, end: bool) -> Option<StreamId> {
        match self {
            Self::H1(c) => c.send_head(head, end),
            Self::H2(c) => c.send_request(head, end),
        }
    }

    /// A piece of the content; waits in the connection while it cannot be sent.
    pub fn send_data(&mut self, stream: StreamId, data: Bytes, end: bool) {
        client!(self, c => c.send_data(stream, data, end));
    }

    /// Trailers, which end the request.
    pub fn send_trailers(&mut self, stream: StreamId, trailers: &PreparedFields) {
        client!(self, c => c.send_trailers(stream, trailers));
    }

    /// Content accepted by `send_data` and not yet in `output`; `None` when the exchange is gone.
    pub fn unsent(&self, stream: StreamId) -> Option<usize> {
        client!(self, c => c.unsent(stream))
    }

    /// Gives up on an exchange: RST_STREAM in HTTP/2, the connection closed in HTTP/1.1.
    pub fn reset(&mut self, stream: StreamId, reason: u32) {
        client!(self, c => c.reset(stream, reason));
    }

    /// [`BodyMode::Streamed`]: the owner is done with so many body bytes; the window may open again.
    pub fn consumed(&mut self, stream: StreamId, bytes: usize) {
        client!(self, c => c.consumed(stream, bytes));
    }

    /// The peer has closed its sending side; call `next_event` afterwards as usual.
    pub fn end_of_input(&mut self, now: Instant) {
        client!(self, c => c.end_of_input(now));
    }

    /// When `on_deadline` is to be called, as far as known now.
    pub fn deadline(&self) -> Option<Instant> {
        client!(self, c => c.deadline())
    }

    /// A deadline has passed, perhaps; judges who was too slow. Call `next_event` afterwards.
    pub fn on_deadline(&mut self, now: Instant) {
        client!(self, c => c.on_deadline(now));
    }

    /// Graceful end: no new request is accepted, those in progress are finished.
    pub fn shutdown(&mut self, now: Instant) {
        client!(self, c => c.shutdown(now));
    }

    /// No exchange is in progress.
    pub fn is_idle(&self) -> bool {
        client!(self, c => c.is_idle())
    }

    /// After [`Event::SwitchedProtocols`]: what was received and belongs to the next protocol.
    pub fn into_unread(self) -> Option<Buffers> {
        match self {
            Self::H1(c) => Some(c.into_unread()),
            Self::H2(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
