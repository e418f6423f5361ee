//! Texts with variables in them: `@{name}` stands for the value of a defined variable, and for itself otherwise.
//!
//! The rule (section A4.3, source `value`): for each defined variable, in the order of the names, every occurrence of
//! `@{name}` is replaced in the text as it is by then. A value may therefore bring in, or complete, the name of a
//! later variable. That can only happen when values or the fixed parts have an `@`, `{` or `}` in the wrong place;
//! without, one pass over the parts gives the same text.

use super::TEXT_BYTES_MAX;
use super::fault::Fault;
use super::variables::{Names, Variables};
use memchr::memchr3;
use std::borrow::Cow;
use std::ops::Range;

/// A text that is fixed, or has variables.
#[derive(Debug)]
pub(super) enum Text {
    Fixed(Box<str>),
    Template(Template),
}

impl Text {
    pub(super) fn parse(text: &str, names: &mut Names) -> Text {
        let template = Template::parse(text, names);
        match template.has_variables() {
            true => Text::Template(template),
            false => Text::Fixed(template.source),
        }
    }

    /// The text with the variables that are defined now.
    pub(super) fn resolve(&self, variables: &Variables<'_>) -> Result<Cow<'_, str>, Fault> {
        match self {
            Text::Fixed(text) => Ok(Cow::Borrowed(text)),
            Text::Template(template) => template.resolve(variables).map(Cow::Owned),
        }
    }

    /// Appends the text to `out`.
    pub(super) fn append_to(
        &self,
        variables: &Variables<'_>,
        out: &mut String,
    ) -> Result<(), Fault> {
        match self {
            Text::Fixed(text) => {
                out.push_str(text);
                Ok(())
            }
            Text::Template(template) => template.append_to(variables, out),
        }
    }
}

/// The name of a variable: numbered, or computed with the help of other variables.
#[derive(Debug)]
pub(super) enum Name {
    Number(usize),
    Computed(Template),
}

impl Name {
    pub(super) fn parse(text: &str, names: &mut Names) -> Name {
        match Text::parse(text, names) {
            Text::Fixed(name) => Name::Number(names.number(&name)),
            Text::Template(template) => Name::Computed(template),
        }
    }

    /// The value, unless there is no such variable.
    pub(super) fn get<'v>(&self, variables: &'v Variables<'_>) -> Result<Option<&'v str>, Fault> {
        match self {
            Name::Number(number) => Ok(variables.get(*number)),
            Name::Computed(name) => Ok(variables.get_named(&name.resolve(variables)?)),
        }
    }

    /// Defines the variable; the text returned is empty and to be filled.
    pub(super) fn define<'v>(
        &self,
        variables: &'v mut Variables<'_>,
    ) -> Result<&'v mut String, Fault> {
        match self {
            Name::Number(number) => Ok(variables.define(*number)),
            Name::Computed(name) => {
                let name = name.resolve(variables)?;
                Ok(variables.define_named(&name))
            }
        }
    }
}

/// A text cut into fixed parts and variables.
#[derive(Clone, Debug)]
pub(super) struct Template {
    source: Box<str>,
    parts: Vec<Part>,
    /// The fixed parts cannot become part of a variable's name.
    plain: bool,
}

#[derive(Clone, Debug)]
enum Part {
    Fixed(Range<usize>),
    /// A variable and how it is spelled, with `@{` and `}`.
    Variable {
        number: usize,
        spelled: Range<usize>,
    },
}

impl Template {
    fn parse(text: &str, names: &mut Names) -> Template {
        let mut parts = Vec::new();
        let mut plain = true;
        let mut done = 0;
        while let Some((start, end)) = next_variable(text, done) {
            if start > done {
                // This part is followed by a value that may be empty, and then by anything.
                plain &= !text[done..start].contains("@{") && !text[done..start].ends_with('@');
                parts.push(Part::Fixed(done..start));
            }
            let number = names.number(&text[start + 2..end - 1]);
            parts.push(Part::Variable { number, spelled: start..end });
            done = end;
        }
        if done < text.len() {
            plain &= !text[done..].contains("@{");
            parts.push(Part::Fixed(done..text.len()));
        }
        Template { source: text.into(), parts, plain }
    }

    fn has_variables(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Variable { .. }))
    }

    pub(super) fn resolve(&self, variables: &Variables<'_>) -> Result<String, Fault> {
        let mut text = String::new();
        self.append_to(variables, &mut text)?;
        Ok(text)
    }

    fn append_to(&self, variables: &Variables<'_>, out: &mut String) -> Result<(), Fault> {
        if self.plain && !variables.has_odd_names() {
            let start = out.len();
            if self.append_parts(variables, out)? {
                return Ok(());
            }
            out.truncate(start);
        }
        let text = replace_in_order(&self.source, variables)?;
        check_length(out.len() + text.len())?;
        out.push_str(&text);
        Ok(())
    }

    /// One pass over the parts; false if a value could be part of a name, so that the text is not to be used.
    fn append_parts(&self, variables: &Variables<'_>, out: &mut String) -> Result<bool, Fault> {
        for part in &self.parts {
            let text = match part {
                Part::Fixed(range) => &self.source[range.clone()],
                Part::Variable { number, spelled } => match variables.get(*number) {
                    None => &self.source[spelled.clone()],
                    Some(value) if memchr3(b'@', b'{', b'}', value.as_bytes()).is_some() => {
                        return Ok(false);
                    }
                    Some(value) => value,
                },
            };
            check_length(out.len() + text.len())?;
            out.push_str(text);
        }
        Ok(true)
    }
}

/// The next `@{name}` at or after `from` whose name has no further `@{` in it.
fn next_variable(text: &str, from: usize) -> Option<(usize, usize)> {
    let first = from + text[from..].find("@{")?;
    let end = first + text[first..].find('}')? + 1;
    let start = first + text[first..end].rfind("@{")?;
    Some((start, end))
}

/// The rule as it is written.
fn replace_in_order(text: &str, variables: &Variables<'_>) -> Result<String, Fault> {
    let mut text = text.to_owned();
    for (name, value) in variables.in_name_order() {
        let spelled = format!("@{{{name}}}");
        let occurrences = text.matches(&spelled).count();
        if occurrences > 0 {
            check_length(text.len().saturating_add(occurrences.saturating_mul(value.len())))?;
            text = text.replace(&spelled, value);
        }
    }
    Ok(text)
}

/// Is a text of that many bytes acceptable?
pub(super) fn check_length(bytes: usize) -> Result<(), Fault> {
    match bytes <= TEXT_BYTES_MAX {
        true => Ok(()),
        false => Err(Fault::TooLong),
    }
}

#[cfg(test)]
mod tests;
