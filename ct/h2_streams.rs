//! RFC 9113 section 5: states of a stream, identifiers, concurrency, errors, extensions.

use crate::cases;
use crate::support::frames::{
    self, code, continuation, data, headers, headers_open, ping, priority, raw, rst_stream,
    setting, window_update,
};
use crate::support::h2::H2;
use crate::support::hpack;

/// Opens stream 1 with a complete request that cannot be answered in full, so that it stays "half-closed (remote)".
fn half_closed(client: &mut H2) {
    client.apply(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
    client.send_get(1, "/");
    client.expect_head(1);
}

/// Runs stream 1 to its end.
fn closed(client: &mut H2) {
    client.send_get(1, "/");
    client.expect_status(1, 200);
}

cases! {
    fn s5_1_idle_data_is_a_connection_error(client) {
        client.send([data(1, b"test").end_stream()]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_idle_rst_stream_is_a_connection_error(client) {
        client.send([rst_stream(1, code::CANCEL)]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_idle_window_update_is_a_connection_error(client) {
        client.send([window_update(1, 100)]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_idle_continuation_is_a_connection_error(client) {
        let block = client.get("/");
        client.send([continuation(1, &block)]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_idle_even_stream_is_a_connection_error(client) {
        client.send([data(2, b"test")]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_idle_priority_is_accepted(client) {
        client.send([priority(1, 0, 255)]);
        client.expect_alive();
    }

    fn s5_1_half_closed_remote_data_is_stream_closed(client) {
        half_closed(client);
        client.send([data(1, b"test").end_stream()]);
        client.expect_stream_error(1, code::STREAM_CLOSED);
    }

    fn s5_1_half_closed_remote_headers_are_stream_closed(client) {
        half_closed(client);
        client.send_get(1, "/");
        client.expect_stream_error(1, code::STREAM_CLOSED);
    }

    fn s5_1_half_closed_remote_continuation_is_a_connection_error(client) {
        half_closed(client);
        let block = client.get("/");
        client.send([continuation(1, &block)]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_half_closed_remote_window_update_is_accepted(client) {
        half_closed(client);
        client.send([window_update(1, 1)]);
        assert_eq!(client.expect_data(1).payload.len(), 1);
    }

    fn s5_1_half_closed_remote_priority_is_accepted(client) {
        half_closed(client);
        client.send([priority(1, 0, 255), window_update(1, 1)]);
        assert_eq!(client.expect_data(1).payload.len(), 1);
    }

    fn s5_1_half_closed_remote_rst_stream_is_accepted(client) {
        half_closed(client);
        client.send([rst_stream(1, code::CANCEL)]);
        client.expect_alive();
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 1000)]);
        client.expect_no_data(1);
    }

    /// The state depends on how fast the server is, the error does not.
    fn s5_1_frames_right_behind_end_stream_are_stream_closed(client) {
        let request = headers(1, &client.get("/")).end_stream();
        client.send([request, data(1, b"test").end_stream()]);
        client.expect_error(1, &[code::STREAM_CLOSED]);
    }

    fn s5_1_headers_right_behind_end_stream_are_stream_closed(client) {
        let request = headers(5, &client.get("/")).end_stream();
        client.send([request.clone(), request]);
        client.expect_error(5, &[code::STREAM_CLOSED]);
    }

    fn s5_1_continuation_right_behind_end_stream_is_an_error(client) {
        let block = client.get("/");
        client.send([headers(1, &block).end_stream(), continuation(1, &block)]);
        client.expect_error(1, &[code::STREAM_CLOSED, code::PROTOCOL_ERROR]);
    }

    fn s5_1_closed_by_rst_data_is_stream_closed(client) {
        let request = headers(1, &client.get("/"));
        client.send([request, rst_stream(1, code::CANCEL), data(1, b"test").end_stream()]);
        client.expect_error(1, &[code::STREAM_CLOSED]);
    }

    fn s5_1_closed_by_rst_headers_are_stream_closed(client) {
        let block = client.get("/");
        client.send([
            headers(1, &block),
            rst_stream(1, code::CANCEL),
            headers(1, &block).end_stream(),
        ]);
        client.expect_error(1, &[code::STREAM_CLOSED]);
    }

    fn s5_1_closed_by_rst_continuation_is_an_error(client) {
        let request = headers(1, &client.get("/"));
        client.send([
            request,
            rst_stream(1, code::CANCEL),
            continuation(1, &hpack::literal("x", "y")),
        ]);
        client.expect_error(1, &[code::STREAM_CLOSED, code::PROTOCOL_ERROR]);
    }

    /// A connection error by section 5.1, a stream error by section 6.1.
    fn s5_1_closed_data_is_stream_closed(client) {
        closed(client);
        client.send([data(1, b"test").end_stream()]);
        client.expect_error(1, &[code::STREAM_CLOSED]);
    }

    fn s5_1_closed_headers_are_a_connection_error(client) {
        closed(client);
        client.send_get(1, "/");
        client.expect_connection_error(code::STREAM_CLOSED);
    }

    fn s5_1_closed_continuation_is_a_connection_error(client) {
        closed(client);
        client.send([continuation(1, &hpack::literal("x", "y"))]);
        client.expect_connection_error_of(&[code::STREAM_CLOSED, code::PROTOCOL_ERROR]);
    }

    fn s5_1_closed_priority_is_accepted(client) {
        closed(client);
        client.send([priority(1, 0, 255)]);
        client.expect_alive();
    }

    /// They may have crossed the end of our answer.
    fn s5_1_closed_window_update_and_rst_stream_are_ignored(client) {
        closed(client);
        client.send([window_update(1, 100), rst_stream(1, code::CANCEL)]);
        client.expect_alive();
        assert!(
            client.stash().all(|f| f.kind != frames::RST_STREAM),
            "section 5.4.2: no answer to RST_STREAM"
        );
    }

    /// What the peer sent before it knew of our RST_STREAM does no harm.
    fn s5_1_frames_behind_our_own_reset_are_ignored(client) {
        let bad = client.request("POST", "/", &[("Upper", "case")]);
        let late = [
            data(1, b"a"),
            window_update(1, 1),
            data(1, b"b"),
            headers(1, &hpack::literal("x", "y")).end_stream(),
        ];
        client.send([headers(1, &bad)].into_iter().chain(late));
        client.expect_stream_error(1, code::PROTOCOL_ERROR);
        client.send_get(3, "/");
        client.expect_status(3, 200);
    }

    fn s5_1_1_even_identifier_is_a_connection_error(client) {
        client.send_get(2, "/");
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_1_identifier_below_an_earlier_one_is_a_connection_error(client) {
        let block = client.get("/");
        client.send([headers(5, &block).end_stream(), headers(3, &block).end_stream()]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s5_1_1_identifiers_may_be_skipped(client) {
        for stream in [7, 101, 0x7fff_ffff] {
            client.send_get(stream, "/");
            client.expect_status(stream, 200);
        }
    }

    fn s5_1_2_streams_above_the_announced_limit_are_refused(client) {
        let limit = client.settings[&setting::MAX_CONCURRENT_STREAMS];
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
        let block = client.get("/");
        client.send((0..=limit).map(|n| headers(2 * n + 1, &block).end_stream()));
        client.expect_rst(2 * limit + 1, &[code::REFUSED_STREAM, code::PROTOCOL_ERROR]);
        // Room is made by the end of another stream, and the connection is as good as before.
        client.send([rst_stream(1, code::CANCEL)]);
        client.send_get(2 * limit + 3, "/");
        client.expect_head(2 * limit + 3);
    }

    /// RFC 7540 section 5.3.1; RFC 9113 keeps the frame and drops its meaning, and a stricter reading harms nobody.
    fn s5_3_1_headers_depending_on_their_own_stream_are_a_stream_error(client) {
        let request = headers(1, &client.get("/")).end_stream().depending_on(1, 255);
        client.send([request]);
        client.expect_error(1, &[code::PROTOCOL_ERROR]);
    }

    fn s5_3_1_priority_depending_on_its_own_stream_is_a_stream_error(client) {
        client.send([priority(1, 1, 255)]);
        client.expect_error(1, &[code::PROTOCOL_ERROR]);
    }

    fn s5_4_1_goaway_names_the_last_stream_and_the_connection_is_closed(client) {
        client.send_get(1, "/");
        client.send_get(7, "/");
        client.expect_status(1, 200);
        client.expect_status(7, 200);
        client.send([raw(frames::PING, 0, 3, &[0; 8])]);
        let goaway = client.expect_connection_error_of(&[code::PROTOCOL_ERROR]);
        assert_eq!(goaway.number(0), 7);
    }

    fn s5_4_1_connection_error_hurts_no_other_connection(client) {
        client.send([ping([0; 8]), raw(frames::PING, 0, 3, &[0; 8])]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
        let mut other = H2::to(crate::support::fixtures::Target::Plain);
        other.send_get(1, "/");
        other.expect_status(1, 200);
    }

    fn s5_4_2_stream_error_leaves_the_other_streams_alone(client) {
        let bad = client.request("GET", "/", &[("te", "gzip")]);
        let good = client.get("/slow");
        client.send([
            headers(1, &good).end_stream(),
            headers(3, &bad).end_stream(),
            headers(5, &good).end_stream(),
        ]);
        client.expect_rst(3, &[code::PROTOCOL_ERROR]);
        client.expect_status(1, 200);
        client.expect_status(5, 200);
    }

    fn s5_5_unknown_settings_and_frames_are_ignored(client) {
        client.apply(&[(0xff, 1), (0xffff, u32::MAX)]);
        client.send([raw(0x16, 0, 0, &[0; 8])]);
        client.expect_alive();
    }

    fn s5_5_unknown_frame_within_a_field_block_is_a_connection_error(client) {
        for stream in [0, 1] {
            let mut client = H2::over(client.reconnect());
            let request = headers_open(1, &client.get("/")).end_stream();
            client.send([request, raw(0x16, 0, stream, &[0; 8])]);
            client.expect_connection_error(code::PROTOCOL_ERROR);
        }
    }

    fn s7_unknown_error_codes_are_nothing_special(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, rst_stream(1, 0xff)]);
        client.expect_alive();
        client.send([frames::goaway(0, 0xff)]);
        client.expect_alive_or_closed();
    }
}
