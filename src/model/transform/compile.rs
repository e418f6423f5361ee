//! From the texts of a provision to a program: what all items of one program share while they are compiled.

use super::body::Target as BodyTarget;
use super::pointer::Pointer;
use super::request_body::Paths;
use super::template::{Template, Text};
use super::variables::Names;

/// What the items compiled so far need.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    pub(super) names: Names,
    /// Places of the request body that are read.
    pub(super) request_paths: Paths,
    /// Places of the response body that are written to, by the number that [`super::body::Draft::write`] takes.
    pub(super) body_targets: Vec<BodyTarget>,
    /// Something reads, merges or erases: only a tree can do that.
    pub(super) needs_tree: bool,
    pub(super) reads_response: bool,
    pub(super) reads_events: bool,
}

/// A place in a JSON document.
#[derive(Debug)]
pub(super) enum Path {
    Fixed(Pointer),
    Computed(Template),
}

impl Path {
    pub(super) fn parse(text: &str, names: &mut Names) -> Result<Path, String> {
        match Text::parse(text, names) {
            Text::Fixed(path) => parse_pointer(&path).map(Path::Fixed),
            Text::Template(template) => Ok(Path::Computed(template)),
        }
    }
}

/// A path with a leading slash is a JSON pointer; any other has its steps between dots (section B2).
pub(super) fn parse_pointer(path: &str) -> Result<Pointer, String> {
    match path.starts_with('/') {
        true => Pointer::parse(path).map_err(|error| error.to_string()),
        false => Ok(Pointer::dotted(path)),
    }
}

/// Names with line breaks are not taken: they are never meant, and the original reads something else (section A9, 16).
pub(super) fn check_line_breaks(text: &str) -> Result<(), String> {
    match text.contains(['\n', '\r']) {
        true => Err("a name cannot have a line break".to_owned()),
        false => Ok(()),
    }
}
