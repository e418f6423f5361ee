//! Field blocks by hand (RFC 7541 section 6), so that a test decides on every byte.

/// Section 5.1: an integer behind a prefix of `bits`, the bits above it given by `first`.
pub(crate) fn integer(first: u8, bits: u32, value: usize) -> Vec<u8> {
    let most = (1usize << bits) - 1;
    if value < most {
        return vec![first | value as u8];
    }
    let mut bytes = vec![first | most as u8];
    let mut rest = value - most;
    while rest >= 128 {
        bytes.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

/// Section 5.2: a string without Huffman code.
pub(crate) fn string(text: &[u8]) -> Vec<u8> {
    [integer(0, 7, text.len()), text.to_vec()].concat()
}

/// Section 6.1.
pub(crate) fn indexed(index: usize) -> Vec<u8> {
    integer(0x80, 7, index)
}

/// Section 6.2.1: with incremental indexing, new name.
pub(crate) fn incremental(name: &str, value: &str) -> Vec<u8> {
    [&[0x40][..], &string(name.as_bytes()), &string(value.as_bytes())].concat()
}

/// Section 6.2.2: without indexing, new name.
pub(crate) fn literal(name: &str, value: &str) -> Vec<u8> {
    [&[0x00][..], &string(name.as_bytes()), &string(value.as_bytes())].concat()
}

/// Section 6.2.3: never indexed, new name.
pub(crate) fn never_indexed(name: &str, value: &str) -> Vec<u8> {
    [&[0x10][..], &string(name.as_bytes()), &string(value.as_bytes())].concat()
}

/// Section 6.3.
pub(crate) fn size_update(bytes: usize) -> Vec<u8> {
    integer(0x20, 5, bytes)
}

/// A block of literals without indexing, whatever their names and values.
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| literal(name, value)).collect()
}
