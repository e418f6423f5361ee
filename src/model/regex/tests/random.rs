//! Random patterns and texts, compared with an independent implementation of ECMAScript where the dialects agree.

use super::*;
use proptest::sample::select;

/// A pattern of the common subset: no back-reference to a group that may take no part, and groups only where they are
/// not repeated, since the dialects differ in what they remember of earlier rounds.
fn common(with_look_ahead: bool) -> impl Strategy<Value = String> {
    const LEAVES: [&str; 14] =
        ["a", "b", "c", ".", "[ab]", "[^a]", r"\w", r"\d", r"\b", r"\B", "^", "$", "", "-"];
    let leaf = select(&LEAVES[..]).prop_map(str::to_owned);
    let repeated =
        select(&["a", "b", ".", "[ab]", "[^c]", r"\w", "(?:ab)", "(?:a|b)", "(?:a|bc)"][..]);
    let quantifier =
        select(&["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{2,}", "{1,}?"][..]);
    let repetition = (repeated, quantifier).prop_map(|(part, times)| format!("{part}{times}"));
    prop_oneof![2 => leaf, 2 => repetition].prop_recursive(4, 24, 3, move |inner| {
        let opening =
            if with_look_ahead { &["(", "(?:", "(?=", "(?!"][..] } else { &["(", "(?:"][..] };
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            1 => prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("(?:{})", parts.join("|"))),
            2 => (select(opening), inner).prop_map(|(opening, inner)| format!("{opening}{inner})")),
        ]
    })
}

/// Texts of the bytes that the patterns speak of.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(select(&["a", "b", "c", "-", "1", "\n"][..]), 0..10)
        .prop_map(|parts| parts.concat())
}

/// Full match and groups by the other implementation.
fn expected_groups(source: &str, text: &str) -> Option<Vec<Option<Range<usize>>>> {
    let other = regress::Regex::new(&format!("^(?:{source})$")).unwrap();
    let found = other.find(text)?;
    Some((1..=found.captures.len()).map(|number| found.group(number)).collect())
}

/// Each match replaced by its bounds in brackets: the matches one after the other, where an empty one does not hide a
/// longer one. The other implementation has no such search, so patterns that prefer the empty text are left out.
fn expected_replacement(source: &str, text: &str) -> String {
    let other = regress::Regex::new(source).unwrap();
    let mut out = String::new();
    let mut copied = 0;
    for found in other.find_iter(text) {
        let range = found.range();
        out += &text[copied..range.start];
        out += &format!("<{}>", &text[range.clone()]);
        copied = range.end;
    }
    out + &text[copied..]
}

fn compare(source: &str, text: &str) {
    let compiled = pattern(source);
    let mut groups = Vec::new();
    let is_match = compiled.captures_full(text.as_bytes(), &mut groups);
    assert_eq!(is_match.then_some(groups), expected_groups(source, text), "{source} on {text:?}");
    assert_eq!(compiled.is_full_match(text.as_bytes()), is_match, "{source} on {text:?}");
    if is_match {
        for literal in compiled.literals() {
            let mut windows = text.as_bytes().windows(literal.len());
            assert!(windows.any(|window| window == literal), "{source} on {text:?}: {literal:?}");
        }
        let only = compiled.is_literal();
        assert!(only.is_none_or(|only| only == text.as_bytes()), "{source} on {text:?}");
    }
    if !compiled.may_prefer_empty {
        let expected = expected_replacement(source, text);
        assert_eq!(replace(text, source, "<$&>"), expected, "{source} on {text:?}");
    }
}

/// The automaton and the backtracking engine on the same pattern; a look-ahead that always holds makes the latter run.
fn compare_engines(source: &str, text: &str) {
    let slow = format!("(?=)(?:{source})");
    let outcome = |source: &str| {
        let mut groups = Vec::new();
        let is_match = pattern(source).captures_full(text.as_bytes(), &mut groups);
        (is_match, groups, replace(text, source, "<$&|$1|$2>"))
    };
    assert_eq!(outcome(source), outcome(&slow), "{source} on {text:?}");
}

