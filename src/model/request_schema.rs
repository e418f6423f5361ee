//! The schema that requests of the traffic interface must fit, when there is one.

use crate::json;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

/// A JSON schema (draft 7), compiled. Another `$schema` and unknown keywords are ignored.
pub struct RequestSchema {
    validator: Validator,
    document: Box<[u8]>,
}

/// Why a document is no usable schema; displayed with the JSON pointer to the part that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("#{pointer}: {reason}")]
pub struct RequestSchemaError {
    /// JSON pointer (RFC 6901) into the schema.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

impl RequestSchema {
    /// Compiles a schema. References to other documents are errors: nothing is fetched.
    pub fn compile(document: &Value) -> Result<RequestSchema, RequestSchemaError> {
        if !document.is_object() && !document.is_boolean() {
            let reason = "a schema is an object or a boolean".to_owned();
            return Err(RequestSchemaError { pointer: String::new(), reason });
        }
        jsonschema::draft7::meta::validate(document).map_err(|error| RequestSchemaError {
            pointer: error.instance_path().to_string(),
            reason: error.masked().to_string(),
        })?;
        let validator = jsonschema::draft7::options()
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .build(document)
            .map_err(|error| RequestSchemaError {
                pointer: error.instance_path().to_string(),
                reason: error.to_string(),
            })?;
        let document = json::to_compact(document).into_boxed_slice();
        Ok(RequestSchema { validator, document })
    }

    /// Is `body` JSON that fits? An empty body is no JSON and fits no schema, not even `true`.
    pub fn accepts(&self, body: &[u8]) -> bool {
        json::parse(body).is_ok_and(|document| self.validator.is_valid(&document))
    }

    /// The schema as posted: compact JSON with sorted keys.
    pub fn document(&self) -> &[u8] {
        &self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests() {
        let schema =
            json!({"type": "object", "required": ["id"], "properties": {"id": {"const": 7}}});
        let schema = RequestSchema::compile(&schema).unwrap();
        assert!(schema.accepts(br#"{"id":7,"more":1}"#));
        for refused in [&br#"{"id":8}"#[..], b"{}", b"7", b"", b"{\"id\":7", b"\xff"] {
            assert!(!schema.accepts(refused), "{}", refused.escape_ascii());
        }
    }

    #[test]
    fn a_schema_that_allows_everything_still_wants_json() {
        for everything in [json!({}), json!(true)] {
            let schema = RequestSchema::compile(&everything).unwrap();
            assert!(schema.accepts(b"[1]"));
            assert!(!schema.accepts(b""), "the empty body of any GET");
            assert!(!schema.accepts(b"text"));
        }
        let nothing = RequestSchema::compile(&json!(false)).unwrap();
        assert!(!nothing.accepts(b"{}"));
    }

    #[test]
    fn what_cannot_be_loaded() {
        for (schema, pointer) in [
            (json!([]), ""),
            (json!("x"), ""),
            (json!(null), ""),
            (json!({"required": "x"}), "/required"),
            (json!({"minimum": "x"}), "/minimum"),
            (json!({"type": "foo"}), "/type"),
            (json!({"pattern": "("}), ""),
            (json!({"$ref": "#/nowhere"}), ""),
            (json!({"$ref": "http://localhost/schema.json"}), ""),
        ] {
            let error = RequestSchema::compile(&schema).err().unwrap_or_else(|| panic!("{schema}"));
            assert!(error.pointer.starts_with(pointer), "{schema}: {error}");
        }
    }

    #[test]
    fn unknown_keywords_and_dialects_are_ignored() {
        let schema = json!({"$schema": "http://example.org/other", "unheard": 1, "type": "array"});
        assert!(RequestSchema::compile(&schema).unwrap().accepts(b"[]"));
    }

    #[test]
    fn the_document_is_as_posted() {
        let schema = RequestSchema::compile(&json!({"type": "object", "b": 1, "a": 2})).unwrap();
        assert_eq!(schema.document(), br#"{"a":2,"b":1,"type":"object"}"#);
    }
}
