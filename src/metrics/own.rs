//! The series that h2agent never had: what the workers, the server data and the rules are doing.

use super::Metrics;
use super::page::{Kind, Page, Seconds};
use crate::worker::stats::{FloodKind, WorkerStats};
use std::fmt::Display;
use std::sync::PoisonError;

/// All of them.
pub(super) fn write(page: &mut Page, metrics: &Metrics) {
    let labels = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("driver", metrics.driver),
        ("source", &*metrics.source),
    ];
    let help = "Always 1: version and driver of this server, and the name it was given.";
    page.family("understudy_build_info", Kind::Gauge, help).sample(&labels, 1);
    let mut workers = Workers { page, metrics };
    write_connections(&mut workers);
    write_work(&mut workers);
    write_errors(&mut workers);
    write_acceptor(page, metrics);
    write_data(page, metrics);
    write_rules(page, metrics);
}

/// Series that each worker has.
struct Workers<'a> {
    page: &'a mut Page,
    metrics: &'a Metrics,
}

impl Workers<'_> {
    /// One sample for each worker.
    fn one<V: Display>(
        &mut self,
        name: &str,
        kind: Kind,
        help: &str,
        value: impl Fn(&WorkerStats) -> V,
    ) {
        let mut family = self.page.family(name, kind, help);
        for (number, worker) in self.metrics.workers.iter().enumerate() {
            family.sample(&[("worker", &number.to_string())], value(worker));
        }
    }

    /// A counter with a sample for each worker and each value of another label.
    fn several<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl Fn(&WorkerStats) -> [(&'static str, u64); N],
    ) {
        let mut family = self.page.family(name, Kind::Counter, help);
        for (number, worker) in self.metrics.workers.iter().enumerate() {
            for (text, value) in values(worker) {
                family.sample(&[("worker", &number.to_string()), (label, text)], value);
            }
        }
    }
}

fn write_connections(workers: &mut Workers<'_>) {
    workers.one("understudy_connections", Kind::Gauge, "Connections that are open.", |worker| {
        worker.open.get()
    });
    let help = "Streams that are open, and HTTP/1.1 requests in progress, as of each connection's last batch.";
    workers.one("understudy_streams", Kind::Gauge, help, |worker| worker.streams.get());
    let help = "Connections that were accepted.";
    workers.one("understudy_connections_accepted_total", Kind::Counter, help, |worker| {
        worker.connections.get()
    });
    let help = "Answers that wait for their delay to pass.";
    workers.one("understudy_delayed_answers", Kind::Gauge, help, |worker| worker.delayed.get());
}

fn write_work(workers: &mut Workers<'_>) {
    let help = "Batches: requests that were read together and answered by one write.";
    workers.one("understudy_batches_total", Kind::Counter, help, |worker| worker.batches.get());
    let help = "Bytes read from sockets.";
    workers.one("understudy_received_bytes_total", Kind::Counter, help, |worker| {
        worker.received_bytes.get()
    });
    let help = "Bytes written to sockets.";
    workers
        .one("understudy_sent_bytes_total", Kind::Counter, help, |worker| worker.sent_bytes.get());
}

fn write_errors(workers: &mut Workers<'_>) {
    let help = "Streams that the peer (rx) or this server (tx) has reset.";
    workers.several("understudy_stream_resets_total", help, "direction", |worker| {
        [("rx", worker.resets_received.get()), ("tx", worker.resets_sent.get())]
    });
    let help = "Streams and connections that ended because the peer was at fault, floods aside.";
    workers.several("understudy_errors_total", help, "kind", |worker| {
        [
            ("protocol", worker.protocol_errors.get()),
            ("limit", worker.limit_errors.get()),
            ("timeout", worker.timeouts.get()),
            ("tls", worker.tls_errors.get()),
        ]
    });
    let help = "Connections that were cut off because of a flood.";
    workers.several("understudy_floods_total", help, "kind", |worker| {
        FloodKind::ALL.map(|kind| (kind.label(), worker.floods(kind)))
    });
}

fn write_acceptor(page: &mut Page, metrics: &Metrics) {
    let help = "Connections that were closed at once because there were too many.";
    let refused = metrics.acceptor.refused.get();
    page.single("understudy_connections_refused_total", Kind::Counter, help, refused);
    let help = "Attempts to accept that failed for want of descriptors or memory.";
    let failed = metrics.acceptor.exhausted.get();
    page.single("understudy_accept_failures_total", Kind::Counter, help, failed);
}

fn write_data(page: &mut Page, metrics: &Metrics) {
    let stats = metrics.data.stats();
    for (name, help, value) in [
        ("keys", "Methods and URIs that something is known of.", stats.keys),
        ("events", "Events of all keys.", stats.events),
        ("bytes", "Memory that events and keys take.", stats.bytes as u64),
        ("max_bytes", "What that may be at most; 0 without a bound.", stats.bytes_max as u64),
    ] {
        page.single(&format!("understudy_event_store_{name}"), Kind::Gauge, help, value);
    }
    for (name, help, value) in [
        ("events", "Events that were dropped to stay below the bound.", stats.evicted_events),
        ("bytes", "Memory that was gained by dropping events.", stats.evicted_bytes),
    ] {
        let name = format!("understudy_event_store_evicted_{name}_total");
        page.single(&name, Kind::Counter, help, value);
    }
}

fn write_rules(page: &mut Page, metrics: &Metrics) {
    let provisions = metrics.published.load().rules.len();
    page.single("understudy_provisions", Kind::Gauge, "Provisions in force.", provisions);
    let times = *metrics.publish_times.lock().unwrap_or_else(PoisonError::into_inner);
    let help = "How long it took to make a change of the rules visible to the workers.";
    let name = "understudy_publish_duration_seconds";
    let total = Seconds(times.total.as_nanos());
    page.family(name, Kind::Summary, help).totals(&[], times.count, total);
    let help = "The same of the last change.";
    let last = Seconds(times.last.as_nanos());
    page.single("understudy_publish_last_duration_seconds", Kind::Gauge, help, last);
}
