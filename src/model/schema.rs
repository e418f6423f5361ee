//! The schemas of posted documents.

use crate::json;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The schema of a provision, compact and with sorted keys, as `server-provision/schema` shows it.
pub fn provision_text() -> &'static [u8] {
    &PROVISION.text
}

/// A document that does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// JSON pointer (RFC 6901) to the part that does not fit; empty for the document itself.
    pub pointer: String,
    /// What is wrong there; values are not repeated, since they may be long.
    pub reason: String,
}

/// Does `document` fit the schema of a provision?
pub fn validate_provision(document: &Value) -> Result<(), Mismatch> {
    PROVISION_ACCEPTED.validate(document)
}

/// The schema of a matching document, compact and with sorted keys, as `server-matching/schema` shows it.
pub fn matching_text() -> &'static [u8] {
    &MATCHING.text
}

/// Does `document` fit the schema of a matching document, or the names that newer clients use?
pub fn validate_matching(document: &Value) -> Result<(), Mismatch> {
    MATCHING.validate(document)
}

static PROVISION: LazyLock<Schema> =
    LazyLock::new(|| Schema::embedded(include_bytes!("schema/provision.json"), |_| {}));

/// Wider than the published one, which clients compare with what they know: with what newer clients write, and what we
/// take beyond it.
static PROVISION_ACCEPTED: LazyLock<Schema> =
    LazyLock::new(|| Schema::embedded(include_bytes!("schema/provision_accepted.json"), |_| {}));

static MATCHING: LazyLock<Schema> = LazyLock::new(|| {
    Schema::embedded(include_bytes!("schema/matching.json"), add_matching_aliases)
});

/// Clients compare the published schema with the one they know, so it stays; documents are checked against a wider one,
/// which is made of it so that whatever fits the published schema is accepted.
fn add_matching_aliases(schema: &mut Value) {
    let properties = &mut schema["properties"];
    if let Some(algorithms) = properties["algorithm"]["enum"].as_array_mut() {
        algorithms.push("RegexMatching".into());
    }
    properties["uriPathQueryParameters"] = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "filter": {"type": "string", "enum": ["Sort", "PassBy", "Ignore"]},
            "separator": {"type": "string", "enum": ["Ampersand", "Semicolon"]},
        },
        "required": ["filter"],
    });
}

struct Schema {
    text: Vec<u8>,
    validator: Validator,
}

impl Schema {
    /// Compiles a schema that is part of this program. What `widen` adds is accepted, but not part of the text.
    fn embedded(text: &[u8], widen: fn(&mut Value)) -> Schema {
        let compiled = json::parse(text).map_err(|e| e.to_string()).and_then(|mut schema| {
            let text = json::to_compact(&schema);
            widen(&mut schema);
            let patterns = PatternOptions::regex();
            let validator = jsonschema::draft7::options()
                .with_pattern_options(patterns)
                .build(&schema)
                .map_err(|e| e.to_string())?;
            Ok(Schema { text, validator })
        });
        match compiled {
            Ok(schema) => schema,
            // The text is compiled in and every test run compiles it.
            Err(reason) => unreachable!("embedded schema: {reason}"),
        }
    }

    fn validate(&self, document: &Value) -> Result<(), Mismatch> {
        // Saying why is several times slower than saying whether, and nearly all documents fit.
        if self.validator.is_valid(document) {
            return Ok(());
        }
        match self.validator.validate(document) {
            Ok(()) => Ok(()),
            Err(error) => {
                Err(Mismatch { pointer: error.instance_path().to_string(), reason: reason(&error) })
            }
        }
    }
}

/// Patterns up to this length are shown; those of sources and targets are longer than anybody wants to read.
const PATTERN_BYTES_SHOWN_MAX: usize = 100;

