//! The answers of one batch: each ends its exchange and is counted, in cells that no other thread sees.

use super::connection::Due;
use super::serve::Changes;
use super::shard::Shard;
use super::stats::WorkerStats;
use crate::answer::Answer;
use crate::metrics::{Observed, Tally};
use std::time::Instant;
use understudy_wire::{PreparedFields, ServerConnection, StreamId};

/// What ends the exchanges of a connection.
pub(super) struct Delivery<'a> {
    pub(super) engine: &'a mut ServerConnection,
    date: &'a PreparedFields,
    tally: &'a mut Tally,
    stats: &'a WorkerStats,
    /// The time of the batch.
    now: Instant,
    /// There were answers whose delay had passed.
    has_late: bool,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(
        engine: &'a mut ServerConnection,
        date: &'a PreparedFields,
        tally: &'a mut Tally,
        stats: &'a WorkerStats,
        now: Instant,
    ) -> Delivery<'a> {
        Delivery { engine, date, tally, stats, now, has_late: false }
    }

    /// Answers a request of this batch.
    #[inline]
    pub(super) fn answer(
        &mut self,
        stream: StreamId,
        request: Observed,
        answer: &Answer,
        changes: &Changes,
    ) {
        let sent_bytes = self.deliver(stream, request.method.is_head(), answer, changes);
        self.tally.answered(request, sent_bytes);
    }

    /// Answers a request that did not get past the gate.
    pub(super) fn refuse(&mut self, stream: StreamId, request: Observed, answer: &Answer) {
        self.answer(stream, request, answer, &Changes::default());
        self.tally.refused(request);
    }

    /// Answers a request that is none as far as counting goes.
    pub(super) fn move_on(&mut self, stream: StreamId, answer: &Answer) {
        self.deliver(stream, false, answer, &Changes::default());
    }

    /// Answers a request whose delay has passed, if its client still waits.
    pub(super) fn answer_due(&mut self, due: &Due) {
        if self.engine.unsent(due.stream).is_some() {
            self.answer(due.stream, due.request, due.rule.answer(), &due.changes);
            self.tally.settle(self.now.saturating_duration_since(due.received), self.now);
            self.has_late = true;
        }
    }

    /// Ends the batch. The clock is read once for all answers to requests of this batch.
    pub(super) fn end(self, shard: &Shard) {
        let has_prompt = self.tally.is_unsettled();
        if !shard.settings.metrics || !(has_prompt || self.has_late) {
            return;
        }
        if has_prompt {
            let now = Instant::now();
            self.tally.settle(now.saturating_duration_since(self.now), now);
        }
        shard.show_counts(self.now);
    }

    /// Ends an exchange as the answer says, but for the changes. How many bytes of body are sent.
    fn deliver(
        &mut self,
        stream: StreamId,
        is_head: bool,
        answer: &Answer,
        changes: &Changes,
    ) -> usize {
        if let Some(code) = changes.reset.unwrap_or_else(|| answer.reset()) {
            self.engine.reset(stream, code);
            self.stats.resets_sent.add(1);
            return 0;
        }
        let head = changes.head.as_deref().unwrap_or(&answer.head);
        let body = changes.body.as_ref().unwrap_or(&answer.reply.body);
        self.engine.respond(stream, head, self.date, body);
        if head.has_body(is_head) { body.len() } else { 0 }
    }
}
