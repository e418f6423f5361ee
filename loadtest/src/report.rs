//! What is said about a run: a line while it goes on, a table, a JSON document and a percentile distribution at its end.

mod hgrm;
mod json;
mod live;
mod table;
pub(crate) mod units;

#[cfg(test)]
pub(crate) mod testkit;

pub use hgrm::hgrm;
pub use json::json;
pub use live::{Live, Progress};
pub use table::table;

use crate::record::Tally;
use std::time::Duration;

/// Every latency of the reports with its name, in their order; `None` where there were too few answers.
fn latencies(tally: &Tally) -> Vec<(String, Option<Duration>)> {
    let mut all =
        vec![("min".to_owned(), tally.latency_min()), ("mean".to_owned(), tally.latency_mean())];
    let percentiles = crate::percentile::Percentile::REPORTED;
    all.extend(percentiles.iter().map(|p| (p.to_string(), p.of(tally))));
    all.push(("max".to_owned(), tally.latency_max()));
    all
}
