//! `/admin/v1/openapi.json`: the interface described for programs, as OpenAPI 3.1.
//!
//! Made in code from the table of operations, the schemas that documents are checked against and the texts that are
//! answered, so that it cannot say anything else than they do.

mod answers;
mod inputs;
mod schemas;

use super::gate::{API_VERSION, PREFIX};
use super::result::json_response;
use super::routes::{ROUTES, Route};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use understudy_model::json;

const ABOUT: &str = "\
Programs the mock server and shows what it received. Operations are served on the admin port (8074 unless told \
otherwise) over HTTP/2 and HTTP/1.1.

Every request passes a gate: methods other than POST, GET, DELETE and PUT are answered 405, a POST without \
`content-type: application/json` 415, and paths that do not begin with the prefix 400, each with a problem document. \
Before that, a path that is not clean (`//`, `/./`, `/../`) is answered 301. Operations that do not exist are \
answered 501 (POST) or 400.

A refusal says where and why in the header field `x-error-detail`, and with `explain=true` in the body as well.";

/// The document, made once.
pub(super) fn get() -> Response {
    static TEXT: LazyLock<Vec<u8>> = LazyLock::new(|| json::to_compact(&document()));
    json_response(StatusCode::OK, TEXT.as_slice())
}

fn document() -> Value {
    let mut paths = Map::new();
    for route in &ROUTES {
        let path =
            paths.entry(format!("{PREFIX}/{}", route.operation)).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Understudy admin interface",
            "summary": "A mock server programmed over REST",
            "description": ABOUT,
            "version": API_VERSION,
        },
        "servers": [{ "url": "/", "description": "The admin port that this document came from" }],
        "tags": [
            { "name": "server-matching", "description": "How requests find their provisions" },
            { "name": "server-provision", "description": "What is answered to which request" },
            { "name": "server-data", "description": "What was received and answered" },
            { "name": "process", "description": "The process itself" },
        ],
        "paths": paths,
        "components": {
            "parameters": inputs::components(),
            "headers": { "ErrorDetail": answers::error_detail() },
            "responses": answers::components(),
            "schemas": schemas::components(),
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "tags": [tag(route.operation)],
        "summary": route.summary,
        "responses": answers::of(route.action),
    });
    let description = inputs::description(route.action);
    if !description.is_empty() {
        operation["description"] = description.into();
    }
    let parameters = inputs::parameters(route.action);
    if !parameters.is_empty() {
        let parameters = parameters.iter().map(|name| reference("parameters", name));
        operation["parameters"] = parameters.collect();
    }
    if let Some(body) = inputs::request_body(route.action) {
        operation["requestBody"] = body;
    }
    operation
}

fn tag(operation: &str) -> &str {
    match operation.split('/').next() {
        Some(resource @ ("server-matching" | "server-provision" | "server-data")) => resource,
        _ => "process",
    }
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

#[cfg(test)]
mod tests;
