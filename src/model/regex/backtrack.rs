//! An engine for what no automaton can do: look-ahead, back-references, and matches that must not be empty.
//!
//! It tries one way after the other in the order of preference and goes back where one fails. That can take
//! exponential time, so steps are counted and the engine gives up at a limit that grows with the text.

mod program;

use super::syntax::Assertion;
use program::Instruction;
pub(super) use program::Program;
use std::cell::RefCell;

/// Steps that every search may take, some milliseconds.
const STEPS_MIN: usize = 2_000_000;

/// Steps for each byte of text on top, so that simple patterns get through texts of any length.
const STEPS_EACH_BYTE: usize = 64;

/// Places to go back to, with 24 bytes each.
const FRAMES_MAX: usize = 1_000_000;

/// Frames that a thread keeps for the next search.
const FRAMES_KEPT: usize = 16 << 10;

/// Where nothing was stored.
const NOWHERE: usize = usize::MAX;

/// The limit was reached before the answer was clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GaveUp;

/// How many steps are left in a call.
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn for_text(text: &[u8]) -> Budget {
        Budget(text.len().saturating_mul(STEPS_EACH_BYTE).saturating_add(STEPS_MIN))
    }

    fn spend(&mut self, steps: usize) -> Result<(), GaveUp> {
        self.0 = self.0.checked_sub(steps).ok_or(GaveUp)?;
        Ok(())
    }
}

/// Which matches count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The leftmost one.
    Leftmost,
    /// Only one of the whole text.
    Whole,
    /// Only one that begins at the start of the search and has a byte.
    LongerHere,
}

/// What to undo or to try when a way fails.
#[derive(Clone, Copy)]
enum Frame {
    Try { pc: usize, at: usize },
    Restore { slot: usize, value: usize },
}

/// Memory of a search, kept by each thread so that searching does not allocate.
#[derive(Default)]
struct Scratch {
    frames: Vec<Frame>,
    slots: Vec<usize>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Program {
    /// Searches `text` from `from` on; `report` gets the slots of a match: its start and end, then those of the groups,
    /// `None` where a group took no part.
    pub(super) fn search(
        &self,
        text: &[u8],
        from: usize,
        wanted: Wanted,
        budget: &mut Budget,
        mut report: impl FnMut(usize, Option<usize>),
    ) -> Result<bool, GaveUp> {
        // Taken, not borrowed: then no nesting of calls could ever be refused.
        let mut scratch = SCRATCH.take();
        scratch.frames.clear();
        scratch.slots.clear();
        scratch.slots.resize(self.slots, NOWHERE);
        let mut search = Search { program: self, text, wanted, start: from, scratch, budget };
        let found = search.run_from(from);
        let mut scratch = search.scratch;
        if found == Ok(true) {
            for (n, value) in scratch.slots.iter().take(self.reported_slots).enumerate() {
                report(n, Some(*value).filter(|value| *value != NOWHERE));
            }
        }
        scratch.frames.clear();
        scratch.frames.shrink_to(FRAMES_KEPT);
        SCRATCH.set(scratch);
        found
    }
}

struct Search<'a> {
    program: &'a Program,
    text: &'a [u8],
    wanted: Wanted,
    start: usize,
    scratch: Scratch,
    budget: &'a mut Budget,
}

