//! Bracket expressions: `[a-z]`, `[^[:digit:]\w-]`.

use super::PatternError;
use super::parse::{Escape, Scanner};
use super::syntax::ByteSet;

/// What stands before the present place; a `-` there may begin a range.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Byte(u8),
    Class,
}

/// Reads on behind the opening bracket. `[]` is nothing at all and `[^]` any byte, as in ECMAScript.
pub(super) fn set(scanner: &mut Scanner<'_>) -> Result<ByteSet, PatternError> {
    let start = scanner.position().saturating_sub(1);
    let is_inverted = scanner.take(b"^");
    let mut set = ByteSet::default();
    let mut before = Before::Nothing;
    loop {
        if scanner.peek().is_none() {
            let reason = "`[` is never closed; write `\\[` for the character".to_owned();
            return Err(PatternError { at: start, reason });
        }
        if scanner.take(b"]") {
            return Ok(if is_inverted { set.inverted() } else { set });
        }
        before = item(scanner, &mut set, before)?;
    }
}

/// One byte, class or range. A range ends with this item when a byte and `-` came before it.
fn item(
    scanner: &mut Scanner<'_>,
    set: &mut ByteSet,
    before: Before,
) -> Result<Before, PatternError> {
    let start = scanner.position();
    if scanner.take(b"-") && scanner.peek() != Some(b']') {
        match before {
            Before::Class => {
                let reason = "a class cannot begin a range; write `\\-` for the character";
                return Err(PatternError { at: start, reason: reason.to_owned() });
            }
            Before::Byte(first) => {
                let last = range_end(scanner)?;
                if first > last {
                    let reason = "the range ends before it begins".to_owned();
                    return Err(PatternError { at: start, reason });
                }
                set.add_range(first, last);
                return Ok(Before::Nothing);
            }
            Before::Nothing => {}
        }
    }
    if scanner.position() > start {
        set.add(b'-');
        return Ok(Before::Byte(b'-'));
    }
    for kind in [b':', b'.', b'='] {
        if scanner.take(&[b'[', kind]) {
            return named(scanner, set, kind);
        }
    }
    match single(scanner)? {
        Single::Byte(byte) => {
            set.add(byte);
            Ok(Before::Byte(byte))
        }
        Single::Control { letter } => {
            set.add_all(control(letter));
            Ok(Before::Byte(letter))
        }
        Single::Class(class) => {
            set.add_all(class);
            Ok(Before::Class)
        }
    }
}

/// The byte behind the `-` of a range.
fn range_end(scanner: &mut Scanner<'_>) -> Result<u8, PatternError> {
    let start = scanner.position();
    let is_named = [b"[:", b"[.", b"[="].into_iter().any(|opening| scanner.take(opening));
    match single(scanner)? {
        Single::Byte(byte) | Single::Control { letter: byte } if !is_named => Ok(byte),
        _ => {
            let reason = "a class cannot end a range; write `\\-` for the character".to_owned();
            Err(PatternError { at: start, reason })
        }
    }
}

enum Single {
    Byte(u8),
    Control { letter: u8 },
    Class(ByteSet),
}

/// A byte as it is or behind a backslash.
fn single(scanner: &mut Scanner<'_>) -> Result<Single, PatternError> {
    let start = scanner.position();
    let byte = match scanner.next() {
        Some(b'\\') if scanner.take(b"b") => 0x08,
        Some(b'\\') => match scanner.escape()? {
            Escape::Byte(byte) => byte,
            Escape::Set(class) => return Ok(Single::Class(class)),
            Escape::Control { letter } => return Ok(Single::Control { letter }),
            Escape::Assertion(_) | Escape::BackReference(_) => {
                let reason = "`\\B` and back-references have no meaning in brackets".to_owned();
                return Err(PatternError { at: start, reason });
            }
        },
        Some(byte) => byte,
        None => return Err(scanner.error("`]` expected")),
    };
    Ok(Single::Byte(byte))
}

/// `[:alpha:]`, `[.a.]` and `[=a=]`, behind the colon, dot or equals sign.
fn named(scanner: &mut Scanner<'_>, set: &mut ByteSet, kind: u8) -> Result<Before, PatternError> {
    let start = scanner.position();
    let mut name = Vec::new();
    while let Some(byte) = scanner.peek().filter(|byte| *byte != kind) {
        name.push(byte);
        scanner.take(&[byte]);
    }
    if !scanner.take(&[kind, b']']) {
        let reason = format!("`{}]` expected", char::from(kind));
        return Err(scanner.error(reason));
    }
    let error = |what: &str| {
        let reason = format!("unknown {what} `{}`", String::from_utf8_lossy(&name));
        PatternError { at: start, reason }
    };
    if kind == b':' {
        let class = class(&name.to_ascii_lowercase());
        set.add_all(class.ok_or_else(|| error("character class"))?);
        return Ok(Before::Class);
    }
    // In the C locale an element is a byte, and equivalent to it is the letter of the other case.
    let [byte] = name[..] else { return Err(error("collating element")) };
    set.add(byte);
    if kind == b'.' {
        return Ok(Before::Byte(byte));
    }
    set.add(byte.to_ascii_lowercase());
    set.add(byte.to_ascii_uppercase());
    Ok(Before::Class)
}

/// The classes of the C locale, with the letters that `\d`, `\w` and `\s` stand for.
pub(super) fn class(name: &[u8]) -> Option<ByteSet> {
    let is_member: fn(&u8) -> bool = match name {
        b"d" | b"digit" => u8::is_ascii_digit,
        b"w" => |byte| byte.is_ascii_alphanumeric() || *byte == b'_',
        b"s" | b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    };
    let mut set = ByteSet::default();
    (0..=u8::MAX).filter(is_member).for_each(|byte| set.add(byte));
    Some(set)
}

/// `\cA`: the control character and the letter.
pub(super) fn control(letter: u8) -> ByteSet {
    let mut set = ByteSet::default();
    set.add(letter);
    set.add(letter & 0x1f);
    set
}
