//! RFC 9113 section 6.5: SETTINGS.

use crate::cases;
use crate::support::fixtures::BIG_BYTES;
use crate::support::frames::{self, ACK, Frame, SETTINGS, code, headers, raw, setting};
use crate::support::h2::H2;

/// Each of these, sent on a fresh connection, ends it with that code.
fn each_is_a_connection_error(client: &H2, code: u32, frames: impl IntoIterator<Item = Frame>) {
    for frame in frames {
        let mut client = H2::over(client.reconnect());
        client.send([frame]);
        client.expect_connection_error(code);
    }
}

/// The sizes of the DATA frames that `/big` comes in.
fn sizes_of_big(client: &mut H2) -> Vec<usize> {
    client.send([frames::window_update(0, 1 << 30)]);
    client.send_get(1, "/big");
    client.expect_head(1);
    let mut sizes = Vec::new();
    loop {
        let frame = client.expect_data(1);
        sizes.push(frame.payload.len());
        if frame.has(frames::END_STREAM) {
            return sizes;
        }
    }
}

cases! {
    fn s6_5_acknowledgement_with_payload_is_frame_size_error(client) {
        each_is_a_connection_error(
            client,
            code::FRAME_SIZE_ERROR,
            [raw(SETTINGS, ACK, 0, b"\0"), raw(SETTINGS, ACK, 0, &[0; 6])],
        );
    }

    fn s6_5_settings_on_a_stream_are_a_connection_error(client) {
        let on_stream = raw(SETTINGS, 0, 1, b"\0\x03\0\0\0\x64");
        each_is_a_connection_error(
            client,
            code::PROTOCOL_ERROR,
            [on_stream, raw(SETTINGS, ACK, 1, b"")],
        );
    }

    fn s6_5_length_that_is_no_multiple_of_6_is_frame_size_error(client) {
        each_is_a_connection_error(
            client,
            code::FRAME_SIZE_ERROR,
            [1, 3, 7, 9].map(|n| raw(SETTINGS, 0, 0, &vec![0; n])),
        );
    }

    fn s6_5_all_defined_settings_are_acknowledged(client) {
        client.apply(&[
            (setting::HEADER_TABLE_SIZE, 4096),
            (setting::ENABLE_PUSH, 1),
            (setting::MAX_CONCURRENT_STREAMS, 100),
            (setting::INITIAL_WINDOW_SIZE, 65_535),
            (setting::MAX_FRAME_SIZE, 16_384),
            (setting::MAX_HEADER_LIST_SIZE, 100),
        ]);
        client.send_get(1, "/");
        client.expect_status(1, 200);
    }

    fn s6_5_2_what_the_server_announces_is_legal(client) {
        let announced = &client.settings;
        assert_eq!(
            announced.get(&setting::ENABLE_PUSH).copied().unwrap_or(0),
            0,
            "section 6.5.2: never 1"
        );
        assert!(announced.get(&setting::INITIAL_WINDOW_SIZE).is_none_or(|&n| n <= 0x7fff_ffff));
        assert!(
            announced
                .get(&setting::MAX_FRAME_SIZE)
                .is_none_or(|n| (16_384..=16_777_215).contains(n))
        );
    }

    fn s6_5_2_enable_push_above_1_is_a_connection_error(client) {
        let values = [2, u32::MAX].map(|n| frames::settings(&[(setting::ENABLE_PUSH, n)]));
        each_is_a_connection_error(client, code::PROTOCOL_ERROR, values);
    }

    fn s6_5_2_initial_window_size_above_2_31_is_flow_control_error(client) {
        let values =
            [1 << 31, u32::MAX].map(|n| frames::settings(&[(setting::INITIAL_WINDOW_SIZE, n)]));
        each_is_a_connection_error(client, code::FLOW_CONTROL_ERROR, values);
    }

    fn s6_5_2_max_frame_size_out_of_range_is_a_connection_error(client) {
        let values =
            [0, 16_383, 16_777_216].map(|n| frames::settings(&[(setting::MAX_FRAME_SIZE, n)]));
        each_is_a_connection_error(client, code::PROTOCOL_ERROR, values);
    }

    fn s6_5_2_unknown_identifier_is_ignored(client) {
        client.apply(&[(0xff, 1), (0, 7)]);
        client.expect_alive();
    }

    fn s6_5_2_max_frame_size_of_the_client_is_kept(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 1 << 30)]);
        let sizes = sizes_of_big(client);
        assert!(sizes.iter().all(|&n| n <= 16_384), "{sizes:?}");
        assert!(sizes.iter().sum::<usize>() > BIG_BYTES);
    }

    fn s6_5_2_larger_max_frame_size_is_kept_too(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 1 << 30), (setting::MAX_FRAME_SIZE, 30_000)]);
        let sizes = sizes_of_big(client);
        assert!(sizes.iter().all(|&n| n <= 30_000), "{sizes:?}");
        assert!(sizes.iter().sum::<usize>() > BIG_BYTES);
    }

    /// RFC 7541 section 4.2: the decoder of this client would refuse an entry of a table it forbade.
    fn s6_5_2_header_table_size_0_is_kept(client) {
        client.forbid_table();
        for stream in [1, 3, 5] {
            client.send_get(stream, "/");
            client.expect_status(stream, 200);
        }
    }

    fn s6_5_3_values_are_applied_in_order(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 100), (setting::INITIAL_WINDOW_SIZE, 1)]);
        client.send_get(1, "/");
        assert_eq!(client.expect_data(1).payload.len(), 1);
        client.expect_no_data(1);
    }

    fn s6_5_3_each_settings_is_acknowledged_at_once(client) {
        client.send([frames::settings(&[(setting::ENABLE_PUSH, 0)]), frames::settings(&[])]);
        for _ in 0..2 {
            let ack = client.take("an acknowledgement", |f| f.kind == SETTINGS);
            assert_eq!((ack.flags, ack.stream, ack.payload.len()), (ACK, 0, 0));
        }
    }

    fn s6_5_3_settings_are_in_force_before_what_follows_them(client) {
        let request = headers(1, &client.get("/")).end_stream();
        client.send([frames::settings(&[(setting::INITIAL_WINDOW_SIZE, 0)]), request]);
        client.expect_head(1);
        client.expect_no_data(1);
    }
}
