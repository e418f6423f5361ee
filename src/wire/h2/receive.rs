//! Frames in: what each one means in the state the connection is in (RFC 9113 sections 5.1 and 6).

use super::connection::{BodyAt, Connection, OpenBlock, Phase, Ready, Role};
use super::error::{Fault, Reason};
use super::flow::{ReceiveWindow, SendWindow, WINDOW_BYTES_INITIAL};
use super::frame::{self, FrameHeader, flag, kind};
use super::guard::Nuisance;
use super::heads::{NO_HEAD, Recall};
use super::stream::Cause;
use crate::error::{ErrorKind, StreamError};
use crate::event::{BodyMode, StreamId};
use crate::head::Head;
use crate::limits::{
    BLOCK_BYTES_FACTOR, CONTINUATION_FRAMES_MAX, HELD_HEAD_COUNTED_BYTES_MIN, HELD_HEADS_BYTES_MAX,
    RETAINED_BYTES_MAX,
};

/// The first requests of a connection fill the dynamic table, and many connections have no more than a few.
const RECALL_FROM_STREAM: u32 = 16;

impl Connection {
    /// One complete frame, its payload at `start..stop` of the input.
    #[inline]
    pub(super) fn on_frame(
        &mut self,
        header: FrameHeader,
        start: usize,
        stop: usize,
    ) -> Result<Option<Ready>, Fault> {
        if let Some(block) = self.block
            && (header.kind != kind::CONTINUATION || header.stream != block.stream)
        {
            return Err(Fault::connection(
                Reason::PROTOCOL_ERROR,
                "field block interrupted by another frame",
            ));
        }
        if self.phase == Phase::FirstSettings {
            if header.kind != kind::SETTINGS || header.has(flag::ACK) {
                return Err(Fault::connection(
                    Reason::PROTOCOL_ERROR,
                    "the first frame is not SETTINGS",
                ));
            }
            self.phase = Phase::Open;
        }
        match header.kind {
            kind::DATA => self.on_data(header, start, stop),
            kind::HEADERS => self.on_headers(header, start, stop),
            _ => self.on_control(header, start, stop),
        }
    }

    #[inline]
    fn on_headers(
        &mut self,
        header: FrameHeader,
        start: usize,
        stop: usize,
    ) -> Result<Option<Ready>, Fault> {
        let headers = frame::headers::parse(header, self.io.slice(start, stop))?;
        let block = OpenBlock {
            stream: header.stream,
            end_stream: header.has(flag::END_STREAM),
            depends_on: headers.depends_on,
            continuations: 0,
            began: self.now,
        };
        let (from, to) = (start + headers.block.start, start + headers.block.end);
        if header.has(flag::END_HEADERS) {
            return self.on_field_block(block, Some((from, to)));
        }
        self.block_bytes.clear();
        self.block_bytes.extend_from_slice(self.io.slice(from, to));
        self.block = Some(block);
        Ok(None)
    }

    pub(super) fn on_continuation(
        &mut self,
        header: FrameHeader,
        start: usize,
        stop: usize,
    ) -> Result<Option<Ready>, Fault> {
        frame::continuation::parse(header)?;
        let Some(mut block) = self.block else {
            return Err(Fault::connection(
                Reason::PROTOCOL_ERROR,
                "CONTINUATION without an open field block",
            ));
        };
        block.continuations += 1;
        if start == stop && !header.has(flag::END_HEADERS) {
            self.guard.count(Nuisance::EmptyFrame, self.now)?;
        }
        self.block_bytes.extend_from_slice(self.io.slice(start, stop));
        let bytes_max = self.limits.head_bytes_max * BLOCK_BYTES_FACTOR;
        if block.continuations > CONTINUATION_FRAMES_MAX || self.block_bytes.len() > bytes_max {
            return Err(Fault::connection(Reason::ENHANCE_YOUR_CALM, "field block without end"));
        }
        if !header.has(flag::END_HEADERS) {
            self.block = Some(block);
            return Ok(None);
        }
        self.block = None;
        let outcome = self.on_field_block(block, None);
        if self.block_bytes.capacity() > RETAINED_BYTES_MAX {
            self.block_bytes = Vec::new();
        }
        outcome
    }

