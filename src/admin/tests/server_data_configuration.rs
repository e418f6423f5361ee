use super::*;

#[tokio::test]
async fn switches() {
    const BAD: u16 = 400;
    let harness = Harness::new();
    harness.record("GET", "/a", 0);
    for (row, query, status, events, history) in [
        ("no parameters at all", "", 200, true, true),
        ("discard alone leaves history as it is", "?discard=true", 200, false, true),
        ("both", "?discard=true&discardRequestsHistory=true", 200, false, false),
        ("any other non-empty string is false", "?discard=TRUE", 200, true, false),
        ("empty leaves unchanged", "?discard=&discardRequestsHistory=", 200, true, false),
        ("history alone", "?discardRequestsHistory=no", 200, true, true),
        ("incoherent", "?discard=true&discardRequestsHistory=false", BAD, true, true),
        ("incoherent", "?discard=true&discardKeyHistory=x", BAD, true, true),
        ("B2: the newer name", "?discardKeyHistory=true", 200, true, false),
        ("B2: the newer name", "?discard=false&discardKeyHistory=false", 200, true, true),
        ("both names", "?discardKeyHistory=true&discardRequestsHistory=true", BAD, true, true),
        (
            "one of both names empty",
            "?discardKeyHistory=true&discardRequestsHistory=",
            200,
            true,
            false,
        ),
        ("unknown names are ignored", "?disablePurge=true", 200, true, false),
        ("A9 6: a repeated name", "?discard=true&discard=true", BAD, true, false),
        ("A9 6: a repeated name of no meaning", "?discard=true&x&x", BAD, true, false),
        ("both, off", "?discard=false&discardRequestsHistory=false", 200, true, true),
    ] {
        let operation = format!("server-data/configuration{query}");
        let reply = harness.call("PUT", &operation, "ignored").await;
        assert_eq!(reply.parts(), (status, None, ""), "{row}: {query}");
        assert_eq!(reply.detail().is_some(), status == BAD, "{row}: {query}");
        let shown = harness.ask("GET", "/admin/v1/server-data/configuration").await;
        let expected =
            format!(r#"{{"storeEvents":"{events}","storeEventsRequestsHistory":"{history}"}}"#);
        assert_eq!(shown.parts(), (200, JSON, &expected[..]), "{row}: {query}");
    }
    let kept = harness.ask("GET", "/admin/v1/server-data").await;
    assert_eq!(kept.status, 200, "existing data is not removed");
}
