//! The set of rules: one side changes it, the other looks it up.

mod rules;

use crate::matching::exact::{ExactIndex, Key};
use crate::matching::priority::{self, Entry, PatternIndex};
use crate::matching::uri::{self, QueryFilter, UriScratch};
use crate::matching::{Algorithm, Config, MatchScratch};
use crate::regex::PatternError;
use crate::{Method, Provision, STATE_INITIAL};
use rules::RuleList;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Longest text that `fmt` may make of a URI, which a provision could be for. A head is far shorter; `$'` is not.
const REPLACED_URI_BYTES_MAX: usize = 1 << 20;

/// A provision as it is looked up: its answer compiled to `R`, and the document it came from.
#[derive(Debug)]
pub struct Rule<R> {
    answer: R,
    in_state: Cow<'static, str>,
    out_state: Cow<'static, str>,
    uri: Arc<str>,
    method: Method,
    is_used: AtomicBool,
    /// In the order of insertion, counted from the last time there was no rule.
    position: usize,
    document: Box<[u8]>,
}

impl<R> Rule<R> {
    /// The compiled answer.
    #[inline]
    pub fn answer(&self) -> &R {
        &self.answer
    }

    /// The state a request must be in, as posted (it may be a pattern); the initial state if that is empty.
    #[inline]
    pub fn in_state(&self) -> &str {
        &self.in_state
    }

    /// The state afterwards, as posted.
    pub fn out_state(&self) -> &str {
        &self.out_state
    }

    /// The method it answers.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The `requestUri` as posted, which may be a pattern; empty for a default provision.
    pub fn provision_uri(&self) -> &str {
        &self.uri
    }

    /// The provision as posted: compact JSON with sorted keys.
    pub fn document(&self) -> &[u8] {
        &self.document
    }

    /// Notes that a request was answered by it.
    #[inline]
    pub fn mark_used(&self) {
        // Only the first store is ever made: a store each time would have the workers fight for the cache line.
        if !self.is_used.load(Ordering::Relaxed) {
            self.is_used.store(true, Ordering::Relaxed);
        }
    }

    /// Was a request answered by it since it was posted?
    pub fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }
}

/// An immutable set of rules and how they are matched. Cloning it is cheap, and a clone never changes.
pub struct Snapshot<R> {
    index: ExactIndex<R>,
    /// The same rules by position.
    rules: RuleList<R>,
    /// Their patterns, while PriorityMatchingRegex is in force.
    patterns: PatternIndex,
    /// How many of the rules are default provisions; none is the usual case and saves their look-up.
    defaults: usize,
    /// A bit for the index of each method that a rule has.
    methods: u64,
    /// As in `config`, without the way there.
    query_filter: QueryFilter,
    /// As in `config`.
    algorithm: Algorithm,
    config: Arc<Config>,
}

impl<R> Clone for Snapshot<R> {
    fn clone(&self) -> Self {
        Snapshot {
            index: self.index.clone(),
            rules: self.rules.clone(),
            patterns: self.patterns.clone(),
            config: Arc::clone(&self.config),
            ..*self
        }
    }
}

impl<R> Default for Snapshot<R> {
    fn default() -> Self {
        Snapshot::empty(Arc::default())
    }
}

