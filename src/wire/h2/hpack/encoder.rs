//! Fields become field blocks (RFC 7541 sections 6 and 7.1).

use super::dynamic_table::DynamicTable;
use super::static_table::{self, Match, STATIC_ENTRIES};
use super::{ENTRY_OVERHEAD_BYTES, TABLE_BYTES_INITIAL, huffman, integer};

/// A cookie below this length could be guessed piece by piece through the compression (RFC 7541 section 7.1.3).
const COOKIE_BYTES_MIN: usize = 20;

/// Patterns of the representations and the length of the integer after each (RFC 7541 section 6).
const INDEXED: (u32, u8) = (7, 0x80);
const WITH_INDEXING: (u32, u8) = (6, 0x40);
const SIZE_UPDATE: (u32, u8) = (5, 0x20);
const NEVER_INDEXED: (u32, u8) = (4, 0x10);
const WITHOUT_INDEXING: (u32, u8) = (4, 0x00);
const HUFFMAN_STRING: (u32, u8) = (7, 0x80);
const PLAIN_STRING: (u32, u8) = (7, 0x00);

/// Digests of an entry: most of those that differ are told apart without looking at their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digest {
    name: u32,
    field: u32,
}

/// The sending end of one connection's header compression.
#[derive(Debug)]
pub struct Encoder {
    table: DynamicTable<Digest>,
    own_bytes_max: usize,
    generation: u64,
    /// What the peer must be told at the start of the next block.
    pending: Option<SizeChange>,
}

/// RFC 7541 section 4.2: of several changes between two blocks, the smallest and the last are signalled.
#[derive(Clone, Copy, Debug)]
struct SizeChange {
    smallest_bytes: usize,
    last_bytes: usize,
}

impl Encoder {
    /// `own_table_bytes_max`: the memory that we are ready to spend, whatever the peer offers.
    pub fn new(own_table_bytes_max: usize) -> Self {
        let mut encoder = Encoder {
            table: DynamicTable::new(own_table_bytes_max),
            own_bytes_max: own_table_bytes_max,
            generation: 0,
            pending: None,
        };
        if own_table_bytes_max < TABLE_BYTES_INITIAL {
            encoder.pending = Some(SizeChange {
                smallest_bytes: own_table_bytes_max,
                last_bytes: own_table_bytes_max,
            });
        }
        encoder
    }

    /// Counts the changes of the dynamic table: a block without any means the same until the next.
    #[inline]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The peer's SETTINGS_HEADER_TABLE_SIZE. To be called for each, in the order received.
    pub fn set_table_bytes_max(&mut self, peer_max: usize) {
        let bytes = peer_max.min(self.own_bytes_max);
        let change = match self.pending {
            Some(p) => {
                SizeChange { smallest_bytes: p.smallest_bytes.min(bytes), last_bytes: bytes }
            }
            None if bytes == self.table.bytes_max() => return,
            None => SizeChange { smallest_bytes: bytes, last_bytes: bytes },
        };
        self.pending = Some(change);
    }

    /// Starts a field block: to be called once for each, before its first field.
    #[inline]
    pub fn begin(&mut self, out: &mut Vec<u8>) {
        if let Some(change) = self.pending.take() {
            self.change_size(change, out);
        }
    }

    #[cold]
    fn change_size(&mut self, change: SizeChange, out: &mut Vec<u8>) {
        self.generation += 1;
        self.table.resize(change.smallest_bytes);
        self.table.resize(change.last_bytes);
        if change.smallest_bytes < change.last_bytes {
            integer::encode(change.smallest_bytes, SIZE_UPDATE.0, SIZE_UPDATE.1, out);
        }
        integer::encode(change.last_bytes, SIZE_UPDATE.0, SIZE_UPDATE.1, out);
    }

