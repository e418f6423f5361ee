//! What an event looks like.

use super::*;

type Fields<'a> = &'a [(&'a str, &'a [u8])];

/// Stores one event and gives it back, read on its own and as a part of the whole.
fn shown(event: &NewEvent<'_>) -> Json {
    let data = ServerData::new(KEPT, 0);
    data.open(Method::POST, URI).append(event);
    let event = data.event(Method::POST, URI, EventNumber::LAST).unwrap();
    let all = read_all(&data).unwrap();
    assert_eq!(all, json!([{"method": "POST", "requests": [event], "uri": URI}]));
    assert_eq!(read_key(&data, Method::POST, URI), Some(all[0].clone()));
    event
}

fn packed(fields: Fields<'_>) -> Vec<u8> {
    let mut section = Vec::new();
    for (name, value) in fields {
        fields::write(&mut section, name.as_bytes(), value);
    }
    section
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn body_of_the_request() {
    for (row, body, expected) in [
        ("body: only if the request had a body", &b""[..], None),
        (
            "body: any JSON",
            b"{ \"b\" : [1.0, 1e2], \"a\":null}",
            Some(json!({"a": null, "b": [1.0, 100.0]})),
        ),
        ("body: any JSON (number)", b"5", Some(json!(5))),
        ("body: any JSON (null)", b"null", Some(json!(null))),
        ("body: not JSON is kept as it is", b"a=1&b=2", Some(json!("a=1&b=2"))),
        ("body: not JSON (junk behind it)", b"{} x", Some(json!("{} x"))),
        ("body: not JSON (beyond a double)", b"1e400", Some(json!("1e400"))),
        ("body: not UTF-8", b"\xffa", Some(json!("\u{fffd}a"))),
        ("body: JSON but not UTF-8", b"\"\xff\"", Some(json!("\"\u{fffd}\""))),
    ] {
        let fixed = reply("");
        let event = shown(&NewEvent { body, ..provisioned(&fixed, "initial", "initial") });
        assert_eq!(event.get("body").cloned(), expected, "{row}");
    }
    let deep = "[".repeat(100_000);
    let event = shown(&NewEvent { body: deep.as_bytes(), ..unprovisioned() });
    assert_eq!(event["body"], json!(deep), "nested too deeply to be read as JSON");
}

#[test]
fn headers_of_the_request() {
    let rows: [(&str, Fields<'_>, Json); 5] = [
        ("headers: if any", &[], json!(null)),
        ("headers: object of strings", &[("b", b"2"), ("a", b"")], json!({"a": "", "b": "2"})),
        ("headers: pseudo-headers excluded", &[(":path", b"/"), ("a", b"1")], json!({"a": "1"})),
        ("headers: pseudo-headers excluded, none left", &[(":path", b"/")], json!(null)),
        (
            "headers: for repeated names the last wins",
            &[("a", b"1"), ("b", b"2"), ("a", b"\xff")],
            json!({"a": "\u{fffd}", "b": "2"}),
        ),
    ];
    for (row, fields, expected) in rows {
        let section = packed(fields);
        let event = shown(&NewEvent { fields: &section, ..unprovisioned() });
        assert_eq!(event["headers"], expected, "{row}");
        assert_eq!(event.get("headers").is_none(), expected.is_null(), "{row}");
    }
}

#[test]
fn what_was_answered() {
    let fixed = Arc::new(Reply {
        code: 201,
        headers: Arc::new(headers(&[("X-Upper", "1"), ("b", "2"), ("b", "3"), ("date", "then")])),
        body: r#"{"z":1,"a":2}"#.into(),
        ..Reply::default()
    });
    let added = headers(&[("b", "4"), ("c", "5")]);
    let mut event = provisioned(&fixed, "one", "two");
    let record = event.reply.as_mut().unwrap();
    record.added_headers = &added;
    record.delay_ms = 5_000_000_000;
    record.code = 404;
    let seen = shown(&event);
    for (row, member, expected) in [
        ("previousState: always", "previousState", json!("one")),
        ("state: always", "state", json!("two")),
        ("receptionTimestampMs: always", "receptionTimestampMs", json!(1_626_047_915_716u64)),
        ("responseBody: parsed JSON", "responseBody", json!({"a": 2, "z": 1})),
        ("responseDelayMs: always", "responseDelayMs", json!(5_000_000_000u64)),
        (
            "responseHeaders: names as provisioned, last of repeated names wins",
            "responseHeaders",
            json!({"X-Upper": "1", "b": "4", "c": "5", "date": "then"}),
        ),
        ("responseStatusCode: the transformed value", "responseStatusCode", json!(404)),
        ("serverSequence: first reception is 0", "serverSequence", json!(0)),
    ] {
        assert_eq!(seen[member], expected, "{row}");
    }
    let row = "virtualOriginComingFromMethod: only on virtual events";
    assert_eq!(seen.get("virtualOriginComingFromMethod"), None, "{row}");
    event.virtual_origin = Some(Method::GET);
    assert_eq!(shown(&event)["virtualOriginComingFromMethod"], "GET", "{row}");
    event.reply.as_mut().unwrap().added_headers = &[];
    assert_eq!(shown(&event)["responseHeaders"]["b"], "3");
    assert_eq!(shown(&provisioned(&reply(""), "", "")).get("responseHeaders"), None, "if any");
}

#[test]
fn body_of_the_answer() {
    for (row, fixed, computed, expected) in [
        ("responseBody: absent without a body text", "", None, None),
        ("responseBody: static", "[1, 2]", None, Some(json!([1, 2]))),
        ("responseBody: static null", "null", None, Some(json!(null))),
        ("responseBody: static \"\"", "\"\"", None, Some(json!(""))),
        ("responseBody: static text", "plain", None, Some(json!("plain"))),
        ("responseBody: computed", "1", Some(&b"{\"a\":1}"[..]), Some(json!({"a": 1}))),
        ("responseBody: computed text", "1", Some(b"x\xff"), Some(json!("x\u{fffd}"))),
        ("responseBody: computed and empty", "1", Some(b""), None),
    ] {
        let fixed = reply(fixed);
        let mut event = provisioned(&fixed, "initial", "initial");
        event.reply.as_mut().unwrap().body = computed;
        event.body = b"request";
        let event = shown(&event);
        assert_eq!(event.get("responseBody").cloned(), expected, "{row}");
        assert_eq!(event["body"], "request", "{row}");
    }
}

#[test]
fn unprovisioned_501() {
    let event = NewEvent { sequence: 7, previous_state: "busy", ..unprovisioned() };
    assert_eq!(
        shown(&event),
        json!({
            "previousState": "",
            "receptionTimestampMs": 1_626_047_915_716u64,
            "responseDelayMs": 0,
            "responseStatusCode": 501,
            "serverSequence": 7,
            "state": "",
        }),
        "previousState \"\", state \"\", delay 0, 501, no responseBody, no responseHeaders"
    );
}

#[test]
fn key_object_and_array() {
    let data = ServerData::new(KEPT, 0);
    assert!(data.all().is_none(), "no parameters, no data: 204");
    assert!(data.key(Method::GET, "/").is_none(), "both, key unknown: 204");
    let uri = "/a\"b\u{e9}?x=1";
    data.open(Method::GET, uri).append(&NewEvent { sequence: 1, ..unprovisioned() });
    data.open(Method::GET, "/2").append(&NewEvent { sequence: 2, ..unprovisioned() });
    data.open(Method::DELETE, uri).append(&NewEvent { sequence: 3, ..unprovisioned() });
    let all = read_all(&data).unwrap();
    let keys: Vec<_> =
        all.as_array().unwrap().iter().map(|key| (&key["method"], &key["uri"])).collect();
    assert_eq!(
        keys,
        [
            (&json!("GET"), &json!(uri)),
            (&json!("GET"), &json!("/2")),
            (&json!("DELETE"), &json!(uri))
        ],
        "in the order of creation"
    );
    let key = read_key(&data, Method::GET, uri).unwrap();
    let members: Vec<_> = key.as_object().unwrap().keys().collect();
    assert_eq!(members, ["method", "requests", "uri"], "one key object, alphabetical");
}

#[test]
fn parts_of_an_event() {
    let fixed = reply("");
    let section = packed(&[("a/b~c", b"1")]);
    let event = NewEvent {
        sequence: 41,
        received_ms: 5,
        body: br#"{"items":[{"id":"x"}],"n":null}"#,
        fields: &section,
        virtual_origin: Some(Method::POST),
        ..provisioned(&fixed, "one", "two")
    };
    let data = ServerData::new(KEPT, 0);
    data.open(Method::GET, URI).append(&event);
    let node = |pointer| data.node(Method::GET, URI, EventNumber::LAST, pointer);
    assert_eq!(node(""), data.event(Method::GET, URI, EventNumber::LAST), "the whole event");
    for (pointer, expected) in [
        ("/body/items/0/id", Some(json!("x"))),
        ("/requestBody/items/0/id", Some(json!("x"))),
        ("/body/n", Some(json!(null))),
        ("/body/items/1", None),
        ("/body/items/00", None),
        ("/body/items/-", None),
        ("/body/items/0/id/x", None),
        ("/headers/a~1b~0c", Some(json!("1"))),
        ("/requestHeaders/a~1b~0c", Some(json!("1"))),
        ("/headers/a~1b~c", None),
        ("/state", Some(json!("two"))),
        ("/state/x", None),
        ("/serverSequence", Some(json!(41))),
        ("/recvseq", Some(json!(42))),
        ("/receptionTimestampMs", Some(json!(5))),
        ("/receptionTimestampUs", Some(json!(5000))),
        ("/virtualOriginComingFromMethod", Some(json!("POST"))),
        ("/virtualOrigin/method", Some(json!("POST"))),
        ("/virtualOrigin/uri", Some(json!(URI))),
        ("/responseBody", None),
        ("/", None),
        ("/unknown", None),
        ("state", None),
        ("body/n", None),
    ] {
        assert_eq!(node(pointer), expected, "{pointer}");
    }
}

#[test]
fn summary() {
    let data = ServerData::new(KEPT, 0);
    assert_eq!(data.summary(10), json!({"totalEvents": 0, "totalKeys": 0}), "without data");
    for (sequence, uri) in (0..).zip(["/a", "/b", "/a", "/c"]) {
        data.open(Method::GET, uri).append(&NewEvent { sequence, ..unprovisioned() });
    }
    let a = json!({"amount": 2, "method": "GET", "uri": "/a"});
    let b = json!({"amount": 1, "method": "GET", "uri": "/b"});
    let c = json!({"amount": 1, "method": "GET", "uri": "/c"});
    for (max, list) in [(0, vec![]), (2, vec![a.clone(), b.clone()]), (10, vec![a, b, c])] {
        let displayed = json!({"amount": list.len(), "list": list});
        assert_eq!(
            data.summary(max),
            json!({"displayedKeys": displayed, "totalEvents": 4, "totalKeys": 3})
        );
    }
    let fixed = Arc::new(Reply { provision_uri: "/[ab]".into(), ..Reply::default() });
    for (event, provision_uri) in [
        (provisioned(&fixed, "", ""), json!("/[ab]")),
        (unprovisioned(), json!(null)),
        (provisioned(&Arc::default(), "", ""), json!("")),
    ] {
        data.open(Method::GET, "/a").append(&event);
        let summary = data.summary(1);
        let key = summary["displayedKeys"]["list"][0].as_object().unwrap();
        let shown = key.get("provisionUri").cloned().unwrap_or_default();
        assert_eq!(shown, provision_uri, "provisionUri: absent for unprovisioned keys");
    }
}
