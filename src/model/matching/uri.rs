//! URI normalisation: what is compared with the `requestUri` of a provision.
//!
//! The path is percent-decoded. The query is percent-decoded as a whole and then treated as the [`QueryFilter`]
//! says, so encoded separators inside values take effect as separators; clients rely on both.
//! All of it works on bytes: what a peer sends need not be UTF-8.

mod parameter;

pub use parameter::{is_query_discarded, parameter};

use memchr::{memchr, memchr2};

/// What becomes of the query of a request before it is matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryFilter {
    /// Parameters separated by `&`, sorted by key.
    #[default]
    SortAmpersand,
    /// Parameters separated by `;`, sorted by key.
    SortSemicolon,
    /// The query stays as received, decoded.
    PassBy,
    /// The query is dropped.
    Ignore,
}

impl QueryFilter {
    fn separator(self) -> Option<u8> {
        match self {
            QueryFilter::SortAmpersand => Some(b'&'),
            QueryFilter::SortSemicolon => Some(b';'),
            QueryFilter::PassBy | QueryFilter::Ignore => None,
        }
    }
}

/// Reusable memory of [`normalise`].
#[derive(Debug, Default)]
pub struct UriScratch {
    uri: Vec<u8>,
    query: Vec<u8>,
    parameters: Vec<Parameter>,
}

/// A parameter as a piece of the decoded query.
#[derive(Clone, Copy, Debug)]
struct Parameter {
    start: usize,
    key_end: usize,
    /// Where it ends when written back: an empty value takes its `=` along.
    end: usize,
}

impl Parameter {
    fn key<'q>(&self, query: &'q [u8]) -> &'q [u8] {
        &query[self.start..self.key_end]
    }
}

/// The normalised form of `raw` (path and query as received). It is `raw` itself, or a part of it, where nothing
/// has to be decoded or moved: the usual case, which copies nothing. Otherwise it is written to `scratch`.
#[inline]
pub fn normalise<'a>(raw: &'a [u8], filter: QueryFilter, scratch: &'a mut UriScratch) -> &'a [u8] {
    match memchr2(b'%', b'?', raw) {
        None => raw,
        Some(at) if raw[at] == b'?' => match unchanged(raw, at, filter) {
            Some(uri) => uri,
            None => rewrite(raw, filter, scratch),
        },
        Some(_) => rewrite(raw, filter, scratch),
    }
}

/// The part of `raw` that is its normal form already, if there is one; its path needs no decoding.
fn unchanged(raw: &[u8], question_mark: usize, filter: QueryFilter) -> Option<&[u8]> {
    let (path, query) = (&raw[..question_mark], &raw[question_mark + 1..]);
    if query.is_empty() || filter == QueryFilter::Ignore {
        return Some(path);
    }
    if memchr2(b'%', b'+', query).is_some() {
        return None;
    }
    let Some(separator) = filter.separator() else { return Some(raw) };
    let mut last_key = None;
    for parameter in query.split(|&b| b == separator) {
        let key = match memchr(b'=', parameter) {
            Some(at) if at + 1 == parameter.len() => return None,
            Some(at) => &parameter[..at],
            None => parameter,
        };
        if last_key.is_some_and(|last| last >= key) {
            return None;
        }
        last_key = Some(key);
    }
    Some(raw)
}

#[cold]
fn rewrite<'a>(raw: &[u8], filter: QueryFilter, scratch: &'a mut UriScratch) -> &'a [u8] {
    let UriScratch { uri, query, parameters } = scratch;
    uri.clear();
    query.clear();
    match memchr(b'?', raw) {
        None => decode_path(raw, uri),
        Some(at) => {
            decode_path(&raw[..at], uri);
            decode_query(&raw[at + 1..], query);
        }
    }
    let path_bytes = uri.len();
    uri.push(b'?');
    match filter.separator() {
        Some(separator) => append_sorted(query, separator, parameters, uri),
        None if filter == QueryFilter::PassBy => uri.extend_from_slice(query),
        None => {}
    }
    if uri.len() == path_bytes + 1 {
        uri.truncate(path_bytes);
    }
    uri
}

