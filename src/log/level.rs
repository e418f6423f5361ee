//! How severe a line must be to be logged, by the names of syslog.

use std::fmt;
use std::str::FromStr;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// The least severe level that is logged. Errors are always logged, so the names above `Error` mean the same as it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Also the meaning of `Critical`, `Alert` and `Emergency`.
    Error,
    /// What an operator should look at.
    Warning,
    /// Nothing of ours has this level, so that it shows what `Warning` shows.
    Notice,
    /// What a peer did wrong, and other normal events.
    Informational,
    /// Everything.
    Debug,
}

/// The names that can be typed.
const NAMES: [(&str, LogLevel); 8] = [
    ("Debug", LogLevel::Debug),
    ("Informational", LogLevel::Informational),
    ("Notice", LogLevel::Notice),
    ("Warning", LogLevel::Warning),
    ("Error", LogLevel::Error),
    ("Critical", LogLevel::Error),
    ("Alert", LogLevel::Error),
    ("Emergency", LogLevel::Error),
];

impl LogLevel {
    /// The level of a line.
    pub(super) fn of(line: Level) -> LogLevel {
        match line {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warning,
            Level::INFO => LogLevel::Informational,
            _ => LogLevel::Debug,
        }
    }

    /// What is written at this level. Of the libraries only what is wrong: each frame that one of them has seen helps
    /// nobody who looks for his provision.
    pub(super) fn filter(self) -> Targets {
        let own = self.threshold();
        Targets::new().with_default(own.min(LevelFilter::WARN)).with_target("understudy", own)
    }

    fn threshold(self) -> LevelFilter {
        match self {
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warning | LogLevel::Notice => LevelFilter::WARN,
            LogLevel::Informational => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
        }
    }

    /// The severity of syslog (RFC 5424 section 6.2.1).
    pub(super) fn severity(self) -> u8 {
        match self {
            LogLevel::Error => 3,
            LogLevel::Warning => 4,
            LogLevel::Notice => 5,
            LogLevel::Informational => 6,
            LogLevel::Debug => 7,
        }
    }

    /// The level of that name, in whatever case it is typed.
    pub fn from_any_case(typed: &str) -> Result<LogLevel, UnknownLevel> {
        let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(typed));
        named.map(|&(_, level)| level).ok_or(UnknownLevel)
    }
}

/// A text that names no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", NAMES.map(|(name, _)| name).join(", "))
    }
}

impl std::error::Error for UnknownLevel {}

impl FromStr for LogLevel {
    type Err = UnknownLevel;

    /// The eight names exactly.
    fn from_str(typed: &str) -> Result<Self, UnknownLevel> {
        let named = NAMES.iter().find(|(name, _)| *name == typed);
        named.map(|&(_, level)| level).ok_or(UnknownLevel)
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().find(|(_, level)| level == self);
        f.write_str(named.map_or("Error", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eight_names_are_levels_and_those_above_error_mean_error() {
        for (typed, shown) in [
            ("Debug", "Debug"),
            ("Informational", "Informational"),
            ("Notice", "Notice"),
            ("Warning", "Warning"),
            ("Error", "Error"),
            ("Critical", "Error"),
            ("Alert", "Error"),
            ("Emergency", "Error"),
        ] {
            assert_eq!(typed.parse::<LogLevel>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn names_are_exact_unless_any_case_is_asked_for() {
        for typed in ["debug", "WARNING", "Warn", "", " Error", "Loud"] {
            assert_eq!(typed.parse::<LogLevel>(), Err(UnknownLevel), "{typed:?}");
        }
        assert_eq!(LogLevel::from_any_case("wArning"), Ok(LogLevel::Warning));
        let refused = LogLevel::from_any_case("Loud").unwrap_err().to_string();
        assert!(refused.contains("Informational"), "{refused}");
    }

    #[test]
    fn each_level_lets_through_what_is_as_severe() {
        let lines = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG];
        for (_, level) in NAMES {
            for line in lines {
                let is_severe = LogLevel::of(line) <= level;
                for ours in ["understudy::worker", "understudy_model::transform"] {
                    assert_eq!(
                        level.filter().would_enable(ours, &line),
                        is_severe,
                        "{level} {line}"
                    );
                }
                let of_library = level.filter().would_enable("h2::codec", &line);
                assert_eq!(of_library, is_severe && line <= Level::WARN, "{level} {line}");
            }
        }
    }
}
