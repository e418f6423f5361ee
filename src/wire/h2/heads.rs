//! Decoded heads: reused from request to request, and shared between requests whose field blocks are the same.
//!
//! Load generators and service clients send the same few heads over and over. A block that repeats while the dynamic
//! table has not changed decodes to the same head, so it is not decoded again: measured, a fifth of the engine's time.
//! Where blocks differ the memory would only cost, so it is kept for blocks seen twice, and pauses while few repeat.

use crate::head::Head;
use crate::limits::RETAINED_BYTES_MAX;

/// A stream that holds no head.
pub(crate) const NO_HEAD: u32 = u32::MAX;

/// Field blocks remembered at once; a power of two.
const BLOCKS: usize = 16;

/// Longer blocks are not remembered: their heads are large and seldom the same.
const BLOCK_BYTES_MAX: usize = 128;

/// After so many look-ups it is judged whether the memory pays: when a quarter of them hit.
const TRIAL: u32 = 256;

/// Blocks that pass without a look-up after a trial that did not pay.
const PAUSE: u32 = 4096;

/// What is known of a field block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recall {
    /// It decodes to this head, which has one more user now.
    Known(u32),
    /// It came before; what it decodes to is worth keeping, in this place.
    Repeated(usize),
    /// Nothing.
    Unknown,
}

#[derive(Debug, Default)]
struct Shared {
    head: Head,
    users: u32,
}

#[derive(Debug)]
struct Remembered {
    hash: u64,
    /// The state of the dynamic table that the block refers to.
    generation: u64,
    block: Vec<u8>,
    head: u32,
}

/// The heads of one connection.
#[derive(Debug, Default)]
pub struct Heads {
    heads: Vec<Shared>,
    free: Vec<u32>,
    remembered: Vec<Remembered>,
    lookups: u32,
    hits: u32,
    pause: u32,
}

impl Heads {
    /// How many there are, in use or not.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// A cleared head with one user.
    #[inline]
    pub fn take(&mut self) -> u32 {
        let head = self.free.pop().unwrap_or_else(|| {
            self.heads.push(Shared::default());
            (self.heads.len() - 1) as u32
        });
        self.heads[head as usize].users = 1;
        head
    }

    /// One user less; `NO_HEAD` is ignored.
    #[inline]
    pub fn give(&mut self, head: u32) {
        if head == NO_HEAD {
            return;
        }
        let shared = &mut self.heads[head as usize];
        shared.users -= 1;
        if shared.users == 0 {
            shared.head.clear();
            shared.head.shrink(RETAINED_BYTES_MAX);
            self.free.push(head);
        }
    }

    /// A head that was taken.
    #[inline]
    pub fn get(&self, head: u32) -> &Head {
        &self.heads[head as usize].head
    }

    /// A head that was taken and has no other user yet.
    #[inline]
    pub fn get_mut(&mut self, head: u32) -> &mut Head {
        let shared = &mut self.heads[head as usize];
        debug_assert_eq!(shared.users, 1);
        &mut shared.head
    }

    /// What is known of a block, the dynamic table being in that state.
    #[inline]
    pub(super) fn recall(&mut self, block: &[u8], generation: u64) -> Recall {
        if self.pause > 0 || block.len() > BLOCK_BYTES_MAX {
            self.pause = self.pause.saturating_sub(1);
            return Recall::Unknown;
        }
        self.lookups += 1;
        if self.lookups == TRIAL {
            self.pause = if self.hits < TRIAL / 4 { PAUSE } else { 0 };
            (self.lookups, self.hits) = (0, 0);
        }
        let hash = hash(block);
        let place = hash as usize % BLOCKS;
        match self.remembered.get(place) {
            Some(entry) if entry.hash == hash && entry.generation == generation => {
                if entry.head == NO_HEAD || entry.block != block {
                    return Recall::Repeated(place);
                }
                self.hits += 1;
                self.heads[entry.head as usize].users += 1;
                Recall::Known(entry.head)
            }
            _ => {
                self.replace(place, hash, generation);
                Recall::Unknown
            }
        }
    }

