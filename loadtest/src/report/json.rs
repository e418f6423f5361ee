//! The results as one JSON document, for scripts. Members are only ever added.

use super::latencies;
use crate::assertion::Verdict;
use crate::record::{Failure, Tally};
use crate::results::Results;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::time::Duration;

/// One JSON document with a line break at its end.
///
/// | member | |
/// |---|---|
/// | `target`, `protocol` | as in the table: the URL and `HTTP/2`, `HTTP/1.1`, ... |
/// | `load` | `description` (one line), `open_loop`, `threads`, `connections`, `streams` (per connection) |
/// | `started`, `elapsed_s` | RFC 3339 in UTC; seconds from the first request to the last answer |
/// | `requests` | `sent`, `answered`, `succeeded`, `failed` |
/// | `rps`, `sent_per_s` | answers and requests per second |
/// | `traffic` | `sent_bytes`, `received_bytes` (on sockets), `body_bytes` (contents of answers), `sent_mb_per_s`, `received_mb_per_s`, `body_mb_per_s` (10^6 bytes) |
/// | `statuses` | status -> how often it was answered |
/// | `errors` | every kind of error -> how often: `status`, `unsaved`, `timeout`, `reset`, `lost`, `not-connected`, `unsent` |
/// | `connections` | `established`, `refused` (attempts that failed), `lost` |
/// | `latency_from` | where latencies count from: `due` (open loop) or `sent` (closed loop) |
/// | `latency_us` | microseconds: `min`, `mean`, `p50`, `p75`, `p90`, `p95`, `p99`, `p99.9`, `p99.99`, `p99.999`, `max`; `null` where there were too few answers |
/// | `generator` | `cpu_us_per_request` (`null` if none was sent), `late_max_us`, `threads` (each with `cpu_share`, 0 to 1), `bottleneck`, `advice` (the sentence of the table, or `null`) |
/// | `messages` | for each message of a script: `name`, `requests`, `statuses`, `errors`, `latency_us` as above; empty for a plain run |
/// | `assertions` | each with `assertion`, `passed`, `measured` (a text) |
/// | `passed` | no assertion has failed |
pub fn json(results: &Results, verdicts: &[Verdict]) -> String {
    let document = document(results, verdicts);
    // Only keys that are no texts and failing writers make errors, and there are neither.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'a> {
    target: &'a str,
    protocol: &'a str,
    load: Load<'a>,
    started: String,
    elapsed_s: f64,
    requests: Requests,
    rps: f64,
    sent_per_s: f64,
    traffic: Traffic,
    statuses: BTreeMap<u16, u64>,
    errors: Members<&'static str, u64>,
    connections: Connections,
    latency_from: &'static str,
    latency_us: Members<String, Option<f64>>,
    generator: Generator,
    messages: Vec<Message<'a>>,
    assertions: Vec<Asserted<'a>>,
    passed: bool,
}

#[derive(Serialize)]
struct Load<'a> {
    description: &'a str,
    open_loop: bool,
    threads: usize,
    connections: usize,
    streams: usize,
}

#[derive(Serialize)]
struct Requests {
    sent: u64,
    answered: u64,
    succeeded: u64,
    failed: u64,
}

#[derive(Serialize)]
struct Traffic {
    sent_bytes: u64,
    received_bytes: u64,
    body_bytes: u64,
    sent_mb_per_s: f64,
    received_mb_per_s: f64,
    body_mb_per_s: f64,
}

#[derive(Serialize)]
struct Connections {
    established: u64,
    refused: u64,
    lost: u64,
}

#[derive(Serialize)]
struct Generator {
    cpu_us_per_request: Option<f64>,
    late_max_us: f64,
    threads: Vec<Thread>,
    bottleneck: bool,
    advice: Option<String>,
}

#[derive(Serialize)]
struct Thread {
    cpu_share: f64,
}

/// An object whose members stand in this order.
struct Members<K, V>(Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Members<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
struct Message<'a> {
    name: &'a str,
    requests: Requests,
    statuses: BTreeMap<u16, u64>,
    errors: Members<&'static str, u64>,
    latency_us: Members<String, Option<f64>>,
}

#[derive(Serialize)]
struct Asserted<'a> {
    assertion: String,
    passed: bool,
    measured: &'a str,
}

fn document<'a>(results: &'a Results, verdicts: &'a [Verdict]) -> Document<'a> {
    let facts = results.facts();
    let total = results.total();
    Document {
        target: &facts.target,
        protocol: &facts.protocol,
        load: Load {
            description: &facts.load,
            open_loop: facts.is_open_loop,
            threads: facts.threads,
            connections: facts.connections,
            streams: facts.streams,
        },
        started: facts.started.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        elapsed_s: results.elapsed().as_secs_f64(),
        requests: requests(&total),
        rps: rounded(results.per_second(total.answered)),
        sent_per_s: rounded(results.per_second(total.sent)),
        traffic: traffic(results, &total),
        statuses: total.statuses().clone(),
        errors: errors(&total),
        connections: Connections {
            established: results.traffic().connected,
            refused: results.traffic().refused,
            lost: results.traffic().lost,
        },
        latency_from: if facts.is_open_loop { "due" } else { "sent" },
        latency_us: latency_us(&total),
        generator: generator(results),
        messages: results.kinds().map(|(name, tally)| message(name, tally)).collect(),
        assertions: verdicts.iter().map(asserted).collect(),
        passed: verdicts.iter().all(|verdict| verdict.passed),
    }
}

fn requests(tally: &Tally) -> Requests {
    Requests {
        sent: tally.sent,
        answered: tally.answered,
        succeeded: tally.succeeded,
        failed: tally.errors(),
    }
}

fn traffic(results: &Results, total: &Tally) -> Traffic {
    let traffic = results.traffic();
    let mb_per_s = |bytes| rounded(results.megabytes_per_second(bytes));
    Traffic {
        sent_bytes: traffic.sent_bytes,
        received_bytes: traffic.received_bytes,
        body_bytes: total.body_bytes,
        sent_mb_per_s: mb_per_s(traffic.sent_bytes),
        received_mb_per_s: mb_per_s(traffic.received_bytes),
        body_mb_per_s: mb_per_s(total.body_bytes),
    }
}

fn errors(tally: &Tally) -> Members<&'static str, u64> {
    Members(Failure::ALL.map(|failure| (failure.name(), tally.failed(failure))).to_vec())
}

fn latency_us(tally: &Tally) -> Members<String, Option<f64>> {
    Members(latencies(tally).into_iter().map(|(name, latency)| (name, latency.map(us))).collect())
}

fn generator(results: &Results) -> Generator {
    let advice = results.bottleneck();
    let share = |thread: &crate::results::Thread| Thread { cpu_share: rounded(thread.cpu_share()) };
    Generator {
        cpu_us_per_request: results.cpu_us_per_request().map(rounded),
        late_max_us: us(results.late_max()),
        threads: results.threads().iter().map(share).collect(),
        bottleneck: advice.is_some(),
        advice,
    }
}

fn message<'a>(name: &'a str, tally: &Tally) -> Message<'a> {
    Message {
        name,
        requests: requests(tally),
        statuses: tally.statuses().clone(),
        errors: errors(tally),
        latency_us: latency_us(tally),
    }
}

fn asserted(verdict: &Verdict) -> Asserted<'_> {
    Asserted {
        assertion: verdict.assertion.to_string(),
        passed: verdict.passed,
        measured: &verdict.measured,
    }
}

/// Microseconds, exact to the nanosecond.
fn us(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e3
}

/// To three digits after the point: the others are noise, and hard to read.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests;
