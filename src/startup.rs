//! Files loaded before the ports open: request schema, matching, provisions, in this order, since the provisions are
//! checked by what the matching wants.
//!
//! A file that cannot be loaded is told and does not keep the server from starting: that is how start-up files have
//! always been treated, and test benches rely on it.

use crate::config::Config;
use crate::error::Notice;
use crate::publish::{LoadError, Publisher};
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use understudy_model::json;
use understudy_model::matching::MatchingError;
use understudy_model::request_schema::RequestSchemaError;

/// The files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartUpFiles {
    /// What the bodies of requests must fit.
    pub request_schema: Option<PathBuf>,
    /// How requests are matched.
    pub matching: Option<PathBuf>,
    /// One provision or an array of them; an array is loaded up to the first bad one.
    pub provision: Option<PathBuf>,
}

/// A file was not loaded, or not to its end. The text is the line that operators know; the source says why.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A request schema.
    #[error("Requests schema load failed: will be ignored")]
    RequestSchema(#[source] Reason),
    /// A matching configuration.
    #[error("Server matching configuration load failed and will be ignored{}", after_colon(.0))]
    Matching(#[source] Reason),
    /// A provision configuration.
    #[error("Server provision configuration load failed and will be ignored{}", after_colon(.0))]
    Provision(#[source] Reason),
}

/// Why a file was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// It is not JSON.
    #[error(transparent)]
    NotJson(#[from] json::ParseError),
    /// It is no usable schema.
    #[error(transparent)]
    RequestSchema(#[from] RequestSchemaError),
    /// It is no matching configuration.
    #[error(transparent)]
    Matching(#[from] MatchingError),
    /// It holds something that is no provision.
    #[error(transparent)]
    Provision(#[from] LoadError),
}

/// What a client that had posted the document would have been told.
fn after_colon(reason: &Reason) -> String {
    match reason {
        Reason::Matching(error) => format!(": {}", matching_text(error)),
        Reason::Provision(error) => format!(": {}", error.text()),
        _ => String::new(),
    }
}

/// What a client is told about a matching configuration that was refused.
pub fn matching_text(error: &MatchingError) -> &'static str {
    match error {
        MatchingError::Schema { .. } => "server-matching operation; invalid schema",
        MatchingError::Data { .. } => "server-matching operation; invalid matching data received",
    }
}

impl StartUpFiles {
    /// Those that the configuration names.
    pub fn of(config: &Config) -> StartUpFiles {
        StartUpFiles {
            request_schema: config.request_schema.clone(),
            matching: config.matching.clone(),
            provision: config.provision.clone(),
        }
    }

    /// Loads what there is; what went wrong, a line each.
    pub fn load(&self, publisher: &mut Publisher) -> Vec<Notice> {
        let mut notices = Vec::new();
        let mut note = |path: &Path, loaded: Result<(), FileError>| {
            notices.extend(loaded.err().map(|error| notice(path, &error)));
        };
        if let Some(path) = &self.request_schema {
            let loaded = read(path).and_then(|schema| Ok(publisher.load_request_schema(&schema)?));
            note(path, loaded.map_err(FileError::RequestSchema));
        }
        if let Some(path) = &self.matching {
            let loaded = read(path).and_then(|matching| Ok(publisher.load_matching(&matching)?));
            note(path, loaded.map_err(FileError::Matching));
        }
        if let Some(path) = &self.provision {
            let loaded =
                read(path).and_then(|provision| Ok(publisher.load(&provision).map(drop)?));
            note(path, loaded.map_err(FileError::Provision));
        }
        notices
    }
}

fn read(path: &Path) -> Result<Value, Reason> {
    Ok(json::parse(&std::fs::read(path)?)?)
}

fn notice(path: &Path, error: &FileError) -> Notice {
    let why = error.source().map(ToString::to_string);
    Notice { path: path.to_owned(), text: error.to_string(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "Requests schema load failed: will be ignored";
    const MATCHING: &str = "Server matching configuration load failed and will be ignored";
    const PROVISION: &str = "Server provision configuration load failed and will be ignored";

    /// The notices for files of these contents; `None`: the file is missing.
    fn notices(contents: [Option<&str>; 3]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let mut number = 0;
        let [request_schema, matching, provision] = contents.map(|text| {
            number += 1;
            let path = folder.path().join(number.to_string());
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            Some(path)
        });
        let files = StartUpFiles { request_schema, matching, provision };
        files.load(&mut Publisher::new()).into_iter().map(|notice| notice.text).collect()
    }

    #[test]
    fn good_files_say_nothing() {
        let one = r#"{"requestMethod":"GET","responseCode":200}"#;
        let matching = r#"{"algorithm":"PriorityMatchingRegex"}"#;
        assert_eq!(notices([Some("{}"), Some(matching), Some(one)]), [""; 0]);
        assert_eq!(notices([Some("true"), Some(matching), Some("[]")]), [""; 0]);
    }

    #[test]
    fn missing_files_and_no_json() {
        assert_eq!(notices([None, None, None]), [SCHEMA, MATCHING, PROVISION]);
        let texts = [Some("hello"), Some(""), Some("{} x")];
        assert_eq!(notices(texts), [SCHEMA, MATCHING, PROVISION]);
    }

    #[test]
    fn bad_content() {
        assert_eq!(
            notices([Some("7"), Some("{}"), Some("{}")]),
            [
                SCHEMA.to_owned(),
                format!("{MATCHING}: server-matching operation; invalid schema"),
                format!("{PROVISION}: server-provision operation; invalid schema"),
            ]
        );
        let data = r#"{"algorithm":"FullMatching","rgx":"a"}"#;
        let array = r#"[{"requestMethod":"GET","responseCode":-1}]"#;
        assert_eq!(
            notices([Some("{}"), Some(data), Some(array)]),
            [
                format!("{MATCHING}: server-matching operation; invalid matching data received"),
                format!(
                    "{PROVISION}: server-provision operation; detected one invalid provision data received"
                ),
            ]
        );
    }

    #[test]
    fn the_matching_comes_before_the_provisions() {
        let no_pattern = r#"{"requestMethod":"GET","requestUri":"(","responseCode":200}"#;
        let matching = r#"{"algorithm":"PriorityMatchingRegex"}"#;
        let expected =
            format!("{PROVISION}: server-provision operation; invalid provision data received");
        assert_eq!(notices([Some("{}"), Some(matching), Some(no_pattern)]), [expected]);
        let exact = r#"{"algorithm":"FullMatching"}"#;
        assert_eq!(notices([Some("{}"), Some(exact), Some(no_pattern)]), [""; 0]);
    }

    #[test]
    fn a_notice_names_file_and_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing.json");
        let files = StartUpFiles { provision: Some(path.clone()), ..StartUpFiles::default() };
        let notices = files.load(&mut Publisher::new());
        assert_eq!(notices[0].path, path);
        assert!(notices[0].why.as_deref().unwrap().contains("No such file"), "{notices:?}");
    }
}