    /// A complete field block, in the input or in `block_bytes`. It is always decoded, even when its stream is
    /// gone, to keep the table in step (section 4.3).
    #[inline]
    fn on_field_block(
        &mut self,
        block: OpenBlock,
        at: Option<(usize, usize)>,
    ) -> Result<Option<Ready>, Fault> {
        let recall = self.recall(block, at);
        if let Recall::Known(head) = recall {
            return self.on_head(block, head, false);
        }
        let generation = self.decoder.generation();
        let head = self.streams.heads.take();
        let bytes = match at {
            Some((from, to)) => self.io.slice(from, to),
            None => &self.block_bytes,
        };
        let (bytes_max, fresh) = (self.limits.head_bytes_max, self.streams.heads.get_mut(head));
        let oversized = match self.decoder.decode(bytes, fresh, bytes_max) {
            Ok(decoded) => decoded.oversized,
            Err(error) => return Err(Fault::connection(Reason::COMPRESSION_ERROR, error.0)),
        };
        if oversized {
            self.guard.count(Nuisance::OversizedHead, self.now)?;
        }
        if let (Recall::Repeated(place), Some((from, to))) = (recall, at)
            && generation == self.decoder.generation()
            && self.is_well_formed(head)
        {
            self.streams.heads.remember(place, self.io.slice(from, to), head);
        }
        self.on_head(block, head, oversized)
    }

    /// A decoded field block: it opens a stream, or goes on with one.
    #[inline]
    fn on_head(
        &mut self,
        block: OpenBlock,
        head: u32,
        oversized: bool,
    ) -> Result<Option<Ready>, Fault> {
        match (self.streams.find(block.stream), self.role) {
            (Some(slot), _) => self.on_further_section(slot, block, head, oversized),
            (None, Role::Server) => self.on_request(block, head, oversized),
            (None, Role::Client) => {
                self.streams.heads.give(head);
                self.on_unknown_stream(block.stream).map(|()| None)
            }
        }
    }

    /// Is it a head as our peer sends them?
    fn is_well_formed(&self, head: u32) -> bool {
        let head = self.streams.heads.get(head);
        let checked = match self.role {
            Role::Server => head.check_request(),
            Role::Client => head.check_response(),
        };
        checked.is_ok()
    }

    /// What is known of a block that begins a message, not of trailers, once the connection has had a few.
    #[inline]
    fn recall(&mut self, block: OpenBlock, at: Option<(usize, usize)>) -> Recall {
        let begins_message = match (self.streams.find(block.stream), self.role) {
            (slot, Role::Server) => slot.is_none(),
            (slot, Role::Client) => slot.is_some_and(|slot| !self.streams[slot].head_received),
        };
        match at {
            Some((from, to)) if block.stream > RECALL_FROM_STREAM && begins_message => {
                let generation = self.decoder.generation();
                self.streams.heads.recall(self.io.slice(from, to), generation)
            }
            _ => Recall::Unknown,
        }
    }

    /// A field block opens a stream: a request.
    #[inline]
    fn on_request(
        &mut self,
        block: OpenBlock,
        head: u32,
        oversized: bool,
    ) -> Result<Option<Ready>, Fault> {
        let verdict = self.judge_request(block, head, oversized);
        if !matches!(verdict, Ok(true)) {
            self.streams.heads.give(head);
            return verdict.map(|_| None);
        }
        let request = self.streams.heads.get(head);
        let (length, is_head) = (request.content_length(), request.method() == b"HEAD");
        let (is_connect, expects_continue) =
            (request.method() == b"CONNECT", request.expects_continue());
        let slot = self.open(block.stream);
        let stream = &mut self.streams[slot];
        (stream.content_length, stream.head_request) = (length, is_head);
        (stream.head, stream.head_received) = (head, true);
        if oversized {
            return self.refuse(slot, 431, "head larger than MAX_HEADER_LIST_SIZE");
        }
        if length.is_some_and(|n| n > self.limits.body_bytes_max as u64)
            && self.mode == BodyMode::Whole
        {
            return self.refuse(slot, 413, "content larger than allowed");
        }
        if is_connect && self.mode == BodyMode::Whole {
            // Section 8.5: what follows is a tunnel and no content, so there is no whole message to wait for.
            return self.refuse(slot, 405, "CONNECT is not served");
        }
        if expects_continue && !block.end_stream {
            self.send_continue(slot);
        }
        self.deliver_head(slot, block.end_stream)
    }

