//! Transformations: small programs, compiled when a provision is posted, that make an answer of a request.
//!
//! A program is a list of items: each reads a source, may filter the value, and writes it to a target. Texts are
//! cut, numbers parsed, patterns built and variables numbered by [`Program::compile`], so that [`Program::run`] goes
//! straight through. An item that cannot do its work is skipped and reported; nothing is an error to the client.

pub mod body;
mod compile;
mod effects;
mod event;
mod fault;
mod filter;
mod item;
pub mod pointer;
mod read;
mod request_body;
mod run;
mod skip;
mod source;
mod split;
mod strftime;
mod surroundings;
mod target;
mod template;
pub mod value;
mod variables;

use crate::ProvisionError;
use body::BodyPlan;
use compile::Compiler;
use item::Item;
use request_body::Paths;
use variables::NameTable;

pub use effects::Effects;
pub use item::ON_FILTER_FAIL_DEPTH_MAX;
pub use run::Scratch;
pub use skip::Skip;
pub use surroundings::{EventAddress, Fields, Request, Surroundings};

/// Named here for those who implement [`Surroundings`] and need nothing else of the two crates.
pub use jiff::tz::TimeZone;
pub use serde_json::Value as Json;

/// Longest text that substitution or a filter may produce; beyond it the item is skipped. A program that doubles a
/// variable forty times must not take the process with it.
pub const TEXT_BYTES_MAX: usize = 16 << 20;

/// Most text that one run may store in variables, groups of captures included, and in header fields together; what is
/// written over counts too. A long text must not be copied into a thousand variables.
pub const STORED_BYTES_MAX: usize = 64 << 20;

/// The compiled `transform` array of a provision.
#[derive(Debug)]
pub struct Program {
    items: Vec<Item>,
    names: NameTable,
    request_paths: Paths,
    /// The working document, if an item reads it or writes to it.
    plan: Option<BodyPlan>,
    writes_body: bool,
    reads_events: bool,
}

impl Program {
    /// Compiles the `transform` array of a provision whose `responseBody` is `document`. The pointer of an error is
    /// relative to the array.
    pub fn compile(items: &Json, document: Option<&Json>) -> Result<Program, ProvisionError> {
        Self::compile_with(items, document, false)
    }

    /// As [`Program::compile`], with the body always made as a tree. The answers are the same; tests compare them.
    pub fn compile_with_tree(
        items: &Json,
        document: Option<&Json>,
    ) -> Result<Program, ProvisionError> {
        Self::compile_with(items, document, true)
    }

    fn compile_with(
        items: &Json,
        document: Option<&Json>,
        force_tree: bool,
    ) -> Result<Program, ProvisionError> {
        let mut compiler = Compiler::default();
        let items = Item::parse_list(items, "", 0, &mut compiler)?;
        let writes_body = !compiler.body_targets.is_empty();
        let needs_tree = compiler.needs_tree || force_tree;
        let plan = (writes_body || compiler.reads_response)
            .then(|| BodyPlan::compile(document, compiler.body_targets, needs_tree));
        Ok(Program {
            items,
            names: compiler.names.finish(),
            request_paths: compiler.request_paths.finish(),
            plan,
            writes_body,
            reads_events: compiler.reads_events,
        })
    }

    /// Does some source read recorded events?
    pub fn reads_events(&self) -> bool {
        self.reads_events
    }

    /// Does some target write to the body? Then every run makes one.
    pub fn computes_body(&self) -> bool {
        self.writes_body
    }

    /// Runs the items in order and appends the body to `body` if this program computes one. Items that cannot work
    /// are skipped and reported; nothing is an error to the client.
    pub fn run<S: Surroundings>(
        &self,
        request: &Request<'_>,
        surroundings: &mut S,
        scratch: &mut Scratch,
        body: &mut Vec<u8>,
    ) -> Effects {
        run::run(self, request, surroundings, scratch, body)
    }
}

#[cfg(test)]
mod tests;
