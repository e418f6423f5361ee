//! The store against a plain list of events that does the same.

use super::*;
use proptest::prelude::*;

const METHODS: [Method; 2] = [Method::GET, Method::PUT];
const URIS: [&str; 3] = ["/a", "/b?x=1", "/\u{e9}"];
const STATES: [&str; 4] = ["initial", "busy", "", "a rather long state that has some text in it"];

#[derive(Clone, Debug)]
enum Step {
    Append { foreign: bool, state: usize, body: usize, is_provisioned: bool, replies: usize },
    Purge,
    DeleteEvent(i8),
    DeleteKey,
    DeleteAll,
    Storage(Storage),
}

fn step() -> impl Strategy<Value = (usize, usize, Step)> {
    let append = (any::<bool>(), 0..STATES.len(), 0usize..3, 0u8..5, 0usize..3).prop_map(
        |(foreign, state, body, chance, replies)| Step::Append {
            foreign,
            state,
            body: [0, 60, 3000][body],
            is_provisioned: chance > 0,
            replies,
        },
    );
    let storage = (any::<bool>(), any::<bool>())
        .prop_map(|(events, history)| Step::Storage(Storage { events, history }));
    let step = prop_oneof![
        40 => append,
        2 => Just(Step::Purge),
        6 => any::<i8>().prop_map(|number| Step::DeleteEvent(number % 12)),
        1 => Just(Step::DeleteKey),
        1 => Just(Step::DeleteAll),
        4 => storage,
    ];
    (0..METHODS.len(), 0..URIS.len(), step)
}

/// What the store should hold: keys in the order of their creation.
struct Plain {
    keys: Vec<(Method, &'static str, Vec<Json>)>,
    storage: Storage,
}

impl Plain {
    fn at(&self, method: Method, uri: &str) -> Option<usize> {
        self.keys.iter().position(|key| (key.0, key.1) == (method, uri))
    }

    fn append(&mut self, method: Method, uri: &'static str, is_provisioned: bool, event: Json) {
        if !self.storage.events {
            return;
        }
        let at = self.at(method, uri).unwrap_or_else(|| {
            self.keys.push((method, uri, Vec::new()));
            self.keys.len() - 1
        });
        if !self.storage.history && is_provisioned {
            self.keys[at].2.pop();
        }
        self.keys[at].2.push(event);
    }

    fn delete_event(&mut self, method: Method, uri: &str, number: i8) -> Deleted {
        let Some(at) = self.at(method, uri) else { return Deleted::Unknown };
        let events = &mut self.keys[at].2;
        let index = match number {
            0 => return Deleted::NoSuchEvent,
            1.. => number as usize - 1,
            _ => match events.len().checked_sub(number.unsigned_abs() as usize) {
                Some(index) => index,
                None => return Deleted::NoSuchEvent,
            },
        };
        if index >= events.len() {
            return Deleted::NoSuchEvent;
        }
        events.remove(index);
        Deleted::Done
    }

    fn state(&self, method: Method, uri: &str) -> String {
        let last = self.at(method, uri).and_then(|at| self.keys[at].2.last());
        let state = last.map_or("", |event| event["state"].as_str().unwrap());
        if state.is_empty() { "initial".to_owned() } else { state.to_owned() }
    }

    fn all(&self) -> Option<Json> {
        let keys = self.keys.iter().map(|(method, uri, events)| match events.is_empty() {
            true => json!({"method": method.as_str(), "uri": uri}),
            false => json!({"method": method.as_str(), "requests": events, "uri": uri}),
        });
        (!self.keys.is_empty()).then(|| keys.collect())
    }
}

/// Both sides, and what a step does to them.
struct Pair {
    data: ServerData,
    plain: Plain,
    replies: Vec<Arc<Reply>>,
}

impl Pair {
    fn take(&mut self, sequence: u64, method: Method, uri: &'static str, step: &Step) {
        match *step {
            Step::Append { foreign, state, body, is_provisioned, replies } => {
                let target = if foreign { METHODS[0] } else { method };
                let state = STATES[state];
                self.append(sequence, (method, target, uri), state, body, is_provisioned, replies);
            }
            Step::Purge => {
                let at = self.plain.at(method, uri);
                assert_eq!(self.data.open(method, uri).purge(), at.is_some());
                at.map(|at| self.plain.keys.remove(at));
            }
            Step::DeleteEvent(number) => {
                let parsed = EventNumber::parse(&number.to_string()).unwrap();
                let deleted = self.data.delete_event(method, uri, parsed);
                assert_eq!(deleted, self.plain.delete_event(method, uri, number));
            }
            Step::DeleteKey => {
                let at = self.plain.at(method, uri);
                assert_eq!(self.data.delete_key(method, uri), at.is_some());
                at.map(|at| self.plain.keys.remove(at));
            }
            Step::DeleteAll => {
                assert_eq!(self.data.delete_all(), !self.plain.keys.is_empty());
                self.plain.keys.clear();
            }
            Step::Storage(storage) => {
                self.data.set_storage(storage);
                self.plain.storage = storage;
            }
        }
    }

