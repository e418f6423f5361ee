//! RFC 7541 appendix C.2 to C.6. The integers of C.1 are beside their code.

use super::*;

/// One block of an example: the bytes, the fields they stand for, and the table afterwards.
struct Block {
    hex: &'static str,
    fields: &'static [(&'static str, &'static str)],
    table: &'static [(&'static str, &'static str)],
    table_bytes: usize,
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn decodes(blocks: &[Block], table_bytes_max: usize) {
    let mut decoder = Decoder::new(table_bytes_max);
    for block in blocks {
        assert_eq!(
            decode(&mut decoder, &bytes(block.hex)),
            Ok(fields(block.fields)),
            "{}",
            block.hex
        );
        assert_eq!(decoder.table_contents(), fields(block.table), "{}", block.hex);
        assert_eq!(decoder.table_bytes(), block.table_bytes, "{}", block.hex);
    }
}

/// Our encoder makes the choices of the examples with Huffman coding; a table of less than 4096 bytes is signalled by it
/// first, where the examples take its size for granted.
fn encodes(blocks: &[Block], table_bytes_max: usize) {
    let mut encoder = Encoder::new(table_bytes_max);
    encoder.begin(&mut Vec::new());
    for block in blocks {
        assert_eq!(encode(&mut encoder, &fields(block.fields)), bytes(block.hex));
        assert_eq!(encoder.table_contents(), fields(block.table), "{}", block.hex);
        assert_eq!(encoder.table_bytes(), block.table_bytes, "{}", block.hex);
    }
}

#[test]
fn c_2_1_literal_with_indexing() {
    decodes(
        &[Block {
            hex: "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
            fields: &[("custom-key", "custom-header")],
            table: &[("custom-key", "custom-header")],
            table_bytes: 55,
        }],
        4096,
    );
}

#[test]
fn c_2_2_literal_without_indexing() {
    let path = &[(":path", "/sample/path")];
    decodes(
        &[Block {
            hex: "040c 2f73 616d 706c 652f 7061 7468",
            fields: path,
            table: &[],
            table_bytes: 0,
        }],
        4096,
    );
}

#[test]
fn c_2_3_literal_never_indexed() {
    let secret = &[("password", "secret")];
    decodes(
        &[Block {
            hex: "1008 7061 7373 776f 7264 0673 6563 7265 74",
            fields: secret,
            table: &[],
            table_bytes: 0,
        }],
        4096,
    );
}

#[test]
fn c_2_4_indexed() {
    decodes(
        &[Block { hex: "82", fields: &[(":method", "GET")], table: &[], table_bytes: 0 }],
        4096,
    );
}

const REQUEST_1: &[(&str, &str)] =
    &[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
const REQUEST_2: &[(&str, &str)] = &[
    (":method", "GET"),
    (":scheme", "http"),
    (":path", "/"),
    (":authority", "www.example.com"),
    ("cache-control", "no-cache"),
];
const REQUEST_3: &[(&str, &str)] = &[
    (":method", "GET"),
    (":scheme", "https"),
    (":path", "/index.html"),
    (":authority", "www.example.com"),
    ("custom-key", "custom-value"),
];
const REQUEST_TABLE: &[(&str, &str)] = &[
    ("custom-key", "custom-value"),
    ("cache-control", "no-cache"),
    (":authority", "www.example.com"),
];

/// The three requests of C.3 and C.4, which differ in how their strings are coded only.
fn requests(hex: [&'static str; 3]) -> [Block; 3] {
    [
        Block { hex: hex[0], fields: REQUEST_1, table: &REQUEST_TABLE[2..], table_bytes: 57 },
        Block { hex: hex[1], fields: REQUEST_2, table: &REQUEST_TABLE[1..], table_bytes: 110 },
        Block { hex: hex[2], fields: REQUEST_3, table: REQUEST_TABLE, table_bytes: 164 },
    ]
}

#[test]
fn c_3_requests_without_huffman_coding() {
    let blocks = requests([
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
    ]);
    decodes(&blocks, 4096);
}

#[test]
fn c_4_requests_with_huffman_coding() {
    let blocks = requests([
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
    ]);
    decodes(&blocks, 4096);
    encodes(&blocks, 4096);
}

const DATE_1: (&str, &str) = ("date", "Mon, 21 Oct 2013 20:13:21 GMT");
const DATE_2: (&str, &str) = ("date", "Mon, 21 Oct 2013 20:13:22 GMT");
const PRIVATE: (&str, &str) = ("cache-control", "private");
const LOCATION: (&str, &str) = ("location", "https://www.example.com");
const COOKIE: (&str, &str) =
    ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");

/// The three responses of C.5 and C.6, with a table of 256 bytes, so that entries are evicted.
fn responses(hex: [&'static str; 3]) -> [Block; 3] {
    [
        Block {
            hex: hex[0],
            fields: &[(":status", "302"), PRIVATE, DATE_1, LOCATION],
            table: &[LOCATION, DATE_1, PRIVATE, (":status", "302")],
            table_bytes: 222,
        },
        Block {
            hex: hex[1],
            fields: &[(":status", "307"), PRIVATE, DATE_1, LOCATION],
            table: &[(":status", "307"), LOCATION, DATE_1, PRIVATE],
            table_bytes: 222,
        },
        Block {
            hex: hex[2],
            fields: &[
                (":status", "200"),
                PRIVATE,
                DATE_2,
                LOCATION,
                ("content-encoding", "gzip"),
                COOKIE,
            ],
            table: &[COOKIE, ("content-encoding", "gzip"), DATE_2],
            table_bytes: 215,
        },
    ]
}

#[test]
fn c_5_responses_without_huffman_coding() {
    let blocks = responses([
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d
         546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "4803 3330 37c1 c0bf",
        "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
         6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
         2076 6572 7369 6f6e 3d31",
    ]);
    decodes(&blocks, 256);
}

/// Decoding only: our encoder keeps `location` and `set-cookie` out of the table on purpose.
#[test]
fn c_6_responses_with_huffman_coding() {
    let blocks = responses([
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
         8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
        "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
         dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
    ]);
    decodes(&blocks, 256);
}

/// The fields of C.6.1 that our encoder does put into the table come out as published.
#[test]
fn c_6_1_as_far_as_our_encoder_agrees() {
    let fields = &[(":status", "302"), PRIVATE, DATE_1];
    let hex =
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff";
    encodes(
        &[Block { hex, fields, table: &[DATE_1, PRIVATE, (":status", "302")], table_bytes: 159 }],
        256,
    );
}
