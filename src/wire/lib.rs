//! Sans-IO HTTP engines: bytes go in, events come out, answers become bytes again.
//!
//! There are no sockets, no futures and no clock in this crate; time enters as an argument. That makes
//! every delay, partial read and reset testable in microseconds, and lets one engine run under io_uring,
//! epoll, TLS, a load generator or a capture file.
//!
//! A connection is driven with the same verbs whatever the protocol and the role:
//!
//! 1. append what was read to [`ServerConnection::input`];
//! 2. take events with [`ServerConnection::next_event`] until there is none, answering as they come
//!    (`respond`, or `send_head`, `send_data`, `send_trailers`, `reset`);
//! 3. write what [`ServerConnection::output`] holds;
//! 4. call [`ServerConnection::on_deadline`] when [`ServerConnection::deadline`] has passed.
//!
//! `next_event` stops by itself while more than [`Limits::output_high_bytes`] wait to be written, so a peer
//! that does not read its answers is not read from either.
#![forbid(unsafe_code)]

pub mod connection;
pub mod detect;
pub mod error;
pub mod event;
pub mod h1;
pub mod h2;
pub mod head;
mod io;
pub mod limits;
pub mod prepared;
pub mod rate;

pub use connection::{ClientConnection, ServerConnection};
pub use error::{ConnectionError, ErrorKind, StreamError};
pub use event::{BodyMode, Event, Message, StreamId};
pub use head::Head;
pub use io::Buffers;
pub use limits::Limits;
pub use prepared::{PreparedFields, PreparedHead};
