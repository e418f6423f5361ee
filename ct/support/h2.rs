//! A client that sends any frames and waits for what a server must answer (RFC 9113).

use super::deadline;
use super::fixtures::{self, Target};
use super::frames::{self, Frame, code};
use super::hpack;
use super::wire::{Received, Wire};
use std::collections::{BTreeMap, VecDeque};

/// RFC 9113 section 3.4.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One connection. What was received and not asked for yet waits in `stash`.
pub(crate) struct H2 {
    wire: Wire,
    unread: Vec<u8>,
    stash: VecDeque<Frame>,
    decoder: fluke_hpack::Decoder<'static>,
    trace: Vec<String>,
    pings: u64,
    /// What the server announced.
    pub(crate) settings: BTreeMap<u16, u32>,
}

impl H2 {
    /// A connection on which nothing was said yet.
    pub(crate) fn silent(wire: Wire) -> H2 {
        H2 {
            wire,
            unread: Vec::new(),
            stash: VecDeque::new(),
            decoder: fluke_hpack::Decoder::new(),
            trace: Vec::new(),
            pings: 0,
            settings: BTreeMap::new(),
        }
    }

    /// A connection taken over from HTTP/1.1, with what was read already.
    pub(crate) fn resumed((wire, unread): (Wire, Vec<u8>)) -> H2 {
        H2 { unread, ..H2::silent(wire) }
    }

    /// A connection after both prefaces and acknowledgements.
    pub(crate) fn over(wire: Wire) -> H2 {
        let mut h2 = H2::silent(wire);
        h2.handshake();
        h2
    }

    /// A connection to one of the shared servers.
    pub(crate) fn to(target: Target) -> H2 {
        H2::over(fixtures::wire(target))
    }

    /// Another connection of the same kind to the same server.
    pub(crate) fn reconnect(&self) -> Wire {
        fixtures::wire(if self.wire.is_secure() { Target::Tls } else { Target::Plain })
    }

    /// Sends the preface, exchanges SETTINGS both ways.
    pub(crate) fn handshake(&mut self) {
        self.send_bytes(PREFACE);
        self.send([frames::settings(&[])]);
        self.learn_settings();
        self.take("the acknowledgement of SETTINGS", |f| {
            f.kind == frames::SETTINGS && f.has(frames::ACK)
        });
    }

    /// Waits for the server's SETTINGS and acknowledges them.
    pub(crate) fn learn_settings(&mut self) {
        let frame = self.take("SETTINGS", |f| f.kind == frames::SETTINGS && !f.has(frames::ACK));
        for value in frame.payload.chunks_exact(6) {
            let id = u16::from_be_bytes([value[0], value[1]]);
            self.settings.insert(id, u32::from_be_bytes(value[2..].try_into().unwrap()));
        }
        self.send([frames::settings_ack()]);
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.trace.push(format!("-> {}", bytes[..bytes.len().min(80)].escape_ascii()));
        self.wire.send(bytes);
    }

    /// Sends frames in one write.
    pub(crate) fn send(&mut self, frames: impl IntoIterator<Item = Frame>) {
        let mut bytes = Vec::new();
        for frame in frames {
            self.trace.push(format!("-> {}", frame.describe()));
            bytes.extend(frame.encode());
        }
        self.wire.send(&bytes);
    }

    /// Like [`H2::send`] for frames by the thousand, which no log should hold.
    pub(crate) fn send_unlogged(&mut self, frames: impl IntoIterator<Item = Frame>) {
        let bytes: Vec<u8> = frames.into_iter().flat_map(|frame| frame.encode()).collect();
        self.wire.send(&bytes);
    }

    /// Waits until so many streams have ended; nothing of them is kept.
    pub(crate) fn expect_ends(&mut self, streams: u32) {
        let (mut ended, mut at) = (0, 0);
        while ended < streams {
            match Frame::parse(&self.unread[at..]) {
                Some((frame, length)) => {
                    at += length;
                    let carries_end = matches!(frame.kind, frames::DATA | frames::HEADERS);
                    ended += u32::from(carries_end && frame.has(frames::END_STREAM));
                }
                None => {
                    self.unread.drain(..std::mem::take(&mut at));
                    match self.wire.receive(&mut self.unread) {
                        Received::Bytes => {}
                        end => self.fail(&format!("{end:?} after {ended} streams of {streams}")),
                    }
                }
            }
        }
        self.unread.drain(..at);
    }

    /// The field block of a request: literals without indexing.
    pub(crate) fn request(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let scheme = if self.wire.is_secure() { "https" } else { "http" };
        let start = [
            (":method", method),
            (":scheme", scheme),
            (":path", path),
            (":authority", "localhost"),
        ];
        hpack::block(&[&start[..], fields].concat())
    }

