//! What one run may write to its body, with slots and with a tree alike.

use super::*;

/// An eighth of the bound of these tests.
const PIECE_BYTES: usize = 8 << 10;

fn bounded(mut plan: BodyPlan) -> BodyPlan {
    assert_eq!(plan.bytes_max, BODY_BYTES_MAX);
    plan.bytes_max = 8 * PIECE_BYTES;
    plan
}

/// How often `write` succeeds, of ten times, and the body then.
fn writes(
    targets: &[Target],
    reads_body: bool,
    write: impl Fn(&mut Draft<'_>) -> Result<(), WriteError>,
) -> (usize, String) {
    let document = json!({"a": 0});
    let plan = bounded(BodyPlan::compile(Some(&document), targets.to_vec(), reads_body));
    assert_eq!(plan.has_slots(), !reads_body);
    let mut slots = Slots::new();
    let mut draft = plan.draft(&mut slots);
    let results: Vec<_> = (0..10).map(|_| write(&mut draft)).collect();
    let written = results.iter().filter(|result| result.is_ok()).count();
    assert!(results[..written].iter().all(Result::is_ok), "first all succeed, then none");
    assert!(results[written..].iter().all(|result| *result == Err(WriteError::TooLarge)));
    draft.store(Place::Target(0), Form::Integer, &Value::Integer(7)).unwrap();
    (written, finished(draft))
}

#[test]
fn what_is_written_is_bounded() {
    let text = "x".repeat(PIECE_BYTES);
    // Seven times the text and its quotes fit into the bound, eight times do not.
    let store = |draft: &mut Draft<'_>| {
        draft.store(Place::Target(0), Form::Text, &Value::Text(text.as_str().into()))
    };
    for reads_body in [false, true] {
        let expected = (7, r#"{"a":7}"#.to_owned());
        assert_eq!(writes(&[fixed("a")], reads_body, store), expected, "small values still fit");
    }
}

#[test]
fn json_texts_and_objects_are_bounded() {
    let document = json!({"k": "x".repeat(PIECE_BYTES)});
    let text = document.to_string();
    for reads_body in [false, true] {
        let as_text = |draft: &mut Draft<'_>| draft.write_json_text(0, &text);
        assert_eq!(writes(&[fixed("a")], reads_body, as_text).0, 7);
        let as_object = |draft: &mut Draft<'_>| {
            draft.store(Place::Target(0), Form::Object, &Value::Object(Cow::Borrowed(&document)))
        };
        assert_eq!(writes(&[fixed("a")], reads_body, as_object).0, 7);
    }
    let merged = writes(&[fixed("a")], true, |draft| draft.merge(&document));
    assert_eq!(merged.0, 7);
    assert!(merged.1.starts_with(r#"{"a":7,"k":"xx"#) && merged.1.len() == PIECE_BYTES + 14);
}

#[test]
fn names_that_requests_compute_are_bounded() {
    let pointer = Pointer::parse(&format!("/{}", "n".repeat(PIECE_BYTES))).unwrap();
    let plan = bounded(BodyPlan::compile(None, vec![], true));
    let mut slots = Slots::new();
    let mut draft = plan.draft(&mut slots);
    let written = (0..10).take_while(|_| draft.write_at(&pointer, Node::Integer(1)).is_ok());
    assert_eq!(written.count(), 7);
}

#[test]
fn values_in_slots_count_when_the_body_becomes_a_tree() {
    let document = json!({"a": 0, "b": 0});
    let plan = bounded(BodyPlan::compile(Some(&document), vec![fixed("a")], false));
    let mut slots = Slots::new();
    let mut draft = plan.draft(&mut slots);
    let text = "x".repeat(PIECE_BYTES);
    for _ in 0..6 {
        draft.write(0, Node::Text(&text)).unwrap();
    }
    let elsewhere = Pointer::dotted("b");
    assert_eq!(draft.write_at(&elsewhere, Node::Text(&text)), Ok(()), "the seventh");
    assert_eq!(draft.write_at(&elsewhere, Node::Text(&text)), Err(WriteError::TooLarge));
}
