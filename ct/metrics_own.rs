//! Metrics: the series that h2agent does not have, and what Prometheus says of the page.

use crate::support::certs::Certificate;
use crate::support::frames::{self, code};
use crate::support::h2::H2;
use crate::support::metrics::Page;
use crate::support::process::run;
use crate::support::server::Server;
use crate::support::wire::Wire;
use serde_json::json;
use std::process::Command;

fn start(args: &[&str]) -> Server {
    Server::start(&[&["--prometheus-port", "0", "--worker-threads", "1"], args].concat())
}

/// The type of PING frames (RFC 9113 section 6.7).
const PING: u8 = 6;

const WORKER: (&str, &str) = ("worker", "0");

/// The value of a series of the only worker.
fn of_worker(page: &Page, name: &str) -> f64 {
    page.value(name, &[WORKER])
}

#[test]
fn connections_and_bytes() {
    let server = start(&[]);
    let page = server.scrape();
    for name in [
        "understudy_connections",
        "understudy_connections_accepted_total",
        "understudy_batches_total",
        "understudy_received_bytes_total",
        "understudy_sent_bytes_total",
        "understudy_delayed_answers",
        "understudy_streams",
    ] {
        assert_eq!(of_worker(&page, name), 0.0, "{name}");
    }
    let clients: Vec<H2> = (0..3).map(|_| H2::over(server.wire())).collect();
    let mut client = H2::over(server.wire());
    client.send_get(1, "/nothing");
    client.expect_status(1, 501);
    let page = server.scrape_until(|page| {
        of_worker(page, "understudy_connections") == 4.0
            && of_worker(page, "understudy_batches_total") == 1.0
    });
    assert_eq!(of_worker(&page, "understudy_connections_accepted_total"), 4.0);
    // Each has sent the preface and SETTINGS at least, and got SETTINGS.
    assert!(of_worker(&page, "understudy_received_bytes_total") > 4.0 * (24.0 + 9.0));
    assert!(of_worker(&page, "understudy_sent_bytes_total") > 4.0 * 9.0);
    drop((client, clients));
    let page = server.scrape_until(|page| of_worker(page, "understudy_connections") == 0.0);
    assert_eq!(of_worker(&page, "understudy_connections_accepted_total"), 4.0);
}

#[test]
fn streams_that_are_open() {
    let server = start(&[]);
    server.provision_get("/app/slow", &serde_json::json!({}), 60_000);
    let streams = |count: f64| {
        server.scrape_until(|page| of_worker(page, "understudy_streams") == count);
    };
    let (mut client, mut other) = (H2::over(server.wire()), H2::over(server.wire()));
    [1, 3, 5].into_iter().for_each(|stream| client.send_get(stream, "/app/slow"));
    other.send_get(1, "/app/slow");
    streams(4.0);
    client.send([frames::rst_stream(1, code::CANCEL), frames::rst_stream(5, code::CANCEL)]);
    streams(2.0);
    // A PING belongs to no stream (RFC 9113 section 6.7): the connection ends, and its streams with it.
    other.send([frames::raw(PING, 0, 1, &[0; 8])]);
    streams(1.0);
    client.send([frames::rst_stream(3, code::CANCEL)]);
    streams(0.0);
}

#[test]
fn connections_that_are_refused() {
    let server = start(&["--max-connections", "1"]);
    let kept = H2::over(server.wire());
    server.scrape_until(|page| of_worker(page, "understudy_connections") == 1.0);
    H2::silent(server.wire()).expect_hangup();
    server.scrape_until(|page| page.value("understudy_connections_refused_total", &[]) == 1.0);
    drop(kept);
}

#[test]
fn errors_and_floods_by_kind() {
    let server = start(&["--max-body-bytes", "10"]);
    // A flood of PING frames: more than any client has a reason for.
    let mut client = H2::over(server.wire());
    client.send_unlogged((0..20_000).map(|_| frames::ping([0; 8])));
    client.expect_connection_error(code::ENHANCE_YOUR_CALM);
    // DATA on a stream that was never opened.
    let mut client = H2::over(server.wire());
    client.send([frames::data(1, b"x")]);
    client.expect_connection_error_of(&[code::PROTOCOL_ERROR, code::STREAM_CLOSED]);
    // A body above the bound.
    let mut client = H2::over(server.wire());
    let block = client.post("/");
    client.send([frames::headers(1, &block), frames::data(1, &[0; 11]).end_stream()]);
    client.expect_status(1, 413);
    // TLS on a port without it.
    let mut tls = Wire::plain(server.traffic);
    tls.send(b"\x16\x03\x01\x00\x05hello");
    let page = server.scrape_until(|page| {
        ["protocol", "limit", "tls"]
            .iter()
            .all(|kind| page.sum("understudy_errors_total", &[("kind", kind)]) == 1.0)
    });
    let floods = |kind| page.value("understudy_floods_total", &[WORKER, ("kind", kind)]);
    assert_eq!(floods("ping"), 1.0);
    assert_eq!(page.sum("understudy_floods_total", &[]), 1.0);
    assert_eq!(page.value("understudy_errors_total", &[WORKER, ("kind", "timeout")]), 0.0);
}

