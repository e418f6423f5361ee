//! The last request head in its encoded form: a client that asks the same again and again need not encode it anew.
//!
//! A block means the same for as long as the dynamic table does not change. Load generators send one head a million
//! times; measured, encoding it was a fifth of their time in the engine.

use super::hpack::Encoder;
use crate::head::Head;

/// A head and its field block.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    head: Head,
    block: Vec<u8>,
    /// The state of the dynamic table that the block refers to; `None`: there is no block.
    generation: Option<u64>,
}

impl Repeated {
    /// The block of that head, the dynamic table being in that state.
    #[inline]
    pub(super) fn block(&self, head: &Head, generation: u64) -> Option<&[u8]> {
        (self.generation == Some(generation) && self.head.is_same_text(head)).then_some(&self.block)
    }

    /// Keeps the block of a head whose encoding left the dynamic table as it was.
    pub(super) fn keep(&mut self, head: &Head, generation: u64, block: &[u8]) {
        self.head.clone_from(head);
        self.block.clear();
        self.block.extend_from_slice(block);
        self.generation = Some(generation);
    }
}

impl Head {
    /// Appends the field block of a request.
    pub(super) fn encode(&self, encoder: &mut Encoder, out: &mut Vec<u8>) {
        let pseudo: [(&[u8], &[u8]); 5] = [
            (b":method", self.method()),
            (b":scheme", self.scheme()),
            (b":authority", self.authority()),
            (b":path", self.path()),
            (b":protocol", self.protocol()),
        ];
        for (name, value) in
            pseudo.into_iter().filter(|(_, value)| !value.is_empty()).chain(self.fields())
        {
            encoder.field(name, value, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hpack::Decoder;
    use super::*;

    fn request(path: &str, field: &str) -> Head {
        let mut head = Head::default();
        head.set_request(b"GET", b"http", b"a", path.as_bytes());
        head.push(b"x-field", field.as_bytes());
        head
    }

    /// What a connection does: the block that is kept, or a fresh one.
    fn encode(repeated: &mut Repeated, encoder: &mut Encoder, head: &Head) -> (bool, Vec<u8>) {
        if let Some(block) = repeated.block(head, encoder.generation()) {
            return (true, block.to_vec());
        }
        let (before, mut block) = (encoder.generation(), Vec::new());
        head.encode(encoder, &mut block);
        if encoder.generation() == before {
            repeated.keep(head, before, &block);
        }
        (false, block)
    }

    #[test]
    fn the_third_request_is_not_encoded_and_decodes_to_the_same() {
        let (mut repeated, mut encoder) = (Repeated::default(), Encoder::new(4096));
        let mut decoder = Decoder::new(4096);
        // The first enters the table, the second refers to it, the third repeats that. Another field changes the table.
        for (path, field, expected) in [
            ("/", "1", false),
            ("/", "1", false),
            ("/", "1", true),
            ("/", "2", false),
            ("/", "1", false),
            ("/", "1", true),
            ("/other", "1", false),
            ("/", "1", false),
        ] {
            let head = request(path, field);
            let (is_repeated, block) = encode(&mut repeated, &mut encoder, &head);
            assert_eq!(is_repeated, expected, "{path} {field}");
            let mut decoded = Head::default();
            decoder.decode(&block, &mut decoded, usize::MAX).unwrap();
            assert_eq!(decoded, head);
        }
    }
}
