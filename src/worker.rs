//! The data plane: one thread per core, each with its own connections, its own ring and its own timers. They share
//! nothing but the published rules. monoio lives here only.
//!
//! An acceptor thread hands every socket to the least loaded worker (`placement`). There the socket becomes a task
//! (`task`), which drives a sans-IO engine (`connection`); requests are answered inline (`serve`). Whatever is to
//! happen later waits in one structure per worker (`timers`).

mod accept;
mod buffers;
mod connection;
pub mod cpus;
mod delivery;
pub mod driver;
mod notify;
mod placement;
mod registry;
mod runtime;
mod serve;
mod shard;
pub mod stats;
mod task;
mod throttle;
mod timers;
mod tls;

pub use accept::listen;
pub use driver::{Driver, DriverChoice};
pub use serve::Api;

use crate::error::StartError;
use crate::limits::HANDOVER_SOCKETS_MAX;
use crate::metrics::Boundaries;
use crate::publish::Published;
use accept::Acceptor;
use arc_swap::ArcSwap;
use placement::Loads;
use serve::Serve;
use shard::Handover;
use stats::{AcceptorStats, WorkerStats};
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use understudy_model::events::ServerData;
use understudy_wire::Limits;

/// What the workers are to do.
pub struct Plan {
    /// What they run on.
    pub driver: Driver,
    /// The cpu of each worker; as many workers as entries. `None`: not pinned.
    pub cpus: Vec<Option<usize>>,
    /// Connections beyond are closed at once.
    pub connections_max: usize,
    /// What holds for every connection.
    pub settings: Settings,
    /// Where the control plane puts the rules.
    pub published: Arc<ArcSwap<Published>>,
    /// Where events are recorded and states looked up.
    pub data: Arc<ServerData>,
}

/// What holds for every connection.
pub struct Settings {
    /// The bounds of the protocol engines.
    pub limits: Arc<Limits>,
    /// Present when the port speaks TLS.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// The path prefix that requests must have.
    pub api: Api,
    /// The boundaries of the histograms.
    pub boundaries: Boundaries,
    /// Somebody may look at what was answered and how long it took.
    pub metrics: bool,
    /// The time exchanges in progress have to finish when the program is to end.
    pub drain_timeout: Duration,
}

/// The running workers, not accepting yet.
pub struct Workers {
    plan: AcceptPlan,
    threads: Vec<JoinHandle<usize>>,
    stats: Vec<Arc<WorkerStats>>,
    accepted: Arc<AcceptorStats>,
}

/// What the acceptor needs to know.
struct AcceptPlan {
    loads: Loads,
    queues: Vec<async_channel::Sender<Handover>>,
    connections_max: usize,
    nonblocking: bool,
    stats: Arc<AcceptorStats>,
}

/// Workers and their acceptor.
pub struct Accepting {
    acceptor: Acceptor,
    threads: Vec<JoinHandle<usize>>,
    stats: Vec<Arc<WorkerStats>>,
    accepted: Arc<AcceptorStats>,
}

impl Workers {
    /// Starts the workers and waits until each has its ring or its epoll instance.
    pub fn start(plan: Plan) -> Result<Workers, StartError> {
        let Plan { driver, cpus, connections_max, settings, published, data } = plan;
        let (loads, settings) = (Loads::new(cpus.len()), Arc::new(settings));
        let (ready, started) = mpsc::channel();
        let (mut queues, mut threads, mut stats) = (Vec::new(), Vec::new(), Vec::new());
        for (number, &cpu) in cpus.iter().enumerate() {
            let (sender, sockets) = async_channel::bounded(HANDOVER_SOCKETS_MAX);
            let serve = Serve::new(&settings.api, Arc::clone(&data)).map_err(|e| {
                StartError::new("--server-api-version", e, "give letters, digits, dots and dashes")
            })?;
            let own_stats = Arc::new(WorkerStats::new(&settings.boundaries));
            let worker = runtime::Worker {
                cpu,
                driver: driver.clone(),
                settings: Arc::clone(&settings),
                serve,
                published: Arc::clone(&published),
                stats: Arc::clone(&own_stats),
                load: loads.of(number),
                sockets,
                ready: ready.clone(),
            };
            threads.push(spawn(&format!("worker-{number}"), move || worker.run())?);
            queues.push(sender);
            stats.push(own_stats);
        }
        drop(ready);
        for _ in &threads {
            started.recv().map_err(|_| {
                StartError::new("worker", "it ended at once", "report this as a bug")
            })??;
        }
        let accepted = Arc::new(AcceptorStats::default());
        let nonblocking = matches!(driver, Driver::Epoll { .. });
        let plan = AcceptPlan {
            loads,
            queues,
            connections_max,
            nonblocking,
            stats: Arc::clone(&accepted),
        };
        Ok(Workers { plan, threads, stats, accepted })
    }

    /// The counters, one set per worker.
    pub fn stats(&self) -> &[Arc<WorkerStats>] {
        &self.stats
    }

    /// The counters of the acceptor.
    pub fn acceptor_stats(&self) -> &Arc<AcceptorStats> {
        &self.accepted
    }

    /// Begins to accept.
    pub fn accept(self, listener: TcpListener) -> Result<Accepting, StartError> {
        let acceptor = Acceptor::start(listener, self.plan)?;
        Ok(Accepting {
            acceptor,
            threads: self.threads,
            stats: self.stats,
            accepted: self.accepted,
        })
    }
}

impl Accepting {
    /// The counters, one set per worker.
    pub fn stats(&self) -> &[Arc<WorkerStats>] {
        &self.stats
    }

    /// The counters of the acceptor.
    pub fn acceptor_stats(&self) -> &AcceptorStats {
        &self.accepted
    }

    /// Stops accepting, lets every connection finish up to the drain timeout, and ends the workers. How many
    /// connections had to be cut.
    pub fn drain(self) -> usize {
        // With the acceptor the queues close, and that tells the workers to drain.
        self.acceptor.stop();
        self.threads.into_iter().map(|thread| thread.join().unwrap_or(1)).sum()
    }
}

/// Starts a named thread.
fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, StartError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|e| StartError::new(format!("thread {name}"), e, "ask for fewer --worker-threads"))
}
