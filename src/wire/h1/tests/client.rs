//! The client role.

use super::*;
use crate::h1::Client;
use crate::head::Head;
use crate::limits::PIPELINED_REQUESTS_MAX;

struct Asker {
    client: Client,
    now: Instant,
}

impl Asker {
    fn new(mode: BodyMode) -> Self {
        Self::with(mode, Limits::default())
    }

    fn with(mode: BodyMode, limits: Limits) -> Self {
        let now = Instant::now();
        Asker { client: Client::new(Arc::new(limits), mode, Buffers::default(), now), now }
    }

    fn ask(&mut self, method: &str) -> u32 {
        self.client.send_request(&request(method, &[]), None).expect("can send").0
    }

    fn feed(&mut self, bytes: impl AsRef<[u8]>) -> Vec<Seen> {
        self.client.input().extend_from_slice(bytes.as_ref());
        self.events()
    }

    fn end(&mut self) -> Vec<Seen> {
        self.client.end_of_input(self.now);
        self.events()
    }

    fn events(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.client.next_event(self.now).map(Seen::of)).collect()
    }

    fn sent(&mut self) -> String {
        String::from_utf8(std::mem::take(self.client.output())).expect("text")
    }
}

fn request(method: &str, fields: &[(&str, &str)]) -> Head {
    let mut head = Head::default();
    let path: &[u8] = if method == "CONNECT" { b"" } else { b"/p" };
    head.set_request(method.as_bytes(), b"http", b"h:1", path);
    for (name, value) in fields {
        head.push(name.as_bytes(), value.as_bytes());
    }
    head
}

#[test]
fn requests_on_the_wire() {
    let send = |method: &str, fields: &[(&str, &str)], body: Option<&'static str>| {
        let mut asker = Asker::new(BodyMode::Whole);
        asker
            .client
            .send_request(&request(method, fields), body.map(|b| Bytes::from_static(b.as_bytes())))
            .unwrap();
        asker.sent()
    };
    assert_eq!(
        send("GET", &[("accept", "*/*")], None),
        "GET /p HTTP/1.1\r\nhost: h:1\r\naccept: */*\r\n\r\n"
    );
    assert_eq!(
        send("POST", &[], None),
        "POST /p HTTP/1.1\r\nhost: h:1\r\ncontent-length: 0\r\n\r\n"
    );
    let lies = [("content-length", "99"), ("transfer-encoding", "chunked"), ("host", "x")];
    let expected = "PUT /p HTTP/1.1\r\nhost: h:1\r\ncontent-length: 5\r\n\r\nhello";
    assert_eq!(send("PUT", &lies, Some("hello")), expected);
    assert_eq!(send("CONNECT", &[], None), "CONNECT h:1 HTTP/1.1\r\nhost: h:1\r\n\r\n");
}

#[test]
fn what_cannot_be_written_is_not() {
    let mut asker = Asker::new(BodyMode::Whole);
    for (name, value) in
        [("a b", "c"), ("", "c"), ("a", "b\r\nc: d"), ("a", "b\nc"), ("a", "b\0"), ("a:", "b")]
    {
        assert_eq!(
            asker.client.send_request(&request("GET", &[(name, value)]), None),
            None,
            "{name:?}: {value:?}"
        );
    }
    for (method, authority, path) in [
        ("G T", "h", "/"),
        ("", "h", "/"),
        ("GET", "h\r\na: b", "/"),
        ("GET", "h", "/ HTTP/1.1\r\n"),
    ] {
        let mut head = Head::default();
        head.set_request(method.as_bytes(), b"http", authority.as_bytes(), path.as_bytes());
        assert_eq!(
            asker.client.send_request(&head, None),
            None,
            "{method:?} {authority:?} {path:?}"
        );
    }
    assert_eq!(asker.sent(), "");
}

#[test]
fn pipelining_is_bounded_and_answers_come_in_order() {
    let mut asker = Asker::new(BodyMode::Whole);
    for stream in 1..=PIPELINED_REQUESTS_MAX as u32 {
        assert_eq!(asker.ask("GET"), stream);
    }
    assert!(!asker.client.can_send());
    assert_eq!(asker.client.send_request(&request("GET", &[]), None), None);
    let seen = asker.feed("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb");
    assert!(matches!(&seen[0], Seen::Message { stream: 1, body, .. } if body == "a"));
    assert!(matches!(&seen[1], Seen::Message { stream: 2, body, .. } if body == "b"));
    assert_eq!(asker.ask("GET"), PIPELINED_REQUESTS_MAX as u32 + 1);
}

