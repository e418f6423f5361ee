//! `/admin/v1/logging`: the level of the log while the process runs.

use super::control::Control;
use super::query::Query;
use super::result::{empty_refusal, empty_response, typed_response};
use crate::log::LogLevel;
use axum::http::StatusCode;
use axum::response::Response;

/// The name of the level as plain text, under the content type that clients know it by.
pub(super) fn get(control: &Control) -> Response {
    typed_response(StatusCode::OK, "text/html", control.log().level().to_string())
}

/// Sets the level to the one that `level` names, from now on.
pub(super) fn put(control: &Control, query: &Query) -> Response {
    match level(query) {
        Ok(level) => {
            control.log().set(level);
            empty_response(StatusCode::OK)
        }
        Err(reason) => empty_refusal(&reason),
    }
}

fn level(query: &Query) -> Result<LogLevel, String> {
    query.require_distinct()?;
    let name = query.get("level").ok_or("the parameter level is missing")?;
    name.parse::<LogLevel>().map_err(|error| format!("level: {error}"))
}
