//! Rows of the specification's sections A2.3, A1.4 and A1.5 that are about algorithms.

use super::*;

const FULL: &str = r#"{"algorithm":"FullMatching"}"#;
const PRIORITY: &str = r#"{"algorithm":"PriorityMatchingRegex"}"#;
const TRIM: &str = r#"{"algorithm":"FullMatchingRegexReplace",
    "rgx":"(/ctrl/v2/id-[0-9]+/)(ts-[0-9]+)","fmt":"$1"}"#;
const DIGITS: &str = r#"{"algorithm":"FullMatchingRegexReplace","rgx":"[0-9]","fmt":"n"}"#;
const EMPTY: &str = r#"{"algorithm":"FullMatchingRegexReplace","rgx":"","fmt":""}"#;

fn switch(registry: &mut Registry<u32>, document: &str) {
    registry.set_matching(config(&serde_json::from_str(document).unwrap()));
}

/// A registry with GET provisions of these states and URIs, answered with their positions.
fn filled(document: &str, provisions: &[(&str, &str)]) -> Registry<u32> {
    let mut registry = Registry::default();
    switch(&mut registry, document);
    for (i, (state, uri)) in provisions.iter().enumerate() {
        registry.insert(provision(Method::GET, uri, state), i as u32).unwrap();
    }
    registry
}

/// Row, provisions (state and URI), state and URI of a request, position of the provision that answers.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str, Option<u32>);

