//! How a request finds its provision.
//!
//! The URI is normalised first ([`uri`]), then looked up with the method and the current state as the [`Algorithm`]
//! says: as it is or rewritten (`exact.rs`), or by the patterns of the provisions (`priority.rs`).

pub mod clean;
pub(crate) mod exact;
pub(crate) mod priority;
pub mod uri;

use crate::json;
use crate::regex::{Format, Pattern};
use crate::schema::{self, Mismatch};
use priority::FoundLiterals;
use serde_json::Value;
use uri::QueryFilter;

/// How a normalised URI, with method and state, is looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// As it is.
    #[default]
    FullMatching,
    /// As it is after a replacement.
    FullMatchingRegexReplace,
    /// Provisions are patterns; the first one that matches counts.
    PriorityMatchingRegex,
}

/// A matching document, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// How URIs are looked up.
    pub algorithm: Algorithm,
    /// What becomes of the query before that.
    pub query_filter: QueryFilter,
    /// What is replaced in a URI, and by what; with [`Algorithm::FullMatchingRegexReplace`] only.
    pub replace: Option<(Pattern, Format)>,
    /// The document as posted, compact with sorted keys.
    pub document: Box<[u8]>,
}

/// Why a document does not say how to match. Pointers are JSON pointers in fragment form (RFC 6901 section 6).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatchingError {
    /// It does not fit the schema.
    #[error("#{pointer}: {reason}")]
    Schema {
        /// The part that does not fit.
        pointer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It fits the schema, but its members do not fit each other, or an expression does not compile.
    #[error("#{pointer}: {reason}")]
    Data {
        /// The part that cannot be used.
        pointer: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl MatchingError {
    fn schema(pointer: &str, reason: &str) -> MatchingError {
        MatchingError::Schema { pointer: pointer.to_owned(), reason: reason.to_owned() }
    }

    fn data(pointer: &str, reason: impl Into<String>) -> MatchingError {
        MatchingError::Data { pointer: pointer.to_owned(), reason: reason.into() }
    }
}

impl From<Mismatch> for MatchingError {
    fn from(mismatch: Mismatch) -> MatchingError {
        MatchingError::Schema { pointer: mismatch.pointer, reason: mismatch.reason }
    }
}

/// FullMatching with sorted parameters: how a server matches that nobody told anything.
impl Default for Config {
    fn default() -> Config {
        Config {
            algorithm: Algorithm::default(),
            query_filter: QueryFilter::default(),
            replace: None,
            document: br#"{"algorithm":"FullMatching"}"#[..].into(),
        }
    }
}

impl Config {
    /// Checks a document against the schema and against what its algorithm needs. A document that says nothing about
    /// the query means [`QueryFilter::SortAmpersand`].
    pub fn parse(document: &Value) -> Result<Config, MatchingError> {
        schema::validate_matching(document)?;
        let algorithm = match document["algorithm"].as_str() {
            Some("FullMatchingRegexReplace") => Algorithm::FullMatchingRegexReplace,
            Some("PriorityMatchingRegex" | "RegexMatching") => Algorithm::PriorityMatchingRegex,
            _ => Algorithm::FullMatching,
        };
        Ok(Config {
            algorithm,
            query_filter: parse_query_filter(document)?,
            replace: parse_replace(algorithm, document)?,
            document: json::to_compact(document).into_boxed_slice(),
        })
    }
}

fn parse_query_filter(document: &Value) -> Result<QueryFilter, MatchingError> {
    let members = &document["uriPathQueryParameters"];
    let filter =
        match (document["uriPathQueryParametersFilter"].as_str(), members["filter"].as_str()) {
            (Some(_), Some(_)) => {
                let reason = "uriPathQueryParametersFilter says what becomes of the query already";
                return Err(MatchingError::schema("/uriPathQueryParameters", reason));
            }
            (Some(filter), None) | (None, Some(filter)) => filter,
            (None, None) => return Ok(QueryFilter::default()),
        };
    let is_semicolon = members["separator"].as_str() == Some("Semicolon");
    Ok(match filter {
        "SortSemicolon" => QueryFilter::SortSemicolon,
        "Sort" if is_semicolon => QueryFilter::SortSemicolon,
        "PassBy" => QueryFilter::PassBy,
        "Ignore" => QueryFilter::Ignore,
        _ => QueryFilter::SortAmpersand,
    })
}

/// Both expressions or none, as the algorithm says. Empty ones are expressions.
fn parse_replace(
    algorithm: Algorithm,
    document: &Value,
) -> Result<Option<(Pattern, Format)>, MatchingError> {
    let (rgx, fmt) = (document["rgx"].as_str(), document["fmt"].as_str());
    if algorithm == Algorithm::FullMatchingRegexReplace {
        let missing = |member| {
            MatchingError::data("", format!("FullMatchingRegexReplace needs a member {member}"))
        };
        let (rgx, fmt) = (rgx.ok_or_else(|| missing("rgx"))?, fmt.ok_or_else(|| missing("fmt"))?);
        let pattern =
            Pattern::new(rgx).map_err(|error| MatchingError::data("/rgx", error.to_string()))?;
        return Ok(Some((pattern, Format::new(fmt))));
    }
    for (pointer, member) in [("/rgx", rgx), ("/fmt", fmt)] {
        if member.is_some() {
            return Err(MatchingError::data(pointer, "only FullMatchingRegexReplace has it"));
        }
    }
    Ok(None)
}

/// Reusable memory of a look-up; FullMatching needs none.
#[derive(Debug, Default)]
pub struct MatchScratch {
    /// The URI after the replacement, or what patterns are compared with.
    pub(crate) text: Vec<u8>,
    pub(crate) found: FoundLiterals,
}

#[cfg(test)]
mod tests;
