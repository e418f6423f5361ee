use super::*;
use crate::transform::variables::Memory;
use proptest::prelude::*;

/// Expands `text` with variables by number and by name; the second text follows the rule as it is written.
fn expand(text: &str, variables: &[(&str, &str)]) -> (String, String) {
    let mut names = Names::default();
    let parsed = Text::parse(text, &mut names);
    let table = names.finish();
    let mut memory = Memory::default();
    let mut defined = Variables::new(&table, &mut memory);
    for (name, value) in variables {
        defined.define_named(name).push_str(value);
    }
    let exact = replace_in_order(text, &defined).unwrap();
    (parsed.resolve(&defined).unwrap().into_owned(), exact)
}

#[test]
fn the_rule() {
    for (text, variables, expected) in [
        ("plain", &[("plain", "x")][..], "plain"),
        ("@{a}", &[("a", "1")], "1"),
        ("x@{a}y@{a}z", &[("a", "1")], "x1y1z"),
        ("@{unknown}", &[("a", "1")], "@{unknown}"),
        ("@{a", &[("a", "1")], "@{a"),
        ("@{}", &[("", "empty name")], "empty name"),
        ("@{x.1}", &[("x.1", "group")], "group"),
        ("@{a}", &[("a", "@{b}"), ("b", "2")], "2"),
        ("@{b}", &[("a", "1"), ("b", "@{a}")], "@{a}"),
        ("@{@{a}}", &[("a", "b"), ("b", "2")], "2"),
        ("@{@{b}}", &[("a", "1"), ("b", "a")], "@{a}"),
        ("@@{a}{b}", &[("a", ""), ("b", "2")], "2"),
        ("@{a}{b}", &[("a", "@"), ("b", "2")], "2"),
        ("@{a@{b}", &[("b", "2")], "@{a2"),
        ("@{a}b}", &[("a}b", "odd")], "odd"),
        ("me@host @{a}", &[("a", "1")], "me@host 1"),
    ] {
        let (parsed, exact) = expand(text, variables);
        assert_eq!(exact, expected, "{text} {variables:?}");
        assert_eq!(parsed, expected, "{text} {variables:?}");
    }
}

#[test]
fn growth_is_bounded() {
    let mut names = Names::default();
    let text = Text::parse("@{a}@{a}", &mut names);
    let cascade = Text::parse("@{00}", &mut names);
    let table = names.finish();
    let mut memory = Memory::default();
    let mut variables = Variables::new(&table, &mut memory);
    variables.define_named("a").push_str(&"x".repeat(TEXT_BYTES_MAX / 2));
    assert_eq!(text.resolve(&variables).unwrap().len(), TEXT_BYTES_MAX);
    variables.define_named("a").push_str(&"x".repeat(TEXT_BYTES_MAX / 2 + 1));
    assert_eq!(text.resolve(&variables), Err(Fault::TooLong));
    for i in 0..60 {
        variables
            .define_named(&format!("{i:02}"))
            .push_str(&format!("@{{{0:02}}}@{{{0:02}}}", i + 1));
    }
    assert_eq!(cascade.resolve(&variables), Err(Fault::TooLong));
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("@".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("@{".to_owned()),
        "[abc]",
        "[abc]{0,2}".prop_map(|name| format!("@{{{name}}}")),
        "[abc]".prop_map(|name| format!("@{{@{{{name}}}}}")),
        "[abc]{2}".prop_map(|names| format!("@@{{{}}}{{{}}}", &names[..1], &names[1..])),
        "[ xé]{0,3}",
    ]
}

fn pieces(max: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(piece(), 0..max).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn parts_and_rule_agree(
        text in pieces(8),
        variables in proptest::collection::vec((prop_oneof![4 => "[abc]{0,2}", 1 => pieces(3)], pieces(4)), 0..5),
    ) {
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (parsed, exact) = expand(&text, &variables);
        prop_assert_eq!(parsed, exact);
    }

    /// Values without special characters, but fixed parts that become names around them.
    #[test]
    fn quiet_values_take_the_short_way(
        text in pieces(8),
        values in ("[bcd]{0,2}", "[cd]{0,2}", "[d]{0,1}"),
    ) {
        let (a, b, c) = &values;
        let variables = [("a", a.as_str()), ("b", b), ("c", c), ("d", "x")];
        let (parsed, exact) = expand(&text, &variables);
        prop_assert_eq!(parsed, exact);
    }
}
