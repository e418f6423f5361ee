//! The shards, their locks, and the bound on the memory of all of them.

use super::section::Meter;
use super::shard::Shard;
use super::{Deleted, EventNumber, Stats, Storage};
use crate::Method;
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, RandomState};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Parts with a lock of their own. With 64, two of 16 cores that work on different keys meet in a lock once in a while,
/// and looking for the oldest of all parts still reads only eight cache lines.
pub(super) const SHARDS: usize = 64;

/// Chunks of a key grow up to this many bytes: what is unused in the last one, and the rest at the end of each that no
/// event fitted in, stay a few percent of events of a kilobyte.
pub(super) const CHUNK_BYTES_MAX: usize = 64 << 10;

/// With a small bound on memory chunks are smaller too, so that a handful of keys does not fill it with unused room.
const CHUNK_BYTES_LEAST: usize = 4 << 10;

/// Chunks are at most this part of the bound.
const CHUNK_PART: usize = 64;

/// This part of the bound is left to the allocator: what was dropped in pieces does not serve what comes at once.
const ALLOCATOR_PART: usize = 16;

/// Chunks that are dropped while a lock is held.
const EVICTIONS_PER_LOCK: usize = 16;

/// Marks a shard where nothing may be dropped.
const NOTHING: u64 = u64::MAX;

/// On a cache line of its own (two of them, since they are fetched in pairs).
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(T);

pub(super) struct Store {
    shards: Box<[Apart<Mutex<Shard>>]>,
    /// Age of the oldest chunk of each shard that may be dropped.
    oldest: [AtomicU64; SHARDS],
    sequence_next: Apart<AtomicU64>,
    meter: Arc<Meter>,
    keys: AtomicUsize,
    storage: AtomicU8,
    bytes_max: usize,
    /// What may be counted at most; without a bound nothing ever is as much.
    counted_max: usize,
    chunk_bytes_max: usize,
    hasher: FixedState,
    evicted_events: AtomicU64,
    evicted_bytes: AtomicU64,
    is_exceeded: AtomicBool,
}

const STORES_EVENTS: u8 = 1;
const STORES_HISTORY: u8 = 2;

impl Store {
    pub(super) fn new(storage: Storage, bytes_max: usize) -> Store {
        let chunk_bytes_max = match bytes_max {
            0 => CHUNK_BYTES_MAX,
            _ => (bytes_max / CHUNK_PART).clamp(CHUNK_BYTES_LEAST, CHUNK_BYTES_MAX),
        };
        let counted_max = match bytes_max {
            0 => usize::MAX,
            _ => bytes_max - bytes_max / ALLOCATOR_PART,
        };
        let store = Store {
            shards: (0..SHARDS).map(|_| Apart::default()).collect(),
            oldest: std::array::from_fn(|_| AtomicU64::new(NOTHING)),
            sequence_next: Apart::default(),
            meter: Arc::default(),
            keys: AtomicUsize::new(0),
            storage: AtomicU8::new(0),
            bytes_max,
            counted_max,
            chunk_bytes_max,
            // Whoever sends requests chooses the keys: he must not know which of them fall together.
            hasher: FixedState::with_seed(RandomState::new().hash_one(SHARDS)),
            evicted_events: AtomicU64::new(0),
            evicted_bytes: AtomicU64::new(0),
            is_exceeded: AtomicBool::new(false),
        };
        store.set_storage(storage);
        store
    }

    #[inline]
    pub(super) fn storage(&self) -> Storage {
        let bits = self.storage.load(Ordering::Relaxed);
        Storage { events: bits & STORES_EVENTS != 0, history: bits & STORES_HISTORY != 0 }
    }

    pub(super) fn set_storage(&self, storage: Storage) {
        let events = if storage.events { STORES_EVENTS } else { 0 };
        let history = if storage.history { STORES_HISTORY } else { 0 };
        self.storage.store(events | history, Ordering::Relaxed);
    }

    /// Takes the next `count` sequence numbers and gives the first of them.
    #[inline]
    pub(super) fn skip_sequences(&self, count: u64) -> u64 {
        self.sequence_next.0.fetch_add(count, Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.keys.load(Ordering::Relaxed) == 0
    }

    pub(super) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    pub(super) fn hasher(&self) -> &FixedState {
        &self.hasher
    }

    pub(super) fn chunk_bytes_max(&self) -> usize {
        self.chunk_bytes_max
    }

    #[inline]
    pub(super) fn hash(&self, uri: &str) -> u64 {
        self.hasher.hash_one(uri.as_bytes())
    }

    /// Locks the shard of a hash. Bits that the tables do not use choose it: they take the low ones and the top seven.
    #[inline]
    pub(super) fn lock_hash(&self, hash: u64) -> Guard<'_> {
        self.lock((hash >> 40) as usize % SHARDS)
    }

