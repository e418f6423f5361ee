//! The account that a thread keeps: what is to be sent, and what came of it.

use super::connection::Connection;
use super::flights::Flight;
use crate::pace::Pace;
use crate::plan::{Load, Plan, Source};
use crate::record::{Failure, Share, Tally};
use crate::requests::Request;
use crate::script::{Play, RunId};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use understudy_wire::Head;

/// What a thread sends.
enum Work {
    Requests { requests: Vec<Request>, next: usize },
    Script { play: Box<Play>, head: Head },
}

/// When it sends. Times count in nanoseconds from the start of the test.
enum Schedule {
    /// As answers come in.
    Closed { left: Option<u64>, until_ns: u64 },
    /// When it is due; this thread sends every `step`-th request.
    Open { pace: Pace, next: u64, step: u64, end: u64, due_ns: Option<u64> },
}

/// The account of one thread.
pub(super) struct Books {
    work: Work,
    schedule: Schedule,
    /// What has been measured since the last report.
    pub(super) share: Share,
    kinds: usize,
    /// What was due before belongs to the warm-up.
    measured_from_ns: u64,
    pub(super) timeout_ns: u64,
    /// The last turn found no room for a request that was due, so that lateness is not the generator's.
    blocked: bool,
    /// Whatever waits is not waited for any more.
    is_abandoned: bool,
}

impl Books {
    /// The account of thread `number`.
    pub(super) fn new(plan: &Plan, number: usize, scripts: Arc<AtomicU64>) -> Books {
        let kinds = plan.source.kinds();
        let work = match &plan.source {
            Source::Requests(requests) => {
                Work::Requests { requests: own(requests), next: number % requests.len() }
            }
            Source::Script(script) => Work::Script {
                play: Box::new(Play::new(Arc::clone(script), scripts, &plan.authority)),
                head: Head::default(),
            },
        };
        let warm_up_ns = nanos(plan.warm_up);
        let schedule = match &plan.load {
            Load::Closed { requests, duration } => Schedule::Closed {
                left: requests.map(|all| portion(all, number, plan.threads)),
                until_ns: duration
                    .map_or(u64::MAX, |duration| warm_up_ns.saturating_add(nanos(duration))),
            },
            Load::Open { pace, requests } => {
                let next = number as u64;
                Schedule::Open {
                    due_ns: pace.due_ns(next).filter(|_| requests.is_none_or(|end| next < end)),
                    pace: pace.clone(),
                    next,
                    step: plan.threads as u64,
                    end: requests.unwrap_or(u64::MAX),
                }
            }
        };
        Books {
            work,
            schedule,
            share: empty_share(kinds),
            kinds,
            measured_from_ns: warm_up_ns,
            timeout_ns: nanos(plan.timeout),
            blocked: false,
            is_abandoned: false,
        }
    }

    /// Is the rate given, so that requests do not wait for answers?
    pub(super) fn is_open_loop(&self) -> bool {
        matches!(self.schedule, Schedule::Open { .. })
    }

    /// When the next request is due, in the open loop; not while it waits for room, which an answer brings.
    pub(super) fn next_due_ns(&self) -> Option<u64> {
        match &self.schedule {
            Schedule::Open { due_ns, .. } if !self.blocked => *due_ns,
            _ => None,
        }
    }

    /// Begins no further request or script.
    pub(super) fn stop(&mut self) {
        match &mut self.schedule {
            Schedule::Closed { left, until_ns } => (*left, *until_ns) = (Some(0), 0),
            Schedule::Open { due_ns, .. } => *due_ns = None,
        }
    }

    /// May something new begin now or later?
    pub(super) fn goes_on(&self, now_ns: u64) -> bool {
        match &self.schedule {
            Schedule::Closed { left, until_ns } => *left != Some(0) && now_ns < *until_ns,
            Schedule::Open { due_ns, .. } => due_ns.is_some(),
        }
    }

    /// Does no script wait to be continued?
    pub(super) fn is_idle(&self) -> bool {
        match &self.work {
            _ if self.is_abandoned => true,
            Work::Requests { .. } => true,
            Work::Script { play, .. } => play.is_idle(),
        }
    }

