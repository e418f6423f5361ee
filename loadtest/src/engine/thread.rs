//! One thread: its connections, its poller, and the loop that keeps them busy.

use super::books::{Books, Turn, nanos, portion};
use super::clock::Clock;
use super::connection::{Connection, Gone, Reason, Stage};
use crate::limits::{
    CONNECT_TIMEOUT, EVENTS_MAX, MIND_PERIOD, RECONNECT_PAUSE_MAX, RECONNECT_PAUSE_MIN,
    REPORT_PERIOD, SEND_INTERVAL,
};
use crate::plan::Plan;
use crate::record::{Failure, Share};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Barrier, OnceLock};
use std::time::{Duration, Instant};

/// What a thread has to tell.
pub(super) enum News {
    /// All connections are there, or why not.
    Ready(Result<(), Reason>),
    /// What has been measured since the last time.
    Share(usize, Box<Share>),
}

/// What all threads have in common.
pub(super) struct Common {
    pub(super) plan: Arc<Plan>,
    pub(super) start: OnceLock<Instant>,
    pub(super) barrier: Barrier,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) scripts: Arc<AtomicU64>,
}

/// One thread's part of the test.
pub(super) struct Thread {
    number: usize,
    common: Arc<Common>,
    news: Sender<News>,
    poller: OwnedFd,
    connections: Vec<Connection>,
    books: Books,
    clock: Clock,
    turn: Turn,
    /// Open loop: what is due before then is sent then.
    send_after_ns: u64,
    /// When timeouts and lost connections are looked after next.
    mind_ns: u64,
    /// Since when no connection can be used.
    cut_off_ns: Option<u64>,
    reported: Instant,
    /// When the next report is due: whole periods after the start, so that rows of tables fall together with reports.
    report_at: Instant,
    cpu_reported: Duration,
    /// The warm-up is over.
    is_measuring: bool,
    is_stopped: bool,
}

impl Thread {
    pub(super) fn new(
        number: usize,
        common: Arc<Common>,
        news: Sender<News>,
    ) -> Result<Thread, Reason> {
        let plan = &common.plan;
        let own = portion(plan.connections as u64, number, plan.threads);
        let connections = (0..own).map(|_| Connection::new(Arc::clone(plan))).collect();
        let poller =
            epoll::create(CreateFlags::CLOEXEC).map_err(|error| format!("epoll: {error}"))?;
        let now = Instant::now();
        Ok(Thread {
            number,
            books: Books::new(plan, number, Arc::clone(&common.scripts)),
            news,
            poller,
            connections,
            clock: Clock { start: now },
            turn: Turn::default(),
            send_after_ns: 0,
            mind_ns: 0,
            cut_off_ns: None,
            reported: now,
            report_at: now,
            cpu_reported: Duration::ZERO,
            is_measuring: plan.warm_up.is_zero(),
            is_stopped: false,
            common,
        })
    }

    /// Establishes the connections, waits for the others, and does its part.
    pub(super) fn run(mut self) {
        // Without it the kernel wakes us up to 50 us late, which the open loop would count as latency. Refused, it stays so.
        let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
        let ready = self.establish();
        let failed = ready.is_err();
        // The main thread is gone only when the test is over.
        let _ = self.news.send(News::Ready(ready));
        if failed {
            return;
        }
        self.common.barrier.wait();
        let Some(&start) = self.common.start.get() else { return };
        self.clock = Clock { start };
        (self.reported, self.cpu_reported) = (start, thread_cpu());
        self.report_at = start + REPORT_PERIOD;
        self.books.take_share();
        self.converse();
        self.report(Instant::now());
    }

    /// Connects everything. The first failure is final: a target that cannot be reached is not a test.
    fn establish(&mut self) -> Result<(), Reason> {
        let until_ns = self.clock.now_ns() + nanos(CONNECT_TIMEOUT);
        for at in 0..self.connections.len() {
            self.connect(at, until_ns)?;
        }
        let mut events = Vec::with_capacity(EVENTS_MAX);
        while !self.connections.iter().all(Connection::is_open) {
            let now_ns = self.clock.now_ns();
            if now_ns >= until_ns {
                return Err(format!(
                    "{}: no connection within {} s",
                    self.common.plan.address,
                    CONNECT_TIMEOUT.as_secs()
                ));
            }
            self.wait(&mut events, until_ns - now_ns)?;
            for event in &events {
                self.serve(event.data.u64() as usize).map_err(|gone| match gone {
                    Gone::Orderly => "closed by the server at once".to_owned(),
                    Gone::Failed(reason) => reason,
                })?;
            }
        }
        self.books.share.traffic.connected = self.connections.len() as u64;
        Ok(())
    }

