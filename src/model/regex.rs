//! ECMAScript regular expressions over bytes, in the dialect of libstdc++ and the C locale (specification A2.6).
//!
//! [`Pattern::new`] reads a pattern into a syntax tree (`regex/parse.rs`, `regex/bracket.rs`) and keeps only what it
//! tells: ten thousand patterns of which a few are used cost little. The first use reads it again and builds the
//! engine for it (`regex/engine.rs`): an automaton that takes linear time, or, when there is look-ahead or a
//! back-reference, a backtracking engine with a limit (`regex/backtrack.rs`). At the limit there is no match.
//!
//! Of several ways to match at the leftmost place the first one counts, as written: an alternative before those
//! behind it, more repetitions before fewer unless the quantifier is lazy.

mod backtrack;
mod bracket;
mod emit;
mod engine;
mod format;
mod parse;
mod syntax;

pub use format::Format;

use backtrack::{Budget, GaveUp, Wanted};
use engine::{Engine, Slots};
use parse::Parsed;
use regex_automata::util::primitives::NonMaxUsize;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

/// Slots that fit on the stack: the match and 15 groups. Patterns with more need an allocation for each call.
const SLOTS_INLINE: usize = 32;

/// How far the searches of one replacement may look ahead together with an automaton: about a tenth of a second. Each
/// is linear, but where every byte begins a short match that a longer one might replace, all together are quadratic.
/// Beyond, the backtracking engine goes on, which counts its steps.
const REACH_BYTES_MAX: usize = 1 << 26;

/// A compiled pattern. Clones share the compiled program but not the working memory of searches, so a clone for each
/// thread is the fastest.
#[derive(Clone)]
pub struct Pattern {
    source: Box<str>,
    groups: u32,
    /// An empty match may hide a longer one at the same place.
    may_prefer_empty: bool,
    /// The bytes of its longest match; `u32::MAX` when there is no bound.
    reach: u32,
    /// The only text that matches.
    literal: Option<Box<[u8]>>,
    whole: LazyEngine,
    leftmost: LazyEngine,
    longer: LazyEngine,
}

/// None inside: the engine refused the pattern, and nothing matches.
type LazyEngine = OnceLock<Option<Box<Engine>>>;

/// Why a pattern does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {at}")]
pub struct PatternError {
    /// Offset in the pattern.
    pub at: usize,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.source).finish()
    }
}

