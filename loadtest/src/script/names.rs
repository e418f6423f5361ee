//! What a placeholder may mean: a range, a variable, or a value that an earlier message has saved.

use super::entry::{Entry, Fault, quote, suggestion};
use super::node::Node;
use super::template::{Form, Part, Range, Slot, Template, cut};
use std::collections::BTreeMap;

/// The kinds of values that can be saved (`value_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    String,
    Int,
    Object,
}

impl ValueType {
    /// Reads the member `value_type`.
    pub(super) fn read(entry: &Entry<'_>) -> Result<ValueType, Fault> {
        const RIGHT: &str = "`string`, `int` or `object`";
        let entry = entry.required("value_type", RIGHT)?;
        match entry.text()? {
            "string" => Ok(ValueType::String),
            "int" => Ok(ValueType::Int),
            "object" => Ok(ValueType::Object),
            other => Err(entry.fault(format_args!("there is no type {}", quote(other)), RIGHT)),
        }
    }

    /// As it is written in scripts.
    pub(super) fn name(self) -> &'static str {
        match self {
            ValueType::String => "string",
            ValueType::Int => "int",
            ValueType::Object => "object",
        }
    }
}

#[derive(Debug)]
enum Meaning {
    Range(usize),
    Variable(String),
    Saved(Slot, ValueType),
}

/// All names that may stand between `<` and `>`.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_name: BTreeMap<String, Meaning>,
    pub(super) ranges: Vec<Range>,
    /// How many different values are saved.
    pub(super) slot_count: usize,
}

impl Names {
    /// Reads `ranges` and `variables`.
    pub(super) fn read(root: &Entry<'_>) -> Result<Names, Fault> {
        let mut names = Names::default();
        for (name, range) in members(root.optional("ranges"))? {
            check_name(name, &range)?;
            range.check_members(&["min", "max"])?;
            let bound = |member| {
                let any = i64::MIN..=i64::MAX;
                range.required(member, "`min` and `max`, two integers")?.integer(any)
            };
            let (min, max) = (bound("min")?, bound("max")?);
            if min > max {
                let wrong = format!("`min` is {min} and `max` is {max}");
                return Err(range.fault(wrong, "`min` not above `max`"));
            }
            names.by_name.insert(name.to_owned(), Meaning::Range(names.ranges.len()));
            names.ranges.push(Range { min, max });
        }
        for (name, variable) in members(root.optional("variables"))? {
            check_name(name, &variable)?;
            if names.by_name.contains_key(name) {
                let wrong = format!("{} is a range already", quote(name));
                return Err(variable.fault(wrong, "another name for one of them"));
            }
            let text = match variable.node {
                Node::String(text) => text.clone(),
                Node::Number(number) if !number.is_f64() => number.to_string(),
                other => {
                    let wrong = format!("{} stands here", other.kind());
                    return Err(variable.fault(wrong, "a string or an integer of 64 bits"));
                }
            };
            names.by_name.insert(name.to_owned(), Meaning::Variable(text));
        }
        Ok(names)
    }

    /// Takes a name under which a message saves a value.
    pub(super) fn save(
        &mut self,
        name: &str,
        kind: ValueType,
        entry: &Entry<'_>,
    ) -> Result<Slot, Fault> {
        check_name(name, entry)?;
        let taken = match self.by_name.get(name) {
            None => {
                let slot = Slot(self.slot_count);
                self.slot_count += 1;
                self.by_name.insert(name.to_owned(), Meaning::Saved(slot, kind));
                return Ok(slot);
            }
            Some(Meaning::Saved(slot, other)) if *other == kind => return Ok(*slot),
            Some(Meaning::Saved(_, other)) => format!("saved elsewhere with type {}", other.name()),
            Some(Meaning::Range(_)) => "a range already".to_owned(),
            Some(Meaning::Variable(_)) => "a variable already".to_owned(),
        };
        Err(entry.fault(format_args!("{} is {taken}", quote(name)), "another name for one of them"))
    }
}

