//! Rows of the command line that show when it runs under the name of h2agent, each under its name.

use crate::support::h1::H1;
use crate::support::h2agent::H2agent;
use crate::support::wire::Wire;
use std::fs;
use std::path::PathBuf;

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ct/fixtures").join(name);
    path.to_str().unwrap().to_owned()
}

fn ask(agent: &H2agent, method: &str, path: &str, body: &str) -> u16 {
    let mut client = H1::over(Wire::plain(agent.traffic));
    let length = body.len();
    client.send(format!(
        "{method} {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{body}"
    ));
    client.response().status
}

/// A6: "loaded in the order schema, matching, provision, before the ports open (the order matters for
/// PriorityMatchingRegex)".
#[test]
fn start_up_files_are_in_force_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let schema = file("schema.json", r#"{"type":"object"}"#);
    let matching = file("matching.json", r#"{"algorithm":"PriorityMatchingRegex"}"#);
    let provision = r#"{"requestMethod":"POST","requestUri":"/id-[0-9]+","responseCode":201}"#;
    let good = file("good.json", provision);
    let broken = provision.replace("/id-[0-9]+", "/id-(");
    let bad = file("bad.json", &format!("[{provision},{broken},{provision}]"));

    // The provisions first: what is typed first does not matter.
    let files = ["--server-provision", &good, "--server-matching", &matching];
    let agent = H2agent::start(&[&files[..], &["--server-request-schema", &schema]].concat());
    assert_eq!(ask(&agent, "POST", "/id-12", "{}"), 201, "matching");
    assert_eq!(ask(&agent, "POST", "/id-12x", "{}"), 501, "the whole URI");
    assert_eq!(ask(&agent, "POST", "/id-12", "[]"), 400, "schema");

    let agent = H2agent::start(&["--server-provision", &bad, "--server-matching", &matching]);
    let said = agent.said("ignored");
    let expected = "Server provision configuration load failed and will be ignored: \
        server-provision operation; detected one invalid provision data received\n";
    assert_eq!(said, expected, "patterns must compile, since the matching is loaded first");
    assert_eq!(ask(&agent, "POST", "/id-12", "{}"), 201, "elements before the bad one stay");

    let agent = H2agent::start(&["--server-provision", &bad]);
    assert_eq!(ask(&agent, "POST", "/id-(", "{}"), 201, "without the matching they need not");
}

/// A6: traces of `--verbose`, "Error and worse to stderr, the rest to stdout".
#[test]
fn traces_go_to_the_console_if_asked() {
    let agent = H2agent::start(&["--verbose"]);
    assert_eq!(agent.admin("PUT", "/admin/v1/logging?level=Notice", "").status, 200);
    let traced = agent.traced("Log level changed");
    let line = traced.lines().last().unwrap();
    assert!(line.starts_with("[Warning]|"), "{line}");
    assert!(line.ends_with(")|Log level changed: Warning -> Notice"), "{line}");
    assert_eq!(ask(&agent, "GET", "/a?b=1&b=1", ""), 501);
    let said = agent.said("query discarded");
    assert!(said.starts_with("[Error]|"), "{said}");

    let agent = H2agent::start(&["--verbose", "--log-level", "Error"]);
    assert_eq!(agent.admin("PUT", "/admin/v1/logging?level=Error", "").status, 200);
    assert_eq!(agent.admin("GET", "/admin/v1/logging", "").body, b"Error");
    assert_eq!(ask(&agent, "GET", "/a?b=1&b=1", ""), 501);
    assert!(agent.said("query discarded").starts_with("[Error]|"), "errors are always emitted");
    agent.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(!agent.wait().stdout.contains("Log level un"), "a warning is not");
}

/// A6: with a password given there is no wait, and secure admin uses the same key and certificate.
#[test]
fn secure_admin_with_a_locked_key() {
    let (key, crt) = (fixture("locked.key"), fixture("locked.crt"));
    let password = ["--server-key-password", "correct horse", "-s"];
    let agent = H2agent::start(&[&["-k", &key, "-c", &crt][..], &password].concat());
    assert_eq!((agent.printed("Traffic secured"), agent.printed("Admin secured")), ("yes", "yes"));
    for address in [agent.admin, agent.traffic] {
        let wire = Wire::tls(address, crt.as_ref(), &["h2"]);
        assert_eq!(wire.alpn(), Some(&b"h2"[..]));
    }
}

/// A6: the switches of the server data hold from the first request on.
#[test]
fn data_switches_hold() {
    for (args, shown, stored) in [
        (&[][..], r#"{"storeEvents":"true","storeEventsRequestsHistory":"true"}"#, 200),
        (
            &["--discard-server-data-requests-history"],
            r#"{"storeEvents":"true","storeEventsRequestsHistory":"false"}"#,
            200,
        ),
        (
            &["--discard-server-data"],
            r#"{"storeEvents":"false","storeEventsRequestsHistory":"false"}"#,
            204,
        ),
    ] {
        let agent = H2agent::start(args);
        let configuration = agent.admin("GET", "/admin/v1/server-data/configuration", "");
        assert_eq!(configuration.body, shown.as_bytes(), "{args:?}");
        assert_eq!(ask(&agent, "GET", "/a", ""), 501);
        assert_eq!(agent.admin("GET", "/admin/v1/server-data", "").status, stored, "{args:?}");
    }
}
