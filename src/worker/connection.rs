//! What the tasks and timers of a worker share about one connection.

use super::delivery::Delivery;
use super::notify::Notify;
use super::registry::Key;
use super::serve::{Batch, Changes, Verdict};
use super::shard::{Later, Shard};
use super::stats::WorkerStats;
use crate::answer::{Answer, STATUS_MIN};
use crate::limits::LINGER;
use crate::metrics::Observed;
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
    /// What is counted of the request when it is answered.
    pub(super) request: Observed,
    /// When it was received.
    pub(super) received: Instant,
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
    /// Streams that were open after the last batch.
    streams: Cell<usize>,
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
            streams: Cell::new(0),
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
        let mut tally = shard.tally.borrow_mut();
        let mut delivery = Delivery::new(engine, &date, &mut tally, &shard.stats, now);
        while delivery.engine.output().len() < output_high {
            let Some(due) = self.due.borrow_mut().pop_front() else { break };
            delivery.answer_due(&due);
        }
        let batch = Batch::new(&published, &shard.stats);
        let requests = self.answer_all(shard, &batch, &mut delivery, now);
        shard.serve.end(&batch);
        shard.stats.requests.add(requests);
        shard.stats.batches.add(u64::from(requests > 0));
        delivery.end(shard);
        drop(tally);
        let engine = &mut *guard;
        let streams = engine.exchanges();
        shard.stats.streams.change(self.streams.replace(streams), streams);
        let deadline = engine.deadline();
        // HTTP/1.1 takes up the next request of a pipeline, and its clocks, when the answer before is out.
        let more = engine.output().len() >= output_high
            || !self.due.borrow().is_empty()
            || engine.protocol() != Some(Protocol::Http2);
        drop(guard);
        self.arm(shard, deadline);
        more
    }

    /// Takes every event and answers every request; how many there were.
    #[inline]
    fn answer_all(
        &self,
        shard: &Shard,
        batch: &Batch<'_>,
        delivery: &mut Delivery<'_>,
        now: Instant,
    ) -> u64 {
        let mut requests = 0;
        while let Some(event) = delivery.engine.next_event(now) {
            match event {
                Event::Message(message) => {
                    requests += 1;
                    let stream = message.stream;
                    let received_bytes = message.body.len();
                    let verdict = shard.serve.answer(batch, &message);
                    let request = Observed { method: batch.method(), received_bytes };
                    match verdict {
                        Verdict::Rule { rule, changes, delay } if delay.is_zero() => {
                            delivery.answer(stream, request, rule.answer(), &changes);
                        }
                        Verdict::Rule { rule, changes, delay } => {
                            let (rule, received) = (Arc::clone(rule), now);
                            let due = Due { stream, rule, changes, request, received };
                            self.delay(shard, now + delay, due);
                        }
                        Verdict::Fixed(answer) => {
                            delivery.answer(stream, request, answer, &Changes::default());
                        }
                        Verdict::Refused(answer) => delivery.refuse(stream, request, &answer),
                        Verdict::Moved(answer) => delivery.move_on(stream, &answer),
                    }
                }
                Event::Reset { .. } => {
                    shard.stats.resets_received.add(1);
                    self.forget_one(shard);
                }
                Event::StreamError(error) => {
                    // Some are answered instead, with a status.
                    let is_reset = error.code < u32::from(STATUS_MIN);
                    shard.stats.resets_sent.add(u64::from(is_reset));
                    self.forget_one(shard);
                    shard.report(self.peer, (error.kind, error.reason), now, &error);
                }
                Event::Closed(error) => {
                    self.phase.set(Phase::Closing);
                    shard.report(self.peer, (error.kind, error.reason), now, &error);
                }
                _ => {}
            }
        }
        requests
    }

    /// Puts an answer off. The time of reception counts, not that of processing.
    fn delay(&self, shard: &Shard, at: Instant, due: Due) {
        self.delayed.set(self.delayed.get() + 1);
        shard.stats.delayed.add(1);
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
            let reason = "the peer does not read its answers";
            shard.report(self.peer, (ErrorKind::Timeout, reason), now, &reason);
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

    /// Its streams are gone with it.
    pub(super) fn forget_streams(&self, stats: &WorkerStats) {
        stats.streams.change(self.streams.replace(0), 0);
    }

    /// Those among them that are delayed answers.
    pub(super) fn delayed_left(&self) -> u64 {
        self.delayed.get() as u64
    }
}
