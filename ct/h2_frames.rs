//! RFC 9113 sections 6.1 to 6.4, 6.6 to 6.8 and 6.10: the frames but SETTINGS and WINDOW_UPDATE.

use crate::cases;
use crate::support::fixtures::ROOT_BODY;
use crate::support::frames::{
    self, CONTINUATION, DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, PADDED, PING,
    PRIORITY, RST_STREAM, WITH_PRIORITY, code, continuation, continuation_open, data, goaway,
    headers, headers_open, ping, priority, raw, rst_stream, setting,
};
use crate::support::h2::H2;
use crate::support::hpack;

/// Each of these, sent on a fresh connection, ends it with that code.
fn each_is_a_connection_error(client: &H2, code: u32, frames: impl IntoIterator<Item = Frame>) {
    for frame in frames {
        let mut client = H2::over(client.reconnect());
        client.send([frame]);
        client.expect_connection_error(code);
    }
}

cases! {
    fn s6_1_data_in_one_or_more_frames_is_accepted(client) {
        let block = client.post("/");
        client.send([headers(1, &block), data(1, b"test").end_stream()]);
        client.expect_status(1, 200);
        client.send([
            headers(3, &block),
            data(3, b"te"),
            data(3, b"st"),
            data(3, b"").end_stream(),
        ]);
        client.expect_status(3, 200);
    }

    fn s6_1_padded_data_is_accepted(client) {
        let block = client.request("POST", "/", &[("content-length", "4")]);
        for (stream, padding) in [(1, 0), (3, 6), (5, 255)] {
            client.send([
                headers(stream, &block),
                data(stream, b"test").padded(padding).end_stream(),
            ]);
            client.expect_status(stream, 200);
        }
        client.send([headers(7, &block), data(7, b"test"), data(7, b"").padded(9).end_stream()]);
        client.expect_status(7, 200);
    }

    fn s6_1_data_on_stream_0_is_a_connection_error(client) {
        client.send([data(0, b"test").end_stream()]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_1_data_on_a_stream_that_is_not_open_is_stream_closed(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
        let request = headers(1, &client.post("/")).end_stream();
        client.send([request, data(1, b"test").end_stream()]);
        client.expect_error(1, &[code::STREAM_CLOSED]);
    }

    fn s6_1_padding_as_long_as_the_payload_is_a_connection_error(client) {
        for padding in [5, 6, 255] {
            let mut client = H2::over(client.reconnect());
            let request = headers(1, &client.request("POST", "/", &[("content-length", "4")]));
            let bad = raw(DATA, PADDED | END_STREAM, 1, &[&[padding][..], b"Test"].concat());
            client.send([request, bad]);
            client.expect_connection_error(code::PROTOCOL_ERROR);
        }
    }

    fn s6_1_padded_data_without_pad_length_is_an_error(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, raw(DATA, PADDED, 1, b"")]);
        client.expect_connection_error_of(&[code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR]);
    }

    fn s6_2_headers_plain_padded_and_with_priority_are_accepted(client) {
        let block = client.get("/");
        client.send([
            headers(1, &block).end_stream(),
            headers(3, &block).end_stream().padded(8),
            headers(5, &block).end_stream().depending_on(0, 255),
            headers(7, &block).end_stream().depending_on(1 | 1 << 31, 0).padded(255),
        ]);
        for stream in [1, 3, 5, 7] {
            client.expect_status(stream, 200);
        }
    }

    fn s6_2_only_continuation_may_follow_an_open_block(client) {
        let others = |client: &H2| {
            let block = client.get("/");
            [
                data(1, b"x"),
                headers(1, &block),
                headers(3, &block),
                priority(1, 0, 255),
                rst_stream(1, code::CANCEL),
                frames::settings(&[]),
                ping([0; 8]),
                goaway(0, 0),
                frames::window_update(0, 1),
                continuation(3, b""),
                raw(0x16, 0, 1, b""),
            ]
        };
        for other in others(client) {
            let mut client = H2::over(client.reconnect());
            let request = headers_open(1, &client.get("/")).end_stream();
            client.send([request, other]);
            client.expect_connection_error(code::PROTOCOL_ERROR);
        }
    }

    fn s6_2_headers_on_stream_0_are_a_connection_error(client) {
        client.send_get(0, "/");
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_2_padding_beyond_the_block_is_a_connection_error(client) {
        let block = client.get("/");
        let length = u8::try_from(block.len()).unwrap();
        for padding in [length + 1, length + 2, 255] {
            let mut client = H2::over(client.reconnect());
            let payload = [&[padding][..], &block].concat();
            client.send([raw(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, &payload)]);
            client.expect_connection_error(code::PROTOCOL_ERROR);
        }
    }

    fn s6_2_headers_too_short_for_their_flags_are_an_error(client) {
        for (flags, payload) in [
            (PADDED, &b""[..]),
            (WITH_PRIORITY, b"\0\0\0\0"),
            (PADDED | WITH_PRIORITY, b"\0\0\0\0\0"),
        ] {
            let mut client = H2::over(client.reconnect());
            client.send([raw(HEADERS, END_HEADERS | END_STREAM | flags, 1, payload)]);
            client.expect_connection_error_of(&[code::FRAME_SIZE_ERROR, code::PROTOCOL_ERROR]);
        }
    }

    fn s6_3_priority_of_any_kind_is_accepted(client) {
        client.send([
            priority(1, 0, 0),
            priority(1, 0, 255),
            priority(3, 1, 0),
            priority(1, 1 << 31, 0),
        ]);
        client.send_get(1, "/");
        client.expect_status(1, 200);
    }

    fn s6_3_priority_of_an_idle_stream_does_not_close_lower_ones(client) {
        client.send([priority(3, 0, 255)]);
        client.send_get(1, "/");
        client.expect_status(1, 200);
        client.send_get(3, "/");
        client.expect_status(3, 200);
    }

    fn s6_3_priority_on_stream_0_is_a_connection_error(client) {
        client.send([priority(0, 0, 255)]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_3_priority_of_another_length_is_frame_size_error(client) {
        for payload in [&b"\x80\0\0\x01"[..], b"\x80\0\0\x01\x10\x10"] {
            let mut client = H2::over(client.reconnect());
            client.apply(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
            client.send_get(1, "/");
            client.send([raw(PRIORITY, 0, 1, payload)]);
            client.expect_error(1, &[code::FRAME_SIZE_ERROR]);
        }
    }

    fn s6_4_rst_stream_ends_the_stream_only(client) {
        let request = headers(1, &client.get("/"));
        client.send([request, rst_stream(1, code::CANCEL)]);
        client.expect_alive();
        client.send_get(3, "/");
        client.expect_status(3, 200);
    }

    fn s6_4_rst_stream_on_stream_0_or_idle_is_a_connection_error(client) {
        each_is_a_connection_error(
            client,
            code::PROTOCOL_ERROR,
            [rst_stream(0, 8), rst_stream(1, 8), rst_stream(2, 8)],
        );
    }

    fn s6_4_rst_stream_of_another_length_is_a_connection_error(client) {
        for payload in [&b"\0\0\0"[..], b"\0\0\0\x08\0"] {
            let mut client = H2::over(client.reconnect());
            let request = headers(1, &client.get("/"));
            client.send([request, raw(RST_STREAM, 0, 1, payload)]);
            client.expect_connection_error(code::FRAME_SIZE_ERROR);
        }
    }

    fn s6_6_push_promise_from_a_client_is_a_connection_error(client) {
        let block = client.get("/");
        let open = headers(1, &block);
        client.send([open, frames::push_promise(1, 3, &block)]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_7_ping_is_answered_with_the_same_payload(client) {
        client.send([ping(*b"payload!")]);
        let answer = client.take("PING", |f| f.kind == PING);
        assert_eq!(
            (answer.flags, answer.stream, answer.payload.as_slice()),
            (frames::ACK, 0, &b"payload!"[..])
        );
    }

    fn s6_7_answered_ping_is_not_answered_again(client) {
        client.send([ping(*b"unasked!").flags(frames::ACK)]);
        client.expect_alive();
        assert!(client.stash().all(|f| f.kind != PING));
    }

    fn s6_7_ping_on_a_stream_is_a_connection_error(client) {
        each_is_a_connection_error(
            client,
            code::PROTOCOL_ERROR,
            [raw(PING, 0, 1, &[0; 8]), raw(PING, frames::ACK, 3, &[0; 8])],
        );
    }

    fn s6_7_ping_of_another_length_is_a_connection_error(client) {
        each_is_a_connection_error(
            client,
            code::FRAME_SIZE_ERROR,
            [0, 6, 7, 9].map(|n| raw(PING, 0, 0, &vec![0; n])),
        );
    }

    fn s6_8_goaway_lets_what_is_in_progress_finish(client) {
        client.send_get(1, "/slow");
        client.send([raw(GOAWAY, 0, 0, b"\0\0\0\0\0\0\0\0debug data")]);
        assert_eq!(client.expect_status(1, 200).body, ROOT_BODY.as_bytes());
        client.expect_alive_or_closed();
    }

    fn s6_8_goaway_on_a_stream_is_a_connection_error(client) {
        each_is_a_connection_error(client, code::PROTOCOL_ERROR, [raw(GOAWAY, 0, 1, &[0; 8])]);
    }

    fn s6_8_goaway_too_short_is_a_connection_error(client) {
        each_is_a_connection_error(
            client,
            code::FRAME_SIZE_ERROR,
            [0, 4, 7].map(|n| raw(GOAWAY, 0, 0, &vec![0; n])),
        );
    }

    fn s6_10_field_block_may_be_cut_anywhere(client) {
        let block = client.get("/");
        for (n, cut) in [0, 1, 5, block.len() - 1, block.len()].into_iter().enumerate() {
            let stream = 2 * n as u32 + 1;
            client.send([
                headers_open(stream, &block[..cut]).end_stream(),
                continuation(stream, &block[cut..]),
            ]);
            client.expect_status(stream, 200);
        }
        let middle = continuation_open(11, &block[5..10]);
        client.send([
            headers_open(11, &block[..5]).end_stream(),
            middle,
            continuation(11, &block[10..]),
        ]);
        client.expect_status(11, 200);
    }

    fn s6_10_several_continuations_with_large_fields_are_accepted(client) {
        let large = hpack::literal("x-large", &"v".repeat(4000));
        let request = headers_open(1, &client.get("/")).end_stream();
        client.send([
            request,
            continuation_open(1, &large),
            continuation_open(1, &large),
            continuation(1, &large),
        ]);
        client.expect_status(1, 200);
    }

    fn s6_10_continuation_is_followed_by_continuation_only(client) {
        let request = headers_open(1, &client.post("/"));
        client.send([
            request,
            continuation_open(1, &hpack::literal("x", "y")),
            data(1, b"test").end_stream(),
        ]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_10_continuation_on_stream_0_is_a_connection_error(client) {
        let request = headers_open(1, &client.get("/")).end_stream();
        client.send([request, continuation(0, &hpack::literal("x", "y"))]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_10_continuation_of_a_complete_block_is_a_connection_error(client) {
        let rest = hpack::literal("x", "y");
        let block = client.get("/");
        client.send([headers(1, &block).end_stream(), continuation(1, &rest)]);
        client.expect_connection_error_of(&[code::PROTOCOL_ERROR]);
        let mut client = H2::over(client.reconnect());
        client.send([
            headers_open(1, &block).end_stream(),
            continuation(1, &rest),
            continuation(1, &rest),
        ]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_10_data_within_a_field_block_is_a_connection_error(client) {
        let request = headers_open(1, &client.post("/"));
        let rest = hpack::literal("x", "y");
        client.send([
            request,
            data(1, b"test").end_stream(),
            continuation_open(1, &rest),
            raw(CONTINUATION, END_HEADERS, 0, &rest),
        ]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }
}
