use super::*;
use crate::Message;
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;

fn request(method: &[u8], path: &str) -> Head {
    let mut head = Head::default();
    head.set_request(method, b"http", b"localhost", path.as_bytes());
    head
}

/// Path and body of a request.
type Asked = (String, Vec<u8>);
/// Status and body of a response.
type Answered = (u16, Vec<u8>);

struct Pair {
    client: ClientConnection,
    server: ServerConnection,
    now: Instant,
}

impl Pair {
    fn new(protocol: Protocol) -> Pair {
        let (now, limits) = (Instant::now(), Arc::new(Limits::default()));
        Pair {
            client: ClientConnection::new(protocol, limits.clone(), BodyMode::Whole, now),
            server: ServerConnection::new(limits, BodyMode::Whole, None, false, now),
            now,
        }
    }

    /// Carries bytes until all is quiet; every request is answered with its own body. Returns path and body of the
    /// requests, and status and body of the responses.
    fn run(&mut self) -> (Vec<Asked>, Vec<Answered>) {
        let head = PreparedHead::new(200, [(b"x-a".as_slice(), b"b".as_slice())]).unwrap();
        let (mut asked, mut answered) = (Vec::new(), Vec::new());
        loop {
            while let Some(event) = self.server.next_event(self.now) {
                let Event::Message(Message { stream, head: request, body, .. }) = event else {
                    continue;
                };
                asked.push((String::from_utf8_lossy(request.path()).into_owned(), body.to_vec()));
                let body = Bytes::copy_from_slice(body);
                self.server.respond(stream, &head, &PreparedFields::default(), &body);
            }
            while let Some(event) = self.client.next_event(self.now) {
                let Event::Message(Message { head, body, .. }) = event else { continue };
                answered.push((head.status(), body.to_vec()));
            }
            let (to_server, to_client) =
                (std::mem::take(self.client.output()), std::mem::take(self.server.output()));
            if to_server.is_empty() && to_client.is_empty() {
                return (asked, answered);
            }
            self.server.input().extend(to_server);
            self.client.input().extend(to_client);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// The same verbs carry the same messages over either protocol.
    #[test]
    fn messages_survive_either_protocol(
        sizes in proptest::collection::vec(prop_oneof![Just(0usize), 1usize..100, 1usize..200_000], 1..8),
        http2 in any::<bool>(),
    ) {
        let mut pair = Pair::new(if http2 { Protocol::Http2 } else { Protocol::Http1 });
        let (mut asked, mut answered) = (Vec::new(), Vec::new());
        for (n, size) in sizes.iter().enumerate() {
            let (path, body) = (format!("/{n}"), vec![n as u8; *size]);
            prop_assert!(pair.client.can_send());
            pair.client.send_request(&request(b"POST", &path), Some(&body.clone().into())).unwrap();
            let (requests, responses) = pair.run();
            asked.extend(requests);
            answered.extend(responses);
            prop_assert_eq!(asked.last(), Some(&(path, body.clone())));
            prop_assert_eq!(answered.last(), Some(&(200, body)));
        }
        prop_assert_eq!(asked.len(), sizes.len());
        prop_assert!(pair.client.is_idle() && pair.server.is_idle());
    }
}

#[test]
fn the_first_bytes_decide() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut pair = Pair::new(protocol);
        assert_eq!(pair.server.protocol(), None);
        pair.client.send_request(&request(b"GET", "/"), None).unwrap();
        pair.run();
        assert_eq!(pair.server.protocol(), Some(protocol));
    }
    let mut pair = Pair::new(Protocol::Http1);
    pair.server.input().extend_from_slice(&[0x16, 3, 1, 0, 5]);
    let Some(Event::Closed(error)) = pair.server.next_event(pair.now) else { panic!("not closed") };
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(pair.server.next_event(pair.now).is_none(), "told once");
}

#[test]
fn an_upgrade_answers_on_stream_1() {
    let mut pair = Pair::new(Protocol::Http2);
    // A window of 3 bytes for new streams, which must bind the answer on stream 1.
    let settings = BASE64URL_NOPAD.encode(&[0, 4, 0, 0, 0, 3]);
    let text = format!(
        "POST /up HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n\
         http2-settings: {settings}\r\ncontent-length: 5\r\n\r\nhello"
    );
    pair.server.input().extend_from_slice(text.as_bytes());
    let Some(Event::Message(message)) = pair.server.next_event(pair.now) else {
        panic!("no request")
    };
    assert_eq!(
        (message.stream, message.head.path(), message.body),
        (StreamId(1), &b"/up"[..], &b"hello"[..])
    );
    assert!(
        message.head.get(b"upgrade").is_none() && message.head.get(b"http2-settings").is_none()
    );
    let head = PreparedHead::new(200, []).unwrap();
    let body = Bytes::from_static(b"world");
    pair.server.respond(StreamId(1), &head, &PreparedFields::default(), &body);
    let output = std::mem::take(pair.server.output());
    let switching = b"HTTP/1.1 101 Switching Protocols\r\n";
    assert!(output.starts_with(switching));
    assert!(
        output.ends_with(&[0, 0, 3, 0, 0, 0, 0, 0, 1, b'w', b'o', b'r']),
        "the window of 3: {output:?}"
    );
    assert_eq!(pair.server.protocol(), Some(Protocol::Http2));
}

#[test]
fn silence_and_shutdown_before_the_first_byte() {
    let mut pair = Pair::new(Protocol::Http2);
    let due = pair.server.deadline().unwrap();
    pair.server.on_deadline(due);
    assert!(
        matches!(pair.server.next_event(due), Some(Event::Closed(e)) if e.kind == ErrorKind::Timeout)
    );
    assert_eq!(pair.server.deadline(), None);
    let mut pair = Pair::new(Protocol::Http2);
    pair.server.shutdown(pair.now);
    assert!(
        matches!(pair.server.next_event(pair.now), Some(Event::Closed(e)) if e.kind == ErrorKind::Local)
    );
    let mut pair = Pair::new(Protocol::Http2);
    pair.server.end_of_input(pair.now);
    assert!(
        matches!(pair.server.next_event(pair.now), Some(Event::Closed(e)) if e.kind == ErrorKind::Ended)
    );
}
