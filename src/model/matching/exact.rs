//! FullMatching: state, method and normalised URI are looked up as they are, in one hash of borrowed bytes.

use crate::snapshot::Rule;
use crate::{Method, STATE_INITIAL};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

/// Parts that a copy-on-write index is made of. Publishing one rule copies the list of shards (this many
/// pointers) and one shard (rules / this many pointers): 2048 balances the two at a few million rules.
const SHARDS: usize = 2048;

/// The seed is fixed: keys are chosen by whoever programs the mock, requests are looked up and never stored.
const HASHER: FixedState = FixedState::with_seed(0x756e_6465_7273_7475);

/// The index. Cloning it shares every shard; changing a clone copies the shards that change.
pub(crate) struct ExactIndex<R> {
    shards: Vec<Arc<HashTable<Entry<R>>>>,
    len: usize,
}

/// The hash stands beside the pointer, so that growing a table and passing over a neighbour touch no rule.
struct Entry<R> {
    hash: u64,
    rule: Arc<Rule<R>>,
}

impl<R> Clone for Entry<R> {
    fn clone(&self) -> Self {
        Entry { hash: self.hash, rule: Arc::clone(&self.rule) }
    }
}

impl<R> Clone for ExactIndex<R> {
    fn clone(&self) -> Self {
        ExactIndex { shards: self.shards.clone(), len: self.len }
    }
}

impl<R> Default for ExactIndex<R> {
    fn default() -> Self {
        ExactIndex { shards: vec![Arc::new(HashTable::new()); SHARDS], len: 0 }
    }
}

impl<R> ExactIndex<R> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// `state` is never empty.
    #[inline]
    pub(crate) fn find(&self, method: Method, uri: &[u8], state: &[u8]) -> Option<&Arc<Rule<R>>> {
        let hash = hash(method, uri, state);
        let is_wanted =
            |entry: &Entry<R>| entry.hash == hash && entry.rule.has_key(method, uri, state);
        self.shards[shard_of(hash)].find(hash, is_wanted).map(|entry| &entry.rule)
    }

    /// Puts a rule in; gives back the one that had its key.
    pub(crate) fn insert(&mut self, rule: Arc<Rule<R>>) -> Option<Arc<Rule<R>>> {
        let (method, uri, state) =
            (rule.method(), rule.uri().as_bytes(), rule.in_state().as_bytes());
        let hash = hash(method, uri, state);
        let shard = Arc::make_mut(&mut self.shards[shard_of(hash)]);
        let is_same =
            |entry: &Entry<R>| entry.hash == hash && entry.rule.has_key(method, uri, state);
        if let Some(entry) = shard.find_mut(hash, is_same) {
            return Some(std::mem::replace(&mut entry.rule, rule));
        }
        shard.insert_unique(hash, Entry { hash, rule }, |entry| entry.hash);
        self.len += 1;
        None
    }

    /// All rules, in no order.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Arc<Rule<R>>> {
        self.shards.iter().flat_map(|shard| shard.iter()).map(|entry| &entry.rule)
    }
}

/// The usual state is not hashed: it must not cost anything.
#[inline]
fn hash(method: Method, uri: &[u8], state: &[u8]) -> u64 {
    let mut hasher = HASHER.build_hasher();
    hasher.write_u8(method as u8);
    hasher.write(uri);
    if state != STATE_INITIAL.as_bytes() {
        hasher.write(state);
    }
    hasher.finish()
}

/// Bits that the tables do not use: they take the low ones for the place and the top seven as a tag.
#[inline]
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

const _: () =
    assert!(SHARDS.is_power_of_two() && SHARDS <= 1 << 17, "bits 40 to 56 choose the shard");
