//! Which request goes to which resource.
//!
//! Names of operations are compared after percent-decoding and unknown ones have an answer of their own for each
//! method, so this is a `match` on method and name rather than a table of path patterns.

use super::control::Control;
use super::gate::{self, Refusal};
use super::limits::{BODY_BYTES_MAX, BODY_TIMEOUT};
use super::query::Query;
use super::result::{OperationResult, empty_response};
use super::{health, server_provision};
use axum::Router;
use axum::body::{self, Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use understudy_model::json;

/// The whole interface as a service.
pub(super) fn router(control: Control) -> Router {
    Router::new().fallback(answer).with_state(control)
}

async fn answer(State(control): State<Control>, request: Request) -> Response {
    let method = request.method().clone();
    match admit_and_dispatch(&control, request).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(&method),
    }
}

async fn admit_and_dispatch(control: &Control, request: Request) -> Result<Response, Refusal> {
    let operation = gate::admit(&request)?;
    let query = Query::parse(request.uri().query());
    if operation.is_empty() {
        let result = OperationResult::refused("no operation provided");
        return Ok(result.into_response(query.explain()));
    }
    Ok(match *request.method() {
        Method::POST => {
            let body = read_body(request).await?;
            post(control, &operation, body).await.into_response(query.explain())
        }
        Method::GET => get(control, &operation, &query).await,
        Method::DELETE => delete(control, &operation).await,
        _ => empty_response(StatusCode::BAD_REQUEST),
    })
}

async fn post(control: &Control, operation: &[u8], body: Bytes) -> OperationResult {
    match operation {
        b"server-provision" => server_provision::post(control, body).await,
        // That the body is no JSON is said first, whatever the operation.
        _ => match json::parse(&body) {
            Ok(_) => OperationResult::unsupported(),
            Err(error) => OperationResult::not_json(&error),
        },
    }
}

async fn get(control: &Control, operation: &[u8], query: &Query) -> Response {
    match operation {
        b"health" => health::get(),
        b"server-provision" => server_provision::get(control).await,
        b"server-provision/schema" => server_provision::get_schema(),
        _ => OperationResult::refused(
            "invalid operation (allowed: server-provision|server-matching|server-data)",
        )
        .into_response(query.explain()),
    }
}

async fn delete(control: &Control, operation: &[u8]) -> Response {
    match operation {
        b"server-provision" => server_provision::delete(control).await,
        _ => empty_response(StatusCode::BAD_REQUEST),
    }
}

async fn read_body(request: Request<Body>) -> Result<Bytes, Refusal> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if declared.and_then(|v| v.parse().ok()).is_some_and(|length: usize| length > BODY_BYTES_MAX) {
        return Err(Refusal::BodyTooLarge);
    }
    let read = body::to_bytes(request.into_body(), BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(body)) => Ok(body),
        // The other error is that the client has left, and then nobody reads the answer.
        Ok(Err(_)) => Err(Refusal::BodyTooLarge),
        Err(_) => Err(Refusal::BodyTooSlow),
    }
}
