//! Which statuses are a good end of a request.

use std::fmt;
use std::str::FromStr;

/// Statuses and classes of statuses. Unless said otherwise, 2xx and 3xx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// Bit n: all statuses from n00 to n99.
    classes: u16,
    codes: Box<[u16]>,
}

impl Default for Expect {
    fn default() -> Expect {
        Expect { classes: 1 << 2 | 1 << 3, codes: Box::default() }
    }
}

/// What would be right.
pub(super) const RIGHT: &str = "statuses from 200 to 999 or classes like 2xx";

/// A text that is no list of statuses: one line with the word that is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no status; right would be {RIGHT}, with commas between them")]
pub struct ExpectError(String);

impl Expect {
    /// Is this status a good end?
    #[inline]
    pub fn accepts(&self, status: u16) -> bool {
        let class = status / 100;
        class < 16 && self.classes & 1 << class != 0 || self.codes.contains(&status)
    }

    /// What is named by each of these words, `200` or `2xx`; the first other one is handed back.
    pub(super) fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Expect, &'a str> {
        let (mut classes, mut codes) = (0u16, Vec::new());
        for word in words {
            match word.as_bytes() {
                // Interim answers (1xx) are no end at all.
                [class @ b'2'..=b'9', b'x' | b'X', b'x' | b'X'] => classes |= 1 << (class - b'0'),
                [b'2'..=b'9', _, _] => codes.push(word.parse().map_err(|_| word)?),
                _ => return Err(word),
            }
        }
        codes.sort_unstable();
        codes.dedup();
        Ok(Expect { classes, codes: codes.into() })
    }
}

/// `200`, `2xx`, `2xx,404`
impl FromStr for Expect {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Expect, ExpectError> {
        Expect::of(text.split(',').map(str::trim)).map_err(|word| ExpectError(word.to_owned()))
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes = (0..16).filter(|class| self.classes & 1 << class != 0);
        let words = classes.map(|class| format!("{class}xx"));
        let words: Vec<String> = words.chain(self.codes.iter().map(u16::to_string)).collect();
        f.write_str(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(expect: &Expect) -> Vec<u16> {
        [0, 199, 200, 204, 299, 300, 399, 400, 404, 500, 999, 1200, u16::MAX]
            .into_iter()
            .filter(|status| expect.accepts(*status))
            .collect()
    }

    #[test]
    fn good_ends() {
        assert_eq!(accepted(&Expect::default()), [200, 204, 299, 300, 399]);
        for (text, statuses, shown) in [
            ("200", vec![200], "200"),
            (" 404, 2xx ,404", vec![200, 204, 299, 404], "2xx,404"),
            ("4XX,9xx", vec![400, 404, 999], "4xx,9xx"),
        ] {
            let expect: Expect = text.parse().unwrap();
            assert_eq!(accepted(&expect), statuses, "{text}");
            assert_eq!(expect.to_string(), shown);
        }
    }

    #[test]
    fn other_words() {
        for (text, word) in [
            ("", ""),
            ("200,", ""),
            ("100", "100"),
            ("1xx", "1xx"),
            ("2x", "2x"),
            ("20x", "20x"),
            ("2000", "2000"),
            ("200;201", "200;201"),
            ("+20", "+20"),
            ("2\u{e9}", "2\u{e9}"),
        ] {
            assert_eq!(text.parse::<Expect>(), Err(ExpectError(word.to_owned())));
        }
        assert_eq!(
            "ok".parse::<Expect>().unwrap_err().to_string(),
            "\"ok\" is no status; right would be statuses from 200 to 999 or classes like 2xx, with commas between them"
        );
    }
}
