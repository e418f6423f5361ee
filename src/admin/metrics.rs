//! `/metrics` on its own port: one page, made when it is asked for.

use crate::metrics::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;

/// The text format of Prometheus; who is not told its version takes this one.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page, with and without a slash at the end, and nothing else.
pub(super) fn router(metrics: Arc<Metrics>) -> Router {
    Router::new().route("/metrics", get(page)).route("/metrics/", get(page)).with_state(metrics)
}

async fn page(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.page())
}
