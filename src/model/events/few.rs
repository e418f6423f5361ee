//! A list that has one member most of the time and then takes no memory of its own, and yet may get long.

use std::collections::VecDeque;

pub(super) enum Few<T> {
    None,
    One(T),
    Many(VecDeque<T>),
}

impl<T> Few<T> {
    pub(super) fn len(&self) -> usize {
        match self {
            Few::None => 0,
            Few::One(_) => 1,
            Few::Many(many) => many.len(),
        }
    }

    /// The memory that it takes elsewhere, in bytes.
    pub(super) fn footprint(&self) -> usize {
        match self {
            Few::None | Few::One(_) => 0,
            Few::Many(many) => many.capacity() * size_of::<T>() + super::ALLOCATION_BYTES,
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        match self {
            Few::One(one) if at == 0 => Some(one),
            Few::Many(many) => many.get(at),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        match self {
            Few::One(one) if at == 0 => Some(one),
            Few::Many(many) => many.get_mut(at),
            _ => None,
        }
    }

    pub(super) fn first(&self) -> Option<&T> {
        self.get(0)
    }

    pub(super) fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len().checked_sub(1)?)
    }

    pub(super) fn push(&mut self, member: T) {
        match std::mem::replace(self, Few::None) {
            Few::None => *self = Few::One(member),
            Few::One(one) => *self = Few::Many(VecDeque::from([one, member])),
            Few::Many(mut many) => {
                many.push_back(member);
                *self = Few::Many(many);
            }
        }
    }

    pub(super) fn remove(&mut self, at: usize) -> Option<T> {
        match self {
            Few::Many(many) => many.remove(at),
            Few::One(_) if at == 0 => match std::mem::replace(self, Few::None) {
                Few::One(one) => Some(one),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    /// Where the first member is that `is_before` does not hold for; it must hold for all those before and none after.
    pub(super) fn partition_point(&self, is_before: impl Fn(&T) -> bool) -> usize {
        match self {
            Few::None => 0,
            Few::One(one) => usize::from(is_before(one)),
            Few::Many(many) => many.partition_point(is_before),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_as_a_vector(steps in prop::collection::vec(any::<(bool, u8)>(), 0..40)) {
            let mut few = Few::None;
            let mut plain = Vec::new();
            for (number, (pushes, at)) in steps.into_iter().enumerate() {
                let at = usize::from(at % 8);
                if pushes {
                    few.push(number);
                    plain.push(number);
                } else {
                    let removed = (at < plain.len()).then(|| plain.remove(at));
                    prop_assert_eq!(few.remove(at), removed);
                }
                prop_assert_eq!(few.len(), plain.len());
                prop_assert!(few.iter().eq(&plain));
                prop_assert_eq!(few.first(), plain.first());
                prop_assert_eq!(few.last(), plain.last());
                prop_assert_eq!(few.last_mut(), plain.last_mut());
                prop_assert_eq!(few.get(at), plain.get(at));
                let before = few.partition_point(|member| *member < number / 2);
                prop_assert_eq!(before, plain.partition_point(|member| *member < number / 2));
            }
        }
    }
}
