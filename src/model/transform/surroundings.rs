//! What a program is given: the request, and the world around it as far as it may look.

use crate::QueryFilter;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::fmt;

/// A request, as far as sources can read it.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The normalised URI.
    pub uri: &'a str,
    /// Path and query as received.
    pub target: &'a [u8],
    /// How the query was normalised, which decides what its parameters are.
    pub query_filter: QueryFilter,
    /// The header fields.
    pub fields: &'a dyn Fields,
    /// The body; it need not be JSON, nor text.
    pub body: &'a [u8],
    /// The `inState` of the provision that answers.
    pub in_state: &'a str,
    /// The number of this reception; the first one is 0.
    pub sequence: u64,
}

/// Header fields of a request, pseudo-header fields excluded.
pub trait Fields {
    /// The value of the first field of that name, which is in lower case.
    fn get(&self, name: &[u8]) -> Option<&[u8]>;

    /// Shows every field in the order received, repeated names included.
    fn for_each(&self, visit: &mut dyn FnMut(&[u8], &[u8]));
}

/// No fields at all.
impl Fields for () {
    fn get(&self, _name: &[u8]) -> Option<&[u8]> {
        None
    }

    fn for_each(&self, _visit: &mut dyn FnMut(&[u8], &[u8])) {}
}

/// Clock, dice, recorded events, the rules of the wire and the log: what a pure program has to be handed.
pub trait Surroundings {
    /// Nanoseconds since 1970-01-01 UTC.
    fn now_ns(&self) -> i128;

    /// The zone of local time.
    fn zone(&self) -> &TimeZone;

    /// A number between `low` and `high`, both included; `low` is not above `high`.
    fn random(&mut self, low: i64, high: i64) -> i64;

    /// The addressed event or node of it, unless there is none.
    fn event(&self, address: &EventAddress<'_>) -> Option<Json>;

    /// Can this header field be sent? Else why not.
    fn check_field(&self, name: &str, value: &str) -> Result<(), &'static str>;

    /// An item had no effect. `item` is its index in the transform array; an item of an `onFilterFail` list counts
    /// for the item that has the list.
    fn skipped(&mut self, item: usize, reason: &super::Skip<'_>);
}

/// Which event, and what of it; all four as text, since variables may take part in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventAddress<'a> {
    /// The method of the key; never empty.
    pub method: &'a str,
    /// The normalised URI of the key; never empty.
    pub uri: &'a str,
    /// Position from 1 on, or from the end if negative; never empty, but possibly not a number.
    pub number: &'a str,
    /// JSON pointer into the event; empty for the whole, else it begins with a slash.
    pub path: &'a str,
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("uri", &self.uri)
            .field("sequence", &self.sequence)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
