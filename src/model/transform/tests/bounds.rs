//! Programs that make more and more of what they have: what is too much is skipped with a reason, and the rest works.

use super::*;

/// Runs a program whose body may have so many bytes.
fn run_once(items: &Json, document: &Json, bytes_max: usize) -> Outcome {
    let mut program = Program::compile(items, Some(document)).unwrap();
    if let Some(plan) = &mut program.plan {
        assert_eq!(plan.bytes_max, body::BODY_BYTES_MAX);
        plan.bytes_max = bytes_max;
    }
    let fields = headers();
    let mut world = World::new();
    let mut out = Vec::new();
    let effects =
        program.run(&request(&fields, b""), &mut world, &mut Scratch::default(), &mut out);
    Outcome { effects, body: String::from_utf8(out).unwrap(), skips: world.skips }
}

#[test]
fn a_document_copied_into_itself() {
    let copy = |i: usize| {
        let target = format!("response.body.object.c{i}");
        json!({"source": "response.body", "target": target})
    };
    let mut items: Vec<Json> = (0..40).map(copy).collect();
    items.push(json!({"source": "value.still written", "target": "response.body.string.end"}));
    let document = json!({"a": "x".repeat(4 << 10)});
    let outcome = run_once(&Json::Array(items), &document, 64 << 10);
    // Four KiB, then 8, 16 and 32: with the next 64 it would be too much, and with every one after it.
    assert_eq!(outcome.body.matches("\"a\"").count(), 16);
    assert!(outcome.body.ends_with(r#","end":"still written"}"#));
    let expected: Vec<(usize, String, bool)> = (4..40)
        .map(|i| {
            (i, format!("target response.body.object.c{i}: the body would be too large"), false)
        })
        .collect();
    assert_eq!(outcome.skips, expected);
}

#[test]
fn replacements_are_bounded() {
    // The rest of the text for each of its bytes: half a gigabyte.
    let rest = json!({"RegexReplace": {"rgx": "[^]", "fmt": "$'"}});
    let outcome = run_once(
        &json!([
            {"source": "response.body.a", "target": "response.header.v", "filter": rest},
            {"source": "value.after", "target": "response.header.v"},
        ]),
        &json!({"a": "x".repeat(32 << 10)}),
        body::BODY_BYTES_MAX,
    );
    assert_eq!(outcome.header(), Some("after"));
    assert_eq!(outcome.effects.headers.len(), 1);
    assert_eq!(outcome.skip(), "source response.body.a: the text would be too long");
}

#[test]
fn what_variables_and_header_fields_hold() {
    let document = json!({"long": "x".repeat((8 << 20) - 128), "two": "y".repeat(2048), "half": "z".repeat(512)});
    let item = |member: &str, target: &str, filter: &Json| json!({"source": format!("response.body.{member}"), "target": target, "filter": filter});
    let (whole, groups) = (json!({"Append": ""}), json!({"RegexCapture": "([^]*)"}));
    // Eight times almost eight MiB: of the 64 that may be stored, a KiB is left.
    let mut items: Vec<Json> =
        (0..8).map(|i| item("long", &format!("var.@{{no}}{i}"), &whole)).collect();
    items.extend([
        item("two", "var.x", &whole),
        item("two", "response.header.x", &whole),
        item("two", "var.x", &groups),
        item("two", "var.@{computed}", &groups),
        item("half", "var.x", &groups),
        json!({"source": "var.x.1", "target": "response.header.empty"}),
        json!({"source": "value.", "target": "var.empty"}),
    ]);
    let outcome = run_once(&Json::Array(items), &document, body::BODY_BYTES_MAX);
    let skipped: Vec<(usize, &str)> = outcome.skips.iter().map(|skip| (skip.0, &*skip.1)).collect();
    let reason = "source response.body.two: the text would be too long";
    let no_room = "source var.x.1: the text would be too long";
    assert_eq!(skipped, [(8, reason), (9, reason), (10, reason), (11, reason), (13, no_room)]);
}