/// Appends the parameters sorted by key; nothing at all when a key is repeated, since then it is not known which
/// of the values is meant.
fn append_sorted(query: &[u8], separator: u8, parameters: &mut Vec<Parameter>, uri: &mut Vec<u8>) {
    parameters.clear();
    let mut start = 0;
    for piece in query.split(|&b| b == separator) {
        let end = start + piece.len();
        let key_end = memchr(b'=', piece).map_or(end, |at| start + at);
        let written_end = if key_end + 1 == end { key_end } else { end };
        parameters.push(Parameter { start, key_end, end: written_end });
        start = end + 1;
    }
    parameters.sort_unstable_by(|a, b| a.key(query).cmp(b.key(query)));
    if parameters.windows(2).any(|pair| pair[0].key(query) == pair[1].key(query)) {
        return;
    }
    for (i, parameter) in parameters.iter().enumerate() {
        if i > 0 {
            uri.push(separator);
        }
        uri.extend_from_slice(&query[parameter.start..parameter.end]);
    }
}

/// `bytes` as text: themselves where they are UTF-8, the usual case, else a copy in `scratch` in which U+FFFD stands for
/// each piece that is not, so that whatever was received can be written as JSON and be asked for by name.
#[inline]
pub fn lossy<'a>(bytes: &'a [u8], scratch: &'a mut String) -> &'a str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => replace_invalid(bytes, scratch),
    }
}

#[cold]
fn replace_invalid<'a>(bytes: &[u8], scratch: &'a mut String) -> &'a str {
    scratch.clear();
    for chunk in bytes.utf8_chunks() {
        scratch.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            scratch.push(char::REPLACEMENT_CHARACTER);
        }
    }
    scratch
}

/// Percent-decodes a path: `+` stays, an escape that is cut or not hexadecimal stays as it is.
pub fn decode_path(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = match rest[at + 1..] {
            [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex_value(&[high, low]));
                &rest[at + 3..]
            }
            _ => {
                out.push(b'%');
                &rest[at + 1..]
            }
        };
    }
    out.extend_from_slice(rest);
}

/// Percent-decodes a query: `+` becomes a blank; `%` within the last two bytes stays; two bytes that are not
/// hexadecimal count for what leads them (`%zz` is NUL).
pub fn decode_query(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        rest = match (*first, tail) {
            (b'%', [high, low, after @ ..]) => {
                out.push(hex_value(&[*high, *low]));
                after
            }
            (b'+', _) => {
                out.push(b' ');
                tail
            }
            (byte, _) => {
                out.push(byte);
                tail
            }
        };
    }
}

