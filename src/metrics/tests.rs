//! The page as a whole.

use super::*;
use crate::publish::Publisher;
use std::time::{Duration, Instant};
use understudy_model::Method;
use understudy_model::events::Storage;

/// Metrics of a server with so many workers, none of which has done anything.
pub(crate) fn idle(publisher: &Publisher, data: &Arc<ServerData>, workers: usize) -> Metrics {
    Metrics {
        boundaries: Boundaries::default(),
        workers: (0..workers).map(|_| Arc::default()).collect(),
        acceptor: Arc::default(),
        admin: Arc::default(),
        data: Arc::clone(data),
        published: publisher.shared(),
        publish_times: publisher.times(),
        driver: "epoll",
        source: "a \"quoted\" name".to_owned(),
        process: Process::starting(),
    }
}

fn metrics(workers: usize) -> Metrics {
    let data = ServerData::new(Storage { events: true, history: true }, 1000);
    idle(&Publisher::new(), &Arc::new(data), workers)
}

/// The value of a series.
fn value(page: &str, series: &str) -> String {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{page}")).to_owned()
}

#[test]
fn tallies_of_all_workers_make_one() {
    let metrics = metrics(3);
    let now = Instant::now();
    for (n, worker) in (1..).zip(&metrics.workers) {
        let request =
            Observed { method: MethodLabel::of(Some(Method::PUT)), received_bytes: 10 * n };
        worker.answered.with(|tally| {
            tally.answered(request, 1);
            tally.settle(Duration::from_millis(5), now);
        });
    }
    let page = metrics.page();
    for (series, expected) in [
        ("MockHttp2Server_observed_requests_total{method=\"PUT\"}", "3"),
        ("MockHttp2Server_messages_size_bytes_histogram_sum{direction=\"rx\"}", "60"),
        ("MockHttp2Server_messages_size_bytes_histogram_count{direction=\"tx\"}", "3"),
        ("MockHttp2Server_responses_delay_seconds_histogram_sum", "0.015"),
        ("AdminHttp2Server_observed_requests_total{method=\"PUT\"}", "0"),
        ("understudy_event_store_max_bytes", "1000"),
    ] {
        assert_eq!(value(&page, series), expected, "{series}");
    }
}

#[test]
fn names_are_escaped() {
    let page = metrics(0).page();
    assert!(page.contains(r#"source="a \"quoted\" name"} 1"#), "{page}");
}

#[test]
fn each_family_is_written_once_with_help_and_type() {
    let page = metrics(2).page();
    let mut families: Vec<&str> = Vec::new();
    for line in page.lines() {
        let mut words = line.split(' ');
        if line.starts_with("# HELP") {
            let name = words.nth(2).unwrap();
            assert!(!families.contains(&name), "{name} twice");
            assert!(words.next().is_some(), "{name} without help");
            families.push(name);
        } else if line.starts_with("# TYPE") {
            assert_eq!(words.nth(2), families.last().copied());
        } else {
            let family = families.last().unwrap();
            assert!(line.starts_with(family), "{line} in {family}");
        }
    }
    assert!(families.len() > 30, "{families:?}");
}
