//! Sizes: eviction, table size updates, and field lists larger than permitted.

use super::*;

/// RFC 7541 section 4.4: a name may be taken from the entry that must go to make room for its user.
#[test]
fn section_4_4_an_entry_is_evicted_by_the_one_that_takes_its_name() {
    let mut decoder = Decoder::new(64);
    let block = [&[0x40, 0x04][..], b"name", &[0x14], &[b'x'; 20]].concat();
    decode(&mut decoder, &block).unwrap();
    assert_eq!(decoder.table_bytes(), 56);
    let block = [&[0x7e, 0x15][..], &[b'y'; 21]].concat();
    let expected = vec![(b"name".to_vec(), vec![b'y'; 21])];
    assert_eq!(decode(&mut decoder, &block), Ok(expected.clone()));
    assert_eq!(decoder.table_contents(), expected);
}

#[test]
fn section_4_4_a_literal_larger_than_the_table_empties_it() {
    let mut decoder = Decoder::new(64);
    decode(&mut decoder, b"\x40\x01a\x01b").unwrap();
    let block = [&[0x40, 0x01, b'c', 0x20][..], &[b'x'; 32]].concat();
    assert_eq!(decode(&mut decoder, &block), Ok(vec![(b"c".to_vec(), vec![b'x'; 32])]));
    assert_eq!(decoder.table_bytes(), 0);
}

#[test]
fn section_4_3_a_size_update_evicts() {
    let mut decoder = Decoder::new(4096);
    decode(&mut decoder, b"\x40\x01a\x01b\x40\x01c\x01d").unwrap();
    decode(&mut decoder, &[0x3f, 34 - 31]).unwrap();
    assert_eq!(decoder.table_contents(), fields(&[("c", "d")]));
    decode(&mut decoder, &[0x20, 0x3f, 0xe1, 0x1f]).unwrap();
    assert_eq!(decoder.table_bytes(), 0, "down to 0 and up again");
}

fn signalled(encoder: &mut Encoder) -> Vec<u8> {
    let mut out = Vec::new();
    encoder.begin(&mut out);
    out
}

#[test]
fn section_4_2_the_smallest_and_the_last_size_are_signalled() {
    let mut encoder = Encoder::new(4096);
    assert_eq!(signalled(&mut encoder), [], "4096 is what both start with");
    encoder.set_table_bytes_max(4096);
    encoder.set_table_bytes_max(65_536);
    assert_eq!(signalled(&mut encoder), [], "we do not use more");
    encoder.set_table_bytes_max(30);
    assert_eq!(signalled(&mut encoder), [0x20 | 30]);
    assert_eq!(signalled(&mut encoder), [], "once");
    for size in [20, 10, 25] {
        encoder.set_table_bytes_max(size);
    }
    assert_eq!(signalled(&mut encoder), [0x20 | 10, 0x20 | 25]);
    for size in [15, 4096] {
        encoder.set_table_bytes_max(size);
    }
    assert_eq!(signalled(&mut encoder), [0x20 | 15, 0x3f, 0xe1, 0x1f]);
    assert_eq!(
        signalled(&mut Encoder::new(0)),
        [0x20],
        "a table of our own choice smaller than the initial one"
    );
}

#[test]
fn an_encoder_without_a_table_still_encodes() {
    let (mut encoder, mut decoder) = (Encoder::new(4096), Decoder::new(4096));
    encoder.set_table_bytes_max(0);
    let list = fields(&[(":method", "GET"), ("a", "b"), ("a", "b")]);
    for _ in 0..2 {
        let block = encode(&mut encoder, &list);
        assert_eq!(decode(&mut decoder, &block), Ok(list.clone()));
        assert_eq!((encoder.table_bytes(), decoder.table_bytes()), (0, 0));
    }
}

/// HPACK bomb: a block of a few bytes that names a large entry again and again.
#[test]
fn a_list_larger_than_permitted_is_not_stored() {
    let mut decoder = Decoder::new(4096);
    let mut head = Head::default();
    let mut bomb = [&[0x40, 0x01, b'a', 0x7f, 0x81, 0x1d][..], &[b'x'; 3840]].concat();
    bomb.extend([0xbe; 10_000]);
    assert_eq!(decoder.decode(&bomb, &mut head, 16_384), Ok(Decoded { oversized: true }));
    assert_eq!(head.fields().len(), 4, "the beginning is there");
    assert!(head.list_bytes() <= 16_384);
    assert!(head.text_mut().capacity() < 32_768);
}

#[test]
fn the_table_stays_in_step_beyond_the_permitted_list() {
    let mut decoder = Decoder::new(4096);
    let mut head = Head::default();
    let mut encoder = Encoder::new(4096);
    let list: Vec<Field> = (0..20).map(|i| (b"name".to_vec(), vec![b'a' + i; 10])).collect();
    let block = encode(&mut encoder, &list);
    // Room for two fields of 46 bytes and not for the third.
    assert_eq!(decoder.decode(&block, &mut head, 137), Ok(Decoded { oversized: true }));
    assert_eq!(listed(&head), list[..2]);
    assert_eq!(decoder.table_contents(), encoder.table_contents());
    let block = encode(&mut encoder, &list);
    assert_eq!(block.len(), list.len(), "all indexed");
    assert_eq!(decode(&mut decoder, &block), Ok(list));
}

#[test]
fn the_permitted_list_is_reached_exactly() {
    let mut head = Head::default();
    let mut decoder = Decoder::new(4096);
    let block = b"\x00\x01a\x01b\x00\x01c\x01d";
    assert_eq!(decoder.decode(block, &mut head, 68), Ok(Decoded { oversized: false }));
    head.clear();
    assert_eq!(decoder.decode(block, &mut head, 67), Ok(Decoded { oversized: true }));
    assert_eq!(head.list_bytes(), 34);
    assert_eq!(head.text_mut(), b"ab", "the text of the second field is gone again");
    head.clear();
    assert_eq!(decoder.decode(b"\x82", &mut head, 0), Ok(Decoded { oversized: true }));
    assert_eq!(head.list_bytes(), 0);
    assert_eq!(decoder.decode(b"", &mut head, 0), Ok(Decoded { oversized: false }));
}
