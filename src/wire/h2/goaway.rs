//! The graceful end of a connection (RFC 9113 section 6.8).

use super::connection::{Connection, Phase, Ready, Role};
use super::error::Reason;
use super::frame;
use crate::error::ErrorKind;
use crate::event::StreamId;
use crate::limits::DRAIN_PING_TIMEOUT;
use std::time::Instant;

/// How far a graceful end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drain {
    /// None is under way.
    No,
    /// GOAWAY with the highest identifier and a PING are out: streams that crossed them are still served.
    Announced {
        /// When they went out; a peer that does not answer the PING is not waited for in vain.
        since: Instant,
    },
    /// The PING came back, so nothing crosses any more: GOAWAY with the last stream is out.
    Final,
    /// The peer has sent GOAWAY: we open nothing, and end when what is open has ended.
    ByPeer,
}

/// A graceful end is marked by a PING with this content.
const DRAIN_PING: [u8; 8] = *b"goodbye!";

impl Drain {
    /// Are streams above the last one ignored? They are, once the final GOAWAY has named it.
    pub(super) fn is_final(self) -> bool {
        self == Drain::Final
    }

    pub(super) fn is_draining(self) -> bool {
        self != Drain::No
    }
}

impl Connection {
    /// Graceful end: no new exchange is accepted, those in progress are finished, then `Event::Closed` comes.
    pub fn shutdown(&mut self, now: Instant) {
        self.at(now);
        match (self.phase, self.role, self.drain) {
            (Phase::Closed, ..) | (_, _, Drain::Announced { .. } | Drain::Final) => {}
            // Nothing has been asked yet.
            (Phase::Preface, ..) => {
                let closed =
                    self.close(ErrorKind::Local, Reason::NO_ERROR, "shut down before the preface");
                self.queued.push_back(closed);
            }
            (_, Role::Server, _) => {
                frame::goaway::encode(0x7fff_ffff, Reason::NO_ERROR, b"", &mut self.io.output);
                frame::ping::encode(DRAIN_PING, false, &mut self.io.output);
                self.drain = Drain::Announced { since: now };
            }
            // A server opens no streams, so nothing can cross.
            (_, Role::Client, _) => self.drain = Drain::Final,
        }
    }

    pub(super) fn on_ping_acknowledged(&mut self, opaque: [u8; 8]) {
        if matches!(self.drain, Drain::Announced { .. }) && opaque == DRAIN_PING {
            self.announce_last_stream();
        }
    }

    fn announce_last_stream(&mut self) {
        self.drain = Drain::Final;
        frame::goaway::encode(self.last_stream, Reason::NO_ERROR, b"", &mut self.io.output);
    }

    /// When the PING of a graceful end should be back.
    pub(super) fn drain_deadline(&self) -> Option<Instant> {
        match self.drain {
            Drain::Announced { since } => Some(since + DRAIN_PING_TIMEOUT),
            _ => None,
        }
    }

    /// The round trip has had its time: what has not arrived by now is not served.
    pub(super) fn judge_drain(&mut self, now: Instant) {
        if self.drain_deadline().is_some_and(|at| now >= at) {
            self.announce_last_stream();
        }
    }

    pub(super) fn on_goaway(&mut self, last_stream: u32, code: Reason) -> Ready {
        if self.drain == Drain::No {
            self.drain = Drain::ByPeer;
        }
        Ready::GoAway { last_stream: StreamId(last_stream), reason: code.0 }
    }
}
