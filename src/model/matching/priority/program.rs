//! Patterns that need no engine, as nearly all request URIs of provisions are: a chain of literals, repeated classes
//! and literal alternatives.
//!
//! Such a pattern is a few dozen bytes that are read once from the left, where an engine is several kilobytes: with ten
//! thousand patterns it is the memory that a look-up waits for.

mod parse;
mod set;

use parse::Link;
use set::ByteSet;
use std::sync::Arc;

/// A compiled chain.
///
/// The bytes are: the length of the literal at the end (16 bits, little-endian), that literal, then the other links. A
/// literal link is `LITERAL`, its length (16 bits), its bytes. A repetition is `SURE` or `UNSURE`, the least and the
/// largest count (16 bits each), the number of ranges (8 bits), the ranges (two bytes each). A choice is `CHOICE` and `SURE`
/// or `UNSURE`, the number of alternatives (8 bits), each as its length (16 bits) and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Program(Arc<[u8]>);

const LITERAL: u8 = 0;
/// Taking as many bytes as possible is always right, since what follows cannot begin with a byte of the set.
const SURE: u8 = 1;
/// How many bytes to take must be tried.
const UNSURE: u8 = 2;
/// Added to `SURE` (no alternative begins with another one) or `UNSURE`.
const CHOICE: u8 = 2;

/// Stands for a repetition without end; counts that are written out are smaller.
const ENDLESS: u16 = u16::MAX;

/// Links whose extent must be tried. Each is one call deeper, and tries multiply.
const UNSURE_MAX: usize = 4;

/// Tries of one text, after which an engine decides: about what an engine would need.
const TRIES_MAX: u32 = 256;

/// What a program says about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Match,
    NoMatch,
    /// It would take too long to say.
    Unknown,
}

impl Program {
    /// The program of a pattern; `None` when it needs an engine or is no pattern.
    pub(super) fn compile(source: &str) -> Option<Program> {
        Program::encode(parse::parse(source)?)
    }

    /// A program that says [`Verdict::NoMatch`] only of texts that the pattern does not match.
    pub(super) fn compile_outline(source: &str) -> Option<Program> {
        Program::encode(parse::parse_outline(source)?)
    }

    fn encode(mut links: Vec<Link>) -> Option<Program> {
        let suffix = match links.pop() {
            Some(Link::Literal(bytes)) => bytes,
            other => {
                links.extend(other);
                Vec::new()
            }
        };
        let mut code = Vec::new();
        write_literal(&suffix, &mut code)?;
        for (i, link) in links.iter().enumerate() {
            match link {
                Link::Literal(bytes) => {
                    code.push(LITERAL);
                    write_literal(bytes, &mut code)?;
                }
                Link::Repeat { set, min, max } => {
                    let is_sure = *max == Some(*min) || is_sure(*set, &links[i + 1..]);
                    code.push(if is_sure { SURE } else { UNSURE });
                    code.extend_from_slice(&min.to_le_bytes());
                    code.extend_from_slice(&max.unwrap_or(ENDLESS).to_le_bytes());
                    let ranges = set.ranges();
                    code.push(u8::try_from(ranges.len()).ok()?);
                    code.extend_from_slice(ranges.as_flattened());
                }
                Link::Choice(alternatives) => {
                    let is_sure = is_prefix_free(alternatives);
                    code.push(CHOICE + if is_sure { SURE } else { UNSURE });
                    code.push(u8::try_from(alternatives.len()).ok()?);
                    for alternative in alternatives {
                        write_literal(alternative, &mut code)?;
                    }
                }
            }
        }
        let program = Program(code.into());
        (program.unsure_links() <= UNSURE_MAX).then_some(program)
    }

    /// The program of the pattern that matches this text only.
    pub(super) fn of_literal(text: &[u8]) -> Option<Program> {
        let mut code = Vec::with_capacity(text.len() + 2);
        write_literal(text, &mut code)?;
        Some(Program(code.into()))
    }

