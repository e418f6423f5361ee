//! What a run leaves: exit code, document, distribution, lines.

use crate::support::{Behaviour, Reply, Server, Speaks, Started, arg, directory, loadtest, start};
use serde_json::Value;
use std::time::{Duration, Instant};

#[test]
fn assertions_decide_the_exit_code() {
    // Of 100 answers 10 are 500.
    let server = Server::start(Behaviour::of(Speaks::Http2), |asked| match asked.number % 10 {
        0 => Reply::status(500),
        _ => Reply::text("x"),
    });
    let url = server.url("/");
    for (assertions, code) in [
        (vec!["errors==10"], 0),
        (vec!["errors==0"], 1),
        (vec!["errors<=10%", "5xx==10", "sent==100", "succeeded>=90", "p99<60s", "rps>1"], 0),
        (vec!["errors<10%"], 1),
        (vec!["p50<1us"], 1),
        (vec!["max>0us", "status!=10"], 1),
        (vec!["rps>1G"], 2),
    ] {
        let mut args = vec!["-n", "100", "-m", "4", "--json", &url];
        assertions.iter().for_each(|assertion| args.extend(["--assert", assertion]));
        let run = loadtest(&args);
        assert_eq!(run.code, Some(code), "{assertions:?}: {run:#?}");
        if code == 2 {
            continue;
        }
        let json = run.json();
        assert_eq!(json["passed"], code == 0);
        let verdicts = json["assertions"].as_array().unwrap();
        assert_eq!(verdicts.len(), assertions.len());
        assert_eq!(verdicts.iter().all(|verdict| verdict["passed"] == true), code == 0);
        assert!(verdicts.iter().all(|verdict| verdict["measured"].is_string()));
    }
    let failed = loadtest(&["-n", "100", "--assert", "errors==0", &url]);
    assert!(failed.stdout.contains("FAILED  errors==0"), "{failed:#?}");
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_document_has_its_members() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&["-n", "20000", "-m", "10", "--json", &server.url("/")]);
    let json = run.json();
    let members = "assertions connections elapsed_s errors generator latency_from latency_us load messages passed \
                   protocol requests rps sent_per_s started statuses target traffic";
    assert_eq!(keys(&json), members.split_whitespace().collect::<Vec<_>>());
    let latencies = "max mean min p50 p75 p90 p95 p99 p99.9 p99.99 p99.999";
    assert_eq!(keys(&json["latency_us"]), latencies.split_whitespace().collect::<Vec<_>>());
    let errors = "lost not-connected reset status timeout unsaved unsent";
    assert_eq!(keys(&json["errors"]), errors.split_whitespace().collect::<Vec<_>>());
    let load = &json["load"];
    assert_eq!(
        (&load["connections"], &load["streams"], &load["open_loop"]),
        (&1.into(), &10.into(), &false.into())
    );
    let latency = |name: &str| run.number(&format!("/latency_us/{name}"));
    let order = ["min", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "max"].map(latency);
    assert!(order.is_sorted() && order[0] > 0.0, "{order:?}");
    assert_eq!(json["latency_us"]["p99.999"], Value::Null, "20000 answers do not tell");
    assert!(json["started"].as_str().unwrap().ends_with('Z'));
    assert_eq!(json["generator"]["threads"].as_array().unwrap().len(), 1);
    assert_eq!(json["messages"], serde_json::json!([]));
}

/// Value, part, count and 1 / (1 - part): all of them go up, to all answers.
#[test]
fn the_distribution_can_be_read() {
    let server = Server::of_text(Speaks::Http2, "x");
    let directory = directory();
    let hgrm = directory.path().join("x.hgrm");
    let url = server.url("/");
    let run = loadtest(&["-n", "3000", "-m", "5", "--hgrm", arg(&hgrm), "--json", &url]);
    run.expect_all_good(3000);
    let text = std::fs::read_to_string(&hgrm).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(names, ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]);
    let rows: Vec<Vec<f64>> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_whitespace().map(|cell| cell.parse().unwrap()).collect())
        .collect();
    assert!(rows.len() > 20, "{text}");
    for pair in rows.windows(2) {
        assert!(pair[0].iter().zip(&pair[1]).all(|(before, after)| before <= after), "{pair:?}");
    }
    let last = rows.last().unwrap();
    assert_eq!(last[1..], [1.0, 3000.0]);
    assert!((last[0] * 1e3 - run.number("/latency_us/max")).abs() < 0.01, "{last:?}");
    let median = rows.iter().find(|row| row[1] >= 0.5).unwrap()[0] * 1e3;
    let p50 = run.number("/latency_us/p50");
    assert!((median - p50).abs() <= p50 * 0.01, "{median} and {p50}");
    assert!(text.contains("Total count    =         3000"), "{text}");
}

