//! What a run must have reached: `p99<2ms`, `errors==0`, `rps>100000`. They decide the exit code.

mod parse;

pub use parse::ParseError;

use crate::decimal::Scaled;
use crate::percentile::Percentile;
use crate::record::{Failure, Tally};
use crate::report::units;
use crate::results::Results;
use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

/// Digits kept after the point of numbers and percentages.
const DIGITS: u32 = 6;

/// One, as numbers and percentages are kept.
const ONE: u64 = 10u64.pow(DIGITS);

/// A latency of all answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Latency {
    Min,
    Mean,
    Max,
    At(Percentile),
}

/// A number of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Sent,
    Answered,
    Succeeded,
    Errors,
    Failed(Failure),
    Status(u16),
    /// The first digit of the statuses.
    Class(u16),
}

/// What is measured, and the bound in a unit that suits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Latency {
        latency: Latency,
        bound_ns: u64,
    },
    /// Answers per second; the bound is in millionths.
    Rate {
        bound: u64,
    },
    /// The bound is in millionths.
    Count {
        count: Count,
        bound: u64,
    },
    /// The part of all requests, sent or not; the bound is in millionths of a per cent.
    Share {
        count: Count,
        bound: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// Something that is to be true of the results. Shown as it can be parsed again, blanks and `_` left out and numbers in
/// their shortest form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assertion {
    subject: Subject,
    operator: Operator,
}

/// What became of an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was to be true.
    pub assertion: Assertion,
    /// It is.
    pub passed: bool,
    /// The value with its unit, exactly enough to see why; or why there is none, and then it has not passed.
    pub measured: String,
}

/// The verdicts on all assertions.
pub fn evaluate(assertions: &[Assertion], results: &Results) -> Vec<Verdict> {
    assertions.iter().map(|assertion| assertion.evaluate(results)).collect()
}

impl Assertion {
    /// Reads `p99<2ms` and its like: a name, an operator (`<`, `<=`, `>`, `>=`, `==`, `!=`) and a bound, with blanks
    /// between them or not.
    ///
    /// | name | bound |
    /// |---|---|
    /// | `min`, `mean`, `max`, `p50`, `p99.9`, ... | a latency with its unit: `500us`, `2ms`, `1.5s` |
    /// | `rps` (answers per second) | a number: `100000`, `100_000`, `100k`, `1.5M` |
    /// | `sent`, `answered`, `succeeded`, `errors`, the names of [`Failure`] and their plurals, `404`, `5xx` | a number, or a percentage of all requests: `0.1%` |
    pub fn parse(text: &str) -> Result<Assertion, ParseError> {
        parse::assertion(text)
    }

    /// Is it true? What could not be measured has not passed, whatever the operator.
    pub fn evaluate(&self, results: &Results) -> Verdict {
        let total = results.total();
        let (order, measured) = match self.subject {
            Subject::Latency { latency, bound_ns } => latency.compare(&total, bound_ns),
            Subject::Rate { bound } => compare_rate(results, &total, bound),
            Subject::Count { count, bound } => {
                let count = count.of(&total);
                (Some(wide(count, ONE).cmp(&wide(bound, 1))), count.to_string())
            }
            Subject::Share { count, bound } => compare_share(count.of(&total), &total, bound),
        };
        let passed = order.is_some_and(|order| self.operator.holds(order));
        Verdict { assertion: *self, passed, measured }
    }
}

/// A product that cannot overflow.
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

impl Latency {
    fn compare(self, total: &Tally, bound_ns: u64) -> (Option<Ordering>, String) {
        let measured = match self {
            Latency::Min => total.latency_min(),
            Latency::Mean => total.latency_mean(),
            Latency::Max => total.latency_max(),
            Latency::At(percentile) => percentile.of(total),
        };
        let Some(measured) = measured else {
            return (None, self.why_not_measured(total));
        };
        let bound = Duration::from_nanos(bound_ns);
        let measured_ns = u64::try_from(measured.as_nanos()).unwrap_or(u64::MAX);
        (Some(measured.cmp(&bound)), Nanoseconds(measured_ns).to_string())
    }

