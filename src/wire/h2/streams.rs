//! Where the streams of a connection are kept.
//!
//! Streams lie in slots that are reused, last freed first, so that the usual request finds warm buffers. An
//! open-addressing index leads from identifier to slot. Identifiers only grow, so the low bits of `id / 2` are a
//! perfect hash for streams that live short; a peer that chooses them badly makes a probe as long as its own number of
//! open streams, no longer.

use super::heads::{Heads, NO_HEAD};
use super::stream::{Cause, Stream};
use crate::limits::CLOSED_STREAMS_REMEMBERED;

const EMPTY: (u32, u32) = (0, 0);
const INDEX_ENTRIES_MIN: usize = 8;

/// Slots and heads that an idle connection may keep.
const IDLE_SLOTS_MAX: usize = 4;

/// The open streams of a connection, their heads, and a memory of those closed lately.
#[derive(Debug)]
pub struct Streams {
    slots: Vec<Stream>,
    free: Vec<u32>,
    /// (identifier, slot); identifier 0 is an empty entry. At most half full.
    index: Vec<(u32, u32)>,
    pub(super) heads: Heads,
    closed: [(u32, Cause); CLOSED_STREAMS_REMEMBERED],
    closed_count: usize,
}

impl Default for Streams {
    fn default() -> Self {
        Streams {
            slots: Vec::new(),
            free: Vec::new(),
            index: vec![EMPTY; INDEX_ENTRIES_MIN],
            heads: Heads::default(),
            closed: [(0, Cause::Ended); CLOSED_STREAMS_REMEMBERED],
            closed_count: 0,
        }
    }
}

