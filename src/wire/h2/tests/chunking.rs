//! However the bytes arrive, events and output are the same.

use super::script::*;
use crate::h2::frame::kind;
use crate::{BodyMode, Limits};
use proptest::prelude::*;

/// One frame of a script, valid or not.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let id = prop_oneof![4 => 1u32..16, 1 => Just(0)];
    let request = (id.clone(), any::<bool>(), any::<bool>())
        .prop_map(|(id, post, end)| headers(id | 1, if post { &POST } else { &GET }, end));
    let content = (id.clone(), 0usize..300, any::<bool>())
        .prop_map(|(id, n, end)| data(id, &vec![b'x'; n], end));
    let control = prop_oneof![
        Just(raw(kind::PING, 0, 0, &[7; 8])),
        (id.clone(), any::<u32>()).prop_map(|(id, n)| raw(
            kind::WINDOW_UPDATE,
            0,
            id,
            &(n >> 8).to_be_bytes()
        )),
        id.clone().prop_map(|id| raw(kind::RST_STREAM, 0, id, &[0, 0, 0, 8])),
        (1u16..7, 0u32..70_000).prop_map(|(id, value)| settings(&[(id, value)])),
        Just(raw(kind::CONTINUATION, 4, 1, &block(&GET))),
        Just(raw(kind::HEADERS, 1, 3, &block(&GET)[..5])),
    ];
    let noise = (any::<u8>(), any::<u8>(), id, proptest::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(kind, flags, id, payload)| raw(kind % 12, flags, id, &payload));
    prop_oneof![5 => request, 4 => content, 3 => control, 1 => noise]
}

fn run(bytes: &[u8], pieces: &[usize], mode: BodyMode) -> (Vec<String>, Vec<u8>) {
    let mut server = Server::new(Limits { output_high_bytes: 2000, ..Limits::default() }, mode);
    server.body = bytes::Bytes::from(vec![b'r'; 40_000]);
    let mut rest = bytes;
    for piece in pieces.iter().cycle() {
        let (now, later) = rest.split_at(rest.len().min(*piece));
        server.feed(now);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    (server.events, server.sent)
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same(
        frames in proptest::collection::vec(any_frame(), 0..30),
        flip in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        pieces in proptest::collection::vec(1usize..200, 1..20),
        streamed in any::<bool>(),
    ) {
        let mut bytes = [hello(), frames.concat()].concat();
        if let Some((index, mask)) = flip {
            *index.get_mut(&mut bytes) ^= mask;
        }
        let mode = if streamed { BodyMode::Streamed } else { BodyMode::Whole };
        let whole = run(&bytes, &[usize::MAX], mode);
        prop_assert_eq!(&whole, &run(&bytes, &[1], mode));
        prop_assert_eq!(&whole, &run(&bytes, &pieces, mode));
    }
}
