//! The series that h2agent had in 2021, with its names, labels and help texts, for one of its two servers.

use super::page::{Kind, Page, Seconds};
use super::tally::{ByMethod, MethodLabel, Tally};
use crate::worker::stats::{Counter, WorkerStats};
use std::sync::Arc;

const RX: (&str, &str) = ("direction", "rx");
const TX: (&str, &str) = ("direction", "tx");

/// The series of the server of that name.
pub(super) fn write(page: &mut Page, server: &str, tally: &Tally) {
    write_requests(page, server, tally);
    let name = |metric: &str| format!("{server}_{metric}");

    let help = format!("Http2 message responses delay gauge (seconds) in {server}");
    let last = Seconds(u128::from(tally.last.delay_ns));
    page.single(&name("responses_delay_seconds_gauge"), Kind::Gauge, &help, last);

    let help = format!("Http2 message sizes gauge (bytes) in {server}");
    let mut sizes = page.family(&name("messages_size_bytes_gauge"), Kind::Gauge, &help);
    sizes.sample(&[RX], tally.last.received_bytes);
    sizes.sample(&[TX], tally.last.sent_bytes);

    let help = format!("Http2 message responses delay (seconds) in {server}");
    let histogram = name("responses_delay_seconds_histogram");
    let sum = Seconds(tally.delay_ns.sum());
    page.family(&histogram, Kind::Histogram, &help).histogram(&[], &tally.delay_ns, sum);

    let help = format!("Http2 message sizes (bytes) in {server}");
    let mut sizes = page.family(&name("messages_size_bytes_histogram"), Kind::Histogram, &help);
    for (direction, histogram) in [(RX, &tally.received_bytes), (TX, &tally.sent_bytes)] {
        sizes.histogram(&[direction], histogram, histogram.sum());
    }
}

/// Requests by method; those that the gate refused are in both series.
fn write_requests(page: &mut Page, server: &str, tally: &Tally) {
    let help = format!("Http2 total requests observed in {server}");
    let name = format!("{server}_observed_requests_total");
    let mut requests = page.family(&name, Kind::Counter, &help);
    let mut samples = |counts: &ByMethod, labels: &[(&str, &str)]| {
        for (method, count) in MethodLabel::TEXTS.into_iter().zip(counts) {
            requests.sample(&[labels, &[("method", method)]].concat(), count);
        }
    };
    samples(&tally.answered, &[]);
    samples(&tally.refused, &[("success", "false")]);
}

/// How many requests got past the gate and the request schema, with and without a provision.
pub(super) fn write_results(page: &mut Page, workers: &[Arc<WorkerStats>]) {
    let sum = |counter: fn(&WorkerStats) -> &Counter| {
        workers.iter().map(|worker| counter(worker).get()).sum::<u64>()
    };
    let help = "Http2 total requests observed in h2agent";
    let mut results = page.family("h2agent_observed_requests_total", Kind::Counter, help);
    results.sample(&[("result", "processed")], sum(|worker| &worker.provisioned));
    results.sample(&[("result", "unprovisioned")], sum(|worker| &worker.unprovisioned));
}
