use super::*;

const KEY: &str = "requestMethod=GET&requestUri=/a";

/// GET /a has two events, POST /a has one.
fn stored() -> Harness {
    let harness = Harness::new();
    harness.record("GET", "/a", 0);
    harness.record("GET", "/a", 1);
    harness.record("POST", "/a", 2);
    harness
}

async fn delete(harness: &Harness, query: &str) -> Reply {
    harness.ask("DELETE", &format!("/admin/v1/server-data?{query}")).await
}

/// Events of GET /a, or nothing when there is no such key, and of POST /a.
async fn counts(harness: &Harness) -> [Option<usize>; 2] {
    let mut counts = [None, None];
    for (count, method) in counts.iter_mut().zip(["GET", "POST"]) {
        let path = format!("/admin/v1/server-data?requestMethod={method}&requestUri=/a");
        let reply = harness.ask("GET", &path).await;
        if reply.status == 200 {
            let key: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            *count = Some(key["requests"].as_array().map_or(0, Vec::len));
        }
    }
    counts
}

#[tokio::test]
async fn selections() {
    const ALL: [Option<usize>; 2] = [Some(2), Some(1)];
    for (row, query, status, left) in [
        ("none: everything", String::new(), 200, [None, None]),
        ("empty values: everything", "requestMethod=&requestNumber=".into(), 200, [None, None]),
        ("method and uri", KEY.into(), 200, [None, Some(1)]),
        ("number existing", format!("{KEY}&requestNumber=2"), 200, [Some(1), Some(1)]),
        ("the newer name", format!("{KEY}&eventNumber=1"), 200, [Some(1), Some(1)]),
        ("the last", format!("{KEY}&requestNumber=-1"), 200, [Some(1), Some(1)]),
        ("number 0", format!("{KEY}&requestNumber=0"), 204, ALL),
        ("number out of range", format!("{KEY}&requestNumber=3"), 204, ALL),
        ("number not numeric and key known", format!("{KEY}&requestNumber=x"), 400, ALL),
        ("key unknown", "requestMethod=PUT&requestUri=/a".into(), 204, ALL),
        ("key unknown, no method", "requestMethod=F+O&requestUri=/a".into(), 204, ALL),
        (
            "key unknown: number not even looked at",
            "requestMethod=PUT&requestUri=/a&requestNumber=x".into(),
            204,
            ALL,
        ),
        ("bad combination: method alone", "requestMethod=GET".into(), 400, ALL),
        ("bad combination: uri alone", "requestUri=/a".into(), 400, ALL),
        ("bad combination: number alone", "requestNumber=1".into(), 400, ALL),
        ("a part cannot be deleted", format!("{KEY}&eventNumber=1&eventPath=/body"), 400, ALL),
        ("A9 6: a repeated name", format!("{KEY}&requestMethod=GET"), 400, ALL),
        ("A9 6: a repeated name of no meaning", "x&x".into(), 400, ALL),
    ] {
        let harness = stored();
        let reply = delete(&harness, &query).await;
        assert_eq!(reply.parts(), (status, None, ""), "{row}: {query}");
        assert_eq!(reply.detail().is_some(), status == 400, "{row}: {query}");
        assert_eq!(counts(&harness).await, left, "{row}: {query}");
    }
}

#[tokio::test]
async fn nothing_to_delete() {
    let harness = Harness::new();
    assert_eq!(delete(&harness, "").await.parts(), (204, None, ""));
}

#[tokio::test]
async fn removing_the_last_event_leaves_an_empty_key() {
    let harness = stored();
    for _ in 0..2 {
        let reply = delete(&harness, &format!("{KEY}&requestNumber=1")).await;
        assert_eq!(reply.parts(), (200, None, ""));
    }
    let key = harness.ask("GET", &format!("/admin/v1/server-data?{KEY}")).await;
    assert_eq!(key.parts(), (200, JSON, r#"{"method":"GET","uri":"/a"}"#), "without requests");
    let number = harness.ask("GET", &format!("/admin/v1/server-data?{KEY}&requestNumber=1")).await;
    assert_eq!(number.parts(), (204, JSON, ""), "asking it for a number");
    assert_eq!(delete(&harness, &format!("{KEY}&requestNumber=1")).await.status, 204);
    harness.record("GET", "/a", 9);
    assert_eq!(counts(&harness).await, [Some(1), Some(1)], "A9 2: the next request is stored");
}

/// What is deleted must not depend on how long the changes that were asked for before take.
#[tokio::test]
async fn deleting_waits_for_its_turn() {
    let harness = Arc::new(stored());
    let (release, released) = std::sync::mpsc::channel::<()>();
    let control = harness.control.clone();
    let busy = tokio::spawn(async move {
        control.with_rules(control::Effort::Heavy, move |_| released.recv()).await
    });
    tokio::task::yield_now().await;
    let deleting = tokio::spawn({
        let harness = Arc::clone(&harness);
        async move { delete(&harness, "").await.status }
    });
    tokio::task::yield_now().await;
    assert_eq!(counts(&harness).await, [Some(2), Some(1)]);
    release.send(()).unwrap();
    assert_eq!(deleting.await.unwrap(), 200);
    assert_eq!(counts(&harness).await, [None, None]);
    busy.await.unwrap().unwrap();
}
