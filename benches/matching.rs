//! Finding the provision of a request, from its path as received: among few provisions and among very many. A large set
//! is made when the first benchmark wants it, so that a filter on the command line saves the rest.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use serde_json::{Value, json};
use std::cell::LazyCell;
use std::hint::black_box;
use understudy_model::matching::clean::redirect;
use understudy_model::matching::uri::normalise;
use understudy_model::matching::{Config, MatchScratch};
use understudy_model::{
    Method, Provision, QueryFilter, Registry, STATE_INITIAL, Snapshot, UriScratch,
};

/// Different URIs that are asked for in turn: with a million rules, what they touch is more than the caches hold.
const URIS_MAX: usize = 1 << 16;

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

fn plain(n: usize) -> String {
    format!("/app/v1/load-test/id-{n}")
}

fn algorithm(name: &str) -> Value {
    json!({"algorithm": name})
}

/// Rules 0 to `count` for `GET`, which answer their number. The documents are all the same, since reading a million
/// would take longer than all else here.
fn filled(matching: &Value, count: usize, uri: impl Fn(usize) -> String) -> Registry<usize> {
    let document = json!({"requestMethod": "GET", "requestUri": "", "responseCode": 200});
    let template = Provision::parse(&document).expect("a valid provision");
    let mut registry = Registry::default();
    registry.set_matching(Config::parse(matching).expect("a valid document"));
    for n in 0..count {
        let provision = Provision { uri: uri(n).into(), ..template.clone() };
        registry.insert(provision, n).expect("a pattern");
    }
    registry
}

/// Numbers of rules, each as often as the others and out of order.
fn spread(count: usize) -> impl Iterator<Item = usize> {
    (0..URIS_MAX.min(count * 16)).map(move |n| n * 2_654_437 % count)
}

/// A snapshot and the URIs to ask it for.
struct Asked {
    snapshot: Snapshot<usize>,
    uris: Vec<String>,
}

impl Asked {
    /// Asserts that each URI finds the rule of its number.
    fn new(
        matching: &Value,
        count: usize,
        pattern: impl Fn(usize) -> String,
        uri: impl Fn(usize) -> String,
    ) -> Asked {
        Asked::of(filled(matching, count, pattern).snapshot(), uri)
    }

    fn of(snapshot: Snapshot<usize>, uri: impl Fn(usize) -> String) -> Asked {
        let asked = Asked { uris: spread(snapshot.len()).map(uri).collect(), snapshot };
        let (mut uri_scratch, mut scratch) = (UriScratch::default(), MatchScratch::default());
        for (uri, n) in asked.uris.iter().zip(spread(asked.snapshot.len())) {
            let found = asked.find(uri, &mut uri_scratch, &mut scratch);
            assert_eq!(found, Some(n), "{uri}");
        }
        asked
    }

    #[inline]
    fn find(&self, raw: &str, uri: &mut UriScratch, scratch: &mut MatchScratch) -> Option<usize> {
        let uri = self.snapshot.normalise(raw.as_bytes(), uri);
        let found = self.snapshot.find(Method::GET, uri, STATE_INITIAL.as_bytes(), scratch);
        found.map(|rule| *rule.answer())
    }
}

fn look_up(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: BenchmarkId,
    make: impl FnOnce() -> Asked,
) {
    let asked = LazyCell::new(make);
    let (mut uri_scratch, mut scratch) = (UriScratch::default(), MatchScratch::default());
    let mut at = 0;
    group.throughput(Throughput::Elements(1));
    group.bench_function(id, |b| {
        let asked = &*asked;
        b.iter(|| {
            at = if at + 1 < asked.uris.len() { at + 1 } else { 0 };
            asked.find(black_box(&asked.uris[at]), &mut uri_scratch, &mut scratch)
        });
    });
}

pub(super) fn exact(c: &mut Criterion) {
    let mut group = c.benchmark_group("matching/exact look-up");
    let full = algorithm("FullMatching");
    for count in [1, 1000, 1_000_000] {
        let id = BenchmarkId::from_parameter(count);
        look_up(&mut group, id, || Asked::new(&full, count, plain, plain));
    }
    let snapshot = filled(&full, 1000, plain).snapshot();
    let mut scratch = MatchScratch::default();
    let mut find = |uri: &str, state: &str| {
        snapshot.find(Method::GET, uri.as_bytes(), state.as_bytes(), &mut scratch).is_some()
    };
    assert!(!find("/app/v1/none", STATE_INITIAL));
    group.bench_function("1000, no provision for it", |b| {
        b.iter(|| find(black_box("/app/v1/none"), black_box(STATE_INITIAL)));
    });
    assert!(!find("/app/v1/load-test/id-21", "elsewhere"));
    group.bench_function("1000, none for its state", |b| {
        b.iter(|| find(black_box("/app/v1/load-test/id-21"), black_box("elsewhere")));
    });
    let mut registry = filled(&full, 1000, plain);
    let document = json!({"requestMethod": "GET", "responseCode": 404});
    let default = Provision::parse(&document).expect("a valid provision");
    registry.insert(default, usize::MAX).expect("a rule");
    let snapshot = registry.snapshot();
    let mut find = |uri: &str| {
        let found = snapshot.find(Method::GET, uri.as_bytes(), b"initial", &mut scratch);
        found.map(|rule| *rule.answer())
    };
    assert_eq!(find("/app/v1/none"), Some(usize::MAX));
    group.bench_function("1000, the default provision", |b| {
        b.iter(|| find(black_box("/app/v1/none")));
    });
    group.finish();
}

