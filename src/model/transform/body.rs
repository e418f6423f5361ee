//! The body of a transformed answer: fixed bytes and slots where that is possible, a JSON tree where not.
//!
//! [`BodyPlan::compile`] decides once, when a provision is posted. With slots an answer is the posted document's
//! text, cut at the places that items write to, so a request costs copies and no allocation. Everything else,
//! paths that create parents, paths that requests compute, items that read the document, works on a tree. Both
//! give the same bytes.

mod canonical;
mod layout;
mod slots;
mod text;
mod tree;

use self::layout::Layout;
pub use self::slots::Slots;
use self::tree::Tree;
use super::pointer::{Pointer, WriteError};
use super::value::{Value, append_fixed};
use crate::json;
use bytes::Bytes;
use serde_json::Value as Json;
use std::borrow::Cow;

/// How much one run may write to its body, as text; what is written over counts too. Items that copy the document into
/// itself double it each time, and a tree takes up to sixteen times the memory of its text.
pub const BODY_BYTES_MAX: usize = 64 << 20;

/// Where the items of a program write: compiled together with the document that they write to.
#[derive(Debug)]
pub struct BodyPlan {
    shape: Shape,
    targets: Vec<Target>,
    /// [`BODY_BYTES_MAX`]; tests have less to write.
    pub(super) bytes_max: usize,
}

/// One item's target in the document.
#[derive(Clone, Debug)]
pub struct Target {
    /// The path; None for the whole document, and for a dynamic one.
    pub pointer: Option<Pointer>,
    /// Whether the path is known only with the request; such a target is written with [`Draft::write_at`].
    pub dynamic: bool,
}

#[derive(Debug)]
enum Shape {
    Slots(Layout),
    Tree {
        document: Option<Json>,
        /// What is sent when nothing was written.
        untouched: Bytes,
    },
}

/// What is stored in a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    /// A string.
    Text(&'a str),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A number with a fraction; null when infinite or not a number, since JSON has neither.
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// Anything, as it is.
    Json(Cow<'a, Json>),
}

/// What a body target makes of a value before it stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `string`.
    Text,
    /// `integer`.
    Integer,
    /// `unsigned`.
    Unsigned,
    /// `float`.
    Float,
    /// `boolean`.
    Boolean,
    /// `object`: objects as they are, all else as text.
    Object,
    /// `jsonstring`: the text of the value, read as JSON.
    JsonText,
}

/// A place in the document of a draft.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The path of a target of the plan, by its position.
    Target(usize),
    /// Any path; a draft of slots becomes a tree by it.
    At(&'a Pointer),
}

impl BodyPlan {
    /// Plans the body for `document` (None when the provision has no `responseBody`) and the paths that items
    /// write to. `reads_body` says that an item reads the document, erases or merges into it.
    pub fn compile(document: Option<&Json>, targets: Vec<Target>, reads_body: bool) -> Self {
        let layout = document
            .filter(|_| !reads_body)
            .and_then(|document| Layout::compile(document, &targets));
        let shape = layout.map_or_else(
            || Shape::Tree { document: document.cloned(), untouched: static_body(document) },
            Shape::Slots,
        );
        Self { shape, targets, bytes_max: BODY_BYTES_MAX }
    }

    /// Whether answers are made of fixed bytes and slots.
    pub fn has_slots(&self) -> bool {
        matches!(self.shape, Shape::Slots(_))
    }

    /// Begins an answer. `slots` is memory that answers of any plan share, one after the other.
    pub fn draft<'p>(&'p self, slots: &'p mut Slots) -> Draft<'p> {
        let slot_count = match &self.shape {
            Shape::Slots(layout) => layout.slot_count(),
            Shape::Tree { .. } => 0,
        };
        slots.clear(slot_count, self.bytes_max);
        Draft { plan: self, slots, tree: None }
    }

    fn pointer(&self, target: usize) -> Result<Option<&Pointer>, WriteError> {
        match self.targets.get(target) {
            Some(target) if !target.dynamic => Ok(target.pointer.as_ref()),
            _ => Err(WriteError::NoSuchTarget),
        }
    }
}

/// The body of one answer while items write to it.
#[derive(Debug)]
pub struct Draft<'p> {
    plan: &'p BodyPlan,
    slots: &'p mut Slots,
    /// Made at the first write that needs it.
    tree: Option<Tree>,
}

