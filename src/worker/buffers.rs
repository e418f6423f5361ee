//! Sizes and reuse of read and write buffers: idle connections hold next to nothing, busy ones read in large batches.

use crate::limits::{POOLED_BUFFERS_MAX, POOLED_BYTES_MAX, READ_BYTES_MAX, READ_BYTES_MIN};

/// How much to offer the next read, after `received` bytes came into a buffer of `offered`. A filled buffer means that
/// more is waiting, a nearly empty large one that the burst is over.
pub(super) fn next_read_bytes(offered: usize, received: usize) -> usize {
    if received >= offered {
        READ_BYTES_MAX
    } else if received < READ_BYTES_MIN {
        READ_BYTES_MIN
    } else {
        offered.clamp(READ_BYTES_MIN, READ_BYTES_MAX)
    }
}

/// Large buffers that the connections of one worker pass on to each other; the one used last first, as the cache has it.
#[derive(Debug, Default)]
pub(super) struct Pool {
    buffers: Vec<Vec<u8>>,
}

impl Pool {
    /// An empty buffer, large if there is one.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.buffers.pop().unwrap_or_default()
    }

    /// An empty buffer for a read of `bytes`: a pooled one for large reads, a fresh one for small.
    pub(super) fn take_for_read(&mut self, bytes: usize) -> Vec<u8> {
        if bytes <= READ_BYTES_MIN {
            return Vec::with_capacity(bytes);
        }
        let mut buffer = self.take();
        buffer.reserve_exact(bytes);
        buffer
    }

    /// Keeps a buffer for the next that needs one, unless it is too large, too small or one too many.
    pub(super) fn give(&mut self, mut buffer: Vec<u8>) {
        let worth_keeping = (READ_BYTES_MIN + 1..=POOLED_BYTES_MAX).contains(&buffer.capacity());
        if worth_keeping && self.buffers.len() < POOLED_BUFFERS_MAX {
            buffer.clear();
            self.buffers.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_grow_while_they_fill_and_shrink_after_the_burst() {
        assert_eq!(next_read_bytes(READ_BYTES_MIN, READ_BYTES_MIN), READ_BYTES_MAX);
        assert_eq!(next_read_bytes(READ_BYTES_MAX, READ_BYTES_MAX / 2), READ_BYTES_MAX);
        assert_eq!(next_read_bytes(READ_BYTES_MAX, 100), READ_BYTES_MIN);
        assert_eq!(next_read_bytes(READ_BYTES_MIN, 100), READ_BYTES_MIN);
    }

    #[test]
    fn the_pool_keeps_what_is_worth_keeping() {
        let mut pool = Pool::default();
        pool.give(Vec::with_capacity(POOLED_BYTES_MAX + 1));
        pool.give(Vec::with_capacity(16));
        assert_eq!(pool.take().capacity(), 0);
        for _ in 0..POOLED_BUFFERS_MAX + 5 {
            pool.give(vec![1; READ_BYTES_MAX]);
        }
        assert_eq!(pool.buffers.len(), POOLED_BUFFERS_MAX);
        let buffer = pool.take();
        assert!(buffer.is_empty() && buffer.capacity() >= READ_BYTES_MAX);
        assert_eq!(pool.take_for_read(READ_BYTES_MIN).capacity(), READ_BYTES_MIN);
        assert!(pool.take_for_read(READ_BYTES_MAX).capacity() >= READ_BYTES_MAX);
    }
}
