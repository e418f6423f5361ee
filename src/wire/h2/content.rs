//! DATA in (RFC 9113 section 6.1): content collected or handed on, and the receive windows that go with it.

use super::connection::{BodyAt, Connection, Ready, Role};
use super::error::{Fault, Reason};
use super::frame::{self, FrameHeader, flag};
use super::guard::Nuisance;
use crate::event::{BodyMode, StreamId};

impl Connection {
    #[inline]
    pub(super) fn on_data(
        &mut self,
        header: FrameHeader,
        start: usize,
        stop: usize,
    ) -> Result<Option<Ready>, Fault> {
        let content = frame::data::parse(header, self.io.slice(start, stop))?;
        if !self.receive_window.receive(header.length) {
            return Err(Fault::connection(
                Reason::FLOW_CONTROL_ERROR,
                "DATA beyond the connection's window",
            ));
        }
        let Some(slot) = self.streams.find(header.stream) else {
            self.grant_connection(header.length);
            self.guard.count(Nuisance::IgnoredFrame, self.now)?;
            return self.on_unknown_stream(header.stream).map(|()| None);
        };
        let end = header.has(flag::END_STREAM);
        if let Err(fault) = self.take_data(slot, header.length, content.len(), end) {
            self.grant_connection(header.length);
            return Err(fault);
        }
        let (start, stop) = (start + content.start, start + content.end);
        match self.mode {
            BodyMode::Whole => self.assemble(slot, header.length, start, stop, end),
            BodyMode::Streamed => {
                self.streams[slot].unconsumed += stop - start;
                self.consume(slot, header.length - (stop - start));
                if end {
                    self.receive_end(slot);
                }
                Ok(Some(Ready::Data { slot, start, stop, end }))
            }
        }
    }

    /// May this DATA frame come here? Counts it.
    #[inline]
    fn take_data(
        &mut self,
        slot: usize,
        frame_bytes: usize,
        content_bytes: usize,
        end: bool,
    ) -> Result<(), Fault> {
        let stream = &mut self.streams[slot];
        let id = stream.id;
        if !stream.state.may_receive() {
            return Err(Fault::stream(id, Reason::STREAM_CLOSED, "DATA after END_STREAM"));
        }
        if !stream.head_received {
            return Err(Fault::stream(id, Reason::PROTOCOL_ERROR, "DATA before the response head"));
        }
        if !stream.receive_window.receive(frame_bytes) {
            return Err(Fault::stream(
                id,
                Reason::FLOW_CONTROL_ERROR,
                "DATA beyond the stream's window",
            ));
        }
        stream.received += content_bytes as u64;
        if content_bytes == 0 && !end {
            self.guard.count(Nuisance::EmptyFrame, self.now)?;
        }
        self.check_length(slot, end)
    }

    /// Collects content until the message is whole. Content in one frame stays where it is.
    #[inline]
    fn assemble(
        &mut self,
        slot: usize,
        frame_bytes: usize,
        start: usize,
        stop: usize,
        end: bool,
    ) -> Result<Option<Ready>, Fault> {
        let stream = &mut self.streams[slot];
        let body_bytes = stream.body.len() + (stop - start);
        if body_bytes > self.limits.body_bytes_max {
            self.grant_connection(frame_bytes);
            return self.refuse(slot, 413, "content larger than allowed");
        }
        if end && stream.body.is_empty() {
            self.receive_end(slot);
            self.grant_connection(frame_bytes);
            return Ok(Some(Ready::Message { slot, body: BodyAt::Input(start, stop) }));
        }
        stream.body.extend_from_slice(self.io.slice(start, stop));
        self.buffered_bytes += stop - start;
        if self.buffered_bytes > self.limits.buffered_bytes_max {
            self.withheld_bytes += frame_bytes;
        } else {
            self.grant_connection(frame_bytes);
        }
        if end {
            self.receive_end(slot);
            return Ok(Some(Ready::Message { slot, body: BodyAt::Stream }));
        }
        self.grant_stream(slot, frame_bytes);
        Ok(None)
    }

    pub(super) fn check_length(&self, slot: usize, ended: bool) -> Result<(), Fault> {
        let stream = &self.streams[slot];
        let bodiless = self.role == Role::Client && stream.head_request;
        match stream.length_is_wrong(ended, bodiless) {
            true => Err(Fault::stream(
                stream.id,
                Reason::PROTOCOL_ERROR,
                "content-length is not the content's length",
            )),
            false => Ok(()),
        }
    }

    #[inline]
    pub(super) fn receive_end(&mut self, slot: usize) {
        self.streams[slot].state.receive_end();
        self.receiving -= 1;
    }

    /// Content given back by its message; the window withheld for it opens again.
    #[inline]
    pub(super) fn unbuffer(&mut self, bytes: usize) {
        self.buffered_bytes -= bytes;
        if self.withheld_bytes > 0 && self.buffered_bytes <= self.limits.buffered_bytes_max {
            let withheld = std::mem::take(&mut self.withheld_bytes);
            self.grant_connection(withheld);
        }
    }

    /// Opens the connection's receive window again.
    #[inline]
    pub(super) fn grant_connection(&mut self, bytes: usize) {
        if let Some(increment) = self.receive_window.consume(bytes) {
            frame::window_update::encode(0, increment, &mut self.io.output);
        }
    }

    /// Opens a stream's receive window again, if more is to come.
    #[inline]
    pub(super) fn grant_stream(&mut self, slot: usize, bytes: usize) {
        let stream = &mut self.streams[slot];
        if stream.state.may_receive()
            && let Some(increment) = stream.receive_window.consume(bytes)
        {
            frame::window_update::encode(stream.id, increment, &mut self.io.output);
        }
    }

    /// The owner is done with `bytes` of a stream's content ([`BodyMode::Streamed`]), or they were padding.
    pub(super) fn consume(&mut self, slot: usize, bytes: usize) {
        self.grant_connection(bytes);
        self.grant_stream(slot, bytes);
    }

    /// The owner is done with so much of what [`crate::Event::Data`] showed; the windows may open again.
    pub fn consumed(&mut self, stream: StreamId, bytes: usize) {
        if let Some(slot) = self.streams.find(stream.0) {
            let bytes = bytes.min(self.streams[slot].unconsumed);
            self.streams[slot].unconsumed -= bytes;
            self.consume(slot, bytes);
        }
    }
}
