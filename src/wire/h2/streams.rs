//! Where the streams of a connection are kept.
//!
//! Streams lie in slots that are reused, last freed first, so that the usual request finds warm buffers. An
//! open-addressing index leads from identifier to slot. Identifiers only grow, so the low bits of `id / 2` are a
//! perfect hash for streams that live short; a peer that chooses them badly makes a probe as long as its own number of
//! open streams, no longer.

use super::stream::{Cause, Stream};
use crate::head::Head;
use crate::limits::{CLOSED_STREAMS_REMEMBERED, RETAINED_BYTES_MAX};

/// A stream that holds no head.
pub(crate) const NO_HEAD: u32 = u32::MAX;

const EMPTY: (u32, u32) = (0, 0);
const INDEX_ENTRIES_MIN: usize = 8;

/// Heads kept for reuse beyond those in use.
const SPARE_HEADS_MAX: usize = 8;

/// The open streams of a connection, their heads, and a memory of those closed lately.
#[derive(Debug)]
pub struct Streams {
    slots: Vec<Stream>,
    free: Vec<u32>,
    /// (identifier, slot); identifier 0 is an empty entry. At most half full.
    index: Vec<(u32, u32)>,
    heads: Vec<Head>,
    free_heads: Vec<u32>,
    closed: [(u32, Cause); CLOSED_STREAMS_REMEMBERED],
    closed_count: usize,
}

impl Default for Streams {
    fn default() -> Self {
        Streams {
            slots: Vec::new(),
            free: Vec::new(),
            index: vec![EMPTY; INDEX_ENTRIES_MIN],
            heads: Vec::new(),
            free_heads: Vec::new(),
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
        self.give_head(head);
        self.unindex(id);
        self.free.push(slot as u32);
        self.remember(id, cause);
        held
    }

    /// Gives back the memory of a burst once no stream is left.
    pub fn shrink_if_empty(&mut self) {
        if self.live() == 0 && self.slots.len() > 16 {
            self.slots = Vec::new();
            self.free = Vec::new();
            self.index = vec![EMPTY; INDEX_ENTRIES_MIN];
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

    /// A cleared head.
    #[inline]
    pub fn take_head(&mut self) -> u32 {
        self.free_heads.pop().unwrap_or_else(|| {
            self.heads.push(Head::default());
            (self.heads.len() - 1) as u32
        })
    }

    /// Gives a head back; [`NO_HEAD`] is ignored.
    #[inline]
    pub fn give_head(&mut self, head: u32) {
        if head == NO_HEAD {
            return;
        }
        let spare = self.free_heads.len() < SPARE_HEADS_MAX;
        let entry = &mut self.heads[head as usize];
        entry.clear();
        entry.shrink(if spare { RETAINED_BYTES_MAX } else { 0 });
        self.free_heads.push(head);
    }

    /// A head that was taken.
    #[inline]
    pub fn head(&self, head: u32) -> &Head {
        &self.heads[head as usize]
    }

    /// A head that was taken.
    #[inline]
    pub fn head_mut(&mut self, head: u32) -> &mut Head {
        &mut self.heads[head as usize]
    }

    fn place(&mut self, id: u32, slot: u32) {
        let mask = self.index.len() - 1;
        let mut at = (id >> 1) as usize & mask;
        while self.index[at] != EMPTY {
            at = (at + 1) & mask;
        }
        self.index[at] = (id, slot);
    }

    /// Removes an entry and moves later ones of its run back, so that no probe meets a gap.
    fn unindex(&mut self, id: u32) {
        let mask = self.index.len() - 1;
        let mut hole = (id >> 1) as usize & mask;
        while self.index[hole].0 != id {
            hole = (hole + 1) & mask;
        }
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let (moved, _) = self.index[at];
            if moved == 0 {
                break;
            }
            let home = (moved >> 1) as usize & mask;
            // An entry may fill the hole unless its home lies (cyclically) after the hole.
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.index[hole] = self.index[at];
                hole = at;
            }
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
