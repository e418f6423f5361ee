//! Rules by their position, in a list that snapshots share.

use super::Rule;
use std::sync::Arc;

/// Rules in a piece of the list. Changing one rule copies its piece and the list of pieces: 512 balances the two at a
/// quarter of a million rules and is no burden at a few million.
const PIECE_RULES: usize = 512;

/// The list. Cloning it shares every piece; changing a clone copies the pieces that change.
pub(super) struct RuleList<R> {
    pieces: Vec<Arc<Vec<Arc<Rule<R>>>>>,
    len: usize,
}

impl<R> Clone for RuleList<R> {
    fn clone(&self) -> Self {
        RuleList { pieces: self.pieces.clone(), len: self.len }
    }
}

impl<R> Default for RuleList<R> {
    fn default() -> Self {
        RuleList { pieces: Vec::new(), len: 0 }
    }
}

impl<R> RuleList<R> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, position: usize) -> Option<&Arc<Rule<R>>> {
        self.pieces.get(position / PIECE_RULES)?.get(position % PIECE_RULES)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Rule<R>>> {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    /// Puts a rule where its position says: over another one or, with the next position, at the end.
    pub(super) fn put(&mut self, rule: Arc<Rule<R>>) {
        let (piece, place) = (rule.position / PIECE_RULES, rule.position % PIECE_RULES);
        if rule.position == self.len {
            self.len += 1;
            if piece == self.pieces.len() {
                self.pieces.push(Arc::default());
            }
            Arc::make_mut(&mut self.pieces[piece]).push(rule);
        } else {
            Arc::make_mut(&mut self.pieces[piece])[place] = rule;
        }
    }
}
