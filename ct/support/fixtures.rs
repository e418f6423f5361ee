//! Two servers that many cases share, one in the clear and one under TLS, with the same provisions.

use super::certs::Certificate;
use super::server::Server;
use super::wire::Wire;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// One of the shared servers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    Plain,
    Tls,
}

/// The body of `/`, for GET and POST; HEAD has the same.
pub(crate) const ROOT_BODY: &str = r#"{"answer":"understudy"}"#;

/// The content of the body of `/big`: more than one frame, more than the initial windows.
pub(crate) const BIG_BYTES: usize = 200_000;

/// The delay of `/slow`.
pub(crate) const SLOW_MS: u64 = 250;

static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(Certificate::generate);
static PLAIN: LazyLock<Server> = LazyLock::new(|| provisioned(&[]));
static TLS: LazyLock<Server> = LazyLock::new(|| provisioned(&CERTIFICATE.args()));

/// A shared server.
pub(crate) fn server(target: Target) -> &'static Server {
    match target {
        Target::Plain => &PLAIN,
        Target::Tls => &TLS,
    }
}

/// The certificate of the shared TLS server.
pub(crate) fn certificate() -> &'static Certificate {
    &CERTIFICATE
}

/// A connection to a shared server, `h2` being the only protocol offered under TLS.
pub(crate) fn wire(target: Target) -> Wire {
    match target {
        Target::Plain => Wire::plain(PLAIN.traffic),
        Target::Tls => Wire::tls(TLS.traffic, &CERTIFICATE.crt, &["h2"]),
    }
}

/// A server of its own with the provisions that the shared ones have.
pub(crate) fn provisioned(args: &[&str]) -> Server {
    let server = Server::start(args);
    let root: Value = serde_json::from_str(ROOT_BODY).unwrap();
    let json = json!({"content-type": "application/json"});
    for method in ["GET", "POST", "HEAD", "PUT"] {
        server.provision(&json!({"requestMethod": method, "requestUri": "/", "responseCode": 200,
            "responseBody": root, "responseHeaders": json}));
    }
    server.provision_get("/big", &json!({"fill": "x".repeat(BIG_BYTES)}), 0);
    server.provision_get("/slow", &root, SLOW_MS);
    server.provision(&json!({"requestMethod": "GET", "requestUri": "/empty", "responseCode": 204}));
    server
}
