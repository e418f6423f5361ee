//! Metrics: the page, and the series that h2agent had in 2021.

use crate::support::frames::{code, headers, rst_stream};
use crate::support::h1::H1;
use crate::support::h2::H2;
use crate::support::h2agent::{H2agent, h2agent};
use crate::support::metrics::{self, Page};
use crate::support::process::run;
use crate::support::server::Server;
use serde_json::json;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::time::Instant;

const DELAY_BOUNDS: &str = "--prometheus-response-delay-seconds-histogram-boundaries";
const SIZE_BOUNDS: &str = "--prometheus-message-size-bytes-histogram-boundaries";

const SERVERS: [&str; 2] = ["AdminHttp2Server", "MockHttp2Server"];
const METHODS: [&str; 6] = ["POST", "GET", "PUT", "DELETE", "HEAD", "other"];

const REQUESTS: &str = "MockHttp2Server_observed_requests_total";
const RESULTS: &str = "h2agent_observed_requests_total";
const DELAYS: &str = "MockHttp2Server_responses_delay_seconds_histogram";
const SIZES: &str = "MockHttp2Server_messages_size_bytes_histogram";

/// The body of the answers of [`start`].
const BODY: &str = "twelve bytes";

/// A server with metrics, for paths below `/app`, with an answer to each method and a delayed one.
fn start(args: &[&str]) -> Server {
    let fixed = ["--prometheus-port", "0", "--server-api-name", "app"];
    let server = Server::start(&[&fixed, args].concat());
    for method in &METHODS[..5] {
        server.provision(&json!({"requestMethod": method, "requestUri": "/app/a",
            "responseCode": 200, "responseBody": BODY}));
    }
    server
}

/// Values of a histogram: count and sum.
fn totals(page: &Page, histogram: &str, labels: &[(&str, &str)]) -> (f64, f64) {
    let value = |part: &str| page.value(&format!("{histogram}{part}"), labels);
    assert_eq!(value("_count"), page.value(&format!("{histogram}_bucket"), &with_le(labels)));
    (value("_count"), value("_sum"))
}

fn with_le<'a>(labels: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [labels, &[("le", "+Inf")]].concat()
}

/// Counters and histograms of the traffic tell of the same requests.
fn is_consistent(page: &Page) -> bool {
    let requests = page.total(REQUESTS);
    requests == totals(page, DELAYS, &[]).0
        && ["rx", "tx"].iter().all(|d| requests == totals(page, SIZES, &[("direction", d)]).0)
}

#[test]
fn all_series_are_there_from_the_start() {
    let server = Server::start(&["--prometheus-port", "0"]);
    let page = server.scrape();
    for name in SERVERS {
        let series = |metric: &str| format!("{name}_{metric}");
        let requests = series("observed_requests_total");
        for method in METHODS {
            assert_eq!(page.value(&requests, &[("method", method)]), 0.0);
            let refused = [("success", "false"), ("method", method)];
            assert_eq!(page.value(&requests, &refused), 0.0);
        }
        assert_eq!(page.value(&series("responses_delay_seconds_gauge"), &[]), 0.0);
        assert_eq!(totals(&page, &series("responses_delay_seconds_histogram"), &[]), (0.0, 0.0));
        for direction in ["rx", "tx"] {
            let labels = [("direction", direction)];
            assert_eq!(page.value(&series("messages_size_bytes_gauge"), &labels), 0.0);
            let histogram = series("messages_size_bytes_histogram");
            assert_eq!(totals(&page, &histogram, &labels), (0.0, 0.0));
        }
    }
    for result in ["processed", "unprovisioned"] {
        assert_eq!(page.value(RESULTS, &[("result", result)]), 0.0);
    }
}

