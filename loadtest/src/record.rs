//! What is measured: how requests ended, and how long they took.

use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Three significant digits: every percentile is within 0.1 % of the truth.
const SIGNIFICANT_DIGITS: u8 = 3;

/// Longer latencies count as this in percentiles: an hour, in nanoseconds.
const LATENCY_NS_MAX: u64 = 3600 * 1_000_000_000;

/// Why a request did not come to a good end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Failure {
    /// Answered with a status that was not expected.
    Status,
    /// Answered as expected, but without a value that the script is to save.
    Unsaved,
    /// Not answered in time.
    Timeout,
    /// The server gave up on it (RST_STREAM), or its answer broke a rule of HTTP/2 that ends the stream alone.
    Reset,
    /// The connection was lost before it was answered, perhaps because an answer broke the protocol.
    Lost,
    /// There was no connection to send it on.
    NotConnected,
    /// Due in the time of the test, and there was no room to send it until the end: the target, or the generator, is too
    /// slow for the rate.
    Unsent,
}

impl Failure {
    /// Every kind, in the order of reports.
    pub const ALL: [Failure; 7] = [
        Failure::Status,
        Failure::Unsaved,
        Failure::Timeout,
        Failure::Reset,
        Failure::Lost,
        Failure::NotConnected,
        Failure::Unsent,
    ];

    /// The word for reports and assertions, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Status => "status",
            Failure::Unsaved => "unsaved",
            Failure::Timeout => "timeout",
            Failure::Reset => "reset",
            Failure::Lost => "lost",
            Failure::NotConnected => "not-connected",
            Failure::Unsent => "unsent",
        }
    }
}

/// The requests of one kind: all of a run, or those of one message of a script.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Requests handed to a connection.
    pub sent: u64,
    /// Whole answers, whatever their status.
    pub answered: u64,
    /// Answers that were expected.
    pub succeeded: u64,
    /// Bytes of the answers' contents.
    pub body_bytes: u64,
    failures: [u64; Failure::ALL.len()],
    statuses: BTreeMap<u16, u64>,
    latency_ns: Histogram<u64>,
    latency_sum_ns: u64,
    latency_min_ns: u64,
    latency_max_ns: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            sent: 0,
            answered: 0,
            succeeded: 0,
            body_bytes: 0,
            failures: [0; Failure::ALL.len()],
            statuses: BTreeMap::new(),
            latency_ns: Histogram::new_with_bounds(1, LATENCY_NS_MAX, SIGNIFICANT_DIGITS)
                .expect("constants within the bounds of the crate"),
            latency_sum_ns: 0,
            latency_min_ns: u64::MAX,
            latency_max_ns: 0,
        }
    }
}

impl Tally {
    /// A whole answer. `latency` counts from the moment at which the request was due (open loop) or sent (closed loop)
    /// to the moment at which the end of the answer was read.
    #[inline]
    pub fn answer(
        &mut self,
        status: u16,
        latency: Duration,
        body_bytes: usize,
        end: Result<(), Failure>,
    ) {
        self.answered += 1;
        self.body_bytes += body_bytes as u64;
        match end {
            Ok(()) => self.succeeded += 1,
            Err(failure) => self.fail(failure),
        }
        *self.statuses.entry(status).or_default() += 1;
        let latency_ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latency_ns.saturating_record(latency_ns);
        self.latency_sum_ns = self.latency_sum_ns.saturating_add(latency_ns);
        self.latency_min_ns = self.latency_min_ns.min(latency_ns);
        self.latency_max_ns = self.latency_max_ns.max(latency_ns);
    }

    /// A request that was not answered; [`Tally::answer`] books the others.
    pub fn fail(&mut self, failure: Failure) {
        self.fail_times(failure, 1);
    }

    /// So many of them at once.
    pub fn fail_times(&mut self, failure: Failure, times: u64) {
        self.failures[failure as usize] += times;
    }

    /// Adds what another thread, or a later period, brought.
    pub fn add(&mut self, other: &Tally) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.succeeded += other.succeeded;
        self.body_bytes += other.body_bytes;
        self.failures.iter_mut().zip(other.failures).for_each(|(own, more)| *own += more);
        for (&status, &count) in &other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        // Both grow as needed, so that this cannot fail.
        let _ = self.latency_ns.add(&other.latency_ns);
        self.latency_sum_ns = self.latency_sum_ns.saturating_add(other.latency_sum_ns);
        self.latency_min_ns = self.latency_min_ns.min(other.latency_min_ns);
        self.latency_max_ns = self.latency_max_ns.max(other.latency_max_ns);
    }

    /// Requests that ended so.
    pub fn failed(&self, failure: Failure) -> u64 {
        self.failures[failure as usize]
    }

    /// Requests that came to a bad end of any kind.
    pub fn errors(&self) -> u64 {
        self.failures.iter().sum()
    }

    /// How often each status was answered.
    pub fn statuses(&self) -> &BTreeMap<u16, u64> {
        &self.statuses
    }

    /// The latencies of all answers, in nanoseconds.
    pub fn latencies(&self) -> &Histogram<u64> {
        &self.latency_ns
    }

    /// The mean latency; `None` without an answer.
    pub fn latency_mean(&self) -> Option<Duration> {
        Some(Duration::from_nanos(self.latency_sum_ns.checked_div(self.answered)?))
    }

    /// The shortest latency, exactly.
    pub fn latency_min(&self) -> Option<Duration> {
        (self.answered > 0).then_some(Duration::from_nanos(self.latency_min_ns))
    }

    /// The longest latency, exactly.
    pub fn latency_max(&self) -> Option<Duration> {
        (self.answered > 0).then_some(Duration::from_nanos(self.latency_max_ns))
    }
}

