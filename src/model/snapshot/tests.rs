//! The index against a list that is searched from one end to the other.

mod differential;
mod priority;

use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

fn provision(method: Method, uri: &str, in_state: &str) -> Provision {
    static ANY: LazyLock<Provision> = LazyLock::new(|| {
        let document = json!({"requestMethod": "GET", "responseCode": 200});
        Provision::parse(&document).unwrap()
    });
    Provision {
        in_state: in_state.to_owned().into(),
        method,
        uri: uri.into(),
        document: format!("{in_state} {method} {uri}").into_bytes().into(),
        ..ANY.clone()
    }
}

fn config(document: &serde_json::Value) -> Config {
    Config::parse(document).unwrap()
}

fn answer(snapshot: &Snapshot<u32>, method: Method, uri: &str, state: &str) -> Option<u32> {
    let mut scratch = MatchScratch::default();
    let rule = snapshot.find(method, uri.as_bytes(), state.as_bytes(), &mut scratch);
    rule.map(|rule| *rule.answer())
}

#[test]
fn default_provision_follows_method_and_state() {
    let mut registry = Registry::default();
    registry.insert(provision(Method::GET, "/a", "initial"), 1).unwrap();
    registry.insert(provision(Method::GET, "", "initial"), 2).unwrap();
    registry.insert(provision(Method::GET, "", "busy"), 3).unwrap();
    let rules = registry.snapshot();
    assert_eq!(answer(&rules, Method::GET, "/a", "initial"), Some(1));
    assert_eq!(answer(&rules, Method::GET, "/a", ""), Some(1), "an empty state is initial");
    assert_eq!(answer(&rules, Method::GET, "/b", "initial"), Some(2));
    assert_eq!(answer(&rules, Method::GET, "/a", "busy"), Some(3));
    assert_eq!(answer(&rules, Method::GET, "/a", "other"), None);
    assert_eq!(answer(&rules, Method::PUT, "/a", "initial"), None);
}

#[test]
fn snapshots_never_change() {
    let mut registry = Registry::default();
    let empty = registry.snapshot();
    registry.insert(provision(Method::GET, "/a", "initial"), 1).unwrap();
    let one = registry.snapshot();
    registry.insert(provision(Method::GET, "/a", "initial"), 2).unwrap();
    registry.insert(provision(Method::GET, "", "initial"), 3).unwrap();
    registry.set_matching(config(
        &json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": "Ignore"}),
    ));
    let two = registry.snapshot();
    assert!(registry.clear());
    assert!(!registry.clear());

    let mut scratch = UriScratch::default();
    assert_eq!(answer(&empty, Method::GET, "/a", ""), None);
    assert_eq!(answer(&one, Method::GET, "/a", ""), Some(1));
    assert_eq!(answer(&one, Method::GET, "/b", ""), None);
    assert_eq!(one.normalise(b"/a?b", &mut scratch), b"/a?b");
    assert_eq!(answer(&two, Method::GET, "/a", ""), Some(2));
    assert_eq!(answer(&two, Method::GET, "/b", ""), Some(3));
    assert_eq!(two.normalise(b"/a?b", &mut scratch), b"/a");
    let cleared = registry.snapshot();
    assert_eq!(answer(&cleared, Method::GET, "/b", ""), None);
    assert_eq!(cleared.normalise(b"/a?b", &mut scratch), b"/a", "clearing keeps the settings");
}

#[test]
fn listing_keeps_the_position_of_what_is_replaced() {
    let mut registry = Registry::default();
    for uri in ["/c", "/a", "/b", "/a"] {
        registry.insert(provision(Method::GET, uri, "initial"), 0).unwrap();
    }
    let listed: Vec<&[u8]> = registry.rules().iter().map(|rule| rule.document()).collect();
    assert_eq!(listed, [&b"initial GET /c"[..], b"initial GET /a", b"initial GET /b"]);
    assert_eq!(registry.len(), 3);
}

#[test]
fn uri_and_state_do_not_run_into_each_other() {
    let mut registry = Registry::default();
    registry.insert(provision(Method::GET, "/ab", "c"), 1).unwrap();
    registry.insert(provision(Method::GET, "/a", "bc"), 2).unwrap();
    let rules = registry.snapshot();
    assert_eq!(rules.len(), 2);
    assert_eq!(answer(&rules, Method::GET, "/ab", "c"), Some(1));
    assert_eq!(answer(&rules, Method::GET, "/a", "bc"), Some(2));
    for uri in [&b"/ab\xff"[..], b"/ab\xffc", b"/a", b"/"] {
        for state in [&b"c"[..], b""] {
            let found = rules.find(Method::GET, uri, state, &mut MatchScratch::default());
            assert!(found.is_none(), "{}", uri.escape_ascii());
        }
    }
}

#[test]
fn methods_beside_the_standard_ones_are_served_once_provisioned() {
    let mut registry = Registry::default();
    let patch = Method::register("PATCH").unwrap();
    let before = registry.snapshot();
    registry.insert(provision(patch, "/a", ""), 1).unwrap();
    let after = registry.snapshot();
    assert!(Method::ALL.into_iter().all(|method| before.serves(method)));
    assert!(!before.serves(patch) && after.serves(patch));
    assert_eq!(answer(&after, patch, "/a", ""), Some(1));
    assert_eq!(answer(&after, patch, "/b", ""), None);
    registry.clear();
    assert!(!registry.snapshot().serves(patch));
}

#[test]
fn rules_tell_what_they_were_posted_for_and_whether_they_were_used() {
    let mut registry = Registry::default();
    registry.insert(provision(Method::GET, "/a", ""), 1).unwrap();
    let rules = registry.snapshot();
    let found = rules.find(Method::GET, b"/a", b"", &mut MatchScratch::default()).unwrap();
    assert_eq!(
        (found.in_state(), found.provision_uri(), found.method()),
        ("initial", "/a", Method::GET)
    );
    assert!(!found.is_used());
    found.mark_used();
    found.mark_used();
    assert!(registry.rules()[0].is_used());
    registry.insert(provision(Method::GET, "/a", "initial"), 2).unwrap();
    assert!(!registry.rules()[0].is_used(), "posted anew and not used since");
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
            registry.insert(provision(key.0, &key.1, &key.2), i as u32).unwrap();
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
