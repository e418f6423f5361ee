//! Decoder and encoder together: the published examples, what must be refused, and agreement with an implementation
//! that is not ours.

mod independent;
mod published;
mod refused;
mod round_trip;
mod size;

use super::{Decoded, Decoder, Encoder, Error};
use crate::head::Head;

type Field = (Vec<u8>, Vec<u8>);

fn fields(list: &[(&str, &str)]) -> Vec<Field> {
    list.iter().map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec())).collect()
}

/// What the head says, as a list of fields; `host` and its like are where they came, pseudo-header fields first.
fn listed(head: &Head) -> Vec<Field> {
    let status = head.status().to_string();
    let pseudo = [
        (":method", head.method()),
        (":scheme", head.scheme()),
        (":path", head.path()),
        (":authority", head.authority()),
        (":status", if head.status() == 0 { b"" } else { status.as_bytes() }),
    ];
    let pseudo = pseudo.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n.as_bytes(), *v));
    pseudo.chain(head.fields()).map(|(n, v)| (n.to_vec(), v.to_vec())).collect()
}

fn decode(decoder: &mut Decoder, block: &[u8]) -> Result<Vec<Field>, Error> {
    let mut head = Head::default();
    assert_eq!(decoder.decode(block, &mut head, usize::MAX)?, Decoded { oversized: false });
    Ok(listed(&head))
}

fn encode(encoder: &mut Encoder, fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    encoder.begin(&mut out);
    for (name, value) in fields {
        encoder.field(name, value, &mut out);
    }
    out
}
