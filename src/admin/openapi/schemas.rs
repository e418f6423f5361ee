//! The shapes of documents.

use super::reference;
use crate::log::LogLevel;
use serde_json::{Value, json};
use understudy_model::{json, schema};

/// The names of syslog, most talkative first.
const LOG_LEVELS: [&str; 8] =
    ["Debug", "Informational", "Notice", "Warning", "Error", "Critical", "Alert", "Emergency"];

/// All schemas by name.
pub(super) fn components() -> Value {
    json!({
        "ServerMatching": validation_schema("ServerMatching", schema::matching_text()),
        "ServerProvision": validation_schema("ServerProvision", schema::provision_text()),
        "OperationResult": {
            "type": "object",
            "required": ["result", "response"],
            "properties": {
                "result": { "type": "string", "enum": ["true", "false"] },
                "response": { "type": "string" },
                "detail": {
                    "type": "string",
                    "description": "Why it was refused, when asked for with `explain=true`",
                },
            },
        },
        "Problem": {
            "type": "object",
            "required": ["cause"],
            "properties": { "cause": { "type": "string" } },
        },
        "LogLevel": { "type": "string", "enum": log_levels() },
        "ServerDataKey": {
            "type": "object",
            "required": ["method", "uri"],
            "properties": {
                "method": { "type": "string" },
                "uri": { "type": "string" },
                "requests": {
                    "type": "array",
                    "items": reference("schemas", "ServerDataEvent"),
                    "description": "In the order of reception; absent when all were deleted one by one",
                },
            },
            "example": key_example(),
        },
        "ServerDataEvent": event(),
        "ServerDataSummary": summary(),
    })
}

fn log_levels() -> Vec<&'static str> {
    LOG_LEVELS.into_iter().filter(|name| name.parse::<LogLevel>().is_ok()).collect()
}

/// The schema that posted documents are checked against, as a part of this document: its references are made to
/// begin at the root of this document, and its dialect is that of OpenAPI 3.1, which means the same for all it uses.
fn validation_schema(name: &str, text: &[u8]) -> Value {
    // The text is compiled in and the validator was made from it.
    let mut schema = json::parse(text).unwrap_or_default();
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
    }
    move_references(&mut schema, &format!("#/components/schemas/{name}"));
    schema
}

fn move_references(schema: &mut Value, root: &str) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(target) if name == "$ref" => {
                        if let Some(pointer) = target.strip_prefix('#') {
                            *target = format!("{root}{pointer}");
                        }
                    }
                    value => move_references(value, root),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|each| move_references(each, root)),
        _ => {}
    }
}

fn event() -> Value {
    let integer = json!({ "type": "integer" });
    let text = json!({ "type": "string" });
    let fields = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    json!({
        "type": "object",
        "required": [
            "previousState", "receptionTimestampMs", "responseDelayMs", "responseStatusCode", "serverSequence", "state",
        ],
        "properties": {
            "body": { "description": "The body of the request, if it had one" },
            "headers": fields,
            "previousState": { "type": "string", "description": "Empty when there was no provision" },
            "receptionTimestampMs": { "type": "integer", "description": "Since 1970-01-01T00:00:00Z" },
            "responseBody": { "description": "The body of the answer, if it had one" },
            "responseDelayMs": integer,
            "responseHeaders": fields,
            "responseStatusCode": integer,
            "serverSequence": { "type": "integer", "description": "Counts all requests from 0" },
            "state": { "type": "string", "description": "Empty when there was no provision" },
            "virtualOriginComingFromMethod": {
                "description": "The method received, in an event that only sets the state of another method",
                "type": text["type"],
            },
        },
        "example": event_example(),
    })
}

fn summary() -> Value {
    let integer = json!({ "type": "integer" });
    let text = json!({ "type": "string" });
    let key = json!({
        "type": "object",
        "required": ["amount", "method", "uri"],
        "properties": { "amount": integer, "method": text, "uri": text, "provisionUri": text },
    });
    let displayed = json!({
        "description": "Absent when there is no key",
        "type": "object",
        "required": ["amount", "list"],
        "properties": { "amount": integer, "list": { "type": "array", "items": key } },
    });
    json!({
        "type": "object",
        "required": ["totalEvents", "totalKeys"],
        "properties": {
            "totalEvents": integer,
            "totalKeys": integer,
            "displayedKeys": displayed,
            "evictedEvents": integer,
            "evictedBytes": integer,
        },
        "example": summary_example(),
    })
}

/// An event for examples.
pub(super) fn event_example() -> Value {
    json!({
        "headers": { "user-agent": "curl/8.5.0" },
        "previousState": "initial",
        "receptionTimestampMs": 1_626_047_915_716_u64,
        "responseBody": { "id": 1 },
        "responseDelayMs": 0,
        "responseHeaders": { "content-type": "application/json" },
        "responseStatusCode": 200,
        "serverSequence": 0,
        "state": "initial",
    })
}

/// A key for examples.
pub(super) fn key_example() -> Value {
    json!({ "method": "GET", "uri": "/orders/1", "requests": [event_example()] })
}

/// A summary for examples.
pub(super) fn summary_example() -> Value {
    let key = json!({ "amount": 1, "method": "GET", "uri": "/orders/1" });
    json!({
        "totalEvents": 1,
        "totalKeys": 1,
        "displayedKeys": { "amount": 1, "list": [key] },
    })
}
