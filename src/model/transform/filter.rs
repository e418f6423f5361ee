//! What an item does to the value on its way: sections A4.4 and B1.

mod capture;

use super::TEXT_BYTES_MAX;
use super::compile::Compiler;
use super::fault::Fault;
use super::split::Split;
use super::target::Target;
use super::template::{Name, Text, check_length};
use super::value::Value;
use super::variables::Variables;
use crate::json;
use crate::regex::{Format, Pattern};
use capture::Groups;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::ops::Range;

/// A compiled filter.
#[derive(Debug)]
pub(super) enum Filter {
    RegexCapture { pattern: Pattern, groups: Groups },
    RegexReplace { pattern: Pattern, format: Format },
    Append(Text),
    Prepend(Text),
    AppendVar(Name),
    PrependVar(Name),
    Sum(Number),
    Multiply(Number),
    ConditionVar { name: Name, negated: bool },
    EqualTo(Text),
    DifferentFrom(Text),
    Split(Split),
    Size,
}

/// The argument of an arithmetic filter: how it is written decides how is calculated.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    fn parse(number: &Json) -> Option<Number> {
        let integer = number.as_i64().or_else(|| number.as_u64().map(u64::cast_signed));
        integer.map(Number::Integer).or_else(|| number.as_f64().map(Number::Float))
    }
}

/// What filters work with besides the value.
pub(super) struct Workshop<'w, 'm> {
    pub(super) variables: &'w mut Variables<'m>,
    pub(super) groups: &'w mut Vec<Option<Range<usize>>>,
}

impl Filter {
    /// Compiles a filter of an item with this target. The error has the pointer below the filter, and the reason.
    pub(super) fn parse(
        filter: &Json,
        target: &Target,
        target_text: &str,
        compiler: &mut Compiler,
    ) -> Result<Filter, (String, String)> {
        if filter == "Size" {
            return Ok(Filter::Size);
        }
        let members = filter.as_object().filter(|members| members.len() == 1);
        let Some((kind, argument)) = members.and_then(|members| members.iter().next()) else {
            return Err((String::new(), "a filter has exactly one member".to_owned()));
        };
        let failed = |reason: String| (format!("/{kind}"), reason);
        match kind.as_str() {
            "RegexReplace" => replace(argument),
            "Sum" | "Multiply" => {
                let number = Number::parse(argument).ok_or_else(|| failed("no number".into()))?;
                Ok(if kind == "Sum" { Filter::Sum(number) } else { Filter::Multiply(number) })
            }
            "Split" => Split::parse(argument).map(Filter::Split).map_err(failed),
            _ => {
                let text = argument.as_str().ok_or_else(|| failed("no string".into()))?;
                match kind.as_str() {
                    "RegexCapture" => {
                        capture::parse(text, target, target_text, compiler).map_err(failed)
                    }
                    kind => textual(kind, text, compiler)
                        .ok_or_else(|| (String::new(), "unknown filter".to_owned())),
                }
            }
        }
    }

    /// The name, as it is posted.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Filter::RegexCapture { .. } => "RegexCapture",
            Filter::RegexReplace { .. } => "RegexReplace",
            Filter::Append(_) => "Append",
            Filter::Prepend(_) => "Prepend",
            Filter::AppendVar(_) => "AppendVar",
            Filter::PrependVar(_) => "PrependVar",
            Filter::Sum(_) => "Sum",
            Filter::Multiply(_) => "Multiply",
            Filter::ConditionVar { .. } => "ConditionVar",
            Filter::EqualTo(_) => "EqualTo",
            Filter::DifferentFrom(_) => "DifferentFrom",
            Filter::Split(_) => "Split",
            Filter::Size => "Size",
        }
    }

    /// The filtered value, which may use `out` as memory.
    pub(super) fn apply<'v>(
        &self,
        value: Value<'v>,
        out: &'v mut String,
        workshop: &mut Workshop<'_, '_>,
    ) -> Result<Value<'v>, Fault> {
        out.clear();
        let variables = &*workshop.variables;
        match self {
            Filter::RegexCapture { pattern, groups } => {
                let value = into_text(value, out)?;
                let captured = groups.capture(pattern, &value, workshop)?;
                return if captured { Ok(Value::Text(value)) } else { Err(Fault::Unfulfilled) };
            }
            Filter::RegexReplace { pattern, format } => {
                let text = value.to_text().ok_or_else(|| not_text(&value))?;
                let mut bytes = std::mem::take(out).into_bytes();
                let is_short =
                    pattern.replace_all(text.as_bytes(), format, TEXT_BYTES_MAX, &mut bytes);
                *out = into_string(bytes);
                if !is_short {
                    return Err(Fault::TooLong);
                }
            }
            Filter::Append(text) => {
                append_value(&value, out)?;
                text.append_to(variables, out)?;
            }
            Filter::Prepend(text) => {
                text.append_to(variables, out)?;
                append_value(&value, out)?;
            }
            Filter::AppendVar(name) => {
                append_value(&value, out)?;
                out.push_str(name.get(variables)?.unwrap_or_default());
            }
            Filter::PrependVar(name) => {
                out.push_str(name.get(variables)?.unwrap_or_default());
                append_value(&value, out)?;
            }
            Filter::Sum(number) => {
                return calculate(&value, *number, i64::wrapping_add, |a, b| a + b);
            }
            Filter::Multiply(number) => {
                return calculate(&value, *number, i64::wrapping_mul, |a, b| a * b);
            }
            Filter::ConditionVar { name, negated } => {
                let holds = name.get(variables)?.is_some_and(|value| !value.is_empty());
                return pass_if(holds != *negated, into_text(value, out)?);
            }
            Filter::EqualTo(expected) => {
                let value = into_text_or_json(value, out)?;
                return pass_if(value == expected.resolve(variables)?, value);
            }
            Filter::DifferentFrom(expected) => {
                let value = into_text_or_json(value, out)?;
                return pass_if(value != expected.resolve(variables)?, value);
            }
            Filter::Split(split) => {
                split.append(&value.to_text().ok_or_else(|| not_text(&value))?, out);
            }
            Filter::Size => append_size(&value, out)?,
        }
        check_length(out.len())?;
        Ok(Value::Text(Cow::Borrowed(out)))
    }
}