    /// Does it always know?
    pub(super) fn is_sure(&self) -> bool {
        self.unsure_links() == 0
    }

    fn unsure_links(&self) -> usize {
        let is_unsure = |link: &Code<'_>| match link {
            Code::Literal(_) => false,
            Code::Repeat { is_sure, .. } | Code::Choice { is_sure, .. } => !is_sure,
        };
        self.links().filter(is_unsure).count()
    }

    /// Does the whole text match?
    #[inline]
    pub(super) fn matches(&self, text: &[u8]) -> Verdict {
        let (suffix, code) = read_literal(&self.0);
        match text.strip_suffix(suffix) {
            Some(text) => run(code, text, &mut TRIES_MAX.clone()),
            None => Verdict::NoMatch,
        }
    }

    /// The text, when it is the only one that matches.
    pub(super) fn literal(&self) -> Option<&[u8]> {
        let (suffix, code) = read_literal(&self.0);
        code.is_empty().then_some(suffix)
    }

    /// The literal that every matching text begins with; may be empty. A sole literal is a suffix and no prefix.
    pub(super) fn prefix(&self) -> &[u8] {
        match self.links().next() {
            Some(Code::Literal(bytes)) => bytes,
            _ => b"",
        }
    }

    /// The literal that every matching text ends with; may be empty.
    pub(super) fn suffix(&self) -> &[u8] {
        read_literal(&self.0).0
    }

    /// The literals between prefix and suffix.
    pub(super) fn inner_literals(&self) -> impl Iterator<Item = &[u8]> {
        self.links().skip(1).filter_map(|link| match link {
            Code::Literal(bytes) => Some(bytes),
            Code::Repeat { .. } | Code::Choice { .. } => None,
        })
    }

    fn links(&self) -> impl Iterator<Item = Code<'_>> {
        let mut code = read_literal(&self.0).1;
        std::iter::from_fn(move || {
            let (link, rest) = read_link(code)?;
            code = rest;
            Some(link)
        })
    }
}

/// Nothing that may follow can begin with a byte of the set, or the text ends.
fn is_sure(set: ByteSet, following: &[Link]) -> bool {
    for link in following {
        match link {
            Link::Literal(bytes) => return bytes.first().is_none_or(|&first| !set.contains(first)),
            Link::Repeat { set: other, .. } if !set.is_disjoint(*other) => return false,
            Link::Repeat { min: 1.., .. } => return true,
            Link::Repeat { .. } => {}
            Link::Choice(alternatives) => {
                let mut firsts = alternatives.iter().filter_map(|bytes| bytes.first());
                if firsts.any(|&first| set.contains(first)) {
                    return false;
                }
                if alternatives.iter().all(|bytes| !bytes.is_empty()) {
                    return true;
                }
            }
        }
    }
    true
}

/// At most one of them can stand at any place.
fn is_prefix_free(alternatives: &[Vec<u8>]) -> bool {
    alternatives.iter().enumerate().all(|(i, one)| {
        let mut others = alternatives.iter().enumerate().filter(|(other, _)| *other != i);
        others.all(|(_, other)| !other.starts_with(one))
    })
}

/// `None` when it is too long for its length to be written.
fn write_literal(bytes: &[u8], code: &mut Vec<u8>) -> Option<()> {
    code.extend_from_slice(&u16::try_from(bytes.len()).ok()?.to_le_bytes());
    code.extend_from_slice(bytes);
    Some(())
}

/// A link as it is read back.
enum Code<'c> {
    Literal(&'c [u8]),
    Repeat { is_sure: bool, min: usize, max: usize, ranges: &'c [[u8; 2]] },
    Choice { is_sure: bool, alternatives: Alternatives<'c> },
}

/// What is left of the alternatives of a choice.
struct Alternatives<'c> {
    count: u8,
    code: &'c [u8],
}

impl<'c> Iterator for Alternatives<'c> {
    type Item = &'c [u8];

    #[inline]
    fn next(&mut self) -> Option<&'c [u8]> {
        self.count = self.count.checked_sub(1)?;
        let (bytes, rest) = read_literal(self.code);
        self.code = rest;
        Some(bytes)
    }
}

