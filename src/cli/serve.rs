//! `understudy serve`: the mock server.

mod args;

pub use args::ServeArgs;

use super::signals::{Ended, Signals};
use crate::config::{Config, Machine};
use crate::log::{Logging, Style};
use crate::running::{Running, start};
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

/// Exit codes: 0 after an orderly end, 1 when something failed, 2 for options that cannot be right.
const USAGE: u8 = 2;

/// Serves until a signal ends it.
pub fn run(typed: &ServeArgs) -> ExitCode {
    let config = match Config::new(typed, &Machine::prepare()) {
        Ok(config) => config,
        Err(error) => return refuse(&error, USAGE),
    };
    let logging = Logging::start(Style::Service { verbose: typed.verbose }, typed.log_level);
    // The signals are caught before anything is started, so that none is lost in between.
    let mut signals = match Signals::catch() {
        Ok(signals) => signals,
        Err(error) => return refuse(&format_args!("signals: {error}; report this as a bug"), 1),
    };
    let running = match start(&config, logging.control()) {
        Ok(running) => running,
        Err(error) => return refuse(&error, 1),
    };
    for notice in running.notices() {
        warn(notice);
    }
    announce(&config, &running);
    signals.first();
    match signals.drain(running) {
        Ended::Drained => ExitCode::SUCCESS,
        Ended::Cut(cut) => refuse(
            &format_args!("drain: {cut} connections cut; give a longer --drain-timeout-ms"),
            1,
        ),
        Ended::SecondSignal => {
            refuse(&"second signal: ended at once; requests in progress are lost", 1)
        }
        Ended::Panicked => ExitCode::FAILURE,
    }
}

/// One line on standard error, and the exit code.
fn refuse(error: &dyn Display, code: u8) -> ExitCode {
    warn(error);
    ExitCode::from(code)
}

fn warn(line: &dyn Display) {
    // Nobody can be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "understudy: {line}");
}

/// What was started, on standard output.
fn announce(config: &Config, running: &Running) {
    let text = summary(config, running);
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn summary(config: &Config, running: &Running) -> String {
    let cpus: Vec<String> = config.worker_cpus.iter().flatten().map(ToString::to_string).collect();
    let pinned = if cpus.is_empty() {
        "not pinned".to_owned()
    } else {
        format!("on cpus {}", cpus.join(","))
    };
    let (scheme, protocols, tls) = match &config.tls {
        None => ("http", "HTTP/2, HTTP/1.1, h2c upgrade", "off".to_owned()),
        Some(files) => (
            "https",
            "HTTP/2, HTTP/1.1",
            format!("on (ALPN h2, http/1.1), certificate {}", files.certificate.display()),
        ),
    };
    let metrics = running.metrics_address();
    let metrics = metrics.map_or("off".to_owned(), |address| format!("http://{address}/metrics"));
    let admin_scheme = if config.secure_admin { "https" } else { "http" };
    format!(
        "understudy {version}\n\
         \x20 traffic   {scheme}://{traffic} ({protocols})\n\
         \x20 admin     {admin_scheme}://{admin}/admin/v1\n\
         \x20 metrics   {metrics}\n\
         \x20 workers   {workers} {pinned}\n\
         \x20 driver    {driver}\n\
         \x20 tls       {tls}\n\
         ready\n",
        version = env!("CARGO_PKG_VERSION"),
        traffic = running.traffic_address(),
        admin = running.admin_address(),
        workers = config.worker_cpus.len(),
        driver = running.driver(),
    )
}
