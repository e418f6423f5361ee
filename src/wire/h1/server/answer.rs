//! The verbs that answer.

use super::{Exchange, Server};
use crate::event::StreamId;
use crate::h1::error;
use crate::h1::lifecycle::Lifecycle;
use crate::h1::send::{Coding, push_decimal};
use crate::head::Version;
use crate::io::Buffers;
use crate::prepared::{PreparedFields, PreparedHead};
use bytes::Bytes;

/// What the head of an answer says about its content (RFC 9112 section 6, RFC 9110 section 8.6).
#[derive(Clone, Copy)]
enum Declared {
    /// `content-length`
    Length(u64),
    /// `transfer-encoding: chunked`
    Chunked,
    /// Nothing: there is none, or the close ends it.
    Nothing,
}

impl Server {
    /// A whole answer. `extra` goes before the fields of `head` (`date`). Nothing happens when the exchange is gone.
    pub fn respond(
        &mut self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
        body: &Bytes,
    ) {
        let Some(exchange) = self.answerable(stream) else { return };
        let tunnel = is_tunnel(exchange, head.status);
        let declared = match head.has_body(false) && !tunnel {
            true => Declared::Length(body.len() as u64),
            false => Declared::Nothing,
        };
        // A 1xx is no final answer and what follows 2xx to CONNECT is no HTTP, so the connection cannot go on.
        let may_persist = head.status >= 200 && !tunnel;
        self.write_final_head(head, extra, declared, may_persist);
        if !head.has_body(exchange.is_head) || tunnel {
            return;
        }
        if body.len() <= self.limits.output_high_bytes {
            self.io.output.extend_from_slice(body);
        } else {
            self.outgoing.begin(Coding::Raw);
            self.outgoing.push(body.clone());
            self.outgoing.end(b"");
            self.outgoing.pump(&mut self.io.output, self.limits.output_high_bytes);
        }
    }

    /// The head of an answer whose body follows in pieces, unless `end`. A status below 200 is informational.
    /// To HTTP/1.0 the pieces are ended by the close (RFC 9112 section 6.3), and no 1xx is sent (RFC 9110 section 15.2).
    pub fn send_head(
        &mut self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
        end: bool,
    ) {
        let Some(exchange) = self.answerable(stream) else { return };
        if head.status < 200 {
            // 101 ends HTTP and has a verb of its own.
            if head.status != 101 && exchange.version == Version::Http11 {
                for piece in [head.h1_status_line.as_slice(), &head.fields.h1, b"\r\n"] {
                    self.io.output.extend_from_slice(piece);
                }
                self.timer.touch_output();
            }
            return;
        }
        let tunnel = is_tunnel(exchange, head.status);
        let may_have_content = head.has_body(false) && !tunnel;
        let is_11 = exchange.version == Version::Http11;
        let declared = match (may_have_content, end) {
            (false, _) => Declared::Nothing,
            // What GET would have been answered is not known here (RFC 9110 section 9.3.2).
            (true, true) if exchange.is_head => Declared::Nothing,
            (true, true) => Declared::Length(0),
            (true, false) if is_11 => Declared::Chunked,
            (true, false) => Declared::Nothing,
        };
        let ended_by_close = may_have_content && !end && !is_11 && !exchange.is_head;
        self.write_final_head(head, extra, declared, !ended_by_close && !tunnel);
        if !end {
            self.outgoing.begin(match may_have_content && !exchange.is_head {
                false => Coding::Discard,
                true if is_11 => Coding::Chunked,
                true => Coding::Raw,
            });
        }
    }

    /// A piece of the body; waits in the connection while the output is full.
    pub fn send_data(&mut self, stream: StreamId, data: Bytes, end: bool) {
        if self.is_sending(stream) {
            self.outgoing.push(data);
            if end {
                self.outgoing.end(b"");
            }
            self.pump();
        }
    }

    /// Trailers, which end the answer; left out where the coding cannot carry them.
    pub fn send_trailers(&mut self, stream: StreamId, trailers: &PreparedFields) {
        if self.is_sending(stream) {
            self.outgoing.end(&trailers.h1);
            self.pump();
        }
    }

    /// Body bytes of the exchange accepted and not yet in `output`; `None` when the exchange is gone.
    pub fn unsent(&self, stream: StreamId) -> Option<usize> {
        self.exchange.filter(|exchange| exchange.stream == stream).map(|_| self.outgoing.unsent())
    }

    /// Ends the exchange abnormally, which in HTTP/1 only the close of the connection can do.
    pub fn reset(&mut self, stream: StreamId, _reason: u32) {
        if self.exchange.is_some_and(|exchange| exchange.stream == stream) {
            self.close(error::RESET);
        }
    }

    /// Answers 101 (or 2xx to CONNECT) and leaves HTTP: nothing more is parsed; the unread bytes and the unwritten
    /// output are handed over. `None` when `stream` is not the exchange that waits for an answer.
    pub fn switch_protocols(
        mut self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
    ) -> Option<Buffers> {
        self.answerable(stream)?;
        let out = &mut self.io.output;
        for piece in [&head.h1_status_line, &extra.h1, &head.fields.h1] {
            out.extend_from_slice(piece);
        }
        if head.status == 101 {
            out.extend_from_slice(b"connection: upgrade\r\n");
        }
        out.extend_from_slice(b"\r\n");
        Some(self.io)
    }

    fn answerable(&self, stream: StreamId) -> Option<Exchange> {
        self.exchange.filter(|exchange| exchange.stream == stream && !exchange.answered)
    }

    fn is_sending(&self, stream: StreamId) -> bool {
        self.exchange.is_some_and(|exchange| exchange.stream == stream) && self.outgoing.accepts()
    }

    fn pump(&mut self) {
        self.outgoing.pump(&mut self.io.output, self.limits.output_high_bytes);
        self.timer.touch_output();
    }

    fn write_final_head(
        &mut self,
        head: &PreparedHead,
        extra: &PreparedFields,
        declared: Declared,
        may_persist: bool,
    ) {
        let Some(exchange) = &mut self.exchange else { return };
        exchange.answered = true;
        exchange.keep_alive &= may_persist && self.lifecycle == Lifecycle::Open;
        let out = &mut self.io.output;
        for piece in [&head.h1_status_line, &extra.h1, &head.fields.h1] {
            out.extend_from_slice(piece);
        }
        // RFC 9112 section 9.3: persistence is the default of 1.1 and has to be agreed on in 1.0.
        match (exchange.keep_alive, exchange.version) {
            (false, _) => out.extend_from_slice(b"connection: close\r\n"),
            (true, Version::Http10) => out.extend_from_slice(b"connection: keep-alive\r\n"),
            (true, _) => {}
        }
        match declared {
            Declared::Length(length) => {
                out.extend_from_slice(b"content-length: ");
                push_decimal(out, length);
                out.extend_from_slice(b"\r\n\r\n");
            }
            Declared::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n"),
            Declared::Nothing => out.extend_from_slice(b"\r\n"),
        }
        self.timer.touch_output();
    }
}

/// RFC 9110 section 9.3.6: after 2xx to CONNECT comes no content, and neither framing field.
fn is_tunnel(exchange: Exchange, status: u16) -> bool {
    exchange.is_connect && (200..300).contains(&status)
}
