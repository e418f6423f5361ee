//! The interface as a client sees it: in process for the texts, over a socket for the protocols.

use super::control::Control;
use super::router::router;
use super::*;
use crate::publish::Published;
use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;
use tower::ServiceExt;
use understudy_model::Method;

struct Harness {
    router: Router,
    shared: Arc<ArcSwap<Published>>,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Harness {
    fn new() -> Harness {
        let publisher = Publisher::new();
        let shared = publisher.shared();
        Harness { router: router(Control::new(publisher)), shared }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Reply { status: head.status, headers: head.headers, body }
    }

    async fn call(&self, method: &str, operation: &str, body: &str) -> Reply {
        let request = Request::builder().method(method).uri(format!("/admin/v1/{operation}"));
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    fn has_rule(&self, uri: &str) -> bool {
        self.shared.load().rules.find(Method::Get, uri.as_bytes(), b"initial").is_some()
    }
}

const ONE: &str = r#"{"responseCode":200,"requestUri":"/one","requestMethod":"GET"}"#;

fn result(is_success: bool, text: &str) -> String {
    format!("{{ \"result\":\"{is_success}\", \"response\": \"{text}\" }}")
}

#[tokio::test]
async fn refusals_of_the_gate() {
    let harness = Harness::new();
    for (method, path, status, cause) in [
        ("PATCH", "/admin/v1/health", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/admin/v1/health", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("GET", "/other", 400, "INVALID_API"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let reply = harness.send(request).await;
        let body = format!("{{\"cause\":\"{cause}\"}}");
        assert_eq!(reply.status.as_u16(), status);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        assert_eq!(reply.header("content-length"), Some(body.len().to_string().as_str()));
        assert_eq!(reply.header("x-version"), Some("v1"));
        let allow = (status == 405).then_some("POST, GET, DELETE, PUT");
        assert_eq!(reply.header("allow"), allow);
        assert_eq!(reply.body, body);
    }
    let head = Request::head("/admin/v1/health").body(Body::empty()).unwrap();
    let head = harness.send(head).await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(head.header("content-length"), Some("30"));
    assert_eq!(head.body, "");
}

#[tokio::test]
async fn posted_documents() {
    let harness = Harness::new();
    for (operation, body, status, text) in [
        ("", "nothing", 400, "no operation provided"),
        ("unknown", "{}", 501, "unsupported operation"),
        ("server-initialize/", "{}", 501, "unsupported operation"),
        ("unknown", "", 400, "failed to parse json from body request"),
        ("server-provision", "{} x", 400, "failed to parse json from body request"),
        ("server-provision", "{}", 400, "server-provision operation; invalid schema"),
        ("server-provision", "7", 400, "server-provision operation; invalid schema"),
        (
            "server-provision",
            r#"{"requestMethod":"GET","responseCode":1000}"#,
            400,
            "server-provision operation; invalid provision data received",
        ),
        (
            "server-provision",
            r#"{"requestMethod":"GET","responseCode":200,"responseHeaders":{"a":"b\r\n"}}"#,
            400,
            "server-provision operation; invalid provision data received",
        ),
        (
            "server-provision",
            ONE,
            201,
            "server-provision operation; valid schema and provision data received",
        ),
        (
            "server-provision/",
            "\u{feff}[]",
            201,
            "server-provision operation; valid schemas and provisions data received",
        ),
        (
            "server-provision",
            "[{}]",
            400,
            "server-provision operation; detected one invalid schema",
        ),
        (
            "server-provision",
            r#"[{"requestMethod":"GET","responseCode":-1}]"#,
            400,
            "server-provision operation; detected one invalid provision data received",
        ),
    ] {
        let reply = harness.call("POST", operation, body).await;
        assert_eq!(reply.status.as_u16(), status, "{operation} {body}");
        assert_eq!(reply.body, result(status == 201, text), "{operation} {body}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn an_array_is_not_atomic_and_the_detail_says_where_it_stopped() {
    let harness = Harness::new();
    let array = format!(r#"[{ONE},{{"requestMethod":"GET"}},{}]"#, ONE.replace("one", "two"));
    let reply = harness.call("POST", "server-provision?explain=true", &array).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let detail = reply.header("x-error-detail").unwrap();
    assert!(detail.starts_with("#/1: ") && detail.contains("responseCode"), "{detail}");
    let quoted = understudy_model::json::quote(detail);
    let text = "server-provision operation; detected one invalid schema";
    let expected = format!(r#"{{ "result":"false", "response": "{text}", "detail": {quoted} }}"#);
    assert_eq!(reply.body, expected);
    assert!(harness.has_rule("/one"));
    assert!(!harness.has_rule("/two"));
}

#[tokio::test]
async fn provisions_are_listed_and_deleted() {
    let harness = Harness::new();
    let none = harness.call("GET", "server-provision", "").await;
    assert_eq!((none.status, none.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(none.header("content-type"), Some("application/json"));
    assert_eq!(harness.call("DELETE", "server-provision", "").await.status, 204);

    let two = ONE.replace("one", "two").replace("200", "201");
    for body in [&two, ONE, &two.replace("201", "202")] {
        assert_eq!(harness.call("POST", "server-provision", body).await.status, 201);
    }
    let listed = harness.call("GET", "server-provision/", "").await;
    assert_eq!(
        listed.body,
        r#"[{"requestMethod":"GET","requestUri":"/two","responseCode":202},{"requestMethod":"GET","requestUri":"/one","responseCode":200}]"#
    );
    assert!(harness.has_rule("/one"));
    let deleted = harness.call("DELETE", "server-provision?x=y", "").await;
    assert_eq!((deleted.status, deleted.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(deleted.header("content-type"), None);
    assert!(!harness.has_rule("/one"));
}

#[tokio::test]
async fn other_operations() {
    let harness = Harness::new();
    let health = harness.call("GET", "health", "").await;
    assert_eq!((health.status, health.body.as_str()), (StatusCode::OK, r#"{"status":"healthy"}"#));
    assert_eq!(health.header("content-type"), Some("application/json"));
    let schema = harness.call("GET", "server%2Dprovision%2Fschema", "").await;
    assert_eq!(schema.body.as_bytes(), understudy_model::schema::provision_text());
    let unknown = harness.call("GET", "Health", "").await;
    let text = "invalid operation (allowed: server-provision|server-matching|server-data)";
    assert_eq!((unknown.status.as_u16(), unknown.body), (400, result(false, text)));
    for (method, operation) in [("DELETE", "health"), ("PUT", "unknown"), ("PUT", "health")] {
        let reply = harness.call(method, operation, "").await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (400, ""));
        assert_eq!(reply.header("content-type"), None);
    }
    for method in ["GET", "PUT", "DELETE"] {
        let reply = harness.call(method, "", "").await;
        assert_eq!(reply.body, result(false, "no operation provided"));
    }
}

/// The fields of the announced length are refused before a byte of it is read.
#[tokio::test]
async fn too_large_bodies_are_refused() {
    let harness = Harness::new();
    let request = Request::post("/admin/v1/server-provision")
        .header("content-length", (limits::BODY_BYTES_MAX + 1).to_string());
    let reply = harness.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_long_array_takes_the_other_road_with_the_same_result() {
    let harness = Harness::new();
    let numbered = |i| ONE.replace("/one", &format!("/{i}"));
    let array = format!("[{}]", (0..1000).map(numbered).collect::<Vec<_>>().join(","));
    assert!(array.len() > limits::BODY_INLINE_BYTES_MAX);
    let reply = harness.call("POST", "server-provision", &array).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    assert!((0..1000).all(|i| harness.has_rule(&format!("/{i}"))));
}

#[tokio::test]
async fn health_is_answered_while_the_rules_are_busy() {
    let control = Control::new(Publisher::new());
    let router = router(control.clone());
    let (release, released) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn(async move {
        control.with_rules(control::Effort::Heavy, move |_| released.recv()).await
    });
    tokio::task::yield_now().await;
    let health = Request::get("/admin/v1/health").body(Body::empty()).unwrap();
    assert_eq!(router.oneshot(health).await.unwrap().status(), StatusCode::OK);
    assert!(!busy.is_finished());
    release.send(()).unwrap();
    busy.await.unwrap().unwrap();
}

fn start() -> (AdminHandle, SocketAddr) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let admin = Admin::bind(AdminConfig { address, tls: None }).unwrap();
    let address = admin.local_addr();
    (admin.spawn(Publisher::new()).unwrap(), address)
}

#[test]
fn http1_over_a_socket_and_stop() {
    let (handle, address) = start();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!(
        "POST /admin/v1/server-provision HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{ONE}GET /admin/v1/health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        ONE.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert!(answers.starts_with("HTTP/1.1 201 Created\r\n"), "{answers}");
    assert!(answers.contains("\r\ndate: "), "{answers}");
    assert!(answers.ends_with(r#"{"status":"healthy"}"#), "{answers}");
    handle.stop();
    handle.join();
    assert!(TcpStream::connect(address).is_err(), "the port is free again");
}

#[test]
fn http2_over_a_socket() {
    let (handle, address) = start();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let body = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(format!("http://{address}/admin/v1/health")).body(()).unwrap();
        let (response, _) = client.send_request(request, true).unwrap();
        let mut response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        response.body_mut().data().await.unwrap().unwrap()
    });
    assert_eq!(body, r#"{"status":"healthy"}"#);
    drop(runtime);
    handle.stop();
    handle.join();
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let error = Admin::bind(AdminConfig { address, tls: None }).err().unwrap().to_string();
    assert!(error.contains(&address.to_string()), "{error}");
}
