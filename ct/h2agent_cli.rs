//! The program under the name of h2agent: options, printout, texts and exit codes as its users know them.

use crate::support::certs::Certificate;
use crate::support::h1::H1;
use crate::support::h2agent::{H2agent, h2agent};
use crate::support::process::{Finished, run};
use crate::support::wire::Wire;
use nix::sys::signal::Signal;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What standard output says at the start, values aside, without TLS and without anything typed.
const LABELS: [&str; 22] = [
    "Log level",
    "Verbose (stdout)",
    "IP stack",
    "Admin port",
    "Server port",
    "Server api name",
    "Server api version",
    "Hardware concurrency",
    "Traffic server worker threads",
    "Server threads (exploited by multiple clients)",
    "Server key password",
    "Server key file",
    "Server crt file",
    "SSL/TLS disabled",
    "Traffic secured",
    "Admin secured",
    "Server request schema",
    "Server matching configuration file",
    "Server provision configuration file",
    "Server data storage",
    "Server data requests history storage",
    "Metrics disabled",
];

const DELAY_BOUNDS: &str = "--prometheus-response-delay-seconds-histogram-boundaries";
const SIZE_BOUNDS: &str = "--prometheus-message-size-bytes-histogram-boundaries";

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ct/fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

/// It ended with exit code 1 and one line on standard error.
fn refused(done: &Finished, line: &str) {
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert_eq!(done.stderr.trim_end(), line, "{done:?}");
}

/// It ended with exit code 1 and the usage on standard error; nothing is on standard output.
fn misused(done: &Finished) {
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(done.stderr.contains("Usage: h2agent"), "{done:?}");
    assert_eq!(done.stdout, "", "{done:?}");
}

/// The printout of a start that fails for want of a key, so that the usual ports need not be free.
fn printout(args: &[&str]) -> Vec<String> {
    let keyless = ["-k", "/no/such.key", "-c", "/no/such.crt"];
    let done = run(&mut h2agent(&[args, &keyless].concat()));
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    done.stdout.lines().map(str::to_owned).collect()
}

fn directory() -> (tempfile::TempDir, impl Fn(&str, &str) -> String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let write = move |name: &str, text: &str| {
        let path = path.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    (directory, write)
}

const HELLO: &str = r#"{"requestMethod":"GET","requestUri":"/app/v1/hello","responseCode":200}"#;
const SLOW: &str = r#"{"requestMethod":"GET","requestUri":"/slow","responseCode":200,
    "responseDelayMs":600}"#;
const NEVER: &str = r#"{"requestMethod":"GET","requestUri":"/never","responseCode":200,
    "responseDelayMs":600000}"#;

#[test]
fn a_link_named_h2agent_is_h2agent() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("h2agent");
    std::os::unix::fs::symlink(Path::new(env!("CARGO_BIN_EXE_understudy")), &link).unwrap();
    let version = run(Command::new(&link).arg("-v"));
    assert_eq!(version.status.code(), Some(0));
    assert_eq!(version.stdout, concat!("v", env!("CARGO_PKG_VERSION")));
    // Any other name is ours, with our commands.
    let link = directory.path().join("h2agent2");
    std::os::unix::fs::symlink(Path::new(env!("CARGO_BIN_EXE_understudy")), &link).unwrap();
    assert_eq!(run(Command::new(&link).arg("-v")).status.code(), Some(2));
}

#[test]
fn version_is_printed_alone() {
    for args in [&["-v"][..], &["--version"], &["-v", "-p", "abc"], &["stray", "-v"]] {
        let done = run(&mut h2agent(args));
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        assert_eq!(done.stdout, concat!("v", env!("CARGO_PKG_VERSION")));
        assert_eq!(done.stderr, "");
    }
}

#[test]
fn help_is_on_standard_output_and_tells_of_every_option() {
    for args in [&["-h"][..], &["--help"], &["-v", "-h"], &["-l", "Foo", "-h"]] {
        let done = run(&mut h2agent(args));
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        assert_eq!(done.stderr, "");
        assert!(done.stdout.starts_with("Usage: h2agent"), "{}", done.stdout);
    }
    let help = run(&mut h2agent(&["-h"])).stdout;
    for row in [
        "-l, --log-level",
        "--verbose",
        "--ipv6",
        "-a, --admin-port",
        "-p, --server-port",
        "-m, --server-api-name",
        "-n, --server-api-version",
        "-w, --worker-threads",
        "-t, --server-threads",
        "-k, --server-key",
        "--server-key-password",
        "-c, --server-crt",
        "-s, --secure-admin",
        "--server-request-schema",
        "--server-matching",
        "--server-provision",
        "--discard-server-data",
        "--discard-server-data-requests-history",
        "--prometheus-port",
        DELAY_BOUNDS,
        SIZE_BOUNDS,
        "-v, --version",
        "-h, --help",
    ] {
        assert!(help.contains(&format!("\n  {row}")), "{row} is not in\n{help}");
    }
}

