//! Server data: recording what was received and answered, and reading it back.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use serde_json::{Value, json};
use std::cell::LazyCell;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use understudy_model::events::{
    Deleted, EventNumber, NewEvent, ReplyRecord, ServerData, Storage, fields,
};
use understudy_model::reply::Reply;
use understudy_model::{Method, STATE_INITIAL};

const HISTORY: Storage = Storage { events: true, history: true };
const LATEST: Storage = Storage { events: true, history: false };

/// After so many events a store without a bound is emptied, or a benchmark would fill the memory.
const EVENTS_KEPT: u64 = 100_000;

/// The bound of a store that is full.
const FULL_BYTES: usize = 16 << 20;

const URI: &str = "/app/v1/load-test/id-21";

/// What is recorded, time and again.
struct Recorder {
    data: ServerData,
    uris: Vec<String>,
    fields: Vec<u8>,
    body: Vec<u8>,
    reply: Arc<Reply>,
    /// A body that transformations made.
    computed: Option<Vec<u8>>,
    next: usize,
}

impl Recorder {
    fn new(storage: Storage, bytes_max: usize, keys: usize) -> Recorder {
        let mut packed = Vec::new();
        for (name, value) in [
            (&b"user-agent"[..], &b"bench"[..]),
            (b"content-type", b"application/json"),
            (b"content-length", b"49"),
            (b"accept", b"*/*"),
        ] {
            fields::write(&mut packed, name, value);
        }
        let uris = match keys {
            1 => vec![URI.to_owned()],
            keys => (0..keys).map(|n| format!("/app/v1/load-test/id-{n}")).collect(),
        };
        Recorder {
            data: ServerData::new(storage, bytes_max),
            uris,
            fields: packed,
            body: br#"{"id":"1a8b8863","name":"Ada Lovelace","age":198}"#.to_vec(),
            reply: Arc::new(Reply {
                code: 200,
                body: json!({"id": "x".repeat(990)}).to_string().into(),
                provision_uri: URI.into(),
                ..Reply::default()
            }),
            computed: None,
            next: 0,
        }
    }

    /// With so many events of one key.
    fn with_events(count: u64) -> Recorder {
        let mut recorder = Recorder::new(HISTORY, 0, 1);
        for _ in 0..count {
            recorder.record();
        }
        assert_eq!(recorder.data.stats().events, count);
        recorder
    }

    /// What the server does for a request: reads the state and appends the event, in one critical section.
    fn record(&mut self) -> usize {
        self.next = if self.next + 1 < self.uris.len() { self.next + 1 } else { 0 };
        let reply = ReplyRecord {
            code: 200,
            delay_ms: 0,
            fixed: &self.reply,
            added_headers: &[],
            body: self.computed.as_deref(),
        };
        let event = NewEvent {
            received_ms: 1_772_694_424_123,
            sequence: self.data.next_sequence(),
            previous_state: STATE_INITIAL,
            state: STATE_INITIAL,
            fields: &self.fields,
            body: &self.body,
            reply: Some(reply),
            virtual_origin: None,
        };
        let mut entry = self.data.open(Method::POST, &self.uris[self.next]);
        let state_bytes = black_box(entry.state()).len();
        entry.append(black_box(&event));
        state_bytes
    }

    /// Asserts that the latest event is what was recorded.
    fn check(&self) {
        let event = self.data.event(Method::POST, &self.uris[self.next], EventNumber::LAST);
        let event = event.expect("an event");
        assert_eq!(event["body"]["age"], json!(198));
        assert_eq!(event["headers"]["accept"], json!("*/*"));
        assert_eq!(event["responseStatusCode"], json!(200));
        let body: Value = match &self.computed {
            Some(body) => serde_json::from_slice(body).expect("valid JSON"),
            None => serde_json::from_slice(&self.reply.body).expect("valid JSON"),
        };
        assert_eq!(event["responseBody"], body);
    }

    /// Records so many events, emptying the store in between where it has no bound; emptying is not counted.
    fn record_times(&mut self, times: u64) -> Duration {
        let (mut elapsed, mut left) = (Duration::ZERO, times);
        while left > 0 {
            let now = left.min(EVENTS_KEPT);
            let start = Instant::now();
            for _ in 0..now {
                black_box(self.record());
            }
            elapsed += start.elapsed();
            left -= now;
            if self.data.stats().bytes_max == 0 {
                self.data.delete_all();
            }
        }
        elapsed
    }
}

fn append_row(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut recorder: Recorder) {
    recorder.record();
    recorder.check();
    group.throughput(Throughput::Elements(1));
    group.bench_function(name, |b| {
        b.iter_custom(|times| recorder.record_times(times));
    });
}

pub(super) fn append(c: &mut Criterion) {
    let mut group = c.benchmark_group("events/append an event");
    append_row(&mut group, "history of one key", Recorder::new(HISTORY, 0, 1));
    append_row(&mut group, "history of 10 000 keys", Recorder::new(HISTORY, 0, 10_000));
    append_row(&mut group, "latest of one key", Recorder::new(LATEST, 0, 1));
    append_row(&mut group, "latest of 10 000 keys", Recorder::new(LATEST, 0, 10_000));
    let mut computed = Recorder::new(HISTORY, 0, 1);
    computed.computed = Some(json!({"id": "y".repeat(990)}).to_string().into_bytes());
    append_row(&mut group, "history of one key, computed body of 1 KB", computed);
    for (name, keys) in [("full store, one key", 1), ("full store, 10 000 keys", 10_000)] {
        let mut recorder = Recorder::new(HISTORY, FULL_BYTES, keys);
        recorder.record_times(4 * EVENTS_KEPT);
        let stats = recorder.data.stats();
        assert!(stats.evicted_events > 0 && !stats.is_exceeded, "{stats:?}");
        append_row(&mut group, name, recorder);
    }
    let (data, storage) = (ServerData::new(HISTORY, 0), Storage { events: false, history: false });
    data.set_storage(storage);
    assert_eq!(data.next_sequence(), 0);
    group.bench_function("nothing recorded: the sequence number", |b| {
        b.iter(|| (data.is_empty(), data.storage(), data.next_sequence()));
    });
    group.finish();
}

