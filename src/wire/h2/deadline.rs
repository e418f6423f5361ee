//! Who is too slow: the time limits of [`crate::Limits`] on an HTTP/2 connection.

use super::connection::{Connection, Phase};
use super::error::{Fault, Reason};
use super::frame::{FrameHeader, HEADER_BYTES, kind};
use crate::error::{ErrorKind, StreamError};
use crate::event::StreamId;
use crate::limits::{BODY_RATE_BYTES_PER_S_MIN, TIDY_AFTER};
use std::time::{Duration, Instant};

impl Connection {
    /// When [`Self::on_deadline`] is to be called, as far as known now.
    #[inline]
    pub fn deadline(&self) -> Option<Instant> {
        if self.phase == Phase::Closed {
            return None;
        }
        let idle = (self.streams.live() == 0).then(|| match self.streams.is_bulky() {
            true => self.now + TIDY_AFTER.min(self.limits.idle_timeout),
            false => self.now + self.limits.idle_timeout,
        });
        let bodies = self.body_check_at.filter(|_| self.receiving > 0);
        let stall = self.stall_check.filter(|_| self.blocked > 0).map(|(at, _)| at);
        [self.head_deadline(), self.drain_deadline(), bodies, stall, idle]
            .into_iter()
            .flatten()
            .min()
    }

    /// The connection's preface and first SETTINGS, an unfinished field block, an unfinished frame.
    fn head_deadline(&self) -> Option<Instant> {
        let begun = match (self.phase, self.block) {
            (Phase::Preface | Phase::FirstSettings, _) => Some(self.born),
            (_, Some(block)) => Some(block.began),
            _ => self.partial_since.filter(|_| !self.in_data_frame()),
        };
        begun.map(|since| since + self.limits.head_timeout)
    }

    /// Is the unfinished frame DATA of an open stream? That has the time limit of the body.
    fn in_data_frame(&self) -> bool {
        self.io.unread().first_chunk::<HEADER_BYTES>().map(FrameHeader::parse).is_some_and(
            |header| header.kind == kind::DATA && self.streams.find(header.stream).is_some(),
        )
    }

    /// A deadline has passed, perhaps; judges who was too slow. Call [`Self::next_event`] afterwards.
    pub fn on_deadline(&mut self, now: Instant) {
        if self.phase == Phase::Closed {
            return;
        }
        if self.streams.live() == 0 {
            if now >= self.now + self.limits.idle_timeout {
                return self.time_out(Reason::NO_ERROR, "idle for too long");
            }
            if self.streams.is_bulky() && now >= self.now + TIDY_AFTER {
                self.streams.shrink();
            }
        }
        if self.head_deadline().is_some_and(|at| now >= at) {
            return self
                .time_out(Reason::SETTINGS_TIMEOUT, "preface, field block or frame too slow");
        }
        self.at(now);
        self.judge_drain(now);
        self.judge_stall(now);
        self.judge_bodies(now);
    }

    fn time_out(&mut self, code: Reason, reason: &'static str) {
        let closed = self.close(ErrorKind::Timeout, code, reason);
        self.queued.push_back(closed);
    }

    /// Answers wait for the peer's windows: has it taken enough since the last look?
    fn judge_stall(&mut self, now: Instant) {
        let Some((at, sent_before)) = self.stall_check else { return };
        if self.blocked == 0 {
            self.stall_check = None;
        } else if now >= at {
            let expected = BODY_RATE_BYTES_PER_S_MIN * self.limits.stall_timeout.as_secs().max(1);
            if self.sent_bytes - sent_before < expected {
                return self.time_out(Reason::ENHANCE_YOUR_CALM, "peer does not open its windows");
            }
            self.stall_check = Some((now + self.limits.stall_timeout, self.sent_bytes));
        }
    }

    /// Messages that have begun and not ended: each has the body time limit, longer the more has come.
    fn judge_bodies(&mut self, now: Instant) {
        if self.phase == Phase::Closed || self.body_check_at.is_none_or(|at| now < at) {
            return;
        }
        let (born, timeout) = (self.born, self.limits.body_timeout);
        let mut next: Option<Instant> = None;
        let mut late = Vec::new();
        for stream in self.streams.iter_mut().filter(|s| s.state.may_receive() && s.head_received) {
            let earned = Duration::from_millis(stream.received * 1000 / BODY_RATE_BYTES_PER_S_MIN);
            let due = born + Duration::from_millis(stream.began_ms) + timeout + earned;
            if now >= due {
                late.push(stream.id);
            } else {
                next = Some(next.map_or(due, |at| at.min(due)));
            }
        }
        self.body_check_at = next;
        for id in late {
            let error = StreamError {
                stream: StreamId(id),
                kind: ErrorKind::Timeout,
                code: Reason::CANCEL.0,
                reason: "content too slow",
            };
            match self.fail_stream(error) {
                Ok(ready) => self.queued.push_back(ready),
                Err(Fault::Connection(error)) => {
                    return self.time_out(Reason(error.code), error.reason);
                }
                Err(Fault::Stream(_)) => {}
            }
        }
    }
}
