//! Long answers: made piece by piece while others are answered and traffic is stored.

use super::*;
use axum::body::HttpBody;
use std::pin::Pin;

/// More than one piece of any reasonable size may hold, apart from one event.
const FRAME_BYTES_MAX: usize = 1024 * 1024;

async fn next_frame(body: &mut Body) -> Option<axum::body::Bytes> {
    let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
    frame.map(|frame| frame.unwrap().into_data().unwrap())
}

#[tokio::test]
async fn a_long_answer_keeps_nobody_waiting() {
    let harness = Harness::new();
    let filler = format!("\"{}\"", "x".repeat(1000));
    let events = 6000;
    for sequence in 0..events {
        let uri = format!("/{}", sequence % 7);
        record(&harness.data, "GET", &uri, sequence, filler.as_bytes());
    }
    let request = Request::get("/admin/v1/server-data").body(Body::empty()).unwrap();
    let response = harness.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    let (mut text, mut frames) = (Vec::new(), 0);
    while let Some(frame) = next_frame(&mut body).await {
        assert!(frame.len() < FRAME_BYTES_MAX, "{}", frame.len());
        text.extend_from_slice(&frame);
        frames += 1;
        let health = harness.ask("GET", "/admin/v1/health").await;
        assert_eq!(health.status, 200, "between two pieces");
        harness.record("PUT", "/new", frames);
    }
    assert!(frames > 5, "{frames}");
    let keys: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let keys = keys.as_array().unwrap().iter().filter(|key| key["uri"] != "/new");
    let counted: usize = keys.map(|key| key["requests"].as_array().unwrap().len()).sum();
    assert_eq!(counted as u64, events);
}
