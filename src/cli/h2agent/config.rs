//! The options of h2agent become the configuration of our server.

use super::options::Options;
use crate::cli::serve::ServeArgs;
use crate::config::{Bounds, Config, ConfigError, Machine, MetricsPort};
use crate::limits::WORKERS_MAX;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What h2agent calls its servers in errors.
pub(super) const ADMIN: &str = "AdminHttp2Server";
pub(super) const TRAFFIC: &str = "MockHttp2Server";

/// The beginning of the line about a server that cannot start.
pub(super) fn refused(server: &str, address: IpAddr, port: &str) -> String {
    format!("Initialization error in {server} ({}:{port})", in_brackets(address))
}

/// The line about metrics that cannot be served.
pub(super) fn metrics_refused(address: IpAddr, port: &str) -> String {
    let address = in_brackets(address);
    format!("Initialization error in prometheus interface ({address}:{port}). Exiting ...")
}

fn in_brackets(address: IpAddr) -> String {
    if address.is_ipv6() { format!("[{address}]") } else { address.to_string() }
}

/// Checks what the options left open, in the order in which h2agent would come upon it, and completes it. An error is
/// the line for the user.
pub(super) fn complete(options: &Options, machine: &Machine) -> Result<Config, String> {
    let address = address(options)?;
    let mut typed = ServeArgs::defaults();
    typed.prometheus_port = Some(metrics_port(options, address)?);
    typed.prometheus_response_delay_seconds_histogram_boundaries =
        Some(bounds("response-delay-seconds", &options.delay_bounds)?);
    typed.prometheus_message_size_bytes_histogram_boundaries =
        Some(bounds("message-size-bytes", &options.size_bounds)?);
    typed.disable_metrics = options.disable_metrics;
    typed.name.clone_from(&options.name);
    if options.server_threads == 0 {
        return Err("Initialization error: -t|--server-threads must not be 0".to_owned());
    }

    typed.bind_address = Some(address);
    typed.admin_port = port(ADMIN, address, &options.admin_port)?;
    typed.server_port = port(TRAFFIC, address, &options.server_port)?;
    typed.server_api_name.clone_from(&options.api_name);
    typed.server_api_version.clone_from(&options.api_version);
    let workers = usize::try_from(options.worker_threads).ok().filter(|&workers| workers > 0);
    typed.worker_threads = workers.map(|workers| workers.min(WORKERS_MAX));

    let has_tls = options.key.is_some() && options.crt.is_some();
    typed.server_key = options.key.clone().filter(|_| has_tls);
    typed.server_crt = options.crt.clone().filter(|_| has_tls);
    typed.server_key_password = options.key_password.clone().filter(|_| has_tls);
    typed.secure_admin = options.secure_admin && has_tls;

    typed.server_request_schema.clone_from(&options.request_schema);
    typed.server_matching.clone_from(&options.matching);
    typed.server_provision.clone_from(&options.provision);
    typed.discard_server_data = options.discard_data;
    typed.discard_server_data_requests_history = options.discard_history;
    typed.server_data_max_bytes = options.data_bytes_max;
    Config::new(&typed, machine).map_err(|error| match error {
        ConfigError::SamePort(port) => {
            let line = refused(TRAFFIC, address, &port.to_string());
            format!("{line}: Address already in use")
        }
        other => format!("Initialization error: {other}"),
    })
}

fn address(options: &Options) -> Result<IpAddr, String> {
    match &options.bind_address {
        Some(typed) => typed.parse().map_err(|_| {
            let port = &options.admin_port;
            format!("Initialization error in {ADMIN} ({typed}:{port}): Host not found")
        }),
        None if options.ipv6 => Ok(Ipv6Addr::UNSPECIFIED.into()),
        None => Ok(Ipv4Addr::UNSPECIFIED.into()),
    }
}

/// A port as the resolver of the C library reads it: beyond 65535 it begins again at 0.
fn port(server: &str, address: IpAddr, typed: &str) -> Result<u16, String> {
    let digits = !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = typed.parse().ok().filter(|_| digits);
    match number.map(u64::to_be_bytes) {
        Some([.., high, low]) => Ok(u16::from_be_bytes([high, low])),
        None => Err(format!("{}: Service not found", refused(server, address, typed))),
    }
}

fn metrics_port(options: &Options, address: IpAddr) -> Result<MetricsPort, String> {
    let typed = &options.prometheus_port;
    match typed.parse() {
        Ok(port) => Ok(port),
        Err(_) if options.disable_metrics => Ok(MetricsPort::Off),
        Err(_) => Err(metrics_refused(address, typed)),
    }
}

fn bounds(what: impl Display, typed: &str) -> Result<Bounds, String> {
    Bounds::read(typed).ok_or_else(|| {
        format!(
            "Initialization error: --prometheus-{what}-histogram-boundaries must be strictly sorted"
        )
    })
}

#[cfg(test)]
mod tests;
