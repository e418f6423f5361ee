//! Why the program could not start, in one line.

use std::fmt;
use std::path::PathBuf;

/// Which part of the program could not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The address of the admin interface.
    AdminAddress,
    /// The address of the traffic interface.
    TrafficAddress,
    /// The address of the metrics.
    MetricsAddress,
    /// Key or certificate.
    Tls,
    /// Anything else.
    Other,
}

/// What failed, why, and what the user can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// Where it belongs, for users who know us as h2agent: it names the interface.
    pub part: Part,
    /// The thing that failed: an address, a file, a driver.
    pub what: String,
    /// The reason, as the system or the library gave it.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

impl StartError {
    /// An error from its three parts.
    pub fn new(what: impl fmt::Display, why: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        StartError {
            part: Part::Other,
            what: what.to_string(),
            why: why.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// The same error, told to belong to a part.
    pub fn of(self, part: Part) -> Self {
        StartError { part, ..self }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}; {}", self.what, self.why, self.remedy);
        f.write_str(&line.replace(['\n', '\r'], " "))
    }
}

impl std::error::Error for StartError {}

/// A start-up file that was not loaded, or not to its end. The server starts nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The file.
    pub path: PathBuf,
    /// What could not be done, in the words of h2agent.
    pub text: String,
    /// The reason, where more is known than the text says.
    pub why: Option<String>,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{}: {}", self.path.display(), self.text);
        if let Some(why) = &self.why {
            line.extend([" (", why, ")"]);
        }
        f.write_str(&line.replace(['\n', '\r'], " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_names_the_file_and_the_reason() {
        let notice = |why: Option<&str>| Notice {
            path: "p.json".into(),
            text: "load failed".into(),
            why: why.map(str::to_owned),
        };
        assert_eq!(notice(None).to_string(), "p.json: load failed");
        assert_eq!(notice(Some("line 1\nodd")).to_string(), "p.json: load failed (line 1 odd)");
    }

    #[test]
    fn it_is_one_line_whatever_a_library_says() {
        let error = StartError::new("key.pem", "bad\nnews", "look at it");
        assert_eq!(error.to_string(), "key.pem: bad news; look at it");
    }
}
