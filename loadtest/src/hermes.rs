//! What hermes shows and leaves behind: its table on the console, and its output files.

mod files;
mod table;

pub use files::{OutputError, OutputFiles};
pub use table::{header, row, summary};

use crate::record::Tally;

/// The sum of the tallies of all messages.
pub fn total(tallies: &[Tally]) -> Tally {
    let mut total = Tally::default();
    tallies.iter().for_each(|tally| total.add(tally));
    total
}
