//! Why a step of an item failed, before it is known which item that was.

use super::Skip;
use super::pointer::WriteError;
use super::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Unavailable(&'static str),
    Unfulfilled,
    Unconvertible { from: &'static str, to: &'static str },
    Refused(&'static str),
    Unwritable(WriteError),
    TooLong,
}

/// The texts that make a [`Skip`] of a [`Fault`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'p> {
    pub(super) source: &'p str,
    /// The name of a filter, or the target.
    pub(super) place: &'p str,
    pub(super) filter: &'static str,
}

impl Fault {
    /// The value is not what `to` names.
    pub(super) fn unconvertible(value: &Value<'_>, to: &'static str) -> Fault {
        Fault::Unconvertible { from: describe(value), to }
    }

    pub(super) fn at<'p>(self, place: &Place<'p>) -> Skip<'p> {
        match self {
            Fault::Unavailable(reason) => Skip::Unavailable { source: place.source, reason },
            Fault::Unfulfilled => Skip::Unfulfilled { filter: place.filter, source: place.source },
            Fault::Unconvertible { from, to } => {
                Skip::Unconvertible { from, to, place: place.place, source: place.source }
            }
            Fault::Refused(reason) => Skip::Refused { target: place.place, reason },
            Fault::Unwritable(error) => Skip::Unwritable { target: place.place, error },
            Fault::TooLong => Skip::TooLong { source: place.source },
        }
    }
}

fn describe(value: &Value<'_>) -> &'static str {
    match value {
        Value::Text(_) => "text",
        Value::Integer(_) | Value::Unsigned(_) => "integer",
        Value::Float(_) => "number",
        Value::Boolean(_) => "boolean",
        Value::Object(_) => "object or array",
    }
}
