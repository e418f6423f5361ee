//! From the definition of a message to what is built and compared when it is played.

use super::super::entry::{Entry, Fault, quote};
use super::super::names::{Names, Scope, ValueType};
use super::super::node::Node;
use super::super::pointer::Pointer;
use super::super::template::{Form, Part, Piece, Slot, Template};
use super::{Body, Message, Save, Source, suits_field};
use bytes::Bytes;
use understudy_wire::head::FieldKind;

const MEMBERS: [&str; 7] =
    ["method", "url", "headers", "body", "response", "save_from_answer", "add_from_saved_to_body"];

/// Reads `save_from_answer` of one message and takes up the names.
pub(in crate::script) fn read_saves(
    message: &Entry<'_>,
    names: &mut Names,
) -> Result<Vec<Save>, Fault> {
    let mut saves = Vec::new();
    let Some(entry) = message.optional("save_from_answer") else {
        return Ok(saves);
    };
    for (name, value) in entry.members()? {
        if name == "headers" {
            for (name, header) in value.members()? {
                let slot = names.save(name, ValueType::String, &header)?;
                let field = header.text()?.to_ascii_lowercase().into_bytes();
                if field.starts_with(b":") || FieldKind::of(&field) == FieldKind::BadName {
                    return Err(
                        header.fault("this is no name of a header", "a name like `location`")
                    );
                }
                saves.push(Save { slot, source: Source::Header(field), must_suit_fields: false });
            }
        } else {
            let (pointer, kind) = read_place(&value)?;
            let slot = names.save(name, kind, &value)?;
            let source = Source::Body(pointer, kind);
            saves.push(Save { slot, source, must_suit_fields: false });
        }
    }
    Ok(saves)
}

/// Reads `path` and `value_type`.
fn read_place(entry: &Entry<'_>) -> Result<(Pointer, ValueType), Fault> {
    entry.check_members(&["path", "value_type"])?;
    let path = entry.required("path", "a JSON pointer like `/user/id`")?;
    let pointer = Pointer::parse(path.text()?).map_err(|expected| {
        path.fault(format_args!("{} is no JSON pointer", quoted_text(&path)), expected)
    })?;
    Ok((pointer, ValueType::read(entry)?))
}

fn quoted_text(entry: &Entry<'_>) -> String {
    entry.text().map(quote).unwrap_or_default()
}

impl Message {
    /// Reads a message; `saves` are what [`read_saves`] found in it.
    pub(in crate::script) fn read(
        entry: &Entry<'_>,
        scope: Scope<'_>,
        saves: Vec<Save>,
    ) -> Result<Message, Fault> {
        entry.check_members(&MEMBERS)?;
        let method = read_method(entry)?;
        let path = read_path(entry, scope)?;
        let (authority, fields) = read_fields(entry, scope)?;
        let body = read_body(entry, scope)?;
        let expected = read_expected(entry)?;
        Ok(Message { method, path, authority, fields, body, expected, saves })
    }

    /// The slots that are filled by the answer.
    pub(in crate::script) fn saved_slots(&self) -> impl Iterator<Item = Slot> {
        self.saves.iter().map(|save| save.slot)
    }

    /// The slots whose values stand in headers.
    pub(in crate::script) fn slots_in_fields(&self) -> impl Iterator<Item = Slot> {
        let templates = self.fields.iter().map(|(_, value)| value).chain(&self.authority);
        templates.flat_map(|template| template.pieces()).filter_map(|piece| match piece {
            Piece::Saved(slot, _) => Some(*slot),
            _ => None,
        })
    }

    /// Tells the saves of this message which slots stand in headers.
    pub(in crate::script) fn mark_saves(&mut self, is_in_fields: &[bool]) {
        for save in &mut self.saves {
            save.must_suit_fields = is_in_fields.get(save.slot.0) == Some(&true);
        }
    }
}

fn read_method(message: &Entry<'_>) -> Result<Vec<u8>, Fault> {
    const RIGHT: &str = "a method like `GET` or `POST`";
    let entry = message.required("method", RIGHT)?;
    let method = entry.text()?;
    // A method and a field name are tokens alike (RFC 9110 sections 9.1 and 5.1).
    let is_token = !method.starts_with(':')
        && FieldKind::of(method.to_ascii_lowercase().as_bytes()) != FieldKind::BadName;
    match is_token && method != "CONNECT" {
        true => Ok(method.as_bytes().to_vec()),
        false => Err(entry.fault(format_args!("{} cannot be sent", quote(method)), RIGHT)),
    }
}

fn read_path(message: &Entry<'_>, scope: Scope<'_>) -> Result<Template, Fault> {
    let url = message.required("url", "a string without a slash at its begin, as in `v1/users`")?;
    let text = url.text()?;
    let mut path = Template::default();
    path.push_bytes(b"/");
    scope.append(&url, text, Form::Url, &mut path)?;
    // A variable may bring the slash too.
    if matches!(path.pieces().first(), Some(Piece::Text(begin)) if begin.starts_with(b"//")) {
        let right = "no slash at the begin, because it is put there anyway";
        return Err(url.fault(format_args!("{} begins with a slash", quote(text)), right));
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        let right = "path and query only; the rest is in `dns`, `port` and `secure`";
        return Err(url.fault(format_args!("{} is more than a path", quote(text)), right));
    }
    Ok(path)
}

fn read_expected(message: &Entry<'_>) -> Result<u16, Fault> {
    const RIGHT: &str = "an object with the expected status in `code`";
    let response = message.required("response", RIGHT)?;
    response.check_members(&["code"])?;
    let code = response.required("code", "a status from 100 to 599")?.integer(100..=599)?;
    Ok(u16::try_from(code).unwrap_or_default())
}

