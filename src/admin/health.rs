//! `/admin/v1/health`: is the process there and its control plane answering?

use super::result::json_response;
use axum::http::StatusCode;
use axum::response::Response;

pub(super) fn get() -> Response {
    json_response(StatusCode::OK, r#"{"status":"healthy"}"#)
}
