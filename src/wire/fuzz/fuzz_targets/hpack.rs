//! HPACK: any field blocks through one decoder; what decodes is encoded and decoded again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_wire::Head;
use understudy_wire::h2::hpack::{Decoder, Encoder};

fuzz_target!(|data: &[u8]| {
    let mut decoder = Decoder::new(4096);
    let (mut encoder, mut second) = (Encoder::new(4096), Decoder::new(4096));
    for block in data.split(|&byte| byte == 0xfe) {
        let mut head = Head::default();
        let Ok(decoded) = decoder.decode(block, &mut head, 4096) else { return };
        if decoded.oversized {
            continue;
        }
        let mut again = Vec::new();
        encoder.begin(&mut again);
        for (name, value) in head.fields() {
            encoder.field(name, value, &mut again);
        }
        let mut copy = Head::default();
        assert!(second.decode(&again, &mut copy, usize::MAX).is_ok());
        assert!(head.fields().eq(copy.fields()), "a round trip changed the fields");
    }
});
