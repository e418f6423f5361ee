//! One connection: its socket, its TLS session, its protocol engine, and the requests in flight on it.

use super::books::Books;
use super::clock::Clock;
use super::flights::{Flight, Flights};
use crate::limits::{FOREVER, READ_BYTES, SCRIPT_ANSWER_BYTES_MAX, UNWRITTEN_BYTES_MAX};
use crate::plan::{Plan, Source};
use crate::record::Failure;
use bytes::Bytes;
use rustix::buffer::spare_capacity;
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, ipproto, sockopt};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Instant;
use understudy_wire::connection::Protocol;
use understudy_wire::{BodyMode, ClientConnection, Event, Head, Limits, StreamId};

/// RFC 9113 section 7: the request is no longer needed.
const CANCEL: u32 = 8;

/// The engine puts out no more contents than this at once; see [`Connection::write`].
const OUTPUT_BYTES_MAX: usize = 2 * UNWRITTEN_BYTES_MAX;

/// What every server takes in one frame (RFC 9113 section 4.2). Of a longer content the engine sends the rest when it is
/// asked for events.
const FRAME_BYTES: usize = 16_384;

const NO_HTTP2: &str = "the server does not offer HTTP/2 over TLS (ALPN); try --http1";

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none; it is tried again at that time.
    Down { retry_ns: u64 },
    /// The socket is being connected, TLS negotiated, the server's settings awaited.
    Establishing { until_ns: u64 },
    /// Requests may be sent.
    Open,
    /// The server takes no more; it is replaced when the last answer is there.
    Leaving,
}

/// Why a connection ended, or did not come about: one line for people.
pub(super) type Reason = String;

/// A connection that is over.
#[derive(Debug)]
pub(super) enum Gone {
    /// The server closed it, as it may, with nothing in flight.
    Orderly,
    /// Anything else.
    Failed(Reason),
}

impl From<Reason> for Gone {
    fn from(reason: Reason) -> Gone {
        Gone::Failed(reason)
    }
}

/// A connection of a thread.
pub(super) struct Connection {
    pub(super) stage: Stage,
    socket: Option<OwnedFd>,
    is_connected: bool,
    tls: Option<Box<rustls::ClientConnection>>,
    engine: ClientConnection,
    flights: Flights,
    /// What the socket has not taken yet; with TLS all that is to be written, encrypted.
    unwritten: Vec<u8>,
    /// What was read and is not decrypted yet.
    sealed: Vec<u8>,
    /// The poller tells when more can be written.
    pub(super) awaits_writable: bool,
    /// Something was sent since the last write.
    pub(super) is_dirty: bool,
    /// The engine may have stopped sending contents though the server would take more.
    is_held_up: bool,
    /// The server has answered on this connection.
    pub(super) is_proven: bool,
    /// How often in a row it has failed, or ended without an answer.
    pub(super) failures: u32,
    streams_max: usize,
    plan: Arc<Plan>,
    limits: Arc<Limits>,
}

impl Connection {
    /// A connection that is yet to be established.
    pub(super) fn new(plan: Arc<Plan>) -> Connection {
        let limits = Arc::new(Limits {
            body_bytes_max: SCRIPT_ANSWER_BYTES_MAX,
            buffered_bytes_max: SCRIPT_ANSWER_BYTES_MAX,
            // The test decides how long an answer may take, and a connection without requests stays.
            head_timeout: FOREVER,
            body_timeout: FOREVER,
            idle_timeout: FOREVER,
            stall_timeout: FOREVER,
            output_high_bytes: OUTPUT_BYTES_MAX,
            ..Limits::default()
        });
        Connection {
            stage: Stage::Down { retry_ns: 0 },
            socket: None,
            is_connected: false,
            tls: None,
            engine: engine(&plan, &limits),
            flights: Flights::new(plan.protocol == Protocol::Http2),
            unwritten: Vec::new(),
            sealed: Vec::new(),
            awaits_writable: false,
            is_dirty: false,
            is_held_up: false,
            is_proven: false,
            failures: 0,
            streams_max: plan.streams,
            plan,
            limits,
        }
    }

