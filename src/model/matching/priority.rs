//! PriorityMatchingRegex: the key of a provision, `inState#METHOD#requestUri`, is a pattern for the whole of
//! `state#METHOD#uri`, and of the patterns that match, the one that was posted first counts.
//!
//! The patterns lie in segments that never change. A few posted ones make a small segment, which is merged with the
//! ones before it when these are not much larger; so there are few segments, each pattern is indexed only a few times,
//! and a snapshot shares nearly all of them with the one before. Later segments have later provisions: the first
//! segment with a match has the match.

mod entry;
mod node;
mod program;

pub(crate) use entry::Entry;
pub(crate) use node::FoundLiterals;

use crate::Method;
use node::{Node, SCAN_MAX};
use std::sync::Arc;

/// A segment is at least this many times larger than the next one. Larger means fewer segments to look into (about
/// one for each power of it) and more merging (each pattern is indexed about this many times for each such power).
const SEGMENT_RATIO: usize = 8;

/// The patterns of a snapshot. Cloning it copies a handful of pointers.
#[derive(Clone, Default)]
pub(crate) struct PatternIndex {
    segments: Vec<Arc<Segment>>,
}

struct Segment {
    /// In the order of their provisions.
    entries: Box<[Entry]>,
    root: Node,
}

impl PatternIndex {
    /// Adds patterns of provisions that come after all that are here; takes them out of the list.
    pub(crate) fn append(&mut self, new: &mut Vec<Entry>) {
        if new.is_empty() {
            return;
        }
        let mut merged = std::mem::take(new);
        while let Some(last) = self.segments.last() {
            let (before, added) = (last.entries.len(), merged.len());
            if before > SCAN_MAX && (added <= SCAN_MAX || before >= SEGMENT_RATIO * added) {
                break;
            }
            merged.splice(0..0, last.entries.iter().cloned());
            self.segments.pop();
        }
        let entries = merged.into_boxed_slice();
        let root = Node::build(&entries);
        self.segments.push(Arc::new(Segment { entries, root }));
    }

    /// The position of the first provision whose pattern matches.
    pub(crate) fn find(&self, text: &[u8], found: &mut FoundLiterals) -> Option<usize> {
        self.segments.iter().find_map(|segment| {
            let at = segment.root.find(&segment.entries, text, found)?;
            Some(segment.entries[at].position)
        })
    }

    #[cfg(test)]
    pub(crate) fn segment_sizes(&self) -> Vec<usize> {
        self.segments.iter().map(|segment| segment.entries.len()).collect()
    }
}

/// What patterns are compared with.
pub(crate) fn write_text(method: Method, uri: &[u8], state: &[u8], text: &mut Vec<u8>) {
    text.clear();
    text.extend_from_slice(state);
    text.push(b'#');
    text.extend_from_slice(method.as_str().as_bytes());
    text.push(b'#');
    text.extend_from_slice(uri);
}

/// The pattern of a provision. A method's name stands for itself, though some marks of a token mean something in a
/// pattern.
pub(crate) fn pattern_of(method: Method, uri: &str, state: &str) -> String {
    let mut pattern = String::with_capacity(state.len() + uri.len() + 10);
    pattern.push_str(state);
    pattern.push('#');
    for mark in method.as_str().chars() {
        if "$*+.^|".contains(mark) {
            pattern.push('\\');
        }
        pattern.push(mark);
    }
    pattern.push('#');
    pattern.push_str(uri);
    pattern
}

#[cfg(test)]
mod tests;
