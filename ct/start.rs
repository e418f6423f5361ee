//! The command line and the start: what is printed, and what a user who made a mistake is told.

use crate::support::certs::Certificate;
use crate::support::process::{Finished, run};
use crate::support::server::{Server, serve, understudy};
use crate::support::wire::Wire;
use std::net::TcpListener;
use std::path::PathBuf;

/// A key in `PKCS#8` with the password "correct horse", and its certificate.
fn locked(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("ct/fixtures")
        .join(name)
        .to_str()
        .unwrap()
        .to_owned()
}

/// It ended with that code before it was ready, and said why in one line.
fn failed(done: &Finished, code: i32, mentions: &str) {
    assert_eq!(done.status.code(), Some(code), "{done:?}");
    assert!(!done.stdout.contains("ready"), "{done:?}");
    let said = done.stderr.trim_end();
    assert!(said.contains(mentions), "{mentions:?} is not in {said:?}");
    if code == 1 {
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn help_tells_of_every_option_and_command() {
    let help = run(understudy().arg("--help"));
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stdout.contains("serve"), "{}", help.stdout);
    let help = run(understudy().args(["serve", "--help"]));
    assert_eq!(help.status.code(), Some(0));
    for option in [
        "--bind-address",
        "--admin-port",
        "--server-port",
        "--worker-threads",
        "--driver",
        "--server-key",
        "--server-crt",
        "--server-key-password",
        "--head-timeout-ms",
        "--body-timeout-ms",
        "--idle-timeout-ms",
        "--stall-timeout-ms",
        "--drain-timeout-ms",
        "--max-concurrent-streams",
        "--max-body-bytes",
        "--server-request-schema",
        "--server-matching",
        "--server-provision",
        "--discard-server-data",
        "--discard-server-data-requests-history",
        "--server-data-max-bytes",
        "--server-threads",
        "--prometheus-port",
        "--prometheus-response-delay-seconds-histogram-boundaries",
        "--prometheus-message-size-bytes-histogram-boundaries",
        "--disable-metrics",
        "--name",
    ] {
        assert!(help.stdout.contains(option), "{option} is not in\n{}", help.stdout);
    }
}

#[test]
fn version_is_printed() {
    let version = run(understudy().arg("--version"));
    assert_eq!(version.status.code(), Some(0));
    assert!(version.stdout.contains(env!("CARGO_PKG_VERSION")), "{}", version.stdout);
}

#[test]
fn bad_options_are_usage_errors() {
    for args in [
        &["--no-such-option"][..],
        &["--server-port", "70000"],
        &["--server-port", "x"],
        &["--driver", "kqueue"],
        &["--bind-address", "nowhere at all"],
        &["--worker-threads", "many"],
        &["--max-body-bytes", "-1"],
        &["--server-data-max-bytes", "plenty"],
        &["--server-threads", "0"],
        &["--log-level", "Loud"],
        &["--prometheus-port", "70000"],
        &["--prometheus-response-delay-seconds-histogram-boundaries", "0.2 0.1"],
        &["--prometheus-message-size-bytes-histogram-boundaries", "1 2 many"],
        &["stray"],
    ] {
        let done = run(understudy().arg("serve").args(args));
        failed(&done, 2, args[args.len() - 1]);
    }
    assert_eq!(run(understudy().arg("perform")).status.code(), Some(2));
}

#[test]
fn key_without_certificate_is_a_usage_error() {
    let certificate = Certificate::generate();
    let [_, key, _, crt] = certificate.args();
    assert_eq!(run(&mut serve(&["--server-key", key])).status.code(), Some(2));
    assert_eq!(run(&mut serve(&["--server-crt", crt])).status.code(), Some(2));
}

#[test]
fn port_in_use_is_said_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let options = ["--server-port", "--admin-port", "--prometheus-port"];
    for taken in options {
        let mut command = understudy();
        command.args(["serve", "--bind-address", "127.0.0.1"]);
        for option in options {
            command.args([option, if option == taken { &port } else { "0" }]);
        }
        let done = run(&mut command);
        failed(&done, 1, &format!("127.0.0.1:{port}"));
        assert!(done.stderr.contains(&format!("another {taken}")), "{done:?}");
    }
}

