//! The metrics page and what of this interface is on it.

use super::*;

/// Requests to the interface, and what is counted of them: status, method, refused by the gate, bytes both ways.
const ROWS: [(&str, &str, &str, u16, &str, bool); 11] = [
    ("POST", "server-provision", ONE, 201, "POST", false),
    ("POST", "server-provision", "text", 400, "POST", false),
    ("POST", "nowhere", "{}", 501, "POST", false),
    ("GET", "health", "", 200, "GET", false),
    ("GET", "nowhere", "", 400, "GET", false),
    ("GET", "server-data", "", 204, "GET", false),
    ("PUT", "logging?level=Debug", "", 200, "PUT", false),
    ("DELETE", "server-provision", "", 200, "DELETE", false),
    ("PATCH", "server-provision", "{}", 405, "other", true),
    ("get", "health", "", 405, "other", true),
    ("HEAD", "health", "", 405, "HEAD", true),
];

/// The values of the series that begin so.
fn value(page: &str, series: &str) -> u64 {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{page}")).parse().unwrap()
}

#[tokio::test]
async fn each_request_is_counted_with_its_sizes() {
    let harness = Harness::new();
    let page = || {
        let mut metrics = crate::metrics::tests::idle(&Publisher::new(), &harness.data, 0);
        metrics.admin = harness.control.tally();
        metrics.page()
    };
    let sizes = |direction: &str, what: &str| {
        let series = format!("AdminHttp2Server_messages_size_bytes_histogram_{what}");
        value(&page(), &format!("{series}{{direction=\"{direction}\"}}"))
    };
    let (mut received, mut sent) = (0, 0);
    for (n, (method, operation, body, status, label, is_refused)) in (1..).zip(ROWS) {
        let counted = |success: &str| {
            let series = "AdminHttp2Server_observed_requests_total";
            value(&page(), &format!("{series}{{{success}method=\"{label}\"}}"))
        };
        let before = (counted(""), counted("success=\"false\","));
        let reply = harness.call(method, operation, body).await;
        assert_eq!(reply.status, status, "{method} {operation}: {}", reply.body);
        let refused = u64::from(is_refused);
        let after = (counted(""), counted("success=\"false\","));
        assert_eq!(after, (before.0 + 1, before.1 + refused), "{method} {operation}");
        received += body.len() as u64;
        sent += reply.body.len() as u64;
        assert_eq!((sizes("rx", "count"), sizes("rx", "sum")), (n, received), "{method}");
        assert_eq!((sizes("tx", "count"), sizes("tx", "sum")), (n, sent), "{method}");
        let delays = value(&page(), "AdminHttp2Server_responses_delay_seconds_histogram_count");
        assert_eq!(delays, n);
    }
}

#[tokio::test]
async fn requests_to_unclean_paths_are_not_counted() {
    let harness = Harness::new();
    assert_eq!(harness.ask("GET", "//admin/v1/health").await.status, 301);
    let metrics = crate::metrics::tests::idle(&Publisher::new(), &harness.data, 0);
    metrics.admin.put(harness.control.tally().get());
    let page = metrics.page();
    assert_eq!(value(&page, "AdminHttp2Server_observed_requests_total{method=\"GET\"}"), 0);
    assert_eq!(value(&page, "AdminHttp2Server_responses_delay_seconds_histogram_count"), 0);
}

/// What is streamed is counted when the last of it is on its way, with all its bytes.
#[tokio::test]
async fn long_answers_are_counted_when_they_end() {
    let harness = Harness::new();
    let filler = format!("\"{}\"", "x".repeat(10_000));
    for sequence in 0..100 {
        record(&harness.data, "GET", "/a", sequence, filler.as_bytes());
    }
    let request = Request::builder().uri("/admin/v1/server-data").body(Body::empty()).unwrap();
    let response = harness.router.clone().oneshot(request).await.unwrap();
    let count = || harness.control.tally().get();
    let page = |tally: crate::metrics::Tally| {
        let metrics = crate::metrics::tests::idle(&Publisher::new(), &harness.data, 0);
        metrics.admin.put(tally);
        metrics.page()
    };
    let series = "AdminHttp2Server_messages_size_bytes_histogram_sum{direction=\"tx\"}";
    assert_eq!(value(&page(count()), series), 0, "nothing is sent yet");
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert!(body.len() > 1_000_000);
    assert_eq!(value(&page(count()), series), body.len() as u64);
}
