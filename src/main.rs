//! Run, exit code. Everything else is in the library, so that tests and benches start the same thing.

use std::process::ExitCode;

/// Workers allocate and free on their own thread, which mimalloc does without locks or atomics; the allocator of the C
/// library also keeps the memory of a burst, which an idle server should give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    understudy::cli::run(&words)
}