impl Draft<'_> {
    /// Converts `value` to what the target stores and stores it. An error leaves the document as it was, except
    /// for nodes that were created on the way.
    pub fn store(
        &mut self,
        place: Place<'_>,
        form: Form,
        value: &Value<'_>,
    ) -> Result<(), WriteError> {
        let convertible = WriteError::NotConvertible;
        let node = match (form, value) {
            (Form::Integer, _) => Node::Integer(value.to_integer().ok_or(convertible)?),
            (Form::Unsigned, _) => Node::Unsigned(value.to_unsigned().ok_or(convertible)?),
            (Form::Float, _) => Node::Float(value.to_float().ok_or(convertible)?),
            (Form::Boolean, _) => Node::Boolean(value.to_boolean().ok_or(convertible)?),
            (Form::Object, Value::Object(object)) => Node::Json(Cow::Borrowed(object)),
            (Form::JsonText, Value::Text(text)) => return self.put_json_text(place, text),
            (_, Value::Text(text)) => Node::Text(text),
            _ => return self.store_as_text(place, form, value),
        };
        self.put(place, node)
    }

    fn store_as_text(
        &mut self,
        place: Place<'_>,
        form: Form,
        value: &Value<'_>,
    ) -> Result<(), WriteError> {
        let mut text = std::mem::take(&mut self.slots.text);
        text.clear();
        let stored = if !value.append_text(&mut text) {
            Err(WriteError::NotConvertible)
        } else if form == Form::JsonText {
            self.put_json_text(place, &text)
        } else {
            self.put(place, Node::Text(&text))
        };
        self.slots.text = text;
        stored
    }

    /// Stores at the path of a target of the plan. Fails for one that is dynamic or unknown, too.
    pub fn write(&mut self, target: usize, node: Node<'_>) -> Result<(), WriteError> {
        self.put(Place::Target(target), node)
    }

    /// Stores at any path.
    pub fn write_at(&mut self, pointer: &Pointer, node: Node<'_>) -> Result<(), WriteError> {
        self.put(Place::At(pointer), node)
    }

    /// Reads `text` as JSON and stores that at the path of a target of the plan.
    pub fn write_json_text(&mut self, target: usize, text: &str) -> Result<(), WriteError> {
        self.put_json_text(Place::Target(target), text)
    }

    /// Reads `text` as JSON and stores that at any path.
    pub fn write_json_text_at(&mut self, pointer: &Pointer, text: &str) -> Result<(), WriteError> {
        self.put_json_text(Place::At(pointer), text)
    }

    /// The node at a path of the document as it is now; None when there is none, or no document at all.
    pub fn read(&mut self, pointer: &Pointer) -> Option<&Json> {
        let plan = self.plan;
        match (&plan.shape, &self.tree) {
            (Shape::Tree { document, .. }, None) => pointer.read(document.as_ref()?),
            _ => pointer.read(self.tree().root()?),
        }
    }

    /// Removes a node; without a path the document, so that the body is empty unless something is written later.
    /// False when there was nothing to remove.
    pub fn erase(&mut self, pointer: Option<&Pointer>) -> bool {
        self.tree().erase(pointer)
    }

    /// Merges `patch` into the document (RFC 7396): members of objects one by one, null removes, all else replaces.
    pub fn merge(&mut self, patch: &Json) -> Result<(), WriteError> {
        self.tree().merge(patch)
    }

    /// Appends the body to send.
    pub fn finish(self, out: &mut Vec<u8>) {
        match (&self.tree, &self.plan.shape) {
            (Some(tree), _) => tree.append(out),
            (None, Shape::Slots(layout)) => layout.append(self.slots, out),
            (None, Shape::Tree { untouched, .. }) => out.extend_from_slice(untouched),
        }
    }

    fn put(&mut self, place: Place<'_>, node: Node<'_>) -> Result<(), WriteError> {
        let plan = self.plan;
        match (place, &plan.shape, &self.tree) {
            (Place::Target(target), Shape::Slots(layout), None) => {
                let slot = layout.slot(target).ok_or(WriteError::NoSuchTarget)?;
                if let (Node::Json(json), Some(pointer)) = (&node, plan.pointer(target)?) {
                    pointer.check_nesting(json)?;
                }
                self.slots.write(slot, &node)
            }
            (Place::Target(target), ..) => {
                let pointer = plan.pointer(target)?;
                self.tree().write(pointer, node.into_json())
            }
            (Place::At(pointer), ..) => {
                let tree = self.tree();
                tree.spend(pointer.names_length())?;
                tree.write(Some(pointer), node.into_json())
            }
        }
    }

    fn put_json_text(&mut self, place: Place<'_>, text: &str) -> Result<(), WriteError> {
        let plan = self.plan;
        if let (Place::Target(target), Shape::Slots(layout), None) =
            (place, &plan.shape, &self.tree)
        {
            let slot = layout.slot(target).ok_or(WriteError::NoSuchTarget)?;
            let pointer = plan.pointer(target)?.ok_or(WriteError::NoSuchTarget)?;
            if self.slots.write_canonical(slot, text, pointer.levels_left())? {
                return Ok(());
            }
        }
        let parsed = json::parse(text.as_bytes()).map_err(|_| WriteError::NotJson)?;
        self.put(place, Node::Json(Cow::Owned(parsed)))
    }

    /// The document as a tree, which is what all later writes go to.
    fn tree(&mut self) -> &mut Tree {
        let Self { plan, slots, tree } = self;
        tree.get_or_insert_with(|| match &plan.shape {
            Shape::Tree { document, untouched } => {
                Tree::new(document.clone(), untouched.clone(), plan.bytes_max)
            }
            Shape::Slots(layout) => {
                let mut text = Vec::new();
                layout.append(slots, &mut text);
                // What slots give is JSON that nests no deeper than the parser reads.
                let bytes_left = plan.bytes_max.saturating_sub(slots.len());
                Tree::new(json::parse(&text).ok(), text.into(), bytes_left)
            }
        })
    }
}

impl Node<'_> {
    fn into_json(self) -> Json {
        match self {
            Self::Text(text) => Json::from(text),
            Self::Integer(integer) => Json::from(integer),
            Self::Unsigned(unsigned) => Json::from(unsigned),
            // Null when infinite or not a number.
            Self::Float(float) => Json::from(float),
            Self::Boolean(truth) => Json::from(truth),
            Self::Json(json) => json.into_owned(),
        }
    }
}

/// How a `responseBody` is sent that no item writes to: a string as its bare text, a number with a fraction with six
/// decimals, all else as compact JSON; without a `responseBody` the body is empty.
pub fn static_body(document: Option<&Json>) -> Bytes {
    match document {
        None => Bytes::new(),
        Some(Json::String(text)) => Bytes::copy_from_slice(text.as_bytes()),
        Some(Json::Number(number)) if number.is_f64() => {
            let mut text = String::new();
            append_fixed(number.as_f64().unwrap_or_default(), &mut text);
            Bytes::from(text)
        }
        Some(document) => Bytes::from(json::to_compact(document)),
    }
}

#[cfg(test)]
mod tests;
