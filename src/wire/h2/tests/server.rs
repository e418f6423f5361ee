//! Scripts of frames against a server: what each section asks for.

use super::script::*;
use crate::detect::PREFACE;
use crate::error::ErrorKind;
use crate::h2::Reason;
use crate::h2::frame::{flag, kind};
use crate::{BodyMode, Limits};
use bytes::Bytes;

/// The error code of the GOAWAY that a script provokes.
fn goaway(script: &[Vec<u8>]) -> Reason {
    let mut server = Server::open();
    server.feed(&script.concat());
    let frames = server.take_frames();
    let (_, payload) = frames.iter().find(|(h, _)| h.kind == kind::GOAWAY).expect("a GOAWAY");
    assert!(server.closed.is_some(), "the owner was told");
    Reason(u32::from_be_bytes(payload[4..8].try_into().unwrap()))
}

/// The error code of the RST_STREAM that a script provokes on `stream`; the connection must live on.
fn rst(script: &[Vec<u8>], stream: u32) -> Reason {
    let mut server = Server::open();
    server.feed(&script.concat());
    let frames = server.take_frames();
    let found = frames.iter().find(|(h, _)| h.kind == kind::RST_STREAM && h.stream == stream);
    let (_, payload) = found.expect("a RST_STREAM");
    server.feed(&headers(9, &GET, true));
    let answered =
        server.take_frames().iter().any(|(h, _)| h.kind == kind::HEADERS && h.stream == 9);
    assert!(answered, "the connection goes on");
    Reason(u32::from_be_bytes(payload[..4].try_into().unwrap()))
}

#[test]
fn a_request_is_answered() {
    let mut server = Server::new(Limits::default(), BodyMode::Whole);
    server.feed(
        &[hello(), headers(1, &POST, false), data(1, b"ab", false), data(1, b"cd", true)].concat(),
    );
    assert!(server.events[0].contains("body: [97, 98, 99, 100]"), "{:?}", server.events);
    let kinds: Vec<u8> = server.take_frames().iter().map(|(h, _)| h.kind).collect();
    assert_eq!(
        kinds,
        [kind::SETTINGS, kind::WINDOW_UPDATE, kind::SETTINGS, kind::HEADERS, kind::DATA]
    );
    assert!(server.connection.is_idle());
}

#[test]
fn preface() {
    let mut server = Server::new(Limits::default(), BodyMode::Whole);
    server.feed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX");
    assert_eq!(server.closed.unwrap().code, Reason::PROTOCOL_ERROR.0);
    let mut server = Server::new(Limits::default(), BodyMode::Whole);
    server.feed(&[PREFACE.as_slice(), &raw(kind::PING, 0, 0, &[0; 8])].concat());
    assert_eq!(server.closed.unwrap().reason, "the first frame is not SETTINGS");
}

