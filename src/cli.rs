//! The command line: a file per subcommand, and one for the name `h2agent`, under which there are none.

mod bytes;
mod h2agent;
pub mod health;
pub mod serve;
mod signals;

use clap::{Parser, Subcommand};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

/// The name under which the program is h2agent.
const H2AGENT: &str = "h2agent";

/// Does what the words of the command line ask for, the first being the name of the program; the exit code says how it
/// ended.
pub fn run(words: &[OsString]) -> ExitCode {
    let name = words.first().and_then(|program| Path::new(program).file_name());
    if name == Some(OsStr::new(H2AGENT)) {
        return h2agent::run(words);
    }
    match Cli::parse_from(words).command {
        Command::Serve(args) => serve::run(&args),
        Command::Health(args) => health::run(&args),
    }
}

/// Understudy learns the services that a system talks to, and plays them.
#[derive(Debug, Parser)]
#[command(name = "understudy", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play: serve mocks over HTTP/2 and HTTP/1.1, programmed over REST
    Serve(Box<serve::ServeArgs>),
    /// Ask whether a server is well; for the health checks of containers
    Health(health::HealthArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_are_consistent() {
        Cli::command().debug_assert();
    }
}
