//! Amounts of memory as people type them.

/// Binary multiples: `512M`, `512Mi` and `512MiB` are the same, in whatever case.
const UNITS: [(char, u32); 4] = [('k', 10), ('m', 20), ('g', 30), ('t', 40)];

/// A number of bytes with or without a unit.
pub(super) fn parse(typed: &str) -> Result<usize, String> {
    let refused = || "bytes, such as 0, 800000000, 512M or 4GiB".to_owned();
    let digits = typed.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = typed.split_at(digits);
    let number: usize = number.parse().map_err(|_| refused())?;
    if unit.is_empty() {
        return Ok(number);
    }
    let unit = unit.to_ascii_lowercase();
    let named = UNITS.iter().find(|(letter, _)| unit.starts_with(*letter));
    let &(_, shift) =
        named.filter(|_| ["", "i", "ib"].contains(&&unit[1..])).ok_or_else(refused)?;
    number.checked_mul(1 << shift).ok_or_else(|| "more than any machine has".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary() {
        for (typed, expected) in [
            ("0", 0),
            ("1234", 1234),
            ("1K", 1024),
            ("3k", 3072),
            ("2Mi", 2 << 20),
            ("2MiB", 2 << 20),
            ("5g", 5 << 30),
            ("1TiB", 1 << 40),
        ] {
            assert_eq!(parse(typed), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for typed in [
            "",
            "K",
            "-1",
            "1.5G",
            "1MB",
            "1KiBs",
            "1 K",
            "1x",
            "1é",
            "99999999999999999999",
            "99999999999T",
        ] {
            assert!(parse(typed).is_err(), "{typed}");
        }
    }
}
