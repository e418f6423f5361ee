//! Log lines on standard error, written by a thread of their own so that a slow terminal never holds up traffic.

use crate::limits::LOG_QUEUE_LINES_MAX;
use std::fmt;
use std::str::FromStr;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

/// The least severe level that is logged, by the names of syslog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLevel(LevelFilter);

const NAMES: [(&str, LevelFilter); 8] = [
    ("Debug", LevelFilter::DEBUG),
    ("Informational", LevelFilter::INFO),
    ("Notice", LevelFilter::INFO),
    ("Warning", LevelFilter::WARN),
    ("Error", LevelFilter::ERROR),
    ("Critical", LevelFilter::ERROR),
    ("Alert", LevelFilter::ERROR),
    ("Emergency", LevelFilter::ERROR),
];

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(typed: &str) -> Result<Self, String> {
        let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(typed));
        named
            .map(|&(_, level)| LogLevel(level))
            .ok_or_else(|| format!("one of {}", NAMES.map(|(name, _)| name).join(", ")))
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().find(|(_, level)| *level == self.0);
        f.write_str(named.map_or("Warning", |(name, _)| name))
    }
}

/// Starts logging; lines are written out when the guard is dropped. `verbose` adds thread and module to each line.
pub fn start(level: LogLevel, verbose: bool) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(LOG_QUEUE_LINES_MAX)
        .thread_name("log")
        .finish(std::io::stderr());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level.0)
        .with_writer(writer)
        .with_ansi(false)
        .with_target(verbose)
        .with_thread_names(verbose)
        .finish();
    // Only the first subscriber of a process counts; a test may have one already.
    let _ = tracing::subscriber::set_global_default(subscriber);
    guard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_by_the_names_of_syslog() {
        assert_eq!("Warning".parse(), Ok(LogLevel(LevelFilter::WARN)));
        assert_eq!("debug".parse(), Ok(LogLevel(LevelFilter::DEBUG)));
        assert_eq!("Emergency".parse(), Ok(LogLevel(LevelFilter::ERROR)));
        assert!("Loud".parse::<LogLevel>().unwrap_err().contains("Informational"));
        assert_eq!(LogLevel(LevelFilter::WARN).to_string(), "Warning");
    }
}
