//! Server data under load from several threads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use understudy_model::Method;
use understudy_model::events::{NewEvent, ReplyRecord, ServerData, Storage};
use understudy_model::json;
use understudy_model::reply::Reply;

const STORAGE: Storage = Storage { events: true, history: true };
const THREADS: u64 = 8;
const CYCLE: [&str; 3] = ["initial", "second", "third"];
const URI: &str = "/one/key";

/// One request: finds the state, answers by it, and moves on to the next one. Gives the state found.
fn request(data: &ServerData, uri: &str, fixed: &Arc<Reply>) -> usize {
    let mut entry = data.open(Method::GET, uri);
    let found = CYCLE.iter().position(|state| *state == entry.state()).unwrap();
    let record = ReplyRecord { code: 200, delay_ms: 0, fixed, added_headers: &[], body: None };
    entry.append(&NewEvent {
        received_ms: 0,
        sequence: data.next_sequence(),
        previous_state: CYCLE[found],
        state: CYCLE[(found + 1) % 3],
        fields: b"",
        body: b"",
        reply: Some(record),
        virtual_origin: None,
    });
    found
}

#[test]
fn each_request_is_in_one_state_and_moves_it_on_once() {
    const REQUESTS: u64 = 6000;
    let data = ServerData::new(STORAGE, 0);
    let fixed = Arc::new(Reply::default());
    let found: Vec<[u64; 3]> = thread::scope(|scope| {
        let thread = || {
            let mut found = [0; 3];
            for _ in 0..REQUESTS / THREADS {
                found[request(&data, URI, &fixed)] += 1;
            }
            found
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(thread)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for state in 0..3 {
        let sum: u64 = found.iter().map(|found| found[state]).sum();
        assert_eq!(sum, REQUESTS / 3, "exactly a third each");
    }

    let mut text = Vec::new();
    let mut reader = data.key(Method::GET, URI).unwrap();
    while reader.next_piece(&mut text) {}
    let key = json::parse(&text).unwrap();
    let events = key["requests"].as_array().unwrap();
    let mut before = "initial";
    for event in events {
        assert_eq!(event["previousState"], before);
        before = event["state"].as_str().unwrap();
    }
    let sequences: Vec<_> =
        events.iter().map(|event| event["serverSequence"].as_u64().unwrap()).collect();
    assert!(sequences.is_sorted(), "taken while the key was locked");
    assert!(sequences.into_iter().eq(0..REQUESTS), "distinct and gapless");
}

#[test]
fn readers_and_deletions_do_not_disturb_traffic() {
    const REQUESTS: u64 = 4000;
    const KEYS: u64 = 100;
    let data = ServerData::new(STORAGE, 150 << 10);
    let fixed = Arc::new(Reply::default());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let traffic: Vec<_> = (0..4)
            .map(|thread| {
                let (data, fixed) = (&data, &fixed);
                scope.spawn(move || {
                    for n in 0..REQUESTS {
                        let uri = format!("/{}", (n * 7 + thread) % KEYS);
                        request(data, &uri, fixed);
                        if n % 97 == 0 {
                            data.open(Method::GET, &uri).purge();
                        }
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let Some(mut reader) = data.all() else { continue };
                let mut text = Vec::new();
                while reader.next_piece(&mut text) {}
                let all = json::parse(&text).unwrap();
                for key in all.as_array().unwrap() {
                    let events = key["requests"].as_array().map_or(&[][..], |events| events);
                    // Some may be dropped in between; none comes twice.
                    let sequences = events.iter().map(|event| event["serverSequence"].as_u64());
                    assert!(sequences.is_sorted_by(|one, next| one < next), "{}", key["uri"]);
                }
            }
        });
        for thread in traffic {
            thread.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let stats = data.stats();
    assert!(stats.bytes <= stats.bytes_max && stats.evicted_events > 0, "{stats:?}");
    assert_eq!(data.next_sequence(), 4 * REQUESTS);
    let mut reader = data.all().unwrap();
    let mut text = Vec::new();
    while reader.next_piece(&mut text) {}
    let all = json::parse(&text).unwrap();
    let states: HashMap<_, _> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let last = key["requests"].as_array().unwrap().last().unwrap();
            (key["uri"].as_str().unwrap(), last["state"].as_str().unwrap())
        })
        .collect();
    for (uri, state) in states {
        assert_eq!(data.open(Method::GET, uri).state(), state);
    }
}
