//! The part of the pattern language that is matched without an engine: a chain of literal text, of characters or classes
//! with a quantifier, and of groups of literal alternatives. Everything else is left to [`crate::regex`], also everything that is doubtful.

use super::set::ByteSet;

/// A link of the chain.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Exactly these bytes.
    Literal(Vec<u8>),
    /// `min` to `max` bytes of the set; `None` is without end.
    Repeat { set: ByteSet, min: u16, max: Option<u16> },
    /// One of these.
    Choice(Vec<Vec<u8>>),
}

/// Repetitions that are counted here. Engines refuse large ones, so a pattern that is accepted here is never one that
/// they would refuse.
const COUNT_MAX: u16 = 255;

/// The links of a pattern; `None` when it is more than a chain, or no pattern at all.
pub(super) fn parse(source: &str) -> Option<Vec<Link>> {
    let mut parser = Parser { rest: source.as_bytes(), links: Vec::new(), is_outline: false };
    parser.chain(0)?;
    Some(parser.links)
}

/// A chain that matches whatever the pattern matches, and more: groups that are more than a chain count as any text.
/// The source must be known to be a pattern.
pub(super) fn parse_outline(source: &str) -> Option<Vec<Link>> {
    let mut parser = Parser { rest: source.as_bytes(), links: Vec::new(), is_outline: true };
    parser.chain(0)?;
    Some(parser.links)
}

/// Groups within groups; each is one call deeper.
const DEPTH_MAX: usize = 16;

struct Parser<'s> {
    rest: &'s [u8],
    links: Vec<Link>,
    is_outline: bool,
}

/// One byte or one class, before its quantifier.
enum Atom {
    Byte(u8),
    Set(ByteSet),
}