#[test]
fn types_and_help_texts() {
    let server = Server::start(&["--prometheus-port", "0"]);
    let text = server.scrape().text;
    for name in SERVERS {
        for (metric, kind, help) in [
            ("observed_requests_total", "counter", "Http2 total requests observed in"),
            (
                "responses_delay_seconds_gauge",
                "gauge",
                "Http2 message responses delay gauge (seconds) in",
            ),
            ("messages_size_bytes_gauge", "gauge", "Http2 message sizes gauge (bytes) in"),
            (
                "responses_delay_seconds_histogram",
                "histogram",
                "Http2 message responses delay (seconds) in",
            ),
            ("messages_size_bytes_histogram", "histogram", "Http2 message sizes (bytes) in"),
        ] {
            let lines = format!(
                "# HELP {name}_{metric} {help} {name}\n# TYPE {name}_{metric} {kind}\n{name}_{metric}"
            );
            assert!(text.contains(&lines), "{lines}\nis not in\n{text}");
        }
    }
    let lines = format!(
        "# HELP {RESULTS} Http2 total requests observed in h2agent\n# TYPE {RESULTS} counter\n"
    );
    assert!(text.contains(&lines), "{lines}\nis not in\n{text}");
    // Count and sum before the buckets.
    let [count, sum, bucket] =
        ["_count", "_sum", "_bucket"].map(|part| text.find(&format!("\n{DELAYS}{part}")).unwrap());
    assert!(count < sum && sum < bucket, "{text}");
}

/// What is counted of a request. Sizes of answers are those that the client sees.
struct Row {
    row: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
    status: u16,
    /// `None` if it is not counted.
    label: Option<&'static str>,
    refused: bool,
    result: Option<&'static str>,
}

#[rustfmt::skip]
const ROWS: [Row; 11] = [
    Row { row: "POST", method: "POST", path: "/app/a", body: "hello", status: 200, label: Some("POST"), refused: false, result: Some("processed") },
    Row { row: "GET", method: "GET", path: "/app/a", body: "", status: 200, label: Some("GET"), refused: false, result: Some("processed") },
    Row { row: "PUT", method: "PUT", path: "/app/a", body: "12345678", status: 200, label: Some("PUT"), refused: false, result: Some("processed") },
    Row { row: "DELETE", method: "DELETE", path: "/app/a", body: "", status: 200, label: Some("DELETE"), refused: false, result: Some("processed") },
    Row { row: "HEAD", method: "HEAD", path: "/app/a", body: "", status: 200, label: Some("HEAD"), refused: false, result: Some("processed") },
    Row { row: "405", method: "PATCH", path: "/app/a", body: "xyz", status: 405, label: Some("other"), refused: true, result: None },
    Row { row: "405, case matters", method: "get", path: "/app/a", body: "", status: 405, label: Some("other"), refused: true, result: None },
    Row { row: "400 INVALID_API", method: "GET", path: "/other", body: "", status: 400, label: Some("GET"), refused: true, result: None },
    Row { row: "501", method: "PUT", path: "/app/unknown", body: "ab", status: 501, label: Some("PUT"), refused: false, result: Some("unprovisioned") },
    Row { row: "301", method: "GET", path: "/app//a", body: "", status: 301, label: None, refused: false, result: None },
    Row { row: "301 before the method", method: "PATCH", path: "/app//a", body: "", status: 301, label: None, refused: false, result: None },
];

impl Row {
    /// Sends it and gives the size of the answer's body.
    fn send(&self, server: &Server) -> f64 {
        let answer = server.ask(self.method, self.path, self.body);
        assert_eq!(answer.status, self.status, "{}", self.row);
        answer.body.len() as f64
    }
}

