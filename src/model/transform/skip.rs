//! Why an item had no effect.

use super::pointer::WriteError;
use std::fmt;

/// The reason, for one line of a log. Nothing of the request is repeated in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip<'a> {
    /// The source gives nothing.
    Unavailable {
        /// The source as posted.
        source: &'a str,
        /// What is missing.
        reason: &'static str,
    },
    /// A condition or a capture said no.
    Unfulfilled {
        /// The name of the filter.
        filter: &'static str,
        /// The source as posted.
        source: &'a str,
    },
    /// A value cannot be turned into what a filter or a target needs.
    Unconvertible {
        /// What the value is.
        from: &'static str,
        /// What it would have to be.
        to: &'static str,
        /// The name of the filter, or the target as posted.
        place: &'a str,
        /// The source as posted.
        source: &'a str,
    },
    /// The target does not take the value.
    Refused {
        /// The target as posted.
        target: &'a str,
        /// What is wrong.
        reason: &'static str,
    },
    /// The body has no such place.
    Unwritable {
        /// The target as posted.
        target: &'a str,
        /// What is wrong.
        error: WriteError,
    },
    /// A text would have grown beyond [`super::TEXT_BYTES_MAX`].
    TooLong {
        /// The source as posted.
        source: &'a str,
    },
}

impl Skip<'_> {
    /// Is this how a program decides, rather than something that went wrong?
    pub fn is_expected(&self) -> bool {
        matches!(self, Skip::Unfulfilled { .. })
    }
}

impl fmt::Display for Skip<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Skip::Unavailable { source, reason } => write!(f, "source {source}: {reason}"),
            Skip::Unfulfilled { filter, source } => {
                write!(f, "source {source}: filter {filter} is not fulfilled")
            }
            Skip::Unconvertible { from, to, place, source } => {
                write!(f, "source {source}: no {to} for {place} can be made of this {from}")
            }
            Skip::Refused { target, reason } => write!(f, "target {target}: {reason}"),
            Skip::Unwritable { target, error } => write!(f, "target {target}: {error}"),
            Skip::TooLong { source } => write!(f, "source {source}: the text would be too long"),
        }
    }
}
