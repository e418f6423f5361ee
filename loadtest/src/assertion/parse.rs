//! Reading assertions.

use super::{Assertion, Count, DIGITS, Latency, Operator, Subject};
use crate::decimal::{DecimalError, parse_scaled};
use crate::percentile::Percentile;
use crate::record::Failure;
use std::fmt;

/// An assertion that cannot be read: one line that says what is wrong, at which character, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    text: String,
    pub(super) column: usize,
    pub(super) what: String,
}

/// So much of an unreadable assertion is repeated in the complaint.
const SHOWN_CHARS_MAX: usize = 60;

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.text.chars().take(SHOWN_CHARS_MAX).collect();
        write!(
            f,
            "assertion \"{}\", column {}: {}; right would be p99<2ms, errors==0, errors<0.1% or rps>100k",
            shown.escape_debug(),
            self.column,
            self.what
        )
    }
}

impl std::error::Error for ParseError {}

/// A piece of the assertion, and where it begins, in bytes.
#[derive(Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Piece<'a> {
    fn trim(self) -> Piece<'a> {
        let text = self.text.trim_start();
        Piece { text: text.trim_end(), at: self.at + self.text.len() - text.len() }
    }

    /// What is wrong with it.
    fn fault(self, what: impl Into<String>) -> Fault {
        Fault { at: self.at, what: what.into() }
    }
}

struct Fault {
    at: usize,
    what: String,
}

/// What a name stands for.
enum Name {
    Latency(Latency),
    Rate,
    Count(Count),
}

/// What [`Assertion::parse`] does.
pub(super) fn assertion(text: &str) -> Result<Assertion, ParseError> {
    read(text).map_err(|fault| ParseError {
        text: text.to_owned(),
        column: text.get(..fault.at).unwrap_or(text).chars().count() + 1,
        what: fault.what,
    })
}

fn read(text: &str) -> Result<Assertion, Fault> {
    let Some(at) = text.find(['<', '>', '=', '!']) else {
        let end = Piece { text: "", at: text.trim_end().len() };
        return Err(end.fault("an operator is missing: <, <=, >, >=, == or !="));
    };
    let (before, after) = text.split_at(at);
    let name = name(Piece { text: before, at: 0 }.trim())?;
    let operator = Operator::ALL.into_iter().find(|operator| after.starts_with(operator.text()));
    let Some(operator) = operator else {
        return Err(
            Piece { text: after, at }.fault("no operator; there are <, <=, >, >=, == and !=")
        );
    };
    let length = operator.text().len();
    let bound = Piece { text: after.get(length..).unwrap_or(""), at: at + length }.trim();
    if bound.text.is_empty() {
        return Err(bound.fault("the bound is missing"));
    }
    let subject = match name {
        Name::Latency(latency) => Subject::Latency { latency, bound_ns: latency_bound(bound)? },
        Name::Rate => Subject::Rate { bound: number(bound)? },
        Name::Count(count) => match bound.text.strip_suffix('%') {
            Some(percent) => {
                let percent = Piece { text: percent, ..bound }.trim();
                Subject::Share { count, bound: decimal(percent, DIGITS)? }
            }
            None => Subject::Count { count, bound: number(bound)? },
        },
    };
    Ok(Assertion { subject, operator })
}

fn name(piece: Piece<'_>) -> Result<Name, Fault> {
    let name = piece.text.to_ascii_lowercase();
    let failure = Failure::ALL.into_iter().find(|failure| {
        // timeouts and resets read better in the plural; `statuss` and `losts` do not exist.
        let has_plural = matches!(failure, Failure::Timeout | Failure::Reset);
        name == failure.name() || has_plural && name.strip_suffix('s') == Some(failure.name())
    });
    Ok(match (name.as_str(), failure) {
        (_, Some(failure)) => Name::Count(Count::Failed(failure)),
        ("min", _) => Name::Latency(Latency::Min),
        ("mean", _) => Name::Latency(Latency::Mean),
        ("max", _) => Name::Latency(Latency::Max),
        ("rps", _) => Name::Rate,
        ("sent", _) => Name::Count(Count::Sent),
        ("answered", _) => Name::Count(Count::Answered),
        ("succeeded", _) => Name::Count(Count::Succeeded),
        ("errors", _) => Name::Count(Count::Errors),
        ("", _) => return Err(piece.fault("what is to be compared is missing")),
        (other, _) => match (other.strip_prefix('p'), status(other)) {
            (Some(percentile), _) if percentile.starts_with(|c: char| c.is_ascii_digit()) => {
                Name::Latency(Latency::At(Percentile::parse(percentile).ok_or_else(|| {
                    piece.fault("a percentile lies between 0 and 100, with at most six digits after the point")
                })?))
            }
            (_, Some(count)) => Name::Count(count),
            _ => return Err(piece.fault(unknown())),
        },
    })
}

fn unknown() -> String {
    let failures = Failure::ALL.map(Failure::name).join(", ");
    format!(
        "an unknown name; there are min, mean, max, p50, p99.9, rps, sent, answered, succeeded, errors, {failures}, \
         and statuses like 404 or 5xx"
    )
}

/// `404` or `4xx`.
fn status(name: &str) -> Option<Count> {
    let [first @ b'1'..=b'9', rest @ ..] = name.as_bytes() else { return None };
    if rest == b"xx" {
        return Some(Count::Class(u16::from(first - b'0')));
    }
    let is_code = rest.len() == 2 && rest.iter().all(u8::is_ascii_digit);
    is_code.then(|| name.parse().ok().map(Count::Status)).flatten()
}

fn latency_bound(bound: Piece<'_>) -> Result<u64, Fault> {
    // The micro sign and the Greek letter look the same; `s` must come after the others.
    const UNITS: [(&str, u32); 5] =
        [("us", 3), ("\u{b5}s", 3), ("\u{3bc}s", 3), ("ms", 6), ("s", 9)];
    for (unit, scale) in UNITS {
        if let Some(number) = bound.text.strip_suffix(unit) {
            return decimal(Piece { text: number, ..bound }.trim(), scale);
        }
    }
    Err(bound.fault("a latency needs a unit: us, ms or s"))
}

/// A number with `k` or `M` behind it or not, in millionths.
fn number(bound: Piece<'_>) -> Result<u64, Fault> {
    let (text, thousands) = match bound.text.strip_suffix(['k', 'K']) {
        Some(text) => (text, 3),
        None => bound.text.strip_suffix('M').map_or((bound.text, 0), |text| (text, 6)),
    };
    decimal(Piece { text, ..bound }.trim(), DIGITS + thousands)
}

/// Times 10^`scale`.
fn decimal(number: Piece<'_>, scale: u32) -> Result<u64, Fault> {
    parse_scaled(number.text, scale).map_err(|error| {
        number.fault(match error {
            DecimalError::NotANumber => "not a number".to_owned(),
            DecimalError::TooFine => format!("more than {scale} digits after the point"),
            DecimalError::TooLarge => "the number is too large".to_owned(),
        })
    })
}
