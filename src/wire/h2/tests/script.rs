//! Helpers: frames by name, and a server connection that answers every request.

use crate::detect::PREFACE;
use crate::error::ConnectionError;
use crate::h2::Connection;
use crate::h2::frame::{self, FrameHeader, HEADER_BYTES};
use crate::h2::hpack::encode_literal;
use crate::io::Buffers;
use crate::{BodyMode, Event, Limits, PreparedFields, PreparedHead};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Instant;

pub(super) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        encode_literal(name.as_bytes(), value.as_bytes(), &mut out);
    }
    out
}

pub(super) const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")];
pub(super) const POST: [(&str, &str); 4] =
    [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "a")];

pub(super) fn raw(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    FrameHeader { length: payload.len(), kind, flags, stream }.encode(&mut out);
    out.extend_from_slice(payload);
    out
}

pub(super) fn headers(stream: u32, fields: &[(&str, &str)], end: bool) -> Vec<u8> {
    let mut out = Vec::new();
    frame::headers::encode(stream, &block(fields), end, 16_384, &mut out);
    out
}

pub(super) fn data(stream: u32, content: &[u8], end: bool) -> Vec<u8> {
    let mut out = Vec::new();
    frame::data::encode(stream, content, end, &mut out);
    out
}

pub(super) fn settings(entries: &[(u16, u32)]) -> Vec<u8> {
    let mut out = Vec::new();
    frame::settings::encode(entries, &mut out);
    out
}

/// The preface and an empty SETTINGS frame.
pub(super) fn hello() -> Vec<u8> {
    [PREFACE.as_slice(), &settings(&[])].concat()
}

/// Frames cut apart: header and payload.
pub(super) fn frames(mut bytes: &[u8]) -> Vec<(FrameHeader, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some(header) = bytes.first_chunk::<HEADER_BYTES>() {
        let header = FrameHeader::parse(header);
        let (payload, rest) = bytes[HEADER_BYTES..].split_at(header.length);
        frames.push((header, payload.to_vec()));
        bytes = rest;
    }
    assert!(bytes.is_empty(), "half a frame in the output");
    frames
}

/// A server connection whose owner answers each request with 200 and `body`, and keeps a record of all events.
pub(super) struct Server {
    pub(super) connection: Connection,
    pub(super) body: Bytes,
    pub(super) events: Vec<String>,
    pub(super) sent: Vec<u8>,
    pub(super) now: Instant,
    pub(super) closed: Option<ConnectionError>,
    pub(super) answering: bool,
}

impl Server {
    pub(super) fn new(limits: Limits, mode: BodyMode) -> Server {
        let now = Instant::now();
        Server {
            connection: Connection::server(Arc::new(limits), mode, Buffers::default(), now),
            body: Bytes::from_static(b"hello"),
            events: Vec::new(),
            sent: Vec::new(),
            now,
            closed: None,
            answering: true,
        }
    }

    /// One that has shaken hands.
    pub(super) fn open() -> Server {
        let mut server = Server::new(Limits::default(), BodyMode::Whole);
        server.feed(&hello());
        server.sent.clear();
        server
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) -> &mut Server {
        self.connection.input().extend_from_slice(bytes);
        self.run();
        self
    }

    pub(super) fn run(&mut self) {
        let (head, none) = (PreparedHead::new(200, []).unwrap(), PreparedFields::default());
        loop {
            let mut answer = None;
            while let Some(event) = self.connection.next_event(self.now) {
                self.events.push(format!("{event:?}"));
                match event {
                    Event::Message(message) => answer = Some(message.stream),
                    Event::Data { stream, data, end } => {
                        let bytes = data.len();
                        self.connection.consumed(stream, bytes);
                        answer = end.then_some(stream);
                    }
                    Event::Head { stream, end: true, .. } | Event::Trailers { stream, .. } => {
                        answer = Some(stream);
                    }
                    Event::Closed(error) => self.closed = Some(error),
                    _ => {}
                }
                if let Some(stream) = answer.take().filter(|_| self.answering) {
                    self.connection.respond(stream, &head, &none, &self.body.clone());
                }
            }
            if self.connection.output().is_empty() {
                return;
            }
            self.sent.append(self.connection.output());
        }
    }

    pub(super) fn take_frames(&mut self) -> Vec<(FrameHeader, Vec<u8>)> {
        frames(&std::mem::take(&mut self.sent))
    }
}
