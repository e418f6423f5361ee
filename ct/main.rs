//! Component tests: the binary as its users see it, over sockets. One file per theme, `support` holds the clients.
//!
//! `UNDERSTUDY_CT_DRIVER=epoll` (or `io-uring`) runs all of them with that driver.
#![allow(clippy::print_stderr, reason = "a failed test shows what the server printed")]

mod support;

mod admin;
mod data;
mod delay;
mod drain;
mod examples;
mod flood;
mod h1;
mod h1_smuggling;
mod h2_connection;
mod h2_flow;
mod h2_frames;
mod h2_messages;
mod h2_settings;
mod h2_streams;
mod h2agent_cli;
mod health;
mod hpack;
mod interop;
mod limits;
mod metrics;
mod metrics_own;
mod placement;
mod publish;
mod rows_command_line;
mod rows_interfaces;
mod rows_transform;
mod start;
mod state;
mod tidy;
mod tls;
mod traffic;
