//! JSON text that needs no parsing, since its compact form is itself without the blanks.

/// How deep containers may nest here: deeper text is rare, and the parser takes it.
const LEVELS_MAX: usize = 16;

/// Digits that are an `i64` whatever they are.
const DIGITS_MAX: usize = 18;

/// Appends the compact form of `text`, when it is JSON with sorted and different keys, with neither escapes nor
/// fractions, exponents or huge numbers, that nests at most `levels_max` deep. False when it is not: then it may be
/// JSON nevertheless, and what was appended is of no use.
pub(super) fn append(text: &str, levels_max: usize, out: &mut Vec<u8>) -> bool {
    let mut copier = Copier { rest: text.as_bytes(), out };
    copier.copy_value(levels_max.min(LEVELS_MAX)).is_some() && copier.rest.is_empty()
}

struct Copier<'t, 'o> {
    rest: &'t [u8],
    out: &'o mut Vec<u8>,
}

impl<'t> Copier<'t, '_> {
    /// Copies a value and skips the blanks on both sides of it.
    fn copy_value(&mut self, levels_left: usize) -> Option<()> {
        self.skip_blanks();
        match self.rest.first()? {
            b'{' => self.copy_object(levels_left.checked_sub(1)?)?,
            b'[' => self.copy_array(levels_left.checked_sub(1)?)?,
            b'"' => drop(self.copy_string()?),
            b't' => self.copy_literal(b"true")?,
            b'f' => self.copy_literal(b"false")?,
            b'n' => self.copy_literal(b"null")?,
            _ => self.copy_integer()?,
        }
        self.skip_blanks();
        Some(())
    }

    fn copy_object(&mut self, levels_left: usize) -> Option<()> {
        self.copy_byte(b'{')?;
        self.skip_blanks();
        if self.copy_byte(b'}').is_some() {
            return Some(());
        }
        let mut previous: Option<&[u8]> = None;
        loop {
            self.skip_blanks();
            let name = self.copy_string()?;
            if previous.is_some_and(|previous| previous >= name) {
                return None;
            }
            previous = Some(name);
            self.skip_blanks();
            self.copy_byte(b':')?;
            self.copy_value(levels_left)?;
            if self.copy_byte(b'}').is_some() {
                return Some(());
            }
            self.copy_byte(b',')?;
        }
    }

    fn copy_array(&mut self, levels_left: usize) -> Option<()> {
        self.copy_byte(b'[')?;
        self.skip_blanks();
        if self.copy_byte(b']').is_some() {
            return Some(());
        }
        loop {
            self.copy_value(levels_left)?;
            if self.copy_byte(b']').is_some() {
                return Some(());
            }
            self.copy_byte(b',')?;
        }
    }

    /// Copies a string and gives what is between its quotes.
    fn copy_string(&mut self) -> Option<&'t [u8]> {
        let inner = self.rest.strip_prefix(b"\"")?;
        let length = memchr::memchr2(b'"', b'\\', inner)?;
        let (content, end) = inner.split_at_checked(length)?;
        let has_control = content.iter().fold(false, |found, &byte| found | (byte < b' '));
        if has_control || end.first() != Some(&b'"') {
            return None;
        }
        self.copy(length + 2)?;
        Some(content)
    }

    fn copy_literal(&mut self, literal: &[u8]) -> Option<()> {
        if self.rest.starts_with(literal) { self.copy(literal.len()) } else { None }
    }

    fn copy_integer(&mut self) -> Option<()> {
        let unsigned = self.rest.strip_prefix(b"-").unwrap_or(self.rest);
        let sign = self.rest.len() - unsigned.len();
        let digits = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let leads_with_zero = unsigned.first() == Some(&b'0');
        let is_zero = digits == 1 && sign == 0;
        // A minus zero is a float to the parser, so it is not itself in the compact form.
        let is_plain = (1..=DIGITS_MAX).contains(&digits) && (!leads_with_zero || is_zero);
        let continues = matches!(unsigned.get(digits), Some(b'.' | b'e' | b'E'));
        if is_plain && !continues { self.copy(sign + digits) } else { None }
    }

    fn copy_byte(&mut self, byte: u8) -> Option<()> {
        if self.rest.first() == Some(&byte) { self.copy(1) } else { None }
    }

    fn copy(&mut self, length: usize) -> Option<()> {
        let (copied, rest) = self.rest.split_at_checked(length)?;
        self.out.extend_from_slice(copied);
        self.rest = rest;
        Some(())
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}
