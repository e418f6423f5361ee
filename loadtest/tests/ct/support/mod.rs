//! Servers, and the command that is tested against them.

mod certs;
mod raw;
mod run;
mod server;

pub(crate) use certs::Certificate;
pub(crate) use raw::{RawServer, read_head};
pub(crate) use run::{Outcome, Started, loadtest, start, tool_is_there};
pub(crate) use server::{Asked, Behaviour, Reply, Server, Speaks};

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Nothing here takes as long, unless something is broken. Machines that build at the same time are slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a slow server does before it answers.
pub(crate) async fn take_ms(delay_ms: u64) {
    tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_millis(delay_ms)).await;
}

/// A file with this text, in a directory that lives long enough.
pub(crate) fn file(directory: &tempfile::TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A directory that is gone when the test is over.
pub(crate) fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