#[test]
fn bad_values_are_usage_errors_in_the_order_of_the_options() {
    for (row, args) in [
        ("-l: unknown", &["-l", "Foo"][..]),
        ("-l: case-sensitive", &["--log-level", "debug"]),
        ("-w: not a number", &["-w", "x"]),
        ("-w: out of range of stoul", &["-w", "99999999999999999999"]),
        ("-t: not a number", &["--server-threads", "x"]),
        ("-v is examined last", &["-v", "-l", "Foo"]),
        ("an option without its value", &["-m"]),
        ("an option without its value", &["--verbose", "--server-provision"]),
        ("an option directly followed by another one swallows its name", &["-w", "-t", "-1"]),
    ] {
        let done = run(&mut h2agent(args));
        assert_eq!(done.status.code(), Some(1), "{row}");
        misused(&done);
    }
    let first = run(&mut h2agent(&["-t", "x", "-l", "Foo", "-w", "x"])).stderr;
    assert!(first.starts_with("-l: \"Foo\""), "{first}");
}

#[test]
fn printout_has_its_lines_in_their_order() {
    let agent = H2agent::start(&[]);
    let (first, rest) = agent.printout.split_first().unwrap();
    let (time, program) = first.strip_prefix('[').unwrap().split_once("] ").unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(program, format!("Starting h2agent (version v{version}) ..."));
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert!(shape.starts_with("99/99/99 99:99:99 ") && time.len() > 18, "{time}");
    let labels: Vec<&str> =
        rest.iter().map(|l| l.split_once(": ").map_or(&l[..], |p| p.0)).collect();
    assert_eq!(labels, LABELS);
    for (label, expected) in [
        ("Log level", "Warning"),
        ("Verbose (stdout)", "false"),
        ("IP stack", "IPv4"),
        ("Server api name", "<none>"),
        ("Server api version", "<none>"),
        ("Server key password", "<not provided>"),
        ("Server key file", "<not provided>"),
        ("Server crt file", "<not provided>"),
        ("SSL/TLS disabled", "both key & certificate must be provided"),
        ("Traffic secured", "no"),
        ("Admin secured", "no"),
        ("Server request schema", "<not provided>"),
        ("Server matching configuration file", "<not provided>"),
        ("Server provision configuration file", "<not provided>"),
        ("Server data storage", "enabled"),
        ("Server data requests history storage", "enabled"),
    ] {
        assert_eq!(agent.printed(label), expected, "{label}");
    }
    // What is true, as a program that follows the ports can see.
    assert_eq!(agent.admin("GET", "/admin/v1/server-provision", "").status, 204);
    assert_eq!(agent.get("/nothing"), 501);
}

