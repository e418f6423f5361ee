//! The command line: a file per subcommand.

pub mod log;
pub mod serve;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

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
    Serve(serve::ServeArgs),
}

impl Cli {
    /// Does what was asked for; the exit code says how it ended.
    pub fn run(self) -> ExitCode {
        match self.command {
            Command::Serve(args) => serve::run(&args),
        }
    }
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
