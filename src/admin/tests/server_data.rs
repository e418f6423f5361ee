use super::*;
use serde_json::{Value, json};

/// GET /a?b=c has three events, POST /a has one.
fn stored() -> Harness {
    let harness = Harness::new();
    for sequence in 0..3 {
        harness.record("GET", "/a?b=c", sequence);
    }
    harness.record("POST", "/a", 3);
    harness
}

fn parsed(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

#[tokio::test]
async fn everything() {
    let harness = Harness::new();
    let none = harness.ask("GET", "/admin/v1/server-data").await;
    assert_eq!(none.parts(), (204, JSON, ""), "no parameters, no data");
    let harness = stored();
    for (row, query) in [
        ("no parameters", ""),
        ("a trailing ?", "?"),
        ("empty values count as absent", "?requestMethod=&requestUri&requestNumber="),
        ("unknown names are ignored", "?other=x"),
    ] {
        let reply = harness.ask("GET", &format!("/admin/v1/server-data{query}")).await;
        assert_eq!((reply.status, reply.content_type()), (200, JSON), "{row}");
        let mut keys = parsed(&reply).as_array().unwrap().clone();
        keys.sort_by_key(|key| key["method"].to_string());
        let counts: Vec<_> = keys
            .iter()
            .map(|key| (&key["method"], &key["uri"], key["requests"].as_array().unwrap().len()))
            .collect();
        let expected = [(&json!("GET"), &json!("/a?b=c"), 3), (&json!("POST"), &json!("/a"), 1)];
        assert_eq!(counts, expected, "{row}");
    }
}

#[tokio::test]
async fn bad_selections() {
    let harness = stored();
    for (row, query) in [
        ("method alone", "requestMethod=GET"),
        ("uri alone", "requestUri=/a"),
        ("uri empty", "requestMethod=GET&requestUri="),
        ("number without both", "requestNumber=1"),
        ("number without uri", "requestNumber=1&requestMethod=GET"),
        ("the newer name without both", "eventNumber=1"),
        ("path without number", "requestMethod=GET&requestUri=/a?b=c&eventPath=/state"),
        ("path alone", "eventPath=/state"),
        (
            "two names of the number",
            "requestMethod=POST&requestUri=/a&requestNumber=1&eventNumber=1",
        ),
        ("A9 6: a repeated name", "requestMethod=GET&requestUri=/a?b=c&requestMethod=GET"),
        ("A9 6: a repeated name without meaning", "x=1&x=2"),
    ] {
        let reply = harness.ask("GET", &format!("/admin/v1/server-data?{query}")).await;
        assert_eq!(reply.parts(), (400, JSON, "null"), "{row}");
        let detail = reply.detail().unwrap().to_owned();
        let path = format!("/admin/v1/server-data?{query}&explain=true");
        let explained = harness.ask("GET", &path).await;
        assert_eq!(explained.status, 400, "{row}");
        assert_eq!(parsed(&explained), json!({ "detail": detail }), "{row}");
    }
}

#[tokio::test]
async fn keys() {
    let harness = stored();
    // What a worker makes of a URI that is not UTF-8.
    harness.record("GET", "/a\u{fffd}", 4);
    for (row, query, events) in [
        ("both, key known", "requestMethod=GET&requestUri=/a?b=c", Some(3)),
        ("both, key known", "requestMethod=POST&requestUri=/a", Some(1)),
        ("= and ? encoded", "requestMethod=GET&requestUri=%2Fa%3Fb%3Dc", Some(3)),
        ("both, key unknown", "requestMethod=GET&requestUri=/a", None),
        ("A9 4: bytes that are not UTF-8", "requestMethod=GET&requestUri=/a%ff", Some(1)),
        ("a method that is none", "requestMethod=FOO+BAR&requestUri=/a", None),
        ("an & cannot be expressed", "requestMethod=GET&requestUri=/a?b=c%26d", Some(3)),
    ] {
        let reply = harness.ask("GET", &format!("/admin/v1/server-data?{query}")).await;
        match events {
            None => assert_eq!(reply.parts(), (204, JSON, ""), "{row}"),
            Some(events) => {
                assert_eq!((reply.status, reply.content_type()), (200, JSON), "{row}");
                let key = parsed(&reply);
                assert_eq!(key["requests"].as_array().unwrap().len(), events, "{row}");
                assert!(reply.body.starts_with(r#"{"method":"#), "{row}: one object, sorted");
                assert!(reply.body.contains(r#"],"uri":"/a"#), "{row}: {}", reply.body);
            }
        }
    }
}

#[tokio::test]
async fn events() {
    let harness = stored();
    for (row, number, sequence) in [
        ("in range", "requestNumber=1", Some(0)),
        ("in range", "requestNumber=3", Some(2)),
        ("the newer name", "eventNumber=2", Some(1)),
        ("-1 means last", "requestNumber=-1", Some(2)),
        ("B1: -1..-N from the end", "eventNumber=-3", Some(0)),
        ("B1: -2 from the end", "requestNumber=-2", Some(1)),
        ("out of range from the end", "eventNumber=-4", None),
        ("0", "requestNumber=0", None),
        ("out of range", "requestNumber=4", None),
        ("not a number", "requestNumber=x", None),
        ("like stoull: 2junk", "requestNumber=2junk", Some(1)),
        ("like stoull: a leading blank", "requestNumber=%202", Some(1)),
        ("like stoull: a sign", "requestNumber=%2B2", Some(1)),
        ("like stoull: 1.9", "requestNumber=1.9", Some(0)),
        ("like stoull: 0x1 counts as 0", "requestNumber=0x1", None),
    ] {
        let path = format!("/admin/v1/server-data?requestMethod=GET&requestUri=/a?b=c&{number}");
        let reply = harness.ask("GET", &path).await;
        match sequence {
            None => assert_eq!(reply.parts(), (204, JSON, ""), "{row}"),
            Some(sequence) => {
                assert_eq!((reply.status, reply.content_type()), (200, JSON), "{row}");
                let event = parsed(&reply);
                assert_eq!(event["serverSequence"], sequence, "{row}");
                assert_eq!(event["body"], sequence, "{row}");
                assert_eq!(event["receptionTimestampMs"], 1_626_047_915_716_u64, "{row}");
                assert_eq!(event["responseStatusCode"], 200, "{row}");
            }
        }
        let unknown = harness.ask("GET", &path.replace("/a?b=c", "/unknown")).await;
        assert_eq!(unknown.parts(), (204, JSON, ""), "{row}, unknown key");
    }
}

#[tokio::test]
async fn parts_of_events() {
    let harness = Harness::new();
    record(&harness.data, "POST", "/a", 7, br#"{"x":[{"y":null},1.0]}"#);
    for (row, path, expected) in [
        ("B1: node of an event", "/state", Some(r#""initial""#)),
        ("a number", "/serverSequence", Some("7")),
        ("below", "/body/x/1", Some("1.0")),
        ("null is there", "/body/x/0/y", Some("null")),
        ("an object", "/body/x/0", Some(r#"{"y":null}"#)),
        ("absent", "/body/z", None),
        ("beyond the end", "/body/x/2", None),
    ] {
        let path = format!(
            "/admin/v1/server-data?requestMethod=POST&requestUri=/a&eventNumber=-1&eventPath={path}"
        );
        let reply = harness.ask("GET", &path).await;
        let expected = expected.map_or((204, JSON, ""), |body| (200, JSON, body));
        assert_eq!(reply.parts(), expected, "{row}");
    }
}

#[tokio::test]
async fn summaries() {
    let harness = Harness::new();
    let empty = harness.ask("GET", "/admin/v1/server-data/summary").await;
    let nothing = r#"{"totalEvents":0,"totalKeys":0}"#;
    assert_eq!(empty.parts(), (200, JSON, nothing), "displayedKeys absent without data");
    let harness = stored();
    for (row, query, keys) in [
        ("no bound", "", 2),
        ("no bound", "?maxKeys=", 2),
        ("a bound", "?maxKeys=1", 1),
        ("above", "?maxKeys=18446744073709551615", 2),
    ] {
        let reply = harness.ask("GET", &format!("/admin/v1/server-data/summary{query}")).await;
        assert_eq!((reply.status, reply.content_type()), (200, JSON), "{row}");
        let summary = parsed(&reply);
        assert_eq!((&summary["totalEvents"], &summary["totalKeys"]), (&json!(4), &json!(2)));
        assert_eq!(summary["displayedKeys"]["amount"], keys, "{row}");
        let list = summary["displayedKeys"]["list"].as_array().unwrap();
        assert_eq!(list.len(), keys, "{row}");
        // They were answered by a default provision.
        let post = json!({"amount": 1, "method": "POST", "provisionUri": "", "uri": "/a"});
        let get = json!({"amount": 3, "method": "GET", "provisionUri": "", "uri": "/a?b=c"});
        assert!(list.iter().all(|key| [&post, &get].contains(&key)), "{row}: {list:?}");
    }
    for query in ["maxKeys=x", "maxKeys=-1", "maxKeys=1&maxKeys=1"] {
        let reply = harness.ask("GET", &format!("/admin/v1/server-data/summary?{query}")).await;
        assert_eq!(reply.parts(), (400, JSON, "null"), "{query}");
        assert!(reply.detail().is_some(), "{query}");
    }
}