fn reason(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Pattern { pattern } if pattern.len() > PATTERN_BYTES_SHOWN_MAX => {
            "no name that is known here, or one without what must follow it".to_owned()
        }
        _ => error.masked().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_patterns_are_not_shown() {
        for (member, value) in
            [("source", "request.uris"), ("source", "var."), ("target", "value.1")]
        {
            let mut item = json!({"source": "value.1", "target": "var.x"});
            item[member] = value.into();
            let document =
                json!({"requestMethod": "GET", "responseCode": 200, "transform": [item]});
            let mismatch = validate_provision(&document).unwrap_err();
            assert_eq!(mismatch.pointer, format!("/transform/0/{member}"));
            assert!(mismatch.reason.starts_with("no name that is known here"), "{mismatch:?}");
        }
    }

    #[test]
    fn the_text_is_the_published_schema() {
        let schema = json::parse(provision_text()).unwrap();
        assert_eq!(schema["required"], json!(["requestMethod", "responseCode"]));
        assert_eq!(schema["properties"].as_object().unwrap().len(), 9);
        assert_eq!(schema["definitions"]["filter"]["oneOf"].as_array().unwrap().len(), 9);
        assert_eq!(json::to_compact(&schema), provision_text());
    }

    /// A1.5: `server-matching/schema` is compact, keys sorted; other names are accepted and not shown.
    #[test]
    fn the_published_schema_of_matching_stays() {
        let text = concat!(
            r#"{"$schema":"http://json-schema.org/draft-07/schema#","additionalProperties":false,"properties":{"#,
            r#""algorithm":{"enum":["FullMatching","FullMatchingRegexReplace","PriorityMatchingRegex"],"#,
            r#""type":"string"},"fmt":{"type":"string"},"rgx":{"type":"string"},"uriPathQueryParametersFilter":"#,
            r#"{"enum":["SortAmpersand","SortSemicolon","PassBy","Ignore"],"type":"string"}},"#,
            r#""required":["algorithm"],"type":"object"}"#,
        );
        assert_eq!(std::str::from_utf8(matching_text()), Ok(text));
        assert_eq!(validate_matching(&json!({"algorithm": "RegexMatching"})), Ok(()));
        assert!(validate_matching(&json!({"algorithm": "Matching"})).is_err());
    }

    #[test]
    fn documents() {
        let least = json!({"requestMethod": "GET", "responseCode": 200});
        assert_eq!(validate_provision(&least), Ok(()));
        for (member, value) in [
            ("requestMethod", json!("GE T")),
            ("responseCode", json!("200")),
            ("responseCode", json!(1.5)),
            ("responseHeaders", json!({"a": 1})),
            ("responseDelayMs", json!("1")),
            ("inState", json!(1)),
            ("unknown", json!(1)),
            ("transform", json!([])),
            ("transform", json!([{"source": "var."}])),
        ] {
            let mut document = least.clone();
            document[member] = value.clone();
            let mismatch = validate_provision(&document).expect_err(member);
            assert!(mismatch.reason.len() < 300, "{mismatch:?}");
            if member != "unknown" {
                assert!(mismatch.pointer.starts_with(&format!("/{member}")), "{mismatch:?}");
            }
        }
        for other in [json!({"requestMethod": "GET"}), json!([]), json!(null)] {
            assert!(validate_provision(&other).is_err(), "{other}");
        }
    }

    #[test]
    fn transformations() {
        let check_item = |item: Value| {
            let document =
                json!({"requestMethod": "GET", "responseCode": 200, "transform": [item]});
            validate_provision(&document).is_ok()
        };
        assert!(check_item(json!({"source": "value.", "target": "var.x"})));
        assert!(check_item(json!({"source": "general.timestamp.|s", "target": "var.x"})));
        assert!(check_item(json!({"source": "general.random.-1.+5", "target": "outState.GET"})));
        assert!(check_item(
            json!({"source": "inState", "target": "var.x", "foo": {"Append": "x"}})
        ));
        assert!(!check_item(json!({"source": "event.", "target": "var.x"})));
        assert!(!check_item(json!({"source": "value.1", "target": "outState.PATCH"})));
        assert!(!check_item(json!({"source": "value.1", "target": "var.x", "filter": {}})));
        assert!(!check_item(
            json!({"source": "inState", "target": "var.x", "filter": {"Sum": 1, "Multiply": 2}})
        ));
    }
}
