//! The text format of HdrHistogram's percentile distributions, which its plotters read.

use crate::record::Tally;
use std::fmt::Write;
use std::time::Duration;

/// Lines between a percentile and the one that halves the distance to 100 %: the usual density of such files.
const TICKS_PER_HALF_DISTANCE: u32 = 5;

/// The latencies in milliseconds: a line for each step of the distribution with the latency, the part of the answers
/// that were no slower, their number, and 1 / (1 - part), which grows without end and is left out in the last line.
/// Below it the mean, the standard deviation and the maximum, and the shape of the histogram. Values have six digits
/// after the point, so that latencies of some microseconds keep their precision.
pub fn hgrm(tally: &Tally) -> String {
    let latencies = tally.latencies();
    let longest = tally.latency_max().unwrap_or_default();
    let mut out = header();
    if !latencies.is_empty() {
        let mut count = 0;
        for step in latencies.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
            count += step.count_since_last_iteration();
            // The upper end of a bucket may lie beyond the longest latency, which is known exactly.
            let value = ms(Duration::from_nanos(step.value_iterated_to()).min(longest));
            let part = step.quantile_iterated_to();
            let _ = write!(out, "{value:12.6} {part:14.12} {count:10}");
            if part < 1.0 {
                let _ = write!(out, " {:14.2}", 1.0 / (1.0 - part));
            }
            out.push('\n');
        }
    }
    let mean = ms(tally.latency_mean().unwrap_or_default());
    let deviation = latencies.stdev() / 1e6;
    let _ = writeln!(out, "#[Mean    = {mean:12.6}, StdDeviation   = {deviation:12.6}]");
    let (longest, count) = (ms(longest), latencies.len());
    let _ = writeln!(out, "#[Max     = {longest:12.6}, Total count    = {count:12}]");
    let (buckets, sub_buckets) = (latencies.buckets(), sub_buckets(latencies.sigfig()));
    let _ = writeln!(out, "#[Buckets = {buckets:12}, SubBuckets     = {sub_buckets:12}]");
    out
}

fn header() -> String {
    let [value, percentile, count, inverse] =
        ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"];
    format!("{value:>12} {percentile:>14} {count:>10} {inverse:>14}\n\n")
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Enough of them that neighbours differ in the last significant digit even in the upper half: a power of two.
fn sub_buckets(significant_digits: u8) -> u64 {
    2u64.saturating_mul(10u64.saturating_pow(u32::from(significant_digits))).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(latencies_us: &[u64]) -> Tally {
        let mut tally = Tally::default();
        for us in latencies_us {
            tally.answer(200, Duration::from_micros(*us), 0, Ok(()));
        }
        tally
    }

    /// By hand: 1 us and 2 us are kept exactly, being below 2048 ns. 1000 us lie in a bucket that ends at 1 000 447 ns,
    /// and are known to be the longest. Percentiles go up by a tenth to 0.5, then by a twentieth to 0.75; a third of
    /// the answers is reached by the first up to 0.3, two thirds by the second up to 0.65. The histogram reckons with
    /// the middle of the bucket, 1 000 192 ns: mean 334 397.33 ns, deviations from it 333 397.33, 332 397.33 and
    /// 665 794.67, whose squares have the mean 2.21642e11 and the root 470 788.1 ns.
    #[test]
    fn a_distribution_worked_out_by_hand() {
        let expected = "       Value     Percentile TotalCount 1/(1-Percentile)

    0.001000 0.000000000000          1           1.00
    0.001000 0.100000000000          1           1.11
    0.001000 0.200000000000          1           1.25
    0.001000 0.300000000000          1           1.43
    0.002000 0.400000000000          2           1.67
    0.002000 0.500000000000          2           2.00
    0.002000 0.550000000000          2           2.22
    0.002000 0.600000000000          2           2.50
    0.002000 0.650000000000          2           2.86
    1.000000 0.700000000000          3           3.33
    1.000000 1.000000000000          3
#[Mean    =     0.334333, StdDeviation   =     0.470788]
#[Max     =     1.000000, Total count    =            3]
#[Buckets =           32, SubBuckets     =         2048]
";
        assert_eq!(hgrm(&of(&[1, 2, 1000])), expected);
    }

    #[test]
    fn no_answers_make_no_lines() {
        let text = hgrm(&of(&[]));
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains("Total count    =            0]"), "{text}");
        assert!(!text.contains("NaN"), "{text}");
    }

    #[test]
    fn every_line_but_the_last_has_four_columns_that_grow() {
        let tally = of(&(1..=5000).collect::<Vec<_>>());
        let text = hgrm(&tally);
        let lines: Vec<Vec<f64>> = text
            .lines()
            .skip(2)
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect())
            .collect();
        let (last, others) = lines.split_last().unwrap();
        assert_eq!(last, &[5.0, 1.0, 5000.0]);
        assert!(others.iter().all(|line| line.len() == 4));
        for pair in others.windows(2) {
            assert!(pair[0].iter().zip(&pair[1]).all(|(before, after)| before <= after));
        }
    }
}
