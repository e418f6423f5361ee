//! Parse, run, exit code. Everything else is in the library, so that tests and benches start the same thing.

use clap::Parser;
use std::process::ExitCode;
use understudy::cli::Cli;

/// Workers allocate and free on their own thread, which mimalloc does without locks or atomics; the allocator of the C
/// library also keeps the memory of a burst, which an idle server should give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::parse().run()
}
