//! Reading a pattern: the ECMAScript grammar as libstdc++ takes it in the C locale, byte by byte.

use super::PatternError;
use super::bracket;
use super::syntax::{Assertion, ByteSet, Node, Repetition};

/// Longest pattern. Alternatives of a thousand paths fit.
pub(super) const PATTERN_BYTES_MAX: usize = 64 << 10;

/// Deepest nesting of groups and quantifiers, since everything that walks the tree recurses.
const NESTING_MAX: usize = 50;

/// States of the automaton, by estimate. Counted repetitions multiply them: `(.{100}){100}` has ten thousand.
/// The original stops at twice as many.
const STATES_MAX: usize = 50_000;

/// States times groups, which is what a search that reports groups needs memory for (8 bytes each, twice).
const STATES_BY_GROUPS_MAX: usize = 1 << 20;

/// A pattern as read.
pub(super) struct Parsed {
    pub(super) node: Node,
    /// How many capture groups there are.
    pub(super) groups: u32,
}

/// Reads a whole pattern, and refuses the ones that would make too large an engine.
pub(super) fn parse(source: &str) -> Result<Parsed, PatternError> {
    if source.len() > PATTERN_BYTES_MAX {
        let reason = format!("a pattern may have {PATTERN_BYTES_MAX} bytes at most");
        return Err(PatternError { at: PATTERN_BYTES_MAX, reason });
    }
    let scanner = Scanner { text: source.as_bytes(), at: 0 };
    let mut parser = Parser { scanner, groups: 0, open_groups: Vec::new(), depth: 0 };
    let (node, _) = parser.alternatives()?;
    if parser.scanner.peek().is_some() {
        return Err(parser.scanner.error("`)` without `(`; write `\\)` for the character"));
    }
    let groups = parser.groups;
    let states = node.states();
    let is_large = states > STATES_MAX
        || states.saturating_mul(usize::try_from(groups).unwrap_or(usize::MAX))
            > STATES_BY_GROUPS_MAX;
    if is_large {
        return Err(parser.scanner.error("the counted repetitions make the pattern too large"));
    }
    Ok(Parsed { node, groups })
}

/// A place in the pattern.
pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Takes `expected` if it comes next.
    pub(super) fn take(&mut self, expected: &[u8]) -> bool {
        let is_there = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(expected));
        if is_there {
            self.at += expected.len();
        }
        is_there
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// An error at the present place.
    pub(super) fn error(&self, reason: impl Into<String>) -> PatternError {
        PatternError { at: self.at, reason: reason.into() }
    }

    /// Decimal digits; None when there is none. A number too large for the type is as good as the largest one.
    fn number(&mut self) -> Option<u32> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            self.at += 1;
            let before = number.unwrap_or(0).saturating_mul(10);
            number = Some(before.saturating_add(u32::from(digit - b'0')));
        }
        number
    }

    /// The value of exactly `count` hexadecimal digits. Only its low byte counts: the pattern is one of bytes.
    fn hexadecimal(&mut self, count: usize) -> Result<u8, PatternError> {
        let mut value: u8 = 0;
        for _ in 0..count {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit.and_then(|digit| u8::try_from(digit).ok()) else {
                return Err(self.error(format!("{count} hexadecimal digits expected")));
            };
            self.at += 1;
            value = value << 4 | digit;
        }
        Ok(value)
    }
}

/// What a backslash and the bytes behind it mean, in brackets and outside.
pub(super) enum Escape {
    Byte(u8),
    Set(ByteSet),
    /// `\cA`. ECMAScript means the control character, libstdc++ the letter; there are patterns of both origins.
    Control {
        letter: u8,
    },
    Assertion(Assertion),
    BackReference(u32),
}

