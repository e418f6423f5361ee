//! Server data: what was received and answered, by method and URI, and the states that follow from it.
//!
//! One [`ServerData`] serves the whole process. Its keys are spread over shards by their URI, each behind a lock of its
//! own that is held for as long as one request needs: [`ServerData::open`] gives an [`Entry`], and while that lives, the
//! state read from it and the event appended to it are one step that no other request gets in between.
//!
//! An event is a compact record (`record.rs`) in a chunk of its key (`chunk.rs`, `key.rs`). JSON is made of it when
//! somebody asks (`render.rs`), outside of the locks and in pieces (`reader.rs`). When all of it takes more memory than
//! allowed, the oldest chunks of the process go first, but never the latest event of a key (`store.rs`).

mod chunk;
mod entry;
mod few;
pub mod fields;
mod key;
mod number;
mod queue;
mod reader;
mod record;
mod render;
mod section;
mod shard;
mod store;
mod varint;

pub use entry::Entry;
pub use number::{EventNumber, NotANumber};
pub use reader::{AllReader, KeyReader};

use crate::Method;
use crate::reply::Reply;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use store::Store;

/// What an allocator adds to a piece of memory on average: a header, or the rest of its size class.
const ALLOCATION_BYTES: usize = 16;

/// What is stored of new events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storage {
    /// Events are stored at all.
    pub events: bool,
    /// The events of a key are all kept; otherwise a provisioned one replaces the latest. Unprovisioned ones are
    /// always added.
    pub history: bool,
}

/// An event to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// When the request was received, in milliseconds since the epoch.
    pub received_ms: u64,
    /// The number of the reception, from [`ServerData::next_sequence`].
    pub sequence: u64,
    /// The state that was found; stored as empty for an unprovisioned event.
    pub previous_state: &'a str,
    /// The state afterwards; stored as empty for an unprovisioned event.
    pub state: &'a str,
    /// The header fields of the request, written by [`fields::write`](fn@fields::write).
    pub fields: &'a [u8],
    /// The body of the request.
    pub body: &'a [u8],
    /// What is answered; `None` when no provision was found.
    pub reply: Option<ReplyRecord<'a>>,
    /// The method that was received, for an event that is recorded under another one.
    pub virtual_origin: Option<Method>,
}

/// What a provisioned event is answered.
#[derive(Clone, Copy, Debug)]
pub struct ReplyRecord<'a> {
    /// The status code, or the code of a stream reset.
    pub code: u32,
    /// The delay of the answer.
    pub delay_ms: u64,
    /// The part that stays as posted; the event refers to it and does not copy it.
    pub fixed: &'a Arc<Reply>,
    /// Header fields added by transformations, after those of `fixed`.
    pub added_headers: &'a [(String, String)],
    /// The body, when it is not that of `fixed`.
    pub body: Option<&'a [u8]>,
}

/// What became of a wish to delete one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// There is no such key.
    Unknown,
    /// The key has no event of that number.
    NoSuchEvent,
    /// It is deleted. The key stays, even without any event.
    Done,
}

/// How much there is, summed over all shards one after another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Keys (method and URI), those without events included.
    pub keys: u64,
    /// Events of all keys.
    pub events: u64,
    /// Memory that all of it takes, tables and unused room included.
    pub bytes: usize,
    /// What `bytes` may be at most; 0 without a bound.
    pub bytes_max: usize,
    /// Events that were dropped to stay below the bound.
    pub evicted_events: u64,
    /// Memory that was gained by that.
    pub evicted_bytes: u64,
    /// `bytes` is above the bound though only the latest event of each key is left.
    pub is_exceeded: bool,
}

/// All server data of a process.
pub struct ServerData {
    store: Arc<Store>,
}

impl ServerData {
    /// Nothing is stored yet. `bytes_max` bounds the memory of events and keys; 0 means no bound.
    pub fn new(storage: Storage, bytes_max: usize) -> ServerData {
        ServerData { store: Arc::new(Store::new(storage, bytes_max)) }
    }

    /// What is stored of new events.
    #[inline]
    pub fn storage(&self) -> Storage {
        self.store.storage()
    }

    /// Changes what is stored from now on; nothing that is stored already changes.
    pub fn set_storage(&self, storage: Storage) {
        self.store.set_storage(storage);
    }

    /// The number of a reception: 0 first, then each number once and without gaps, on whatever thread.
    #[inline]
    pub fn next_sequence(&self) -> u64 {
        self.store.skip_sequences(1)
    }

    /// Counts `count` receptions that nobody wants the numbers of.
    #[inline]
    pub fn skip_sequences(&self, count: u64) {
        self.store.skip_sequences(count);
    }

    /// There is no key. Takes no lock, so it may be asked for each request.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// How much there is.
    pub fn stats(&self) -> Stats {
        self.store.stats()
    }

    /// Locks a key until the entry is dropped, whether it exists or not. All keys of the URI's shard are locked with it:
    /// no other method of the server data may be called meanwhile on the same thread.
    #[inline]
    pub fn open<'a>(&'a self, method: Method, uri: &'a str) -> Entry<'a> {
        Entry::open(&self.store, method, uri)
    }

    /// One event as a JSON object.
    pub fn event(&self, method: Method, uri: &str, number: EventNumber) -> Option<Json> {
        self.node(method, uri, number, "")
    }

    /// A part of an event, by JSON pointer (RFC 6901); the empty one is the whole event. Members can also be named as
    /// newer releases of the interface do: `requestBody`, `requestHeaders`, `recvseq` (counted from 1),
    /// `receptionTimestampUs` and `virtualOrigin`.
    pub fn node(
        &self,
        method: Method,
        uri: &str,
        number: EventNumber,
        pointer: &str,
    ) -> Option<Json> {
        reader::node(&self.store, method, uri, number, pointer)
    }

    /// Is there such a key, with or without events?
    pub fn contains(&self, method: Method, uri: &str) -> bool {
        self.store.contains(method, uri)
    }

    /// The JSON object of a key, to be read in pieces.
    pub fn key(&self, method: Method, uri: &str) -> Option<KeyReader> {
        KeyReader::new(&self.store, method, uri)
    }

    /// The JSON array of all keys, to be read in pieces; `None` when there is no key.
    pub fn all(&self) -> Option<AllReader> {
        (!self.is_empty()).then(|| AllReader::new(&self.store))
    }

    /// Deletes everything; was there any key?
    pub fn delete_all(&self) -> bool {
        self.store.delete_all()
    }

    /// Deletes a key; was there any?
    pub fn delete_key(&self, method: Method, uri: &str) -> bool {
        self.store.delete_key(method, uri)
    }

    /// Deletes one event; the later ones move up by one number.
    pub fn delete_event(&self, method: Method, uri: &str, number: EventNumber) -> Deleted {
        self.store.delete_event(method, uri, number)
    }

    /// How many keys and events there are, and of the first `max_keys` keys how many events each has; and what was dropped
    /// for want of room, if anything was.
    pub fn summary(&self, max_keys: usize) -> Json {
        let stats = self.stats();
        let mut summary = json!({"totalEvents": stats.events, "totalKeys": stats.keys});
        if stats.evicted_events > 0 {
            summary["evictedEvents"] = stats.evicted_events.into();
            summary["evictedBytes"] = stats.evicted_bytes.into();
        }
        let list = reader::key_amounts(&self.store, max_keys);
        if let (Some(members), true) = (summary.as_object_mut(), stats.keys > 0) {
            let displayed = json!({"amount": list.len(), "list": list});
            members.insert("displayedKeys".to_owned(), displayed);
        }
        summary
    }
}

#[cfg(test)]
mod tests;
