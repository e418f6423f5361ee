//! What a program did to an answer, besides its body.

use crate::Method;
use std::time::Duration;

/// What differs from the provisioned answer; nothing where a member is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Status 100 to 999, or below 100 the code of a stream reset.
    pub code: Option<u32>,
    /// How long the answer waits after the reception; up to 2^64 - 1 milliseconds.
    pub delay: Option<Duration>,
    /// Header fields to add after the provisioned ones, in order. Names may have upper case, values are unchecked.
    pub headers: Vec<(String, String)>,
    /// The computed body holds the answer's; otherwise the provisioned one is sent.
    pub has_body: bool,
    /// The state afterwards; may be empty.
    pub out_state: Option<String>,
    /// The method whose state `out_state` is, if it was named. The last target decides about both.
    pub foreign: Option<Method>,
}
