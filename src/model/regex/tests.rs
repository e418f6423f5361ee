//! The clauses of specification A2.6, one table entry each, and comparisons with an independent implementation.

use super::*;
use proptest::prelude::*;

mod bounds;
mod clauses;
mod random;

fn pattern(source: &str) -> Pattern {
    Pattern::new(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn is_match(source: &str, text: impl AsRef<[u8]>) -> bool {
    pattern(source).is_full_match(text.as_ref())
}

fn replace(text: &str, source: &str, format: &str) -> String {
    let mut out = b"before ".to_vec();
    pattern(source).replace_all(text.as_bytes(), &Format::new(format), usize::MAX, &mut out);
    let out = String::from_utf8(out).unwrap();
    out.strip_prefix("before ").expect("what was there stays").to_owned()
}

/// The groups of a full match, `-` for those that took no part.
fn captures(source: &str, text: &str) -> Option<Vec<String>> {
    let mut groups = vec![Some(7..9)];
    let is_match = pattern(source).captures_full(text.as_bytes(), &mut groups);
    assert_eq!(is_match, pattern(source).is_full_match(text.as_bytes()), "{source} on {text}");
    assert!(is_match || groups.is_empty(), "no groups of an earlier match stay");
    let shown = groups.into_iter().map(|group| group.map_or("-", |range| &text[range]).to_owned());
    is_match.then(|| shown.collect())
}