#[test]
fn responses_by_framing() {
    for (method, response, body) in [
        ("GET", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", "ab"),
        (
            "GET",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
            "ab",
        ),
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", ""),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", ""),
        ("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n", ""),
    ] {
        let mut asker = Asker::new(BodyMode::Whole);
        asker.ask(method);
        assert!(
            matches!(&asker.feed(response)[..], [Seen::Message { body: b, .. }] if b == body),
            "{response:?}"
        );
        assert!(asker.client.is_idle() && asker.client.can_send(), "{response:?}");
        assert_eq!(kind_of_end(&asker.end()), Some(ErrorKind::Ended));
    }
}

#[test]
fn a_response_until_close_ends_with_it() {
    for mode in [BodyMode::Whole, BodyMode::Streamed] {
        let mut asker = Asker::new(mode);
        asker.ask("GET");
        let mut seen = asker.feed("HTTP/1.0 200 OK\r\n\r\nhel");
        seen.extend(asker.feed("lo"));
        seen.extend(asker.end());
        assert_eq!(seen.iter().map(Seen::body).collect::<String>(), "hello", "{mode:?}");
        assert_eq!(kind_of_end(&seen), Some(ErrorKind::Ended), "{mode:?}");
    }
}

#[test]
fn a_truncated_response_is_never_a_clean_end() {
    for response in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ] {
        for mode in [BodyMode::Whole, BodyMode::Streamed] {
            let mut asker = Asker::new(mode);
            asker.ask("GET");
            let mut seen = asker.feed(response);
            seen.extend(asker.end());
            assert_eq!(kind_of_end(&seen), Some(ErrorKind::Protocol), "{response:?}");
            let ended = |e: &Seen| matches!(e, Seen::Message { .. } | Seen::Data { end: true, .. });
            assert!(!seen.iter().any(ended), "{response:?}: {seen:?}");
        }
    }
}

#[test]
fn ambiguous_responses_are_refused() {
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(70_000));
    for response in [
        "HTTP/1.1 200 OK\ncontent-length: 0\n\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\n\r\n",
        "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n",
        "HTTP/1.1 200 OK\r\na : b\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a=b\r\n",
        "HTTP/2 200\r\n\r\n",
        &long,
    ] {
        let mut asker = Asker::new(BodyMode::Whole);
        asker.ask("GET");
        let seen = asker.feed(response);
        assert_eq!(seen.len(), 1, "{response:?}: {seen:?}");
        assert_ne!(kind_of_end(&seen), Some(ErrorKind::Ended), "{response:?}");
        assert!(closed(&seen).is_some(), "{response:?}: {seen:?}");
    }
}

#[test]
fn a_response_that_nobody_asked_for() {
    let mut asker = Asker::new(BodyMode::Whole);
    let seen = asker.feed("H");
    assert_eq!(kind_of_end(&seen), Some(ErrorKind::Protocol));
    let mut asker = Asker::new(BodyMode::Whole);
    asker.ask("HEAD");
    let seen = asker.feed("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    assert!(
        matches!(seen[..], [Seen::Message { .. }, Seen::Closed(error)] if error.kind == ErrorKind::Protocol)
    );
}

#[test]
fn informational_responses_and_the_switch() {
    let mut asker = Asker::new(BodyMode::Whole);
    asker.ask("GET");
    let seen = asker.feed(
        "HTTP/1.1 103 Early Hints\r\na: b\r\n\r\nHTTP/1.1 101 Go\r\nupgrade: x\r\n\r\n\x01\x02",
    );
    assert!(
        matches!(
            seen[..],
            [Seen::Informational { stream: 1, .. }, Seen::Switched { stream: 1, .. }]
        ),
        "{seen:?}"
    );
    assert!(!asker.client.can_send());
    assert_eq!(asker.client.into_unread().unread(), b"\x01\x02");
    let mut asker = Asker::new(BodyMode::Whole);
    asker.ask("CONNECT");
    assert!(matches!(asker.feed("HTTP/1.1 200 OK\r\n\r\ntunnel")[..], [Seen::Switched { .. }]));
    assert_eq!(asker.client.into_unread().unread(), b"tunnel");
}

