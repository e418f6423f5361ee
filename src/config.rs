//! What was typed becomes what is used: checked once, complete, without a default anywhere after this.

pub mod machine;
pub mod prometheus;

pub use machine::Machine;
pub use prometheus::{Bounds, MetricsPort, Prometheus};

use crate::cli::serve::ServeArgs;
use crate::limits::{CONNECTIONS_MIN, DESCRIPTORS_RESERVED, WORKERS_MAX};
use crate::tls::TlsFiles;
use crate::worker::{Api, DriverChoice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use understudy_model::events::Storage;
use understudy_wire::Limits;

/// What the server does.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where traffic is served. Port 0: any free one.
    pub traffic: SocketAddr,
    /// Where the admin interface is served.
    pub admin: SocketAddr,
    /// The path prefix that requests must have.
    pub api: Api,
    /// The cpu of each worker, or `None` where the mask is unknown.
    pub worker_cpus: Vec<Option<usize>>,
    /// The driver asked for.
    pub driver: DriverChoice,
    /// Certificate and key; without them everything is plain text.
    pub tls: Option<TlsFiles>,
    /// The admin interface speaks TLS too.
    pub secure_admin: bool,
    /// The schema that bodies of requests must fulfil, loaded before the ports open, as are the next two.
    pub request_schema: Option<PathBuf>,
    /// How requests are matched.
    pub matching: Option<PathBuf>,
    /// Provisions: an object or an array of them.
    pub provision: Option<PathBuf>,
    /// What is kept of requests and answers.
    pub storage: Storage,
    /// The memory that may cost; beyond, the oldest is dropped. 0: no bound.
    pub server_data_bytes_max: usize,
    /// Metrics, unless switched off. They are served at the address of the admin interface, on a port of their own.
    pub prometheus: Option<Prometheus>,
    /// Connections beyond are closed at once.
    pub connections_max: usize,
    /// The time exchanges in progress have to finish at the end.
    pub drain_timeout: Duration,
    /// The bounds of the protocol engines.
    pub limits: Limits,
}

/// Options that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// TLS needs both files.
    #[error("{given} without {missing}; give both for TLS, or none")]
    HalfTls {
        /// What was given.
        given: &'static str,
        /// What was not.
        missing: &'static str,
    },
    /// Nothing to secure it with.
    #[error("--secure-admin without --server-key and --server-crt; give both")]
    SecureAdminWithoutTls,
    /// Two ways to say where.
    #[error("--ipv6 with an IPv4 --bind-address; leave one of them out")]
    Ipv6WithIpv4Address,
    /// A number out of its range.
    #[error("{option} {value} is out of range; give {low} to {high}")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// What was typed.
        value: u64,
        /// The least.
        low: u64,
        /// The most.
        high: u64,
    },
    /// The limit of open files leaves no room.
    #[error(
        "only {descriptors} open files are allowed; raise the limit (ulimit -n) above {needed}"
    )]
    TooFewDescriptors {
        /// What the system allows.
        descriptors: usize,
        /// What is needed at least.
        needed: usize,
    },
    /// Both interfaces on one port.
    #[error("traffic and admin on the same port {0}; give different ones")]
    SamePort(u16),
}

impl Config {
    /// Checks what was typed and completes it.
    pub fn new(typed: &ServeArgs, machine: &Machine) -> Result<Config, ConfigError> {
        let address = bind_address(typed)?;
        if typed.server_port == typed.admin_port && typed.server_port != 0 {
            return Err(ConfigError::SamePort(typed.server_port));
        }
        let tls = tls_files(typed)?;
        if typed.secure_admin && tls.is_none() {
            return Err(ConfigError::SecureAdminWithoutTls);
        }
        Ok(Config {
            traffic: SocketAddr::new(address, typed.server_port),
            admin: SocketAddr::new(address, typed.admin_port),
            api: Api {
                name: typed.server_api_name.clone(),
                version: typed.server_api_version.clone(),
            },
            worker_cpus: worker_cpus(typed.worker_threads, &machine.cpus)?,
            driver: typed.driver,
            tls,
            secure_admin: typed.secure_admin,
            request_schema: typed.server_request_schema.clone(),
            matching: typed.server_matching.clone(),
            provision: typed.server_provision.clone(),
            storage: storage(typed),
            // Half of the memory is left for rules, connections and answers, and for everything else on the machine.
            server_data_bytes_max: typed.server_data_max_bytes.unwrap_or(machine.memory_bytes / 2),
            prometheus: prometheus(typed),
            connections_max: connections_max(typed.max_connections, machine.descriptors)?,
            drain_timeout: Duration::from_millis(typed.drain_timeout_ms),
            limits: limits(typed)?,
        })
    }
}

