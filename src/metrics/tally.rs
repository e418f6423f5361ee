//! What one interface, or one worker of it, has answered.

use super::histogram::{Boundaries, Histogram};
use std::time::{Duration, Instant};
use understudy_model::Method;

/// The label of a method: one of five, or `other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodLabel(u8);

impl MethodLabel {
    /// The texts, in the order of the page.
    pub const TEXTS: [&str; 6] = ["POST", "GET", "PUT", "DELETE", "HEAD", "other"];

    const HEAD: MethodLabel = MethodLabel(4);

    /// The label of a method. The standard ones come in the order of [`Method::ALL`], which their numbers follow.
    #[inline]
    pub fn of(method: Option<Method>) -> MethodLabel {
        let other = Method::ALL.len() as u8;
        MethodLabel(method.map_or(other, |method| method.index().min(other)))
    }

    /// Is it a request whose answer has no body?
    #[inline]
    pub fn is_head(self) -> bool {
        self == MethodLabel::HEAD
    }
}

/// What is counted of a request once it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Observed {
    /// The label of its method.
    pub method: MethodLabel,
    /// The size of its body.
    pub received_bytes: usize,
}

/// Counts of answered requests by the labels of [`MethodLabel::TEXTS`].
pub(super) type ByMethod = [u64; MethodLabel::TEXTS.len()];

/// What has been answered, in cells of one owner.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// All that was answered.
    pub(super) answered: ByMethod,
    /// Those among them that did not get past the gate.
    pub(super) refused: ByMethod,
    /// From reception to answer, in nanoseconds.
    pub(super) delay_ns: Histogram,
    /// Bodies of requests.
    pub(super) received_bytes: Histogram,
    /// Bodies of answers, as far as they are sent.
    pub(super) sent_bytes: Histogram,
    pub(super) last: Last,
    unsettled: Unsettled,
}

/// Answers whose delay is not known yet. Sums are kept here meanwhile, where adding to them costs least.
#[derive(Clone, Copy, Debug, Default)]
struct Unsettled {
    answers: u64,
    received_bytes: u64,
    sent_bytes: u64,
}

/// The latest values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    /// When they were.
    at: Option<Instant>,
    pub(super) delay_ns: u64,
    pub(super) received_bytes: u64,
    pub(super) sent_bytes: u64,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(boundaries: &Boundaries) -> Tally {
        Tally {
            delay_ns: Histogram::new(&boundaries.delay),
            received_bytes: Histogram::new(&boundaries.size),
            sent_bytes: Histogram::new(&boundaries.size),
            ..Tally::default()
        }
    }

    /// Counts an answer with a body of so many bytes. It is in the histograms after [`Tally::settle`].
    #[inline]
    pub fn answered(&mut self, request: Observed, sent_bytes: usize) {
        let (received, sent) = (request.received_bytes as u64, sent_bytes as u64);
        if let Some(count) = self.answered.get_mut(usize::from(request.method.0)) {
            *count += 1;
        }
        self.unsettled.answers += 1;
        self.unsettled.received_bytes += received;
        self.unsettled.sent_bytes += sent;
        self.last.received_bytes = received;
        self.last.sent_bytes = sent;
        if self.sent_bytes.has_boundaries() {
            self.received_bytes.add_to_bucket(received, 1);
            self.sent_bytes.add_to_bucket(sent, 1);
        }
    }

    /// Counts that an answer was the gate's, besides [`Tally::answered`].
    pub fn refused(&mut self, request: Observed) {
        if let Some(count) = self.refused.get_mut(usize::from(request.method.0)) {
            *count += 1;
        }
    }

    /// Are there answers whose delay is not counted?
    #[inline]
    pub fn is_unsettled(&self) -> bool {
        self.unsettled.answers > 0
    }

    /// Counts the delay of the answers since the last call: they were given together at `now`.
    pub fn settle(&mut self, delay: Duration, now: Instant) {
        let Unsettled { answers, received_bytes, sent_bytes } = std::mem::take(&mut self.unsettled);
        let delay_ns = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        self.delay_ns.add(delay_ns, answers);
        self.received_bytes.add_totals(answers, received_bytes);
        self.sent_bytes.add_totals(answers, sent_bytes);
        self.last.delay_ns = delay_ns;
        self.last.at = Some(now);
    }

    /// Adds what another one with the same boundaries has counted.
    pub fn merge(&mut self, other: &Tally) {
        let pairs = [(&mut self.answered, &other.answered), (&mut self.refused, &other.refused)];
        for (counts, more) in pairs {
            counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        self.delay_ns.merge(&other.delay_ns);
        self.received_bytes.merge(&other.received_bytes);
        self.sent_bytes.merge(&other.sent_bytes);
        if other.last.at > self.last.at {
            self.last = other.last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(method: &str, received_bytes: usize) -> Observed {
        Observed { method: MethodLabel::of(Method::parse(method.as_bytes())), received_bytes }
    }

    #[test]
    fn labels_of_methods() {
        let label = |method: &str| {
            let MethodLabel(label) = MethodLabel::of(Method::parse(method.as_bytes()));
            MethodLabel::TEXTS[usize::from(label)]
        };
        for method in ["POST", "GET", "PUT", "DELETE", "HEAD"] {
            assert_eq!(label(method), method);
        }
        Method::register("LABELLED").unwrap();
        for other in ["PATCH", "get", "", "POSTS", "OPTIONS", "LABELLED"] {
            assert_eq!(label(other), "other", "{other}");
        }
        assert!(MethodLabel::of(Some(Method::HEAD)).is_head());
        assert!(!MethodLabel::of(Some(Method::GET)).is_head() && !MethodLabel::of(None).is_head());
    }

    #[test]
    fn counts_and_histograms_agree() {
        let start = Instant::now();
        let mut tally = Tally::default();
        tally.answered(observed("POST", 49), 1000);
        tally.answered(observed("PATCH", 0), 7);
        tally.refused(observed("PATCH", 0));
        assert!(tally.is_unsettled());
        tally.settle(Duration::from_millis(2), start);
        assert!(!tally.is_unsettled());
        assert_eq!(tally.answered, [1, 0, 0, 0, 0, 1]);
        assert_eq!(tally.refused, [0, 0, 0, 0, 0, 1]);
        for (histogram, sum) in
            [(&tally.received_bytes, 49), (&tally.sent_bytes, 1007), (&tally.delay_ns, 4_000_000)]
        {
            assert_eq!((histogram.count(), histogram.sum()), (2, sum));
        }
        let last = tally.last;
        assert_eq!((last.delay_ns, last.received_bytes, last.sent_bytes), (2_000_000, 0, 7));
    }

    #[test]
    fn the_latest_values_are_those_of_the_last_to_answer() {
        let start = Instant::now();
        let tally = |sent_bytes, after_ms| {
            let (mut tally, after) = (Tally::default(), Duration::from_millis(after_ms));
            tally.answered(observed("GET", 0), sent_bytes);
            tally.settle(after, start + after);
            tally
        };
        let mut all = Tally::default();
        for other in [tally(1, 5), tally(2, 9), tally(3, 7), Tally::default()] {
            all.merge(&other);
        }
        assert_eq!((all.last.sent_bytes, all.last.delay_ns), (2, 9_000_000));
        assert_eq!(all.answered, [0, 3, 0, 0, 0, 0]);
        assert_eq!(all.sent_bytes.sum(), 6);
    }
}