#[test]
fn persistence() {
    let mut asker = Asker::new(BodyMode::Whole);
    asker.ask("GET");
    let seen = asker.feed("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    assert!(
        matches!(seen[..], [Seen::Message { .. }, Seen::Closed(error)] if error.kind == ErrorKind::Ended)
    );
    let mut asker = Asker::new(BodyMode::Whole);
    asker.client.send_request(&request("GET", &[("connection", "x, Close")]), None).unwrap();
    assert!(!asker.client.can_send(), "nothing may follow connection: close");
    let seen = asker.feed("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    assert!(
        matches!(seen[..], [Seen::Message { .. }, Seen::Closed(error)] if error.kind == ErrorKind::Ended)
    );
    let mut asker = Asker::new(BodyMode::Whole);
    asker.ask("GET");
    asker.client.shutdown(asker.now);
    assert!(asker.events().is_empty() && !asker.client.can_send());
    let seen = asker.feed("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    assert!(
        matches!(seen[..], [Seen::Message { .. }, Seen::Closed(error)] if error.kind == ErrorKind::Local)
    );
}

#[test]
fn requests_in_pieces() {
    let mut asker = Asker::new(BodyMode::Whole);
    let stream = asker.client.send_head(&request("POST", &[]), false).unwrap();
    assert!(!asker.client.can_send());
    asker.client.send_data(stream, Bytes::from_static(b"hello"), false);
    asker.client.send_trailers(stream, &PreparedFields::new([(&b"a"[..], &b"b"[..])]).unwrap());
    let head = "POST /p HTTP/1.1\r\nhost: h:1\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(asker.sent(), format!("{head}5\r\nhello\r\n0\r\na: b\r\n\r\n"));
    assert!(asker.client.can_send());
    let stream =
        asker.client.send_head(&request("POST", &[("content-length", "5")]), false).unwrap();
    asker.client.send_data(stream, Bytes::from_static(b"hel"), false);
    asker.client.send_data(stream, Bytes::from_static(b"lo"), true);
    assert_eq!(asker.sent(), "POST /p HTTP/1.1\r\nhost: h:1\r\ncontent-length: 5\r\n\r\nhello");
    for (pieces, end) in [("hell", true), ("hello!", false), ("hello!", true)] {
        let mut asker = Asker::new(BodyMode::Whole);
        let stream =
            asker.client.send_head(&request("POST", &[("content-length", "5")]), false).unwrap();
        asker.client.send_data(stream, Bytes::from_static(pieces.as_bytes()), end);
        assert_eq!(kind_of_end(&asker.events()), Some(ErrorKind::Local), "{pieces} {end}");
    }
}

#[test]
fn a_large_request_passes_through_a_bounded_output() {
    let mut asker =
        Asker::with(BodyMode::Whole, Limits { output_high_bytes: 100, ..Limits::default() });
    let body = Bytes::from(vec![b'x'; 10_000]);
    let stream = asker.client.send_request(&request("POST", &[]), Some(body)).unwrap();
    let mut sent = String::new();
    while !asker.client.output().is_empty() {
        assert!(asker.client.output().len() <= 300);
        assert!(!asker.client.can_send());
        sent += &asker.sent();
        asker.events();
    }
    assert_eq!(asker.client.unsent(stream), None);
    assert_eq!(sent.matches('x').count(), 10_000);
    assert!(asker.client.can_send());
}

#[test]
fn time_limits() {
    let limits = Limits::default();
    let mut asker = Asker::new(BodyMode::Whole);
    assert_eq!(asker.client.deadline(), Some(asker.now + limits.idle_timeout));
    asker.ask("GET");
    asker.sent();
    assert_eq!(asker.events(), []);
    assert_eq!(
        asker.client.deadline(),
        None,
        "how long the server may think is the owner's to judge"
    );
    asker.feed("HTTP");
    assert_eq!(asker.client.deadline(), Some(asker.now + limits.head_timeout));
    asker.feed("/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
    assert_eq!(asker.client.deadline(), Some(asker.now + limits.body_timeout));
    asker.client.on_deadline(asker.now + limits.body_timeout);
    assert_eq!(kind_of_end(&asker.events()), Some(ErrorKind::Timeout));
}
