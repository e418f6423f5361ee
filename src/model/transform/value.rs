//! Values on their way from a source to a target, and how they turn into each other.
//!
//! Texts become numbers as C's `strtoll`, `strtoull` and `strtod` read them in the C locale, since provisions in
//! the field count on it: blanks and a sign may lead, what follows the number is ignored, and what does not
//! fit is no number.

use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt::Write;

/// What a source gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// A non-empty object or array.
    Object(Cow<'a, Json>),
}

impl<'a> Value<'a> {
    /// A JSON node as a source. Every integer is an [`Value::Integer`], wrapped when it is beyond `i64`; null and
    /// empty objects and arrays are not available.
    pub fn from_json(node: &'a Json) -> Option<Self> {
        match node {
            Json::Null => None,
            Json::Bool(truth) => Some(Self::Boolean(*truth)),
            Json::Number(number) => number
                .as_i64()
                .or_else(|| number.as_u64().map(u64::cast_signed))
                .map(Self::Integer)
                .or_else(|| number.as_f64().map(Self::Float)),
            Json::String(text) => Some(Self::Text(Cow::Borrowed(text))),
            Json::Array(elements) if elements.is_empty() => None,
            Json::Object(members) if members.is_empty() => None,
            Json::Array(_) | Json::Object(_) => Some(Self::Object(Cow::Borrowed(node))),
        }
    }

    /// The value as text: floats with six decimals. None for objects.
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Boolean(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            Self::Integer(_) | Self::Unsigned(_) | Self::Float(_) => {
                let mut text = String::new();
                self.append_text(&mut text);
                Some(Cow::Owned(text))
            }
            Self::Object(_) => None,
        }
    }

    /// Appends what [`Value::to_text`] gives, without an allocation of its own; false for objects.
    pub fn append_text(&self, out: &mut String) -> bool {
        // Writing to a String cannot fail, so only objects give false.
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Integer(integer) => return write!(out, "{integer}").is_ok(),
            Self::Unsigned(unsigned) => return write!(out, "{unsigned}").is_ok(),
            Self::Float(float) => append_fixed(*float, out),
            Self::Object(_) => return false,
        }
        true
    }

    /// The value as a signed integer. Floats are truncated; those out of range give the minimum. None for
    /// objects and for texts that do not begin with a number in range.
    pub fn to_integer(&self) -> Option<i64> {
        match self {
            Self::Text(text) => parse_integer(text),
            Self::Integer(integer) => Some(*integer),
            Self::Unsigned(unsigned) => Some(unsigned.cast_signed()),
            Self::Float(float) => Some(truncate_signed(*float)),
            Self::Boolean(truth) => Some(i64::from(*truth)),
            Self::Object(_) => None,
        }
    }

    /// The value as an unsigned integer. Negative ones are taken as their two's complement; floats are
    /// truncated, and those from 2^64 give 0. None as for [`Value::to_integer`].
    pub fn to_unsigned(&self) -> Option<u64> {
        match self {
            Self::Text(text) => parse_unsigned(text),
            Self::Integer(integer) => Some(integer.cast_unsigned()),
            Self::Unsigned(unsigned) => Some(*unsigned),
            Self::Float(float) => Some(truncate_unsigned(*float)),
            Self::Boolean(truth) => Some(u64::from(*truth)),
            Self::Object(_) => None,
        }
    }

    /// The value as a float, which may be infinite or not a number when a text says so. None as for
    /// [`Value::to_integer`].
    pub fn to_float(&self) -> Option<f64> {
        match self {
            Self::Text(text) => parse_float(text),
            Self::Integer(integer) => Some(*integer as f64),
            Self::Unsigned(unsigned) => Some(*unsigned as f64),
            Self::Float(float) => Some(*float),
            Self::Boolean(truth) => Some(f64::from(u8::from(*truth))),
            Self::Object(_) => None,
        }
    }

    /// The value as a truth value: a text is true unless it is empty, so `"false"` is true; a number is true
    /// unless it is zero. None for objects.
    pub fn to_boolean(&self) -> Option<bool> {
        match self {
            Self::Text(text) => Some(!text.is_empty()),
            Self::Integer(integer) => Some(*integer != 0),
            Self::Unsigned(unsigned) => Some(*unsigned != 0),
            Self::Float(float) => Some(*float != 0.0),
            Self::Boolean(truth) => Some(*truth),
            Self::Object(_) => None,
        }
    }
}

