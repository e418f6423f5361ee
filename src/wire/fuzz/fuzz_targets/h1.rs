//! An HTTP/1.1 connection: any bytes, any chunking, both body modes. Streamed content may come in other pieces, so
//! there only the output is compared.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_wire::BodyMode;
use understudy_wire::connection::Protocol;

// One byte of mode and three of piece lengths, then text: seeds can be written by hand.
fuzz_target!(|input: &[u8]| {
    let Some(([mode, pieces @ ..], bytes)) = input.split_first_chunk::<4>() else { return };
    let streamed = mode & 1 == 1;
    let mode = if streamed { BodyMode::Streamed } else { BodyMode::Whole };
    understudy_wire_fuzz::assert_chunking(bytes, pieces, mode, Some(Protocol::Http1), !streamed);
});
