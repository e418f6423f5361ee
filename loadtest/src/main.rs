//! The command `loadtest`: parse, run, exit code.

use clap::Parser;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use understudy_loadtest::cli::{Settings, Typed};
use understudy_loadtest::script::Script;

/// The generator allocates rarely, and then from all threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An assertion does not hold.
const EXIT_FAILED: u8 = 1;

/// Something is wrong with what was asked for; nothing was sent. clap uses the same.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let typed = match Typed::try_parse() {
        Ok(typed) => typed,
        // --help and --version
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(error) => {
            tell(&one_line(&error.to_string()));
            return ExitCode::from(EXIT_USAGE);
        }
    };
    if typed.script_schema {
        use std::io::Write;
        // Whoever closed the pipe has seen enough.
        let _ = std::io::stdout().write_all(Script::schema().as_bytes());
        return ExitCode::SUCCESS;
    }
    let passed = Settings::of(typed)
        .and_then(|settings| understudy_loadtest::run::run(settings, stop_on_signals()));
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FAILED),
        Err(error) => {
            tell(&format!("loadtest: {error:#}\n"));
            ExitCode::from(EXIT_USAGE)
        }
    }
}

/// The first SIGINT or SIGTERM ends the test early, with its results; the second ends the program.
fn stop_on_signals() -> Arc<AtomicBool> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Without a handler the signal ends the program at once, as signals do.
        let _ = signal_hook::flag::register_conditional_shutdown(
            signal,
            128 + signal,
            Arc::clone(&stop),
        );
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    stop
}

/// What is wrong, without the usage below it: the first paragraph that clap writes.
fn one_line(error: &str) -> String {
    let lines: Vec<&str> =
        error.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let line = lines.join(" ");
    format!("loadtest: {}; see loadtest --help\n", line.strip_prefix("error: ").unwrap_or(&line))
}

fn tell(line: &str) {
    use std::io::Write;
    let _ = std::io::stderr().write_all(line.as_bytes());
}
