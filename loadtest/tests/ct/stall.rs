//! A server that stops for a second: the open loop sees it as its users would, the closed loop hardly at all.

use crate::support::{Behaviour, Outcome, Reply, Server, Speaks, Started, loadtest, start};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

const STALL: Duration = Duration::from_secs(1);

/// Answers at once, but not between two and three seconds after the first request: what comes then is answered at the
/// end of it.
fn stalling() -> Server {
    let first = Arc::new(OnceLock::new());
    Server::start_async(Behaviour::of(Speaks::Http2), move |_| {
        let begin = *first.get_or_init(Instant::now) + Duration::from_secs(2);
        async move {
            if (begin..begin + STALL).contains(&Instant::now()) {
                tokio::time::sleep_until(begin + STALL).await;
            }
            Reply::text("x")
        }
    })
}

fn latencies_ms<const N: usize>(run: &Outcome, names: [&str; N]) -> [f64; N] {
    names.map(|name| run.number(&format!("/latency_us/{name}")) / 1e3)
}

/// 1000/s for five seconds: 5000 requests, of which 1000 are due while the server stalls, one each millisecond. The one
/// that is due x ms after the beginning of the stall waits for 1000 - x ms, so that latencies of these are spread evenly
/// from 0 to 1000 ms; the 4000 others are answered at once. So q per cent of all, from 80 on, are faster than
/// 1000 ms x (q - 80) / 20: p90 is 500 ms, p95 750 ms, p99 950 ms, p99.9 995 ms. It makes no difference whether they wait
/// at the server or, for lack of room, at the client.
fn expect_stall(name: &str, run: &Outcome) {
    run.expect_all_good(5000);
    let [p50, p90, p95, p99, p999, max] =
        latencies_ms(run, ["p50", "p90", "p95", "p99", "p99.9", "max"]);
    eprintln!(
        "{name}: p50 {p50:.1} p90 {p90:.1} p95 {p95:.1} p99 {p99:.1} p99.9 {p999:.1} max {max:.1} ms"
    );
    assert!((900.0..2000.0).contains(&max), "{name}: {max}");
    // A busy machine makes requests later, never earlier.
    for (measured, expected) in [(p90, 500.0), (p95, 750.0), (p99, 950.0), (p999, 995.0)] {
        assert!(
            (expected - 60.0..expected + 450.0).contains(&measured),
            "{name}: {measured}, not {expected}"
        );
    }
    assert!(p50 < 100.0, "{name}: {p50}");
}

#[test]
fn an_open_loop_shows_a_stalled_server_and_a_closed_loop_hides_it() {
    let (server, narrow_server) = (stalling(), stalling());
    let (url, narrow_url) = (server.url("/"), narrow_server.url("/"));
    let open = start(&["-r", "1000", "-t", "5s", "-c", "2", "--json", &url]);
    let narrow = start(&["-r", "1000", "-t", "5s", "-c", "2", "-m", "100", "--json", &narrow_url]);
    let [open, narrow] = [open, narrow].map(Started::finish);
    expect_stall("open loop", &open);
    expect_stall("open loop, 200 requests in flight at most", &narrow);
    assert_eq!((server.count(), narrow_server.count()), (5000, 5000));
    assert!(server.in_flight_max() > 900, "they are sent while the server stalls");
    assert_eq!(narrow_server.in_flight_max(), 200);

    let server = stalling();
    let closed = loadtest(&["-t", "5s", "-c", "1", "-m", "1", "--json", &server.url("/")]);
    let count = closed.number("/requests/sent") as u64;
    closed.expect_all_good(count);
    assert_eq!(server.count(), count);
    let [p99, p999, max] = latencies_ms(&closed, ["p99", "p99.9", "max"]);
    eprintln!("closed loop: {count} requests, p99 {p99:.1} p99.9 {p999:.1} max {max:.1} ms");
    assert!((900.0..1500.0).contains(&max), "one request saw it: {max}");
    assert!(count > 1000, "{count}");
    assert!(p99 < 100.0, "{p99}");
}
