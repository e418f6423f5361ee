//! What a request head becomes.

use super::*;
use crate::head::{Head, Version};

fn with_head(secure: bool, request: &str, check: impl FnOnce(&Head)) {
    let now = Instant::now();
    let limits = Arc::new(Limits::default());
    let mut server = Server::new(limits, BodyMode::Streamed, secure, Buffers::default(), now);
    server.input().extend_from_slice(request.as_bytes());
    match server.next_event(now) {
        Some(Event::Head { head, .. }) => check(head),
        other => panic!("{request:?}: {other:?}"),
    }
}

#[test]
fn target_forms() {
    for (request, method, scheme, authority, path) in [
        ("GET /a?b#c HTTP/1.1\r\nHost: h:1\r\n\r\n", "GET", "http", "h:1", "/a?b#c"),
        ("GET /%2e%20 HTTP/1.0\r\n\r\n", "GET", "http", "", "/%2e%20"),
        ("GET http://x/p HTTP/1.1\r\nHost: other\r\n\r\n", "GET", "http", "x", "/p"),
        ("GET https://x HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "https", "x", "/"),
        ("GET http://x?q HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "http", "x", "/?q"),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS", "http", "h", "*"),
        ("CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", "CONNECT", "", "x:443", ""),
        ("get / HTTP/1.1\r\nHost:\r\n\r\n", "get", "http", "", "/"),
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET", "http", "h", "/"),
    ] {
        with_head(false, request, |head| {
            assert_eq!(head.method(), method.as_bytes(), "{request:?}");
            assert_eq!(head.scheme(), scheme.as_bytes(), "{request:?}");
            assert_eq!(head.authority(), authority.as_bytes(), "{request:?}");
            assert_eq!(head.path(), path.as_bytes(), "{request:?}");
        });
    }
    with_head(true, GET, |head| assert_eq!(head.scheme(), b"https"));
}

#[test]
fn fields_and_version() {
    let request =
        "POST / HTTP/1.1\r\nHOST: h\r\nX-One:  a b\t \r\nx-one:\r\nContent-Length: 5\r\n\r\n";
    with_head(false, request, |head| {
        let expected: [(&[u8], &[u8]); 4] =
            [(b"host", b"h"), (b"x-one", b"a b"), (b"x-one", b""), (b"content-length", b"5")];
        assert_eq!(head.fields().collect::<Vec<_>>(), expected);
        assert_eq!(head.content_length(), Some(5));
        assert_eq!(head.version(), Version::Http11);
    });
    with_head(false, "GET / HTTP/1.0\r\n\r\n", |head| assert_eq!(head.version(), Version::Http10));
}

#[test]
fn a_head_up_to_the_limits_is_taken() {
    let fields: String = (0..127).map(|i| format!("a{i}: b\r\n")).collect();
    with_head(false, &format!("GET / HTTP/1.1\r\nhost: h\r\n{fields}\r\n"), |head| {
        assert_eq!(head.fields().len(), 128);
    });
    let target = "a".repeat(30_000);
    with_head(false, &format!("GET /{target} HTTP/1.1\r\nhost: h\r\n\r\n"), |head| {
        assert_eq!(head.path().len(), 30_001);
    });
}
