//! What all connections of one worker share, and the task that minds the clock for them.

use super::Settings;
use super::buffers::Pool;
use super::connection::{Connection, Due};
use super::notify::Notify;
use super::registry::{Key, Registry};
use super::serve::Serve;
use super::stats::WorkerStats;
use super::task;
use super::throttle::Throttle;
use super::timers::Timers;
use crate::limits::{COUNTS_KEPT, CUT_WAIT};
use crate::metrics::Tally;
use crate::publish::Published;
use arc_swap::ArcSwap;
use monoio::net::TcpStream;
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use understudy_wire::{BodyMode, ErrorKind, ServerConnection};

/// A socket on its way from the acceptor to a worker.
#[derive(Debug)]
pub(super) struct Handover {
    pub(super) socket: std::net::TcpStream,
    pub(super) peer: SocketAddr,
}

/// What waits in the timers.
#[derive(Debug)]
pub(super) enum Later {
    /// A delayed answer.
    Answer { key: Key, due: Due },
    /// Somebody may have been too slow.
    Deadline { key: Key, armed: Instant },
    /// What was counted is to be shown.
    HandOver,
}

/// One worker's world; only its own thread ever sees it.
pub(super) struct Shard {
    pub(super) settings: Arc<Settings>,
    pub(super) published: Arc<ArcSwap<Published>>,
    pub(super) serve: Serve,
    pub(super) stats: Arc<WorkerStats>,
    pub(super) pool: RefCell<Pool>,
    /// What was answered; [`WorkerStats::answered`] has a copy.
    pub(super) tally: RefCell<Tally>,
    /// That copy is old, and an entry in the timers will renew it.
    handing_over: Cell<bool>,
    load: Arc<AtomicUsize>,
    connections: RefCell<Registry<Rc<Connection>>>,
    timers: RefCell<Timers<Later>>,
    /// The earliest entry, or the need for a sweep, has changed.
    timers_changed: Notify,
    throttle: Throttle,
    /// The last connection is gone.
    emptied: Notify,
    draining: Cell<bool>,
}

impl Shard {
    pub(super) fn new(
        settings: Arc<Settings>,
        published: Arc<ArcSwap<Published>>,
        serve: Serve,
        stats: Arc<WorkerStats>,
        load: Arc<AtomicUsize>,
    ) -> Self {
        Shard {
            tally: RefCell::new(Tally::new(&settings.boundaries)),
            handing_over: Cell::new(false),
            settings,
            published,
            serve,
            stats,
            pool: RefCell::default(),
            load,
            connections: RefCell::default(),
            timers: RefCell::new(Timers::new(Instant::now())),
            timers_changed: Notify::default(),
            throttle: Throttle::default(),
            emptied: Notify::default(),
            draining: Cell::new(false),
        }
    }

    /// Makes a task of a socket.
    pub(super) fn adopt(self: &Rc<Self>, handover: Handover) {
        let Handover { socket, peer } = handover;
        let fd = socket.as_raw_fd();
        let stream = match TcpStream::from_std(socket) {
            Ok(stream) => stream,
            Err(error) => {
                self.load.fetch_sub(1, Ordering::Relaxed);
                return self.log(peer, Instant::now(), &error);
            }
        };
        self.stats.connections.add(1);
        self.stats.open.add(1);
        let connection = Rc::clone(
            self.connections
                .borrow_mut()
                .insert(|key| Rc::new(Connection::new(key, peer, fd, self.new_engine(None)))),
        );
        monoio::spawn(task::run(Rc::clone(self), connection, stream));
    }

    /// An engine for a new connection; `protocol` as agreed by ALPN.
    pub(super) fn new_engine(
        &self,
        protocol: Option<understudy_wire::connection::Protocol>,
    ) -> ServerConnection {
        let secure = self.settings.tls.is_some();
        let limits = Arc::clone(&self.settings.limits);
        ServerConnection::new(limits, BodyMode::Whole, protocol, secure, Instant::now())
    }

    /// A connection is over; its socket is about to be closed.
    pub(super) fn discharge(&self, connection: &Connection) {
        self.connections.borrow_mut().remove(connection.key);
        self.forget(connection.entries_left());
        self.stats.delayed.sub(connection.delayed_left());
        self.stats.open.sub(1);
        connection.forget_streams(&self.stats);
        self.load.fetch_sub(1, Ordering::Relaxed);
        if self.draining.get() && self.connections.borrow().len() == 0 {
            self.emptied.notify();
        }
    }

