//! One request that got past the gate: its state, its provision, the transformations, and what is recorded of it.
//!
//! Where server data is in play, reading the state, transforming and recording happen while the key is locked, so that
//! parallel requests to one URI each see the state that the one before left. Provisions that read other events cannot
//! hold the lock meanwhile; they look whether the key has changed in between, and begin again if so.

use super::surroundings::{HeadFields, World};
use super::{Batch, Changes, Serve, Verdict};
use crate::answer::{Answer, STATUS_MIN, head};
use bytes::Bytes;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;
use understudy_model::events::{Entry, NewEvent, ReplyRecord, fields};
use understudy_model::matching::MatchScratch;
use understudy_model::transform::{self, Effects, Program};
use understudy_model::{Method, Rule, STATE_INITIAL};
use understudy_wire::{Message, PreparedHead};

/// The state that removes what is known of a key instead of adding to it.
const STATE_PURGE: &str = "purge";

/// A request, and where it is answered.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'a, 'm> {
    pub(super) serve: &'a Serve,
    pub(super) batch: &'m Batch<'a>,
    pub(super) message: &'m Message<'m>,
    pub(super) method: Method,
    /// In its normal form.
    pub(super) uri: &'m str,
}

/// The pieces of the scratch memory that an exchange needs at the same time.
pub(super) struct Memory<'m> {
    pub(super) matching: &'m mut MatchScratch,
    pub(super) fields: &'m mut Vec<u8>,
    pub(super) transform: &'m mut transform::Scratch,
    pub(super) body_bytes: &'m mut usize,
}

/// What came of running the program of a provision.
struct Run {
    effects: Effects,
    /// The computed body, if there is one.
    body: Option<Vec<u8>>,
}

