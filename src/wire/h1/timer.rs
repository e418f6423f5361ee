//! Who is too slow: one clock per connection, read only when the owner passes the time in.

use crate::limits::{BODY_RATE_BYTES_PER_S_MIN, Limits};
use std::time::{Duration, Instant};

/// What the peer is expected to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Send the first head of the connection.
    First,
    /// Send another message, or nothing.
    Idle,
    /// Finish the head it began.
    Head,
    /// Finish the content it began.
    Body,
    /// Nothing: it is the owner's turn.
    Owner,
}

/// The limit that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expired {
    Idle,
    Head,
    Body,
    /// The output was not drained.
    Output,
}

/// When the present phase began, and when output was last seen to move.
#[derive(Debug)]
pub(super) struct Timer {
    phase: Phase,
    message: u32,
    since: Instant,
    received_bytes: u64,
    output_bytes: usize,
    output_since: Instant,
    /// Something was appended to the output since it was last looked at.
    output_touched: bool,
}

impl Timer {
    pub(super) fn new(phase: Phase, now: Instant) -> Self {
        Timer {
            phase,
            message: 0,
            since: now,
            received_bytes: 0,
            output_bytes: 0,
            output_since: now,
            output_touched: false,
        }
    }

    /// The state after a batch of events. The same phase of another message begins anew.
    pub(super) fn observe(
        &mut self,
        now: Instant,
        phase: Phase,
        message: u32,
        received_bytes: u64,
    ) {
        if phase != self.phase || message != self.message {
            // The first head is counted from the accept, however late it begins.
            let goes_on = self.phase == Phase::First && phase == Phase::Head;
            self.phase = phase;
            self.message = message;
            self.since = if goes_on { self.since } else { now };
        }
        self.received_bytes = received_bytes;
    }

    /// How much output waits. A change is progress: either we wrote, or the peer read.
    pub(super) fn observe_output(&mut self, now: Instant, output_bytes: usize) {
        if self.output_touched || output_bytes != self.output_bytes {
            self.output_touched = false;
            self.output_bytes = output_bytes;
            self.output_since = now;
        }
    }

    /// Output was appended by a verb that is not told the time.
    #[inline]
    pub(super) fn touch_output(&mut self) {
        self.output_touched = true;
    }

    /// When to look again.
    pub(super) fn deadline(&self, output_bytes: usize, limits: &Limits) -> Option<Instant> {
        let phase = self.phase_limit(limits).map(|limit| self.since + limit);
        let output = (output_bytes > 0).then(|| self.output_since + limits.stall_timeout);
        match (phase, output) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// The limit that has been passed, if any.
    pub(super) fn expired(
        &mut self,
        now: Instant,
        output_bytes: usize,
        limits: &Limits,
    ) -> Option<Expired> {
        self.observe_output(now, output_bytes);
        if output_bytes > 0 && now >= self.output_since + limits.stall_timeout {
            return Some(Expired::Output);
        }
        if now < self.since + self.phase_limit(limits)? {
            return None;
        }
        match self.phase {
            Phase::First | Phase::Idle => Some(Expired::Idle),
            Phase::Head => Some(Expired::Head),
            Phase::Body => Some(Expired::Body),
            Phase::Owner => None,
        }
    }

    fn phase_limit(&self, limits: &Limits) -> Option<Duration> {
        match self.phase {
            Phase::First | Phase::Head => Some(limits.head_timeout),
            Phase::Idle => Some(limits.idle_timeout),
            Phase::Body => {
                let earned_ms =
                    self.received_bytes.saturating_mul(1000) / BODY_RATE_BYTES_PER_S_MIN;
                Some(limits.body_timeout + Duration::from_millis(earned_ms))
            }
            Phase::Owner => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn each_phase_has_its_limit() {
        let (limits, start) = (Limits::default(), Instant::now());
        for (phase, limit, expected) in [
            (Phase::First, limits.head_timeout, Expired::Idle),
            (Phase::Idle, limits.idle_timeout, Expired::Idle),
            (Phase::Head, limits.head_timeout, Expired::Head),
            (Phase::Body, limits.body_timeout, Expired::Body),
        ] {
            let mut timer = Timer::new(phase, start);
            assert_eq!(timer.deadline(0, &limits), Some(start + limit), "{phase:?}");
            assert_eq!(timer.expired(start + limit - S, 0, &limits), None, "{phase:?}");
            assert_eq!(timer.expired(start + limit, 0, &limits), Some(expected), "{phase:?}");
        }
        assert_eq!(Timer::new(Phase::Owner, start).deadline(0, &limits), None);
    }

    #[test]
    fn content_that_comes_fast_enough_prolongs_the_limit() {
        let (limits, start) = (Limits::default(), Instant::now());
        let mut timer = Timer::new(Phase::First, start);
        timer.observe(start, Phase::Body, 1, 5 * BODY_RATE_BYTES_PER_S_MIN);
        assert_eq!(timer.deadline(0, &limits), Some(start + limits.body_timeout + 5 * S));
    }

    #[test]
    fn the_same_phase_of_the_next_message_begins_anew() {
        let (limits, start) = (Limits::default(), Instant::now());
        let mut timer = Timer::new(Phase::First, start);
        timer.observe(start + S, Phase::Head, 0, 0);
        assert_eq!(
            timer.deadline(0, &limits),
            Some(start + limits.head_timeout),
            "from the accept"
        );
        timer.observe(start, Phase::Head, 1, 0);
        timer.observe(start + S, Phase::Head, 1, 0);
        assert_eq!(timer.deadline(0, &limits), Some(start + limits.head_timeout));
        timer.observe(start + S, Phase::Head, 2, 0);
        assert_eq!(timer.deadline(0, &limits), Some(start + S + limits.head_timeout));
    }

    #[test]
    fn output_that_moves_is_not_stalled() {
        let (limits, start) = (Limits::default(), Instant::now());
        let mut timer = Timer::new(Phase::Owner, start);
        timer.observe_output(start, 100);
        let late = start + limits.stall_timeout;
        assert_eq!(timer.deadline(100, &limits), Some(late));
        assert_eq!(timer.expired(late, 100, &limits), Some(Expired::Output));
        assert_eq!(timer.expired(late, 99, &limits), None, "the peer read something");
        assert_eq!(timer.expired(late + limits.stall_timeout, 99, &limits), Some(Expired::Output));
        timer.touch_output();
        assert_eq!(
            timer.expired(late + limits.stall_timeout, 99, &limits),
            None,
            "we wrote something"
        );
        assert_eq!(timer.deadline(0, &limits), None);
    }
}
