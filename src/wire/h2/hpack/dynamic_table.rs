//! The dynamic table (RFC 7541 sections 2.3.2 and 4), for both directions.

use super::{ENTRY_OVERHEAD_BYTES, TABLE_BYTES_INITIAL};
use std::collections::VecDeque;

/// Where an entry's text lies, and what its owner wants to know of it.
#[derive(Clone, Copy, Debug)]
struct Entry<M> {
    start: u32,
    name_len: u32,
    value_len: u32,
    meta: M,
}

impl<M> Entry<M> {
    fn len(&self) -> usize {
        (self.name_len + self.value_len) as usize
    }
}

/// One entry as seen from outside: name and value in one piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a, M> {
    pub(super) text: &'a [u8],
    pub(super) name_len: usize,
    pub(super) meta: M,
}

/// A first-in first-out table bounded by bytes. The text of all entries lies in one buffer, oldest first, so that an
/// insertion is a copy and an eviction moves a mark; the room of evicted entries is won back when the buffer is full.
/// Nothing is allocated before the first insertion: most connections fill a few hundred bytes.
#[derive(Debug)]
pub(super) struct DynamicTable<M> {
    /// Newest first, as indices count.
    entries: VecDeque<Entry<M>>,
    text: Vec<u8>,
    /// RFC 7541 section 4.1: names, values and 32 bytes for each entry.
    bytes: usize,
    bytes_max: usize,
}

impl<M: Copy> DynamicTable<M> {
    /// An empty table, of the size that both sides start with unless `bytes_max` is less.
    pub(super) fn new(bytes_max: usize) -> Self {
        let bytes_max = bytes_max.min(TABLE_BYTES_INITIAL);
        DynamicTable { entries: VecDeque::new(), text: Vec::new(), bytes: 0, bytes_max }
    }

    /// The most it may hold now.
    pub(super) fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// The newest entry is 0.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<Field<'_, M>> {
        let entry = self.entries.get(index)?;
        Some(self.field(entry))
    }

    /// All entries, the newest first.
    #[inline]
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Field<'_, M>> {
        self.entries.iter().map(|entry| self.field(entry))
    }

    #[inline]
    fn field(&self, entry: &Entry<M>) -> Field<'_, M> {
        let start = entry.start as usize;
        Field {
            text: &self.text[start..start + entry.len()],
            name_len: entry.name_len as usize,
            meta: entry.meta,
        }
    }

    /// RFC 7541 section 4.3.
    pub(super) fn resize(&mut self, bytes_max: usize) {
        self.bytes_max = bytes_max;
        self.evict(bytes_max);
    }

    /// RFC 7541 section 4.4: room is made first; an entry larger than the whole table leaves it empty.
    pub(super) fn insert(&mut self, name: &[u8], value: &[u8], meta: M) {
        let need = name.len() + value.len();
        let size = need + ENTRY_OVERHEAD_BYTES;
        if size > self.bytes_max {
            return self.evict(0);
        }
        self.evict(self.bytes_max - size);
        if self.text.len() + need > self.text.capacity() {
            self.make_room(need);
        }
        let start = self.text.len() as u32;
        self.text.extend_from_slice(name);
        self.text.extend_from_slice(value);
        let (name_len, value_len) = (name.len() as u32, value.len() as u32);
        self.entries.push_front(Entry { start, name_len, value_len, meta });
        self.bytes += size;
    }

    /// Evicts the oldest entries until no more than `bytes` are left.
    #[inline]
    fn evict(&mut self, bytes: usize) {
        while self.bytes > bytes {
            let Some(entry) = self.entries.pop_back() else { return };
            self.bytes -= entry.len() + ENTRY_OVERHEAD_BYTES;
        }
        if self.entries.is_empty() {
            self.text.clear();
        }
    }

    /// Moves the living text to the front if a fifth of the buffer or more is dead, and grows the buffer if that did not
    /// help. So it never exceeds five quarters of the table, and the moves cost a few copies of each byte at most.
    #[cold]
    fn make_room(&mut self, need: usize) {
        let dead = self.entries.back().map_or(self.text.len(), |oldest| oldest.start as usize);
        if dead >= (self.text.len() - dead) / 4 {
            self.text.drain(..dead);
            for entry in &mut self.entries {
                entry.start -= dead as u32;
            }
        }
        let len = self.text.len() + need;
        if len > self.text.capacity() {
            let capacity = (len * 2).min(self.bytes_max + self.bytes_max / 4).max(len);
            self.text.reserve_exact(capacity - self.text.len());
        }
    }
}

