//! Why the program could not start, in one line.

use std::fmt;

/// What failed, why, and what the user can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
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
        StartError { what: what.to_string(), why: why.to_string(), remedy: remedy.to_string() }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}; {}", self.what, self.why, self.remedy);
        f.write_str(&line.replace(['\n', '\r'], " "))
    }
}

impl std::error::Error for StartError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_whatever_a_library_says() {
        let error = StartError::new("key.pem", "bad\nnews", "look at it");
        assert_eq!(error.to_string(), "key.pem: bad news; look at it");
    }
}
