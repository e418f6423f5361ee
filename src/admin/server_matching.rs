//! `/admin/v1/server-matching`: how requests find their provisions.

use super::control::{Control, Effort};
use super::result::{OperationResult, json_response};
use crate::publish::Publisher;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use understudy_model::matching::MatchingError;
use understudy_model::schema;

pub(super) const LOADED: &str =
    "server-matching operation; valid schema and matching data received";
pub(super) const INVALID_SCHEMA: &str = "server-matching operation; invalid schema";
pub(super) const INVALID_DATA: &str = "server-matching operation; invalid matching data received";

/// A refused document changes nothing.
pub(super) async fn post(control: &Control, body: Bytes) -> OperationResult {
    // Another algorithm may have to index every provision anew.
    let effort = Effort::Heavy;
    let load = |publisher: &mut Publisher, document: &_| {
        let Err(error) = publisher.load_matching(document) else {
            return OperationResult::created(LOADED);
        };
        let text = match error {
            MatchingError::Schema { .. } => INVALID_SCHEMA,
            MatchingError::Data { .. } => INVALID_DATA,
        };
        OperationResult::refused(text).because(&error)
    };
    control.with_rules_and_document(effort, body, load).await
}

/// The document in force as posted; before the first one, what it amounts to.
pub(super) async fn get(control: &Control) -> Response {
    let matching = control.with_rules(Effort::Light, |publisher| publisher.matching()).await;
    json_response(StatusCode::OK, matching)
}

/// The schema of a matching configuration.
pub(super) fn get_schema() -> Response {
    json_response(StatusCode::OK, schema::matching_text())
}
