//! Huffman-coded strings (RFC 7541 section 5.2).

use super::Error;
use super::huffman_table::{
    BY_CODE, CODE_BITS_MAX, CODE_LENGTHS, CODES, EOS, STEP_BITS, STEPS, Step,
};

/// The shortest code, in bits: how much a string can grow when it is decoded.
const CODE_BITS_MIN: usize = 5;

/// Steps that one refill of the accumulator to 56 bits is good for.
const STEPS_PER_REFILL: u32 = 56 / STEP_BITS;

/// Bits not yet decoded: `available` of them are at the top of `bits`, the others are the last `rest` bytes of `input`.
struct Accumulator<'a> {
    bits: u64,
    available: u32,
    input: &'a [u8],
    rest: usize,
}

impl Accumulator<'_> {
    /// Tops up to 56 bits or more in one load; `false` when fewer than eight bytes are left. Bits below `available`
    /// may be set already: they are those of the byte that comes next, so setting them again changes nothing.
    #[inline(always)]
    fn refill(&mut self) -> bool {
        let Some(word) = self.input[self.input.len() - self.rest..].first_chunk::<8>() else {
            return false;
        };
        self.bits |= u64::from_be_bytes(*word) >> self.available;
        self.rest -= ((63 - self.available) / 8) as usize;
        self.available |= 56;
        true
    }

    /// Tops up when fewer than eight bytes are left, from a load that ends where the string ends.
    #[inline(always)]
    fn refill_tail(&mut self) {
        let word = match self.input.last_chunk::<8>() {
            Some(word) => u64::from_be_bytes(*word),
            None => self.input.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        if self.rest > 0 {
            self.bits |= (word << (64 - 8 * self.rest)) >> self.available;
            let bytes = self.rest.min(((64 - self.available) / 8) as usize);
            self.rest -= bytes;
            self.available += 8 * bytes as u32;
        }
    }

    #[inline(always)]
    fn consume(&mut self, bits: u32) {
        self.bits <<= bits;
        self.available -= bits;
    }

    /// Which step comes next.
    #[inline(always)]
    fn step(&self) -> Step {
        STEPS[(self.bits >> (64 - STEP_BITS)) as usize]
    }
}

/// Appends the decoded string to `out`.
pub(super) fn decode(input: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    let start = out.len();
    // Two bytes are written in each step, whether both are symbols or not.
    out.resize(start + input.len() * 8 / CODE_BITS_MIN + 2, 0);
    let text = &mut out[start..];
    let mut len = 0;
    let mut accumulator = Accumulator { bits: 0, available: 0, input, rest: input.len() };
    while accumulator.refill() {
        for _ in 0..STEPS_PER_REFILL {
            let step = accumulator.step();
            if step.bits() == 0 {
                // Long codes are rare. The first step after a refill always has bits enough for one.
                if accumulator.available >= CODE_BITS_MAX {
                    let (symbol, bits) = long_code(accumulator.bits)?;
                    text[len] = symbol;
                    len += 1;
                    accumulator.consume(bits);
                }
                break;
            }
            text[len..len + 2].copy_from_slice(&step.symbols().to_le_bytes());
            len += step.count();
            accumulator.consume(step.bits());
        }
    }
    len = decode_tail(&mut accumulator, text, len)?;
    out.truncate(start + len);
    Ok(())
}

/// The last few symbols and the padding; returns the length of the text.
#[inline(always)]
fn decode_tail(
    accumulator: &mut Accumulator<'_>,
    text: &mut [u8],
    mut len: usize,
) -> Result<usize, Error> {
    loop {
        accumulator.refill_tail();
        while accumulator.available >= STEP_BITS {
            let step = accumulator.step();
            if step.bits() == 0 {
                break;
            }
            text[len..len + 2].copy_from_slice(&step.symbols().to_le_bytes());
            len += step.count();
            accumulator.consume(step.bits());
        }
        if accumulator.rest > 0 && accumulator.available < CODE_BITS_MAX {
            continue;
        }
        // One symbol at a time: the next may be incomplete.
        let step = accumulator.step();
        let (symbol, bits) = match step.bits() {
            0 => long_code(accumulator.bits)?,
            _ => (step.symbols() as u8, step.first_bits()),
        };
        if bits > accumulator.available {
            break;
        }
        text[len] = symbol;
        len += 1;
        accumulator.consume(bits);
    }
    // What is left is the beginning of EOS: ones, and less than a byte of them.
    if accumulator.available > 7 {
        return Err(Error("Huffman padding longer than 7 bits (5.2)"));
    }
    if accumulator.bits.leading_ones() < accumulator.available {
        return Err(Error("Huffman padding is not the beginning of EOS (5.2)"));
    }
    Ok(len)
}

/// The symbol and length of a code longer than a step, from the top of `bits`.
#[cold]
fn long_code(bits: u64) -> Result<(u8, u32), Error> {
    let top = (bits >> 32) as u32;
    for length in STEP_BITS + 1..=CODE_BITS_MAX {
        let codes = &CODE_LENGTHS[length as usize];
        if top <= codes.last {
            let symbol = BY_CODE[codes.offset + ((top - codes.first) >> (32 - length)) as usize];
            return match u8::try_from(symbol) {
                Ok(symbol) => Ok((symbol, length)),
                Err(_) => {
                    debug_assert_eq!(symbol, EOS);
                    Err(Error("EOS in a Huffman-coded string (5.2)"))
                }
            };
        }
    }
    Err(Error("no such Huffman code (5.2)"))
}

