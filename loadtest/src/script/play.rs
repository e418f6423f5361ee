//! Playing a script many times over: which request is next, and what its answer leads to.

use super::Script;
use super::message::Message;
use super::template::{Saved, Values};
use crate::record::Failure;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use understudy_wire::Head;

/// Bits of a [`RunId`] that say which place a script has; the others count how often the place was used again.
const PLACE_BITS: u32 = 22;

/// Scripts that one thread runs at a time, at most: what fits in an id. More requests than that never wait for an answer
/// at once, since connections have far fewer streams.
const RUNS_MAX: usize = 1 << PLACE_BITS;

/// Memory that a place keeps for each saved value when its script has ended.
const SAVED_BYTES_KEPT: usize = 4096;

/// A script that is running: which one, until its request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunId(pub u32);

/// A request of a running script.
#[derive(Clone, Debug)]
pub struct Ask {
    /// To be told with the answer.
    pub run: RunId,
    /// Which message, as an index into [`Script::message_names`].
    pub message: usize,
    /// Its content, if it has any.
    pub body: Option<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No script runs in this place.
    Free,
    /// The next request may be sent.
    Waiting,
    /// A request was sent, and is not answered yet.
    Asked,
}

/// A place for a running script. Places are used again.
#[derive(Debug)]
struct Run {
    state: State,
    /// How often a script has begun here, cut to the bits that an id has for it.
    uses: u32,
    /// Where in the flow it is.
    position: usize,
    /// Which script this is, among all that were started.
    number: u64,
    saved: Vec<Saved>,
}

/// The scripts that one thread is playing.
///
/// A script is always in one of two states, and has one request at a time:
///
/// ```text
///            next                    answered, and the flow goes on
///   (new) ----------> Asked  <-----------------------------> Waiting
///                       |                    next
///                       '--> (end)  answered last, or wrongly; failed
/// ```
#[derive(Debug)]
pub struct Play {
    script: Arc<Script>,
    numbers: Arc<AtomicU64>,
    scheme: &'static [u8],
    authority: Vec<u8>,
    runs: Vec<Run>,
    free: Vec<usize>,
    /// Those in state [`State::Waiting`], longest first.
    waiting: VecDeque<usize>,
    /// Memory to build texts in.
    text: Vec<u8>,
}

impl Play {
    /// `numbers` counts the scripts that all threads have started; it decides the values of ranges. `authority` and the
    /// scheme go into every request.
    pub fn new(script: Arc<Script>, numbers: Arc<AtomicU64>, authority: &str) -> Play {
        Play {
            scheme: if script.is_secure() { b"https" } else { b"http" },
            script,
            numbers,
            authority: authority.as_bytes().to_vec(),
            runs: Vec::new(),
            free: Vec::new(),
            waiting: VecDeque::new(),
            text: Vec::new(),
        }
    }

    /// The next request that may be sent: that of the script which has waited longest, else, with `may_start`, the
    /// first of a new one. `head` is overwritten with its head. `None` when there is nothing to send now.
    pub fn next(&mut self, may_start: bool, head: &mut Head) -> Option<Ask> {
        let place = match self.waiting.pop_front() {
            Some(place) => place,
            None if may_start => self.start()?,
            None => return None,
        };
        let run = &mut self.runs[place];
        run.state = State::Asked;
        let message = self.script.flow[run.position];
        let values = Values { number: run.number, ranges: &self.script.ranges, saved: &run.saved };
        let body = self.script.messages[message].build(
            self.scheme,
            &self.authority,
            values,
            &mut self.text,
            head,
        );
        Some(Ask { run: RunId(run.uses << PLACE_BITS | place as u32), message, body })
    }

    /// The request of that run was answered; is it what the script expects? An answer to a run that has ended is too
    /// late: it changes nothing.
    pub fn answered(&mut self, run: RunId, head: &Head, body: &[u8]) -> Result<(), Failure> {
        let place = self.place(run).ok_or(Failure::Timeout)?;
        let run = &mut self.runs[place];
        let message: &Message = &self.script.messages[self.script.flow[run.position]];
        let verdict = if head.status() != message.expected {
            Err(Failure::Status)
        } else {
            message.save(head, body, &mut run.saved).ok_or(Failure::Unsaved)
        };
        run.position += 1;
        if verdict.is_ok() && run.position < self.script.flow.len() {
            run.state = State::Waiting;
            self.waiting.push_back(place);
        } else {
            self.end(place);
        }
        verdict
    }

    /// The request of that run has failed, and the script with it.
    pub fn failed(&mut self, run: RunId) {
        if let Some(place) = self.place(run) {
            self.end(place);
        }
    }

    /// Does no script wait to be sent, or to be answered?
    pub fn is_idle(&self) -> bool {
        self.free.len() == self.runs.len()
    }

    /// Begins a script, unless there are too many.
    fn start(&mut self) -> Option<usize> {
        let place = match self.free.pop() {
            Some(place) => place,
            None if self.runs.len() < RUNS_MAX => {
                self.runs.push(Run {
                    state: State::Free,
                    uses: 0,
                    position: 0,
                    number: 0,
                    saved: vec![Saved::default(); self.script.slot_count],
                });
                self.runs.len() - 1
            }
            None => return None,
        };
        let run = &mut self.runs[place];
        run.uses = (run.uses + 1) & (u32::MAX >> PLACE_BITS);
        run.position = 0;
        run.number = self.numbers.fetch_add(1, Ordering::Relaxed);
        Some(place)
    }

    /// The place of a script whose request is not answered yet.
    fn place(&self, run: RunId) -> Option<usize> {
        let place = run.0 as usize & (RUNS_MAX - 1);
        let found = self.runs.get(place)?;
        let is_current = found.state == State::Asked && found.uses == run.0 >> PLACE_BITS;
        is_current.then_some(place)
    }

    fn end(&mut self, place: usize) {
        let run = &mut self.runs[place];
        run.state = State::Free;
        for saved in &mut run.saved {
            for text in [&mut saved.text, &mut saved.json] {
                text.clear();
                text.shrink_to(SAVED_BYTES_KEPT);
            }
        }
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests;
