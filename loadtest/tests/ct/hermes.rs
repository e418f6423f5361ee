//! Scripts from their first message to the files that they leave.

mod files;

use crate::support::{
    Asked, Behaviour, Certificate, Outcome, Reply, Server, Speaks, arg, directory, file, loadtest,
    take_ms,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// An item is made, and changed with what the answer held: a text and a number from its content, and a field.
fn script(server: &Server) -> Value {
    json!({
        "dns": "127.0.0.1",
        "port": server.address.port().to_string(),
        "timeout": 400,
        "flow": ["make", "change"],
        "ranges": {"id": {"min": 8, "max": 10}},
        "variables": {"colour": "green"},
        "messages": {
            "make": {
                "method": "POST",
                "url": "items/<id>",
                "headers": {"x-colour": "dark <colour>"},
                "body": {"name": "item <id>"},
                "response": {"code": 201},
                "save_from_answer": {
                    "token": {"path": "/key/token", "value_type": "string"},
                    "serial": {"path": "/serial", "value_type": "int"},
                    "headers": {"version": "etag"}
                }
            },
            "change": {
                "method": "PUT",
                "url": "items/<id>?colour=<colour>",
                "headers": {"if-match": "<version>"},
                "body": {"kept": [1, null]},
                "response": {"code": 200},
                "add_from_saved_to_body": {
                    "token": {"path": "/auth/token", "value_type": "string"},
                    "serial": {"path": "/serial", "value_type": "int"}
                }
            }
        }
    })
}

/// What the server knows of an item: where it is, and what the client has been told.
struct Item {
    path: String,
    serial: usize,
}

/// Answers `make` with values of its own, and `change` with 200 if it holds just these, only once for each item.
#[derive(Default)]
struct Items(Mutex<HashMap<String, Item>>);

impl Items {
    fn make(&self, asked: &Asked) -> Reply {
        let id = asked.path.strip_prefix("/items/").unwrap();
        let body: Value = serde_json::from_slice(&asked.body).unwrap();
        assert_eq!(body, json!({"name": format!("item {id}")}));
        assert_eq!(asked.headers["content-type"], "application/json");
        assert_eq!(asked.headers["x-colour"], "dark green");
        let (token, serial) = (format!("\"{}\\", asked.number), asked.number * 7);
        let answer = json!({"key": {"token": token}, "serial": serial});
        let item = Item { path: asked.path.clone(), serial };
        self.0.lock().unwrap().insert(token, item);
        Reply::Answer {
            status: 201,
            headers: vec![("etag", format!("v{serial}"))],
            pieces: vec![answer.to_string().into()],
            with_extras: false,
        }
    }

    fn change(&self, asked: &Asked) -> Reply {
        let body: Value = serde_json::from_slice(&asked.body).unwrap();
        let token = body["auth"]["token"].as_str().unwrap_or_default();
        let Some(item) = self.0.lock().unwrap().remove(token) else { return Reply::status(404) };
        let expected = json!({"kept": [1, null], "auth": {"token": token}, "serial": item.serial});
        let is_right = body == expected
            && asked.path == format!("{}?colour=green", item.path)
            && asked.headers["if-match"] == format!("v{}", item.serial);
        Reply::status(if is_right { 200 } else { 409 })
    }

    fn reply(&self, asked: &Asked) -> Reply {
        if asked.method == "POST" { self.make(asked) } else { self.change(asked) }
    }
}

fn items() -> Server {
    let items = Items::default();
    Server::start(Behaviour::of(Speaks::Http2), move |asked| items.reply(asked))
}

/// Runs a script with its files in the directory.
fn play(directory: &TempDir, script: &Value, options: &[&str]) -> Outcome {
    let script = file(directory, "script.json", script.to_string());
    let prefix = directory.path().join("out");
    let mut args = vec!["-f", arg(&script), "-o", arg(&prefix)];
    args.extend(options);
    loadtest(&args)
}

fn count(server: &Server, method: &str) -> usize {
    server.asked().iter().filter(|asked| asked.method == method).count()
}

#[test]
fn what_an_answer_holds_goes_into_the_next_request() {
    let (server, directory) = (items(), directory());
    let run = play(&directory, &script(&server), &["-n", "10", "-m", "1", "--json"]);
    run.expect_all_good(10);
    assert_eq!(run.code, Some(0));
    let seen: Vec<String> =
        server.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    let expected: Vec<String> = [8, 9, 10, 8, 9]
        .into_iter()
        .flat_map(|id| [format!("POST /items/{id}"), format!("PUT /items/{id}?colour=green")])
        .collect();
    assert_eq!(seen, expected, "ranges begin again after their end");
    assert!(server.asked().iter().all(|asked| asked.authority == server.address.to_string()));
    let json = run.json();
    for (n, name) in ["make", "change"].into_iter().enumerate() {
        let message = &json["messages"][n];
        assert_eq!(message["name"], name);
        let requests = json!({"sent": 5, "answered": 5, "succeeded": 5, "failed": 0});
        assert_eq!(message["requests"], requests);
    }
    assert_eq!(json["messages"][0]["statuses"], json!({"201": 5}));
}

/// A script that has begun is played to its end.
#[test]
fn many_scripts_at_a_time_do_not_mix_their_values() {
    let (server, directory) = (items(), directory());
    let options = ["-n", "401", "-c", "4", "-m", "10", "--threads", "2", "--json"];
    let run = play(&directory, &script(&server), &options);
    let sent = server.count();
    run.expect_all_good(sent);
    assert!((401..=480).contains(&sent), "{sent}");
    assert_eq!(count(&server, "POST"), count(&server, "PUT"));
}

/// 100 requests a second, which are 50 scripts. `make` takes 30 ms, so that three ticks pass before `change` can be sent.
#[test]
fn the_rate_counts_requests_and_the_second_waits_for_the_first() {
    let items = Arc::new(Items::default());
    let server = Server::start_async(Behaviour::of(Speaks::Http2), move |asked| {
        let items = Arc::clone(&items);
        async move {
            if asked.method == "POST" {
                take_ms(30).await;
            }
            // An item is known only now, so that a message that came before would find nothing.
            items.reply(&asked)
        }
    });
    let directory = directory();
    let run = play(&directory, &script(&server), &["-r", "100", "-t", "1", "--json"]);
    let sent = server.count();
    run.expect_all_good(sent);
    // Scripts that are not over at the end go on: those three or four that wait for their first answer, or more where the
    // machine is slow.
    assert!((100..=125).contains(&sent), "{sent}");
    assert_eq!(count(&server, "POST"), count(&server, "PUT"));
    let first = server.asked()[0].arrived;
    let spread = server.asked().iter().map(|asked| asked.arrived - first).max().unwrap();
    assert!(spread >= Duration::from_millis(980), "{spread:?}");
}

/// Of each three scripts one is not answered in time, one is answered wrongly, and one without what is to be saved: none of
/// them goes on.
#[test]
fn a_failure_ends_the_script() {
    let items = Items::default();
    let server = Server::start(Behaviour::of(Speaks::Http2), move |asked| {
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/items/8") => Reply::Never,
            ("POST", "/items/9") => Reply::status(500),
            ("POST", "/items/10") => match items.make(asked) {
                Reply::Answer { status, headers, .. } => {
                    let pieces = vec![r#"{"key": {"token": 5}}"#.into()];
                    Reply::Answer { status, headers, pieces, with_extras: false }
                }
                other => other,
            },
            _ => items.reply(asked),
        }
    });
    let mut script = script(&server);
    script["ranges"]["id"] = json!({"min": 7, "max": 10});
    let directory = directory();
    let run = play(&directory, &script, &["-n", "10", "-m", "1", "--json"]);
    // 7, 7, 8, 9, 10, and over again.
    run.expect_counts(10, 8, 4, &[("timeout", 2), ("status", 2), ("unsaved", 2)]);
    let puts: Vec<_> = server.asked().into_iter().filter(|asked| asked.method == "PUT").collect();
    assert!(puts.iter().all(|asked| asked.path == "/items/7?colour=green"), "{puts:?}");
    assert_eq!(puts.len(), 2);
}

/// The timeout is that of the script unless an option says otherwise.
#[test]
fn timeouts_come_from_the_script() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |_| Reply::Never);
    let directory = directory();
    let run = play(&directory, &script(&server), &["-n", "1", "-m", "1", "--json"]);
    run.expect_counts(1, 0, 0, &[("timeout", 1)]);
    let elapsed_s = run.number("/elapsed_s");
    assert!((0.4..5.0).contains(&elapsed_s), "{elapsed_s}");
    let run =
        play(&directory, &script(&server), &["-n", "1", "-m", "1", "--timeout", "50ms", "--json"]);
    assert!(run.number("/elapsed_s") < elapsed_s);
}

#[test]
fn a_script_may_go_over_tls() {
    let certificate = Arc::new(Certificate::of(&["127.0.0.1"]));
    let items = Items::default();
    let tls = Some((Arc::clone(&certificate), vec!["h2"]));
    let behaviour = Behaviour { tls, ..Behaviour::of(Speaks::Http2) };
    let server = Server::start(behaviour, move |asked| items.reply(asked));
    let mut script = script(&server);
    script["secure"] = json!(true);
    let options = ["-n", "6", "-m", "1", "--cacert", arg(&certificate.file), "--json"];
    let directory = directory();
    let run = play(&directory, &script, &options);
    run.expect_all_good(6);
    assert_eq!(run.json()["protocol"], "HTTP/2 over TLS");
}

#[test]
fn a_url_takes_the_place_of_the_target_in_the_script() {
    let (server, directory) = (items(), directory());
    let mut script = script(&server);
    script["dns"] = json!("nowhere.invalid");
    let url = server.url("/");
    play(&directory, &script, &["-n", "4", "-m", "1", "--json", &url]).expect_all_good(4);
    assert_eq!(server.count(), 4);
}
