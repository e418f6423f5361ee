//! The command `loadtest` from outside: servers that others wrote, or that break on purpose, and the counts that both
//! sides make. What a server saw and what the report says have to agree to the last request.
#![allow(clippy::print_stderr, reason = "figures, and what was skipped")]

mod closed;
mod connections;
mod content;
mod failures;
mod h2load;
mod hermes;
mod input;
mod open;
mod reports;
mod scripts_wrong;
mod stall;
mod support;
mod tls;
