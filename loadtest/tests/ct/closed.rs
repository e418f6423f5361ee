//! The closed loop: how many requests there are, and when they end.

use crate::support::{
    Behaviour, Certificate, Reply, Server, Speaks, arg, directory, file, loadtest,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// What a run may speak: the behaviour of a server for it, and the options of the client.
fn ways() -> Vec<(&'static str, Behaviour, Vec<String>)> {
    let certificate = Arc::new(Certificate::of(&["127.0.0.1"]));
    let trust = ["--cacert".to_owned(), arg(&certificate.file).to_owned()];
    let http1 = "--http1".to_owned();
    let tls = |speaks, alpn| Behaviour {
        tls: Some((Arc::clone(&certificate), vec![alpn])),
        ..Behaviour::of(speaks)
    };
    vec![
        ("HTTP/2", Behaviour::of(Speaks::Http2), vec![]),
        ("HTTP/1.1", Behaviour::of(Speaks::Http1), vec![http1.clone()]),
        ("HTTP/2 over TLS", tls(Speaks::Http2, "h2"), trust.to_vec()),
        (
            "HTTP/1.1 over TLS",
            tls(Speaks::Http1, "http/1.1"),
            [&trust[..], std::slice::from_ref(&http1)].concat(),
        ),
    ]
}

/// With pipelines in HTTP/1.1.
#[test]
fn each_request_is_sent_once_and_counted_once() {
    for (name, behaviour, options) in ways() {
        let server = Server::start(behaviour, |_| Reply::text("twelve bytes"));
        let url = server.url("/a?b=c");
        let mut args = vec!["-n", "1001", "-c", "4", "-m", "4", "--threads", "2", "--json", &url];
        args.extend(options.iter().map(String::as_str));
        let run = loadtest(&args);
        assert_eq!(run.code, Some(0), "{name}: {run:#?}");
        run.expect_all_good(1001);
        assert_eq!(server.count(), 1001, "{name}");
        assert_eq!(server.connections(), 4, "{name}");
        let asked = server.asked();
        assert!(
            asked.iter().all(|asked| asked.path == "/a?b=c" && asked.method == "GET"),
            "{name}"
        );
        let of_connection = |n| asked.iter().filter(|asked| asked.connection == n).count();
        assert!((0..4).all(|n| of_connection(n) > 0), "{name}: all connections are used");
        let json = run.json();
        assert_eq!(json["protocol"], name);
        assert_eq!(json["target"], url);
        assert_eq!(json["statuses"], serde_json::json!({"200": 1001}));
        assert_eq!(json["traffic"]["body_bytes"], 12 * 1001, "{name}");
        let connections = serde_json::json!({"established": 4, "refused": 0, "lost": 0});
        assert_eq!(json["connections"], connections, "{name}");
        assert_eq!(json["latency_from"], "sent");
    }
}

#[test]
fn the_method_the_fields_and_the_content_arrive_as_they_were_given() {
    let directory = directory();
    let content: Vec<u8> = (0..=255).collect();
    let data = file(&directory, "content", &content);
    for (name, behaviour, options) in ways() {
        let server = Server::start(behaviour, |_| Reply::status(201));
        let url = server.url("/%C3%A9?q=%20");
        let mut args = vec!["-n", "2", "-X", "PUT", "-d", arg(&data), "--json", &url];
        args.extend(["-H", "X-One: first, and more", "-H", "x-two:2", "-H", "x-two: 3"]);
        args.extend(options.iter().map(String::as_str));
        let run = loadtest(&args);
        run.expect_all_good(2);
        for asked in server.asked() {
            assert_eq!(asked.method, "PUT", "{name}");
            assert_eq!(asked.path, "/%C3%A9?q=%20", "{name}");
            assert_eq!(asked.authority, server.address.to_string(), "{name}");
            assert_eq!(asked.headers["x-one"], "first, and more", "{name}");
            let twos: Vec<_> = asked.headers.get_all("x-two").iter().collect();
            assert_eq!(twos, ["2", "3"], "{name}");
            assert_eq!(asked.headers["content-length"], "256", "{name}");
            assert_eq!(asked.body, content, "{name}");
        }
        assert_eq!(run.json()["statuses"], serde_json::json!({"201": 2}));
    }
}

/// Windows that take all of it at once, or a part at a time.
#[test]
fn a_large_content_arrives_whole() {
    let directory = directory();
    let content: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let data = file(&directory, "content", &content);
    for window_bytes in [None, Some(16 << 20)] {
        for (name, behaviour, options) in ways() {
            let server =
                Server::start(Behaviour { window_bytes, ..behaviour }, |_| Reply::text("got it"));
            let url = server.url("/");
            let mut args = vec!["-n", "6", "-c", "2", "-d", arg(&data), "--json", &url];
            args.extend(options.iter().map(String::as_str));
            let run = loadtest(&args);
            run.expect_all_good(6);
            assert_eq!(server.count(), 6, "{name}");
            assert!(server.asked().iter().all(|asked| asked.body == content), "{name}");
        }
    }
}

#[test]
fn the_requests_of_a_file_come_in_turn() {
    let directory = directory();
    let from = file(
        &directory,
        "requests",
        r#"# Three of them.
{"path": "/one"}

{"method": "POST", "path": "/two", "headers": {"x-kind": "second"}, "body": {"n": 2}, "expect": 404}
{"method": "DELETE", "path": "/three", "body": "text", "expect": "4xx"}
"#,
    );
    let server = Server::start(Behaviour::of(Speaks::Http2), |asked| match asked.path.as_str() {
        "/one" => Reply::status(200),
        _ => Reply::status(404),
    });
    let run = loadtest(&["-n", "8", "--from", arg(&from), "--json", &server.url("/ignored")]);
    run.expect_all_good(8);
    let asked = server.asked();
    let seen: Vec<_> = asked
        .iter()
        .map(|asked| {
            (asked.method.as_str(), asked.path.as_str(), std::str::from_utf8(&asked.body).unwrap())
        })
        .collect();
    let cycle =
        [("GET", "/one", ""), ("POST", "/two", r#"{"n": 2}"#), ("DELETE", "/three", "text")];
    let expected: Vec<_> = cycle.into_iter().cycle().take(8).collect();
    assert_eq!(seen, expected);
    assert_eq!(asked[1].headers["x-kind"], "second");
    assert_eq!(asked[1].headers["content-type"], "application/json");
    assert_eq!(run.json()["statuses"], serde_json::json!({"200": 3, "404": 5}));
}

#[test]
fn fewer_requests_than_connections_are_no_more() {
    for threads in ["1", "2"] {
        let server = Server::of_text(Speaks::Http2, "x");
        let url = server.url("/");
        let run =
            loadtest(&["-n", "3", "-c", "8", "-m", "5", "--threads", threads, "--json", &url]);
        run.expect_all_good(3);
        assert_eq!(server.count(), 3);
    }
}

#[test]
fn a_duration_ends_it() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&["-t", "700ms", "-c", "2", "-m", "3", "--json", &server.url("/")]);
    let sent = run.number("/requests/sent") as u64;
    assert!(sent > 0);
    run.expect_all_good(sent);
    assert_eq!(server.count(), sent);
    let elapsed_s = run.number("/elapsed_s");
    assert!((0.7..5.0).contains(&elapsed_s), "{elapsed_s}");
    let rps = run.number("/rps");
    assert!((rps - sent as f64 / elapsed_s).abs() < 0.01, "{rps}");
    // Whichever comes first.
    let run = loadtest(&["-t", "60s", "-n", "7", "--json", &server.url("/")]);
    run.expect_all_good(7);
}

/// The server sees the requests of the warm-up, and the report does not.
#[test]
fn the_warm_up_is_not_measured() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&["-n", "50", "--warm-up", "300ms", "--json", &server.url("/")]);
    run.expect_all_good(50);
    assert!(server.count() > 50, "{}", server.count());
    assert_eq!(run.json()["traffic"]["body_bytes"], 50);
    let asked = server.asked();
    let (first, last) = (asked[0].arrived, asked[asked.len() - 1].arrived);
    assert!(last - first >= Duration::from_millis(295), "{:?}", last - first);
    let elapsed_s = run.number("/elapsed_s");
    let whole_s = (last - first).as_secs_f64();
    assert!(elapsed_s < whole_s, "{elapsed_s} of {whole_s}: the warm-up does not count");
    // What was spent on the warm-up is not spent on the requests that are reported.
    let many = loadtest(&["-n", "1", "--warm-up", "500ms", "-m", "50", "--json", &server.url("/")]);
    let cpu_s = many.number("/generator/cpu_us_per_request") / 1e6;
    let longest_s = many.number("/elapsed_s");
    assert!(cpu_s <= longest_s, "{cpu_s} s of CPU in {longest_s} s");
}

/// Requests are answered only when as many wait as the server permits, so that it is neither less nor more.
#[test]
fn the_server_says_how_many_streams_there_may_be() {
    let gate = Arc::new(Semaphore::new(0));
    let behaviour = Behaviour { streams_max: Some(5), ..Behaviour::of(Speaks::Http2) };
    let waiting = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let server = Server::start_async(behaviour, move |_| {
        let (gate, waiting) = (Arc::clone(&gate), Arc::clone(&waiting));
        async move {
            let count = waiting.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            if count % 5 == 0 {
                gate.add_permits(5);
            }
            gate.acquire().await.unwrap().forget();
            Reply::text("x")
        }
    });
    let run = loadtest(&["-n", "200", "-m", "100", "--json", &server.url("/")]);
    run.expect_all_good(200);
    assert_eq!(server.count(), 200);
    assert_eq!(server.in_flight_max(), 5);
}
