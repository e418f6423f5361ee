//! The Huffman code of RFC 7541 appendix B, and the tables made of it at compile time.
//!
//! The code is canonical: within a length the codes count upwards in the order of the symbols, and a longer code
//! continues where the shorter ones end. So the lengths say everything.

/// Symbols of the code: every byte and EOS.
const SYMBOLS: usize = 257;

/// The end-of-string symbol: its first bits pad a string, and it must never appear whole (RFC 7541 section 5.2).
pub(super) const EOS: u16 = 256;

/// The longest code, in bits.
pub(super) const CODE_BITS_MAX: u32 = 30;

/// Bits looked at in one step of the decoder: enough for two letters (5 to 7 bits each), and a table of 16 KiB.
pub(super) const STEP_BITS: u32 = 12;

/// The length of each symbol's code, in bits.
#[rustfmt::skip]
const CODE_BITS: [u8; SYMBOLS] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, // 0x00
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, // 0x10
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, // 0x20
    5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, // 0x30
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, // 0x40
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, // 0x50
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, // 0x60
    6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, // 0x70
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, // 0x80
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, // 0x90
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, // 0xa0
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, // 0xb0
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, // 0xc0
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, // 0xd0
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, // 0xe0
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, // 0xf0
    30, // EOS
];

/// The code of one symbol, in the low bits.
#[derive(Clone, Copy)]
pub(super) struct Code {
    pub(super) code: u32,
    pub(super) bits: u32,
}

/// What the next [`STEP_BITS`] bits mean, in one word, so that a step of the decoder is one load. From the low end: the
/// bits of all symbols (8 bits wide), those of the first (6), the number of symbols (2), the symbols (8 each).
#[derive(Clone, Copy)]
pub(super) struct Step(u32);

impl Step {
    const INCOMPLETE: Step = Step(0);

    const fn single(symbol: u32, bits: u32) -> Step {
        Step(bits | bits << 8 | 1 << 14 | symbol << 16)
    }

    const fn pair(first: Step, second: Step) -> Step {
        let symbols = (first.symbols() | second.symbols() << 8) as u32;
        Step((first.bits() + second.bits()) | first.bits() << 8 | 2 << 14 | symbols << 16)
    }

    /// Bits of all symbols; 0 when not even the first is complete.
    #[inline(always)]
    pub(super) const fn bits(self) -> u32 {
        self.0 & 0x3f
    }

    /// Bits of the first symbol.
    #[inline(always)]
    pub(super) const fn first_bits(self) -> u32 {
        self.0 >> 8 & 0x3f
    }

    /// How many symbols: one or two.
    #[inline(always)]
    pub(super) const fn count(self) -> usize {
        (self.0 >> 14 & 3) as usize
    }

    /// The symbols, the first in the low byte; 0 in place of a second one that is not there.
    #[inline(always)]
    pub(super) const fn symbols(self) -> u16 {
        (self.0 >> 16) as u16
    }
}

/// How the codes of one length lie in the code space, each put at the top of 32 bits.
#[derive(Clone, Copy)]
pub(super) struct CodeLength {
    /// The first code of this length.
    pub(super) first: u32,
    /// The last bit pattern that begins with a code of this or a shorter length.
    pub(super) last: u32,
    /// Where the symbols of this length begin in [`BY_CODE`].
    pub(super) offset: usize,
}

/// Codes by symbol.
pub(super) static CODES: [Code; SYMBOLS] = codes();

/// Symbols in the order of their codes.
pub(super) static BY_CODE: [u16; SYMBOLS] = by_code();

/// Code space by length in bits.
pub(super) static CODE_LENGTHS: [CodeLength; CODE_BITS_MAX as usize + 1] = code_lengths();

/// Steps by the next [`STEP_BITS`] bits.
pub(super) static STEPS: [Step; 1 << STEP_BITS] = steps();

const fn by_code() -> [u16; SYMBOLS] {
    let mut symbols = [0; SYMBOLS];
    let mut count = 0;
    let mut bits = 1;
    while bits <= CODE_BITS_MAX {
        let mut symbol = 0;
        while symbol < SYMBOLS {
            if CODE_BITS[symbol] as u32 == bits {
                symbols[count] = symbol as u16;
                count += 1;
            }
            symbol += 1;
        }
        bits += 1;
    }
    symbols
}

