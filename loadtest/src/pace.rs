//! When requests are due: constant rates and ramps, one after the other.
//!
//! Request k is due when the area under the rate reaches k, whatever became of the requests before it. Latency counted
//! from there does not leave out the time in which a stalled server kept requests from being sent ("coordinated
//! omission").

use crate::limits::RATE_MAX;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A part of the plan: the rate goes from one value to the other in a straight line.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stage {
    /// Requests a second at its beginning and at its end.
    from: f64,
    to: f64,
    seconds: f64,
    /// Where it begins.
    starts_s: f64,
    /// Requests due before it.
    before: f64,
}

impl Stage {
    fn requests(&self) -> f64 {
        (self.from + self.to) / 2.0 * self.seconds
    }

    /// When the n-th request of the stage is due, in seconds from its beginning. n = from t + (to - from) t^2 / 2T,
    /// solved in the form that does not cancel.
    fn due_s(&self, n: f64) -> f64 {
        let slope = (self.to - self.from) / self.seconds;
        let root = (self.from * self.from + 2.0 * slope * n).max(0.0).sqrt();
        let divisor = self.from + root;
        if divisor > 0.0 { 2.0 * n / divisor } else { 0.0 }
    }
}

/// The rate over the time of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    stages: Vec<Stage>,
}

/// A rate as typed: `1000`, `100..5000`, each with a duration of its own or not (`1000:30s`).
#[derive(Clone, Debug, PartialEq)]
pub struct TypedPace(Vec<(f64, f64, Option<Duration>)>);

impl FromStr for TypedPace {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        typed.split(',').map(parse_stage).collect::<Result<_, _>>().map(TypedPace)
    }
}

fn parse_stage(typed: &str) -> Result<(f64, f64, Option<Duration>), String> {
    let (rates, length) = match typed.split_once(':') {
        Some((rates, length)) => (rates, Some(parse_duration(length)?)),
        None => (typed, None),
    };
    let (from, to) = match rates.split_once("..") {
        Some((from, to)) => (parse_rate(from)?, parse_rate(to)?),
        None => {
            let rate = parse_rate(rates)?;
            (rate, rate)
        }
    };
    if from.max(to) <= 0.0 {
        return Err(format!("{typed:?}: a rate above 0 requests/s is needed"));
    }
    Ok((from, to, length))
}

fn parse_rate(typed: &str) -> Result<f64, String> {
    let typed = typed.trim();
    let (digits, factor) = match typed.as_bytes().last() {
        Some(b'k') => (&typed[..typed.len() - 1], 1e3),
        Some(b'M') => (&typed[..typed.len() - 1], 1e6),
        _ => (typed, 1.0),
    };
    let rate = digits.parse::<f64>().ok().map(|rate| rate * factor);
    rate.filter(|rate| (0.0..=RATE_MAX).contains(rate)).ok_or_else(|| {
        format!("{typed:?} is no rate: give requests/s from 0 to {RATE_MAX}, such as 5000, 50k or 1000..5000")
    })
}

/// A duration as typed: `10` and `10s` are seconds; `500ms`, `2m`, `1h`.
pub fn parse_duration(typed: &str) -> Result<Duration, String> {
    let typed = typed.trim();
    let unit_at = typed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(typed.len());
    let (number, unit) = typed.split_at(unit_at);
    let factor = match unit {
        "" | "s" => Some(1.0),
        "ms" => Some(1e-3),
        "us" | "µs" => Some(1e-6),
        "m" | "min" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    let seconds = number.parse::<f64>().ok().zip(factor).map(|(number, factor)| number * factor);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| *duration <= Duration::from_secs(365 * 86_400))
        .ok_or_else(|| format!("{typed:?} is no duration: give seconds, or 500ms, 10s, 5m, 1h"))
}

impl TypedPace {
    /// Gives those stages that have no duration of their own the rest of the stated one.
    pub fn over(self, duration: Option<Duration>) -> Result<Pace, String> {
        let stated: Duration = self.0.iter().filter_map(|stage| stage.2).sum();
        let open = self.0.iter().filter(|stage| stage.2.is_none()).count();
        let share = match (open, duration) {
            (0, _) => Duration::ZERO,
            (_, None) => {
                return Err(
                    "a rate without an end: add --duration, or a duration to each stage (1000:30s)"
                        .to_owned(),
                );
            }
            (open, Some(duration)) => match duration.checked_sub(stated) {
                Some(rest) if !rest.is_zero() => rest / u32::try_from(open).unwrap_or(u32::MAX),
                _ => {
                    return Err(format!(
                        "the stages with a duration of their own take {stated:?}, and nothing of {duration:?} is left for the others"
                    ));
                }
            },
        };
        Ok(Pace::new(
            self.0.into_iter().map(|(from, to, length)| (from, to, length.unwrap_or(share))),
        ))
    }
}

