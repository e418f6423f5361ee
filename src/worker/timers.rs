//! Everything that is to happen later on one worker, at a resolution of a millisecond: no task and no thread for each.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Entries by the millisecond they are due in, counted from the start of the worker.
#[derive(Debug)]
pub(super) struct Timers<T> {
    start: Instant,
    buckets: BTreeMap<u64, Vec<T>>,
    len: usize,
    /// Entries whose owner told us that they are not wanted any more; see [`Timers::sweep`].
    dead: usize,
}

impl<T> Timers<T> {
    pub(super) fn new(start: Instant) -> Self {
        Timers { start, buckets: BTreeMap::new(), len: 0, dead: 0 }
    }

    /// Adds an entry; true when it is the earliest now, so that whoever sleeps must be woken.
    pub(super) fn insert(&mut self, due: Instant, entry: T) -> bool {
        let due_ms = self.millisecond_after(due);
        let earliest = self.buckets.first_key_value().is_none_or(|(&first, _)| due_ms < first);
        self.buckets.entry(due_ms).or_default().push(entry);
        self.len += 1;
        earliest
    }

    /// When the earliest entry is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.buckets.first_key_value().map(|(&ms, _)| self.start + Duration::from_millis(ms))
    }

    /// Takes the earliest entries, all of one millisecond, if they are due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Vec<T>> {
        let now_ms = u64::try_from(now.saturating_duration_since(self.start).as_millis())
            .unwrap_or(u64::MAX);
        let first = self.buckets.first_entry()?;
        if *first.key() > now_ms {
            return None;
        }
        let entries = first.remove();
        self.len -= entries.len();
        self.dead = self.dead.min(self.len);
        Some(entries)
    }

    /// Counts entries as dead; true when a sweep is worth its cost: more than half of what is held.
    pub(super) fn forget(&mut self, entries: usize) -> bool {
        self.dead = (self.dead + entries).min(self.len);
        self.sweep_wanted()
    }

    /// Is more than half of what is held dead?
    pub(super) fn sweep_wanted(&self) -> bool {
        self.dead > self.len / 2
    }

    /// Drops the entries that are not wanted any more, so that cancelled answers never hold more memory than live ones.
    pub(super) fn sweep(&mut self, mut wanted: impl FnMut(&T) -> bool) {
        let mut len = 0;
        self.buckets.retain(|_, entries| {
            entries.retain(&mut wanted);
            if entries.capacity() > 4 * entries.len() {
                entries.shrink_to_fit();
            }
            len += entries.len();
            !entries.is_empty()
        });
        self.len = len;
        self.dead = 0;
    }

    /// Rounded up, so that nothing happens early.
    fn millisecond_after(&self, due: Instant) -> u64 {
        let after = due.saturating_duration_since(self.start).as_nanos().div_ceil(1_000_000);
        u64::try_from(after).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn entries_come_due_in_order_and_never_early() {
        let start = Instant::now();
        let mut timers = Timers::new(start);
        assert!(timers.insert(start + 20 * MS, "late"));
        assert!(timers.insert(start + 5 * MS - MS / 2, "early"));
        assert!(!timers.insert(start + 5 * MS, "same millisecond"));
        assert_eq!(timers.next_due(), Some(start + 5 * MS));
        assert_eq!(timers.take_due(start + 5 * MS - MS / 4), None);
        assert_eq!(timers.take_due(start + 5 * MS), Some(vec!["early", "same millisecond"]));
        assert_eq!(timers.take_due(start + 5 * MS), None);
        assert_eq!(timers.take_due(start + 60 * MS), Some(vec!["late"]));
        assert_eq!((timers.next_due(), timers.len), (None, 0));
    }

    #[test]
    fn what_is_due_before_the_start_is_due_at_once() {
        let start = Instant::now() + 10 * MS;
        let mut timers = Timers::new(start);
        timers.insert(start - 10 * MS, 1);
        assert_eq!(timers.take_due(start), Some(vec![1]));
    }

    #[test]
    fn cancelled_entries_never_outnumber_the_others_for_long() {
        let start = Instant::now();
        let mut timers = Timers::new(start);
        let mut held_max = 0;
        for n in 0..100_000u32 {
            timers.insert(start + Duration::from_secs(3600) + n * MS, n);
            // Every entry but each thousandth is cancelled at once.
            if n % 1000 != 0 && timers.forget(1) {
                timers.sweep(|&n| n % 1000 == 0);
            }
            held_max = held_max.max(timers.len);
        }
        assert!(held_max <= 2 * 100 + 2, "{held_max}");
        assert_eq!(timers.buckets.values().flatten().filter(|&n| n % 1000 == 0).count(), 100);
    }

    #[test]
    fn counting_too_many_dead_does_no_harm() {
        let start = Instant::now();
        let mut timers = Timers::new(start);
        timers.insert(start, 1);
        assert!(timers.forget(10));
        timers.sweep(|_| true);
        assert!(!timers.sweep_wanted());
        assert_eq!(timers.take_due(start), Some(vec![1]));
    }
}
