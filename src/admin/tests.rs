//! The interface as a client sees it: in process for the texts, over a socket for the protocols. A file per resource;
//! the entries of the tables carry the row of the behaviour table they stand for.

mod gate;
mod logging;
mod metrics;
mod openapi;
mod request_schema;
mod server_data;
mod server_data_configuration;
mod server_data_delete;
mod server_matching;
mod server_provision;
mod socket;
mod stream;

use super::control::Control;
use super::router::router;
use super::*;
use crate::publish::Published;
use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt;
use understudy_model::Method;
use understudy_model::events::{NewEvent, ReplyRecord, Storage};
use understudy_model::matching::MatchScratch;
use understudy_model::reply::Reply as Fixed;

struct Harness {
    router: Router,
    control: Control,
    shared: Arc<ArcSwap<Published>>,
    data: Arc<ServerData>,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn content_type(&self) -> Option<&str> {
        self.header("content-type")
    }

    fn detail(&self) -> Option<&str> {
        self.header("x-error-detail")
    }

    /// Status, content type and body.
    fn parts(&self) -> (u16, Option<&str>, &str) {
        (self.status, self.content_type(), &self.body)
    }
}

fn log_control() -> LogControl {
    LogControl::detached("Warning".parse().unwrap())
}

fn server_data() -> Arc<ServerData> {
    Arc::new(ServerData::new(Storage { events: true, history: true }, 0))
}

/// The metrics of a server without workers.
fn metrics(publisher: &Publisher, data: &Arc<ServerData>) -> Arc<Metrics> {
    Arc::new(crate::metrics::tests::idle(publisher, data, 0))
}

fn spawn(admin: Admin, data: Arc<ServerData>) -> AdminHandle {
    let publisher = Publisher::new();
    let metrics = metrics(&publisher, &data);
    admin.spawn(publisher, data, log_control(), metrics).unwrap()
}

impl Harness {
    fn new() -> Harness {
        let publisher = Publisher::new();
        let (shared, data) = (publisher.shared(), server_data());
        let tally = Arc::default();
        let control = Control::new(publisher, Arc::clone(&data), log_control(), tally);
        Harness { router: router(control.clone()), control, shared, data }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn call(&self, method: &str, operation: &str, body: &str) -> Reply {
        let request = Request::builder().method(method).uri(format!("/admin/v1/{operation}"));
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// A request without content type and body.
    async fn ask(&self, method: &str, path: &str) -> Reply {
        let request = Request::builder().method(method).uri(path);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    fn has_rule(&self, uri: &str) -> bool {
        self.shared
            .load()
            .rules
            .find(method("GET"), uri.as_bytes(), b"initial", &mut MatchScratch::default())
            .is_some()
    }

    /// Stores an event as a worker does; its body is the sequence number.
    fn record(&self, name: &str, uri: &str, sequence: u64) {
        record(&self.data, name, uri, sequence, sequence.to_string().as_bytes());
    }
}

fn method(name: &str) -> Method {
    Method::parse(name.as_bytes()).unwrap()
}

fn record(data: &ServerData, name: &str, uri: &str, sequence: u64, body: &[u8]) {
    let fixed = Arc::new(Fixed { code: 200, ..Fixed::default() });
    let reply =
        ReplyRecord { code: 200, delay_ms: 0, fixed: &fixed, added_headers: &[], body: None };
    data.open(method(name), uri).append(&NewEvent {
        received_ms: 1_626_047_915_716,
        sequence,
        previous_state: "initial",
        state: "initial",
        fields: &[],
        body,
        reply: Some(reply),
        virtual_origin: None,
    });
}

const JSON: Option<&str> = Some("application/json");

const ONE: &str = r#"{"responseCode":200,"requestUri":"/one","requestMethod":"GET"}"#;

fn result(is_success: bool, text: &str) -> String {
    format!("{{ \"result\":\"{is_success}\", \"response\": \"{text}\" }}")
}
