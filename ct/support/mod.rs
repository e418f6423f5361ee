//! What the component tests are written with: a server process, and clients that speak as badly as a test wants.
//!
//! Everything waits for a condition with a deadline; nothing sleeps.

pub(crate) mod certs;
pub(crate) mod fixtures;
pub(crate) mod frames;
pub(crate) mod h1;
pub(crate) mod h2;
pub(crate) mod h2agent;
pub(crate) mod hpack;
pub(crate) mod load;
pub(crate) mod metrics;
pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod wire;

use std::time::{Duration, Instant};

/// How long a test waits for what must come. Generous, since all tests share the machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The point in time at which patience ends.
pub(crate) fn deadline() -> Instant {
    Instant::now() + PATIENCE
}
