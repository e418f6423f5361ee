use super::*;
use crate::transform::pointer::NESTING_MAX;
use crate::transform::value::tests::{rows, value_of};
use serde_json::json;

mod bound;
mod equivalence;

fn fixed(path: &str) -> Target {
    Target { pointer: Some(Pointer::dotted(path)), dynamic: false }
}

fn root() -> Target {
    Target { pointer: None, dynamic: false }
}

fn plan(document: &str, paths: &[&str]) -> BodyPlan {
    let document: Json = serde_json::from_str(document).unwrap();
    BodyPlan::compile(Some(&document), paths.iter().map(|path| fixed(path)).collect(), false)
}

fn finished(draft: Draft<'_>) -> String {
    let mut out = b"before ".to_vec();
    draft.finish(&mut out);
    String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
}

/// The body that one value gives: in a slot, in a tree and as the whole document, all but the last in `{"a":..}`.
fn stored(form: Form, value: &Value<'_>) -> Option<String> {
    let document = json!({"a": "default"});
    let mut slots = Slots::new();
    let mut of = |targets: Vec<Target>, reads_body: bool| {
        let plan = BodyPlan::compile(Some(&document), targets, reads_body);
        let mut draft = plan.draft(&mut slots);
        let result = draft.store(Place::Target(0), form, value);
        assert!(matches!(result, Ok(()) | Err(WriteError::NotConvertible | WriteError::NotJson)));
        (plan.has_slots(), result.is_ok(), finished(draft))
    };
    let in_slot = of(vec![fixed("a")], false);
    let in_tree = of(vec![fixed("a")], true);
    let as_root = of(vec![root()], false);
    assert_eq!((in_slot.0, in_tree.0, as_root.0), (true, false, false));
    assert_eq!((in_slot.1, &in_slot.2), (in_tree.1, &in_tree.2), "slot and tree");
    if in_slot.1 {
        assert_eq!(in_slot.2, format!("{{\"a\":{}}}", as_root.2), "member and whole document");
    } else {
        assert_eq!(
            (in_slot.2.as_str(), as_root.2.as_str()),
            (r#"{"a":"default"}"#, r#"{"a":"default"}"#)
        );
    }
    in_slot.1.then_some(as_root.2)
}

const FORMS: [Form; 7] = [
    Form::Text,
    Form::Integer,
    Form::Unsigned,
    Form::Float,
    Form::Boolean,
    Form::Object,
    Form::JsonText,
];

/// The bodies that values give as the whole document; `skip` leaves the document alone.
const STORED: &str = r#"
row of the specification                      | value                          | string                         | integer              | unsigned             | float                  | boolean | object                         | jsonstring
String: root gives body `"text"` with quotes  | S "text"                       | "text"                         | skip                 | skip                 | skip                   | true    | "text"                         | skip
String with a number                          | S " 7.5x"                      | " 7.5x"                        | 7                    | 7                    | 7.5                    | true    | " 7.5x"                        | skip
String, empty                                 | S ""                           | ""                             | skip                 | skip                 | skip                   | false   | ""                             | skip
String `false`                                | S "false"                      | "false"                        | skip                 | skip                 | skip                   | true    | "false"                        | false
String `-1`                                   | S "-1"                         | "-1"                           | -1                   | 18446744073709551615 | -1.0                   | true    | "-1"                           | -1
String: NaN dumps as `null`                   | S "nan"                        | "nan"                          | skip                 | skip                 | null                   | true    | "nan"                          | skip
String: inf dumps as `null`                   | S "-inf"                       | "-inf"                         | skip                 | skip                 | null                   | true    | "-inf"                         | skip
jsonstring: an object                         | S "{\"b\":1.50, \"a\":[ ]}"    | "{\"b\":1.50, \"a\":[ ]}"      | skip                 | skip                 | skip                   | true    | "{\"b\":1.50, \"a\":[ ]}"      | {"a":[],"b":1.5}
jsonstring: any JSON type                     | S " null"                      | " null"                        | skip                 | skip                 | skip                   | true    | " null"                        | null
object: number 5 becomes `"5"`                | I 5                            | "5"                            | 5                    | 5                    | 5.0                    | true    | "5"                            | 5
Integer to unsigned wraps                     | I -1                           | "-1"                           | -1                   | 18446744073709551615 | -1.0                   | true    | "-1"                           | -1
Unsigned to integer wraps                     | U 18446744073709551615         | "18446744073709551615"         | -1                   | 18446744073709551615 | 1.8446744073709552e+19 | true    | "18446744073709551615"         | 18446744073709551615
Unsigned 0                                    | U 0                            | "0"                            | 0                    | 0                    | 0.0                    | false   | "0"                            | 0
jsonstring: 6-decimal floats become `1.0`     | F 1.0                          | "1.000000"                     | 1                    | 1                    | 1.0                    | true    | "1.000000"                     | 1.0
Float is truncated                            | F -2.25                        | "-2.250000"                    | -2                   | 18446744073709551614 | -2.25                  | true    | "-2.250000"                    | -2.25
Float in its shortest form                    | F 1e-7                         | "0.000000"                     | 0                    | 0                    | 1e-07                  | true    | "0.000000"                     | 0.0
Float, infinite                               | F inf                          | "inf"                          | -9223372036854775808 | 0                    | null                   | true    | "inf"                          | skip
object: true becomes `"true"`                 | B true                         | "true"                         | 1                    | 1                    | 1.0                    | true    | "true"                         | true
Boolean false                                 | B false                        | "false"                        | 0                    | 0                    | 0.0                    | false   | "false"                        | false
object: Object stored as is, else skipped     | O {"k":[1,2.5]}                | skip                           | skip                 | skip                 | skip                   | skip    | {"k":[1,2.5]}                  | skip
"#;

#[test]
fn every_type_in_every_target() {
    let mut count = 0;
    for cells in rows(STORED) {
        let (head, expected) = cells.split_at(2);
        assert_eq!(expected.len(), FORMS.len(), "{cells:?}");
        let value = value_of(head[1]);
        for (form, &expected) in FORMS.into_iter().zip(expected) {
            let body = stored(form, &value);
            assert_eq!(body.as_deref().unwrap_or("skip"), expected, "{} to {form:?}", head[0]);
        }
        count += 1;
    }
    assert_eq!(count, 20);
}

#[test]
fn bodies_that_no_item_writes_to() {
    for (row, document, expected) in [
        ("missing -> empty body", None, ""),
        ("string: sent raw, unquoted", Some(json!("a\"b\n")), "a\"b\n"),
        ("empty string", Some(json!("")), ""),
        ("integer", Some(json!(-5)), "-5"),
        ("integer above i64", Some(json!(u64::MAX)), "18446744073709551615"),
        ("numbers with fraction get 6 decimals", Some(json!(1.5)), "1.500000"),
        ("a float without a fraction, too", Some(json!(100.0)), "100.000000"),
        ("boolean", Some(json!(true)), "true"),
        ("boolean", Some(json!(false)), "false"),
        ("null", Some(json!(null)), "null"),
        ("object", Some(json!({"b": 1.5, "a": "é"})), r#"{"a":"é","b":1.5}"#),
        ("a static `{}` as `{}`", Some(json!({})), "{}"),
        ("array", Some(json!([1, "x", null])), r#"[1,"x",null]"#),
    ] {
        assert_eq!(static_body(document.as_ref()), expected, "{row}");
        // The document is still the provisioned one when items target the body but all are skipped.
        for reads_body in [false, true] {
            let plan =
                BodyPlan::compile(document.as_ref(), vec![fixed("a.01.b"), root()], reads_body);
            let mut slots = Slots::new();
            assert_eq!(finished(plan.draft(&mut slots)), expected, "{row}: all skipped");
            let mut draft = plan.draft(&mut slots);
            assert!(draft.write_json_text(1, "{").is_err());
            assert!(!draft.erase(Some(&Pointer::dotted("x.y"))));
            assert_eq!(finished(draft), expected, "{row}: all failed");
        }
    }
}

#[test]
fn which_documents_have_slots() {
    let nested = r#"{"a":{"b":1,"c":[1,{"d":2}]},"n":null,"s":"x","e":{}}"#;
    for (row, document, paths, expected) in [
        ("an existing member", nested, &["s"][..], true),
        (
            "a missing member of an existing object",
            nested,
            &["new", "a.new", "e.new", "e.0", "a.-"],
            true,
        ),
        ("an existing container as a whole", nested, &["a"], true),
        ("an element", nested, &["a.c.0", "a.c.1"], true),
        ("below an element", nested, &["a.c.1.d", "a.c.1.new"], true),
        ("the same path twice", nested, &["s", "s"], true),
        ("no path at all", nested, &[], true),
        ("an array", "[1,2]", &["0"], true),
        ("a target within another", nested, &["a", "a.b"], false),
        ("another within a target", nested, &["a.b", "a"], false),
        ("a missing parent", nested, &["x.y"], false),
        ("a null parent", nested, &["n.y"], false),
        ("a scalar parent", nested, &["s.y"], false),
        ("an element behind the end", nested, &["a.c.2"], false),
        ("an appended element", nested, &["a.c.-"], false),
        ("no index", nested, &["a.c.01"], false),
        ("a lone `~`", nested, &["~"], false),
        ("a string", r#""s""#, &["a"], false),
        ("null", "null", &["a"], false),
    ] {
        assert_eq!(plan(document, paths).has_slots(), expected, "{row}");
    }
    let document = json!({"a": 1});
    let dynamic = Target { pointer: None, dynamic: true };
    assert!(!BodyPlan::compile(Some(&document), vec![dynamic], false).has_slots());
    assert!(!BodyPlan::compile(Some(&document), vec![root()], false).has_slots());
    assert!(!BodyPlan::compile(Some(&document), vec![fixed("a")], true).has_slots());
    assert!(!BodyPlan::compile(None, vec![fixed("a")], false).has_slots());
}

#[test]
fn members_that_were_not_written_are_left_out_with_their_comma() {
    let plan = plan(r#"{"c":1,"e":{}}"#, &["a", "b", "d", "e.x", "e.y"]);
    assert!(plan.has_slots());
    let mut slots = Slots::new();
    for (written, expected) in [
        (&[][..], r#"{"c":1,"e":{}}"#),
        (&[0], r#"{"a":0,"c":1,"e":{}}"#),
        (&[1], r#"{"b":1,"c":1,"e":{}}"#),
        (&[2, 0], r#"{"a":0,"c":1,"d":2,"e":{}}"#),
        (&[4], r#"{"c":1,"e":{"y":4}}"#),
        (&[0, 1, 2, 3, 4], r#"{"a":0,"b":1,"c":1,"d":2,"e":{"x":3,"y":4}}"#),
    ] {
        let mut draft = plan.draft(&mut slots);
        for &target in written {
            draft.write(target, Node::Integer(target as i64)).unwrap();
        }
        assert_eq!(finished(draft), expected, "{written:?}");
    }
}

#[test]
fn the_last_of_repeated_writes_wins_and_a_failed_one_changes_nothing() {
    for reads_body in [false, true] {
        let plan =
            BodyPlan::compile(Some(&json!({"a": 1})), vec![fixed("a"), fixed("a")], reads_body);
        let mut slots = Slots::new();
        let mut draft = plan.draft(&mut slots);
        assert_eq!(draft.write(0, Node::Text("x")), Ok(()));
        assert_eq!(draft.write_json_text(1, " [ true , 2 ] "), Ok(()));
        assert_eq!(draft.write_json_text(0, "[1"), Err(WriteError::NotJson));
        assert_eq!(draft.write(2, Node::Boolean(true)), Err(WriteError::NoSuchTarget));
        assert_eq!(finished(draft), r#"{"a":[true,2]}"#);
    }
}

#[test]
fn absent_documents_grow_from_null() {
    let plan = BodyPlan::compile(None, vec![fixed("0.1"), root(), fixed("~"), fixed("a.")], false);
    let mut slots = Slots::new();
    let mut draft = plan.draft(&mut slots);
    assert_eq!(draft.read(&Pointer::parse("").unwrap()), None);
    draft.write(0, Node::Text("0")).unwrap();
    assert_eq!(finished(draft), r#"[[null,"0"]]"#);
    let mut draft = plan.draft(&mut slots);
    draft.write(1, Node::Json(Cow::Owned(Json::Null))).unwrap();
    assert_eq!(finished(draft), "null", "a null that was written is sent");
    let mut draft = plan.draft(&mut slots);
    assert_eq!(draft.write(2, Node::Integer(1)), Err(WriteError::BadEscape));
    assert_eq!(finished(draft), "", "nothing was created");
    let mut draft = plan.draft(&mut slots);
    assert_eq!(draft.write(3, Node::Integer(1)), Err(WriteError::NotAnIndex));
    assert_eq!(finished(draft), r#"{"a":[]}"#, "what was created before the failure remains");
}

#[test]
fn scalars_that_were_posted_and_scalars_that_were_stored() {
    let plan = BodyPlan::compile(Some(&json!("posted")), vec![root(), fixed("a")], false);
    let mut slots = Slots::new();
    let mut draft = plan.draft(&mut slots);
    assert_eq!(draft.write(1, Node::Integer(1)), Err(WriteError::IntoScalar));
    assert_eq!(finished(draft), "posted");
    let mut draft = plan.draft(&mut slots);
    draft.write(0, Node::Text("stored")).unwrap();
    assert_eq!(finished(draft), r#""stored""#);
    let mut draft = plan.draft(&mut slots);
    draft.write(0, Node::Float(1.5)).unwrap();
    assert_eq!(finished(draft), "1.5");
    let mut draft = plan.draft(&mut slots);
    draft.erase(None);
    draft.write(1, Node::Integer(1)).unwrap();
    assert_eq!(finished(draft), r#"{"a":1}"#);
}

#[test]
fn later_items_read_what_earlier_ones_wrote() {
    let document = json!({"a": {"b": 1}});
    // A plan that was told of the reads, and one that was not: it turns into a tree on the way.
    for reads_body in [true, false] {
        let plan = BodyPlan::compile(Some(&document), vec![fixed("a.b"), fixed("c")], reads_body);
        let mut slots = Slots::new();
        let mut draft = plan.draft(&mut slots);
        assert_eq!(draft.read(&Pointer::dotted("a.b")), Some(&json!(1)));
        assert_eq!(draft.read(&Pointer::dotted("c")), None);
        draft.write(1, Node::Float(f64::NAN)).unwrap();
        assert_eq!(draft.read(&Pointer::dotted("c")), Some(&Json::Null));
        draft.write(1, Node::Text("x")).unwrap();
        assert_eq!(
            draft.read(&Pointer::parse("").unwrap()),
            Some(&json!({"a": {"b": 1}, "c": "x"}))
        );
        draft.write_at(&Pointer::dotted("d.e"), Node::Boolean(false)).unwrap();
        draft.write_json_text_at(&Pointer::dotted("d.f"), "[1.0]").unwrap();
        draft.write(0, Node::Unsigned(u64::MAX)).unwrap();
        assert_eq!(
            finished(draft),
            r#"{"a":{"b":18446744073709551615},"c":"x","d":{"e":false,"f":[1.0]}}"#
        );
    }
}

#[test]
fn erasing() {
    for reads_body in [true, false] {
        let plan =
            BodyPlan::compile(Some(&json!({"a": [1, 2], "b": 3})), vec![fixed("b")], reads_body);
        let mut slots = Slots::new();
        let mut draft = plan.draft(&mut slots);
        assert!(draft.erase(Some(&Pointer::dotted("a.0"))));
        assert!(!draft.erase(Some(&Pointer::dotted("x"))));
        assert!(draft.erase(Some(&Pointer::dotted("b"))));
        assert_eq!(finished(draft), r#"{"a":[2]}"#);
        for pointer in [None, Some(Pointer::parse("").unwrap())] {
            let mut draft = plan.draft(&mut slots);
            assert!(draft.erase(pointer.as_ref()));
            assert!(!draft.erase(pointer.as_ref()));
            assert_eq!(finished(draft), "", "root -> empty body");
        }
        let mut draft = plan.draft(&mut slots);
        draft.erase(None);
        assert!(draft.write_at(&Pointer::dotted("~"), Node::Integer(4)).is_err());
        assert_eq!(finished(draft), "", "a failed write brings nothing back");
        let mut draft = plan.draft(&mut slots);
        draft.erase(None);
        draft.write(0, Node::Integer(4)).unwrap();
        assert_eq!(finished(draft), r#"{"b":4}"#, "written to after it was erased");
    }
}

#[test]
fn merging_as_rfc_7396_appendix_a() {
    for (original, patch, expected) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        for reads_body in [true, false] {
            let document: Json = serde_json::from_str(original).unwrap();
            let plan = BodyPlan::compile(Some(&document), vec![], reads_body);
            let mut slots = Slots::new();
            let mut draft = plan.draft(&mut slots);
            draft.merge(&serde_json::from_str(patch).unwrap()).unwrap();
            assert_eq!(finished(draft), expected, "{original} and {patch}");
        }
    }
}

#[test]
fn what_is_sent_can_be_read_again() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for reads_body in [false, true] {
        let plan = BodyPlan::compile(Some(&json!({"a": {}})), vec![fixed("a.b")], reads_body);
        let mut slots = Slots::new();
        let mut draft = plan.draft(&mut slots);
        assert_eq!(draft.write_json_text(0, &deep(NESTING_MAX - 1)), Err(WriteError::TooDeep));
        assert_eq!(draft.write_json_text(0, &deep(NESTING_MAX + 1)), Err(WriteError::NotJson));
        assert_eq!(draft.write_json_text(0, &deep(NESTING_MAX - 2)), Ok(()));
        assert!(json::parse(finished(draft).as_bytes()).is_ok());
    }
    let mut too_deep = json!(1);
    for _ in 0..=NESTING_MAX {
        too_deep = json!([too_deep]);
    }
    let plan = BodyPlan::compile(Some(&json!({})), vec![root()], false);
    let mut slots = Slots::new();
    let mut draft = plan.draft(&mut slots);
    assert_eq!(draft.merge(&too_deep), Err(WriteError::TooDeep));
    assert_eq!(draft.write(0, Node::Json(Cow::Owned(too_deep))), Err(WriteError::TooDeep));
    assert_eq!(finished(draft), "{}");
}

#[test]
fn memory_is_reused_but_not_kept_for_rare_giants() {
    let plan = plan(r#"{"a":1}"#, &["a", "b"]);
    let mut slots = Slots::new();
    let fill = |slots: &mut Slots, text: &str| {
        let mut draft = plan.draft(slots);
        draft.write(0, Node::Text(text)).unwrap();
        draft.write(1, Node::Float(1e300)).unwrap();
        draft.store(Place::Target(1), Form::Text, &Value::Float(0.5)).unwrap();
        draft.finish(&mut Vec::new());
    };
    fill(&mut slots, "warm");
    let before = slots.memory();
    for _ in 0..10 {
        fill(&mut slots, "cold");
    }
    assert_eq!(slots.memory(), before, "the same buffers");
    fill(&mut slots, &"x".repeat(10_000_000));
    fill(&mut slots, "x");
    assert!(slots.memory().1 < 1000);
}

#[test]
fn canonical_texts_are_not_parsed() {
    let mut out = Vec::new();
    for (text, expected) in [
        ("1", true),
        (" -12 ", true),
        ("999999999999999999", true),
        ("\"text é\"", true),
        ("null", true),
        (r#"{ "a" : [ 1 , "x" ] , "b" : { } }"#, true),
        ("-0", false),
        ("1.0", false),
        ("9223372036854775808", false),
        (r#""\n""#, false),
        (r#"{"b":1,"a":2}"#, false),
        (r#"{"a":1,"a":2}"#, false),
        ("[[[]]]", false),
        ("[1] x", false),
    ] {
        assert_eq!(canonical::append(text, 2, &mut out), expected, "{text}");
    }
}