impl<R> Snapshot<R> {
    fn empty(config: Arc<Config>) -> Snapshot<R> {
        Snapshot {
            index: ExactIndex::default(),
            rules: RuleList::default(),
            patterns: PatternIndex::default(),
            defaults: 0,
            methods: 0,
            query_filter: config.query_filter,
            algorithm: config.algorithm,
            config,
        }
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// There is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How requests are matched.
    pub fn matching(&self) -> &Config {
        &self.config
    }

    /// Is the method a standard one, or one that a rule has? Any other one is answered 405.
    #[inline]
    pub fn serves(&self, method: Method) -> bool {
        method.is_standard() || self.methods >> method.index() & 1 == 1
    }

    /// What `find` wants of a request's path and query, as the configured query filter says.
    #[inline]
    pub fn normalise<'a>(&self, raw: &'a [u8], scratch: &'a mut UriScratch) -> &'a [u8] {
        uri::normalise(raw, self.query_filter, scratch)
    }

    /// The rule for a request with a normalised URI in that state, or else the default provision of its method and
    /// state. An empty state counts as [`STATE_INITIAL`]. `None` is answered 501.
    #[inline]
    pub fn find(
        &self,
        method: Method,
        uri: &[u8],
        in_state: &[u8],
        scratch: &mut MatchScratch,
    ) -> Option<&Arc<Rule<R>>> {
        let found = match self.algorithm {
            Algorithm::FullMatching => self.index.find(Key::new(method, uri, in_state)),
            Algorithm::FullMatchingRegexReplace => {
                self.find_replaced(method, uri, in_state, scratch)
            }
            Algorithm::PriorityMatchingRegex => self.find_pattern(method, uri, in_state, scratch),
        };
        match found {
            None if self.defaults > 0 => self.index.find(Key::new(method, b"", in_state)),
            found => found,
        }
    }

    #[inline(never)]
    fn find_replaced(
        &self,
        method: Method,
        uri: &[u8],
        in_state: &[u8],
        scratch: &mut MatchScratch,
    ) -> Option<&Arc<Rule<R>>> {
        let (pattern, format) = self.config.replace.as_ref()?;
        scratch.text.clear();
        // Where the text would be too long it stays as it is, as without a match.
        pattern.replace_all(uri, format, REPLACED_URI_BYTES_MAX, &mut scratch.text);
        self.index.find(Key::new(method, &scratch.text, in_state))
    }

    #[inline(never)]
    fn find_pattern(
        &self,
        method: Method,
        uri: &[u8],
        in_state: &[u8],
        scratch: &mut MatchScratch,
    ) -> Option<&Arc<Rule<R>>> {
        let state = if in_state.is_empty() { STATE_INITIAL.as_bytes() } else { in_state };
        let MatchScratch { text, found } = scratch;
        priority::write_text(method, uri, state, text);
        self.rules.get(self.patterns.find(text, found)?)
    }
}

/// The side that changes: the control plane owns one and takes snapshots of it.
pub struct Registry<R> {
    current: Snapshot<R>,
    /// Patterns of rules that the next snapshot indexes, so that an array of provisions is indexed once.
    pending: Vec<Entry>,
}

impl<R> Default for Registry<R> {
    fn default() -> Self {
        Registry { current: Snapshot::default(), pending: Vec::new() }
    }
}

impl<R> Registry<R> {
    /// Adds a provision with its compiled answer. One with the same key is replaced and keeps its position. While
    /// PriorityMatchingRegex is in force the key must be a pattern, `inState#METHOD#requestUri`: the error counts from
    /// its beginning, and nothing has changed then.
    pub fn insert(&mut self, provision: Provision, answer: R) -> Result<(), PatternError> {
        let Provision { method, uri, in_state, out_state, document, .. } = provision;
        let in_state = if in_state.is_empty() { Cow::Borrowed(STATE_INITIAL) } else { in_state };
        let current = &mut self.current;
        let key = Key::new(method, uri.as_bytes(), in_state.as_bytes());
        let replaced = current.index.find(key).map(|rule| rule.position);
        let position = replaced.unwrap_or(current.rules.len());
        if current.algorithm == Algorithm::PriorityMatchingRegex {
            let entry = Entry::compile(position, &priority::pattern_of(method, &uri, &in_state))?;
            // The pattern of a replaced rule is the same and where it belongs already.
            self.pending.extend(replaced.is_none().then_some(entry));
        }
        current.defaults += usize::from(replaced.is_none() && uri.is_empty());
        current.methods |= 1 << method.index();
        let is_used = AtomicBool::new(false);
        let rule = Rule { answer, in_state, out_state, uri, method, is_used, position, document };
        let rule = Arc::new(rule);
        let key = Key::new(method, rule.uri.as_bytes(), rule.in_state.as_bytes());
        current.index.insert(key, Arc::clone(&rule));
        current.rules.put(rule);
        Ok(())
    }

    /// Removes every rule; was there any?
    pub fn clear(&mut self) -> bool {
        let had_any = !self.current.is_empty();
        self.pending.clear();
        self.current = Snapshot::empty(Arc::clone(&self.current.config));
        had_any
    }

    /// Sets how requests are matched. Rules that were posted before are matched like new ones, except that a key which
    /// is no pattern is not an error: as a pattern it matches nothing.
    pub fn set_matching(&mut self, config: Config) {
        let current = &mut self.current;
        let before = std::mem::replace(&mut current.algorithm, config.algorithm);
        current.query_filter = config.query_filter;
        current.config = Arc::new(config);
        if current.algorithm == before {
            return;
        }
        self.pending.clear();
        current.patterns = PatternIndex::default();
        if current.algorithm == Algorithm::PriorityMatchingRegex {
            self.pending.extend(current.rules.iter().filter_map(|rule| {
                let pattern = priority::pattern_of(rule.method, &rule.uri, &rule.in_state);
                Entry::compile(rule.position, &pattern).ok()
            }));
        }
    }

    /// How requests are matched.
    pub fn matching(&self) -> &Config {
        &self.current.config
    }

    /// The rules as they are now, without copying them. Indexes the patterns that were added since the last time.
    pub fn snapshot(&mut self) -> Snapshot<R> {
        self.current.patterns.append(&mut self.pending);
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
        self.current.rules.iter().collect()
    }
}

#[cfg(test)]
mod tests;
