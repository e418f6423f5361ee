//! The options of h2agent, in the order in which their values are examined.

/// One option.
#[derive(Debug)]
pub(super) struct Entry {
    /// The names it is looked for by: the short one and the long one, then those of newer releases.
    pub(super) names: &'static [&'static str],
    /// What its value is called; empty for a switch.
    pub(super) value: &'static str,
    /// What the user is told about it.
    pub(super) text: &'static str,
}

const fn entry(names: &'static [&'static str], value: &'static str, text: &'static str) -> Entry {
    Entry { names, value, text }
}

pub(super) static LOG_LEVEL: Entry = entry(
    &["-l", "--log-level"],
    "LEVEL",
    "Least severe level to log: Debug, Informational, Notice, Warning (the default), Error,\n\
     Critical, Alert or Emergency. Errors are always logged.",
);
pub(super) static VERBOSE: Entry =
    entry(&["--verbose"], "", "Write log lines on the console too, not only to syslog.");
pub(super) static IPV6: Entry =
    entry(&["--ipv6"], "", "Bind to :: (IPv6 and IPv4) instead of 0.0.0.0.");
pub(super) static BIND_ADDRESS: Entry =
    entry(&["-b", "--bind-address"], "IP", "Bind both interfaces to this address instead.");
pub(super) static ADMIN_PORT: Entry = entry(
    &["-a", "--admin-port"],
    "PORT",
    "Port of the admin interface; 8074 by default, 0 for any free one.",
);
pub(super) static SERVER_PORT: Entry = entry(
    &["-p", "--server-port", "--traffic-server-port"],
    "PORT",
    "Port of the traffic interface; 8000 by default, 0 for any free one.",
);
pub(super) static API_NAME: Entry = entry(
    &["-m", "--server-api-name", "--traffic-server-api-name"],
    "NAME",
    "First path segment that requests must have; none by default.",
);
pub(super) static API_VERSION: Entry = entry(
    &["-n", "--server-api-version", "--traffic-server-api-version"],
    "VERSION",
    "Path segment that must follow the API name; none by default.",
);
pub(super) static WORKER_THREADS: Entry = entry(
    &["-w", "--worker-threads", "--traffic-server-worker-threads"],
    "N",
    "Threads that serve traffic, from reading to writing; one per cpu by default.",
);
pub(super) static SERVER_THREADS: Entry = entry(
    &["-t", "--server-threads", "--traffic-server-io-threads"],
    "N",
    "Accepted, but without effect: the worker threads read and write the connections.",
);
pub(super) static KEY: Entry = entry(
    &["-k", "--server-key", "--traffic-server-key"],
    "FILE",
    "Private key in PEM; with a certificate the traffic interface speaks TLS.",
);
pub(super) static KEY_PASSWORD: Entry = entry(
    &["--server-key-password", "--traffic-server-key-password"],
    "PASSWORD",
    "Password of the private key; it is not prompted for.",
);
pub(super) static CRT: Entry =
    entry(&["-c", "--server-crt", "--traffic-server-crt"], "FILE", "Certificate chain in PEM.");
pub(super) static SECURE_ADMIN: Entry = entry(
    &["-s", "--secure-admin"],
    "",
    "Use key and certificate on the admin interface too; ignored without them.",
);
pub(super) static REQUEST_SCHEMA: Entry =
    entry(&["--server-request-schema"], "FILE", "JSON schema that bodies of requests must fulfil.");
pub(super) static MATCHING: Entry = entry(
    &["--server-matching", "--traffic-server-matching"],
    "FILE",
    "How requests are matched: what could be posted to server-matching.",
);
pub(super) static PROVISION: Entry = entry(
    &["--server-provision", "--traffic-server-provision"],
    "FILE",
    "Provisions to start with: a JSON object or an array of them.",
);
pub(super) static DISCARD_DATA: Entry = entry(
    &["--discard-server-data", "--discard-data"],
    "",
    "Keep nothing of requests and answers. States, and transformations that read events, then\n\
     do nothing. Implies the next one.",
);
pub(super) static DISCARD_HISTORY: Entry = entry(
    &["--discard-server-data-requests-history", "--discard-data-key-history"],
    "",
    "Keep only the latest request to each method and URI.",
);
pub(super) static DATA_MAX_BYTES: Entry = entry(
    &["--server-data-max-bytes"],
    "BYTES",
    "Memory for requests and answers, such as 800M or 4G; beyond, the oldest are dropped. Half\n\
     of the memory of the cgroup or the host by default, 0 for no bound.",
);
pub(super) static PROMETHEUS_PORT: Entry = entry(
    &["--prometheus-port"],
    "PORT",
    "Port of the metrics, at the path /metrics; 8080 by default, -1 for none.",
);
pub(super) static DISABLE_METRICS: Entry = entry(&["--disable-metrics"], "", "Serve no metrics.");
pub(super) static DELAY_BOUNDS: Entry = entry(
    &["--prometheus-response-delay-seconds-histogram-boundaries"],
    "LIST",
    "Upper bounds of the buckets for response delays, in one word: \"0.001 0.01 0.1\".",
);
pub(super) static SIZE_BOUNDS: Entry = entry(
    &["--prometheus-message-size-bytes-histogram-boundaries"],
    "LIST",
    "Upper bounds of the buckets for sizes of messages.",
);
pub(super) static NAME: Entry =
    entry(&["--name"], "NAME", "Name of this server in the metrics; h2agent by default.");
pub(super) static VERSION: Entry = entry(&["-v", "--version"], "", "Print the version.");
pub(super) static HELP: Entry = entry(&["-h", "--help"], "", "Print this text.");

/// All of them.
pub(super) static ALL: [&Entry; 27] = [
    &LOG_LEVEL,
    &VERBOSE,
    &IPV6,
    &BIND_ADDRESS,
    &ADMIN_PORT,
    &SERVER_PORT,
    &API_NAME,
    &API_VERSION,
    &WORKER_THREADS,
    &SERVER_THREADS,
    &KEY,
    &KEY_PASSWORD,
    &CRT,
    &SECURE_ADMIN,
    &REQUEST_SCHEMA,
    &MATCHING,
    &PROVISION,
    &DISCARD_DATA,
    &DISCARD_HISTORY,
    &DATA_MAX_BYTES,
    &PROMETHEUS_PORT,
    &DISABLE_METRICS,
    &DELAY_BOUNDS,
    &SIZE_BOUNDS,
    &NAME,
    &VERSION,
    &HELP,
];

/// The help: each option with its names and what it does.
pub(super) fn usage() -> String {
    let mut text = "Usage: h2agent [option]...\n\n\
        Options can stand in any order; where one is given twice the first counts. What is no option is ignored.\n"
        .to_owned();
    for Entry { names, value, text: explained } in ALL {
        let names = names.join(", ");
        let blank = if value.is_empty() { "" } else { " " };
        let explained = explained.replace('\n', "\n      ");
        text.push_str(&format!("\n  {names}{blank}{value}\n      {explained}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_options_share_a_name() {
        let mut names: Vec<&str> = ALL.iter().flat_map(|entry| entry.names).copied().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn usage_tells_of_every_name() {
        let usage = usage();
        for name in ALL.iter().flat_map(|entry| entry.names) {
            let word = |c: char| c.is_whitespace() || c == ',';
            assert!(usage.split(word).any(|shown| shown == *name), "{name}");
        }
        assert!(usage.lines().all(|line| line.len() <= 120), "{usage}");
    }
}
