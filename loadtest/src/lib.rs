//! A load generator: drives HTTP/2 and HTTP/1.1 servers at more requests a second than they can answer, and measures
//! what came of it. This page explains it; each name in it leads to the code.
//!
//! # From the command line to the plan
//!
//! What is typed ([`cli::Typed`]) becomes [`cli::Settings`]: URLs taken apart ([`target`]), requests prepared
//! ([`requests`]), a script compiled ([`script`]), trust settled ([`tls`]), rates turned into due times ([`pace`]).
//! All that can be wrong is found there, in one line, before anything is sent. After that there is a [`plan::Plan`]
//! without options or defaults.
//!
//! # The engine
//!
//! [`engine`] runs a thread per core. Each has connections of its own, a poller, and an account of what is to be sent and
//! what came of it; threads share nothing while they run. A connection is a socket, perhaps a TLS session, and the client
//! role of the protocol engine of the crate [`understudy_wire`], which knows neither sockets nor clocks. When a socket is
//! readable it is read once, all answers in it are booked, as many requests as there is room for are encoded, and all
//! of them are written at once.
//!
//! In the **closed loop** a request goes out when there is room for it. In the **open loop** ([`pace::Pace`]) request k is
//! due at a moment that is known beforehand; it goes out then, or as soon as there is room, and its latency counts from
//! the due time. So a server that stalls for a second shows a second of bad latencies and not one bad answer.
//!
//! A [`script`] is several messages in order, each made of what the answers before it held. One request of a running
//! script is in flight at a time; when the rate asks for a request and no script has one, a new script begins.
//!
//! # What is measured
//!
//! A [`record::Tally`] counts ends by kind and puts latencies into a histogram with three significant digits. Twice a
//! second each thread hands its share over; [`results::Results`] adds them up, and [`report`], [`hermes`] and
//! [`assertion`] only read them. The generator watches itself as well: the CPU of its threads, and by how much it was
//! late. Where it is the bottleneck the report says so.
#![forbid(unsafe_code)]

pub mod assertion;
pub mod cli;
mod decimal;
pub mod engine;
pub mod hermes;
pub mod limits;
pub mod pace;
pub mod percentile;
pub mod plan;
pub mod record;
pub mod report;
pub mod requests;
pub mod results;
pub mod run;
pub mod script;
pub mod target;
pub mod tls;