proptest! {
    #[test]
    fn plain_patterns_match_as_ecmascript_says(source in common(false), text in text()) {
        compare(&source, &text);
        compare_engines(&source, &text);
    }

    #[test]
    fn look_ahead_matches_as_ecmascript_says(source in common(true), text in text()) {
        compare(&source, &text);
    }

    #[test]
    fn back_references_match_as_ecmascript_says(
        inside in common(false), behind in common(false), text in text(),
    ) {
        // Groups inside would change the number, and be remembered differently when they take no part.
        let (inside, behind) = (inside.replace("(?:", "(").replace('(', "(?:"), behind);
        let behind = behind.replace("(?:", "(").replace('(', "(?:");
        compare(&format!(r"({inside})-?\1(?:{behind})"), &text);
    }

    #[test]
    fn no_pattern_panics(source in ".{0,40}", text in prop::collection::vec(any::<u8>(), 0..60)) {
        run_all(&source, &text);
    }

    #[test]
    fn no_heap_of_operators_panics(
        source in r"[ab()\[\]{}|*+?^$.\\:=!,0-9dwsbBxuc<&#-]{0,24}",
        text in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        run_all(&source, &text);
    }

    #[test]
    fn every_format_expands(format in r"[$&`'0-9a\\{}é]{0,12}", text in "[abc]{0,6}") {
        // Told apart from the format as written, one piece after the other.
        let mut out = Vec::new();
        pattern("(b)").replace_all(text.as_bytes(), &Format::new(&format), usize::MAX, &mut out);
        prop_assert_eq!(String::from_utf8(out).unwrap(), by_hand(&text, &format));
    }

    #[test]
    fn a_format_without_dollar_is_itself(format in "[^$]{0,20}", text in "[abc]{0,6}") {
        prop_assert_eq!(replace(&text, "b", &format), text.replace('b', &format));
    }

    #[test]
    fn arbitrary_formats_never_panic(format in any::<String>(), text in any::<Vec<u8>>()) {
        let mut out = Vec::new();
        pattern("(.)(x)?").replace_all(&text, &Format::new(&format), usize::MAX, &mut out);
        pattern("(?=(.))").replace_all(&text, &Format::new(&format), usize::MAX, &mut out);
    }
}

/// Uses a pattern in every way if there is one.
fn run_all(source: &str, text: &[u8]) {
    let Ok(compiled) = Pattern::new(source) else { return };
    let is_match = compiled.is_full_match(text);
    let mut groups = Vec::new();
    assert_eq!(compiled.captures_full(text, &mut groups), is_match);
    assert!(!is_match || groups.len() == compiled.groups());
    if let Some(only) = compiled.is_literal() {
        assert!(compiled.is_full_match(only), "{source}");
    }
    let mut out = Vec::new();
    compiled.replace_all(text, &Format::new("$&"), usize::MAX, &mut out);
    assert_eq!(out, text, "{source}: matches replaced by themselves");
}

/// Replaces each `b`, whose group 1 is itself, reading the format by another rule: what a `$` and the longest known
/// name behind it stand for.
fn by_hand(text: &str, format: &str) -> String {
    let mut out = String::new();
    let mut unmatched = String::new();
    for (at, letter) in text.char_indices() {
        if letter != 'b' {
            unmatched.push(letter);
            out.push(letter);
            continue;
        }
        let mut rest = format;
        while let Some(next) = rest.chars().next() {
            let digits: String =
                rest.chars().skip(1).take(2).take_while(char::is_ascii_digit).collect();
            let (value, length) = match (next, rest.chars().nth(1)) {
                ('$', Some('$')) => ("$", 2),
                ('$', Some('&')) => ("b", 2),
                ('$', Some('`')) => (unmatched.as_str(), 2),
                ('$', Some('\'')) => (&text[at + 1..], 2),
                ('$', _) if ["0", "00", "1", "01"].contains(&digits.as_str()) => {
                    ("b", 1 + digits.len())
                }
                ('$', _) if !digits.is_empty() => ("", 1 + digits.len()),
                _ => (&rest[..next.len_utf8()], next.len_utf8()),
            };
            out += value;
            rest = &rest[length..];
        }
        unmatched.clear();
    }
    out
}
