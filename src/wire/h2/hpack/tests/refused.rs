//! What a decoder must refuse, by section of RFC 7541, each beside its nearest neighbour that it must take.

use super::*;

fn first_block(block: &[u8]) -> Result<Vec<Field>, Error> {
    decode(&mut Decoder::new(4096), block)
}

fn refused(block: &[u8], section: &str) {
    match first_block(block) {
        Err(Error(reason)) => assert!(reason.contains(section), "{block:02x?}: {reason}"),
        Ok(fields) => panic!("{block:02x?} was taken: {fields:?}"),
    }
}

#[test]
fn section_2_3_3_index_beyond_the_tables() {
    refused(&[0xbe], "(2.3.3)");
    refused(&[0xff, 0x80, 0x01], "(2.3.3)");
    refused(&[0xff, 0x80, 0xff, 0xff, 0xff, 0x0f], "(2.3.3)");
    assert!(first_block(&[0x40, 0x01, b'a', 0x00, 0xbe]).is_ok(), "62 is the entry just made");
    refused(&[0x40, 0x01, b'a', 0x00, 0xbf], "(2.3.3)");
}

#[test]
fn section_2_3_3_name_index_beyond_the_tables() {
    refused(&[0x7e, 0x00], "(2.3.3)");
    refused(&[0x0f, 0x2f, 0x00], "(2.3.3)");
    refused(&[0x1f, 0x2f, 0x00], "(2.3.3)");
    assert!(first_block(&[0x0f, 0x2e, 0x00]).is_ok(), "61");
}

#[test]
fn section_4_2_size_update_after_a_field() {
    refused(&[0x82, 0x20], "(4.2)");
    assert!(first_block(&[0x20, 0x82]).is_ok());
}

#[test]
fn section_4_2_three_size_updates() {
    refused(&[0x20, 0x20, 0x20, 0x82], "(4.2)");
    assert!(first_block(&[0x20, 0x3f, 0xe1, 0x1f, 0x82]).is_ok(), "0, then 4096");
    assert!(first_block(&[0x20]).is_ok(), "a block of nothing else");
}

#[test]
fn section_5_1_integers() {
    refused(&[0xff], "(5.1)");
    refused(&[0xff, 0x80], "(5.1)");
    refused(&[0x40], "(5.1)");
    refused(&[0x82, 0x0f], "(5.1)");
    refused(&[0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], "(5.1)");
    refused(&[0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "(5.1)");
    refused(&[0x40, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "(5.1)");
}

#[test]
fn section_5_2_strings() {
    refused(&[0x00, 0x02, b'a'], "(5.2)");
    refused(&[0x00, 0x01, b'a', 0x05, b'b'], "(5.2)");
    refused(&[0x00, 0x01, b'a'], "(5.1)");
    refused(&[0x44, 0x7f, 0xff, 0xff, 0xff, 0x7f], "(5.2)");
    // `a` and eight bits of padding, `a` and padding of zeros, EOS.
    refused(&[0x44, 0x82, 0x1f, 0xff], "(5.2)");
    refused(&[0x44, 0x81, 0x18], "(5.2)");
    refused(&[0x44, 0x84, 0xff, 0xff, 0xff, 0xff], "(5.2)");
    assert!(first_block(&[0x44, 0x81, 0x1f]).is_ok());
}

#[test]
fn section_6_1_index_0() {
    refused(&[0x80], "(6.1)");
}

#[test]
fn section_6_3_size_update_above_the_permitted_maximum() {
    refused(&[0x3f, 0xe2, 0x1f], "(6.3)");
    assert!(first_block(&[0x3f, 0xe1, 0x1f]).is_ok(), "4096");
    let mut small = Decoder::new(100);
    assert!(decode(&mut small, &[0x3f, 70]).is_err(), "101");
    assert!(decode(&mut Decoder::new(100), &[0x3f, 69]).is_ok(), "100");
    assert!(decode(&mut Decoder::new(8192), &[0x3f, 0xe1, 0x3f]).is_ok(), "8192");
}

/// RFC 9113 section 4.3: a malformed message is none of the decoder's business, its block must be decoded to the end.
#[test]
fn a_malformed_field_is_kept_for_the_rules_to_judge() {
    let mut decoder = Decoder::new(4096);
    let mut head = Head::default();
    // `a` with a line break for a value, and indexed once more.
    let block = [0x82, 0x84, 0x86, 0x40, 0x01, b'a', 0x01, b'\n'];
    assert_eq!(decoder.decode(&block, &mut head, usize::MAX), Ok(Decoded { oversized: false }));
    assert!(head.check_request().is_err());
    head.clear();
    assert!(decoder.decode(&[0x82, 0x84, 0x86, 0xbe], &mut head, usize::MAX).is_ok());
    assert!(head.check_request().is_err(), "the entry is remembered as invalid");
    head.clear();
    assert!(decoder.decode(&[0x82, 0x84, 0x86], &mut head, usize::MAX).is_ok());
    assert_eq!(head.check_request(), Ok(()));
}
