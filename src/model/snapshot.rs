//! The set of rules: one side changes it, the other looks it up.

use crate::matching::exact::{ExactIndex, Key};
use crate::matching::uri::{self, QueryFilter, UriScratch};
use crate::{Method, Provision};
use std::borrow::Cow;
use std::sync::Arc;

/// A provision as it is looked up: its answer compiled to `R`, and the document it came from.
#[derive(Debug)]
pub struct Rule<R> {
    answer: R,
    out_state: Cow<'static, str>,
    /// Position in the order of insertion.
    sequence: u64,
    document: Box<[u8]>,
}

impl<R> Rule<R> {
    /// The compiled answer.
    #[inline]
    pub fn answer(&self) -> &R {
        &self.answer
    }

    /// The state afterwards, as posted.
    pub fn out_state(&self) -> &str {
        &self.out_state
    }

    /// The provision as posted: compact JSON with sorted keys.
    pub fn document(&self) -> &[u8] {
        &self.document
    }
}

/// An immutable set of rules. Cloning it is cheap, and a clone never changes.
pub struct Snapshot<R> {
    index: ExactIndex<R>,
    /// How many of the rules are default provisions; none is the usual case and saves their look-up.
    defaults: usize,
    query_filter: QueryFilter,
}

impl<R> Clone for Snapshot<R> {
    fn clone(&self) -> Self {
        Snapshot { index: self.index.clone(), ..*self }
    }
}

impl<R> Default for Snapshot<R> {
    fn default() -> Self {
        Snapshot { index: ExactIndex::default(), defaults: 0, query_filter: QueryFilter::default() }
    }
}

impl<R> Snapshot<R> {
    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// There is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `find` wants of a request's path and query, as the configured query filter says.
    #[inline]
    pub fn normalise<'a>(&self, raw: &'a [u8], scratch: &'a mut UriScratch) -> &'a [u8] {
        uri::normalise(raw, self.query_filter, scratch)
    }

    /// The rule for a request with a normalised URI in that state, or else the default provision of its method and
    /// state. An empty state counts as [`crate::STATE_INITIAL`]. `None` is answered 501.
    #[inline]
    pub fn find(&self, method: Method, uri: &[u8], in_state: &[u8]) -> Option<&Arc<Rule<R>>> {
        match self.index.find(Key::new(method, uri, in_state)) {
            None if self.defaults > 0 => self.index.find(Key::new(method, b"", in_state)),
            found => found,
        }
    }
}

/// The side that changes: the control plane owns one and takes snapshots of it.
pub struct Registry<R> {
    current: Snapshot<R>,
    sequence_next: u64,
}

impl<R> Default for Registry<R> {
    fn default() -> Self {
        Registry { current: Snapshot::default(), sequence_next: 0 }
    }
}

impl<R> Registry<R> {
    /// Adds a provision with its compiled answer. One with the same key is replaced and keeps its position.
    pub fn insert(&mut self, provision: Provision, answer: R) {
        let Provision { method, uri, in_state, out_state, document, .. } = provision;
        let key = Key::new(method, uri.as_bytes(), in_state.as_bytes());
        let replaced = self.current.index.find(key).map(|rule| rule.sequence);
        let sequence = replaced.unwrap_or(self.sequence_next);
        if replaced.is_none() {
            self.sequence_next += 1;
            self.current.defaults += usize::from(uri.is_empty());
        }
        let rule = Rule { answer, out_state, sequence, document };
        self.current.index.insert(key, Arc::new(rule));
    }

    /// Removes every rule; was there any?
    pub fn clear(&mut self) -> bool {
        let had_any = !self.current.is_empty();
        self.current = Snapshot { query_filter: self.current.query_filter, ..Snapshot::default() };
        had_any
    }

    /// Sets what becomes of the query of a request.
    pub fn set_query_filter(&mut self, filter: QueryFilter) {
        self.current.query_filter = filter;
    }

    /// The rules as they are now, without copying them.
    pub fn snapshot(&self) -> Snapshot<R> {
        self.current.clone()
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.current.len()
    }

    /// There is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.current.is_empty()
    }

    /// All rules in the order of insertion.
    pub fn rules(&self) -> Vec<&Arc<Rule<R>>> {
        let mut rules: Vec<_> = self.current.index.rules().collect();
        rules.sort_unstable_by_key(|rule| rule.sequence);
        rules
    }
}

#[cfg(test)]
mod tests;
