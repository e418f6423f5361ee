//! The options of h2agent, read as it reads them.
//!
//! Each option is looked for on its own, anywhere in the command line, and the first place where one of its names
//! stands counts; the word after it is its value, whatever that looks like. Words that nobody looks for are ignored.

use super::entry::{self, Entry};
use crate::cli::bytes;
use crate::log::LogLevel;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What the user wants.
#[derive(Debug)]
pub(super) enum Asked {
    /// To read the usage.
    Help,
    /// To know the version.
    Version,
    /// To serve.
    Serve(Box<Options>),
}

/// What was typed. Ports, addresses and lists are still text: it is not looked into before the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) log_level: LogLevel,
    pub(super) verbose: bool,
    pub(super) ipv6: bool,
    pub(super) bind_address: Option<String>,
    pub(super) admin_port: String,
    pub(super) server_port: String,
    pub(super) api_name: String,
    pub(super) api_version: String,
    /// Less than 1: the default.
    pub(super) worker_threads: i32,
    pub(super) server_threads: i32,
    pub(super) key: Option<PathBuf>,
    pub(super) key_password: Option<String>,
    pub(super) crt: Option<PathBuf>,
    pub(super) secure_admin: bool,
    pub(super) request_schema: Option<PathBuf>,
    pub(super) matching: Option<PathBuf>,
    pub(super) provision: Option<PathBuf>,
    pub(super) discard_data: bool,
    pub(super) discard_history: bool,
    pub(super) data_bytes_max: Option<usize>,
    pub(super) prometheus_port: String,
    pub(super) disable_metrics: bool,
    pub(super) delay_bounds: String,
    pub(super) size_bounds: String,
    pub(super) name: String,
}

/// Why the command line cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UsageError {
    /// The command line ends where a value should be.
    #[error("{0} needs a value")]
    NoValue(&'static str),
    /// The value of the option cannot be meant.
    #[error("{option}: {value:?} is not {expected}")]
    BadValue {
        /// The option.
        option: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        expected: String,
    },
}

/// Reads the command line, the name of the program included. `-h` counts before anything else and `-v` after all
/// values have been examined, in the order of the usage.
pub(super) fn parse(words: &[OsString]) -> Result<Asked, UsageError> {
    let words = Words(words);
    if words.has(&entry::HELP) {
        return Ok(Asked::Help);
    }
    let options = Options {
        log_level: words.log_level()?,
        verbose: words.has(&entry::VERBOSE),
        ipv6: words.has(&entry::IPV6),
        bind_address: words.text(&entry::BIND_ADDRESS)?,
        admin_port: words.text(&entry::ADMIN_PORT)?.unwrap_or_else(|| "8074".to_owned()),
        server_port: words.text(&entry::SERVER_PORT)?.unwrap_or_else(|| "8000".to_owned()),
        api_name: words.text(&entry::API_NAME)?.unwrap_or_default(),
        api_version: words.text(&entry::API_VERSION)?.unwrap_or_default(),
        worker_threads: words.number(&entry::WORKER_THREADS)?.unwrap_or(0),
        server_threads: words.number(&entry::SERVER_THREADS)?.unwrap_or(1),
        key: words.path(&entry::KEY)?,
        key_password: words.text(&entry::KEY_PASSWORD)?,
        crt: words.path(&entry::CRT)?,
        secure_admin: words.has(&entry::SECURE_ADMIN),
        request_schema: words.path(&entry::REQUEST_SCHEMA)?,
        matching: words.path(&entry::MATCHING)?,
        provision: words.path(&entry::PROVISION)?,
        discard_data: words.has(&entry::DISCARD_DATA),
        discard_history: words.has(&entry::DISCARD_HISTORY),
        data_bytes_max: words.bytes(&entry::DATA_MAX_BYTES)?,
        prometheus_port: words.text(&entry::PROMETHEUS_PORT)?.unwrap_or_else(|| "8080".to_owned()),
        disable_metrics: words.has(&entry::DISABLE_METRICS),
        delay_bounds: words.text(&entry::DELAY_BOUNDS)?.unwrap_or_default(),
        size_bounds: words.text(&entry::SIZE_BOUNDS)?.unwrap_or_default(),
        name: words.text(&entry::NAME)?.unwrap_or_else(|| "h2agent".to_owned()),
    };
    if words.has(&entry::VERSION) {
        return Ok(Asked::Version);
    }
    Ok(Asked::Serve(Box::new(options)))
}

struct Words<'a>(&'a [OsString]);

impl Words<'_> {
    /// Where the option stands, and by which name.
    fn find(&self, entry: &Entry) -> Option<(usize, &'static str)> {
        self.0.iter().enumerate().find_map(|(at, word)| {
            let name = entry.names.iter().find(|name| word == **name)?;
            Some((at, *name))
        })
    }

    fn has(&self, entry: &Entry) -> bool {
        self.find(entry).is_some()
    }

    fn value(&self, entry: &Entry) -> Result<Option<(&'static str, &OsStr)>, UsageError> {
        let Some((at, option)) = self.find(entry) else { return Ok(None) };
        let value = self.0.get(at + 1).ok_or(UsageError::NoValue(option))?;
        Ok(Some((option, value)))
    }

    fn text(&self, entry: &Entry) -> Result<Option<String>, UsageError> {
        Ok(self.value(entry)?.map(|(_, value)| value.to_string_lossy().into_owned()))
    }

    fn path(&self, entry: &Entry) -> Result<Option<PathBuf>, UsageError> {
        Ok(self.value(entry)?.map(|(_, value)| value.into()))
    }

    fn log_level(&self) -> Result<LogLevel, UsageError> {
        let level = self.parsed(&entry::LOG_LEVEL, |typed| typed.parse::<LogLevel>())?;
        Ok(level.unwrap_or(LogLevel::Warning))
    }

    fn number(&self, entry: &Entry) -> Result<Option<i32>, UsageError> {
        self.parsed(entry, |typed| leading_number(typed).ok_or("a number"))
    }

    fn bytes(&self, entry: &Entry) -> Result<Option<usize>, UsageError> {
        self.parsed(entry, bytes::parse)
    }

    fn parsed<T, E: ToString>(
        &self,
        entry: &Entry,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, UsageError> {
        let Some((option, value)) = self.value(entry)? else { return Ok(None) };
        let value = value.to_string_lossy();
        match parse(&value) {
            Ok(parsed) => Ok(Some(parsed)),
            Err(expected) => Err(UsageError::BadValue {
                option,
                value: value.into_owned(),
                expected: expected.to_string(),
            }),
        }
    }
}

/// The number that a text begins with, as `std::stoul` of C++ reads it into an `int`: blanks before it and anything
/// after it are ignored, and what is out of range of an `unsigned long` is no number.
fn leading_number(text: &str) -> Option<i32> {
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    let value: u64 = digits.get(..end)?.parse().ok()?;
    let value = if negative { value.wrapping_neg() } else { value };
    // An `int` keeps the lower half.
    let [.., a, b, c, d] = value.to_be_bytes();
    Some(i32::from_be_bytes([a, b, c, d]))
}

#[cfg(test)]
mod tests;
