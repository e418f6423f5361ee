//! Histograms of whole numbers: bytes or nanoseconds. So sums are exact, however many values there are.

use crate::config::Bounds;
use std::sync::Arc;

/// Nanoseconds in a second.
pub(super) const NANOS_PER_S: f64 = 1e9;

/// The boundaries of the histograms of an interface. None at all: one bucket for everything.
#[derive(Clone, Debug, Default)]
pub struct Boundaries {
    /// For delays of answers.
    pub delay: Arc<[Boundary]>,
    /// For sizes of bodies.
    pub size: Arc<[Boundary]>,
}

impl Boundaries {
    /// The boundaries that the user asked for.
    pub fn new(delay_s: &Bounds, size_bytes: &Bounds) -> Boundaries {
        // Between nanoseconds there is nothing to tell apart, and 0.3 s times 1e9 should be 300 000 000.
        let delay = |&shown| Boundary { shown, last: (shown * NANOS_PER_S).round() as i64 };
        let size = |&shown: &f64| Boundary { shown, last: shown.floor() as i64 };
        Boundaries {
            delay: delay_s.values().iter().map(delay).collect(),
            size: size_bytes.values().iter().map(size).collect(),
        }
    }
}

/// The upper end of a bucket.
#[derive(Clone, Copy, Debug)]
pub struct Boundary {
    /// As typed.
    pub shown: f64,
    /// The greatest whole number that belongs to the bucket.
    last: i64,
}

/// How many values there were in each bucket, and what they add up to.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    boundaries: Arc<[Boundary]>,
    /// Those of each boundary, the buckets before not included.
    counts: Vec<u64>,
    /// All values, those above the last boundary included.
    count: u64,
    sum: u128,
    /// The value counted last and its bucket: sizes seldom change from one request to the next.
    latest: (u64, usize),
}

impl Histogram {
    /// Without any value.
    pub fn new(boundaries: &Arc<[Boundary]>) -> Histogram {
        let (counts, latest) = (vec![0; boundaries.len()], (0, bucket_of(boundaries, 0)));
        Histogram { boundaries: Arc::clone(boundaries), counts, count: 0, sum: 0, latest }
    }

    /// Counts the same value `times`.
    pub fn add(&mut self, value: u64, times: u64) {
        self.count += times;
        self.sum += u128::from(value) * u128::from(times);
        if self.has_boundaries() {
            self.add_to_bucket(value, times);
        }
    }

    /// Is there more than one bucket?
    #[inline]
    pub(super) fn has_boundaries(&self) -> bool {
        !self.boundaries.is_empty()
    }

    /// The part of [`Histogram::add`] that needs each value.
    #[inline]
    pub(super) fn add_to_bucket(&mut self, value: u64, times: u64) {
        if value != self.latest.0 {
            self.latest = (value, bucket_of(&self.boundaries, value));
        }
        if let Some(count) = self.counts.get_mut(self.latest.1) {
            *count += times;
        }
    }

    /// The part of it that can be done for many values at once.
    pub(super) fn add_totals(&mut self, count: u64, sum: u64) {
        self.count += count;
        self.sum += u128::from(sum);
    }

    /// Adds what another one with the same boundaries has counted.
    pub fn merge(&mut self, other: &Histogram) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.count += other.count;
        self.sum += other.sum;
    }

    /// All values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What they add up to.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Each boundary and how many values are not above it.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let shown = self.boundaries.iter().map(|boundary| boundary.shown);
        shown.zip(self.counts.iter().scan(0, |below, count| {
            *below += count;
            Some(*below)
        }))
    }
}

/// The number of the bucket that a value belongs to; that of no boundary if it is above all of them.
fn bucket_of(boundaries: &[Boundary], value: u64) -> usize {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    boundaries.partition_point(|boundary| boundary.last < value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundaries(delay: &str, size: &str) -> Boundaries {
        Boundaries::new(&delay.parse().unwrap(), &size.parse().unwrap())
    }

    fn shown(histogram: &Histogram) -> Vec<(f64, u64)> {
        histogram.buckets().collect()
    }

    #[test]
    fn a_value_at_the_boundary_is_below_it() {
        let mut sizes = Histogram::new(&boundaries("", "-1 0 10.5 20").size);
        for (value, times) in [(0, 1), (10, 1), (11, 2), (20, 3), (21, 4)] {
            sizes.add(value, times);
        }
        assert_eq!(shown(&sizes), [(-1.0, 0), (0.0, 1), (10.5, 2), (20.0, 7)]);
        assert_eq!((sizes.count(), sizes.sum()), (11, 10 + 22 + 60 + 84));
    }

    #[test]
    fn delays_are_counted_in_nanoseconds() {
        let mut delays = Histogram::new(&boundaries("1e-9 0.001 0.3 1e10 1e300", "").delay);
        for value in [1, 2, 1_000_000, 1_000_001, 300_000_000, 300_000_001, u64::MAX] {
            delays.add(value, 1);
        }
        let counts: Vec<u64> = delays.buckets().map(|(_, count)| count).collect();
        assert_eq!(counts, [1, 3, 5, 7, 7], "beyond 292 years all are alike");
        assert_eq!(delays.sum(), u128::from(u64::MAX) + 602_000_005);
    }

    #[test]
    fn without_boundaries_there_are_count_and_sum() {
        let mut sizes = Histogram::default();
        sizes.add(u64::MAX, u64::MAX / 2);
        sizes.add(1, 1);
        assert_eq!(shown(&sizes), []);
        assert_eq!(sizes.count(), u64::MAX / 2 + 1);
        assert_eq!(sizes.sum(), u128::from(u64::MAX) * u128::from(u64::MAX / 2) + 1);
    }

    #[test]
    fn merged_histograms_have_counted_everything() {
        let boundaries = boundaries("", "5 10");
        let (mut one, mut other) =
            (Histogram::new(&boundaries.size), Histogram::new(&boundaries.size));
        one.add(3, 2);
        other.add(7, 1);
        other.add(30, 1);
        one.merge(&other);
        assert_eq!(shown(&one), [(5.0, 2), (10.0, 3)]);
        assert_eq!((one.count(), one.sum()), (4, 43));
    }

    proptest::proptest! {
        #[test]
        fn buckets_agree_with_comparing_each_value(
            mut bounds: Vec<u16>, values: Vec<u16>, half: bool,
        ) {
            bounds.sort_unstable();
            bounds.dedup();
            let bounds: Vec<f64> =
                bounds.iter().map(|&b| f64::from(b) + if half { 0.5 } else { 0.0 }).collect();
            let typed: Vec<String> = bounds.iter().map(f64::to_string).collect();
            let mut histogram = Histogram::new(&boundaries("", &typed.join(" ")).size);
            for &value in &values {
                histogram.add(u64::from(value), 1);
            }
            let expected: Vec<(f64, u64)> = bounds
                .iter()
                .map(|&b| (b, values.iter().filter(|&&v| f64::from(v) <= b).count() as u64))
                .collect();
            assert_eq!(shown(&histogram), expected);
            assert_eq!(histogram.sum(), values.iter().map(|&v| u128::from(v)).sum());
        }
    }
}
