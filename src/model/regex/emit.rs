//! A syntax tree in the terms of the automaton.

use super::syntax::{Assertion, Node};
use regex_syntax::hir::{self, Hir};

/// Look-ahead and back-references match nothing there.
pub(super) fn hir(node: &Node) -> Hir {
    match node {
        Node::Byte(byte) => Hir::literal([*byte]),
        Node::Set(set) => {
            let ranges = set.ranges().into_iter();
            let ranges = ranges.map(|(first, last)| hir::ClassBytesRange::new(first, last));
            Hir::class(hir::Class::Bytes(hir::ClassBytes::new(ranges)))
        }
        Node::Assertion(assertion) => Hir::look(match assertion {
            Assertion::Start => hir::Look::Start,
            Assertion::End => hir::Look::End,
            Assertion::Word => hir::Look::WordAscii,
            Assertion::NotWord => hir::Look::WordAsciiNegate,
        }),
        Node::Group { number, inner } => {
            Hir::capture(hir::Capture { index: *number, name: None, sub: Box::new(hir(inner)) })
        }
        Node::Concatenation(parts) => Hir::concat(parts.iter().map(hir).collect()),
        Node::Alternatives(parts) => Hir::alternation(parts.iter().map(hir).collect()),
        Node::Repetition(repetition) => Hir::repetition(hir::Repetition {
            min: repetition.min,
            max: repetition.max,
            greedy: repetition.is_greedy,
            sub: Box::new(hir(&repetition.inner)),
        }),
        Node::LookAhead { .. } | Node::BackReference(_) => Hir::fail(),
    }
}

/// The whole text and nothing else.
pub(super) fn whole_hir(node: &Node) -> Hir {
    Hir::concat(vec![Hir::look(hir::Look::Start), hir(node), Hir::look(hir::Look::End)])
}
