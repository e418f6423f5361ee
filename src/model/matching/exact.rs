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
    shards: Vec<Arc<Shard<R>>>,
}

/// The keys lie in one piece of memory of their own and not in the rules: among a million rules a look-up is as slow
/// as the memory it waits for, and so key and rule can be waited for at the same time.
struct Shard<R> {
    table: HashTable<Entry<R>>,
    keys: Vec<u8>,
}

/// The hash stands beside the pointer, so that growing a table and passing over a neighbour read nothing else.
struct Entry<R> {
    hash: u64,
    rule: Arc<Rule<R>>,
    key_start: usize,
    key_len: usize,
}

impl<R> Clone for Entry<R> {
    fn clone(&self) -> Self {
        Entry { rule: Arc::clone(&self.rule), ..*self }
    }
}

impl<R> Clone for Shard<R> {
    fn clone(&self) -> Self {
        Shard { table: self.table.clone(), keys: self.keys.clone() }
    }
}

impl<R> Clone for ExactIndex<R> {
    fn clone(&self) -> Self {
        ExactIndex { shards: self.shards.clone() }
    }
}

impl<R> Default for ExactIndex<R> {
    fn default() -> Self {
        let empty = Arc::new(Shard { table: HashTable::new(), keys: Vec::new() });
        ExactIndex { shards: (0..SHARDS).map(|_| Arc::clone(&empty)).collect() }
    }
}

impl<R> ExactIndex<R> {
    #[inline]
    pub(crate) fn find(&self, key: Key<'_>) -> Option<&Arc<Rule<R>>> {
        let hash = key.hash();
        let Shard { table, keys } = &*self.shards[shard_of(hash)];
        table.find(hash, |entry| entry.has(hash, key, keys)).map(|entry| &entry.rule)
    }

    /// Puts a rule in; gives back the one that had its key.
    pub(crate) fn insert(&mut self, key: Key<'_>, rule: Arc<Rule<R>>) -> Option<Arc<Rule<R>>> {
        let hash = key.hash();
        let Shard { table, keys } = Arc::make_mut(&mut self.shards[shard_of(hash)]);
        if let Some(entry) = table.find_mut(hash, |entry| entry.has(hash, key, keys)) {
            return Some(std::mem::replace(&mut entry.rule, rule));
        }
        let key_start = keys.len();
        key.write(keys);
        let entry = Entry { hash, rule, key_start, key_len: keys.len() - key_start };
        table.insert_unique(hash, entry, |entry| entry.hash);
        None
    }
}

impl<R> Entry<R> {
    #[inline]
    fn has(&self, hash: u64, key: Key<'_>, keys: &[u8]) -> bool {
        self.hash == hash && key.is_written(&keys[self.key_start..self.key_start + self.key_len])
    }
}

/// What a rule is found by.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    method: Method,
    uri: &'a [u8],
    /// Empty for the initial state: the usual one must not cost anything.
    state: &'a [u8],
}

/// Ends the URI in a written key. UTF-8 has no such byte and neither URI nor state of a provision are anything else,
/// so two keys are never written alike, whatever bytes a request has in its URI.
const URI_END: u8 = 0xff;

impl<'a> Key<'a> {
    /// An empty state is the initial one.
    #[inline]
    pub(crate) fn new(method: Method, uri: &'a [u8], state: &'a [u8]) -> Key<'a> {
        let state = if state == STATE_INITIAL.as_bytes() { b"" } else { state };
        Key { method, uri, state }
    }

    #[inline]
    fn hash(self) -> u64 {
        let mut hasher = HASHER.build_hasher();
        hasher.write_u8(self.method.index());
        hasher.write(self.uri);
        if !self.state.is_empty() {
            hasher.write(self.state);
        }
        hasher.finish()
    }

    fn write(self, keys: &mut Vec<u8>) {
        keys.push(self.method.index());
        keys.extend_from_slice(self.uri);
        keys.push(URI_END);
        keys.extend_from_slice(self.state);
    }

    #[inline]
    fn is_written(self, written: &[u8]) -> bool {
        let [method, rest @ ..] = written else { return false };
        let Some((uri, [end, state @ ..])) = rest.split_at_checked(self.uri.len()) else {
            return false;
        };
        *method == self.method.index()
            && *end == URI_END
            && is_same(uri, self.uri)
            && is_same(state, self.state)
    }
}

/// Equal, without handing empty slices to `memcmp`: they may point anywhere, and where it loads with a mask, a load from
/// an unmapped page costs 50 ns though nothing is wanted of it. The usual state is empty on both sides.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}

/// Bits that the tables do not use: they take the low ones for the place and the top seven as a tag.
#[inline]
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

const _: () =
    assert!(SHARDS.is_power_of_two() && SHARDS <= 1 << 17, "bits 40 to 56 choose the shard");
