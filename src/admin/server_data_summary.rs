//! `/admin/v1/server-data/summary`: how much was received, without showing all of it.

use super::control::{Control, on_helper};
use super::limits::SUMMARY_KEYS_MAX;
use super::query::Query;
use super::result::{json_response, null_refusal};
use axum::http::StatusCode;
use axum::response::Response;
use understudy_model::json;

/// Totals, and as many keys as `maxKeys` says, bounded.
pub(super) async fn get(control: &Control, query: &Query) -> Response {
    let keys_max = match keys_max(query) {
        Ok(keys_max) => keys_max,
        Err(reason) => return null_refusal(&reason, query.explain()),
    };
    let data = control.data();
    let summary = on_helper(move || json::to_compact(&data.summary(keys_max))).await;
    json_response(StatusCode::OK, summary)
}

fn keys_max(query: &Query) -> Result<usize, String> {
    query.require_distinct()?;
    let Some(typed) = query.get("maxKeys") else { return Ok(SUMMARY_KEYS_MAX) };
    let keys_max: usize =
        typed.parse().map_err(|_| format!("maxKeys is no number of keys: {typed}"))?;
    Ok(keys_max.min(SUMMARY_KEYS_MAX))
}
