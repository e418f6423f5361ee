//! The index against a list that is searched from one end to the other.

use super::*;
use crate::Outcome;
use bytes::Bytes;
use proptest::prelude::*;
use std::time::Duration;

fn provision(method: Method, uri: &str, in_state: &str) -> Provision {
    Provision {
        in_state: in_state.to_owned().into(),
        out_state: "initial".into(),
        method,
        uri: uri.into(),
        outcome: Outcome::Status(200),
        headers: Vec::new(),
        body: Bytes::new(),
        delay: Duration::ZERO,
        document: format!("{in_state} {method} {uri}").into_bytes().into(),
    }
}

fn answer(snapshot: &Snapshot<u32>, method: Method, uri: &str, state: &str) -> Option<u32> {
    snapshot.find(method, uri.as_bytes(), state.as_bytes()).map(|rule| *rule.answer())
}

#[test]
fn default_provision_follows_method_and_state() {
    let mut registry = Registry::default();
    registry.insert(provision(Method::Get, "/a", "initial"), 1);
    registry.insert(provision(Method::Get, "", "initial"), 2);
    registry.insert(provision(Method::Get, "", "busy"), 3);
    let rules = registry.snapshot();
    assert_eq!(answer(&rules, Method::Get, "/a", "initial"), Some(1));
    assert_eq!(answer(&rules, Method::Get, "/a", ""), Some(1), "an empty state is initial");
    assert_eq!(answer(&rules, Method::Get, "/b", "initial"), Some(2));
    assert_eq!(answer(&rules, Method::Get, "/a", "busy"), Some(3));
    assert_eq!(answer(&rules, Method::Get, "/a", "other"), None);
    assert_eq!(answer(&rules, Method::Put, "/a", "initial"), None);
}

#[test]
fn snapshots_never_change() {
    let mut registry = Registry::default();
    let empty = registry.snapshot();
    registry.insert(provision(Method::Get, "/a", "initial"), 1);
    let one = registry.snapshot();
    registry.insert(provision(Method::Get, "/a", "initial"), 2);
    registry.insert(provision(Method::Get, "", "initial"), 3);
    registry.set_query_filter(QueryFilter::Ignore);
    let two = registry.snapshot();
    assert!(registry.clear());
    assert!(!registry.clear());

    let mut scratch = UriScratch::default();
    assert_eq!(answer(&empty, Method::Get, "/a", ""), None);
    assert_eq!(answer(&one, Method::Get, "/a", ""), Some(1));
    assert_eq!(answer(&one, Method::Get, "/b", ""), None);
    assert_eq!(one.normalise(b"/a?b", &mut scratch), b"/a?b");
    assert_eq!(answer(&two, Method::Get, "/a", ""), Some(2));
    assert_eq!(answer(&two, Method::Get, "/b", ""), Some(3));
    assert_eq!(two.normalise(b"/a?b", &mut scratch), b"/a");
    let cleared = registry.snapshot();
    assert_eq!(answer(&cleared, Method::Get, "/b", ""), None);
    assert_eq!(cleared.normalise(b"/a?b", &mut scratch), b"/a", "clearing keeps the settings");
}

#[test]
fn listing_keeps_the_position_of_what_is_replaced() {
    let mut registry = Registry::default();
    for uri in ["/c", "/a", "/b", "/a"] {
        registry.insert(provision(Method::Get, uri, "initial"), 0);
    }
    let listed: Vec<&[u8]> = registry.rules().iter().map(|rule| rule.document()).collect();
    assert_eq!(listed, [&b"initial GET /c"[..], b"initial GET /a", b"initial GET /b"]);
    assert_eq!(registry.len(), 3);
}

#[test]
fn uri_and_state_do_not_run_into_each_other() {
    let mut registry = Registry::default();
    registry.insert(provision(Method::Get, "/ab", "c"), 1);
    registry.insert(provision(Method::Get, "/a", "bc"), 2);
    let rules = registry.snapshot();
    assert_eq!(rules.len(), 2);
    assert_eq!(answer(&rules, Method::Get, "/ab", "c"), Some(1));
    assert_eq!(answer(&rules, Method::Get, "/a", "bc"), Some(2));
    for uri in [&b"/ab\xff"[..], b"/ab\xffc", b"/a", b"/"] {
        assert!(rules.find(Method::Get, uri, b"c").is_none(), "{}", uri.escape_ascii());
        assert!(rules.find(Method::Get, uri, b"").is_none(), "{}", uri.escape_ascii());
    }
}

type Key = (Method, String, String);

fn keys() -> impl Strategy<Value = Key> {
    let method = prop::sample::select(&Method::ALL[..]);
    (method, "(|/[ab]{0,2})", prop::sample::select(&["initial", "s1", "s2"][..]))
        .prop_map(|(method, uri, state)| (method, uri, state.to_owned()))
}

proptest! {
    #[test]
    fn finds_what_a_scan_finds(
        inserted in prop::collection::vec(keys(), 0..60),
        asked in prop::collection::vec(keys(), 1..60),
        published_at in 0usize..60,
    ) {
        let (mut registry, mut list) = (Registry::default(), Vec::<(Key, u32)>::new());
        let mut published = (registry.snapshot(), list.clone());
        for (i, key) in inserted.into_iter().enumerate() {
            if i == published_at {
                published = (registry.snapshot(), list.clone());
            }
            registry.insert(provision(key.0, &key.1, &key.2), i as u32);
            match list.iter_mut().find(|(listed, _)| *listed == key) {
                Some((_, answer)) => *answer = i as u32,
                None => list.push((key, i as u32)),
            }
        }
        let listed: Vec<u32> = registry.rules().iter().map(|rule| *rule.answer()).collect();
        prop_assert_eq!(listed, list.iter().map(|(_, answer)| *answer).collect::<Vec<_>>());
        for (rules, list) in [(registry.snapshot(), list), published] {
            prop_assert_eq!(rules.len(), list.len());
            for (method, uri, state) in &asked {
                let scan = |uri: &str| {
                    let key = (*method, uri.to_owned(), state.clone());
                    list.iter().find(|(listed, _)| *listed == key).map(|(_, answer)| *answer)
                };
                let expected = scan(uri).or_else(|| scan(""));
                prop_assert_eq!(answer(&rules, *method, uri, state), expected);
            }
        }
    }
}
