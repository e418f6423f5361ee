//! Frames in that are neither DATA nor HEADERS (RFC 9113 sections 6.3 to 6.10): they steer the connection.

use super::connection::{Connection, Ready, Role};
use super::error::{Fault, Reason};
use super::frame::{self, FrameHeader, flag, kind};
use super::guard::Nuisance;
use super::stream::Cause;
use crate::event::StreamId;

impl Connection {
    /// Everything that is neither DATA nor HEADERS.
    #[inline(never)]
    pub(super) fn on_control(
        &mut self,
        header: FrameHeader,
        start: usize,
        stop: usize,
    ) -> Result<Option<Ready>, Fault> {
        let payload = self.io.slice(start, stop);
        match header.kind {
            kind::PRIORITY => {
                frame::priority::parse(header, payload)?;
                self.guard.count(Nuisance::IgnoredFrame, self.now)?;
            }
            kind::RST_STREAM => {
                let code = frame::rst_stream::parse(header, payload)?;
                return self.on_reset(header.stream, code);
            }
            kind::SETTINGS => self.on_settings(header, start, stop)?,
            kind::PUSH_PROMISE => return Err(frame::push_promise::parse(header)),
            kind::PING => {
                let opaque = frame::ping::parse(header, payload)?;
                if header.has(flag::ACK) {
                    self.guard.count(Nuisance::IgnoredFrame, self.now)?;
                    self.on_ping_acknowledged(opaque);
                } else {
                    self.guard.count(Nuisance::Ping, self.now)?;
                    frame::ping::encode(opaque, true, &mut self.io.output);
                }
            }
            kind::GOAWAY => {
                let (last_stream, code) = frame::goaway::parse(header, payload)?;
                self.guard.count(Nuisance::IgnoredFrame, self.now)?;
                return Ok(Some(self.on_goaway(last_stream, code)));
            }
            kind::WINDOW_UPDATE => {
                self.guard.count(Nuisance::WindowUpdate, self.now)?;
                let increment = frame::window_update::parse(header, payload)?;
                self.on_window_update(header.stream, increment)?;
            }
            kind::CONTINUATION => return self.on_continuation(header, start, stop),
            // Section 4.1: unknown types are ignored and discarded.
            _ => self.guard.count(Nuisance::IgnoredFrame, self.now)?,
        }
        Ok(None)
    }

    fn on_reset(&mut self, id: u32, code: Reason) -> Result<Option<Ready>, Fault> {
        let Some(slot) = self.streams.find(id) else {
            if self.is_idle_stream(id) {
                return Err(Fault::connection(
                    Reason::PROTOCOL_ERROR,
                    "RST_STREAM on an idle stream",
                ));
            }
            self.guard.count(Nuisance::Reset, self.now)?;
            return Ok(None);
        };
        self.remove(slot, Cause::ResetByPeer);
        if self.role == Role::Server {
            self.guard.count(Nuisance::Reset, self.now)?;
        }
        Ok(Some(Ready::Reset { stream: StreamId(id), reason: code.0 }))
    }

    fn on_settings(&mut self, header: FrameHeader, start: usize, stop: usize) -> Result<(), Fault> {
        if frame::settings::parse(header, self.io.slice(start, stop))? {
            self.settings_acknowledged = true;
            return self.guard.count(Nuisance::IgnoredFrame, self.now);
        }
        self.guard.count(Nuisance::Settings, self.now)?;
        let before = self.peer.window_bytes;
        let mut highest = before;
        for at in (start..stop).step_by(frame::settings::ENTRY_BYTES) {
            let entry = self.io.slice(at, at + frame::settings::ENTRY_BYTES);
            let parameter = frame::settings::entries(entry).next();
            if let Some((id, value)) = parameter {
                self.apply_setting(id, value)?;
                highest = highest.max(self.peer.window_bytes);
            }
        }
        self.move_send_windows(before, highest)?;
        frame::settings::encode_ack(&mut self.io.output);
        Ok(())
    }

    /// Applies one parameter of the peer, with its effect on our encoder.
    pub(super) fn apply_setting(&mut self, id: u16, value: u32) -> Result<(), Fault> {
        self.peer.apply(id, value, self.role)?;
        if id == frame::settings::id::HEADER_TABLE_SIZE {
            self.encoder.set_table_bytes_max(self.peer.header_table_bytes);
        }
        Ok(())
    }

    /// The effect of INITIAL_WINDOW_SIZE on open streams (section 6.9.2): from `before` to what it is now, by way of
    /// `highest`. Once for each frame, since a frame has room for 2730 values, and each would move a thousand windows.
    fn move_send_windows(&mut self, before: u32, highest: u32) -> Result<(), Fault> {
        let change = i64::from(self.peer.window_bytes) - i64::from(before);
        let peak = i64::from(highest) - i64::from(before);
        if (change, peak) == (0, 0) {
            return Ok(());
        }
        for stream in self.streams.iter_mut() {
            if !stream.send_window.has_room_for(peak) || !stream.send_window.widen(change) {
                let reason = "INITIAL_WINDOW_SIZE makes a window overflow";
                return Err(Fault::connection(Reason::FLOW_CONTROL_ERROR, reason));
            }
        }
        self.queue_all_sendable();
        Ok(())
    }

    fn on_window_update(&mut self, id: u32, increment: u32) -> Result<(), Fault> {
        if id == 0 {
            return match self.send_window.widen(i64::from(increment)) {
                true => Ok(()),
                false => Err(Fault::connection(
                    Reason::FLOW_CONTROL_ERROR,
                    "connection window above 2^31 - 1",
                )),
            };
        }
        let Some(slot) = self.streams.find(id) else {
            // On a closed stream it may have crossed our END_STREAM (section 5.1).
            return match self.is_idle_stream(id) {
                true => Err(Fault::connection(
                    Reason::PROTOCOL_ERROR,
                    "WINDOW_UPDATE on an idle stream",
                )),
                false => Ok(()),
            };
        };
        if !self.streams[slot].send_window.widen(i64::from(increment)) {
            return Err(Fault::stream(
                id,
                Reason::FLOW_CONTROL_ERROR,
                "stream window above 2^31 - 1",
            ));
        }
        self.queue_sendable(slot);
        Ok(())
    }
}
