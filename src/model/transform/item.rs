//! One element of a `transform` array.

use super::body::Form;
use super::compile::Compiler;
use super::filter::Filter;
use super::source::Source;
use super::target::{BodyPlace, Target};
use crate::ProvisionError;
use serde_json::Value as Json;

/// How deep `onFilterFail` lists nest at most: deeper decision trees are mistakes, and each level takes stack.
pub const ON_FILTER_FAIL_DEPTH_MAX: usize = 16;

/// A compiled item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) source: Source,
    pub(super) source_text: Box<str>,
    pub(super) filter: Option<Filter>,
    pub(super) on_filter_fail: Vec<Item>,
    pub(super) target: Target,
    pub(super) target_text: Box<str>,
    /// The source `eraser` with a target where it does not stand for an empty text.
    pub(super) eraser: Option<Eraser>,
}

/// What the source `eraser` means for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eraser {
    /// The node goes.
    Removes,
    /// Nothing happens.
    Idles,
}

impl Item {
    /// Compiles a list of items; `at` is its JSON pointer, `depth` counts the lists around it.
    pub(super) fn parse_list(
        items: &Json,
        at: &str,
        depth: usize,
        compiler: &mut Compiler,
    ) -> Result<Vec<Item>, ProvisionError> {
        if depth > ON_FILTER_FAIL_DEPTH_MAX {
            let reason = format!("lists nest deeper than {ON_FILTER_FAIL_DEPTH_MAX}");
            return Err(ProvisionError::data(at, reason));
        }
        let items = items.as_array().ok_or_else(|| ProvisionError::data(at, "not a list"))?;
        let parse = |(i, item)| Item::parse(item, &format!("{at}/{i}"), depth, compiler);
        items.iter().enumerate().map(parse).collect()
    }

    fn parse(
        item: &Json,
        at: &str,
        depth: usize,
        compiler: &mut Compiler,
    ) -> Result<Item, ProvisionError> {
        let text = |member: &str| {
            item[member].as_str().ok_or_else(|| {
                ProvisionError::data(format!("{at}/{member}"), format!("{member} is no text"))
            })
        };
        let failed = |member: &str| {
            let pointer = format!("{at}/{member}");
            move |reason: String| ProvisionError::data(pointer, reason)
        };
        let (source_text, target_text) = (text("source")?, text("target")?);
        let source = Source::parse(source_text, compiler).map_err(failed("source"))?;
        let target = Target::parse(target_text, compiler).map_err(failed("target"))?;
        // Other members are accepted as long as they look like a filter, and mean nothing (section A1.4).
        let filter = match item.get("filter") {
            None => None,
            Some(filter) => Some(Filter::parse(filter, &target, target_text, compiler).map_err(
                |(pointer, reason)| ProvisionError::data(format!("{at}/filter{pointer}"), reason),
            )?),
        };
        let on_filter_fail = match item.get("onFilterFail") {
            Some(list @ Json::Array(_)) => {
                Item::parse_list(list, &format!("{at}/onFilterFail"), depth + 1, compiler)?
            }
            _ => Vec::new(),
        };
        let eraser = match source {
            Source::Eraser => Eraser::of(&target),
            _ => None,
        };
        compiler.needs_tree |= eraser == Some(Eraser::Removes);
        Ok(Item {
            source,
            source_text: source_text.into(),
            filter,
            on_filter_fail,
            target,
            target_text: target_text.into(),
            eraser,
        })
    }
}

impl Eraser {
    /// None where it stands for an empty text.
    fn of(target: &Target) -> Option<Eraser> {
        match target {
            Target::Body { form: Form::Object, .. } => Some(Eraser::Removes),
            // The whole document has no member that an empty text could replace.
            Target::Body { place: BodyPlace::Fixed { pointer, .. }, .. } if pointer.is_root() => {
                Some(Eraser::Removes)
            }
            Target::Body { .. } | Target::Header(_) | Target::Break => None,
            Target::Variable(_)
            | Target::StatusCode
            | Target::DelayMs
            | Target::OutState { .. } => Some(Eraser::Idles),
        }
    }
}
