//! The history of one key, as a list of chunks from the oldest to the newest.
//!
//! Events have ordinals that go on counting when old ones are dropped: number 1 of a client is the ordinal of the first
//! event that is left.

use super::chunk::Chunk;
use super::few::Few;
use super::queue::{self, Queue};
use super::record::Draft;
use super::{ALLOCATION_BYTES, EventNumber};
use crate::Method;
use std::sync::Arc;

/// A chunk after the first of its key is at least this long, so that small events do not get one each.
const CHUNK_BYTES_MIN: usize = 256;

/// An event that this many of do not fit into a chunk gets one of exactly its length, since too much would stay unused.
const EVENTS_MIN: usize = 4;

/// A new chunk is as long as this part of what its key has already: so much of it may be unused.
const UNUSED_PART: usize = 4;

/// One key: a method and a normalised URI.
pub(super) struct Key {
    pub(super) method: Method,
    pub(super) uri: Box<str>,
    /// Another number after each change.
    pub(super) generation: u64,
    /// The last one takes new events. None of them is ever empty.
    chunks: Few<Link>,
    /// The ordinal of the next event.
    next: u64,
    /// What the chunks hold, in bytes.
    chunk_bytes: usize,
}

struct Link {
    chunk: Arc<Chunk>,
    /// The ordinal of its first event.
    first: u64,
    /// Its place in the queue of the shard; [`queue::NONE`] as long as it has nothing but the latest event.
    place: u32,
}

/// What the shard lends to a key that is changed.
pub(super) struct Surroundings<'a> {
    pub(super) queue: &'a mut Queue,
    pub(super) serial_next: &'a mut u64,
    pub(super) chunk_bytes_max: usize,
    /// Of the URI.
    pub(super) hash: u64,
}

impl Key {
    pub(super) fn new(method: Method, uri: &str) -> Key {
        Key { method, uri: uri.into(), generation: 0, chunks: Few::None, next: 0, chunk_bytes: 0 }
    }

    pub(super) fn events(&self) -> u64 {
        self.chunks.first().map_or(0, |oldest| self.next - oldest.first)
    }

    /// The memory it holds, in bytes.
    pub(super) fn footprint(&self) -> usize {
        size_of::<Key>()
            + self.uri.len()
            + 2 * ALLOCATION_BYTES
            + self.chunks.footprint()
            + self.chunk_bytes
    }

    /// The state after the latest event; `None` without events.
    pub(super) fn state(&self) -> Option<&str> {
        self.chunks.last()?.chunk.last_state()
    }

    /// Appends an event. `age` tells how old it is in comparison with those of other keys.
    pub(super) fn append(&mut self, draft: &Draft<'_>, age: u64, around: &mut Surroundings<'_>) {
        let newest = self.chunks.last_mut().and_then(|link| Arc::get_mut(&mut link.chunk));
        match newest.filter(|chunk| chunk.has_room(draft)) {
            Some(chunk) => {
                self.chunk_bytes -= chunk.footprint();
                chunk.push(draft);
                self.chunk_bytes += chunk.footprint();
            }
            None => {
                self.queue_newest(age, around);
                let chunk = self.chunk_with(draft, around);
                self.chunk_bytes += chunk.footprint();
                let link = Link { chunk: Arc::new(chunk), first: self.next, place: queue::NONE };
                self.chunks.push(link);
            }
        }
        self.next += 1;
        if self.chunks.last().is_some_and(|link| link.chunk.count() > 1) {
            self.queue_newest(age, around);
        }
    }

    /// A new chunk with one event.
    fn chunk_with(&self, draft: &Draft<'_>, around: &mut Surroundings<'_>) -> Chunk {
        let length = draft.length();
        let wanted =
            (self.chunk_bytes / UNUSED_PART).clamp(CHUNK_BYTES_MIN, around.chunk_bytes_max);
        // Rounded down to a power of four: with few sizes, the memory of what is dropped serves what comes.
        let usual = 1 << (wanted.ilog2() & !1);
        let is_first = self.chunks.len() == 0;
        let capacity = if is_first || usual < EVENTS_MIN * length { length } else { usual };
        let mut chunk = Chunk::new(*around.serial_next, capacity);
        *around.serial_next += 1;
        chunk.push(draft);
        chunk
    }

    /// The newest chunk has something that may be dropped now, or will as soon as another one follows it.
    fn queue_newest(&mut self, age: u64, around: &mut Surroundings<'_>) {
        if let Some(link) = self.chunks.last_mut()
            && link.place == queue::NONE
        {
            link.place = around.queue.push(age, around.hash);
        }
    }

