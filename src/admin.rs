//! The control plane: the REST interface on its own port, own thread and own runtime.
//!
//! Every request passes the gate, then the router gives it to the file of its resource, as the table of operations
//! says; the OpenAPI document is made from the same table. Requests that change rules or data are strictly ordered:
//! they take the one [`Publisher`] in turn. A change is published before its answer is made, so every request sent
//! after a `201` is served by the new rules. Reading waits for nobody, and long answers are made while they are sent.

mod control;
mod eviction;
mod gate;
mod health;
mod limits;
mod listener;
mod logging;
mod metrics;
mod observation;
mod openapi;
mod query;
mod request_schema;
mod result;
mod router;
mod routes;
mod server_data;
mod server_data_configuration;
mod server_data_summary;
mod server_matching;
mod server_provision;
mod stream;

use crate::log::LogControl;
use crate::metrics::Metrics;
use crate::publish::Publisher;
use control::Control;
use listener::Port;
use rustls::ServerConfig;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::runtime;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use understudy_model::events::ServerData;

/// Where the admin interface listens.
pub struct AdminConfig {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// TLS, or plain text without it.
    pub tls: Option<Arc<ServerConfig>>,
    /// Where metrics are served, always in plain text, if they are.
    pub metrics: Option<SocketAddr>,
}

/// The admin interface could not be started.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address} for the admin interface: {source}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The address for the metrics cannot be listened on.
    #[error("cannot listen on {address} for the metrics: {source}")]
    BindMetrics {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The runtime or its thread could not be made.
    #[error("cannot start the admin thread: {0}")]
    Start(#[from] io::Error),
}

/// The admin interface, bound and not yet started: connections queue in the kernel.
pub struct Admin {
    socket: Listening,
    tls: Option<Arc<ServerConfig>>,
    metrics: Option<Listening>,
}

/// A port that was taken.
struct Listening {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listening {
    fn bind(address: SocketAddr) -> io::Result<Listening> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Listening { listener, address })
    }
}

impl Admin {
    /// Takes the ports. Nothing is started yet.
    pub fn bind(config: AdminConfig) -> Result<Admin, AdminError> {
        let AdminConfig { address, tls, metrics } = config;
        let socket =
            Listening::bind(address).map_err(|source| AdminError::Bind { address, source })?;
        let bind = |address| {
            let error = |source| AdminError::BindMetrics { address, source };
            Listening::bind(address).map_err(error)
        };
        Ok(Admin { socket, tls, metrics: metrics.map(bind).transpose()? })
    }

    /// The address taken, with the port that was free.
    pub fn local_addr(&self) -> SocketAddr {
        self.socket.address
    }

    /// The address taken for the metrics.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|socket| socket.address)
    }

    /// Starts serving on a thread of its own.
    pub fn spawn(
        self,
        publisher: Publisher,
        data: Arc<ServerData>,
        log: LogControl,
        metrics: Arc<Metrics>,
    ) -> Result<AdminHandle, AdminError> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("admin-work")
            .on_thread_start(yield_to_traffic)
            .max_blocking_threads(limits::WORK_THREADS_MAX)
            .build()?;
        let tally = Arc::clone(&metrics.admin);
        let control = Control::new(publisher, data, log, tally);
        let in_runtime = runtime.enter();
        let listen = |socket: Listening| tokio::net::TcpListener::from_std(socket.listener);
        let mut ports = vec![Port {
            listener: listen(self.socket)?,
            tls: self.tls.map(TlsAcceptor::from),
            router: router::router(control.clone()),
        }];
        if let Some(socket) = self.metrics {
            let (listener, router) = (listen(socket)?, metrics::router(metrics));
            ports.push(Port { listener, tls: None, router });
        }
        drop(in_runtime);
        let (stop, stopped) = watch::channel(false);
        let serve = listener::serve(ports, control, stopped);
        let thread = std::thread::Builder::new().name("admin".to_owned()).spawn(move || {
            runtime.block_on(serve);
            // Work that is cut off here has no client any more: the deadline of the drain has passed.
            runtime.shutdown_background();
        })?;
        Ok(AdminHandle { stop, thread })
    }
}

/// Long work, such as listing a million events or compiling as many provisions, takes what traffic leaves: its threads
/// share the cpus with the workers, and who asks for so much can wait.
fn yield_to_traffic() {
    // In Linux the priority is that of the calling thread. Without it the work is merely less polite.
    if let Err(error) = rustix::process::setpriority_process(None, limits::WORK_NICENESS) {
        tracing::debug!(%error, "the priority of a helper thread cannot be lowered");
    }
}

/// The running admin interface.
pub struct AdminHandle {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl AdminHandle {
    /// Stops accepting and lets requests in progress finish, up to a deadline. Returns at once.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the end after [`AdminHandle::stop`].
    pub fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("the admin thread panicked");
        }
    }
}

#[cfg(test)]
mod tests;
