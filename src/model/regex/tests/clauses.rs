//! What the specification says in words.

use super::*;

/// Clause, pattern, text, whether the whole text matches.
const MATCHES: &[(&str, &str, &[u8], bool)] = &[
    ("byte-oriented: `.` is one byte", ".", "é".as_bytes(), false),
    ("byte-oriented: é needs `..`", "..", "é".as_bytes(), true),
    ("byte-oriented: any byte, UTF-8 or not", "..", b"\xff\x80", true),
    ("byte-oriented: a quantifier repeats the last byte", "é+", b"\xc3\xa9\xa9", true),
    ("groups", "(ab)(c)", b"abc", true),
    ("(?:)", "(?:ab){2}", b"abab", true),
    ("lookahead (?=)", "a(?=bc)b.", b"abc", true),
    ("lookahead (?=)", "a(?=bc)b.", b"abd", false),
    ("lookahead (?!)", "(?!admin)[a-z]+", b"user", true),
    ("lookahead (?!)", "(?!admin)[a-z]+", b"admin1", false),
    ("back-references", r"(a|b)-\1", b"b-b", true),
    ("back-references", r"(a|b)-\1", b"b-a", false),
    ("a back-reference to a group that took no part fails", r"(?:(a)|b)\1", b"b", false),
    ("a back-reference to bytes that are not UTF-8", r"(.)\1", b"\xff\xff", true),
    ("lazy quantifiers", "a+?b??c*?d{2,3}?", b"aabcddd", true),
    ("POSIX classes in brackets", "[[:alpha:]_]+", b"a_Z", true),
    ("POSIX classes in brackets", "[^[:digit:]]", b"5", false),
    ("POSIX classes in brackets", "[[:xdigit:][:space:]]+", b"aF\t9\x0b", true),
    ("POSIX classes: the case of the name does not matter", "[[:ALPHA:]]", b"a", true),
    ("POSIX: [:alpha:] without outer brackets is a set", "[:alpha:]+", b"a:l", true),
    ("POSIX: collating element and equivalence", "[[.-.]][[=a=]]", b"-A", true),
    (r"\d", r"\d\D", b"7x", true),
    (r"\w", r"\w+\W", b"a_9-", true),
    (r"\s", r"\s+\S", b" \t\r\n\x0b\x0cx", true),
    (r"\w knows no letter beyond ASCII", r"\w+", "é".as_bytes(), false),
    (r"\b", r"a\b-\bb", b"a-b", true),
    (r"\b", r"a\bb", b"ab", false),
    (r"\B", r"a\Bb", b"ab", true),
    ("classes in brackets", r"[\d\s-]+", b"1 -", true),
    (r"\b in brackets is a backspace", r"[\b]", b"\x08", true),
    ("escaped punctuation", r"\/a\-b\_c\.", b"/a-b_c.", true),
    ("a lone } is literal", "a}", b"a}", true),
    ("a lone ] is literal", "a]", b"a]", true),
    ("a++ is accepted: a repetition of a repetition", "a++", b"aaa", true),
    ("a++ is not possessive", "a++a", b"aaa", true),
    ("a** and a{2}{3}", "a**b{2}{3}", b"abbbbbb", true),
    (r"`.` does not match \n", ".", b"\n", false),
    (r"`.` does not match \r", ".", b"\r", false),
    ("`.` matches the other controls", "..", b"\0\x0b", true),
    ("an empty regex is valid", "", b"", true),
    ("an empty regex matches nothing else", "", b"a", false),
    ("empty alternatives and groups are valid", "(|a)()|", b"a", true),
    (r"\x41", r"\x41[\x42-\x44]", b"AC", true),
    (r"\u0041", r"\u0041[\u0042]", b"AB", true),
    (r"\u00e9 is a byte", r"\u00e9", b"\xe9", true),
    (r"\cA as ECMAScript has it", r"\cA", b"\x01", true),
    (r"\cA as libstdc++ has it", r"\cA", b"A", true),
    (r"\0 and the usual controls", r"\0\t\n\v\f\r", b"\0\t\n\x0b\x0c\r", true),
    ("an unknown escape is the letter itself", r"\Q\A\z\G\<\p\k\e", b"QAzG<pke", true),
    ("whole string: alternatives are tried until all of it matches", "a|ab", b"ab", true),
    ("whole string: lazy quantifiers too", "a*?", b"aaa", true),
    ("whole string: text before does not match", "b", b"ab", false),
    ("whole string: nor text behind, not even a line break", "a$", b"a\n", false),
    ("^ and $ only at the very ends", "a\n^b", b"a\nb", false),
    ("^ and $ only at the very ends", "^a\nb$", b"a\nb", true),
    ("^ inside a group and an alternative", "(^a|b$)", b"b", true),
    ("dialects: no set operations in brackets", "[a&&b~~c]+", b"&~-", false),
    ("dialects: no set operations in brackets", "[a&&b~~c]+", b"&~c", true),
    ("dialects: # and blank are literal", "a #b", b"a #b", true),
    ("dialects: [[] is a set", "[[]", b"[", true),
    ("[] matches nothing", "a[]", b"a", false),
    ("[^] matches any byte", "[^][^]", b"\n\xff", true),
    ("- is literal at the ends", "[-a][a-]", b"--", true),
    ("- is literal behind a range", "[a-c-e]", b"-", true),
    ("- is literal behind a range, which ends there", "[a-c-e]", b"d", false),
    ("counted repetitions", "a{2}b{1,}c{0,2}", b"aabbbcc", true),
    ("counted repetitions", "a{0}", b"a", false),
    ("nested quantifiers over the empty text end", "(a*)*(b*|c?)+", b"aabc", true),
];

