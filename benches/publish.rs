//! What a change of the rules costs while workers hold the snapshot before it: the cost of one more should hardly depend
//! on how many there are.

use criterion::{BenchmarkId, Criterion, Throughput};
use serde_json::{Value, json};
use std::cell::LazyCell;
use std::hint::black_box;
use std::time::{Duration, Instant};
use understudy::publish::{Form, Publisher};
use understudy_model::matching::{Config, MatchScratch};
use understudy_model::{Method, Provision, Registry, Snapshot};

fn plain(n: usize) -> String {
    format!("/app/v1/load-test/id-{n}")
}

fn pattern(n: usize) -> String {
    format!("/app/v1/item-[0-9]+/n-{n}")
}

fn document(uri: &str) -> Value {
    json!({
        "requestMethod": "GET", "requestUri": uri, "responseCode": 200,
        "responseHeaders": {"content-type": "application/json"},
        "responseBody": {"id": "a8b8863", "name": "Ada Lovelace"},
    })
}

/// A set of rules that one more is put into, time and again. It begins anew when it has grown by a tenth.
struct Growing {
    matching: Config,
    uri: fn(usize) -> String,
    template: Provision,
    count: usize,
    registry: Registry<usize>,
    /// As a worker has it.
    held: Snapshot<usize>,
}

impl Growing {
    fn new(algorithm: &str, uri: fn(usize) -> String, count: usize) -> Growing {
        let matching = Config::parse(&json!({"algorithm": algorithm})).expect("a valid document");
        let mut growing = Growing {
            matching,
            uri,
            template: Provision::parse(&document("")).expect("a valid provision"),
            count,
            registry: Registry::default(),
            held: Snapshot::default(),
        };
        growing.begin();
        growing
    }

    fn begin(&mut self) {
        self.registry = Registry::default();
        self.registry.set_matching(self.matching.clone());
        for n in 0..self.count {
            let provision = self.provision(n);
            self.registry.insert(provision, n).expect("a pattern");
        }
        self.held = self.registry.snapshot();
    }

    fn provision(&self, n: usize) -> Provision {
        Provision { uri: (self.uri)(n).into(), ..self.template.clone() }
    }

    /// Puts one more in, publishes and gives up the snapshot before, and says how long that took.
    fn publish(&mut self) -> Duration {
        if self.registry.len() > self.count + self.count / 10 {
            self.begin();
        }
        let n = self.registry.len();
        let provision = self.provision(n);
        let start = Instant::now();
        let inserted = self.registry.insert(provision, n);
        self.held = self.registry.snapshot();
        let elapsed = start.elapsed();
        assert!(inserted.is_ok() && self.held.len() == n + 1);
        elapsed
    }

    /// Publishes once and asserts that the new rule is found by `uri`.
    fn check(&mut self, uri: impl Fn(usize) -> String) {
        let n = self.registry.len();
        self.publish();
        let mut scratch = MatchScratch::default();
        let uri = uri(n);
        let found = self.held.find(Method::GET, uri.as_bytes(), b"initial", &mut scratch);
        assert_eq!(found.map(|rule| *rule.answer()), Some(n), "{uri}");
    }
}

/// Insertion into the index and publication, without reading the document.
pub(super) fn one_more(c: &mut Criterion) {
    for (name, algorithm, uri, asked, counts) in [
        (
            "publish/one more among",
            "FullMatching",
            plain as fn(usize) -> String,
            plain as fn(usize) -> String,
            [1, 1000, 100_000],
        ),
        (
            "publish/one more pattern among",
            "PriorityMatchingRegex",
            pattern,
            |n| format!("/app/v1/item-4711/n-{n}"),
            [1, 100, 10_000],
        ),
    ] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for count in counts {
            let mut growing = None;
            group.bench_function(BenchmarkId::from_parameter(count), |b| {
                let growing = growing.get_or_insert_with(|| {
                    let mut growing = Growing::new(algorithm, uri, count);
                    growing.check(asked);
                    growing
                });
                b.iter_custom(|times| (0..times).map(|_| growing.publish()).sum());
            });
        }
        group.finish();
    }
}

fn documents(count: usize) -> Value {
    (0..count).map(|n| document(&plain(n))).collect()
}

/// From a parsed document to the pointer that workers load: what a POST costs the control plane.
pub(super) fn post(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish/post one among");
    group.throughput(Throughput::Elements(1));
    for count in [1, 1000, 100_000] {
        let mut publisher = None;
        let one = document(&plain(count / 2));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            let publisher = publisher.get_or_insert_with(|| {
                let mut publisher = Publisher::new();
                assert_eq!(publisher.load(&documents(count)).ok(), Some(Form::Array));
                publisher.load(&one).expect("a valid provision");
                assert_eq!(publisher.shared().load().rules.len(), count, "it replaces its like");
                publisher
            });
            b.iter(|| publisher.load(black_box(&one)).is_ok());
        });
    }
    group.finish();
}

/// A thousand provisions at once, published once.
pub(super) fn post_array(c: &mut Criterion) {
    const COUNT: usize = 1000;
    let documents = documents(COUNT);
    let mut publisher = Publisher::new();
    publisher.load(&documents).expect("valid provisions");
    assert_eq!(publisher.shared().load().rules.len(), COUNT);
    let mut group = c.benchmark_group("publish/post an array of");
    group.sample_size(20).throughput(Throughput::Elements(COUNT as u64));
    group.bench_function(BenchmarkId::from_parameter(COUNT), |b| {
        b.iter(|| {
            publisher.clear();
            publisher.load(black_box(&documents)).is_ok()
        });
    });
    group.finish();
}

/// The parts of a POST before anything is published.
pub(super) fn check(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish/check a provision");
    let mut transforming = document("/app/v1/id-21");
    transforming["transform"] = json!([
        {"source": "value.understudy", "target": "response.body.string.servedBy"},
        {"source": "request.uri.path", "target": "response.body.unsigned.number",
         "filter": {"RegexReplace": {"rgx": "/app/v1/id-([0-9]+)", "fmt": "$1"}}},
        {"source": "request.body.age", "target": "response.body.integer.doubled", "filter": {"Multiply": 2}},
    ]);
    for (name, document) in
        [("static", document("/app/v1/id-21")), ("three transformations", transforming)]
    {
        let provision = Provision::parse(&document).expect("a valid provision");
        assert_eq!(provision.program.is_some(), document.get("transform").is_some());
        group.throughput(Throughput::Bytes(provision.document.len() as u64));
        group.bench_function(name, |b| b.iter(|| Provision::parse(black_box(&document)).is_ok()));
    }
    group.finish();
}

pub(super) fn listing(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish/list all of");
    group.sample_size(20);
    for count in [1000, 100_000] {
        let publisher = LazyCell::new(|| {
            let mut publisher = Publisher::new();
            publisher.load(&documents(count)).expect("valid provisions");
            publisher
        });
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            let publisher = &*publisher;
            let bytes = publisher.listing().map_or(0, |listing| listing.len());
            assert!(bytes > count * document("").to_string().len(), "{bytes} bytes");
            b.iter(|| publisher.listing().map(|listing| listing.len()));
        });
    }
    group.finish();
}
