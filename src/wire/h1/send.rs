//! Content on its way out, and the few numbers a head needs.

use bytes::Bytes;
use std::collections::VecDeque;

/// How content is framed on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Coding {
    /// There is none, as in an answer to HEAD: what is sent is dropped.
    #[default]
    Discard,
    /// As it is: its length was declared, or the close ends it.
    Raw,
    /// RFC 9112 section 7.1.
    Chunked,
}

/// The content of the message being sent. It is copied to the output buffer as that drains, so a large body does not
/// exist twice.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    coding: Coding,
    queue: VecDeque<Bytes>,
    unsent: usize,
    /// The message is under way; its end has not been written.
    open: bool,
    /// The owner has given all of it.
    ended: bool,
    trailers: Vec<u8>,
}

impl Outgoing {
    /// A head was written; content follows.
    pub(super) fn begin(&mut self, coding: Coding) {
        self.coding = coding;
        self.open = true;
        self.ended = false;
    }

    /// Queues content.
    pub(super) fn push(&mut self, data: Bytes) {
        if self.open && !self.ended && self.coding != Coding::Discard && !data.is_empty() {
            self.unsent += data.len();
            self.queue.push_back(data);
        }
    }

    /// Nothing more comes, except for trailers, which only the chunked coding can carry (RFC 9112 section 7.1.2).
    pub(super) fn end(&mut self, trailers: &[u8]) {
        if self.open && !self.ended {
            self.ended = true;
            if self.coding == Coding::Chunked {
                self.trailers.extend_from_slice(trailers);
            }
        }
    }

    /// Writes while less than `high_bytes` wait in `out`; never more than that at once.
    pub(super) fn pump(&mut self, out: &mut Vec<u8>, high_bytes: usize) {
        while let Some(front) = self.queue.front_mut() {
            if out.len() >= high_bytes {
                return;
            }
            let n = front.len().min(high_bytes);
            let piece = front.split_to(n);
            self.unsent -= n;
            if front.is_empty() {
                self.queue.pop_front();
            }
            if self.coding == Coding::Chunked {
                push_hex(out, n as u64);
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(&piece);
                out.extend_from_slice(b"\r\n");
            } else {
                out.extend_from_slice(&piece);
            }
        }
        if self.open && self.ended {
            if self.coding == Coding::Chunked {
                out.extend_from_slice(b"0\r\n");
                out.extend_from_slice(&self.trailers);
                out.extend_from_slice(b"\r\n");
                self.trailers.clear();
            }
            self.open = false;
        }
    }

    /// Forgets what was not written: the connection ends.
    pub(super) fn abandon(&mut self) {
        *self = Outgoing::default();
    }

    /// The message is under way.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The owner may still add to the message.
    pub(super) fn accepts(&self) -> bool {
        self.open && !self.ended
    }

    /// Content queued and not yet written.
    pub(super) fn unsent(&self) -> usize {
        self.unsent
    }
}

/// Appends a number in decimal.
pub(super) fn push_decimal(out: &mut Vec<u8>, n: u64) {
    push_digits(out, n, 10);
}

/// Appends a number in hexadecimal.
pub(super) fn push_hex(out: &mut Vec<u8>, n: u64) {
    push_digits(out, n, 16);
}

fn push_digits(out: &mut Vec<u8>, mut n: u64, base: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b"0123456789abcdef"[(n % base) as usize];
        n /= base;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for n in [0, 9, 10, 255, 256, 12_345, u64::MAX] {
            let mut out = Vec::new();
            push_decimal(&mut out, n);
            out.push(b' ');
            push_hex(&mut out, n);
            assert_eq!(String::from_utf8_lossy(&out), format!("{n} {n:x}"));
        }
    }

    #[test]
    fn chunks_and_trailers() {
        let (mut outgoing, mut out) = (Outgoing::default(), Vec::new());
        outgoing.begin(Coding::Chunked);
        outgoing.push(Bytes::from_static(b"hello"));
        outgoing.push(Bytes::new());
        outgoing.push(Bytes::from_static(b"0123456789"));
        outgoing.end(b"a: b\r\n");
        outgoing.push(Bytes::from_static(b"too late"));
        outgoing.pump(&mut out, 1000);
        assert_eq!(out, b"5\r\nhello\r\na\r\n0123456789\r\n0\r\na: b\r\n\r\n");
        assert!(!outgoing.is_open());
    }

    #[test]
    fn the_output_stays_bounded_and_the_end_comes_last() {
        let (mut outgoing, mut out, mut sent) = (Outgoing::default(), Vec::new(), Vec::new());
        outgoing.begin(Coding::Raw);
        outgoing.push(Bytes::from(vec![7; 1000]));
        outgoing.end(b"");
        while outgoing.is_open() {
            outgoing.pump(&mut out, 64);
            assert!(out.len() <= 128);
            assert_eq!(outgoing.unsent(), 1000 - sent.len() - out.len());
            sent.append(&mut out);
        }
        assert_eq!(sent, vec![7; 1000]);
    }

    #[test]
    fn what_may_have_no_content_has_none() {
        let (mut outgoing, mut out) = (Outgoing::default(), Vec::new());
        outgoing.begin(Coding::Discard);
        outgoing.push(Bytes::from_static(b"hello"));
        outgoing.end(b"a: b\r\n");
        outgoing.pump(&mut out, 1000);
        assert!(out.is_empty() && !outgoing.is_open());
    }
}