    /// Sends and receives until all is done.
    fn converse(&mut self) {
        let mut events = Vec::with_capacity(EVENTS_MAX);
        self.books.share.traffic.connected = self.connections.len() as u64;
        self.fill_all();
        loop {
            let now = Instant::now();
            let now_ns = self.clock.ns(now);
            if !self.is_measuring && now_ns >= nanos(self.common.plan.warm_up) {
                self.report(now);
                self.is_measuring = true;
            }
            self.begin_due(now_ns);
            if now_ns >= self.mind_ns {
                self.mind_ns = now_ns + nanos(MIND_PERIOD);
                self.mind(now_ns);
            }
            if now >= self.report_at {
                self.report_at += REPORT_PERIOD;
                self.report(now);
                self.look_for_stop();
            }
            if self.is_over(now_ns) {
                return;
            }
            let wait_ns = self.next_ns().saturating_sub(self.clock.now_ns());
            if self.wait(&mut events, wait_ns).is_err() {
                return;
            }
            for event in &events {
                let at = event.data.u64() as usize;
                let served = self.serve(at);
                self.settle(at, &served);
            }
        }
    }

    /// A connection may have ended in what was done with it.
    fn settle(&mut self, at: usize, done: &Result<(), Gone>) {
        match done {
            Ok(()) => {}
            Err(Gone::Failed(_)) => self.lose(at),
            Err(Gone::Orderly) => self.renew(at),
        }
    }

    /// One socket can be read or written: takes what is there, sends what there is room for, writes it.
    #[inline]
    fn serve(&mut self, at: usize) -> Result<(), Gone> {
        let Some(connection) = self.connections.get_mut(at) else { return Ok(()) };
        let had_to_wait = connection.awaits_writable;
        connection.ready(&mut self.books, &self.clock)?;
        if had_to_wait {
            connection.write(&mut self.books, &self.clock)?;
        }
        if !self.books.is_open_loop() && connection.has_room() && self.common.start.get().is_some()
        {
            let now_ns = self.clock.now_ns();
            self.books.fill(connection, now_ns);
        }
        if connection.is_dirty {
            connection.write(&mut self.books, &self.clock)?;
        }
        if connection.awaits_writable != had_to_wait {
            watch(&self.poller, connection, at)?;
        }
        match connection.stage == Stage::Leaving && connection.is_idle() {
            true => Err(Gone::Orderly),
            false => Ok(()),
        }
    }

    /// Closed loop: begins everywhere.
    fn fill_all(&mut self) {
        if self.books.is_open_loop() {
            return;
        }
        for at in 0..self.connections.len() {
            let now_ns = self.clock.now_ns();
            self.books.fill(&mut self.connections[at], now_ns);
            self.write(at);
        }
    }

    /// Open loop: sends what is due.
    fn begin_due(&mut self, now_ns: u64) {
        if !self.books.is_open_loop() || now_ns < self.send_after_ns {
            return;
        }
        self.books.send_due(&mut self.connections, &mut self.turn, now_ns);
        if !self.books.goes_on(now_ns) && !self.books.is_idle() {
            self.books.finish_scripts(&mut self.connections, &mut self.turn, now_ns);
        }
        let mut given = std::mem::take(&mut self.turn.given);
        if !given.is_empty() {
            self.send_after_ns = now_ns + nanos(SEND_INTERVAL);
        }
        for at in given.drain(..) {
            if self.connections[at].is_dirty {
                self.write(at);
            }
        }
        self.turn.given = given;
    }

    fn write(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        let had_to_wait = connection.awaits_writable;
        let mut written = connection.write(&mut self.books, &self.clock);
        if written.is_ok() && connection.awaits_writable != had_to_wait {
            written = watch(&self.poller, connection, at).map_err(Gone::Failed);
        }
        self.settle(at, &written);
    }

    /// Gives up on requests of a connection that have taken too long. The room that this makes is used at once: perhaps
    /// nothing comes from the server any more that would wake us.
    fn expire(&mut self, at: usize, now_ns: u64) {
        let connection = &mut self.connections[at];
        let expired = connection.expire(&mut self.books, &self.clock, now_ns);
        if expired.is_err() {
            return self.settle(at, &expired);
        }
        if !self.books.is_open_loop() {
            self.books.fill(connection, now_ns);
        }
        self.write(at);
    }

    /// Timeouts, connections to be made anew, and what cannot be sent any more.
    fn mind(&mut self, now_ns: u64) {
        for at in 0..self.connections.len() {
            let connection = &mut self.connections[at];
            if connection.next_expiry_ns().is_some_and(|expiry_ns| expiry_ns <= now_ns) {
                self.expire(at, now_ns);
            }
            match self.connections[at].stage {
                Stage::Down { retry_ns }
                    if retry_ns <= now_ns && self.needs_connections(now_ns) =>
                {
                    self.connect_again(at, now_ns);
                }
                Stage::Establishing { until_ns } if until_ns <= now_ns => self.lose(at),
                // The server said goodbye, or the stream numbers are used up: not a failure.
                Stage::Leaving if self.connections[at].is_idle() => self.renew(at),
                _ => {}
            }
        }
        if self.books.is_overdue(now_ns) {
            self.books.give_up(Failure::Unsent);
        }
        if self.connections.iter().any(|connection| connection.is_open() || !connection.is_idle()) {
            self.cut_off_ns = None;
        } else if now_ns - *self.cut_off_ns.get_or_insert(now_ns) > self.books.timeout_ns
            && !self.books.is_open_loop()
        {
            self.books.give_up(Failure::NotConnected);
        }
    }

