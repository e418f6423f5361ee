//! What Prometheus is told: the series of h2agent under their names of 2021, and ours, whose names begin with
//! `understudy_`.
//!
//! Counting costs a request a few plain additions. A worker counts in cells of its own ([`Tally`]) and leaves a copy of
//! them where others may look a few times a second; the page is made from these copies when somebody asks for it, and
//! nothing is kept from one page to the next. So counters, the counts of histograms and their sums are those of one
//! moment and belong together, and nothing grows while nobody asks.
//!
//! The text format is written here and not by the crates `metrics` and `metrics-exporter-prometheus`: those cannot make
//! a histogram without boundaries, and take a histogram's values one by one and keep each until the next look.

mod histogram;
mod interface;
mod own;
mod page;
mod process;
mod tally;

pub use histogram::{Boundaries, Histogram};
pub use process::Process;
pub use tally::{MethodLabel, Observed, Tally};

use crate::publish::{PublishTimes, Published};
use crate::worker::stats::{AcceptorStats, WorkerStats};
use arc_swap::ArcSwap;
use page::Page;
use std::sync::{Arc, Mutex, PoisonError};
use understudy_model::events::ServerData;

/// The tally of an interface, where one thread puts it and another looks.
#[derive(Debug, Default)]
pub struct SharedTally(Mutex<Tally>);

impl SharedTally {
    /// The tally so far is this one.
    pub fn put(&self, tally: Tally) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = tally;
    }

    /// Counts something in it.
    pub fn with(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A copy.
    pub fn get(&self) -> Tally {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Everything that the page is made from.
pub struct Metrics {
    /// The boundaries of the histograms of the traffic interface.
    pub boundaries: Boundaries,
    /// The counters of each worker.
    pub workers: Vec<Arc<WorkerStats>>,
    /// The counters of the thread that accepts connections.
    pub acceptor: Arc<AcceptorStats>,
    /// What the admin interface answered.
    pub admin: Arc<SharedTally>,
    /// Events and states.
    pub data: Arc<ServerData>,
    /// The rules in force.
    pub published: Arc<ArcSwap<Published>>,
    /// How long it took to publish them.
    pub publish_times: Arc<Mutex<PublishTimes>>,
    /// What the workers run on.
    pub driver: &'static str,
    /// What the user calls this server.
    pub source: String,
    /// When the process was started.
    pub process: Process,
}

impl Metrics {
    /// The page, in the text format of Prometheus, version 0.0.4.
    pub fn page(&self) -> String {
        let mut page = Page::default();
        let mut traffic = Tally::new(&self.boundaries);
        for worker in &self.workers {
            traffic.merge(&worker.answered.get());
        }
        interface::write(&mut page, "AdminHttp2Server", &self.admin.get());
        interface::write(&mut page, "MockHttp2Server", &traffic);
        interface::write_results(&mut page, &self.workers);
        own::write(&mut page, self);
        self.process.write(&mut page);
        page.into_text()
    }
}

#[cfg(test)]
pub(crate) mod tests;
