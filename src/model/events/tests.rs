//! Server data as clients see it: each row of the tables that describe it, by name.

mod behaviour;
mod bound;
mod plain;
mod shape;

use super::*;
use crate::json;

pub(super) const KEPT: Storage = Storage { events: true, history: true };
pub(super) const LATEST: Storage = Storage { events: true, history: false };
pub(super) const NOTHING: Storage = Storage { events: false, history: false };

pub(super) const URI: &str = "/app/v1/foo";

pub(super) fn reply(body: &'static str) -> Arc<Reply> {
    Arc::new(Reply { code: 200, body: body.into(), ..Reply::default() })
}

/// A provisioned event without fields or bodies.
pub(super) fn provisioned<'a>(
    fixed: &'a Arc<Reply>,
    previous_state: &'a str,
    state: &'a str,
) -> NewEvent<'a> {
    let reply = ReplyRecord {
        code: u32::from(fixed.code),
        delay_ms: 0,
        fixed,
        added_headers: &[],
        body: None,
    };
    NewEvent { previous_state, state, reply: Some(reply), ..unprovisioned() }
}

pub(super) fn unprovisioned() -> NewEvent<'static> {
    NewEvent {
        received_ms: 1_626_047_915_716,
        sequence: 0,
        previous_state: "initial",
        state: "initial",
        fields: b"",
        body: b"",
        reply: None,
        virtual_origin: None,
    }
}

/// All pieces of a reader, and what they are as JSON.
pub(super) fn read(mut next_piece: impl FnMut(&mut Vec<u8>) -> bool) -> Json {
    let mut text = Vec::new();
    let mut before = 0;
    while next_piece(&mut text) {
        assert!(text.len() > before, "a piece is not empty");
        before = text.len();
    }
    assert_eq!(text.len(), before, "nothing is appended at the end");
    let value = json::parse(&text).unwrap();
    assert_eq!(json::to_compact(&value), text, "compact, with sorted keys");
    value
}

pub(super) fn read_key(data: &ServerData, method: Method, uri: &str) -> Option<Json> {
    let mut reader = data.key(method, uri)?;
    Some(read(|out| reader.next_piece(out)))
}

pub(super) fn read_all(data: &ServerData) -> Option<Json> {
    let mut reader = data.all()?;
    Some(read(|out| reader.next_piece(out)))
}

/// States of the events of a key, in order.
pub(super) fn states(data: &ServerData, method: Method, uri: &str) -> Vec<String> {
    let key = read_key(data, method, uri).unwrap_or_default();
    let events = key["requests"].as_array().cloned().unwrap_or_default();
    events.iter().map(|event| event["state"].as_str().unwrap().to_owned()).collect()
}