    /// Remembers something for later.
    pub(super) fn at(&self, due: Instant, later: Later) {
        if self.timers.borrow_mut().insert(due, later) {
            self.timers_changed.notify();
        }
    }

    /// Some entries in the timers are not wanted any more.
    pub(super) fn forget(&self, entries: usize) {
        if entries > 0 && self.timers.borrow_mut().forget(entries) {
            // The sweep asks the engines, of which one is in use by whoever called us.
            self.timers_changed.notify();
        }
    }

    /// Something was counted that nobody else sees yet. They will after a moment, whether or not more comes.
    pub(super) fn show_counts(&self, now: Instant) {
        if !self.handing_over.replace(true) {
            self.at(now + COUNTS_KEPT, Later::HandOver);
        }
    }

    fn hand_over(&self) {
        self.handing_over.set(false);
        self.stats.answered.put(self.tally.borrow().clone());
    }

    /// Counts an error and logs it when it is the peer's doing.
    pub(super) fn report(
        &self,
        peer: SocketAddr,
        (kind, reason): (ErrorKind, &str),
        now: Instant,
        error: &dyn Display,
    ) {
        if self.stats.count_error(kind, reason) {
            self.log(peer, now, error);
        } else {
            tracing::debug!(%peer, "{error}");
        }
    }

    /// One line about a peer, unless there were too many just now.
    pub(super) fn log(&self, peer: SocketAddr, now: Instant, message: &dyn Display) {
        match self.throttle.admit(now) {
            Some(0) => tracing::warn!(%peer, "{message}"),
            Some(dropped) => {
                tracing::warn!(%peer, "{message} ({dropped} lines like this left out before)");
            }
            None => {}
        }
    }

    /// Minds the clock for as long as the worker lives: delayed answers, deadlines, sweeps.
    pub(super) async fn mind_timers(self: Rc<Self>) {
        loop {
            let next = self.timers.borrow().next_due();
            match next {
                None => self.timers_changed.notified().await,
                Some(due) => {
                    let due = monoio::time::Instant::from_std(due);
                    let sleep = pin!(monoio::time::sleep_until(due));
                    self.timers_changed.or(sleep).await;
                }
            }
            self.fire(Instant::now());
            if self.timers.borrow().sweep_wanted() {
                self.sweep();
            }
        }
    }

    fn connection(&self, key: Key) -> Option<Rc<Connection>> {
        self.connections.borrow().get(key).cloned()
    }

    fn take_due(&self, now: Instant) -> Option<Vec<Later>> {
        self.timers.borrow_mut().take_due(now)
    }

    fn fire(&self, now: Instant) {
        while let Some(entries) = self.take_due(now) {
            for entry in entries {
                match entry {
                    Later::Answer { key, due } => {
                        if let Some(connection) = self.connection(key) {
                            self.stats.delayed.sub(1);
                            connection.answer_due(due);
                        }
                    }
                    Later::Deadline { key, armed } => {
                        if let Some(connection) = self.connection(key) {
                            connection.timer_fired(self, armed, now);
                        }
                    }
                    Later::HandOver => self.hand_over(),
                }
            }
        }
    }

    fn sweep(&self) {
        let connections = self.connections.borrow();
        self.timers.borrow_mut().sweep(|later| match later {
            Later::Answer { key, due } => connections.get(*key).is_some_and(|connection| {
                let wanted = connection.awaits(due.stream);
                if !wanted {
                    self.stats.delayed.sub(1);
                    connection.delayed_ended(1);
                }
                wanted
            }),
            Later::Deadline { key, .. } => connections.get(*key).is_some(),
            Later::HandOver => true,
        });
    }

    /// Ends all connections in order and waits for them up to the deadline; how many had to be cut.
    pub(super) async fn drain(&self) -> usize {
        self.draining.set(true);
        let now = Instant::now();
        let all: Vec<Rc<Connection>> = self.connections.borrow().iter().map(Rc::clone).collect();
        for connection in all {
            connection.drain(now);
        }
        self.wait_until_empty(now + self.settings.drain_timeout).await;
        let left: Vec<Rc<Connection>> = self.connections.borrow().iter().map(Rc::clone).collect();
        let cut = left.len();
        for connection in left {
            connection.cut();
        }
        self.wait_until_empty(Instant::now() + CUT_WAIT).await;
        cut
    }

    async fn wait_until_empty(&self, deadline: Instant) {
        let mut sleep = pin!(monoio::time::sleep_until(monoio::time::Instant::from_std(deadline)));
        while self.connections.borrow().len() > 0 {
            if self.emptied.or(sleep.as_mut()).await.is_some() {
                return;
            }
        }
    }
}
