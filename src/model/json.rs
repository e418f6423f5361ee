//! The JSON dialect of the control plane: strict RFC 8259 in, compact with sorted keys out.

use serde::Serialize;
pub use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

/// Why a text is not JSON; displayed with line and column.
pub type ParseError = serde_json::Error;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Parses one document. A leading byte order mark is skipped; anything after the document is an error, as are
/// numbers beyond a double, lone surrogates, invalid UTF-8 and nesting deeper than 128. Of equal keys the last wins.
pub fn parse(text: &[u8]) -> Result<Value, ParseError> {
    serde_json::from_slice(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text))
}

/// Compact text: no blanks, keys sorted by bytes at every level, text beyond ASCII as it is, numbers with a
/// fraction in their shortest form with at least one decimal, `1e-05` and `1e+15` where that would be long.
pub fn to_compact(value: &Value) -> Vec<u8> {
    let mut text = Vec::with_capacity(128);
    append(value, &mut text);
    text
}

/// Appends what [`to_compact`] gives, without further allocations.
pub(crate) fn append(value: &Value, out: &mut Vec<u8>) {
    // Writing a Value to memory cannot fail: its keys are strings and a Vec takes everything.
    let written = value.serialize(&mut Serializer::with_formatter(out, CompactFormatter));
    debug_assert!(written.is_ok());
}

/// A JSON string with its quotes.
pub fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

/// The dialect, for serializers.
pub(crate) struct CompactFormatter;

impl Formatter for CompactFormatter {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write_float(writer, value)
    }
}

/// Magnitudes that the dialect writes without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-4..1e15;

/// Room for `-1.7976931348623157e+308` and any other shortest form with an exponent.
const EXPONENT_FORM_MAX: usize = 32;

/// The shortest digits that read back as the same double, with at least one decimal (`1.0`), and with a signed
/// exponent of two digits or more where plain notation would be long: what clients of this interface compare with.
pub(crate) fn write_float<W: ?Sized + io::Write>(writer: &mut W, value: f64) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round(text: &str) -> String {
        String::from_utf8(to_compact(&parse(text.as_bytes()).unwrap())).unwrap()
    }

    #[test]
    fn compact_text_is_sorted_and_raw() {
        assert_eq!(
            round(r#" { "b" : 1, "a" : [ true , null ], "B": {"z":1,"y":2} } "#),
            r#"{"B":{"y":2,"z":1},"a":[true,null],"b":1}"#
        );
        assert_eq!(round(r#""\u00e9\/\u0001\n\u007f""#), "\"\u{e9}/\\u0001\\n\u{7f}\"");
        assert_eq!(round(r#"{"a":1,"a":2}"#), r#"{"a":2}"#, "the last of equal keys wins");
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1.0", "1.0"),
            ("100.0", "100.0"),
            ("1e-5", "1e-05"),
            ("1e16", "1e+16"),
            ("0.0001", "0.0001"),
            ("123456789.0", "123456789.0"),
            ("1.5e300", "1.5e+300"),
            ("-0.25", "-0.25"),
            ("0.0", "0.0"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551616", "1.8446744073709552e+19"),
        ] {
            assert_eq!(round(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_json() {
        assert!(parse(b"\xef\xbb\xbf{}").is_ok(), "a byte order mark is skipped");
        for text in [
            &b""[..],
            b"{} x",
            b"{}\0",
            b"{}{}",
            b"1e400",
            b"NaN",
            b"'a'",
            b"{a:1}",
            b"[1,]",
            b"// c\n1",
            b"\"\\ud800\"",
            b"\"\xff\"",
            b"\"\n\"",
            b"01",
            b"\xef\xbb\xbf",
            b"\xef\xbb\xbf\xef\xbb\xbf{}",
        ] {
            assert!(parse(text).is_err(), "{:?}", String::from_utf8_lossy(text));
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err(), "depth is bounded");
    }

    proptest! {
        #[test]
        fn floats_read_back_the_same(value in proptest::num::f64::NORMAL) {
            let text = round(&format!("{value:e}"));
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
    }
}
