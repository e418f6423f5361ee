//! Our encoder against our decoder.

use super::super::{encode_literal, encode_status};
use super::*;
use proptest::prelude::*;

/// Fields as a connection sees them: few names, values that come again, now and then anything at all.
pub(super) fn any_field() -> impl Strategy<Value = Field> {
    let name = prop_oneof![
        Just("cookie".to_owned()),
        Just("authorization".to_owned()),
        Just("accept-encoding".to_owned()),
        Just("content-length".to_owned()),
        "x-[ab]{1,2}",
        "[a-z][a-z0-9-]{0,30}",
    ];
    let value = prop_oneof![
        Just(b"gzip, deflate".to_vec()),
        "[ab]{0,3}".prop_map(String::into_bytes),
        "[!-~]{0,60}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..40),
        prop::collection::vec(any::<u8>(), 0..600),
    ];
    (name.prop_map(String::into_bytes), value)
}

/// A request: the four pseudo-header fields in the order of [`listed`], then others.
pub(super) fn any_request() -> impl Strategy<Value = Vec<Field>> {
    let pseudo = ("(GET|POST|PUT)", "https?", "/[a-z/]{0,20}", "[a-z]{1,10}(:[0-9]{2})?");
    (pseudo, prop::collection::vec(any_field(), 0..12)).prop_map(
        |((method, scheme, path, authority), rest)| {
            let mut list = fields(&[
                (":method", &method),
                (":scheme", &scheme),
                (":path", &path),
                (":authority", &authority),
            ]);
            list.extend(rest);
            list
        },
    )
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_while_the_table_size_changes(
        requests in prop::collection::vec((any_request(), prop::collection::vec(0..5000usize, 0..3)), 1..12)
    ) {
        let (mut encoder, mut decoder) = (Encoder::new(4096), Decoder::new(4096));
        for (request, sizes) in requests {
            for size in sizes {
                encoder.set_table_bytes_max(size);
            }
            let block = encode(&mut encoder, &request);
            prop_assert_eq!(decode(&mut decoder, &block), Ok(request));
            prop_assert_eq!(decoder.table_contents(), encoder.table_contents());
            prop_assert_eq!(decoder.table_bytes(), encoder.table_bytes());
        }
    }

    #[test]
    fn a_literal_means_the_same_on_every_connection(before in any_request(), field in any_field()) {
        let (mut encoder, mut decoder) = (Encoder::new(4096), Decoder::new(4096));
        decode(&mut decoder, &encode(&mut encoder, &before)).unwrap();
        let mut literal = Vec::new();
        encode_literal(&field.0, &field.1, &mut literal);
        let table = decoder.table_contents();
        prop_assert_eq!(decode(&mut decoder, &literal), Ok(vec![field]));
        prop_assert_eq!(decoder.table_contents(), table);
    }

    /// Whatever arrives: no panic, and a head within its bound.
    #[test]
    fn any_bytes_are_decoded_or_refused(
        blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 1..6),
        list_bytes_max in 0..2000usize,
    ) {
        let mut decoder = Decoder::new(256);
        let mut head = Head::default();
        for block in blocks {
            head.clear();
            if decoder.decode(&block, &mut head, list_bytes_max).is_err() {
                break;
            }
            prop_assert!(head.list_bytes() <= list_bytes_max);
            prop_assert!(decoder.table_bytes() <= 256);
        }
    }
}

#[test]
fn every_status() {
    let (mut encoder, mut decoder) = (Encoder::new(4096), Decoder::new(4096));
    for status in 100..=999 {
        let mut prepared = Vec::new();
        encode_status(status, &mut prepared);
        let mut block = Vec::new();
        encoder.begin(&mut block);
        encoder.status(status, &mut block);
        for block in [prepared, block] {
            let mut head = Head::default();
            decoder.decode(&block, &mut head, usize::MAX).unwrap();
            assert_eq!(head.status(), status);
        }
    }
}

/// RFC 7541 section 7.1.3.
#[test]
fn section_7_1_3_secrets_are_never_indexed() {
    let mut encoder = Encoder::new(4096);
    let long = "c".repeat(20);
    let short = "c".repeat(19);
    for (name, value, never) in [
        ("authorization", "Basic x", true),
        ("proxy-authorization", "Basic x", true),
        ("set-cookie", &long, true),
        ("cookie", &short, true),
        ("cookie", &long, false),
        ("x-token", "x", false),
    ] {
        let block = encode(&mut encoder, &fields(&[(name, value)]));
        assert_eq!(block[0] & 0xf0 == 0x10, never, "{name}: {value}");
    }
    assert_eq!(encoder.table_contents(), fields(&[("x-token", "x"), ("cookie", &long)]));
}
