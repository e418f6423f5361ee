//! `understudy serve`: the mock server.

use super::log::{self, LogLevel};
use crate::config::{Config, Machine};
use crate::running::{Running, start};
use crate::worker::DriverChoice;
use clap::Args;
use std::fmt::Display;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit codes: 0 after an orderly end, 1 when something failed, 2 for options that cannot be right.
const USAGE: u8 = 2;

const EXAMPLE: &str = "\
Example:
  understudy serve --server-port 8000 --admin-port 8074
  curl http://localhost:8074/admin/v1/server-provision -H 'content-type: application/json' \\
    -d '{\"requestMethod\":\"GET\",\"requestUri\":\"/hello\",\"responseCode\":200}'
  curl -i --http2-prior-knowledge http://localhost:8000/hello";

/// What can be typed after `understudy serve`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ServeArgs {
    /// Port of the traffic interface; 0 takes any free one
    #[arg(
        short = 'p',
        long,
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
    #[arg(long, value_name = "IP", help_heading = "Addresses")]
    pub bind_address: Option<IpAddr>,
    /// Bind to :: instead, which takes IPv6 and IPv4
    #[arg(long, help_heading = "Addresses")]
    pub ipv6: bool,

    /// Provisions to load before the ports open: a JSON object or an array of them
    #[arg(long, value_name = "FILE", help_heading = "Mock")]
    pub server_provision: Option<PathBuf>,
    /// First path segment that requests must have; others are answered 400
    #[arg(
        short = 'm',
        long,
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
        value_name = "VERSION",
        default_value = "",
        hide_default_value = true,
        help_heading = "Mock"
    )]
    pub server_api_version: String,

    /// Private key in PEM; with --server-crt the traffic interface speaks TLS
    #[arg(short = 'k', long, value_name = "FILE", help_heading = "TLS")]
    pub server_key: Option<PathBuf>,
    /// Password of the private key
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "UNDERSTUDY_SERVER_KEY_PASSWORD",
        hide_env_values = true,
        help_heading = "TLS"
    )]
    pub server_key_password: Option<String>,
    /// Certificate chain in PEM
    #[arg(short = 'c', long, value_name = "FILE", help_heading = "TLS")]
    pub server_crt: Option<PathBuf>,
    /// Use TLS on the admin interface too
    #[arg(short = 's', long, help_heading = "TLS")]
    pub secure_admin: bool,

    /// Threads that serve traffic [default: one per cpu of the affinity mask]
    #[arg(short = 'w', long, value_name = "N", help_heading = "Workers")]
    pub worker_threads: Option<usize>,
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

    /// Least severe level to log: Debug, Informational, Notice, Warning, Error, Critical, Alert, Emergency
    #[arg(
        short = 'l',
        long,
        value_name = "LEVEL",
        default_value = "Warning",
        ignore_case = true,
        help_heading = "Log"
    )]
    pub log_level: LogLevel,
    /// Say thread and module with every log line
    #[arg(long, help_heading = "Log")]
    pub verbose: bool,
}

/// Serves until a signal ends it.
pub fn run(typed: &ServeArgs) -> ExitCode {
    let config = match Config::new(typed, &Machine::prepare()) {
        Ok(config) => config,
        Err(error) => return refuse(&error, USAGE),
    };
    let _log = log::start(typed.log_level, typed.verbose);
    // The signals are caught before anything is started, so that none is lost in between.
    let signals = match Signals::catch() {
        Ok(signals) => signals,
        Err(error) => return refuse(&format_args!("signals: {error}; report this as a bug"), 1),
    };
    let running = match start(&config) {
        Ok(running) => running,
        Err(error) => return refuse(&error, 1),
    };
    for notice in running.notices() {
        warn(notice);
    }
    announce(&config, &running);
    signals.drain_at_first(running)
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
    let admin_scheme = if config.secure_admin { "https" } else { "http" };
    format!(
        "understudy {version}\n\
         \x20 traffic   {scheme}://{traffic} ({protocols})\n\
         \x20 admin     {admin_scheme}://{admin}/admin/v1\n\
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

/// SIGTERM and SIGINT, waited for by the main thread.
struct Signals {
    runtime: tokio::runtime::Runtime,
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (terminate, interrupt) = runtime.block_on(async {
            Ok::<_, std::io::Error>((
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
            ))
        })?;
        Ok(Signals { runtime, terminate, interrupt })
    }

    /// The first signal drains, a second one ends at once.
    fn drain_at_first(mut self, running: Running) -> ExitCode {
        self.runtime.block_on(async {
            next(&mut self.terminate, &mut self.interrupt).await;
            let (finished, drained) = tokio::sync::oneshot::channel();
            std::thread::spawn(move || finished.send(running.drain()));
            tokio::select! {
                cut = drained => match cut {
                    Ok(0) => ExitCode::SUCCESS,
                    Ok(cut) => refuse(&format_args!("drain: {cut} connections cut; give a longer --drain-timeout-ms"), 1),
                    Err(_) => ExitCode::FAILURE,
                },
                () = next(&mut self.terminate, &mut self.interrupt) => {
                    refuse(&"second signal: ended at once; requests in progress are lost", 1)
                }
            }
        })
    }
}

async fn next(
    terminate: &mut tokio::signal::unix::Signal,
    interrupt: &mut tokio::signal::unix::Signal,
) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