impl Streams {
    /// Streams that are not closed.
    #[inline]
    pub fn live(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The slot of a stream.
    #[inline]
    pub fn find(&self, id: u32) -> Option<usize> {
        let mask = self.index.len() - 1;
        let mut at = (id >> 1) as usize & mask;
        loop {
            match self.index[at] {
                (found, slot) if found == id => return (id != 0).then_some(slot as usize),
                EMPTY => return None,
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// A slot for a new stream `id`; the caller opens it.
    pub fn insert(&mut self, id: u32) -> usize {
        debug_assert!(id != 0 && self.find(id).is_none());
        if (self.live() + 1) * 2 > self.index.len() {
            self.rebuild_index(self.index.len() * 2);
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Stream::vacant());
            (self.slots.len() - 1) as u32
        });
        self.place(id, slot);
        slot as usize
    }

    /// Frees a slot and remembers how the stream ended. Returns the content bytes it held.
    pub fn remove(&mut self, slot: usize, cause: Cause) -> usize {
        let stream = &mut self.slots[slot];
        let id = std::mem::take(&mut stream.id);
        let held = stream.release_body();
        stream.trailers = None;
        stream.sending = None;
        let head = std::mem::replace(&mut stream.head, NO_HEAD);
        self.heads.give(head);
        self.unindex(id);
        self.free.push(slot as u32);
        self.remember(id, cause);
        held
    }

    /// Is there memory of a burst to give back?
    #[inline]
    pub fn is_bulky(&self) -> bool {
        self.slots.len() > IDLE_SLOTS_MAX || self.heads.len() > IDLE_SLOTS_MAX
    }

    /// Gives back the memory of a burst, if no stream is left.
    pub fn shrink(&mut self) {
        if self.live() == 0 {
            let (closed, closed_count) = (self.closed, self.closed_count);
            *self = Streams { closed, closed_count, ..Streams::default() };
        }
    }

    /// Remembers how a stream ended.
    #[inline]
    pub fn remember(&mut self, id: u32, cause: Cause) {
        self.closed[self.closed_count % CLOSED_STREAMS_REMEMBERED] = (id, cause);
        self.closed_count += 1;
    }

    /// How a stream ended, if that was lately.
    pub fn recall(&self, id: u32) -> Option<Cause> {
        self.closed.iter().find(|(closed, _)| *closed == id).map(|(_, cause)| *cause)
    }

    /// The slots in use.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Stream> {
        self.slots.iter_mut().filter(|stream| stream.id != 0)
    }

    /// What the heads that streams hold on to amount to (RFC 9113 section 6.5.2).
    pub fn held_head_bytes(&self) -> usize {
        let held = self.slots.iter().map(|stream| stream.head).filter(|&head| head != NO_HEAD);
        held.map(|head| self.heads.get(head).list_bytes()).sum()
    }

    /// How far the entry at `at` lies from where it belongs.
    #[inline]
    fn displacement(&self, id: u32, at: usize) -> usize {
        at.wrapping_sub((id >> 1) as usize) & (self.index.len() - 1)
    }

    /// Adds an entry; one that lies nearer to its home gives way (Robin Hood hashing), which keeps entries of one home
    /// together and lets [`Self::unindex`] stop early.
    #[inline]
    fn place(&mut self, id: u32, slot: u32) {
        let mask = self.index.len() - 1;
        let mut at = (id >> 1) as usize & mask;
        let (mut entry, mut distance) = ((id, slot), 0);
        while self.index[at] != EMPTY {
            let other = self.displacement(self.index[at].0, at);
            if other < distance {
                std::mem::swap(&mut self.index[at], &mut entry);
                distance = other;
            }
            at = (at + 1) & mask;
            distance += 1;
        }
        self.index[at] = entry;
    }

    /// Removes an entry; those after it that are away from home move back by one, so that no probe meets a gap.
    #[inline]
    fn unindex(&mut self, id: u32) {
        let mask = self.index.len() - 1;
        let mut hole = (id >> 1) as usize & mask;
        while self.index[hole].0 != id {
            hole = (hole + 1) & mask;
        }
        loop {
            let next = (hole + 1) & mask;
            let (moved, _) = self.index[next];
            if moved == 0 || self.displacement(moved, next) == 0 {
                break;
            }
            self.index[hole] = self.index[next];
            hole = next;
        }
        self.index[hole] = EMPTY;
    }

    fn rebuild_index(&mut self, entries: usize) {
        let old = std::mem::replace(&mut self.index, vec![EMPTY; entries]);
        for (id, slot) in old.into_iter().filter(|entry| *entry != EMPTY) {
            self.place(id, slot);
        }
    }
}

impl std::ops::Index<usize> for Streams {
    type Output = Stream;
    #[inline]
    fn index(&self, slot: usize) -> &Stream {
        &self.slots[slot]
    }
}

impl std::ops::IndexMut<usize> for Streams {
    #[inline]
    fn index_mut(&mut self, slot: usize) -> &mut Stream {
        &mut self.slots[slot]
    }
}

#[cfg(test)]
mod tests {
    use super::super::flow::{ReceiveWindow, SendWindow};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn open(streams: &mut Streams, id: u32) -> usize {
        let slot = streams.insert(id);
        streams[slot].open(id, SendWindow::new(0), ReceiveWindow::new(0));
        slot
    }

    proptest! {
        /// The index against a map: identifiers that collide in every possible way.
        #[test]
        fn index_agrees_with_a_map(steps in proptest::collection::vec((0u32..6, 0u32..40, any::<bool>()), 1..300)) {
            let mut streams = Streams::default();
            let mut model = BTreeMap::new();
            for (high, low, insert) in steps {
                let id = (high << 12) | (low << 1) | 1;
                match (insert, model.contains_key(&id)) {
                    (true, false) => { model.insert(id, open(&mut streams, id)); }
                    (false, true) => { streams.remove(model.remove(&id).unwrap(), Cause::Ended); }
                    _ => {}
                }
                for (id, slot) in &model {
                    prop_assert_eq!(streams.find(*id), Some(*slot));
                    prop_assert_eq!(streams[*slot].id, *id);
                }
                prop_assert_eq!(streams.live(), model.len());
            }
        }
    }

    #[test]
    fn closed_streams_are_remembered_for_a_while() {
        let mut streams = Streams::default();
        for id in 1..=(CLOSED_STREAMS_REMEMBERED as u32 + 1) {
            let slot = open(&mut streams, id);
            streams.remove(slot, Cause::ResetByUs);
        }
        assert_eq!(streams.recall(1), None);
        assert_eq!(streams.recall(2), Some(Cause::ResetByUs));
        assert_eq!(streams.find(2), None);
        assert_eq!(streams.live(), 0);
    }
}
