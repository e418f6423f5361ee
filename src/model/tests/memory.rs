//! What server data costs in memory, asked of the allocator.
//!
//! One test only: the allocator counts what the whole process does.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;
use understudy_model::Method;
use understudy_model::events::{NewEvent, ReplyRecord, ServerData, Storage, fields};
use understudy_model::reply::Reply;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const STORAGE: Storage = Storage { events: true, history: true };

/// What an event may cost over its bytes on the wire.
const OVERHEAD_BYTES_MAX: f64 = 128.0;

/// The same for an event that is the only one of its key, whose URI is not counted as its bytes.
const OVERHEAD_ALONE_BYTES_MAX: f64 = 320.0;

/// Keeps events with a request body of 200 bytes and a computed response body of 1 KiB, and gives the bytes that each
/// took over those, as the store counts them and as the allocator does.
fn overhead(events: u64, bytes_max: usize, uri: impl Fn(u64) -> String) -> (ServerData, f64, f64) {
    let mut section = Vec::new();
    for (name, value) in [
        ("content-type", "application/json"),
        ("content-length", "200"),
        ("user-agent", "load/1.0"),
        ("x-identifier", "0123456789abcdef0123456789abcdef"),
    ] {
        fields::write(&mut section, name.as_bytes(), value.as_bytes());
    }
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let fixed = Arc::new(Reply {
        code: 200,
        headers: Arc::new(headers),
        body: vec![b'f'; 1000].into(),
        ..Reply::default()
    });
    let (body, computed) = ([b'q'; 200], [b'p'; 1024]);
    let payload = (body.len() + computed.len()) as f64;
    let region = Region::new(ALLOCATOR);
    let data = ServerData::new(STORAGE, bytes_max);
    for sequence in 0..events {
        let uri = uri(sequence);
        data.open(Method::POST, &uri).append(&NewEvent {
            received_ms: 1_626_047_915_716 + sequence,
            sequence: data.next_sequence(),
            previous_state: "initial",
            state: "initial",
            fields: &section,
            body: &body,
            reply: Some(ReplyRecord {
                code: 200,
                delay_ms: 0,
                fixed: &fixed,
                added_headers: &[],
                body: Some(&computed),
            }),
            virtual_origin: None,
        });
    }
    let change = region.change();
    let allocated = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
    let stored = data.stats().events as f64;
    let counted = data.stats().bytes as f64;
    (data, counted / stored - payload, allocated / stored - payload)
}

#[test]
fn an_event_costs_its_bytes_and_little_more() {
    let (data, counted, allocated) =
        overhead(100_000, 0, |_| "/app/v1/load-test/id-555".to_owned());
    assert_eq!(data.stats().events, 100_000);
    assert!(counted > 0.0 && counted <= OVERHEAD_BYTES_MAX, "{counted} bytes as counted");
    assert!(allocated > 0.0 && allocated <= OVERHEAD_BYTES_MAX, "{allocated} bytes allocated");
    drop(data);

    let (data, counted, allocated) = overhead(50_000, 0, |n| format!("/app/v1/load-test/{n}"));
    assert_eq!(data.stats().keys, 50_000);
    assert!(counted <= OVERHEAD_ALONE_BYTES_MAX, "{counted} bytes as counted, one event a key");
    assert!(allocated <= OVERHEAD_ALONE_BYTES_MAX, "{allocated} bytes allocated, one event a key");
    drop(data);

    // Under a bound the count must be the truth, whatever is dropped on the way.
    let bytes_max = 8 << 20;
    let (data, counted, allocated) = overhead(50_000, bytes_max, |n| format!("/{}", n * n % 1000));
    let stats = data.stats();
    assert!(stats.bytes <= bytes_max && stats.evicted_events > 40_000, "{stats:?}");
    let difference = (counted - allocated).abs() * stats.events as f64 / stats.bytes as f64;
    assert!(difference < 0.05, "counted {counted}, allocated {allocated}");
}
