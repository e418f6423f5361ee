//! One pattern: how it is matched, and which literals a text must have to match at all.

use super::program::{Program, Verdict};
use crate::regex::{Pattern, PatternError};
use std::sync::Arc;

/// A pattern and the position of its provision.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) position: usize,
    matcher: Matcher,
}

#[derive(Clone)]
enum Matcher {
    Program(Program),
    Engine(Arc<Engine>),
}

/// A pattern that is more than a chain, or a chain that may take long to follow.
struct Engine {
    /// The pattern or its outline.
    program: Option<Program>,
    is_outline: bool,
    pattern: Pattern,
    literals: Box<[Vec<u8>]>,
}

/// Where in a matching text a required literal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    /// It is the text.
    Whole,
    /// The text begins with it.
    Start,
    /// The text ends with it.
    End,
    /// Somewhere.
    Anywhere,
}

/// What a matching text must have.
pub(super) type Literal<'e> = (Place, &'e [u8]);

impl Entry {
    /// Compiles a pattern; engines are built when they are first needed.
    pub(crate) fn compile(position: usize, pattern: &str) -> Result<Entry, PatternError> {
        let matcher = match Program::compile(pattern) {
            Some(program) if program.is_sure() => Matcher::Program(program),
            program => compile_engine(program, pattern)?,
        };
        Ok(Entry { position, matcher })
    }

    #[inline]
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        match &self.matcher {
            Matcher::Program(program) => program.matches(text) == Verdict::Match,
            Matcher::Engine(engine) => engine.matches(text),
        }
    }

    /// How long the literal at the beginning is; those that may be anywhere come after it.
    pub(super) fn start_bytes(&self) -> usize {
        match &self.matcher {
            Matcher::Program(program) => program.prefix().len(),
            Matcher::Engine(engine) => engine.program.as_ref().map_or(0, |p| p.prefix().len()),
        }
    }

    /// Appends the literals; none is empty.
    pub(super) fn literals<'e>(&'e self, literals: &mut Vec<Literal<'e>>) {
        match &self.matcher {
            Matcher::Program(program) => literals_of_program(program, literals),
            Matcher::Engine(engine) => {
                if let Some(program) = &engine.program {
                    literals_of_program(program, literals);
                }
                let required = engine.literals.iter().filter(|literal| !literal.is_empty());
                literals.extend(required.map(|literal| (Place::Anywhere, &literal[..])));
            }
        }
    }
}

fn compile_engine(program: Option<Program>, source: &str) -> Result<Matcher, PatternError> {
    let pattern = Pattern::new(source)?;
    if let Some(program) = pattern.is_literal().and_then(Program::of_literal) {
        return Ok(Matcher::Program(program));
    }
    let is_outline = program.is_none();
    let program = program.or_else(|| Program::compile_outline(source));
    // A program knows its literals and their places better.
    let literals = if program.is_some() { Vec::new() } else { pattern.literals() };
    let literals = literals.into_boxed_slice();
    Ok(Matcher::Engine(Arc::new(Engine { program, is_outline, pattern, literals })))
}

impl Engine {
    fn matches(&self, text: &[u8]) -> bool {
        match self.program.as_ref().map(|program| program.matches(text)) {
            Some(Verdict::NoMatch) => false,
            Some(Verdict::Match) if !self.is_outline => true,
            _ => self.pattern.is_full_match(text),
        }
    }
}

fn literals_of_program<'e>(program: &'e Program, literals: &mut Vec<Literal<'e>>) {
    if let Some(text) = program.literal() {
        return literals.push((Place::Whole, text));
    }
    let anchored = [(Place::Start, program.prefix()), (Place::End, program.suffix())];
    literals.extend(anchored.into_iter().filter(|(_, literal)| !literal.is_empty()));
    literals.extend(program.inner_literals().map(|literal| (Place::Anywhere, literal)));
}