impl Search<'_> {
    fn run_from(&mut self, from: usize) -> Result<bool, GaveUp> {
        let last = if self.wanted == Wanted::Leftmost { self.text.len() } else { from };
        for at in from..=last {
            self.start = at;
            if let Some(end) = self.run(0, at)? {
                self.store(0, at)?;
                self.store(1, end)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Runs from an instruction until the program or a look-ahead ends, and says where in the text. After a failure
    /// all slots are as they were; after a success the frames stay, for the caller to undo them.
    fn run(&mut self, mut pc: usize, mut at: usize) -> Result<Option<usize>, GaveUp> {
        let base = self.scratch.frames.len();
        loop {
            self.budget.spend(1)?;
            let Some(instruction) = self.program.instructions.get(pc) else { return Ok(None) };
            let next = match instruction {
                Instruction::Byte(byte) if self.text.get(at) == Some(byte) => {
                    Some((pc + 1, at + 1))
                }
                Instruction::Set(set) if self.text.get(at).is_some_and(|byte| set.has(*byte)) => {
                    Some((pc + 1, at + 1))
                }
                Instruction::Byte(_) | Instruction::Set(_) => None,
                Instruction::Assertion(assertion) => {
                    holds(*assertion, self.text, at).then_some((pc + 1, at))
                }
                Instruction::Store(slot) => {
                    self.store(*slot, at)?;
                    Some((pc + 1, at))
                }
                Instruction::Jump(target) => Some((*target, at)),
                Instruction::Split { first, second } => {
                    self.push(Frame::Try { pc: *second, at })?;
                    Some((*first, at))
                }
                Instruction::LeaveIfStill { slot, target } => {
                    let is_still = self.slot(*slot) == at;
                    Some((if is_still { *target } else { pc + 1 }, at))
                }
                Instruction::LookAhead { is_negative, behind } => {
                    let holds = self.looks_ahead(pc + 1, at, *is_negative)?;
                    holds.then_some((*behind, at))
                }
                Instruction::BackReference(group) => {
                    self.repeated(*group, at)?.map(|end| (pc + 1, end))
                }
                Instruction::LookAheadEnd => return Ok(Some(at)),
                Instruction::Match if self.is_wanted(at) => return Ok(Some(at)),
                Instruction::Match => None,
            };
            let Some(next) = next.or_else(|| self.go_back(base)) else { return Ok(None) };
            (pc, at) = next;
        }
    }

    fn is_wanted(&self, end: usize) -> bool {
        match self.wanted {
            Wanted::Leftmost => true,
            Wanted::Whole => end == self.text.len(),
            Wanted::LongerHere => end > self.start,
        }
    }

    /// Does what a look-ahead asks hold? What groups found in a positive one stays.
    fn looks_ahead(&mut self, pc: usize, at: usize, is_negative: bool) -> Result<bool, GaveUp> {
        let base = self.scratch.frames.len();
        let is_there = self.run(pc, at)?.is_some();
        if is_there && is_negative {
            while self.go_back(base).is_some() {}
        } else if is_there {
            // No other way through the look-ahead is tried, but its groups must be undone with the rest.
            let frames = &mut self.scratch.frames;
            self.budget.spend(frames.len() - base)?;
            let mut kept = base;
            for n in base..frames.len() {
                if matches!(frames[n], Frame::Restore { .. }) {
                    frames[kept] = frames[n];
                    kept += 1;
                }
            }
            frames.truncate(kept);
        }
        Ok(is_there != is_negative)
    }

    /// The end of the text of a group when it stands again at `at`.
    fn repeated(&mut self, group: usize, at: usize) -> Result<Option<usize>, GaveUp> {
        let (start, end) = (self.slot(2 * group), self.slot(2 * group + 1));
        let Some(expected) = self.text.get(start..end) else { return Ok(None) };
        self.budget.spend(expected.len())?;
        let rest = self.text.get(at..).unwrap_or_default();
        Ok(rest.starts_with(expected).then_some(at + expected.len()))
    }

    fn slot(&self, slot: usize) -> usize {
        self.scratch.slots.get(slot).copied().unwrap_or(NOWHERE)
    }

    fn store(&mut self, slot: usize, at: usize) -> Result<(), GaveUp> {
        let value = self.slot(slot);
        self.push(Frame::Restore { slot, value })?;
        if let Some(place) = self.scratch.slots.get_mut(slot) {
            *place = at;
        }
        Ok(())
    }

    fn push(&mut self, frame: Frame) -> Result<(), GaveUp> {
        if self.scratch.frames.len() >= FRAMES_MAX {
            return Err(GaveUp);
        }
        self.scratch.frames.push(frame);
        Ok(())
    }

    /// Undoes everything since the last place with another way, which it returns; None when there is none above `base`.
    fn go_back(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.scratch.frames.len() > base {
            match self.scratch.frames.pop()? {
                Frame::Try { pc, at } => return Some((pc, at)),
                Frame::Restore { slot, value } => {
                    if let Some(place) = self.scratch.slots.get_mut(slot) {
                        *place = value;
                    }
                }
            }
        }
        None
    }
}

fn holds(assertion: Assertion, text: &[u8], at: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let is_boundary = || {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        is_word(before) != is_word(text.get(at))
    };
    match assertion {
        Assertion::Start => at == 0,
        Assertion::End => at == text.len(),
        Assertion::Word => is_boundary(),
        Assertion::NotWord => !is_boundary(),
    }
}
