//! The instructions that the backtracking engine follows.

use crate::regex::syntax::{Assertion, ByteSet, Node, Repetition};

#[derive(Clone, Debug)]
pub(super) enum Instruction {
    Byte(u8),
    Set(Box<ByteSet>),
    Assertion(Assertion),
    /// Notes the present place.
    Store(usize),
    Jump(usize),
    /// Goes on at `first`, and at `second` when that fails.
    Split {
        first: usize,
        second: usize,
    },
    /// Leaves a loop when the round since [`Instruction::Store`] consumed nothing: it would go on forever.
    LeaveIfStill {
        slot: usize,
        target: usize,
    },
    /// Its own instructions follow, up to a [`Instruction::LookAheadEnd`].
    LookAhead {
        is_negative: bool,
        behind: usize,
    },
    LookAheadEnd,
    BackReference(usize),
    Match,
}

/// A pattern as instructions. Counted repetitions are written out; the parser bounds what that comes to.
#[derive(Clone, Debug)]
pub(in crate::regex) struct Program {
    pub(super) instructions: Vec<Instruction>,
    /// Two for the match and for each group, then one for each loop.
    pub(super) slots: usize,
    /// Those of the match and the groups.
    pub(super) reported_slots: usize,
}

impl Program {
    pub(in crate::regex) fn new(node: &Node, groups: usize) -> Program {
        let reported_slots = 2 * (groups + 1);
        let mut program =
            Program { instructions: Vec::new(), slots: reported_slots, reported_slots };
        program.add(node);
        program.instructions.push(Instruction::Match);
        program
    }

    /// The number of the next instruction.
    fn next(&self) -> usize {
        self.instructions.len()
    }

    /// Adds an instruction that is filled in later.
    fn reserve(&mut self) -> usize {
        self.instructions.push(Instruction::Jump(0));
        self.next() - 1
    }

    fn fill(&mut self, place: usize, instruction: Instruction) {
        if let Some(reserved) = self.instructions.get_mut(place) {
            *reserved = instruction;
        }
    }

    fn add(&mut self, node: &Node) {
        match node {
            Node::Byte(byte) => self.instructions.push(Instruction::Byte(*byte)),
            Node::Set(set) => self.instructions.push(Instruction::Set(Box::new(*set))),
            Node::Assertion(assertion) => {
                self.instructions.push(Instruction::Assertion(*assertion));
            }
            Node::Group { number, inner } => {
                let slot = usize::try_from(*number).unwrap_or(0).saturating_mul(2);
                self.instructions.push(Instruction::Store(slot));
                self.add(inner);
                self.instructions.push(Instruction::Store(slot + 1));
            }
            Node::Concatenation(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Alternatives(parts) => self.add_alternatives(parts),
            Node::Repetition(repetition) => self.add_repetition(repetition),
            Node::LookAhead { inner, is_negative } => {
                let look = self.reserve();
                self.add(inner);
                self.instructions.push(Instruction::LookAheadEnd);
                let behind = self.next();
                let is_negative = *is_negative;
                self.fill(look, Instruction::LookAhead { is_negative, behind });
            }
            Node::BackReference(number) => {
                let number = usize::try_from(*number).unwrap_or(0);
                self.instructions.push(Instruction::BackReference(number));
            }
        }
    }

    fn add_alternatives(&mut self, parts: &[Node]) {
        let Some((last, others)) = parts.split_last() else { return };
        let mut ends = Vec::new();
        for part in others {
            let split = self.reserve();
            self.add(part);
            ends.push(self.reserve());
            self.fill(split, Instruction::Split { first: split + 1, second: self.next() });
        }
        self.add(last);
        let behind = self.next();
        ends.into_iter().for_each(|end| self.fill(end, Instruction::Jump(behind)));
    }

    fn add_repetition(&mut self, repetition: &Repetition) {
        let Repetition { inner, min, max, is_greedy } = repetition;
        let Some(max) = *max else {
            // All but the last of the required rounds are written out; the last one is the loop.
            (1..*min).for_each(|_| self.add(inner));
            return self.add_loop(inner, *min == 0, *is_greedy);
        };
        (0..*min).for_each(|_| self.add(inner));
        let mut leaves = Vec::new();
        for _ in *min..max {
            leaves.push(self.reserve());
            self.add(inner);
        }
        let behind = self.next();
        for leave in leaves {
            self.fill(leave, split(leave + 1, behind, *is_greedy));
        }
    }

    /// Any number of rounds, at least one unless `is_optional`.
    fn add_loop(&mut self, inner: &Node, is_optional: bool, is_greedy: bool) {
        let enter = is_optional.then(|| self.reserve());
        let slot = self.slots;
        self.slots += 1;
        let round = self.next();
        self.instructions.push(Instruction::Store(slot));
        self.add(inner);
        let leave = self.reserve();
        let again = self.reserve();
        let behind = self.next();
        self.fill(leave, Instruction::LeaveIfStill { slot, target: behind });
        self.fill(again, split(round, behind, is_greedy));
        if let Some(enter) = enter {
            self.fill(enter, split(round, behind, is_greedy));
        }
    }
}

fn split(inside: usize, behind: usize, is_greedy: bool) -> Instruction {
    match is_greedy {
        true => Instruction::Split { first: inside, second: behind },
        false => Instruction::Split { first: behind, second: inside },
    }
}
