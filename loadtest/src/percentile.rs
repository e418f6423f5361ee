//! Percentiles, and from how many answers on they mean something.

use crate::decimal::{Scaled, parse_scaled};
use crate::record::Tally;
use std::fmt;
use std::time::Duration;

/// Digits kept after the point of a percentile.
const DIGITS: u32 = 6;

/// A hundred per cent.
const WHOLE: u32 = 100_000_000;

/// A percentile between 0 and 100, both excluded: those are the shortest and the longest latency. In millionths of a
/// per cent, so that `99.999` is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentile(u32);

impl Percentile {
    /// Those of the reports.
    pub const REPORTED: [Percentile; 8] = [
        Percentile(50_000_000),
        Percentile(75_000_000),
        Percentile(90_000_000),
        Percentile(95_000_000),
        Percentile(99_000_000),
        Percentile(99_900_000),
        Percentile(99_990_000),
        Percentile(99_999_000),
    ];

    /// The median.
    pub const P50: Percentile = Percentile::REPORTED[0];

    /// 99 % of the answers came no later.
    pub const P99: Percentile = Percentile::REPORTED[4];

    /// `99.9`: a number above 0 and below 100 with at most six digits after the point.
    pub fn parse(text: &str) -> Option<Percentile> {
        let parts = u32::try_from(parse_scaled(text, DIGITS).ok()?).ok()?;
        (0 < parts && parts < WHOLE).then_some(Percentile(parts))
    }

    /// How many answers it takes until at least one lies beyond it: 1 / (1 - p). With fewer, the percentile would be
    /// the longest latency under another name.
    pub fn answers_min(self) -> u64 {
        u64::from(WHOLE.div_ceil(WHOLE - self.0))
    }

    /// The latency that this share of the answers did not exceed, within the 0.1 % of the histogram. `None` with fewer
    /// than [`Percentile::answers_min`] answers.
    pub fn of(self, tally: &Tally) -> Option<Duration> {
        let latencies = tally.latencies();
        let count = latencies.len();
        if count < self.answers_min() {
            return None;
        }
        // The rank in whole numbers: in floating point, 7 % of 100 would be a little more than 7 and thus rank 8.
        let rank = (u128::from(self.0) * u128::from(count)).div_ceil(u128::from(WHOLE));
        let quantile = (rank as f64 - 0.5) / count as f64;
        // A bucket is shown by its upper end, which may lie beyond the longest latency; that one is known exactly.
        let upper_end = Duration::from_nanos(latencies.value_at_quantile(quantile));
        Some(tally.latency_max().map_or(upper_end, |max| upper_end.min(max)))
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", Scaled { value: u64::from(self.0), scale: DIGITS })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One answer after 1 ns, one after 2 ns, and so on: small latencies are kept exactly.
    fn first(count: u64) -> Tally {
        let mut tally = Tally::default();
        for ns in 1..=count {
            tally.answer(200, Duration::from_nanos(ns), 0, Ok(()));
        }
        tally
    }

    fn of(percentile: &str, tally: &Tally) -> Option<u64> {
        let percentile = Percentile::parse(percentile).unwrap();
        percentile.of(tally).map(|latency| u64::try_from(latency.as_nanos()).unwrap())
    }

    #[test]
    fn the_share_of_answers_that_were_no_slower() {
        let tally = first(1000);
        for (percentile, ns) in
            [("0.1", 1), ("7", 70), ("50", 500), ("75", 750), ("99", 990), ("99.9", 999)]
        {
            assert_eq!(of(percentile, &tally), Some(ns), "p{percentile}");
        }
        assert_eq!(of("50", &first(3)), Some(2));
        assert_eq!(of("7", &first(100)), Some(7), "not rank 8");
    }

    #[test]
    fn too_few_answers_give_no_percentile() {
        assert_eq!(of("50", &Tally::default()), None);
        assert_eq!(of("50", &first(1)), None);
        assert_eq!(of("50", &first(2)), Some(1));
        assert_eq!(of("99", &first(99)), None);
        assert_eq!(of("99", &first(100)), Some(99));
        assert_eq!(of("99.9", &first(999)), None);
        for (percentile, answers) in [("50", 2), ("75", 4), ("95", 20), ("99.999", 100_000)] {
            assert_eq!(Percentile::parse(percentile).unwrap().answers_min(), answers);
        }
    }

    #[test]
    fn no_percentile_is_beyond_the_longest_latency() {
        let mut tally = Tally::default();
        // 1 000 000 lies in the bucket from 999 936 to 1 000 447: between 2^19 and 2^20 they are 512 wide.
        for _ in 0..2 {
            tally.answer(200, Duration::from_nanos(1_000_000), 0, Ok(()));
        }
        assert_eq!(of("50", &tally), Some(1_000_000));
        tally.answer(200, Duration::from_nanos(5_000_000), 0, Ok(()));
        assert_eq!(of("50", &tally), Some(1_000_447));
    }

    #[test]
    fn texts() {
        for text in ["50", "99.9", "99.999999", "0.000001"] {
            assert_eq!(Percentile::parse(text).unwrap().to_string(), format!("p{text}"));
        }
        for text in ["", "0", "100", "101", "99.9999999", "-1", "x", "4294967346"] {
            assert_eq!(Percentile::parse(text), None, "{text}");
        }
        let shown: Vec<String> = Percentile::REPORTED.iter().map(Percentile::to_string).collect();
        assert_eq!(shown, ["p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "p99.999"]);
        assert_eq!(
            (Percentile::P50.to_string(), Percentile::P99.to_string()),
            ("p50".into(), "p99".into())
        );
    }
}
