//! When something is stored, what the state is, and how it is deleted.

use super::*;

fn events(data: &ServerData) -> u64 {
    data.stats().events
}

#[test]
fn a3_1_the_state_is_that_of_the_last_event() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("");
    assert_eq!(data.open(Method::GET, URI).state(), "initial", "no such key -> initial");
    data.open(Method::GET, URI).append(&provisioned(&fixed, "initial", "busy"));
    assert_eq!(data.open(Method::GET, URI).state(), "busy");
    assert_eq!(data.open(Method::PUT, URI).state(), "initial", "each method has its own");
    assert_eq!(data.open(Method::GET, "/app/v1/fo").state(), "initial");
    data.open(Method::GET, URI).append(&unprovisioned());
    assert_eq!(data.open(Method::GET, URI).state(), "initial", "a 501 is not sticky");
    data.open(Method::GET, URI).append(&provisioned(&fixed, "initial", ""));
    assert_eq!(data.open(Method::GET, URI).state(), "initial", "an empty outState is initial");
    assert_eq!(states(&data, Method::GET, URI), ["busy", "", ""]);
}

#[test]
fn a3_3_purge_removes_the_key_with_all_its_history() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("");
    for method in [Method::GET, Method::GET, Method::PUT] {
        data.open(method, URI).append(&provisioned(&fixed, "initial", "busy"));
    }
    let mut entry = data.open(Method::GET, URI);
    assert!(entry.purge());
    assert_eq!(entry.state(), "initial");
    assert!(!entry.purge(), "nothing is left");
    drop(entry);
    assert!(data.key(Method::GET, URI).is_none());
    assert_eq!(data.open(Method::PUT, URI).state(), "busy", "never the foreign method's key");
    data.set_storage(NOTHING);
    assert!(data.open(Method::PUT, URI).purge(), "works also when storage is disabled");
    assert!(data.is_empty());
    data.set_storage(KEPT);
    let mut entry = data.open(Method::PUT, URI);
    assert!(!entry.purge());
    entry.append(&provisioned(&fixed, "initial", "again"));
    assert_eq!(entry.state(), "again");
}

#[test]
fn a3_4_virtual_events_go_to_the_other_method() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("");
    let mut entry = data.open(Method::POST, URI);
    entry.append(&provisioned(&fixed, "initial", "static"));
    let event = provisioned(&fixed, "initial", "transformed");
    entry.append_to(Method::GET, &NewEvent { virtual_origin: Some(Method::POST), ..event });
    assert_eq!(entry.state(), "static", "own event with the static outState");
    drop(entry);
    assert_eq!(data.open(Method::GET, URI).state(), "transformed");
    let event = data.event(Method::GET, URI, EventNumber::LAST).unwrap();
    assert_eq!(event["virtualOriginComingFromMethod"], "POST");
    assert_eq!(event["previousState"], "initial");
    let mut entry = data.open(Method::POST, URI);
    entry.append_to(Method::POST, &provisioned(&fixed, "static", "same"));
    assert_eq!(entry.state(), "same", "or it equals the received one");
}

#[test]
fn a3_5_without_history_the_latest_is_replaced() {
    let data = ServerData::new(LATEST, 0);
    let fixed = reply("");
    let add = |previous, state| {
        data.open(Method::GET, URI).append(&provisioned(&fixed, previous, state));
    };
    add("initial", "one");
    add("one", "two");
    assert_eq!(states(&data, Method::GET, URI), ["two"]);
    data.open(Method::GET, URI).append(&unprovisioned());
    data.open(Method::GET, URI).append(&unprovisioned());
    assert_eq!(states(&data, Method::GET, URI), ["two", "", ""], "unprovisioned: always appended");
    add("initial", "three");
    assert_eq!(states(&data, Method::GET, URI), ["two", "", "three"]);
    data.set_storage(KEPT);
    add("three", "four");
    add("four", "five");
    data.set_storage(LATEST);
    add("five", "six");
    assert_eq!(
        states(&data, Method::GET, URI),
        ["two", "", "three", "four", "six"],
        "history switched off later: the last is replaced and the state goes on"
    );
    assert_eq!(data.open(Method::GET, URI).state(), "six");
    let mut entry = data.open(Method::POST, URI);
    for state in ["a", "b"] {
        let event = provisioned(&fixed, "initial", state);
        entry.append_to(Method::PUT, &NewEvent { virtual_origin: Some(Method::POST), ..event });
    }
    drop(entry);
    assert_eq!(states(&data, Method::PUT, URI), ["b"], "the same for virtual events");
    assert!(!data.contains(Method::POST, URI));
}