/// Appends a float as C's `%f` does: six decimals, never an exponent, `nan` and `inf` with their sign.
pub(crate) fn append_fixed(float: f64, out: &mut String) {
    if float.is_nan() {
        out.push_str(if float.is_sign_negative() { "-nan" } else { "nan" });
    } else {
        // Infinities come out as `inf`; writing to a String cannot fail.
        let _ = write!(out, "{float:.6}");
    }
}

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// Where C leaves the conversion undefined, what x86-64 gives: the minimum, for NaN too.
fn truncate_signed(float: f64) -> i64 {
    if (-TWO_TO_63..TWO_TO_63).contains(&float) { float as i64 } else { i64::MIN }
}

/// Where C leaves the conversion undefined, what x86-64 gives: by way of the signed integer below 2^63, and 0
/// from 2^64.
fn truncate_unsigned(float: f64) -> u64 {
    if float >= TWO_TO_64 {
        0
    } else if float >= TWO_TO_63 {
        float as u64
    } else {
        truncate_signed(float).cast_unsigned()
    }
}

/// Reads a signed integer as `strtoll` does with base 10: `" 12abc"` is 12. None when no number leads or when
/// it is beyond `i64`.
pub fn parse_integer(text: &str) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    let magnitude = parse_magnitude(digits)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// Reads an unsigned integer as `strtoull` does with base 10: a minus sign gives the two's complement, so `"-1"`
/// is 2^64-1. None when no number leads or when its magnitude is beyond `u64`.
pub fn parse_unsigned(text: &str) -> Option<u64> {
    let (negative, digits) = split_sign(text);
    let magnitude = parse_magnitude(digits)?;
    Some(if negative { magnitude.wrapping_neg() } else { magnitude })
}

/// Reads a float as `strtod` does: decimal or hexadecimal, `inf`, `infinity` and `nan` in any case. None when
/// none leads, when it is too large, or when it is too small to be told from zero in full precision.
pub fn parse_float(text: &str) -> Option<f64> {
    let (negative, rest) = split_sign(text);
    let magnitude = if starts_with_ignoring_case(rest, b"inf") {
        f64::INFINITY
    } else if starts_with_ignoring_case(rest, b"nan") {
        f64::NAN
    } else if let Some(hexadecimal) = split_hexadecimal(rest) {
        parse_hexadecimal(hexadecimal)?
    } else {
        parse_decimal(rest)?
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Skips the blanks of the C locale and one sign; true for a minus.
fn split_sign(text: &str) -> (bool, &[u8]) {
    let blanks = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let rest = text.as_bytes().get(blanks..).unwrap_or_default();
    match rest.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, rest),
    }
}

fn parse_magnitude(text: &[u8]) -> Option<u64> {
    let mut digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    let first = u64::from(digits.next()? - b'0');
    digits.try_fold(first, |magnitude, digit| {
        magnitude.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    })
}

fn starts_with_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The length of the digits that lead `text`.
fn count_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The decimal number that leads `text`, without a sign.
fn parse_decimal(text: &[u8]) -> Option<f64> {
    let whole = count_digits(text);
    let mut end = whole;
    let mut has_digits = whole > 0;
    if text.get(end) == Some(&b'.') {
        let fraction = count_digits(&text[end + 1..]);
        has_digits |= fraction > 0;
        end += 1 + fraction;
    }
    if !has_digits {
        return None;
    }
    let has_value = text[..end].iter().any(|byte| matches!(byte, b'1'..=b'9'));
    end += exponent_length(&text[end..], b'e');
    let float: f64 = std::str::from_utf8(&text[..end]).ok()?.parse().ok()?;
    // A decimal number is practically never exactly a subnormal one: C calls that out of range, as zero.
    (!float.is_infinite() && (float.is_normal() || !has_value)).then_some(float)
}

