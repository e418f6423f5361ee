//! Rows of the behaviour tables of both interfaces that show on the wire only, each under its name.

use crate::support::frames::{self, code};
use crate::support::h1::H1;
use crate::support::h2::{H2, Response};
use crate::support::server::Server;
use crate::support::wire::Wire;
use crate::support::{deadline, hpack};
use serde_json::{Value, json};
use std::time::Instant;

const MATCHING: &str = "/admin/v1/server-matching";
const PROVISION: &str = "/admin/v1/server-provision";

fn post(server: &Server, path: &str, document: &Value) -> (u16, String) {
    let answer = server.admin("POST", path, &document.to_string());
    (answer.status, String::from_utf8(answer.body).unwrap())
}

fn get(uri: &str, members: &Value) -> Value {
    let mut provision = json!({"requestMethod": "GET", "requestUri": uri, "responseCode": 200});
    for (name, value) in members.as_object().unwrap() {
        provision[name] = value.clone();
    }
    provision
}

fn events(server: &Server, method: &str, uri: &str) -> Vec<Value> {
    let path = format!("server-data?requestMethod={method}&requestUri={uri}");
    let (_, key) = server.admin_json(&path);
    key["requests"].as_array().cloned().unwrap_or_default()
}

fn wait_for_line(server: &Server, wanted: &[&str]) {
    let until = deadline();
    let is_there = |printed: &str| {
        printed.lines().any(|line| wanted.iter().all(|wanted| line.contains(wanted)))
    };
    while !is_there(&server.printed()) {
        assert!(Instant::now() < until, "{wanted:?} is not in\n{}", server.printed());
        std::thread::yield_now();
    }
}

fn names(response: &Response) -> Vec<&str> {
    response.fields.iter().map(|(name, _)| name.as_str()).collect()
}