    /// GET.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        self.request("GET", path, &[])
    }

    /// POST.
    pub(crate) fn post(&self, path: &str) -> Vec<u8> {
        self.request("POST", path, &[])
    }

    /// Sends a GET on a stream.
    pub(crate) fn send_get(&mut self, stream: u32, path: &str) {
        let block = self.get(path);
        self.send([frames::headers(stream, &block).end_stream()]);
    }

    /// The next frame in the order of arrival, `None` when the server has closed.
    fn read(&mut self) -> Option<Frame> {
        let until = deadline();
        loop {
            if let Some((mut frame, length)) = Frame::parse(&self.unread) {
                self.unread.drain(..length);
                self.trace.push(format!("<- {}", frame.describe()));
                if frame.kind == frames::HEADERS {
                    self.decode(&mut frame);
                }
                return Some(frame);
            }
            match self.wire.receive_until(&mut self.unread, until) {
                Received::Bytes => {}
                Received::Closed => {
                    self.trace.push("<- closed".into());
                    return None;
                }
                Received::Nothing => self.fail("nothing came"),
            }
        }
    }

    fn decode(&mut self, frame: &mut Frame) {
        assert!(frame.has(frames::END_HEADERS), "the server's heads fit one frame");
        let text = |bytes| String::from_utf8(bytes).expect("fields are text here");
        match self.decoder.decode(&frame.payload) {
            Ok(fields) => {
                frame.fields = fields.into_iter().map(|(n, v)| (text(n), text(v))).collect();
            }
            Err(e) => self.fail(&format!("the field block does not decode: {e:?}")),
        }
    }

    /// Ends the test with what went over the wire.
    pub(crate) fn fail(&self, what: &str) -> ! {
        let last = self.trace.len().saturating_sub(40);
        panic!("{what}\n{}", self.trace[last..].join("\n"))
    }

    /// The first frame that `wanted` accepts, received already or to come. A connection error meanwhile is a failure.
    pub(crate) fn take(&mut self, what: &str, wanted: impl Fn(&Frame) -> bool) -> Frame {
        if let Some(at) = self.stash.iter().position(&wanted) {
            return self.stash.remove(at).unwrap();
        }
        loop {
            match self.read() {
                Some(frame) if wanted(&frame) => return frame,
                Some(frame) if frame.kind == frames::GOAWAY && frame.code() != code::NO_ERROR => {
                    self.fail(&format!("GOAWAY instead of {what}"))
                }
                Some(frame) => self.stash.push_back(frame),
                None => self.fail(&format!("closed instead of {what}")),
            }
        }
    }

    /// GOAWAY with that code, then the end of the connection (RFC 9113 section 5.4.1).
    pub(crate) fn expect_connection_error(&mut self, code: u32) {
        self.expect_connection_error_of(&[code]);
    }

    /// Like [`H2::expect_connection_error`], where the RFC leaves a choice.
    pub(crate) fn expect_connection_error_of(&mut self, codes: &[u32]) -> Frame {
        let frame = self.take("GOAWAY", |f| f.kind == frames::GOAWAY);
        if !codes.contains(&frame.code()) {
            self.fail(&format!("GOAWAY with {} instead of one of {codes:?}", frame.code()));
        }
        self.expect_closed();
        frame
    }

    /// The server closes; frames before that do not matter.
    pub(crate) fn expect_closed(&mut self) {
        while self.read().is_some() {}
    }

    /// The server closes, having answered in HTTP/1.1 perhaps, since it could not know that HTTP/2 was meant.
    pub(crate) fn expect_hangup(&mut self) {
        loop {
            match self.wire.receive(&mut self.unread) {
                Received::Bytes => {}
                Received::Closed => return,
                Received::Nothing => self.fail("the server does not close"),
            }
        }
    }

    /// RST_STREAM with that code on that stream, and the connection lives on (RFC 9113 section 5.4.2).
    pub(crate) fn expect_stream_error(&mut self, stream: u32, code: u32) {
        self.expect_rst(stream, &[code]);
        self.expect_alive();
    }

    /// RST_STREAM with one of the codes on that stream.
    pub(crate) fn expect_rst(&mut self, stream: u32, codes: &[u32]) {
        let frame = self.take("RST_STREAM", |f| f.kind == frames::RST_STREAM && f.stream == stream);
        if !codes.contains(&frame.code()) {
            self.fail(&format!("RST_STREAM with {} instead of one of {codes:?}", frame.code()));
        }
    }

    /// One of the codes, be it as a stream error or, which the RFC always allows, as a connection error. For cases in
    /// which the state of the stream depends on how fast the server answered.
    pub(crate) fn expect_error(&mut self, stream: u32, codes: &[u32]) {
        let frame = self.take("RST_STREAM or GOAWAY", |f| {
            f.kind == frames::GOAWAY || f.kind == frames::RST_STREAM && f.stream == stream
        });
        if !codes.contains(&frame.code()) {
            self.fail(&format!("error code {} instead of one of {codes:?}", frame.code()));
        }
    }

    /// A PING goes and comes back (RFC 9113 section 6.7). Returns what came before it.
    pub(crate) fn expect_alive(&mut self) -> Vec<Frame> {
        self.pings += 1;
        let payload = self.pings.to_be_bytes();
        self.send([frames::ping(payload)]);
        let ack = |f: &Frame| f.kind == frames::PING && f.has(frames::ACK) && f.payload == payload;
        self.take("the answer to PING", ack);
        self.stash.iter().cloned().collect()
    }

    /// A PING comes back, or the server has nothing more to do for us and closes.
    pub(crate) fn expect_alive_or_closed(&mut self) {
        self.send([frames::ping(*b"anybody?")]);
        while let Some(frame) = self.read() {
            match frame.kind {
                frames::PING => return,
                frames::GOAWAY if frame.code() != code::NO_ERROR => self.fail("an error"),
                _ => {}
            }
        }
    }

    /// After a round trip there is still no DATA for that stream.
    pub(crate) fn expect_no_data(&mut self, stream: u32) {
        if self.expect_alive().iter().any(|f| f.kind == frames::DATA && f.stream == stream) {
            self.fail("DATA although the window is shut");
        }
    }

    /// The final head of an answer.
    pub(crate) fn expect_head(&mut self, stream: u32) -> Frame {
        self.take(&format!("HEADERS on stream {stream}"), |f| {
            f.kind == frames::HEADERS && f.stream == stream
        })
    }

    /// One DATA frame.
    pub(crate) fn expect_data(&mut self, stream: u32) -> Frame {
        self.take(&format!("DATA on stream {stream}"), |f| {
            f.kind == frames::DATA && f.stream == stream
        })
    }

    /// A complete answer.
    pub(crate) fn expect_response(&mut self, stream: u32) -> Response {
        let head = self.expect_head(stream);
        let status = head.field(":status").and_then(|s| s.parse().ok());
        let mut body = Vec::new();
        let mut ended = head.has(frames::END_STREAM);
        while !ended {
            let frame = self.take(&format!("the end of stream {stream}"), |f| {
                f.stream == stream
                    && matches!(f.kind, frames::DATA | frames::HEADERS | frames::RST_STREAM)
            });
            match frame.kind {
                frames::DATA => body.extend(&frame.payload),
                frames::RST_STREAM => self.fail("RST_STREAM in the middle of an answer"),
                _ => {}
            }
            ended = frame.has(frames::END_STREAM);
        }
        let Some(status) = status else { self.fail("an answer without :status") };
        Response { status, fields: head.fields, body }
    }

    /// A complete answer with that status.
    pub(crate) fn expect_status(&mut self, stream: u32, status: u16) -> Response {
        let response = self.expect_response(stream);
        if response.status != status {
            self.fail(&format!("status {} instead of {status}", response.status));
        }
        response
    }

    /// Sends SETTINGS and waits until they are in force.
    pub(crate) fn apply(&mut self, values: &[(u16, u32)]) {
        self.send([frames::settings(values)]);
        self.take("the acknowledgement of SETTINGS", |f| {
            f.kind == frames::SETTINGS && f.has(frames::ACK)
        });
    }

    /// What came and was not asked for.
    pub(crate) fn stash(&self) -> impl Iterator<Item = &Frame> {
        self.stash.iter()
    }

    /// Closes our sending side.
    pub(crate) fn finish(&mut self) {
        self.wire.finish();
    }

    /// Lets large answers through.
    pub(crate) fn open_windows(&mut self) {
        self.apply(&[(frames::setting::INITIAL_WINDOW_SIZE, 1 << 30)]);
        self.send([frames::window_update(0, 1 << 30)]);
    }

    /// Announces a dynamic table of no size and decodes accordingly from then on.
    pub(crate) fn forbid_table(&mut self) {
        self.apply(&[(frames::setting::HEADER_TABLE_SIZE, 0)]);
        self.decoder.set_max_table_size(0);
        self.decoder.set_max_allowed_table_size(0);
    }

    /// Waits for more credit on a stream or on the connection (stream 0); returns the increment.
    pub(crate) fn expect_window_update(&mut self, stream: u32) -> u32 {
        self.take("WINDOW_UPDATE", |f| f.kind == frames::WINDOW_UPDATE && f.stream == stream)
            .number(0)
    }
}

/// Makes each case a test over cleartext and a test over TLS.
#[macro_export]
macro_rules! cases {
    ($($(#[$attribute:meta])* fn $name:ident($client:ident) $body:block)*) => {
        $($(#[$attribute])* fn $name($client: &mut $crate::support::h2::H2) $body)*

        mod h2c {
            use $crate::support::{fixtures::Target, h2::H2};
            $(#[test] fn $name() { super::$name(&mut H2::to(Target::Plain)); })*
        }

        mod tls {
            use $crate::support::{fixtures::Target, h2::H2};
            $(#[test] fn $name() { super::$name(&mut H2::to(Target::Tls)); })*
        }
    };
}
