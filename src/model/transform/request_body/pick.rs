//! Picking a few nodes out of a JSON text while it is parsed. What is accepted, and what is found, is the same as
//! with the whole document in memory: the skipped parts are checked as thoroughly, and of equal keys the last wins.

use super::super::pointer::Pointer;
use super::super::value::Value;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt;

/// A longer text gives its memory back before the next request.
const KEPT_BYTES_MAX: usize = 64 << 10;

/// The wanted places at and below a node.
#[derive(Debug, Default)]
pub(super) struct Branch {
    /// The number of this place, if it is wanted itself.
    wanted: Option<usize>,
    children: Vec<Child>,
}

#[derive(Debug)]
struct Child {
    member: Box<str>,
    element: Option<usize>,
    branch: Branch,
}

impl Branch {
    /// None if one place is within another: then the nodes would have to be kept twice.
    pub(super) fn new(pointers: &[Pointer]) -> Option<Branch> {
        let mut root = Branch::default();
        for (number, pointer) in pointers.iter().enumerate() {
            // A pointer without tokens leads nowhere.
            let Some(tokens) = pointer.tokens() else { continue };
            let mut branch = &mut root;
            for token in tokens {
                if branch.wanted.is_some() {
                    return None;
                }
                let at = branch.children.iter().position(|child| child.member == token.text);
                let at = at.unwrap_or_else(|| {
                    branch.children.push(Child {
                        member: token.text.clone(),
                        element: token.index,
                        branch: Branch::default(),
                    });
                    branch.children.len() - 1
                });
                branch = &mut branch.children[at].branch;
            }
            if branch.wanted.is_some() || !branch.children.is_empty() {
                return None;
            }
            branch.wanted = Some(number);
        }
        Some(root)
    }

    fn member(&self, name: &str) -> Option<&Branch> {
        self.children.iter().find(|child| *child.member == *name).map(|child| &child.branch)
    }

    fn element(&self, index: usize) -> Option<&Branch> {
        self.children.iter().find(|child| child.element == Some(index)).map(|child| &child.branch)
    }
}

/// The nodes found, by the numbers of their places.
#[derive(Debug, Default)]
pub(super) struct Picked {
    nodes: Vec<Node>,
}

/// A node; its text keeps its memory.
#[derive(Debug, Default)]
struct Node {
    kind: Kind,
    text: String,
}

#[derive(Debug, Default)]
enum Kind {
    #[default]
    Missing,
    Text,
    Integer(i64),
    Float(f64),
    Boolean(bool),
    /// A non-empty object or array.
    Tree(Json),
}

impl Picked {
    /// Looks for `places` nodes; false if the text is not JSON, and then nothing was found.
    pub(super) fn parse(&mut self, branch: &Branch, places: usize, text: &str) -> bool {
        self.nodes.resize_with(places, Node::default);
        for node in &mut self.nodes {
            node.kind = Kind::Missing;
            node.text.clear();
            node.text.shrink_to(KEPT_BYTES_MAX);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let walk = Walk { branch, nodes: &mut self.nodes };
        walk.deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
    }

    pub(super) fn drop_trees(&mut self) {
        for node in &mut self.nodes {
            if matches!(node.kind, Kind::Tree(_)) {
                node.kind = Kind::Missing;
            }
        }
    }

    pub(super) fn value(&self, number: usize) -> Option<Value<'_>> {
        let node = self.nodes.get(number)?;
        match &node.kind {
            Kind::Missing => None,
            Kind::Text => Some(Value::Text(Cow::Borrowed(&node.text))),
            Kind::Integer(integer) => Some(Value::Integer(*integer)),
            Kind::Float(float) => Some(Value::Float(*float)),
            Kind::Boolean(truth) => Some(Value::Boolean(*truth)),
            Kind::Tree(tree) => Some(Value::Object(Cow::Borrowed(tree))),
        }
    }
}

/// Visits the node that belongs to `branch`.
struct Walk<'w> {
    branch: &'w Branch,
    nodes: &'w mut [Node],
}

impl Walk<'_> {
    fn store(self, kind: Kind) {
        if let Some(node) = self.branch.wanted.and_then(|number| self.nodes.get_mut(number)) {
            node.kind = kind;
        }
    }

    /// Forgets what an earlier equal key gave.
    fn forget(branch: &Branch, nodes: &mut [Node]) {
        if let Some(node) = branch.wanted.and_then(|number| nodes.get_mut(number)) {
            node.kind = Kind::Missing;
        }
        for child in &branch.children {
            Self::forget(&child.branch, nodes);
        }
    }

    fn store_tree(self, tree: Json) {
        let is_empty = match &tree {
            Json::Object(members) => members.is_empty(),
            Json::Array(elements) => elements.is_empty(),
            _ => true,
        };
        self.store(if is_empty { Kind::Missing } else { Kind::Tree(tree) });
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.store(Kind::Missing);
        Ok(())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.store(Kind::Boolean(truth));
        Ok(())
    }

    fn visit_i64<E>(self, integer: i64) -> Result<(), E> {
        self.store(Kind::Integer(integer));
        Ok(())
    }

    fn visit_u64<E>(self, integer: u64) -> Result<(), E> {
        self.store(Kind::Integer(integer.cast_signed()));
        Ok(())
    }

    fn visit_f64<E>(self, float: f64) -> Result<(), E> {
        self.store(Kind::Float(float));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if let Some(node) = self.branch.wanted.and_then(|number| self.nodes.get_mut(number)) {
            node.kind = Kind::Text;
            node.text.clear();
            node.text.push_str(text);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        if self.branch.wanted.is_some() {
            let tree = Json::deserialize(SeqAccessDeserializer::new(elements))?;
            self.store_tree(tree);
            return Ok(());
        }
        for index in 0.. {
            let more = match self.branch.element(index) {
                Some(branch) => elements.next_element_seed(Walk { branch, nodes: self.nodes })?,
                None => elements.next_element_seed(Skipped)?,
            };
            if more.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        if self.branch.wanted.is_some() {
            let tree = Json::deserialize(MapAccessDeserializer::new(members))?;
            self.store_tree(tree);
            return Ok(());
        }
        while let Some(child) = members.next_key_seed(Key { branch: self.branch })? {
            match child {
                Some(branch) => {
                    Walk::forget(branch, self.nodes);
                    members.next_value_seed(Walk { branch, nodes: self.nodes })?;
                }
                None => members.next_value_seed(Skipped)?,
            }
        }
        Ok(())
    }
}

/// Finds the branch of a member.
struct Key<'w> {
    branch: &'w Branch,
}

impl<'de, 'w> DeserializeSeed<'de> for Key<'w> {
    type Value = Option<&'w Branch>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'w> Visitor<'_> for Key<'w> {
    type Value = Option<&'w Branch>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.branch.member(name))
    }
}

/// Checks a part that is not wanted. The crate's own way to ignore a part lets through numbers out of range, lone
/// surrogates and any depth.
struct Skipped;

impl<'de> DeserializeSeed<'de> for Skipped {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skipped {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(Skipped)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_key_seed(Skipped)?.is_some() {
            members.next_value_seed(Skipped)?;
        }
        Ok(())
    }
}
