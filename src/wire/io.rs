//! The two byte queues of a connection.

/// Bytes received and not yet parsed, and bytes to be sent. They move along when a connection changes its
/// protocol (detection, `h2c` upgrade, 101), so nothing received early is lost.
#[derive(Debug, Default)]
pub struct Buffers {
    input: Vec<u8>,
    consumed: usize,
    /// What is to be written to the peer, in order.
    pub output: Vec<u8>,
}

impl Buffers {
    /// The buffer to append received bytes to. Bytes already parsed are dropped first.
    pub fn input(&mut self) -> &mut Vec<u8> {
        if self.consumed > 0 {
            if self.consumed == self.input.len() {
                self.input.clear();
            } else {
                self.input.drain(..self.consumed);
            }
            self.consumed = 0;
        }
        &mut self.input
    }

    /// What has been received and not yet parsed.
    #[inline]
    pub fn unread(&self) -> &[u8] {
        &self.input[self.consumed..]
    }

    /// Marks `n` bytes of [`Self::unread`] as parsed.
    #[inline]
    pub(crate) fn consume(&mut self, n: usize) {
        self.consumed += n;
        debug_assert!(self.consumed <= self.input.len());
    }

    /// Where [`Self::unread`] begins; with [`Self::slice`], a borrow that can be taken again later in the same call.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.consumed
    }

    /// Received bytes by absolute position, as long as [`Self::input`] has not been called since.
    #[inline]
    pub(crate) fn slice(&self, start: usize, end: usize) -> &[u8] {
        &self.input[start..end]
    }

    /// Received bytes by absolute position, for unmaking a transfer coding in place.
    pub(crate) fn slice_mut(&mut self, start: usize, end: usize) -> &mut [u8] {
        &mut self.input[start..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_parsed_is_dropped_when_more_is_read() {
        let mut io = Buffers::default();
        io.input().extend_from_slice(b"abcdef");
        io.consume(4);
        assert_eq!(io.unread(), b"ef");
        assert_eq!(io.input(), b"ef");
        io.consume(2);
        assert_eq!(io.unread(), b"");
        assert!(io.input().is_empty());
    }
}