#[test]
fn each_row_of_the_options_shows_in_the_printout() {
    for (row, args, line) in [
        ("-a default", &[][..], "Admin port: 8074"),
        ("-p default", &[], "Server port: 8000"),
        ("-l", &["-l", "Debug"], "Log level: Debug"),
        ("-l above Error", &["--log-level", "Emergency"], "Log level: Error"),
        ("--verbose", &["--verbose"], "Verbose (stdout): true"),
        ("--ipv6", &["--ipv6"], "IP stack: IPv6"),
        ("-a", &["-a", "18074"], "Admin port: 18074"),
        ("--admin-port", &["--admin-port", "18074"], "Admin port: 18074"),
        ("-p", &["-p", "18000"], "Server port: 18000"),
        ("--server-port", &["--server-port", "18000"], "Server port: 18000"),
        ("-m", &["-m", "app"], "Server api name: app"),
        ("-n", &["-n", "v1"], "Server api version: v1"),
        ("-w", &["-w", "3"], "Traffic server worker threads: 3"),
        ("-w, junk after digits", &["-w", "3x"], "Traffic server worker threads: 3"),
        ("-t has no effect", &["-w", "3", "-t", "9"], SERVER_THREADS_3),
        ("-t negative", &["-w", "3", "-t", "-4"], SERVER_THREADS_3),
        ("-k", &[], "Server key file: /no/such.key"),
        ("-c", &[], "Server crt file: /no/such.crt"),
        ("--server-key-password", &["--server-key-password", "x"], "Server key password: ***"),
        ("key and crt", &[], "Traffic secured: yes"),
        ("-s", &["-s"], "Admin secured: yes"),
        ("--secure-admin off", &[], "Admin secured: no"),
        ("--server-request-schema", &["--server-request-schema", "s"], "Server request schema: s"),
        ("--server-matching", &["--server-matching", "m"], "Server matching configuration file: m"),
        (
            "--server-provision",
            &["--server-provision", "p"],
            "Server provision configuration file: p",
        ),
        ("--discard-server-data", &["--discard-server-data"], "Server data storage: disabled"),
        (
            "--discard-server-data implies the next",
            &["--discard-server-data"],
            "Server data requests history storage: disabled",
        ),
        (
            "--discard-server-data-requests-history",
            &["--discard-server-data-requests-history"],
            "Server data requests history storage: disabled",
        ),
        ("--prometheus-port -1", &["--prometheus-port", "-1"], "Metrics disabled"),
        ("--prometheus-port default", &[], "Prometheus port: 8080"),
        ("--prometheus-port", &["--prometheus-port", "18080"], "Prometheus port: 18080"),
        (
            "boundaries by blanks",
            &[DELAY_BOUNDS, "0.1 0.2", SIZE_BOUNDS, "100,2e2"],
            "Prometheus 'response delay seconds' histogram boundaries: 0.100000 0.200000 ",
        ),
        ("first occurrence", &["-m", "one", "-m", "two"], "Server api name: one"),
        ("no --opt=value", &["--server-api-name=app"], "Server api name: <none>"),
        ("unknown options are ignored", &["--fast", "-z", "stray"], "Log level: Warning"),
        ("swallowed name", &["-m", "-n", "v1"], "Server api name: -n"),
        ("newer: port", &["--traffic-server-port", "18000"], "Server port: 18000"),
        ("newer: name", &["--traffic-server-api-name", "app"], "Server api name: app"),
        ("newer: data", &["--discard-data"], "Server data storage: disabled"),
        ("newer: metrics", &["--disable-metrics", "--name", "x"], "Metrics disabled"),
    ] {
        let shown = printout(args);
        assert!(shown.iter().any(|shown| shown == line), "{row}: {line}\n{shown:#?}");
    }
}

const SERVER_THREADS_3: &str = "Server threads (exploited by multiple clients): 3";

#[test]
fn default_printout_leaves_no_blank_but_the_last_line() {
    let done = run(&mut h2agent(&["-k", "/no/such.key", "-c", "/no/such.crt"]));
    assert_eq!(done.stdout.lines().filter(|line| line.is_empty()).count(), 0, "{}", done.stdout);
}

#[test]
fn password_without_tls_is_said_to_be_ignored() {
    for args in [
        &["--server-key-password", "secret", "-s"][..],
        &["-k", "k", "--server-key-password", "secret", "-s"],
    ] {
        let agent = H2agent::start(args);
        let at = LABELS.iter().position(|label| *label == "SSL/TLS disabled").unwrap() + 2;
        assert_eq!(agent.printout[at], "Server key password was provided but will be ignored !");
        assert_eq!(agent.printed("Admin secured"), "ignored");
        assert!(!agent.printout.concat().contains("secret"));
    }
}

#[test]
fn api_name_and_version_are_the_prefix_of_all_paths() {
    let agent = H2agent::start(&["-m", "app", "-n", "v1"]);
    assert_eq!(agent.admin("POST", "/admin/v1/server-provision", HELLO).status, 201);
    for (path, status) in [("/app/v1/hello", 200), ("/app/v1/other", 501), ("/app/hello", 400)] {
        assert_eq!(agent.get(path), status, "{path}");
    }
}

#[test]
fn ipv6_is_served() {
    let Ok(_) = TcpListener::bind("[::1]:0") else { return };
    let agent = H2agent::launch(&mut h2agent(
        &[
            &["--ipv6", "-b", "::1", "-a", "0", "--server-port", "0"][..],
            &["--prometheus-port", "-1"],
        ]
        .concat(),
    ));
    assert_eq!(agent.get("/nothing"), 501);
}