/// A1.1 over HTTP/2, where a body needs no announcement.
#[test]
fn admin_gate_in_http_2() {
    let server = Server::start(&[]);
    let mut client = H2::over(Wire::plain(server.admin));
    let mut stream = 1;
    for (row, fields, body, status) in [
        ("a body without content-length is refused", &[][..], "{}", 415),
        ("content-length is the string 0", &[("content-length", "0")], "", 415),
        ("content-length is there", &[("content-length", "2")], "{}", 400),
        ("content-type with parameters", &[("content-type", "application/json; x")], "{}", 415),
        (
            "the right content-type and an empty body",
            &[("content-type", "application/json")],
            "",
            400,
        ),
    ] {
        let block = client.request("POST", PROVISION, fields);
        client.send([
            frames::headers(stream, &block),
            frames::data(stream, body.as_bytes()).end_stream(),
        ]);
        let answer = client.expect_status(stream, status);
        assert!(names(&answer).contains(&"date"), "{row}: every response has a date");
        if status == 415 {
            assert_eq!(answer.body, br#"{"cause":"UNSUPPORTED_MEDIA_TYPE"}"#, "{row}");
            let length = ("content-length".to_owned(), "34".to_owned());
            assert!(answer.fields.contains(&length), "{row}");
        }
        stream += 2;
    }
}

/// A1.1, below the gate. CONNECT is answered instead, which a client understands better.
#[test]
fn malformed_requests_are_reset_on_both_interfaces() {
    let server = Server::start(&[]);
    let connect = [(":method", "CONNECT"), (":authority", "localhost")];
    let slashless =
        [(":method", "GET"), (":scheme", "http"), (":path", "admin/v1"), (":authority", "a")];
    for (row, address, fields, status) in [
        ("traffic: CONNECT", server.traffic, &connect[..], Some("405")),
        ("traffic: a :path without leading slash", server.traffic, &slashless, None),
        ("admin: CONNECT", server.admin, &connect, Some("405")),
        ("admin: a :path without leading slash", server.admin, &slashless, None),
    ] {
        let mut client = H2::over(Wire::plain(address));
        client.send([frames::headers(1, &hpack::block(fields)).end_stream()]);
        match status {
            None => client.expect_stream_error(1, code::PROTOCOL_ERROR),
            Some(_) => assert_eq!(client.expect_head(1).field(":status"), status, "{row}"),
        }
    }
}

/// A1.1: there is no body size limit that a user meets (3 MB were tried); A1.4: what it is checked against.
#[test]
fn long_documents() {
    let server = Server::start(&[]);
    let long = "x".repeat(3_000_000);
    let answer = post(&server, PROVISION, &get("/long", &json!({"responseBody": {"long": long}})));
    assert_eq!(answer.0, 201);
    assert_eq!(server.ask("GET", "/long", "").body.len(), long.len() + r#"{"long":""}"#.len());
}

/// A2.1: the answer to paths that are not clean, on both interfaces.
#[test]
fn redirections_have_a_body_of_117_bytes_for_get_only() {
    let server = Server::start(&[]);
    for (interface, address) in [("admin", server.admin), ("traffic", server.traffic)] {
        for (method, length) in [("GET", "117"), ("POST", "0"), ("OPTIONS", "0")] {
            let mut client = H1::over(Wire::plain(address));
            client.send(format!("{method} /a//b HTTP/1.1\r\nhost: a\r\n\r\n"));
            let answer = client.response();
            assert_eq!((answer.status, answer.field("location")), (301, Some("/a/b")));
            let got = answer.field("content-length");
            assert_eq!(got, Some(length), "{interface}: {method}");
            assert_eq!(answer.field("content-type"), None, "no content-type");
            assert!(answer.field("date").is_some(), "{interface}: 301 too has a date");
        }
    }
    assert_eq!(server.admin_json("server-data").0, 204, "not stored");
}

/// A1.4: "with PriorityMatchingRegex currently configured, the text must compile as a regex".
#[test]
fn uris_must_be_patterns_only_while_patterns_are_matched() {
    const OK: &str = "server-provision operation; valid schema and provision data received";
    const BAD: &str = "server-provision operation; invalid provision data received";
    const BAD_ARRAY: &str =
        "server-provision operation; detected one invalid provision data received";
    let server = Server::start(&[]);
    let result =
        |ok: bool, text: &str| format!("{{ \"result\":\"{ok}\", \"response\": \"{text}\" }}");
    let broken = get("/broken(", &json!({}));
    assert_eq!(post(&server, PROVISION, &broken), (201, result(true, OK)), "FullMatching");
    assert_eq!(post(&server, MATCHING, &json!({"algorithm": "PriorityMatchingRegex"})).0, 201);
    assert_eq!(post(&server, PROVISION, &broken), (400, result(false, BAD)));
    assert_eq!(post(&server, PROVISION, &json!([broken])), (400, result(false, BAD_ARRAY)));
    let state = get("/state", &json!({"inState": "(", "responseCode": 202}));
    assert_eq!(
        post(&server, PROVISION, &state),
        (400, result(false, BAD)),
        "inState is part of it"
    );
    assert_eq!(post(&server, MATCHING, &json!({"algorithm": "FullMatching"})).0, 201);
    assert_eq!(server.ask("GET", "/broken(", "").status, 200, "A9 9: the switch loses nothing");
}

/// A2.1, 3: name and version.
#[test]
fn api_names_are_taken_literally() {
    let server = Server::start(&["-n", "v1"]);
    let refused = server.ask("PATCH", "/x", "");
    assert_eq!((refused.status, refused.field("x-version")), (405, Some("v1")), "version alone");
    assert_eq!(server.ask("GET", "/x", "").status, 501, "version alone is no prefix");

    let server = Server::start(&["-m", "/app/"]);
    for path in ["/app", "/app/", "/app/x", "/%2Fapp%2F/x"] {
        let status = server.ask("GET", path, "").status;
        assert!(matches!(status, 400 | 301), "with slashes in the name no path matches: {path}");
    }
    let server = Server::start(&["-m", "app"]);
    for (path, status) in
        [("/app", 501), ("/app/", 501), ("/app?x", 501), ("/appx", 400), ("/App", 400)]
    {
        assert_eq!(server.ask("GET", path, "").status, status, "name alone: {path}");
    }
}

/// A2.2: "a repeated key discards the whole query, with an error log".
#[test]
fn a_discarded_query_is_logged() {
    let server = Server::start(&[]);
    assert_eq!(server.ask("GET", "/q?b=1&a=1&%61=2", "").status, 501);
    wait_for_line(&server, &["ERROR", "query discarded", "GET", "/q?b=1&a=1&%61=2"]);
    assert_eq!(events(&server, "GET", "/q").len(), 1);
}

/// A2.5 over HTTP/2.
#[test]
fn nothing_is_added_to_an_answer_but_the_date() {
    let server = Server::start(&[]);
    server.provision(&get(
        "/a",
        &json!({"responseBody": {"é": 1}, "responseHeaders": {"X-Upper": "v", "a": ""},
        "transform": [{"source": "value.1", "target": "response.header.z"},
            {"source": "value.2", "target": "response.header.a"}]}),
    ));
    let mut client = H2::over(server.wire());
    client.send_get(1, "/a");
    let answer = client.expect_status(1, 200);
    let mut provisioned: Vec<_> = answer.fields.iter().filter(|(name, _)| name != "date").collect();
    provisioned.retain(|(name, _)| name != ":status");
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let (added, mut posted) = (provisioned.split_off(2), provisioned);
    posted.sort();
    assert_eq!(posted, [&field("a", ""), &field("x-upper", "v")], "in any order, in lower case");
    assert_eq!(added, [&field("z", "1"), &field("a", "2")], "added ones in order; both are sent");
    assert!(names(&answer).contains(&"date"));
    assert_eq!(answer.body, r#"{"é":1}"#.as_bytes(), "compact, UTF-8 raw");
    client.send_get(3, "/unprovisioned");
    let answer = client.expect_status(3, 501);
    assert_eq!(
        (names(&answer), answer.body.len()),
        (vec![":status", "date"], 0),
        "501: no headers"
    );
}

/// A9 22: 100 to 999 as they are, those below reset the stream, others are refused.
#[test]
fn codes() {
    let server = Server::start(&[]);
    let mut client = H2::over(server.wire());
    let mut stream = 1;
    for (code, body) in [
        (100, false),
        (101, false),
        (103, false),
        (199, false),
        (200, true),
        (204, false),
        (304, false),
        (599, true),
        (600, true),
        (999, true),
    ] {
        server.provision(&get("/c", &json!({"responseCode": code, "responseBody": "x"})));
        client.send_get(stream, "/c");
        let answer = client.expect_status(stream, code);
        assert_eq!(!answer.body.is_empty(), body, "{code}");
        stream += 2;
    }
    for code in [0, 1, 7, 8, 99] {
        server.provision(&get("/c", &json!({"responseCode": code, "responseBody": "x"})));
        client.send_get(stream, "/c");
        client.expect_rst(stream, &[code]);
        stream += 2;
    }
    for refused in [json!(-1), json!(1000), json!(99999), json!(4_294_967_496_u64)] {
        let (status, _) = post(&server, PROVISION, &get("/c", &json!({"responseCode": refused})));
        assert_eq!(status, 400, "{refused}");
    }
    let last = events(&server, "GET", "/c").pop().unwrap();
    assert_eq!(last["responseStatusCode"], 99, "a reset is recorded with its code");
}

/// A9 12: delays have 64 bits.
#[test]
fn long_delays_do_not_end_at_once() {
    let server = Server::start(&[]);
    let mut client = H2::over(server.wire());
    for (stream, delay_ms) in [(1, 4_294_968_u64), (3, 4_294_967_296), (5, u64::MAX)] {
        let uri = format!("/{delay_ms}");
        server.provision(&get(&uri, &json!({"responseDelayMs": delay_ms})));
        client.send_get(stream, &uri);
        let until = deadline();
        while events(&server, "GET", &uri).is_empty() {
            assert!(Instant::now() < until);
        }
        assert_eq!(events(&server, "GET", &uri)[0]["responseDelayMs"], delay_ms);
        let early = client.expect_alive();
        assert!(early.iter().all(|frame| frame.stream != stream), "{delay_ms} is not over");
    }
}

/// A3, 4: an event has the state that was found, not the pattern that matched it.
#[test]
fn previous_state_is_the_one_that_was_found() {
    let server = Server::start(&[]);
    assert_eq!(post(&server, MATCHING, &json!({"algorithm": "PriorityMatchingRegex"})).0, 201);
    let foreign = json!([{"source": "value.gone", "target": "outState.DELETE"}]);
    server
        .provision(&get("/a", &json!({"inState": ".*", "outState": "seen", "transform": foreign})));
    server.ask("GET", "/a", "");
    server.ask("GET", "/a", "");
    let states = |method: &str| -> Vec<Value> {
        let events = events(&server, method, "/a");
        events.iter().map(|event| json!([event["previousState"], event["state"]])).collect()
    };
    assert_eq!(states("GET"), [json!(["initial", "seen"]), json!(["seen", "seen"])]);
    let virtual_ones = [json!(["initial", "gone"]), json!(["seen", "gone"])];
    assert_eq!(states("DELETE"), virtual_ones, "own inState as the previous one");
}

/// A1.6: what names a key, and A2.3: the state belongs to the URI before any replacement.
#[test]
fn keys_have_the_uri_before_the_replacement() {
    let server = Server::start(&[]);
    let replace = json!({"algorithm": "FullMatchingRegexReplace", "rgx": "[0-9]+", "fmt": "N"});
    assert_eq!(post(&server, MATCHING, &replace).0, 201);
    server.provision(&get("/N?a=N&b", &json!({"outState": "second"})));
    server.provision(&get("/N?a=N&b", &json!({"inState": "second", "responseCode": 202})));
    let ask = |path: &str| server.ask("GET", path, "").status;
    assert_eq!([ask("/12?b=&a=3"), ask("/12?a=3&b"), ask("/13?a=3&b")], [200, 202, 200]);
    let (_, keys) = server.admin_json("server-data");
    let uris: Vec<_> = keys.as_array().unwrap().iter().map(|key| key["uri"].clone()).collect();
    assert_eq!(uris, [json!("/12?a=3&b"), json!("/13?a=3&b")]);
}

/// A1.6: the query of the admin interface is decoded as a whole.
#[test]
fn plus_means_blank_in_admin_queries() {
    let server = Server::start(&[]);
    server.ask("GET", "/a+b", "");
    server.ask("GET", "/a%20b", "");
    server.ask("GET", "/a%20b", "");
    assert_eq!(events(&server, "GET", "/a%2Bb").len(), 1);
    assert_eq!(events(&server, "GET", "/a+b").len(), 2);
}

/// A2.4 and the rows of A1.4 and A1.5 about the request schema.
#[test]
fn request_schemas() {
    const SCHEMA: &str = "/admin/v1/server-data/schema";
    let server = Server::start(&[]);
    server.provision(&json!({"requestMethod": "POST", "responseCode": 200}));
    assert_eq!(server.admin("DELETE", SCHEMA, "").status, 400, "there is no DELETE");
    assert_eq!(post(&server, SCHEMA, &json!({"type": "object"})).0, 201);
    for (row, refused) in [
        ("uncompilable pattern", json!({"pattern": "("})),
        ("unresolvable $ref", json!({"$ref": "#/definitions/none"})),
        ("a keyword value of the wrong kind", json!({"required": "x"})),
        ("a keyword value of the wrong kind", json!({"minimum": "x"})),
        ("no object and no boolean", json!([])),
        ("A9 24: an unknown type", json!({"type": "foo"})),
    ] {
        let (status, body) = post(&server, SCHEMA, &refused);
        assert_eq!(status, 400, "{row}");
        assert!(body.contains("server-data/schema operation; load failed"), "{row}: {body}");
        assert_eq!(server.ask("POST", "/a", "[]").status, 400, "A9 17: the old one is kept: {row}");
        assert_eq!(server.admin_json("server-data/schema"), (200, json!({"type": "object"})));
    }
    assert_eq!(server.ask("POST", "/a", "{}").status, 200);
    for everything in [json!(true), json!({})] {
        assert_eq!(post(&server, SCHEMA, &everything).0, 201);
        assert_eq!(server.ask("POST", "/a", "[]").status, 200, "{everything}");
        assert_eq!(server.ask("POST", "/a", "no JSON").status, 400, "bodies must still be JSON");
    }
}

/// Part B, `server-data/summary`.
#[test]
fn summaries_name_the_provision_of_a_key() {
    let server = Server::start(&[]);
    assert_eq!(post(&server, MATCHING, &json!({"algorithm": "RegexMatching"})).0, 201);
    server.provision(&get("/a/[0-9]+", &json!({})));
    server.ask("GET", "/a/1", "");
    server.ask("GET", "/b", "");
    let (_, summary) = server.admin_json("server-data/summary");
    let listed = summary["displayedKeys"]["list"].as_array().unwrap();
    let provisioned =
        json!({"amount": 1, "method": "GET", "provisionUri": "/a/[0-9]+", "uri": "/a/1"});
    assert!(listed.contains(&provisioned), "{summary}");
    assert!(listed.contains(&json!({"amount": 1, "method": "GET", "uri": "/b"})), "{summary}");
}

/// A1.8: `logging`, as it shows in what is logged.
#[test]
fn changes_of_the_level_are_logged() {
    let server = Server::start(&[]);
    let set = |level: &str| server.admin("PUT", &format!("/admin/v1/logging?level={level}"), "x");
    for (level, line) in [
        ("Debug", "Log level changed: Warning -> Debug"),
        ("Debug", "Log level unchanged (already Debug)"),
        ("Emergency", "Log level changed: Debug -> Error"),
    ] {
        let answer = set(level);
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{level}");
        wait_for_line(&server, &["WARN", line]);
    }
    for level in ["error", "Fatal", ""] {
        assert_eq!(set(level).status, 400, "not one of the eight names exactly: {level:?}");
    }
    let shown = server.admin("GET", "/admin/v1/logging", "");
    assert_eq!(shown.body, b"Error");
}