/// One event out of the history of its key.
pub(super) fn one_event(c: &mut Criterion) {
    let mut group = c.benchmark_group("events/query one event of");
    group.throughput(Throughput::Elements(1));
    for count in [1, 1000, 1_000_000] {
        let recorder = LazyCell::new(|| Recorder::with_events(count));
        for (place, number) in [
            ("first", EventNumber::FromStart(1)),
            ("middle", EventNumber::FromStart(count / 2 + 1)),
            ("last", EventNumber::LAST),
        ] {
            let sequence = match number {
                EventNumber::FromStart(number) => number - 1,
                EventNumber::FromEnd(_) => count - 1,
            };
            group.bench_function(BenchmarkId::new(place, count), |b| {
                let data = &recorder.data;
                let event = data.event(Method::POST, URI, number).expect("an event");
                assert_eq!(event["serverSequence"], json!(sequence));
                b.iter(|| data.event(Method::POST, black_box(URI), number));
            });
        }
    }
    let recorder = Recorder::with_events(1000);
    let data = &recorder.data;
    let node = || data.node(Method::POST, black_box(URI), EventNumber::LAST, "/body/name");
    assert_eq!(node(), Some(json!("Ada Lovelace")));
    group.bench_function("node of the last/1000", |b| b.iter(node));
    let state = || data.open(Method::POST, black_box(URI)).state().len();
    assert_eq!(state(), STATE_INITIAL.len());
    group.bench_function("state/1000", |b| b.iter(state));
    group.finish();
}

/// All pieces of a text, one after another in the same memory; gives its length.
fn read(text: &mut Vec<u8>, mut next_piece: impl FnMut(&mut Vec<u8>) -> bool) -> usize {
    let mut bytes = 0;
    loop {
        text.clear();
        if !next_piece(text) {
            return bytes;
        }
        bytes += text.len();
    }
}

pub(super) fn many_events(c: &mut Criterion) {
    let mut group = c.benchmark_group("events/query all events of");
    group.sample_size(20);
    let mut text = Vec::new();
    let one = Recorder::with_events(1000);
    let mut key = || {
        let mut reader = one.data.key(Method::POST, URI).expect("a key");
        read(&mut text, |out| reader.next_piece(out))
    };
    let bytes = key();
    assert!(bytes > 1000 * 1000, "1000 events with their bodies: {bytes}");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("one key with 1000", |b| b.iter(&mut key));
    let mut many = Recorder::new(HISTORY, 0, 1000);
    for _ in 0..5000 {
        many.record();
    }
    let mut all = || {
        let mut reader = many.data.all().expect("keys");
        read(&mut text, |out| reader.next_piece(out))
    };
    let bytes = all();
    assert!(bytes > 5000 * 1000, "5000 events with their bodies: {bytes}");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("1000 keys with 5 each", |b| b.iter(&mut all));
    group.finish();
}

/// What is asked about the store as a whole.
pub(super) fn overview(c: &mut Criterion) {
    let mut group = c.benchmark_group("events/overview of keys");
    group.sample_size(20);
    for keys in [1000, 100_000] {
        let recorder = LazyCell::new(|| {
            let mut recorder = Recorder::new(HISTORY, 0, keys);
            for _ in 0..keys {
                recorder.record();
            }
            recorder
        });
        group.bench_function(BenchmarkId::new("summary of 10", keys), |b| {
            let data = &recorder.data;
            let summary = data.summary(10);
            assert_eq!(summary["totalKeys"], json!(keys));
            assert_eq!(summary["displayedKeys"]["amount"], json!(10));
            b.iter(|| data.summary(black_box(10)));
        });
        group.bench_function(BenchmarkId::new("stats", keys), |b| {
            let data = &recorder.data;
            assert_eq!(data.stats().keys, keys as u64);
            b.iter(|| data.stats());
        });
    }
    group.finish();
}

pub(super) fn delete(c: &mut Criterion) {
    let mut group = c.benchmark_group("events/delete");
    group.throughput(Throughput::Elements(1));
    for count in [1000, 1_000_000] {
        let mut recorder = None;
        group.bench_function(BenchmarkId::new("the first event of", count), |b| {
            let recorder = recorder.get_or_insert_with(|| Recorder::with_events(count));
            b.iter_custom(|times| {
                let mut elapsed = Duration::ZERO;
                for _ in 0..times {
                    let start = Instant::now();
                    let first = EventNumber::FromStart(1);
                    let deleted = recorder.data.delete_event(Method::POST, URI, first);
                    elapsed += start.elapsed();
                    assert_eq!(deleted, Deleted::Done);
                    recorder.record();
                }
                elapsed
            });
        });
    }
    let mut recorder = Recorder::with_events(1);
    group.bench_function("a key with one event: purge", |b| {
        b.iter(|| {
            recorder.record();
            let is_gone = recorder.data.open(Method::POST, URI).purge();
            assert!(is_gone);
        });
    });
    group.finish();
}