#[test]
fn whole_texts() {
    for (clause, source, text, expected) in MATCHES {
        let shown = text.escape_ascii();
        assert_eq!(is_match(source, text), *expected, "{clause}: {source} on {shown}");
        let is_alike = pattern(source).captures_full(text, &mut Vec::new());
        assert_eq!(is_alike, *expected, "{clause}: {source} on {shown}, with groups");
    }
}

/// Clause, pattern, offset of the error.
const REJECTED: &[(&str, &str, usize)] = &[
    ("lookbehind", "a(?<=b)", 2),
    ("lookbehind", "(?<!b)", 1),
    ("named groups", "(?<name>a)", 1),
    ("named groups", "(?P<name>a)", 1),
    ("inline flags", "(?i)a", 1),
    ("(?#..)", "a(?#note)", 2),
    ("lone {", "{", 0),
    ("lone {", "a{", 2),
    ("lone {", "a|{2}", 2),
    ("lone [", "a[", 1),
    ("lone [", "[a-", 3),
    ("lone (", "ab(c", 2),
    ("lone )", "ab)c", 2),
    ("leading *", "*a", 0),
    ("leading * in a group", "(*a)", 1),
    ("leading + in an alternative", "a|+", 2),
    ("leading ?", "?", 0),
    (r"\p{..}", r"\p{Lu}", 3),
    ("a{,2}", "a{,2}", 2),
    ("a{2,1}", "a{2,1}", 1),
    ("a{x}", "a{x}", 2),
    ("a{1", "a{1", 3),
    ("[b-a]", "[b-a]", 2),
    (r"a class cannot begin a range", r"[\w-a]", 3),
    (r"a class cannot end a range", r"[a-\d]", 3),
    ("unknown POSIX classes", "[[:letter:]]", 3),
    ("unclosed POSIX class", "[[:alpha]", 9),
    ("unknown collating element", "[[.ab.]]", 3),
    ("a quantifier after an assertion", "^*", 1),
    ("a quantifier after an assertion", r"a\b+", 3),
    ("a quantifier after a look-ahead", "(?=a)*", 5),
    ("a back-reference to no group", r"(a)\2", 3),
    ("a back-reference to a later group", r"\1(a)", 0),
    ("a back-reference to a group around it", r"(a\1)", 2),
    ("a back-reference takes all digits", r"(a)\10", 3),
    ("a back-reference in brackets", r"(a)[\1]", 4),
    (r"\B in brackets", r"[\B]", 1),
    ("a backslash at the end", "a\\", 2),
    (r"\x without two digits", r"\x4", 3),
    (r"\u without four digits", r"\u004g", 5),
    (r"\c at the end", r"\c", 2),
];

#[test]
fn rejected_with_a_place() {
    for (clause, source, at) in REJECTED {
        let error = Pattern::new(source).expect_err(clause);
        assert_eq!(error.at, *at, "{clause}: {source}: {error}");
        assert!(error.to_string().ends_with(&format!(" at byte {at}")), "{error}");
    }
}

#[test]
fn rejected_for_their_size() {
    let deep = format!("{}a{}", "(".repeat(100_000 / 2), ")".repeat(100_000 / 2));
    let long_chain = format!("a{}", "+".repeat(60));
    let many_groups = "()".repeat(2_000);
    let too_large = [
        ("length", "a".repeat(70_000)),
        ("nesting of groups", deep[50_000 - 60..].get(..121).unwrap().to_owned()),
        ("nesting of quantifiers", long_chain),
        ("counted repetition", "a{99999}".to_owned()),
        ("counted repetition beyond 32 bits", "a{99999999999}".to_owned()),
        ("counted repetition of the empty text", "(){1,4000000000}".to_owned()),
        ("nested counted repetitions", "((a{100}){100}){100}".to_owned()),
        ("states times groups", many_groups),
    ];
    for (clause, source) in too_large {
        assert!(Pattern::new(&source).is_err(), "{clause}");
    }
    let nested = format!("{}a{}", "(".repeat(50), ")".repeat(50));
    assert!(is_match(&nested, "a"), "fifty levels are fine");
    assert!(is_match("a{40000}", "a".repeat(40_000)), "forty thousand times are fine");
    assert!(is_match("(?=a)a{40000}", "a".repeat(40_000)), "also when backtracking");
}

