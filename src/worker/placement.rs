//! Which worker gets a new connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many connections each worker has. Counted up by the acceptor at hand-over, so that the next choice already sees
/// it, and down by the worker when a connection is over.
#[derive(Clone, Debug)]
pub(super) struct Loads(Vec<Arc<AtomicUsize>>);

impl Loads {
    pub(super) fn new(workers: usize) -> Self {
        Loads((0..workers).map(|_| Arc::default()).collect())
    }

    /// The count of one worker, for the worker itself.
    pub(super) fn of(&self, worker: usize) -> Arc<AtomicUsize> {
        Arc::clone(&self.0[worker])
    }

    /// Connections on all workers.
    pub(super) fn total(&self) -> usize {
        self.0.iter().map(|load| load.load(Ordering::Relaxed)).sum()
    }
}

/// Chooses the worker with the fewest connections; among equals in turn. HTTP/2 clients open few connections and keep
/// them, so leaving the choice to the kernel (SO_REUSEPORT hashes) would leave workers idle.
#[derive(Debug)]
pub(super) struct Placement {
    loads: Loads,
    next: usize,
}

impl Placement {
    pub(super) fn new(loads: Loads) -> Self {
        Placement { loads, next: 0 }
    }

    /// Chooses a worker and counts the connection on it.
    pub(super) fn choose(&mut self) -> usize {
        let workers = self.loads.0.len();
        let in_turn = (0..workers).map(|n| (self.next + n) % workers);
        let chosen = in_turn.min_by_key(|&w| self.loads.0[w].load(Ordering::Relaxed)).unwrap_or(0);
        self.next = (chosen + 1) % workers;
        self.loads.0[chosen].fetch_add(1, Ordering::Relaxed);
        chosen
    }

    /// Takes back a choice: the connection did not reach its worker.
    pub(super) fn undo(&self, worker: usize) {
        self.loads.0[worker].fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn total(&self) -> usize {
        self.loads.total()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_connections_on_n_workers_land_on_as_many_as_possible() {
        for workers in 1..=8 {
            let mut placement = Placement::new(Loads::new(workers));
            let mut used: Vec<usize> = (0..4).map(|_| placement.choose()).collect();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), workers.min(4));
        }
    }

    #[test]
    fn the_least_loaded_worker_is_next() {
        let loads = Loads::new(3);
        let mut placement = Placement::new(loads.clone());
        assert_eq!([placement.choose(), placement.choose(), placement.choose()], [0, 1, 2]);
        loads.of(1).fetch_sub(1, Ordering::Relaxed);
        assert_eq!(placement.choose(), 1);
        assert_eq!(placement.choose(), 2, "among equals in turn");
        placement.undo(2);
        assert_eq!(placement.total(), 3);
    }
}
