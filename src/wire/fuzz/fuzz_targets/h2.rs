//! An HTTP/2 connection after the preface: any bytes, any chunking, both body modes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_wire::BodyMode;
use understudy_wire::connection::Protocol;
use understudy_wire::detect::PREFACE;

// One byte of mode and three of piece lengths, then frames: seeds can be written by hand.
fuzz_target!(|input: &[u8]| {
    let Some(([mode, pieces @ ..], frames)) = input.split_first_chunk::<4>() else { return };
    let mode = if mode & 1 == 0 { BodyMode::Whole } else { BodyMode::Streamed };
    let bytes = [PREFACE.as_slice(), &[0, 0, 0, 4, 0, 0, 0, 0, 0], frames].concat();
    understudy_wire_fuzz::assert_chunking(&bytes, pieces, mode, Some(Protocol::Http2), true);
});