impl Pattern {
    /// Reads `source`. Errors are of syntax or of size: at most 64 KiB, 50 levels of groups and quantifiers, and
    /// 50 000 states when counted repetitions are written out.
    pub fn new(source: &str) -> Result<Pattern, PatternError> {
        let Parsed { node, groups } = parse::parse(source)?;
        Ok(Pattern {
            source: source.into(),
            groups,
            may_prefer_empty: node.may_prefer_empty(),
            reach: node.longest_match(),
            literal: node.only_text().map(Vec::into_boxed_slice),
            whole: LazyEngine::new(),
            leftmost: LazyEngine::new(),
            longer: LazyEngine::new(),
        })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Capture groups, the whole match not counted.
    pub fn groups(&self) -> usize {
        usize::try_from(self.groups).unwrap_or(usize::MAX)
    }

    /// The only text that fully matches, when the pattern has no more to it than that.
    pub fn is_literal(&self) -> Option<&[u8]> {
        self.literal.as_deref()
    }

    /// Byte strings each of which occurs in every text that fully matches; computed at each call.
    pub fn literals(&self) -> Vec<Vec<u8>> {
        parse::parse(&self.source).map(|parsed| parsed.node.literals()).unwrap_or_default()
    }

    /// Does the whole of `text` match?
    #[inline]
    pub fn is_full_match(&self, text: &[u8]) -> bool {
        match &self.literal {
            Some(literal) => **literal == *text,
            None => self.engine(Wanted::Whole).is_some_and(|engine| engine.is_whole_match(text)),
        }
    }

    /// Matches the whole of `text`; `groups` then has a range for each capture group that took part, group 1 first.
    pub fn captures_full(&self, text: &[u8], groups: &mut Vec<Option<Range<usize>>>) -> bool {
        groups.clear();
        if self.groups == 0 {
            return self.is_full_match(text);
        }
        let Some(engine) = self.engine(Wanted::Whole) else { return false };
        with_slots(self.groups(), |slots| {
            let budget = &mut Budget::for_text(text);
            let is_match = engine.search(text, 0, Wanted::Whole, budget, slots) == Ok(true);
            if is_match {
                groups.extend((1..=self.groups()).map(|number| format::group(slots, number)));
            }
            is_match
        })
    }

    /// Appends `text` to `out` with every match replaced. When the backtracking engine gives up, nothing is replaced.
    /// False when that would take more than `bytes_max` bytes, and then nothing is replaced either: `$'` alone can make
    /// gigabytes of a short text.
    pub fn replace_all(
        &self,
        text: &[u8],
        format: &Format,
        bytes_max: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        let start = out.len();
        let groups = format.last_group().min(self.groups());
        let end_max = start.saturating_add(bytes_max);
        let replaced = with_slots(groups, |slots| self.replace(text, format, slots, end_max, out));
        if replaced.is_err() {
            out.truncate(start);
            out.extend_from_slice(text);
        }
        replaced != Err(NotReplaced::TooLong)
    }

    fn replace(
        &self,
        text: &[u8],
        format: &Format,
        slots: &mut Slots,
        end_max: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), NotReplaced> {
        let budget = &mut Budget::for_text(text);
        let reach = usize::try_from(self.reach).unwrap_or(usize::MAX);
        let mut reach_left = REACH_BYTES_MAX;
        let mut search = |wanted, from: usize, slots: &mut Slots| {
            let reach = reach.min(text.len().saturating_sub(from));
            let left = reach_left.checked_sub(reach);
            reach_left = left.unwrap_or(0);
            // The engine for longer matches is one that backtracks, and finds what is wanted.
            let engine = if left.is_some() { wanted } else { Wanted::LongerHere };
            match self.engine(engine) {
                Some(engine) => engine.search(text, from, wanted, budget, slots),
                None => Ok(false),
            }
        };
        let mut copied = 0;
        let mut is_found = search(Wanted::Leftmost, 0, slots)?;
        while is_found {
            let Some(found) = format::group(slots, 0) else { break };
            append(text, copied..found.start, end_max, out)?;
            format.expand(text, copied, slots, end_max, out)?;
            copied = found.end;
            // A longer match at the place of an empty one comes next if there is one; otherwise the search moves on.
            let is_empty = found.is_empty();
            is_found =
                is_empty && self.may_prefer_empty && search(Wanted::LongerHere, found.end, slots)?;
            if !is_found {
                let from = found.end + usize::from(is_empty);
                is_found = search(Wanted::Leftmost, from, slots)?;
            }
        }
        append(text, copied..text.len(), end_max, out)
    }

    fn engine(&self, wanted: Wanted) -> Option<&Engine> {
        let lazy = match wanted {
            Wanted::Whole => &self.whole,
            Wanted::Leftmost => &self.leftmost,
            Wanted::LongerHere => &self.longer,
        };
        lazy.get_or_init(|| self.build(wanted)).as_deref()
    }

    #[cold]
    fn build(&self, wanted: Wanted) -> Option<Box<Engine>> {
        let parsed = parse::parse(&self.source).ok()?;
        Engine::new(&parsed.node, self.groups(), wanted).map(Box::new)
    }
}

/// Why nothing was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotReplaced {
    /// A search took too many steps.
    GaveUp,
    /// The result would be too long.
    TooLong,
}

impl From<GaveUp> for NotReplaced {
    fn from(_: GaveUp) -> Self {
        NotReplaced::GaveUp
    }
}

/// Appends a piece of `text` unless `out` would be longer than `end_max` then.
fn append(
    text: &[u8],
    piece: Range<usize>,
    end_max: usize,
    out: &mut Vec<u8>,
) -> Result<(), NotReplaced> {
    let piece = text.get(piece).unwrap_or_default();
    if piece.len() > end_max.saturating_sub(out.len()) {
        return Err(NotReplaced::TooLong);
    }
    out.extend_from_slice(piece);
    Ok(())
}

/// Runs `search` with slots for the match and so many groups.
fn with_slots<T>(groups: usize, search: impl FnOnce(&mut Slots) -> T) -> T {
    let length = 2 * (groups + 1);
    let mut inline: [Option<NonMaxUsize>; SLOTS_INLINE] = [None; SLOTS_INLINE];
    match inline.get_mut(..length) {
        Some(slots) => search(slots),
        None => search(&mut vec![None; length]),
    }
}

#[cfg(test)]
mod tests;
