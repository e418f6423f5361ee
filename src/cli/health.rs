//! `understudy health`: is a server well? For the health checks of containers, whose images have no client otherwise.

mod probe;

use clap::Args;
use probe::Target;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

const EXAMPLE: &str = "\
Exit codes: 0 when the server answered 2xx in time, 1 when it did not, 2 for a URL that cannot be asked.

With https the certificate is not verified: the question is whether the server answers, not who it is, and certificates
for tests seldom name the loopback address.";

/// What can be typed after `understudy health`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct HealthArgs {
    /// What to ask: the admin interface of a server, http or https
    #[arg(
        value_name = "URL",
        env = "UNDERSTUDY_HEALTH_URL",
        default_value = "http://127.0.0.1:8074/admin/v1/health",
        value_parser = Target::parse
    )]
    url: Target,
    /// How long to wait for the answer, connecting included
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 2000,
        value_parser = clap::value_parser!(u64).range(1..=TIMEOUT_MS_MAX)
    )]
    timeout_ms: u64,
}

/// An hour: no platform waits longer for a health check, and the end of the wait can always be told.
const TIMEOUT_MS_MAX: u64 = 3_600_000;

/// Asks once. The exit code is the answer; a line says it to who reads the log of the checks.
pub fn run(typed: &HealthArgs) -> ExitCode {
    // A closed output is no reason to call the server ill.
    match typed.url.ask(Duration::from_millis(typed.timeout_ms)) {
        Ok(()) => {
            let _ = writeln!(std::io::stdout(), "healthy");
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "understudy: {}: {why}", typed.url);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
