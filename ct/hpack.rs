//! RFC 7541 as far as a client can break it or see it kept. Decoding errors are connection errors of type
//! COMPRESSION_ERROR (RFC 9113 section 4.3).

use crate::cases;
use crate::support::frames::{self, code, headers};
use crate::support::h2::H2;
use crate::support::hpack::{
    block, incremental, indexed, integer, literal, never_indexed, size_update, string,
};

/// Index 4 of the static table (appendix A): `:path: /`.
const STATIC_PATH: usize = 4;

/// A GET whose `:path` is missing.
fn start() -> Vec<u8> {
    block(&[(":method", "GET"), (":scheme", "http"), (":authority", "localhost")])
}

/// Each of these field blocks cannot be decoded.
fn each_is_undecodable(client: &H2, blocks: &[&[u8]]) {
    for block in blocks {
        let mut client = H2::over(client.reconnect());
        client.send([headers(1, block).end_stream()]);
        client.expect_connection_error(code::COMPRESSION_ERROR);
    }
}

/// A good GET with one representation more at its end is undecodable.
fn each_tail_is_undecodable(client: &H2, tails: &[&[u8]]) {
    let blocks: Vec<_> = tails.iter().map(|tail| [&client.get("/"), *tail].concat()).collect();
    each_is_undecodable(client, &blocks.iter().map(|b| &b[..]).collect::<Vec<_>>());
}

/// A GET whose path comes in that representation is answered as a GET of `/`.
fn finds_root(client: &mut H2, stream: u32, path: &[u8]) {
    client.send([headers(stream, &[start(), path.to_vec()].concat()).end_stream()]);
    client.expect_status(stream, 200);
}

