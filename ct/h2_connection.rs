//! RFC 9113 sections 3.4 (preface) and 4 (frames, frame sizes, field blocks).

use crate::cases;
use crate::support::fixtures::{self, Target};
use crate::support::frames::{
    self, END_HEADERS, Frame, code, continuation, data, headers, headers_open, ping, priority, raw,
};
use crate::support::h2::{H2, PREFACE};
use crate::support::hpack;

const TARGETS: [Target; 2] = [Target::Plain, Target::Tls];

/// The largest payload that needs no announcement (section 4.2).
const FRAME_BYTES: usize = 16_384;

fn silent(target: Target) -> H2 {
    H2::silent(fixtures::wire(target))
}

#[test]
fn s3_4_first_frame_of_the_server_is_settings() {
    for target in TARGETS {
        let mut client = silent(target);
        client.send_bytes(PREFACE);
        client.send([frames::settings(&[])]);
        let first = client.take("a frame", |_| true);
        assert_eq!((first.kind, first.flags, first.stream), (frames::SETTINGS, 0, 0), "{target:?}");
    }
}

#[test]
fn s3_4_settings_of_the_client_are_acknowledged() {
    for target in TARGETS {
        H2::over(fixtures::wire(target)).expect_alive();
    }
}

#[test]
fn s3_4_invalid_preface_closes_the_connection() {
    let broken: [&[u8]; 4] = [
        b"INVALID CONNECTION PREFACE\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"PRI * HTTP/2.0\r\nhost: a\r\n\r\nSM\r\n\r\n",
        b"PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for target in TARGETS {
        for bytes in broken {
            let mut client = silent(target);
            client.send_bytes(bytes);
            client.expect_hangup();
        }
    }
}

#[test]
fn s3_4_preface_is_followed_by_settings() {
    for target in TARGETS {
        for frame in
            [ping([0; 8]), headers(1, &hpack::block(&[])).end_stream(), frames::settings_ack()]
        {
            let mut client = silent(target);
            client.send_bytes(&[PREFACE, &frame.encode()].concat());
            client.expect_connection_error(code::PROTOCOL_ERROR);
        }
    }
}

#[test]
fn s3_4_request_right_behind_the_preface_is_answered() {
    for target in TARGETS {
        let mut client = silent(target);
        let request = headers(1, &client.get("/")).end_stream();
        client.send_bytes(&[PREFACE, &frames::settings(&[]).encode(), &request.encode()].concat());
        client.learn_settings();
        assert_eq!(client.expect_status(1, 200).body, fixtures::ROOT_BODY.as_bytes());
    }
}

#[test]
fn s3_4_preface_and_request_may_come_byte_by_byte() {
    for target in TARGETS {
        let mut client = silent(target);
        let request = headers(1, &client.get("/")).end_stream();
        for byte in [PREFACE, &frames::settings(&[]).encode(), &request.encode()].concat() {
            client.send_bytes(&[byte]);
        }
        client.learn_settings();
        client.expect_status(1, 200);
    }
}

