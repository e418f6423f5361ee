use super::*;
use crate::assertion::{Assertion, evaluate};
use crate::report::testkit::{facts, hundred, share};
use crate::results::Facts;
use serde_json::Value;

/// The figures are worked out at the table's test. Of the latencies in nanoseconds, those from 2048 to 4095 lie in
/// buckets of 2, up to 8191 of 4, and so on; shown is the end: 49 000 is in 48 992..49 023 (32 wide), 74 000 in
/// 73 984..74 047 (64 wide), 89 000 in 88 960..89 023, 94 000 in 93 952..94 015. The mean is 5156 / 98 = 52.612 us.
const GOLDEN: &str = r#"{
  "target": "http://127.0.0.1:8000/",
  "protocol": "HTTP/2",
  "load": {
    "description": "8 connections x 100 streams, 1000 requests",
    "open_loop": false,
    "threads": 2,
    "connections": 8,
    "streams": 100
  },
  "started": "2026-01-02T03:04:05.678Z",
  "elapsed_s": 2.0,
  "requests": {
    "sent": 100,
    "answered": 98,
    "succeeded": 96,
    "failed": 4
  },
  "rps": 49.0,
  "sent_per_s": 50.0,
  "traffic": {
    "sent_bytes": 10000000,
    "received_bytes": 100000000,
    "body_bytes": 100000,
    "sent_mb_per_s": 5.0,
    "received_mb_per_s": 50.0,
    "body_mb_per_s": 0.05
  },
  "statuses": {
    "200": 50,
    "201": 46,
    "404": 2
  },
  "errors": {
    "status": 2,
    "unsaved": 0,
    "timeout": 1,
    "reset": 0,
    "lost": 1,
    "not-connected": 0,
    "unsent": 0
  },
  "connections": {
    "established": 9,
    "refused": 0,
    "lost": 1
  },
  "latency_from": "sent",
  "latency_us": {
    "min": 1.0,
    "mean": 52.612,
    "p50": 49.023,
    "p75": 74.047,
    "p90": 89.023,
    "p95": 94.015,
    "p99": null,
    "p99.9": null,
    "p99.99": null,
    "p99.999": null,
    "max": 300.0
  },
  "generator": {
    "cpu_us_per_request": 22100.0,
    "late_max_us": 0.0,
    "threads": [
      {
        "cpu_share": 0.125
      },
      {
        "cpu_share": 0.98
      }
    ],
    "bottleneck": true,
    "advice": "the generator is the bottleneck: a thread was busy 98 % of its time; use more --threads, on more cpus, to see what the target can do"
  },
  "messages": [],
  "assertions": [
    {
      "assertion": "p95<1ms",
      "passed": true,
      "measured": "94.015us"
    },
    {
      "assertion": "errors==0",
      "passed": false,
      "measured": "4"
    }
  ],
  "passed": false
}
"#;

#[test]
fn the_document_is_stable() {
    let results = hundred(facts());
    let assertions = ["p95<1ms", "errors==0"].map(|text| Assertion::parse(text).unwrap());
    assert_eq!(json(&results, &evaluate(&assertions, &results)), GOLDEN);
}

#[test]
fn messages_of_a_script_in_an_open_loop() {
    let names = vec!["login".to_owned(), "query".to_owned()];
    let mut results = Results::new(Facts { names, is_open_loop: true, ..facts() });
    let mut both = share(2, Duration::from_secs(1));
    both.tallies.push(share(3, Duration::from_secs(1)).tallies.remove(0));
    both.tallies[1].fail(Failure::Unsent);
    both.late_max = Duration::from_nanos(1_500);
    results.add(0, &both);
    let document: Value = serde_json::from_str(&json(&results, &[])).unwrap();
    assert_eq!(document["latency_from"], "due");
    assert_eq!(document["passed"], true);
    assert_eq!(document["generator"]["late_max_us"], 1.5);
    assert_eq!(document["generator"]["advice"], Value::Null);
    let messages = document["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0]["name"], "login");
    assert_eq!(messages[0]["requests"]["sent"], 2);
    assert_eq!(messages[1]["errors"]["unsent"], 1);
    assert_eq!(messages[1]["statuses"]["200"], 3);
    assert_eq!(messages[1]["latency_us"]["max"], 1000.0);
}

#[test]
fn a_run_in_which_nothing_happened_is_still_a_document() {
    let document: Value = serde_json::from_str(&json(&Results::new(facts()), &[])).unwrap();
    assert_eq!(document["rps"], 0.0);
    assert_eq!(document["latency_us"]["min"], Value::Null);
    assert_eq!(document["generator"]["cpu_us_per_request"], Value::Null);
}
