//! Server data as JSON text, in pieces: locks are held to fetch the next chunk and not while text is made of it, so
//! that traffic goes on and memory stays bounded, however much there is.
//!
//! What is read is what there was when reading a key began: later events are left out, and what is deleted or dropped
//! meanwhile is left out from there on.

use super::chunk::Chunk;
use super::store::{SHARDS, Store};
use super::{EventNumber, render};
use crate::{Method, json};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A piece of text ends with the first event after this many bytes.
const PIECE_BYTES: usize = 64 << 10;

/// Keys that are listed at once, in the order of their creation. Where there are more, each such part of them is.
const KEYS_LISTED: usize = 64 << 10;

/// A part of one event.
pub(super) fn node(
    store: &Store,
    method: Method,
    uri: &str,
    number: EventNumber,
    pointer: &str,
) -> Option<Json> {
    let hash = store.hash(uri);
    let shard = store.lock_hash(hash);
    let key = shard.key(hash, method, uri)?;
    let (chunk, index) = key.excerpt(key.locate(number)?)?;
    drop(shard);
    let record = chunk.record(&mut chunk.start_of(index)?)?;
    render::node(&record, uri, pointer)
}

/// The JSON object of one key: `method`, `requests` (absent without events) and `uri`.
pub struct KeyReader {
    store: Arc<Store>,
    text: KeyText,
}

impl KeyReader {
    pub(super) fn new(store: &Arc<Store>, method: Method, uri: &str) -> Option<KeyReader> {
        let hash = store.hash(uri);
        let end = store.lock_hash(hash).key(hash, method, uri)?.end();
        let text = KeyText::new(hash, method, uri.into(), end);
        Some(KeyReader { store: Arc::clone(store), text })
    }

    /// Appends the next piece of the text to `out`: about 64 KiB, more where one event is longer. False when there is
    /// none left, and then nothing is appended.
    pub fn next_piece(&mut self, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        self.text.write(&self.store, out, start + PIECE_BYTES);
        out.len() > start
    }
}

/// The JSON array of all keys, as objects like those of [`KeyReader`].
pub struct AllReader {
    keys: Keys,
    /// The keys of the URI that is being written, the next one last.
    pending: Vec<KeyText>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is written yet.
    Start,
    /// No member of the list is written yet.
    First,
    /// Another member takes a comma before it.
    More,
    Done,
}

impl AllReader {
    pub(super) fn new(store: &Arc<Store>) -> AllReader {
        AllReader { keys: Keys::new(store), pending: Vec::new(), stage: Stage::Start }
    }

    /// Appends the next piece of the text to `out`: about 64 KiB, more where one event is longer. False when there is
    /// none left, and then nothing is appended.
    pub fn next_piece(&mut self, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        let enough = start + PIECE_BYTES;
        if self.stage == Stage::Start {
            out.push(b'[');
            self.stage = Stage::First;
        }
        while self.stage != Stage::Done && out.len() < enough {
            let Some(text) = self.pending.last_mut() else {
                if !self.keys.next(&mut self.pending) {
                    out.push(b']');
                    self.stage = Stage::Done;
                }
                continue;
            };
            if text.stage == Stage::Start {
                if self.stage == Stage::More {
                    out.push(b',');
                }
                self.stage = Stage::More;
            }
            text.write(&self.keys.store, out, enough);
            if text.stage == Stage::Done {
                self.pending.pop();
            }
        }
        out.len() > start
    }
}

/// How many events each key has, for `max` keys at most.
pub(super) fn key_amounts(store: &Arc<Store>, max: usize) -> Vec<Json> {
    let mut keys = Keys::new(store);
    let mut list = Vec::new();
    let mut texts = Vec::new();
    while list.len() < max && keys.next(&mut texts) {
        while let Some(text) = texts.pop().filter(|_| list.len() < max) {
            let shard = store.lock_hash(text.hash);
            let Some(key) = shard.key(text.hash, text.method, &text.uri) else { continue };
            let amount = key.events();
            let latest = key.locate(EventNumber::LAST).and_then(|latest| key.excerpt(latest));
            drop(shard);
            let (method, uri) = (text.method.as_str(), &*text.uri);
            let mut member = json!({"amount": amount, "method": method, "uri": uri});
            if let Some(provision_uri) = latest.and_then(provision_uri) {
                member["provisionUri"] = provision_uri.into();
            }
            list.push(member);
        }
    }
    list
}

/// The `requestUri` of the provision that an event was answered by, if it was.
fn provision_uri((chunk, index): (Arc<Chunk>, u32)) -> Option<String> {
    let record = chunk.record(&mut chunk.start_of(index)?)?;
    Some(record.answer?.fixed.provision_uri.to_string())
}

