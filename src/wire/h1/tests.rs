//! Whole connections, driven as their owner does. Time is an argument; there are no sockets.

mod answers;
mod client;
mod cuts;
mod head;
mod refused;
mod round_trip;
mod slow;
mod streamed;
mod upgrade;

use super::Server;
use crate::error::{ConnectionError, ErrorKind};
use crate::event::{BodyMode, Event, StreamId};
use crate::io::Buffers;
use crate::limits::Limits;
use crate::prepared::{PreparedFields, PreparedHead};
use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a connection told, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Message { stream: u32, head: String, body: String, trailers: Option<String> },
    Head { stream: u32, head: String, end: bool },
    Data { stream: u32, data: String, end: bool },
    Trailers { stream: u32, trailers: String },
    Informational { stream: u32, head: String },
    Switched { stream: u32, head: String },
    Closed(ConnectionError),
}

impl Seen {
    fn of(event: Event<'_>) -> Seen {
        let text = |b: &[u8]| b.escape_ascii().to_string();
        match event {
            Event::Message(m) => Seen::Message {
                stream: m.stream.0,
                head: format!("{:?}", m.head),
                body: text(m.body),
                trailers: m.trailers.map(|t| format!("{t:?}")),
            },
            Event::Head { stream, head, end } => {
                Seen::Head { stream: stream.0, head: format!("{head:?}"), end }
            }
            Event::Data { stream, data, end } => {
                Seen::Data { stream: stream.0, data: text(data), end }
            }
            Event::Trailers { stream, trailers } => {
                Seen::Trailers { stream: stream.0, trailers: format!("{trailers:?}") }
            }
            Event::Informational { stream, head } => {
                Seen::Informational { stream: stream.0, head: format!("{head:?}") }
            }
            Event::SwitchedProtocols { stream, head } => {
                Seen::Switched { stream: stream.0, head: format!("{head:?}") }
            }
            Event::Closed(error) => Seen::Closed(error),
            other => unreachable!("not an event of HTTP/1: {other:?}"),
        }
    }

    fn body(&self) -> &str {
        match self {
            Seen::Message { body, .. } => body,
            Seen::Data { data, .. } => data,
            _ => "",
        }
    }
}

/// A server whose owner answers when told to.
struct Harness {
    server: Server,
    start: Instant,
    now: Instant,
}

impl Harness {
    fn new(mode: BodyMode) -> Self {
        Self::with(mode, Limits::default())
    }

    fn with(mode: BodyMode, limits: Limits) -> Self {
        let start = Instant::now();
        let server = Server::new(Arc::new(limits), mode, false, Buffers::default(), start);
        Harness { server, start, now: start }
    }

    /// Feeds bytes; the events they make, without answering.
    fn feed(&mut self, bytes: impl AsRef<[u8]>) -> Vec<Seen> {
        self.server.input().extend_from_slice(bytes.as_ref());
        self.events()
    }

    fn events(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.server.next_event(self.now).map(Seen::of)).collect()
    }

    /// Feeds bytes and answers each message with its own body; the output drains after each event.
    fn serve(&mut self, bytes: impl AsRef<[u8]>) -> (Vec<Seen>, String) {
        self.server.input().extend_from_slice(bytes.as_ref());
        self.answer_all()
    }

    fn answer_all(&mut self) -> (Vec<Seen>, String) {
        let (mut seen, mut sent) = (Vec::new(), String::new());
        loop {
            let event = self.server.next_event(self.now).map(Seen::of);
            if let Some(Seen::Message { stream, body, .. }) = &event {
                let body = Bytes::copy_from_slice(body.as_bytes());
                self.server.respond(StreamId(*stream), &head(200, &[]), &none(), &body);
            }
            let drained = self.sent();
            if event.is_none() && drained.is_empty() {
                return (seen, sent);
            }
            sent += &drained;
            seen.extend(event);
        }
    }

    fn respond(&mut self, stream: u32, status: u16, body: &'static str) -> String {
        self.server.respond(
            StreamId(stream),
            &head(status, &[]),
            &none(),
            &Bytes::from_static(body.as_bytes()),
        );
        self.sent()
    }

    /// Drains the output.
    fn sent(&mut self) -> String {
        let output = self.server.output();
        let text = String::from_utf8_lossy(output).into_owned();
        output.clear();
        text
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.server.on_deadline(self.now);
    }
}

fn head(status: u16, fields: &[(&str, &str)]) -> PreparedHead {
    PreparedHead::new(status, fields.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())))
        .expect("valid fields")
}

fn none() -> PreparedFields {
    PreparedFields::default()
}

fn closed(seen: &[Seen]) -> Option<ConnectionError> {
    match seen.last() {
        Some(Seen::Closed(error)) => Some(*error),
        _ => None,
    }
}

fn kind_of_end(seen: &[Seen]) -> Option<ErrorKind> {
    closed(seen).map(|error| error.kind)
}

/// A request without content.
const GET: &str = "GET /a HTTP/1.1\r\nhost: h\r\n\r\n";
/// What [`Harness::serve`] answers to [`GET`].
const GET_ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