#[test]
fn connection_errors() {
    let get = |id| headers(id, &GET, true);
    let open_block = raw(kind::HEADERS, flag::END_STREAM, 1, &block(&GET));
    let w = |id: u32, n: u32| raw(kind::WINDOW_UPDATE, 0, id, &n.to_be_bytes());
    for (script, code, what) in [
        (vec![raw(kind::DATA, 0, 0, b"x")], Reason::PROTOCOL_ERROR, "6.1 DATA on stream 0"),
        (vec![data(1, b"x", true)], Reason::PROTOCOL_ERROR, "5.1 DATA on an idle stream"),
        (vec![raw(kind::DATA, 8, 1, &[9, 1])], Reason::PROTOCOL_ERROR, "6.1 padding"),
        (vec![get(2)], Reason::PROTOCOL_ERROR, "5.1.1 even identifier"),
        (vec![get(5), get(3)], Reason::PROTOCOL_ERROR, "5.1.1 identifier does not grow"),
        (vec![get(1), get(1)], Reason::STREAM_CLOSED, "5.1 HEADERS on a closed stream"),
        (vec![get(0)], Reason::PROTOCOL_ERROR, "6.2 HEADERS on stream 0"),
        (vec![raw(kind::RST_STREAM, 0, 1, &[0; 4])], Reason::PROTOCOL_ERROR, "6.4 idle"),
        (vec![raw(kind::RST_STREAM, 0, 1, &[0; 3])], Reason::FRAME_SIZE_ERROR, "6.4 length"),
        (vec![raw(kind::SETTINGS, 0, 1, &[])], Reason::PROTOCOL_ERROR, "6.5 stream"),
        (
            vec![raw(kind::SETTINGS, 1, 0, &[0; 6])],
            Reason::FRAME_SIZE_ERROR,
            "6.5 ACK with payload",
        ),
        (vec![settings(&[(4, 0x8000_0000)])], Reason::FLOW_CONTROL_ERROR, "6.5.2 window"),
        (vec![settings(&[(5, 1)])], Reason::PROTOCOL_ERROR, "6.5.2 frame size"),
        (vec![raw(kind::PUSH_PROMISE, 4, 1, &[0; 8])], Reason::PROTOCOL_ERROR, "8.4 push"),
        (vec![raw(kind::PING, 0, 0, &[0; 7])], Reason::FRAME_SIZE_ERROR, "6.7 length"),
        (vec![raw(kind::GOAWAY, 0, 1, &[0; 8])], Reason::PROTOCOL_ERROR, "6.8 stream"),
        (vec![w(0, 0)], Reason::PROTOCOL_ERROR, "6.9 zero increment"),
        (vec![w(1, 1)], Reason::PROTOCOL_ERROR, "5.1 WINDOW_UPDATE on an idle stream"),
        (vec![w(0, 0x7fff_ffff)], Reason::FLOW_CONTROL_ERROR, "6.9.1 overflow"),
        (vec![raw(kind::CONTINUATION, 4, 1, &[])], Reason::PROTOCOL_ERROR, "6.10 without HEADERS"),
        (vec![open_block.clone(), get(1)], Reason::PROTOCOL_ERROR, "4.3 interrupted by HEADERS"),
        (
            vec![open_block.clone(), raw(0x77, 0, 1, &[])],
            Reason::PROTOCOL_ERROR,
            "5.5 by an unknown frame",
        ),
        (
            vec![open_block, raw(kind::CONTINUATION, 4, 3, &[])],
            Reason::PROTOCOL_ERROR,
            "6.10 other stream",
        ),
        (vec![raw(kind::HEADERS, 5, 1, &[0xff, 0xff])], Reason::COMPRESSION_ERROR, "4.3 decoding"),
        (vec![raw(kind::PING, 0, 0, &[0; 16_385])], Reason::FRAME_SIZE_ERROR, "4.2 too long"),
    ] {
        assert_eq!(goaway(&script), code, "{what}");
    }
}

#[test]
fn stream_errors() {
    let w = |id: u32, n: u32| raw(kind::WINDOW_UPDATE, 0, id, &n.to_be_bytes());
    let post = || headers(1, &POST, false);
    let with_length = |n| [POST.as_slice(), &[("content-length", n)]].concat();
    for (script, code, what) in [
        (vec![headers(1, &GET[1..], true)], Reason::PROTOCOL_ERROR, "8.3.1 no :method"),
        (vec![post(), w(1, 0)], Reason::PROTOCOL_ERROR, "6.9 zero increment"),
        (vec![post(), w(1, 0x7fff_ffff)], Reason::FLOW_CONTROL_ERROR, "6.9.1 overflow"),
        (
            vec![post(), headers(1, &[("a", "b")], false)],
            Reason::PROTOCOL_ERROR,
            "8.1 trailers go on",
        ),
        (
            vec![post(), headers(1, &[(":path", "/")], true)],
            Reason::PROTOCOL_ERROR,
            "8.1 pseudo in trailers",
        ),
        (vec![headers(1, &with_length("1"), true)], Reason::PROTOCOL_ERROR, "8.1.1 content-length"),
        (
            vec![headers(1, &with_length("1"), false), data(1, b"ab", false)],
            Reason::PROTOCOL_ERROR,
            "8.1.1 more",
        ),
        (
            vec![headers(1, &with_length("3"), false), data(1, b"ab", true)],
            Reason::PROTOCOL_ERROR,
            "8.1.1 less",
        ),
        (
            vec![headers(1, &GET, true), data(1, b"x", true)],
            Reason::STREAM_CLOSED,
            "5.1 DATA when closed",
        ),
        (vec![post(), raw(kind::PRIORITY, 0, 1, &[0; 4])], Reason::FRAME_SIZE_ERROR, "6.3 length"),
        (
            vec![raw(kind::HEADERS, 0x25, 1, &[&[0, 0, 0, 1, 0], &block(&GET)[..]].concat())],
            Reason::PROTOCOL_ERROR,
            "5.3.1",
        ),
    ] {
        assert_eq!(rst(&script, 1), code, "{what}");
    }
}

#[test]
fn frames_that_cross_our_reset_are_ignored() {
    let mut server = Server::open();
    server.feed(&headers(1, &GET[1..], false));
    server.sent.clear();
    server.feed(&[data(1, b"x", false), headers(1, &[("a", "b")], true)].concat());
    assert_eq!(server.take_frames(), []);
    assert!(server.closed.is_none());
}