#[cfg(test)]
impl<M: Copy> DynamicTable<M> {
    /// RFC 7541 section 4.1.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Names and values, the newest first.
    pub(super) fn contents(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.iter()
            .map(|f| (f.text[..f.name_len].to_vec(), f.text[f.name_len..].to_vec()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(name: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
        (name.into(), value.into())
    }

    #[test]
    fn nothing_is_allocated_before_the_first_insertion() {
        let table = DynamicTable::<()>::new(4096);
        assert_eq!((table.entries.capacity(), table.text.capacity()), (0, 0));
    }

    #[test]
    fn section_4_4_the_oldest_entry_goes_first() {
        let mut table = DynamicTable::new(100);
        table.insert(b"a", b"1", 1);
        table.insert(b"b", b"2", 2);
        assert_eq!(table.bytes(), 68);
        table.insert(b"c", b"3", 3);
        assert_eq!(table.contents(), [entry("c", "3"), entry("b", "2")]);
        assert_eq!(table.get(1).map(|f| f.meta), Some(2));
        assert!(table.get(2).is_none());
    }

    #[test]
    fn section_4_4_an_entry_larger_than_the_table_empties_it() {
        let mut table = DynamicTable::new(70);
        table.insert(b"a", b"1", ());
        table.insert(b"name", &[b'v'; 35], ());
        assert_eq!((table.contents().len(), table.bytes()), (0, 0));
        table.insert(b"name", &[b'v'; 34], ());
        assert_eq!(
            (table.contents().len(), table.bytes()),
            (1, 70),
            "it may fill the table exactly"
        );
    }

    #[test]
    fn section_4_3_a_smaller_size_evicts_at_once() {
        let mut table = DynamicTable::new(4096);
        for name in [b"a", b"b", b"c"] {
            table.insert(name, b"", ());
        }
        table.resize(66);
        assert_eq!(table.contents(), [entry("c", ""), entry("b", "")]);
        table.resize(0);
        assert_eq!(table.bytes(), 0);
        table.resize(4096);
        assert!(table.contents().is_empty());
    }

    proptest! {
        /// Against the plainest table there can be, with memory bounded all the while.
        #[test]
        fn behaves_like_a_list_of_strings(
            steps in prop::collection::vec((0..40usize, 0..300usize, prop::option::weighted(0.05, 0..600usize)), 1..300)
        ) {
            let mut table = DynamicTable::new(600);
            let mut plain: Vec<(Vec<u8>, Vec<u8>, usize)> = Vec::new();
            for (i, (name_len, value_len, resize)) in steps.into_iter().enumerate() {
                if let Some(bytes_max) = resize {
                    table.resize(bytes_max);
                }
                let (name, value) = (vec![i as u8; name_len], vec![!(i as u8); value_len]);
                table.insert(&name, &value, i);
                plain.insert(0, (name, value, i));
                while plain.iter().map(|e| e.0.len() + e.1.len() + 32).sum::<usize>() > table.bytes_max() {
                    plain.pop();
                }
                let seen: Vec<_> =
                    table.iter().map(|f| (f.text[..f.name_len].to_vec(), f.text[f.name_len..].to_vec(), f.meta)).collect();
                prop_assert_eq!(&seen, &plain);
                prop_assert_eq!(table.bytes(), plain.iter().map(|e| e.0.len() + e.1.len() + 32).sum::<usize>());
                prop_assert!(table.text.capacity() <= 600 + 600 / 4);
            }
        }
    }
}
