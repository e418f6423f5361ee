//! The part of an answer that stays as posted.

use bytes::Bytes;
use std::sync::Arc;

/// Header fields as posted: names may have upper case. Shared between provisions that have the same.
pub type Headers = Arc<Vec<(String, String)>>;

/// What a provision answers with, before any transformation. Events refer to it instead of copying it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status, 100 to 999, or the code of a stream reset, 0 to 99.
    pub code: u16,
    /// Header fields.
    pub headers: Headers,
    /// The body as it is sent; empty without one.
    pub body: Bytes,
    /// The `requestUri` of the provision, empty for a default one.
    pub provision_uri: Arc<str>,
}
