//! Integers with an N-bit prefix (RFC 7541 section 5.1).

use super::Error;

/// Continuation bytes we accept: five hold any 32-bit number, and nothing in a field block may be larger.
const CONTINUATION_BYTES_MAX: u32 = 5;

/// Takes an integer off the front of `input`. The bits above the prefix are the caller's business.
#[inline]
pub(super) fn decode(input: &mut &[u8], prefix_bits: u32) -> Result<usize, Error> {
    let (&first, rest) =
        input.split_first().ok_or(Error("integer missing at the end of the block (5.1)"))?;
    *input = rest;
    let prefix_max = u8::MAX >> (8 - prefix_bits);
    let value = first & prefix_max;
    if value < prefix_max {
        return Ok(usize::from(value));
    }
    decode_continuation(input, u64::from(value))
}

fn decode_continuation(input: &mut &[u8], prefix: u64) -> Result<usize, Error> {
    let mut value = prefix;
    for position in 0..CONTINUATION_BYTES_MAX {
        let (&byte, rest) = input.split_first().ok_or(Error("integer cut short (5.1)"))?;
        *input = rest;
        value += u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return match u32::try_from(value) {
                Ok(value) => Ok(value as usize),
                Err(_) => Err(Error("integer too large (5.1)")),
            };
        }
    }
    Err(Error("integer too long (5.1)"))
}

/// Appends an integer; `pattern` holds the bits above the prefix.
#[inline]
pub(super) fn encode(value: usize, prefix_bits: u32, pattern: u8, out: &mut Vec<u8>) {
    let prefix_max = (1usize << prefix_bits) - 1;
    if value < prefix_max {
        out.push(pattern | value as u8);
        return;
    }
    out.push(pattern | prefix_max as u8);
    let mut rest = value - prefix_max;
    while rest >= 0x80 {
        out.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(value: usize, prefix_bits: u32) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, prefix_bits, 0, &mut out);
        out
    }

    /// RFC 7541 appendix C.1.
    #[test]
    fn published_examples() {
        assert_eq!(encoded(10, 5), [0b01010]);
        assert_eq!(encoded(1337, 5), [0b11111, 0b10011010, 0b00001010]);
        assert_eq!(encoded(42, 8), [0b00101010]);
        assert_eq!(decode(&mut &[0b111_01010][..], 5), Ok(10));
        assert_eq!(decode(&mut &[0b000_11111, 0b10011010, 0b00001010][..], 5), Ok(1337));
        assert_eq!(decode(&mut &[0b00101010][..], 8), Ok(42));
    }

    #[test]
    fn section_5_1_what_is_cut_short_too_long_or_too_large_is_refused() {
        assert!(decode(&mut &[][..], 7).is_err());
        assert!(decode(&mut &[0x7f][..], 7).is_err());
        assert!(decode(&mut &[0x7f, 0x80][..], 7).is_err());
        assert!(
            decode(&mut &[0x7f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00][..], 7).is_err(),
            "six continuation bytes"
        );
        assert!(decode(&mut &[0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f][..], 7).is_err(), "2^32 + 126");
        assert_eq!(
            decode(&mut &[0x7f, 0x80, 0xff, 0xff, 0xff, 0x0f][..], 7),
            Ok(u32::MAX as usize)
        );
        assert_eq!(
            decode(&mut &[0x7f, 0x80, 0x00][..], 7),
            Ok(127),
            "a zero at the end is wasteful but valid"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in 0..=u32::MAX, prefix_bits in 1..=8u32, after in any::<u8>()) {
            let mut bytes = encoded(value as usize, prefix_bits);
            bytes.push(after);
            let mut input = &bytes[..];
            prop_assert_eq!(decode(&mut input, prefix_bits), Ok(value as usize));
            prop_assert_eq!(input, &[after][..]);
        }
    }
}
