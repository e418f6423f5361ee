//! States under parallel load: one key, one cycle, nothing counted twice and nothing lost.

use crate::support::process::run;
use crate::support::server::Server;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::Command;

const REQUESTS: usize = 300_000;
const CONNECTIONS: usize = 64;

/// Each state has a status of its own, so that the load generator counts them.
const CYCLE: [(&str, &str, u16); 3] =
    [("initial", "second", 200), ("second", "third", 300), ("third", "initial", 400)];

fn cycle(server: &Server, transform: Option<&Value>) {
    for (in_state, out_state, code) in CYCLE {
        let mut provision = json!({"requestMethod": "GET", "requestUri": "/cycle", "responseCode": code,
            "inState": in_state, "outState": out_state});
        if let Some(items) = transform {
            provision["transform"] = items.clone();
        }
        server.provision(&provision);
    }
}

/// How many answers of each hundred there were.
fn hammer(server: &Server, requests: usize) -> [usize; 3] {
    let url = format!("http://{}/cycle", server.traffic);
    let (n, c) = (format!("-n{requests}"), format!("-c{CONNECTIONS}"));
    let done = run(Command::new("h2load").args(["-t1", "-m10", &n, &c, &url]));
    let line = done.stdout.lines().find(|line| line.starts_with("status codes:"));
    let line = line.unwrap_or_else(|| panic!("{}{}", done.stdout, done.stderr));
    let numbers: Vec<usize> = line.split([' ', ',']).filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers.len(), 4, "{line}");
    [numbers[0], numbers[1], numbers[2]]
}

/// Sequence numbers and states of the events in the order of their key.
fn history(server: &Server) -> Vec<Value> {
    let answer = server.admin("GET", "/admin/v1/server-data", "");
    assert_eq!(answer.status, 200);
    let keys: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(keys.as_array().unwrap().len(), 1, "one key");
    keys[0]["requests"].as_array().unwrap().clone()
}

fn assert_chain(events: &[Value], requests: usize) {
    assert_eq!(events.len(), requests);
    let next: HashMap<&str, &str> =
        CYCLE.iter().map(|&(before, after, _)| (before, after)).collect();
    let mut state = "initial";
    for event in events {
        assert_eq!(event["previousState"], state);
        state = next[state];
        assert_eq!(event["state"], state);
    }
    let mut sequences: Vec<u64> =
        events.iter().map(|event| event["serverSequence"].as_u64().unwrap()).collect();
    sequences.sort_unstable();
    let gapless = sequences.iter().enumerate().all(|(n, &sequence)| sequence == n as u64);
    assert!(gapless, "sequence numbers are distinct and without gaps");
}

#[test]
fn a_cycle_of_three_is_kept_exactly() {
    let server = Server::start(&["--worker-threads", "4"]);
    cycle(&server, None);
    assert_eq!(hammer(&server, REQUESTS), [REQUESTS / 3; 3]);
    assert_chain(&history(&server), REQUESTS);
}

/// Programs that read events run outside of the lock and begin again when the key has changed meanwhile.
#[test]
fn a_cycle_that_reads_its_own_history_is_kept_exactly() {
    let server = Server::start(&["--worker-threads", "4"]);
    let items = json!([
        {"source": "value.GET", "target": "var.last.method"},
        {"source": "value./cycle", "target": "var.last.uri"},
        {"source": "value.-1", "target": "var.last.number"},
        {"source": "value./serverSequence", "target": "var.last.path"},
        {"source": "event.last", "target": "response.header.x-last"},
    ]);
    cycle(&server, Some(&items));
    let requests = REQUESTS / 20;
    assert_eq!(hammer(&server, requests), [requests / 3; 3]);
    assert_chain(&history(&server), requests);
}
