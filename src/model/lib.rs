//! What to answer: provisions, how requests are matched to them, and the snapshots that workers look up.
//!
//! Nothing here does input or output, reads a clock or rolls dice. The control plane turns a posted document
//! into a [`Provision`], compiles it into whatever answer type `R` the data plane wants, and keeps both in a
//! [`Registry`]. [`Registry::snapshot`] gives an immutable [`Snapshot`] that shares all that did not change with
//! the one before; a worker asks it with [`Snapshot::normalise`] and [`Snapshot::find`], which do not allocate.
#![forbid(unsafe_code)]

pub mod events;
pub mod json;
pub mod matching;
pub mod method;
pub mod provision;
pub mod regex;
pub mod reply;
pub mod request_schema;
pub mod schema;
pub mod snapshot;
pub mod transform;

pub use matching::uri::{QueryFilter, UriScratch};
pub use method::Method;
pub use provision::{Provision, ProvisionError};
pub use snapshot::{Registry, Rule, Snapshot};

/// The state a request is in when nothing was recorded for its URI yet.
pub const STATE_INITIAL: &str = "initial";
