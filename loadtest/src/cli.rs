//! What is typed, and what it means.

mod settings;

pub use settings::{HermesOutput, Settings, Shown};

use crate::assertion::Assertion;
use crate::pace::{TypedPace, parse_duration};
use crate::requests::Expect;
use clap::Parser;
use std::path::PathBuf;
use std::time::Duration;

/// Drives load over HTTP/2 or HTTP/1.1 and says what came of it.
///
/// Closed loop: as many requests as there is room for are always in flight (-c connections, -m requests on each).
/// Open loop (-r): requests are sent when they are due, and latency counts from there, so that a stalled server shows.
#[derive(Debug, Parser)]
#[command(
    name = "loadtest",
    version,
    max_term_width = 100,
    after_help = "Examples:
  loadtest -c 8 -m 100 -n 1000000 http://127.0.0.1:8000/app/v1/foo
  loadtest -r 50000 -t 60s -c 4 -d body.json http://127.0.0.1:8000/app/v1/foo --assert 'p99<2ms' --assert 'errors==0'
  loadtest -r 1000:10s,1000..50000:1m http://127.0.0.1:8000/app/v1/foo
  loadtest -r 5000 -t 10 -p 1 -f traffic.json -o report     a hermes script, with hermes' tables and files

Exit code: 0; 1 when an assertion does not hold; 2 when nothing was sent because something is wrong."
)]
pub struct Typed {
    /// `http://host:port/path?query`, or `https://`. A script (-f) names its own target; host and port here replace it
    #[arg(value_name = "URL", required_unless_present_any = ["script", "script_schema"])]
    pub url: Option<String>,

    /// Requests in all
    #[arg(short = 'n', long, value_name = "N", value_parser = parse_count)]
    pub requests: Option<u64>,

    /// How long: seconds, or 500ms, 10s, 5m, 1h [default with a rate: 60s]
    #[arg(short = 't', long, value_name = "TIME", value_parser = parse_duration)]
    pub duration: Option<Duration>,

    /// Open loop: requests/s in all. 1000; a ramp 1000..5000; stages 1000:30s,1000..50000:1m [default with -f: 10]
    #[arg(short = 'r', long, value_name = "RATE")]
    pub rate: Option<TypedPace>,

    /// Connections
    #[arg(short = 'c', long, value_name = "N", default_value_t = 1)]
    pub connections: usize,

    /// Requests in flight on each connection [default: 1; with -r up to 1000, or what the server permits]
    #[arg(short = 'm', long, value_name = "N")]
    pub streams: Option<usize>,

    /// Threads, each with connections of its own [default: one for each cpu, not more than connections]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// Method [default: POST with content, else GET]
    #[arg(short = 'X', long, value_name = "METHOD", conflicts_with_all = ["script", "from"])]
    pub method: Option<String>,

    /// A header field, `name: value` (repeatable)
    #[arg(short = 'H', long = "header", value_name = "FIELD", conflicts_with_all = ["script", "from"])]
    pub headers: Vec<String>,

    /// File with the content of the request
    #[arg(short = 'd', long, value_name = "FILE", conflicts_with_all = ["script", "from"])]
    pub data: Option<PathBuf>,

    /// Statuses that are a success: 200, 2xx, or a list of them [default: 2xx,3xx]
    #[arg(long, value_name = "STATUSES", conflicts_with_all = ["script", "from"])]
    pub expect: Option<Expect>,

    /// File of requests, one JSON object a line: {"method":"POST","path":"/a","headers":{},"body":{},"expect":200}
    #[arg(long, value_name = "FILE", conflicts_with = "script")]
    pub from: Option<PathBuf>,

    /// HTTP/1.1 instead of HTTP/2
    #[arg(long)]
    pub http1: bool,

    /// A request that takes longer has failed [default: 10s; with -f that of the script]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,

    /// Time at the beginning that is not measured
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "0s")]
    pub warm_up: Duration,

    /// Certificates to trust, PEM [default: those of the system]
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub cacert: Option<PathBuf>,

    /// Do not check the server's certificate
    #[arg(short = 'k', long)]
    pub insecure: bool,

    /// Something that must hold, or the exit code is 1: 'p99<2ms', 'errors==0', 'rps>100000' (repeatable)
    #[arg(long = "assert", value_name = "CONDITION", value_parser = parse_assertion)]
    pub assertions: Vec<Assertion>,

    /// The results as one JSON document instead of the table
    #[arg(long)]
    pub json: bool,

    /// File for the distribution of latencies, as HdrHistogram's plotters read it
    #[arg(long, value_name = "FILE")]
    pub hgrm: Option<PathBuf>,

    /// No live line
    #[arg(short = 'q', long)]
    pub quiet: bool,

    /// A script as hermes reads it
    #[arg(short = 'f', long, value_name = "FILE")]
    pub script: Option<PathBuf>,

    /// With -f: seconds between rows of the table
    #[arg(short = 'p', long, value_name = "TIME", value_parser = parse_duration, default_value = "10s", requires = "script")]
    pub period: Duration,

    /// With -f: beginning of the names of the output files (.accum, .partial, .err, .MESSAGE)
    #[arg(
        short = 'o',
        long,
        value_name = "PREFIX",
        default_value = "hermes.out",
        requires = "script"
    )]
    pub output: PathBuf,

    /// Print the JSON schema of scripts
    #[arg(short = 's', long)]
    pub script_schema: bool,
}

/// A number of requests: `1000`, `1_000_000`, `10k`, `1M`.
fn parse_count(typed: &str) -> Result<u64, String> {
    let plain = typed.replace('_', "");
    let (digits, factor) = match plain.as_bytes().last() {
        Some(b'k') => (&plain[..plain.len() - 1], 1000),
        Some(b'M') => (&plain[..plain.len() - 1], 1_000_000),
        _ => (plain.as_str(), 1),
    };
    let count = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(factor));
    count
        .filter(|&count| count > 0)
        .ok_or_else(|| "a number above 0, such as 1000, 10k or 1M".to_owned())
}

fn parse_assertion(typed: &str) -> Result<Assertion, String> {
    Assertion::parse(typed).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Typed::command().debug_assert();
    }

    #[test]
    fn counts() {
        for (typed, count) in [("1", 1), ("1_000", 1000), ("10k", 10_000), ("2M", 2_000_000)] {
            assert_eq!(parse_count(typed), Ok(count));
        }
        for typed in ["", "0", "-1", "1.5", "k", "99999999999999999999", "18446744073709551615k"] {
            assert!(parse_count(typed).is_err(), "{typed}");
        }
    }
}