impl Pace {
    /// Stages as rate at the beginning, rate at the end, and duration.
    fn new(stages: impl Iterator<Item = (f64, f64, Duration)>) -> Pace {
        let (mut starts_s, mut before) = (0.0, 0.0);
        let stages = stages
            .map(|(from, to, length)| {
                let stage = Stage { from, to, seconds: length.as_secs_f64(), starts_s, before };
                starts_s += stage.seconds;
                before += stage.requests();
                stage
            })
            .filter(|stage| stage.seconds > 0.0)
            .collect();
        Pace { stages }
    }

    /// How long it goes on.
    pub fn duration(&self) -> Duration {
        let end = self.stages.last().map_or(0.0, |stage| stage.starts_s + stage.seconds);
        Duration::from_secs_f64(end)
    }

    /// When request `k`, counted from 0, is due, in nanoseconds from the start; `None` beyond the end.
    pub fn due_ns(&self, k: u64) -> Option<u64> {
        let k = k as f64;
        // A rate of 10/s for 1 s means ten requests, whatever the rounding of the area says.
        let stage =
            self.stages.iter().find(|stage| k < (stage.before + stage.requests()) - 1e-6)?;
        let seconds = stage.starts_s + stage.due_s((k - stage.before).max(0.0)).min(stage.seconds);
        Some((seconds * 1e9) as u64)
    }
}

/// As it was typed: `1000 requests/s over 60 s`, stages separated by commas.
impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, stage) in self.stages.iter().enumerate() {
            if i > 0 {
                f.write_str(", then ")?;
            }
            write!(f, "{}", stage.from)?;
            if stage.from != stage.to {
                write!(f, "..{}", stage.to)?;
            }
            write!(f, " requests/s over {} s", stage.seconds)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pace(typed: &str, seconds: u64) -> Pace {
        typed.parse::<TypedPace>().unwrap().over(Some(Duration::from_secs(seconds))).unwrap()
    }

    fn count(pace: &Pace) -> u64 {
        (0..).take_while(|&k| pace.due_ns(k).is_some()).count() as u64
    }

    #[test]
    fn a_constant_rate_is_due_at_equal_distances() {
        let pace = pace("1000", 2);
        assert_eq!(pace.due_ns(0), Some(0));
        assert_eq!(pace.due_ns(1), Some(1_000_000));
        assert_eq!(pace.due_ns(1999), Some(1_999_000_000));
        assert_eq!(pace.due_ns(2000), None);
        assert_eq!(pace.to_string(), "1000 requests/s over 2 s");
    }

    #[test]
    fn a_ramp_brings_the_area_under_it() {
        let ramp = pace("0..1000", 10);
        assert_eq!(count(&ramp), 5000);
        // Half of the time has brought a quarter of the requests.
        let at = ramp.due_ns(1250).unwrap() as f64 / 1e9;
        assert!((at - 5.0).abs() < 1e-6, "{at}");
        let down = pace("1000..0", 10);
        assert_eq!(count(&down), 5000);
        let at = down.due_ns(3750).unwrap() as f64 / 1e9;
        assert!((at - 5.0).abs() < 1e-6, "{at}");
    }

    #[test]
    fn stages_follow_each_other() {
        let pace = pace("100:1s,100..300:2s,50", 5);
        assert_eq!(pace.duration(), Duration::from_secs(5));
        assert_eq!(count(&pace), 100 + 400 + 100);
        assert_eq!(pace.due_ns(100), Some(1_000_000_000));
        assert_eq!(pace.due_ns(500), Some(3_000_000_000));
        assert_eq!(pace.due_ns(501), Some(3_020_000_000));
    }

    #[test]
    fn what_is_typed_wrong_is_said() {
        for typed in
            ["", "x", "-1", "10..", "..5", "1e99", "nan", "10:", "10:5x", "0", "0..0", "10,"]
        {
            assert!(typed.parse::<TypedPace>().is_err(), "{typed:?}");
        }
        assert!("10".parse::<TypedPace>().unwrap().over(None).is_err());
        let full = "10:5s,20".parse::<TypedPace>().unwrap();
        assert!(full.over(Some(Duration::from_secs(5))).is_err());
        assert_eq!("50k".parse(), Ok(TypedPace(vec![(50_000.0, 50_000.0, None)])));
    }

    #[test]
    fn durations() {
        for (typed, ms) in
            [("10", 10_000), ("1.5s", 1500), ("250ms", 250), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(parse_duration(typed), Ok(Duration::from_millis(ms)), "{typed}");
        }
        for typed in ["", "s", "1d", "-1", "1 1", "1e400", "99999999999h"] {
            assert!(parse_duration(typed).is_err(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn due_times_never_go_back(stages in prop::collection::vec((0u32..5000, 1u32..5000, 1u64..3), 1..4)) {
            let stages = stages.iter().map(|&(a, b, s)| (f64::from(a), f64::from(b), Duration::from_secs(s)));
            let pace = Pace::new(stages);
            let dues: Vec<u64> = (0..).map_while(|k| pace.due_ns(k)).collect();
            prop_assert!(dues.is_sorted());
            prop_assert!(dues.last().is_none_or(|&last| Duration::from_nanos(last) <= pace.duration()));
        }
    }
}
