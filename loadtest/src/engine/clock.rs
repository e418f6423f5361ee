//! The time of a test.

use std::time::Instant;

/// Times as nanoseconds from the start of the test.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// The start.
    pub(super) start: Instant,
}

impl Clock {
    /// A moment as nanoseconds; 0 before the start.
    #[inline]
    pub(super) fn ns(&self, moment: Instant) -> u64 {
        super::books::nanos(moment.saturating_duration_since(self.start))
    }

    /// Now.
    pub(super) fn now_ns(&self) -> u64 {
        self.ns(Instant::now())
    }
}