    fn append(
        &mut self,
        sequence: u64,
        (method, target, uri): (Method, Method, &'static str),
        state: &str,
        body: usize,
        is_provisioned: bool,
        replies: usize,
    ) {
        let body = format!("{}{sequence}", "1".repeat(body));
        let value = format!("{}{sequence}", "v".repeat(replies * 20));
        let mut fields = Vec::new();
        super::super::fields::write(&mut fields, b"x-value", value.as_bytes());
        let computed = format!("[{sequence}]");
        let added = vec![("x-added".to_owned(), sequence.to_string())];
        let fixed = &self.replies[replies];
        let mut entry = self.data.open(method, uri);
        let previous_state = entry.state().to_owned();
        let record = ReplyRecord {
            code: u32::from(fixed.code),
            delay_ms: 1 << replies,
            fixed,
            added_headers: &added,
            body: (replies == 0).then_some(computed.as_bytes()),
        };
        entry.append_to(
            target,
            &NewEvent {
                received_ms: 1000 + sequence,
                sequence,
                previous_state: &previous_state,
                state,
                fields: &fields,
                body: body.as_bytes(),
                reply: is_provisioned.then_some(record),
                virtual_origin: (method != target).then_some(method),
            },
        );
        let mut event = json!({
            "body": json::parse(body.as_bytes()).unwrap_or_else(|_| body.into()),
            "headers": {"x-value": value},
            "previousState": if is_provisioned { &previous_state } else { "" },
            "receptionTimestampMs": 1000 + sequence,
            "responseDelayMs": if is_provisioned { 1 << replies } else { 0 },
            "responseStatusCode": if is_provisioned { u32::from(fixed.code) } else { 501 },
            "serverSequence": sequence,
            "state": if is_provisioned { state } else { "" },
        });
        if is_provisioned {
            event["responseBody"] = match replies {
                0 => json!([sequence]),
                _ => json!({"fixed": replies}),
            };
            event["responseHeaders"] = json!({"x-added": sequence.to_string()});
        }
        if method != target {
            event["virtualOriginComingFromMethod"] = method.as_str().into();
        }
        drop(entry);
        self.plain.append(target, uri, is_provisioned, event);
    }

    fn compare(&self) {
        assert_eq!(read_all(&self.data), self.plain.all());
        assert_eq!(self.data.is_empty(), self.plain.keys.is_empty());
        let stats = self.data.stats();
        let events: usize = self.plain.keys.iter().map(|key| key.2.len()).sum();
        assert_eq!((stats.keys, stats.events), (self.plain.keys.len() as u64, events as u64));
        for (method, uri) in METHODS.into_iter().flat_map(|m| URIS.map(|uri| (m, uri))) {
            assert_eq!(self.data.open(method, uri).state(), self.plain.state(method, uri));
            let events = self.plain.at(method, uri).map(|at| &self.plain.keys[at].2);
            assert_eq!(self.data.contains(method, uri), events.is_some());
            let events = events.map_or(&[][..], |events| events);
            for number in 0..events.len() as u64 + 2 {
                let index = (number as usize).checked_sub(1);
                let expected = index.and_then(|index| events.get(index)).cloned();
                let event = self.data.event(method, uri, EventNumber::FromStart(number));
                assert_eq!(event, expected);
                let expected = events.iter().rev().nth(index.unwrap_or(usize::MAX)).cloned();
                let event = self.data.event(method, uri, EventNumber::FromEnd(number));
                assert_eq!(event, expected);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_store_holds_what_a_plain_list_would(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let replies = (0..3).map(|n| {
            let body = format!("{{\"fixed\":{n}}}").into();
            Arc::new(Reply { code: 200 + n, body, ..Reply::default() })
        });
        let mut pair = Pair {
            data: ServerData::new(KEPT, 0),
            plain: Plain { keys: Vec::new(), storage: KEPT },
            replies: replies.collect(),
        };
        let count = steps.len();
        for (sequence, (method, uri, step)) in steps.into_iter().enumerate() {
            pair.take(sequence as u64, METHODS[method], URIS[uri], &step);
            if sequence % 16 == 0 || sequence + 1 == count {
                pair.compare();
            }
        }
        pair.data.delete_all();
        prop_assert_eq!(pair.data.stats().bytes, 0);
    }
}