    /// Appends an event in place of the latest.
    pub(super) fn replace_last(
        &mut self,
        draft: &Draft<'_>,
        age: u64,
        around: &mut Surroundings<'_>,
    ) {
        if let Some(link) = self.chunks.last_mut() {
            match Arc::get_mut(&mut link.chunk) {
                Some(chunk) => {
                    chunk.pop();
                    self.next -= 1;
                    if chunk.count() == 0 && !chunk.suits(draft) {
                        self.remove_chunk(self.chunks.len() - 1, around.queue);
                    }
                }
                // A reader holds it.
                None => self.remove(self.next - 1, around.queue),
            }
        }
        self.append(draft, age, around);
    }

    /// The ordinal of an event; `None` when there is none of that number.
    pub(super) fn locate(&self, number: EventNumber) -> Option<u64> {
        let events = self.events();
        let from_start = match number {
            EventNumber::FromStart(number) => number.checked_sub(1)?,
            EventNumber::FromEnd(0) => return None,
            EventNumber::FromEnd(number) => events.checked_sub(number)?,
        };
        (from_start < events).then(|| self.next - events + from_start)
    }

    /// The place in the list of the chunk that has this event.
    fn chunk_of(&self, ordinal: u64) -> Option<usize> {
        self.chunks.partition_point(|link| link.first <= ordinal).checked_sub(1)
    }

    /// Removes one event.
    pub(super) fn remove(&mut self, ordinal: u64, queue: &mut Queue) {
        let Some(at) = self.chunk_of(ordinal).filter(|_| ordinal < self.next) else { return };
        let Some(link) = self.chunks.get_mut(at) else { return };
        let mut following = at + 1;
        if link.chunk.count() == 1 {
            self.remove_chunk(at, queue);
            following = at;
        } else {
            let gone = ordinal - link.first;
            let chunk = link.chunk.select(|index| u64::from(index) != gone);
            self.chunk_bytes -= link.chunk.footprint();
            self.chunk_bytes += chunk.footprint();
            link.chunk = Arc::new(chunk);
        }
        for at in following..self.chunks.len() {
            if let Some(link) = self.chunks.get_mut(at) {
                link.first -= 1;
            }
        }
        self.next -= 1;
    }

    fn remove_chunk(&mut self, at: usize, queue: &mut Queue) {
        if let Some(link) = self.chunks.remove(at) {
            queue.remove(link.place);
            self.chunk_bytes -= link.chunk.footprint();
        }
    }

    /// Takes all chunks out of the queue, before the key goes.
    pub(super) fn leave(&self, queue: &mut Queue) {
        for link in self.chunks.iter() {
            queue.remove(link.place);
        }
    }

    /// Is this the place of the oldest chunk?
    pub(super) fn is_oldest(&self, place: u32) -> bool {
        self.chunks.first().is_some_and(|link| link.place == place)
    }

    /// Drops the oldest chunk, or all but the latest event where it is the only one. The chunk leaves the queue.
    pub(super) fn evict(&mut self, queue: &mut Queue) {
        if self.chunks.len() > 1 {
            return self.remove_chunk(0, queue);
        }
        let Some(link) = self.chunks.get_mut(0) else { return };
        queue.remove(std::mem::replace(&mut link.place, queue::NONE));
        let count = link.chunk.count();
        if count > 1 {
            let chunk = link.chunk.select(|index| index + 1 == count);
            self.chunk_bytes -= link.chunk.footprint();
            self.chunk_bytes += chunk.footprint();
            link.chunk = Arc::new(chunk);
            link.first = self.next - 1;
        }
    }

    /// The chunk and the index in it of an event. Only the event is copied where more may be appended to the chunk.
    pub(super) fn excerpt(&self, ordinal: u64) -> Option<(Arc<Chunk>, u32)> {
        let at = self.chunk_of(ordinal)?;
        let link = self.chunks.get(at)?;
        let index = u32::try_from(ordinal - link.first).ok()?;
        if at + 1 < self.chunks.len() || is_long(&link.chunk) {
            return Some((Arc::clone(&link.chunk), index));
        }
        Some((Arc::new(link.chunk.single(index)?), 0))
    }

    /// Serial of the newest chunk, and how many events it has.
    pub(super) fn end(&self) -> Option<(u64, u32)> {
        self.chunks.last().map(|link| (link.chunk.serial(), link.chunk.count()))
    }

    /// The first chunk with this serial or a later one, as it is now.
    pub(super) fn chunk_from(&self, serial: u64) -> Option<Arc<Chunk>> {
        let at = self.chunks.partition_point(|link| link.chunk.serial() < serial);
        let link = self.chunks.get(at)?;
        if at + 1 < self.chunks.len() || is_long(&link.chunk) {
            return Some(Arc::clone(&link.chunk));
        }
        Some(Arc::new(Chunk::clone(&link.chunk)))
    }
}

/// Longer than chunks usually are: it takes no more events, and copying it would take long.
fn is_long(chunk: &Chunk) -> bool {
    chunk.length() > super::store::CHUNK_BYTES_MAX
}
