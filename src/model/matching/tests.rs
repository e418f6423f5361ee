//! Rows of the specification's sections A1.4 and B2 about matching documents.

use super::*;
use serde_json::json;

fn error(document: &Value) -> MatchingError {
    Config::parse(document).expect_err(&document.to_string())
}

/// A row of the specification, a document, and what it sets.
type Row = (&'static str, Value, Algorithm, QueryFilter);

fn assert_taken(rows: &[Row]) {
    use Algorithm::FullMatchingRegexReplace;
    for (row, document, algorithm, filter) in rows {
        let config = Config::parse(document).expect(row);
        assert_eq!((config.algorithm, config.query_filter), (*algorithm, *filter), "{row}");
        assert_eq!(config.replace.is_some(), *algorithm == FullMatchingRegexReplace, "{row}");
        assert_eq!(*config.document, *json::to_compact(document), "shown as posted: {row}");
    }
}

#[test]
fn documents_that_are_taken() {
    use {Algorithm::*, QueryFilter::*};
    assert_taken(&[
        ("algorithm alone", json!({"algorithm": "FullMatching"}), FullMatching, SortAmpersand),
        (
            "algorithm alone",
            json!({"algorithm": "PriorityMatchingRegex"}),
            PriorityMatchingRegex,
            SortAmpersand,
        ),
        (
            "empty strings are fine",
            json!({"algorithm": "FullMatchingRegexReplace", "rgx": "", "fmt": ""}),
            FullMatchingRegexReplace,
            SortAmpersand,
        ),
        (
            "SortAmpersand",
            json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": "SortAmpersand"}),
            FullMatching,
            SortAmpersand,
        ),
        (
            "SortSemicolon",
            json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": "SortSemicolon"}),
            FullMatching,
            SortSemicolon,
        ),
        (
            "PassBy",
            json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": "PassBy"}),
            FullMatching,
            PassBy,
        ),
        (
            "Ignore",
            json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": "Ignore"}),
            FullMatching,
            Ignore,
        ),
    ]);
}

#[test]
fn documents_with_the_names_of_newer_clients() {
    use {Algorithm::*, QueryFilter::*};
    assert_taken(&[
        (
            "alias RegexMatching",
            json!({"algorithm": "RegexMatching"}),
            PriorityMatchingRegex,
            SortAmpersand,
        ),
        (
            "alias filter Sort",
            json!({"algorithm": "FullMatching", "uriPathQueryParameters": {"filter": "Sort"}}),
            FullMatching,
            SortAmpersand,
        ),
        (
            "alias filter Sort, separator Semicolon",
            json!({"algorithm": "FullMatching",
                "uriPathQueryParameters": {"filter": "Sort", "separator": "Semicolon"}}),
            FullMatching,
            SortSemicolon,
        ),
        (
            "alias filter PassBy",
            json!({"algorithm": "FullMatching",
                "uriPathQueryParameters": {"filter": "PassBy", "separator": "Ampersand"}}),
            FullMatching,
            PassBy,
        ),
        (
            "alias filter Ignore",
            json!({"algorithm": "FullMatching", "uriPathQueryParameters": {"filter": "Ignore"}}),
            FullMatching,
            Ignore,
        ),
    ]);
}

#[test]
fn documents_that_do_not_fit_the_schema() {
    for (document, pointer) in [
        (json!({}), ""),
        (json!([]), ""),
        (json!(null), ""),
        (json!({"algorithm": "fullmatching"}), "/algorithm"),
        (json!({"algorithm": 1}), "/algorithm"),
        (json!({"algorithm": "FullMatching", "unknown": 1}), ""),
        (json!({"algorithm": "FullMatchingRegexReplace", "rgx": 1, "fmt": ""}), "/rgx"),
        (json!({"algorithm": "FullMatchingRegexReplace", "rgx": "", "fmt": null}), "/fmt"),
        (
            json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": "Sort"}),
            "/uriPathQueryParametersFilter",
        ),
        (
            json!({"algorithm": "FullMatching", "uriPathQueryParameters": {"separator": "Ampersand"}}),
            "/uriPathQueryParameters",
        ),
        (
            json!({"algorithm": "FullMatching", "uriPathQueryParameters": {"filter": "SortAmpersand"}}),
            "/uriPathQueryParameters/filter",
        ),
        (
            json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": "Ignore",
                "uriPathQueryParameters": {"filter": "Ignore"}}),
            "/uriPathQueryParameters",
        ),
    ] {
        match error(&document) {
            MatchingError::Schema { pointer: at, reason } => {
                assert_eq!(at, pointer, "{document}");
                assert!(!reason.is_empty());
            }
            data => panic!("{document}: {data}"),
        }
    }
}

/// A1.4, "server-matching semantic rules".
#[test]
fn documents_whose_members_do_not_fit_each_other() {
    for (rule, document, pointer) in [
        ("FullMatching must not have rgx", json!({"algorithm": "FullMatching", "rgx": ""}), "/rgx"),
        ("FullMatching must not have fmt", json!({"algorithm": "FullMatching", "fmt": ""}), "/fmt"),
        (
            "PriorityMatchingRegex must not have rgx",
            json!({"algorithm": "PriorityMatchingRegex", "rgx": "a", "fmt": "b"}),
            "/rgx",
        ),
        (
            "PriorityMatchingRegex must not have fmt",
            json!({"algorithm": "PriorityMatchingRegex", "fmt": "b"}),
            "/fmt",
        ),
        (
            "PriorityMatchingRegex by its other name must not have fmt",
            json!({"algorithm": "RegexMatching", "fmt": "b"}),
            "/fmt",
        ),
        (
            "FullMatchingRegexReplace must have both",
            json!({"algorithm": "FullMatchingRegexReplace"}),
            "",
        ),
        (
            "FullMatchingRegexReplace must have both",
            json!({"algorithm": "FullMatchingRegexReplace", "rgx": "a"}),
            "",
        ),
        (
            "FullMatchingRegexReplace must have both",
            json!({"algorithm": "FullMatchingRegexReplace", "fmt": "a"}),
            "",
        ),
        (
            "rgx that does not compile is an error",
            json!({"algorithm": "FullMatchingRegexReplace", "rgx": "(", "fmt": ""}),
            "/rgx",
        ),
    ] {
        match error(&document) {
            MatchingError::Data { pointer: at, reason } => {
                assert_eq!(at, pointer, "{rule}");
                assert!(!reason.is_empty());
            }
            schema => panic!("{rule}: {schema}"),
        }
    }
    let missing = error(&json!({"algorithm": "FullMatchingRegexReplace", "rgx": "a"}));
    assert_eq!(missing.to_string(), "#: FullMatchingRegexReplace needs a member fmt");
}

/// A1.5: "Initially `{"algorithm":"FullMatching"}`".
#[test]
fn what_a_server_begins_with() {
    let config = Config::default();
    assert_eq!(&*config.document, br#"{"algorithm":"FullMatching"}"#);
    let parsed = Config::parse(&json::parse(&config.document).unwrap()).unwrap();
    assert_eq!((parsed.algorithm, parsed.query_filter), (config.algorithm, config.query_filter));
    assert!(config.replace.is_none());
}
