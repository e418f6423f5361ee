//! `understudy health` against the server itself, as the health check of a container asks it.

use crate::support::certs::Certificate;
use crate::support::process::run;
use crate::support::server::{Server, understudy};
use std::net::TcpListener;

fn url(scheme: &str, server: &Server) -> String {
    format!("{scheme}://{}/admin/v1/health", server.admin)
}

#[test]
fn a_running_server_is_healthy() {
    let server = Server::start(&[]);
    let asked = run(understudy().args(["health", &url("http", &server)]));
    assert_eq!(asked.status.code(), Some(0), "{asked:?}");
    assert_eq!(asked.stdout, "healthy");
}

#[test]
fn the_url_may_come_from_the_environment() {
    let server = Server::start(&[]);
    let asked = run(understudy().arg("health").env("UNDERSTUDY_HEALTH_URL", url("http", &server)));
    assert_eq!(asked.status.code(), Some(0), "{asked:?}");
}

#[test]
fn a_secured_admin_interface_is_asked_with_tls_whatever_its_certificate() {
    let certificate = Certificate::generate();
    let server = Server::start(&[&certificate.args()[..], &["--secure-admin"]].concat());
    let asked = run(understudy().args(["health", &url("https", &server)]));
    assert_eq!(asked.status.code(), Some(0), "{asked:?}");
    // In plain text it is not: what comes back is no HTTP, or nothing.
    let asked = run(understudy().args(["health", &url("http", &server)]));
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
}

#[test]
fn a_path_that_is_not_there_is_not_healthy() {
    let server = Server::start(&[]);
    let asked = run(understudy().args(["health", &format!("http://{}/nothing", server.admin)]));
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    assert!(asked.stderr.contains("answered "), "{asked:?}");
    assert_eq!(asked.stderr.lines().count(), 1, "{asked:?}");
}

#[test]
fn a_server_that_is_gone_is_not_healthy() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let asked = run(understudy().args(["health", &format!("http://{gone}/")]));
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    assert!(asked.stderr.contains("nothing listens there"), "{asked:?}");
}

#[test]
fn what_cannot_be_asked_is_bad_usage() {
    for args in [&["health", "8074"][..], &["health", "--timeout-ms", "0"], &["health", "a", "b"]] {
        let asked = run(understudy().args(args));
        assert_eq!(asked.status.code(), Some(2), "{args:?}: {asked:?}");
    }
}