#[inline]
fn read_literal(code: &[u8]) -> (&[u8], &[u8]) {
    match code {
        [low, high, rest @ ..] => rest
            .split_at_checked(usize::from(u16::from_le_bytes([*low, *high])))
            .unwrap_or((rest, b"")),
        _ => (b"", b""),
    }
}

#[inline]
fn read_link(code: &[u8]) -> Option<(Code<'_>, &[u8])> {
    let (&kind, code) = code.split_first()?;
    if kind == LITERAL {
        let (bytes, rest) = read_literal(code);
        return Some((Code::Literal(bytes), rest));
    }
    if kind > CHOICE {
        let (&count, code) = code.split_first()?;
        let mut rest = Alternatives { count, code };
        rest.by_ref().for_each(drop);
        let alternatives = Alternatives { count, code };
        return Some((Code::Choice { is_sure: kind == CHOICE + SURE, alternatives }, rest.code));
    }
    let [min_low, min_high, max_low, max_high, ranges, rest @ ..] = code else { return None };
    let (ranges, rest) = rest.split_at_checked(2 * usize::from(*ranges))?;
    let max = match u16::from_le_bytes([*max_low, *max_high]) {
        ENDLESS => usize::MAX,
        max => usize::from(max),
    };
    let min = usize::from(u16::from_le_bytes([*min_low, *min_high]));
    let ranges = ranges.as_chunks().0;
    Some((Code::Repeat { is_sure: kind == SURE, min, max, ranges }, rest))
}

fn run(mut code: &[u8], mut text: &[u8], tries: &mut u32) -> Verdict {
    while let Some((link, rest)) = read_link(code) {
        code = rest;
        match link {
            Code::Literal(bytes) => match text.strip_prefix(bytes) {
                Some(after) => text = after,
                None => return Verdict::NoMatch,
            },
            Code::Repeat { is_sure, min, max, ranges } => {
                let length = run_length(ranges, &text[..text.len().min(max)]);
                if length < min {
                    return Verdict::NoMatch;
                }
                if !is_sure {
                    let rests = (min..=length).rev().map(|length| &text[length..]);
                    return try_rests(code, rests, tries);
                }
                text = &text[length..];
            }
            Code::Choice { is_sure: true, mut alternatives } => {
                match alternatives.find_map(|bytes| text.strip_prefix(bytes)) {
                    Some(after) => text = after,
                    None => return Verdict::NoMatch,
                }
            }
            Code::Choice { alternatives, .. } => {
                let rests = alternatives.filter_map(|bytes| text.strip_prefix(bytes));
                return try_rests(code, rests, tries);
            }
        }
    }
    if text.is_empty() { Verdict::Match } else { Verdict::NoMatch }
}

/// How many bytes at the beginning are in one of the ranges.
#[inline]
fn run_length(ranges: &[[u8; 2]], text: &[u8]) -> usize {
    let is_in = |byte: u8| ranges.iter().any(|[low, high]| (*low..=*high).contains(&byte));
    text.iter().position(|&byte| !is_in(byte)).unwrap_or(text.len())
}

/// The code applied to each text that a link may leave.
fn try_rests<'t>(code: &[u8], rests: impl Iterator<Item = &'t [u8]>, tries: &mut u32) -> Verdict {
    for rest in rests {
        *tries = match tries.checked_sub(1) {
            Some(left) => left,
            None => return Verdict::Unknown,
        };
        match run(code, rest, tries) {
            Verdict::NoMatch => {}
            verdict => return verdict,
        }
    }
    Verdict::NoMatch
}

#[cfg(test)]
mod tests;
