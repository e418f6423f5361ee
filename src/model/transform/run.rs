//! Running a program for one request.

use super::body::{Draft, Place as BodyPosition, Slots};
use super::compile::{Path, parse_pointer};
use super::fault::{Fault, Place};
use super::filter::Workshop;
use super::item::{Eraser, Item};
use super::pointer::Pointer;
use super::request_body::{self, RequestBody};
use super::surroundings::{Request, Surroundings};
use super::target::{BodyPlace, Target};
use super::value::Value;
use super::variables::{self, Variables};
use super::{Effects, Program};
use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

/// Reusable memory of [`Program::run`], for any program.
#[derive(Debug, Default)]
pub struct Scratch {
    variables: variables::Memory,
    request_body: request_body::Memory,
    slots: Slots,
    groups: Vec<Option<Range<usize>>>,
    source_text: String,
    filter_text: String,
}

/// A longer text gives its memory back.
const KEPT_BYTES_MAX: usize = 64 << 10;

/// One run.
pub(super) struct Run<'r, S> {
    pub(super) request: &'r Request<'r>,
    pub(super) request_body: &'r RequestBody<'r>,
    pub(super) surroundings: &'r mut S,
    pub(super) variables: Variables<'r>,
    pub(super) draft: Option<Draft<'r>>,
    groups: &'r mut Vec<Option<Range<usize>>>,
    /// Memory for the text of a source, and of a filter.
    texts: (String, String),
    pub(super) effects: Effects,
}

/// How far an item came.
enum Failure {
    Source(Fault),
    Filter(Fault),
    Target(Fault),
}

pub(super) fn run<S: Surroundings>(
    program: &Program,
    request: &Request<'_>,
    surroundings: &mut S,
    scratch: &mut Scratch,
    body: &mut Vec<u8>,
) -> Effects {
    let memory = std::mem::take(&mut scratch.request_body);
    let request_body = RequestBody::new(&program.request_paths, request.body, memory);
    let mut texts =
        (std::mem::take(&mut scratch.source_text), std::mem::take(&mut scratch.filter_text));
    let mut effects = Effects { has_body: program.writes_body, ..Effects::default() };
    {
        let mut run = Run {
            request,
            request_body: &request_body,
            surroundings,
            variables: Variables::new(&program.names, &mut scratch.variables),
            draft: program.plan.as_ref().map(|plan| plan.draft(&mut scratch.slots)),
            groups: &mut scratch.groups,
            texts,
            effects,
        };
        // A list that was left early is as good as one that was run to its end.
        let _ = run.run_list(&program.items, None);
        if let Some(draft) = run.draft.filter(|_| program.writes_body) {
            draft.finish(body);
        }
        texts = run.texts;
        effects = run.effects;
    }
    for text in [&mut texts.0, &mut texts.1] {
        text.clear();
        text.shrink_to(KEPT_BYTES_MAX);
    }
    (scratch.source_text, scratch.filter_text) = texts;
    scratch.request_body = request_body.into_memory();
    effects
}

impl<'r, S: Surroundings> Run<'r, S> {
    /// Runs items in order until one breaks. `top` is the item of the transform array whose list this is.
    fn run_list(&mut self, items: &'r [Item], top: Option<usize>) -> ControlFlow<()> {
        for (i, item) in items.iter().enumerate() {
            let number = top.unwrap_or(i);
            let failure = match self.run_item(item) {
                Ok(flow) => {
                    flow?;
                    continue;
                }
                Err(failure) => failure,
            };
            let (fault, is_filter) = match failure {
                Failure::Source(fault) | Failure::Target(fault) => (fault, false),
                Failure::Filter(fault) => (fault, true),
            };
            let filter = item.filter.as_ref().map_or("", |filter| filter.name());
            let place = if is_filter { filter } else { &*item.target_text };
            let place = Place { source: &item.source_text, place, filter };
            self.surroundings.skipped(number, &fault.at(&place));
            if is_filter {
                self.run_list(&item.on_filter_fail, Some(number))?;
            }
        }
        ControlFlow::Continue(())
    }

    fn run_item(&mut self, item: &'r Item) -> Result<ControlFlow<()>, Failure> {
        let mut texts = std::mem::take(&mut self.texts);
        let transferred = self.transfer(item, &mut texts.0, &mut texts.1);
        self.texts = texts;
        transferred
    }

    fn transfer(
        &mut self,
        item: &'r Item,
        source_text: &mut String,
        filter_text: &mut String,
    ) -> Result<ControlFlow<()>, Failure> {
        let value = self.read(&item.source, source_text).map_err(Failure::Source)?;
        let value = match &item.filter {
            None => value,
            Some(filter) => {
                let variables = &mut self.variables;
                let mut workshop = Workshop { variables, groups: self.groups };
                filter.apply(value, filter_text, &mut workshop).map_err(Failure::Filter)?
            }
        };
        let written = match item.eraser {
            Some(eraser) => self.erase(&item.target, eraser).map(ControlFlow::Continue),
            None => self.write(&item.target, &value),
        };
        written.map_err(Failure::Target)
    }

