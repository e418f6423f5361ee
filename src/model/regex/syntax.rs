//! The syntax tree of a pattern, and what can be told from it without running it.

/// Bytes that may stand at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u128; 2]);

impl ByteSet {
    pub(super) fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 7)] |= 1 << (byte & 0x7f);
    }

    pub(super) fn add_range(&mut self, first: u8, last: u8) {
        (first..=last).for_each(|byte| self.add(byte));
    }

    pub(super) fn add_all(&mut self, other: ByteSet) {
        self.0[0] |= other.0[0];
        self.0[1] |= other.0[1];
    }

    pub(super) fn inverted(self) -> ByteSet {
        ByteSet([!self.0[0], !self.0[1]])
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 7)] >> (byte & 0x7f) & 1 == 1
    }

    /// The bytes as ranges with both ends included, in ascending order.
    pub(super) fn ranges(&self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..=u8::MAX).filter(|byte| self.has(*byte)) {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == byte => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }
}

/// What holds between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `^`: only before the first byte, whatever the line breaks.
    Start,
    /// `$`: only after the last byte.
    End,
    /// `\b`, with letters, digits and underscore of ASCII as word bytes.
    Word,
    /// `\B`
    NotWord,
}

/// A part of a pattern. Depth is bounded by the parser, so functions may recurse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Byte(u8),
    Set(ByteSet),
    Assertion(Assertion),
    /// Numbered from 1.
    Group {
        number: u32,
        inner: Box<Node>,
    },
    /// No part at all: the empty text.
    Concatenation(Vec<Node>),
    /// The first one that leads to a match wins.
    Alternatives(Vec<Node>),
    Repetition(Box<Repetition>),
    /// `(?=..)` and `(?!..)`
    LookAhead {
        inner: Box<Node>,
        is_negative: bool,
    },
    /// The text that the group matched last; no match when it took no part.
    BackReference(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repetition {
    pub(super) inner: Node,
    pub(super) min: u32,
    /// None: any number.
    pub(super) max: Option<u32>,
    pub(super) is_greedy: bool,
}

/// A required literal is cut at this length; the index gains nothing from longer ones.
const LITERAL_BYTES_MAX: usize = 256;

impl Node {
    /// An estimate of the states that an automaton of the pattern has.
    pub(super) fn states(&self) -> usize {
        match self {
            Node::Byte(_) | Node::Assertion(_) | Node::BackReference(_) => 1,
            // A state with many ranges is as large as several.
            Node::Set(set) => 1 + set.ranges().len() / 8,
            Node::Group { inner, .. } => inner.states().saturating_add(2),
            Node::LookAhead { inner, .. } => inner.states().saturating_add(2),
            Node::Concatenation(parts) => sum_of_states(parts).max(1),
            Node::Alternatives(parts) => sum_of_states(parts).saturating_add(parts.len()),
            Node::Repetition(repetition) => {
                let copies = repetition.max.unwrap_or(repetition.min).max(1);
                let copies = usize::try_from(copies).unwrap_or(usize::MAX);
                // Every round that may be left out begins with a choice.
                let choice = usize::from(repetition.max != Some(repetition.min));
                repetition.inner.states().saturating_add(choice).saturating_mul(copies)
            }
        }
    }

    /// Does the pattern hold what an automaton cannot do?
    pub(super) fn needs_backtracking(&self) -> bool {
        match self {
            Node::Byte(_) | Node::Set(_) | Node::Assertion(_) => false,
            Node::LookAhead { .. } | Node::BackReference(_) => true,
            Node::Group { inner, .. } => inner.needs_backtracking(),
            Node::Concatenation(parts) | Node::Alternatives(parts) => {
                parts.iter().any(Node::needs_backtracking)
            }
            Node::Repetition(repetition) => repetition.inner.needs_backtracking(),
        }
    }

    /// Can it match without consuming a byte?
    fn may_be_empty(&self) -> bool {
        match self {
            Node::Byte(_) | Node::Set(_) => false,
            Node::Assertion(_) | Node::LookAhead { .. } | Node::BackReference(_) => true,
            Node::Group { inner, .. } => inner.may_be_empty(),
            Node::Concatenation(parts) => parts.iter().all(Node::may_be_empty),
            Node::Alternatives(parts) => parts.iter().any(Node::may_be_empty),
            Node::Repetition(repetition) => repetition.min == 0 || repetition.inner.may_be_empty(),
        }
    }

    /// Can it prefer the empty match to a longer one at the same place, as `|a` and `a*?` do?
    pub(super) fn may_prefer_empty(&self) -> bool {
        self.may_be_empty() && !self.takes_empty_last()
    }

    /// True when no way to match follows the empty one in the order of preference. False may be said in doubt.
    fn takes_empty_last(&self) -> bool {
        match self {
            Node::Byte(_) | Node::Set(_) | Node::Assertion(_) | Node::LookAhead { .. } => true,
            Node::BackReference(_) => true,
            Node::Group { inner, .. } => inner.takes_empty_last(),
            // The ways of the whole are ordered by the first part, then by the second, and so on.
            Node::Concatenation(parts) => {
                !parts.iter().all(Node::may_be_empty) || parts.iter().all(Node::takes_empty_last)
            }
            Node::Alternatives(parts) => match parts.split_last() {
                Some((last, others)) => {
                    last.takes_empty_last() && !others.iter().any(Node::may_be_empty)
                }
                None => true,
            },
            Node::Repetition(repetition) => {
                (repetition.is_greedy || repetition.max == Some(0))
                    && repetition.inner.takes_empty_last()
            }
        }
    }

    /// The bytes of the longest match, `u32::MAX` for no bound. A back-reference may be as long as any group.
    pub(super) fn longest_match(&self) -> u32 {
        match self {
            Node::Byte(_) | Node::Set(_) => 1,
            Node::Assertion(_) | Node::LookAhead { .. } => 0,
            Node::Group { inner, .. } => inner.longest_match(),
            Node::Concatenation(parts) => {
                parts.iter().map(Node::longest_match).fold(0, u32::saturating_add)
            }
            Node::Alternatives(parts) => parts.iter().map(Node::longest_match).max().unwrap_or(0),
            Node::Repetition(repetition) => {
                match (repetition.inner.longest_match(), repetition.max) {
                    (0, _) => 0,
                    (_, None) => u32::MAX,
                    (once, Some(times)) => once.saturating_mul(times),
                }
            }
            Node::BackReference(_) => u32::MAX,
        }
    }

    /// The one text that matches. None as well when there is just one but not plainly so.
    pub(super) fn only_text(&self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let parts = match self {
            Node::Concatenation(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let start = usize::from(parts.first() == Some(&Node::Assertion(Assertion::Start)));
        let end = usize::from(parts.last() == Some(&Node::Assertion(Assertion::End)));
        let between = parts.get(start..parts.len().saturating_sub(end)).unwrap_or_default();
        between.iter().all(|part| part.append_only_text(&mut text)).then_some(text)
    }

    /// Appends the one text that the part matches wherever it stands; false when that is not so.
    fn append_only_text(&self, text: &mut Vec<u8>) -> bool {
        match self {
            Node::Byte(byte) => text.push(*byte),
            Node::Group { inner, .. } => return inner.append_only_text(text),
            Node::Concatenation(parts) => {
                return parts.iter().all(|part| part.append_only_text(text));
            }
            Node::Repetition(repetition) if repetition.max == Some(repetition.min) => {
                let mut once = Vec::new();
                let times = usize::try_from(repetition.min).unwrap_or(usize::MAX);
                let is_short = repetition.inner.append_only_text(&mut once)
                    && once.len().saturating_mul(times) <= LITERAL_BYTES_MAX;
                if !is_short {
                    return false;
                }
                text.extend(once.repeat(times));
            }
            _ => return false,
        }
        true
    }

    /// Byte strings that occur in every text that matches, in the order of the pattern.
    pub(super) fn literals(&self) -> Vec<Vec<u8>> {
        let mut runs = Runs::default();
        self.add_runs(&mut runs);
        runs.cut();
        runs.done
    }

    fn add_runs(&self, runs: &mut Runs) {
        match self {
            Node::Byte(byte) => runs.push(*byte),
            // They consume nothing, so their neighbours stay neighbours.
            Node::Assertion(_) | Node::LookAhead { .. } => {}
            Node::Group { inner, .. } => inner.add_runs(runs),
            Node::Concatenation(parts) => parts.iter().for_each(|part| part.add_runs(runs)),
            Node::Repetition(repetition) if repetition.min > 0 => {
                let mut text = Vec::new();
                if self.append_only_text(&mut text) {
                    text.iter().for_each(|byte| runs.push(*byte));
                    return;
                }
                text.clear();
                let is_text = repetition.inner.append_only_text(&mut text);
                // What comes before is followed by the first time, what comes after follows the last one.
                let cuts = runs.cuts;
                repetition.inner.add_runs(runs);
                if runs.cuts == cuts {
                    runs.cut();
                }
                if is_text {
                    text.iter().for_each(|byte| runs.push(*byte));
                }
            }
            Node::Set(_) | Node::Alternatives(_) | Node::Repetition(_) | Node::BackReference(_) => {
                runs.cut();
            }
        }
    }
}

fn sum_of_states(parts: &[Node]) -> usize {
    parts.iter().map(Node::states).fold(0, usize::saturating_add)
}

/// Literals found so far and the one that still grows.
#[derive(Default)]
struct Runs {
    done: Vec<Vec<u8>>,
    current: Vec<u8>,
    cuts: usize,
}

impl Runs {
    fn push(&mut self, byte: u8) {
        if self.current.len() >= LITERAL_BYTES_MAX {
            self.cut();
        }
        self.current.push(byte);
    }

    fn cut(&mut self) {
        self.cuts += 1;
        if !self.current.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }
}
