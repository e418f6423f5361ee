//! The filter `RegexCapture`: the whole text must match, and its groups become variables.

use super::super::compile::Compiler;
use super::super::fault::Fault;
use super::super::target::Target;
use super::super::template::{Name, Template};
use super::{Filter, Workshop};
use crate::regex::Pattern;

/// Where the groups of a capture go: variables `X.1` to `X.n` when the target is `var.X`.
#[derive(Debug)]
pub(in super::super) enum Groups {
    Dropped,
    Numbered(Vec<usize>),
    /// The name of the target is computed.
    Computed(Template),
}

pub(super) fn parse(
    text: &str,
    target: &Target,
    target_text: &str,
    compiler: &mut Compiler,
) -> Result<Filter, String> {
    let pattern = Pattern::new(text).map_err(|error| error.to_string())?;
    let groups = match target {
        Target::Variable(Name::Number(_)) => {
            let name = target_text.strip_prefix("var.").unwrap_or_default();
            let group = |k: usize| compiler.names.number(&format!("{name}.{k}"));
            Groups::Numbered((1..=pattern.groups()).map(group).collect())
        }
        Target::Variable(Name::Computed(name)) => Groups::Computed(name.clone()),
        _ => Groups::Dropped,
    };
    Ok(Filter::RegexCapture { pattern, groups })
}

impl Groups {
    /// Does the whole text match? Then the groups are stored; those that took no part are empty.
    pub(super) fn capture(
        &self,
        pattern: &Pattern,
        text: &str,
        workshop: &mut Workshop<'_, '_>,
    ) -> Result<bool, Fault> {
        if matches!(self, Groups::Dropped) {
            return Ok(pattern.is_full_match(text.as_bytes()));
        }
        if !pattern.captures_full(text.as_bytes(), workshop.groups) {
            return Ok(false);
        }
        let base = match self {
            Groups::Computed(name) => name.resolve(workshop.variables)?,
            _ => String::new(),
        };
        for (i, range) in workshop.groups.iter().enumerate() {
            let range = range.clone();
            let group = range.and_then(|range| text.as_bytes().get(range)).unwrap_or_default();
            workshop.variables.charge(group.len())?;
            let variable = match self {
                Groups::Numbered(numbers) => match numbers.get(i) {
                    Some(number) => workshop.variables.define(*number),
                    None => break,
                },
                _ => workshop.variables.define_named(&format!("{base}.{}", i + 1)),
            };
            // A pattern sees bytes, so a group may begin or end within a character.
            variable.push_str(&String::from_utf8_lossy(group));
        }
        Ok(true)
    }
}
