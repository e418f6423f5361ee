//! What comes before any resource: A1.1 to A1.4, and the redirection of A2.1.

use super::*;

#[tokio::test]
async fn refusals_of_the_gate() {
    let harness = Harness::new();
    for (row, method, path, status, cause) in [
        ("1: other method", "PATCH", "/admin/v1/health", 405, "METHOD_NOT_ALLOWED"),
        ("1: methods are case-sensitive", "get", "/admin/v1/health", 405, "METHOD_NOT_ALLOWED"),
        ("1: before the path", "OPTIONS", "/other", 405, "METHOD_NOT_ALLOWED"),
        ("3: POST without headers", "POST", "/admin/v1/health", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("3: before the path", "POST", "/other", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("4: other path", "GET", "/other", 400, "INVALID_API"),
        ("4: segment boundary", "PUT", "/admin/v1x", 400, "INVALID_API"),
    ] {
        let reply = harness.ask(method, path).await;
        let body = format!("{{\"cause\":\"{cause}\"}}");
        assert_eq!(reply.parts(), (status, Some("application/problem+json"), &body[..]), "{row}");
        assert_eq!(reply.header("content-length"), Some(body.len().to_string().as_str()), "{row}");
        assert_eq!(reply.header("x-version"), Some("v1"), "{row}");
        let allow = (status == 405).then_some("POST, GET, DELETE, PUT");
        assert_eq!(reply.header("allow"), allow, "{row}");
    }
    let head = harness.ask("HEAD", "/admin/v1/health").await;
    assert_eq!(head.status, 405, "HEAD: the same headers and no body");
    assert_eq!(head.header("content-length"), Some("30"));
    assert_eq!(head.header("allow"), Some("POST, GET, DELETE, PUT"));
    assert_eq!(head.body, "");
}

#[tokio::test]
async fn no_operation() {
    let harness = Harness::new();
    for (row, method, path) in [
        ("A1.2: POST, before the body is parsed", "POST", "/admin/v1"),
        ("A1.2: POST with a slash", "POST", "/admin/v1/"),
        ("A1.2: GET", "GET", "/admin/v1"),
        ("A1.2: PUT", "PUT", "/admin/v1/"),
        ("A1.2: DELETE", "DELETE", "/admin/v1/"),
        ("A1.2: with a query", "GET", "/admin/v1?a=b"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        let reply = harness.send(request.body(Body::from("nothing")).unwrap()).await;
        assert_eq!(
            reply.parts(),
            (400, JSON, &result(false, "no operation provided")[..]),
            "{row}"
        );
    }
}

#[tokio::test]
async fn operations_that_do_not_exist() {
    let harness = Harness::new();
    let unsupported = result(false, "unsupported operation");
    let not_json = result(false, "failed to parse json from body request");
    let invalid =
        result(false, "invalid operation (allowed: server-provision|server-matching|server-data)");
    for (row, method, operation, body, status, content_type, expected) in [
        ("A1.4: no JSON, any suffix", "POST", "unknown", "", 400, JSON, &not_json[..]),
        ("A1.4: trailing garbage", "POST", "unknown", "{} x", 400, JSON, &not_json),
        ("A9 24: a number beyond doubles", "POST", "unknown", "1e400", 400, JSON, &not_json),
        ("A9 24: NUL after it", "POST", "unknown", "{}\0", 400, JSON, &not_json),
        ("A1.4: unknown suffix", "POST", "unknown", "{}", 501, JSON, &unsupported),
        ("A1.4: server-initialize", "POST", "server-initialize/", "{}", 501, JSON, &unsupported),
        ("A1.4: client-initialize", "POST", "client-initialize", "{}", 501, JSON, &unsupported),
        ("A1.4: send-message", "POST", "send-message", "{}", 501, JSON, &unsupported),
        ("A1.4: nothing to POST there", "POST", "server-data", "{}", 501, JSON, &unsupported),
        ("A1.5: anything else", "GET", "unknown", "", 400, JSON, &invalid),
        ("A1.2: case-sensitive", "GET", "Health", "", 400, JSON, &invalid),
        ("A1.7: anything else", "DELETE", "health", "", 400, None, ""),
        ("A1.7: also server-matching", "DELETE", "server-matching", "", 400, None, ""),
        ("A1.7: also the configuration", "DELETE", "server-data/configuration", "", 400, None, ""),
        ("A1.7: also the schema", "DELETE", "server-data/schema", "", 400, None, ""),
        ("A1.8: anything else", "PUT", "health", "", 400, None, ""),
        ("A1.8: anything else", "PUT", "server-data", "{}", 400, None, ""),
    ] {
        let reply = harness.call(method, operation, body).await;
        assert_eq!(reply.parts(), (status, content_type, expected), "{row}: {method} {operation}");
    }
}

#[tokio::test]
async fn health() {
    let harness = Harness::new();
    for (row, path) in [
        ("B1", "/admin/v1/health"),
        ("A1.2: one trailing slash is stripped", "/admin/v1/health/"),
        ("A1.2: also an escaped one", "/admin/v1/health%2F"),
        ("A1.2: compared after decoding", "/%61dmin%2Fv1/heal%74h?x"),
    ] {
        let reply = harness.ask("GET", path).await;
        assert_eq!(reply.parts(), (200, JSON, r#"{"status":"healthy"}"#), "{row}");
    }
}

#[tokio::test]
async fn unclean_paths() {
    let harness = Harness::new();
    for (row, method, path, location) in [
        ("//", "GET", "/admin//v1/health", "/admin/v1/health"),
        ("/./", "PUT", "/admin/./v1/health?a=%zz", "/admin/v1/health?a=%zz"),
        ("/../", "DELETE", "/admin/v1/x/../server-data", "/admin/v1/server-data"),
        ("%2e%2e", "POST", "/admin/v1/%2e%2e/v1", "/admin/v1"),
        ("%2F%2F", "GET", "/admin%2F%2Fv1", "/admin/v1"),
        ("trailing /.", "GET", "/admin/.", "/admin/"),
        ("OPTIONS *, before any method check", "OPTIONS", "*", "/*"),
        ("outside the prefix as well", "PATCH", "/a//b", "/a/b"),
        ("re-encoded", "GET", "/./%c3%a9", "/%C3%A9"),
    ] {
        let reply = harness.ask(method, path).await;
        assert_eq!((reply.status, reply.content_type()), (301, None), "{row}");
        assert_eq!(reply.header("location"), Some(location), "{row}");
        let length = reply.header("content-length").unwrap();
        assert_eq!(length, reply.body.len().to_string(), "{row}");
        assert_eq!(reply.body.is_empty(), method != "GET", "{row}");
    }
    let dots = harness.ask("GET", "/...").await;
    assert_eq!(dots.status, 400, "/... does not");
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
