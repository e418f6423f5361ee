//! HTTP/2 (RFC 9113) with HPACK (RFC 7541), server and client role.
//!
//! [`frame`] knows the layouts, one file a frame; [`stream`] the state machine of one exchange and [`streams`] and [`heads`]
//! where they are kept; [`flow`] the windows; [`settings`] what both ends agreed on; `guard` the floods. A
//! [`Connection`] puts them together: `receive` turns frames into events, `send` turns answers into frames.

pub mod connection;
mod content;
mod control;
mod deadline;
pub mod error;
pub mod flow;
pub mod frame;
mod goaway;
mod guard;
pub mod heads;
pub mod hpack;
mod receive;
mod repeated;
mod send;
pub mod settings;
pub mod stream;
pub mod streams;

#[cfg(test)]
mod tests;

pub use connection::{Connection, Role};
pub use error::Reason;