    /// May this field block open a stream? `Ok(false)`: it is to be ignored.
    #[inline]
    fn judge_request(
        &mut self,
        block: OpenBlock,
        head: u32,
        oversized: bool,
    ) -> Result<bool, Fault> {
        let id = block.stream;
        if id.is_multiple_of(2) {
            return Err(Fault::connection(
                Reason::PROTOCOL_ERROR,
                "a client's stream has an even identifier",
            ));
        }
        if id <= self.last_stream {
            return self.on_closed_stream(id).map(|()| false);
        }
        if self.drain.is_final() {
            return Ok(false);
        }
        self.last_stream = id;
        if self.streams.live() >= self.limits.streams_max as usize {
            return Err(Fault::stream(
                id,
                Reason::REFUSED_STREAM,
                "more streams than MAX_CONCURRENT_STREAMS",
            ));
        }
        if block.depends_on == Some(id) {
            return Err(Fault::stream(id, Reason::PROTOCOL_ERROR, "stream depends on itself"));
        }
        if oversized {
            return Ok(true);
        }
        if !block.end_stream && self.holds_enough_heads(head) {
            return Err(Fault::stream(
                id,
                Reason::REFUSED_STREAM,
                "heads of unfinished requests hold too much",
            ));
        }
        match self.streams.heads.get(head).check_request() {
            Ok(()) => Ok(true),
            Err(reason) => Err(Fault::stream(id, Reason::PROTOCOL_ERROR, reason)),
        }
    }

    /// Is this head too large to be held until its content is complete, beside those held already?
    fn holds_enough_heads(&self, head: u32) -> bool {
        self.mode == BodyMode::Whole
            && self.streams.heads.get(head).list_bytes() >= HELD_HEAD_COUNTED_BYTES_MIN
            && self.streams.held_head_bytes() >= HELD_HEADS_BYTES_MAX
    }

    /// A stream begins with us as its receiver.
    #[inline]
    pub(super) fn open(&mut self, id: u32) -> usize {
        // Until our SETTINGS are acknowledged the peer may reckon with the protocol's initial window.
        let window = match self.settings_acknowledged {
            true => self.limits.stream_window_bytes,
            false => self.limits.stream_window_bytes.max(WINDOW_BYTES_INITIAL),
        };
        let slot = self.streams.insert(id);
        let stream = &mut self.streams[slot];
        stream.open(id, SendWindow::new(self.peer.window_bytes), ReceiveWindow::new(window));
        stream.began_ms = self.now_ms;
        self.receiving += 1;
        slot
    }

    /// The head of a message is complete; the message too, when END_STREAM came with it.
    #[inline]
    fn deliver_head(&mut self, slot: usize, end: bool) -> Result<Option<Ready>, Fault> {
        if end {
            self.check_length(slot, true)?;
            self.receive_end(slot);
        } else if self.body_check_at.is_none() {
            self.body_check_at = Some(self.now + self.limits.body_timeout);
        }
        match (self.mode, end) {
            (BodyMode::Streamed, _) => Ok(Some(Ready::Head { slot, end })),
            (BodyMode::Whole, true) => Ok(Some(Ready::Message { slot, body: BodyAt::Stream })),
            (BodyMode::Whole, false) => Ok(None),
        }
    }

    /// A field block on a stream that is open: trailers, or (client) a response head.
    fn on_further_section(
        &mut self,
        slot: usize,
        block: OpenBlock,
        head: u32,
        oversized: bool,
    ) -> Result<Option<Ready>, Fault> {
        if let Err(fault) = self.judge_section(slot, block, head, oversized) {
            self.streams.heads.give(head);
            return Err(fault);
        }
        if !self.streams[slot].head_received {
            return self.on_response(slot, block, head);
        }
        self.receive_end(slot);
        if self.mode == BodyMode::Streamed {
            let previous = std::mem::replace(&mut self.streams[slot].head, head);
            self.streams.heads.give(previous);
            return Ok(Some(Ready::Trailers { slot }));
        }
        self.streams[slot].trailers =
            Some(Box::new(std::mem::take(self.streams.heads.get_mut(head))));
        self.streams.heads.give(head);
        Ok(Some(Ready::Message { slot, body: BodyAt::Stream }))
    }

    fn judge_section(
        &self,
        slot: usize,
        block: OpenBlock,
        head: u32,
        oversized: bool,
    ) -> Result<(), Fault> {
        let stream = &self.streams[slot];
        let protocol_error = |reason| Err(Fault::stream(stream.id, Reason::PROTOCOL_ERROR, reason));
        let section = self.streams.heads.get(head);
        if !stream.state.may_receive() {
            return Err(Fault::stream(
                stream.id,
                Reason::STREAM_CLOSED,
                "HEADERS after END_STREAM",
            ));
        }
        if oversized {
            return Err(Fault::stream(
                stream.id,
                Reason::ENHANCE_YOUR_CALM,
                "field section larger than allowed",
            ));
        }
        if stream.head_received {
            if !block.end_stream {
                return protocol_error("trailers without END_STREAM");
            }
            return section
                .check_trailers()
                .or_else(protocol_error)
                .and_then(|()| self.check_length(slot, true));
        }
        if section.status() < 200 && block.end_stream {
            return protocol_error("informational response with END_STREAM");
        }
        section.check_response().or_else(protocol_error)
    }