fn check(document: &str, rows: &[Row<'_>]) {
    for (row, provisions, state, uri, expected) in rows {
        let rules = filled(document, provisions).snapshot();
        assert_eq!(answer(&rules, Method::GET, uri, state), *expected, "{row}: {uri}");
        assert_eq!(answer(&rules, Method::PUT, uri, state), None, "{row}: the method counts");
    }
}

#[test]
fn rows_of_full_matching() {
    check(
        FULL,
        &[
            ("exact lookup", &[("", "/a?b=1")], "initial", "/a?b=1", Some(0)),
            ("exact lookup", &[("", "/a.*")], "initial", "/ab", None),
            ("key has the inState", &[("s", "/a"), ("", "/a")], "initial", "/a", Some(1)),
            ("key has the inState", &[("s", "/a"), ("", "/a")], "s", "/a", Some(0)),
            ("state \"\" is initial (A9 5)", &[("", "/a")], "", "/a", Some(0)),
            ("inState \"\" is initial (A9 5)", &[("", "/a")], "initial", "/a", Some(0)),
            ("default provision", &[("", "")], "", "/a", Some(0)),
            ("default provision follows the state", &[("", ""), ("s", "")], "s", "/a", Some(1)),
            ("nothing -> 501", &[("", "/b")], "", "/a", None),
        ],
    );
}

#[test]
fn rows_of_full_matching_regex_replace() {
    check(
        TRIM,
        &[
            (
                "the result is looked up",
                &[("", "/ctrl/v2/id-1/")],
                "",
                "/ctrl/v2/id-1/ts-2",
                Some(0),
            ),
            (
                "text that does not match is kept",
                &[("", "/x/ctrl/v2/id-1/?y")],
                "",
                "/x/ctrl/v2/id-1/ts-2?y",
                Some(0),
            ),
            ("no match -> unchanged URI", &[("", "/other")], "", "/other", Some(0)),
            ("state counts", &[("s", "/ctrl/v2/id-1/")], "", "/ctrl/v2/id-1/ts-2", None),
            ("default provision", &[("", "")], "", "/a", Some(0)),
            ("nothing -> 501", &[("", "/b")], "", "/a", None),
        ],
    );
    check(
        DIGITS,
        &[("path and query, all occurrences", &[("", "/n?an=n")], "", "/1?a2=3", Some(0))],
    );
    check(EMPTY, &[("empty rgx and fmt like FullMatching", &[("", "/a?b")], "", "/a?b", Some(0))]);
}

#[test]
fn rows_of_priority_matching_regex() {
    let readme: &[(&str, &str)] = &[
        ("", "/ctrl/v2/id-55500[0-9]{4}/ts-[0-9]{10}"),
        ("", "/ctrl/v2/id-5551122[0-9]{2}/ts-[0-9]{10}"),
        ("", "/ctrl/v2/id-555112244/ts-[0-9]{10}"),
    ];
    check(
        PRIORITY,
        &[
            ("insertion order", readme, "", "/ctrl/v2/id-555112244/ts-1615562841", Some(1)),
            ("whole text", &[("", "/a")], "", "/ab", None),
            ("whole text", &[("", "b")], "", "/ab", None),
            ("escaped query mark", &[("", "/a\\?b=.*")], "", "/a?b=1", Some(0)),
            ("query mark as quantifier", &[("", "/a?b=.*")], "", "/b=1", Some(0)),
            ("inState is part of the regex", &[(".*", "/a")], "any#thing", "/a", Some(0)),
            ("inState is part of the regex", &[("x|s", "/a")], "s", "/a", Some(0)),
            ("alternatives in the inState reach over all", &[("x|s", "/a")], "x", "/a", None),
            ("state \"\" is initial (A9 5)", &[("", "/a"), (".*", "/b")], "", "/a", Some(0)),
            ("state \"\" is initial (A9 5)", &[("initia.", "/b")], "", "/b", Some(0)),
            ("default provision", &[("", ""), ("", "/b")], "", "/a", Some(0)),
            ("default provision is looked up exactly", &[(".*", "")], "", "/a", None),
            ("default provision follows the state", &[("", ""), ("s", "")], "s", "/a", Some(1)),
            ("default provision comes last", &[("", ""), ("", "/.*")], "", "/a", Some(1)),
            ("key of a default provision is a pattern too", &[("s.*", "")], "sx", "", Some(0)),
            ("nothing -> 501", &[("", "/b")], "", "/a", None),
        ],
    );
}

/// A2.3: "Overwriting a key keeps its original priority position, with new content"; A9 8: listed once.
#[test]
fn overwriting_keeps_the_priority() {
    let mut registry = filled(PRIORITY, &[("", "/a.*"), ("", "/ab")]);
    let before = registry.snapshot();
    registry.insert(provision(Method::GET, "/a.*", "initial"), 7).unwrap();
    let after = registry.snapshot();
    assert_eq!(answer(&before, Method::GET, "/ab", ""), Some(0));
    assert_eq!(answer(&after, Method::GET, "/ab", ""), Some(7));
    let listed: Vec<u32> = registry.rules().iter().map(|rule| *rule.answer()).collect();
    assert_eq!(listed, [7, 1]);
}

/// A9 9: a provision loaded under another algorithm matches after switching; the exact map is always filled.
#[test]
fn switching_the_algorithm_keeps_every_rule_matchable() {
    let mut registry = filled(FULL, &[("", "/a[0-9]"), ("", "/b(")]);
    assert_eq!(answer(&registry.snapshot(), Method::GET, "/a1", ""), None);
    assert_eq!(answer(&registry.snapshot(), Method::GET, "/b(", ""), Some(1));
    switch(&mut registry, PRIORITY);
    registry.insert(provision(Method::GET, "/.*", ""), 2).unwrap();
    let priority = registry.snapshot();
    assert_eq!(answer(&priority, Method::GET, "/a1", ""), Some(0));
    assert_eq!(
        answer(&priority, Method::GET, "/b(", ""),
        Some(2),
        "what is no pattern never matches"
    );
    switch(&mut registry, PRIORITY);
    assert_eq!(answer(&registry.snapshot(), Method::GET, "/a1", ""), Some(0), "posted again");
    switch(&mut registry, FULL);
    assert_eq!(answer(&registry.snapshot(), Method::GET, "/a1", ""), None);
    assert_eq!(answer(&registry.snapshot(), Method::GET, "/a[0-9]", ""), Some(0));
    assert_eq!(answer(&priority, Method::GET, "/a1", ""), Some(0), "snapshots never change");
}

/// A1.4: "with PriorityMatchingRegex currently configured, the text inState#METHOD#requestUri must compile".
#[test]
fn keys_must_be_patterns_only_while_they_are_used_as_patterns() {
    let mut registry = filled(PRIORITY, &[("", "/a")]);
    for (state, uri) in [("", "/("), ("(", "/a"), ("", "/[b-a]"), ("", "/a{2,1}")] {
        assert!(registry.insert(provision(Method::GET, uri, state), 1).is_err(), "{state} {uri}");
    }
    registry.insert(provision(Method::GET, "/a)", "("), 2).expect("only the whole key counts");
    assert_eq!(registry.len(), 2);
    assert_eq!(answer(&registry.snapshot(), Method::GET, "/(", ""), None);
    let mut other = filled(FULL, &[("", "/(")]);
    switch(&mut other, PRIORITY);
    assert!(
        other.insert(provision(Method::GET, "/(", ""), 1).is_err(),
        "also when it replaces one"
    );
    assert_eq!(*other.rules()[0].answer(), 0);
}

/// Names of methods may have marks that mean something in a pattern.
#[test]
fn a_method_stands_for_itself() {
    let (dotted, plain) = (Method::register("A.B*").unwrap(), Method::register("AXB").unwrap());
    let mut registry = Registry::default();
    switch(&mut registry, PRIORITY);
    registry.insert(provision(dotted, "/a+", ""), 1).unwrap();
    let rules = registry.snapshot();
    assert_eq!(answer(&rules, dotted, "/aa", ""), Some(1));
    assert_eq!(answer(&rules, plain, "/aa", ""), None);
}

#[test]
fn clearing_empties_the_patterns_too() {
    let mut registry = filled(PRIORITY, &[("", "/a.*")]);
    registry.clear();
    registry.insert(provision(Method::GET, "/b", ""), 9).unwrap();
    let rules = registry.snapshot();
    assert_eq!(answer(&rules, Method::GET, "/ab", ""), None);
    assert_eq!(answer(&rules, Method::GET, "/b", ""), Some(9));
}

/// What is posted after a snapshot was taken, and before the next one, belongs to the next one.
#[test]
fn patterns_wait_for_the_next_snapshot() {
    let mut registry = filled(PRIORITY, &[("", "/a.*")]);
    let before = registry.snapshot();
    for n in 0..100 {
        registry.insert(provision(Method::GET, &format!("/b{n}-.*"), ""), n).unwrap();
    }
    assert_eq!(answer(&before, Method::GET, "/b7-x", ""), None);
    assert_eq!(answer(&registry.snapshot(), Method::GET, "/b7-x", ""), Some(7));
}
