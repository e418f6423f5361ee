//! The results of a run: what all threads brought, and what follows from it.

use crate::record::{Failure, Share, Tally, Traffic};
use crate::report::units;
use std::time::Duration;

/// A thread that was busy so much of its time had none to spare: the target could have answered more.
const SATURATED_CPU_SHARE: f64 = 0.95;

/// A thread that was busy so much of its time is to blame for requests that it sent late, or not at all: with less, it
/// was the target or the scheduler of the machine.
const BUSY_CPU_SHARE: f64 = 0.85;

/// Lateness up to here is that of any timer; beyond, it distorts the latencies that count from the due time.
const LATE_MAX: Duration = Duration::from_millis(1);

/// What is being done, as the reports say it.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The URL.
    pub target: String,
    /// `HTTP/2`, `HTTP/2 over TLS`, `HTTP/1.1`, ...
    pub protocol: String,
    /// One line: `8 connections x 100 streams, 1000000 requests`.
    pub load: String,
    /// Threads of the generator.
    pub threads: usize,
    /// Connections, over all threads.
    pub connections: usize,
    /// Requests that may wait for their answers on a connection at the same time.
    pub streams: usize,
    /// Requests are sent when they are due, whatever became of those before them.
    pub is_open_loop: bool,
    /// Kinds of requests, as tallies are numbered: the messages of a script, or a single empty name.
    pub names: Vec<String>,
    /// When the first request was sent or due.
    pub started: jiff::Timestamp,
}

/// What one thread of the generator spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// CPU it has used.
    pub cpu: Duration,
    /// The time it has run.
    pub wall: Duration,
    /// [`Share::late_max`] at its worst.
    pub late_max: Duration,
}

impl Thread {
    /// The part of its time that it was on a cpu: 0 to 1, and 0 before it has reported.
    pub fn cpu_share(&self) -> f64 {
        ratio(self.cpu.as_secs_f64(), self.wall.as_secs_f64()).unwrap_or(0.0)
    }
}

/// The results of a run, complete at its end and correct up to the last report of each thread before.
#[derive(Clone, Debug)]
pub struct Results {
    facts: Facts,
    tallies: Vec<Tally>,
    traffic: Traffic,
    threads: Vec<Thread>,
    elapsed: Duration,
}

impl Results {
    /// Nothing has happened yet.
    pub fn new(facts: Facts) -> Results {
        Results {
            tallies: vec![Tally::default(); facts.names.len().max(1)],
            traffic: Traffic::default(),
            threads: vec![Thread::default(); facts.threads],
            elapsed: Duration::ZERO,
            facts,
        }
    }

    /// Adds what a thread reports; threads are numbered from 0.
    pub fn add(&mut self, thread: usize, share: &Share) {
        let kinds = self.tallies.len().max(share.tallies.len());
        self.tallies.resize_with(kinds, Tally::default);
        for (own, more) in self.tallies.iter_mut().zip(&share.tallies) {
            own.add(more);
        }
        self.traffic.add(&share.traffic);
        if thread >= self.threads.len() {
            self.threads.resize(thread + 1, Thread::default());
        }
        let own = &mut self.threads[thread];
        own.cpu += share.cpu;
        own.wall += share.wall;
        own.late_max = own.late_max.max(share.late_max);
    }

    /// The time from the first request to the last answer. Rates are zero until it is set.
    pub fn set_elapsed(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// What was done.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// As set by [`Results::set_elapsed`].
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// All requests of all kinds.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.tallies.iter().for_each(|tally| total.add(tally));
        total
    }

    /// The requests of one kind, as [`Facts::names`] numbers them.
    pub fn tally(&self, kind: usize) -> Option<&Tally> {
        self.tallies.get(kind)
    }

    /// Name and requests of each kind; nothing for a plain run, whose requests are of one kind without a name.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &Tally)> {
        let is_plain = self.facts.names.iter().all(String::is_empty);
        let names = self.facts.names.iter().map(String::as_str);
        names.zip(&self.tallies).filter(move |_| !is_plain)
    }

    /// What happened on the connections.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What each thread of the generator spent.
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// Times per second, of something that happened so often in the whole run.
    pub fn per_second(&self, count: u64) -> f64 {
        ratio(count as f64, self.elapsed.as_secs_f64()).unwrap_or(0.0)
    }

    /// Megabytes (10^6 bytes) per second, of so many bytes in the whole run.
    pub fn megabytes_per_second(&self, bytes: u64) -> f64 {
        self.per_second(bytes) / 1e6
    }

    /// CPU that the generator used for each request sent, in microseconds.
    pub fn cpu_us_per_request(&self) -> Option<f64> {
        let cpu: Duration = self.threads.iter().map(|thread| thread.cpu).sum();
        let sent: u64 = self.tallies.iter().map(|tally| tally.sent).sum();
        ratio(cpu.as_secs_f64() * 1e6, sent as f64)
    }

    /// By how much the generator sent a request too late at the worst; see [`Share::late_max`].
    pub fn late_max(&self) -> Duration {
        self.threads.iter().map(|thread| thread.late_max).max().unwrap_or_default()
    }

    /// One sentence if the figures tell about the generator rather than about the target: why, and what to do.
    pub fn bottleneck(&self) -> Option<String> {
        let share = self.threads.iter().map(Thread::cpu_share).fold(0.0, f64::max);
        let unsent: u64 = self.tallies.iter().map(|tally| tally.failed(Failure::Unsent)).sum();
        let late = self
            .threads
            .iter()
            .filter(|thread| thread.cpu_share() >= BUSY_CPU_SHARE && thread.late_max > LATE_MAX)
            .max_by_key(|thread| thread.late_max)
            .filter(|_| self.facts.is_open_loop);
        let why = if share >= SATURATED_CPU_SHARE {
            format!("a thread was busy {} of its time", units::percent(share))
        } else if let Some(thread) = late {
            let (busy, late) =
                (units::percent(thread.cpu_share()), units::duration(thread.late_max));
            format!("a thread was busy {busy} of its time and sent requests up to {late} late")
        } else if unsent > 0 && share >= BUSY_CPU_SHARE {
            let busy = units::percent(share);
            format!("{unsent} requests were not sent and a thread was busy {busy} of its time")
        } else {
            return None;
        };
        let remedy = match self.facts.is_open_loop {
            true => "use more --threads, on more cpus, or a lower rate",
            false => "use more --threads, on more cpus, to see what the target can do",
        };
        Some(format!("the generator is the bottleneck: {why}; {remedy}"))
    }
}

/// `None` where there is nothing to divide by.
fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests;
