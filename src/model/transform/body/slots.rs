//! The memory that answers write their slots to, and how values are written there.

use super::{Node, canonical, text};
use crate::transform::pointer::WriteError;
use std::ops::Range;

/// How much memory is kept for the next answer: a rare large value must not be paid for ever after.
const RETAINED_BYTES_MAX: usize = 256 * 1024;

/// Reusable memory of drafts: one for each worker is enough.
#[derive(Debug, Default)]
pub struct Slots {
    /// The texts of all values written, also of those that were overwritten.
    bytes: Vec<u8>,
    /// Where in `bytes` the value of each slot is; empty for one that was not written, as no value is empty.
    written: Vec<Range<usize>>,
    /// How long `bytes` may become.
    bytes_max: usize,
    /// Values on their way to a text.
    pub(super) text: String,
}

impl Slots {
    /// No memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn clear(&mut self, slot_count: usize, bytes_max: usize) {
        self.bytes_max = bytes_max;
        if self.bytes.capacity() > RETAINED_BYTES_MAX {
            self.bytes = Vec::new();
        }
        if self.text.capacity() > RETAINED_BYTES_MAX {
            self.text = String::new();
        }
        self.bytes.clear();
        self.written.clear();
        self.written.resize(slot_count, 0..0);
    }

    /// The text of a slot; None when it was not written.
    pub(super) fn get(&self, slot: usize) -> Option<&[u8]> {
        let range = self.written.get(slot)?;
        self.bytes.get(range.clone()).filter(|bytes| !bytes.is_empty())
    }

    /// Bytes written so far: what all slots together add to an answer at most.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn write(&mut self, slot: usize, node: &Node<'_>) -> Result<(), WriteError> {
        let start = self.bytes.len();
        let out = &mut self.bytes;
        match node {
            Node::Text(text) => text::append_string(text, out),
            Node::Integer(integer) => text::append_plain(integer, out),
            Node::Unsigned(unsigned) => text::append_plain(unsigned, out),
            Node::Float(float) => text::append_float(*float, out),
            Node::Boolean(truth) => text::append_plain(truth, out),
            Node::Json(json) => crate::json::append(json, out),
        }
        self.set(slot, start)
    }

    /// Writes JSON text that is compact and sorted but for blanks; false, and nothing written, when it is not.
    pub(super) fn write_canonical(
        &mut self,
        slot: usize,
        text: &str,
        levels_max: usize,
    ) -> Result<bool, WriteError> {
        let start = self.bytes.len();
        let is_canonical = canonical::append(text, levels_max, &mut self.bytes);
        if is_canonical {
            self.set(slot, start)?;
        } else {
            self.bytes.truncate(start);
        }
        Ok(is_canonical)
    }

    /// Where the buffer is and how much the buffers hold.
    #[cfg(test)]
    pub(super) fn memory(&self) -> (*const u8, usize) {
        (
            self.bytes.as_ptr(),
            self.bytes.capacity() + self.written.capacity() + self.text.capacity(),
        )
    }

    /// What was written from `start` on is the value of the slot, unless all values together are too much.
    fn set(&mut self, slot: usize, start: usize) -> Result<(), WriteError> {
        if self.bytes.len() > self.bytes_max {
            self.bytes.truncate(start);
            return Err(WriteError::TooLarge);
        }
        if let Some(range) = self.written.get_mut(slot) {
            *range = start..self.bytes.len();
        }
        Ok(())
    }
}