/// Bytes that `text` takes when coded.
#[inline]
pub(super) fn encoded_len(text: &[u8]) -> usize {
    text.iter().map(|&b| CODES[usize::from(b)].bits as usize).sum::<usize>().div_ceil(8)
}

/// Appends `text`, coded and padded.
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    let mut bits = 0u64;
    let mut used = 0;
    for &byte in text {
        let code = CODES[usize::from(byte)];
        bits = bits << code.bits | u64::from(code.code);
        used += code.bits;
        if used >= 32 {
            used -= 32;
            out.extend_from_slice(&((bits >> used) as u32).to_be_bytes());
        }
    }
    let padding = used.wrapping_neg() % 8;
    bits = bits << padding | ((1 << padding) - 1);
    used += padding;
    while used > 0 {
        used -= 8;
        out.push((bits >> used) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(text, &mut out);
        out
    }

    fn decoded(input: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = b"before".to_vec();
        decode(input, &mut out)?;
        assert!(out.starts_with(b"before"));
        Ok(out.split_off(6))
    }

    /// One code after another and padding, by the definition: bit by bit.
    fn encoded_slowly(symbols: &[u16], padding: &str) -> Vec<u8> {
        let mut bits = String::new();
        for &s in symbols {
            let code = CODES[usize::from(s)];
            bits += &format!("{:0width$b}", code.code, width = code.bits as usize);
        }
        bits += padding;
        bits.as_bytes()
            .chunks(8)
            .map(|b| u8::from_str_radix(str::from_utf8(b).unwrap(), 2).unwrap())
            .collect()
    }

    /// Strings of RFC 7541 appendix C.4 and C.6.
    #[test]
    fn published_examples() {
        for (text, coded) in [
            ("www.example.com", &b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"[..]),
            ("no-cache", b"\xa8\xeb\x10\x64\x9c\xbf"),
            ("custom-key", b"\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f"),
            ("302", b"\x64\x02"),
            ("307", b"\x64\x0e\xff"),
            ("", b""),
        ] {
            assert_eq!(encoded(text.as_bytes()), coded, "{text}");
            assert_eq!(encoded_len(text.as_bytes()), coded.len(), "{text}");
            assert_eq!(decoded(coded).as_deref(), Ok(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn every_byte_beside_every_byte_at_every_distance_from_the_end() {
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                for after in [0, 1, 5, 11] {
                    let mut text = vec![a, b];
                    text.extend(std::iter::repeat_n(b'e', after));
                    assert_eq!(decoded(&encoded(&text)), Ok(text));
                }
            }
        }
    }

    #[test]
    fn section_5_2_padding() {
        let symbols = [u16::from(b'a'); 8];
        assert_eq!(
            encoded_slowly(&symbols, "").len(),
            5,
            "eight codes of five bits need no padding"
        );
        assert!(decoded(&encoded_slowly(&symbols, "")).is_ok());
        let too_long = decoded(&encoded_slowly(&symbols, "11111111"));
        assert_eq!(too_long, Err(Error("Huffman padding longer than 7 bits (5.2)")));
        for ones in 1..=7 {
            // Codes of five bits, as many as leave `ones` bits free: 5 * n + ones is a multiple of 8.
            let n = (1..=8).find(|n| (5 * n + ones) % 8 == 0).unwrap();
            assert!(
                decoded(&encoded_slowly(&symbols[..n], &"1".repeat(ones))).is_ok(),
                "{ones} ones"
            );
            let zero_at_the_end = "1".repeat(ones - 1) + "0";
            assert!(
                decoded(&encoded_slowly(&symbols[..n], &zero_at_the_end)).is_err(),
                "{zero_at_the_end}"
            );
            let longer = decoded(&encoded_slowly(&symbols[..n], &"1".repeat(ones + 8)));
            assert!(longer.is_err(), "{} ones", ones + 8);
        }
    }

    #[test]
    fn section_5_2_eos_is_refused_wherever_it_stands() {
        for before in 0..24 {
            for after in [0, 4, 20] {
                let mut symbols = vec![u16::from(b'e'); before];
                symbols.push(EOS);
                symbols.extend(vec![u16::from(b'e'); after]);
                let bits: u32 = symbols.iter().map(|&s| CODES[usize::from(s)].bits).sum();
                let coded =
                    encoded_slowly(&symbols, &"1".repeat((bits.wrapping_neg() % 8) as usize));
                assert_eq!(
                    decoded(&coded),
                    Err(Error("EOS in a Huffman-coded string (5.2)")),
                    "{before} {after}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_coded_is_decoded(text in prop::collection::vec(any::<u8>(), 0..200)) {
            let coded = encoded(&text);
            prop_assert_eq!(encoded_len(&text), coded.len());
            prop_assert_eq!(decoded(&coded), Ok(text));
        }

        #[test]
        fn text_of_short_codes_is_decoded(text in "[0-9a-z/=&?._-]{0,200}") {
            let coded = encoded(text.as_bytes());
            prop_assert_eq!(decoded(&coded), Ok(text.into_bytes()));
        }

        /// The code is complete and the padding unique: what decodes at all is what the encoder writes.
        #[test]
        fn any_bytes_decode_to_what_encodes_to_them(coded in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(text) = decoded(&coded) {
                prop_assert_eq!(encoded(&text), coded);
            }
        }
    }
}