fn replace(argument: &Json) -> Result<Filter, (String, String)> {
    let text = |member: &str| argument[member].as_str().unwrap_or_default();
    let pattern = Pattern::new(text("rgx"))
        .map_err(|error| ("/RegexReplace/rgx".to_owned(), error.to_string()))?;
    Ok(Filter::RegexReplace { pattern, format: Format::new(text("fmt")) })
}

/// The filters whose argument is a text or the name of a variable.
fn textual(kind: &str, text: &str, compiler: &mut Compiler) -> Option<Filter> {
    let names = &mut compiler.names;
    Some(match kind {
        "Append" => Filter::Append(Text::parse(text, names)),
        "Prepend" => Filter::Prepend(Text::parse(text, names)),
        "AppendVar" => Filter::AppendVar(Name::parse(text, names)),
        "PrependVar" => Filter::PrependVar(Name::parse(text, names)),
        "EqualTo" => Filter::EqualTo(Text::parse(text, names)),
        "DifferentFrom" => Filter::DifferentFrom(Text::parse(text, names)),
        "ConditionVar" => {
            let negated = text.starts_with('!');
            let name = text.strip_prefix('!').unwrap_or(text);
            Filter::ConditionVar { name: Name::parse(name, names), negated }
        }
        _ => return None,
    })
}

fn not_text(value: &Value<'_>) -> Fault {
    Fault::unconvertible(value, "text")
}

fn append_value(value: &Value<'_>, out: &mut String) -> Result<(), Fault> {
    match value.append_text(out) {
        true => Ok(()),
        false => Err(not_text(value)),
    }
}

/// The value as text; what is no text yet is written to `out`.
fn into_text<'v>(value: Value<'v>, out: &'v mut String) -> Result<Cow<'v, str>, Fault> {
    match value {
        Value::Text(text) => Ok(text),
        value => {
            append_value(&value, out)?;
            Ok(Cow::Borrowed(out))
        }
    }
}

/// As [`into_text`], with objects and arrays as compact JSON, so that they can be compared.
fn into_text_or_json<'v>(value: Value<'v>, out: &'v mut String) -> Result<Cow<'v, str>, Fault> {
    match value {
        Value::Object(node) => Ok(Cow::Owned(into_string(json::to_compact(&node)))),
        value => into_text(value, out),
    }
}

fn pass_if(fulfilled: bool, text: Cow<'_, str>) -> Result<Value<'_>, Fault> {
    match fulfilled {
        true => Ok(Value::Text(text)),
        false => Err(Fault::Unfulfilled),
    }
}

fn calculate<'v>(
    value: &Value<'_>,
    number: Number,
    integers: fn(i64, i64) -> i64,
    floats: fn(f64, f64) -> f64,
) -> Result<Value<'v>, Fault> {
    let calculated = match number {
        Number::Integer(number) => value.to_integer().map(|v| Value::Integer(integers(v, number))),
        Number::Float(number) => value.to_float().map(|v| Value::Float(floats(v, number))),
    };
    calculated.ok_or_else(|| Fault::unconvertible(value, "number"))
}

/// Members, elements or characters, as text.
fn append_size(value: &Value<'_>, out: &mut String) -> Result<(), Fault> {
    let size = match value {
        Value::Object(node) => match &**node {
            Json::Object(members) => members.len(),
            Json::Array(elements) => elements.len(),
            _ => 0,
        },
        value => value.to_text().ok_or_else(|| not_text(value))?.chars().count(),
    };
    append_value(&Value::Unsigned(size as u64), out)
}

/// A pattern sees bytes, so a replacement may cut characters.
fn into_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
