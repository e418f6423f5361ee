//! From a text to the few patterns that can match it.
//!
//! Each pattern is filed under one literal that a matching text must have, the one that fewest other patterns have. A
//! literal at the beginning or the end of the text is found by hashing as much of the text as it is long, one in the
//! middle by an Aho-Corasick automaton that goes over the text once. Patterns with no literal are tried always. Where
//! many patterns share even their rarest literal, they are an index of their own that goes by their other literals.

use super::entry::{Entry, Literal, Place};
use aho_corasick::automaton::Automaton;
use aho_corasick::dfa::DFA;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, BuildError, MatchKind, StartKind};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use std::cmp::Reverse;
use std::hash::{BuildHasher, Hasher};

/// Up to this many patterns are tried one after the other: that is as fast as finding out which ones to try.
pub(super) const SCAN_MAX: usize = 16;

/// How many literals deep patterns are told apart. The texts of real interfaces are apart after one or two.
const DEPTH_MAX: usize = 4;

/// Different lengths of literals at the beginning, or at the end, for which the text is hashed. Patterns with other
/// lengths are found by the automaton, which costs about as much as this many hashes.
const LENGTHS_MAX: usize = 12;

/// How much of a literal the automaton knows: its end, which differs more often than its beginning. Bounds the memory.
const AUTOMATON_LITERAL_BYTES_MAX: usize = 48;

const HASHER: FixedState = FixedState::with_seed(0x7072_696f_7269_7479);

/// An index of some of the patterns of a segment, which it knows by their numbers there.
#[derive(Default)]
pub(super) struct Node {
    /// Tried with every text; in order.
    always: Box<[u32]>,
    has_whole: bool,
    start_lengths: Box<[usize]>,
    end_lengths: Box<[usize]>,
    /// By the hash of place and literal. Literals with the same hash share a bucket: it only says what to try.
    anchored: HashTable<(u64, Bucket)>,
    floating: Option<Floating>,
}

/// The automaton that finds literals. The table is three times as fast, and grows with the number of different bytes.
enum Literals {
    Table(DFA),
    Compact(NFA),
}

/// The largest table: ten thousand literals of a dozen bytes have one.
const TABLE_BYTES_MAX: usize = 16 << 20;

impl Literals {
    fn build(literals: &[&[u8]]) -> Result<Literals, BuildError> {
        let mut is_there = [false; 256];
        literals.iter().copied().flatten().for_each(|&byte| is_there[usize::from(byte)] = true);
        // A row of four-byte cells for each byte of a literal at most; bytes that no literal has share a column.
        let columns = 1 + is_there.iter().filter(|is_there| **is_there).count();
        let rows: usize = 2 + literals.iter().map(|literal| literal.len()).sum::<usize>();
        // A prefilter would look for the first match only.
        if rows.saturating_mul(4 * columns.next_power_of_two()) <= TABLE_BYTES_MAX {
            let mut builder = DFA::builder();
            builder.match_kind(MatchKind::Standard).start_kind(StartKind::Unanchored);
            return builder.prefilter(false).build(literals).map(Literals::Table);
        }
        let mut builder = NFA::builder();
        builder.match_kind(MatchKind::Standard).prefilter(false);
        builder.build(literals).map(Literals::Compact)
    }

    #[inline]
    fn find(&self, text: &[u8], found: &mut FoundLiterals) {
        match self {
            Literals::Table(automaton) => find_all(automaton, text, found),
            Literals::Compact(automaton) => find_all(automaton, text, found),
        }
    }
}

/// All literals in the text, also those within others.
#[inline]
fn find_all(automaton: &impl Automaton, text: &[u8], found: &mut FoundLiterals) {
    let Ok(mut state) = automaton.start_state(Anchored::No) else { return };
    for &byte in text {
        state = automaton.next_state(Anchored::No, state, byte);
        if automaton.is_special(state) && automaton.is_match(state) {
            for i in 0..automaton.match_len(state) {
                found.add(automaton.match_pattern(state, i).as_usize());
            }
        }
    }
}

/// The patterns that are filed under one literal.
enum Bucket {
    One(u32),
    Many(Box<Node>),
}

struct Floating {
    automaton: Literals,
    /// No literal begins before: the shortest beginning that the patterns have before theirs.
    skip: usize,
    buckets: Box<[Bucket]>,
}

impl Node {
    pub(super) fn build(entries: &[Entry]) -> Node {
        let all = (0..).take(entries.len()).collect();
        build(entries, all, &mut Vec::new())
    }

