//! SIGTERM and SIGINT, waited for by the main thread.

use crate::running::Running;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end the program, caught from the moment this is made.
pub(super) struct Signals {
    runtime: tokio::runtime::Runtime,
    terminate: Signal,
    interrupt: Signal,
}

/// How the drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Every exchange was finished.
    Drained,
    /// So many connections were not finished in time.
    Cut(usize),
    /// The user did not want to wait.
    SecondSignal,
    /// A thread of ours did not come to its end.
    Panicked,
}

impl Signals {
    pub(super) fn catch() -> std::io::Result<Signals> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (terminate, interrupt) = runtime.block_on(async {
            Ok::<_, std::io::Error>((
                signal(SignalKind::terminate())?,
                signal(SignalKind::interrupt())?,
            ))
        })?;
        Ok(Signals { runtime, terminate, interrupt })
    }

    /// Waits for a signal; its number.
    pub(super) fn first(&mut self) -> i32 {
        self.runtime.block_on(next(&mut self.terminate, &mut self.interrupt))
    }

    /// Lets the server finish what is in progress, unless a further signal comes.
    pub(super) fn drain(mut self, running: Running) -> Ended {
        self.runtime.block_on(async {
            let (finished, drained) = tokio::sync::oneshot::channel();
            std::thread::spawn(move || finished.send(running.drain()));
            tokio::select! {
                cut = drained => match cut {
                    Ok(0) => Ended::Drained,
                    Ok(cut) => Ended::Cut(cut),
                    Err(_) => Ended::Panicked,
                },
                _ = next(&mut self.terminate, &mut self.interrupt) => Ended::SecondSignal,
            }
        })
    }
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> i32 {
    tokio::select! {
        _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
        _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
    }
}
