//! JSON text in the dialect of [`crate::json::to_compact`], appended to a buffer without further allocations.

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// Appends a document.
pub(super) fn append_json(value: &Json, out: &mut Vec<u8>) {
    // A Vec takes everything and the keys of a document are strings, so writing cannot fail; nor can it below.
    let written = value.serialize(&mut Serializer::with_formatter(out, Dialect));
    debug_assert!(written.is_ok());
}

/// The bytes that [`append_json`] would append.
pub(super) fn json_length(value: &Json) -> usize {
    let mut counter = Counter(0);
    let written = value.serialize(&mut Serializer::with_formatter(&mut counter, Dialect));
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

struct Dialect;

impl Formatter for Dialect {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write_float(writer, value)
    }
}

/// Magnitudes that the dialect writes without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-4..1e15;

/// Room for `-1.7976931348623157e+308` and any other shortest form with an exponent.
const EXPONENT_FORM_MAX: usize = 32;

fn write_float<W: ?Sized + Write>(writer: &mut W, value: f64) -> io::Result<()> {
    if value == 0.0 || PLAIN.contains(&value.abs()) {
        // Not serde's digits: of two shortest forms that are equally near it may choose the other.
        let decimal = if value.fract() == 0.0 { ".0" } else { "" };
        return write!(writer, "{value}{decimal}");
    }
    let mut form = [0; EXPONENT_FORM_MAX];
    let mut rest = &mut form[..];
    write!(rest, "{value:e}")?;
    let unused = rest.len();
    let form = form.get(..EXPONENT_FORM_MAX - unused).unwrap_or_default();
    let mark = form.iter().position(|&byte| byte == b'e').unwrap_or(form.len());
    let (mantissa, exponent) = form.split_at(mark);
    let digits = exponent.strip_prefix(b"e").unwrap_or_default();
    let (sign, digits) = digits.strip_prefix(b"-").map_or(("+", digits), |digits| ("-", digits));
    writer.write_all(mantissa)?;
    writer.write_all(b"e")?;
    writer.write_all(sign.as_bytes())?;
    if digits.len() < 2 {
        writer.write_all(b"0")?;
    }
    writer.write_all(digits)
}