fn bind_address(typed: &ServeArgs) -> Result<IpAddr, ConfigError> {
    match (typed.bind_address, typed.ipv6) {
        (Some(IpAddr::V4(_)), true) => Err(ConfigError::Ipv6WithIpv4Address),
        (Some(address), _) => Ok(address),
        (None, true) => Ok(Ipv6Addr::UNSPECIFIED.into()),
        (None, false) => Ok(Ipv4Addr::UNSPECIFIED.into()),
    }
}

fn tls_files(typed: &ServeArgs) -> Result<Option<TlsFiles>, ConfigError> {
    match (&typed.server_key, &typed.server_crt) {
        (None, None) => Ok(None),
        (Some(key), Some(certificate)) => Ok(Some(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
            password: typed.server_key_password.clone(),
        })),
        (Some(_), None) => {
            Err(ConfigError::HalfTls { given: "--server-key", missing: "--server-crt" })
        }
        (None, Some(_)) => {
            Err(ConfigError::HalfTls { given: "--server-crt", missing: "--server-key" })
        }
    }
}

/// Without events there is no history of them.
fn storage(typed: &ServeArgs) -> Storage {
    let events = !typed.discard_server_data;
    Storage { events, history: events && !typed.discard_server_data_requests_history }
}

fn prometheus(typed: &ServeArgs) -> Option<Prometheus> {
    let port = typed.prometheus_port.unwrap_or(MetricsPort::DEFAULT);
    let MetricsPort::Open(port) = port else { return None };
    let bounds = |typed: &Option<Bounds>| typed.clone().unwrap_or_default();
    (!typed.disable_metrics).then(|| Prometheus {
        port,
        source: typed.name.clone(),
        delay_bounds_s: bounds(&typed.prometheus_response_delay_seconds_histogram_boundaries),
        size_bounds_bytes: bounds(&typed.prometheus_message_size_bytes_histogram_boundaries),
    })
}

/// As many workers as asked for, else one for each cpu. More workers than cpus share them in turn.
fn worker_cpus(asked: Option<usize>, cpus: &[usize]) -> Result<Vec<Option<usize>>, ConfigError> {
    let workers = asked.unwrap_or(cpus.len().max(1));
    in_range("--worker-threads", workers as u64, 1, WORKERS_MAX as u64)?;
    Ok((0..workers).map(|n| cpus.get(n % cpus.len().max(1)).copied()).collect())
}

/// A connection is one descriptor; some are kept back for everything else.
fn connections_max(asked: Option<usize>, descriptors: usize) -> Result<usize, ConfigError> {
    let room = descriptors.saturating_sub(DESCRIPTORS_RESERVED);
    if room < CONNECTIONS_MIN {
        let needed = DESCRIPTORS_RESERVED + CONNECTIONS_MIN;
        return Err(ConfigError::TooFewDescriptors { descriptors, needed });
    }
    let asked = asked.unwrap_or(room);
    in_range("--max-connections", asked as u64, 1, room as u64)?;
    Ok(asked)
}

