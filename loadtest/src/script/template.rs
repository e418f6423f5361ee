//! Texts with placeholders, cut at load time, so that building one is concatenation.

use super::node::quoted;

/// The place in a running script where a saved value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub(super) usize);

/// The numbers from `min` to `max`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: i64,
    pub(super) max: i64,
}

impl Range {
    /// The value that script `number` (from 0) takes: after `max` comes `min` again.
    #[inline]
    pub(super) fn value(self, number: u64) -> i64 {
        // The difference of two i64 fits in a u64, and so does every step below it; adding wraps to the right sum.
        let last = self.max.wrapping_sub(self.min) as u64;
        let step = last.checked_add(1).map_or(number, |count| number % count);
        self.min.wrapping_add(step as i64)
    }
}

/// A value that was taken from an answer. The memory is used again by the next script.
#[derive(Clone, Debug, Default)]
pub(super) struct Saved {
    /// As it stands in a URL or a header.
    pub(super) text: String,
    /// As it stands in JSON, with the quotes of a string.
    pub(super) json: String,
}

/// Where a text goes, and with it, what must be escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Path and query. Only what would break the request is percent-encoded: blanks, controls, everything beyond ASCII,
    /// and `#`, which would begin a fragment. A value may bring slashes, queries, and escapes of its own.
    Url,
    /// A field's name or value, as it is.
    Field,
    /// Inside a JSON string.
    InString,
    /// As a JSON value.
    Json,
}

impl Form {
    /// Appends a text that is known at load time.
    fn append(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Form::Url => push_percent_encoded(text.as_bytes(), out),
            Form::Field => out.extend_from_slice(text.as_bytes()),
            Form::InString => out.extend_from_slice(unquoted(&quoted(text)).as_bytes()),
            Form::Json => out.extend_from_slice(quoted(text).as_bytes()),
        }
    }
}

/// One piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Always the same; never empty, never two in a row.
    Text(Vec<u8>),
    /// The value of a range, by its number.
    Range(usize),
    /// A saved value.
    Saved(Slot, Form),
}

/// What placeholders stand for in one running script.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    /// Which script this is, among all that were started.
    pub(super) number: u64,
    pub(super) ranges: &'a [Range],
    pub(super) saved: &'a [Saved],
}

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// The text, if it is the same in every script.
    #[inline]
    pub(super) fn fixed(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [] => Some(b""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Appends the text for one script.
    #[inline]
    pub(super) fn write(&self, values: Values<'_>, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Range(range) => {
                    push_decimal(values.ranges[*range].value(values.number), out);
                }
                Piece::Saved(slot, form) => {
                    let saved = &values.saved[slot.0];
                    match form {
                        Form::Url => push_percent_encoded(saved.text.as_bytes(), out),
                        Form::Field => out.extend_from_slice(saved.text.as_bytes()),
                        Form::InString => out.extend_from_slice(unquoted(&saved.json).as_bytes()),
                        Form::Json => out.extend_from_slice(saved.json.as_bytes()),
                    }
                }
            }
        }
    }

    /// The pieces, for checks at load time.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The same with its texts in lower case, as for the name of a field.
    pub(super) fn into_lowercase(mut self) -> Template {
        for piece in &mut self.pieces {
            if let Piece::Text(text) = piece {
                text.make_ascii_lowercase();
            }
        }
        self
    }

    /// Appends bytes as they are.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        match self.pieces.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Piece::Text(text)) => text.extend_from_slice(bytes),
            _ => self.pieces.push(Piece::Text(bytes.to_vec())),
        }
    }

    /// Appends a part of a text that was cut.
    pub(super) fn push(&mut self, part: Part<'_>, form: Form) {
        match part {
            Part::Range(range) => self.pieces.push(Piece::Range(range)),
            Part::Saved(slot) => self.pieces.push(Piece::Saved(slot, form)),
            Part::Text(text) => {
                let mut bytes = Vec::new();
                form.append(text, &mut bytes);
                self.push_bytes(&bytes);
            }
        }
    }
}

/// A part of a text: some of it, or what a placeholder in it stands for. A variable is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Range(usize),
    Saved(Slot),
}

/// Cuts a text at its placeholders. `<` and `>` around anything that `meaning` does not know are text, unless it could be
/// a name: that is a mistake, which `meaning` explains.
pub(super) fn cut<'a, E>(
    text: &'a str,
    meaning: impl Fn(&str) -> Result<Part<'a>, E>,
) -> Result<Vec<Part<'a>>, E> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find('<').map(|at| from + at) {
        let Some(end) = rest[at + 1..].find(['<', '>']).map(|end| at + 1 + end) else {
            break;
        };
        let name = &rest[at + 1..end];
        from = end;
        if !rest[end..].starts_with('>') {
            continue;
        }
        let part = match meaning(name) {
            Ok(part) => part,
            Err(_) if !could_be_name(name) => continue,
            Err(unknown) => return Err(unknown),
        };
        parts.extend((at > 0).then_some(Part::Text(&rest[..at])));
        parts.push(part);
        rest = &rest[end + 1..];
        from = 0;
    }
    parts.extend((!rest.is_empty()).then_some(Part::Text(rest)));
    Ok(parts)
}

/// Would somebody call a range or a variable so?
fn could_be_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// The inside of a JSON string; other values are returned whole.
fn unquoted(json: &str) -> &str {
    json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap_or(json)
}

fn push_percent_encoded(text: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text {
        if byte > b' ' && byte < 0x7f && byte != b'#' {
            out.push(byte);
        } else {
            out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
}

/// Appends a number in decimal digits.
#[inline]
pub(super) fn push_decimal(value: i64, out: &mut Vec<u8>) {
    // 19 digits and a sign.
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests;