#[test]
fn each_kind_of_request_is_counted_where_it_belongs() {
    let server = start(&[]);
    let (mut requests, mut received, mut sent) = (0.0, 0.0, 0.0);
    for row in &ROWS {
        let before = server.scrape();
        let answer_bytes = row.send(&server);
        if row.label.is_some() {
            requests += 1.0;
            received += row.body.len() as f64;
            sent += answer_bytes;
        }
        let page = server.scrape_until(|page| page.total(REQUESTS) == requests);
        let grown =
            |name, labels: &[(&str, &str)]| page.value(name, labels) - before.value(name, labels);
        for method in METHODS {
            let expected = f64::from(u8::from(row.label == Some(method)));
            assert_eq!(grown(REQUESTS, &[("method", method)]), expected, "{} {method}", row.row);
            let refused = [("success", "false"), ("method", method)];
            let expected = if row.refused { expected } else { 0.0 };
            assert_eq!(grown(REQUESTS, &refused), expected, "{} {method}", row.row);
        }
        for result in ["processed", "unprovisioned"] {
            let expected = f64::from(u8::from(row.result == Some(result)));
            assert_eq!(grown(RESULTS, &[("result", result)]), expected, "{}", row.row);
        }
        assert!(is_consistent(&page), "{}", row.row);
        let sums = [("rx", received), ("tx", sent)];
        for (direction, sum) in sums {
            let labels = [("direction", direction)];
            assert_eq!(totals(&page, SIZES, &labels).1, sum, "{} {direction}", row.row);
        }
        if row.label.is_some() {
            let gauge = |direction| {
                let name = "MockHttp2Server_messages_size_bytes_gauge";
                page.value(name, &[("direction", direction)])
            };
            assert_eq!((gauge("rx"), gauge("tx")), (row.body.len() as f64, answer_bytes));
        }
    }
    assert_eq!(requests, 9.0);
}

#[test]
fn what_the_request_schema_refuses_is_a_request_without_a_result() {
    let server = start(&[]);
    assert_eq!(server.admin("POST", "/admin/v1/server-data/schema", "{\"schema\":{}}").status, 201);
    assert_eq!(server.ask("POST", "/app/a", "no json").status, 400);
    let page = server.scrape_until(|page| page.total(REQUESTS) == 1.0);
    assert_eq!(page.value(REQUESTS, &[("method", "POST")]), 1.0);
    assert_eq!(page.sum(REQUESTS, &[("success", "false")]), 0.0);
    assert_eq!(page.sum(RESULTS, &[]), 0.0);
    assert_eq!(totals(&page, SIZES, &[("direction", "rx")]), (1.0, 7.0));
}

#[test]
fn resets_that_a_provision_asks_for_are_answers_without_a_body() {
    let server = start(&[]);
    server.provision(&json!({"requestMethod": "GET", "requestUri": "/app/reset",
        "responseCode": 8, "responseBody": BODY}));
    let mut client = H2::over(server.wire());
    client.send_get(1, "/app/reset");
    client.expect_rst(1, &[code::CANCEL]);
    let page = server.scrape_until(|page| page.total(REQUESTS) == 1.0);
    assert_eq!(totals(&page, SIZES, &[("direction", "tx")]), (1.0, 0.0));
    assert_eq!(page.sum("understudy_stream_resets_total", &[("direction", "tx")]), 1.0);
}

#[test]
fn delayed_requests_count_when_they_are_answered() {
    const DELAY_MS: u64 = 300;
    let server = start(&[]);
    server.provision_get("/app/slow", &json!({"slow": true}), DELAY_MS);
    let begun = Instant::now();
    let mut client = H1::over(server.wire());
    client.send("GET /app/slow HTTP/1.1\r\nhost: a\r\n\r\n");
    let waits = |page: &Page| page.sum("understudy_delayed_answers", &[]) == 1.0;
    let page = server.scrape_until(|page| waits(page) || page.total(REQUESTS) > 0.0);
    // A machine that is too slow for this shows nothing either way.
    assert!(!waits(&page) || page.total(REQUESTS) == 0.0, "counted before it is answered");
    assert_eq!(client.response().status, 200);
    let page = server.scrape_until(|page| page.total(REQUESTS) == 1.0);
    let (count, sum) = totals(&page, DELAYS, &[]);
    let (delay, elapsed) = (DELAY_MS as f64 / 1000.0, begun.elapsed().as_secs_f64());
    assert_eq!(count, 1.0);
    assert!(sum >= delay && sum <= elapsed, "{sum} is not between {delay} and {elapsed}");
    assert_eq!(page.value("MockHttp2Server_responses_delay_seconds_gauge", &[]), sum);
    assert_eq!(page.sum("understudy_delayed_answers", &[]), 0.0);
    assert!(is_consistent(&page));
}

