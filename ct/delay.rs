//! Delayed answers wait without holding anything up (`responseDelayMs`).

use crate::support::fixtures::{ROOT_BODY, SLOW_MS, Target};
use crate::support::frames::{self, code, headers, rst_stream, setting};
use crate::support::h1::H1;
use crate::support::h2::H2;
use crate::support::server::Server;
use serde_json::json;
use std::time::{Duration, Instant};

const DELAY_MS: u64 = 400;

/// A delay may be exceeded by this much: the machine is shared with all other tests. One delay after the other would
/// take a multiple of it.
const SLACK: Duration = Duration::from_secs(8);

fn server() -> Server {
    let server = Server::start(&[]);
    server.provision_get("/delayed", &json!({"done": true}), DELAY_MS);
    server.provision_get("/now", &json!({"done": true}), 0);
    server
}

/// Checks that a time is the delay, and not one delay after the other.
fn is_one_delay(elapsed: Duration) {
    let delay = Duration::from_millis(DELAY_MS);
    assert!(elapsed >= delay, "{elapsed:?} is less than the delay");
    assert!(elapsed < delay + SLACK, "{elapsed:?}");
}

#[test]
fn many_on_one_connection_take_about_one_delay() {
    let server = server();
    let mut client = H2::over(server.wire());
    let streams = client.settings[&setting::MAX_CONCURRENT_STREAMS].min(1000);
    let block = client.get("/delayed");
    let begun = Instant::now();
    client.send((0..streams).map(|n| headers(2 * n + 1, &block).end_stream()));
    for n in 0..streams {
        client.expect_status(2 * n + 1, 200);
    }
    is_one_delay(begun.elapsed());
}

#[test]
fn many_on_several_connections_take_about_one_delay() {
    let server = server();
    let mut clients: Vec<_> = (0..20).map(|_| H2::over(server.wire())).collect();
    let begun = Instant::now();
    for client in &mut clients {
        let block = client.get("/delayed");
        client.send((0..100).map(|n| headers(2 * n + 1, &block).end_stream()));
    }
    for client in &mut clients {
        for n in 0..100 {
            client.expect_status(2 * n + 1, 200);
        }
    }
    is_one_delay(begun.elapsed());
}

#[test]
fn http_1_1_connections_are_delayed_side_by_side() {
    let server = server();
    let mut clients: Vec<_> = (0..50).map(|_| H1::over(server.wire())).collect();
    let begun = Instant::now();
    for client in &mut clients {
        client.send("GET /delayed HTTP/1.1\r\nhost: localhost\r\n\r\n");
    }
    for client in &mut clients {
        assert_eq!(client.response().status, 200);
    }
    is_one_delay(begun.elapsed());
}

#[test]
fn quick_answers_overtake_delayed_ones() {
    let server = server();
    let mut client = H2::over(server.wire());
    client.send_get(1, "/delayed");
    client.send_get(3, "/now");
    client.expect_status(3, 200);
    assert!(client.stash().all(|f| f.stream != 1), "the delayed answer came first");
    client.expect_status(1, 200);
}

#[test]
fn different_delays_are_kept_apart() {
    let server = server();
    for delay_ms in [30, 90, 150, 210] {
        server.provision_get(&format!("/{delay_ms}"), &json!({"delay": delay_ms}), delay_ms);
    }
    let mut client = H2::over(server.wire());
    let begun = Instant::now();
    for (stream, path) in [(1, "/210"), (3, "/30"), (5, "/150"), (7, "/90")] {
        client.send_get(stream, path);
    }
    for (stream, delay_ms) in [(3, 30), (7, 90), (5, 150), (1, 210)] {
        assert_eq!(client.take("the next answer", |f| f.kind == frames::HEADERS).stream, stream);
        assert!(begun.elapsed() >= Duration::from_millis(delay_ms));
    }
}

#[test]
fn reset_during_the_delay_is_harmless() {
    let server = server();
    let mut client = H2::over(server.wire());
    for n in 0..200 {
        client.send_get(2 * n + 1, "/delayed");
        client.send([rst_stream(2 * n + 1, code::CANCEL)]);
    }
    client.send_get(1001, "/delayed");
    client.expect_status(1001, 200);
    client.expect_alive();
    assert!(
        client.stash().all(|f| f.kind != frames::HEADERS),
        "an answer to a stream that was reset"
    );
}

#[test]
fn close_during_the_delay_is_harmless() {
    let server = server();
    for _ in 0..50 {
        let mut client = H2::over(server.wire());
        client.send_get(1, "/delayed");
        client.expect_alive();
        let mut client = H1::over(server.wire());
        client.send("GET /delayed HTTP/1.1\r\nhost: localhost\r\n\r\n");
    }
    let mut client = H2::over(server.wire());
    client.send_get(1, "/delayed");
    client.expect_status(1, 200);
}

#[test]
fn delayed_answers_come_under_tls_too() {
    let begun = Instant::now();
    let mut client = H2::to(Target::Tls);
    client.send_get(1, "/slow");
    assert_eq!(client.expect_status(1, 200).body, ROOT_BODY.as_bytes());
    assert!(begun.elapsed() >= Duration::from_millis(SLOW_MS));
}

/// A hundred thousand answers wait at once: no thread and no task for each, and little memory.
#[test]
fn hundred_thousand_take_about_one_delay_and_little_memory() {
    const CLIENTS: usize = 100;
    const STREAMS: u32 = 1000;
    /// The stream, its head and its entry in the timers.
    const BYTES_PER_REQUEST_MAX: usize = 1024;
    let server = server();
    server.provision_get("/later", &json!({"done": true}), 1000);
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| H2::over(server.wire())).collect();
    let before = server.memory_bytes_max();
    let begun = Instant::now();
    for client in &mut clients {
        let block = client.get("/later");
        client.send_unlogged((0..STREAMS).map(|n| headers(2 * n + 1, &block).end_stream()));
    }
    for client in &mut clients {
        client.expect_ends(STREAMS);
    }
    let elapsed = begun.elapsed();
    assert!(elapsed >= Duration::from_secs(1), "{elapsed:?}");
    // About a second on a quiet machine; here the dev profile shares two cores with the rest of the suite. A second for
    // each connection, let alone for each request, would still show.
    assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
    let grown = server.memory_bytes_max() - before;
    assert!(grown < CLIENTS * STREAMS as usize * BYTES_PER_REQUEST_MAX, "{grown} bytes");
}
