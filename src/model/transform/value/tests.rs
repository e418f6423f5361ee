use super::*;
use proptest::prelude::*;
use serde_json::json;

const MAX: u64 = u64::MAX;

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

/// Reads the notation of the tables: the type's initial and the value as JSON or, for floats, as Rust has it.
pub(in crate::transform) fn value_of(notation: &str) -> Value<'static> {
    let (initial, rest) = notation.split_at(1);
    let rest = rest.trim();
    let json = || serde_json::from_str::<Json>(rest).unwrap();
    match initial {
        "S" => Value::Text(Cow::Owned(json().as_str().unwrap().to_owned())),
        "I" => Value::Integer(rest.parse().unwrap()),
        "U" => Value::Unsigned(rest.parse().unwrap()),
        "F" => Value::Float(rest.parse().unwrap()),
        "B" => Value::Boolean(rest.parse().unwrap()),
        "O" => Value::Object(Cow::Owned(json())),
        _ => panic!("{notation}"),
    }
}

/// The cells of a table, one row a line; the first line names the columns.
pub(in crate::transform) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.trim().lines().skip(1).map(|line| line.split('|').map(str::trim).collect())
}

/// What values become; `fail` is no value, texts are written as JSON.
const CONVERSIONS: &str = r#"
row of the specification                         | value                    | string                          | integer              | unsigned             | float                 | boolean
String: same, number, non-empty                  | S "12"                   | "12"                            | 12                   | 12                   | 12                    | true
String to boolean: `"false"` is true             | S "false"                | "false"                         | fail                 | fail                 | fail                  | true
String to boolean: `"0"` is true                 | S "0"                    | "0"                             | 0                    | 0                    | 0                     | true
stoX: empty fails; empty is false                | S ""                     | ""                              | fail                 | fail                 | fail                  | false
stoX: non-numeric fails                          | S "abc"                  | "abc"                           | fail                 | fail                 | fail                  | true
stoX: leading whitespace and sign accepted       | S " \t\n\u000b\f\r+7"    | " \t\n\u000b\f\r+7"             | 7                    | 7                    | 7                     | true
stoX: trailing junk ignored: `12abc` -> 12       | S "12abc"                | "12abc"                         | 12                   | 12                   | 12                    | true
stoX: `1e3` -> 1 as integer, 1000 as float       | S "1e3"                  | "1e3"                           | 1                    | 1                    | 1000                  | true
stoX: `3.7` -> 3 as integer                      | S "3.7"                  | "3.7"                           | 3                    | 3                    | 3.7                   | true
stoull of `-1` gives 2^64-1                      | S "-1"                   | "-1"                            | -1                   | 18446744073709551615 | -1                    | true
stoull of `-2.5` gives 2^64-2                    | S "-2.5"                 | "-2.5"                          | -2                   | 18446744073709551614 | -2.5                  | true
stoll: out-of-range fails                        | S "9223372036854775808"  | "9223372036854775808"           | fail                 | 9223372036854775808  | 9223372036854775808.0 | true
stoll: the minimum is in range                   | S "-9223372036854775808" | "-9223372036854775808"          | -9223372036854775808 | 9223372036854775808  | -9223372036854775808  | true
stoull: out-of-range fails                       | S "18446744073709551616" | "18446744073709551616"          | fail                 | fail                 | 18446744073709551616  | true
stod: `0x1F` is 31.0 as float but 0 as integer   | S "0x1F"                 | "0x1F"                          | 0                    | 0                    | 31                    | true
stod also takes inf                              | S "-inf"                 | "-inf"                          | fail                 | fail                 | -inf                  | true
stod: out-of-range fails                         | S "1e400"                | "1e400"                         | 1                    | 1                    | fail                  | true
Integer: decimal, same, cast, != 0               | I 42                     | "42"                            | 42                   | 42                   | 42                    | true
Integer to unsigned: two's complement            | I -1                     | "-1"                            | -1                   | 18446744073709551615 | -1                    | true
Integer to boolean: != 0                         | I 0                      | "0"                             | 0                    | 0                    | 0                     | false
Unsigned: decimal, cast, same, != 0              | U 42                     | "42"                            | 42                   | 42                   | 42                    | true
Unsigned to integer: cast                        | U 18446744073709551615   | "18446744073709551615"          | -1                   | 18446744073709551615 | 18446744073709551616  | true
Unsigned to boolean: != 0                        | U 0                      | "0"                             | 0                    | 0                    | 0                     | false
Float to string: fixed 6 decimals (`1.000000`)   | F 1.0                    | "1.000000"                      | 1                    | 1                    | 1                     | true
Float to string: `3.141593`                      | F 3.141592653589793      | "3.141593"                      | 3                    | 3                    | 3.141592653589793     | true
Float to string: `-0.000000`                     | F -0.0                   | "-0.000000"                     | 0                    | 0                    | -0.0                  | false
Float to integer: truncate                       | F -2.9                   | "-2.900000"                     | -2                   | 18446744073709551614 | -2.9                  | true
Float: 1e20 gave the i64 minimum; unsigned 0     | F 1e20                   | "100000000000000000000.000000"  | -9223372036854775808 | 0                    | 1e20                  | true
Float: beyond i64, within u64                    | F 9223372036854775808.0  | "9223372036854775808.000000"    | -9223372036854775808 | 9223372036854775808  | 9223372036854775808.0 | true
Float to boolean: != 0                           | F 1e-9                   | "0.000000"                      | 0                    | 0                    | 1e-9                  | true
Float: infinite                                  | F inf                    | "inf"                           | -9223372036854775808 | 0                    | inf                   | true
Boolean: `true`, 1, 1, 1, same                   | B true                   | "true"                          | 1                    | 1                    | 1                     | true
Boolean: `false`, 0, 0, 0, same                  | B false                  | "false"                         | 0                    | 0                    | 0                     | false
Object: fail                                     | O {"a":1}                | fail                            | fail                 | fail                 | fail                  | fail
Object: fail (array)                             | O [1]                    | fail                            | fail                 | fail                 | fail                  | fail
"#;

