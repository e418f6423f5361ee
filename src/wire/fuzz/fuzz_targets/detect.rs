//! Detection and the `h2c` upgrade: any first bytes, any chunking.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_wire::BodyMode;

// Three bytes of piece lengths, then what the peer sends: seeds can be written by hand.
fuzz_target!(|input: &[u8]| {
    let Some((pieces, bytes)) = input.split_first_chunk::<3>() else { return };
    understudy_wire_fuzz::assert_chunking(bytes, pieces, BodyMode::Whole, None, true);
});
