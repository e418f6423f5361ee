//! The program under the name `h2agent`: its options, its texts and its exit codes around our engine.
//!
//! Exit codes: 0 when help or version were asked for, else 1, after an orderly end as well. Standard output has the
//! start-up lines and, if asked for, traces; standard error says in a line why something was not done.

mod config;
mod entry;
mod options;
mod printout;

use super::signals::{Ended, Signals};
use crate::config::{Config, Machine, Prometheus};
use crate::error::{Part, StartError};
use crate::log::{Logging, Style};
use crate::running::{Running, start};
use options::{Asked, Options};
use printout::{Facts, printout, stamp};
use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Does what the command line asks for, the name of the program included in it.
pub(super) fn run(words: &[OsString]) -> ExitCode {
    match options::parse(words) {
        Ok(Asked::Help) => print(&entry::usage()),
        Ok(Asked::Version) => print(&format!("{}\n", printout::VERSION)),
        Ok(Asked::Serve(options)) => return serve(&options),
        Err(error) => return refuse(&format_args!("{error}\n\n{}", entry::usage().trim_end())),
    }
    ExitCode::SUCCESS
}

/// Serves until a signal ends it.
fn serve(options: &Options) -> ExitCode {
    let (time, machine) = (stamp(), Machine::prepare());
    let config = match config::complete(options, &machine) {
        Ok(config) => config,
        Err(line) => return refuse(&line),
    };
    let logging = Logging::start(Style::H2agent { verbose: options.verbose }, options.log_level);
    // The signals are caught before anything is started, so that none is lost in between.
    let mut signals = match Signals::catch() {
        Ok(signals) => signals,
        Err(error) => return refuse(&format_args!("Initialization error: {error}")),
    };
    let started = start(&config, logging.control());
    let ports = match &started {
        Ok(running) => [running.admin_address(), running.traffic_address()]
            .map(|address| address.port().to_string()),
        Err(_) => [options.admin_port.clone(), options.server_port.clone()],
    };
    // Only now, because the real ports stand in it, and who reads it may begin; but also when the start failed.
    let metrics = config.prometheus.clone().map(|asked| {
        let address = started.as_ref().ok().and_then(Running::metrics_address);
        Prometheus { port: address.map_or(asked.port, |address| address.port()), ..asked }
    });
    print(&printout(options, &facts(&time, &config, &machine, &ports, metrics.as_ref())));
    let running = match started {
        Ok(running) => running,
        Err(error) => return refuse(&start_error(options, &config, &error)),
    };
    for notice in running.notices() {
        warn(&notice.text);
        tracing::warn!("{notice}");
    }
    let signal = signals.first();
    end(signals, running, signal);
    ExitCode::FAILURE
}

fn facts<'a>(
    time: &'a str,
    config: &'a Config,
    machine: &Machine,
    [admin_port, server_port]: &'a [String; 2],
    metrics: Option<&'a Prometheus>,
) -> Facts<'a> {
    Facts {
        time,
        admin_port,
        server_port,
        cpus: machine.cpus.len().max(1),
        workers: config.worker_cpus.len(),
        is_secure: config.tls.is_some(),
        storage: config.storage,
        metrics,
    }
}

/// The line about a start that failed: which interface could not start, and why.
fn start_error(options: &Options, config: &Config, error: &StartError) -> String {
    let admin = || config::refused(config::ADMIN, config.admin.ip(), &options.admin_port);
    let traffic = || config::refused(config::TRAFFIC, config.traffic.ip(), &options.server_port);
    let why = without_number(&error.why);
    match error.part {
        Part::AdminAddress => format!("{}: {why}", admin()),
        Part::TrafficAddress => format!("{}: {why}", traffic()),
        Part::MetricsAddress => {
            config::metrics_refused(config.admin.ip(), &options.prometheus_port)
        }
        Part::Tls => format!("{}: {}: {why}; {}", traffic(), error.what, error.remedy),
        Part::Other => format!("Initialization error: {error}"),
    }
    .replace(['\n', '\r'], " ")
}

/// The text of a system error without the number that Rust appends to it.
fn without_number(why: &str) -> &str {
    why.split_once(" (os error").map_or(why, |(text, _)| text)
}

/// Answers what is in progress, and tells the log what ends and when.
fn end(signals: Signals, running: Running, signal: i32) {
    tracing::warn!("Signal received: {signal}");
    tracing::warn!("Terminating with exit code 1");
    for service in ["timers", "admin", "mock"] {
        tracing::warn!("Stopping h2agent {service} service at {}", stamp());
    }
    match signals.drain(running) {
        Ended::Drained => {}
        Ended::Cut(cut) => tracing::warn!("{cut} connections were cut with requests in progress"),
        Ended::SecondSignal => tracing::warn!("second signal: requests in progress are lost"),
        Ended::Panicked => tracing::error!("a thread of ours did not come to its end"),
    }
    tracing::warn!("Stopping logger");
}

/// One line on standard error, and the exit code.
fn refuse(line: &dyn Display) -> ExitCode {
    warn(line);
    ExitCode::FAILURE
}

fn warn(line: &dyn Display) {
    // Nobody can be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_the_system() {
        let error = std::io::Error::from_raw_os_error(98).to_string();
        assert_eq!(without_number(&error), "Address already in use");
        assert_eq!(without_number("anything else"), "anything else");
    }
}
