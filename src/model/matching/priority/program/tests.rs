use super::*;
use crate::regex::Pattern;
use proptest::prelude::*;
use regex::bytes::Regex;

fn verdict(pattern: &str, text: &str) -> Verdict {
    Program::compile(pattern).expect(pattern).matches(text.as_bytes())
}

#[test]
fn texts() {
    use Verdict::{Match, NoMatch};
    for (pattern, text, expected) in [
        ("", "", Match),
        ("", "a", NoMatch),
        ("/a", "/a", Match),
        ("/a", "/ab", NoMatch),
        ("/a", "b/a", NoMatch),
        ("/a-[0-9]+/b", "/a-12/b", Match),
        ("/a-[0-9]+/b", "/a-/b", NoMatch),
        ("/a-[0-9]+/b", "/a-1x/b", NoMatch),
        ("/a-[0-9]{2,3}", "/a-1", NoMatch),
        ("/a-[0-9]{2,3}", "/a-123", Match),
        ("/a-[0-9]{2,3}", "/a-1234", NoMatch),
        ("/a/.*/b", "/a/x/y/b", Match),
        ("/a/.*/b", "/a/b", NoMatch),
        ("/.*/b/.*", "/b/b/", Match),
        ("/.*/b/.*", "/b/", NoMatch),
        ("a*ab?[ab]*", "aab", Match),
        ("a*a", "a", Match),
        ("a*a", "", NoMatch),
        ("/(get|set)/(n-)?[0-9]", "/set/7", Match),
        ("/(get|set)/(n-)?[0-9]", "/get/n-7", Match),
        ("/(get|set)/(n-)?[0-9]", "/let/7", NoMatch),
        ("/(get|set)/(n-)?[0-9]", "/get/n-n-7", NoMatch),
        ("(a|ab)(c|bcd)", "abcd", Match),
        ("(a|ab)(c|bcd)", "abc", Match),
        ("(a|ab)(c|bcd)", "abbc", NoMatch),
        (".", "\n", NoMatch),
        (".", "\r", NoMatch),
        ("..", "\u{e9}", Match),
        (r"[\w-]+\.\d", "a_-b.7", Match),
        (r"\S\D\W", "ab-", Match),
    ] {
        assert_eq!(verdict(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn literals_by_their_place() {
    let program = Program::compile("/a-[0-9]+/b/.*c[de]f").unwrap();
    assert_eq!((program.prefix(), program.suffix()), (&b"/a-"[..], &b"f"[..]));
    assert_eq!(program.inner_literals().collect::<Vec<_>>(), [&b"/b/"[..], b"c"]);
    assert_eq!(program.literal(), None);
    let starts_with_class = Program::compile("[ab]c[ab]").unwrap();
    assert_eq!((starts_with_class.prefix(), starts_with_class.suffix()), (&b""[..], &b""[..]));
    assert_eq!(starts_with_class.inner_literals().collect::<Vec<_>>(), [b"c"]);
    assert_eq!(Program::compile(r"/a\.b").unwrap().literal(), Some(&b"/a.b"[..]));
}

#[test]
fn what_takes_long_is_left_to_the_engine() {
    assert!(Program::compile("[0-9]+/.*").unwrap().is_sure());
    assert!(Program::compile("[0-9]+/(a|b)x").unwrap().is_sure());
    assert!(!Program::compile("[0-9]+(1|b)x").unwrap().is_sure());
    assert!(!Program::compile("(a|ab)[0-9]").unwrap().is_sure());
    assert!(!Program::compile(".*a.*").unwrap().is_sure());
    let program = Program::compile(".*a.*a.*a.*").unwrap();
    assert_eq!(program.matches("b".repeat(100).as_bytes()), Verdict::NoMatch, "found out at once");
    assert_eq!(program.matches("a".repeat(1000).as_bytes()), Verdict::Match);
    assert_eq!(program.matches(format!("{}\n", "a".repeat(1000)).as_bytes()), Verdict::Unknown);
    assert!(Program::compile(&".*a".repeat(50)).is_none());
    assert!(Program::compile(&"a".repeat(70_000)).is_none(), "its length has no room");
}

fn pieces() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(
        &[
            "a",
            "b",
            "c",
            "ab",
            "/",
            "[ab]",
            "[^b]",
            "[a-c/]",
            ".",
            r"\w",
            r"\.",
            "(a)",
            "(?:b[ac])",
            "(a|b)",
            "(a|ab)",
            "(?:c)?",
            "(ab|c/)??",
            r"\W",
            "[.-]",
        ][..],
    );
    let quantifier = prop::sample::select(
        &["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "{0}", "+?", "*?"][..],
    );
    prop::collection::vec((atom, quantifier), 0..7).prop_map(|pieces| {
        let pieces = pieces.into_iter().map(|(atom, quantifier)| match atom.starts_with('(') {
            true => atom.to_owned(),
            false => format!("{atom}{quantifier}"),
        });
        pieces.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What is accepted here never comes to the parser of the engines, so it must be nothing that they would refuse.
    #[test]
    fn programs_are_patterns(
        pattern in r"[a-c()\[\]{}*+?|.^$\\0-2,d:=w_-]{0,10}",
        texts in prop::collection::vec("[a-c0-2d_.-]{0,4}", 8),
    ) {
        if let Some(program) = Program::compile(&pattern) {
            let engine = Pattern::new(&pattern);
            prop_assert!(engine.is_ok(), "{}: {:?}", pattern, engine);
            for text in texts {
                let verdict = program.matches(text.as_bytes());
                let is_match = engine.as_ref().is_ok_and(|engine| engine.is_full_match(text.as_bytes()));
                prop_assert!(verdict == Verdict::Unknown || (verdict == Verdict::Match) == is_match, "{}", text);
            }
        }
    }

    /// An outline may be wrong about what matches, never about what does not.
    #[test]
    fn outlines_match_at_least_what_the_pattern_matches(
        pattern in pieces(),
        group in prop::sample::select(&["(a|b)+", "(?:a[bc])*", "(?!b)", "((a)|[bc]){1,2}?", "(a(b|c+))"][..]),
        end in pieces(),
        texts in prop::collection::vec("[abc/.]{0,8}", 8),
    ) {
        let pattern = format!("{pattern}{group}{end}");
        let (engine, outline) = (Pattern::new(&pattern).unwrap(), Program::compile_outline(&pattern));
        for text in texts.iter().filter(|text| engine.is_full_match(text.as_bytes())) {
            let verdict = outline.as_ref().map(|outline| outline.matches(text.as_bytes()));
            prop_assert!(verdict != Some(Verdict::NoMatch), "{} {}", pattern, text);
        }
    }

    /// The library of another project says the same; its dot matches `\r`, which no text here has.
    #[test]
    fn programs_match_like_an_engine(pattern in pieces(), texts in prop::collection::vec("[abc/.]{0,8}", 8)) {
        if let Some(program) = Program::compile(&pattern) {
            let engine = Regex::new(&format!(r"(?-u)\A(?:{pattern})\z")).unwrap();
            for text in texts {
                let expected =
                    if engine.is_match(text.as_bytes()) { Verdict::Match } else { Verdict::NoMatch };
                let verdict = program.matches(text.as_bytes());
                prop_assert!(verdict == expected || verdict == Verdict::Unknown, "{} {}", pattern, text);
                prop_assert!(verdict != Verdict::Unknown || !program.is_sure());
            }
        }
    }
}