#[test]
fn replacing_a_huge_event_gives_its_memory_back() {
    let data = ServerData::new(LATEST, 0);
    let fixed = reply("");
    let small = provisioned(&fixed, "initial", "small");
    let huge = vec![b'x'; 10 << 20];
    data.open(Method::GET, URI).append(&NewEvent { body: &huge, ..small });
    assert!(data.stats().bytes > huge.len());
    data.open(Method::GET, URI).append(&small);
    assert!(data.stats().bytes < 100_000);
    assert_eq!(states(&data, Method::GET, URI), ["small"]);
}

/// Rows of "What is recorded when", as far as the store decides.
#[test]
fn a3_what_is_recorded_when() {
    let fixed = reply("");
    for (row, storage, is_provisioned, purges, recorded) in [
        ("provision found: yes", KEPT, true, false, 1),
        ("provision found: unless purge", KEPT, true, true, 0),
        ("provision found: unless storage off", NOTHING, true, false, 0),
        ("501: yes", KEPT, false, false, 1),
        ("501: yes, without history", LATEST, false, false, 1),
        ("501: unless storage off", NOTHING, false, false, 0),
    ] {
        let data = ServerData::new(storage, 0);
        let mut entry = data.open(Method::GET, URI);
        match (purges, is_provisioned) {
            (true, _) => {
                entry.purge();
            }
            (_, true) => entry.append(&provisioned(&fixed, "initial", "initial")),
            (_, false) => entry.append(&unprovisioned()),
        }
        drop(entry);
        assert_eq!(events(&data), recorded, "{row}");
        assert_eq!(data.is_empty(), recorded == 0, "{row}");
    }
}

#[test]
fn a3_7_sequence_numbers_go_on_whatever_is_stored() {
    let data = ServerData::new(NOTHING, 0);
    assert_eq!(data.next_sequence(), 0, "starts at 0");
    assert_eq!(data.next_sequence(), 1);
    data.skip_sequences(5);
    data.delete_all();
    assert_eq!(data.next_sequence(), 7);
}

#[test]
fn a3_8_with_storage_off_old_data_stays() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("");
    data.open(Method::GET, URI).append(&provisioned(&fixed, "initial", "frozen"));
    data.set_storage(NOTHING);
    assert_eq!(data.storage(), NOTHING);
    data.open(Method::GET, URI).append(&provisioned(&fixed, "frozen", "next"));
    assert_eq!(data.open(Method::GET, URI).state(), "frozen");
    assert_eq!(events(&data), 1);
}

#[test]
fn a1_6_numbers() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("");
    for state in ["1", "2", "3"] {
        data.open(Method::GET, URI).append(&provisioned(&fixed, "", state));
    }
    for (number, state) in [
        ("1", Some("1")),
        ("3", Some("3")),
        ("4", None),
        ("0", None),
        ("-1", Some("3")),
        ("-3", Some("1")),
        ("-4", None),
        ("-0", None),
        ("18446744073709551615", Some("3")),
        ("18446744073709551614", None),
        ("-18446744073709551615", None),
    ] {
        let event = data.event(Method::GET, URI, EventNumber::parse(number).unwrap());
        assert_eq!(event.as_ref().map(|event| event["state"].as_str().unwrap()), state, "{number}");
    }
    assert_eq!(data.event(Method::PUT, URI, EventNumber::LAST), None, "key unknown");
}

