//! What is typed wrong: exit code 2, a line that says what and where, and nothing is sent.

use crate::support::{RawServer, Server, Speaks, arg, directory, file, loadtest};
use std::net::TcpListener;

/// A port on which nobody listens.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_target_that_cannot_be_reached_is_named() {
    let url = format!("http://127.0.0.1:{}/x", free_port());
    for load in [["-n", "1"], ["-t", "1s"], ["-r", "10"]] {
        for protocol in ["-q", "--http1"] {
            let run = loadtest(&[load[0], load[1], "-c", "4", "--threads", "2", protocol, &url]);
            run.expect_refusal(&[&url, "refused"]);
        }
    }
    let secure = url.replace("http:", "https:");
    loadtest(&["-n", "1", "-k", &secure]).expect_refusal(&[&secure, "refused"]);
    loadtest(&["-n", "1", "http://nowhere.invalid/x"]).expect_refusal(&["nowhere.invalid"]);
}

/// It takes the connection, and hangs up before it has said anything, or says what is no HTTP/2.
#[test]
fn a_target_that_does_not_speak_http2_is_named() {
    let silent = RawServer::start(|stream, _| stream.shutdown(std::net::Shutdown::Both));
    let run = loadtest(&["-n", "1", &silent.url()]);
    run.expect_refusal(&[&silent.url(), "closed"]);
    let http1 = Server::of_text(Speaks::Http1, "x");
    let run = loadtest(&["-n", "1", &http1.url("/")]);
    run.expect_refusal(&[&http1.url("/")]);
    assert_eq!(http1.count(), 0);
}

#[test]
fn mistakes_on_the_command_line_are_one_line() {
    let server = Server::of_text(Speaks::Http2, "x");
    let good = server.url("/");
    let url = good.as_str();
    let cases: &[(&[&str], &[&str])] = &[
        (&["-n", "1"], &["URL"]),
        (&["-n", "1", "nonsense"], &["nonsense", "http://"]),
        (&["-n", "1", "ftp://127.0.0.1/"], &["ftp"]),
        (&["-n", "1", "http://127.0.0.1:99999/"], &["99999"]),
        (&["-n", "1", "http://a@127.0.0.1/"], &["authorization"]),
        (&[url], &["-n", "-t", "-r"]),
        (&["-n", "0", url], &["'0'", "--requests"]),
        (&["-n", "x", url], &["'x'", "--requests"]),
        (&["-t", "5 parsecs", url], &["5 parsecs", "--duration"]),
        (&["-t", "0", url], &["duration"]),
        (&["-r", "fast", url], &["fast", "--rate"]),
        (&["-r", "0", url], &["--rate"]),
        (&["-r", "10", "-t", "0", url], &["0"]),
        (&["-n", "1", "-c", "0", url], &["--connections", "0"]),
        (&["-n", "1", "-m", "0", url], &["--streams", "0"]),
        (&["-n", "1", "--threads", "0", url], &["--threads", "0"]),
        (&["-n", "1", "-c", "2", "--threads", "3", url], &["--threads", "3"]),
        (&["-n", "1", "--timeout", "0", url], &["--timeout"]),
        (&["-n", "1", "--timeout", "1s", "--timeout", "2s", url], &["--timeout"]),
        (&["-r", "10:1s", "--warm-up", "2s", url], &["--warm-up"]),
        (&["-r", "10:1s,20:1s", "-t", "5s", url], &["--duration", "2s"]),
        (&["-n", "1", "-H", "no colon", url], &["no colon"]),
        (&["-n", "1", "-H", "bad name: x", url], &["bad name"]),
        (&["-n", "1", "-H", "connection: close", url], &["connection"]),
        (&["-n", "1", "-X", "GE T", url], &["method"]),
        (&["-n", "1", "-X", "CONNECT", url], &["CONNECT"]),
        (&["-n", "1", "--expect", "20x", url], &["20x"]),
        (&["-n", "1", "--assert", "p99", url], &["p99", "operator"]),
        (&["-n", "1", "--assert", "p99<2", url], &["p99<2"]),
        (&["-n", "1", "--assert", "p999<2ms", url], &["p999<2ms"]),
        (&["-n", "1", "--assert", "speed>3", url], &["speed"]),
        (&["-n", "1", "--cacert", "/x", "-k", url], &["--cacert", "--insecure"]),
        (&["-n", "1", "--cacert", "/x", url], &["--cacert", "not encrypted", "https://"]),
        (&["-n", "1", "-d", "/x", "--from", "/y", url], &["--data", "--from"]),
        (&["-n", "1", "-f", "/x", "--from", "/y", url], &["--script", "--from"]),
        (&["-n", "1", "-f", "/x", "-X", "GET", url], &["--script", "--method"]),
        (&["-n", "1", "-o", "x", url], &["--script"]),
        (&["-n", "1", "--no-such-option", url], &["--no-such-option"]),
        (&["-n", "1", url, url], &["unexpected"]),
    ];
    for (args, words) in cases {
        let run = loadtest(args);
        assert_eq!(run.code, Some(2), "{args:?}: {run:#?}");
        run.expect_refusal(words);
    }
    assert_eq!((server.count(), server.connections()), (0, 0));
}

#[test]
fn files_are_named() {
    let server = Server::of_text(Speaks::Http2, "x");
    let url = server.url("/");
    let directory = directory();
    let missing = directory.path().join("missing");
    for option in ["-d", "--from"] {
        let run = loadtest(&["-n", "1", option, arg(&missing), &url]);
        run.expect_refusal(&[arg(&missing), "No such file"]);
    }
    let unwritable = missing.join("x.hgrm");
    loadtest(&["-n", "1", "--hgrm", arg(&unwritable), &url])
        .expect_refusal(&["--hgrm", arg(&unwritable)]);
    for (text, line, word) in [
        ("{\"path\": \"/\"}\n\n{\"path\": \"x\"}\n", ":3:", "/path"),
        ("# all good\n{\"path\": \"/\", \"expect\": 99}\n", ":2:", "/expect"),
        ("{\"path\": \"/\"}\n{\"pth\": \"/\"}\n", ":2:", "pth"),
        ("{\"path\": \"/\"\n", ":1:", "}"),
        ("{\"path\": \"/\", \"headers\": {\"a b\": \"\"}}\n", ":1:", "/headers/a b"),
        ("# nothing\n", "", "no request"),
    ] {
        let from = file(&directory, "requests", text);
        let place = format!("{}{line}", arg(&from));
        loadtest(&["-n", "1", "--from", arg(&from), &url]).expect_refusal(&[&place, word]);
    }
    assert_eq!((server.count(), server.connections()), (0, 0));
}

/// A pause of no length between rows would print without end.
#[test]
fn periods_have_a_length() {
    let server = Server::of_text(Speaks::Http2, "x");
    let directory = directory();
    let script = serde_json::json!({
        "dns": "127.0.0.1", "port": server.address.port().to_string(), "timeout": 1000, "flow": ["a"],
        "messages": {"a": {"method": "GET", "url": "a", "response": {"code": 200}}}
    });
    let script = file(&directory, "script.json", script.to_string());
    let prefix = directory.path().join("out");
    let run = loadtest(&["-f", arg(&script), "-o", arg(&prefix), "-t", "1", "-p", "0"]);
    run.expect_refusal(&["--period"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn help_and_version_are_no_mistakes() {
    for option in ["--help", "-h", "--version"] {
        let run = loadtest(&[option]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{option}");
        assert!(run.stdout.contains("loadtest"), "{run:#?}");
    }
}
