//! Runs with known figures, for the tests of results, assertions and reports.

use crate::record::{Failure, Share, Tally, Traffic};
use crate::results::{Facts, Results};
use std::time::Duration;

/// A plain run in a closed loop, with two threads.
pub(crate) fn facts() -> Facts {
    Facts {
        target: "http://127.0.0.1:8000/".to_owned(),
        protocol: "HTTP/2".to_owned(),
        load: "8 connections x 100 streams, 1000 requests".to_owned(),
        threads: 2,
        connections: 8,
        streams: 100,
        is_open_loop: false,
        names: vec![String::new()],
        started: "2026-01-02T03:04:05.678Z".parse().expect("a point in time"),
    }
}

#[allow(clippy::field_reassign_with_default)]
fn sent(requests: u64) -> Tally {
    let mut tally = Tally::default();
    tally.sent = requests;
    tally
}

/// So many requests of one kind, sent and answered well after 1 ms each, by a thread that ran so long.
pub(crate) fn share(requests: usize, wall: Duration) -> Share {
    let mut tally = sent(requests as u64);
    for _ in 0..requests {
        tally.answer(200, Duration::from_millis(1), 1000, Ok(()));
    }
    Share { tallies: vec![tally], wall, ..Share::default() }
}

/// 100 requests in 2 seconds: 96 answered well after 1, 2, ... 96 microseconds, 2 with 404 after 200 us and 300 us,
/// one timed out, one lost with its connection. Thread 0 was busy for 250 ms of its 2 s, thread 1 for 1.96 s.
pub(crate) fn hundred(facts: Facts) -> Results {
    let mut results = Results::new(facts);
    let mut first = sent(50);
    (1..=50).for_each(|us| first.answer(200, Duration::from_micros(us), 1000, Ok(())));
    let mut second = sent(50);
    (51..=96).for_each(|us| second.answer(201, Duration::from_micros(us), 1000, Ok(())));
    for us in [200, 300] {
        second.answer(404, Duration::from_micros(us), 2000, Err(Failure::Status));
    }
    second.fail(Failure::Timeout);
    second.fail(Failure::Lost);
    let traffic = |connected, lost| Traffic {
        connected,
        refused: 0,
        lost,
        sent_bytes: 5_000_000,
        received_bytes: 50_000_000,
    };
    let wall = Duration::from_secs(2);
    let share = |tally, traffic, cpu_ms| Share {
        tallies: vec![tally],
        traffic,
        cpu: Duration::from_millis(cpu_ms),
        wall,
        late_max: Duration::ZERO,
    };
    results.add(0, &share(first, traffic(4, 0), 250));
    results.add(1, &share(second, traffic(5, 1), 1960));
    results.set_elapsed(wall);
    results
}
