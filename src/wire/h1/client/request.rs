//! The verbs that ask.

use super::{Client, Pending, Sending};
use crate::error::ErrorKind;
use crate::event::StreamId;
use crate::h1::error;
use crate::h1::lifecycle::Lifecycle;
use crate::h1::response::Asked;
use crate::h1::send::{Coding, push_decimal};
use crate::head::{Head, is_token_byte, parse_decimal, value_is_valid};
use crate::limits::PIPELINED_REQUESTS_MAX;
use crate::prepared::PreparedFields;
use bytes::Bytes;

/// What a request says about its content (RFC 9112 section 6, RFC 9110 section 8.6).
#[derive(Clone, Copy)]
enum Declared {
    Nothing,
    Length(u64),
    Chunked,
}

impl Client {
    /// Another request may be sent now: the one before is written, and not too many wait for their responses.
    pub fn can_send(&self) -> bool {
        self.lifecycle == Lifecycle::Open
            && !self.last_request_sent
            && !self.eof
            && !self.outgoing.is_open()
            && self.pending.len() < PIPELINED_REQUESTS_MAX
            && self.io.output.len() < self.limits.output_high_bytes
    }

    /// One whole request. `None` when [`Self::can_send`] is false, or `head` cannot be written as HTTP/1.1 (a name that
    /// is no token, a line break in a value); nothing is sent then. `content-length` and `transfer-encoding` in `head`
    /// are replaced by what is true.
    pub fn send_request(&mut self, head: &Head, body: Option<Bytes>) -> Option<StreamId> {
        let declared = match &body {
            Some(body) => Declared::Length(body.len() as u64),
            // RFC 9110 section 8.6: methods that usually have content say so when there is none.
            None if matches!(head.method(), b"POST" | b"PUT" | b"PATCH") => Declared::Length(0),
            None => Declared::Nothing,
        };
        let stream = self.begin(head, declared)?;
        let body = body.unwrap_or_default();
        if body.len() <= self.limits.output_high_bytes {
            self.io.output.extend_from_slice(&body);
        } else {
            self.outgoing.begin(Coding::Raw);
            self.outgoing.push(body);
            self.outgoing.end(b"");
            self.pump();
        }
        Some(stream)
    }

    /// The head of a request whose content follows in pieces, unless `end`: of the length that a `content-length` in
    /// `head` declares, else chunked. `None` as in [`Self::send_request`].
    pub fn send_head(&mut self, head: &Head, end: bool) -> Option<StreamId> {
        if end {
            return self.send_request(head, None);
        }
        let length = match head.get(b"content-length") {
            Some(value) => Some(parse_decimal(value)?),
            None => None,
        };
        let stream = self.begin(head, length.map_or(Declared::Chunked, Declared::Length))?;
        self.outgoing.begin(if length.is_some() { Coding::Raw } else { Coding::Chunked });
        self.sending = Some(Sending { stream, missing: length });
        Some(stream)
    }

    /// A piece of the content; waits in the connection while the output is full. Content that differs from the declared
    /// length would be read as another request, so it ends the connection.
    pub fn send_data(&mut self, stream: StreamId, data: Bytes, end: bool) {
        let Some(sending) = self.sending.as_mut().filter(|sending| sending.stream == stream) else {
            return;
        };
        if let Some(missing) = &mut sending.missing {
            let left = missing.checked_sub(data.len() as u64);
            match left {
                Some(left) if !end || left == 0 => *missing = left,
                _ => {
                    return self.close(error::end(
                        ErrorKind::Local,
                        "content differs from content-length",
                    ));
                }
            }
        }
        self.outgoing.push(data);
        if end {
            self.sending = None;
            self.outgoing.end(b"");
        }
        self.pump();
    }

    /// Trailers, which end the request; left out when its length was declared.
    pub fn send_trailers(&mut self, stream: StreamId, trailers: &PreparedFields) {
        let Some(sending) = self.sending.filter(|sending| sending.stream == stream) else { return };
        if sending.missing.is_some() {
            return self.send_data(stream, Bytes::new(), true);
        }
        self.sending = None;
        self.outgoing.end(&trailers.h1);
        self.pump();
    }

    /// Content of the request accepted and not yet in `output`; `None` when it is written or gone.
    pub fn unsent(&self, stream: StreamId) -> Option<usize> {
        (self.outgoing.is_open() && stream.0 == self.last_stream).then(|| self.outgoing.unsent())
    }

    fn begin(&mut self, head: &Head, declared: Declared) -> Option<StreamId> {
        if !self.can_send() || !is_sendable(head) {
            return None;
        }
        write_head(head, declared, &mut self.io.output);
        self.timer.touch_output();
        self.last_stream = self.last_stream.wrapping_add(1).max(1);
        self.last_request_sent = asks_to_close(head);
        let stream = StreamId(self.last_stream);
        let asked = match head.method() {
            b"HEAD" => Asked::Head,
            b"CONNECT" => Asked::Connect,
            _ => Asked::Other,
        };
        self.pending.push_back(Pending { stream, asked });
        Some(stream)
    }

    fn pump(&mut self) {
        self.outgoing.pump(&mut self.io.output, self.limits.output_high_bytes);
        self.timer.touch_output();
    }
}

/// Nothing in the head would end a line or a word early.
fn is_sendable(head: &Head) -> bool {
    let is_token = |text: &[u8]| !text.is_empty() && text.iter().all(|&b| is_token_byte(b));
    let is_word = |text: &[u8]| !text.iter().any(|&b| b <= b' ' || b == 0x7f);
    is_token(head.method())
        && is_word(head.path())
        && is_word(head.authority())
        && (head.method() != b"CONNECT" || !head.authority().is_empty())
        && head.fields().all(|(name, value)| is_token(name) && value_is_valid(value))
}

fn asks_to_close(head: &Head) -> bool {
    let options = head
        .fields()
        .filter(|(name, _)| *name == b"connection")
        .flat_map(|(_, v)| v.split(|&b| b == b','));
    options.into_iter().any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// RFC 9112 section 3: origin-form, or authority-form for CONNECT; `host` first, as RFC 9110 section 7.2 advises.
fn write_head(head: &Head, declared: Declared, out: &mut Vec<u8>) {
    let target = match (head.method(), head.path()) {
        (b"CONNECT", _) => head.authority(),
        (_, b"") => b"/",
        (_, path) => path,
    };
    let host = match head.authority() {
        b"" => head.get(b"host").unwrap_or_default(),
        authority => authority,
    };
    for piece in [head.method(), b" ", target, b" HTTP/1.1\r\nhost: ", host, b"\r\n"] {
        out.extend_from_slice(piece);
    }
    for (name, value) in head.fields() {
        if !matches!(name, b"host" | b"content-length" | b"transfer-encoding") {
            for piece in [name, b": ", value, b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
    }
    match declared {
        Declared::Nothing => {}
        Declared::Length(length) => {
            out.extend_from_slice(b"content-length: ");
            push_decimal(out, length);
            out.extend_from_slice(b"\r\n");
        }
        Declared::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
    }
    out.extend_from_slice(b"\r\n");
}
