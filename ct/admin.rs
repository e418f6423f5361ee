//! The admin interface over its socket: what a script with curl sees.

use crate::support::certs::Certificate;
use crate::support::deadline;
use crate::support::frames;
use crate::support::h1::{H1, Response};
use crate::support::h2::H2;
use crate::support::server::Server;
use crate::support::wire::Wire;
use serde_json::{Value, json};
use std::time::Instant;

const PROVISIONS: &str = "/admin/v1/server-provision";

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

fn traffic_status(server: &Server, path: &str) -> u16 {
    let mut client = H1::over(server.wire());
    client.send(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n"));
    client.response().status
}

fn get(path: &str, code: u16) -> Value {
    json!({"requestMethod": "GET", "requestUri": path, "responseCode": code})
}

#[test]
fn provisions_live_from_post_to_delete() {
    let server = Server::start(&[]);
    assert_eq!(server.admin("GET", PROVISIONS, "").status, 204);
    assert_eq!(traffic_status(&server, "/a"), 501);

    server.provision(&get("/b", 202));
    server.provision(&get("/a", 200));
    server.provision(&get("/b", 203));
    assert_eq!((traffic_status(&server, "/a"), traffic_status(&server, "/b")), (200, 203));
    let listed = server.admin("GET", PROVISIONS, "");
    assert_eq!(listed.status, 200);
    assert_eq!(listed.field("content-type"), Some("application/json"));
    let expected = r#"[{"requestMethod":"GET","requestUri":"/b","responseCode":203},{"requestMethod":"GET","requestUri":"/a","responseCode":200}]"#;
    assert_eq!(text(&listed), expected);

    let deleted = server.admin("DELETE", PROVISIONS, "");
    assert_eq!((deleted.status, deleted.field("content-type")), (200, None));
    assert_eq!(traffic_status(&server, "/a"), 501);
    assert_eq!(server.admin("DELETE", PROVISIONS, "").status, 204);
}

#[test]
fn refused_documents_say_what_is_wrong_with_them() {
    let server = Server::start(&[]);
    let array = json!([get("/kept", 200), get("/refused", 1), {"requestMethod": "PATCH"}]);
    let refused = server.admin("POST", &format!("{PROVISIONS}?explain=true"), &array.to_string());
    assert_eq!(refused.status, 400);
    let body: Value = serde_json::from_slice(&refused.body).unwrap();
    assert_eq!(body["result"], "false");
    assert_eq!(body["response"], "server-provision operation; detected one invalid schema");
    assert_eq!(body["detail"].as_str(), refused.field("x-error-detail"));
    assert!(body["detail"].as_str().unwrap().starts_with("#/2"), "{body}");
    assert_eq!(traffic_status(&server, "/kept"), 200, "elements before the refused one stay");

    for (document, response) in [
        ("{", "failed to parse json from body request"),
        ("{}", "server-provision operation; invalid schema"),
        (
            r#"{"requestMethod":"GET","responseCode":1000}"#,
            "server-provision operation; invalid provision data received",
        ),
    ] {
        let refused = server.admin("POST", PROVISIONS, document);
        assert_eq!(refused.status, 400);
        let expected = format!("{{ \"result\":\"false\", \"response\": \"{response}\" }}");
        assert_eq!(text(&refused), expected);
    }
}

#[test]
fn the_gate_refuses_in_order() {
    let server = Server::start(&[]);
    let mut admin = H1::over(Wire::plain(server.admin));
    for (request, status, cause) in [
        ("PATCH /other HTTP/1.1\r\nhost: a\r\n", 405, "METHOD_NOT_ALLOWED"),
        ("POST /other HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("GET /admin/v2/health HTTP/1.1\r\nhost: a\r\n", 400, "INVALID_API"),
    ] {
        admin.send(format!("{request}\r\n"));
        let refused = admin.response();
        assert_eq!(refused.status, status);
        assert_eq!(text(&refused), format!("{{\"cause\":\"{cause}\"}}"));
        assert_eq!(refused.field("content-type"), Some("application/problem+json"));
        assert_eq!(refused.field("x-version"), Some("v1"));
    }
}

#[test]
fn health_and_schema_over_both_protocols() {
    let server = Server::start(&[]);
    let health = server.admin("GET", "/admin/v1/health", "");
    assert_eq!((health.status, text(&health)), (200, r#"{"status":"healthy"}"#));
    let mut client = H2::over(Wire::plain(server.admin));
    client.send_get(1, "/admin/v1/health");
    assert_eq!(client.expect_status(1, 200).body, health.body);
    let schema = server.admin("GET", &format!("{PROVISIONS}/schema"), "");
    client.send_get(3, &format!("{PROVISIONS}/schema"));
    assert_eq!(client.expect_status(3, 200).body, schema.body);
    let schema: Value = serde_json::from_slice(&schema.body).unwrap();
    assert_eq!(schema["required"], json!(["requestMethod", "responseCode"]));
    let head = client.request("HEAD", "/admin/v1/health", &[]);
    client.send([frames::headers(5, &head).end_stream()]);
    assert_eq!(client.expect_status(5, 405).body, b"");
}

#[test]
fn start_up_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = file("good.json", &json!([get("/a", 200), get("/b", 202)]).to_string());
    let server = Server::start(&["--server-provision", &good]);
    assert_eq!(traffic_status(&server, "/b"), 202);

    let bad = file("bad.json", &json!([get("/a", 200), {}]).to_string());
    let server = Server::start(&["--server-provision", &bad]);
    assert_eq!(traffic_status(&server, "/a"), 200);
    let said = "Server provision configuration load failed and will be ignored: \
                server-provision operation; detected one invalid schema";
    let until = deadline();
    while !server.printed().contains(said) {
        assert!(Instant::now() < until, "{}", server.printed());
        std::thread::yield_now();
    }
}

#[test]
fn secured_with_the_certificate_of_the_traffic() {
    let certificate = Certificate::generate();
    let args = [&certificate.args()[..], &["--secure-admin"]].concat();
    let server = Server::start(&args);
    let wire = |alpn| Wire::tls(server.admin, &certificate.crt, &[alpn]);
    let mut client = H2::over(wire("h2"));
    client.send_get(1, "/admin/v1/health");
    client.expect_status(1, 200);
    let mut client = H1::over(wire("http/1.1"));
    client.send("GET /admin/v1/health HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.response().status, 200);
}
