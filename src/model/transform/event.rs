//! The address of a recorded event: four variables, or a text like the query of a URI.

use super::fault::Fault;
use super::surroundings::EventAddress;
use super::template::{Name, Text};
use super::value::parse_unsigned;
use super::variables::{Names, Variables};
use crate::matching::uri::decode_path;

#[derive(Debug)]
pub(super) enum EventSource {
    /// `event.<p>`: the variables `<p>.method`, `<p>.uri`, `<p>.number` and `<p>.path`.
    Variables([Name; 4]),
    /// `serverEvent.requestMethod=..&requestUri=..&eventNumber=..&eventPath=..`, in this order.
    Query([Text; 4]),
}

/// The members of a `serverEvent` address; the last one may be left out.
const MEMBERS: [&str; 4] = ["requestMethod", "requestUri", "eventNumber", "eventPath"];

impl EventSource {
    pub(super) fn by_variables(prefix: &str, names: &mut Names) -> EventSource {
        let mut name = |member| Name::parse(&format!("{prefix}.{member}"), names);
        EventSource::Variables([name("method"), name("uri"), name("number"), name("path")])
    }

    /// Each value is percent-decoded on its own, before variables get in.
    pub(super) fn by_query(query: &str, names: &mut Names) -> Result<EventSource, String> {
        let mut values: [Option<String>; 4] = Default::default();
        for piece in query.split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let Some(at) = MEMBERS.iter().position(|member| *member == name) else {
                return Err(format!("an event is addressed by {}", MEMBERS.join(", ")));
            };
            let mut decoded = Vec::new();
            decode_path(value.as_bytes(), &mut decoded);
            if values[at].replace(String::from_utf8_lossy(&decoded).into_owned()).is_some() {
                return Err(format!("{name} is given twice"));
            }
        }
        for (member, value) in MEMBERS.iter().zip(&values).take(3) {
            if value.as_ref().is_none_or(String::is_empty) {
                return Err(format!("{member} is missing"));
            }
        }
        let texts = values.map(|value| Text::parse(&value.unwrap_or_default(), names));
        if let Text::Fixed(number) = &texts[2]
            && parse_unsigned(number).is_none()
        {
            return Err("eventNumber is not a number".to_owned());
        }
        if let Text::Fixed(path) = &texts[3]
            && !path.is_empty()
            && !path.starts_with('/')
        {
            return Err("eventPath is a JSON pointer and begins with a slash".to_owned());
        }
        Ok(EventSource::Query(texts))
    }

    /// Method, URI, number and path with the variables that are defined now.
    pub(super) fn resolve(&self, variables: &Variables<'_>) -> Result<[String; 4], Fault> {
        let mut values: [String; 4] = Default::default();
        match self {
            EventSource::Variables(names) => {
                for (value, name) in values.iter_mut().zip(names) {
                    value.push_str(name.get(variables)?.unwrap_or_default());
                }
            }
            EventSource::Query(texts) => {
                for (value, text) in values.iter_mut().zip(texts) {
                    text.append_to(variables, value)?;
                }
            }
        }
        Ok(values)
    }
}

/// The address, if it can be one.
pub(super) fn address(values: &[String; 4]) -> Result<EventAddress<'_>, Fault> {
    let [method, uri, number, path] = values;
    if method.is_empty() || uri.is_empty() || number.is_empty() {
        return Err(Fault::Unavailable("method, uri or number of the event is not given"));
    }
    if !path.is_empty() && !path.starts_with('/') {
        return Err(Fault::Unavailable("the path into the event does not begin with a slash"));
    }
    Ok(EventAddress { method, uri, number, path })
}