    /// The number of the first pattern that matches.
    #[inline]
    pub(super) fn find(
        &self,
        entries: &[Entry],
        text: &[u8],
        found: &mut FoundLiterals,
    ) -> Option<usize> {
        let mut search = Search { entries, text, found, best: NONE };
        search.node(self);
        (search.best != NONE).then_some(search.best as usize)
    }
}

/// Reusable memory of a look-up: which literals the text has, by their numbers in one automaton. Those of an index
/// within another stand behind those of the outer one.
#[derive(Debug, Default)]
pub(crate) struct FoundLiterals {
    numbers: Vec<usize>,
    /// A bit for each literal, so that one that occurs again is not listed again. Zero between two searches.
    seen: Vec<u64>,
}

impl FoundLiterals {
    /// Where the list of a search among `count` literals begins.
    fn begin(&mut self, count: usize) -> usize {
        let words = count.div_ceil(64);
        if self.seen.len() < words {
            self.seen.resize(words, 0);
        }
        self.numbers.len()
    }

    #[inline]
    fn add(&mut self, number: usize) {
        let (word, bit) = (&mut self.seen[number / 64], 1 << (number % 64));
        if *word & bit == 0 {
            *word |= bit;
            self.numbers.push(number);
        }
    }

    fn end(&mut self, first: usize) {
        self.numbers[first..].iter().for_each(|number| self.seen[number / 64] = 0);
    }
}

/// No pattern: later than all of them.
const NONE: u32 = u32::MAX;

struct Search<'s> {
    entries: &'s [Entry],
    text: &'s [u8],
    found: &'s mut FoundLiterals,
    /// The first of the patterns that are known to match.
    best: u32,
}

impl Search<'_> {
    fn node(&mut self, node: &Node) {
        for &number in &node.always {
            if self.try_one(number) {
                break;
            }
        }
        if node.has_whole {
            self.anchored(node, Place::Whole, self.text);
        }
        for &length in &node.start_lengths {
            if let Some(start) = self.text.get(..length) {
                self.anchored(node, Place::Start, start);
            }
        }
        for &length in &node.end_lengths {
            if let Some(start) = self.text.len().checked_sub(length) {
                self.anchored(node, Place::End, &self.text[start..]);
            }
        }
        if let Some(floating) = &node.floating {
            self.floating(floating);
        }
    }

    /// Tries a pattern unless an earlier one matches already; is it of no use to try later ones?
    #[inline]
    fn try_one(&mut self, number: u32) -> bool {
        if number < self.best && self.entries[number as usize].matches(self.text) {
            self.best = number;
        }
        number >= self.best
    }

    fn bucket(&mut self, bucket: &Bucket) {
        match bucket {
            Bucket::One(number) => {
                self.try_one(*number);
            }
            Bucket::Many(node) => self.node(node),
        }
    }

    #[inline]
    fn anchored(&mut self, node: &Node, place: Place, literal: &[u8]) {
        let hash = hash((place, literal));
        if let Some((_, bucket)) = node.anchored.find(hash, |(other, _)| *other == hash) {
            self.bucket(bucket);
        }
    }

    fn floating(&mut self, floating: &Floating) {
        let Floating { automaton, skip, buckets } = floating;
        let Some(text) = self.text.get(*skip..) else { return };
        let first = self.found.begin(buckets.len());
        automaton.find(text, self.found);
        self.found.end(first);
        for i in first..self.found.numbers.len() {
            self.bucket(&buckets[self.found.numbers[i]]);
        }
        self.found.numbers.truncate(first);
    }
}

/// Files `members`, which are in order, under literals that are not in `path`: those that all of them have.
fn build(entries: &[Entry], members: Vec<u32>, path: &mut Vec<u64>) -> Node {
    if members.len() <= SCAN_MAX || path.len() == DEPTH_MAX {
        return Node { always: members.into(), ..Node::default() };
    }
    let mut filing = Filing::default();
    filing.choose(entries, &members, path);
    let mut node = Node {
        start_lengths: filing.keep_lengths(Place::Start),
        end_lengths: filing.keep_lengths(Place::End),
        ..Node::default()
    };
    let Filing { choices, has_start_anywhere } = filing;
    let mut skip = if has_start_anywhere { 0 } else { usize::MAX };
    let mut always = Vec::new();
    let mut anchored: HashMap<u64, Vec<u32>, FixedState> = HashMap::with_hasher(HASHER);
    let mut floating: HashMap<&[u8], Vec<u32>, FixedState> = HashMap::with_hasher(HASHER);
    for (number, choice) in members.into_iter().zip(choices) {
        match choice {
            None => always.push(number),
            Some((Place::Anywhere, literal)) => {
                floating.entry(automaton_part(literal)).or_default().push(number);
                skip = skip.min(entries[number as usize].start_bytes());
            }
            Some(literal) => {
                node.has_whole |= literal.0 == Place::Whole;
                anchored.entry(hash(literal)).or_default().push(number);
            }
        }
    }
    for (hash, members) in anchored {
        let bucket = bucket(entries, members, hash, path);
        node.anchored.insert_unique(hash, (hash, bucket), |(hash, _)| *hash);
    }
    node.floating = build_floating(entries, floating, skip, path, &mut always);
    always.sort_unstable();
    node.always = always.into();
    node
}