/// The value of the hexadecimal digits that lead `digits`; 0 when there are none.
fn hex_value(digits: &[u8; 2]) -> u8 {
    let value = |digit: u8| char::from(digit).to_digit(16).map(|v| v as u8);
    match (value(digits[0]), value(digits[1])) {
        (Some(high), Some(low)) => high << 4 | low,
        (Some(only), None) => only,
        (None, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(raw: &str, filter: QueryFilter) -> String {
        let mut scratch = UriScratch::default();
        let uri = normalise(raw.as_bytes(), filter, &mut scratch);
        String::from_utf8_lossy(uri).into_owned()
    }

    #[test]
    fn paths() {
        for (raw, expected) in [
            ("/a/b", "/a/b"),
            ("/a/", "/a/"),
            ("/a+b", "/a+b"),
            ("/%61%2Fb%2fc", "/a/b/c"),
            ("/%3F%23%00", "/?#\0"),
            ("/%zz%4", "/%zz%4"),
            ("/%%61%", "/%a%"),
            ("/a#b", "/a#b"),
            ("*", "*"),
            ("", ""),
        ] {
            assert_eq!(text(raw, QueryFilter::SortAmpersand), expected, "{raw}");
        }
    }

    #[test]
    fn sorted_queries() {
        for (raw, expected) in [
            ("/x?a=1&b=2", "/x?a=1&b=2"),
            ("/x?b=2&a=1", "/x?a=1&b=2"),
            ("/x?a9=1&a10=2&a=3&B=4", "/x?B=4&a=3&a10=2&a9=1"),
            ("/x?a=", "/x?a"),
            ("/x?a", "/x?a"),
            ("/x?a=1&", "/x?&a=1"),
            ("/x?", "/x"),
            ("/x?&", "/x"),
            ("/x?=", "/x"),
            ("/x?=1", "/x?=1"),
            ("/x?a=1&a=1", "/x"),
            ("/x?b&a=1&b=", "/x"),
            ("/x?a=b=c", "/x?a=b=c"),
            ("/x?a=b?c", "/x?a=b?c"),
            ("/x?b=%26a%3d1", "/x?a=1&b"),
            ("/x?a=1+2%2B3", "/x?a=1 2+3"),
            ("/x?a=%zz", "/x?a=\0"),
            ("/x?a=%4", "/x?a=%4"),
            ("/x?a=1%", "/x?a=1%"),
            ("/%78?b&a", "/x?a&b"),
            ("/x?b=1;a=2", "/x?b=1;a=2"),
        ] {
            assert_eq!(text(raw, QueryFilter::SortAmpersand), expected, "{raw}");
        }
        assert_eq!(text("/x?b=1;a=2", QueryFilter::SortSemicolon), "/x?a=2;b=1");
        assert_eq!(text("/x?b=1&a=2", QueryFilter::SortSemicolon), "/x?b=1&a=2");
    }

    /// The table of the specification's section A2.2 and the rules for pairs below it.
    #[test]
    fn rows_of_normalisation() {
        use QueryFilter::{Ignore, PassBy, SortAmpersand, SortSemicolon};
        for (row, filter, raw, expected) in [
            ("path part: percent-decoded", SortAmpersand, "/%61b", "/ab"),
            ("path part: + stays +", SortAmpersand, "/a+b", "/a+b"),
            ("path part: invalid or cut escape", SortAmpersand, "/%zz/%4", "/%zz/%4"),
            ("path part: %00, %3F, %23, %2F", SortAmpersand, "/%00%3F%23%2F", "/\0?#/"),
            ("path part: a trailing slash matters", SortAmpersand, "/a/?b=1", "/a/?b=1"),
            ("query part: + -> space", SortAmpersand, "/x?a=1+2", "/x?a=1 2"),
            ("query part: invalid %zz is a NUL", SortAmpersand, "/x?a=%zz", "/x?a=\0"),
            ("query part: % within the last two", SortAmpersand, "/x?a=%4", "/x?a=%4"),
            ("query part: decoded as a whole", SortAmpersand, "/x?b=%26a%3d1", "/x?a=1&b"),
            ("SortAmpersand", SortAmpersand, "/x?b=2&a=1", "/x?a=1&b=2"),
            ("SortSemicolon", SortSemicolon, "/x?b=2;a=1", "/x?a=1;b=2"),
            ("SortSemicolon: & is no separator", SortSemicolon, "/x?b=1&a=2", "/x?b=1&a=2"),
            ("PassBy", PassBy, "/x?b=%32&a=1&b=", "/x?b=2&a=1&b="),
            ("Ignore", Ignore, "/x?b=2", "/x"),
            ("Ignore: a decoded ? in the path", Ignore, "/x%3Fa?b=2", "/x?a"),
            ("pairs: first =", SortAmpersand, "/x?a=b=c", "/x?a=b=c"),
            ("pairs: an empty value loses its =", SortAmpersand, "/x?a=&b", "/x?a&b"),
            ("pairs: an empty piece", SortAmpersand, "/x?a=1&", "/x?&a=1"),
            ("pairs: ? vanishes", SortAmpersand, "/x?", "/x"),
            ("pairs: ?& vanishes", SortAmpersand, "/x?&", "/x"),
            ("pairs: ?= vanishes", SortAmpersand, "/x?=", "/x"),
            ("pairs: ?=1 stays", SortAmpersand, "/x?=1", "/x?=1"),
            ("pairs: a repeated key", SortAmpersand, "/x?a=1&b=2&a=1", "/x"),
            ("pairs: by byte", SortAmpersand, "/x?a9&a10&a&B", "/x?B&a&a10&a9"),
            ("pairs: # and a second ?", SortAmpersand, "/x?a=?#&#b", "/x?#b&a=?#"),
        ] {
            assert_eq!(text(raw, filter), expected, "{row}");
        }
    }

    #[test]
    fn queries_that_pass_or_are_ignored() {
        for (raw, passed, ignored) in [
            ("/x?b=2&a=1&b=", "/x?b=2&a=1&b=", "/x"),
            ("/x?%61+b", "/x?a b", "/x"),
            ("/x?", "/x", "/x"),
            ("/%3Fx?a", "/?x?a", "/?x"),
        ] {
            assert_eq!(text(raw, QueryFilter::PassBy), passed, "{raw}");
            assert_eq!(text(raw, QueryFilter::Ignore), ignored, "{raw}");
        }
    }

    #[test]
    fn text_is_copied_only_when_it_is_not_utf_8() {
        let mut scratch = String::new();
        for text in ["", "/a", "/\u{e9}\u{fffd}\u{10ffff}"] {
            assert_eq!(lossy(text.as_bytes(), &mut scratch), text);
        }
        assert_eq!(scratch.capacity(), 0);
        for (bytes, text) in [
            (&b"/\xff"[..], "/\u{fffd}"),
            (b"/\xff\xfe?a", "/\u{fffd}\u{fffd}?a"),
            (b"/\xe2\x82/", "/\u{fffd}/"),
            (b"\xed\xa0\x80", "\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(lossy(bytes, &mut scratch), text, "{}", bytes.escape_ascii());
            assert_eq!(String::from_utf8_lossy(bytes), text);
        }
    }

    #[test]
    fn nothing_is_copied_when_nothing_changes() {
        let mut scratch = UriScratch::default();
        for raw in ["/a/b/c", "/x?a=1&b=2", "/x?a"] {
            let uri = normalise(raw.as_bytes(), QueryFilter::SortAmpersand, &mut scratch);
            assert!(std::ptr::eq(uri, raw.as_bytes()), "{raw}");
        }
        assert_eq!(scratch.uri.capacity(), 0);
    }

    proptest! {
        /// The short cut must never be seen in the result.
        #[test]
        fn short_cut_equals_rewriting(
            raw in "/[ab/%?=&;+016]{0,16}",
            filter in prop::sample::select(&[
                QueryFilter::SortAmpersand, QueryFilter::SortSemicolon, QueryFilter::PassBy, QueryFilter::Ignore,
            ][..]),
        ) {
            let (mut one, mut other) = (UriScratch::default(), UriScratch::default());
            let short = normalise(raw.as_bytes(), filter, &mut one);
            prop_assert_eq!(short, rewrite(raw.as_bytes(), filter, &mut other));
        }

        #[test]
        fn scratch_leaves_no_trace(raws in prop::collection::vec("/[a%?=&6]{0,12}", 1..8)) {
            let mut reused = UriScratch::default();
            for raw in raws {
                let mut fresh = UriScratch::default();
                prop_assert_eq!(
                    normalise(raw.as_bytes(), QueryFilter::default(), &mut reused),
                    normalise(raw.as_bytes(), QueryFilter::default(), &mut fresh)
                );
            }
        }
    }
}
