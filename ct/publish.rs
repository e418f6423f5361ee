//! Publishing while traffic flows: nothing is lost, and after the 201 everybody sees the new answer.

use crate::support::fixtures::{self, Target};
use crate::support::h1::H1;
use crate::support::load;
use crate::support::server::{Server, admin_request};
use crate::support::wire::Wire;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Publications, one each 10 ms.
const PUBLICATIONS: u64 = 300;
const CONNECTIONS: usize = 4;
const STREAMS: usize = 50;

fn version_of(body: &[u8]) -> u64 {
    let body: Value = serde_json::from_slice(body).unwrap();
    body["version"].as_u64().unwrap()
}

fn provision(version: u64) -> String {
    json!({"requestMethod": "GET", "requestUri": "/version", "responseCode": 200, "responseBody": {"version": version}})
        .to_string()
}

/// Asks without pause until told to stop; each answer is at least as new as what was published before the request.
async fn ask(
    client: h2::client::SendRequest<bytes::Bytes>,
    published: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> u64 {
    let mut answers = 0;
    while !stop.load(Ordering::Relaxed) {
        let known = published.load(Ordering::Acquire);
        let (status, body) = load::get(&client, "/version").await;
        assert_eq!(status, 200);
        let seen = version_of(&body);
        assert!(seen >= known, "version {seen} after version {known} was published");
        answers += 1;
    }
    answers
}

/// Publishes on a thread of its own, by a client that knows nothing of the runtime.
fn publish(server: &Server, published: &AtomicU64, pause: impl Fn()) {
    let mut admin = H1::over(Wire::plain(server.admin));
    for version in 1..=PUBLICATIONS {
        admin.send(admin_request("POST", "/admin/v1/server-provision", &provision(version)));
        assert_eq!(admin.response().status, 201);
        published.store(version, Ordering::Release);
        pause();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_full_load_nothing_is_lost_and_all_is_seen() {
    let server = Arc::new(Server::start(&[]));
    server.admin("POST", "/admin/v1/server-provision", &provision(0));
    let (published, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut asking = Vec::new();
    for _ in 0..CONNECTIONS {
        let client = load::connect(server.traffic).await;
        asking.extend(
            (0..STREAMS)
                .map(|_| tokio::spawn(ask(client.clone(), published.clone(), stop.clone()))),
        );
    }
    // A pace, not a wait for something: 100 publications a second is what the test is about.
    let (tick, ticks) = std::sync::mpsc::channel();
    let pace = tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        while tick.send(()).is_ok() {
            pace.tick().await;
        }
    });
    let publisher = {
        let (server, published) = (server.clone(), published.clone());
        tokio::task::spawn_blocking(move || publish(&server, &published, || ticks.recv().unwrap()))
    };
    publisher.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    pace.await.unwrap();
    let mut answers = 0;
    for task in asking {
        answers += task.await.unwrap();
    }
    assert!(answers > PUBLICATIONS, "hardly any load: {answers} answers");
}

#[test]
fn answer_after_the_201_is_the_new_one_on_old_connections() {
    let server = fixtures::server(Target::Plain);
    let (mut h1, mut h2) = (H1::over(server.wire()), crate::support::h2::H2::over(server.wire()));
    for version in 0..50u32 {
        server.provision_get("/changing", &json!({"version": version}), 0);
        h1.send("GET /changing HTTP/1.1\r\nhost: a\r\n\r\n");
        assert_eq!(version_of(&h1.response().body), u64::from(version));
        h2.send_get(2 * version + 1, "/changing");
        assert_eq!(version_of(&h2.expect_status(2 * version + 1, 200).body), u64::from(version));
    }
}

#[test]
fn array_is_published_at_once() {
    let server = fixtures::server(Target::Plain);
    let many: Vec<_> = (0..1000)
        .map(|n| json!({"requestMethod": "GET", "requestUri": format!("/array/{n}"), "responseCode": 200, "responseBody": {"n": n}}))
        .collect();
    server.provision(&json!(many));
    let mut client = crate::support::h2::H2::over(server.wire());
    for (stream, n) in [(1, 0), (3, 500), (5, 999)] {
        client.send_get(stream, &format!("/array/{n}"));
        assert_eq!(client.expect_status(stream, 200).body, format!("{{\"n\":{n}}}").into_bytes());
    }
    client.send_get(7, "/array/1000");
    client.expect_status(7, 501);
}
