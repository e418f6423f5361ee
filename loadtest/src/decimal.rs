//! Decimal numbers as people write them, kept exactly: a bound of 0.1 % must not become 0.09999999999999999 %.

use std::fmt;

/// Why a text is no number that we can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecimalError {
    /// Not digits with perhaps a point and `_` between them.
    NotANumber,
    /// More digits after the point than are kept.
    TooFine,
    /// Beyond 64 bits.
    TooLarge,
}

/// The number times 10^`scale`, a whole number. `_` may stand between digits.
pub(crate) fn parse_scaled(text: &str, scale: u32) -> Result<u64, DecimalError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return Err(DecimalError::NotANumber);
    }
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
    let whole = digits(whole);
    let mut fraction = digits(fraction);
    while fraction.last() == Some(&b'0') {
        fraction.pop();
    }
    let kept = usize::try_from(scale).unwrap_or(usize::MAX);
    if fraction.len() > kept {
        return Err(DecimalError::TooFine);
    }
    fraction.resize(kept, b'0');
    whole
        .iter()
        .chain(&fraction)
        .try_fold(0u64, |n, digit| n.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
        .ok_or(DecimalError::TooLarge)
}

/// Digits, and `_` between digits.
fn is_digits(text: &str) -> bool {
    let is_digit = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_digit());
    is_digit(text.bytes().next())
        && is_digit(text.bytes().last())
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// Shows a number that was kept times 10^`scale`, without zeros at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaled {
    pub(crate) value: u64,
    pub(crate) scale: u32,
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10u64.saturating_pow(self.scale);
        write!(f, "{}", self.value / one)?;
        let fraction = self.value % one;
        if fraction == 0 {
            return Ok(());
        }
        let places = usize::try_from(self.scale).unwrap_or(0);
        write!(f, ".{}", format!("{fraction:0places$}").trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_exactly() {
        for (text, scale, value) in [
            ("0", 0, 0),
            ("12", 0, 12),
            ("1_000", 0, 1000),
            ("1.5", 1, 15),
            ("1.50", 1, 15),
            ("0.1", 6, 100_000),
            ("99.999", 6, 99_999_000),
            ("18446744073709551615", 0, u64::MAX),
        ] {
            assert_eq!(parse_scaled(text, scale), Ok(value), "{text}");
        }
        for text in
            ["", ".", "1.", ".5", "_1", "1_", "1._5", "1e3", "-1", "+1", "1.2.3", "x", "\u{661}"]
        {
            assert_eq!(parse_scaled(text, 6), Err(DecimalError::NotANumber), "{text:?}");
        }
        assert_eq!(parse_scaled("1.25", 1), Err(DecimalError::TooFine));
        assert_eq!(parse_scaled("18446744073709551616", 0), Err(DecimalError::TooLarge));
        assert_eq!(parse_scaled("18446744073709551615", 1), Err(DecimalError::TooLarge));
    }

    #[test]
    fn numbers_are_shown_shortest() {
        for (value, scale, text) in
            [(0, 6, "0"), (1, 6, "0.000001"), (1_500_000, 6, "1.5"), (7, 0, "7"), (20, 1, "2")]
        {
            assert_eq!(Scaled { value, scale }.to_string(), text);
        }
    }
}
