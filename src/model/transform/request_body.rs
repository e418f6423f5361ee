//! Reading places of the request body. The body is parsed at most once, and only when an item asks.

mod pick;

use super::pointer::Pointer;
use super::value::Value;
use crate::json;
use pick::{Branch, Picked};
use serde_json::Value as Json;
use std::cell::{Cell, OnceCell};

/// The places that a program reads.
#[derive(Debug, Default)]
pub(super) struct Paths {
    pointers: Vec<Pointer>,
    /// Some place is not known before the program runs.
    computed: bool,
    /// How to find the places in passing; none if the whole document is needed.
    branch: Option<Branch>,
}

impl Paths {
    /// The number of a place; the same one each time.
    pub(super) fn add(&mut self, pointer: Pointer) -> usize {
        match self.pointers.iter().position(|known| *known == pointer) {
            Some(number) => number,
            None => {
                self.pointers.push(pointer);
                self.pointers.len() - 1
            }
        }
    }

    /// The number of the whole document.
    pub(super) fn add_root(&mut self) -> usize {
        match Pointer::parse("") {
            Ok(root) => self.add(root),
            // The empty text is a pointer.
            Err(_) => usize::MAX,
        }
    }

    /// There are places with names that are computed.
    pub(super) fn add_computed(&mut self) {
        self.computed = true;
    }

    /// All places are known now.
    pub(super) fn finish(mut self) -> Paths {
        self.branch = match self.computed {
            true => None,
            false => Branch::new(&self.pointers),
        };
        self
    }
}

/// Reusable memory of [`RequestBody`].
#[derive(Debug, Default)]
pub(super) struct Memory {
    picked: Picked,
    tree: Option<Json>,
    is_json: bool,
}

impl Memory {
    fn parse(&mut self, paths: &Paths, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        self.tree = None;
        self.is_json = match &paths.branch {
            Some(branch) => self.picked.parse(branch, paths.pointers.len(), &text),
            None => {
                self.tree = json::parse(text.as_bytes()).ok();
                self.tree.is_some()
            }
        };
    }
}

/// Why a place gives nothing.
pub(super) type Missing = &'static str;

const NOT_JSON: Missing = "the body is empty or not JSON";
const NO_NODE: Missing = "no such node, or it is null or empty";

/// The body of one request.
pub(super) struct RequestBody<'r> {
    paths: &'r Paths,
    body: &'r [u8],
    memory: Cell<Memory>,
    parsed: OnceCell<Memory>,
}

impl<'r> RequestBody<'r> {
    pub(super) fn new(paths: &'r Paths, body: &'r [u8], memory: Memory) -> RequestBody<'r> {
        RequestBody { paths, body, memory: Cell::new(memory), parsed: OnceCell::new() }
    }

    /// The memory for the next request. Trees go, since they may be large.
    pub(super) fn into_memory(self) -> Memory {
        let mut memory = self.parsed.into_inner().unwrap_or_else(|| self.memory.take());
        memory.tree = None;
        memory.picked.drop_trees();
        memory
    }

    fn parsed(&self) -> Result<&Memory, Missing> {
        let memory = self.parsed.get_or_init(|| {
            let mut memory = self.memory.take();
            memory.parse(self.paths, self.body);
            memory
        });
        if memory.is_json { Ok(memory) } else { Err(NOT_JSON) }
    }

    /// The value at the place with this number.
    pub(super) fn read(&self, number: usize) -> Result<Value<'_>, Missing> {
        let memory = self.parsed()?;
        let value = match &memory.tree {
            Some(tree) => self
                .paths
                .pointers
                .get(number)
                .and_then(|pointer| Value::from_json(pointer.read(tree)?)),
            None => memory.picked.value(number),
        };
        value.ok_or(NO_NODE)
    }

    /// The value at a computed place.
    pub(super) fn read_at(&self, pointer: &Pointer) -> Result<Value<'_>, Missing> {
        let tree = self.parsed()?.tree.as_ref();
        tree.and_then(|tree| Value::from_json(pointer.read(tree)?)).ok_or(NO_NODE)
    }
}

#[cfg(test)]
mod tests;
