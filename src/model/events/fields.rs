//! The field section of a request, packed: name and value of each field, each with its length before it.

use super::varint;

/// Appends a field to a packed section. The order of the calls is the order of the fields.
#[inline]
pub fn write(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    varint::put_bytes(out, name);
    varint::put_bytes(out, value);
}

/// Name and value of each field, in order. Bytes that [`write`](fn@write) did not write end it early.
pub fn iter(section: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = section;
    std::iter::from_fn(move || {
        let name = varint::take_bytes(&mut rest)?;
        let value = varint::take_bytes(&mut rest)?;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back_in_order() {
        let long = vec![b'v'; 300];
        let fields: [(&[u8], &[u8]); 4] =
            [(b"accept", b"*/*"), (b"x", b""), (b"x", &long), (b"y", b"\xff")];
        let mut section = Vec::new();
        for (name, value) in fields {
            write(&mut section, name, value);
        }
        assert_eq!(iter(&section).collect::<Vec<_>>(), fields);
        assert_eq!(iter(&section[..section.len() - 1]).count(), 3, "a cut field is left out");
        assert_eq!(iter(b"").count(), 0);
    }
}