/// What happened on the connections of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Connections established, those made anew after a loss among them.
    pub connected: u64,
    /// Attempts to connect that failed.
    pub refused: u64,
    /// Connections that ended before we ended them.
    pub lost: u64,
    /// Bytes written to sockets (with TLS: encrypted).
    pub sent_bytes: u64,
    /// Bytes read from sockets.
    pub received_bytes: u64,
}

impl Traffic {
    /// Adds what another thread, or a later period, brought.
    pub fn add(&mut self, other: &Traffic) {
        self.connected += other.connected;
        self.refused += other.refused;
        self.lost += other.lost;
        self.sent_bytes += other.sent_bytes;
        self.received_bytes += other.received_bytes;
    }
}

/// What one thread brought since it last reported. Threads report about once a second, and at the end.
#[derive(Clone, Debug, Default)]
pub struct Share {
    /// One tally for each kind of request: the messages of a script, or just one.
    pub tallies: Vec<Tally>,
    /// What happened on the connections.
    pub traffic: Traffic,
    /// CPU that the thread has used in this time.
    pub cpu: Duration,
    /// The time this covers.
    pub wall: Duration,
    /// By how much requests were sent after they were due although a connection had room for them: the generator's own
    /// lateness, at the worst. Always zero in a closed loop.
    pub late_max: Duration,
}

impl Share {
    /// Takes out what a warm-up has cost, so that what is left belongs to the requests that are counted.
    pub fn forget_costs(&mut self) {
        (self.cpu, self.wall, self.late_max) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        (self.traffic.sent_bytes, self.traffic.received_bytes) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_kind() {
        let mut tally = Tally::default();
        for (times, failure) in Failure::ALL.into_iter().enumerate() {
            (0..=times).for_each(|_| tally.fail(failure));
        }
        for (times, failure) in Failure::ALL.into_iter().enumerate() {
            assert_eq!(tally.failed(failure), times as u64 + 1, "{}", failure.name());
        }
        assert_eq!(tally.errors(), 1 + 2 + 3 + 4 + 5 + 6 + 7);
        assert_eq!(tally.answered, 0);
    }

    #[test]
    fn an_answer_of_the_wrong_status_is_an_answer_and_an_error() {
        let mut tally = Tally::default();
        tally.answer(500, Duration::from_micros(3), 7, Err(Failure::Status));
        assert_eq!((tally.answered, tally.succeeded, tally.errors()), (1, 0, 1));
        assert_eq!(tally.statuses().get(&500), Some(&1));
        assert_eq!(tally.body_bytes, 7);
        assert_eq!(tally.latencies().len(), 1);
    }

    #[test]
    fn tallies_add_up() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        one.sent = 2;
        one.answer(200, Duration::from_nanos(10), 1, Ok(()));
        other.sent = 3;
        other.answer(200, Duration::from_nanos(20), 2, Ok(()));
        other.answer(404, Duration::from_nanos(60), 4, Err(Failure::Status));
        other.fail(Failure::Timeout);
        one.add(&other);
        assert_eq!((one.sent, one.answered, one.succeeded, one.body_bytes), (5, 3, 2, 7));
        assert_eq!((one.failed(Failure::Status), one.failed(Failure::Timeout)), (1, 1));
        assert_eq!(one.statuses().iter().collect::<Vec<_>>(), [(&200, &2), (&404, &1)]);
        assert_eq!(one.latency_min(), Some(Duration::from_nanos(10)));
        assert_eq!(one.latency_mean(), Some(Duration::from_nanos(30)));
        assert_eq!(one.latency_max(), Some(Duration::from_nanos(60)));
        assert_eq!(one.latencies().value_at_quantile(0.5), 20);
        one.add(&Tally::default());
        assert_eq!(one.latency_min(), Some(Duration::from_nanos(10)), "nothing is no latency");
    }

    #[test]
    fn without_answers_there_is_no_latency() {
        let tally = Tally::default();
        assert_eq!(
            (tally.latency_min(), tally.latency_mean(), tally.latency_max()),
            (None, None, None)
        );
    }

    #[test]
    fn latencies_beyond_all_bounds_are_kept() {
        let mut tally = Tally::default();
        tally.answer(200, Duration::ZERO, 0, Ok(()));
        tally.answer(200, Duration::MAX, 0, Ok(()));
        tally.answer(200, Duration::MAX, 0, Ok(()));
        assert_eq!(tally.latencies().len(), 3);
        assert_eq!(tally.latency_min(), Some(Duration::ZERO));
        assert_eq!(tally.latency_max(), Some(Duration::from_nanos(u64::MAX)));
        assert!(tally.latencies().value_at_quantile(1.0) >= LATENCY_NS_MAX);
    }
}
