//! What the tasks and timers of a worker share about one connection.

use super::notify::Notify;
use super::registry::Key;
use super::serve::{Batch, Changes, Verdict, deliver};
use super::shard::{Later, Shard};
use crate::answer::Answer;
use crate::limits::LINGER;
use nix::sys::socket::{Shutdown, shutdown};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use understudy_model::Rule;
use understudy_wire::connection::Protocol;
use understudy_wire::limits::TIDY_AFTER;
use understudy_wire::{ErrorKind, Event, ServerConnection, StreamId};

/// An answer whose delay has passed.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) stream: StreamId,
    pub(super) rule: Arc<Rule<Answer>>,
    pub(super) changes: Changes,
}

/// How far the end of a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// In use.
    Open,
    /// The engine is done: what is left is written.
    Closing,
    /// Our side is shut; what still comes is dropped.
    Lingering,
}

/// One connection. Its socket belongs to its task; everything else is here, so that timers and the drain reach it.
pub(super) struct Connection {
    pub(super) key: Key,
    pub(super) peer: SocketAddr,
    /// The socket's descriptor, for `shutdown` only; the task holds the socket for as long as this is registered.
    fd: RawFd,
    pub(super) engine: RefCell<ServerConnection>,
    /// Wakes the task: an answer is due, a deadline has passed, the drain began.
    pub(super) wake: Notify,
    due: RefCell<VecDeque<Due>>,
    /// Answers of this connection in the worker's timers.
    delayed: Cell<usize>,
    phase: Cell<Phase>,
    /// When the pending write, or the linger, must be over.
    io_deadline: Cell<Option<Instant>>,
    /// The engine has a deadline that has passed.
    overdue: Cell<bool>,
    /// When a read that waits in a large buffer has waited long enough.
    quiet_at: Cell<Option<Instant>>,
    /// The time of the last batch.
    processed_at: Cell<Option<Instant>>,
    /// The earliest entry for this connection in the worker's timers.
    armed: Cell<Option<Instant>>,
}

