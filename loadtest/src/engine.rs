//! The test itself: a thread per core, each with connections of its own; they share nothing while it runs.

mod books;
mod clock;
mod connection;
mod flights;
mod thread;

use crate::plan::Plan;
use crate::record::Share;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Barrier, OnceLock};
use std::time::{Duration, Instant};
use thread::{Common, News, Thread};

/// A test that is running.
pub struct Running {
    news: Receiver<News>,
    start: Instant,
    threads: Vec<std::thread::JoinHandle<()>>,
}

/// What came of waiting for a thread's report.
pub enum Report {
    /// What thread so-and-so has measured since its last report.
    Share(usize, Box<Share>),
    /// Nothing in this time.
    Nothing,
    /// All threads are done.
    Over,
}

/// Establishes all connections and begins. When the target cannot be reached nothing is sent, and the error is one line.
/// `stop`, once set, ends the test early and in order.
pub fn start(plan: Plan, stop: Arc<AtomicBool>) -> Result<Running, String> {
    let count = plan.threads;
    let common = Arc::new(Common {
        plan: Arc::new(plan),
        start: OnceLock::new(),
        barrier: Barrier::new(count + 1),
        stop,
        scripts: Arc::new(AtomicU64::new(0)),
    });
    let (sender, news) = mpsc::channel();
    let mut threads = Vec::with_capacity(count);
    for number in 0..count {
        let thread = Thread::new(number, Arc::clone(&common), sender.clone())?;
        let spawned = std::thread::Builder::new()
            .name(format!("load-{number}"))
            .spawn(move || thread.run())
            .map_err(|error| format!("thread {number}: {error}"))?;
        threads.push(spawned);
    }
    drop(sender);
    for _ in 0..count {
        match news.recv() {
            Ok(News::Ready(ready)) => ready?,
            Ok(News::Share(..)) | Err(_) => return Err("a thread ended before it began".to_owned()),
        }
    }
    let start = *common.start.get_or_init(Instant::now);
    common.barrier.wait();
    Ok(Running { news, start, threads })
}

impl Running {
    /// When it began.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// The next report, waited for until then.
    pub fn next(&self, until: Instant) -> Report {
        let wait = until.saturating_duration_since(Instant::now());
        match self.news.recv_timeout(wait.max(Duration::from_millis(1))) {
            Ok(News::Share(number, share)) => Report::Share(number, share),
            Ok(News::Ready(_)) | Err(RecvTimeoutError::Timeout) => Report::Nothing,
            Err(RecvTimeoutError::Disconnected) => Report::Over,
        }
    }

    /// Waits for the threads, which are done after [`Report::Over`]. A thread that panicked is an error.
    pub fn join(self) -> Result<(), String> {
        for thread in self.threads {
            thread.join().map_err(|_| {
                "a thread of the generator panicked; report this as a bug".to_owned()
            })?;
        }
        Ok(())
    }
}
