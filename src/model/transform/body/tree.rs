//! A document that items change as a tree.

use super::text;
use crate::transform::pointer::{NESTING_MAX, PADDING_MAX, Pointer, WriteError, nests_within};
use bytes::Bytes;
use serde_json::{Map, Value as Json};

/// The working document of one answer.
#[derive(Debug)]
pub(super) struct Tree {
    /// None while there is no document: the body is empty then.
    root: Option<Json>,
    /// What is sent while the document as a whole is the posted one; see [`Tree::append`].
    untouched: Option<Bytes>,
    padding_left: usize,
    /// How much text may still be written.
    bytes_left: usize,
}

impl Tree {
    /// `bytes_left` is how much may be written.
    pub(super) fn new(root: Option<Json>, untouched: Bytes, bytes_left: usize) -> Self {
        Self { root, untouched: Some(untouched), padding_left: PADDING_MAX, bytes_left }
    }

    pub(super) fn root(&self) -> Option<&Json> {
        self.root.as_ref()
    }

    /// Takes so many bytes of what may be written.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), WriteError> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(WriteError::TooLarge)?;
        Ok(())
    }

    /// Stores at a path, None being the whole document. No document is as good as null.
    pub(super) fn write(
        &mut self,
        pointer: Option<&Pointer>,
        value: Json,
    ) -> Result<(), WriteError> {
        self.spend(text::json_length(&value))?;
        let Some(pointer) = pointer.filter(|pointer| !pointer.is_root()) else {
            return self.replace(value);
        };
        let was_absent = self.root.is_none();
        let root = self.root.get_or_insert(Json::Null);
        let written = pointer.write_within(root, value, &mut self.padding_left);
        if was_absent && root.is_null() {
            self.root = None;
        }
        written
    }

    fn replace(&mut self, value: Json) -> Result<(), WriteError> {
        if !nests_within(&value, NESTING_MAX) {
            return Err(WriteError::TooDeep);
        }
        self.root = Some(value);
        self.untouched = None;
        Ok(())
    }

    pub(super) fn erase(&mut self, pointer: Option<&Pointer>) -> bool {
        match (pointer.filter(|pointer| !pointer.is_root()), &mut self.root) {
            (Some(pointer), Some(root)) => pointer.erase(root),
            (Some(_), None) => false,
            (None, root) => root.take().is_some(),
        }
    }

    pub(super) fn merge(&mut self, patch: &Json) -> Result<(), WriteError> {
        if !nests_within(patch, NESTING_MAX) {
            return Err(WriteError::TooDeep);
        }
        self.spend(text::json_length(patch))?;
        merge(self.root.get_or_insert(Json::Null), patch);
        self.untouched = None;
        Ok(())
    }

    /// Appends the text to send. A string, a number, or a truth value that was posted and that nobody replaced
    /// is sent as a static body is; one that an item stored is JSON, so a string has its quotes.
    pub(super) fn append(&self, out: &mut Vec<u8>) {
        match (&self.root, &self.untouched) {
            (None, _) => {}
            (Some(root), Some(untouched)) if !root.is_object() && !root.is_array() => {
                out.extend_from_slice(untouched);
            }
            (Some(root), _) => crate::json::append(root, out),
        }
    }
}

/// RFC 7396 section 2. Recursion ends with the patch, which nests no deeper than [`NESTING_MAX`].
fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    let Json::Object(members) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name).or_insert(Json::Null), change);
        }
    }
}
