//! `/admin/v1/server-provision`: the rules of the traffic interface.

use super::control::{Control, Effort};
use super::limits::BODY_INLINE_BYTES_MAX;
use super::result::{OperationResult, empty_response, json_response};
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::Response;
use understudy_model::{json, schema};

/// One provision or an array; what is loaded is in force before this returns.
pub(super) async fn post(control: &Control, body: Bytes) -> OperationResult {
    let effort = match body.len() {
        0..=BODY_INLINE_BYTES_MAX => Effort::Light,
        _ => Effort::Heavy,
    };
    let load = move |publisher: &mut crate::publish::Publisher| {
        let document = match json::parse(&body) {
            Ok(document) => document,
            Err(error) => return OperationResult::not_json(&error),
        };
        match publisher.load(&document) {
            Ok(form) => OperationResult::created(form.loaded_text()),
            Err(error) => OperationResult::refused(error.text()).because(&error),
        }
    };
    control.with_rules(effort, load).await
}

/// All provisions as posted, 204 when there are none.
pub(super) async fn get(control: &Control) -> Response {
    match control.with_rules(Effort::Heavy, |publisher| publisher.listing()).await {
        Some(listing) => json_response(StatusCode::OK, listing),
        None => json_response(StatusCode::NO_CONTENT, Body::empty()),
    }
}

/// Removes all provisions; 204 when there were none.
pub(super) async fn delete(control: &Control) -> Response {
    match control.with_rules(Effort::Light, |publisher| publisher.clear()).await {
        true => empty_response(StatusCode::OK),
        false => empty_response(StatusCode::NO_CONTENT),
    }
}

/// The schema of a provision.
pub(super) fn get_schema() -> Response {
    json_response(StatusCode::OK, schema::provision_text())
}
