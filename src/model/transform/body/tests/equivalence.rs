//! Slots, trees and text that needs no parsing give the same bytes, whatever the documents and the writes.

use super::*;
use crate::transform::pointer::nests_within;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

/// Names in documents and paths: digits, `-`, the empty name, escapes and text beyond ASCII among them.
const NAMES: [&str; 9] = ["a", "b", "0", "1", "-", "", "01", "q\"\\\n", "é~/"];

fn any_scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-9_i64..9).prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        select(vec![
            0.0,
            -0.0,
            1.0,
            1e-4,
            1e-5,
            9.99e14,
            1e15,
            615_329_503_260_877.3,
            123_456_789.5
        ])
        .prop_map(Json::from),
        ".{0,6}".prop_map(Json::from),
        select(NAMES.to_vec()).prop_map(Json::from),
    ]
}

fn any_document() -> impl Strategy<Value = Json> {
    any_scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(select(NAMES.to_vec()), inner, 0..5).prop_map(|members| {
                members.into_iter().map(|(name, member)| (name.to_owned(), member)).collect()
            }),
        ]
    })
}

fn any_container() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => prop::collection::btree_map(select(NAMES.to_vec()), any_document(), 0..6).prop_map(|members| {
            Json::from_iter(members.into_iter().map(|(name, member)| (name.to_owned(), member)))
        }),
        1 => prop::collection::vec(any_document(), 0..4).prop_map(Json::from),
    ]
}

/// JSON texts of all sorts, with and without blanks, and texts that are almost JSON.
fn any_json_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any_document().prop_map(|document| document.to_string()),
        any_document().prop_map(|document| serde_json::to_string_pretty(&document).unwrap()),
        r#"[ \n\[\]{}:,"a0-9.eE+\\-]{0,12}"#,
        r#" ?-?[0-9]{1,22}(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})? ?"#,
        r#"\{("[ab]": ?[0-9]{1,2},){0,3}"[abc]": ?(null|true|false|\[\])\}"#,
        (any_document(), any::<Index>()).prop_map(|(document, cut)| {
            let mut text = document.to_string();
            let at = cut.index(text.len() + 1);
            text.truncate((0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap());
            text
        }),
        select(vec![
            "-0",
            "-",
            "00",
            "\u{feff}1",
            "\u{feff}",
            "1 2",
            "\"\u{1}\"",
            "\"\u{7f}\"",
            "\"\\u0061\"",
            "1e400",
            "tru",
            "nullx",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":2}",
            "",
            " "
        ])
        .prop_map(str::to_owned),
    ]
}

#[derive(Clone, Debug)]
enum Write {
    Text(String),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Boolean(bool),
    Json(Json),
    JsonText(String),
    Skip,
}

fn any_write() -> impl Strategy<Value = Write> {
    prop_oneof![
        ".{0,8}".prop_map(Write::Text),
        any::<i64>().prop_map(Write::Integer),
        any::<u64>().prop_map(Write::Unsigned),
        any::<f64>().prop_map(Write::Float),
        select(vec![f64::NAN, f64::INFINITY, 0.5, 1e20]).prop_map(Write::Float),
        any::<bool>().prop_map(Write::Boolean),
        any_document().prop_map(Write::Json),
        any_json_text().prop_map(Write::JsonText),
        Just(Write::Skip),
    ]
}

fn apply(draft: &mut Draft<'_>, target: usize, write: &Write) -> Result<(), WriteError> {
    match write {
        Write::Text(text) => draft.write(target, Node::Text(text)),
        Write::Integer(integer) => draft.write(target, Node::Integer(*integer)),
        Write::Unsigned(unsigned) => draft.write(target, Node::Unsigned(*unsigned)),
        Write::Float(float) => draft.write(target, Node::Float(*float)),
        Write::Boolean(truth) => draft.write(target, Node::Boolean(*truth)),
        Write::Json(json) => draft.write(target, Node::Json(Cow::Borrowed(json))),
        Write::JsonText(text) => draft.write_json_text(target, text),
        Write::Skip => Ok(()),
    }
}

/// The paths of all containers in a document.
fn containers(node: &Json, path: &str, found: &mut Vec<String>) {
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match node {
        Json::Object(members) => {
            found.push(path.to_owned());
            members.iter().for_each(|(name, member)| {
                containers(member, &format!("{path}/{}", escape(name)), found);
            });
        }
        Json::Array(elements) => {
            found.push(path.to_owned());
            elements
                .iter()
                .enumerate()
                .for_each(|(i, element)| containers(element, &format!("{path}/{i}"), found));
        }
        _ => {}
    }
}