    /// Closed loop: as many requests as the connection has room for.
    #[inline]
    pub(super) fn fill(&mut self, connection: &mut Connection, now_ns: u64) {
        while connection.has_room() {
            let may_start = self.goes_on(now_ns);
            if !may_start && self.is_idle() || !self.send(connection, now_ns, now_ns, may_start) {
                return;
            }
            if let Schedule::Closed { left: Some(left), .. } = &mut self.schedule
                && now_ns >= self.measured_from_ns
            {
                *left = left.saturating_sub(1);
            }
        }
    }

    /// Open loop: sends what is due by now. What is due together goes to one connection while it has room, and the next
    /// time begins with the next connection: requests spread thin would cost the server a read and a write each.
    pub(super) fn send_due(
        &mut self,
        connections: &mut [Connection],
        turn: &mut Turn,
        now_ns: u64,
    ) {
        let was_blocked = std::mem::take(&mut self.blocked);
        turn.advance(connections.len());
        while let Schedule::Open { due_ns: Some(due_ns), .. } = self.schedule
            && due_ns <= now_ns
        {
            let Some(at) = turn.with_room(connections) else {
                if connections.iter().any(|one| one.is_open() || one.is_coming()) {
                    self.blocked = true;
                    return;
                }
                self.fail_next(due_ns, Failure::NotConnected);
                self.advance();
                continue;
            };
            if !was_blocked {
                self.share.late_max =
                    self.share.late_max.max(Duration::from_nanos(now_ns - due_ns));
            }
            self.send(&mut connections[at], due_ns, now_ns, true);
            turn.give(at);
            self.advance();
        }
    }

    /// Open loop: goes on with scripts after the last request was due, as their answers come in.
    pub(super) fn finish_scripts(
        &mut self,
        connections: &mut [Connection],
        turn: &mut Turn,
        now_ns: u64,
    ) {
        while !self.is_idle()
            && let Some(at) = turn.with_room(connections)
            && self.send(&mut connections[at], now_ns, now_ns, false)
        {
            turn.give(at);
        }
    }

    /// Open loop: has what was due until the end waited so long for room that it would have timed out?
    pub(super) fn is_overdue(&self, now_ns: u64) -> bool {
        match &self.schedule {
            Schedule::Open { pace, due_ns: Some(_), .. } => {
                now_ns > nanos(pace.duration()).saturating_add(self.timeout_ns)
            }
            _ => false,
        }
    }

    /// Books what was to be sent and cannot be any more, and ends.
    pub(super) fn give_up(&mut self, failure: Failure) {
        self.is_abandoned = true;
        while let Schedule::Open { due_ns: Some(due_ns), .. } = self.schedule {
            self.fail_next(due_ns, failure);
            self.advance();
        }
        if let Schedule::Closed { left: Some(left), .. } = &mut self.schedule
            && let Some(tally) = self.share.tallies.first_mut()
        {
            tally.fail_times(failure, std::mem::take(left));
        }
        self.stop();
    }

    fn advance(&mut self) {
        if let Schedule::Open { pace, next, step, end, due_ns } = &mut self.schedule {
            *next += *step;
            *due_ns = pace.due_ns(*next).filter(|_| *next < *end);
        }
    }

    /// A request that was due and finds no connection.
    fn fail_next(&mut self, due_ns: u64, failure: Failure) {
        let kind = match &mut self.work {
            Work::Requests { .. } => 0,
            Work::Script { play, head } => match play.next(true, head) {
                Some(ask) => {
                    play.failed(ask.run);
                    ask.message
                }
                None => return,
            },
        };
        self.book_failure(due_ns, kind, failure);
    }

    /// Sends the next request there is; false when there is none just now.
    #[inline]
    fn send(
        &mut self,
        connection: &mut Connection,
        due_ns: u64,
        now_ns: u64,
        may_start: bool,
    ) -> bool {
        let expires_ns = now_ns.saturating_add(self.timeout_ns);
        let (sent, flight) = match &mut self.work {
            Work::Requests { requests, next } => {
                let origin = *next;
                *next = if origin + 1 < requests.len() { origin + 1 } else { 0 };
                let flight = Flight { due_ns, origin: origin as u32, ..Flight::default() };
                let request = &requests[origin];
                (connection.send(&request.head, request.body.as_ref(), flight, expires_ns), flight)
            }
            Work::Script { play, head } => {
                let Some(ask) = play.next(may_start, head) else { return false };
                let kind = ask.message as u32;
                let flight = Flight { due_ns, origin: ask.run.0, kind, ..Flight::default() };
                (connection.send(head, ask.body.as_ref(), flight, expires_ns), flight)
            }
        };
        if !sent {
            self.fail(flight, Failure::NotConnected);
        } else if self.is_measured(due_ns)
            && let Some(tally) = self.share.tallies.get_mut(flight.kind as usize)
        {
            tally.sent += 1;
        }
        true
    }