type Fields = (Option<Template>, Vec<(Template, Template)>);

/// Reads `headers`; `host` is apart from the others.
fn read_fields(message: &Entry<'_>, scope: Scope<'_>) -> Result<Fields, Fault> {
    let (mut authority, mut fields) = (None, Vec::new());
    let Some(headers) = message.optional("headers") else {
        return Ok((authority, fields));
    };
    for (name, entry) in headers.members()? {
        let lower = scope.template(&entry, name, Form::Field)?.into_lowercase();
        let value = scope.template(&entry, entry.text()?, Form::Field)?;
        check_field_name(&lower, &value, &entry)?;
        check_field_value(&value, &entry)?;
        match lower.fixed() {
            Some(b"host") => authority = Some(value),
            _ => fields.push((lower, value)),
        }
    }
    Ok((authority, fields))
}

fn check_field_name(name: &Template, value: &Template, entry: &Entry<'_>) -> Result<(), Fault> {
    let mut text = Vec::new();
    for piece in name.pieces() {
        match piece {
            Piece::Text(part) => text.extend_from_slice(part),
            // Digits and a minus sign may stand in any name.
            Piece::Range(_) => text.push(b'0'),
            Piece::Saved(..) => {
                let wrong = "the name of this header holds a saved value";
                return Err(entry.fault(wrong, "saved values in the values of headers only"));
            }
        }
    }
    match FieldKind::of(&text) {
        _ if text == b"content-type" || text == b"content-length" => Err(entry.fault(
            "this header is set by the tool: bodies are application/json",
            "a script without it",
        )),
        FieldKind::ConnectionSpecific => Err(entry.fault(
            "this header is about one connection, and not for HTTP/2",
            "a script without it",
        )),
        FieldKind::Te if value.fixed() != Some(b"trailers") => {
            Err(entry.fault("this header has one value in HTTP/2", "`trailers`"))
        }
        FieldKind::Host if value.fixed() == Some(b"") => {
            Err(entry.fault("this header is empty", "a name, or a script without it"))
        }
        FieldKind::Regular | FieldKind::Te | FieldKind::Host | FieldKind::Expect => Ok(()),
        _ => Err(entry.fault("this is no name of a header", "letters, digits and hyphens")),
    }
}

/// Checks what is known of a value; what is saved into the rest is checked when it is saved.
fn check_field_value(value: &Template, entry: &Entry<'_>) -> Result<(), Fault> {
    let mut text = Vec::new();
    for piece in value.pieces() {
        match piece {
            Piece::Text(part) => text.extend_from_slice(part),
            Piece::Range(_) | Piece::Saved(..) => text.push(b'0'),
        }
    }
    match suits_field(&text) {
        true => Ok(()),
        false => Err(entry.fault(
            "this cannot be the value of a header",
            "no control characters, and no blanks at the ends",
        )),
    }
}

/// Reads `body` and `add_from_saved_to_body`.
fn read_body(message: &Entry<'_>, scope: Scope<'_>) -> Result<Option<Body>, Fault> {
    let (entry, additions) = (message.optional("body"), message.optional("add_from_saved_to_body"));
    if let Some(entry) = &entry {
        entry.members()?;
    }
    if entry.is_none() && additions.is_none() {
        return Ok(None);
    }
    let place = format!("{}/body", message.place);
    let mut root = entry.map_or(Node::Object(Vec::new()), |entry| entry.node.clone());
    for (name, addition) in additions.map_or(Ok(Vec::new()), |entry| entry.members())? {
        let (pointer, kind) = read_place(&addition)?;
        let slot = scope.saved(name, kind, &addition)?;
        pointer.put(&mut root, Node::Saved(slot)).map_err(|in_the_way| {
            addition.fault(
                format_args!("nothing can be put at this path: {in_the_way}"),
                "a path through objects and arrays of `body`, apart from those of other values",
            )
        })?;
    }
    let mut template = Template::default();
    append_json(&Entry { node: &root, place }, scope, &mut template)?;
    Ok(Some(match template.fixed() {
        Some(bytes) => Body::Fixed(Bytes::copy_from_slice(bytes)),
        None => Body::Built(template),
    }))
}

/// Appends a body as compact JSON. Placeholders in its strings and names are escaped as these are, and stay strings:
/// `"<id>"` becomes `"7"`, not `7`.
fn append_json(entry: &Entry<'_>, scope: Scope<'_>, out: &mut Template) -> Result<(), Fault> {
    match entry.node {
        Node::Saved(slot) => out.push(Part::Saved(*slot), Form::Json),
        Node::String(text) => append_string(entry, text, scope, out)?,
        Node::Array(_) => {
            out.push_bytes(b"[");
            for (n, item) in entry.children().iter().enumerate() {
                out.push_bytes(if n == 0 { b"" } else { b"," });
                append_json(item, scope, out)?;
            }
            out.push_bytes(b"]");
        }
        Node::Object(_) => {
            out.push_bytes(b"{");
            for (n, (name, value)) in entry.members()?.iter().enumerate() {
                out.push_bytes(if n == 0 { b"" } else { b"," });
                append_string(value, name, scope, out)?;
                out.push_bytes(b":");
                append_json(value, scope, out)?;
            }
            out.push_bytes(b"}");
        }
        other => out.push_bytes(other.to_string().as_bytes()),
    }
    Ok(())
}

fn append_string(
    entry: &Entry<'_>,
    text: &str,
    scope: Scope<'_>,
    out: &mut Template,
) -> Result<(), Fault> {
    out.push_bytes(b"\"");
    scope.append(entry, text, Form::InString, out)?;
    out.push_bytes(b"\"");
    Ok(())
}
