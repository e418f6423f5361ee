//! Run, exit code. Everything else is in the library, so that tests and benches start the same thing.

use std::process::ExitCode;

/// Workers allocate and free on their own thread, which mimalloc does without locks or atomics; the allocator of the C
/// library also keeps the memory of a burst, which an idle server should give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Where they are given to whoever asks, as mimalloc does, the kernel also makes huge pages of small ones that are mostly
    // free: measured, a third more memory for the same recorded events, and steps of many MiB out of nothing. They brought
    // no time. A kernel that refuses leaves it as it was.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let words: Vec<_> = std::env::args_os().collect();
    understudy::cli::run(&words)
}
