//! The open loop: how many requests a rate makes, and when they arrive.

use crate::support::{Asked, Behaviour, Reply, Server, Speaks, loadtest, take_ms};
use std::time::Duration;

/// How many requests arrived in each of these parts of the time from the first to the last.
fn arrivals(asked: &[Asked], parts: usize) -> Vec<usize> {
    let first = asked.first().unwrap().arrived;
    let length = asked.last().unwrap().arrived - first;
    let mut counts = vec![0; parts];
    for asked in asked {
        let part = (asked.arrived - first).as_secs_f64() / length.as_secs_f64() * parts as f64;
        counts[(part as usize).min(parts - 1)] += 1;
    }
    counts
}

#[test]
fn a_constant_rate_makes_so_many_requests_evenly() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&[
        "-r",
        "500",
        "-t",
        "2s",
        "-c",
        "2",
        "--threads",
        "2",
        "--json",
        &server.url("/"),
    ]);
    assert_eq!(run.code, Some(0));
    run.expect_all_good(1000);
    assert_eq!(server.count(), 1000);
    assert_eq!(run.json()["latency_from"], "due");
    // The last one is due 2 ms before the end.
    let elapsed_s = run.number("/elapsed_s");
    assert!((1.99..4.0).contains(&elapsed_s), "{elapsed_s}");
    // A quarter of the time each, less what a busy machine makes late.
    let quarters = arrivals(&server.asked(), 4);
    assert!(quarters.iter().all(|count| (150..=350).contains(count)), "{quarters:?}");
}

#[test]
fn http1_has_an_open_loop_too() {
    let server = Server::of_text(Speaks::Http1, "x");
    let run =
        loadtest(&["-r", "300", "-t", "1s", "-c", "3", "--http1", "--json", &server.url("/")]);
    run.expect_all_good(300);
    assert_eq!(server.count(), 300);
    assert_eq!(server.connections(), 3);
}

/// The area under 0 to 600 a second in two seconds is 600, a quarter of it in the first half.
#[test]
fn a_ramp_makes_more_and_more() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&["-r", "0..600", "-t", "2s", "--json", &server.url("/")]);
    run.expect_all_good(600);
    let asked = server.asked();
    assert_eq!(asked.len(), 600);
    // In the n-th quarter 1/16, 3/16, 5/16 and 7/16 of them: 37, 113, 187, 263.
    let quarters = arrivals(&asked, 4);
    assert!(quarters.is_sorted(), "{quarters:?}");
    assert!((15..80).contains(&quarters[0]) && (200..330).contains(&quarters[3]), "{quarters:?}");
}

#[test]
fn stages_follow_each_other() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&["-r", "200:500ms,200..1000:500ms,100:1s", "--json", &server.url("/")]);
    // 100, then a mean of 600 a second for half a second, then 100.
    run.expect_all_good(500);
    let asked = server.asked();
    assert_eq!(asked.len(), 500);
    let within = |from_ms, to_ms| {
        let range = Duration::from_millis(from_ms)..Duration::from_millis(to_ms);
        asked.iter().filter(|one| range.contains(&(one.arrived - asked[0].arrived))).count()
    };
    let counts = [within(0, 500), within(500, 1000), within(1000, 3000)];
    for (count, due) in counts.into_iter().zip([100usize, 300, 100]) {
        assert!(count.abs_diff(due) <= 60, "{counts:?}");
    }
}

#[test]
fn a_number_of_requests_ends_it_early() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&[
        "-r",
        "1000",
        "-n",
        "123",
        "-c",
        "2",
        "--threads",
        "2",
        "--json",
        &server.url("/"),
    ]);
    run.expect_all_good(123);
    assert_eq!(server.count(), 123);
    assert!(run.number("/elapsed_s") < 5.0);
}

/// 200/s for the warm-up of half a second, and one second after it.
#[test]
fn the_warm_up_is_not_measured() {
    let server = Server::of_text(Speaks::Http2, "x");
    let url = server.url("/");
    let run = loadtest(&["-r", "200", "-t", "1s", "--warm-up", "500ms", "--json", &url]);
    run.expect_all_good(200);
    assert_eq!(server.count(), 300);
    let rate = run.number("/sent_per_s");
    assert!((100.0..=205.0).contains(&rate), "{rate}");
}

/// Four requests wait at most, and the answers take 20 ms: 200 a second. What was due and waits for room is late, and
/// its latency says so: 300 requests due within 0.3 s take 1.5 s, so that the last one waits for about 1.2 s.
#[test]
fn waiting_for_room_is_latency() {
    let server = Server::start_async(Behaviour::of(Speaks::Http2), |_| async {
        take_ms(20).await;
        Reply::text("x")
    });
    let run = loadtest(&["-r", "1000", "-t", "300ms", "-m", "4", "--json", &server.url("/")]);
    run.expect_all_good(300);
    assert_eq!(server.in_flight_max(), 4);
    let [median, longest] = ["/latency_us/p50", "/latency_us/max"].map(|at| run.number(at) / 1e6);
    assert!((0.55..2.0).contains(&median), "{median}");
    assert!(longest >= 1.15, "{longest}");
    // That is the server's fault.
    assert_eq!(run.json()["generator"]["bottleneck"], false);
}

/// No room until the end: what was never sent is reported as such, and not as sent.
#[test]
fn what_was_due_and_never_sent_is_counted() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |_| Reply::Never);
    let url = server.url("/");
    let run = loadtest(&["-r", "20", "-t", "1s", "-m", "5", "--timeout", "1500ms", "--json", &url]);
    // Due 50 ms apart. Five are sent at 0 to 200 ms, and make room 1500 ms later, for five of those that wait. These would
    // make room at 3 s, but 2500 ms is 1500 ms after the end, and the others are given up.
    run.expect_counts(10, 0, 0, &[("timeout", 10), ("unsent", 10)]);
    assert_eq!(server.count(), 10);
    assert_eq!(run.code, Some(0));
}
