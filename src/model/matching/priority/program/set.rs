//! Sets of bytes.

/// One bit for each byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) fn of(members: &[u8]) -> ByteSet {
        let mut set = ByteSet::default();
        members.iter().for_each(|&member| set.insert_range(member, member));
        set
    }

    pub(super) fn of_ranges(ranges: &[(u8, u8)]) -> ByteSet {
        let mut set = ByteSet::default();
        ranges.iter().for_each(|&(low, high)| set.insert_range(low, high));
        set
    }

    /// Both ends belong to it.
    pub(super) fn insert_range(&mut self, low: u8, high: u8) {
        for member in low..=high {
            self.0[usize::from(member >> 6)] |= 1 << (member & 63);
        }
    }

    pub(super) fn contains(self, member: u8) -> bool {
        self.0[usize::from(member >> 6)] >> (member & 63) & 1 == 1
    }

    pub(super) fn inverted(self) -> ByteSet {
        ByteSet(self.0.map(|word| !word))
    }

    pub(super) fn union(self, other: ByteSet) -> ByteSet {
        ByteSet(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub(super) fn is_disjoint(self, other: ByteSet) -> bool {
        self.0.iter().zip(other.0).all(|(one, other)| one & other == 0)
    }

    /// The set as ranges, both ends included, in order and as few as possible.
    pub(super) fn ranges(self) -> Vec<[u8; 2]> {
        let mut ranges: Vec<[u8; 2]> = Vec::new();
        for member in (0..=u8::MAX).filter(|&member| self.contains(member)) {
            match ranges.last_mut() {
                Some([_, high]) if *high + 1 == member => *high = member,
                _ => ranges.push([member, member]),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_merged_and_reach_both_ends() {
        let set = ByteSet::of_ranges(&[(b'0', b'4'), (b'5', b'9'), (b'_', b'_')]);
        assert_eq!(set.ranges(), [[b'0', b'9'], [b'_', b'_']]);
        assert_eq!(set.inverted().ranges(), [[0, b'/'], [b':', b'^'], [b'`', 255]]);
        assert_eq!(ByteSet::default().inverted().ranges(), [[0, 255]]);
        assert!(ByteSet::default().ranges().is_empty());
        assert!(set.is_disjoint(set.inverted()) && !set.is_disjoint(ByteSet::of(b"_a")));
    }
}