impl Connection {
    pub(super) fn new(key: Key, peer: SocketAddr, fd: RawFd, engine: ServerConnection) -> Self {
        Connection {
            key,
            peer,
            fd,
            engine: RefCell::new(engine),
            wake: Notify::default(),
            due: RefCell::default(),
            delayed: Cell::new(0),
            phase: Cell::new(Phase::Open),
            io_deadline: Cell::new(None),
            overdue: Cell::new(false),
            quiet_at: Cell::new(None),
            processed_at: Cell::new(None),
            armed: Cell::new(None),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// One batch: takes every event there is and appends every answer to the engine's output, which stops by itself
    /// when enough waits to be written. The clock is read and the snapshot taken once.
    /// True when there may be more to say once this output is written.
    pub(super) fn process(&self, shard: &Shard, now: Instant) -> bool {
        self.processed_at.set(Some(now));
        let published = shard.published.load();
        let date = shard.serve.date(now);
        let mut guard = self.engine.borrow_mut();
        let engine = &mut *guard;
        if self.overdue.take() {
            engine.on_deadline(now);
        }
        if engine.output().capacity() == 0 {
            *engine.output() = shard.pool.borrow_mut().take();
        }
        let output_high = shard.settings.limits.output_high_bytes;
        while engine.output().len() < output_high {
            let Some(due) = self.due.borrow_mut().pop_front() else { break };
            deliver(engine, due.stream, due.rule.answer(), &due.changes, &date);
        }
        let mut requests = 0;
        let batch = Batch::new(&published, &shard.stats);
        while let Some(event) = engine.next_event(now) {
            match event {
                Event::Message(message) => {
                    requests += 1;
                    let stream = message.stream;
                    match shard.serve.answer(&batch, &message) {
                        Verdict::Rule { rule, changes, delay } if delay.is_zero() => {
                            deliver(engine, stream, rule.answer(), &changes, &date);
                        }
                        Verdict::Rule { rule, changes, delay } => {
                            let due = Due { stream, rule: Arc::clone(rule), changes };
                            self.delay(shard, now + delay, due);
                        }
                        Verdict::Gate(answer) => {
                            deliver(engine, stream, answer, &Changes::default(), &date);
                        }
                        Verdict::Made(answer) => {
                            deliver(engine, stream, &answer, &Changes::default(), &date);
                        }
                    }
                }
                Event::Reset { .. } => self.forget_one(shard),
                Event::StreamError(error) => {
                    self.forget_one(shard);
                    shard.report(self.peer, error.kind, now, &error);
                }
                Event::Closed(error) => {
                    self.phase.set(Phase::Closing);
                    shard.report(self.peer, error.kind, now, &error);
                }
                _ => {}
            }
        }
        shard.serve.end(&batch);
        shard.stats.requests.add(requests);
        let deadline = engine.deadline();
        // HTTP/1.1 takes up the next request of a pipeline, and its clocks, when the answer before is out.
        let more = engine.output().len() >= output_high
            || !self.due.borrow().is_empty()
            || engine.protocol() != Some(Protocol::Http2);
        drop(guard);
        self.arm(shard, deadline);
        more
    }

    /// Puts an answer off. The time of reception counts, not that of processing.
    fn delay(&self, shard: &Shard, at: Instant, due: Due) {
        self.delayed.set(self.delayed.get() + 1);
        shard.at(at, Later::Answer { key: self.key, due });
    }

    /// Its delay has passed; the task will send it.
    pub(super) fn answer_due(&self, due: Due) {
        self.delayed_ended(1);
        self.due.borrow_mut().push_back(due);
        self.wake.notify();
    }

    /// Entries that have left the worker's timers.
    pub(super) fn delayed_ended(&self, entries: usize) {
        self.delayed.set(self.delayed.get().saturating_sub(entries));
    }

    /// Is the exchange still there to be answered?
    pub(super) fn awaits(&self, stream: StreamId) -> bool {
        self.engine.borrow().unsent(stream).is_some()
    }

    /// An exchange ended without us. It may have waited in the timers or not; the sweep finds out.
    fn forget_one(&self, shard: &Shard) {
        if self.delayed.get() > 0 {
            shard.forget(1);
        }
    }

    /// Begins the graceful end.
    pub(super) fn drain(&self, now: Instant) {
        self.engine.borrow_mut().shutdown(now);
        self.wake.notify();
    }

    /// Counts and logs that the peer did something wrong below HTTP, and ends the connection.
    pub(super) fn fail(&self, shard: &Shard, reason: &dyn std::fmt::Display) {
        shard.stats.tls_errors.add(1);
        shard.log(self.peer, Instant::now(), reason);
        self.phase.set(Phase::Closing);
    }

    /// A read begins to wait in a large buffer.
    pub(super) fn expect_quiet(&self, shard: &Shard) {
        let quiet_at = self.processed_at.get().map(|at| at + TIDY_AFTER);
        self.quiet_at.set(quiet_at);
        self.arm(shard, quiet_at);
    }

    /// Has the read waited long enough? True once.
    pub(super) fn is_quiet(&self) -> bool {
        let quiet = self.quiet_at.get().is_some_and(|at| at <= Instant::now());
        if quiet {
            self.quiet_at.set(None);
        }
        quiet
    }

    /// The read in a large buffer is over.
    pub(super) fn forget_quiet(&self) {
        self.quiet_at.set(None);
    }

    /// A write, or the linger, begins and has so much time.
    pub(super) fn begin_io(&self, shard: &Shard, now: Instant, limit: Duration) {
        let deadline = now + limit;
        self.io_deadline.set(Some(deadline));
        self.arm(shard, Some(deadline));
    }

    /// The write is over.
    pub(super) fn end_io(&self) {
        self.io_deadline.set(None);
    }

    /// Makes sure that [`Connection::timer_fired`] is called by then. The entry of an earlier moment does: it arms
    /// itself again, so a busy connection adds about one entry per deadline that passes, not one per request.
    fn arm(&self, shard: &Shard, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return };
        if self.armed.get().is_none_or(|armed| deadline < armed) {
            self.armed.set(Some(deadline));
            shard.at(deadline, Later::Deadline { key: self.key, armed: deadline });
        }
    }

    /// An armed entry has come due: is anybody too slow?
    pub(super) fn timer_fired(&self, shard: &Shard, armed: Instant, now: Instant) {
        if self.armed.get() != Some(armed) {
            return;
        }
        self.armed.set(None);
        let engine_deadline = self.engine.borrow().deadline();
        match self.io_deadline.get() {
            Some(deadline) if deadline <= now => self.stuck(shard, now),
            io_deadline => {
                self.overdue.set(engine_deadline.is_some_and(|at| at <= now));
                let waited_for = [engine_deadline, self.quiet_at.get()].into_iter().flatten();
                if waited_for.clone().any(|at| at <= now) && self.phase.get() == Phase::Open {
                    // The task judges and arms again, also when it is in the middle of a write.
                    self.wake.notify();
                }
                let later = waited_for.filter(|&at| at > now);
                self.arm(shard, io_deadline.into_iter().chain(later).min());
            }
        }
    }

    /// The peer does not take what we write. Ending the socket completes the pending operation.
    fn stuck(&self, shard: &Shard, now: Instant) {
        if self.phase.get() == Phase::Open {
            shard.report(self.peer, ErrorKind::Timeout, now, &"the peer does not read its answers");
        }
        self.cut();
    }

    /// Ends the socket in both directions; pending reads and writes complete.
    pub(super) fn cut(&self) {
        self.phase.set(Phase::Lingering);
        // Already disconnected is as good.
        let _ = shutdown(self.fd, Shutdown::Both);
    }

    /// Ends our direction and gives the peer a moment to end its own.
    pub(super) fn linger(&self, shard: &Shard) {
        self.phase.set(Phase::Lingering);
        let _ = shutdown(self.fd, Shutdown::Write);
        self.begin_io(shard, Instant::now(), LINGER);
    }

    /// Entries in the timers that will find nobody.
    pub(super) fn entries_left(&self) -> usize {
        self.delayed.get() + usize::from(self.armed.get().is_some())
    }
}