fn limits(typed: &ServeArgs) -> Result<Limits, ConfigError> {
    let defaults = Limits::default();
    in_range("--max-concurrent-streams", typed.max_concurrent_streams.into(), 1, i32::MAX as u64)?;
    let body_bytes_max = typed.max_body_bytes;
    // A day: far beyond any test, and far from where times overflow.
    let day_ms = 24 * 3600 * 1000;
    let timeout = |option, ms| in_range(option, ms, 1, day_ms).map(Duration::from_millis);
    Ok(Limits {
        streams_max: typed.max_concurrent_streams,
        body_bytes_max,
        // One message of the largest size must fit beside smaller ones.
        buffered_bytes_max: defaults
            .buffered_bytes_max
            .max(body_bytes_max.saturating_add(body_bytes_max / 2)),
        idle_timeout: timeout("--idle-timeout-ms", typed.idle_timeout_ms)?,
        head_timeout: timeout("--head-timeout-ms", typed.head_timeout_ms)?,
        body_timeout: timeout("--body-timeout-ms", typed.body_timeout_ms)?,
        stall_timeout: timeout("--stall-timeout-ms", typed.stall_timeout_ms)?,
        ..defaults
    })
}

fn in_range(option: &'static str, value: u64, low: u64, high: u64) -> Result<u64, ConfigError> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(ConfigError::OutOfRange { option, value, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        serve: ServeArgs,
    }

    fn machine() -> Machine {
        Machine { cpus: vec![2, 5], descriptors: 1000, memory_bytes: 4 << 30 }
    }

    fn config(typed: &str) -> Result<Config, ConfigError> {
        let words = std::iter::once("serve").chain(typed.split_whitespace());
        Config::new(&Typed::try_parse_from(words).unwrap().serve, &machine())
    }

    #[test]
    fn nothing_typed_is_the_documented_default() {
        let config = config("").unwrap();
        assert_eq!(config.traffic, "0.0.0.0:8000".parse().unwrap());
        assert_eq!(config.admin, "0.0.0.0:8074".parse().unwrap());
        assert_eq!(config.worker_cpus, [Some(2), Some(5)]);
        assert_eq!(config.connections_max, 1000 - DESCRIPTORS_RESERVED);
        assert_eq!(config.drain_timeout, Duration::from_secs(10));
        assert!(config.tls.is_none());
        let (typed, wire) = (config.limits, Limits::default());
        assert_eq!(
            (typed.idle_timeout, typed.head_timeout, typed.body_timeout, typed.stall_timeout),
            (wire.idle_timeout, wire.head_timeout, wire.body_timeout, wire.stall_timeout)
        );
        assert_eq!(
            (typed.streams_max, typed.body_bytes_max),
            (wire.streams_max, wire.body_bytes_max)
        );
    }

    #[test]
    fn workers_share_the_cpus_of_the_mask() {
        assert_eq!(config("-w 3").unwrap().worker_cpus, [Some(2), Some(5), Some(2)]);
        assert_eq!(worker_cpus(Some(2), &[]), Ok(vec![None, None]));
        assert_eq!(worker_cpus(None, &[]), Ok(vec![None]));
    }

    #[test]
    fn addresses() {
        assert_eq!(config("--ipv6 -p 0").unwrap().traffic, "[::]:0".parse().unwrap());
        assert_eq!(
            config("--bind-address 127.0.0.1").unwrap().admin,
            "127.0.0.1:8074".parse().unwrap()
        );
        assert_eq!(
            config("--ipv6 --bind-address ::1").unwrap().admin,
            "[::1]:8074".parse().unwrap()
        );
        config("-p 0 -a 0").unwrap();
    }

    #[test]
    fn start_up_files_and_server_data() {
        let nothing = config("").unwrap();
        assert_eq!(nothing.storage, Storage { events: true, history: true });
        assert_eq!(nothing.server_data_bytes_max, 2 << 30, "half of the memory");
        assert_eq!(
            (nothing.request_schema, nothing.matching, nothing.provision),
            (None, None, None)
        );
        let typed = "--server-request-schema s --server-matching m --server-provision p";
        let files = config(typed).unwrap();
        assert_eq!(
            [files.request_schema, files.matching, files.provision],
            [Some("s".into()), Some("m".into()), Some("p".into())]
        );
        for (typed, events, history) in [
            ("--discard-server-data", false, false),
            ("--discard-server-data-requests-history", true, false),
        ] {
            assert_eq!(config(typed).unwrap().storage, Storage { events, history });
        }
        for (typed, bytes) in [("0", 0), ("1000", 1000), ("3M", 3 << 20), ("4GiB", 4 << 30)] {
            let typed = format!("--server-data-max-bytes {typed}");
            assert_eq!(config(&typed).unwrap().server_data_bytes_max, bytes);
        }
    }

    #[test]
    fn metrics() {
        let port = |typed| config(typed).unwrap().prometheus.map(|metrics| metrics.port);
        assert_eq!(port(""), Some(8080));
        assert_eq!(port("--prometheus-port 0"), Some(0));
        assert_eq!(port("--prometheus-port -1"), None);
        assert_eq!(port("--disable-metrics"), None);
        let typed = "--prometheus-response-delay-seconds-histogram-boundaries 0.1,0.2 \
                     --prometheus-message-size-bytes-histogram-boundaries 100 --name mock-1";
        let metrics = config(typed).unwrap().prometheus.unwrap();
        assert_eq!(metrics.delay_bounds_s.values(), [0.1, 0.2]);
        assert_eq!(metrics.size_bounds_bytes.values(), [100.0]);
        assert_eq!(metrics.source, "mock-1");
    }

    #[test]
    fn names_of_newer_releases_mean_the_same() {
        for (newer, ours) in [
            ("--traffic-server-port 9", "--server-port 9"),
            ("--traffic-server-api-name a", "--server-api-name a"),
            ("--traffic-server-api-version v", "--server-api-version v"),
            ("--traffic-server-worker-threads 7", "--worker-threads 7"),
            ("--traffic-server-io-threads 7", "--server-threads 7"),
            ("--traffic-server-key k --traffic-server-crt c", "--server-key k --server-crt c"),
            ("-k k -c c --traffic-server-key-password p", "-k k -c c --server-key-password p"),
            ("--traffic-server-matching m", "--server-matching m"),
            ("--traffic-server-provision p", "--server-provision p"),
            ("--discard-data", "--discard-server-data"),
            ("--discard-data-key-history", "--discard-server-data-requests-history"),
            ("--disable-metrics", "--prometheus-port -1"),
            ("-b 127.0.0.1", "--bind-address 127.0.0.1"),
        ] {
            let (newer, ours) = (config(newer).unwrap(), config(ours).unwrap());
            assert_eq!(format!("{newer:?}"), format!("{ours:?}"));
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (typed, expected) in [
            ("--server-key k", "--server-key without --server-crt; give both for TLS, or none"),
            ("--server-crt c", "--server-crt without --server-key; give both for TLS, or none"),
            ("--secure-admin", "--secure-admin without --server-key and --server-crt; give both"),
            (
                "--ipv6 --bind-address 127.0.0.1",
                "--ipv6 with an IPv4 --bind-address; leave one of them out",
            ),
            ("-w 0", "--worker-threads 0 is out of range; give 1 to 1024"),
            ("--max-connections 873", "--max-connections 873 is out of range; give 1 to 872"),
            ("--idle-timeout-ms 0", "--idle-timeout-ms 0 is out of range; give 1 to 86400000"),
            ("-p 9000 -a 9000", "traffic and admin on the same port 9000; give different ones"),
        ] {
            assert_eq!(config(typed).unwrap_err().to_string(), expected);
        }
        let poor = Machine { cpus: vec![0], descriptors: 100, memory_bytes: 4 << 30 };
        let typed = Typed::try_parse_from(["serve"]).unwrap().serve;
        let error = Config::new(&typed, &poor).unwrap_err();
        assert_eq!(error, ConfigError::TooFewDescriptors { descriptors: 100, needed: 144 });
    }
}