/// The members of an object that may be missing.
fn members<'a>(entry: Option<Entry<'a>>) -> Result<Vec<(&'a str, Entry<'a>)>, Fault> {
    entry.map_or(Ok(Vec::new()), |entry| entry.members())
}

fn check_name(name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
    match name.is_empty() || name.contains(['<', '>']) {
        true => {
            Err(entry.fault("this cannot be a name", "a name that is not empty, without < and >"))
        }
        false => Ok(()),
    }
}

/// The names as one message sees them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) names: &'a Names,
    /// For each slot: is it filled before this message is sent for the first time?
    pub(super) is_saved: &'a [bool],
}

impl Scope<'_> {
    /// Cuts the text of an entry into a template.
    pub(super) fn template(
        &self,
        entry: &Entry<'_>,
        text: &str,
        form: Form,
    ) -> Result<Template, Fault> {
        let mut template = Template::default();
        self.append(entry, text, form, &mut template)?;
        Ok(template)
    }

    /// Appends the text of an entry to a template.
    pub(super) fn append(
        &self,
        entry: &Entry<'_>,
        text: &str,
        form: Form,
        template: &mut Template,
    ) -> Result<(), Fault> {
        let parts = cut(text, |name| {
            self.meaning(name).map_err(|(wrong, right)| entry.advise(wrong, right))
        })?;
        parts.into_iter().for_each(|part| template.push(part, form));
        Ok(())
    }

    /// What a placeholder stands for; else what is wrong with it, and what would be right.
    fn meaning(&self, name: &str) -> Result<Part<'_>, (String, String)> {
        match self.names.by_name.get(name) {
            Some(Meaning::Range(range)) => Ok(Part::Range(*range)),
            Some(Meaning::Variable(text)) => Ok(Part::Text(text)),
            Some(Meaning::Saved(_, ValueType::Object)) => Err((
                format!("{} is saved as an object, which is no text", quote(name)),
                "expected `add_from_saved_to_body`, or a string or an int in it".to_owned(),
            )),
            Some(Meaning::Saved(slot, _)) => {
                self.check_saved(name, *slot)?;
                Ok(Part::Saved(*slot))
            }
            None => {
                let known: Vec<&str> = self.names.by_name.keys().map(String::as_str).collect();
                let wrong = format!("no range, variable or saved value is called {}", quote(name));
                Err((wrong, suggestion(name, &known)))
            }
        }
    }

    /// The slot of a value that is to be put into a body.
    pub(super) fn saved(
        &self,
        name: &str,
        kind: ValueType,
        entry: &Entry<'_>,
    ) -> Result<Slot, Fault> {
        let fault = |(wrong, right): (String, String)| entry.advise(wrong, right);
        match self.names.by_name.get(name) {
            Some(Meaning::Saved(slot, saved)) if *saved == kind => {
                self.check_saved(name, *slot).map_err(fault)?;
                Ok(*slot)
            }
            Some(Meaning::Saved(_, saved)) => Err(entry.fault(
                format_args!("{} is saved with type {}", quote(name), saved.name()),
                "the same `value_type` in both places",
            )),
            _ => {
                let is_saved = |(_, meaning): &(_, &Meaning)| matches!(meaning, Meaning::Saved(..));
                let saved = self.names.by_name.iter().filter(is_saved);
                let known: Vec<&str> = saved.map(|(name, _)| name.as_str()).collect();
                let wrong = format!("no message saves a value called {}", quote(name));
                Err(fault((wrong, suggestion(name, &known))))
            }
        }
    }

    fn check_saved(&self, name: &str, slot: Slot) -> Result<(), (String, String)> {
        if self.is_saved.get(slot.0) == Some(&true) {
            return Ok(());
        }
        Err((
            format!("{} is not saved yet when this is sent", quote(name)),
            "expected a `flow` in which the message that saves it comes before this one".to_owned(),
        ))
    }
}
