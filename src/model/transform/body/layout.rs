//! The text of a document, cut into fixed bytes and slots.

use super::slots::Slots;
use super::{Target, text};
use crate::transform::pointer::Token;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A document as compact text with places where values are written.
#[derive(Debug)]
pub(super) struct Layout {
    /// Everything that is ever sent but the written values.
    text: Vec<u8>,
    steps: Vec<Step>,
    /// The slot of each target; items with the same path share one.
    slots: Vec<usize>,
    slot_count: usize,
}

/// One step in making the text; ranges are of [`Layout::text`].
#[derive(Debug)]
enum Step {
    /// Bytes that are always sent.
    Fixed(Range<usize>),
    /// A comma, unless an object has just begun: all members before may be missing.
    Comma,
    /// A value, the default being what the document has there.
    Value { slot: usize, default: Range<usize> },
    /// A member that the document does not have: a comma as above, the name with its colon and the value, or
    /// nothing when none was written.
    Member { slot: usize, name: Range<usize> },
}

/// The paths of the targets as a tree.
enum Mark<'t> {
    Slot(usize),
    Inner(BTreeMap<&'t str, (Option<usize>, Mark<'t>)>),
}

impl Layout {
    /// Lays out `document`. None when a tree is needed: the document is neither object nor array, a path is
    /// dynamic, the whole document or within another one, or a write would change more than one member or
    /// element: an element that does not exist, or a parent that does not or that is no container.
    pub(super) fn compile(document: &Json, targets: &[Target]) -> Option<Self> {
        let mut root = Mark::Inner(BTreeMap::new());
        let mut slots = Vec::with_capacity(targets.len());
        let mut slot_count = 0;
        for target in targets {
            let tokens = target.pointer.as_ref().filter(|_| !target.dynamic)?.tokens()?;
            let slot = root.insert(tokens, slot_count)?;
            slot_count = slot_count.max(slot + 1);
            slots.push(slot);
        }
        let mut writer = Writer { text: Vec::new(), steps: Vec::new(), fixed_start: 0 };
        writer.write(document, &root)?;
        writer.end_fixed();
        Some(Self { text: writer.text, steps: writer.steps, slots, slot_count })
    }

    pub(super) fn slot(&self, target: usize) -> Option<usize> {
        self.slots.get(target).copied()
    }

    pub(super) fn slot_count(&self) -> usize {
        self.slot_count
    }

    /// Appends the document with what was written to the slots.
    pub(super) fn append(&self, slots: &Slots, out: &mut Vec<u8>) {
        // Each optional member may need a comma that is not part of the text.
        out.reserve(self.text.len() + slots.len() + self.steps.len());
        for step in &self.steps {
            match step {
                Step::Fixed(range) => out.extend_from_slice(self.piece(range)),
                Step::Comma => append_comma(out),
                Step::Value { slot, default } => {
                    out.extend_from_slice(slots.get(*slot).unwrap_or_else(|| self.piece(default)));
                }
                Step::Member { slot, name } => {
                    if let Some(value) = slots.get(*slot) {
                        append_comma(out);
                        out.extend_from_slice(self.piece(name));
                        out.extend_from_slice(value);
                    }
                }
            }
        }
    }

    fn piece(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

/// A value never ends with `{`, so that byte is where the members of an object begin.
fn append_comma(out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
}

impl<'t> Mark<'t> {
    /// Adds a path and gives its slot, `next` when it is new; None when it is within another path or another
    /// path within it.
    fn insert(&mut self, tokens: &'t [Token], next: usize) -> Option<usize> {
        let mut mark = self;
        for (position, token) in tokens.iter().enumerate() {
            let Mark::Inner(children) = mark else { return None };
            let is_last = position + 1 == tokens.len();
            let fresh = || if is_last { Mark::Slot(next) } else { Mark::Inner(BTreeMap::new()) };
            mark = &mut children.entry(&token.text).or_insert_with(|| (token.index, fresh())).1;
        }
        match mark {
            Mark::Slot(slot) => Some(*slot),
            Mark::Inner(_) => None,
        }
    }
}

/// What precedes a member in its object.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    /// Only members that may be left out.
    Perhaps,
    Something,
}

struct Writer {
    text: Vec<u8>,
    steps: Vec<Step>,
    /// Where in `text` the fixed bytes begin that no step has yet.
    fixed_start: usize,
}

impl Writer {
    /// Writes a node that has slots below it or is one. Recursion ends with the document, whose depth is bounded.
    fn write(&mut self, node: &Json, mark: &Mark<'_>) -> Option<()> {
        match (mark, node) {
            (Mark::Slot(slot), _) => {
                self.end_fixed();
                let default = self.aside(|text| crate::json::append(node, text));
                self.steps.push(Step::Value { slot: *slot, default });
                Some(())
            }
            (Mark::Inner(marks), Json::Object(members)) => self.write_object(members, marks),
            (Mark::Inner(marks), Json::Array(elements)) => self.write_array(elements, marks),
            (Mark::Inner(_), _) => None,
        }
    }

    fn write_object(
        &mut self,
        members: &Map<String, Json>,
        marks: &BTreeMap<&str, (Option<usize>, Mark<'_>)>,
    ) -> Option<()> {
        self.text.push(b'{');
        let mut before = Before::Nothing;
        let names: BTreeSet<&str> =
            members.keys().map(String::as_str).chain(marks.keys().copied()).collect();
        for name in names {
            let mark = marks.get(name).map(|(_, mark)| mark);
            match (members.get(name), mark) {
                (Some(member), mark) => {
                    self.write_comma(before);
                    before = Before::Something;
                    append_name(name, &mut self.text);
                    match mark {
                        Some(mark) => self.write(member, mark)?,
                        None => crate::json::append(member, &mut self.text),
                    }
                }
                (None, Some(Mark::Slot(slot))) => {
                    self.end_fixed();
                    let name = self.aside(|text| append_name(name, text));
                    self.steps.push(Step::Member { slot: *slot, name });
                    if before == Before::Nothing {
                        before = Before::Perhaps;
                    }
                }
                (None, _) => return None,
            }
        }
        self.text.push(b'}');
        Some(())
    }

    fn write_array(
        &mut self,
        elements: &[Json],
        marks: &BTreeMap<&str, (Option<usize>, Mark<'_>)>,
    ) -> Option<()> {
        let mut inner = BTreeMap::new();
        for (index, mark) in marks.values() {
            inner.insert(index.filter(|index| *index < elements.len())?, mark);
        }
        self.text.push(b'[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            match inner.get(&index) {
                Some(mark) => self.write(element, mark)?,
                None => crate::json::append(element, &mut self.text),
            }
        }
        self.text.push(b']');
        Some(())
    }

    fn write_comma(&mut self, before: Before) {
        match before {
            Before::Nothing => {}
            Before::Perhaps => {
                self.end_fixed();
                self.steps.push(Step::Comma);
            }
            Before::Something => self.text.push(b','),
        }
    }

    /// Writes text that is not sent where it stands; the fixed bytes before it must have ended.
    fn aside(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.text.len();
        write(&mut self.text);
        self.fixed_start = self.text.len();
        start..self.text.len()
    }

    fn end_fixed(&mut self) {
        if self.fixed_start < self.text.len() {
            self.steps.push(Step::Fixed(self.fixed_start..self.text.len()));
            self.fixed_start = self.text.len();
        }
    }
}

fn append_name(name: &str, text: &mut Vec<u8>) {
    text::append_string(name, text);
    text.push(b':');
}
