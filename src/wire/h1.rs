//! HTTP/1.1 and 1.0 (RFC 9112), server and client role.
//!
//! A connection is read in steps, each a file: `section` finds the end of a head and refuses the line shapes that
//! parsers disagree about, `request` and `response` make a [`crate::Head`] of it and decide about framing, `body` and
//! `chunked` take the content out. `send` is the way back. Every reason to refuse a message stands in `error`.
//!
//! Where RFC 9112 permits leniency that request smuggling lives on, this engine refuses: bare CR and LF, obs-fold,
//! blanks before a colon, repeated or listed `content-length`, `transfer-encoding` beside it, chunk extensions.

mod body;
mod chunked;
mod client;
mod error;
mod fields;
mod lifecycle;
mod request;
mod response;
mod section;
mod send;
mod server;
mod target;
mod timer;

#[cfg(test)]
mod tests;

pub use client::Client;
pub use server::Server;
