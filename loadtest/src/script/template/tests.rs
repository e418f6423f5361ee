use super::*;
use proptest::prelude::*;

/// `<r>` is a range, `<s>` a saved value, `<a b>` and `<v>` are variables; nothing else is known.
fn meaning<'a>(name: &str) -> Result<Part<'a>, String> {
    match name {
        "r" => Ok(Part::Range(0)),
        "s" => Ok(Part::Saved(Slot(0))),
        "v" => Ok(Part::Text("<r>")),
        "a b" => Ok(Part::Text("blank")),
        _ => Err(name.to_owned()),
    }
}

fn built(text: &str, form: Form) -> String {
    let mut template = Template::default();
    for part in cut(text, meaning).unwrap() {
        template.push(part, form);
    }
    let saved = [Saved { text: "a\"#\u{e9} \n".into(), json: r##""a\"#é \n""##.into() }];
    let ranges = [Range { min: -5, max: 5 }];
    let mut out = Vec::new();
    template.write(Values { number: 3, ranges: &ranges, saved: &saved }, &mut out);
    assert_eq!(template.fixed().is_some(), !text.contains("<r>") && !text.contains("<s>"));
    String::from_utf8(out).unwrap()
}

#[test]
fn placeholders_are_replaced_once() {
    for (text, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("<r>", "-2"),
        ("a<r>b<r><r>c", "a-2b-2-2c"),
        ("<<r>>", "<-2>"),
        ("a < b > c", "a < b > c"),
        ("</r>", "</r>"),
        ("<>", "<>"),
        ("<r", "<r"),
        ("r>", "r>"),
        // A variable's value is not looked into: this is how a text like a placeholder is sent.
        ("<v>", "<r>"),
        ("<a b>", "blank"),
    ] {
        assert_eq!(built(text, Form::Field), expected, "{text}");
    }
}

#[test]
fn a_name_that_nobody_knows_is_refused() {
    for (text, name) in [("<x>", "x"), ("<r><id-2>", "id-2"), ("<<x.y>", "x.y"), ("<é>", "é")] {
        assert_eq!(cut(text, meaning), Err(name.to_owned()));
    }
}

#[test]
fn each_form_escapes_what_it_must() {
    assert_eq!(built("é a#b?c=%41&d/<s>", Form::Url), "%C3%A9%20a%23b?c=%41&d/a\"%23%C3%A9%20%0A");
    assert_eq!(built("\u{7f}\t", Form::Url), "%7F%09");
    assert_eq!(built("x<s>", Form::Field), "xa\"#\u{e9} \n");
    assert_eq!(built("\"\\\n<s>", Form::InString), r##"\"\\\na\"#é \n"##);
    assert_eq!(built("<s>", Form::Json), r##""a\"#é \n""##);
}

#[test]
fn a_range_turns_round() {
    let values = |min, max| [0, 1, 2, 3, 4].map(|number| Range { min, max }.value(number));
    assert_eq!(values(1, 3), [1, 2, 3, 1, 2]);
    assert_eq!(values(-1, 0), [-1, 0, -1, 0, -1]);
    assert_eq!(values(7, 7), [7; 5]);
    let whole = Range { min: i64::MIN, max: i64::MAX };
    assert_eq!(whole.value(0), i64::MIN);
    assert_eq!(whole.value(u64::MAX), i64::MAX);
    assert_eq!(Range { min: i64::MIN, max: i64::MAX - 1 }.value(u64::MAX), i64::MIN);
}

proptest! {
    #[test]
    fn a_range_is_counted_through(a: i64, b: i64, number: u64) {
        let (min, max) = (a.min(b), a.max(b));
        let count = i128::from(max) - i128::from(min) + 1;
        let expected = i128::from(min) + i128::from(number) % count;
        prop_assert_eq!(i128::from(Range { min, max }.value(number)), expected);
    }

    #[test]
    fn decimals(value: i64) {
        for value in [value, value >> 32, value >> 56, i64::MIN, i64::MAX, 0] {
            let mut out = Vec::new();
            push_decimal(value, &mut out);
            prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }

    /// Replacing one placeholder after the other, in any text, gives the same as cutting it.
    #[test]
    fn cutting_is_replacing(text in "([<>rs ]|<r>|<s>|x){0,20}") {
        let expected = text.replace("<r>", "-2").replace("<s>", "a\"#\u{e9} \n");
        prop_assume!(cut(&text, meaning).is_ok());
        prop_assert_eq!(built(&text, Form::Field), expected);
    }

    #[test]
    fn no_text_panics(text in ".*") {
        let _ = cut(&text, meaning);
    }

    /// What goes into a URL leaves no byte that ends a request line or begins a fragment.
    #[test]
    fn urls_hold_together(text in ".*") {
        let mut out = Vec::new();
        push_percent_encoded(text.as_bytes(), &mut out);
        prop_assert!(out.iter().all(|&b| b > b' ' && b < 0x7f && b != b'#'));
    }
}
