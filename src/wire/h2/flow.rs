//! Flow-control windows (RFC 9113 sections 5.2 and 6.9).

/// The largest window (section 6.9.1): 2^31 - 1.
pub const WINDOW_BYTES_MAX: i64 = 0x7fff_ffff;

/// The window every connection and stream starts with (section 6.9.2).
pub const WINDOW_BYTES_INITIAL: u32 = 65_535;

/// How much we may send. May become negative when the peer lowers its initial window (section 6.9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendWindow(i64);

impl SendWindow {
    /// A window of so many bytes.
    pub fn new(bytes: u32) -> Self {
        SendWindow(i64::from(bytes))
    }

    /// What may be sent now.
    #[inline]
    pub fn available(self) -> usize {
        self.0.max(0) as usize
    }

    /// Takes what was sent; at most [`Self::available`].
    #[inline]
    pub fn take(&mut self, bytes: usize) {
        debug_assert!(bytes <= self.available());
        self.0 -= bytes as i64;
    }

    /// Would the window stay within 2^31 - 1 (section 6.9.1)?
    pub fn has_room_for(self, by: i64) -> bool {
        self.0 + by <= WINDOW_BYTES_MAX
    }

    /// Adds what the peer granted; false when that goes beyond 2^31 - 1 (section 6.9.1).
    pub fn widen(&mut self, by: i64) -> bool {
        self.0 += by;
        self.0 <= WINDOW_BYTES_MAX
    }
}

/// How much the peer may send, and what we took since the last WINDOW_UPDATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiveWindow {
    available: i64,
    to_grant: u32,
    size: u32,
}

impl ReceiveWindow {
    /// A window of `size` bytes, all of it announced already.
    pub fn new(size: u32) -> Self {
        ReceiveWindow { available: i64::from(size), to_grant: 0, size }
    }

    /// The peer sent so much (padding included); false when it was not allowed to.
    #[inline]
    pub fn receive(&mut self, bytes: usize) -> bool {
        self.available -= bytes as i64;
        self.available >= 0
    }

    /// We are done with so much of it. Returns an increment to announce once half of the window is used: often enough
    /// that the sender never waits, seldom enough to cost nothing.
    #[inline]
    pub fn consume(&mut self, bytes: usize) -> Option<u32> {
        self.to_grant = self.to_grant.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        if self.to_grant < self.size / 2 || self.to_grant == 0 {
            return None;
        }
        let increment = std::mem::take(&mut self.to_grant);
        self.available += i64::from(increment);
        Some(increment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn send_window_goes_negative_and_overflows() {
        let mut window = SendWindow::new(10);
        window.take(10);
        assert!(window.widen(-5));
        assert_eq!(window.available(), 0);
        assert!(window.widen(6));
        assert_eq!(window.available(), 1);
        assert!(window.widen(WINDOW_BYTES_MAX - 1));
        assert!(!window.widen(1));
    }

    #[test]
    fn receive_window_grants_at_half() {
        let mut window = ReceiveWindow::new(100);
        assert!(window.receive(60));
        assert_eq!(window.consume(49), None);
        assert_eq!(window.consume(11), Some(60));
        assert!(window.receive(100));
        assert!(!window.receive(1));
    }
}