    /// A whole answer to a plain request.
    #[inline]
    pub(super) fn answered(&mut self, flight: Flight, now_ns: u64) {
        let end = match &self.work {
            Work::Requests { requests, .. } => match requests.get(flight.origin as usize) {
                Some(request) if request.expect.accepts(flight.status) => Ok(()),
                _ => Err(Failure::Status),
            },
            // Answers to scripts come whole.
            Work::Script { .. } => Ok(()),
        };
        self.book_answer(flight, now_ns, end);
    }

    /// A whole answer to a message of a script.
    pub(super) fn answered_whole(&mut self, flight: Flight, head: &Head, body: &[u8], now_ns: u64) {
        let flight = Flight { status: head.status(), body_bytes: body.len(), ..flight };
        match &mut self.work {
            Work::Requests { .. } => self.answered(flight, now_ns),
            Work::Script { play, .. } => {
                let end = play.answered(RunId(flight.origin), head, body);
                self.book_answer(flight, now_ns, end);
            }
        }
    }

    /// A request that was not answered.
    pub(super) fn fail(&mut self, flight: Flight, failure: Failure) {
        if let Work::Script { play, .. } = &mut self.work {
            play.failed(RunId(flight.origin));
        }
        self.book_failure(flight.due_ns, flight.kind as usize, failure);
    }

    /// Hands over what has been measured.
    pub(super) fn take_share(&mut self) -> Share {
        std::mem::replace(&mut self.share, empty_share(self.kinds))
    }

    #[inline]
    fn book_answer(&mut self, flight: Flight, now_ns: u64, end: Result<(), Failure>) {
        if self.is_measured(flight.due_ns)
            && let Some(tally) = self.share.tallies.get_mut(flight.kind as usize)
        {
            let latency = Duration::from_nanos(now_ns.saturating_sub(flight.due_ns));
            tally.answer(flight.status, latency, flight.body_bytes, end);
        }
    }

    fn book_failure(&mut self, due_ns: u64, kind: usize, failure: Failure) {
        if self.is_measured(due_ns)
            && let Some(tally) = self.share.tallies.get_mut(kind)
        {
            tally.fail(failure);
        }
    }

    #[inline]
    fn is_measured(&self, due_ns: u64) -> bool {
        due_ns >= self.measured_from_ns
    }
}

/// Whose turn it is in the open loop.
#[derive(Debug, Default)]
pub(super) struct Turn {
    at: usize,
    /// Connections that were given something and are to be written.
    pub(super) given: Vec<usize>,
}

impl Turn {
    fn advance(&mut self, connections: usize) {
        self.at = if self.at + 1 < connections { self.at + 1 } else { 0 };
    }

    /// The connection was given something. What is due together mostly goes to the same one.
    #[inline]
    fn give(&mut self, at: usize) {
        if self.given.last() != Some(&at) {
            self.given.push(at);
        }
    }

    /// This connection if it has room, else the next that has.
    #[inline]
    fn with_room(&mut self, connections: &[Connection]) -> Option<usize> {
        for _ in 0..connections.len() {
            if connections.get(self.at).is_some_and(Connection::has_room) {
                return Some(self.at);
            }
            self.advance(connections.len());
        }
        None
    }
}

/// The requests with contents of their own: threads that share one would fight for the cache line of its counter.
fn own(requests: &[Request]) -> Vec<Request> {
    let copy = |body: &Bytes| Bytes::copy_from_slice(body);
    requests
        .iter()
        .map(|request| Request { body: request.body.as_ref().map(copy), ..request.clone() })
        .collect()
}

fn empty_share(kinds: usize) -> Share {
    Share { tallies: vec![Tally::default(); kinds], ..Share::default() }
}

/// What falls to one of several threads.
pub(super) fn portion(all: u64, number: usize, threads: usize) -> u64 {
    let (number, threads) = (number as u64, threads as u64);
    all / threads + u64::from(number < all % threads)
}

pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_add_up() {
        for (all, threads) in [(10, 3), (0, 2), (2, 5), (1_000_000, 7)] {
            let sum: u64 = (0..threads).map(|number| portion(all, number, threads)).sum();
            assert_eq!(sum, all);
        }
    }
}
