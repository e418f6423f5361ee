//! The gate, without sockets.

use super::*;
use crate::publish::Publisher;
use understudy_model::events::Storage;
use understudy_model::json;
use understudy_wire::{Head, StreamId};

fn api(name: &str, version: &str) -> Api {
    Api { name: name.to_owned(), version: version.to_owned() }
}

fn passes(api: &Api, path: &str) -> bool {
    api.prefix().is_none_or(|prefix| has_prefix(path.as_bytes(), &prefix, &mut Vec::new()))
}

#[test]
fn the_prefix_is_compared_decoded_and_by_segments() {
    let both = api("app", "v1");
    for path in ["/app/v1", "/app/v1/", "/app/v1?x=1", "/%61pp/v1/x", "/app/v1/x/y"] {
        assert!(passes(&both, path), "{path}");
    }
    for path in ["/app/v1x", "/app", "/", "/other/app/v1", "/app/v1%3Fx", ""] {
        assert!(!passes(&both, path), "{path}");
    }
    assert!(passes(&api("app", ""), "/app/x"));
    assert!(passes(&api("", "v1"), "/anything"), "a version without a name demands nothing");
}

/// The answer to a request without body: status, and location or allow if there is one.
fn answer(serve: &Serve, published: &Published, method: &str, path: &str) -> (u16, Option<String>) {
    let mut head = Head::default();
    head.set_request(method.as_bytes(), b"http", b"h", path.as_bytes());
    let message = Message { stream: StreamId(1), head: &head, body: b"", trailers: None };
    let stats = WorkerStats::default();
    let batch = Batch::new(published, &stats);
    let reply = match serve.answer(&batch, &message) {
        Verdict::Moved(answer) => answer.reply,
        Verdict::Refused(answer) => Arc::clone(&answer.reply),
        Verdict::Fixed(answer) => Arc::clone(&answer.reply),
        Verdict::Rule { rule, .. } => Arc::clone(&rule.answer().reply),
    };
    let named = |(name, _): &&(String, String)| name == "location" || name == "allow";
    (reply.code, reply.headers.iter().find(named).map(|(_, value)| value.clone()))
}

fn serve(api: &Api) -> Serve {
    let storage = Storage { events: true, history: true };
    Serve::new(api, Arc::new(ServerData::new(storage, 0))).unwrap()
}

#[test]
fn the_gate_asks_for_path_then_method_then_prefix() {
    let serve = serve(&api("app", "v1"));
    let published = Published::default();
    let answer = |method, path| answer(&serve, &published, method, path);
    let allow = Some("POST, GET, PUT, DELETE, HEAD".to_owned());
    assert_eq!(answer("PATCH", "/x"), (405, allow.clone()));
    assert_eq!(answer("get", "/app/v1"), (405, allow), "methods are case-sensitive");
    assert_eq!(answer("GET", "/x"), (400, None));
    assert_eq!(answer("GET", "/app/v1/x"), (501, None));
    assert_eq!(answer("PATCH", "/a//b"), (301, Some("/a/b".to_owned())));
}

#[test]
fn another_method_passes_once_it_is_provisioned() {
    let serve = serve(&Api::default());
    let mut publisher = Publisher::new();
    let shared = publisher.shared();
    assert_eq!(answer(&serve, &shared.load(), "PURGE-IT", "/a").0, 405);
    let provision = br#"{"requestMethod":"PURGE-IT","requestUri":"/a","responseCode":204}"#;
    publisher.load(&json::parse(provision).unwrap()).unwrap();
    assert_eq!(answer(&serve, &shared.load(), "PURGE-IT", "/a").0, 204);
    assert_eq!(answer(&serve, &shared.load(), "PURGE-IT", "/b").0, 501);
    let allow = Some("POST, GET, PUT, DELETE, HEAD, PURGE-IT".to_owned());
    assert_eq!(answer(&serve, &shared.load(), "PURGE", "/a"), (405, allow));
    publisher.clear();
    assert_eq!(answer(&serve, &shared.load(), "PURGE-IT", "/a").0, 405);
}