/// The length of an exponent at the start of `text`: its mark, perhaps a sign, at least one digit; else 0.
fn exponent_length(text: &[u8], mark: u8) -> usize {
    if !text.first().is_some_and(|byte| byte.eq_ignore_ascii_case(&mark)) {
        return 0;
    }
    let sign = usize::from(matches!(text.get(1), Some(b'+' | b'-')));
    match count_digits(&text[1 + sign..]) {
        0 => 0,
        digits => 1 + sign + digits,
    }
}

/// What follows `0x` when at least one hexadecimal digit does; `0x` alone is the number 0 and junk.
fn split_hexadecimal(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    let digit = rest.strip_prefix(b".").unwrap_or(rest).first()?;
    digit.is_ascii_hexdigit().then_some(rest)
}

/// Binary exponents beyond this are out of range whatever the digits say; a clamp against overflow.
const BINARY_EXPONENT_MAX: i64 = 1 << 40;

/// Bits of the mantissa that are kept exactly: more than a double has, and room for one more digit in 64.
const MANTISSA_KEPT_MAX: u64 = 1 << 59;

/// The hexadecimal number after `0x`.
fn parse_hexadecimal(text: &[u8]) -> Option<f64> {
    let mut mantissa = 0_u64;
    let mut exponent = 0_i64;
    let mut lost = false;
    let mut in_fraction = false;
    let mut end = 0;
    for &byte in text {
        if byte == b'.' && !in_fraction {
            in_fraction = true;
        } else if let Some(digit) = (byte as char).to_digit(16) {
            if mantissa < MANTISSA_KEPT_MAX {
                mantissa = mantissa << 4 | u64::from(digit);
                exponent -= if in_fraction { 4 } else { 0 };
            } else {
                lost |= digit != 0;
                exponent += if in_fraction { 0 } else { 4 };
            }
        } else {
            break;
        }
        end += 1;
    }
    let length = exponent_length(&text[end..], b'p');
    if length > 0 {
        let digits = std::str::from_utf8(&text[end + 1..end + length]).unwrap_or_default();
        let limit =
            if digits.starts_with('-') { -BINARY_EXPONENT_MAX } else { BINARY_EXPONENT_MAX };
        exponent += parse_integer(digits)
            .map_or(limit, |e| e.clamp(-BINARY_EXPONENT_MAX, BINARY_EXPONENT_MAX));
    }
    scale(mantissa, lost, exponent)
}

/// `mantissa * 2^exponent`, rounded to the nearest; `lost` when bits below the mantissa were dropped.
fn scale(mantissa: u64, lost: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    // The lowest of the kept bits is below what a double holds, so it can stand for all the lost ones.
    let rounded = (mantissa | u64::from(lost)) as f64;
    // Powers of two below 2^-1022 are not normal, hence the steps; 2300 covers every double in both directions.
    let exponent = i32::try_from(exponent.clamp(-2300, 2300)).unwrap_or(0);
    let step = exponent / 4;
    let float = [step, step, step, exponent - 3 * step]
        .iter()
        .fold(rounded, |float, &e| float * 2_f64.powi(e));
    let exact = || {
        let back = [step, step, step, exponent - 3 * step]
            .iter()
            .fold(float, |float, &e| float * 2_f64.powi(-e));
        !lost && back as u64 == mantissa
    };
    (float.is_normal() || (float != 0.0 && float.is_finite() && exact())).then_some(float)
}

#[cfg(test)]
pub(in crate::transform) mod tests;
