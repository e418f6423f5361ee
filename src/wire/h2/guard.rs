//! Allowances for frames that cost us more than they cost the peer (RFC 9113 section 10.5).

use super::error::{Fault, Reason};
use crate::limits;
use crate::rate::{Allowance, Bucket};
use std::time::Instant;

/// What a peer may do seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nuisance {
    Reset,
    Ping,
    Settings,
    EmptyFrame,
    IgnoredFrame,
    WindowUpdate,
    OversizedHead,
}

const KINDS: [(Allowance, &str); 7] = [
    (limits::RESETS, "too many streams reset"),
    (limits::PINGS, "too many PING frames"),
    (limits::SETTINGS, "too many SETTINGS frames"),
    (limits::EMPTY_FRAMES, "too many empty frames"),
    (limits::IGNORED_FRAMES, "too many frames that mean nothing"),
    (limits::WINDOW_UPDATES, "too many WINDOW_UPDATE frames"),
    (limits::OVERSIZED_HEADS, "too many oversized field sections"),
];

/// One bucket for each [`Nuisance`].
#[derive(Debug)]
pub(crate) struct Guard {
    buckets: [Bucket; KINDS.len()],
}

impl Default for Guard {
    fn default() -> Self {
        Guard { buckets: KINDS.map(|(allowance, _)| Bucket::new(allowance)) }
    }
}

impl Guard {
    /// Counts one; the connection ends when the allowance is used up.
    pub(crate) fn count(&mut self, nuisance: Nuisance, now: Instant) -> Result<(), Fault> {
        match self.buckets[nuisance as usize].take(now) {
            true => Ok(()),
            false => Err(Fault::connection(Reason::ENHANCE_YOUR_CALM, KINDS[nuisance as usize].1)),
        }
    }

    /// We sent a DATA frame, so one more WINDOW_UPDATE is in order.
    #[inline]
    pub(crate) fn data_sent(&mut self) {
        self.buckets[Nuisance::WindowUpdate as usize].give();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_bucket() {
        let (mut guard, now) = (Guard::default(), Instant::now());
        for _ in 0..limits::SETTINGS.burst {
            guard.count(Nuisance::Settings, now).unwrap();
        }
        let fault = guard.count(Nuisance::Settings, now).unwrap_err();
        assert_eq!(fault, Fault::connection(Reason::ENHANCE_YOUR_CALM, "too many SETTINGS frames"));
        guard.count(Nuisance::Ping, now).unwrap();
    }
}