    #[inline]
    pub(super) fn lock(&self, index: usize) -> Guard<'_> {
        // A thread that panicked left nothing half done that a later request could not live with.
        let shard = self.shards[index].0.lock().unwrap_or_else(PoisonError::into_inner);
        let (footprint, keys) = (shard.footprint(), shard.keys());
        Guard { shard, store: self, index, footprint, keys }
    }

    pub(super) fn contains(&self, method: Method, uri: &str) -> bool {
        let hash = self.hash(uri);
        self.lock_hash(hash).find(hash, method, uri).is_some()
    }

    pub(super) fn delete_all(&self) -> bool {
        let mut had_any = false;
        for index in 0..SHARDS {
            let taken = self.lock(index).take();
            had_any |= taken.keys() > 0;
        }
        had_any
    }

    pub(super) fn delete_key(&self, method: Method, uri: &str) -> bool {
        let hash = self.hash(uri);
        let removed = self.lock_hash(hash).remove(hash, method, uri);
        removed.is_some()
    }

    pub(super) fn delete_event(&self, method: Method, uri: &str, number: EventNumber) -> Deleted {
        let hash = self.hash(uri);
        let mut shard = self.lock_hash(hash);
        match shard.find(hash, method, uri) {
            None => Deleted::Unknown,
            Some(index) if shard.remove_event(index, number) => Deleted::Done,
            Some(_) => Deleted::NoSuchEvent,
        }
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = Stats {
            bytes: self.meter.bytes(),
            bytes_max: self.bytes_max,
            evicted_events: self.evicted_events.load(Ordering::Relaxed),
            evicted_bytes: self.evicted_bytes.load(Ordering::Relaxed),
            is_exceeded: self.is_over() && self.is_exceeded.load(Ordering::Relaxed),
            ..Stats::default()
        };
        for index in 0..SHARDS {
            let shard = self.lock(index);
            stats.keys += shard.keys() as u64;
            stats.events += shard.events();
        }
        stats
    }

    #[inline]
    fn is_over(&self) -> bool {
        self.meter.bytes() > self.counted_max
    }

    /// Drops the oldest chunks until the bound is kept or nothing is left that may go. Never called with a lock held.
    pub(super) fn enforce(&self) {
        while self.is_over() {
            let Some((index, age_max)) = self.oldest_shard() else {
                if !self.is_exceeded.load(Ordering::Relaxed) {
                    self.is_exceeded.store(true, Ordering::Relaxed);
                }
                return;
            };
            self.evict_from(index, age_max);
        }
        if self.is_exceeded.load(Ordering::Relaxed) {
            self.is_exceeded.store(false, Ordering::Relaxed);
        }
    }

    /// Drops chunks of one shard, as long as there is none older than `age_max` elsewhere.
    fn evict_from(&self, index: usize, age_max: u64) {
        let mut shard = self.lock(index);
        let mut excess = self.meter.bytes().saturating_sub(self.counted_max);
        for _ in 0..EVICTIONS_PER_LOCK {
            if excess == 0 || shard.oldest().is_none_or(|age| age > age_max) {
                return;
            }
            let Some(evicted) = shard.evict() else { return };
            excess = excess.saturating_sub(evicted.bytes);
            self.evicted_events.fetch_add(evicted.events, Ordering::Relaxed);
            self.evicted_bytes.fetch_add(evicted.bytes as u64, Ordering::Relaxed);
        }
    }

    /// The shard with the oldest chunk that may be dropped, and the age of the oldest one elsewhere.
    fn oldest_shard(&self) -> Option<(usize, u64)> {
        let (mut index, mut oldest, mut elsewhere) = (0, NOTHING, NOTHING);
        for (at, age) in self.oldest.iter().enumerate() {
            let age = age.load(Ordering::Relaxed);
            if age < oldest {
                (index, elsewhere, oldest) = (at, oldest, age);
            } else {
                elsewhere = elsewhere.min(age);
            }
        }
        (oldest != NOTHING).then_some((index, elsewhere))
    }
}

/// A locked shard. What it gained or lost is counted for the whole store when it is released.
pub(super) struct Guard<'a> {
    shard: MutexGuard<'a, Shard>,
    store: &'a Store,
    index: usize,
    /// Memory and keys at the time of locking.
    footprint: usize,
    keys: usize,
}

impl Deref for Guard<'_> {
    type Target = Shard;

    #[inline]
    fn deref(&self) -> &Shard {
        &self.shard
    }
}

impl DerefMut for Guard<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.store.meter.adjust(self.footprint, self.shard.footprint());
        let keys = self.shard.keys();
        if keys > self.keys {
            self.store.keys.fetch_add(keys - self.keys, Ordering::Relaxed);
        } else if keys < self.keys {
            self.store.keys.fetch_sub(self.keys - keys, Ordering::Relaxed);
        }
        let oldest = self.shard.oldest().unwrap_or(NOTHING);
        if self.store.oldest[self.index].load(Ordering::Relaxed) != oldest {
            self.store.oldest[self.index].store(oldest, Ordering::Relaxed);
        }
    }
}
