//! Look-up and publishing: one provision, a thousand, a million; one pattern, a hundred, ten thousand.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use understudy_model::matching::{Config, MatchScratch};
use understudy_model::{Method, Provision, Registry, STATE_INITIAL, Snapshot, UriScratch};

/// Shapes of patterns with a URI that each matches: told apart at the end, at the beginning, in the middle; with
/// alternatives; and one that needs an engine.
type Shape = (&'static str, fn(usize) -> String, fn(usize) -> String);
const SHAPES: [Shape; 5] = [
    ("end", |n| format!("/app/v1/item-[0-9]+/n-{n}"), |n| format!("/app/v1/item-4711/n-{n}")),
    ("beginning", |n| format!("/app/v1/x/{n}/[a-z]+"), |n| format!("/app/v1/x/{n}/load")),
    ("middle", |n| format!("/app/[a-z0-9]+/id-{n}/[a-z]*"), |n| format!("/app/v1/id-{n}/load")),
    ("alternatives", |n| format!("/app/v1/(get|set)/n-{n}"), |n| format!("/app/v1/get/n-{n}")),
    ("engine", |n| format!("/app/v1/(get|set)+/n-{n}"), |n| format!("/app/v1/get/n-{n}")),
];

fn provision(uri: &str) -> Provision {
    let document = json!({"requestMethod": "GET", "requestUri": uri, "responseCode": 200});
    Provision::parse(&document).expect("a valid provision")
}

fn filled(matching: &Value, count: usize, uri: impl Fn(usize) -> String) -> Registry<usize> {
    let mut registry = Registry::default();
    registry.set_matching(Config::parse(matching).expect("a valid document"));
    for n in 0..count {
        registry.insert(provision(&uri(n)), n).expect("a pattern");
    }
    registry
}

fn plain(n: usize) -> String {
    format!("/app/v1/load-test/id-{n}")
}

fn full() -> Value {
    json!({"algorithm": "FullMatching"})
}

fn priority() -> Value {
    json!({"algorithm": "PriorityMatchingRegex"})
}

/// URIs for all of `count` rules, out of order, so that a large table is not read from the cache.
fn spread(count: usize, uri: impl Fn(usize) -> String) -> Vec<String> {
    (0..4096.min(count * 16)).map(|n| uri(n * 2_654_435 % count)).collect()
}

fn look_up(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    id: BenchmarkId,
    snapshot: &Snapshot<usize>,
    uris: &[String],
) {
    let (mut uri_scratch, mut scratch) = (UriScratch::default(), MatchScratch::default());
    let mut uris = uris.iter().cycle();
    group.bench_function(id, |b| {
        b.iter(|| {
            let raw = uris.next().map_or("", String::as_str);
            let uri = snapshot.normalise(black_box(raw.as_bytes()), &mut uri_scratch);
            let found = snapshot.find(Method::GET, uri, STATE_INITIAL.as_bytes(), &mut scratch);
            assert!(found.is_some(), "{raw}");
        });
    });
}

fn exact(c: &mut Criterion) {
    let mut group = c.benchmark_group("exact look-up");
    for count in [1, 1000, 1_000_000] {
        let snapshot = filled(&full(), count, plain).snapshot();
        let id = BenchmarkId::from_parameter(count);
        look_up(&mut group, id, &snapshot, &spread(count, plain));
    }
    group.finish();
}

fn regex(c: &mut Criterion) {
    let mut group = c.benchmark_group("regex look-up");
    for (shape, pattern, uri) in SHAPES {
        for count in [1, 100, 10_000] {
            let snapshot = filled(&priority(), count, pattern).snapshot();
            let id = BenchmarkId::new(shape, count);
            look_up(&mut group, id, &snapshot, &spread(count, uri));
        }
    }
    let (_, pattern, uri) = SHAPES[0];
    let mut registry = filled(&priority(), 1, pattern);
    for n in 1..10_000 {
        registry.insert(provision(&pattern(n)), n).expect("a pattern");
        registry.snapshot();
    }
    let id = BenchmarkId::new("posted one by one", 10_000);
    look_up(&mut group, id, &registry.snapshot(), &spread(10_000, uri));
    group.finish();
}

fn regex_replace(c: &mut Criterion) {
    let mut group = c.benchmark_group("regex-replace look-up");
    let matching = json!({
        "algorithm": "FullMatchingRegexReplace", "rgx": "(/app/v1/load-test/id-[0-9]+)/ts-[0-9]+", "fmt": "$1"
    });
    for count in [1, 10_000] {
        let snapshot = filled(&matching, count, plain).snapshot();
        let uri = |n| format!("{}/ts-1615562841", plain(n));
        look_up(&mut group, BenchmarkId::from_parameter(count), &snapshot, &spread(count, uri));
    }
    group.finish();
}

fn publish(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish one among");
    for count in [1, 1000, 1_000_000] {
        let mut registry = filled(&full(), count, plain);
        let mut previous = registry.snapshot();
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| {
                let replaced = registry.insert(provision(&plain(count / 2)), 7);
                previous = registry.snapshot();
                (replaced.is_ok(), previous.len())
            });
        });
    }
    group.finish();
}

/// With as many patterns as the times it is called, as a client does that posts them one by one.
fn publish_patterns(c: &mut Criterion) {
    let mut registry = filled(&priority(), 10_000, SHAPES[0].1);
    let (mut previous, mut n) = (registry.snapshot(), 10_000);
    c.bench_function("publish one more pattern among 10 000", |b| {
        b.iter(|| {
            n += 1;
            let inserted = registry.insert(provision(&SHAPES[0].1(n)), n);
            previous = registry.snapshot();
            (inserted.is_ok(), previous.len())
        });
    });
}

criterion_group!(benches, exact, regex, regex_replace, publish, publish_patterns);
criterion_main!(benches);