    /// Client: a response head, informational or final (section 8.1).
    fn on_response(
        &mut self,
        slot: usize,
        block: OpenBlock,
        head: u32,
    ) -> Result<Option<Ready>, Fault> {
        let response = self.streams.heads.get(head);
        let (status, length) = (response.status(), response.content_length());
        let previous = std::mem::replace(&mut self.streams[slot].head, head);
        self.streams.heads.give(previous);
        if status < 200 {
            return Ok(Some(Ready::Informational { slot }));
        }
        let stream = &mut self.streams[slot];
        stream.head_received = true;
        stream.content_length = length;
        stream.began_ms = self.now_ms;
        // Without content whatever content-length says (RFC 9110 section 8.6).
        stream.head_request |= matches!(status, 204 | 304);
        self.deliver_head(slot, block.end_stream)
    }

    /// Has nobody opened this stream? Even ones are a server's, for push. After the final GOAWAY the peer may still
    /// have opened streams that we ignored.
    pub(super) fn is_idle_stream(&self, id: u32) -> bool {
        id.is_multiple_of(2) || (id > self.last_stream && !self.drain.is_final())
    }

    /// A frame names a stream that is not open (section 5.1): idle, or closed.
    pub(super) fn on_unknown_stream(&mut self, id: u32) -> Result<(), Fault> {
        if self.is_idle_stream(id) {
            return Err(Fault::connection(Reason::PROTOCOL_ERROR, "frame on an idle stream"));
        }
        match self.streams.recall(id) {
            Some(Cause::ResetByUs) => Ok(()),
            _ if id > self.last_stream => Ok(()),
            _ => Err(Fault::stream(id, Reason::STREAM_CLOSED, "frame on a closed stream")),
        }
    }

    /// HEADERS names a stream below the highest (sections 5.1 and 5.1.1).
    fn on_closed_stream(&mut self, id: u32) -> Result<(), Fault> {
        match self.streams.recall(id) {
            Some(Cause::ResetByUs) => self.guard.count(Nuisance::IgnoredFrame, self.now),
            Some(Cause::ResetByPeer) => {
                Err(Fault::stream(id, Reason::STREAM_CLOSED, "HEADERS after RST_STREAM"))
            }
            Some(Cause::Ended) => {
                Err(Fault::connection(Reason::STREAM_CLOSED, "HEADERS on a closed stream"))
            }
            None => {
                Err(Fault::connection(Reason::PROTOCOL_ERROR, "stream identifier does not grow"))
            }
        }
    }

    /// Resets a stream that broke a rule (section 5.4.2).
    pub(super) fn fail_stream(&mut self, error: StreamError) -> Result<Ready, Fault> {
        let id = error.stream.0;
        frame::rst_stream::encode(id, Reason(error.code), &mut self.io.output);
        match self.streams.find(id) {
            Some(slot) => self.remove(slot, Cause::ResetByUs),
            None => self.streams.remember(id, Cause::ResetByUs),
        }
        self.guard.count(Nuisance::Reset, self.now)?;
        Ok(Ready::StreamError(error))
    }

    /// Answers a request that exceeds a bound with a status and nothing else (section 8.1: a complete answer before
    /// the request has ended is followed by RST_STREAM with NO_ERROR).
    pub(super) fn refuse(
        &mut self,
        slot: usize,
        status: u16,
        reason: &'static str,
    ) -> Result<Option<Ready>, Fault> {
        let id = self.streams[slot].id;
        self.guard.count(Nuisance::Reset, self.now)?;
        self.send_status_only(slot, status);
        let error = StreamError {
            stream: StreamId(id),
            kind: ErrorKind::Limit,
            code: u32::from(status),
            reason,
        };
        Ok(Some(Ready::StreamError(error)))
    }

    /// Stream 1 of an upgraded connection: half-closed (remote) from the start (RFC 7540 section 3.2).
    pub(super) fn open_upgraded(&mut self, request: Head, body: Vec<u8>) {
        let slot = self.open(1);
        let head = self.streams.heads.take();
        let stream = &mut self.streams[slot];
        stream.head_request = request.method() == b"HEAD";
        (stream.head, stream.head_received) = (head, true);
        self.buffered_bytes += body.len();
        stream.received = body.len() as u64;
        stream.body = body;
        *self.streams.heads.get_mut(head) = request;
        self.receive_end(slot);
        debug_assert_ne!(self.streams[slot].head, NO_HEAD);
        self.queued.push_back(Ready::Message { slot, body: BodyAt::Stream });
    }
}
