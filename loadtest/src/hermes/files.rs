//! The files that a run leaves: the table over time, for all messages and for each, and what went wrong.

use super::table::{header, row};
use super::total;
use crate::record::{Failure, Tally};
use crate::script::Script;
use jiff::Zoned;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file that cannot be written: one line with its name.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {source}; a prefix of files in a directory that can be written to (-o) is needed", .path.display())]
pub struct OutputError {
    path: PathBuf,
    source: io::Error,
}

/// `PREFIX.accum`, `.partial`, `.err`, and one file for each message. They are opened anew for each period, so that their
/// number does not count against the descriptors that connections need.
#[derive(Debug)]
pub struct OutputFiles {
    prefix: PathBuf,
    names: Vec<String>,
    expected: Vec<u16>,
    reported: Duration,
}

impl OutputFiles {
    /// Makes all files, with their first lines. Older ones of the same names are overwritten.
    pub fn create(
        prefix: &Path,
        script: &Script,
        started: &Zoned,
    ) -> Result<OutputFiles, OutputError> {
        let files = OutputFiles {
            prefix: prefix.to_owned(),
            names: script.message_names().to_vec(),
            expected: script.expected_statuses(),
            reported: Duration::ZERO,
        };
        // As `ctime` writes it, and like there with an empty line below.
        let date = started.strftime("%a %b %e %H:%M:%S %Y");
        let begin = format!("Traffic started at:  {date}\n\n");
        let table = format!("{begin}{}", header());
        let errors = format!("{begin}{:<10}{:>10}{:>10}\n", "Time (s)", "Code", "Count");
        for name in ["accum", "partial"].into_iter().chain(files.names.iter().map(String::as_str)) {
            files.write(name, &table, true)?;
        }
        files.write("err", &errors, true)?;
        Ok(files)
    }

    /// Appends the rows of a period that ends now, `elapsed` after the start. `cumulative` is what happened since the
    /// start, and `partial` what happened since the last call, by message.
    pub fn period(
        &mut self,
        elapsed: Duration,
        cumulative: &[Tally],
        partial: &[Tally],
    ) -> Result<(), OutputError> {
        let covered = elapsed.saturating_sub(self.reported);
        self.reported = elapsed;
        self.write("accum", &row(elapsed, elapsed, &total(cumulative)), false)?;
        self.write("partial", &row(elapsed, covered, &total(partial)), false)?;
        for (name, tally) in self.names.iter().zip(cumulative) {
            self.write(name, &row(elapsed, elapsed, tally), false)?;
        }
        self.write("err", &self.errors(elapsed, cumulative), false)
    }

    /// Appends the rows of the last period, which may be a short one.
    pub fn finish(
        mut self,
        elapsed: Duration,
        cumulative: &[Tally],
        partial: &[Tally],
    ) -> Result<(), OutputError> {
        self.period(elapsed, cumulative, partial)
    }

    /// The rows of `.err`: how often each code has come since the start. Together they are the column `Errors`.
    fn errors(&self, elapsed: Duration, cumulative: &[Tally]) -> String {
        let mut counts = BTreeMap::new();
        for (&expected, tally) in self.expected.iter().zip(cumulative) {
            for (code, count) in codes(expected, tally) {
                *counts.entry(code).or_insert(0) += count;
            }
        }
        let rows = counts.into_iter().filter(|(_, count)| *count > 0);
        rows.map(|(code, count)| format!("{:<10.1}{code:>10}{count:>10}\n", elapsed.as_secs_f64()))
            .collect()
    }

    fn write(&self, name: &str, text: &str, anew: bool) -> Result<(), OutputError> {
        let mut path = self.prefix.clone().into_os_string();
        path.push(".");
        path.push(name);
        let path = PathBuf::from(path);
        let file = match anew {
            true => File::create(&path),
            false => OpenOptions::new().append(true).open(&path),
        };
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| OutputError { path, source })
    }
}

/// The errors of one message by code. An answer has its status: an unexpected one, or the expected one if what the
/// script wanted to save was not in it. Failures without an answer have codes of their own (466 not connected, 468
/// could not be submitted, 469 lost with the connection); a stream that the server reset counts as lost. Timeouts have
/// a column of the table, and no code.
fn codes(expected: u16, tally: &Tally) -> Vec<(u16, u64)> {
    let unexpected = tally.statuses().iter().filter(|(status, _)| **status != expected);
    let mut codes: Vec<_> = unexpected.map(|(status, count)| (*status, *count)).collect();
    for failure in Failure::ALL {
        let code = match failure {
            Failure::Status | Failure::Timeout => continue,
            Failure::Unsaved => expected,
            Failure::NotConnected => 466,
            Failure::Unsent => 468,
            Failure::Reset | Failure::Lost => 469,
        };
        codes.push((code, tally.failed(failure)));
    }
    codes
}

#[cfg(test)]
mod tests;