#[test]
fn every_type_becomes_every_other() {
    fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(cell: &str) -> Option<T> {
        (cell != "fail").then(|| cell.parse().unwrap())
    }
    let mut count = 0;
    for cells in rows(CONVERSIONS) {
        let [row, value, string, integer, unsigned, float, boolean] = cells[..] else {
            panic!("{cells:?}")
        };
        let value = value_of(value);
        let string: Option<String> =
            (string != "fail").then(|| serde_json::from_str(string).unwrap());
        let float = parsed::<f64>(float).map(f64::to_bits);
        assert_eq!(value.to_text().as_deref(), string.as_deref(), "{row}");
        assert_eq!(value.to_integer(), parsed(integer), "{row}");
        assert_eq!(value.to_unsigned(), parsed(unsigned), "{row}");
        assert_eq!(value.to_float().map(f64::to_bits), float, "{row}");
        assert_eq!(value.to_boolean(), parsed(boolean), "{row}");
        count += 1;
    }
    assert_eq!(count, 35);
}

#[test]
fn not_a_number_converts_without_a_trap() {
    let value = Value::Float(f64::NAN);
    assert_eq!(value.to_text().as_deref(), Some("nan"));
    assert_eq!(Value::Float(-f64::NAN).to_text().as_deref(), Some("-nan"));
    assert_eq!(value.to_integer(), Some(i64::MIN));
    assert_eq!(value.to_unsigned(), Some(1 << 63));
    assert_eq!(value.to_boolean(), Some(true), "it is not equal to zero");
    assert_eq!(Value::Float(-1e300).to_unsigned(), Some(1 << 63));
}

#[test]
fn json_nodes_as_sources() {
    let whole = json!({
        "string": "s", "empty": "", "small": 5, "negative": -5, "huge": MAX, "beyond": 18446744073709551616_f64,
        "float": 1.0, "no": false, "null": null, "object": {}, "array": [], "full": {"a": 1}, "list": [null],
    });
    for (row, name, expected) in [
        ("string -> String", "string", Some(text("s"))),
        ("empty string is available", "empty", Some(text(""))),
        ("any integer number -> Integer (positive ones too)", "small", Some(Value::Integer(5))),
        ("any integer number -> Integer", "negative", Some(Value::Integer(-5))),
        ("values above i64 wrap", "huge", Some(Value::Integer(-1))),
        ("an integer beyond u64 is read as a float", "beyond", Some(Value::Float(TWO_TO_64))),
        ("float -> Float", "float", Some(Value::Float(1.0))),
        ("bool -> Boolean; false is available", "no", Some(Value::Boolean(false))),
        ("null -> unavailable", "null", None),
        ("{} -> unavailable", "object", None),
        ("[] -> unavailable", "array", None),
        ("non-empty object -> Object", "full", Some(Value::Object(Cow::Borrowed(&whole["full"])))),
        ("non-empty array -> Object", "list", Some(Value::Object(Cow::Borrowed(&whole["list"])))),
    ] {
        assert_eq!(Value::from_json(&whole[name]), expected, "{row}");
    }
    let huge = json!(MAX);
    let huge = Value::from_json(&huge).unwrap();
    assert_eq!(huge.to_text().as_deref(), Some("-1"), "18446744073709551615 as text is `-1`");
    assert_eq!(huge.to_float(), Some(-1.0), "as float `-1.0`");
    assert_eq!(huge.to_unsigned(), Some(MAX), "as unsigned right again");
}

#[test]
fn integers_as_strtoll_reads_them() {
    for (text, signed, unsigned) in [
        ("", None, None),
        ("-", None, None),
        ("+", None, None),
        ("- 1", None, None),
        ("+-1", None, None),
        ("\u{a0}1", None, None),
        ("x1", None, None),
        (".5", None, None),
        ("  -0012 3", Some(-12), Some(MAX - 11)),
        ("9223372036854775807", Some(i64::MAX), Some(i64::MAX as u64)),
        ("-9223372036854775809", None, Some(i64::MAX as u64)),
        ("-18446744073709551615", None, Some(1)),
        ("-18446744073709551616", None, None),
        ("99999999999999999999999999", None, None),
        ("1\u{0}2", Some(1), Some(1)),
        ("1é", Some(1), Some(1)),
    ] {
        assert_eq!(parse_integer(text), signed, "{text:?}");
        assert_eq!(parse_unsigned(text), unsigned, "{text:?}");
    }
}

