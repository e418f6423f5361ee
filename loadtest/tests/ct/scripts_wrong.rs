//! Scripts that cannot be played: one line with the file and the place, exit code 2, and nothing is sent.

use crate::support::{Server, Speaks, arg, directory, file, loadtest};
use serde_json::{Value, json};

fn script(server: &Server) -> Value {
    json!({
        "dns": "127.0.0.1",
        "port": server.address.port().to_string(),
        "timeout": 1000,
        "flow": ["first", "second"],
        "ranges": {"id": {"min": 1, "max": 9}},
        "messages": {
            "first": {
                "method": "GET", "url": "a/<id>", "response": {"code": 200},
                "save_from_answer": {"key": {"path": "/key", "value_type": "string"}}
            },
            "second": {
                "method": "POST", "url": "b", "body": {"a": "<key>"}, "response": {"code": 200},
                "add_from_saved_to_body": {"key": {"path": "/b", "value_type": "string"}}
            }
        }
    })
}

#[test]
fn mistakes_are_named_with_their_places() {
    let server = Server::of_text(Speaks::Http2, r#"{"key": "x"}"#);
    let directory = directory();
    let good = script(&server);
    let prefix = directory.path().join("out");
    let run = |name: &str, text: &str| {
        let script = file(&directory, name, text);
        loadtest(&["-f", arg(&script), "-n", "2", "-m", "1", "-o", arg(&prefix), "--json"])
    };
    run("good.json", &good.to_string()).expect_all_good(2);
    let (sent, connections) = (server.count(), server.connections());
    for (place, value, words) in [
        ("/flow/1", json!("secnd"), vec!["/flow/1", "secnd", "second"]),
        ("/flow", json!([]), vec!["/flow"]),
        ("/ranges", json!({}), vec!["/messages/first/url", "id"]),
        ("/ranges/id", json!({"min": 5, "max": 1}), vec!["/ranges/id"]),
        ("/ranges/id", json!({"min": "1", "max": 2}), vec!["/ranges/id/min"]),
        (
            "/messages/second/body",
            json!({"a": ["<unknown>"]}),
            vec!["/messages/second/body/a/0", "unknown"],
        ),
        ("/messages/second/url", json!("/b"), vec!["/messages/second/url", "slash"]),
        (
            "/messages/second/response",
            json!({"code": "200"}),
            vec!["/messages/second/response/code"],
        ),
        ("/messages/first/method", json!("GE T"), vec!["/messages/first/method"]),
        (
            "/messages/first/headers",
            json!({"content-length": "0"}),
            vec!["/messages/first/headers/content-length"],
        ),
        (
            "/messages/first/save_from_answer/key/path",
            json!("key"),
            vec!["/messages/first/save_from_answer/key/path"],
        ),
        ("/flow/0", json!("second"), vec!["/messages/second", "key"]),
        ("/port", json!(8000), vec!["/port", "string"]),
        ("/port", json!("0"), vec!["/port"]),
        ("/dns", json!("http://x"), vec!["/dns"]),
        ("/timeout", json!(0), vec!["/timeout"]),
        ("/timeout", json!(1.5), vec!["/timeout"]),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap_or(&mut Value::Null) = value.clone();
        if bad == good {
            let (parent, name) = place.rsplit_once('/').unwrap();
            bad.pointer_mut(parent).unwrap()[name] = value;
        }
        let refused = run("bad.json", &bad.to_string());
        refused.expect_refusal(&[&words[..], &["bad.json"]].concat());
    }
    run("cut.json", "{\n  \"dns\": \"x\",\n  \"port\"").expect_refusal(&["cut.json", "line 3"]);
    run("empty.json", "").expect_refusal(&["empty.json", "line 1"]);
    let missing = directory.path().join("missing.json");
    loadtest(&["-f", arg(&missing), "-n", "1"]).expect_refusal(&[arg(&missing)]);
    loadtest(&["-f", arg(directory.path()), "-n", "1"]).expect_refusal(&[arg(directory.path())]);
    assert_eq!((server.count(), server.connections()), (sent, connections), "nothing was sent");
}