cases! {
    fn s2_3_3_index_beyond_both_tables_is_a_decoding_error(client) {
        let huge = integer(0x80, 7, 1 << 30);
        let name_index = [&integer(0x40, 6, 62)[..], &string(b"x")].concat();
        let plain_index = [&integer(0, 4, 1000)[..], &string(b"x")].concat();
        each_tail_is_undecodable(
            client,
            &[&[0xfe], &indexed(62), &indexed(70), &huge, &name_index, &plain_index],
        );
    }

    fn s2_3_3_dynamic_table_is_shared_by_all_requests_of_a_connection(client) {
        finds_root(client, 1, &incremental(":path", "/"));
        finds_root(client, 3, &indexed(62));
        // A pseudo-header field must not follow "x", so the entry that moves it to 63 comes from another request.
        let request = [client.get("/"), incremental("x", "y")].concat();
        client.send([headers(5, &request).end_stream()]);
        client.expect_status(5, 200);
        finds_root(client, 7, &indexed(63));
    }

    fn s2_3_2_tables_of_two_connections_are_apart(client) {
        finds_root(client, 1, &incremental(":path", "/"));
        let mut other = H2::over(client.reconnect());
        other.send([headers(1, &[start(), indexed(62)].concat()).end_stream()]);
        other.expect_connection_error(code::COMPRESSION_ERROR);
    }

    fn s4_2_size_update_stands_at_the_beginning_only(client) {
        each_tail_is_undecodable(
            client,
            &[&size_update(1), &size_update(0), &[size_update(0), size_update(4096)].concat()],
        );
    }

    fn s4_2_one_or_two_size_updates_at_the_beginning_are_accepted(client) {
        for (n, updates) in
            [size_update(0), [size_update(0), size_update(4096)].concat()].iter().enumerate()
        {
            let stream = 2 * n as u32 + 1;
            let block = [&updates[..], &client.get("/")].concat();
            client.send([headers(stream, &block).end_stream()]);
            client.expect_status(stream, 200);
        }
    }

    fn s4_3_smaller_table_loses_its_entries(client) {
        finds_root(client, 1, &incremental(":path", "/"));
        let block = [size_update(0), size_update(4096), start(), indexed(62)].concat();
        client.send([headers(3, &block).end_stream()]);
        client.expect_connection_error(code::COMPRESSION_ERROR);
    }

    fn s4_4_entry_larger_than_the_table_empties_it_without_an_error(client) {
        finds_root(client, 1, &incremental(":path", "/"));
        let block = [client.get("/"), incremental("x", &"v".repeat(5000))].concat();
        client.send([headers(3, &block).end_stream()]);
        client.expect_status(3, 200);
        client.send([headers(5, &[start(), indexed(62)].concat()).end_stream()]);
        client.expect_connection_error(code::COMPRESSION_ERROR);
    }

    fn s5_1_integer_without_end_or_too_large_is_a_decoding_error(client) {
        let endless = [&[0xff][..], &[0xff; 12]].concat();
        let too_large = [&[0xff][..], &[0xff; 9], &[0x7f]].concat();
        each_tail_is_undecodable(client, &[&[0xff], &[0xff, 0x80], &endless, &too_large]);
    }

    fn s5_2_string_beyond_the_block_is_a_decoding_error(client) {
        let beyond = [&[0][..], &integer(0, 7, 1 << 20), b"x"].concat();
        each_tail_is_undecodable(
            client,
            &[
                &[0x00],
                &[0x00, 0x05, b'x'],
                &[0x00, 0x01, b'x'],
                &[0x00, 0x01, b'x', 0x02, b'y'],
                &beyond,
            ],
        );
    }

    /// The name is "x-test" in Huffman code, the values are wrong.
    fn s5_2_huffman_padding_and_eos_are_decoding_errors(client) {
        let name = b"\x00\x85\xf2\xb2\x4a\x84\xff";
        let wrong: [&[u8]; 5] = [
            b"\x84\x49\x50\x9f\xff",             // "test" and eight bits of padding
            b"\x83\x49\x50\x90",                 // "test" padded with zeros
            b"\x87\xff\xff\xff\xfd\x25\x42\x7f", // EOS in the middle
            b"\x84\xff\xff\xff\xff",             // nothing but padding
            b"\x81\xff",                         // eight bits of padding
        ];
        let tails: Vec<_> = wrong.iter().map(|value| [&name[..], value].concat()).collect();
        each_tail_is_undecodable(client, &tails.iter().map(|t| &t[..]).collect::<Vec<_>>());
    }

    fn s5_2_huffman_coded_strings_are_accepted(client) {
        finds_root(client, 1, b"\x04\x81\x63");
        finds_root(client, 3, b"\x00\x84\xb9\x58\xd3\x3f\x81\x63");
        finds_root(client, 5, b"\x00\x05:path\x81\x63");
        finds_root(client, 7, b"\x00\x84\xb9\x58\xd3\x3f\x01/");
    }

    fn s6_1_index_0_is_a_decoding_error(client) {
        each_tail_is_undecodable(client, &[&[0x80]]);
        each_is_undecodable(client, &[&[0x80]]);
    }

    fn s6_1_indexed_fields_are_accepted(client) {
        // :method GET, :scheme http, :path /, user-agent without a value, and a host.
        let request = [&[0x82, 0x86, 0x84, 0xba][..], &literal("host", "localhost")].concat();
        client.send([headers(1, &request).end_stream()]);
        client.expect_status(1, 200);
    }

    fn s6_2_every_literal_is_accepted_with_new_and_indexed_name(client) {
        let by_index =
            |first, bits| [&integer(first, bits, STATIC_PATH)[..], &string(b"/")].concat();
        let paths = [
            incremental(":path", "/"),
            literal(":path", "/"),
            never_indexed(":path", "/"),
            by_index(0x40, 6),
            by_index(0x00, 4),
            by_index(0x10, 4),
        ];
        for (n, path) in paths.iter().enumerate() {
            finds_root(client, 2 * n as u32 + 1, path);
        }
    }

    fn s6_2_only_incremental_indexing_makes_an_entry(client) {
        finds_root(client, 1, &literal(":path", "/"));
        finds_root(client, 3, &never_indexed(":path", "/"));
        client.send([headers(5, &[start(), indexed(62)].concat()).end_stream()]);
        client.expect_connection_error(code::COMPRESSION_ERROR);
    }

    fn s6_3_size_update_above_the_announced_size_is_a_decoding_error(client) {
        let limit =
            client.settings.get(&frames::setting::HEADER_TABLE_SIZE).copied().unwrap_or(4096)
                as usize;
        let request = client.get("/");
        let larger = [limit + 1, 1 << 24].map(|size| [&size_update(size), &request[..]].concat());
        each_is_undecodable(client, &[&larger[0], &larger[1]]);
        client.send([headers(1, &[&size_update(limit), &request[..]].concat()).end_stream()]);
        client.expect_status(1, 200);
    }

    /// A thousand requests by an encoder of other descent, whose table turns over many times.
    fn requests_of_an_independent_encoder_are_understood(client) {
        let mut encoder = fluke_hpack::Encoder::new();
        for n in 0..1000u32 {
            let value = format!("value-{}-{}", n % 7, n / 3);
            let name = format!("x-name-{}", n % 11);
            let fields = [
                (":method", "GET"),
                (":scheme", "http"),
                (":path", "/"),
                (":authority", "localhost"),
                ("user-agent", "ct"),
                (&name, &value),
            ];
            let block = encoder.encode(fields.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())));
            client.send([headers(2 * n + 1, &block).end_stream()]);
            if n % 50 == 49 {
                client.expect_status(2 * n + 1, 200);
            }
        }
        for n in 0..1000 {
            if n % 50 != 49 {
                client.expect_status(2 * n + 1, 200);
            }
        }
    }
}