#[test]
fn tls_by_key_and_certificate_admin_only_if_asked() {
    let certificate = Certificate::generate();
    let [_, key, _, crt] = certificate.args();
    let agent = H2agent::start(&["-k", key, "-c", crt]);
    assert_eq!(Wire::tls(agent.traffic, &certificate.crt, &["h2"]).alpn(), Some(&b"h2"[..]));
    assert_eq!(agent.admin("GET", "/admin/v1/server-provision", "").status, 204);
    assert!(!agent.printout.iter().any(|line| line.starts_with("SSL/TLS disabled")));

    let agent = H2agent::start(&["--server-key", key, "--server-crt", crt, "--secure-admin"]);
    assert_eq!(agent.printed("Admin secured"), "yes");
    Wire::tls(agent.admin, &certificate.crt, &["h2"]);
}

#[test]
fn key_with_a_password_opens_without_a_prompt() {
    let (key, crt) = (fixture("locked.key"), fixture("locked.crt"));
    let agent = H2agent::start(&["-k", &key, "-c", &crt, "--server-key-password", "correct horse"]);
    assert_eq!(agent.printed("Server key password"), "***");
    Wire::tls(agent.traffic, crt.as_ref(), &["h2"]);
}

#[test]
fn unusable_keys_end_it_with_one_line() {
    let certificate = Certificate::generate();
    let [_, key, _, crt] = certificate.args();
    let locked = fixture("locked.key");
    let (_kept, write) = directory();
    let garbage = write("garbage.pem", "-----BEGIN NOTHING-----\n");
    for (row, key, crt) in [
        ("unreadable key", "/no/such.key", crt),
        ("unreadable certificate", key, "/no/such.crt"),
        ("wrong key", &garbage, crt),
        ("wrong certificate", key, &garbage),
        ("undecryptable key", &locked, crt),
    ] {
        let args = ["-b", "127.0.0.1", "-a", "0", "-p", "0", "-k", key, "-c", crt];
        let done = run(&mut h2agent(&args));
        assert_eq!(done.status.code(), Some(1), "{row}: {done:?}");
        assert_eq!(done.stderr.lines().count(), 1, "{row}: {done:?}");
        let said = "Initialization error in MockHttp2Server (127.0.0.1:0): ";
        assert!(done.stderr.starts_with(said), "{row}: {done:?}");
    }
}

#[test]
fn addresses_that_cannot_be_bound_end_it_with_the_reason() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let bind = ["-b", "127.0.0.1"];
    for (option, other, server) in
        [("-a", "-p", "AdminHttp2Server"), ("-p", "-a", "MockHttp2Server")]
    {
        let done = run(&mut h2agent(&[&bind[..], &[option, &port, other, "0"]].concat()));
        let reason = "Address already in use";
        refused(&done, &format!("Initialization error in {server} (127.0.0.1:{port}): {reason}"));
        let done = run(&mut h2agent(&[&bind[..], &[option, "abc", other, "0"]].concat()));
        let reason = "Service not found";
        refused(&done, &format!("Initialization error in {server} (127.0.0.1:abc): {reason}"));
    }
}

#[test]
fn what_made_it_abort_ends_it_with_one_line() {
    for (row, args) in [
        ("-t 0", &["-t", "0"][..]),
        ("boundaries out of order", &[DELAY_BOUNDS, "2 1"]),
        ("boundaries out of order", &[SIZE_BOUNDS, "1,1"]),
    ] {
        let done = run(&mut h2agent(args));
        assert_eq!(done.status.code(), Some(1), "{row}: {done:?}");
        assert_eq!(done.stderr.lines().count(), 1, "{row}: {done:?}");
    }
    for port in ["x", "-2"] {
        let done = run(&mut h2agent(&["--prometheus-port", port]));
        let interface = format!("(0.0.0.0:{port})");
        refused(
            &done,
            &format!("Initialization error in prometheus interface {interface}. Exiting ..."),
        );
    }
}

#[test]
fn provisions_are_loaded_before_the_ports_open() {
    let (_kept, write) = directory();
    for (name, text) in [("one.json", HELLO.to_owned()), ("array.json", format!("[{HELLO}]"))] {
        let file = write(name, &text);
        let agent = H2agent::start(&["--server-provision", &file]);
        assert_eq!(agent.get("/app/v1/hello"), 200, "{name}");
    }
}

