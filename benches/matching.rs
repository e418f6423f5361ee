//! Look-up and publishing: one provision, a thousand, a million.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use understudy_model::{Method, Provision, Registry, STATE_INITIAL, UriScratch};

fn provision(n: usize) -> Provision {
    let document = serde_json::json!({
        "requestMethod": "GET", "requestUri": format!("/app/v1/load-test/id-{n}"), "responseCode": 200
    });
    Provision::parse(&document).expect("a valid provision")
}

fn filled(count: usize) -> Registry<usize> {
    let mut registry = Registry::default();
    (0..count).for_each(|n| registry.insert(provision(n), n));
    registry
}

fn exact(c: &mut Criterion) {
    let mut group = c.benchmark_group("exact look-up");
    for count in [1, 1000, 1_000_000] {
        let snapshot = filled(count).snapshot();
        let mut scratch = UriScratch::default();
        // A stride that visits the keys out of order, so that a large table is not read from the cache.
        let uris: Vec<String> =
            (0..4096).map(|n| format!("/app/v1/load-test/id-{}", n * 2_654_435 % count)).collect();
        let mut uris = uris.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                let raw = uris.next().map_or("", String::as_str);
                let uri = snapshot.normalise(black_box(raw.as_bytes()), &mut scratch);
                snapshot.find(Method::Get, uri, STATE_INITIAL.as_bytes()).is_some()
            });
        });
    }
    group.finish();
}

fn publish(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish one among");
    for count in [1, 1000, 1_000_000] {
        let mut registry = filled(count);
        let mut previous = registry.snapshot();
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                registry.insert(provision(count / 2), 7);
                previous = registry.snapshot();
                previous.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, exact, publish);
criterion_main!(benches);
