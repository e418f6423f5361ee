//! What is printed at the start: the lines of h2agent in their order, with what is true of this program.

use super::options::Options;
use crate::config::{Bounds, Prometheus};
use std::fmt::{Display, Write};
use std::path::PathBuf;
use understudy_model::events::Storage;

/// The version as `-v` prints it.
pub(super) const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// What the options do not say.
pub(super) struct Facts<'a> {
    /// When the program was started.
    pub(super) time: &'a str,
    /// The port of the admin interface: the one in use, or the one asked for when the start failed.
    pub(super) admin_port: &'a str,
    /// The same of the traffic interface.
    pub(super) server_port: &'a str,
    /// Cpus that we may use.
    pub(super) cpus: usize,
    /// Threads that serve traffic.
    pub(super) workers: usize,
    /// The traffic interface speaks TLS.
    pub(super) is_secure: bool,
    /// What is kept of requests and answers.
    pub(super) storage: Storage,
    /// The metrics that are being served.
    pub(super) metrics: Option<&'a Prometheus>,
}

/// The time of day as h2agent writes it.
pub(super) fn stamp() -> String {
    crate::clock::local_now().strftime("%d/%m/%y %H:%M:%S %Z").to_string()
}

/// All lines, the empty one at the end included.
pub(super) fn printout(options: &Options, facts: &Facts<'_>) -> String {
    let mut lines = Lines(format!("[{}] Starting h2agent (version {VERSION}) ...\n", facts.time));
    lines.service(options, facts);
    lines.tls(options, facts.is_secure);
    lines.mock(options, facts);
    lines.metrics(facts.metrics);
    lines.0.push('\n');
    lines.0
}

struct Lines(String);

impl Lines {
    fn line(&mut self, label: &str, value: impl Display) {
        // A string takes everything.
        let _ = writeln!(self.0, "{label}: {value}");
    }

    fn service(&mut self, options: &Options, facts: &Facts<'_>) {
        let or_none = |name: &str| if name.is_empty() { "<none>" } else { name }.to_owned();
        self.line("Log level", options.log_level);
        self.line("Verbose (stdout)", options.verbose);
        self.line("IP stack", if options.ipv6 { "IPv6" } else { "IPv4" });
        self.line("Admin port", facts.admin_port);
        self.line("Server port", facts.server_port);
        self.line("Server api name", or_none(&options.api_name));
        self.line("Server api version", or_none(&options.api_version));
        self.line("Hardware concurrency", facts.cpus);
        self.line("Traffic server worker threads", facts.workers);
        // Connections are spread over the workers, however many threads were asked for.
        self.line("Server threads (exploited by multiple clients)", facts.workers);
    }

    fn tls(&mut self, options: &Options, is_secure: bool) {
        let password = options.key_password.as_ref().map_or("<not provided>", |_| "***");
        self.line("Server key password", password);
        self.line("Server key file", file(options.key.as_ref()));
        self.line("Server crt file", file(options.crt.as_ref()));
        if !is_secure {
            self.line("SSL/TLS disabled", "both key & certificate must be provided");
            if options.key_password.is_some() {
                self.0.push_str("Server key password was provided but will be ignored !\n");
            }
        }
        self.line("Traffic secured", if is_secure { "yes" } else { "no" });
        let admin = match (options.secure_admin, is_secure) {
            (false, _) => "no",
            (true, true) => "yes",
            (true, false) => "ignored",
        };
        self.line("Admin secured", admin);
    }

    fn mock(&mut self, options: &Options, facts: &Facts<'_>) {
        let switch = |on| if on { "enabled" } else { "disabled" };
        self.line("Server request schema", file(options.request_schema.as_ref()));
        self.line("Server matching configuration file", file(options.matching.as_ref()));
        self.line("Server provision configuration file", file(options.provision.as_ref()));
        self.line("Server data storage", switch(facts.storage.events));
        self.line("Server data requests history storage", switch(facts.storage.history));
    }

    fn metrics(&mut self, metrics: Option<&Prometheus>) {
        let Some(metrics) = metrics else {
            self.0.push_str("Metrics disabled\n");
            return;
        };
        self.line("Prometheus port", metrics.port);
        for (name, bounds) in [
            ("response delay seconds", &metrics.delay_bounds_s),
            ("message size bytes", &metrics.size_bounds_bytes),
        ] {
            if !bounds.values().is_empty() {
                self.line(&format!("Prometheus '{name}' histogram boundaries"), list(bounds));
            }
        }
    }
}

fn file(path: Option<&PathBuf>) -> String {
    path.map_or("<not provided>".to_owned(), |path| path.display().to_string())
}

