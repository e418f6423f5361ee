//! Dates and times as C's `strftime` writes them in the C locale, from the calendar of the `jiff` crate.

use jiff::Zoned;
use jiff::fmt::strtime::{BrokenDownTime, Config, PosixCustom};

/// What the result is cut to: section A4.3, source `general.strftime`.
const BYTES_MAX: usize = 99;

/// The conversions of C and of the usual C libraries. Others stay as they are, among them those that the crate has
/// besides.
const CONVERSIONS: &str = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%";

/// A compiled format.
#[derive(Debug)]
pub(super) struct DateFormat {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Literal(Box<str>),
    /// One conversion, without the `E` and `O` that mean nothing in the C locale.
    Conversion(Box<str>),
}

impl DateFormat {
    /// Every text is a format: what is no conversion stays as it is.
    pub(super) fn parse(format: &str) -> DateFormat {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            literal.push_str(&rest[..at]);
            let length = conversion_length(&rest[at..]);
            let spelled = &rest[at..at + length];
            let conversion = spelled.replace(['E', 'O'], "");
            if length > 1 && is_known(&conversion) {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
                }
                pieces.push(Piece::Conversion(conversion.into()));
            } else {
                literal.push_str(spelled);
            }
            rest = &rest[at + length..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.into()));
        }
        DateFormat { pieces }
    }

    /// Appends the time, up to [`BYTES_MAX`] bytes of it. It ends before a conversion that no longer fits.
    pub(super) fn append(&self, time: &Zoned, out: &mut String) {
        let end = out.len() + BYTES_MAX;
        let broken_down = BrokenDownTime::from(time);
        for piece in &self.pieces {
            let start = out.len();
            match piece {
                Piece::Literal(text) if start + text.len() <= end => out.push_str(text),
                Piece::Literal(text) => {
                    let fits = |at: &usize| text.is_char_boundary(*at);
                    let cut = (0..=end - start).rev().find(fits).unwrap_or(0);
                    out.push_str(&text[..cut]);
                    return;
                }
                Piece::Conversion(conversion) => {
                    append_conversion(&broken_down, conversion, out);
                    if out.len() > end {
                        out.truncate(start);
                        return;
                    }
                }
            }
        }
    }
}

/// Bytes of the conversion at the start of `text`: percent sign, flags, width, `E` or `O`, and a letter. Of
/// anything else only the percent sign.
fn conversion_length(text: &str) -> usize {
    let after_flags = text[1..].trim_start_matches(['_', '-', '0', '^', '#']);
    let after_width = after_flags.trim_start_matches(|c: char| c.is_ascii_digit());
    let letter = after_width.strip_prefix(['E', 'O']).unwrap_or(after_width);
    match letter.chars().next() {
        Some(conversion) if CONVERSIONS.contains(conversion) => text.len() - letter.len() + 1,
        _ => 1,
    }
}

/// Can the conversion be written?
fn is_known(conversion: &str) -> bool {
    let epoch = Zoned::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    append_conversion(&BrokenDownTime::from(&epoch), conversion, &mut String::new())
}

fn append_conversion(time: &BrokenDownTime, conversion: &str, out: &mut String) -> bool {
    let start = out.len();
    let config = Config::new().custom(PosixCustom::new());
    let written = time.format_with_config(&config, conversion, &mut *out);
    if written.is_err() {
        out.truncate(start);
    }
    written.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::{Offset, TimeZone};

    /// Formats 2026-03-05 09:07:04.123456789 at two hours east of Greenwich, a Thursday.
    fn format(format: &str) -> String {
        let zone = TimeZone::fixed(Offset::from_hours(2).unwrap());
        let timestamp = jiff::Timestamp::from_nanosecond(1_772_694_424_123_456_789).unwrap();
        let mut out = "before ".to_owned();
        DateFormat::parse(format).append(&Zoned::new(timestamp, zone), &mut out);
        out.strip_prefix("before ").unwrap().to_owned()
    }

    #[test]
    fn conversions_of_the_c_locale() {
        for (conversion, expected) in [
            ("%a|%A|%b|%B|%h", "Thu|Thursday|Mar|March|Mar"),
            ("%c", "Thu Mar  5 09:07:04 2026"),
            ("%C|%y|%Y|%g|%G", "20|26|2026|26|2026"),
            ("%d|%e|%j|%u|%w", "05| 5|064|4|4"),
            ("%D|%x|%F", "03/05/26|03/05/26|2026-03-05"),
            ("%H|%I|%k|%l|%M|%S", "09|09| 9| 9|07|04"),
            ("%p|%P|%r", "AM|am|09:07:04 AM"),
            ("%R|%T|%X", "09:07|09:07:04|09:07:04"),
            ("%U|%V|%W", "09|10|09"),
            ("%m|%n|%t|%%", "03|\n|\t|%"),
            ("%s|%z", "1772694424|+0200"),
            ("%Ey|%Od|%-d|%_H|%^a|%10Y", "26|05|5| 9|THU|0000002026"),
        ] {
            assert_eq!(format(conversion), expected, "{conversion}");
        }
    }

    #[test]
    fn what_is_no_conversion_stays() {
        for text in ["", "plain", "100%", "%", "% d", "%Q", "%f", "%N", "%.3f", "%é", "%10", "%-"]
        {
            assert_eq!(format(text), text);
        }
        assert_eq!(format("%Q%d%"), "%Q05%");
    }

    #[test]
    fn ninety_nine_bytes() {
        let literal = "x".repeat(97);
        assert_eq!(format(&format!("{literal}%dy")), format!("{literal}05"));
        assert_eq!(format(&format!("{literal}x%dy")), format!("{literal}x"), "left out whole");
        assert_eq!(format(&"y".repeat(150)), "y".repeat(99));
        assert_eq!(format(&format!("{literal}xéé")), format!("{literal}x"), "no half characters");
    }
}