/// A disk that is full at the end costs the file, and not the results.
#[test]
fn results_are_shown_though_a_file_cannot_be_written() {
    let server = Server::of_text(Speaks::Http2, "x");
    let run = loadtest(&["-n", "5", "--hgrm", "/dev/full", "--json", &server.url("/")]);
    run.expect_all_good(5);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--hgrm /dev/full"), "{run:#?}");
}

#[test]
fn progress_goes_to_standard_error_alone() {
    let server = Server::of_text(Speaks::Http2, "x");
    let url = server.url("/");
    let args = ["-r", "20", "-t", "10500ms", &url];
    let json = start(&[&args[..], &["--json"]].concat());
    let quiet = start(&[&args[..], &["-q"]].concat());
    let plain = start(&args);
    let [json, quiet, plain] = [json, quiet, plain].map(Started::finish);
    json.expect_all_good(210);
    for run in [&json, &plain] {
        assert_eq!(run.stderr.lines().count(), 1, "each ten seconds: {run:#?}");
        assert!(run.stderr.contains("answered"), "{run:#?}");
    }
    assert_eq!(quiet.stderr, "");
    for run in [&quiet, &plain] {
        assert!(run.stdout.contains("210 sent, 210 answered, 210 succeeded, 0 failed"), "{run:#?}");
        assert!(!run.stdout.contains(" left "), "{run:#?}");
    }
}

/// The results so far, as if it had been meant to end there.
#[test]
fn ctrl_c_ends_it_early_with_a_report() {
    for load in [["-t", "1h"], ["-n", "1000M"], ["-r", "500"]] {
        let server = Server::of_text(Speaks::Http2, "x");
        let url = server.url("/");
        let began = Instant::now();
        let run = start(&[load[0], load[1], "-c", "2", "--json", &url]);
        while server.count() < 50 {
            assert!(began.elapsed() < crate::support::PATIENCE, "nothing comes");
            std::thread::yield_now();
        }
        run.interrupt();
        let run = run.finish();
        assert_eq!(run.code, Some(0), "{run:#?}");
        run.expect_all_good(server.count());
        assert!(began.elapsed() < Duration::from_secs(30), "{load:?}");
    }
}

/// One answer is outstanding: it is waited for as long as any other, or not at all after a second signal.
#[test]
fn a_second_ctrl_c_does_not_wait() {
    let server = Server::start(Behaviour::of(Speaks::Http2), |_| Reply::Never);
    let url = server.url("/");
    let run = start(&["-n", "2", "--timeout", "1h", "--json", &url]);
    let began = Instant::now();
    while server.count() < 1 {
        assert!(began.elapsed() < crate::support::PATIENCE, "nothing comes");
        std::thread::yield_now();
    }
    run.interrupt();
    // The signals are one if the first has not been taken by then, and so the second is repeated.
    let (ended, has_ended) = std::sync::mpsc::channel();
    let pid = run.id();
    let waiting = std::thread::spawn(move || ended.send(run.finish()).unwrap());
    let outcome = loop {
        match has_ended.recv_timeout(Duration::from_millis(20)) {
            Ok(outcome) => break outcome,
            Err(_) => Started::interrupt_id(pid),
        }
        assert!(began.elapsed() < crate::support::PATIENCE, "it does not end");
    };
    waiting.join().unwrap();
    assert_eq!(outcome.code, Some(130), "{outcome:#?}");
}
