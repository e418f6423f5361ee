//! The traffic interface: gate, normal form of URIs, matching, answers. Each case names the rule it checks.

use crate::support::server::Server;
use serde_json::{Value, json};

fn get(uri: &str, code: u16) -> Value {
    json!({"requestMethod": "GET", "requestUri": uri, "responseCode": code})
}

fn matching(server: &Server, document: &Value) {
    let answer = server.admin("POST", "/admin/v1/server-matching", &document.to_string());
    assert_eq!(answer.status, 201, "{document}: {}", answer.body.escape_ascii());
}

fn statuses(server: &Server, asked: &[(&str, &str, u16)]) {
    for (rule, path, status) in asked {
        assert_eq!(server.ask("GET", path, "").status, *status, "{rule}: {path}");
    }
}

#[test]
fn gate() {
    let server = Server::start(&["-m", "app", "-n", "v1"]);
    for (rule, method, path, status, body) in [
        (
            "other methods are refused",
            "PATCH",
            "/app/v1/x",
            405,
            r#"{"cause":"METHOD_NOT_ALLOWED"}"#,
        ),
        ("before the path is looked at", "OPTIONS", "/x", 405, r#"{"cause":"METHOD_NOT_ALLOWED"}"#),
        ("in whatever case", "get", "/app/v1/x", 405, r#"{"cause":"METHOD_NOT_ALLOWED"}"#),
        ("the name without the version", "GET", "/app", 400, r#"{"cause":"INVALID_API"}"#),
        ("on a segment boundary", "GET", "/app/v1x", 400, r#"{"cause":"INVALID_API"}"#),
        ("the prefix itself passes", "GET", "/app/v1", 501, ""),
        ("with a slash", "GET", "/app/v1/", 501, ""),
        ("with a query", "GET", "/app/v1?x=1", 501, ""),
        ("compared decoded", "GET", "/%61pp/v1/x", 501, ""),
    ] {
        let answer = server.ask(method, path, "");
        assert_eq!(answer.status, status, "{rule}");
        assert_eq!(String::from_utf8_lossy(&answer.body), body, "{rule}");
        if !body.is_empty() {
            assert_eq!(answer.field("content-type"), Some("application/problem+json"), "{rule}");
            assert_eq!(answer.field("x-version"), Some("v1"), "{rule}");
        }
        let allow = (status == 405).then_some("POST, GET, PUT, DELETE, HEAD");
        assert_eq!(answer.field("allow"), allow, "{rule}");
    }
    let (_, keys) = server.admin_json("server-data");
    let uris: Vec<_> = keys.as_array().unwrap().iter().map(|key| key["uri"].as_str()).collect();
    assert_eq!(uris.len(), 4, "what the gate refuses is not recorded: {uris:?}");
    let numbers: Vec<u64> = keys
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|key| key["requests"].as_array().unwrap())
        .map(|event| event["serverSequence"].as_u64().unwrap())
        .collect();
    assert!(numbers.iter().all(|&number| number < 4), "nor numbered: {numbers:?}");
}

#[test]
fn any_content_type_is_accepted() {
    let server = Server::start(&[]);
    server.provision(&json!({"requestMethod": "POST", "requestUri": "/a", "responseCode": 201}));
    for content_type in ["application/json", "text/plain", "nonsense"] {
        let answer = server.ask_with("POST", "/a", &[("content-type", content_type)], b"x");
        assert_eq!(answer.status, 201, "{content_type}");
    }
    assert_eq!(server.ask("POST", "/a", "").status, 201, "none at all");
}

#[test]
fn unclean_paths_move() {
    let server = Server::start(&["-m", "app"]);
    for (rule, path, location) in [
        ("two slashes", "/app//x", "/app/x"),
        ("a dot", "/app/./x", "/app/x"),
        ("two dots", "/app/y/../x", "/app/x"),
        ("the decoded path counts", "/app/y/%2e%2e/x", "/app/x"),
        ("and decoded slashes", "/app%2F%2Fx", "/app/x"),
        ("a dot at the end leaves a slash", "/app/x/.", "/app/x/"),
        ("two as well", "/app/x/y/..", "/app/x/"),
        ("the query stays raw", "/app//x?b=%20&a", "/app/x?b=%20&a"),
        ("encoded again in upper case", "/app//%c3%a9", "/app/%C3%A9"),
        ("before the prefix is checked", "//other", "/other"),
    ] {
        let answer = server.ask("GET", path, "");
        assert_eq!((answer.status, answer.field("location")), (301, Some(location)), "{rule}");
        assert!(
            answer.field("content-length").is_some() && !answer.body.is_empty(),
            "{rule}: GET has a body"
        );
        let answer = server.ask("POST", path, "");
        assert_eq!(
            (answer.status, answer.field("content-length")),
            (301, Some("0")),
            "{rule}: others have none"
        );
    }
    assert_eq!(server.ask("GET", "/app/...", "").status, 501, "three dots are a name");
    assert_eq!(server.ask("PATCH", "/app//x", "").status, 301, "before the method");
    let (_, keys) = server.admin_json("server-data");
    assert_eq!(keys.as_array().unwrap().len(), 1, "not recorded");
}

#[test]
fn uris_are_compared_in_their_normal_form() {
    let server = Server::start(&[]);
    for (uri, code) in [
        ("/a b/é", 201),
        ("/q?a=1&b", 202),
        ("/q?=1", 203),
        ("/q", 204),
        ("/q/", 205),
        ("/p+q", 206),
    ] {
        server.provision(&get(uri, code));
    }
    statuses(
        &server,
        &[
            ("the path is decoded", "/a%20b/%C3%A9", 201),
            ("a plus in the path stays", "/p+q", 206),
            ("parameters are sorted by key", "/q?b&a=1", 202),
            ("an empty value loses its sign", "/q?b=&a=1", 202),
            ("an empty key with a value stays", "/q?=1", 203),
            ("an empty query vanishes", "/q?", 204),
            ("so does an empty pair", "/q?=", 204),
            ("a repeated key discards the query", "/q?a=1&a=1", 204),
            ("a trailing slash matters", "/q/", 205),
            ("encoded separators take effect", "/q?a=1%26b", 202),
        ],
    );
}

#[test]
fn query_filters() {
    let server = Server::start(&[]);
    for (uri, code) in [
        ("/q", 200),
        ("/q?a=2;b=1", 201),
        ("/q?b=1;a=2", 202),
        ("/q?b=1&a=2", 203),
        ("/q?a=2&b=1", 204),
    ] {
        server.provision(&get(uri, code));
    }
    let filter = |name: &str| {
        matching(
            &server,
            &json!({"algorithm": "FullMatching", "uriPathQueryParametersFilter": name}),
        );
    };
    statuses(&server, &[("SortAmpersand is the default", "/q?b=1&a=2", 204)]);
    filter("SortSemicolon");
    statuses(&server, &[("SortSemicolon", "/q?b=1;a=2", 201), ("one key", "/q?b=1&a=2", 203)]);
    filter("PassBy");
    statuses(&server, &[("PassBy", "/q?b=1;a=2", 202), ("PassBy", "/q?b=1&a=2", 203)]);
    filter("Ignore");
    statuses(&server, &[("Ignore", "/q?b=1;a=2", 200), ("Ignore", "/q?whatever", 200)]);
    matching(&server, &json!({"algorithm": "FullMatching"}));
    statuses(&server, &[("a load without filter resets it", "/q?b=1&a=2", 204)]);
    matching(
        &server,
        &json!({"algorithm": "FullMatching", "uriPathQueryParameters": {"filter": "Sort", "separator": "Semicolon"}}),
    );
    statuses(&server, &[("the newer spelling", "/q?b=1;a=2", 201)]);
}

#[test]
fn algorithms() {
    let server = Server::start(&[]);
    server.provision(&get("/item/1", 200));
    server.provision(&json!({"requestMethod": "GET", "responseCode": 404}));
    statuses(&server, &[("FullMatching", "/item/1", 200), ("default provision", "/item/2", 404)]);

    matching(
        &server,
        &json!({"algorithm": "FullMatchingRegexReplace", "rgx": "(/item/[0-9]+)/ts-[0-9]+", "fmt": "$1"}),
    );
    statuses(
        &server,
        &[
            ("the replaced URI is looked up", "/item/1/ts-99", 200),
            ("no match: the URI as it is", "/item/1", 200),
            ("default for what is not found", "/item/3/ts-99", 404),
        ],
    );

    matching(&server, &json!({"algorithm": "PriorityMatchingRegex"}));
    server.provision(&get("/item/[0-9]{2}", 202));
    server.provision(&get("/item/[0-9]+", 203));
    statuses(
        &server,
        &[
            ("posted before the algorithm", "/item/1", 200),
            ("first match in order of insertion", "/item/12", 202),
            ("the next", "/item/123", 203),
            ("the whole URI must match", "/item/123x", 404),
        ],
    );
    server.provision(&get("/item/[0-9]{2}", 206));
    statuses(&server, &[("an overwritten one keeps its position", "/item/12", 206)]);
    let (_, listed) = server.admin_json("server-provision");
    let codes: Vec<_> =
        listed.as_array().unwrap().iter().map(|p| p["responseCode"].as_u64().unwrap()).collect();
    assert_eq!(codes, [200, 404, 206, 203], "listed once, in order");
    matching(&server, &json!({"algorithm": "RegexMatching"}));
    statuses(&server, &[("the newer name", "/item/12", 206)]);
}

#[test]
fn states_belong_to_method_and_received_uri() {
    let server = Server::start(&[]);
    server.provision(&json!({"requestMethod": "GET", "responseCode": 200, "outState": "seen"}));
    server.provision(&json!({"requestMethod": "GET", "responseCode": 208, "inState": "seen", "outState": "seen"}));
    statuses(
        &server,
        &[
            ("a default provision", "/x", 200),
            ("follows the state of the concrete URI", "/x", 208),
            ("each URI its own", "/y", 200),
            ("in its normal form", "/%78", 208),
        ],
    );
}

#[test]
fn a_request_that_was_not_provisioned_stays_initial() {
    let server = Server::start(&[]);
    assert_eq!(server.ask("GET", "/later", "").status, 501);
    server.provision(&get("/later", 200));
    assert_eq!(server.ask("GET", "/later", "").status, 200);
}

#[test]
fn request_schema() {
    let server = Server::start(&[]);
    server.provision(&json!({"requestMethod": "POST", "responseCode": 200}));
    server.provision(&json!({"requestMethod": "GET", "responseCode": 200}));
    let schema = |schema: Value| {
        server.admin("POST", "/admin/v1/server-data/schema", &schema.to_string()).status
    };
    assert_eq!(schema(json!({"type": "object", "required": ["id"]})), 201);
    for (rule, method, body, status) in [
        ("a body that fits", "POST", r#"{"id":1}"#, 200),
        ("one that does not", "POST", "{}", 400),
        ("no JSON", "POST", "id", 400),
        ("an empty body", "GET", "", 400),
    ] {
        let answer = server.ask(method, "/a", body);
        assert_eq!((answer.status, answer.body.len()), (status, 0), "{rule}");
    }
    assert_eq!(schema(json!({"type": "nonsense"})), 400);
    assert_eq!(server.ask("POST", "/a", "{}").status, 400, "a refused schema leaves that before");
    assert_eq!(schema(json!(true)), 201);
    assert_eq!(server.ask("POST", "/a", "{}").status, 200);
    assert_eq!(server.ask("GET", "/a", "").status, 400, "an empty body is no JSON");
    let delete = || server.admin("DELETE", "/admin/v1/server-data/schema", "").status;
    assert_eq!([delete(), delete()], [200, 400], "the schema is taken out of force, once");
    assert_eq!(server.ask("GET", "/a", "").status, 200);
    let (_, keys) = server.admin_json("server-data?requestMethod=POST&requestUri=/a");
    let events = keys["requests"].as_array().unwrap();
    assert_eq!(events.len(), 2, "what does not fit is not recorded");
    assert_eq!(events[1]["serverSequence"], 1, "nor numbered");
}

#[test]
fn answers() {
    let server = Server::start(&[]);
    for (rule, provision, code, body) in [
        ("no body posted, none sent", json!({"responseCode": 200}), 200, ""),
        ("null is a body", json!({"responseCode": 200, "responseBody": null}), 200, "null"),
        (
            "an object is sent compact",
            json!({"responseCode": 200, "responseBody": {"b": 1, "a": [1.0]}}),
            200,
            r#"{"a":[1.0],"b":1}"#,
        ),
        (
            "text is sent as it is",
            json!({"responseCode": 200, "responseBody": "a \"b\""}),
            200,
            "a \"b\"",
        ),
        ("a number", json!({"responseCode": 200, "responseBody": 7}), 200, "7"),
        (
            "a fraction with six decimals",
            json!({"responseCode": 200, "responseBody": 1.5}),
            200,
            "1.500000",
        ),
        ("204 has no body", json!({"responseCode": 204, "responseBody": {"a": 1}}), 204, ""),
        ("an unusual status", json!({"responseCode": 799}), 799, ""),
    ] {
        let mut provision = provision;
        provision["requestMethod"] = json!("PUT");
        provision["requestUri"] = json!("/a");
        server.provision(&provision);
        let answer = server.ask("PUT", "/a", "");
        assert_eq!(
            (answer.status, &*String::from_utf8_lossy(&answer.body)),
            (code, body),
            "{rule}"
        );
        assert_eq!(answer.field("content-type"), None, "{rule}: nothing is added but the date");
        assert!(answer.field("date").is_some(), "{rule}");
    }
    server.provision(&json!({"requestMethod": "HEAD", "requestUri": "/a", "responseCode": 200,
        "responseHeaders": {"X-Upper": "v"}, "responseBody": {"a": 1}}));
    let head = server.ask("HEAD", "/a", "");
    assert_eq!((head.status, head.field("x-upper")), (200, Some("v")));
    assert_eq!(server.ask("HEAD", "/b", "").status, 501, "HEAD needs its own provision");
}

#[test]
fn other_methods_once_provisioned() {
    let server = Server::start(&[]);
    for method in ["PATCH", "OPTIONS", "REPORT"] {
        assert_eq!(server.ask(method, "/a", "").status, 405, "{method}");
        server
            .provision(&json!({"requestMethod": method, "requestUri": "/a", "responseCode": 200}));
        assert_eq!(server.ask(method, "/a", "").status, 200, "{method}");
        let (status, event) = server.admin_json(&format!(
            "server-data?requestMethod={method}&requestUri=/a&requestNumber=1"
        ));
        assert_eq!((status, &event["responseStatusCode"]), (200, &json!(200)), "{method}");
    }
    assert_eq!(
        server.ask("TRACE", "/a", "").field("allow"),
        Some("POST, GET, PUT, DELETE, HEAD, PATCH, OPTIONS, REPORT")
    );
    assert_eq!(server.admin("DELETE", "/admin/v1/server-provision", "").status, 200);
    assert_eq!(server.ask("PATCH", "/a", "").status, 405, "and not any more when they are gone");
}
