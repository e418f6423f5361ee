//! Frames out: answers and requests, within the peer's windows (RFC 9113 sections 5.2, 6.9 and 8.1).

use super::connection::{Connection, Phase, Role};
use super::error::Reason;
use super::flow::{ReceiveWindow, SendWindow};
use super::frame::{self, FrameHeader, HEADER_BYTES, flag, kind};
use super::stream::{Cause, Sending, State};
use crate::event::StreamId;
use crate::head::Head;
use crate::limits::CUT_FRAME_BYTES_MIN;
use crate::prepared::{PreparedFields, PreparedHead};
use bytes::Bytes;

impl Connection {
    /// A whole answer. `extra` goes before the fields of `head`. Nothing happens when the exchange is gone.
    #[inline]
    pub fn respond(
        &mut self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
        body: &Bytes,
    ) {
        let Some(slot) = self.sendable_slot(stream) else { return };
        let end = body.is_empty() || !head.has_body(self.streams[slot].head_request);
        self.write_head(stream.0, head, extra, end);
        self.streams[slot].head_sent = true;
        if end { self.end_sent(slot) } else { self.write_body(slot, body) }
    }

    /// The head of an answer whose body follows in pieces, unless `end`. A status below 200 is informational.
    pub fn send_head(
        &mut self,
        stream: StreamId,
        head: &PreparedHead,
        extra: &PreparedFields,
        end: bool,
    ) {
        let Some(slot) = self.sendable_slot(stream) else { return };
        if head.status() < 200 {
            return self.write_head(stream.0, head, extra, false);
        }
        let end = end || !head.has_body(self.streams[slot].head_request);
        self.write_head(stream.0, head, extra, end);
        self.streams[slot].head_sent = true;
        if end {
            self.end_sent(slot);
        }
    }

    /// A piece of the body; waits in the connection while the peer's window is shut.
    pub fn send_data(&mut self, stream: StreamId, data: Bytes, end: bool) {
        let Some(slot) = self.streams.find(stream.0) else { return };
        let stream = &mut self.streams[slot];
        if !stream.state.may_send() || !stream.head_sent || (data.is_empty() && !end) {
            return;
        }
        if let Some(sending) = &mut stream.sending {
            if !sending.end {
                sending.end = end;
                sending.pieces.push_back(data);
            }
            return self.queue_sendable(slot);
        }
        self.block_on(slot, Sending { pieces: [data].into(), end, trailers: None, queued: false });
        self.send_turn(slot);
    }

    /// Trailers, which end the answer.
    pub fn send_trailers(&mut self, stream: StreamId, trailers: &PreparedFields) {
        let Some(slot) = self.streams.find(stream.0) else { return };
        let stream = &mut self.streams[slot];
        if !stream.state.may_send() || !stream.head_sent {
            return;
        }
        match &mut stream.sending {
            Some(sending) => {
                sending.end = true;
                sending.trailers = Some(trailers.h2.clone());
            }
            None => {
                let id = stream.id;
                self.write_block(id, &trailers.h2, true);
                self.end_sent(slot);
            }
        }
    }

    /// Body bytes of the exchange accepted by [`Self::send_data`] and not yet in `output`; `None` when it is gone.
    pub fn unsent(&self, stream: StreamId) -> Option<usize> {
        let stream = &self.streams[self.streams.find(stream.0)?];
        Some(
            stream
                .sending
                .as_ref()
                .map_or(0, |sending| sending.pieces.iter().map(Bytes::len).sum()),
        )
    }

    /// Ends the exchange with RST_STREAM.
    pub fn reset(&mut self, stream: StreamId, reason: u32) {
        if let Some(slot) = self.streams.find(stream.0) {
            frame::rst_stream::encode(stream.0, Reason(reason), &mut self.io.output);
            self.remove(slot, Cause::ResetByUs);
        }
    }

    /// Client: may another request be sent now?
    pub fn can_send(&self) -> bool {
        self.phase != Phase::Closed
            && !self.drain.is_draining()
            && self.streams.live() < self.peer.streams_max as usize
            && self.last_stream < 0x7fff_fffd
    }

    /// Client: begins a request; `end` when it has no content. `None` while the peer allows no further stream, or the
    /// connection takes none any more.
    pub fn send_request(&mut self, head: &Head, end: bool) -> Option<StreamId> {
        let slot = self.open_request(head, end)?;
        let id = self.streams[slot].id;
        if end {
            self.end_sent(slot);
        }
        Some(StreamId(id))
    }