#[test]
fn a1_7_deletion() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("");
    let number = |text| EventNumber::parse(text).unwrap();
    assert!(!data.delete_all(), "none -> delete everything: 204");
    assert!(!data.delete_key(Method::GET, URI), "key unknown -> 204");
    assert_eq!(data.delete_event(Method::GET, URI, number("1")), Deleted::Unknown);
    for state in ["1", "2", "3"] {
        data.open(Method::GET, URI).append(&provisioned(&fixed, "", state));
    }
    for missing in ["0", "4", "-4"] {
        let deleted = data.delete_event(Method::GET, URI, number(missing));
        assert_eq!(deleted, Deleted::NoSuchEvent, "number 0/out of range -> 204: {missing}");
    }
    assert_eq!(data.delete_event(Method::GET, URI, number("2")), Deleted::Done);
    assert_eq!(states(&data, Method::GET, URI), ["1", "3"]);
    assert_eq!(data.delete_event(Method::GET, URI, number("-1")), Deleted::Done);
    assert_eq!(data.open(Method::GET, URI).state(), "1", "the state follows from what is left");
    assert_eq!(data.delete_event(Method::GET, URI, number("1")), Deleted::Done);

    let emptied = json!({"method": "GET", "uri": URI});
    assert_eq!(read_key(&data, Method::GET, URI), Some(emptied.clone()), "an empty key stays");
    assert_eq!(read_all(&data), Some(json!([emptied])));
    assert_eq!(data.event(Method::GET, URI, EventNumber::LAST), None);
    assert_eq!(data.delete_event(Method::GET, URI, number("1")), Deleted::NoSuchEvent);
    assert_eq!(data.open(Method::GET, URI).state(), "initial", "the next request sees initial");
    data.set_storage(LATEST);
    data.open(Method::GET, URI).append(&provisioned(&fixed, "initial", "again"));
    assert_eq!(states(&data, Method::GET, URI), ["again"]);

    assert!(data.delete_key(Method::GET, URI), "method+uri -> removes the key, 200");
    data.open(Method::GET, URI).append(&unprovisioned());
    assert!(data.delete_all());
    assert!(data.is_empty() && data.all().is_none());
    assert_eq!((data.stats().keys, data.stats().events, data.stats().bytes), (0, 0, 0));
}

#[test]
fn the_generation_is_another_one_after_each_change() {
    let data = ServerData::new(KEPT, 0);
    let fixed = reply("");
    let generation = || data.open(Method::GET, URI).generation();
    let mut seen = vec![generation()];
    let changes: [&dyn Fn(); 5] = [
        &|| data.open(Method::GET, URI).append(&provisioned(&fixed, "", "1")),
        &|| data.open(Method::POST, URI).append_to(Method::GET, &unprovisioned()),
        &|| {
            data.delete_event(Method::GET, URI, EventNumber::LAST);
        },
        &|| {
            data.open(Method::GET, URI).purge();
            data.open(Method::GET, URI).append(&unprovisioned());
        },
        &|| {
            data.delete_all();
            data.open(Method::GET, URI).append(&unprovisioned());
        },
    ];
    for change in changes {
        change();
        assert!(!seen.contains(&generation()));
        assert_eq!(generation(), generation());
        seen.push(generation());
    }
    data.open(Method::PUT, URI).append(&unprovisioned());
    assert_eq!(seen.last(), Some(&generation()), "another key is none of its business");
}

#[test]
fn reading_goes_on_while_things_change() {
    let data = ServerData::new(KEPT, 0);
    let body = vec![b'7'; 40_000];
    let add = |count, uri: &str| {
        for sequence in 0..count {
            let event = NewEvent { sequence, body: &body, ..unprovisioned() };
            data.open(Method::GET, uri).append(&event);
        }
    };
    let rest = |reader: &mut AllReader, mut text: Vec<u8>| {
        while reader.next_piece(&mut text) {}
        json::parse(&text).unwrap()
    };
    let start = || {
        add(20, URI);
        let mut reader = data.all().unwrap();
        let mut text = Vec::new();
        assert!(reader.next_piece(&mut text));
        assert!(text.len() < 256 << 10, "pieces are bounded");
        (reader, text)
    };

    let (mut reader, text) = start();
    add(20, URI);
    let all = rest(&mut reader, text);
    assert_eq!(all[0]["requests"].as_array().unwrap().len(), 20, "later events are left out");

    for sequence in 0..2 {
        data.open(Method::PUT, URI).append(&NewEvent { sequence, ..unprovisioned() });
    }
    let mut reader = data.key(Method::PUT, URI).unwrap();
    data.open(Method::PUT, URI).append(&unprovisioned());
    let key = read(|out| reader.next_piece(out));
    assert_eq!(key["requests"].as_array().unwrap().len(), 2, "later events of the same chunk too");
    data.delete_key(Method::PUT, URI);

    let (mut reader, text) = start();
    data.delete_all();
    let all = rest(&mut reader, text);
    assert!(all[0]["requests"].as_array().unwrap().len() < 20, "deleted meanwhile");

    let (mut reader, text) = start();
    data.delete_all();
    add(20, URI);
    let all = rest(&mut reader, text);
    assert!(all[0]["requests"].as_array().unwrap().len() < 20, "another key of the same name");

    let mut reader = data.all().unwrap();
    data.delete_all();
    assert_eq!(rest(&mut reader, Vec::new()), json!([]));
    add(1, URI);
    let mut reader = data.key(Method::GET, URI).unwrap();
    data.delete_all();
    let gone = read(|out| reader.next_piece(out));
    assert_eq!(gone, json!({"method": "GET", "uri": URI}), "valid to the end");
}
