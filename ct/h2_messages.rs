//! RFC 9113 section 8: HTTP messages in HTTP/2.

use crate::cases;
use crate::support::fixtures::ROOT_BODY;
use crate::support::frames::{self, HEADERS, RST_STREAM, code, data, headers};
use crate::support::h2::H2;
use crate::support::hpack::block;

/// Sends a request that must be malformed, and another that must not suffer from it (section 8.1.1).
fn malformed(client: &mut H2, stream: u32, fields: &[(&str, &str)]) {
    client.send([headers(stream, &block(fields)).end_stream()]);
    client.expect_rst(stream, &[code::PROTOCOL_ERROR]);
    let answered = client.stash().any(|f| f.stream == stream && f.field(":status") == Some("200"));
    assert!(!answered, "malformed and served: {fields:?}");
    client.expect_alive();
}

/// Sends one malformed request after the other on one connection.
fn all_malformed(client: &mut H2, requests: &[&[(&str, &str)]]) {
    for (n, fields) in requests.iter().enumerate() {
        malformed(client, 2 * n as u32 + 1, fields);
    }
    let last = 2 * requests.len() as u32 + 1;
    client.send_get(last, "/");
    client.expect_status(last, 200);
}

const METHOD: (&str, &str) = (":method", "GET");
const SCHEME: (&str, &str) = (":scheme", "http");
const PATH: (&str, &str) = (":path", "/");
const AUTHORITY: (&str, &str) = (":authority", "localhost");

/// Sends a good request with one field more, each of which makes it malformed.
fn all_malformed_with(client: &mut H2, fields: &[(&str, &str)]) {
    let requests: Vec<_> =
        fields.iter().map(|&field| [METHOD, SCHEME, PATH, AUTHORITY, field]).collect();
    let requests: Vec<&[(&str, &str)]> = requests.iter().map(|r| &r[..]).collect();
    all_malformed(client, &requests);
}

