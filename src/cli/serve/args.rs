//! What can be typed after `understudy serve`. The options of h2agent have its names here too, those of its newer
//! releases as aliases.

use crate::cli::bytes;
use crate::config::{Bounds, MetricsPort};
use crate::log::LogLevel;
use crate::worker::DriverChoice;
use clap::{Args, Parser};
use std::net::IpAddr;
use std::path::PathBuf;

const EXAMPLE: &str = "\
Example:
  understudy serve --server-port 8000 --admin-port 8074
  curl http://localhost:8074/admin/v1/server-provision -H 'content-type: application/json' \\
    -d '{\"requestMethod\":\"GET\",\"requestUri\":\"/hello\",\"responseCode\":200}'
  curl -i --http2-prior-knowledge http://localhost:8000/hello

The long names that newer releases of h2agent have for these options (--traffic-server-port and so on) mean the same.
Started under the name h2agent, by a link for instance, the program takes its options directly and as it would.";

/// What can be typed after `understudy serve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ServeArgs {
    /// Port of the traffic interface; 0 takes any free one
    #[arg(
        short = 'p',
        long,
        alias = "traffic-server-port",
        value_name = "PORT",
        default_value_t = 8000,
        help_heading = "Addresses"
    )]
    pub server_port: u16,
    /// Port of the admin interface; 0 takes any free one
    #[arg(
        short = 'a',
        long,
        value_name = "PORT",
        default_value_t = 8074,
        help_heading = "Addresses"
    )]
    pub admin_port: u16,
    /// Address to bind both interfaces to [default: 0.0.0.0]
    #[arg(short = 'b', long, value_name = "IP", help_heading = "Addresses")]
    pub bind_address: Option<IpAddr>,
    /// Bind to :: instead, which takes IPv6 and IPv4
    #[arg(long, help_heading = "Addresses")]
    pub ipv6: bool,

    /// JSON schema that bodies of requests must fulfil; loaded before the ports open, as are the next two
    #[arg(long, value_name = "FILE", help_heading = "Mock")]
    pub server_request_schema: Option<PathBuf>,
    /// How requests are matched: what could be posted to server-matching
    #[arg(long, alias = "traffic-server-matching", value_name = "FILE", help_heading = "Mock")]
    pub server_matching: Option<PathBuf>,
    /// Provisions: a JSON object or an array of them
    #[arg(long, alias = "traffic-server-provision", value_name = "FILE", help_heading = "Mock")]
    pub server_provision: Option<PathBuf>,
    /// First path segment that requests must have; others are answered 400
    #[arg(
        short = 'm',
        long,
        alias = "traffic-server-api-name",
        value_name = "NAME",
        default_value = "",
        hide_default_value = true,
        help_heading = "Mock"
    )]
    pub server_api_name: String,
    /// Path segment that must follow the API name
    #[arg(
        short = 'n',
        long,
        alias = "traffic-server-api-version",
        value_name = "VERSION",
        default_value = "",
        hide_default_value = true,
        help_heading = "Mock"
    )]
    pub server_api_version: String,

    /// Keep nothing of requests and answers; states, and items that read events, then do nothing
    #[arg(long, alias = "discard-data", help_heading = "Server data")]
    pub discard_server_data: bool,
    /// Keep only the latest request to each method and URI
    #[arg(long, alias = "discard-data-key-history", help_heading = "Server data")]
    pub discard_server_data_requests_history: bool,
    /// Memory for requests and answers, such as 800M or 4G: beyond, the oldest are dropped; 0 for no bound
    /// [default: half of the memory that the cgroup or the host has]
    #[arg(long, value_name = "BYTES", value_parser = bytes::parse, help_heading = "Server data")]
    pub server_data_max_bytes: Option<usize>,

    /// Private key in PEM; with --server-crt the traffic interface speaks TLS
    #[arg(
        short = 'k',
        long,
        alias = "traffic-server-key",
        value_name = "FILE",
        help_heading = "TLS"
    )]
    pub server_key: Option<PathBuf>,
    /// Password of the private key
    #[arg(
        long,
        alias = "traffic-server-key-password",
        value_name = "PASSWORD",
        env = "UNDERSTUDY_SERVER_KEY_PASSWORD",
        hide_env_values = true,
        help_heading = "TLS"
    )]
    pub server_key_password: Option<String>,
    /// Certificate chain in PEM
    #[arg(
        short = 'c',
        long,
        alias = "traffic-server-crt",
        value_name = "FILE",
        help_heading = "TLS"
    )]
    pub server_crt: Option<PathBuf>,
    /// Use TLS on the admin interface too
    #[arg(short = 's', long, help_heading = "TLS")]
    pub secure_admin: bool,

    /// Threads that serve traffic [default: one per cpu of the affinity mask]
    #[arg(
        short = 'w',
        long,
        alias = "traffic-server-worker-threads",
        value_name = "N",
        help_heading = "Workers"
    )]
    pub worker_threads: Option<usize>,
    /// For h2agent's sake; connections are read and written by the workers, so that it changes nothing
    #[arg(
        short = 't',
        long,
        alias = "traffic-server-io-threads",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "Workers"
    )]
    pub server_threads: Option<u32>,
    /// What the workers wait with
    #[arg(long, value_enum, default_value_t = DriverChoice::Auto, help_heading = "Workers")]
    pub driver: DriverChoice,

    /// Connections open at once; further ones are closed [default: what the limit of open files allows]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub max_connections: Option<usize>,
    /// Requests in progress at once on one HTTP/2 connection
    #[arg(long, value_name = "N", default_value_t = 1024, help_heading = "Limits")]
    pub max_concurrent_streams: u32,
    /// Bytes of one request body
    #[arg(long, value_name = "BYTES", default_value_t = 67_108_864, help_heading = "Limits")]
    pub max_body_bytes: usize,
    /// Close a connection on which nothing happens
    #[arg(long, value_name = "MS", default_value_t = 300_000, help_heading = "Limits")]
    pub idle_timeout_ms: u64,
    /// From the first byte of a request to the end of its head
    #[arg(long, value_name = "MS", default_value_t = 10_000, help_heading = "Limits")]
    pub head_timeout_ms: u64,
    /// From the head to the end of the body; more for bodies that keep coming
    #[arg(long, value_name = "MS", default_value_t = 30_000, help_heading = "Limits")]
    pub body_timeout_ms: u64,
    /// How long a client may leave its answers unread
    #[arg(long, value_name = "MS", default_value_t = 30_000, help_heading = "Limits")]
    pub stall_timeout_ms: u64,
    /// At the end, the time that requests in progress have to finish
    #[arg(long, value_name = "MS", default_value_t = 10_000, help_heading = "Limits")]
    pub drain_timeout_ms: u64,

    /// Port of the metrics, at the path /metrics; -1 for none [default: 8080]
    #[arg(long, value_name = "PORT", allow_hyphen_values = true, help_heading = "Metrics")]
    pub prometheus_port: Option<MetricsPort>,
    /// Serve no metrics
    #[arg(long, help_heading = "Metrics")]
    pub disable_metrics: bool,
    /// Upper bounds of the buckets for response delays in seconds: "0.001 0.01 0.1"
    #[arg(long, value_name = "LIST", allow_hyphen_values = true, help_heading = "Metrics")]
    pub prometheus_response_delay_seconds_histogram_boundaries: Option<Bounds>,
    /// Upper bounds of the buckets for sizes of messages in bytes
    #[arg(long, value_name = "LIST", allow_hyphen_values = true, help_heading = "Metrics")]
    pub prometheus_message_size_bytes_histogram_boundaries: Option<Bounds>,
    /// Name of this server in the metrics
    #[arg(long, value_name = "NAME", default_value = "h2agent", help_heading = "Metrics")]
    pub name: String,

    /// Least severe level to log: Debug, Informational, Notice, Warning, Error, Critical, Alert, Emergency
    #[arg(
        short = 'l',
        long,
        value_name = "LEVEL",
        default_value = "Warning",
        value_parser = LogLevel::from_any_case,
        help_heading = "Log"
    )]
    pub log_level: LogLevel,
    /// Say thread and module with every log line
    #[arg(long, help_heading = "Log")]
    pub verbose: bool,
}

impl ServeArgs {
    /// What counts when nothing is typed.
    pub(in crate::cli) fn defaults() -> ServeArgs {
        #[derive(Parser)]
        struct Nothing {
            #[command(flatten)]
            serve: ServeArgs,
        }
        Nothing::parse_from([""]).serve
    }
}
