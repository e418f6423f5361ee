//! Field blocks become heads (RFC 7541 sections 3 and 6).

use super::dynamic_table::{DynamicTable, Field};
use super::static_table::{STATIC_ENTRIES, STATIC_TABLE};
use super::{ENTRY_OVERHEAD_BYTES, Error, huffman, integer};
use crate::head::{FieldKind, FieldSpan, Head, Span};
use crate::limits::RETAINED_BYTES_MAX;

/// RFC 7541 section 4.2: the smallest size of the time between two blocks, and the last.
const SIZE_UPDATES_MAX: usize = 2;

/// How a field block came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The field list was larger than permitted: the head holds its beginning only.
    pub oversized: bool,
}

/// What a table knows of a field beyond its text.
#[derive(Clone, Copy, Debug)]
struct Meta {
    kind: FieldKind,
    value_is_valid: bool,
}

/// The receiving end of one connection's header compression.
#[derive(Debug)]
pub struct Decoder {
    table: DynamicTable<Meta>,
    permitted_bytes_max: usize,
    /// Counts the changes of the table.
    generation: u64,
    /// Text of a literal that will not be kept in the head, but may have to enter the table.
    scratch: Vec<u8>,
}

impl Decoder {
    /// `table_bytes_max`: what our SETTINGS_HEADER_TABLE_SIZE allows the peer.
    pub fn new(table_bytes_max: usize) -> Self {
        Decoder {
            table: DynamicTable::new(table_bytes_max),
            permitted_bytes_max: table_bytes_max,
            generation: 0,
            scratch: Vec::new(),
        }
    }

    /// Changes whenever the dynamic table does: a block that left it as it is decodes to the same while this is the same.
    #[inline]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Decodes one complete field block into `head`, which the caller has cleared. The first field that would bring the
    /// list (RFC 9113 section 6.5.2) over `list_bytes_max` is left out with all that follow it; they are still decoded,
    /// so that the table stays in step, without the head growing: a few bytes can name a large entry many times over.
    pub fn decode(
        &mut self,
        block: &[u8],
        head: &mut Head,
        list_bytes_max: usize,
    ) -> Result<Decoded, Error> {
        let mut input = block;
        self.size_updates(&mut input)?;
        // What the list may still grow by; nothing once a field did not fit.
        let mut room = list_bytes_max.checked_sub(head.list_bytes());
        while let Some(&first) = input.first() {
            if first & 0x80 != 0 {
                let index = integer::decode(&mut input, 7)?;
                room = copy(lookup(&self.table, index)?, head, room);
            } else if first & 0x40 != 0 {
                room = self.literal(&mut input, 6, true, head, room)?;
            } else if first & 0x20 == 0 {
                // Without indexing or never indexed (sections 6.2.2, 6.2.3): a difference to those who pass it on only.
                room = self.literal(&mut input, 4, false, head, room)?;
            } else {
                return Err(Error("dynamic table size update after the first field (4.2)"));
            }
        }
        if self.scratch.capacity() > RETAINED_BYTES_MAX {
            self.scratch = Vec::new();
        }
        Ok(Decoded { oversized: room.is_none() })
    }

    /// RFC 7541 section 6.3: they stand at the beginning of a block.
    #[inline]
    fn size_updates(&mut self, input: &mut &[u8]) -> Result<(), Error> {
        let mut count = 0;
        while input.first().is_some_and(|first| first & 0xe0 == 0x20) {
            count += 1;
            if count > SIZE_UPDATES_MAX {
                return Err(Error("more than two dynamic table size updates (4.2)"));
            }
            let bytes_max = integer::decode(input, 5)?;
            if bytes_max > self.permitted_bytes_max {
                return Err(Error("dynamic table size update above the permitted maximum (6.3)"));
            }
            self.generation += 1;
            self.table.resize(bytes_max);
        }
        Ok(())
    }

    /// RFC 7541 section 6.2. Name and value are decoded to where they stay, one after the other; the entry is a copy.
    fn literal(
        &mut self,
        input: &mut &[u8],
        prefix_bits: u32,
        with_indexing: bool,
        head: &mut Head,
        room: Option<usize>,
    ) -> Result<Option<usize>, Error> {
        let text = match room {
            Some(_) => head.text_mut(),
            None => {
                self.scratch.clear();
                &mut self.scratch
            }
        };
        let start = text.len();
        let kind = match integer::decode(input, prefix_bits)? {
            0 => {
                string(input, text)?;
                FieldKind::of(&text[start..])
            }
            index => {
                let field = lookup(&self.table, index)?;
                text.extend_from_slice(&field.text[..field.name_len]);
                field.meta.kind
            }
        };
        let name_len = text.len() - start;
        string(input, text)?;
        let (name, value) = text[start..].split_at(name_len);
        let meta = Meta { kind, value_is_valid: kind.accepts(value) };
        if with_indexing {
            self.generation += 1;
            self.table.insert(name, value, meta);
        }
        let value_len = value.len();
        let Some(room) = room else { return Ok(None) };
        let rest = room.checked_sub(name_len + value_len + ENTRY_OVERHEAD_BYTES);
        match rest {
            Some(_) => admit(head, start, name_len, value_len, meta),
            None => head.text_mut().truncate(start),
        }
        Ok(rest)
    }

    #[cfg(test)]
    pub(super) fn table_bytes(&self) -> usize {
        self.table.bytes()
    }

    #[cfg(test)]
    pub(super) fn table_contents(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.table.contents()
    }
}

/// Takes over a field that stands in a table; returns the room that is left.
#[inline(always)]
fn copy(field: Field<'_, Meta>, head: &mut Head, room: Option<usize>) -> Option<usize> {
    let rest = room?.checked_sub(field.text.len() + ENTRY_OVERHEAD_BYTES)?;
    let start = head.append(field.text).start as usize;
    admit(head, start, field.name_len, field.text.len() - field.name_len, field.meta);
    Some(rest)
}

/// Takes over a field whose text stands in the head's arena already.
#[inline(always)]
fn admit(head: &mut Head, start: usize, name_len: usize, value_len: usize, meta: Meta) {
    let name = Span { start: start as u32, len: name_len as u32 };
    let value = Span { start: (start + name_len) as u32, len: value_len as u32 };
    head.admit(meta.kind, FieldSpan { name, value }, meta.value_is_valid);
}

/// RFC 7541 section 2.3.3: one address space for both tables.
#[inline]
fn lookup(table: &DynamicTable<Meta>, index: usize) -> Result<Field<'_, Meta>, Error> {
    if let Some(entry) = STATIC_TABLE.get(index.wrapping_sub(1)) {
        let meta = Meta { kind: entry.kind, value_is_valid: true };
        return Ok(Field {
            text: entry.text.as_bytes(),
            name_len: usize::from(entry.name_len),
            meta,
        });
    }
    if index == 0 {
        return Err(Error("index 0 (6.1)"));
    }
    table.get(index - STATIC_ENTRIES - 1).ok_or(Error("index beyond the tables (2.3.3)"))
}

/// RFC 7541 section 5.2: takes a string literal off the front of `input` and appends its text to `out`.
#[inline]
fn string(input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    let is_huffman = input.first().is_some_and(|first| first & 0x80 != 0);
    let len = integer::decode(input, 7)?;
    let (bytes, rest) =
        input.split_at_checked(len).ok_or(Error("string literal runs past the block (5.2)"))?;
    *input = rest;
    if is_huffman {
        return huffman::decode(bytes, out);
    }
    out.extend_from_slice(bytes);
    Ok(())
}
