//! From HTTP/1.1 to `h2c` (RFC 7540 section 3.2).

use super::*;

const UPGRADE: &str =
    "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n";

fn ask(line: &str, fields: &str, body: &str) -> String {
    format!("{line}\r\nhost: h\r\n{fields}\r\n{body}")
}

#[test]
fn a_request_is_handed_over_with_what_follows() {
    for mode in [BodyMode::Whole, BodyMode::Streamed] {
        let mut harness = Harness::new(mode);
        let fields = format!("{UPGRADE}content-length: 5\r\naccept: */*\r\n");
        let request = ask("POST /a HTTP/1.1", &fields, "hello");
        for byte in &request.as_bytes()[..request.len() - 1] {
            assert_eq!(harness.feed([*byte]), []);
            assert!(harness.server.take_upgrade(harness.now).is_none());
        }
        assert_eq!(harness.feed("oPRI * "), [], "{mode:?}");
        let upgrade = harness.server.take_upgrade(harness.now).expect("an upgrade");
        assert_eq!(upgrade.settings, [0, 3, 0, 0, 0, 100]);
        assert_eq!(upgrade.body, b"hello");
        assert_eq!(
            (upgrade.head.method(), upgrade.head.path(), upgrade.head.authority()),
            (&b"POST"[..], &b"/a"[..], &b"h"[..])
        );
        let names: Vec<_> = upgrade.head.fields().map(|(name, _)| name).collect();
        assert_eq!(names, [&b"content-length"[..], b"accept"]);
        assert!(harness.server.take_upgrade(harness.now).is_none(), "once");
        let io = harness.server.take_buffers();
        assert_eq!(io.unread(), b"PRI * ");
        let expected =
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: h2c\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&io.output), expected);
    }
}

#[test]
fn what_take_upgrade_finds_instead_is_not_lost() {
    let mut harness = Harness::new(BodyMode::Whole);
    harness.server.input().extend_from_slice(GET.as_bytes());
    assert!(harness.server.take_upgrade(harness.now).is_none());
    assert!(harness.server.take_upgrade(harness.now).is_none());
    assert!(matches!(harness.events()[..], [Seen::Message { stream: 1, .. }]));
}

#[test]
fn what_is_not_quite_an_upgrade_is_answered_as_http_1() {
    let get = "GET / HTTP/1.1";
    for (line, fields) in [
        ("GET / HTTP/1.0", UPGRADE.to_string()),
        (get, UPGRADE.replace("Upgrade, HTTP2-Settings", "Upgrade")),
        (get, UPGRADE.replace("Upgrade, HTTP2-Settings", "HTTP2-Settings")),
        (get, UPGRADE.replace("Upgrade, HTTP2-Settings", "Upgrade, HTTP2-Settings, close")),
        (get, UPGRADE.replace("h2c", "websocket")),
        (get, UPGRADE.replace("AAMAAABk", "AAMA")),
        (get, UPGRADE.replace("AAMAAABk", "AAM?AABk")),
        (get, format!("{UPGRADE}http2-settings: AAMAAABk\r\n")),
        (get, "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n".to_string()),
    ] {
        let mut harness = Harness::new(BodyMode::Whole);
        let (seen, sent) = harness.serve(ask(line, &fields, ""));
        assert!(matches!(seen[0], Seen::Message { .. }), "{line} {fields:?}: {seen:?}");
        assert!(sent.starts_with("HTTP/1.1 200 OK\r\n"), "{line} {fields:?}: {sent:?}");
    }
    let (start, limits) = (Instant::now(), Arc::new(Limits::default()));
    let mut secure = Server::new(limits, BodyMode::Whole, true, Buffers::default(), start);
    secure.input().extend_from_slice(ask(get, UPGRADE, "").as_bytes());
    assert!(matches!(secure.next_event(start), Some(Event::Message(_))), "TLS has ALPN for this");
}

#[test]
fn the_content_of_an_upgrade_is_bounded_in_both_modes() {
    for mode in [BodyMode::Whole, BodyMode::Streamed] {
        let mut harness = Harness::with(mode, Limits { body_bytes_max: 4, ..Limits::default() });
        let fields = format!("{UPGRADE}transfer-encoding: chunked\r\n");
        let seen = harness.feed(ask("POST / HTTP/1.1", &fields, "5\r\n"));
        assert_eq!(closed(&seen).map(|e| e.code), Some(413), "{mode:?}");
    }
}

#[test]
fn an_upgrade_with_expect_is_asked_for_its_content() {
    let mut harness = Harness::new(BodyMode::Whole);
    let fields = format!("{UPGRADE}expect: 100-continue\r\ncontent-length: 2\r\n");
    harness.feed(ask("POST / HTTP/1.1", &fields, ""));
    assert_eq!(harness.sent(), "HTTP/1.1 100 Continue\r\n\r\n");
    harness.feed("ab");
    assert_eq!(harness.server.take_upgrade(harness.now).map(|u| u.body), Some(b"ab".to_vec()));
}
