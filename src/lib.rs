//! Understudy learns the parts of the services that a system talks to, and plays them. This page explains the machine;
//! each name in it leads to the code.
//!
//! # Two planes
//!
//! The **data plane** ([`worker`]) serves traffic: one thread per core, each with its own connections, its own ring or
//! epoll instance and its own timers. The **control plane** ([`admin`]) serves the REST interface on one thread of its
//! own. They meet in two places. One is a pointer: the control plane compiles every provision into an
//! [`answer::Answer`], collects them in an immutable snapshot and swaps the pointer ([`publish`]); a worker loads it once
//! per batch of requests. So a request sees one snapshot and never a mixture, no look-up is locked, and after the `201`
//! to a provision every later request is answered by it. The other is the server data
//! ([`understudy_model::events`]), where workers record what they received and answered, and the control plane reads it.
//!
//! # The way of a request
//!
//! 1. The acceptor thread takes a connection and hands it to the worker with the fewest.
//! 2. There the connection is one task. It keeps a read pending and gives what arrives, through TLS if there is any,
//!    to a protocol engine of the crate [`understudy_wire`], which knows neither sockets nor clocks.
//! 3. The engine says which requests are complete. Each is answered inline: the gate, the URI in its normal form, one
//!    look-up in the snapshot of the crate [`understudy_model`], and the prepared bytes of the answer go to the output.
//!    There is no task, channel, header map or allocation per request. If the provision transforms, its program
//!    ([`understudy_model::transform`]), compiled when it was posted, fills the slots of its body.
//! 4. When the engine has nothing more to say, or enough waits to be sent, the output is written at once. Until it is
//!    written nothing more is read: a peer that does not take its answers cannot make us hold more of them.
//!
//! # States and events
//!
//! Server data is kept by method and URI, in shards with a short lock each. Reading the state, finding the provision for
//! it, transforming, and recording the event with the next state are one critical section, so parallel requests to one
//! URI each see the state that the one before left. With recording switched off and nothing recorded, nothing is locked.
//! An event is one compact record of raw bytes that refers to the provision's answer instead of copying it; JSON is made
//! of it when somebody asks. Bounded by bytes: the oldest history goes first, never the latest event of a key.
//!
//! # Time
//!
//! An answer with a delay waits in the worker's timers, as do all deadlines; no thread and no task stands for it.
//!
//! # Metrics
//!
//! A worker counts what it answers in plain cells of its own ([`metrics::Tally`]): per request a few additions, per batch
//! one more look at the clock, which gives the delay of all prompt answers in it. At most
//! [`limits::COUNTS_KEPT`] later it leaves a copy where the control plane finds it, also when nothing more comes. The
//! page at `/metrics` ([`metrics`]) is made from these copies when somebody asks for it, and nothing else is kept: counters
//! and histograms on it are of one moment for each worker, and nothing grows while nobody asks.
//!
//! # Beginning and end
//!
//! The command line ([`cli`]) is checked once ([`config`]); after that nothing is optional or defaulted. Started under the
//! name `h2agent` the program takes that program's options and speaks its texts. [`start`] loads
//! and binds everything before it starts anything, so that a failure is one line ([`error::StartError`]) and nothing to
//! clean up. The workers run on io_uring where the kernel allows it, else on epoll ([`worker::driver`]). At the end
//! ([`Running::drain`]) nothing new is accepted, exchanges in progress finish up to a deadline, and what had to be cut
//! is counted.
//!
//! # Bounds
//!
//! Every queue, buffer, time and retry has a bound with a name and a reason: [`limits`] for the binary,
//! [`understudy_wire::limits`] for what a peer may do.

pub mod admin;
pub mod answer;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod limits;
pub mod log;
pub mod metrics;
pub mod publish;
pub mod running;
pub mod startup;
pub mod tls;
pub mod worker;

pub use running::{Running, start};
