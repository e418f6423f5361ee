//! Our client against our server, in memory.

use super::script::Server;
use crate::h2::Connection;
use crate::io::Buffers;
use crate::{BodyMode, Event, Head, Limits, StreamId};
use bytes::Bytes;
use proptest::prelude::*;
use std::sync::Arc;

struct Client {
    connection: Connection,
    events: Vec<String>,
}

impl Client {
    fn new(mode: BodyMode, server: &Server) -> Client {
        let limits = Arc::new(Limits::default());
        Client {
            connection: Connection::client(limits, mode, Buffers::default(), server.now),
            events: Vec::new(),
        }
    }

    /// Carries bytes both ways until nobody has anything to say.
    fn exchange(&mut self, server: &mut Server) {
        loop {
            while let Some(event) = self.connection.next_event(server.now) {
                self.events.push(format!("{event:?}"));
                if let Event::Data { stream, data, .. } = event {
                    let bytes = data.len();
                    self.connection.consumed(stream, bytes);
                }
            }
            let out = std::mem::take(self.connection.output());
            server.feed(&out);
            if out.is_empty() && server.sent.is_empty() {
                return;
            }
            self.connection.input().append(&mut server.sent);
        }
    }
}

fn request(method: &[u8]) -> Head {
    let mut head = Head::default();
    head.set_request(method, b"http", b"localhost", b"/x?y=z");
    head.push(b"x-test", b"1");
    head
}

#[test]
fn requests_and_answers_of_any_size() {
    for size in [0, 1, 1000, 16_384, 16_385, 65_535, 1_000_000] {
        let mut server = Server::new(Limits::default(), BodyMode::Whole);
        server.body = Bytes::from(vec![b'r'; size]);
        let mut client = Client::new(BodyMode::Whole, &server);
        let stream = client.connection.send_request(&request(b"POST"), false).unwrap();
        client.connection.send_data(stream, Bytes::from(vec![b'q'; size]), true);
        client.exchange(&mut server);
        let seen = format!("{:?}", vec![b'q'; size]);
        assert!(server.events[0].contains(&format!("body: {seen}")), "{size}");
        assert!(
            server.events[0].contains("\"/x?y=z\"")
                && server.events[0].contains("(\"x-test\", \"1\")")
        );
        let seen = format!("{:?}", vec![b'r'; size]);
        assert!(client.events[0].contains("status: 200"), "{:?}", client.events);
        assert!(client.events[0].contains(&format!("body: {seen}")), "{size}");
        assert!(client.connection.is_idle() && server.connection.is_idle());
    }
}

/// Heads of answers that repeat are not decoded again, those of requests not encoded again: it must not show.
#[test]
fn many_requests_on_one_connection_are_told_apart() {
    let mut server = Server::new(Limits::default(), BodyMode::Whole);
    let mut client = Client::new(BodyMode::Whole, &server);
    for n in 0..200usize {
        // In runs of the same, so that each is remembered, and then driven out by the next.
        let (path, body) = (format!("/{}", n / 20), vec![b'r'; n / 10]);
        server.body = Bytes::from(body.clone());
        let mut head = Head::default();
        head.set_request(b"POST", b"http", b"localhost", path.as_bytes());
        let content = Bytes::from(vec![b'q'; n]);
        client.connection.send_whole_request(&head, Some(&content)).unwrap();
        client.exchange(&mut server);
        let asked = server.events.pop().unwrap();
        assert!(asked.contains(&format!("path: {path:?}")), "{asked}");
        assert!(asked.contains(&format!("body: {:?}", &content[..])), "{asked}");
        let answered = client.events.pop().unwrap();
        assert!(answered.contains("status: 200"), "{answered}");
        assert!(answered.contains(&format!("body: {body:?}")), "{answered}");
    }
}

