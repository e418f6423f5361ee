//! `/admin/v1/server-data/schema`: what the bodies of traffic requests must be like.

use super::control::{Control, Effort};
use super::result::{OperationResult, document_or_none, empty_refusal, empty_response};
use crate::publish::Publisher;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

pub(super) const LOADED: &str =
    "server-data/schema operation; valid schema loaded to validate traffic requests";
pub(super) const LOAD_FAILED: &str = "server-data/schema operation; load failed";

/// Any JSON schema of draft 7. A refused one leaves the one before in force.
pub(super) async fn post(control: &Control, body: Bytes) -> OperationResult {
    let load =
        |publisher: &mut Publisher, document: &_| match publisher.load_request_schema(document) {
            Ok(()) => OperationResult::created(LOADED),
            Err(reason) => OperationResult::refused(LOAD_FAILED).because(&reason),
        };
    control.with_rules_and_document(Effort::Light, body, load).await
}

/// The schema as posted, 204 when none is in force.
pub(super) async fn get(control: &Control) -> Response {
    let show = |publisher: &mut Publisher| publisher.request_schema();
    document_or_none(control.with_rules(Effort::Light, show).await)
}

/// Takes the schema out of force: the one way to serve requests without a JSON body again. Where none is in force it is
/// the 400 that clients know from an interface without this operation.
pub(super) async fn delete(control: &Control) -> Response {
    let remove = |publisher: &mut Publisher| publisher.clear_request_schema();
    match control.with_rules(Effort::Light, remove).await {
        true => empty_response(StatusCode::OK),
        false => empty_refusal(&"no request schema is in force"),
    }
}
