//! What a source gives for one request.

use super::event;
use super::fault::Fault;
use super::run::{Run, computed_pointer};
use super::source::Source;
use super::strftime::DateFormat;
use super::surroundings::Surroundings;
use super::template::Text;
use super::value::Value;
use crate::matching::uri;
use jiff::{Timestamp, Zoned};
use memchr::memchr;
use serde_json::Value as Json;
use std::borrow::Cow;

impl<'r, S: Surroundings> Run<'r, S> {
    /// The value of a source; what is not text of the request or of the program is written to `memory`.
    pub(super) fn read<'v>(
        &mut self,
        source: &'r Source,
        memory: &'v mut String,
    ) -> Result<Value<'v>, Fault>
    where
        'r: 'v,
    {
        memory.clear();
        match source {
            Source::Uri => return Ok(borrowed(self.request.uri)),
            Source::InState => return Ok(borrowed(self.request.in_state)),
            Source::Eraser => return Ok(borrowed("")),
            Source::UriPath => {
                let target = self.request.target;
                let end = memchr(b'?', target).unwrap_or(target.len());
                return Ok(Value::Text(String::from_utf8_lossy(&target[..end])));
            }
            Source::RequestBody(number) => {
                return self.request_body.read(*number).map_err(Fault::Unavailable);
            }
            Source::RequestBodyComputed(path) => {
                let pointer = computed_pointer(&path.resolve(&self.variables)?);
                let pointer = pointer.map_err(Fault::Unavailable)?;
                return self.request_body.read_at(&pointer).map_err(Fault::Unavailable);
            }
            Source::Header(name) => {
                let value = self.request.fields.get(name.resolve(&self.variables)?.as_bytes());
                let value = value.ok_or(Fault::Unavailable("no such header field"))?;
                return Ok(Value::Text(String::from_utf8_lossy(value)));
            }
            Source::Value(Text::Fixed(text)) => return Ok(borrowed(text)),
            Source::Value(text) => text.append_to(&self.variables, memory)?,
            Source::Variable(name) => match name.get(&self.variables)? {
                Some(value) => memory.push_str(value),
                None => return Err(Fault::Unavailable("no such variable")),
            },
            Source::UriParameter(name) => self.read_parameter(name, memory)?,
            Source::RandomSet(values) => self.read_random_set(values, memory)?,
            Source::Strftime(format) => self.append_time(format, memory)?,
            Source::StrftimeComputed(format) => {
                self.append_time(&DateFormat::parse(&format.resolve(&self.variables)?), memory)?;
            }
            _ => return self.read_number_or_node(source),
        }
        Ok(Value::Text(Cow::Borrowed(memory)))
    }

    fn read_number_or_node<'v>(&mut self, source: &'r Source) -> Result<Value<'v>, Fault> {
        match source {
            Source::Random { low, high } => {
                Ok(Value::Integer(self.surroundings.random(*low, *high)))
            }
            Source::Timestamp { unit_ns } => {
                let units = self.surroundings.now_ns().div_euclid(*unit_ns);
                Ok(Value::Integer(i64::try_from(units).unwrap_or(i64::MAX)))
            }
            Source::Sequence { first } => {
                Ok(Value::Unsigned(self.request.sequence.wrapping_add(*first)))
            }
            Source::ResponseBody(path) => {
                let pointer = self.pointer(path)?;
                let node = self.draft.as_mut().and_then(|draft| draft.read(&pointer)).cloned();
                owned(node, "no such node, or it is null or empty")
            }
            Source::Event(source) => {
                let values = source.resolve(&self.variables)?;
                let node = self.surroundings.event(&event::address(&values)?);
                owned(node, "no such event or node, or it is null or empty")
            }
            _ => Err(Fault::Unavailable("this source gives nothing")),
        }
    }

    fn read_parameter(&mut self, name: &Text, memory: &mut String) -> Result<(), Fault> {
        let name = name.resolve(&self.variables)?;
        let mut value = std::mem::take(memory).into_bytes();
        let found =
            uri::parameter(self.request.target, self.request.query_filter, &name, &mut value);
        *memory = String::from_utf8(value)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        match found {
            true => Ok(()),
            false => Err(Fault::Unavailable("no such parameter, or a repeated one")),
        }
    }

    fn read_random_set(&mut self, values: &Text, memory: &mut String) -> Result<(), Fault> {
        let values = values.resolve(&self.variables)?;
        let last = values.matches('|').count();
        let chosen = self.surroundings.random(0, i64::try_from(last).unwrap_or(i64::MAX));
        let chosen = values.split('|').nth(usize::try_from(chosen).unwrap_or(0));
        memory.push_str(chosen.unwrap_or_default());
        Ok(())
    }

    fn append_time(&mut self, format: &DateFormat, memory: &mut String) -> Result<(), Fault> {
        let now = Timestamp::from_nanosecond(self.surroundings.now_ns());
        let now = now.map_err(|_| Fault::Unavailable("the clock is beyond the calendar"))?;
        format.append(&Zoned::new(now, self.surroundings.zone().clone()), memory);
        Ok(())
    }
}

fn borrowed(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

/// A node that belongs to nobody else.
fn owned<'v>(node: Option<Json>, missing: &'static str) -> Result<Value<'v>, Fault> {
    let value = node.and_then(|node| match node {
        Json::String(text) => Some(Value::Text(Cow::Owned(text))),
        node => match Value::from_json(&node)? {
            Value::Integer(integer) => Some(Value::Integer(integer)),
            Value::Float(float) => Some(Value::Float(float)),
            Value::Boolean(truth) => Some(Value::Boolean(truth)),
            _ => Some(Value::Object(Cow::Owned(node))),
        },
    });
    value.ok_or(Fault::Unavailable(missing))
}
