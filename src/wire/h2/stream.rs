//! One stream (RFC 9113 section 5.1).
//!
//! ```text
//!                      recv / send HEADERS
//!              idle ---------------------------> open
//!                |                             /   |   \
//!   HEADERS with |            recv END_STREAM /    |    \ send END_STREAM
//!   END_STREAM   |                           v     |     v
//!                +---> half-closed (remote)  |     |     |  half-closed (local)
//!                            |                     |                |
//!            send END_STREAM |     RST_STREAM      | RST_STREAM     | recv END_STREAM
//!                            +------------------> closed <----------+
//! ```
//!
//! The two reserved states belong to push, which is never enabled.

use super::flow::{ReceiveWindow, SendWindow};
use super::heads::NO_HEAD;
use crate::head::Head;
use crate::limits::RETAINED_BYTES_MAX;
use bytes::Bytes;
use std::collections::VecDeque;

/// Where a stream is in its life. Idle streams are not kept, closed ones only as long as an event still shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Both ends may send.
    Open,
    /// Only the peer may send.
    HalfClosedLocal,
    /// Only we may send.
    HalfClosedRemote,
    /// Nobody may.
    Closed,
}

impl State {
    /// May the peer send HEADERS and DATA?
    #[inline]
    pub fn may_receive(self) -> bool {
        matches!(self, State::Open | State::HalfClosedLocal)
    }

    /// May we send HEADERS and DATA?
    #[inline]
    pub fn may_send(self) -> bool {
        matches!(self, State::Open | State::HalfClosedRemote)
    }

    /// The peer has sent END_STREAM; legal where [`Self::may_receive`].
    #[inline]
    pub fn receive_end(&mut self) {
        debug_assert!(self.may_receive());
        *self = if *self == State::Open { State::HalfClosedRemote } else { State::Closed };
    }

    /// We have sent END_STREAM; legal where [`Self::may_send`].
    #[inline]
    pub fn send_end(&mut self) {
        debug_assert!(self.may_send());
        *self = if *self == State::Open { State::HalfClosedLocal } else { State::Closed };
    }
}

/// How a stream came to its end: decides what a late frame for it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Both ends sent END_STREAM.
    Ended,
    /// The peer sent RST_STREAM.
    ResetByPeer,
    /// We sent RST_STREAM; frames that crossed it are ignored (section 5.4.2).
    ResetByUs,
}

/// Body bytes that did not fit the peer's windows yet.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    pub(crate) pieces: VecDeque<Bytes>,
    /// END_STREAM follows the last piece...
    pub(crate) end: bool,
    /// ...in this field block, if there is one.
    pub(crate) trailers: Option<Vec<u8>>,
    /// The stream stands in the queue of those that may send.
    pub(crate) queued: bool,
}

/// A stream that is open or half-closed.
#[derive(Debug)]
pub struct Stream {
    pub(crate) id: u32,
    pub(crate) state: State,
    /// The request is a HEAD: its answer has no body (RFC 9110 section 9.3.2).
    pub(crate) head_request: bool,
    /// We have sent the (final) head.
    pub(crate) head_sent: bool,
    /// The peer's (final) head has come; a field block after it is a trailer section.
    pub(crate) head_received: bool,
    /// The head in [`super::heads::Heads`], until it has been delivered.
    pub(crate) head: u32,
    pub(crate) trailers: Option<Box<Head>>,
    /// Content taken so far ([`crate::BodyMode::Whole`]) unless it came in one piece.
    pub(crate) body: Vec<u8>,
    /// Content bytes so far, to be compared with `content-length` (section 8.1.1).
    pub(crate) received: u64,
    pub(crate) content_length: Option<u64>,
    /// Content handed out and not yet `consumed` ([`crate::BodyMode::Streamed`]).
    pub(crate) unconsumed: usize,
    /// When the head came, in milliseconds since the connection began.
    pub(crate) began_ms: u64,
    pub(crate) send_window: SendWindow,
    pub(crate) receive_window: ReceiveWindow,
    pub(crate) sending: Option<Box<Sending>>,
}

impl Stream {
    pub(crate) fn vacant() -> Stream {
        Stream {
            id: 0,
            state: State::Closed,
            head_request: false,
            head_sent: false,
            head_received: false,
            head: NO_HEAD,
            trailers: None,
            body: Vec::new(),
            received: 0,
            content_length: None,
            unconsumed: 0,
            began_ms: 0,
            send_window: SendWindow::new(0),
            receive_window: ReceiveWindow::new(0),
            sending: None,
        }
    }

    /// Makes a vacant slot a new stream; buffers are kept.
    #[inline]
    pub(crate) fn open(&mut self, id: u32, send_window: SendWindow, receive_window: ReceiveWindow) {
        self.id = id;
        self.state = State::Open;
        self.head_request = false;
        self.head_sent = false;
        self.head_received = false;
        self.received = 0;
        self.content_length = None;
        self.unconsumed = 0;
        self.send_window = send_window;
        self.receive_window = receive_window;
    }

    /// Forgets the content, and gives back memory beyond what a usual message needs. Returns how many bytes it held.
    #[inline]
    pub(crate) fn release_body(&mut self) -> usize {
        let held = self.body.len();
        self.body.clear();
        if self.body.capacity() > RETAINED_BYTES_MAX {
            self.body = Vec::new();
        }
        held
    }

    /// Does the content received contradict `content-length`, given that it has (not) ended? A response to HEAD and a
    /// 304 have none whatever the field says (RFC 9110 section 8.6).
    #[inline]
    pub(crate) fn length_is_wrong(&self, ended: bool, bodiless: bool) -> bool {
        match self.content_length {
            None => false,
            Some(_) if bodiless => self.received > 0,
            Some(expected) => self.received > expected || (ended && self.received != expected),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_close_in_either_order() {
        let mut state = State::Open;
        state.receive_end();
        assert_eq!(state, State::HalfClosedRemote);
        assert!(!state.may_receive() && state.may_send());
        state.send_end();
        assert_eq!(state, State::Closed);
        state = State::Open;
        state.send_end();
        assert_eq!(state, State::HalfClosedLocal);
        assert!(state.may_receive() && !state.may_send());
        state.receive_end();
        assert_eq!(state, State::Closed);
    }

    #[test]
    fn content_length() {
        let mut stream = Stream::vacant();
        assert!(!stream.length_is_wrong(true, false));
        stream.content_length = Some(3);
        stream.received = 2;
        assert!(!stream.length_is_wrong(false, false));
        assert!(stream.length_is_wrong(true, false));
        stream.received = 4;
        assert!(stream.length_is_wrong(false, false));
        stream.received = 0;
        assert!(!stream.length_is_wrong(true, true));
    }
}