#[test]
fn delayed_requests_that_are_cancelled_do_not_count() {
    let server = start(&[]);
    server.provision_get("/app/slow", &json!({"slow": true}), 100);
    let mut client = H2::over(server.wire());
    let slow = client.get("/app/slow");
    client.send([headers(1, &slow).end_stream(), rst_stream(1, code::CANCEL)]);
    client.send([headers(3, &slow).end_stream()]);
    client.expect_status(3, 200);
    let page = server.scrape_until(|page| page.total(REQUESTS) > 0.0);
    assert_eq!(page.total(REQUESTS), 1.0, "{}", page.text);
    assert_eq!(page.sum("understudy_stream_resets_total", &[("direction", "rx")]), 1.0);
    assert!(is_consistent(&page));
}

#[test]
fn buckets_are_as_typed_in_either_syntax() {
    for (delay, size) in [("1e-9 60", "5 12 1e3"), ("1e-9,60", "5,12,1000")] {
        let server = start(&[DELAY_BOUNDS, delay, SIZE_BOUNDS, size]);
        for body in ["12345", "123456", ""] {
            assert_eq!(server.ask("POST", "/app/a", body).status, 200);
        }
        assert_eq!(server.ask("HEAD", "/app/a", "").status, 200);
        let page = server.scrape_until(|page| page.total(REQUESTS) == 4.0);
        let bucket = |histogram: &str, labels: &[(&str, &str)], le| {
            page.value(&format!("{histogram}_bucket"), &[labels, &[("le", le)]].concat())
        };
        for (direction, counts) in [("rx", [3.0, 4.0, 4.0, 4.0]), ("tx", [1.0, 4.0, 4.0, 4.0])] {
            let labels = [("direction", direction)];
            let got = ["5", "12", "1000", "+Inf"].map(|le| bucket(SIZES, &labels, le));
            assert_eq!(got, counts, "{size:?} {direction}");
        }
        let got = ["0.000000001", "60", "+Inf"].map(|le| bucket(DELAYS, &[], le));
        assert_eq!(got, [0.0, 4.0, 4.0], "{delay:?}");
        // The boundaries are those of the traffic.
        let admin = page.samples().iter().filter(|sample| sample.name.starts_with("Admin"));
        let mut bounds = admin.flat_map(|s| &s.labels).filter(|(name, _)| name == "le");
        assert!(bounds.all(|(_, le)| le == "+Inf"), "{}", page.text);
    }
}

#[test]
fn requests_to_the_admin_interface_are_counted() {
    let server = Server::start(&["--prometheus-port", "0"]);
    assert_eq!(server.admin("GET", "/admin/v1/health", "").status, 200);
    assert_eq!(server.admin("PUT", "/nowhere", "").status, 400);
    assert_eq!(server.admin("POST", "/admin/v1/server-provision", "").status, 415);
    assert_eq!(server.admin("OPTIONS", "/admin/v1/health", "").status, 405);
    assert_eq!(server.admin("GET", "/admin//v1", "").status, 301);
    let page = server.scrape();
    let requests = "AdminHttp2Server_observed_requests_total";
    for (method, all, refused) in
        [("GET", 1.0, 0.0), ("PUT", 1.0, 1.0), ("POST", 1.0, 1.0), ("other", 1.0, 1.0)]
    {
        assert_eq!(page.value(requests, &[("method", method)]), all, "{method}");
        let labels = [("success", "false"), ("method", method)];
        assert_eq!(page.value(requests, &labels), refused, "{method}");
    }
    let delays = "AdminHttp2Server_responses_delay_seconds_histogram";
    assert_eq!(totals(&page, delays, &[]).0, 4.0);
    assert!(totals(&page, delays, &[]).1 > 0.0);
    assert_eq!(page.total(REQUESTS), 0.0, "none of them is traffic");
}