impl Parser<'_> {
    /// Up to the end of the group or of the pattern.
    fn chain(&mut self, depth: usize) -> Option<()> {
        loop {
            match *self.rest {
                [] => return (depth == 0).then_some(()),
                [b')', ..] => return (depth > 0).then_some(()),
                [b'(', ..] if self.is_outline => self.group_or_any(depth)?,
                [b'(', ..] => self.group(depth)?,
                _ => {
                    let atom = self.atom()?;
                    let (min, max) = self.quantifier(&atom)?;
                    self.push(atom, min, max);
                }
            }
        }
    }

    /// A group that is not repeated changes nothing about what the whole matches.
    fn group(&mut self, depth: usize) -> Option<()> {
        self.rest = self.rest.strip_prefix(b"(?:").or_else(|| self.rest.strip_prefix(b"("))?;
        if depth == DEPTH_MAX || matches!(self.rest, [b'?' | b')', ..]) {
            return None;
        }
        let inside = self.rest;
        if let Some(choice) = self.choice() {
            self.links.push(Link::Choice(choice));
            return (!self.is_at_quantifier()).then_some(());
        }
        self.rest = inside;
        self.chain(depth + 1)?;
        self.rest = self.rest.strip_prefix(b")")?;
        (!self.is_at_quantifier()).then_some(())
    }

    fn group_or_any(&mut self, depth: usize) -> Option<()> {
        let (group, links) = (self.rest, self.links.len());
        let literal_bytes = match self.links.last() {
            Some(Link::Literal(bytes)) => bytes.len(),
            _ => 0,
        };
        if self.group(depth).is_none() {
            self.rest = after_group(group)?;
            self.links.truncate(links);
            if let Some(Link::Literal(bytes)) = self.links.last_mut() {
                bytes.truncate(literal_bytes);
            }
            let any = Link::Repeat { set: ByteSet::default().inverted(), min: 0, max: None };
            if self.links.last() != Some(&any) {
                self.links.push(any);
            }
        }
        Some(())
    }

    /// Literal alternatives up to the end of their group; at least two, of which one is empty if the group is optional.
    fn choice(&mut self) -> Option<Vec<Vec<u8>>> {
        let mut choice = vec![Vec::new()];
        loop {
            match *self.rest {
                [b'|' | b')', ..] if choice.last()?.is_empty() => return None,
                [b'|', ..] => {
                    self.rest = &self.rest[1..];
                    choice.push(Vec::new());
                }
                [b')', ..] => break,
                _ => match self.atom()? {
                    Atom::Byte(byte) if !self.is_at_quantifier() => choice.last_mut()?.push(byte),
                    _ => return None,
                },
            }
        }
        self.rest = &self.rest[1..];
        if let Some(rest) = self.rest.strip_prefix(b"?") {
            self.rest = rest.strip_prefix(b"?").unwrap_or(rest);
            choice.push(Vec::new());
        }
        (choice.len() > 1).then_some(choice)
    }

    fn atom(&mut self) -> Option<Atom> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match first {
            b'.' => Some(Atom::Set(ByteSet::of(b"\n\r").inverted())),
            b'[' => self.class().map(Atom::Set),
            b'\\' => self.escape(),
            b'(' | b')' | b'^' | b'$' | b'|' | b'*' | b'+' | b'?' | b'{' | b'}' | b']' => None,
            byte => Some(Atom::Byte(byte)),
        }
    }

    /// What follows a backslash, in and out of a class.
    fn escape(&mut self) -> Option<Atom> {
        let (&escaped, rest) = self.rest.split_first()?;
        self.rest = rest;
        let positive = match escaped.to_ascii_lowercase() {
            b'd' => ByteSet::of_ranges(&[(b'0', b'9')]),
            b'w' => ByteSet::of_ranges(&[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')]),
            b's' => ByteSet::of_ranges(&[(b'\t', b'\r'), (b' ', b' ')]),
            _ => return escaped.is_ascii_punctuation().then_some(Atom::Byte(escaped)),
        };
        let is_negated = escaped.is_ascii_uppercase();
        Some(Atom::Set(if is_negated { positive.inverted() } else { positive }))
    }

    /// A class after its opening bracket.
    fn class(&mut self) -> Option<ByteSet> {
        let is_negated = self.rest.first() == Some(&b'^');
        self.rest = &self.rest[usize::from(is_negated)..];
        let mut set = ByteSet::default();
        if self.rest.first() == Some(&b']') {
            return None;
        }
        while self.rest.first() != Some(&b']') {
            match self.class_member()? {
                Atom::Set(members) => set = set.union(members),
                Atom::Byte(low) => match *self.rest {
                    [b'-', b']', ..] | [b']', ..] => set.insert_range(low, low),
                    [b'-', ..] => {
                        self.rest = &self.rest[1..];
                        let Atom::Byte(high) = self.class_member()? else { return None };
                        (low <= high).then(|| set.insert_range(low, high))?;
                    }
                    _ => set.insert_range(low, low),
                },
            }
        }
        self.rest = &self.rest[1..];
        Some(if is_negated { set.inverted() } else { set })
    }

    /// A hyphen is a member at the end only; elsewhere it is part of a range or left to the engine.
    fn class_member(&mut self) -> Option<Atom> {
        let (&first, rest) = self.rest.split_first()?;
        let is_last = rest.first() == Some(&b']');
        self.rest = rest;
        match first {
            b'\\' => self.escape(),
            b'[' | b']' => None,
            b'-' if !is_last => None,
            byte if byte.is_ascii() => Some(Atom::Byte(byte)),
            // A character of several bytes would be as many members.
            _ => None,
        }
    }

    fn is_at_quantifier(&self) -> bool {
        matches!(self.rest, [b'*' | b'+' | b'?' | b'{', ..])
    }

    fn quantifier(&mut self, atom: &Atom) -> Option<(u16, Option<u16>)> {
        if !self.is_at_quantifier() {
            return Some((1, Some(1)));
        }
        if matches!(atom, Atom::Byte(byte) if !byte.is_ascii()) {
            return None;
        }
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        let range = match first {
            b'*' => (0, None),
            b'+' => (1, None),
            b'?' => (0, Some(1)),
            _ => self.counts()?,
        };
        // Laziness says which match is found, not whether there is one.
        self.rest = self.rest.strip_prefix(b"?").unwrap_or(self.rest);
        (!self.is_at_quantifier()).then_some(range)
    }

    /// `n}`, `n,}` or `n,m}`.
    fn counts(&mut self) -> Option<(u16, Option<u16>)> {
        let min = self.count()?;
        let max = match self.rest {
            [b'}', ..] => Some(min),
            [b',', b'}', ..] => {
                self.rest = &self.rest[1..];
                None
            }
            [b',', ..] => {
                self.rest = &self.rest[1..];
                Some(self.count()?)
            }
            _ => return None,
        };
        self.rest = self.rest.strip_prefix(b"}")?;
        max.is_none_or(|max| min <= max).then_some((min, max))
    }

    fn count(&mut self) -> Option<u16> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let count = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (count <= COUNT_MAX).then_some(count)
    }

    fn push(&mut self, atom: Atom, min: u16, max: Option<u16>) {
        match (atom, max) {
            (_, Some(0)) => {}
            (Atom::Byte(byte), Some(1)) if min == 1 => match self.links.last_mut() {
                Some(Link::Literal(bytes)) => bytes.push(byte),
                _ => self.links.push(Link::Literal(vec![byte])),
            },
            (Atom::Byte(byte), max) => {
                self.links.push(Link::Repeat { set: ByteSet::of(&[byte]), min, max });
            }
            (Atom::Set(set), max) => self.links.push(Link::Repeat { set, min, max }),
        }
    }
}