/// Goes over all keys that exist when their shard is looked at.
struct Keys {
    store: Arc<Store>,
    /// Creation and hash of the keys to come, the next one last.
    listed: Vec<(u64, u64)>,
    shard_next: usize,
}

impl Keys {
    fn new(store: &Arc<Store>) -> Keys {
        Keys { store: Arc::clone(store), listed: Vec::new(), shard_next: 0 }
    }

    /// Appends the text of the next key; of several, where methods of one URI came up at once. There may be none when
    /// keys were deleted meanwhile. False when all keys were passed.
    fn next(&mut self, texts: &mut Vec<KeyText>) -> bool {
        let Some((order, hash)) = self.listed.pop() else { return self.list() };
        let shard = self.store.lock_hash(hash);
        for slot in shard.slots_of(hash).filter(|slot| slot.order == order) {
            let key = &slot.key;
            texts.push(KeyText::new(hash, key.method, key.uri.clone(), key.end()));
        }
        drop(shard);
        texts.sort_unstable_by(|one, other| other.method.as_str().cmp(one.method.as_str()));
        true
    }

    /// Lists the keys of the next shards.
    fn list(&mut self) -> bool {
        if self.shard_next == SHARDS {
            return false;
        }
        while self.shard_next < SHARDS && self.listed.len() < KEYS_LISTED {
            let shard = self.store.lock(self.shard_next);
            self.listed.extend(shard.slots().map(|slot| (slot.order, slot.hash)));
            self.shard_next += 1;
        }
        self.listed.sort_unstable_by(|one, other| other.cmp(one));
        self.listed.dedup();
        true
    }
}

/// The text of a key, as far as it is written.
struct KeyText {
    hash: u64,
    method: Method,
    uri: Box<str>,
    /// Serial of the newest chunk at the time of the first look, and how many events it had.
    end: Option<(u64, u32)>,
    serial_next: u64,
    part: Option<Part>,
    stage: Stage,
}

/// A chunk that is being written.
struct Part {
    chunk: Arc<Chunk>,
    at: usize,
    left: u32,
}

impl KeyText {
    fn new(hash: u64, method: Method, uri: Box<str>, end: Option<(u64, u32)>) -> KeyText {
        KeyText { hash, method, uri, end, serial_next: 0, part: None, stage: Stage::Start }
    }

    /// Appends to `out` until that is `enough` bytes long or the text ends.
    fn write(&mut self, store: &Store, out: &mut Vec<u8>, enough: usize) {
        if self.stage == Stage::Start {
            out.extend_from_slice(b"{\"method\":");
            out.extend_from_slice(json::quote(self.method.as_str()).as_bytes());
            self.stage = Stage::First;
        }
        while self.stage != Stage::Done && out.len() < enough {
            if self.part.is_none() {
                self.part = self.next_part(store);
            }
            match &mut self.part {
                Some(part) => match part.next_event() {
                    Some(event) => {
                        let first = self.stage == Stage::First;
                        out.extend_from_slice(if first { b",\"requests\":[" } else { b"," });
                        self.stage = Stage::More;
                        out.extend_from_slice(&event);
                    }
                    None => self.part = None,
                },
                None => {
                    if self.stage == Stage::More {
                        out.push(b']');
                    }
                    out.extend_from_slice(b",\"uri\":");
                    out.extend_from_slice(json::quote(&self.uri).as_bytes());
                    out.push(b'}');
                    self.stage = Stage::Done;
                }
            }
        }
    }

    /// Fetches the next chunk.
    fn next_part(&mut self, store: &Store) -> Option<Part> {
        let (serial_last, count_last) = self.end?;
        if self.serial_next > serial_last {
            return None;
        }
        let chunk = {
            let shard = store.lock_hash(self.hash);
            shard.key(self.hash, self.method, &self.uri)?.chunk_from(self.serial_next)?
        };
        self.serial_next = chunk.serial() + 1;
        let left = match chunk.serial() {
            serial if serial > serial_last => return None,
            serial if serial == serial_last => chunk.count().min(count_last),
            _ => chunk.count(),
        };
        Some(Part { chunk, at: 0, left })
    }
}

impl Part {
    /// The text of the next event.
    fn next_event(&mut self) -> Option<Vec<u8>> {
        self.left = self.left.checked_sub(1)?;
        let record = self.chunk.record(&mut self.at)?;
        Some(json::to_compact(&render::event(&record)))
    }
}
