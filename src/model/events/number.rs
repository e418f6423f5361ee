//! Event numbers: positions in the history of a key.

use std::str::FromStr;

/// A position in the history of a key, as clients write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventNumber {
    /// Counted from the oldest event, which is 1. There is no event 0.
    FromStart(u64),
    /// Counted back from the latest event, which is 1 here and `-1` in writing.
    FromEnd(u64),
}

/// A text that no number can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct NotANumber;

impl EventNumber {
    /// The latest event.
    pub const LAST: EventNumber = EventNumber::FromEnd(1);

    /// Reads a number as the C function `strtoull` does: blanks before it and one sign are allowed, whatever follows
    /// the digits is ignored (`2junk` is 2, `1.9` is 1, `0x1` is 0), and more than 64 bits are no number. Negative
    /// ones count from the end, and so does what that function makes of `-1`.
    pub fn parse(text: &str) -> Result<EventNumber, NotANumber> {
        let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
        let (is_negative, digits) = match text.as_bytes() {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            digits => (false, digits),
        };
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = std::str::from_utf8(&digits[..length]).map_err(|_| NotANumber)?;
        let number: u64 = digits.parse().map_err(|_| NotANumber)?;
        Ok(match is_negative {
            false if number == u64::MAX => EventNumber::LAST,
            true => EventNumber::FromEnd(number),
            false => EventNumber::FromStart(number),
        })
    }
}

impl FromStr for EventNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        EventNumber::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EventNumber::{FromEnd, FromStart};

    #[test]
    fn as_strtoull_reads_them() {
        for (text, expected) in [
            ("1", Ok(FromStart(1))),
            ("0", Ok(FromStart(0))),
            ("2junk", Ok(FromStart(2))),
            (" 2", Ok(FromStart(2))),
            ("\t\n\x0b\x0c\r2", Ok(FromStart(2))),
            ("+2", Ok(FromStart(2))),
            ("1.9", Ok(FromStart(1))),
            ("0x1", Ok(FromStart(0))),
            ("007", Ok(FromStart(7))),
            ("18446744073709551615", Ok(FromEnd(1))),
            ("-1", Ok(FromEnd(1))),
            (" -2x", Ok(FromEnd(2))),
            ("-0", Ok(FromEnd(0))),
            ("18446744073709551616", Err(NotANumber)),
            ("", Err(NotANumber)),
            (" ", Err(NotANumber)),
            ("-", Err(NotANumber)),
            ("+-1", Err(NotANumber)),
            ("- 1", Err(NotANumber)),
            ("x1", Err(NotANumber)),
            ("\u{a0}1", Err(NotANumber)),
            ("\u{661}", Err(NotANumber)),
        ] {
            assert_eq!(EventNumber::parse(text), expected, "{text:?}");
            assert_eq!(text.parse(), expected, "{text:?}");
        }
    }
}