    /// Client: a whole request, with content unless it is absent or empty. `None` as in [`Self::send_request`].
    #[inline]
    pub fn send_whole_request(&mut self, head: &Head, body: Option<&Bytes>) -> Option<StreamId> {
        let body = body.filter(|body| !body.is_empty());
        let slot = self.open_request(head, body.is_none())?;
        let id = self.streams[slot].id;
        match body {
            Some(body) => self.write_body(slot, body),
            None => self.end_sent(slot),
        }
        Some(StreamId(id))
    }

    /// Opens a stream and writes the head of its request.
    fn open_request(&mut self, head: &Head, end: bool) -> Option<usize> {
        debug_assert_eq!(self.role, Role::Client);
        if !self.can_send() {
            return None;
        }
        self.last_stream = if self.last_stream == 0 { 1 } else { self.last_stream + 2 };
        let id = self.last_stream;
        let slot = self.streams.insert(id);
        let window = ReceiveWindow::new(self.limits.stream_window_bytes);
        let stream = &mut self.streams[slot];
        stream.open(id, SendWindow::new(self.peer.window_bytes), window);
        stream.began_ms = self.now_ms;
        (stream.head_request, stream.head_sent) = (head.method() == b"HEAD", true);
        self.receiving += 1;
        let at = self.begin_headers(id, end);
        let out = &mut self.io.output;
        match self.repeated.block(head, self.encoder.generation()) {
            Some(block) => out.extend_from_slice(block),
            None => {
                let (before, from) = (self.encoder.generation(), out.len());
                head.encode(&mut self.encoder, out);
                if self.encoder.generation() == before {
                    self.repeated.keep(head, before, &out[from..]);
                }
            }
        }
        self.finish_headers(id, at, end);
        Some(slot)
    }

    /// The slot of a stream that waits for its final head.
    #[inline]
    fn sendable_slot(&self, stream: StreamId) -> Option<usize> {
        let slot = self.streams.find(stream.0)?;
        let stream = &self.streams[slot];
        (stream.state.may_send() && !stream.head_sent).then_some(slot)
    }

    #[inline]
    fn write_head(&mut self, id: u32, head: &PreparedHead, extra: &PreparedFields, end: bool) {
        let at = self.begin_headers(id, end);
        let out = &mut self.io.output;
        out.extend_from_slice(&head.h2_status);
        out.extend_from_slice(&extra.h2);
        out.extend_from_slice(&head.fields.h2);
        self.finish_headers(id, at, end);
    }

    fn write_block(&mut self, id: u32, block: &[u8], end: bool) {
        let at = self.begin_headers(id, end);
        self.io.output.extend_from_slice(block);
        self.finish_headers(id, at, end);
    }

    /// Begins a HEADERS frame whose length is not known yet; returns where.
    #[inline]
    fn begin_headers(&mut self, id: u32, end: bool) -> usize {
        let out = &mut self.io.output;
        let at = out.len();
        let flags = flag::END_HEADERS | if end { flag::END_STREAM } else { 0 };
        FrameHeader { length: 0, kind: kind::HEADERS, flags, stream: id }.encode(out);
        self.encoder.begin(out);
        at
    }

    /// Ends a HEADERS frame: fills in its length, or cuts it into CONTINUATION frames.
    #[inline]
    fn finish_headers(&mut self, id: u32, at: usize, end: bool) {
        let out = &mut self.io.output;
        let length = out.len() - at - HEADER_BYTES;
        if length <= self.peer.frame_bytes_max {
            let [_, l0, l1, l2] = (length as u32).to_be_bytes();
            out[at..at + 3].copy_from_slice(&[l0, l1, l2]);
            return;
        }
        let block = out.split_off(at + HEADER_BYTES);
        out.truncate(at);
        frame::headers::encode(id, &block, end, self.peer.frame_bytes_max, out);
    }

    /// `:status` alone: 100 before content, 431 and 413 instead of an answer.
    fn write_status(&mut self, id: u32, status: u16, end: bool) {
        let at = self.begin_headers(id, end);
        super::hpack::encode_status(status, &mut self.io.output);
        self.finish_headers(id, at, end);
    }

    /// RFC 9110 section 10.1.1: the client waits for leave to send its content.
    pub(super) fn send_continue(&mut self, slot: usize) {
        let id = self.streams[slot].id;
        self.write_status(id, 100, false);
    }

    /// An answer without fields and content, which ends the exchange.
    pub(super) fn send_status_only(&mut self, slot: usize, status: u16) {
        let id = self.streams[slot].id;
        self.write_status(id, status, true);
        self.end_sent(slot);
    }

