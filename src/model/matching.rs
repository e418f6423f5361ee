//! How a request finds its provision.
//!
//! The URI is normalised first ([`uri`]), then looked up with the method and the current state (`exact.rs`, the
//! algorithm FullMatching). The algorithms that work with regular expressions get a file of their own beside it.

pub(crate) mod exact;
pub mod uri;