    /// Another block takes the place; its head is not kept before it comes again.
    fn replace(&mut self, place: usize, hash: u64, generation: u64) {
        if self.remembered.is_empty() {
            self.remembered.resize_with(BLOCKS, || Remembered {
                hash: 0,
                generation: u64::MAX,
                block: Vec::new(),
                head: NO_HEAD,
            });
        }
        let entry = &mut self.remembered[place];
        (entry.hash, entry.generation) = (hash, generation);
        let head = std::mem::replace(&mut entry.head, NO_HEAD);
        self.give(head);
    }

    /// Keeps what a repeated block decoded to; the head has one more user.
    pub(super) fn remember(&mut self, place: usize, block: &[u8], head: u32) {
        let entry = &mut self.remembered[place];
        entry.block.clear();
        entry.block.extend_from_slice(block);
        let previous = std::mem::replace(&mut entry.head, head);
        self.heads[head as usize].users += 1;
        self.give(previous);
    }
}

/// Eight bytes at a time; a peer that makes blocks collide makes them be decoded, no more.
#[inline]
fn hash(block: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| {
        let product = (hash ^ word).wrapping_mul(MULTIPLIER);
        product ^ (product >> 32)
    };
    let (words, rest) = block.as_chunks::<8>();
    let hash = words.iter().fold(block.len() as u64, |h, word| mix(h, u64::from_le_bytes(*word)));
    mix(hash, rest.iter().fold(0, |word, &b| word << 8 | u64::from(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recalls a block and does what a connection does: decodes when it must (here: copies), keeps what repeats.
    fn pass(heads: &mut Heads, block: &[u8], generation: u64) -> Recall {
        let recall = heads.recall(block, generation);
        let head = match recall {
            Recall::Known(head) => head,
            Recall::Repeated(_) | Recall::Unknown => {
                let head = heads.take();
                heads.get_mut(head).push(b"block", block);
                head
            }
        };
        assert_eq!(heads.get(head).get(b"block"), Some(block), "never another block's head");
        if let Recall::Repeated(place) = recall {
            heads.remember(place, block, head);
        }
        heads.give(head);
        recall
    }

    #[test]
    fn the_third_time_is_known_until_the_table_changes() {
        let mut heads = Heads::default();
        assert_eq!(pass(&mut heads, b"abc", 1), Recall::Unknown);
        assert!(matches!(pass(&mut heads, b"abc", 1), Recall::Repeated(_)));
        assert!(matches!(pass(&mut heads, b"abc", 1), Recall::Known(_)));
        assert_eq!(pass(&mut heads, b"abc", 2), Recall::Unknown, "another generation");
        assert_eq!(pass(&mut heads, &[0; BLOCK_BYTES_MAX + 1], 2), Recall::Unknown);
        assert!(heads.len() <= 2, "{}", heads.len());
    }

    #[test]
    fn memory_is_bounded_and_pauses_when_nothing_repeats() {
        let mut heads = Heads::default();
        for n in 0..100_000u32 {
            // Each twice, so that it is kept and then driven out by another.
            pass(&mut heads, &n.to_be_bytes(), 1);
            pass(&mut heads, &n.to_be_bytes(), 1);
        }
        assert!(heads.len() <= BLOCKS + 1, "{}", heads.len());
        let mut heads = Heads::default();
        (0..TRIAL).for_each(|n| assert_eq!(pass(&mut heads, &n.to_be_bytes(), 1), Recall::Unknown));
        for _ in 0..PAUSE {
            assert_eq!(pass(&mut heads, b"abc", 1), Recall::Unknown, "pausing");
        }
        pass(&mut heads, b"abc", 1);
        pass(&mut heads, b"abc", 1);
        assert!(matches!(pass(&mut heads, b"abc", 1), Recall::Known(_)), "another trial");
    }

    #[test]
    fn colliding_blocks_never_share_a_head() {
        let mut heads = Heads::default();
        let place = hash(b"abc") as usize % BLOCKS;
        for _ in 0..3 {
            pass(&mut heads, b"abc", 1);
        }
        // The same hash with another text: what a collision looks like.
        heads.remembered[place].block = b"xyz".to_vec();
        assert!(matches!(pass(&mut heads, b"abc", 1), Recall::Repeated(_)));
    }
}