    /// Begins to connect; the poller tells how it went.
    pub(super) fn connect(&mut self, until_ns: u64) -> Result<&OwnedFd, Reason> {
        let address = self.plan.address;
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let refused = |error: Errno| format!("{address}: {}", std::io::Error::from(error));
        let socket =
            rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))
                .map_err(refused)?;
        sockopt::set_tcp_nodelay(&socket, true).map_err(refused)?;
        match rustix::net::connect(&socket, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(refused(error)),
        }
        self.tls = match &self.plan.tls {
            None => None,
            Some(tls) => {
                let mut session =
                    rustls::ClientConnection::new(Arc::clone(&tls.config), tls.name.clone())
                        .map_err(|error| format!("TLS: {error}"))?;
                // What it is given is bounded by the engine's output; by itself it would take 64 KiB and drop the rest.
                session.set_buffer_limit(None);
                Some(Box::new(session))
            }
        };
        self.engine = engine(&self.plan, &self.limits);
        self.stage = Stage::Establishing { until_ns };
        self.is_connected = false;
        self.is_proven = false;
        self.awaits_writable = true;
        Ok(self.socket.insert(socket))
    }

    /// The socket, for the poller.
    pub(super) fn socket(&self) -> Option<&OwnedFd> {
        self.socket.as_ref()
    }

    /// Can requests be sent, now or after the next answer?
    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Is it to be open soon, after an end that nobody is to blame for?
    pub(super) fn is_coming(&self) -> bool {
        match self.stage {
            Stage::Leaving => true,
            Stage::Establishing { .. } => self.failures == 0,
            Stage::Open | Stage::Down { .. } => false,
        }
    }

    /// May a request be sent now?
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.stage == Stage::Open
            && self.flights.len() < self.streams_max
            && !self.awaits_writable
            && self.engine.can_send()
    }

    /// Is nothing in flight?
    pub(super) fn is_idle(&self) -> bool {
        self.flights.len() == 0
    }

    /// Hands a request to the engine; it is written with [`Connection::flush`]. False when the engine does not take it.
    #[inline]
    pub(super) fn send(
        &mut self,
        head: &Head,
        body: Option<&Bytes>,
        flight: Flight,
        expires_ns: u64,
    ) -> bool {
        let Some(stream) = self.engine.send_request(head, body) else { return false };
        self.flights.insert(stream, flight, expires_ns);
        self.is_dirty = true;
        self.is_held_up |= body.is_some_and(|body| body.len() > FRAME_BYTES);
        true
    }

    /// The socket can be read, or written for the first time.
    pub(super) fn ready(&mut self, books: &mut Books, clock: &Clock) -> Result<(), Gone> {
        if !self.is_connected {
            self.finish_connecting()?;
            self.judge_stage(books);
            return Ok(self.flush(books)?);
        }
        let ended = self.receive(books, clock)?;
        if ended {
            self.engine.end_of_input(Instant::now());
            self.take_events(books, clock)?;
            return Err(self.gone("closed by the server"));
        }
        Ok(())
    }

    fn gone(&self, reason: &str) -> Gone {
        let was_usable = matches!(self.stage, Stage::Open | Stage::Leaving);
        match was_usable && self.is_idle() {
            true => Gone::Orderly,
            false => Gone::Failed(reason.to_owned()),
        }
    }

    fn finish_connecting(&mut self) -> Result<(), Reason> {
        let Some(socket) = &self.socket else { return Ok(()) };
        let address = self.plan.address;
        match sockopt::socket_error(socket) {
            Ok(Ok(())) => {
                self.is_connected = true;
                Ok(())
            }
            Ok(Err(error)) | Err(error) => {
                Err(format!("{address}: {}", std::io::Error::from(error)))
            }
        }
    }

    /// Reads once, which level-triggered polling makes enough, and takes what has come. True at the end of input.
    fn receive(&mut self, books: &mut Books, clock: &Clock) -> Result<bool, Gone> {
        let Some(socket) = &self.socket else { return Ok(false) };
        let buffer = if self.tls.is_some() { &mut self.sealed } else { self.engine.input() };
        buffer.reserve(READ_BYTES);
        let received =
            match rustix::net::recv(socket.as_fd(), spare_capacity(buffer), RecvFlags::empty()) {
                Ok((received, _)) => received,
                Err(Errno::AGAIN | Errno::INTR) => return Ok(false),
                Err(error) => return Err(std::io::Error::from(error).to_string().into()),
            };
        books.share.traffic.received_bytes += received as u64;
        let mut ended = received == 0;
        if self.tls.is_some() {
            ended |= self.decrypt()?;
        }
        self.take_events(books, clock)?;
        Ok(ended)
    }

    /// Feeds the TLS session with what was read. True when the server has ended the session.
    fn decrypt(&mut self) -> Result<bool, Reason> {
        let Some(tls) = &mut self.tls else { return Ok(false) };
        let mut sealed = self.sealed.as_slice();
        let mut ended = false;
        let was_handshaking = tls.is_handshaking();
        while !sealed.is_empty() {
            tls.read_tls(&mut sealed).map_err(|error| format!("TLS: {error}"))?;
            let state = tls
                .process_new_packets()
                .map_err(|error| tls_reason(&error, self.plan.protocol))?;
            ended |= state.peer_has_closed();
            // Ends with WouldBlock, or with an error that the engine notices by itself: a message cut short.
            let _ = tls.reader().read_to_end(self.engine.input());
        }
        self.sealed.clear();
        self.is_dirty |= tls.wants_write();
        if was_handshaking && !tls.is_handshaking() {
            self.is_dirty = true;
            let agreed = tls.alpn_protocol();
            if self.plan.protocol == Protocol::Http2 && agreed != Some(b"h2") {
                return Err(NO_HTTP2.to_owned());
            }
        }
        Ok(ended)
    }

    /// What the engine has to tell.
    fn take_events(&mut self, books: &mut Books, clock: &Clock) -> Result<(), Gone> {
        let now = Instant::now();
        let now_ns = clock.ns(now);
        while let Some(event) = self.engine.next_event(now) {
            match event {
                Event::Head { stream, head, end } => {
                    let status = head.status();
                    self.is_proven = true;
                    if end {
                        if let Some(flight) = self.flights.remove(stream) {
                            books.answered(Flight { status, ..flight }, now_ns);
                        }
                    } else if let Some(flight) = self.flights.get_mut(stream) {
                        flight.status = status;
                    }
                }
                Event::Data { stream, data, end } => {
                    let bytes = data.len();
                    if end {
                        if let Some(flight) = self.flights.remove(stream) {
                            let body_bytes = flight.body_bytes + bytes;
                            books.answered(Flight { body_bytes, ..flight }, now_ns);
                        }
                    } else {
                        if let Some(flight) = self.flights.get_mut(stream) {
                            flight.body_bytes += bytes;
                        }
                        self.engine.consumed(stream, bytes);
                    }
                }
                Event::Trailers { stream, .. } => {
                    if let Some(flight) = self.flights.remove(stream) {
                        books.answered(flight, now_ns);
                    }
                }
                Event::Message(message) => {
                    self.is_proven = true;
                    if let Some(flight) = self.flights.remove(message.stream) {
                        books.answered_whole(flight, message.head, message.body, now_ns);
                    }
                }
                Event::Reset { stream, .. } => self.drop_flight(stream, books, Failure::Reset),
                Event::StreamError(error) => self.drop_flight(error.stream, books, Failure::Reset),
                Event::GoAway { last_stream, .. } => {
                    self.stage = Stage::Leaving;
                    for flight in self.flights.drain_above(last_stream.0) {
                        books.fail(flight, Failure::Lost);
                    }
                }
                Event::SwitchedProtocols { .. } => {
                    let reason = "the server left HTTP (101), which was not asked for";
                    return Err(Gone::Failed(reason.to_owned()));
                }
                Event::Closed(error) => {
                    // What the engine has to say about it.
                    let _ = self.flush(books);
                    return Err(self.gone(error.reason));
                }
                Event::Informational { .. } => {}
            }
        }
        self.is_dirty |= !self.engine.output().is_empty();
        self.judge_stage(books);
        Ok(())
    }

    /// The server's settings are there, or it takes nothing more.
    fn judge_stage(&mut self, books: &mut Books) {
        let handshaking = self.tls.as_ref().is_some_and(|tls| tls.is_handshaking());
        if matches!(self.stage, Stage::Establishing { .. })
            && !handshaking
            && self.engine.is_established()
        {
            self.stage = Stage::Open;
            self.failures = 0;
            books.share.traffic.connected += 1;
        }
        if self.stage == Stage::Open
            && self.is_idle()
            && !self.engine.can_send()
            && !self.awaits_writable
        {
            self.stage = Stage::Leaving;
        }
    }

    fn drop_flight(&mut self, stream: StreamId, books: &mut Books, failure: Failure) {
        if let Some(flight) = self.flights.remove(stream) {
            books.fail(flight, failure);
        }
    }

    /// Gives up on requests that have taken too long, which in HTTP/1.1 is the end of the connection.
    pub(super) fn expire(
        &mut self,
        books: &mut Books,
        clock: &Clock,
        now_ns: u64,
    ) -> Result<(), Gone> {
        while let Some((stream, flight)) = self.flights.expire(now_ns) {
            self.engine.reset(stream, CANCEL);
            books.fail(flight, Failure::Timeout);
        }
        self.take_events(books, clock)
    }

    /// When the oldest request in flight will have taken too long.
    #[inline]
    pub(super) fn next_expiry_ns(&mut self) -> Option<u64> {
        self.flights.next_expiry_ns()
    }

    /// Writes as much as the socket takes, and what the engine has held back meanwhile.
    #[inline]
    pub(super) fn write(&mut self, books: &mut Books, clock: &Clock) -> Result<(), Gone> {
        self.flush(books)?;
        while self.is_held_up && !self.awaits_writable {
            self.is_held_up = false;
            self.take_events(books, clock)?;
            self.flush(books)?;
        }
        Ok(())
    }

    #[inline]
    fn flush(&mut self, books: &mut Books) -> Result<(), Reason> {
        self.is_dirty = false;
        let Some(socket) = &self.socket else { return Ok(()) };
        if !self.is_connected {
            return Ok(());
        }
        let plain = self.engine.output();
        self.is_held_up |= plain.len() >= OUTPUT_BYTES_MAX;
        let waiting = match &mut self.tls {
            None if self.unwritten.is_empty() => plain,
            None => {
                self.unwritten.append(plain);
                &mut self.unwritten
            }
            Some(tls) => {
                // Application data waits until the handshake is over; neither write can fail in memory.
                if !tls.is_handshaking() {
                    let _ = tls.writer().write_all(plain);
                    plain.clear();
                }
                while tls.wants_write() && tls.write_tls(&mut self.unwritten).is_ok() {}
                &mut self.unwritten
            }
        };
        let mut written = 0;
        while written < waiting.len() {
            match rustix::net::send(socket.as_fd(), &waiting[written..], SendFlags::NOSIGNAL) {
                Ok(bytes) => {
                    written += bytes;
                    // It took a part: there is no room for more.
                    break;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(std::io::Error::from(error).to_string()),
            }
        }
        books.share.traffic.sent_bytes += written as u64;
        self.awaits_writable = written < waiting.len();
        if self.awaits_writable {
            waiting.drain(..written);
        } else {
            waiting.clear();
        }
        Ok(())
    }

    /// Ends the connection, with all that is in flight on it.
    pub(super) fn end(&mut self, books: &mut Books, retry_ns: u64) {
        for flight in self.flights.drain_above(0) {
            books.fail(flight, Failure::Lost);
        }
        self.flights = Flights::new(self.plan.protocol == Protocol::Http2);
        (self.socket, self.tls) = (None, None);
        self.unwritten.clear();
        self.sealed.clear();
        (self.is_dirty, self.is_held_up, self.awaits_writable) = (false, false, false);
        self.stage = Stage::Down { retry_ns };
    }
}

/// What a TLS session has failed of. A server may refuse a protocol by ignoring it or by saying so (RFC 7301 section 3.2).
fn tls_reason(error: &rustls::Error, protocol: Protocol) -> Reason {
    use rustls::AlertDescription::NoApplicationProtocol;
    match error {
        rustls::Error::AlertReceived(NoApplicationProtocol) if protocol == Protocol::Http2 => {
            NO_HTTP2.to_owned()
        }
        _ => format!("TLS: {error}"),
    }
}

/// Answers to scripts are needed whole; those to plain requests are only counted, so that they may be of any size.
fn engine(plan: &Plan, limits: &Arc<Limits>) -> ClientConnection {
    let mode = match plan.source {
        Source::Requests(_) => BodyMode::Streamed,
        Source::Script(_) => BodyMode::Whole,
    };
    ClientConnection::new(plan.protocol, Arc::clone(limits), mode, Instant::now())
}