#[test]
fn floats_as_strtod_reads_them() {
    let infinity = f64::INFINITY;
    for (text, expected) in [
        ("", None),
        (".", None),
        ("-.", None),
        ("e5", None),
        ("x", None),
        ("in", None),
        ("5.", Some(5.0)),
        (".5", Some(0.5)),
        ("-0", Some(-0.0)),
        ("1e", Some(1.0)),
        ("1e+", Some(1.0)),
        ("1e-2x", Some(0.01)),
        ("1E2", Some(100.0)),
        ("1.2.3", Some(1.2)),
        ("1_000", Some(1.0)),
        ("0.1", Some(0.1)),
        ("inf", Some(infinity)),
        ("+InFiNiTyX", Some(infinity)),
        ("infinit", Some(infinity)),
        ("1.7976931348623157e308", Some(f64::MAX)),
        ("1e309", None),
        ("-1e99999999999999999999", None),
        ("1e-400", None),
        ("1e-310", None),
        ("2.2250738585072014e-308", Some(f64::MIN_POSITIVE)),
        ("0e99999", Some(0.0)),
        ("0.000e-99999", Some(0.0)),
        ("0x", Some(0.0)),
        ("0xg", Some(0.0)),
        ("0x.", Some(0.0)),
        ("-0x", Some(-0.0)),
        ("0X1f", Some(31.0)),
        ("0x.8", Some(0.5)),
        ("0x1.8p3", Some(12.0)),
        ("-0x1.8P+3z", Some(-12.0)),
        ("0x10p-1", Some(8.0)),
        ("0x1p", Some(1.0)),
        ("0x1p-", Some(1.0)),
        ("0x1.2.3", Some(1.125)),
        ("0x1p1023", Some(2_f64.powi(1023))),
        ("0x1p1024", None),
        ("0x1p-1074", Some(f64::from_bits(1))),
        ("0x1p-1075", None),
        ("0x1.8p-1074", None),
        ("0x1p99999999999999999999", None),
        ("0x1p-99999999999999999999", None),
        ("0x0p99999999999999999999", Some(0.0)),
        ("0x20000000000001", Some(9_007_199_254_740_993_u64 as f64)),
        ("0x80000000000004000000000000000001", Some(f64::from_bits(0x47e0_0000_0000_0001))),
        ("0x80000000000004000000000000000000", Some(2_f64.powi(127))),
    ] {
        assert_eq!(parse_float(text).map(f64::to_bits), expected.map(f64::to_bits), "{text:?}");
    }
    for text in ["nan", "-NAN", "nan(abc)", "nanx"] {
        assert!(parse_float(text).is_some_and(f64::is_nan), "{text:?}");
    }
}

#[test]
fn texts_are_appended() {
    let mut out = String::from("<");
    for value in [
        text("a"),
        Value::Integer(-1),
        Value::Unsigned(MAX),
        Value::Float(0.5),
        Value::Boolean(true),
    ] {
        assert!(value.append_text(&mut out));
    }
    assert!(!Value::Object(Cow::Owned(json!([1]))).append_text(&mut out));
    assert_eq!(out, "<a-1184467440737095516150.500000true");
}

proptest! {
    #[test]
    fn any_text_converts_or_fails(text in "[ +-]?(0x)?[0-9a-f.infNA]{0,40}([ep][+-]?[0-9]{0,25})?.{0,3}") {
        let _ = (parse_integer(&text), parse_unsigned(&text), parse_float(&text));
    }

    #[test]
    fn numbers_read_back_the_same(integer: i64, unsigned: u64, float in proptest::num::f64::NORMAL) {
        prop_assert_eq!(parse_integer(&integer.to_string()), Some(integer));
        prop_assert_eq!(parse_unsigned(&unsigned.to_string()), Some(unsigned));
        prop_assert_eq!(parse_float(&format!("{float:e}")), Some(float));
    }

    #[test]
    fn hexadecimal_floats_keep_every_bit(mantissa in 1_u64..1 << 53, exponent in -1022_i32..=971) {
        let expected = mantissa as f64 * 2_f64.powi(exponent);
        let text = format!("0x{mantissa:x}p{exponent}");
        prop_assert_eq!(parse_float(&text), Some(expected), "{}", text);
    }

    #[test]
    fn hexadecimal_integers_are_rounded_as_casts_are(magnitude: u128, zeros in 0_usize..40) {
        let text = format!("0x{}{magnitude:x}", "0".repeat(zeros));
        prop_assert_eq!(parse_float(&text), Some(magnitude as f64));
    }
}
