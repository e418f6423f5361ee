//! The connections of one worker, under keys that never mean another connection later.

/// A connection, or none any more once it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    slot: u32,
    generation: u32,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// A slab whose keys carry a generation, so that a timer which outlives its connection finds nothing.
#[derive(Debug)]
pub(super) struct Registry<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Registry { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Registry<T> {
    /// Keeps what `make` makes of its key.
    pub(super) fn insert(&mut self, make: impl FnOnce(Key) -> T) -> &T {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, value: None });
            (self.slots.len() - 1) as u32
        });
        let key = Key { slot, generation: self.slots[slot as usize].generation };
        self.slots[slot as usize].value.insert(make(key))
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let slot = self.slots.get(key.slot as usize)?;
        if slot.generation == key.generation { slot.value.as_ref() } else { None }
    }

    pub(super) fn remove(&mut self, key: Key) {
        let Some(slot) = self.slots.get_mut(key.slot as usize) else { return };
        if slot.generation == key.generation && slot.value.take().is_some() {
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(key.slot);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| slot.value.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_key_finds_nothing_in_a_reused_slot() {
        let mut registry = Registry::default();
        let first = registry.insert(|key| key).to_owned();
        registry.remove(first);
        registry.remove(first);
        let second = registry.insert(|key| key).to_owned();
        assert_eq!((first.slot, registry.len()), (second.slot, 1));
        assert_eq!((registry.get(first), registry.get(second)), (None, Some(&second)));
        registry.remove(first);
        assert_eq!(registry.iter().collect::<Vec<_>>(), [&second]);
    }
}
