//! Reading members of a script, with the place of each for what is to be said about it.

use super::node::Node;
use super::pointer::below;
use std::collections::HashSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Longer names are cut in messages, which are one line.
const QUOTE_CHARS_MAX: usize = 60;

/// As many names are listed in a message when none is close to the one that was written.
const LISTED_NAMES_MAX: usize = 8;

/// What is wrong at a place of a script, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// A JSON pointer.
    pub(super) place: String,
    pub(super) wrong: String,
    pub(super) right: String,
}

/// A value of the script, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) node: &'a Node,
    pub(super) place: String,
}

impl<'a> Entry<'a> {
    /// The whole document.
    pub(super) fn root(node: &'a Node) -> Entry<'a> {
        Entry { node, place: String::new() }
    }

    /// Says what is wrong here, and what was expected.
    pub(super) fn fault(&self, wrong: impl Display, expected: impl Display) -> Fault {
        self.advise(wrong, format_args!("expected {expected}"))
    }

    /// Says what is wrong here, and in a sentence of its own what would be right.
    pub(super) fn advise(&self, wrong: impl Display, right: impl Display) -> Fault {
        Fault { place: self.place.clone(), wrong: wrong.to_string(), right: right.to_string() }
    }

    fn not_a(&self, kind: &str) -> Fault {
        self.fault(format_args!("{} stands here", self.node.kind()), kind)
    }

    /// Refuses members that stand twice in one object, here or anywhere below.
    pub(super) fn check_unique(&self) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        for below in self.children() {
            if matches!(self.node, Node::Object(_)) && !seen.insert(below.place.clone()) {
                return Err(below.fault("this member stands here twice", "each member once"));
            }
            below.check_unique()?;
        }
        Ok(())
    }

    /// The members of an object or the items of an array.
    pub(super) fn children(&self) -> Vec<Entry<'a>> {
        let child = |name: &str, node| Entry { node, place: below(&self.place, name) };
        match self.node {
            Node::Object(members) => members.iter().map(|(n, v)| child(n, v)).collect(),
            Node::Array(items) => {
                items.iter().enumerate().map(|(n, v)| child(&n.to_string(), v)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Checks that this is an object with no other members than these.
    pub(super) fn check_members(&self, known: &[&str]) -> Result<(), Fault> {
        for (name, value) in self.members()? {
            if !known.contains(&name) {
                return Err(value.advise("there is no such member", suggestion(name, known)));
            }
        }
        Ok(())
    }

    /// Names and values of an object.
    pub(super) fn members(&self) -> Result<Vec<(&'a str, Entry<'a>)>, Fault> {
        let Node::Object(members) = self.node else {
            return Err(self.not_a("an object"));
        };
        Ok(members.iter().map(|(name, _)| name.as_str()).zip(self.children()).collect())
    }

    /// A member that may be missing.
    pub(super) fn optional(&self, name: &str) -> Option<Entry<'a>> {
        let node = self.node.member(name)?;
        Some(Entry { node, place: below(&self.place, name) })
    }

    /// A member that must be there; `kind` says what it is.
    pub(super) fn required(&self, name: &str, kind: &str) -> Result<Entry<'a>, Fault> {
        self.optional(name).ok_or_else(|| self.fault(format_args!("`{name}` is missing"), kind))
    }

    /// The text of a string.
    pub(super) fn text(&self) -> Result<&'a str, Fault> {
        match self.node {
            Node::String(text) => Ok(text),
            _ => Err(self.not_a("a string")),
        }
    }

    /// A boolean.
    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        match self.node {
            Node::Bool(value) => Ok(*value),
            _ => Err(self.not_a("true or false")),
        }
    }

    /// The items of an array.
    pub(super) fn items(&self) -> Result<Vec<Entry<'a>>, Fault> {
        match self.node {
            Node::Array(_) => Ok(self.children()),
            _ => Err(self.not_a("an array")),
        }
    }

    /// An integer between the two, included.
    pub(super) fn integer(&self, between: RangeInclusive<i64>) -> Result<i64, Fault> {
        let right = format!("an integer from {} to {}", between.start(), between.end());
        let Node::Number(number) = self.node else {
            return Err(self.not_a(&right));
        };
        match number.as_i64() {
            Some(value) if between.contains(&value) => Ok(value),
            _ => Err(self.fault(format_args!("{number} stands here"), right)),
        }
    }
}

/// A name in quotes, cut if it is long.
pub(super) fn quote(name: &str) -> String {
    match name.char_indices().nth(QUOTE_CHARS_MAX) {
        Some((end, _)) => format!("`{}...`", &name[..end]),
        None => format!("`{name}`"),
    }
}

/// Which of the names there are was meant, or else which there are.
pub(super) fn suggestion(name: &str, known: &[&str]) -> String {
    let name: String = name.chars().take(QUOTE_CHARS_MAX).collect();
    let distance = |other: &str| strsim::damerau_levenshtein(&name, other);
    let near = known
        .iter()
        .filter(|other| other.len() <= 2 * QUOTE_CHARS_MAX)
        .map(|other| (distance(other), *other))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 1.max(name.chars().count() / 3));
    if let Some((_, near)) = near {
        return format!("did you mean {}?", quote(near));
    }
    let listed: Vec<_> = known.iter().take(LISTED_NAMES_MAX).map(|name| quote(name)).collect();
    match known.len() - listed.len() {
        _ if known.is_empty() => "there are none at all".to_owned(),
        0 => format!("there are {}", listed.join(", ")),
        more => format!("there are {} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let known = ["call", "hangup", "dial"];
        assert_eq!(suggestion("cal", &known), "did you mean `call`?");
        assert_eq!(suggestion("hagnup", &known), "did you mean `hangup`?");
        assert_eq!(suggestion("sms", &known), "there are `call`, `hangup`, `dial`");
        assert_eq!(suggestion("sms", &[]), "there are none at all");
        let many: Vec<String> = (0..10).map(|n| format!("message-{n}-of-ten")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(suggestion("sms", &many).ends_with("`message-7-of-ten` and 2 more"));
        assert!(suggestion(&"x".repeat(100_000), &known).starts_with("there are"));
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(quote("abc"), "`abc`");
        assert_eq!(quote(&"é".repeat(100)), format!("`{}...`", "é".repeat(60)));
    }
}
