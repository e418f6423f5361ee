//! RFC 9113 sections 5.2 and 6.9: flow control and WINDOW_UPDATE.

use crate::cases;
use crate::support::fixtures::{BIG_BYTES, ROOT_BODY};
use crate::support::frames::{
    self, DATA, END_STREAM, Frame, WINDOW_UPDATE, code, data, headers, raw, setting, window_update,
};
use crate::support::h2::H2;

const WINDOW_MAX: u32 = 0x7fff_ffff;
const WINDOW_DEFAULT: u32 = 65_535;

/// Takes DATA of a stream until so many bytes have come; more is a failure.
fn take_exactly(client: &mut H2, stream: u32, bytes: usize) {
    let mut taken = 0;
    while taken < bytes {
        taken += client.expect_data(stream).payload.len();
    }
    assert_eq!(taken, bytes, "the window was exceeded");
}

/// A client that keeps the windows the server gave it.
struct Sender<'a> {
    client: &'a mut H2,
    stream: u32,
    connection_window: i64,
    stream_window: i64,
}

impl Sender<'_> {
    /// Sends DATA when both windows have room; padding counts (section 6.9.1).
    fn send(&mut self, frame: Frame) {
        let size = frame.payload.len() as i64;
        while self.connection_window < size {
            self.connection_window += i64::from(self.client.expect_window_update(0));
        }
        while self.stream_window < size {
            self.stream_window += i64::from(self.client.expect_window_update(self.stream));
        }
        self.connection_window -= size;
        self.stream_window -= size;
        self.client.send([frame]);
    }
}

