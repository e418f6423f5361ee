//! Requests from a file of JSON Lines.

use super::{Base, Draft, Expect, Fault, Part, Request, RequestError, expect};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The file is kept in memory, as are the requests made of it; a larger one was hardly meant.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Reads and checks all of the file before anything is sent.
pub(super) fn load(file: &Path, base: Base<'_>) -> Result<Vec<Request>, RequestError> {
    let name = file.display();
    let failed = |what: String| RequestError(format!("{name}: {what}"));
    let mut bytes = Vec::new();
    // One byte more than allowed tells that there is more, also where the length is not known before.
    File::open(file)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| failed(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(failed(format!("more than {FILE_BYTES_MAX} bytes; split it")));
    }
    let requests = parse(&bytes, base)
        .map_err(|(line, fault)| RequestError(format!("{name}:{line}: {}", fault.of_file())))?;
    if requests.is_empty() {
        return Err(failed(format!("no request in it; right would be {EXAMPLE}")));
    }
    Ok(requests)
}

const EXAMPLE: &str = "lines like {\"path\": \"/\"}";

/// All requests, or the first fault with the number of its line.
fn parse(bytes: &[u8], base: Base<'_>) -> Result<Vec<Request>, (usize, Fault)> {
    // Some editors begin a file with U+FEFF.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut requests = Vec::new();
    for (n, line) in bytes.split(|&b| b == b'\n').enumerate() {
        let line = line.trim_ascii();
        if !line.is_empty() && !line.starts_with(b"#") {
            requests.push(request(line, base).map_err(|fault| (n + 1, fault))?);
        }
    }
    Ok(requests)
}

fn request(line: &[u8], base: Base<'_>) -> Result<Request, Fault> {
    let line = std::str::from_utf8(line).map_err(|error| {
        let what = format!("byte {} is not UTF-8", error.valid_up_to() + 1);
        Fault::new(Part::Line, what, EXAMPLE)
    })?;
    let members: Members = serde_json::from_str(line).map_err(|error| not_an_object(&error))?;
    if let Some(name) = members.repeated() {
        return Err(Fault::new(Part::Named(name.to_owned()), TWICE, ONCE));
    }
    let (mut method, mut path, mut fields) = (None, None, Vec::new());
    let (mut body, mut body_is_json, mut expected) = (None, false, Expect::default());
    for (name, value) in members.0 {
        match name.as_str() {
            "method" => method = Some(text(value, "method", "a text like \"POST\"")?),
            "path" => path = Some(text(value, "path", "a text like \"/a?b=c\"")?),
            "headers" => fields = headers(value)?,
            "body" => (body, body_is_json) = content(value)?,
            "expect" => expected = expect(value)?,
            _ => {
                let right = "one of method, path, headers, body, expect";
                return Err(Fault::new(Part::Named(name), "an unknown member", right));
            }
        }
    }
    let Some(path) = path else {
        return Err(Fault::new(Part::Member("path"), "missing", "a text like \"/a?b=c\""));
    };
    let draft = Draft {
        method: method.as_deref(),
        path: &path,
        fields: &fields,
        body,
        body_is_json,
        expect: expected,
    };
    draft.build(base)
}

const TWICE: &str = "it stands there twice";

const ONCE: &str = "each name once";

fn not_an_object(error: &serde_json::Error) -> Fault {
    if error.is_data() {
        // It is JSON, but of another kind.
        return Fault::new(Part::Line, "not an object", EXAMPLE);
    }
    let whole = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let reason = whole.strip_suffix(&place).unwrap_or(&whole);
    Fault::new(Part::Line, format!("column {}: not JSON: {reason}", error.column()), EXAMPLE)
}

fn text(value: &RawValue, member: &'static str, right: &str) -> Result<String, Fault> {
    serde_json::from_str(value.get())
        .map_err(|_| Fault::new(Part::Member(member), "not a text", right))
}

fn headers(value: &RawValue) -> Result<Vec<(String, String)>, Fault> {
    let right = "an object of texts like {\"x-request-id\": \"1\"}";
    let members: Members = serde_json::from_str(value.get())
        .map_err(|_| Fault::new(Part::Member("headers"), "not an object", right))?;
    if let Some(name) = members.repeated() {
        return Err(Fault::new(Part::Field(name.to_owned()), TWICE, ONCE));
    }
    let field = |(name, value): (String, &RawValue)| match serde_json::from_str(value.get()) {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Fault::new(Part::Field(name), "not a text", "a text like \"1\"")),
    };
    members.0.into_iter().map(field).collect()
}

/// The content, and whether it is JSON.
fn content(value: &RawValue) -> Result<(Option<Bytes>, bool), Fault> {
    match value.get() {
        "null" => Ok((None, false)),
        json if json.starts_with('"') => {
            let text = text(value, "body", "a text without lone surrogates, or any JSON")?;
            Ok((Some(Bytes::from(text)), false))
        }
        json => Ok((Some(Bytes::copy_from_slice(json.as_bytes())), true)),
    }
}

fn expect(value: &RawValue) -> Result<Expect, Fault> {
    let fault = |what: String| {
        let right = format!("{}: 200, \"2xx\" or [200, \"4xx\"]", expect::RIGHT);
        Fault::new(Part::Member("expect"), what, right)
    };
    let value: Value =
        serde_json::from_str(value.get()).map_err(|_| fault("not a status".to_owned()))?;
    let values = match value {
        Value::Array(values) if values.is_empty() => {
            return Err(fault("an empty list accepts nothing".to_owned()));
        }
        Value::Array(values) => values,
        other => vec![other],
    };
    let words: Vec<String> = values
        .into_iter()
        .map(|value| match value {
            Value::String(word) => word,
            other => other.to_string(),
        })
        .collect();
    Expect::of(words.iter().map(String::as_str))
        .map_err(|word| fault(format!("{} is no status", shown(word))))
}

/// So much of a wrong word is repeated in the complaint.
const SHOWN_CHARS_MAX: usize = 40;

fn shown(word: &str) -> String {
    format!("{:?}", word.chars().take(SHOWN_CHARS_MAX).collect::<String>())
}

/// The members of an object in their order, and their values as they are written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl Members<'_> {
    /// A name that stands there more than once; readers of JSON differ in which of them they take.
    fn repeated(&self) -> Option<&str> {
        let mut names = HashSet::new();
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !names.insert(*name))
    }
}

impl<'a> Deserialize<'a> for Members<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Members<'a>, D::Error> {
        struct Reader;
        impl<'a> Visitor<'a> for Reader {
            type Value = Members<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Members<'a>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests;