#[test]
fn start_up_files_that_cannot_be_loaded_are_told_and_ignored() {
    let (kept, write) = directory();
    let no_json = write("text", "text");
    let odd = write("odd", r#"{"odd":true}"#);
    let folder = kept.path().to_str().unwrap();
    let provision = "Server provision configuration load failed and will be ignored";
    let matching = "Server matching configuration load failed and will be ignored";
    let schema = "Requests schema load failed: will be ignored";
    for (row, option, file, line) in [
        ("missing file", "--server-provision", "/no/such", provision.to_owned()),
        ("directory", "--server-provision", folder, provision.to_owned()),
        ("no JSON", "--server-provision", &no_json, provision.to_owned()),
        (
            "bad content",
            "--server-provision",
            &odd,
            format!("{provision}: server-provision operation; invalid schema"),
        ),
        ("missing file", "--server-matching", "/no/such", matching.to_owned()),
        ("no JSON", "--server-matching", &no_json, matching.to_owned()),
        (
            "bad content",
            "--server-matching",
            &odd,
            format!("{matching}: server-matching operation; invalid schema"),
        ),
        ("missing file", "--server-request-schema", "/no/such", schema.to_owned()),
        ("no JSON", "--server-request-schema", &no_json, schema.to_owned()),
    ] {
        let agent = H2agent::start(&[option, file]);
        assert_eq!(agent.said("ignored"), format!("{line}\n"), "{option}, {row}");
        assert_eq!(agent.get("/nothing"), 501, "{option}, {row}");
    }
}

#[test]
fn array_of_provisions_keeps_the_elements_before_the_bad_one() {
    let (_kept, write) = directory();
    let file = write("array.json", &format!("[{HELLO},{{}}]"));
    let agent = H2agent::start(&["--server-provision", &file]);
    assert!(agent.said("ignored").contains("detected one invalid schema"));
    assert_eq!(agent.get("/app/v1/hello"), 200);
}

#[test]
fn signals_end_it_with_1_after_delayed_answers() {
    for (signal, number) in [(Signal::SIGTERM, 15), (Signal::SIGINT, 2)] {
        let agent = H2agent::start(&["--verbose"]);
        assert_eq!(agent.admin("POST", "/admin/v1/server-provision", SLOW).status, 201);
        let mut client = H1::over(Wire::plain(agent.traffic));
        let get = |path| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        client.send([get("/nowhere"), get("/slow")].concat());
        assert_eq!(client.response().status, 501);
        agent.signal(signal);
        assert_eq!(client.response().status, 200);
        let printed = agent.printout.len() + 1;
        let ended = agent.wait();
        assert_eq!(ended.status.code(), Some(1), "{ended:?}");
        let traces: Vec<&str> = ended.stdout.lines().skip(printed).map(text).collect();
        let begins = [
            &format!("Signal received: {number}")[..],
            "Terminating with exit code 1",
            "Stopping h2agent timers service at ",
            "Stopping h2agent admin service at ",
            "Stopping h2agent mock service at ",
            "Stopping logger",
        ];
        assert_eq!(traces.len(), begins.len(), "{ended:?}");
        assert!(
            traces.iter().zip(begins).all(|(trace, begin)| trace.starts_with(begin)),
            "{traces:?}"
        );
        assert_eq!(ended.stderr, "");
    }
}

/// The text of a trace: `[Level]|file:line(function)|text`.
fn text(trace: &str) -> &str {
    let (place, text) = trace.strip_prefix("[Warning]|").unwrap().split_once(")|").unwrap();
    let (file, function) = place.split_once('(').unwrap();
    let (file, line) = file.rsplit_once(':').unwrap();
    assert!(
        file.ends_with(".rs") && line.parse::<u32>().is_ok() && !function.is_empty(),
        "{trace}"
    );
    text
}

#[test]
fn without_verbose_the_printout_is_all_there_is() {
    let agent = H2agent::start(&[]);
    let printout = format!("{}\n\n", agent.printout.join("\n"));
    agent.signal(Signal::SIGTERM);
    let ended = agent.wait();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!((ended.stdout, ended.stderr), (printout, String::new()));
}

#[test]
fn errors_are_the_least_that_is_traced() {
    let agent = H2agent::start(&["--verbose", "-l", "Emergency"]);
    let lines = agent.printout.len() + 1;
    agent.signal(Signal::SIGTERM);
    assert_eq!(agent.wait().stdout.lines().count(), lines, "the stop is a warning");
}

#[test]
fn second_signal_ends_it_at_once() {
    let agent = H2agent::start(&["--verbose"]);
    assert_eq!(agent.admin("POST", "/admin/v1/server-provision", NEVER).status, 201);
    let mut client = H1::over(Wire::plain(agent.traffic));
    let get = |path| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    client.send([get("/nowhere"), get("/never")].concat());
    assert_eq!(client.response().status, 501);
    agent.signal(Signal::SIGTERM);
    agent.traced("Stopping h2agent mock service");
    agent.signal(Signal::SIGTERM);
    assert_eq!(agent.wait().status.code(), Some(1));
}