/// A child of one of the document's containers (which may exist or not), or any path.
fn any_path(document: &Json) -> impl Strategy<Value = String> + use<> {
    let mut parents = Vec::new();
    containers(document, "", &mut parents);
    let names = || select(NAMES.map(|name| name.replace('~', "~0").replace('/', "~1")).to_vec());
    prop_oneof![
        5 => (select(parents), names()).prop_map(|(parent, name)| format!("{parent}/{name}")),
        1 => prop::collection::vec(names(), 0..4).prop_map(|names| {
            names.iter().map(|name| format!("/{name}")).collect()
        }),
    ]
}

type Case = (Json, Vec<String>, Vec<(Index, Write)>);

fn any_case() -> impl Strategy<Value = Case> {
    any_container().prop_flat_map(|document| {
        let paths = prop::collection::vec(any_path(&document), 1..5);
        (Just(document), paths, prop::collection::vec((any::<Index>(), any_write()), 0..8))
    })
}

#[test]
fn slots_and_trees_give_the_same_bytes() {
    let (accepted, written) = (Cell::new(0), Cell::new(0));
    let cases = 4000;
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&any_case(), |(document, paths, writes)| {
        let targets: Vec<_> = paths
            .iter()
            .map(|path| Target { pointer: Some(Pointer::parse(path).unwrap()), dynamic: false })
            .collect();
        let compiled = BodyPlan::compile(Some(&document), targets.clone(), false);
        let reference = BodyPlan::compile(Some(&document), targets, true);
        prop_assert!(!reference.has_slots());
        if !compiled.has_slots() {
            return Ok(());
        }
        accepted.set(accepted.get() + 1);
        let (mut slots, mut unused) = (Slots::new(), Slots::new());
        // Twice, since nothing of an answer may be left for the next.
        for writes in [&writes[..], &writes[..writes.len() / 2]] {
            let (mut draft, mut tree) = (compiled.draft(&mut slots), reference.draft(&mut unused));
            for (target, write) in writes {
                let target = target.index(paths.len());
                let outcome = apply(&mut draft, target, write);
                prop_assert_eq!(outcome, apply(&mut tree, target, write), "{:?}", write);
                written.set(written.get() + u32::from(outcome.is_ok()));
            }
            let (text, expected) = (finished(draft), finished(tree));
            prop_assert!(json::parse(text.as_bytes()).is_ok());
            prop_assert_eq!(text, expected);
        }
        Ok(())
    });
    result.unwrap();
    assert!(accepted.get() > cases / 4, "slots in {} of {cases}", accepted.get());
    assert!(written.get() > cases, "{} values written", written.get());
}

proptest! {
    #![proptest_config(Config { cases: 2000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn trees_of_any_plan_change_as_pointers_write(case in any_case(), absent: bool) {
        let (document, paths, writes) = case;
        let pointers: Vec<_> = paths.iter().map(|path| Pointer::parse(path).unwrap()).collect();
        let targets = pointers.iter().map(|pointer| Target { pointer: Some(pointer.clone()), dynamic: false });
        let plan = BodyPlan::compile((!absent).then_some(&document), targets.collect(), false);
        let mut slots = Slots::new();
        let mut draft = plan.draft(&mut slots);
        let mut expected = if absent { Json::Null } else { document };
        let mut has_written = false;
        for (target, write) in &writes {
            let Write::Json(value) = write else { continue };
            let pointer = &pointers[target.index(pointers.len())];
            let outcome = pointer.write(&mut expected, value.clone());
            prop_assert_eq!(draft.write_at(pointer, Node::Json(Cow::Borrowed(value))), outcome);
            has_written = true;
        }
        let expected = String::from_utf8(json::to_compact(&expected)).unwrap();
        prop_assert_eq!(finished(draft), if absent && !has_written { String::new() } else { expected });
    }

    #[test]
    fn canonical_text_is_what_the_parser_would_make_of_it(text in any_json_text(), levels in 0_usize..5) {
        let mut out = Vec::new();
        if canonical::append(&text, levels, &mut out) {
            let parsed = json::parse(text.as_bytes());
            prop_assert!(parsed.is_ok(), "{:?}", text);
            prop_assert_eq!(&out, &json::to_compact(parsed.as_ref().unwrap()));
            prop_assert!(nests_within(&parsed.unwrap(), levels));
        }
    }

    #[test]
    fn appended_text_is_compact_text(document in any_document(), float: f64, text: String) {
        let mut out = Vec::new();
        json::append(&document, &mut out);
        prop_assert_eq!(&out, &json::to_compact(&document));
        out.clear();
        text::append_float(float, &mut out);
        prop_assert_eq!(&out, &json::to_compact(&Json::from(float)));
        out.clear();
        text::append_string(&text, &mut out);
        prop_assert_eq!(&out, &json::to_compact(&Json::from(text)));
    }
}