/// What follows the group that `rest` begins with, and its quantifiers. Brackets within brackets are left alone: they may
/// name a class, and it is not worth while to know.
fn after_group(rest: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut is_in_class, mut at) = (0_usize, false, 0);
    loop {
        match (*rest.get(at)?, is_in_class) {
            (b'\\', _) => at += 1,
            (b'[', true) => return None,
            (b'[', false) => {
                let after_caret = at + 1 + usize::from(rest.get(at + 1) == Some(&b'^'));
                if rest.get(after_caret) == Some(&b']') {
                    return None;
                }
                is_in_class = true;
            }
            (b']', true) => is_in_class = false,
            (b'(', false) => depth += 1,
            (b')', false) => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    let mut rest = rest.get(at..)?;
    while let [b'*' | b'+' | b'?' | b'{', after @ ..] = rest {
        let is_count = rest[0] == b'{';
        let end = if is_count { after.iter().position(|&byte| byte == b'}')? + 1 } else { 0 };
        rest = &after[end..];
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Link {
        Link::Literal(text.as_bytes().to_vec())
    }

    fn repeat(members: &[(u8, u8)], min: u16, max: Option<u16>) -> Link {
        Link::Repeat { set: ByteSet::of_ranges(members), min, max }
    }

    #[test]
    fn chains() {
        let digits = &[(b'0', b'9')];
        for (source, links) in [
            ("", vec![]),
            ("/a/b", vec![literal("/a/b")]),
            (r"/a\?b=1\.5\/", vec![literal("/a?b=1.5/")]),
            ("/a-[0-9]+/b", vec![literal("/a-"), repeat(digits, 1, None), literal("/b")]),
            (r"(/a)(?:-(\d{2,4}))", vec![literal("/a-"), repeat(digits, 2, Some(4))]),
            ("ab?c", vec![literal("a"), repeat(&[(b'b', b'b')], 0, Some(1)), literal("c")]),
            ("a{3}", vec![repeat(&[(b'a', b'a')], 3, Some(3))]),
            ("ab{0}c", vec![literal("ac")]),
            ("[a\\-c-]*?", vec![repeat(&[(b'-', b'-'), (b'a', b'a'), (b'c', b'c')], 0, None)]),
            (
                "a(?:b|cd)(e)?f",
                vec![
                    literal("a"),
                    Link::Choice(vec![b"b".to_vec(), b"cd".to_vec()]),
                    Link::Choice(vec![b"e".to_vec(), Vec::new()]),
                    literal("f"),
                ],
            ),
            ("[^/]", vec![repeat(&[(0, b'.'), (b'0', 255)], 1, Some(1))]),
            (
                "\u{e9}/.",
                vec![literal("\u{e9}/"), repeat(&[(0, 9), (11, 12), (14, 255)], 1, Some(1))],
            ),
        ] {
            assert_eq!(parse(source), Some(links), "{source}");
        }
    }

    #[test]
    fn what_is_left_to_the_engine() {
        for source in [
            "a|b",
            "(a)+",
            "(a|b)*",
            "(a|b){2}",
            "(a)??+",
            "(a|)",
            "(|a)",
            "(a||b)",
            "(a|b+)",
            "(a|[bc])",
            "(a|b",
            "(a",
            "a)",
            "()",
            "(?=a)",
            "(?i)a",
            "^a",
            "a$",
            "a**",
            "a++",
            "*a",
            "{1}",
            "a{",
            "a{,2}",
            "a{2,1}",
            "a{256}",
            "a{1",
            "a{1x}",
            "[",
            "[]",
            "[^]",
            "[]a]",
            "[b-a]",
            "[[:digit:]]",
            r"[\w-z]",
            r"[a-\d]",
            "[a-]]",
            "[--a]",
            "\u{e9}+",
            "[\u{e9}]",
            r"\b",
            r"\1",
            r"\x41",
            r"\n",
            "\\",
            "}",
            "]",
        ] {
            assert_eq!(parse(source), None, "{source}");
        }
        let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_some());
        assert!(parse(&nested(100_000)).is_none());
    }

    #[test]
    fn outlines() {
        let any = || repeat(&[(0, 255)], 0, None);
        for (source, links) in [
            ("/a(b|c)+/d", vec![literal("/a"), any(), literal("/d")]),
            ("/a(?!b)(c(d)[)\\]]\\))*?/e", vec![literal("/a"), any(), literal("/e")]),
            ("(x(y+|z)){2,3}a(b)c", vec![any(), literal("abc")]),
            ("(x(y+|z)w)a", vec![literal("x"), any(), literal("wa")]),
        ] {
            assert_eq!(parse_outline(source), Some(links), "{source}");
        }
        for source in ["a|(b)+", "([[:digit:]])+", "([]a])+", "(a)+\\1", "^(a)+", "(a+"] {
            assert_eq!(parse_outline(source), None, "{source}");
        }
    }
}
