//! Which request goes to which resource.
//!
//! Names of operations are compared after percent-decoding and unknown ones have an answer of their own for each
//! method, so requests are dispatched by the table of [`routes`] rather than by path patterns.

use super::control::{self, Control};
use super::gate::{self, Refusal};
use super::limits::{BODY_BYTES_MAX, BODY_TIMEOUT};
use super::observation::{Observation, Reached};
use super::query::Query;
use super::result::{OperationResult, empty_refusal};
use super::routes::{self, Action};
use super::{
    health, logging, openapi, request_schema, server_data, server_data_configuration,
    server_data_summary, server_matching, server_provision,
};
use axum::Router;
use axum::body::{self, Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use understudy_model::matching::clean;

/// The whole interface as a service.
pub(super) fn router(control: Control) -> Router {
    Router::new().fallback(answer).with_state(control)
}

/// The body is read before anything is answered, whether it is wanted or not: an answer before the end of the request
/// makes HTTP/2 reset the stream (RFC 9113 section 8.1), and there are clients that take that for the end of the connection.
async fn answer(State(control): State<Control>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut observation = Observation::begin(control.tally(), &head.method);
    let refuse = |observation: Observation, refusal: Refusal| {
        observation.end(Reached::Gate, refusal.into_response(&head.method))
    };
    let body = match read_body(&head, body).await {
        Ok(body) => body,
        Err(refusal) => return refuse(observation, refusal),
    };
    observation.body(body.len());
    let target = head.uri.path_and_query().map_or("", |target| target.as_str());
    if let Some(location) = clean::redirect(target.as_bytes()) {
        // A request to another path than this one, so it is not counted.
        return moved(&head.method, &location);
    }
    match gate::admit(&head) {
        Ok(operation) => {
            let answer = dispatch(&control, &head, &operation, body).await;
            observation.end(Reached::Operation, answer)
        }
        Err(refusal) => refuse(observation, refusal),
    }
}

/// 301 to the clean path. It comes before the gate, so it is the answer to methods that are not allowed as well.
fn moved(method: &Method, location: &[u8]) -> Response {
    let page = if method == Method::GET { clean::MOVED_PAGE } else { "" };
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let headers = response.headers_mut();
    // The path is encoded and the query came through the parser of the target.
    if let Ok(location) = HeaderValue::from_bytes(location) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(page.len()));
    response
}

async fn dispatch(control: &Control, head: &Parts, operation: &[u8], body: Bytes) -> Response {
    let query = Query::parse(head.uri.query());
    if operation.is_empty() {
        let result = OperationResult::refused("no operation provided");
        return result.into_response(query.explain());
    }
    match routes::find(&head.method, operation) {
        Some(action) => act(control, action, &query, body).await,
        None => unknown(&head.method, &query, body).await,
    }
}

async fn act(control: &Control, action: Action, query: &Query, body: Bytes) -> Response {
    let explain = query.explain();
    match action {
        Action::LoadMatching => server_matching::post(control, body).await.into_response(explain),
        Action::ShowMatching => server_matching::get(control).await,
        Action::ShowMatchingSchema => server_matching::get_schema(),
        Action::LoadProvisions => {
            server_provision::post(control, body).await.into_response(explain)
        }
        Action::ListProvisions => server_provision::get(control).await,
        Action::DeleteProvisions => server_provision::delete(control).await,
        Action::ShowProvisionSchema => server_provision::get_schema(),
        Action::ListUnusedProvisions => server_provision::get_unused(control).await,
        Action::ShowData => server_data::get(control, query).await,
        Action::DeleteData => server_data::delete(control, query).await,
        Action::ShowDataSummary => server_data_summary::get(control, query).await,
        Action::ShowDataConfiguration => server_data_configuration::get(control),
        Action::ChangeDataConfiguration => server_data_configuration::put(control, query).await,
        Action::LoadRequestSchema => {
            request_schema::post(control, body).await.into_response(explain)
        }
        Action::ShowRequestSchema => request_schema::get(control).await,
        Action::DeleteRequestSchema => request_schema::delete(control).await,
        Action::ShowHealth => health::get(),
        Action::ShowLogLevel => logging::get(control),
        Action::ChangeLogLevel => logging::put(control, query),
        Action::ShowOpenApi => openapi::get(),
    }
}

/// The answer to an operation that the table does not have.
async fn unknown(method: &Method, query: &Query, body: Bytes) -> Response {
    match *method {
        // That the body is no JSON is said first, whatever the operation.
        Method::POST => match control::check_json(body).await {
            Ok(()) => OperationResult::unsupported().into_response(query.explain()),
            Err(error) => OperationResult::not_json(&error).into_response(query.explain()),
        },
        Method::GET => OperationResult::refused(
            "invalid operation (allowed: server-provision|server-matching|server-data)",
        )
        .into_response(query.explain()),
        _ => empty_refusal(&format!("there is no such operation for {method}")),
    }
}

async fn read_body(head: &Parts, body: Body) -> Result<Bytes, Refusal> {
    let declared = head.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if declared.and_then(|v| v.parse().ok()).is_some_and(|length: usize| length > BODY_BYTES_MAX) {
        return Err(Refusal::BodyTooLarge);
    }
    let read = body::to_bytes(body, BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Ok(Ok(body)) => Ok(body),
        // The other error is that the client has left, and then nobody reads the answer.
        Ok(Err(_)) => Err(Refusal::BodyTooLarge),
        Err(_) => Err(Refusal::BodyTooSlow),
    }
}