/// Six decimals and a blank each.
fn list(bounds: &Bounds) -> String {
    bounds.values().iter().map(|bound| format!("{bound:.6} ")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::options::{Asked, parse};
    use super::*;

    fn options(typed: &str) -> Options {
        let words = std::iter::once("h2agent").chain(typed.split_whitespace());
        match parse(&words.map(Into::into).collect::<Vec<_>>()) {
            Ok(Asked::Serve(options)) => *options,
            other => panic!("{typed}: {other:?}"),
        }
    }

    fn facts<'a>() -> Facts<'a> {
        Facts {
            time: "03/04/21 20:49:35 CEST",
            admin_port: "8074",
            server_port: "8000",
            cpus: 8,
            workers: 6,
            is_secure: false,
            storage: Storage { events: true, history: true },
            metrics: None,
        }
    }

    #[test]
    fn lines_stand_in_the_order_of_h2agent() {
        let expected = format!(
            "[03/04/21 20:49:35 CEST] Starting h2agent (version {VERSION}) ...\n\
             Log level: Warning\n\
             Verbose (stdout): true\n\
             IP stack: IPv4\n\
             Admin port: 8074\n\
             Server port: 8000\n\
             Server api name: <none>\n\
             Server api version: <none>\n\
             Hardware concurrency: 8\n\
             Traffic server worker threads: 6\n\
             Server threads (exploited by multiple clients): 6\n\
             Server key password: <not provided>\n\
             Server key file: <not provided>\n\
             Server crt file: <not provided>\n\
             SSL/TLS disabled: both key & certificate must be provided\n\
             Traffic secured: no\n\
             Admin secured: no\n\
             Server request schema: <not provided>\n\
             Server matching configuration file: <not provided>\n\
             Server provision configuration file: <not provided>\n\
             Server data storage: enabled\n\
             Server data requests history storage: enabled\n\
             Metrics disabled\n\
             \n"
        );
        assert_eq!(printout(&options("--verbose"), &facts()), expected);
    }

    #[test]
    fn options_change_their_lines() {
        let typed = "-l Emergency --ipv6 -m app -n v1 --server-key-password secret -k k.pem \
             -s --server-request-schema s.json --server-matching m.json --server-provision p.json";
        let shown = printout(
            &options(typed),
            &Facts { storage: Storage { events: true, history: false }, ..facts() },
        );
        for line in [
            "Log level: Error",
            "Verbose (stdout): false",
            "IP stack: IPv6",
            "Server api name: app",
            "Server api version: v1",
            "Server key password: ***",
            "Server key file: k.pem",
            "Server crt file: <not provided>",
            "Server key password was provided but will be ignored !",
            "Admin secured: ignored",
            "Server request schema: s.json",
            "Server matching configuration file: m.json",
            "Server provision configuration file: p.json",
            "Server data storage: enabled",
            "Server data requests history storage: disabled",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
        }
        assert!(!shown.contains("secret"));
    }

    #[test]
    fn tls_is_said_of_both_interfaces() {
        for (typed, admin) in [("", "no"), ("-s", "yes")] {
            let shown = printout(&options(typed), &Facts { is_secure: true, ..facts() });
            let expected = format!("\nTraffic secured: yes\nAdmin secured: {admin}\n");
            assert!(shown.contains(&expected), "{shown}");
            assert!(!shown.contains("SSL/TLS disabled"), "{shown}");
        }
    }

    #[test]
    fn metrics_show_port_and_boundaries_where_there_are_any() {
        let read = |typed| Bounds::read(typed).unwrap();
        let metrics = |delay, size| Prometheus {
            port: 8080,
            source: "h2agent".to_owned(),
            delay_bounds_s: read(delay),
            size_bounds_bytes: read(size),
        };
        for (metrics, expected) in [
            (metrics("", ""), "Prometheus port: 8080\n\n"),
            (
                metrics("0.001 1e-1", "100"),
                "Prometheus port: 8080\n\
                 Prometheus 'response delay seconds' histogram boundaries: 0.001000 0.100000 \n\
                 Prometheus 'message size bytes' histogram boundaries: 100.000000 \n\n",
            ),
        ] {
            let shown = printout(&options(""), &Facts { metrics: Some(&metrics), ..facts() });
            assert!(shown.ends_with(&format!("storage: enabled\n{expected}")), "{shown}");
        }
    }

    #[test]
    fn the_stamp_has_date_time_and_zone() {
        let stamp = stamp();
        let pattern: String =
            stamp.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        assert!(pattern.starts_with("99/99/99 99:99:99 "), "{stamp}");
        assert!(stamp.len() > "03/04/21 20:49:35 ".len(), "{stamp}");
    }
}
