//! Where a head or trailer section ends, found line by line as bytes arrive, with the shapes refused that parsers are
//! known to disagree about (RFC 9112 sections 2.2, 5.2 and 11.2).

use super::error::{self, Rejection};

/// How large a section may be, and what to say when it is larger.
#[derive(Clone, Copy, Debug)]
pub(super) struct SectionBounds {
    /// First line, without CRLF.
    pub(super) first_line_bytes_max: usize,
    pub(super) first_line_too_long: Rejection,
    /// The whole section, empty line included.
    pub(super) bytes_max: usize,
    pub(super) too_large: Rejection,
    /// The first line is a start line, not a field.
    pub(super) has_start_line: bool,
}

/// Remembers how far a section was looked at, so that a head that dribbles in costs linear time.
/// It judges bytes strictly in order, so the verdict does not depend on how they were cut.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SectionScanner {
    line_start: usize,
    scanned: usize,
}

impl SectionScanner {
    /// The length of the section with its empty line, once `bytes`, which begin with it, hold it whole.
    pub(super) fn find_end(
        &mut self,
        bytes: &[u8],
        bounds: &SectionBounds,
    ) -> Result<Option<usize>, Rejection> {
        let bytes = &bytes[..bytes.len().min(bounds.bytes_max)];
        while let Some(offset) = memchr::memchr2(b'\r', b'\n', &bytes[self.scanned..]) {
            let at = self.scanned + offset;
            self.check_first_line(at, bounds)?;
            if bytes[at] == b'\n' {
                return Err(error::BARE_LF);
            }
            match bytes.get(at + 1) {
                None => {
                    self.scanned = at;
                    return self.unfinished(bytes.len(), bounds);
                }
                Some(b'\n') => {}
                Some(_) => return Err(error::BARE_CR),
            }
            let is_field = self.line_start > 0 || !bounds.has_start_line;
            match bytes[self.line_start] {
                b'\r' => return Ok(Some(at + 2)),
                b' ' | b'\t' if is_field => return Err(error::OBS_FOLD),
                _ => {}
            }
            self.line_start = at + 2;
            self.scanned = at + 2;
        }
        self.scanned = bytes.len();
        self.check_first_line(bytes.len(), bounds)?;
        self.unfinished(bytes.len(), bounds)
    }

    fn check_first_line(&self, line_end: usize, bounds: &SectionBounds) -> Result<(), Rejection> {
        match self.line_start == 0 && line_end > bounds.first_line_bytes_max {
            true => Err(bounds.first_line_too_long),
            false => Ok(()),
        }
    }

    fn unfinished(&self, len: usize, bounds: &SectionBounds) -> Result<Option<usize>, Rejection> {
        match (len < bounds.bytes_max, self.line_start) {
            (true, _) => Ok(None),
            (false, 0) => Err(bounds.first_line_too_long),
            (false, _) => Err(bounds.too_large),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: SectionBounds = SectionBounds {
        first_line_bytes_max: 12,
        first_line_too_long: error::TARGET_TOO_LONG,
        bytes_max: 30,
        too_large: error::HEAD_TOO_LARGE,
        has_start_line: true,
    };

    fn whole(bytes: &[u8]) -> Result<Option<usize>, Rejection> {
        SectionScanner::default().find_end(bytes, &BOUNDS)
    }

    fn byte_by_byte(bytes: &[u8]) -> Result<Option<usize>, Rejection> {
        let mut scanner = SectionScanner::default();
        for len in 1..bytes.len() {
            match scanner.find_end(&bytes[..len], &BOUNDS) {
                Ok(None) => {}
                decided => return decided,
            }
        }
        scanner.find_end(bytes, &BOUNDS)
    }

    #[test]
    fn sections_end_where_they_end_and_are_refused_for_what_they_are() {
        let table: &[(&str, Result<Option<usize>, Rejection>)] = &[
            ("a\r\n\r\n", Ok(Some(5))),
            ("a\r\nb\r\n\r\nrest", Ok(Some(8))),
            ("a\r\nb: c\r", Ok(None)),
            ("a\r\nb: c\r\n", Ok(None)),
            ("a\nb\r\n\r\n", Err(error::BARE_LF)),
            ("a\r\nb\n\r\n", Err(error::BARE_LF)),
            ("a\r\n\n", Err(error::BARE_LF)),
            ("a\r\nb\rc\r\n\r\n", Err(error::BARE_CR)),
            ("a\r\nb\r\r\n\r\n", Err(error::BARE_CR)),
            ("a\r\nb: c\r\n d\r\n\r\n", Err(error::OBS_FOLD)),
            ("a\r\n\tb: c\r\n\r\n", Err(error::OBS_FOLD)),
            ("123456789012\r\n\r\n", Ok(Some(16))),
            ("1234567890123\r\n\r\n", Err(error::TARGET_TOO_LONG)),
            ("1234567890123456789012345678901234567890", Err(error::TARGET_TOO_LONG)),
            ("a\r\n34567890123456789012345\r\n\r\n", Ok(Some(30))),
            ("a\r\n345678901234567890123456\r\n\r\n", Err(error::HEAD_TOO_LARGE)),
            ("a\r\n34567890123456789012345678901234567890", Err(error::HEAD_TOO_LARGE)),
        ];
        for (text, expected) in table {
            assert_eq!(whole(text.as_bytes()), *expected, "{text:?} whole");
            assert_eq!(byte_by_byte(text.as_bytes()), *expected, "{text:?} byte by byte");
        }
    }

    #[test]
    fn a_trailer_section_has_no_start_line() {
        let bounds = SectionBounds { has_start_line: false, ..BOUNDS };
        let find = |text: &str| SectionScanner::default().find_end(text.as_bytes(), &bounds);
        assert_eq!(find("\r\n"), Ok(Some(2)));
        assert_eq!(find("a: b\r\n\r\n"), Ok(Some(8)));
        assert_eq!(find(" a: b\r\n\r\n"), Err(error::OBS_FOLD));
    }
}