    fn write(&mut self, target: &'r Target, value: &Value<'_>) -> Result<ControlFlow<()>, Fault> {
        match target {
            Target::Body { form, place } => {
                let Some(draft) = &mut self.draft else { return Ok(ControlFlow::Continue(())) };
                let written = match (place, value) {
                    (BodyPlace::Merge { .. }, Value::Object(patch)) => draft.merge(patch),
                    (BodyPlace::Fixed { number, .. } | BodyPlace::Merge { number }, _) => {
                        draft.store(BodyPosition::Target(*number), *form, value)
                    }
                    (BodyPlace::Computed(path), _) => {
                        let pointer = computed_pointer(&path.resolve(&self.variables)?)
                            .map_err(Fault::Refused)?;
                        draft.store(BodyPosition::At(&pointer), *form, value)
                    }
                };
                written.map_err(Fault::Unwritable)?;
            }
            Target::Header(name) => {
                let name = name.resolve(&self.variables)?.into_owned();
                let text = text_of(value)?.into_owned();
                self.surroundings.check_field(&name, &text).map_err(Fault::Refused)?;
                self.variables.charge(name.len() + text.len())?;
                self.effects.headers.push((name, text));
            }
            Target::StatusCode => {
                let code = value.to_unsigned();
                let code = code.ok_or_else(|| Fault::unconvertible(value, "status code"))?;
                let in_range = u32::try_from(code).ok().filter(|code| *code < 1000);
                self.effects.code =
                    Some(in_range.ok_or(Fault::Refused("a status code is below 1000"))?);
            }
            Target::DelayMs => {
                self.effects.delay = Some(std::time::Duration::from_millis(delay_ms(value)?));
            }
            Target::Variable(name) => {
                if matches!(value, Value::Object(_)) {
                    return Err(Fault::unconvertible(value, "text"));
                }
                if let Value::Text(text) = value {
                    self.variables.charge(text.len())?;
                }
                value.append_text(name.define(&mut self.variables)?);
            }
            Target::OutState { foreign } => {
                self.effects.out_state = Some(text_of(value)?.into_owned());
                self.effects.foreign = *foreign;
            }
            Target::Break => {
                return Ok(match text_of(value)?.is_empty() {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                });
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn erase(&mut self, target: &Target, eraser: Eraser) -> Result<(), Fault> {
        let (Target::Body { place, .. }, Eraser::Removes) = (target, eraser) else {
            return Err(Fault::Refused("eraser has no effect here"));
        };
        let Some(draft) = &mut self.draft else { return Ok(()) };
        let erased = match place {
            BodyPlace::Merge { .. } => draft.erase(None),
            BodyPlace::Fixed { pointer, .. } if pointer.is_root() => draft.erase(None),
            BodyPlace::Fixed { pointer, .. } => draft.erase(Some(pointer)),
            BodyPlace::Computed(path) => {
                let pointer = computed_pointer(&path.resolve(&self.variables)?);
                draft.erase(Some(&pointer.map_err(Fault::Refused)?))
            }
        };
        if erased { Ok(()) } else { Err(Fault::Refused("there is nothing to erase")) }
    }

    /// A path with the variables that are defined now.
    pub(super) fn pointer(&self, path: &'r Path) -> Result<Cow<'r, Pointer>, Fault> {
        match path {
            Path::Fixed(pointer) => Ok(Cow::Borrowed(pointer)),
            Path::Computed(template) => {
                let pointer = computed_pointer(&template.resolve(&self.variables)?);
                pointer.map(Cow::Owned).map_err(Fault::Unavailable)
            }
        }
    }
}

pub(super) fn computed_pointer(path: &str) -> Result<Pointer, &'static str> {
    parse_pointer(path).map_err(|_| "the computed path is not a JSON pointer")
}

fn text_of<'v>(value: &'v Value<'_>) -> Result<Cow<'v, str>, Fault> {
    value.to_text().ok_or_else(|| Fault::unconvertible(value, "text"))
}

/// Milliseconds of a delay; a negative one is none (section A9, 12).
fn delay_ms(value: &Value<'_>) -> Result<u64, Fault> {
    let is_negative = match value {
        Value::Integer(integer) => *integer < 0,
        Value::Float(float) => *float <= -1.0,
        Value::Text(text) => {
            let digits = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
            digits.starts_with('-') && value.to_unsigned() != Some(0)
        }
        Value::Unsigned(_) | Value::Boolean(_) | Value::Object(_) => false,
    };
    match value.to_unsigned() {
        None => Err(Fault::unconvertible(value, "delay")),
        Some(_) if is_negative => Err(Fault::Refused("a delay cannot be negative")),
        Some(delay_ms) => Ok(delay_ms),
    }
}
