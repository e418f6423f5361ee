//! Regular expressions: any pattern, format and text. What matches as a whole has every literal that the pattern
//! requires, its groups lie within the text, and a pattern that is one literal matches nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_model::regex::{Format, Pattern};

/// More than most texts and formats make, and not more than fits into memory.
const REPLACED_BYTES_MAX: usize = 1 << 20;

fuzz_target!(|data: (&str, &str, &[u8])| {
    let (source, format, text) = data;
    let Ok(pattern) = Pattern::new(source) else { return };
    let mut groups = Vec::new();
    let is_match = pattern.is_full_match(text);
    assert_eq!(is_match, pattern.captures_full(text, &mut groups));
    if is_match {
        assert_eq!(groups.len(), pattern.groups());
        assert!(groups.iter().flatten().all(|group| text.get(group.clone()).is_some()));
        for literal in pattern.literals() {
            assert!(literal.is_empty() || text.windows(literal.len()).any(|w| w == literal));
        }
    }
    if let Some(literal) = pattern.is_literal() {
        assert_eq!(is_match, literal == text);
    }
    let mut replaced = Vec::new();
    let is_short =
        pattern.replace_all(text, &Format::new(format), REPLACED_BYTES_MAX, &mut replaced);
    assert!(replaced.len() <= REPLACED_BYTES_MAX.max(text.len()));
    assert!(is_short || replaced == text);
});