impl Scanner<'_> {
    /// Reads on behind a backslash.
    pub(super) fn escape(&mut self) -> Result<Escape, PatternError> {
        let Some(byte) = self.peek() else {
            return Err(self.error("nothing follows the backslash"));
        };
        if matches!(byte, b'1'..=b'9') {
            return Ok(Escape::BackReference(self.number().unwrap_or(0)));
        }
        self.at += 1;
        let meaning = match byte {
            b'0' => Escape::Byte(0),
            b't' => Escape::Byte(b'\t'),
            b'n' => Escape::Byte(b'\n'),
            b'v' => Escape::Byte(0x0b),
            b'f' => Escape::Byte(0x0c),
            b'r' => Escape::Byte(b'\r'),
            b'x' => Escape::Byte(self.hexadecimal(2)?),
            b'u' => Escape::Byte(self.hexadecimal(4)?),
            b'b' => Escape::Assertion(Assertion::Word),
            b'B' => Escape::Assertion(Assertion::NotWord),
            b'c' => match self.next() {
                Some(letter) if letter.is_ascii_alphabetic() => Escape::Control { letter },
                Some(other) => Escape::Byte(other),
                None => return Err(self.error("nothing follows `\\c`")),
            },
            b'd' | b's' | b'w' => Escape::Set(bracket::class(&[byte]).unwrap_or_default()),
            b'D' | b'S' | b'W' => {
                let opposite = bracket::class(&[byte.to_ascii_lowercase()]).unwrap_or_default();
                Escape::Set(opposite.inverted())
            }
            // Every other one is the letter itself.
            other => Escape::Byte(other),
        };
        Ok(meaning)
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    groups: u32,
    /// Groups that are not closed yet; none of them may be referred to.
    open_groups: Vec<u32>,
    depth: usize,
}

/// A part and how deep it is nested.
type Part = (Node, usize);

