//! Agreement with h2load, on the same work and the same server.

use crate::support::{Outcome, PATIENCE, Started, arg, directory, file, loadtest, tool_is_there};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Instant;

/// nghttpd with a directory of files; `None` where it is not installed.
fn nghttpd(files: &tempfile::TempDir) -> Option<(Started, String)> {
    if !tool_is_there("nghttpd") || !tool_is_there("h2load") {
        eprintln!(
            "skipped: nghttpd and h2load are not installed (Debian: nghttp2-server, nghttp2-client)"
        );
        return None;
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("nghttpd");
    command.args(["--no-tls", "-a", "127.0.0.1", "-d", arg(files.path()), &port.to_string()]);
    let server = Started::of(&mut command);
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < PATIENCE, "nghttpd does not listen");
        std::thread::yield_now();
    }
    Some((server, format!("http://127.0.0.1:{port}")))
}

/// The number before a word in a line of h2load's report: `2000 succeeded`.
fn figure(run: &Outcome, line: &str, word: &str) -> u64 {
    let line =
        run.stdout.lines().find(|l| l.starts_with(line)).unwrap_or_else(|| panic!("{run:#?}"));
    let part =
        line.split([',', ':']).find(|part| part.split_whitespace().any(|w| w == word)).unwrap();
    let number = part.split_whitespace().rev().nth(1).unwrap();
    number.trim_matches(['(', ')']).parse().unwrap()
}

#[test]
fn the_same_work_brings_the_same_counts() {
    let files = directory();
    file(&files, "small.txt", "x".repeat(137));
    let Some((_server, base)) = nghttpd(&files) else { return };
    for (path, length, good) in [("small.txt", 137, true), ("missing", 0, false)] {
        let url = format!("{base}/{path}");
        let load = ["-n", "3000", "-c", "6", "-m", "10"];
        let theirs =
            Started::of(Command::new("h2load").args(load).args(["-t", "2", &url])).finish();
        let ours = loadtest(&[&load[..], &["--threads", "2", "--json", &url]].concat());
        let word = if good { "succeeded" } else { "failed" };
        assert_eq!(figure(&theirs, "requests:", word), 3000, "{theirs:#?}");
        match good {
            true => ours.expect_all_good(3000),
            false => ours.expect_counts(3000, 3000, 0, &[("status", 3000)]),
        }
        let bytes = figure(&theirs, "traffic:", "data");
        assert_eq!(ours.number("/traffic/body_bytes") as u64, bytes);
        if good {
            assert_eq!(bytes, 3000 * length);
        }
    }
}