/// Pattern, text, groups; `-` took no part.
const CAPTURES: &[(&str, &str, &[&str])] = &[
    (r"(\d+)-(\d+)", "12-34", &["12", "34"]),
    ("(a|ab)(c|bcd)", "abcd", &["a", "bcd"]),
    ("(a)?b", "b", &["-"]),
    ("(a*)(a*)", "aa", &["aa", ""]),
    ("(a*?)(a*)", "aa", &["", "aa"]),
    ("((a)|b){2}", "ab", &["b", "a"]),
    ("(a){0}(b)", "b", &["-", "b"]),
    ("(?=(a))a(?!(b))", "a", &["a", "-"]),
    (r"(?:(a)|(b))+\2", "abb", &["a", "b"]),
    // Longer than 15 bytes, which the original could not take (A9 #19).
    ("api/v2/id-([0-9]+)/category-([a-z]+)", "api/v2/id-28/category-animal", &["28", "animal"]),
];

#[test]
fn groups_of_whole_texts() {
    for (source, text, groups) in CAPTURES {
        let expected = Some(groups.iter().map(|group| (*group).to_owned()).collect());
        assert_eq!(captures(source, text), expected, "{source} on {text}");
    }
    assert_eq!(captures("(a)", "b"), None);
    let many = "(a)".repeat(40);
    assert_eq!(captures(&many, &"a".repeat(40)).map(|groups| groups.len()), Some(40));
    assert_eq!(pattern("(a)(?:b)((?=c))").groups(), 2);
    assert_eq!(pattern("(a)").as_str(), "(a)");
}

/// Clause, text, pattern, format, result.
const REPLACEMENTS: &[(&str, &str, &str, &str, &str)] = &[
    ("leftmost, first alternative wins", "abab", "a|ab", "-", "-b-b"),
    ("all occurrences", "a-b-c", "-", "+", "a+b+c"),
    ("no match: unchanged", "abc", "x", "-", "abc"),
    ("$$", "abc", "b", "$$", "a$c"),
    ("$$ hides what follows", "abc", "b", "$$1", "a$1c"),
    ("$&", "abc", "b", "[$&]", "a[b]c"),
    ("$0", "abc", "b", "[$0]", "a[b]c"),
    ("$00", "abc", "b", "[$00]", "a[b]c"),
    ("$` is what lies before, up to the match before", "abcde", "b|d", "[$`]", "a[a]c[c]e"),
    ("$' is all that follows", "abcde", "b|d", "[$']", "a[cde]c[e]e"),
    ("$n", "12-34", r"(\d+)-(\d+)", "$2-$1", "34-12"),
    ("$nn", "a", "(a)", "$01", "a"),
    ("two digits are taken whenever two follow", "a", "(a)", "[$12]", "[]"),
    ("two digits and no more", "a", "(a)", "[$012]", "[a2]"),
    ("a missing group is empty", "a", "(a)", "[$2]", "[]"),
    ("a group that took no part is empty", "ab", "(a)|(b)", "[$1|$2]", "[a|][|b]"),
    ("$ before anything else", "b", "b", "$x ${1} $", "$x ${1} $"),
    (r"no \1", "b", "(b)", r"\1\n", r"\1\n"),
    ("zero-width matches", "abc", "", "-", "-a-b-c-"),
    ("zero-width: the empty text", "", "x*", "-", "-"),
    ("zero-width: behind a match as well", "baac", "a*", "-", "-b--c-"),
    ("zero-width: the longer match comes next", "aa", "|a", "-", "-----"),
    ("zero-width: lazy ones", "aa", "a*?", "-", "-----"),
    ("zero-width: with groups", "ab", "()", "$1-", "-a-b-"),
    ("^ and $ only at the ends", "aaa", "^a|a$", "-", "-a-"),
    (r"\b sees what was matched before", "ab cd", r"\b", "|", "|ab| |cd|"),
    (r"\B sees what was matched before", "aab", r"\Ba", "-", "a-b"),
    ("look-ahead", "abab", "a(?=b)", "-", "-b-b"),
    ("look-ahead with a group", "abab", "(?=(b))", "$1", "abbabb"),
    ("back-reference", "aabbc", r"(\w)\1", "<$1>", "<a><b>c"),
    (
        "the load-test provision",
        "/load-test/v1/id-21",
        "(/load-test/v1/id-)([0-9]{2})",
        r#"[{"favouriteNumber":$2}]"#,
        r#"[{"favouriteNumber":21}]"#,
    ),
    (
        "an IPv4 address of a telephone number",
        "69000123456789",
        "[0-9]+([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})",
        "$1.$2.$3.$4",
        "23.45.67.89",
    ),
    (
        "trimming a URI",
        "ctrl/v2/id-555112233/ts-1615562841",
        "(ctrl/v2/id-[0-9]+/)(ts-[0-9]+)",
        "$1",
        "ctrl/v2/id-555112233/",
    ),
];

