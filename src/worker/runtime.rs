//! A worker's thread: pinned, with a monoio runtime on the chosen driver.

use super::driver::{Driver, ring};
use super::serve::Serve;
use super::shard::{Handover, Shard};
use super::stats::WorkerStats;
use super::{Settings, cpus};
use crate::error::StartError;
use crate::limits::RING_ENTRIES;
use crate::publish::Published;
use arc_swap::ArcSwap;
use monoio::{IoUringDriver, LegacyDriver, RuntimeBuilder};
use std::rc::Rc;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, mpsc};

/// Everything a worker's thread takes along.
pub(super) struct Worker {
    pub(super) cpu: Option<usize>,
    pub(super) driver: Driver,
    pub(super) settings: Arc<Settings>,
    pub(super) serve: Serve,
    pub(super) published: Arc<ArcSwap<Published>>,
    pub(super) stats: Arc<WorkerStats>,
    pub(super) load: Arc<AtomicUsize>,
    pub(super) sockets: async_channel::Receiver<Handover>,
    pub(super) ready: mpsc::Sender<Result<(), StartError>>,
}

impl Worker {
    /// Runs until the queue of sockets is closed and all connections are over; how many had to be cut.
    pub(super) fn run(self) -> usize {
        if let Some(cpu) = self.cpu
            && let Err(error) = cpus::pin(cpu)
        {
            tracing::warn!("cannot pin a worker to cpu {cpu}: {error}");
        }
        // Built here and not in the main thread: a ring with a single issuer belongs to the thread that made it.
        match self.driver {
            Driver::Epoll { .. } => {
                let built = RuntimeBuilder::<LegacyDriver>::new().enable_timer().build();
                match self.announce(built) {
                    Some(mut runtime) => runtime.block_on(self.serve()),
                    None => 0,
                }
            }
            Driver::IoUringDeferred | Driver::IoUring { .. } => {
                let built = RuntimeBuilder::<IoUringDriver>::new()
                    .with_entries(RING_ENTRIES)
                    .uring_builder(ring(self.driver == Driver::IoUringDeferred))
                    .enable_timer()
                    .build();
                match self.announce(built) {
                    Some(mut runtime) => runtime.block_on(self.serve()),
                    None => 0,
                }
            }
        }
    }

    /// Tells the main thread how the start went.
    fn announce<R>(&self, built: std::io::Result<R>) -> Option<R> {
        let built = built.map_err(|error| {
            StartError::new(
                "worker",
                format_args!("{}: {error}", self.driver),
                "ask for fewer --worker-threads or try --driver epoll",
            )
        });
        let (runtime, outcome) = match built {
            Ok(runtime) => (Some(runtime), Ok(())),
            Err(error) => (None, Err(error)),
        };
        // The main thread is gone only when the start has failed elsewhere.
        let _ = self.ready.send(outcome);
        runtime
    }

    async fn serve(self) -> usize {
        let shard =
            Rc::new(Shard::new(self.settings, self.published, self.serve, self.stats, self.load));
        monoio::spawn(Rc::clone(&shard).mind_timers());
        while let Ok(handover) = self.sockets.recv().await {
            shard.adopt(handover);
        }
        shard.drain().await
    }
}