#[test]
fn streamed_both_ways() {
    let mut server = Server::new(Limits::default(), BodyMode::Streamed);
    server.body = Bytes::from(vec![b'r'; 300_000]);
    let mut client = Client::new(BodyMode::Streamed, &server);
    let stream = client.connection.send_request(&request(b"POST"), false).unwrap();
    for _ in 0..30 {
        client.connection.send_data(stream, Bytes::from(vec![b'q'; 100_000]), false);
        client.exchange(&mut server);
    }
    let trailers = crate::PreparedFields::new([(b"x-sum".as_slice(), b"9".as_slice())]).unwrap();
    client.connection.send_trailers(stream, &trailers);
    client.exchange(&mut server);
    assert!(server.events[0].starts_with("Head"));
    assert!(server.events.last().unwrap().contains("x-sum"), "trailers");
    assert!(client.events.last().unwrap().contains("end: true"));
    assert!(client.connection.is_idle() && server.connection.is_idle());
}

#[test]
fn head_has_a_length_and_no_content() {
    let mut server = Server::new(Limits::default(), BodyMode::Whole);
    let mut client = Client::new(BodyMode::Whole, &server);
    client.connection.send_request(&request(b"HEAD"), true).unwrap();
    client.exchange(&mut server);
    assert!(client.events[0].contains("body: []"), "{:?}", client.events);
}

#[test]
fn a_client_opens_as_many_streams_as_it_may() {
    let mut server = Server::new(Limits { streams_max: 3, ..Limits::default() }, BodyMode::Whole);
    server.answering = false;
    let mut client = Client::new(BodyMode::Whole, &server);
    client.exchange(&mut server);
    let ids: Vec<_> =
        (0..4).map(|_| client.connection.send_request(&request(b"GET"), true)).collect();
    assert_eq!(ids, [Some(StreamId(1)), Some(StreamId(3)), Some(StreamId(5)), None]);
}

#[test]
fn a_reset_answer_and_a_drained_connection() {
    let mut server = Server::new(Limits::default(), BodyMode::Whole);
    server.answering = false;
    let mut client = Client::new(BodyMode::Whole, &server);
    let stream = client.connection.send_request(&request(b"GET"), true).unwrap();
    client.exchange(&mut server);
    server.connection.reset(stream, 8);
    server.connection.shutdown(server.now);
    server.run();
    client.exchange(&mut server);
    assert!(client.events[0].starts_with("Reset"), "{:?}", client.events);
    assert!(client.events[1].starts_with("GoAway"), "{:?}", client.events);
    assert!(server.closed.is_some(), "the client acknowledged the PING, nothing is open");
    assert_eq!(client.connection.send_request(&request(b"GET"), true), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Heads that repeat are not decoded again; what the owner sees is what was sent all the same, whatever the
    /// dynamic table does in between.
    #[test]
    fn repeated_heads_stay_themselves(picks in proptest::collection::vec((0usize..6, any::<bool>()), 20..200)) {
        let mut server = Server::new(Limits::default(), BodyMode::Whole);
        let mut client = Client::new(BodyMode::Whole, &server);
        client.exchange(&mut server);
        server.events.clear();
        for (n, (variant, fresh)) in picks.into_iter().enumerate() {
            let mut head = Head::default();
            let path = format!("/variant/{variant}");
            head.set_request(b"GET", b"http", b"localhost", path.as_bytes());
            head.push(b"x-variant", variant.to_string().as_bytes());
            if fresh && n % 7 == 0 {
                // A new entry in the dynamic table, which moves all others.
                head.push(b"x-fresh", n.to_string().as_bytes());
            }
            client.connection.send_request(&head, true).unwrap();
            client.exchange(&mut server);
            let seen = server.events.pop().unwrap();
            prop_assert!(seen.contains(&format!("path: {path:?}")), "{seen}");
            let value = format!("(\"x-variant\", \"{variant}\")");
            prop_assert!(seen.contains(&value), "{seen}");
            prop_assert_eq!(seen.contains("x-fresh"), fresh && n % 7 == 0);
        }
    }
}