const fn codes() -> [Code; SYMBOLS] {
    let symbols = by_code();
    let mut codes = [Code { code: 0, bits: 0 }; SYMBOLS];
    let mut next = 0u32;
    let mut bits_before = CODE_BITS[symbols[0] as usize] as u32;
    let mut i = 0;
    while i < SYMBOLS {
        let symbol = symbols[i] as usize;
        let bits = CODE_BITS[symbol] as u32;
        next <<= bits - bits_before;
        codes[symbol] = Code { code: next, bits };
        next += 1;
        bits_before = bits;
        i += 1;
    }
    codes
}

const fn code_lengths() -> [CodeLength; CODE_BITS_MAX as usize + 1] {
    let (symbols, codes) = (by_code(), codes());
    let mut lengths = [CodeLength { first: 0, last: 0, offset: 0 }; CODE_BITS_MAX as usize + 1];
    let mut i = 0;
    let mut bits = 1;
    while bits <= CODE_BITS_MAX {
        // A length without codes keeps the bounds of the one before, so that a search passes over it.
        lengths[bits as usize] = lengths[bits as usize - 1];
        let offset = i;
        while i < SYMBOLS && codes[symbols[i] as usize].bits == bits {
            i += 1;
        }
        if i > offset {
            let first = codes[symbols[offset] as usize].code << (32 - bits);
            let last = (codes[symbols[i - 1] as usize].code << (32 - bits)) | (u32::MAX >> bits);
            lengths[bits as usize] = CodeLength { first, last, offset };
        }
        bits += 1;
    }
    lengths
}

const fn steps() -> [Step; 1 << STEP_BITS] {
    let single = single_steps();
    let mut steps = single;
    let mut i = 0;
    while i < 1 << STEP_BITS {
        let first = single[i];
        if first.bits() > 0 {
            let second = single[(i << first.bits()) & ((1 << STEP_BITS) - 1)];
            // The bits shifted in are zeros and not the string's: a second symbol counts only if it needs none.
            if second.bits() > 0 && first.bits() + second.bits() <= STEP_BITS {
                steps[i] = Step::pair(first, second);
            }
        }
        i += 1;
    }
    steps
}

const fn single_steps() -> [Step; 1 << STEP_BITS] {
    let codes = codes();
    let mut steps = [Step::INCOMPLETE; 1 << STEP_BITS];
    let mut symbol = 0;
    while symbol < SYMBOLS {
        let Code { code, bits } = codes[symbol];
        if bits <= STEP_BITS {
            let mut i = (code << (STEP_BITS - bits)) as usize;
            let end = ((code + 1) << (STEP_BITS - bits)) as usize;
            while i < end {
                steps[i] = Step::single(symbol as u32, bits);
                i += 1;
            }
        }
        symbol += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of RFC 7541 appendix B, one at least of each kind of length.
    #[test]
    fn codes_are_those_of_appendix_b() {
        for (symbol, code, bits) in [
            (b'0' as usize, 0x0, 5),
            (b't' as usize, 0x9, 5),
            (b' ' as usize, 0x14, 6),
            (b'u' as usize, 0x2d, 6),
            (b':' as usize, 0x5c, 7),
            (b'&' as usize, 0xf8, 8),
            (b'?' as usize, 0x3fc, 10),
            (b'+' as usize, 0x7fb, 11),
            (b'#' as usize, 0xffa, 12),
            (0, 0x1ff8, 13),
            (b'^' as usize, 0x3ffc, 14),
            (b'{' as usize, 0x7ffe, 15),
            (b'\\' as usize, 0x7fff0, 19),
            (128, 0xfffe6, 20),
            (153, 0x1fffdc, 21),
            (129, 0x3fffd2, 22),
            (1, 0x7fffd8, 23),
            (9, 0xffffea, 24),
            (199, 0x1ffffec, 25),
            (192, 0x3ffffe0, 26),
            (203, 0x7ffffde, 27),
            (2, 0xfffffe2, 28),
            (10, 0x3ffffffc, 30),
            (EOS as usize, 0x3fffffff, 30),
        ] {
            assert_eq!((CODES[symbol].code, CODES[symbol].bits), (code, bits), "symbol {symbol}");
        }
    }

    #[test]
    fn the_code_is_complete() {
        let covered: u64 = CODES.iter().map(|c| 1u64 << (CODE_BITS_MAX - c.bits)).sum();
        assert_eq!(covered, 1 << CODE_BITS_MAX);
        assert_eq!(CODE_LENGTHS[CODE_BITS_MAX as usize].last, u32::MAX);
    }
}
