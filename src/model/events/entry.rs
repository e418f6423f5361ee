//! A key while one request works with it.

use super::NewEvent;
use super::key::Key;
use super::store::{Guard, Store};
use crate::{Method, STATE_INITIAL};

/// A locked key. The state read from it stays the state until the entry is dropped, but for what is done through it.
///
/// The bound on the memory is enforced when the entry is dropped, after the lock is released.
pub struct Entry<'a> {
    // Fields are dropped in this order: the lock is released first, the rest may take its time.
    shard: Guard<'a>,
    /// The key that was purged.
    removed: Option<Box<Key>>,
    bound: Bound<'a>,
    method: Method,
    uri: &'a str,
    hash: u64,
    /// Where the key is in the table of the shard.
    index: Option<usize>,
}

/// Enforces the bound on the memory when it is dropped.
struct Bound<'a>(&'a Store);

impl Drop for Bound<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.enforce();
    }
}

impl<'a> Entry<'a> {
    #[inline]
    pub(super) fn open(store: &'a Store, method: Method, uri: &'a str) -> Entry<'a> {
        let hash = store.hash(uri);
        let shard = store.lock_hash(hash);
        let index = shard.find(hash, method, uri);
        Entry { shard, removed: None, bound: Bound(store), method, uri, hash, index }
    }

    #[inline]
    fn key(&self) -> Option<&Key> {
        self.shard.get(self.index?)
    }

    /// The state of the key: that of its latest event, and [`STATE_INITIAL`] where that is empty or there is none.
    #[inline]
    pub fn state(&self) -> &str {
        match self.key().and_then(Key::state) {
            None | Some("") => STATE_INITIAL,
            Some(state) => state,
        }
    }

    /// A number that is another one after each change of the key; 0 as long as there is no key.
    #[inline]
    pub fn generation(&self) -> u64 {
        self.key().map_or(0, |key| key.generation)
    }

    /// Stores an event of this key, as the storage settings say.
    #[inline]
    pub fn append(&mut self, event: &NewEvent<'_>) {
        self.append_to(self.method, event);
    }

    /// Stores an event under another method and the same URI, as the storage settings say.
    pub fn append_to(&mut self, method: Method, event: &NewEvent<'_>) {
        let store = self.bound.0;
        let storage = store.storage();
        if !storage.events {
            return;
        }
        let found = match method == self.method {
            true => self.index,
            false => self.shard.find(self.hash, method, self.uri),
        };
        let index = match found {
            Some(index) => index,
            None => {
                let index = self.shard.insert(self.hash, method, self.uri, event.sequence);
                // The table may have grown, and then everything in it moved.
                self.index = self.shard.find(self.hash, self.method, self.uri);
                index
            }
        };
        let replaces = !storage.history && event.reply.is_some();
        self.shard.append(index, event, replaces, store);
    }

    /// Removes the key with all its events; was there one?
    pub fn purge(&mut self) -> bool {
        self.index = None;
        self.removed = self.shard.remove(self.hash, self.method, self.uri);
        self.removed.is_some()
    }
}