pub(super) fn regex(c: &mut Criterion) {
    let mut group = c.benchmark_group("matching/regex look-up");
    let priority = algorithm("PriorityMatchingRegex");
    for (shape, pattern, uri) in SHAPES {
        for count in [1, 100, 10_000] {
            let id = BenchmarkId::new(shape, count);
            look_up(&mut group, id, || Asked::new(&priority, count, pattern, uri));
        }
    }
    let (_, pattern, uri) = SHAPES[0];
    look_up(&mut group, BenchmarkId::new("end, posted one by one", 10_000), || {
        let mut registry = filled(&priority, 0, pattern);
        let document = json!({"requestMethod": "GET", "requestUri": "", "responseCode": 200});
        let template = Provision::parse(&document).expect("a valid provision");
        for n in 0..10_000 {
            let provision = Provision { uri: pattern(n).into(), ..template.clone() };
            registry.insert(provision, n).expect("a pattern");
            registry.snapshot();
        }
        Asked::of(registry.snapshot(), uri)
    });
    group.finish();
    regex_misses(c);
}

/// Requests that no pattern matches, though each of them is in the set with its beginning.
fn regex_misses(c: &mut Criterion) {
    let mut group = c.benchmark_group("matching/regex look-up, none matches");
    group.throughput(Throughput::Elements(1));
    let priority = algorithm("PriorityMatchingRegex");
    for (shape, pattern, uri) in SHAPES {
        let snapshot = LazyCell::new(|| filled(&priority, 10_000, pattern).snapshot());
        let uri = uri(4711) + "/beyond";
        let mut scratch = MatchScratch::default();
        group.bench_function(BenchmarkId::new(shape, 10_000), |b| {
            let snapshot = &*snapshot;
            let mut find = |uri: &str| {
                snapshot.find(Method::GET, uri.as_bytes(), b"initial", &mut scratch).is_some()
            };
            assert!(!find(&uri), "{shape}");
            b.iter(|| find(black_box(&uri)));
        });
    }
    group.finish();
}

pub(super) fn regex_replace(c: &mut Criterion) {
    let mut group = c.benchmark_group("matching/regex-replace look-up");
    let matching = json!({
        "algorithm": "FullMatchingRegexReplace", "rgx": "(/app/v1/load-test/id-[0-9]+)/ts-[0-9]+", "fmt": "$1"
    });
    for count in [1, 10_000] {
        let uri = |n| format!("{}/ts-1615562841", plain(n));
        let id = BenchmarkId::from_parameter(count);
        look_up(&mut group, id, || Asked::new(&matching, count, plain, uri));
    }
    group.finish();
}

/// Paths as received, and what is looked up.
pub(super) fn normal_form(c: &mut Criterion) {
    let mut group = c.benchmark_group("matching/normal form of a path");
    let mut scratch = UriScratch::default();
    for (name, raw, expected) in [
        ("as it is", "/app/v1/load-test/id-21", "/app/v1/load-test/id-21"),
        ("escapes", "/app/v1/load%20test/id%2D21", "/app/v1/load test/id-21"),
        ("query in order", "/app/v1/id-21?a=1&b=2&c=3", "/app/v1/id-21?a=1&b=2&c=3"),
        ("query out of order", "/app/v1/id-21?c=3&a=1&b=2", "/app/v1/id-21?a=1&b=2&c=3"),
        ("query with escapes", "/app/v1/id-21?b=x%20y&a=1+2", "/app/v1/id-21?a=1 2&b=x y"),
    ] {
        let filter = QueryFilter::SortAmpersand;
        assert_eq!(normalise(raw.as_bytes(), filter, &mut scratch), expected.as_bytes());
        group.throughput(Throughput::Bytes(raw.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| normalise(black_box(raw.as_bytes()), filter, &mut scratch).len());
        });
    }
    let (clean, unclean) = ("/app/v1/load-test/id-21", "/app//v1/../v1/id-21");
    assert!(redirect(clean.as_bytes()).is_none());
    assert_eq!(redirect(unclean.as_bytes()).as_deref(), Some(&b"/app/v1/id-21"[..]));
    for (name, raw) in [("clean", clean), ("not clean", unclean)] {
        group.throughput(Throughput::Bytes(raw.len() as u64));
        group.bench_function(BenchmarkId::new("redirect", name), |b| {
            b.iter(|| redirect(black_box(raw.as_bytes())).is_some());
        });
    }
    group.finish();
}
