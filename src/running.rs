//! The program as one value: started from a configuration, drained at the end.

use crate::admin::{Admin, AdminConfig, AdminError, AdminHandle};
use crate::config::Config;
use crate::error::{Notice, Part, StartError};
use crate::log::LogControl;
use crate::metrics::{Boundaries, Metrics, Process};
use crate::publish::Publisher;
use crate::startup::StartUpFiles;
use crate::worker::{self, Accepting, Driver, Plan, Settings, Workers};
use std::net::SocketAddr;
use std::sync::Arc;
use understudy_model::events::ServerData;

/// The running server.
pub struct Running {
    workers: Accepting,
    admin: AdminHandle,
    addresses: Addresses,
    driver: Driver,
    notices: Vec<Notice>,
}

/// Where it listens, with the real ports.
struct Addresses {
    traffic: SocketAddr,
    admin: SocketAddr,
    metrics: Option<SocketAddr>,
}

/// Loads and binds everything, then starts it: nothing is half started when something fails.
pub fn start(config: &Config, log: LogControl) -> Result<Running, StartError> {
    let process = Process::starting();
    let tls = config.tls.as_ref().map(crate::tls::load).transpose().map_err(|e| e.of(Part::Tls))?;
    let driver = worker::driver::choose(config.driver)?;
    let listener = worker::listen(config.traffic).map_err(|e| e.of(Part::TrafficAddress))?;
    let traffic_address = listener.local_addr().map_err(|e| {
        StartError::new(format!("traffic address {}", config.traffic), e, "try again")
    })?;
    let admin_tls = tls.clone().filter(|_| config.secure_admin);
    let metrics = config.prometheus.as_ref();
    let admin = Admin::bind(AdminConfig {
        address: config.admin,
        tls: admin_tls,
        metrics: metrics.map(|metrics| SocketAddr::new(config.admin.ip(), metrics.port)),
    });
    let admin = admin.map_err(admin_error)?;
    let (admin_address, metrics_address) = (admin.local_addr(), admin.metrics_addr());

    let mut publisher = Publisher::new();
    let notices = StartUpFiles::of(config).load(&mut publisher);
    let data = Arc::new(ServerData::new(config.storage, config.server_data_bytes_max));
    let boundaries = metrics
        .map(|metrics| Boundaries::new(&metrics.delay_bounds_s, &metrics.size_bounds_bytes))
        .unwrap_or_default();
    let plan = Plan {
        driver: driver.clone(),
        cpus: config.worker_cpus.clone(),
        connections_max: config.connections_max,
        settings: Settings {
            limits: Arc::new(config.limits.clone()),
            tls,
            api: config.api.clone(),
            boundaries: boundaries.clone(),
            metrics: metrics.is_some(),
            drain_timeout: config.drain_timeout,
        },
        published: publisher.shared(),
        data: Arc::clone(&data),
    };
    let workers = Workers::start(plan)?;
    let metrics = Arc::new(Metrics {
        boundaries,
        workers: workers.stats().to_vec(),
        acceptor: Arc::clone(workers.acceptor_stats()),
        admin: Arc::default(),
        data: Arc::clone(&data),
        published: publisher.shared(),
        publish_times: publisher.times(),
        driver: driver.name(),
        source: metrics.map(|metrics| metrics.source.clone()).unwrap_or_default(),
        process,
    });
    let admin = admin.spawn(publisher, data, log, metrics).map_err(admin_error)?;
    let workers = workers.accept(listener)?;
    let addresses =
        Addresses { traffic: traffic_address, admin: admin_address, metrics: metrics_address };
    Ok(Running { workers, admin, addresses, driver, notices })
}

fn admin_error(error: AdminError) -> StartError {
    match error {
        AdminError::Bind { address, source } => StartError::new(
            format!("admin address {address}"),
            source,
            "stop the program that uses it, or give another --admin-port or --bind-address",
        )
        .of(Part::AdminAddress),
        AdminError::BindMetrics { address, source } => StartError::new(
            format!("metrics address {address}"),
            source,
            "stop the program that uses it, or give another --prometheus-port, -1 for no metrics",
        )
        .of(Part::MetricsAddress),
        AdminError::Start(source) => {
            StartError::new("admin thread", source, "raise the limits of the process")
        }
    }
}

impl Running {
    /// Where traffic is served, with the real port.
    pub fn traffic_address(&self) -> SocketAddr {
        self.addresses.traffic
    }

    /// Where the admin interface is served, with the real port.
    pub fn admin_address(&self) -> SocketAddr {
        self.addresses.admin
    }

    /// Where metrics are served, with the real port, if they are.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.addresses.metrics
    }

    /// What the workers run on.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// What went wrong at the start without keeping it from starting.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The workers, for their counters.
    pub fn workers(&self) -> &Accepting {
        &self.workers
    }

    /// Ends in order: no new connections, exchanges in progress finish up to the drain timeout. How many connections
    /// had to be cut.
    pub fn drain(self) -> usize {
        self.admin.stop();
        let cut = self.workers.drain();
        self.admin.join();
        cut
    }
}
