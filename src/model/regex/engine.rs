//! What runs a pattern: an automaton in linear time, or the backtracking engine.

use super::backtrack::{Budget, GaveUp, Program, Wanted};
use super::emit;
use super::syntax::Node;
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{Anchored, Input, meta};

/// Start and end of the match, then of each group; as many as the caller wants to know.
pub(super) type Slots = [Option<NonMaxUsize>];

/// Memory of the states that an automaton computes while it runs, in each thread. It starts small; when it is full
/// the automaton begins anew.
const LAZY_STATES_BYTES_MAX: usize = 512 << 10;

/// Memory of the automaton that finds groups in one pass, which only some patterns have. Larger ones find them in
/// two passes.
const ONE_PASS_BYTES_MAX: usize = 256 << 10;

/// A pattern compiled for one purpose.
#[derive(Clone)]
pub(super) enum Engine {
    Automaton(meta::Regex),
    Backtracking(Program),
}

impl Engine {
    /// None when the automaton refuses the pattern, which the bounds of the parser should prevent.
    pub(super) fn new(node: &Node, groups: usize, wanted: Wanted) -> Option<Engine> {
        let hir = match wanted {
            _ if node.needs_backtracking() => None,
            Wanted::LongerHere => None,
            Wanted::Leftmost => Some(emit::hir(node)),
            Wanted::Whole => Some(emit::whole_hir(node)),
        };
        let Some(hir) = hir else {
            return Some(Engine::Backtracking(Program::new(node, groups)));
        };
        // The parser has its own bound of size. A complete DFA would take long to build for each pattern.
        let config = meta::Config::new()
            .utf8_empty(false)
            .dfa(false)
            .nfa_size_limit(None)
            .onepass_size_limit(Some(ONE_PASS_BYTES_MAX))
            .hybrid_cache_capacity(LAZY_STATES_BYTES_MAX);
        let automaton = meta::Builder::new().configure(config).build_from_hir(&hir).ok()?;
        Some(Engine::Automaton(automaton))
    }

    /// Does the whole text match? For an engine that wants that.
    pub(super) fn is_whole_match(&self, text: &[u8]) -> bool {
        match self {
            Engine::Automaton(automaton) => automaton.is_match(text),
            Engine::Backtracking(program) => {
                let budget = &mut Budget::for_text(text);
                program.search(text, 0, Wanted::Whole, budget, |_, _| {}) == Ok(true)
            }
        }
    }

    /// Searches `text` from `from` on; what is before it counts for word boundaries and `^`.
    pub(super) fn search(
        &self,
        text: &[u8],
        from: usize,
        wanted: Wanted,
        budget: &mut Budget,
        slots: &mut Slots,
    ) -> Result<bool, GaveUp> {
        if from > text.len() {
            return Ok(false);
        }
        match self {
            Engine::Automaton(automaton) => {
                let anchored = match wanted {
                    Wanted::Leftmost => Anchored::No,
                    Wanted::Whole | Wanted::LongerHere => Anchored::Yes,
                };
                let input = Input::new(text).range(from..).anchored(anchored);
                Ok(automaton.search_slots(&input, slots).is_some())
            }
            Engine::Backtracking(program) => {
                program.search(text, from, wanted, budget, |n, place| {
                    if let Some(slot) = slots.get_mut(n) {
                        *slot = place.and_then(NonMaxUsize::new);
                    }
                })
            }
        }
    }
}