    fn needs_connections(&self, now_ns: u64) -> bool {
        self.books.goes_on(now_ns) || !self.books.is_idle()
    }

    fn connect(&mut self, at: usize, until_ns: u64) -> Result<(), Reason> {
        let socket = self.connections[at].connect(until_ns)?;
        let flags = EventFlags::IN | EventFlags::OUT;
        epoll::add(&self.poller, socket, EventData::new_u64(at as u64), flags)
            .map_err(|error| format!("epoll: {error}"))
    }

    fn connect_again(&mut self, at: usize, now_ns: u64) {
        if self.connect(at, now_ns + nanos(CONNECT_TIMEOUT)).is_err() {
            self.lose(at);
        }
    }

    /// A connection is over that nobody is to blame for: the next one follows at once, unless it has brought nothing.
    fn renew(&mut self, at: usize) {
        let now_ns = self.clock.now_ns();
        if !self.connections[at].is_proven {
            return self.pause(at, now_ns);
        }
        self.connections[at].end(&mut self.books, now_ns);
        if self.needs_connections(now_ns) {
            self.connect_again(at, now_ns);
        }
    }

    /// A connection has failed, or was refused. It is tried again after a pause.
    fn lose(&mut self, at: usize) {
        let now_ns = self.clock.now_ns();
        let traffic = &mut self.books.share.traffic;
        match self.connections[at].stage {
            Stage::Establishing { .. } | Stage::Down { .. } => traffic.refused += 1,
            Stage::Open | Stage::Leaving => traffic.lost += 1,
        }
        self.pause(at, now_ns);
    }

    /// Ends a connection; the next one is for later, and later each time.
    fn pause(&mut self, at: usize, now_ns: u64) {
        let connection = &mut self.connections[at];
        let pause = RECONNECT_PAUSE_MIN.saturating_mul(1 << connection.failures.min(16));
        connection.failures = connection.failures.saturating_add(1);
        connection.end(&mut self.books, now_ns + nanos(pause.min(RECONNECT_PAUSE_MAX)));
    }

    /// Is everything done that can be done?
    fn is_over(&mut self, now_ns: u64) -> bool {
        if !self.connections.iter().all(Connection::is_idle) {
            return false;
        }
        !self.books.goes_on(now_ns) && self.books.is_idle()
    }

    /// When something is to be done even if nothing comes.
    fn next_ns(&self) -> u64 {
        let report_ns = self.clock.ns(self.report_at);
        let due_ns = self.books.next_due_ns().unwrap_or(u64::MAX);
        self.mind_ns.min(report_ns).min(due_ns.max(self.send_after_ns))
    }

    /// Waits until a socket is ready, at most so long.
    fn wait(&self, events: &mut Vec<Event>, wait_ns: u64) -> Result<(), Reason> {
        events.clear();
        let timeout = Timespec {
            tv_sec: i64::try_from(wait_ns / 1_000_000_000).unwrap_or(i64::MAX),
            tv_nsec: (wait_ns % 1_000_000_000) as _,
        };
        match epoll::wait(&self.poller, spare_capacity(events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(format!("epoll: {error}")),
        }
    }

    fn report(&mut self, now: Instant) {
        let cpu = thread_cpu();
        let mut share = self.books.take_share();
        share.cpu = cpu.saturating_sub(self.cpu_reported);
        share.wall = now.saturating_duration_since(self.reported);
        (self.cpu_reported, self.reported) = (cpu, now);
        if !self.is_measuring {
            share.forget_costs();
        }
        // Nobody listens any more only when the test is over.
        let _ = self.news.send(News::Share(self.number, Box::new(share)));
    }

    /// Somebody asked for an early end: what is in flight is still waited for.
    fn look_for_stop(&mut self) {
        if self.common.stop.load(Ordering::Relaxed) && !self.is_stopped {
            self.is_stopped = true;
            self.books.stop();
        }
    }
}

/// Tells the poller what the connection waits for.
fn watch(poller: &OwnedFd, connection: &Connection, at: usize) -> Result<(), Reason> {
    let Some(socket) = connection.socket() else { return Ok(()) };
    let mut flags = EventFlags::IN;
    flags.set(EventFlags::OUT, connection.awaits_writable);
    epoll::modify(poller, socket, EventData::new_u64(at as u64), flags)
        .map_err(|error| format!("epoll: {error}"))
}

/// The CPU that this thread has used so far.
fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