    /// A whole body: in one frame when windows and frame size permit, else the first frame of it.
    #[inline]
    fn write_body(&mut self, slot: usize, body: &Bytes) {
        let stream = &mut self.streams[slot];
        let room = self
            .send_window
            .available()
            .min(stream.send_window.available())
            .min(self.peer.frame_bytes_max);
        if body.len() > room {
            self.block_on(
                slot,
                Sending { pieces: [body.clone()].into(), end: true, trailers: None, queued: false },
            );
            return self.send_turn(slot);
        }
        stream.send_window.take(body.len());
        self.send_window.take(body.len());
        frame::data::encode(stream.id, body, true, &mut self.io.output);
        self.sent_bytes += body.len() as u64;
        self.guard.data_sent();
        self.end_sent(slot);
    }

    fn block_on(&mut self, slot: usize, sending: Sending) {
        self.streams[slot].sending = Some(Box::new(sending));
        self.blocked += 1;
        // The first that waits: what was sent at the time of an earlier stall says nothing about this one.
        if self.blocked == 1 {
            self.stall_check = Some((self.now + self.limits.stall_timeout, self.sent_bytes));
        }
    }

    /// We have sent END_STREAM. A peer that has not is told that we want no more (section 8.1).
    #[inline]
    fn end_sent(&mut self, slot: usize) {
        let stream = &mut self.streams[slot];
        if self.role == Role::Server && stream.state.may_receive() {
            frame::rst_stream::encode(stream.id, Reason::NO_ERROR, &mut self.io.output);
            return self.remove(slot, Cause::ResetByUs);
        }
        stream.state.send_end();
        if stream.state == State::Closed {
            self.remove(slot, Cause::Ended);
        }
    }

    /// Puts a stream in the queue of those that may send, if it has something and a window for it.
    #[inline]
    pub(super) fn queue_sendable(&mut self, slot: usize) {
        let stream = &mut self.streams[slot];
        let window_open = stream.send_window.available() > 0;
        if let Some(sending) = &mut stream.sending
            && !sending.queued
            && window_open
        {
            sending.queued = true;
            self.sendable.push_back(stream.id);
        }
    }

    pub(super) fn queue_all_sendable(&mut self) {
        if self.blocked == 0 {
            return;
        }
        let ids: Vec<u32> =
            self.streams.iter_mut().filter(|s| s.sending.is_some()).map(|s| s.id).collect();
        for slot in ids.into_iter().filter_map(|id| self.streams.find(id)).collect::<Vec<_>>() {
            self.queue_sendable(slot);
        }
    }

    /// Lets the streams that may send do so in turn, a frame each, until the output is full or the connection's window
    /// used up. Each turn sends a byte or shortens the queue: a thousand streams that wait for the connection's window
    /// cost nothing until it opens.
    pub(super) fn pump(&mut self) {
        while self.io.output.len() < self.limits.output_high_bytes
            && self.send_window.available() > 0
        {
            let Some(id) = self.sendable.pop_front() else { return };
            let Some(slot) = self.streams.find(id) else { continue };
            if let Some(sending) = &mut self.streams[slot].sending {
                sending.queued = false;
                self.send_turn(slot);
            }
        }
    }

    /// One DATA frame of a stream that has a [`Sending`]; queues it again when more is left. What is left is never
    /// only empty pieces: those need no window, and END_STREAM goes with the last content.
    fn send_turn(&mut self, slot: usize) {
        let stream = &mut self.streams[slot];
        let Some(sending) = &mut stream.sending else { return };
        let room = self
            .send_window
            .available()
            .min(stream.send_window.available())
            .min(self.peer.frame_bytes_max);
        let Some(piece) = sending.pieces.front_mut() else { return };
        let bytes = piece.len().min(room);
        if bytes == 0 && !piece.is_empty() {
            return self.queue_sendable(slot);
        }
        let chunk = piece.split_to(bytes);
        let cut_short = !piece.is_empty() && bytes < CUT_FRAME_BYTES_MIN;
        while sending.pieces.front().is_some_and(Bytes::is_empty) {
            sending.pieces.pop_front();
        }
        let done = sending.pieces.is_empty();
        let end = done && sending.end && sending.trailers.is_none();
        if !chunk.is_empty() || end {
            stream.send_window.take(bytes);
            self.send_window.take(bytes);
            frame::data::encode(stream.id, &chunk, end, &mut self.io.output);
            self.sent_bytes += bytes as u64;
            if !cut_short {
                self.guard.data_sent();
            }
        }
        if !done {
            return self.queue_sendable(slot);
        }
        let (id, ended) = (stream.id, sending.end);
        let trailers = sending.trailers.take();
        stream.sending = None;
        self.blocked -= 1;
        if let Some(block) = trailers {
            self.write_block(id, &block, true);
        }
        if ended {
            self.end_sent(slot);
        }
    }
}
