//! Whom the command trusts, and what it says when it does not.

use crate::support::{
    Behaviour, Certificate, Reply, Server, Speaks, arg, directory, file, loadtest,
};
use std::sync::Arc;

fn server(
    names: &[&str],
    speaks: Speaks,
    alpn: &'static [&'static str],
) -> (Server, Arc<Certificate>) {
    let certificate = Arc::new(Certificate::of(names));
    let tls = Some((Arc::clone(&certificate), alpn.to_vec()));
    let behaviour = Behaviour { tls, ..Behaviour::of(speaks) };
    (Server::start(behaviour, |_| Reply::text("secret")), certificate)
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (server, _) = server(&["127.0.0.1"], Speaks::Http2, &["h2"]);
    let run = loadtest(&["-n", "1", &server.url("/")]);
    run.expect_refusal(&[&server.url("/"), "certificate"]);
    let (_, other) = self::server(&["127.0.0.1"], Speaks::Http2, &["h2"]);
    let run = loadtest(&["-n", "1", "--cacert", arg(&other.file), &server.url("/")]);
    run.expect_refusal(&[&server.url("/"), "certificate"]);
    assert_eq!(server.count(), 0);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let (server, certificate) = server(&["elsewhere.example"], Speaks::Http2, &["h2"]);
    let run = loadtest(&["-n", "1", "--cacert", arg(&certificate.file), &server.url("/")]);
    run.expect_refusal(&[&server.url("/"), "certificate"]);
    assert_eq!(server.count(), 0);
    let insecure = loadtest(&["-n", "3", "--insecure", "--json", &server.url("/")]);
    insecure.expect_all_good(3);
    assert_eq!(server.count(), 3);
}

#[test]
fn a_name_is_checked_as_well() {
    let (server, certificate) = server(&["localhost"], Speaks::Http1, &["http/1.1"]);
    let url = format!("https://localhost:{}/", server.address.port());
    let run = loadtest(&["-n", "3", "--http1", "--cacert", arg(&certificate.file), "--json", &url]);
    run.expect_all_good(3);
    assert!(server.asked().iter().all(|asked| url.contains(&asked.authority)));
}

/// RFC 7301 section 3.2: a server either ignores ALPN, agrees to one of what is offered, or refuses.
#[test]
fn a_server_without_http2_is_refused_with_a_hint() {
    let (silent, _) = server(&["127.0.0.1"], Speaks::Http1, &[]);
    let run = loadtest(&["-n", "1", "-k", &silent.url("/")]);
    run.expect_refusal(&[&silent.url("/"), "HTTP/2", "--http1"]);
    let (refusing, _) = server(&["127.0.0.1"], Speaks::Http1, &["http/1.1"]);
    let run = loadtest(&["-n", "1", "-k", &refusing.url("/")]);
    run.expect_refusal(&[&refusing.url("/"), "--http1"]);
    assert_eq!((silent.count(), refusing.count()), (0, 0));
    loadtest(&["-n", "2", "-k", "--http1", "--json", &silent.url("/")]).expect_all_good(2);
    loadtest(&["-n", "2", "-k", "--http1", "--json", &refusing.url("/")]).expect_all_good(2);
}

#[test]
fn a_server_without_tls_is_refused() {
    for (speaks, option) in [(Speaks::Http2, "-q"), (Speaks::Http1, "--http1")] {
        let server = Server::of_text(speaks, "x");
        let url = format!("https://{}/", server.address);
        let run = loadtest(&["-n", "1", "-k", option, &url]);
        run.expect_refusal(&[&url]);
        assert_eq!(server.count(), 0);
    }
}

#[test]
fn a_file_of_certificates_has_to_hold_one() {
    let directory = directory();
    let (server, _) = server(&["127.0.0.1"], Speaks::Http2, &["h2"]);
    for (name, text) in [
        ("empty", ""),
        ("text", "no certificate"),
        ("cut", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ] {
        let cacert = file(&directory, name, text);
        let run = loadtest(&["-n", "1", "--cacert", arg(&cacert), &server.url("/")]);
        run.expect_refusal(&["--cacert", arg(&cacert)]);
    }
    let missing = directory.path().join("missing");
    let run = loadtest(&["-n", "1", "--cacert", arg(&missing), &server.url("/")]);
    run.expect_refusal(&["--cacert", arg(&missing)]);
    assert_eq!(server.connections(), 0);
}

/// Answers that do not end with a record, and records that do not end with a read.
#[test]
fn large_answers_come_through_tls() {
    let certificate = Arc::new(Certificate::of(&["127.0.0.1"]));
    for (speaks, alpn, option) in
        [(Speaks::Http2, "h2", "-q"), (Speaks::Http1, "http/1.1", "--http1")]
    {
        let tls = Some((Arc::clone(&certificate), vec![alpn]));
        let behaviour = Behaviour { tls, ..Behaviour::of(speaks) };
        let server = Server::start(behaviour, |_| Reply::text(vec![b'x'; 1_000_003]));
        let run = loadtest(&["-n", "10", "-c", "2", "-k", option, "--json", &server.url("/")]);
        run.expect_all_good(10);
        assert_eq!(run.json()["traffic"]["body_bytes"], 10_000_030);
    }
}