#[test]
fn windows_hold_answers_back() {
    let mut server = Server::open();
    server.body = Bytes::from(vec![b'x'; 100_000]);
    server.feed(&[settings(&[(4, 10)]), headers(1, &GET, true)].concat());
    let lengths = |server: &mut Server| -> Vec<(usize, bool)> {
        let frames = server.take_frames();
        let data = frames.iter().filter(|(h, _)| h.kind == kind::DATA);
        data.map(|(h, _)| (h.length, h.has(flag::END_STREAM))).collect()
    };
    assert_eq!(lengths(&mut server), [(10, false)]);
    server.feed(&raw(kind::WINDOW_UPDATE, 0, 1, &5u32.to_be_bytes()));
    assert_eq!(lengths(&mut server), [(5, false)]);
    server.feed(&settings(&[(4, 0)]));
    server.feed(&raw(kind::WINDOW_UPDATE, 0, 1, &10u32.to_be_bytes()));
    assert_eq!(lengths(&mut server), [], "6.9.2: the window was negative");
    server.feed(&settings(&[(4, 200_000)]));
    let sent = lengths(&mut server);
    assert_eq!(sent.iter().map(|(n, _)| n).sum::<usize>(), 65_535 - 15, "the connection's window");
    server.feed(&raw(kind::WINDOW_UPDATE, 0, 0, &100_000u32.to_be_bytes()));
    let sent = lengths(&mut server);
    assert_eq!(sent.iter().map(|(n, _)| n).sum::<usize>(), 100_000 - 65_535);
    assert!(sent.last().unwrap().1);
    assert!(server.connection.is_idle());
}

#[test]
fn ping_and_unknown_frames() {
    let mut server = Server::open();
    server.feed(&[raw(0xbe, 0xff, 7, b"?"), raw(kind::PING, 0, 0, b"12345678")].concat());
    let frames = server.take_frames();
    assert_eq!(frames.len(), 1);
    assert!(frames[0].0.kind == kind::PING && frames[0].0.has(flag::ACK));
    assert_eq!(frames[0].1, b"12345678");
}

#[test]
fn expect_continue_and_head() {
    let mut server = Server::open();
    server.feed(&headers(1, &[POST.as_slice(), &[("expect", "100-continue")]].concat(), false));
    assert_eq!(
        server.take_frames()[0].1[..1],
        [8],
        ":status 100 is a literal with the name of index 8"
    );
    server.feed(&data(1, b"x", true));
    assert_eq!(server.take_frames().len(), 2);
    server.feed(&headers(3, &[&[(":method", "HEAD")], &GET[1..]].concat(), true));
    let frames = server.take_frames();
    assert_eq!((frames.len(), frames[0].0.has(flag::END_STREAM)), (1, true));
}

#[test]
fn drain_lets_crossing_streams_in_and_later_ones_not() {
    let mut server = Server::open();
    server.answering = false;
    server.feed(&headers(1, &GET, true));
    server.connection.shutdown(server.now);
    server.run();
    let frames = server.take_frames();
    assert_eq!((frames[0].0.kind, frames[1].0.kind), (kind::GOAWAY, kind::PING));
    assert_eq!(frames[0].1[..4], [0x7f, 0xff, 0xff, 0xff]);
    server.feed(&headers(3, &GET, true));
    assert_eq!(server.events.len(), 2, "crossed the first GOAWAY");
    server.feed(&raw(kind::PING, flag::ACK, 0, &frames[1].1));
    let last = server.take_frames();
    assert_eq!(
        (last[0].0.kind, &last[0].1[..4]),
        (kind::GOAWAY, &[0, 0, 0, 3][..]),
        "6.8: the last stream"
    );
    server.feed(&[headers(5, &POST, false), data(5, b"x", true)].concat());
    assert_eq!(server.events.len(), 2, "ignored: {:?}", server.events);
    let head = crate::PreparedHead::new(200, []).unwrap();
    for id in [1, 3] {
        server.connection.respond(
            crate::StreamId(id),
            &head,
            &crate::PreparedFields::default(),
            &Bytes::new(),
        );
    }
    server.run();
    assert_eq!(server.closed.unwrap().kind, ErrorKind::Local);
}

#[test]
fn half_closed_client_gets_its_answer() {
    let mut server = Server::open();
    server.connection.input().extend_from_slice(&headers(1, &GET, true));
    server.connection.end_of_input(server.now);
    server.run();
    assert_eq!(server.take_frames()[0].0.kind, kind::HEADERS);
    assert_eq!(server.closed.unwrap().kind, ErrorKind::Ended);
    let mut server = Server::open();
    server.connection.input().extend_from_slice(&headers(1, &POST, false));
    server.connection.end_of_input(server.now);
    server.run();
    assert_eq!(server.closed.unwrap().reason, "connection ended inside a message");
}
