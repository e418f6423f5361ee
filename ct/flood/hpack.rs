//! Field blocks that are small on the wire and large when decoded.

use super::{FEW_CONNECTIONS_BYTES, Siege, block};
use crate::support::frames::{code, headers};
use crate::support::hpack;

/// An entry that fills the dynamic table of 4096 bytes but for its overhead of 32 (RFC 7541 section 4.1).
const ENTRY_BYTES: usize = 4000;

/// The newest entry of the dynamic table (RFC 7541 section 2.3.3).
const NEWEST: usize = 62;

/// A request with so many references to the large entry, of a byte each. The first one brings the entry.
fn bomb(first: bool, references: usize) -> Vec<u8> {
    let mut block = block("POST", "/");
    if first {
        block.extend(hpack::incremental("x", &"y".repeat(ENTRY_BYTES)));
    }
    block.extend(hpack::indexed(NEWEST).repeat(references));
    block
}

/// Each 64 MB if it were decoded whole: answered with 431, and only a few times.
#[test]
fn bombs_above_the_bound() {
    let siege = Siege::of(&[]);
    siege.withstands(FEW_CONNECTIONS_BYTES, || {
        let bombs = (0..100).map(|n| {
            let references = if n == 0 { 12_000 } else { 16_000 };
            headers(2 * n + 1, &bomb(n == 0, references)).end_stream().encode()
        });
        siege.attacker(&[]).floods_until(code::ENHANCE_YOUR_CALM, bombs);
    });
}

/// Each just small enough to be accepted, for requests that never end: a hundred bytes hold 60 KB.
#[test]
fn bombs_below_the_bound_held_open() {
    /// Heads of unfinished requests may hold 8 MiB on one connection.
    const MEMORY_BYTES: u64 = FEW_CONNECTIONS_BYTES + 2 * 8 * 1024 * 1024;
    let siege = Siege::of(&[]);
    siege.withstands(MEMORY_BYTES, || {
        let bombs = (0..300).map(|piece| {
            let streams = piece * 10..piece * 10 + 10;
            let block = |n| bomb(n == 0, 64_000 / (ENTRY_BYTES + 40) - usize::from(n == 0));
            streams.flat_map(|n: u32| headers(2 * n + 1, &block(n)).encode()).collect()
        });
        siege.attacker(&[]).floods_until(code::ENHANCE_YOUR_CALM, bombs);
    });
}
