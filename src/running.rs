//! The program as one value: started from a configuration, drained at the end.

use crate::admin::{Admin, AdminConfig, AdminError, AdminHandle};
use crate::config::Config;
use crate::error::{Notice, Part, StartError};
use crate::log::LogControl;
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
    traffic_address: SocketAddr,
    admin_address: SocketAddr,
    driver: Driver,
    notices: Vec<Notice>,
}

/// Loads and binds everything, then starts it: nothing is half started when something fails.
pub fn start(config: &Config, log: LogControl) -> Result<Running, StartError> {
    let tls = config.tls.as_ref().map(crate::tls::load).transpose().map_err(|e| e.of(Part::Tls))?;
    let driver = worker::driver::choose(config.driver)?;
    let listener = worker::listen(config.traffic).map_err(|e| e.of(Part::TrafficAddress))?;
    let traffic_address = listener.local_addr().map_err(|e| {
        StartError::new(format!("traffic address {}", config.traffic), e, "try again")
    })?;
    let admin_tls = tls.clone().filter(|_| config.secure_admin);
    let admin =
        Admin::bind(AdminConfig { address: config.admin, tls: admin_tls }).map_err(admin_error)?;
    let admin_address = admin.local_addr();

    let mut publisher = Publisher::new();
    let notices = StartUpFiles::of(config).load(&mut publisher);
    let data = Arc::new(ServerData::new(config.storage, config.server_data_bytes_max));
    let plan = Plan {
        driver: driver.clone(),
        cpus: config.worker_cpus.clone(),
        connections_max: config.connections_max,
        settings: Settings {
            limits: Arc::new(config.limits.clone()),
            tls,
            api: config.api.clone(),
            drain_timeout: config.drain_timeout,
        },
        published: publisher.shared(),
        data: Arc::clone(&data),
    };
    let workers = Workers::start(plan)?;
    let admin = admin.spawn(publisher, data, log).map_err(admin_error)?;
    let workers = workers.accept(listener)?;
    Ok(Running { workers, admin, traffic_address, admin_address, driver, notices })
}

fn admin_error(error: AdminError) -> StartError {
    match error {
        AdminError::Bind { address, source } => StartError::new(
            format!("admin address {address}"),
            source,
            "stop the program that uses it, or give another --admin-port or --bind-address",
        )
        .of(Part::AdminAddress),
        AdminError::Start(source) => {
            StartError::new("admin thread", source, "raise the limits of the process")
        }
    }
}

impl Running {
    /// Where traffic is served, with the real port.
    pub fn traffic_address(&self) -> SocketAddr {
        self.traffic_address
    }

    /// Where the admin interface is served, with the real port.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
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