#[test]
fn tls_sessions_that_fail() {
    let certificate = Certificate::generate();
    let server = start(&certificate.args());
    let mut plain = Wire::plain(server.traffic);
    plain.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    server.scrape_until(|page| page.sum("understudy_errors_total", &[("kind", "tls")]) == 1.0);
}

#[test]
fn server_data_and_rules() {
    let server = start(&["--server-data-max-bytes", "100000"]);
    let data = |page: &Page, what: &str| page.value(&format!("understudy_event_store_{what}"), &[]);
    let publishing = "understudy_publish_duration_seconds";
    let page = server.scrape();
    assert_eq!(data(&page, "max_bytes"), 100_000.0);
    assert_eq!((data(&page, "keys"), data(&page, "events")), (0.0, 0.0));
    assert_eq!(page.value("understudy_provisions", &[]), 0.0);
    let published = page.value(&format!("{publishing}_count"), &[]);

    for path in ["/a", "/b"] {
        server.provision_get(path, &json!({"path": path}), 0);
    }
    for path in ["/a", "/a", "/b"] {
        assert_eq!(server.ask("GET", path, "").status, 200);
    }
    let page = server.scrape();
    assert_eq!((data(&page, "keys"), data(&page, "events")), (2.0, 3.0));
    assert!(data(&page, "bytes") > 0.0);
    assert_eq!(page.value("understudy_provisions", &[]), 2.0);
    assert_eq!(page.value(&format!("{publishing}_count"), &[]), published + 2.0);
    let last = page.value("understudy_publish_last_duration_seconds", &[]);
    assert!(last > 0.0 && page.value(&format!("{publishing}_sum"), &[]) >= last);
    assert_eq!(data(&page, "evicted_events_total"), 0.0);

    let body = "x".repeat(10_000);
    for _ in 0..30 {
        assert_eq!(server.ask("POST", "/unknown", &body).status, 501);
    }
    let page = server.scrape();
    assert!(data(&page, "evicted_events_total") > 0.0, "{}", page.text);
    assert!(data(&page, "evicted_bytes_total") > 10_000.0, "{}", page.text);
}

#[test]
fn the_build_and_the_process() {
    let server = start(&["--name", "mock"]);
    let page = server.scrape();
    let info = page.samples().iter().find(|s| s.name == "understudy_build_info").unwrap();
    let label = |name| info.labels.iter().find(|(n, _)| n == name).unwrap().1.as_str();
    assert_eq!((info.value, label("version")), (1.0, env!("CARGO_PKG_VERSION")));
    assert_eq!(label("source"), "mock");
    assert!(server.block.contains(label("driver")), "{}", server.block);
    assert!(page.value("process_cpu_seconds_total", &[]) > 0.0);
    assert!(page.value("process_resident_memory_bytes", &[]) > 1_000_000.0);
    assert!(page.value("process_start_time_seconds", &[]) > 1.7e9);
}

/// Whatever comes, the page has the same series and the memory does not follow the number of requests.
#[test]
fn nothing_grows_with_the_traffic() {
    /// More than the allocator and the buffers of a worker move by, less than a byte for each request.
    const GROWTH_BYTES_MAX: f64 = 8.0 * 1024.0 * 1024.0;
    let server = start(&["--discard-server-data"]);
    let load = |requests: u32| {
        let url = format!("http://{}/nothing", server.traffic);
        let number = format!("-n{requests}");
        let done = run(Command::new("h2load").args(["-t1", &number, "-c4", "-m50", &url]));
        assert!(done.stdout.contains(&format!("{requests} done")), "{}", done.stdout);
    };
    let total = "MockHttp2Server_observed_requests_total";
    load(50_000);
    let before = server.scrape_until(|page| page.total(total) == 50_000.0);
    load(150_000);
    let after = server.scrape_until(|page| page.total(total) == 200_000.0);
    assert_eq!(before.samples().len(), after.samples().len());
    let resident = |page: &Page| page.value("process_resident_memory_bytes", &[]);
    let growth = resident(&after) - resident(&before);
    assert!(growth < GROWTH_BYTES_MAX, "{growth} bytes for 150 000 requests");
}

/// Prometheus' own tool parses the page, and complains of nothing but the names that are as they were in 2021.
#[test]
fn promtool_accepts_the_page() {
    let server = start(&[]);
    assert_eq!(server.ask("GET", "/nothing", "").status, 501);
    if Command::new("promtool").arg("--version").output().is_err() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page");
    std::fs::write(&file, server.scrape().text).unwrap();
    let script = format!("promtool check metrics < {}", file.display());
    let done = run(Command::new("sh").args(["-c", &script]));
    // 0 without a complaint, 3 with some; 1 and 2 mean that it cannot be read.
    assert_eq!(done.status.code(), Some(3), "{done:?}");
    let complaints = format!("{}\n{}", done.stdout, done.stderr);
    for complaint in complaints.lines().filter(|line| !line.is_empty()) {
        let is_of_2021 = ["AdminHttp2Server_", "MockHttp2Server_"]
            .iter()
            .any(|server| complaint.starts_with(server));
        let is_of_the_name = complaint.contains("camelCase") || complaint.contains("include");
        assert!(is_of_2021 && is_of_the_name, "{complaint}");
    }
}