#[test]
fn only_the_page_is_served() {
    let server = Server::start(&["--prometheus-port", "0"]);
    let address = server.metrics.unwrap();
    for path in ["/metrics", "/metrics/", "/metrics?x=1"] {
        let answer = metrics::ask(address, "GET", path);
        assert_eq!(answer.status, 200, "{path}");
        let expected = "text/plain; version=0.0.4; charset=utf-8";
        assert_eq!(answer.field("content-type"), Some(expected));
        assert!(answer.body.ends_with(b"\n"));
    }
    assert_eq!(metrics::ask(address, "HEAD", "/metrics").status, 200);
    for path in ["/", "/metric", "/metrics/x", "/admin/v1/health", "/Metrics"] {
        assert_eq!(metrics::ask(address, "GET", path).status, 404, "{path}");
    }
}

#[test]
fn metrics_can_be_switched_off() {
    for option in [&["--prometheus-port", "-1"][..], &["--disable-metrics"]] {
        let server = Server::start(option);
        assert_eq!(server.metrics, None);
        assert!(server.block.contains("metrics   off"), "{}", server.block);
        assert_eq!(server.ask("GET", "/nothing", "").status, 501);
    }
}

#[test]
fn counters_and_histograms_agree_after_many_requests() {
    const REQUESTS_SENT: f64 = 100_000.0;
    let server = start(&["--worker-threads", "2", SIZE_BOUNDS, "10 100"]);
    let url = format!("http://{}/app/a", server.traffic);
    let load = std::thread::spawn(move || {
        run(Command::new("h2load").args(["-t1", "-n100000", "-c8", "-m20", &url]))
    });
    let mut pages = 0;
    while !load.is_finished() {
        let page = server.scrape();
        assert!(is_consistent(&page), "page {pages}: {}", page.text);
        pages += 1;
    }
    let done = load.join().unwrap();
    assert!(done.stdout.contains("100000 succeeded, 0 failed"), "{}", done.stdout);
    let page = server.scrape_until(|page| page.total(REQUESTS) >= REQUESTS_SENT);
    assert!(is_consistent(&page) && pages > 0);
    assert_eq!(page.value(REQUESTS, &[("method", "GET")]), REQUESTS_SENT);
    assert_eq!(page.value(RESULTS, &[("result", "processed")]), REQUESTS_SENT);
    let body_bytes = REQUESTS_SENT * BODY.len() as f64;
    assert_eq!(totals(&page, SIZES, &[("direction", "rx")]), (REQUESTS_SENT, 0.0));
    assert_eq!(totals(&page, SIZES, &[("direction", "tx")]), (REQUESTS_SENT, body_bytes));
    let (count, delay_sum) = totals(&page, DELAYS, &[]);
    assert!(count == REQUESTS_SENT && delay_sum > 0.0);
    for worker in ["0", "1"] {
        let batches = page.value("understudy_batches_total", &[("worker", worker)]);
        assert!(batches > 0.0, "worker {worker} had nothing to do");
    }
}

#[test]
fn h2agent_that_cannot_serve_metrics_ends_with_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let args = ["-b", "127.0.0.1", "-a", "0", "-p", "0", "--prometheus-port", &port];
    let interface = format!("(127.0.0.1:{port})");
    let done = run(&mut h2agent(&args));
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let line = format!("Initialization error in prometheus interface {interface}. Exiting ...");
    assert_eq!(done.stderr.trim_end(), line);
}

#[test]
fn h2agent_serves_metrics_on_the_port_that_it_prints() {
    let agent = H2agent::start(&["--prometheus-port", "0"]);
    assert_eq!(agent.get("/nothing"), 501);
    let port = agent.printed("Prometheus port").parse().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    metrics::until(address, |page| page.value(RESULTS, &[("result", "unprovisioned")]) == 1.0);
}
