//! Events as JSON.

use super::fields;
use super::record::{Answer, Record};
use crate::json;
use serde_json::{Map, Value as Json, json};

/// The members of an event.
const MEMBERS: [&str; 11] = [
    "body",
    "headers",
    "previousState",
    "receptionTimestampMs",
    "responseBody",
    "responseDelayMs",
    "responseHeaders",
    "responseStatusCode",
    "serverSequence",
    "state",
    "virtualOriginComingFromMethod",
];

/// What an unprovisioned event was answered.
const NOT_PROVISIONED: u64 = 501;

/// A whole event.
pub(super) fn event(record: &Record<'_>) -> Json {
    let mut members = Map::new();
    for name in MEMBERS {
        if let Some(value) = member(record, name) {
            members.insert(name.to_owned(), value);
        }
    }
    Json::Object(members)
}

/// The part of an event that a JSON pointer (RFC 6901) names. Members have the names of newer releases, too.
pub(super) fn node(record: &Record<'_>, uri: &str, pointer: &str) -> Option<Json> {
    if pointer.is_empty() {
        return Some(event(record));
    }
    let (name, rest) = match pointer.strip_prefix('/')?.find('/') {
        Some(end) => pointer[1..].split_at(end),
        None => (&pointer[1..], ""),
    };
    let mut value = match name {
        "requestBody" => member(record, "body"),
        "requestHeaders" => member(record, "headers"),
        "recvseq" => Some(json!(record.sequence.saturating_add(1))),
        "receptionTimestampUs" => Some(json!(record.received_ms.saturating_mul(1000))),
        "virtualOrigin" => {
            record.virtual_origin.map(|method| json!({"method": method, "uri": uri}))
        }
        name => member(record, name),
    }?;
    if !has_valid_escapes(rest) {
        return None;
    }
    value.pointer_mut(rest).map(Json::take)
}

/// Every `~` of a pointer is followed by 0 or 1.
fn has_valid_escapes(pointer: &str) -> bool {
    pointer.split('~').skip(1).all(|after| after.starts_with(['0', '1']))
}

fn member(record: &Record<'_>, name: &str) -> Option<Json> {
    let answer = record.answer.as_ref();
    match name {
        "body" => body(record.body),
        "headers" => object(text_pairs(record.fields).filter(|(name, _)| !name.starts_with(':'))),
        "previousState" => Some(json!(record.previous_state)),
        "receptionTimestampMs" => Some(json!(record.received_ms)),
        "responseBody" => body(answer?.body),
        "responseDelayMs" => Some(json!(answer.map_or(0, |answer| answer.delay_ms))),
        "responseHeaders" => response_headers(answer?),
        "responseStatusCode" => Some(json!(answer.map_or(NOT_PROVISIONED, |answer| answer.code))),
        "serverSequence" => Some(json!(record.sequence)),
        "state" => Some(json!(record.state)),
        "virtualOriginComingFromMethod" => record.virtual_origin.map(Json::from),
        _ => None,
    }
}

/// A body is shown as the JSON it is, and as a string where it is none.
fn body(text: &[u8]) -> Option<Json> {
    if text.is_empty() {
        return None;
    }
    Some(json::parse(text).unwrap_or_else(|_| lossy(text).into()))
}

fn response_headers(answer: &Answer<'_>) -> Option<Json> {
    let fixed = answer.fixed.headers.iter().cloned();
    object(fixed.chain(text_pairs(answer.added_headers)))
}

fn text_pairs(section: &[u8]) -> impl Iterator<Item = (String, String)> {
    fields::iter(section).map(|(name, value)| (lossy(name), lossy(value)))
}

/// Of fields with the same name the last one counts; no fields, no object.
fn object(fields: impl Iterator<Item = (String, String)>) -> Option<Json> {
    let object: Map<String, Json> =
        fields.map(|(name, value)| (name, Json::String(value))).collect();
    (!object.is_empty()).then_some(Json::Object(object))
}

/// What is not UTF-8 is replaced by U+FFFD.
fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