cases! {
    fn s8_1_get_head_and_post_are_answered(client) {
        let block = |client: &H2, method| client.request(method, "/", &[]);
        client.send([headers(1, &block(client, "GET")).end_stream()]);
        assert_eq!(client.expect_status(1, 200).body, ROOT_BODY.as_bytes());
        client.send([headers(3, &block(client, "HEAD")).end_stream()]);
        assert_eq!(client.expect_status(3, 200).body, b"");
        client.send([headers(5, &block(client, "POST")), data(5, b"test").end_stream()]);
        assert_eq!(client.expect_status(5, 200).body, ROOT_BODY.as_bytes());
    }

    fn s8_1_trailers_are_accepted(client) {
        let request = client.request("POST", "/", &[("trailer", "x-test")]);
        let trailers = block(&[("x-test", "ok"), ("x-other", "")]);
        client.send([headers(1, &request), data(1, b"test"), headers(1, &trailers).end_stream()]);
        client.expect_status(1, 200);
        client.send([headers(3, &request), headers(3, &trailers).end_stream()]);
        client.expect_status(3, 200);
    }

    fn s8_1_second_headers_without_end_stream_are_malformed(client) {
        let request = client.post("/");
        client.send([
            headers(1, &request),
            data(1, b"test"),
            headers(1, &block(&[("x-test", "ok")])),
        ]);
        client.expect_stream_error(1, code::PROTOCOL_ERROR);
    }

    fn s8_1_pseudo_header_field_in_trailers_is_malformed(client) {
        for (n, field) in [(":method", "POST"), (":path", "/"), (":status", "200"), (":odd", "x")]
            .iter()
            .enumerate()
        {
            let stream = 2 * n as u32 + 1;
            let request = client.post("/");
            client.send([
                headers(stream, &request),
                data(stream, b"test"),
                headers(stream, &block(&[*field])).end_stream(),
            ]);
            client.expect_stream_error(stream, code::PROTOCOL_ERROR);
        }
    }

    fn s8_1_connection_specific_field_in_trailers_is_malformed(client) {
        let request = client.post("/");
        client.send([
            headers(1, &request),
            headers(1, &block(&[("connection", "close")])).end_stream(),
        ]);
        client.expect_stream_error(1, code::PROTOCOL_ERROR);
    }

    fn s8_1_answers_carry_status_and_date_and_no_more(client) {
        client.send_get(1, "/nowhere");
        let answer = client.expect_status(1, 501);
        let names: Vec<_> = answer.fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [":status", "date"]);
        assert!(answer.body.is_empty());
        client.send_get(3, "/");
        let answer = client.expect_status(3, 200);
        assert_eq!(answer.fields.len(), 3, "{:?}", answer.fields);
        assert!(answer.fields.contains(&("content-type".into(), "application/json".into())));
    }

    fn s8_1_expectation_is_answered_before_the_content(client) {
        let request =
            client.request("POST", "/", &[("expect", "100-continue"), ("content-length", "4")]);
        client.send([headers(1, &request)]);
        let interim = client.expect_head(1);
        assert_eq!(
            (interim.field(":status"), interim.has(frames::END_STREAM)),
            (Some("100"), false)
        );
        client.send([data(1, b"test").end_stream()]);
        client.expect_status(1, 200);
    }

    fn s8_1_1_content_length_must_equal_the_content(client) {
        let cases: [(&str, &[&[u8]]); 6] = [
            ("1", &[b"test"]),
            ("1", &[b"test", b"test"]),
            ("5", &[b"test"]),
            ("9", &[b"test", b"test"]),
            ("0", &[b"x"]),
            ("4", &[b""]),
        ];
        for (n, (length, pieces)) in cases.into_iter().enumerate() {
            let stream = 2 * n as u32 + 1;
            let mut sent =
                vec![headers(stream, &client.request("POST", "/", &[("content-length", length)]))];
            sent.extend(pieces.iter().map(|piece| data(stream, piece)));
            let last = sent.pop().unwrap().end_stream();
            client.send(sent.into_iter().chain([last]));
            client.expect_stream_error(stream, code::PROTOCOL_ERROR);
        }
    }

    fn s8_1_1_content_length_without_content_is_malformed(client) {
        let request = client.request("POST", "/", &[("content-length", "4")]);
        client.send([headers(1, &request).end_stream()]);
        client.expect_stream_error(1, code::PROTOCOL_ERROR);
        let trailers = block(&[("x", "y")]);
        client.send([headers(3, &request), data(3, b"tes"), headers(3, &trailers).end_stream()]);
        client.expect_stream_error(3, code::PROTOCOL_ERROR);
    }

    fn s8_1_1_content_length_that_is_no_number_is_malformed(client) {
        all_malformed_with(
            client,
            &["", "-1", "+1", "0x1", "1, 1", "one", "99999999999999999999"]
                .map(|v| ("content-length", v)),
        );
    }

    fn s8_1_1_contradicting_content_lengths_are_malformed(client) {
        let twice =
            [METHOD, SCHEME, PATH, AUTHORITY, ("content-length", "0"), ("content-length", "1")];
        all_malformed(client, &[&twice]);
    }

    fn s8_2_1_field_name_out_of_range_is_malformed(client) {
        let names = [
            "X-TEST", "x-Test", "", "x y", "x\0", "x\n", "x\r", "x\x7f", "a:b", "x\u{80}", " x",
            "x\t",
        ];
        all_malformed_with(client, &names.map(|name| (name, "ok")));
    }

    fn s8_2_1_field_value_out_of_range_is_malformed(client) {
        all_malformed_with(
            client,
            &["a\0b", "a\nb", "a\rb", "\r\n", " a", "a ", "\ta", "a\t"].map(|value| ("x", value)),
        );
    }

    fn s8_2_1_other_values_are_accepted(client) {
        let fields =
            [("x", ""), ("x", "a b"), ("x", "\u{e9}\u{20ac}"), ("!#$%&'*+-.^_`|~09az", "token")];
        let request = client.request("GET", "/", &fields);
        client.send([headers(1, &request).end_stream()]);
        client.expect_status(1, 200);
    }

    fn s8_2_2_connection_specific_fields_are_malformed(client) {
        all_malformed_with(
            client,
            &[
                ("connection", "keep-alive"),
                ("connection", "close"),
                ("keep-alive", "timeout=5"),
                ("proxy-connection", "keep-alive"),
                ("transfer-encoding", "chunked"),
                ("upgrade", "h2c"),
            ],
        );
    }

    fn s8_2_2_te_may_hold_trailers_only(client) {
        let request = client.request("GET", "/", &[("te", "trailers")]);
        client.send([headers(101, &request).end_stream()]);
        client.expect_status(101, 200);
        let mut client = H2::over(client.reconnect());
        all_malformed_with(
            &mut client,
            &["trailers, deflate", "gzip", ""].map(|value| ("te", value)),
        );
    }

    fn s8_2_3_cookie_may_come_in_crumbs(client) {
        let request =
            client.request("GET", "/", &[("cookie", "a=b"), ("cookie", "c=d"), ("cookie", "e=f")]);
        client.send([headers(1, &request).end_stream()]);
        client.expect_status(1, 200);
    }

    fn s8_3_pseudo_header_fields_not_for_requests_are_malformed(client) {
        all_malformed_with(
            client,
            &[
                (":test", "ok"),
                (":status", "200"),
                (":", "x"),
                (":protocol", "websocket"),
                (":Path", "/"),
            ],
        );
    }

    fn s8_3_pseudo_header_field_after_a_regular_one_is_malformed(client) {
        let x = ("x-test", "ok");
        all_malformed(
            client,
            &[
                &[x, METHOD, SCHEME, PATH, AUTHORITY],
                &[METHOD, x, SCHEME, PATH, AUTHORITY],
                &[METHOD, SCHEME, PATH, x, AUTHORITY],
            ],
        );
    }

    fn s8_3_repeated_pseudo_header_field_is_malformed(client) {
        all_malformed_with(
            client,
            &[METHOD, SCHEME, PATH, AUTHORITY, (":method", "POST"), (":path", "/other")],
        );
    }

    fn s8_3_1_missing_pseudo_header_field_is_malformed(client) {
        all_malformed(
            client,
            &[
                &[SCHEME, PATH, AUTHORITY],
                &[METHOD, PATH, AUTHORITY],
                &[METHOD, SCHEME, AUTHORITY],
                &[PATH, AUTHORITY],
                &[],
            ],
        );
    }

    fn s8_3_1_path_must_be_absolute(client) {
        all_malformed(
            client,
            &["", "relative", "*", "http://localhost/", "/a b", "/a\0"]
                .map(|path| vec![METHOD, SCHEME, (":path", path), AUTHORITY])
                .iter()
                .map(|r| &r[..])
                .collect::<Vec<_>>(),
        );
    }

    fn s8_3_1_method_must_be_a_token(client) {
        let requests = ["", "G ET", "GET\0", "(GET)"]
            .map(|method| [(":method", method), SCHEME, PATH, AUTHORITY]);
        all_malformed(client, &requests.iter().map(|r| &r[..]).collect::<Vec<_>>());
    }

    fn s8_3_1_host_may_replace_or_repeat_authority(client) {
        client.send([
            headers(3, &block(&[METHOD, SCHEME, PATH, ("host", "localhost")])).end_stream()
        ]);
        client.expect_status(3, 200);
        client.send([headers(
            5,
            &block(&[METHOD, SCHEME, PATH, AUTHORITY, ("host", "localhost")]),
        )
        .end_stream()]);
        client.expect_status(5, 200);
    }

    fn s8_3_1_host_that_contradicts_authority_is_malformed(client) {
        all_malformed_with(client, &[("host", "elsewhere")]);
    }

    /// In the words of the RFC: the server stays in a state in which pseudo-header order does not matter.
    fn s8_3_1_pseudo_header_fields_may_come_in_any_order(client) {
        for (n, order) in [[AUTHORITY, PATH, SCHEME, METHOD], [SCHEME, METHOD, AUTHORITY, PATH]]
            .iter()
            .enumerate()
        {
            let stream = 2 * n as u32 + 1;
            client.send([headers(stream, &block(order)).end_stream()]);
            client.expect_status(stream, 200);
        }
    }

    fn s8_5_connect_takes_an_authority_and_nothing_else(client) {
        let connect = (":method", "CONNECT");
        all_malformed(
            client,
            &[
                &[connect],
                &[connect, AUTHORITY, PATH],
                &[connect, AUTHORITY, SCHEME],
                &[connect, AUTHORITY, SCHEME, PATH],
            ],
        );
    }

    fn s8_5_connect_to_a_mock_server_is_turned_down(client) {
        client
            .send([headers(1, &block(&[(":method", "CONNECT"), (":authority", "localhost:80")]))]);
        let turned_down =
            client.take("an answer", |f| f.stream == 1 && matches!(f.kind, HEADERS | RST_STREAM));
        let status = turned_down.field(":status").map_or(400, |s| s.parse::<u16>().unwrap());
        assert!(status >= 400, "{status}");
        client.expect_alive();
    }

    fn s8_7_refused_stream_was_not_processed_and_others_go_on(client) {
        client.send_get(1, "/slow");
        client.send([frames::rst_stream(1, code::CANCEL)]);
        client.send_get(3, "/slow");
        client.expect_status(3, 200);
        client.expect_alive();
        assert!(client.stash().all(|f| f.stream != 1), "a reset stream is answered");
    }
}