fn bucket(entries: &[Entry], members: Vec<u32>, literal: u64, path: &mut Vec<u64>) -> Bucket {
    if let [only] = *members {
        return Bucket::One(only);
    }
    path.push(literal);
    let node = build(entries, members, path);
    path.pop();
    Bucket::Many(Box::new(node))
}

/// An automaton too large to be built leaves its patterns to be tried always.
fn build_floating(
    entries: &[Entry],
    floating: HashMap<&[u8], Vec<u32>, FixedState>,
    skip: usize,
    path: &mut Vec<u64>,
    always: &mut Vec<u32>,
) -> Option<Floating> {
    if floating.is_empty() {
        return None;
    }
    let (literals, groups): (Vec<&[u8]>, Vec<Vec<u32>>) = floating.into_iter().unzip();
    match Literals::build(&literals) {
        Ok(automaton) => {
            let buckets = literals.into_iter().zip(groups).map(|(literal, members)| {
                bucket(entries, members, hash((Place::Anywhere, literal)), path)
            });
            Some(Floating { automaton, skip, buckets: buckets.collect() })
        }
        Err(_) => {
            always.extend(groups.into_iter().flatten());
            None
        }
    }
}

/// Which pattern is filed under which of its literals.
#[derive(Default)]
struct Filing<'e> {
    /// For each of the members; `None` when there is no literal to file it under.
    choices: Vec<Option<Literal<'e>>>,
    /// A literal at the beginning is looked for anywhere.
    has_start_anywhere: bool,
}

impl<'e> Filing<'e> {
    /// The rarest literal; among equally rare ones the one that is cheapest to find, then the longest.
    fn choose(&mut self, entries: &'e [Entry], members: &[u32], path: &[u64]) {
        let mut literals = Vec::new();
        let mut ends = Vec::with_capacity(members.len());
        let mut counts: HashMap<u64, u32, FixedState> = HashMap::with_hasher(HASHER);
        for &number in members {
            let first = literals.len();
            entries[number as usize].literals(&mut literals);
            for literal in &mut literals[first..] {
                if literal.0 == Place::Anywhere {
                    literal.1 = automaton_part(literal.1);
                }
                *counts.entry(hash(*literal)).or_default() += 1;
            }
            ends.push(literals.len());
        }
        let mut first = 0;
        self.choices.extend(ends.into_iter().map(|end| {
            let own = literals[first..end].iter().map(|literal| (hash(*literal), literal));
            first = end;
            own.filter(|(hash, _)| !path.contains(hash))
                .min_by_key(|(hash, (place, bytes))| (counts[hash], *place, Reverse(bytes.len())))
                .map(|(_, literal)| *literal)
        }));
    }

    /// The lengths that most of the literals at that place have. The other ones are looked for anywhere.
    fn keep_lengths(&mut self, place: Place) -> Box<[usize]> {
        let mut counts: HashMap<usize, usize, FixedState> = HashMap::with_hasher(HASHER);
        for (_, literal) in self.choices.iter().flatten().filter(|(other, _)| *other == place) {
            *counts.entry(literal.len()).or_default() += 1;
        }
        let mut lengths: Vec<(usize, usize)> = counts.into_iter().collect();
        lengths.sort_unstable_by_key(|&(length, count)| (Reverse(count), length));
        lengths.truncate(LENGTHS_MAX);
        let lengths: Box<[usize]> = lengths.into_iter().map(|(length, _)| length).collect();
        for (chosen, literal) in self.choices.iter_mut().flatten() {
            if *chosen == place && !lengths.contains(&literal.len()) {
                *chosen = Place::Anywhere;
                self.has_start_anywhere |= place == Place::Start;
            }
        }
        lengths
    }
}

fn automaton_part(literal: &[u8]) -> &[u8] {
    &literal[literal.len().saturating_sub(AUTOMATON_LITERAL_BYTES_MAX)..]
}

#[inline]
fn hash((place, literal): Literal<'_>) -> u64 {
    let mut hasher = HASHER.build_hasher();
    hasher.write_u8(place as u8);
    hasher.write(literal);
    hasher.finish()
}