    /// Appends a field, its name in lower case, in the shortest form that the tables allow.
    pub fn field(&mut self, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
        let static_name = match static_table::find(name, value) {
            Match::Field(index) => return integer::encode(index, INDEXED.0, INDEXED.1, out),
            Match::Name(index) => index,
            Match::None => 0,
        };
        if is_sensitive(name, value) {
            return literal(NEVER_INDEXED, static_name, name, value, out);
        }
        let digest = digest(name, value);
        let mut name_index = static_name;
        for (entry, index) in self.table.iter().zip(STATIC_ENTRIES + 1..) {
            if entry.meta == digest
                && entry.text[..entry.name_len] == *name
                && entry.text[entry.name_len..] == *value
            {
                return integer::encode(index, INDEXED.0, INDEXED.1, out);
            }
            if name_index == 0
                && entry.meta.name == digest.name
                && entry.text[..entry.name_len] == *name
            {
                name_index = index;
            }
        }
        // An entry that takes most of the table would drive out more than it can bring.
        let size = name.len() + value.len() + ENTRY_OVERHEAD_BYTES;
        if size > self.table.bytes_max() / 2 || is_volatile(name) {
            return literal(WITHOUT_INDEXING, name_index, name, value, out);
        }
        literal(WITH_INDEXING, name_index, name, value, out);
        self.generation += 1;
        self.table.insert(name, value, digest);
    }

    /// Appends `:status`.
    #[inline]
    pub fn status(&mut self, status: u16, out: &mut Vec<u8>) {
        match indexed_status(status) {
            Some(index) => integer::encode(index, INDEXED.0, INDEXED.1, out),
            None => self.field(b":status", &digits(status), out),
        }
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

/// Appends a field, its name in lower case, as a literal without indexing (RFC 7541 section 6.2.2): it means the same
/// on every connection.
pub fn encode_literal(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let name_index = match static_table::find(name, value) {
        Match::Field(index) | Match::Name(index) => index,
        Match::None => 0,
    };
    literal(WITHOUT_INDEXING, name_index, name, value, out);
}

/// Appends `:status` in a form that means the same on every connection.
pub fn encode_status(status: u16, out: &mut Vec<u8>) {
    match indexed_status(status) {
        Some(index) => integer::encode(index, INDEXED.0, INDEXED.1, out),
        None => encode_literal(b":status", &digits(status), out),
    }
}

/// RFC 7541 section 6.2; `name_index` 0 when the name must be spelt out.
fn literal(pattern: (u32, u8), name_index: usize, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    integer::encode(name_index, pattern.0, pattern.1, out);
    if name_index == 0 {
        string(name, out);
    }
    string(value, out);
}

/// RFC 7541 section 5.2: Huffman-coded when that is shorter.
fn string(text: &[u8], out: &mut Vec<u8>) {
    let coded_len = huffman::encoded_len(text);
    if coded_len < text.len() {
        integer::encode(coded_len, HUFFMAN_STRING.0, HUFFMAN_STRING.1, out);
        huffman::encode(text, out);
    } else {
        integer::encode(text.len(), PLAIN_STRING.0, PLAIN_STRING.1, out);
        out.extend_from_slice(text);
    }
}

/// The static entries of `:status`, which have their value (RFC 7541 appendix A).
#[inline]
fn indexed_status(status: u16) -> Option<usize> {
    Some(match status {
        200 => 8,
        204 => 9,
        206 => 10,
        304 => 11,
        400 => 12,
        404 => 13,
        500 => 14,
        _ => return None,
    })
}

fn digits(status: u16) -> [u8; 3] {
    [status / 100 % 10, status / 10 % 10, status % 10].map(|digit| b'0' + digit as u8)
}

/// RFC 7541 section 7.1.3: secrets that nobody on the way may put into a table.
fn is_sensitive(name: &[u8], value: &[u8]) -> bool {
    match name {
        b"authorization" | b"proxy-authorization" | b"set-cookie" => true,
        b"cookie" => value.len() < COOKIE_BYTES_MIN,
        _ => false,
    }
}

/// Fields whose value hardly ever comes again.
fn is_volatile(name: &[u8]) -> bool {
    matches!(
        name,
        b"age"
            | b"content-length"
            | b"content-range"
            | b"etag"
            | b"if-modified-since"
            | b"if-none-match"
            | b"location"
    )
}

fn digest(name: &[u8], value: &[u8]) -> Digest {
    let name = mix(name, 0);
    Digest { name: (name >> 32) as u32, field: (mix(value, name) >> 32) as u32 }
}

/// A quick hash. An adversary may find collisions; they cost a comparison of text for each entry, and the table is small.
fn mix(text: &[u8], seed: u64) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER);
    let (words, rest) = text.as_chunks::<8>();
    let hash = words
        .iter()
        .fold(step(seed, text.len() as u64), |hash, word| step(hash, u64::from_le_bytes(*word)));
    step(hash, rest.iter().fold(0, |word, &b| word << 8 | u64::from(b)))
}
