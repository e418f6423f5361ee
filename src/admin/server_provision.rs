//! `/admin/v1/server-provision`: the rules of the traffic interface.

use super::control::{Control, Effort};
use super::result::{OperationResult, document_or_none, done_or_nothing, json_response};
use crate::publish::Publisher;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use understudy_model::schema;

/// One provision or an array; what is loaded is in force before this returns.
pub(super) async fn post(control: &Control, body: Bytes) -> OperationResult {
    let load = |publisher: &mut Publisher, document: &_| match publisher.load(document) {
        Ok(form) => OperationResult::created(form.loaded_text()),
        Err(error) => OperationResult::refused(error.text()).because(&error),
    };
    control.with_rules_and_document(Effort::Light, body, load).await
}

/// All provisions as posted, 204 when there are none.
pub(super) async fn get(control: &Control) -> Response {
    document_or_none(control.with_rules(Effort::Heavy, |publisher| publisher.listing()).await)
}

/// The provisions that answered no request since they were loaded, 204 when there are none.
pub(super) async fn get_unused(control: &Control) -> Response {
    document_or_none(control.with_rules(Effort::Heavy, |publisher| publisher.unused()).await)
}

/// Removes all provisions; 204 when there were none.
pub(super) async fn delete(control: &Control) -> Response {
    done_or_nothing(control.with_rules(Effort::Light, |publisher| publisher.clear()).await)
}

/// The schema of a provision.
pub(super) fn get_schema() -> Response {
    json_response(StatusCode::OK, schema::provision_text())
}
