//! However a byte stream is cut, a connection says and answers the same.

use super::*;
use crate::h1::Client;
use crate::head::Head;
use proptest::prelude::*;

/// The limits are small, so that generated streams reach them.
fn limits() -> Arc<Limits> {
    Arc::new(Limits { head_bytes_max: 300, body_bytes_max: 40, ..Limits::default() })
}

/// Joins pieces of content that follow each other: where they are cut is all that may differ.
fn note(seen: &mut Vec<Seen>, next: Seen) {
    if let (Some(Seen::Data { stream, data, end }), Seen::Data { stream: s, data: d, end: e }) =
        (seen.last_mut(), &next)
        && stream == s
    {
        data.push_str(d);
        *end |= e;
        return;
    }
    // An empty first piece tells no more than none.
    if !matches!(&next, Seen::Data { data, end: false, .. } if data.is_empty()) {
        seen.push(next);
    }
}

fn serve(pieces: &[&[u8]], mode: BodyMode) -> (Vec<Seen>, String) {
    let now = Instant::now();
    let mut server = Server::new(limits(), mode, false, Buffers::default(), now);
    let (mut seen, mut sent) = (Vec::new(), Vec::new());
    let drive = |server: &mut Server, seen: &mut Vec<Seen>, sent: &mut Vec<u8>| {
        loop {
            let event = server.next_event(now).map(Seen::of);
            sent.append(server.output());
            let Some(event) = event else { return };
            match &event {
                Seen::Message { stream, body, .. } => {
                    let body = Bytes::copy_from_slice(body.as_bytes());
                    server.respond(StreamId(*stream), &head(200, &[]), &none(), &body);
                }
                Seen::Head { stream, end: true, .. }
                | Seen::Data { stream, end: true, .. }
                | Seen::Trailers { stream, .. } => {
                    server.respond(StreamId(*stream), &head(200, &[]), &none(), &Bytes::new());
                }
                _ => {}
            }
            note(seen, event);
        }
    };
    for piece in pieces {
        server.input().extend_from_slice(piece);
        drive(&mut server, &mut seen, &mut sent);
    }
    server.end_of_input(now);
    drive(&mut server, &mut seen, &mut sent);
    if let Some(upgrade) = server.take_upgrade(now) {
        sent.extend_from_slice(
            format!("{upgrade:?}{:?}", server.take_buffers().unread()).as_bytes(),
        );
    }
    (seen, String::from_utf8_lossy(&sent).into_owned())
}

fn ask(pieces: &[&[u8]], mode: BodyMode) -> Vec<Seen> {
    let now = Instant::now();
    let mut client = Client::new(limits(), mode, Buffers::default(), now);
    for method in ["GET", "HEAD", "GET", "CONNECT"] {
        let mut head = Head::default();
        head.set_request(method.as_bytes(), b"http", b"h", b"/");
        client.send_request(&head, None).expect("can send");
    }
    let mut seen = Vec::new();
    for piece in pieces {
        client.input().extend_from_slice(piece);
        while let Some(event) = client.next_event(now).map(Seen::of) {
            note(&mut seen, event);
        }
    }
    client.end_of_input(now);
    while let Some(event) = client.next_event(now).map(Seen::of) {
        note(&mut seen, event);
    }
    seen
}

fn cut<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|i| i.index(bytes.len() + 1)).collect();
    at.push(bytes.len());
    at.sort_unstable();
    let mut start = 0;
    at.into_iter().map(|end| &bytes[std::mem::replace(&mut start, end)..end]).collect()
}

const REQUESTS: &[&str] = &[
    "GET /a?b HTTP/1.1\r\nhost: h\r\n\r\n",
    "GET http://x/ HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n",
    "HEAD / HTTP/1.1\r\nhost: h\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nab",
    "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nt: u\r\nv: w\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 41\r\n\r\n01234567890123456789012345678901234567890",
    "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nhost: h\r\n\r\n",
    "CONNECT h:1 HTTP/1.1\r\nhost: h:1\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: h\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n",
    "\r\n",
];

const RESPONSES: &[&str] = &[
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nt: u\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil close",
    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx",
];

/// Messages in a row, some bytes changed, some put in, some junk between.
fn stream(pool: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let odd = prop::sample::select(b"\r\n :;,\0\t0159afAF+-xX\xff".to_vec());
    let edit = (any::<prop::sample::Index>(), odd, 0..3u8);
    let junk = prop::collection::vec(any::<u8>(), 0..20);
    let message = prop_oneof![
        20 => prop::sample::select(pool).prop_map(|text| text.as_bytes().to_vec()),
        1 => junk,
        1 => (300..400usize).prop_map(|n| format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(n)).into_bytes()),
    ];
    let edits = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(edit, 1..3)];
    (prop::collection::vec(message, 0..5), edits).prop_map(|(messages, edits)| {
        let mut bytes = messages.concat();
        for (at, byte, what) in edits {
            let at = at.index(bytes.len() + 1);
            match what {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                _ if at < bytes.len() => drop(bytes.remove(at)),
                _ => {}
            }
        }
        bytes
    })
}

fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_server_does_not_notice_how_requests_are_cut(bytes in stream(REQUESTS), cuts in cuts()) {
        for mode in [BodyMode::Whole, BodyMode::Streamed] {
            let whole = serve(&[&bytes], mode);
            prop_assert_eq!(&serve(&bytes.chunks(1).collect::<Vec<_>>(), mode), &whole);
            prop_assert_eq!(&serve(&cut(&bytes, &cuts), mode), &whole);
        }
    }

    #[test]
    fn a_client_does_not_notice_how_responses_are_cut(bytes in stream(RESPONSES), cuts in cuts()) {
        for mode in [BodyMode::Whole, BodyMode::Streamed] {
            let whole = ask(&[&bytes], mode);
            prop_assert_eq!(&ask(&bytes.chunks(1).collect::<Vec<_>>(), mode), &whole);
            prop_assert_eq!(&ask(&cut(&bytes, &cuts), mode), &whole);
        }
    }

    #[test]
    fn every_connection_comes_to_one_end(bytes in stream(REQUESTS)) {
        let (seen, _) = serve(&[&bytes], BodyMode::Whole);
        let ends = seen.iter().filter(|e| matches!(e, Seen::Closed(_))).count();
        prop_assert!(ends <= 1);
        prop_assert_eq!(ends == 1, matches!(seen.last(), Some(Seen::Closed(_))));
    }
}
