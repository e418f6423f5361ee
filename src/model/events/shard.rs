//! One of the parts that keys are spread over: its table, and which of its chunks is the oldest.

use super::key::{Key, Surroundings};
use super::queue::Queue;
use super::record::Draft;
use super::section::Sections;
use super::store::Store;
use super::{EventNumber, NewEvent};
use crate::Method;
use hashbrown::HashTable;

/// Memory for the details of an event is given back above this size.
const SCRATCH_BYTES_MAX: usize = 64 << 10;

#[derive(Default)]
pub(super) struct Shard {
    /// All methods of a URI have the same hash.
    table: HashTable<Slot>,
    queue: Queue,
    sections: Sections,
    scratch: Vec<u8>,
    serial_next: u64,
    generation: u64,
    /// Events and memory of all keys.
    events: u64,
    key_bytes: usize,
}

/// The hash stands beside the pointer, so that growing the table reads nothing else.
pub(super) struct Slot {
    pub(super) hash: u64,
    /// The sequence number of the event that made the key.
    pub(super) order: u64,
    pub(super) key: Box<Key>,
}

/// What an eviction gained.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evicted {
    pub(super) events: u64,
    pub(super) bytes: usize,
}

impl Shard {
    pub(super) fn keys(&self) -> usize {
        self.table.len()
    }

    pub(super) fn events(&self) -> u64 {
        self.events
    }

    /// The memory it holds, in bytes; sections count themselves.
    pub(super) fn footprint(&self) -> usize {
        self.key_bytes
            + self.table.allocation_size()
            + self.queue.footprint()
            + self.scratch.capacity()
    }

    /// Age of the oldest chunk that may be dropped.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.queue.oldest().map(|oldest| oldest.age)
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.table.iter()
    }

    /// The keys of a URI with this hash; other URIs may have the same.
    pub(super) fn slots_of(&self, hash: u64) -> impl Iterator<Item = &Slot> {
        self.table.iter_hash(hash).filter(move |slot| slot.hash == hash)
    }

    /// Where a key is, until another one is added or removed.
    #[inline]
    pub(super) fn find(&self, hash: u64, method: Method, uri: &str) -> Option<usize> {
        self.table.find_bucket_index(hash, |slot| {
            slot.hash == hash && slot.key.method == method && *slot.key.uri == *uri
        })
    }

    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&Key> {
        self.table.get_bucket(index).map(|slot| &*slot.key)
    }

    pub(super) fn key(&self, hash: u64, method: Method, uri: &str) -> Option<&Key> {
        self.get(self.find(hash, method, uri)?)
    }

    /// Adds a key without events.
    pub(super) fn insert(&mut self, hash: u64, method: Method, uri: &str, order: u64) -> usize {
        let key = Box::new(Key::new(method, uri));
        self.key_bytes += key.footprint();
        let slot = Slot { hash, order, key };
        self.table.insert_unique(hash, slot, |slot| slot.hash).bucket_index()
    }

    /// Appends an event to the key there, or puts it in place of the latest one.
    pub(super) fn append(
        &mut self,
        index: usize,
        event: &NewEvent<'_>,
        replaces: bool,
        store: &Store,
    ) {
        let Shard { table, queue, sections, scratch, serial_next, .. } = self;
        let Some(slot) = table.get_bucket_mut(index) else { return };
        let section = sections.share(event.fields, store.hasher(), store.meter());
        let draft = Draft::new(event, section, scratch);
        let mut around = Surroundings {
            queue,
            serial_next,
            chunk_bytes_max: store.chunk_bytes_max(),
            hash: slot.hash,
        };
        let key = &mut slot.key;
        self.key_bytes -= key.footprint();
        self.events -= key.events();
        if replaces {
            key.replace_last(&draft, event.sequence, &mut around);
        } else {
            key.append(&draft, event.sequence, &mut around);
        }
        self.key_bytes += key.footprint();
        self.events += key.events();
        self.generation += 1;
        key.generation = self.generation;
        if scratch.capacity() > SCRATCH_BYTES_MAX {
            *scratch = Vec::new();
        }
    }

    /// Changes the key there; its memory and events are counted anew.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Key, &mut Queue)) -> Evicted {
        let Some(slot) = self.table.get_bucket_mut(index) else { return Evicted::default() };
        let key = &mut slot.key;
        let (bytes, events) = (key.footprint(), key.events());
        change(key, &mut self.queue);
        let gained = Evicted {
            events: events.saturating_sub(key.events()),
            bytes: bytes.saturating_sub(key.footprint()),
        };
        self.key_bytes = self.key_bytes - bytes + key.footprint();
        self.events = self.events - events + key.events();
        self.generation += 1;
        key.generation = self.generation;
        gained
    }

    /// Removes one event of the key there; is there one of that number?
    pub(super) fn remove_event(&mut self, index: usize, number: EventNumber) -> bool {
        let Some(ordinal) = self.get(index).and_then(|key| key.locate(number)) else {
            return false;
        };
        self.change(index, |key, queue| key.remove(ordinal, queue));
        true
    }

    /// Takes a key out, to be dropped when the lock is released: it may be large.
    pub(super) fn remove(&mut self, hash: u64, method: Method, uri: &str) -> Option<Box<Key>> {
        let is_it =
            |slot: &Slot| slot.hash == hash && slot.key.method == method && *slot.key.uri == *uri;
        let (slot, _) = self.table.find_entry(hash, is_it).ok()?.remove();
        slot.key.leave(&mut self.queue);
        self.key_bytes -= slot.key.footprint();
        self.events -= slot.key.events();
        Some(slot.key)
    }

    /// Drops the oldest chunk of the shard; `None` when there is none left that may go.
    pub(super) fn evict(&mut self) -> Option<Evicted> {
        let oldest = self.queue.oldest()?;
        let index = self.table.find_bucket_index(oldest.hash, |slot| {
            slot.hash == oldest.hash && slot.key.is_oldest(oldest.place)
        });
        match index {
            Some(index) => Some(self.change(index, |key, queue| key.evict(queue))),
            None => {
                debug_assert!(false, "a chunk waits to be dropped and is not there");
                self.queue.remove(oldest.place);
                Some(Evicted::default())
            }
        }
    }

    /// Takes everything out, to be dropped when the lock is released. Numbers go on counting.
    pub(super) fn take(&mut self) -> Shard {
        let (serial_next, generation) = (self.serial_next, self.generation);
        std::mem::replace(self, Shard { serial_next, generation, ..Shard::default() })
    }
}
