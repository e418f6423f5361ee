//! What goes wrong with a request, by kind.

use crate::support::{Behaviour, RawServer, Reply, Server, Speaks, loadtest, read_head};
use std::io::{BufReader, Write};
use std::sync::mpsc::channel;

#[test]
fn a_status_that_was_not_expected_is_a_failure() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |asked| match asked.number % 5 {
        0 => Reply::status(500),
        1 => Reply::status(404),
        2 => Reply::status(302),
        _ => Reply::text("x"),
    });
    let url = server.url("/");
    let run = loadtest(&["-n", "100", "-m", "3", "--json", &url]);
    run.expect_counts(100, 100, 60, &[("status", 40)]);
    let statuses = serde_json::json!({"200": 40, "302": 20, "404": 20, "500": 20});
    assert_eq!(run.json()["statuses"], statuses);
    assert_eq!(run.json()["traffic"]["body_bytes"], 40);
    assert_eq!(run.code, Some(0), "without assertions failures are results");
    assert_eq!(server.count(), 100);
    let run = loadtest(&["-n", "100", "-m", "3", "--expect", "404,5xx", "--json", &url]);
    run.expect_counts(100, 100, 40, &[("status", 60)]);
}

/// Every tenth request is never answered: each of them is counted once, the others go on, and the run ends.
#[test]
fn what_is_not_answered_in_time_is_counted_once() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |asked| match asked.number % 10 {
        9 => Reply::Never,
        _ => Reply::text("x"),
    });
    let args = ["-n", "100", "-m", "3", "--timeout", "500ms", "--json", &server.url("/")];
    let run = loadtest(&args);
    run.expect_counts(100, 90, 90, &[("timeout", 10)]);
    assert_eq!(server.count(), 100);
    assert_eq!(server.connections(), 1, "a stream that is given up leaves the others alone");
}

/// Nothing ever comes from the server that could wake the client.
#[test]
fn a_server_that_never_answers_does_not_hold_the_test_up() {
    for (speaks, option) in [(Speaks::Http2, "-q"), (Speaks::Http1, "--http1")] {
        let server = Server::start(Behaviour::of(speaks), |_| Reply::Never);
        let run = loadtest(&[
            "-n",
            "6",
            "-c",
            "2",
            "--timeout",
            "500ms",
            option,
            "--json",
            &server.url("/"),
        ]);
        run.expect_counts(6, 0, 0, &[("timeout", 6)]);
        assert_eq!(server.count(), 6, "{speaks:?}");
        let run = loadtest(&[
            "-r",
            "20",
            "-t",
            "500ms",
            "--timeout",
            "100ms",
            option,
            "--json",
            &server.url("/"),
        ]);
        assert_eq!(run.number("/requests/failed"), 10.0, "{run:#?}");
    }
}

/// In HTTP/1.1 only the end of the connection gives a request up; those behind it in the pipeline go with it.
#[test]
fn a_timeout_in_a_pipeline_takes_those_behind_it_along() {
    let server = Server::start(Behaviour::of(Speaks::Http1), |asked| match asked.number {
        2 => Reply::Never,
        _ => Reply::text("x"),
    });
    let run = loadtest(&[
        "-n",
        "40",
        "-m",
        "4",
        "--http1",
        "--timeout",
        "300ms",
        "--json",
        &server.url("/"),
    ]);
    assert_eq!(run.number("/requests/sent"), 40.0);
    assert_eq!(run.number("/requests/succeeded") + run.number("/requests/failed"), 40.0);
    let [timeouts, lost] = ["/errors/timeout", "/errors/lost"].map(|at| run.number(at));
    // Those four were sent at about the same time, and so may run out of time together.
    assert!(timeouts >= 1.0 && (1.0..=4.0).contains(&(timeouts + lost)), "{run:#?}");
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_stream_that_the_server_resets_is_a_failure_of_its_own() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |asked| match asked.number % 4 {
        0 => Reply::Reset,
        _ => Reply::text("x"),
    });
    let run = loadtest(&["-n", "40", "-m", "2", "--json", &server.url("/")]);
    run.expect_counts(40, 30, 30, &[("reset", 10)]);
    assert_eq!(server.connections(), 1);
}

/// However many there are: a server that is overloaded may refuse every request (RFC 9113 section 8.7).
#[test]
fn a_server_that_resets_everything_keeps_its_connection() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |_| Reply::Reset);
    let run = loadtest(&["-n", "5000", "-m", "50", "--json", &server.url("/")]);
    run.expect_counts(5000, 0, 0, &[("reset", 5000)]);
    assert_eq!(server.count(), 5000);
    assert_eq!(server.connections(), 1);
}

/// What is no HTTP at all, and what contradicts itself (RFC 9112 section 6.3).
#[test]
fn answers_that_break_the_protocol_are_failures() {
    for answer in [
        "SMTP ready\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ] {
        let server = RawServer::start(move |mut stream, _| {
            let mut reader = BufReader::new(stream.try_clone()?);
            while read_head(&mut reader).is_ok() {
                stream.write_all(answer.as_bytes())?;
            }
            Ok(())
        });
        let run = loadtest(&["-n", "3", "--http1", "--timeout", "5s", "--json", &server.url()]);
        assert_eq!(run.code, Some(0), "{run:#?}");
        let [sent, succeeded, failed] =
            ["sent", "succeeded", "failed"].map(|name| run.number(&format!("/requests/{name}")));
        assert_eq!((sent, succeeded, failed), (3.0, 0.0, 3.0), "{answer:?}: {run:#?}");
        assert_eq!(run.number("/errors/timeout"), 0.0, "{answer:?}: {run:#?}");
    }
}

/// An answer without a length ends with the connection (RFC 9112 section 6.3), one with a length that is cut does not.
#[test]
fn the_end_of_the_connection_ends_an_answer_or_cuts_it() {
    for (head, is_whole) in
        [("", true), ("content-length: 10\r\n", false), ("transfer-encoding: chunked\r\n", false)]
    {
        let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n2\r\nab");
        let server = RawServer::start(move |mut stream, _| {
            read_head(&mut BufReader::new(stream.try_clone()?))?;
            stream.write_all(answer.as_bytes())
        });
        let run = loadtest(&["-n", "3", "--http1", "--json", &server.url()]);
        match is_whole {
            true => run.expect_all_good(3),
            false => run.expect_counts(3, 0, 0, &[("lost", 3)]),
        }
        assert_eq!(server.connections(), 3, "{head:?}");
    }
}

/// The second of the pipelined answers comes only after the fourth request.
#[test]
fn pipelines_are_as_deep_as_asked_for() {
    let (sender, heads) = channel();
    let server = RawServer::start(move |mut stream, _| {
        let mut reader = BufReader::new(stream.try_clone()?);
        for _ in 0..3 {
            for _ in 0..4 {
                sender.send(read_head(&mut reader)?).unwrap();
            }
            stream.write_all("HTTP/1.1 204 No Content\r\n\r\n".repeat(4).as_bytes())?;
        }
        read_head(&mut reader).map(drop)
    });
    let run = loadtest(&["-n", "12", "-m", "4", "--http1", "--json", &server.url()]);
    run.expect_all_good(12);
    let heads: Vec<_> = heads.try_iter().collect();
    assert_eq!(heads.len(), 12);
    let host = format!("host: {}", server.address);
    assert!(
        heads.iter().all(|head| head[0] == "GET / HTTP/1.1" && head.contains(&host)),
        "{heads:?}"
    );
}