impl Parser<'_> {
    /// Alternatives up to the end or to the `)` that closes them, which is left.
    fn alternatives(&mut self) -> Result<Part, PatternError> {
        let (first, mut height) = self.concatenation()?;
        let mut parts = vec![first];
        while self.scanner.take(b"|") {
            let (part, part_height) = self.concatenation()?;
            parts.push(part);
            height = height.max(part_height);
        }
        Ok((single_or(parts, Node::Alternatives), height))
    }

    fn concatenation(&mut self) -> Result<Part, PatternError> {
        let mut parts = Vec::new();
        let mut height = 0;
        while !matches!(self.scanner.peek(), None | Some(b'|' | b')')) {
            let (part, part_height) = self.term()?;
            parts.push(part);
            height = height.max(part_height);
        }
        Ok((single_or(parts, Node::Concatenation), height))
    }

    /// An assertion, or anything else with its quantifiers.
    fn term(&mut self) -> Result<Part, PatternError> {
        let (mut node, mut height) = self.atom()?;
        while let Some(b'*' | b'+' | b'?' | b'{') = self.scanner.peek() {
            if matches!(node, Node::Assertion(_) | Node::LookAhead { .. }) {
                return Err(self.scanner.error("a quantifier cannot follow an assertion"));
            }
            height += 1;
            if height > NESTING_MAX {
                return Err(self.too_deep());
            }
            let (min, max) = self.quantifier()?;
            let is_greedy = !self.scanner.take(b"?");
            node = Node::Repetition(Box::new(Repetition { inner: node, min, max, is_greedy }));
        }
        Ok((node, height))
    }

    fn quantifier(&mut self) -> Result<(u32, Option<u32>), PatternError> {
        let start = self.scanner.position();
        match self.scanner.next() {
            Some(b'*') => return Ok((0, None)),
            Some(b'+') => return Ok((1, None)),
            Some(b'?') => return Ok((0, Some(1))),
            _ => {}
        }
        let Some(min) = self.scanner.number() else {
            return Err(self
                .scanner
                .error("a number must follow `{`; write `\\{` for the character"));
        };
        let max = if self.scanner.take(b",") { self.scanner.number() } else { Some(min) };
        if !self.scanner.take(b"}") {
            return Err(self.scanner.error("`}` expected"));
        }
        if max.is_some_and(|max| max < min) {
            let reason = "the upper bound is less than the lower one".to_owned();
            return Err(PatternError { at: start, reason });
        }
        Ok((min, max))
    }

    fn atom(&mut self) -> Result<Part, PatternError> {
        if matches!(self.scanner.peek(), Some(b'*' | b'+' | b'?' | b'{')) {
            return Err(self
                .scanner
                .error("nothing to repeat; write a backslash before the character"));
        }
        let start = self.scanner.position();
        let node = match self.scanner.next() {
            Some(b'(') => return self.group(start),
            Some(b'[') => Node::Set(bracket::set(&mut self.scanner)?),
            Some(b'\\') => self.escape(start)?,
            Some(b'^') => Node::Assertion(Assertion::Start),
            Some(b'$') => Node::Assertion(Assertion::End),
            Some(b'.') => {
                let mut line_ends = ByteSet::default();
                line_ends.add(b'\n');
                line_ends.add(b'\r');
                Node::Set(line_ends.inverted())
            }
            Some(other) => Node::Byte(other),
            None => Node::Concatenation(Vec::new()),
        };
        Ok((node, 0))
    }

    fn escape(&mut self, start: usize) -> Result<Node, PatternError> {
        Ok(match self.scanner.escape()? {
            Escape::Byte(byte) => Node::Byte(byte),
            Escape::Set(set) => Node::Set(set),
            Escape::Control { letter } => Node::Set(bracket::control(letter)),
            Escape::Assertion(assertion) => Node::Assertion(assertion),
            Escape::BackReference(number) => {
                if number > self.groups || self.open_groups.contains(&number) {
                    let reason = format!("there is no group {number} that ends before this place");
                    return Err(PatternError { at: start, reason });
                }
                Node::BackReference(number)
            }
        })
    }

    /// Reads on behind the `(` at `start`.
    fn group(&mut self, start: usize) -> Result<Part, PatternError> {
        self.depth += 1;
        if self.depth > NESTING_MAX {
            return Err(self.too_deep());
        }
        let is_plain = self.scanner.take(b"?:");
        let is_ahead = !is_plain && self.scanner.take(b"?=");
        let is_negative = !is_plain && !is_ahead && self.scanner.take(b"?!");
        let is_capture = !is_plain && !is_ahead && !is_negative;
        if is_capture && self.scanner.peek() == Some(b'?') {
            let reason = "only `(?:`, `(?=` and `(?!` are known: \
                          no look-behind, no named groups, no flags, no comments";
            return Err(self.scanner.error(reason));
        }
        let number = self.groups.saturating_add(1);
        if is_capture {
            self.groups = number;
            self.open_groups.push(number);
        }
        let (inner, height) = self.alternatives()?;
        if !self.scanner.take(b")") {
            let reason = "`(` is never closed; write `\\(` for the character".to_owned();
            return Err(PatternError { at: start, reason });
        }
        self.depth -= 1;
        if is_capture {
            self.open_groups.pop();
        }
        let height = height + 1;
        if height > NESTING_MAX {
            return Err(self.too_deep());
        }
        let inner = match (is_capture, is_plain) {
            (true, _) => Node::Group { number, inner: Box::new(inner) },
            (_, true) => plain_group(inner),
            _ => Node::LookAhead { inner: Box::new(inner), is_negative },
        };
        Ok((inner, height))
    }

    fn too_deep(&self) -> PatternError {
        self.scanner.error(format!("groups and quantifiers may nest {NESTING_MAX} deep at most"))
    }
}

/// A group without a number. Around an assertion it stays a node of its own: it may be repeated, the assertion not.
fn plain_group(inner: Node) -> Node {
    match inner {
        Node::Assertion(_) | Node::LookAhead { .. } => Node::Concatenation(vec![inner]),
        inner => inner,
    }
}

/// The only part, or all of them under `wrap`.
fn single_or(mut parts: Vec<Node>, wrap: fn(Vec<Node>) -> Node) -> Node {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            wrap(parts)
        }
        (None, _) => wrap(parts),
    }
}
