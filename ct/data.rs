//! Server data over the interfaces: what is recorded, selected, deleted, and how states follow from it.

use crate::support::frames;
use crate::support::h2::H2;
use crate::support::server::Server;
use serde_json::{Value, json};

const DATA: &str = "/admin/v1/server-data";

fn get(uri: &str, members: &Value) -> Value {
    let mut provision = json!({"requestMethod": "GET", "requestUri": uri, "responseCode": 200});
    for (name, value) in members.as_object().unwrap() {
        provision[name] = value.clone();
    }
    provision
}

fn event(server: &Server, method: &str, uri: &str, number: &str) -> (u16, Value) {
    server.admin_json(&format!(
        "server-data?requestMethod={method}&requestUri={uri}&requestNumber={number}"
    ))
}

/// The events of a key.
fn events(server: &Server, method: &str, uri: &str) -> Vec<Value> {
    let (status, key) =
        server.admin_json(&format!("server-data?requestMethod={method}&requestUri={uri}"));
    match status {
        204 => Vec::new(),
        _ => key["requests"].as_array().cloned().unwrap_or_default(),
    }
}

fn configure(server: &Server, query: &str) -> u16 {
    server.admin("PUT", &format!("{DATA}/configuration{query}"), "").status
}

#[test]
fn the_event_of_a_provisioned_request() {
    let server = Server::start(&[]);
    server.provision(&json!({"requestMethod": "POST", "requestUri": "/a?x=1", "responseCode": 201, "inState": "initial",
        "outState": "next", "responseHeaders": {"X-Upper": "v", "content-type": "application/json"},
        "responseBody": {"b": 1}, "responseDelayMs": 3,
        "transform": [{"source": "value.2", "target": "response.header.x-upper"}]}));
    let fields = [("x-one", "1"), ("x-two", "first"), ("x-two", "last")];
    assert_eq!(server.ask_with("POST", "/a?x=1", &fields, br#"{"z":1,"a":[2]}"#).status, 201);
    let (status, event) = event(&server, "POST", "/a?x=1", "1");
    assert_eq!(status, 200);
    for (row, name, value) in [
        ("body: any JSON", "body", json!({"a": [2], "z": 1})),
        ("previousState", "previousState", json!("initial")),
        ("state", "state", json!("next")),
        ("responseBody: any JSON", "responseBody", json!({"b": 1})),
        ("responseDelayMs", "responseDelayMs", json!(3)),
        (
            "responseHeaders: names as provisioned, added ones too",
            "responseHeaders",
            json!({"X-Upper": "v", "content-type": "application/json", "x-upper": "2"}),
        ),
        ("responseStatusCode", "responseStatusCode", json!(201)),
        ("serverSequence: the first is 0", "serverSequence", json!(0)),
    ] {
        assert_eq!(event[name], value, "{row}");
    }
    assert_eq!(event["headers"]["x-one"], "1");
    assert_eq!(event["headers"]["x-two"], "last", "for repeated names the last wins");
    assert!(event["headers"].get(":path").is_none(), "pseudo-header fields are excluded");
    assert!(event["receptionTimestampMs"].as_u64().unwrap() > 1_700_000_000_000);
    assert!(event.get("virtualOriginComingFromMethod").is_none(), "only on virtual events");
    let names: Vec<_> = event.as_object().unwrap().keys().collect();
    assert!(names.is_sorted(), "keys are alphabetical");
}

#[test]
fn the_event_of_a_request_that_no_provision_was_found_for() {
    let server = Server::start(&[]);
    assert_eq!(server.ask("GET", "/a", "").status, 501);
    let (_, event) = event(&server, "GET", "/a", "1");
    for (name, value) in [
        ("state", json!("")),
        ("previousState", json!("")),
        ("responseDelayMs", json!(0)),
        ("responseStatusCode", json!(501)),
        ("serverSequence", json!(0)),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    for absent in ["body", "responseBody", "responseHeaders"] {
        assert!(event.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn bodies_that_are_no_json_are_kept_as_they_are() {
    let server = Server::start(&[]);
    for (n, (sent, kept)) in [
        (&b"plain text"[..], json!("plain text")),
        (b"{\"cut\":", json!("{\"cut\":")),
        (b"\xff\xfe", json!("\u{fffd}\u{fffd}")),
        (b"[1,2]", json!([1, 2])),
        (b"1e400", json!("1e400")),
        (b"null", json!(null)),
    ]
    .iter()
    .enumerate()
    {
        server.ask_with("POST", "/a", &[], sent);
        let (status, event) = event(&server, "POST", "/a", &(n + 1).to_string());
        assert_eq!((status, &event["body"]), (200, kept), "{}", sent.escape_ascii());
    }
}

#[test]
fn bytes_that_are_no_text_can_be_addressed_and_listed() {
    let server = Server::start(&[]);
    server.provision(&json!({"requestMethod": "GET", "responseCode": 200, "responseBody": {},
        "transform": [{"source": "request.uri", "target": "response.body.string.uri"}]}));
    let answer = server.ask("GET", "/%ff", "");
    assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), json!({"uri": "/\u{fffd}"}));
    let (status, keys) = server.admin_json("server-data");
    assert_eq!((status, &keys[0]["uri"]), (200, &json!("/\u{fffd}")));
    assert_eq!(events(&server, "GET", "/%EF%BF%BD").len(), 1);
}

#[test]
fn selections() {
    let server = Server::start(&[]);
    assert_eq!(server.admin_json("server-data"), (204, Value::Null), "no data");
    server.provision(&get("/a", &json!({})));
    for _ in 0..3 {
        server.ask("GET", "/a", "");
    }
    for (row, query, status, sequence) in [
        ("no parameters", "", 200, None),
        ("an empty value counts as absent", "?requestMethod=&requestUri=", 200, None),
        ("unknown names are ignored", "?other=1", 200, None),
        ("exactly one of method and URI", "?requestMethod=GET", 400, None),
        ("exactly one of method and URI", "?requestUri=/a", 400, None),
        ("number without both", "?requestNumber=1", 400, None),
        ("key unknown", "?requestMethod=GET&requestUri=/b", 204, None),
        ("key unknown", "?requestMethod=POST&requestUri=/a", 204, None),
        ("key known", "?requestMethod=GET&requestUri=/a", 200, None),
        ("number in range", "?requestMethod=GET&requestUri=/a&requestNumber=2", 200, Some(1)),
        ("the newer name", "?requestMethod=GET&requestUri=/a&eventNumber=2", 200, Some(1)),
        ("-1 is the last", "?requestMethod=GET&requestUri=/a&requestNumber=-1", 200, Some(2)),
        (
            "-3 is the third from the end",
            "?requestMethod=GET&requestUri=/a&requestNumber=-3",
            200,
            Some(0),
        ),
        ("-4 is out of range", "?requestMethod=GET&requestUri=/a&requestNumber=-4", 204, None),
        ("number 0", "?requestMethod=GET&requestUri=/a&requestNumber=0", 204, None),
        ("number out of range", "?requestMethod=GET&requestUri=/a&requestNumber=4", 204, None),
        ("not a number", "?requestMethod=GET&requestUri=/a&requestNumber=x", 204, None),
        ("trailing junk", "?requestMethod=GET&requestUri=/a&requestNumber=2junk", 200, Some(1)),
        ("a leading blank", "?requestMethod=GET&requestUri=/a&requestNumber=%202", 200, Some(1)),
        ("a sign", "?requestMethod=GET&requestUri=/a&requestNumber=%2B2", 200, Some(1)),
        ("hexadecimal is 0", "?requestMethod=GET&requestUri=/a&requestNumber=0x1", 204, None),
    ] {
        let answer = server.admin("GET", &format!("{DATA}{query}"), "");
        assert_eq!(answer.status, status, "{row}: {query}");
        assert_eq!(answer.field("content-type"), Some("application/json"), "{row}");
        match status {
            400 => assert_eq!(answer.body, b"null", "{row}: four bytes"),
            204 => assert_eq!(answer.body, b"", "{row}"),
            _ => {
                let body: Value = serde_json::from_slice(&answer.body).unwrap();
                assert_eq!(body["serverSequence"].as_u64(), sequence, "{row}: {query}");
                assert_eq!(
                    body.is_array(),
                    !query.contains("requestUri=/"),
                    "{row}: array of keys, or one key"
                );
            }
        }
    }
    let repeated = server.admin(
        "GET",
        &format!("{DATA}?requestMethod=GET&requestUri=/a&requestMethod=GET"),
        "",
    );
    assert_eq!(repeated.status, 400, "a repeated name");
    let path =
        "server-data?requestMethod=GET&requestUri=/a&eventNumber=1&eventPath=/responseStatusCode";
    assert_eq!(server.admin_json(path), (200, json!(200)), "a node of an event");
}

#[test]
fn deletions() {
    let server = Server::start(&[]);
    let delete = |query: &str| server.admin("DELETE", &format!("{DATA}{query}"), "").status;
    assert_eq!(delete(""), 204, "nothing there");
    for uri in ["/a", "/a", "/a", "/b"] {
        server.ask("GET", uri, "");
    }
    for (row, query, status) in [
        ("a bad combination", "?requestMethod=GET", 400),
        (
            "key unknown, the number not even looked at",
            "?requestMethod=GET&requestUri=/c&requestNumber=x",
            204,
        ),
        ("number 0", "?requestMethod=GET&requestUri=/a&requestNumber=0", 204),
        ("out of range", "?requestMethod=GET&requestUri=/a&requestNumber=9", 204),
        ("not numeric", "?requestMethod=GET&requestUri=/a&requestNumber=x", 400),
        (
            "a repeated name deletes nothing",
            "?requestMethod=GET&requestUri=/a&requestMethod=GET",
            400,
        ),
        ("that event", "?requestMethod=GET&requestUri=/a&requestNumber=2", 200),
    ] {
        assert_eq!(delete(query), status, "{row}");
    }
    let left: Vec<_> =
        events(&server, "GET", "/a").iter().map(|e| e["serverSequence"].clone()).collect();
    assert_eq!(left, [json!(0), json!(2)]);
    assert_eq!(
        delete("?requestMethod=GET&requestUri=/b&requestNumber=1"),
        200,
        "the last event of a key"
    );
    let (status, key) = server.admin_json("server-data?requestMethod=GET&requestUri=/b");
    assert_eq!((status, key), (200, json!({"method": "GET", "uri": "/b"})), "leaves an empty key");
    assert_eq!(event(&server, "GET", "/b", "1").0, 204);
    server.provision(&get("/b", &json!({})));
    assert_eq!(
        server.ask("GET", "/b", "").status,
        200,
        "whose next request is in the initial state"
    );
    assert_eq!(delete("?requestMethod=GET&requestUri=/a"), 200, "the key");
    assert_eq!(delete("?requestMethod=GET&requestUri=/a"), 204);
    assert_eq!(delete(""), 200, "everything");
    assert_eq!(server.admin_json("server-data").0, 204);
}

#[test]
fn configuration() {
    let server = Server::start(&[]);
    let shown = |server: &Server| {
        String::from_utf8(server.admin("GET", &format!("{DATA}/configuration"), "").body).unwrap()
    };
    let text = |events: bool, history: bool| {
        format!(r#"{{"storeEvents":"{events}","storeEventsRequestsHistory":"{history}"}}"#)
    };
    assert_eq!(shown(&server), text(true, true));
    for (row, query, status, events, history) in [
        ("incoherent", "?discard=true&discardRequestsHistory=false", 400, true, true),
        ("no parameters", "", 200, true, true),
        ("discard alone leaves history as it is", "?discard=true", 200, false, true),
        ("both", "?discard=true&discardRequestsHistory=true", 200, false, true),
        ("only the string true is true", "?discard=yes", 200, true, false),
        ("back", "?discard=false&discardRequestsHistory=false", 200, true, true),
        ("the newer name", "?discardKeyHistory=true", 200, true, false),
    ] {
        assert_eq!(configure(&server, query), status, "{row}");
        let history = if row == "both" { false } else { history };
        assert_eq!(shown(&server), text(events, history), "{row}");
    }
}

#[test]
fn storage_switches() {
    let server = Server::start(&["--discard-server-data-requests-history"]);
    server.provision(&get("/a", &json!({})));
    for _ in 0..3 {
        server.ask("GET", "/a", "");
        server.ask("GET", "/unprovisioned", "");
    }
    let kept = events(&server, "GET", "/a");
    assert_eq!(kept.len(), 1, "without history only the last");
    assert_eq!(kept[0]["serverSequence"], 4);
    assert_eq!(
        events(&server, "GET", "/unprovisioned").len(),
        3,
        "unprovisioned ones are always appended"
    );

    let server = Server::start(&["--discard-server-data"]);
    server.provision(&get("/a", &json!({"outState": "next"})));
    assert_eq!(
        [server.ask("GET", "/a", "").status, server.ask("GET", "/a", "").status],
        [200, 200],
        "always initial"
    );
    assert_eq!(server.admin_json("server-data").0, 204, "nothing is stored");
    assert_eq!(configure(&server, "?discard=false&discardRequestsHistory=false"), 200);
    server.ask("GET", "/a", "");
    assert_eq!(
        events(&server, "GET", "/a")[0]["serverSequence"],
        2,
        "numbers were consumed meanwhile"
    );
    assert_eq!(configure(&server, "?discard=true&discardRequestsHistory=true"), 200);
    assert_eq!(server.ask("GET", "/a", "").status, 501, "the state of old data still applies");
}

#[test]
fn history_switched_off_later_goes_on_with_the_state() {
    let server = Server::start(&[]);
    server.provision(&get("/a", &json!({"outState": "second"})));
    server.provision(&get(
        "/a",
        &json!({"inState": "second", "outState": "initial", "responseCode": 202}),
    ));
    assert_eq!([200, 202, 200].map(|_| server.ask("GET", "/a", "").status), [200, 202, 200]);
    assert_eq!(configure(&server, "?discardRequestsHistory=true"), 200);
    assert_eq!([202, 200, 202].map(|_| server.ask("GET", "/a", "").status), [202, 200, 202]);
}

#[test]
fn purge() {
    let server = Server::start(&[]);
    server.provision(&get("/a", &json!({"outState": "last"})));
    server.provision(&get(
        "/a",
        &json!({"inState": "last", "outState": "purge", "responseCode": 202}),
    ));
    assert_eq!([(), ()].map(|()| server.ask("GET", "/a", "").status), [200, 202]);
    assert_eq!(
        server.admin_json("server-data").0,
        204,
        "the key is gone, the present request not recorded"
    );
    assert_eq!(server.ask("GET", "/a", "").status, 200, "and it begins anew");
}

#[test]
fn a_purge_by_target_and_one_cancelled_by_a_target() {
    let server = Server::start(&[]);
    let target =
        |value: &str, target: &str| json!([{"source": format!("value.{value}"), "target": target}]);
    server.provision(&get("/a", &json!({"transform": target("purge", "outState")})));
    server.ask("GET", "/a", "");
    assert_eq!(events(&server, "GET", "/a").len(), 0);
    server.provision(&get("/b", &json!({"transform": target("purge", "outState.POST")})));
    server.ask("POST", "/b", "");
    server.ask("GET", "/b", "");
    assert_eq!(
        (events(&server, "GET", "/b").len(), events(&server, "POST", "/b").len()),
        (0, 1),
        "never the foreign key"
    );
    server.provision(&get(
        "/c",
        &json!({"outState": "purge", "transform": target("kept", "outState")}),
    ));
    server.ask("GET", "/c", "");
    assert_eq!(events(&server, "GET", "/c")[0]["state"], "kept");
    server.provision(&get(
        "/d",
        &json!({"outState": "purge", "transform": target("moved", "outState.PUT")}),
    ));
    server.ask("GET", "/d", "");
    assert_eq!(
        events(&server, "GET", "/d")[0]["state"],
        "purge",
        "the own event has the static state"
    );
    assert_eq!(events(&server, "PUT", "/d")[0]["state"], "moved");
}

#[test]
fn foreign_states_are_virtual_events() {
    let server = Server::start(&[]);
    server.provision(&json!({"requestMethod": "DELETE", "requestUri": "/a", "responseCode": 204, "outState": "own",
        "responseBody": {"gone": true}, "transform": [{"source": "value.deleted", "target": "outState.GET"}]}));
    server.ask("DELETE", "/a", "");
    let own = events(&server, "DELETE", "/a");
    assert_eq!(
        (&own[0]["state"], own[0].get("virtualOriginComingFromMethod")),
        (&json!("own"), None)
    );
    let foreign = events(&server, "GET", "/a");
    let mut expected = own[0].clone();
    expected["state"] = json!("deleted");
    expected["virtualOriginComingFromMethod"] = json!("DELETE");
    assert_eq!(foreign, [expected], "the same headers, body, answer, delay and number");
    server.provision(&get("/a", &json!({"inState": "deleted", "responseCode": 404})));
    assert_eq!(server.ask("GET", "/a", "").status, 404);
    server.provision(&get(
        "/own",
        &json!({"transform": [{"source": "value.x", "target": "outState.GET"}]}),
    ));
    server.ask("GET", "/own", "");
    let own = events(&server, "GET", "/own");
    assert_eq!(
        (own.len(), &own[0]["state"]),
        (1, &json!("x")),
        "the received method is not foreign"
    );
}

#[test]
fn summary_and_unused() {
    let server = Server::start(&[]);
    let (_, empty) = server.admin_json("server-data/summary");
    assert_eq!(empty, json!({"totalEvents": 0, "totalKeys": 0}));
    server.provision(&get("/a", &json!({})));
    server.provision(&get("/b", &json!({})));
    let (_, unused) = server.admin_json("server-provision/unused");
    assert_eq!(unused.as_array().unwrap().len(), 2);
    for _ in 0..2 {
        server.ask("GET", "/a", "");
    }
    let (_, unused) = server.admin_json("server-provision/unused");
    assert_eq!(unused.as_array().unwrap().len(), 1);
    assert_eq!(unused[0]["requestUri"], "/b");
    server.ask("GET", "/b", "");
    assert_eq!(server.admin_json("server-provision/unused").0, 204);
    let (_, summary) = server.admin_json("server-data/summary?maxKeys=1");
    assert_eq!((&summary["totalEvents"], &summary["totalKeys"]), (&json!(3), &json!(2)));
    assert_eq!(summary["displayedKeys"]["amount"], 1);
}

#[test]
fn an_event_is_there_before_a_delayed_answer_leaves() {
    let server = Server::start(&[]);
    server.provision(&get("/late", &json!({"responseDelayMs": 600_000})));
    let mut client = crate::support::h1::H1::over(server.wire());
    client.send("GET /late HTTP/1.1\r\nhost: a\r\n\r\n");
    let until = crate::support::deadline();
    while events(&server, "GET", "/late").is_empty() {
        assert!(std::time::Instant::now() < until, "the event is not recorded");
    }
    assert_eq!(events(&server, "GET", "/late")[0]["responseDelayMs"], 600_000);
}

#[test]
fn bounded_history_keeps_the_latest() {
    let server = Server::start(&["--server-data-max-bytes", "1000000"]);
    server.provision(&json!({"requestMethod": "POST", "responseCode": 200}));
    server.ask("POST", "/first", "x");
    let body = "y".repeat(10_000);
    for _ in 0..300 {
        server.ask("POST", "/many", &body);
    }
    let many = events(&server, "POST", "/many");
    assert!((10..150).contains(&many.len()), "{} events of 10 KB within 1 MB", many.len());
    assert_eq!(many.last().unwrap()["serverSequence"], 300, "the oldest went");
    let (_, summary) = server.admin_json("server-data/summary");
    let evicted = summary["evictedEvents"].as_u64().unwrap();
    assert_eq!(evicted + many.len() as u64, 300, "what went is counted and visible");
    assert_eq!(events(&server, "POST", "/first").len(), 1, "the latest event of a key never does");
}

/// With nothing recorded numbers are counted up once a batch; who asks for one in the middle gets its own.
#[test]
fn numbers_within_a_batch_that_is_not_recorded() {
    let server = Server::start(&["--discard-server-data"]);
    server.provision(&get("/a", &json!({})));
    let items = json!([{"source": "general.recvseq", "target": "response.header.x-number"}]);
    server.provision(&get("/n", &json!({"transform": items})));
    let mut client = H2::over(server.wire());
    let paths = ["/a", "/n", "/a", "/a", "/n"];
    let requests: Vec<_> = (0..5_u32)
        .zip(paths)
        .map(|(n, path)| frames::headers(2 * n + 1, &client.get(path)).end_stream())
        .collect();
    client.send(requests);
    assert_eq!(client.expect_status(3, 200).field("x-number"), Some("1"));
    assert_eq!(client.expect_status(9, 200).field("x-number"), Some("4"));
}
