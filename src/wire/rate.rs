//! Allowances: how often a peer may do what costs us more than it costs the peer.

use std::time::Instant;

/// A token bucket's measure: `burst` at once, `per_second` in the long run.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Tokens when full.
    pub burst: u32,
    /// Tokens that come back each second.
    pub per_second: u32,
}

/// What is left of an [`Allowance`]. Starts full.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    allowance: Allowance,
    spent: u32,
    refilled_at: Option<Instant>,
}

impl Bucket {
    /// A full bucket.
    pub fn new(allowance: Allowance) -> Self {
        Bucket { allowance, spent: 0, refilled_at: None }
    }

    /// Takes one token; false when the peer has used up what it may.
    pub fn take(&mut self, now: Instant) -> bool {
        let refilled_at = *self.refilled_at.get_or_insert(now);
        let elapsed_ms = now.saturating_duration_since(refilled_at).as_millis();
        let back = elapsed_ms * u128::from(self.allowance.per_second) / 1000;
        if back > 0 {
            self.spent = self.spent.saturating_sub(u32::try_from(back).unwrap_or(u32::MAX));
            self.refilled_at = Some(now);
        }
        if self.spent >= self.allowance.burst {
            return false;
        }
        self.spent += 1;
        true
    }

    /// Gives one token back: the peer did something useful.
    pub fn give(&mut self) {
        self.spent = self.spent.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn burst_then_rate() {
        let mut bucket = Bucket::new(Allowance { burst: 3, per_second: 10 });
        let start = Instant::now();
        assert_eq!((0..5).map(|_| bucket.take(start)).filter(|&ok| ok).count(), 3);
        assert!(!bucket.take(start + Duration::from_millis(99)));
        assert!(bucket.take(start + Duration::from_millis(100)));
        assert!(!bucket.take(start + Duration::from_millis(101)));
        assert_eq!((0..9).filter(|_| bucket.take(start + Duration::from_secs(60))).count(), 3);
    }
}
