//! The bound on the memory.

use super::*;

/// Appends an event whose state is its number.
fn add(data: &ServerData, uri: &str, sequence: u64, body: &[u8]) {
    let fixed = reply("");
    let state = sequence.to_string();
    let event = NewEvent { sequence, body, ..provisioned(&fixed, "", &state) };
    data.open(Method::GET, uri).append(&event);
}

#[test]
fn the_oldest_history_goes_first() {
    let bytes_max = 256 << 10;
    let data = ServerData::new(KEPT, bytes_max);
    let body = [b'x'; 300];
    let uris: Vec<_> = (0..10).map(|key| format!("/{key}")).collect();
    for sequence in 0..5000 {
        let uri = &uris[sequence as usize % uris.len()];
        add(&data, uri, sequence, &body);
        assert!(data.stats().bytes <= bytes_max);
    }
    let stats = data.stats();
    assert!(!stats.is_exceeded);
    assert!(stats.bytes > bytes_max / 2, "what is allowed is used: {stats:?}");
    assert_eq!(stats.events + stats.evicted_events, 5000);
    assert!(stats.evicted_bytes > 300 * stats.evicted_events);
    let mut oldest = Vec::new();
    for (at, uri) in uris.iter().enumerate() {
        let left = states(&data, Method::GET, uri);
        let numbers: Vec<u64> = left.iter().map(|state| state.parse().unwrap()).collect();
        assert_eq!(numbers.last(), Some(&(4990 + at as u64)), "the latest of a key stays");
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 10), "no gaps: {numbers:?}");
        oldest.push(numbers[0]);
    }
    // A chunk is 4 KiB here, which is at most 14 events of a key, and so 140 of all ten.
    let spread = oldest.iter().max().unwrap() - oldest.iter().min().unwrap();
    assert!(spread <= 200, "all keys lost the same age: {oldest:?}");
}

#[test]
fn an_idle_key_keeps_its_state_and_nothing_else() {
    let data = ServerData::new(KEPT, 256 << 10);
    for sequence in 0..3 {
        add(&data, "/idle", sequence, b"idle");
    }
    for sequence in 3..5000 {
        add(&data, "/busy", sequence, &[b'x'; 300]);
    }
    assert_eq!(states(&data, Method::GET, "/idle"), ["2"]);
    assert_eq!(data.open(Method::GET, "/idle").state(), "2");
    let number = |number| data.event(Method::GET, "/idle", EventNumber::FromStart(number));
    assert_eq!(number(1).unwrap()["state"], "2", "it is the first one now");
    assert_eq!(number(2), None);
    assert_eq!(data.event(Method::GET, "/idle", EventNumber::LAST), number(1));
    assert_eq!(data.summary(1)["displayedKeys"]["list"][0]["amount"], 1);
}

#[test]
fn latest_events_stay_above_the_bound_and_that_is_told() {
    let data = ServerData::new(KEPT, 256 << 10);
    let body = [b'x'; 1000];
    for round in 0..3 {
        for key in 0..500 {
            add(&data, &format!("/{key}"), round * 500 + key, &body);
        }
    }
    let stats = data.stats();
    assert!(stats.is_exceeded && stats.bytes > stats.bytes_max, "{stats:?}");
    assert_eq!((stats.keys, stats.events, stats.evicted_events), (500, 500, 1000));
    for key in 0..500 {
        let state = (1000 + key).to_string();
        assert_eq!(data.open(Method::GET, &format!("/{key}")).state(), state);
    }
    for key in 0..490 {
        data.delete_key(Method::GET, &format!("/{key}"));
    }
    assert!(!data.stats().is_exceeded, "there is room again");
    add(&data, "/499", 2000, &body);
    assert_eq!(states(&data, Method::GET, "/499"), ["1499", "2000"]);
}

#[test]
fn keys_that_come_and_go_leave_nothing_behind() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("{}");
    let cycle = |count: u64| {
        for sequence in 0..count {
            let uri = format!("/{}", sequence % 1000);
            for state in ["one", "two"] {
                let event = NewEvent { sequence, ..provisioned(&fixed, "", state) };
                data.open(Method::GET, &uri).append(&event);
            }
            assert!(data.open(Method::GET, &uri).purge());
        }
        data.stats().bytes
    };
    add(&data, "/stays", 0, b"");
    add(&data, "/stays", 0, b"");
    let before = cycle(10_000);
    assert_eq!(cycle(50_000), before);
}

#[test]
fn memory_is_counted_down_to_nothing() {
    let data = ServerData::new(KEPT, 0);
    let section = vec![7; 100];
    for sequence in 0..10_000u64 {
        let uri = format!("/{}", sequence % 100);
        let event = NewEvent { sequence, fields: &section, ..unprovisioned() };
        data.open(Method::GET, &uri).append(&event);
        if sequence % 3 == 0 {
            data.delete_event(Method::GET, &uri, EventNumber::FromStart(2));
        }
    }
    assert!(data.stats().bytes > 6666 * 20);
    data.delete_all();
    assert_eq!(data.stats(), Stats::default());
}
