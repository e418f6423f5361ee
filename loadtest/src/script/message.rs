//! One message of a script: how its request is built, and what is taken from the answer.

mod read;

pub(super) use read::read_saves;

use super::names::ValueType;
use super::node::{Node, quoted};
use super::pointer::Pointer;
use super::template::{Saved, Slot, Template, Values, push_decimal};
use bytes::Bytes;
use understudy_wire::Head;

/// A request that can be built by concatenation, and the answer to it.
#[derive(Debug)]
pub(super) struct Message {
    method: Vec<u8>,
    /// Begins with a slash.
    path: Template,
    /// From a header `host`: HTTP/2 has `:authority` for it, and the two must agree (RFC 9113 section 8.3.1).
    authority: Option<Template>,
    /// Names in lower case.
    fields: Vec<(Template, Template)>,
    body: Option<Body>,
    /// The status that a good answer has.
    pub(super) expected: u16,
    saves: Vec<Save>,
}

#[derive(Debug)]
enum Body {
    /// The same bytes in every script.
    Fixed(Bytes),
    Built(Template),
}

/// A value to be taken from an answer.
#[derive(Debug)]
pub(super) struct Save {
    pub(super) slot: Slot,
    source: Source,
    /// Some message puts it into a header: then it must be fit for one.
    pub(super) must_suit_fields: bool,
}

#[derive(Debug)]
enum Source {
    /// The name, in lower case.
    Header(Vec<u8>),
    Body(Pointer, ValueType),
}

impl Message {
    /// Overwrites `head` with that of the request, and returns its content. `text` is memory to build in.
    pub(super) fn build(
        &self,
        scheme: &[u8],
        authority: &[u8],
        values: Values<'_>,
        text: &mut Vec<u8>,
        head: &mut Head,
    ) -> Option<Bytes> {
        let body = self.body.as_ref().map(|body| match body {
            Body::Fixed(bytes) => bytes.clone(),
            Body::Built(template) => {
                text.clear();
                template.write(values, text);
                Bytes::copy_from_slice(text)
            }
        });
        head.clear();
        text.clear();
        let path = self.path.fixed();
        if path.is_none() {
            self.path.write(values, text);
        }
        let path_end = text.len();
        if let Some(own) = &self.authority {
            own.write(values, text);
        }
        let (built_path, built_authority) = text.split_at(path_end);
        let authority = if self.authority.is_some() { built_authority } else { authority };
        head.set_request(&self.method, scheme, authority, path.unwrap_or(built_path));
        for (name, value) in &self.fields {
            if let (Some(name), Some(value)) = (name.fixed(), value.fixed()) {
                head.push(name, value);
                continue;
            }
            text.clear();
            name.write(values, text);
            let name_end = text.len();
            value.write(values, text);
            let (name, value) = text.split_at(name_end);
            head.push(name, value);
        }
        if let Some(body) = &body {
            head.push(b"content-type", b"application/json");
            text.clear();
            push_decimal(i64::try_from(body.len()).unwrap_or(i64::MAX), text);
            head.push(b"content-length", text);
        }
        body
    }

    /// Takes from an answer what is to be saved. `None` when something is missing, is of another type, or would break
    /// the header that it is for.
    pub(super) fn save(&self, head: &Head, body: &[u8], saved: &mut [Saved]) -> Option<()> {
        let wants_body = self.saves.iter().any(|save| matches!(save.source, Source::Body(..)));
        let root: Node = match wants_body {
            true => serde_json::from_slice(body).ok()?,
            false => Node::Null,
        };
        for save in &self.saves {
            let place = saved.get_mut(save.slot.0)?;
            place.text.clear();
            place.json.clear();
            match &save.source {
                Source::Header(name) => {
                    place.text.push_str(std::str::from_utf8(head.get(name)?).ok()?);
                    place.json.push_str(&quoted(&place.text));
                }
                Source::Body(pointer, kind) => take(pointer.get(&root)?, *kind, place)?,
            }
            if save.must_suit_fields && !suits_field(place.text.as_bytes()) {
                return None;
            }
        }
        Some(())
    }
}

/// Keeps a value, if it is of that type.
fn take(node: &Node, kind: ValueType, place: &mut Saved) -> Option<()> {
    match (kind, node) {
        (ValueType::String, Node::String(text)) => place.text.push_str(text),
        (ValueType::Int, Node::Number(number)) if !number.is_f64() => {
            place.text.push_str(&number.to_string());
        }
        (ValueType::Object, Node::Object(_)) => {}
        _ => return None,
    }
    place.json.push_str(&node.to_string());
    Some(())
}

/// RFC 9110 section 5.5: neither controls inside nor blanks at the ends.
fn suits_field(text: &[u8]) -> bool {
    let is_blank = |b: Option<&u8>| matches!(b, Some(b' ' | b'\t'));
    let is_control = |b: &u8| (*b < b' ' && *b != b'\t') || *b == 0x7f;
    !is_blank(text.first()) && !is_blank(text.last()) && !text.iter().any(is_control)
}