cases! {
    fn s6_9_window_update_is_accepted(client) {
        client.send([window_update(0, 1)]);
        client.expect_alive();
        let request = headers(1, &client.get("/")).end_stream();
        client.send([request, window_update(1, 1)]);
        client.expect_status(1, 200);
    }

    fn s6_9_increment_0_on_the_connection_is_a_connection_error(client) {
        client.send([window_update(0, 0)]);
        client.expect_connection_error(code::PROTOCOL_ERROR);
    }

    fn s6_9_increment_0_on_a_stream_is_a_stream_error(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, window_update(1, 0)]);
        client.expect_stream_error(1, code::PROTOCOL_ERROR);
    }

    fn s6_9_reserved_bit_of_the_increment_is_ignored(client) {
        client.send([window_update(0, 1 | 1 << 31)]);
        client.expect_alive();
    }

    fn s6_9_window_update_of_another_length_is_a_connection_error(client) {
        for payload in [&b"\0\0\x01"[..], b"\0\0\0\x01\0", b""] {
            let mut client = H2::over(client.reconnect());
            client.send([raw(WINDOW_UPDATE, 0, 0, payload)]);
            client.expect_connection_error(code::FRAME_SIZE_ERROR);
        }
    }

    fn s6_9_1_window_of_one_byte_lets_one_byte_out(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 1)]);
        client.send_get(1, "/");
        for _ in 0..3 {
            let frame = client.expect_data(1);
            assert_eq!((frame.payload.len(), frame.flags), (1, 0));
            client.expect_no_data(1);
            client.send([window_update(1, 1)]);
        }
        client.send([window_update(1, 1000)]);
        take_exactly(client, 1, ROOT_BODY.len() - 3);
    }

    fn s6_9_1_stream_window_bounds_a_large_answer(client) {
        client.send([window_update(0, 1 << 20)]);
        client.send_get(1, "/big");
        take_exactly(client, 1, WINDOW_DEFAULT as usize);
        client.expect_no_data(1);
        client.send([window_update(1, 1 << 20)]);
        let mut rest = BIG_BYTES - WINDOW_DEFAULT as usize;
        while !{
            let frame = client.expect_data(1);
            rest = rest.saturating_sub(frame.payload.len());
            frame.has(END_STREAM)
        } {}
        assert_eq!(rest, 0);
    }

    fn s6_9_1_connection_window_bounds_all_streams_together(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 1 << 20)]);
        client.send_get(1, "/big");
        client.send_get(3, "/big");
        let mut taken = 0;
        while taken < WINDOW_DEFAULT as usize {
            taken += client.take("DATA", |f| f.kind == DATA).payload.len();
        }
        assert_eq!(taken, WINDOW_DEFAULT as usize);
        client.expect_no_data(1);
        client.expect_no_data(3);
        client.send([window_update(0, 1 << 20)]);
        client.expect_status(1, 200);
        client.expect_status(3, 200);
    }

    fn s6_9_1_answers_without_content_pass_a_shut_window(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
        let head = client.request("HEAD", "/", &[]);
        client.send([headers(1, &head).end_stream()]);
        client.expect_status(1, 200);
        client.send_get(3, "/empty");
        client.expect_status(3, 204);
    }

    fn s6_9_1_connection_window_above_the_maximum_is_flow_control_error(client) {
        client.send([window_update(0, WINDOW_MAX), window_update(0, WINDOW_MAX)]);
        client.expect_connection_error(code::FLOW_CONTROL_ERROR);
    }

    fn s6_9_1_stream_window_above_the_maximum_is_a_stream_error(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, window_update(1, WINDOW_MAX), window_update(1, WINDOW_MAX)]);
        client.expect_stream_error(1, code::FLOW_CONTROL_ERROR);
    }

    fn s6_9_1_window_may_reach_the_maximum(client) {
        client.send([window_update(0, WINDOW_MAX - WINDOW_DEFAULT)]);
        let request = headers(1, &client.post("/"));
        client.send([request, window_update(1, WINDOW_MAX - WINDOW_DEFAULT)]);
        client.expect_alive();
        client.send([data(1, b"x").end_stream()]);
        client.expect_status(1, 200);
    }

    /// 6 MB of which hardly a byte is content: who gave no credit for padding would starve.
    fn s6_9_1_padding_is_given_credit_for(client) {
        let stream_window =
            client.settings.get(&setting::INITIAL_WINDOW_SIZE).copied().unwrap_or(WINDOW_DEFAULT);
        let request = headers(1, &client.post("/"));
        client.send([request]);
        let mut sender = Sender {
            client,
            stream: 1,
            connection_window: WINDOW_DEFAULT.into(),
            stream_window: stream_window.into(),
        };
        for _ in 0..24_000 {
            sender.send(data(1, b"x").padded(250));
        }
        sender.send(data(1, b"x").end_stream());
        client.expect_status(1, 200);
    }

    fn s6_9_1_large_upload_never_starves(client) {
        let stream_window =
            client.settings.get(&setting::INITIAL_WINDOW_SIZE).copied().unwrap_or(WINDOW_DEFAULT);
        let request = headers(1, &client.post("/"));
        client.send([request]);
        let mut sender = Sender {
            client,
            stream: 1,
            connection_window: WINDOW_DEFAULT.into(),
            stream_window: stream_window.into(),
        };
        for _ in 0..640 {
            sender.send(data(1, &[b'x'; 16_384]));
        }
        sender.send(data(1, b"").end_stream());
        client.expect_status(1, 200);
    }

    fn s6_9_2_change_of_the_initial_window_moves_open_streams(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
        client.send_get(1, "/");
        client.expect_head(1);
        client.expect_no_data(1);
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 1)]);
        assert_eq!(client.expect_data(1).payload.len(), 1);
        client.expect_no_data(1);
    }

    fn s6_9_2_window_may_become_negative(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 3)]);
        client.send_get(1, "/");
        take_exactly(client, 1, 3);
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 2)]);
        client.send([window_update(1, 1)]);
        client.expect_no_data(1);
        client.send([window_update(1, 1)]);
        assert_eq!(client.expect_data(1).payload.len(), 1);
        client.expect_no_data(1);
    }

    fn s6_9_2_initial_window_does_not_move_the_connection_window(client) {
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
        client.apply(&[(setting::INITIAL_WINDOW_SIZE, 1 << 20)]);
        client.send_get(1, "/big");
        take_exactly(client, 1, WINDOW_DEFAULT as usize);
        client.expect_no_data(1);
    }

    fn s6_9_2_initial_window_that_overflows_a_stream_is_flow_control_error(client) {
        let request = headers(1, &client.post("/"));
        client.send([request, window_update(1, WINDOW_MAX - WINDOW_DEFAULT)]);
        client.send([frames::settings(&[(setting::INITIAL_WINDOW_SIZE, WINDOW_DEFAULT + 1)])]);
        client.expect_connection_error(code::FLOW_CONTROL_ERROR);
    }

    fn s6_9_2_initial_window_above_the_maximum_is_flow_control_error(client) {
        client.send([raw(frames::SETTINGS, 0, 0, b"\0\x04\x80\0\0\0")]);
        client.expect_connection_error(code::FLOW_CONTROL_ERROR);
    }
}
