//! Which chunk of a shard is dropped next: a list from the oldest to the newest that gives up any member at once.
//!
//! A chunk that a purge or a deletion takes leaves the list with it, so nothing stale ever waits in here, however
//! often keys come and go.

/// No member: the end of a list, and the place of a chunk that is not in it.
pub(super) const NONE: u32 = u32::MAX;

struct Node {
    age: u64,
    hash: u64,
    previous: u32,
    next: u32,
}

/// The list. Members are named by their place in `nodes`; places that became free form a list of their own.
pub(super) struct Queue {
    nodes: Vec<Node>,
    first: u32,
    last: u32,
    free: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Queue { nodes: Vec::new(), first: NONE, last: NONE, free: NONE }
    }
}

/// The member whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Oldest {
    pub(super) place: u32,
    pub(super) age: u64,
    /// The hash of the URI that the chunk belongs to.
    pub(super) hash: u64,
}

impl Queue {
    /// Adds the newest member and gives its place; [`NONE`] when four thousand million chunks wait already.
    pub(super) fn push(&mut self, age: u64, hash: u64) -> u32 {
        let node = Node { age, hash, previous: self.last, next: NONE };
        let place = match self.nodes.get_mut(self.free as usize) {
            Some(unused) => {
                let place = std::mem::replace(&mut self.free, unused.next);
                *unused = node;
                place
            }
            None => match u32::try_from(self.nodes.len()) {
                Ok(place) if place != NONE => {
                    self.nodes.push(node);
                    place
                }
                _ => return NONE,
            },
        };
        match self.nodes.get_mut(self.last as usize) {
            Some(before) => before.next = place,
            None => self.first = place,
        }
        self.last = place;
        place
    }

    /// Takes out the member at `place`; nothing happens for [`NONE`].
    pub(super) fn remove(&mut self, place: u32) {
        let Some(node) = self.nodes.get_mut(place as usize) else { return };
        let (previous, next) = (node.previous, node.next);
        node.next = std::mem::replace(&mut self.free, place);
        match self.nodes.get_mut(previous as usize) {
            Some(before) => before.next = next,
            None => self.first = next,
        }
        match self.nodes.get_mut(next as usize) {
            Some(after) => after.previous = previous,
            None => self.last = previous,
        }
    }

    pub(super) fn oldest(&self) -> Option<Oldest> {
        let node = self.nodes.get(self.first as usize)?;
        Some(Oldest { place: self.first, age: node.age, hash: node.hash })
    }

    /// Memory that the list holds, in bytes.
    pub(super) fn footprint(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    proptest! {
        #[test]
        fn behaves_as_a_plain_list(choices in prop::collection::vec(any::<(bool, u8)>(), 1..200)) {
            let mut queue = Queue::default();
            let mut plain: VecDeque<(u32, u64)> = VecDeque::new();
            for (age, (adds, which)) in choices.into_iter().enumerate() {
                if adds || plain.is_empty() {
                    let place = queue.push(age as u64, 7);
                    prop_assert!(plain.iter().all(|(taken, _)| *taken != place));
                    plain.push_back((place, age as u64));
                } else if let Some((place, _)) = plain.remove(which as usize % plain.len()) {
                    queue.remove(place);
                }
                let oldest = queue.oldest().map(|oldest| (oldest.place, oldest.age));
                prop_assert_eq!(oldest, plain.front().copied());
            }
            while let Some(oldest) = queue.oldest() {
                prop_assert_eq!(Some((oldest.place, oldest.age)), plain.pop_front());
                queue.remove(oldest.place);
            }
            prop_assert!(plain.is_empty());
        }
    }

    #[test]
    fn members_that_come_and_go_take_no_more_memory() {
        let mut queue = Queue::default();
        let stays = queue.push(0, 0);
        for age in 1..10_000 {
            let place = queue.push(age, 0);
            queue.remove(place);
            queue.remove(NONE);
        }
        assert!(queue.nodes.len() <= 2);
        assert_eq!(queue.oldest().map(|oldest| oldest.place), Some(stays));
    }
}