impl<'a> Exchange<'a, '_> {
    /// Finds the provision, runs it and records the event.
    #[inline]
    pub(super) fn answer(&self, mut memory: Memory<'_>) -> Verdict<'a> {
        let data = &self.serve.data;
        if data.storage().events || !data.is_empty() {
            return self.answer_with_data(&mut memory);
        }
        let Some(rule) = self.find(STATE_INITIAL, &mut memory) else {
            self.count_reception();
            return self.not_found();
        };
        match &rule.answer().program {
            None => {
                self.count_reception();
                self.as_posted(rule)
            }
            Some(program) => {
                let run = self.run(rule, program, self.number(), &mut memory);
                self.verdict(rule, run)
            }
        }
    }

    /// The same with the state of the key, and with recording.
    fn answer_with_data(&self, memory: &mut Memory<'_>) -> Verdict<'a> {
        let data = &self.serve.data;
        let mut sequence = None;
        let mut entry = data.open(self.method, self.uri);
        loop {
            let rule = self.find(entry.state(), memory);
            let sequence = *sequence.get_or_insert_with(|| self.number());
            let Some(rule) = rule else {
                self.record_unprovisioned(&mut entry, sequence, memory);
                return self.not_found();
            };
            let Some(program) = &rule.answer().program else {
                self.record(&mut entry, rule, None, sequence, memory);
                return self.as_posted(rule);
            };
            if !program.reads_events() {
                let run = self.run(rule, program, sequence, memory);
                self.record(&mut entry, rule, Some(&run), sequence, memory);
                drop(entry);
                return self.verdict(rule, run);
            }
            // Other keys are read, perhaps of the same shard: not while this one is locked.
            let generation = entry.generation();
            drop(entry);
            let run = self.run(rule, program, sequence, memory);
            entry = data.open(self.method, self.uri);
            if entry.generation() == generation {
                self.record(&mut entry, rule, Some(&run), sequence, memory);
                drop(entry);
                return self.verdict(rule, run);
            }
        }
    }

    fn find(&self, state: &str, memory: &mut Memory<'_>) -> Option<&'a Arc<Rule<Answer>>> {
        let rules = &self.batch.published.rules;
        let rule =
            rules.find(self.method, self.uri.as_bytes(), state.as_bytes(), memory.matching)?;
        rule.mark_used();
        Some(rule)
    }

    fn not_found(&self) -> Verdict<'a> {
        self.batch.stats.unprovisioned.add(1);
        Verdict::Fixed(&self.serve.not_provisioned)
    }

    fn run(
        &self,
        rule: &'a Rule<Answer>,
        program: &Program,
        sequence: u64,
        memory: &mut Memory<'_>,
    ) -> Run {
        let head = HeadFields(self.message.head);
        let request = transform::Request {
            uri: self.uri,
            target: self.message.head.path(),
            query_filter: self.batch.published.rules.matching().query_filter,
            fields: &head,
            body: self.message.body,
            in_state: rule.in_state(),
            sequence,
        };
        let mut body =
            Vec::with_capacity(if program.computes_body() { *memory.body_bytes } else { 0 });
        let mut world = World::new(self.serve, rule, self.method);
        let effects = program.run(&request, &mut world, memory.transform, &mut body);
        if effects.has_body {
            *memory.body_bytes = body.len();
        }
        let body = effects.has_body.then_some(body);
        Run { effects, body }
    }

    /// What is kept of an exchange that no provision was found for.
    fn record_unprovisioned(&self, entry: &mut Entry<'_>, sequence: u64, memory: &mut Memory<'_>) {
        if self.serve.data.storage().events {
            self.write_fields(memory.fields);
            entry.append(&NewEvent {
                received_ms: self.batch.wall_ms(),
                sequence,
                previous_state: "",
                state: "",
                fields: memory.fields,
                body: self.message.body,
                reply: None,
                virtual_origin: None,
            });
        }
    }

    /// Moves the state of the key on and keeps the event, or purges the key.
    fn record(
        &self,
        entry: &mut Entry<'_>,
        rule: &Rule<Answer>,
        run: Option<&Run>,
        sequence: u64,
        memory: &mut Memory<'_>,
    ) {
        let effects = run.map(|run| &run.effects);
        let transformed = effects.and_then(|effects| effects.out_state.as_deref());
        let foreign = effects.and_then(|effects| effects.foreign).filter(|&m| m != self.method);
        let state = transformed.unwrap_or(rule.out_state());
        if state == STATE_PURGE {
            entry.purge();
            return;
        }
        if !self.serve.data.storage().events {
            return;
        }
        self.write_fields(memory.fields);
        let answer = rule.answer();
        // The state of a provision may be a pattern; what is kept is the state that was found.
        let found = match entry.state() {
            state if state == rule.in_state() => Cow::Borrowed(rule.in_state()),
            state => Cow::Owned(state.to_owned()),
        };
        let event = NewEvent {
            received_ms: self.batch.wall_ms(),
            sequence,
            previous_state: &found,
            state: if foreign.is_some() { rule.out_state() } else { state },
            fields: memory.fields,
            body: self.message.body,
            reply: Some(ReplyRecord {
                code: effects.and_then(|e| e.code).unwrap_or(u32::from(answer.reply.code)),
                delay_ms: millis(effects.and_then(|e| e.delay).unwrap_or(answer.delay)),
                fixed: &answer.reply,
                added_headers: effects.map_or(&[], |effects| &effects.headers),
                body: run.and_then(|run| run.body.as_deref()),
            }),
            virtual_origin: None,
        };
        entry.append(&event);
        if let Some(foreign) = foreign {
            let virtual_origin = Some(self.method);
            entry.append_to(foreign, &NewEvent { state, virtual_origin, ..event });
        }
    }

    fn write_fields(&self, out: &mut Vec<u8>) {
        out.clear();
        for (name, value) in self.message.head.fields() {
            fields::write(out, name, value);
        }
    }

    /// The answer with what the transformations changed of it.
    fn verdict(&self, rule: &'a Arc<Rule<Answer>>, run: Run) -> Verdict<'a> {
        self.batch.stats.provisioned.add(1);
        let (answer, effects) = (rule.answer(), run.effects);
        let code = effects.code.and_then(|code| u16::try_from(code).ok());
        let changes = Changes {
            head: self.changed_head(answer, code, effects.headers),
            body: run.body.map(Bytes::from),
            reset: code.map(|code| (code < STATUS_MIN).then_some(u32::from(code))),
        };
        Verdict::Rule { rule, changes, delay: effects.delay.unwrap_or(answer.delay) }
    }

    /// A head of its own for an answer with another status or further fields.
    fn changed_head(
        &self,
        answer: &Answer,
        code: Option<u16>,
        added: Vec<(String, String)>,
    ) -> Option<Box<PreparedHead>> {
        if added.is_empty() && code.is_none_or(|code| code == answer.reply.code) {
            return None;
        }
        let code = code.unwrap_or(answer.reply.code);
        let mut fields = answer.reply.headers.to_vec();
        fields.extend(added);
        let changed = head(code, &fields).or_else(|_| {
            // One of the added fields cannot be sent; the others shall be.
            fields.retain(|field| head(code, std::slice::from_ref(field)).is_ok());
            head(code, &fields)
        });
        changed.ok().map(Box::new)
    }

    /// A provision that no transformation changes.
    #[inline]
    fn as_posted(&self, rule: &'a Arc<Rule<Answer>>) -> Verdict<'a> {
        self.batch.stats.provisioned.add(1);
        Verdict::Rule { rule, changes: Changes::default(), delay: rule.answer().delay }
    }

    /// The number of this reception, after those before it in the batch that did not ask for theirs.
    fn number(&self) -> u64 {
        self.serve.end(self.batch);
        self.serve.data.next_sequence()
    }

    fn count_reception(&self) {
        self.batch.unnumbered.set(self.batch.unnumbered.get() + 1);
    }
}

fn millis(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}
