//! Where an item puts its value.

use super::body::{Form, Target as BodyTarget};
use super::compile::{Compiler, Path, check_line_breaks};
use super::pointer::Pointer;
use super::template::{Name, Template, Text};
use crate::Method;
use crate::method::is_token_byte;

/// A compiled target: sections A4.5 and B1.
#[derive(Debug)]
pub(super) enum Target {
    Body { form: Form, place: BodyPlace },
    Header(Text),
    StatusCode,
    DelayMs,
    Variable(Name),
    OutState { foreign: Option<Method> },
    Break,
}

#[derive(Debug)]
pub(super) enum BodyPlace {
    /// A place that the plan of the body knows by this number.
    Fixed {
        number: usize,
        pointer: Pointer,
    },
    /// The whole document, into which an object is merged (RFC 7396).
    Merge {
        number: usize,
    },
    Computed(Template),
}

impl Target {
    pub(super) fn parse(text: &str, compiler: &mut Compiler) -> Result<Target, String> {
        check_line_breaks(text)?;
        let argument = |prefix| text.strip_prefix(prefix).filter(|rest: &&str| !rest.is_empty());
        match text {
            "response.statusCode" => return Ok(Target::StatusCode),
            "response.delayMs" => return Ok(Target::DelayMs),
            "outState" => return Ok(Target::OutState { foreign: None }),
            "break" => return Ok(Target::Break),
            _ => {}
        }
        if let Some(name) = argument("var.") {
            return Ok(Target::Variable(Name::parse(name, &mut compiler.names)));
        }
        if let Some(rest) = argument("response.body.") {
            return parse_body(rest, compiler);
        }
        if let Some(name) = argument("response.header.") {
            return parse_header(name, compiler);
        }
        let method = argument("outState.").and_then(|method| Method::parse(method.as_bytes()));
        match method {
            Some(method) => Ok(Target::OutState { foreign: Some(method) }),
            None => Err("unknown target".to_owned()),
        }
    }
}

/// A name that is no token could never be sent, as one in `responseHeaders`; computed ones are looked at later.
fn parse_header(name: &str, compiler: &mut Compiler) -> Result<Target, String> {
    match Text::parse(name, &mut compiler.names) {
        Text::Fixed(name) if !name.bytes().all(is_token_byte) => {
            Err("the name of the header field is not a token".to_owned())
        }
        name => Ok(Target::Header(name)),
    }
}

/// `<type>`, `<type>.<path>`, or the same behind `json.`.
fn parse_body(text: &str, compiler: &mut Compiler) -> Result<Target, String> {
    let (is_json, text) = match text.strip_prefix("json.") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (form, path) = match text.split_once('.') {
        Some((form, path)) => (form, Some(path)),
        None => (text, None),
    };
    let form = match form {
        "string" => Form::Text,
        "integer" => Form::Integer,
        "unsigned" => Form::Unsigned,
        "float" => Form::Float,
        "boolean" => Form::Boolean,
        "object" => Form::Object,
        "jsonstring" => Form::JsonText,
        _ => return Err("unknown type of a place in the body".to_owned()),
    };
    let number = compiler.body_targets.len();
    let place = match path {
        Some("") => return Err("the path is empty".to_owned()),
        Some(path) => match Path::parse(path, &mut compiler.names)? {
            Path::Fixed(pointer) => BodyPlace::Fixed { number, pointer },
            Path::Computed(template) => BodyPlace::Computed(template),
        },
        None if is_json && form == Form::Object => {
            compiler.needs_tree = true;
            BodyPlace::Merge { number }
        }
        None => {
            let root = Pointer::parse("").map_err(|error| error.to_string())?;
            BodyPlace::Fixed { number, pointer: root }
        }
    };
    compiler.body_targets.push(match &place {
        BodyPlace::Fixed { pointer, .. } if !pointer.is_root() => {
            BodyTarget { pointer: Some(pointer.clone()), dynamic: false }
        }
        BodyPlace::Fixed { .. } | BodyPlace::Merge { .. } => {
            BodyTarget { pointer: None, dynamic: false }
        }
        BodyPlace::Computed(_) => BodyTarget { pointer: None, dynamic: true },
    });
    Ok(Target::Body { form, place })
}
