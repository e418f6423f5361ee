//! Field sections that many requests have in common, kept once.

use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the bytes of all server data of a process.
#[derive(Default)]
pub(super) struct Meter(AtomicUsize);

impl Meter {
    pub(super) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes note that what used to be `before` bytes is `after` bytes now.
    pub(super) fn adjust(&self, before: usize, after: usize) {
        if after > before {
            self.0.fetch_add(after - before, Ordering::Relaxed);
        } else if after < before {
            self.0.fetch_sub(before - after, Ordering::Relaxed);
        }
    }
}

/// A packed field section ([`super::fields`]) that events refer to. It counts itself as long as it exists.
pub(super) struct Section {
    bytes: Box<[u8]>,
    meter: Arc<Meter>,
}

impl Section {
    fn new(bytes: &[u8], meter: &Arc<Meter>) -> Arc<Section> {
        let section = Section { bytes: bytes.into(), meter: Arc::clone(meter) };
        meter.adjust(0, section.footprint());
        Arc::new(section)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn footprint(&self) -> usize {
        size_of::<Section>() + self.bytes.len() + 2 * super::ALLOCATION_BYTES
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        self.meter.adjust(self.footprint(), 0);
    }
}

/// Sections below this many bytes are copied into the event: a reference would save nothing.
const SHARED_BYTES_MIN: usize = 32;

/// Sections above this many bytes are copied too, so that what the caches of all shards hold stays below 2 MiB.
const SHARED_BYTES_MAX: usize = 4096;

/// Sections that a shard remembers. Traffic has a handful of them per client, or as many as requests.
const SEEN_MAX: usize = 8;

/// The sections that a shard saw last. One that comes a second time is kept to be shared from then on; those that never
/// come again (an identifier per request in them) are not worth an allocation of their own.
#[derive(Default)]
pub(super) struct Sections {
    seen: [Seen; SEEN_MAX],
}

#[derive(Default)]
struct Seen {
    hash: u64,
    section: Option<Arc<Section>>,
}

impl Sections {
    /// The shared section with these bytes, if there is to be one.
    pub(super) fn share(
        &mut self,
        bytes: &[u8],
        hasher: &FixedState,
        meter: &Arc<Meter>,
    ) -> Option<&Arc<Section>> {
        if !(SHARED_BYTES_MIN..=SHARED_BYTES_MAX).contains(&bytes.len()) {
            return None;
        }
        let hash = hasher.hash_one(bytes);
        let Some(at) = self.seen.iter().position(|seen| seen.hash == hash) else {
            // New ones only ever take the last place, so that they cannot drive out what comes often.
            self.seen[SEEN_MAX - 1] = Seen { hash, section: None };
            return None;
        };
        let before = at.saturating_sub(1);
        self.seen.swap(at, before);
        let section = self.seen[before].section.get_or_insert_with(|| Section::new(bytes, meter));
        (section.bytes() == bytes).then_some(&*section)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_its_kind_is_shared() {
        let hasher = FixedState::with_seed(1);
        let meter = Arc::new(Meter::default());
        let mut sections = Sections::default();
        let common = [b'c'; 100];
        assert!(sections.share(&common, &hasher, &meter).is_none());
        let first = Arc::clone(sections.share(&common, &hasher, &meter).unwrap());
        for unique in 0..1000u64 {
            let bytes = [&unique.to_le_bytes()[..], &[b'u'; 100]].concat();
            assert!(sections.share(&bytes, &hasher, &meter).is_none());
            assert!(Arc::ptr_eq(sections.share(&common, &hasher, &meter).unwrap(), &first));
        }
        assert!(sections.share(&[b's'; 31], &hasher, &meter).is_none());
        assert!(sections.share(&[b's'; 31], &hasher, &meter).is_none(), "too short");
        assert!(sections.share(&[b's'; 4097], &hasher, &meter).is_none());
        assert!(sections.share(&[b's'; 4097], &hasher, &meter).is_none(), "too long");
        assert!(meter.bytes() > 100);
        drop(sections);
        assert!(meter.bytes() > 100, "an event still refers to it");
        drop(first);
        assert_eq!(meter.bytes(), 0);
    }
}
