//! JSON as a script and the answers to it need it: members keep their order, and a place can be left open.

use super::template::Slot;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use std::fmt;

/// A JSON value. Members stand in the order written, repeated ones included.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// A value that an answer will bring. No parser makes it.
    Saved(Slot),
}

impl Node {
    /// What it is, with its article, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Node::Null => "null",
            Node::Bool(_) => "a boolean",
            Node::Number(_) => "a number",
            Node::String(_) => "a string",
            Node::Array(_) => "an array",
            Node::Object(_) => "an object",
            Node::Saved(_) => "a saved value",
        }
    }

    /// Is a place left open in it?
    pub(super) fn is_open(&self) -> bool {
        match self {
            Node::Saved(_) => true,
            Node::Array(items) => items.iter().any(Node::is_open),
            Node::Object(members) => members.iter().any(|(_, value)| value.is_open()),
            _ => false,
        }
    }

    /// The first member of that name, if this is an object that has one.
    pub(super) fn member(&self, name: &str) -> Option<&Node> {
        match self {
            Node::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }
}

/// Compact JSON; an open place is `null`.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Null | Node::Saved(_) => f.write_str("null"),
            Node::Bool(value) => value.fmt(f),
            Node::Number(value) => value.fmt(f),
            Node::String(text) => f.write_str(&quoted(text)),
            Node::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    f.write_str(if n == 0 { "[" } else { "," })?;
                    item.fmt(f)?;
                }
                f.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Node::Object(members) => {
                for (n, (name, value)) in members.iter().enumerate() {
                    f.write_str(if n == 0 { "{" } else { "," })?;
                    write!(f, "{}:{value}", quoted(name))?;
                }
                f.write_str(if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

/// A text as a JSON string, quotes included.
pub(super) fn quoted(text: &str) -> String {
    // A string has no key that is not one, and memory does not fail: the two errors there could be.
    serde_json::to_string(text).unwrap_or_default()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // JSON knows no number that is not finite.
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Node::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_numbers_survive() {
        let text =
            r#"{"b":[1,-2,18446744073709551615,0.5,true,null,[],{}],"a":{"z":"é\"\\\n","y":"/"}}"#;
        let node: Node = serde_json::from_str(text).unwrap();
        assert_eq!(node.to_string(), text);
        assert!(!node.is_open());
        assert!(
            Node::Array(vec![Node::Object(vec![("a".into(), Node::Saved(Slot(0)))])]).is_open()
        );
    }

    #[test]
    fn nesting_has_an_end() {
        assert!(serde_json::from_str::<Node>(&"[".repeat(100_000)).is_err());
    }
}