cases! {
    fn s4_1_frame_of_unknown_type_is_ignored(client) {
        for stream in [0, 1, 2] {
            client.send([raw(0x16, 0xff, stream, b"whatever")]);
        }
        client.expect_alive();
        client.send_get(1, "/");
        client.expect_status(1, 200);
        client.send([raw(0xff, 0, 1, b"")]);
        client.expect_alive();
    }

    fn s4_1_undefined_flags_are_ignored(client) {
        client.send([ping(*b"flagged!").flags(0x16)]);
        client.take("PING", |f| f.kind == frames::PING && f.payload == b"flagged!");
        let request = headers(1, &client.get("/")).end_stream().flags(0xd2);
        client.send([request]);
        client.expect_status(1, 200);
    }

    fn s4_1_reserved_bit_is_ignored(client) {
        let mut request = headers(1, &client.get("/")).end_stream();
        request.stream |= 1 << 31;
        client.send([raw(frames::PING, 0x16, 1 << 31, &[0; 8]), request]);
        client.take("PING", |f| f.kind == frames::PING && f.payload == [0; 8]);
        client.expect_status(1, 200);
    }

    fn s4_2_data_of_16384_bytes_is_accepted(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, data(1, &[b'x'; FRAME_BYTES]).end_stream()]);
        client.expect_status(1, 200);
    }

    fn s4_2_headers_of_16384_bytes_are_accepted(client) {
        let block = whole_frame(client);
        client.send([headers(1, &block).end_stream()]);
        client.expect_status(1, 200);
    }

    fn s4_2_data_above_the_frame_size_is_frame_size_error(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, data(1, &vec![b'x'; FRAME_BYTES + 1]).end_stream()]);
        client.expect_error(1, &[code::FRAME_SIZE_ERROR]);
    }

    fn s4_2_headers_above_the_frame_size_are_a_connection_error(client) {
        let block = client.request("GET", "/", &[("x", &"v".repeat(FRAME_BYTES))]);
        client.send([headers(1, &block).end_stream()]);
        client.expect_connection_error(code::FRAME_SIZE_ERROR);
    }

    fn s4_2_settings_above_the_frame_size_are_a_connection_error(client) {
        client.send([frames::settings(&vec![(0xff, 0); FRAME_BYTES / 6 + 1])]);
        client.expect_connection_error(code::FRAME_SIZE_ERROR);
    }

    fn s4_2_continuation_above_the_frame_size_is_a_connection_error(client) {
        let rest = hpack::literal("x", &"v".repeat(FRAME_BYTES));
        let request = headers_open(1, &client.get("/")).end_stream();
        client.send([request, continuation(1, &rest)]);
        client.expect_connection_error(code::FRAME_SIZE_ERROR);
    }

    fn s4_3_cut_field_block_is_compression_error(client) {
        client.send([raw(frames::HEADERS, END_HEADERS | frames::END_STREAM, 1, &[0x40])]);
        client.expect_connection_error(code::COMPRESSION_ERROR);
    }

    fn s4_3_nothing_may_come_between_the_pieces_of_a_block(client) {
        let request = headers_open(1, &client.get("/"));
        client.send([request, priority(1, 0, 255), continuation(1, &hpack::literal("x", "y"))]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s4_3_no_other_stream_may_begin_within_a_block(client) {
        let block = client.get("/");
        let other = headers(3, &block).end_stream();
        client.send([headers_open(1, &block), other, continuation(1, &hpack::literal("x", "y"))]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s4_3_block_of_a_malformed_request_still_feeds_the_table(client) {
        let block = [hpack::incremental(":path", "/"), hpack::block(&[("UPPER", "x")])].concat();
        client.send([headers(1, &block).end_stream()]);
        client.expect_rst(1, &[code::PROTOCOL_ERROR]);
        request_with_entry_62_as_path(client, 3);
    }

    fn s4_3_block_of_a_reset_stream_still_feeds_the_table(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, frames::rst_stream(1, code::CANCEL)]);
        client.expect_alive();
        let late = headers(1, &hpack::incremental(":path", "/")).end_stream();
        client.send([late]);
        client.expect_rst(1, &[code::STREAM_CLOSED]);
        request_with_entry_62_as_path(client, 3);
    }
}

/// A GET of `/` whose field block fills a frame.
fn whole_frame(client: &H2) -> Vec<u8> {
    let start = client.get("/");
    let value = "v".repeat(FRAME_BYTES - start.len() - 6);
    let block = [start, hpack::literal("x", &value)].concat();
    assert_eq!(block.len(), FRAME_BYTES);
    block
}

/// GET with the youngest entry of the dynamic table as `:path` (RFC 7541 section 2.3.3); a wrong table gives 501.
fn request_with_entry_62_as_path(client: &mut H2, stream: u32) {
    let start =
        hpack::block(&[(":method", "GET"), (":scheme", "http"), (":authority", "localhost")]);
    let request: Frame = headers(stream, &[start, hpack::indexed(62)].concat()).end_stream();
    client.send([request]);
    client.expect_status(stream, 200);
}
