//! Logging: the level, which can be changed while the server runs, and the places where lines go.
//!
//! A line below the level costs one load of a static and a comparison. The others are formatted where they arise and
//! written by a thread of their own, so that a slow terminal never holds up traffic; syslog gets them by a datagram
//! that is never waited for.

mod control;
mod h2agent;
mod level;
mod syslog;

pub use control::LogControl;
pub use level::LogLevel;

use crate::limits::LOG_QUEUE_LINES_MAX;
use std::io::Write;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

/// Where lines go, and what they look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Standard error, with the time.
    Service {
        /// Adds thread and module to each line.
        verbose: bool,
    },
    /// Syslog, as users of h2agent have it.
    H2agent {
        /// The console as well: errors on standard error, the rest on standard output.
        verbose: bool,
    },
}

/// While it lives lines are written; dropping it writes out those that wait.
pub struct Logging {
    control: LogControl,
    _writers: Vec<WorkerGuard>,
}

impl Logging {
    /// Starts logging. Only the first start of a process has an effect, because a test may have its own subscriber.
    pub fn start(style: Style, level: LogLevel) -> Logging {
        let (threshold, handle) = reload::Layer::new(level.filter());
        let (lines, writers) = lines(style);
        let subscriber = Registry::default().with(threshold).with(lines);
        let _ = tracing::subscriber::set_global_default(subscriber);
        Logging { control: LogControl::new(level, Some(handle)), _writers: writers }
    }

    /// What changes the level from now on.
    pub fn control(&self) -> LogControl {
        self.control.clone()
    }
}

type Filtered = tracing_subscriber::layer::Layered<reload::Layer<Targets, Registry>, Registry>;

fn lines(style: Style) -> (Box<dyn Layer<Filtered> + Send + Sync>, Vec<WorkerGuard>) {
    match style {
        Style::Service { verbose } => {
            let (writer, guard) = queue(std::io::stderr());
            let lines = fmt::layer()
                .with_writer(writer)
                .with_ansi(false)
                .with_target(verbose)
                .with_thread_names(verbose);
            (lines.boxed(), vec![guard])
        }
        Style::H2agent { verbose: false } => (h2agent::Traces::new(None).boxed(), Vec::new()),
        Style::H2agent { verbose: true } => {
            let (stdout, stdout_guard) = queue(std::io::stdout());
            let (stderr, stderr_guard) = queue(std::io::stderr());
            let console = h2agent::Console { stdout, stderr };
            (h2agent::Traces::new(Some(console)).boxed(), vec![stdout_guard, stderr_guard])
        }
    }
}

/// A writer that never waits: lines beyond the bound are dropped.
fn queue(to: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(LOG_QUEUE_LINES_MAX)
        .thread_name("log")
        .finish(to)
}
