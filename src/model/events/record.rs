//! One event as bytes.
//!
//! A record is its length (a [`varint`]) and then: flags, the places of the shared field section and of the shared
//! reply in the chunk's table (two bytes each, when there are any), the details, the request body and the computed
//! response body. The details are numbers as varints and texts with their length before them.

use super::chunk::Shared;
use super::section::Section;
use super::{NewEvent, varint};
use crate::STATE_INITIAL;
use crate::reply::Reply;
use std::sync::Arc;

/// Without it the event is an unprovisioned one.
const HAS_REPLY: u8 = 1;
/// The field section is in the table of the chunk.
const SHARES_SECTION: u8 = 1 << 1;
/// The field section is among the details.
const HAS_SECTION: u8 = 1 << 2;
const HAS_ADDED_HEADERS: u8 = 1 << 3;
/// The response body is in the record and not in the reply.
const HAS_COMPUTED_BODY: u8 = 1 << 4;
const IS_VIRTUAL: u8 = 1 << 5;

/// The bytes that name a place in the table of a chunk.
const PLACE_BYTES: usize = 2;

/// An event as it is read.
pub(super) struct Record<'a> {
    pub(super) received_ms: u64,
    pub(super) sequence: u64,
    pub(super) previous_state: &'a str,
    pub(super) state: &'a str,
    /// A packed section, see [`super::fields`].
    pub(super) fields: &'a [u8],
    pub(super) body: &'a [u8],
    pub(super) answer: Option<Answer<'a>>,
    pub(super) virtual_origin: Option<&'a str>,
}

/// What a provisioned event was answered.
pub(super) struct Answer<'a> {
    pub(super) code: u64,
    pub(super) delay_ms: u64,
    pub(super) fixed: &'a Reply,
    /// A packed section, see [`super::fields`].
    pub(super) added_headers: &'a [u8],
    pub(super) body: &'a [u8],
}

/// An event about to be written; what may be shared is still apart.
pub(super) struct Draft<'a> {
    flags: u8,
    pub(super) section: Option<&'a Arc<Section>>,
    pub(super) reply: Option<&'a Arc<Reply>>,
    details: &'a [u8],
    body: &'a [u8],
    computed_body: &'a [u8],
}

impl<'a> Draft<'a> {
    /// Prepares `event`; `scratch` is memory for the details. Its field section is `section` or else becomes a detail.
    pub(super) fn new(
        event: &NewEvent<'a>,
        section: Option<&'a Arc<Section>>,
        scratch: &'a mut Vec<u8>,
    ) -> Draft<'a> {
        scratch.clear();
        varint::put(scratch, event.received_ms);
        varint::put(scratch, event.sequence);
        // An unprovisioned event has no states, whatever was looked for.
        let states = match event.reply {
            Some(_) => [event.previous_state, event.state],
            None => ["", ""],
        };
        for state in states {
            put_state(scratch, state);
        }
        let mut flags = 0;
        if let Some(method) = event.virtual_origin {
            flags |= IS_VIRTUAL;
            varint::put_bytes(scratch, method.as_str().as_bytes());
        }
        if section.is_some() {
            flags |= SHARES_SECTION;
        } else if !event.fields.is_empty() {
            flags |= HAS_SECTION;
            varint::put_bytes(scratch, event.fields);
        }
        let mut computed_body = None;
        if let Some(reply) = &event.reply {
            flags |= HAS_REPLY;
            varint::put(scratch, u64::from(reply.code));
            varint::put(scratch, reply.delay_ms);
            if !reply.added_headers.is_empty() {
                flags |= HAS_ADDED_HEADERS;
                put_headers(scratch, reply.added_headers);
            }
            computed_body = reply.body;
        }
        if computed_body.is_some() {
            flags |= HAS_COMPUTED_BODY;
        }
        varint::put(scratch, event.body.len() as u64);
        Draft {
            flags,
            section,
            reply: event.reply.as_ref().map(|reply| reply.fixed),
            details: scratch,
            body: event.body,
            computed_body: computed_body.unwrap_or_default(),
        }
    }

    /// The bytes of the record without its length.
    fn content_length(&self) -> usize {
        let places = usize::from(self.section.is_some()) + usize::from(self.reply.is_some());
        1 + PLACE_BYTES * places + self.details.len() + self.body.len() + self.computed_body.len()
    }

    /// How many places of a table it takes at most.
    pub(super) fn references(&self) -> usize {
        usize::from(self.section.is_some()) + usize::from(self.reply.is_some())
    }

    /// The bytes that [`Draft::write`] appends.
    pub(super) fn length(&self) -> usize {
        let content = self.content_length();
        varint::length(content as u64) + content
    }

    /// Appends the record; the places are those of its section and its reply.
    pub(super) fn write(&self, out: &mut Vec<u8>, section: Option<u16>, reply: Option<u16>) {
        varint::put(out, self.content_length() as u64);
        out.push(self.flags);
        for place in [section, reply].into_iter().flatten() {
            out.extend_from_slice(&place.to_le_bytes());
        }
        for part in [self.details, self.body, self.computed_body] {
            out.extend_from_slice(part);
        }
    }
}