#[test]
fn replacements() {
    for (clause, text, source, format, expected) in REPLACEMENTS {
        assert_eq!(replace(text, source, format), *expected, "{clause}: {source} by {format}");
    }
    let many = replace("abcdefghijkl", &"(.)".repeat(12), "$12$10$1");
    assert_eq!(many, "lja", "groups beyond the ninth");
    let mut out = Vec::new();
    pattern(".").replace_all(b"\xff\n", &Format::new("<$&>"), usize::MAX, &mut out);
    assert_eq!(out, b"<\xff>\n", "bytes that are not UTF-8 stay");
}

#[test]
fn long_and_nested_inputs_end_soon() {
    // A9 #23: the original overflows its stack on the first and holds a worker on the others.
    let started = std::time::Instant::now();
    assert!(is_match("(a|b)*", "ab".repeat(10_000)));
    assert_eq!(captures("(a|b)*", &"ab".repeat(10_000)).unwrap(), ["b"]);
    assert!(!is_match("(a*)*b", "a".repeat(20_000)));
    assert!(!is_match("(a|a?)+b", "a".repeat(20_000)));
    assert_eq!(replace(&"a".repeat(5_000), "(a*)*b", "-"), "a".repeat(5_000));
    assert!(is_match("(?=a)(a|b)*", "ab".repeat(10_000)), "backtracking, but straight on");
    // Beyond the limit: no match, and nothing is replaced.
    assert!(!is_match(r"(a*)*\1b", "a".repeat(26)));
    assert!(!is_match("(?=a)(?:a*)*b", "a".repeat(20_000)));
    assert_eq!(replace("aaab-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(?=a)(a|a)*b", "x").len(), 37);
    assert!(started.elapsed().as_secs() < 20, "{:?} without optimisation", started.elapsed());
}

#[test]
fn literals_of_a_pattern() {
    let only =
        |source: &str| pattern(source).is_literal().map(|text| text.escape_ascii().to_string());
    assert_eq!(only(r"initial#GET#/a\.b\?c=1").as_deref(), Some("initial#GET#/a.b?c=1"));
    assert_eq!(only("^(ab)(?:c){2}$").as_deref(), Some("abcc"));
    assert_eq!(only("").as_deref(), Some(""));
    assert_eq!(only("^").as_deref(), Some(""));
    for source in ["a?", "[a]b*", "a|b", r"a\b", "a^b", "(?=a)a", r"(a)\1", "a.", "a{1,2}"] {
        assert_eq!(only(source), None, "{source}");
    }
    let required = |source: &str| -> Vec<String> {
        let literals = pattern(source).literals();
        literals.into_iter().map(|text| String::from_utf8(text).unwrap()).collect()
    };
    assert_eq!(required(r"initial#GET#/id-[0-9]+/x\?"), ["initial#GET#/id-", "/x?"]);
    assert_eq!(required("a(b)c(d|e)f?gh"), ["abc", "gh"]);
    assert_eq!(required("foo(bar)+baz"), ["foobar", "barbaz"]);
    assert_eq!(required(r"x(\ba)+y"), ["xa", "y"], "two rounds may lie between");
    assert_eq!(required("a(b.c)+d"), ["ab", "cd"]);
    assert_eq!(required("a{3}b{2,}c*"), ["aaab", "b"]);
    assert_eq!(required(r"(ab)\1c"), ["ab", "c"]);
    assert_eq!(required("a(?=x)b^c"), ["abc"]);
    assert_eq!(required("a|b"), [""; 0]);
}

#[test]
fn clones_and_threads_share_a_pattern() {
    fn is_shareable<T: Send + Sync + Clone + std::fmt::Debug>(_: &T) {}
    let original = pattern("(a|b)+");
    is_shareable(&original);
    assert!(original.is_full_match(b"ab"));
    let copy = original.clone();
    drop(original);
    assert!(copy.is_full_match(b"ba"));
    assert_eq!(format!("{copy:?}"), r#"Pattern("(a|b)+")"#);
    assert!(size_of::<Pattern>() <= 96, "{} bytes each", size_of::<Pattern>());
}