    fn why_not_measured(self, total: &Tally) -> String {
        match self {
            Latency::At(percentile) if total.answered > 0 => {
                let (answers, least) = (total.answered, percentile.answers_min());
                format!("not measured: {answers} answers, and it takes {least}")
            }
            _ => "not measured: no answers".to_owned(),
        }
    }
}

fn compare_rate(results: &Results, total: &Tally, bound: u64) -> (Option<Ordering>, String) {
    let elapsed_ns = results.elapsed().as_nanos();
    if elapsed_ns == 0 {
        return (None, "not measured: no time has passed".to_owned());
    }
    // answered / elapsed against bound, both multiplied by what they are divided by.
    let answered = wide(total.answered, ONE).saturating_mul(1_000_000_000);
    let order = answered.cmp(&u128::from(bound).saturating_mul(elapsed_ns));
    (Some(order), format!("{:.1}", results.per_second(total.answered)))
}

fn compare_share(count: u64, total: &Tally, bound: u64) -> (Option<Ordering>, String) {
    // Every request has come to a good or to a bad end; those that could not be sent are among the latter.
    let requests = total.succeeded.saturating_add(total.errors());
    if requests == 0 {
        return (None, "not measured: no requests".to_owned());
    }
    let order = (wide(count, ONE) * 100).cmp(&wide(bound, requests));
    let share = units::percent_exact(count as f64 / requests as f64);
    (Some(order), format!("{share} ({count} of {requests})"))
}

impl Count {
    fn of(self, total: &Tally) -> u64 {
        let answered = |is_meant: &dyn Fn(u16) -> bool| {
            total.statuses().iter().filter(|(status, _)| is_meant(**status)).map(|(_, n)| n).sum()
        };
        match self {
            Count::Sent => total.sent,
            Count::Answered => total.answered,
            Count::Succeeded => total.succeeded,
            Count::Errors => total.errors(),
            Count::Failed(failure) => total.failed(failure),
            Count::Status(code) => answered(&|status| status == code),
            Count::Class(class) => answered(&|status| status / 100 == class),
        }
    }
}

impl Operator {
    /// Longer ones first, so that `<=` is not read as `<`.
    const ALL: [Operator; 6] = [
        Operator::LessOrEqual,
        Operator::GreaterOrEqual,
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::Greater,
    ];

    fn text(self) -> &'static str {
        match self {
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
        }
    }

    /// Does it hold, the measured value being so compared to the bound?
    fn holds(self, order: Ordering) -> bool {
        match self {
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
        }
    }
}

/// A latency in the largest unit of assertions in which it is a whole number, else in microseconds.
struct Nanoseconds(u64);

impl fmt::Display for Nanoseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, unit) = match self.0 {
            ns if ns >= 1_000_000_000 && ns.is_multiple_of(1_000_000) => (9, "s"),
            ns if ns >= 1_000_000 => (6, "ms"),
            _ => (3, "us"),
        };
        write!(f, "{}{unit}", Scaled { value: self.0, scale })
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Latency::Min => f.write_str("min"),
            Latency::Mean => f.write_str("mean"),
            Latency::Max => f.write_str("max"),
            Latency::At(percentile) => percentile.fmt(f),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Count::Sent => f.write_str("sent"),
            Count::Answered => f.write_str("answered"),
            Count::Succeeded => f.write_str("succeeded"),
            Count::Errors => f.write_str("errors"),
            Count::Failed(failure) => f.write_str(failure.name()),
            Count::Status(code) => code.fmt(f),
            Count::Class(class) => write!(f, "{class}xx"),
        }
    }
}

impl fmt::Display for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = self.operator.text();
        let number = |value| Scaled { value, scale: DIGITS };
        match self.subject {
            Subject::Latency { latency, bound_ns } => {
                write!(f, "{latency}{operator}{}", Nanoseconds(bound_ns))
            }
            Subject::Rate { bound } => write!(f, "rps{operator}{}", number(bound)),
            Subject::Count { count, bound } => write!(f, "{count}{operator}{}", number(bound)),
            Subject::Share { count, bound } => write!(f, "{count}{operator}{}%", number(bound)),
        }
    }
}

#[cfg(test)]
mod tests;
