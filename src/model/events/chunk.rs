//! A run of events of one key: their records in one buffer, and a table of what they share.

use super::ALLOCATION_BYTES;
use super::record::{Draft, Raw, Record};
use super::section::Section;
use crate::reply::Reply;
use smallvec::SmallVec;
use std::sync::Arc;

/// What records refer to instead of copying it.
#[derive(Clone)]
pub(super) enum Shared {
    Section(Arc<Section>),
    Reply(Arc<Reply>),
}

/// Newest members of the table that are looked through for one to use again. A key has one reply per state and one
/// field section per kind of client, so an equal one is nearly always among them.
const LOOK_BACK: usize = 16;

/// An empty buffer of this many bytes is used again, however little is put into it.
const SMALL_BYTES: usize = 256;

/// Records are named by their index in the chunk, in the order they were written.
#[derive(Clone)]
pub(super) struct Chunk {
    serial: u64,
    bytes: Vec<u8>,
    /// Two at first: one section and one reply, which is all that most keys ever need.
    table: SmallVec<[Shared; 2]>,
    count: u32,
    /// Where the last record begins. It is 0 in a chunk that is longer than usual, since that has one record only.
    last_start: u32,
}

impl Chunk {
    /// An empty chunk with room for `capacity` bytes that never takes more.
    pub(super) fn new(serial: u64, capacity: usize) -> Chunk {
        Chunk {
            serial,
            bytes: Vec::with_capacity(capacity),
            table: SmallVec::new(),
            count: 0,
            last_start: 0,
        }
    }

    /// Its number among the chunks of the shard: later ones have higher ones.
    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Bytes of all its records.
    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The memory it holds, in bytes.
    pub(super) fn footprint(&self) -> usize {
        let mut table = 0;
        if self.table.spilled() {
            table = self.table.capacity() * size_of::<Shared>() + ALLOCATION_BYTES;
        }
        size_of::<Chunk>() + self.bytes.capacity() + 2 * ALLOCATION_BYTES + table
    }

    pub(super) fn has_room(&self, draft: &Draft<'_>) -> bool {
        self.bytes.capacity() - self.bytes.len() >= draft.length()
            && self.table.len() + draft.references() <= usize::from(u16::MAX)
    }

    /// May the empty chunk be used for this record, or is another one better?
    pub(super) fn suits(&self, draft: &Draft<'_>) -> bool {
        self.has_room(draft) && self.bytes.capacity() <= 2 * draft.length().max(SMALL_BYTES)
    }

    /// Appends a record.
    pub(super) fn push(&mut self, draft: &Draft<'_>) {
        let section = draft.section.and_then(|section| self.place_of_section(section));
        let reply = draft.reply.and_then(|reply| self.place_of_reply(reply));
        self.last_start = u32::try_from(self.bytes.len()).unwrap_or(0);
        draft.write(&mut self.bytes, section, reply);
        self.count += 1;
    }

    fn place_of_section(&mut self, section: &Arc<Section>) -> Option<u16> {
        let is_same =
            |shared: &Shared| matches!(shared, Shared::Section(old) if Arc::ptr_eq(old, section));
        self.place_of(is_same, || Shared::Section(Arc::clone(section)))
    }

    fn place_of_reply(&mut self, reply: &Arc<Reply>) -> Option<u16> {
        let is_same =
            |shared: &Shared| matches!(shared, Shared::Reply(old) if Arc::ptr_eq(old, reply));
        self.place_of(is_same, || Shared::Reply(Arc::clone(reply)))
    }

    fn place_of(
        &mut self,
        is_same: impl Fn(&Shared) -> bool,
        share: impl FnOnce() -> Shared,
    ) -> Option<u16> {
        let recent = self.table.len().saturating_sub(LOOK_BACK);
        let place = match self.table[recent..].iter().position(is_same) {
            Some(at) => recent + at,
            None => {
                self.table.push(share());
                self.table.len() - 1
            }
        };
        u16::try_from(place).ok()
    }

    /// Takes the last record off; what it shares stays for the one that comes in its place.
    pub(super) fn pop(&mut self) {
        self.bytes.truncate(self.last_start as usize);
        self.count = self.count.saturating_sub(1);
        let last = self.count.checked_sub(1).and_then(|last| self.walk_to(last));
        self.last_start = last.and_then(|start| u32::try_from(start).ok()).unwrap_or(0);
        if self.count == 0 && self.table.len() > LOOK_BACK {
            self.table.clear();
        }
    }

    /// A copy with the records whose index is to be kept, and no room for more.
    pub(super) fn select(&self, keep: impl Fn(u32) -> bool) -> Chunk {
        let mut length = 0;
        let mut at = 0;
        for index in 0..self.count {
            let start = at;
            if self.content(&mut at).is_none() {
                break;
            }
            if keep(index) {
                length += at - start;
            }
        }
        let mut copy = Chunk::new(self.serial, length);
        let mut at = 0;
        for index in 0..self.count {
            let Some(raw) = self.content(&mut at).and_then(|bytes| Raw::read(bytes, &self.table))
            else {
                break;
            };
            if keep(index) {
                copy.push(&raw.draft());
            }
        }
        copy
    }

    /// A copy with the record of that index alone.
    pub(super) fn single(&self, index: u32) -> Option<Chunk> {
        let start = self.start_of(index)?;
        let mut end = start;
        let raw = Raw::read(self.content(&mut end)?, &self.table)?;
        let mut copy = Chunk::new(self.serial, end - start);
        copy.push(&raw.draft());
        Some(copy)
    }

    /// The state after the last event.
    pub(super) fn last_state(&self) -> Option<&str> {
        let mut at = self.last_start as usize;
        Raw::read(self.content(&mut at)?, &self.table)?.state()
    }

    /// Where the record of that index begins. The last one, which is asked for most, is found at once.
    pub(super) fn start_of(&self, index: u32) -> Option<usize> {
        if index + 1 == self.count {
            return Some(self.last_start as usize);
        }
        self.walk_to(index)
    }

    fn walk_to(&self, index: u32) -> Option<usize> {
        let mut at = 0;
        for _ in 0..index {
            self.content(&mut at)?;
        }
        Some(at)
    }

    /// The record that begins at `at`, which moves on to the next one.
    pub(super) fn record(&self, at: &mut usize) -> Option<Record<'_>> {
        Raw::read(self.content(at)?, &self.table)?.record()
    }

    /// A record without its length.
    fn content(&self, at: &mut usize) -> Option<&[u8]> {
        let mut rest = self.bytes.get(*at..)?;
        let content = super::varint::take_bytes(&mut rest)?;
        *at = self.bytes.len() - rest.len();
        Some(content)
    }
}