/// A record with its references looked up and the rest unread, to be copied to another chunk.
pub(super) struct Raw<'a> {
    pub(super) section: Option<&'a Arc<Section>>,
    pub(super) reply: Option<&'a Arc<Reply>>,
    flags: u8,
    rest: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Reads the front of a record without its length.
    pub(super) fn read(mut content: &'a [u8], table: &'a [Shared]) -> Option<Raw<'a>> {
        let [flags, rest @ ..] = content else { return None };
        content = rest;
        let mut section = None;
        if flags & SHARES_SECTION != 0 {
            let Shared::Section(shared) = take_place(&mut content, table)? else { return None };
            section = Some(shared);
        }
        let mut reply = None;
        if flags & HAS_REPLY != 0 {
            let Shared::Reply(shared) = take_place(&mut content, table)? else { return None };
            reply = Some(shared);
        }
        Some(Raw { section, reply, flags: *flags, rest: content })
    }

    /// The same record as a draft.
    pub(super) fn draft(&self) -> Draft<'a> {
        Draft {
            flags: self.flags,
            section: self.section,
            reply: self.reply,
            details: self.rest,
            body: b"",
            computed_body: b"",
        }
    }

    /// Reads the state afterwards only.
    pub(super) fn state(&self) -> Option<&'a str> {
        let mut rest = self.rest;
        for _ in ["received", "sequence"] {
            varint::take(&mut rest)?;
        }
        take_state(&mut rest)?;
        take_state(&mut rest)
    }

    /// Reads all of it.
    pub(super) fn record(&self) -> Option<Record<'a>> {
        let mut rest = self.rest;
        let received_ms = varint::take(&mut rest)?;
        let sequence = varint::take(&mut rest)?;
        let previous_state = take_state(&mut rest)?;
        let state = take_state(&mut rest)?;
        let mut virtual_origin = None;
        if self.flags & IS_VIRTUAL != 0 {
            virtual_origin = Some(std::str::from_utf8(varint::take_bytes(&mut rest)?).ok()?);
        }
        let mut fields = self.section.map_or(&b""[..], |section| section.bytes());
        if self.flags & HAS_SECTION != 0 {
            fields = varint::take_bytes(&mut rest)?;
        }
        let mut answer = None;
        if let Some(reply) = self.reply {
            let code = varint::take(&mut rest)?;
            let delay_ms = varint::take(&mut rest)?;
            let mut added_headers = &b""[..];
            if self.flags & HAS_ADDED_HEADERS != 0 {
                added_headers = varint::take_bytes(&mut rest)?;
            }
            answer =
                Some(Answer { code, delay_ms, fixed: reply, added_headers, body: &reply.body });
        }
        let body = varint::take_bytes(&mut rest)?;
        if let Some(answer) = answer.as_mut().filter(|_| self.flags & HAS_COMPUTED_BODY != 0) {
            answer.body = rest;
        }
        Some(Record {
            received_ms,
            sequence,
            previous_state,
            state,
            fields,
            body,
            answer,
            virtual_origin,
        })
    }
}

fn take_place<'a>(content: &mut &[u8], table: &'a [Shared]) -> Option<&'a Shared> {
    let place = varint::take_exact(content, PLACE_BYTES)?;
    table.get(usize::from(u16::from_le_bytes(place.try_into().ok()?)))
}

/// The usual state is the byte 0; any other one has its length plus one before it.
fn put_state(out: &mut Vec<u8>, state: &str) {
    if state == STATE_INITIAL {
        return out.push(0);
    }
    varint::put(out, state.len() as u64 + 1);
    out.extend_from_slice(state.as_bytes());
}

fn take_state<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let Some(length) = varint::take(rest)?.checked_sub(1) else { return Some(STATE_INITIAL) };
    let text = varint::take_exact(rest, usize::try_from(length).ok()?)?;
    std::str::from_utf8(text).ok()
}

/// Writes header fields as one packed section with its length before it.
fn put_headers(out: &mut Vec<u8>, headers: &[(String, String)]) {
    let text_length = |text: &String| varint::length(text.len() as u64) + text.len();
    let length: usize =
        headers.iter().map(|(name, value)| text_length(name) + text_length(value)).sum();
    varint::put(out, length as u64);
    for (name, value) in headers {
        super::fields::write(out, name.as_bytes(), value.as_bytes());
    }
}
