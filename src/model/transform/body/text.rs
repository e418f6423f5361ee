//! Parts of JSON text in the dialect of [`crate::json::to_compact`], appended to a buffer without further allocations.

use crate::json::{CompactFormatter, write_float};
use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::Serializer;
use std::io::{self, Write};

/// The bytes that [`crate::json::append`] would append.
pub(super) fn json_length(value: &Json) -> usize {
    let mut counter = Counter(0);
    // A counter takes everything and the keys of a document are strings, so writing cannot fail; nor can it below.
    let written = value.serialize(&mut Serializer::with_formatter(&mut counter, CompactFormatter));
    debug_assert!(written.is_ok());
    counter.0
}

/// Counts what is written.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Appends a string with its quotes.
pub(super) fn append_string(text: &str, out: &mut Vec<u8>) {
    // Without an early end the compiler looks at many bytes at once.
    let escapes = text
        .bytes()
        .fold(false, |escapes, byte| escapes | (byte < b' ') | (byte == b'"') | (byte == b'\\'));
    if escapes {
        append_plain(text, out);
    } else {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}

/// Appends what serde's text has in common with the dialect: everything but floats.
pub(super) fn append_plain<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok());
}

/// Appends a float; null for what JSON cannot say.
pub(super) fn append_float(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        let written = write_float(out, value);
        debug_assert!(written.is_ok());
    } else {
        out.extend_from_slice(b"null");
    }
}
