//! Both directions against an implementation that is not ours.

use super::round_trip::any_request;
use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn another_decoder_understands_our_encoder(
        requests in prop::collection::vec((any_request(), prop::option::of(0..5000usize)), 1..10)
    ) {
        let mut encoder = Encoder::new(4096);
        let mut decoder = fluke_hpack::Decoder::new();
        for (request, size) in requests {
            if let Some(size) = size {
                encoder.set_table_bytes_max(size);
            }
            let block = encode(&mut encoder, &request);
            let decoded = decoder.decode(&block).map_err(|e| TestCaseError::fail(format!("{e:?}")))?;
            prop_assert_eq!(decoded, request);
        }
    }

    #[test]
    fn our_decoder_understands_another_encoder(requests in prop::collection::vec(any_request(), 1..10)) {
        let mut encoder = fluke_hpack::Encoder::new();
        let mut decoder = Decoder::new(4096);
        for request in requests {
            let block = encoder.encode(request.iter().map(|(name, value)| (&name[..], &value[..])));
            prop_assert_eq!(decode(&mut decoder, &block), Ok(request));
        }
    }
}