#[test]
fn unusable_keys_are_said_in_one_line() {
    let (one, other) = (Certificate::generate(), Certificate::generate());
    let (one, other) = (one.args(), other.args());
    let directory = tempfile::tempdir().unwrap();
    let garbage = directory.path().join("garbage.pem");
    std::fs::write(&garbage, "-----BEGIN NOTHING-----\n").unwrap();
    let garbage = garbage.to_str().unwrap();
    let missing = "/no/such/file.pem";
    for (key, crt, mentions) in [
        (missing, one[3], missing),
        (one[1], missing, missing),
        (garbage, one[3], garbage),
        (one[1], garbage, garbage),
        (other[1], one[3], ""),
    ] {
        failed(&run(&mut serve(&["--server-key", key, "--server-crt", crt])), 1, mentions);
    }
}

#[test]
fn locked_key_opens_with_its_password_only() {
    let (key, crt) = (locked("locked.key"), locked("locked.crt"));
    let files = ["--server-key", &key, "--server-crt", &crt];
    failed(&run(&mut serve(&files)), 1, "password");
    failed(
        &run(&mut serve(&[&files[..], &["--server-key-password", "battery staple"]].concat())),
        1,
        "password",
    );

    let server = Server::start(&[&files[..], &["--server-key-password", "correct horse"]].concat());
    let wire = Wire::tls(server.traffic, crt.as_ref(), &["h2"]);
    assert_eq!(wire.alpn(), Some(&b"h2"[..]));
    assert!(!server.printed().contains("correct horse"), "the password is printed");
}

#[test]
fn password_for_an_open_key_is_harmless() {
    let certificate = Certificate::generate();
    let server =
        Server::start(&[&certificate.args()[..], &["--server-key-password", "unneeded"]].concat());
    assert!(server.block.contains("https://"), "{}", server.block);
}

#[test]
fn start_up_block_says_what_runs() {
    let server = Server::start(&["--worker-threads", "2"]);
    let traffic = format!("http://{}", server.traffic);
    let admin = format!("http://{}/admin/v1", server.admin);
    for part in [&traffic, &admin, "worker", "cpu"] {
        assert!(server.block.contains(part), "{part} is not in\n{}", server.block);
    }
    let driver = server.block.contains("io_uring") || server.block.contains("epoll");
    assert!(driver, "no driver in\n{}", server.block);
    if let Ok(asked) = std::env::var("UNDERSTUDY_CT_DRIVER") {
        assert!(
            server.block.contains(&asked.replace('-', "_")),
            "{asked} is not in\n{}",
            server.block
        );
    }
}

#[test]
fn names_of_newer_h2agent_releases_mean_the_same() {
    let certificate = Certificate::generate();
    let [_, key, _, crt] = certificate.args();
    let server = Server::launch(understudy().args([
        "serve",
        "-b",
        "127.0.0.1",
        "-a",
        "0",
        "--traffic-server-port",
        "0",
        "--traffic-server-worker-threads",
        "3",
        "--traffic-server-io-threads",
        "2",
        "--traffic-server-key",
        key,
        "--traffic-server-crt",
        crt,
        "--discard-data",
        "--discard-data-key-history",
        "--disable-metrics",
        "--name",
        "mock",
        "-l",
        "debug",
    ]));
    assert!(server.block.contains("https://"), "{}", server.block);
    assert!(server.block.contains("workers   3 "), "{}", server.block);
}

#[test]
fn ipv6_is_served() {
    let Ok(_) = TcpListener::bind("[::1]:0") else { return };
    let mut command = understudy();
    command.args(["serve", "--bind-address", "::1", "--admin-port", "0", "--server-port", "0"]);
    let server = Server::launch(command.args(["--prometheus-port", "0"]));
    assert!(server.traffic.is_ipv6() && server.admin.is_ipv6(), "{}", server.block);
    assert!(server.metrics.is_some_and(|address| address.is_ipv6()), "{}", server.block);
    assert_eq!(server.scrape().total("MockHttp2Server_observed_requests_total"), 0.0);
    let mut client = crate::support::h2::H2::over(server.wire());
    client.send_get(1, "/nowhere");
    client.expect_status(1, 501);
}
