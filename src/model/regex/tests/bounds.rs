//! What a replacement may cost: A9 #23, and the memory of its result.

use super::*;
use std::time::{Duration, Instant};

/// Generous for a machine that does other things as well and code that is not optimised.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn results_are_bounded() {
    let text = "a".repeat(1000);
    for (format, expected_bytes) in
        [("$'", 499_500), ("$&$&", 2000), ("$`", 0), ("$1$1$1", 3000), ("<>", 2000), ("", 0)]
    {
        let (pattern, format) = (pattern("(a)"), Format::new(format));
        let mut out = b"before".to_vec();
        assert!(pattern.replace_all(text.as_bytes(), &format, expected_bytes, &mut out));
        assert_eq!(out.len(), 6 + expected_bytes, "{format:?}");
        if expected_bytes > 0 {
            let mut out = b"before".to_vec();
            assert!(!pattern.replace_all(text.as_bytes(), &format, expected_bytes - 1, &mut out));
            assert_eq!(out, format!("before{text}").as_bytes(), "{format:?}: unchanged");
        }
    }
    let mut out = Vec::new();
    let is_short = pattern("x").replace_all(text.as_bytes(), &Format::new(""), 999, &mut out);
    assert_eq!((is_short, out.len()), (false, 1000), "without a match as well");
}

#[test]
fn gigabytes_are_never_made() {
    let text = "a".repeat(1 << 20);
    let started = Instant::now();
    for format in ["$'", "$&$'", &"$&".repeat(10_000)] {
        let mut out = Vec::new();
        let format = Format::new(format);
        assert!(!pattern("a").replace_all(text.as_bytes(), &format, 1 << 24, &mut out));
        assert!(out.capacity() <= 1 << 25);
    }
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[test]
fn short_matches_before_far_ends_stop() {
    // Each `a` may begin a match that ends at a `b` which never comes: linear for one, quadratic for all of them.
    let text = "a".repeat(200_000);
    let started = Instant::now();
    for source in ["a.*b|a", "(a|a?)+b|a"] {
        assert_eq!(replace(&text, source, "-"), text, "{source}: nothing is replaced");
    }
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[test]
fn many_matches_in_long_texts_are_all_replaced() {
    let text = "1,".repeat(60_000);
    for (source, expected) in
        [("[0-9]+", "x,"), ("[0-9]+,?", "x"), ("(?:1|2)", "x,"), (",.?", "1x"), ("1,(?=1|$)", "x")]
    {
        let replaced = replace(&text, source, "x");
        let expected = match source {
            ",.?" => format!("1{}", "x".repeat(60_000)),
            _ => expected.repeat(60_000),
        };
        assert!(replaced == expected, "{source}: {} bytes", replaced.len());
    }
}

#[test]
fn the_longest_match() {
    for (source, expected) in [
        ("", 0),
        ("abc", 3),
        ("^a|bc$", 2),
        ("(a[0-9]){2,5}", 10),
        ("a?b{3}", 4),
        ("(?=abc)a", 1),
        (r"\b(\b)*", 0),
        ("a*", u32::MAX),
        ("ab(c+|d)", u32::MAX),
        (r"(a)\1", u32::MAX),
        ("(?:a{40000}){0,1}", 40_000),
    ] {
        assert_eq!(pattern(source).reach, expected, "{source}");
    }
}
