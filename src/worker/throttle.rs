//! How many log lines misbehaving peers can cause.

use crate::limits::LOG_LINES_PER_S_MAX;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Lets a few lines a second through and counts the others.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    second_began: Cell<Option<Instant>>,
    lines: Cell<u32>,
    dropped: Cell<u64>,
}

impl Throttle {
    /// May a line be written now? If so, how many were dropped since the last one.
    pub(super) fn admit(&self, now: Instant) -> Option<u64> {
        let fresh = self
            .second_began
            .get()
            .is_none_or(|began| now.saturating_duration_since(began) >= Duration::from_secs(1));
        if fresh {
            self.second_began.set(Some(now));
            self.lines.set(0);
        }
        if self.lines.get() >= LOG_LINES_PER_S_MAX {
            self.dropped.set(self.dropped.get() + 1);
            return None;
        }
        self.lines.set(self.lines.get() + 1);
        Some(self.dropped.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_is_told_with_the_next_line() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let admitted =
            (0..LOG_LINES_PER_S_MAX + 7).filter(|_| throttle.admit(start) == Some(0)).count();
        assert_eq!(admitted, LOG_LINES_PER_S_MAX as usize);
        assert_eq!(throttle.admit(start + Duration::from_secs(1)), Some(7));
        assert_eq!(throttle.admit(start + Duration::from_secs(1)), Some(0));
    }
}
