//! One parameter of a query.

use super::{Parameter, QueryFilter, decode_query};
use memchr::memchr;

/// Up to this many parameters are compared pair by pair, which needs no memory; more are sorted.
const PAIRWISE_MAX: usize = 16;

/// Appends the decoded value of a parameter to `out`; is there one? `target` is path and query as received. Parameters
/// are told apart in the decoded query, as for the normalised URI, and none can be had when a name is repeated. Filters
/// that do not sort leave them available, separated by `&`.
pub fn parameter(target: &[u8], filter: QueryFilter, name: &str, out: &mut Vec<u8>) -> bool {
    let Some(question_mark) = memchr(b'?', target) else { return false };
    let query_start = out.len();
    decode_query(&target[question_mark + 1..], out);
    let query = &out[query_start..];
    let separator = filter.separator().unwrap_or(b'&');
    let found = split(query, separator).find(|parameter| parameter.key(query) == name.as_bytes());
    match found {
        Some(parameter) if !has_repeated_key(query, separator) => {
            let value = parameter.end.min(parameter.key_end + 1)..parameter.end;
            let bytes = value.len();
            out.copy_within(query_start + value.start..query_start + value.end, query_start);
            out.truncate(query_start + bytes);
            true
        }
        _ => {
            out.truncate(query_start);
            false
        }
    }
}

/// Is the query of `target` (path and query as received) left out of the normalised URI because a name in it is
/// repeated?
pub fn is_query_discarded(target: &[u8], filter: QueryFilter) -> bool {
    let Some(separator) = filter.separator() else { return false };
    let Some(question_mark) = memchr(b'?', target) else { return false };
    let mut query = Vec::new();
    decode_query(&target[question_mark + 1..], &mut query);
    has_repeated_key(&query, separator)
}

/// The parameters of a decoded query. Their ends are those of the pieces.
fn split(query: &[u8], separator: u8) -> impl Iterator<Item = Parameter> {
    let mut start = 0;
    let mut pieces = query.split(move |&byte| byte == separator);
    std::iter::from_fn(move || {
        let piece = pieces.next()?;
        let end = start + piece.len();
        let key_end = memchr(b'=', piece).map_or(end, |at| start + at);
        let parameter = Parameter { start, key_end, end };
        start = end + 1;
        Some(parameter)
    })
}

fn has_repeated_key(query: &[u8], separator: u8) -> bool {
    let count = split(query, separator).count();
    if count <= PAIRWISE_MAX {
        return split(query, separator).enumerate().any(|(i, one)| {
            split(query, separator).skip(i + 1).any(|other| one.key(query) == other.key(query))
        });
    }
    let mut keys: Vec<&[u8]> = split(query, separator)
        .map(|parameter| &query[parameter.start..parameter.key_end])
        .collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(target: &str, filter: QueryFilter, name: &str) -> Option<String> {
        let mut out = b"before ".to_vec();
        let is_there = parameter(target.as_bytes(), filter, name, &mut out);
        let text = String::from_utf8(out).unwrap();
        let value = text.strip_prefix("before ").unwrap();
        assert!(is_there || value.is_empty(), "nothing is left behind: {value}");
        is_there.then(|| value.to_owned())
    }

    #[test]
    fn values() {
        for (target, name, expected) in [
            ("/x?a=1&b=2", "a", Some("1")),
            ("/x?a=1&b=2", "b", Some("2")),
            ("/x?a=1&b=2", "c", None),
            ("/x", "a", None),
            ("/x?", "a", None),
            ("/x?a", "a", Some("")),
            ("/x?a=", "a", Some("")),
            ("/x?a=b=c", "a", Some("b=c")),
            ("/x?a.b=1", "a.b", Some("1")),
            ("/x?%61=%3d+%2B", "a", Some("= +")),
            ("/x?b=%26a%3d1", "a", Some("1")),
            ("/x?a=1&a=1", "a", None),
            ("/x?a=1&b&b=2", "a", None),
            ("/x?a=1&&", "a", None),
            ("/x?a=b?a=c", "a", Some("b?a=c")),
            ("/%3Fa=1", "a", None),
        ] {
            let found = value(target, QueryFilter::SortAmpersand, name);
            assert_eq!(found.as_deref(), expected, "{target} {name}");
        }
    }

    #[test]
    fn available_with_every_filter() {
        for (filter, ampersand, semicolon) in [
            (QueryFilter::SortAmpersand, Some("1;b=2"), None),
            (QueryFilter::SortSemicolon, Some("1"), Some("2")),
            (QueryFilter::PassBy, Some("1;b=2"), None),
            (QueryFilter::Ignore, Some("1;b=2"), None),
        ] {
            assert_eq!(value("/x?a=1;b=2", filter, "a").as_deref(), ampersand, "{filter:?}");
            assert_eq!(value("/x?a=1;b=2", filter, "b").as_deref(), semicolon, "{filter:?}");
        }
        assert_eq!(value("/x?a=1&b=2", QueryFilter::SortSemicolon, "a").as_deref(), Some("1&b=2"));
        assert_eq!(value("/x?a=1&a=2", QueryFilter::Ignore, "a"), None);
    }

    #[test]
    fn queries_that_are_discarded() {
        use QueryFilter::{Ignore, PassBy, SortAmpersand, SortSemicolon};
        for (target, filter, expected) in [
            ("/x?a=1&a=1", SortAmpersand, true),
            ("/x?a=1&b&%61=2", SortAmpersand, true),
            ("/x?a=1;a=2", SortAmpersand, false),
            ("/x?a=1;a=2", SortSemicolon, true),
            ("/x?a=1&a=1", SortSemicolon, false),
            ("/x?a=1&a=1", PassBy, false),
            ("/x?a=1&a=1", Ignore, false),
            ("/x?a=1&b=1", SortAmpersand, false),
            ("/x%3Fa&a", SortAmpersand, false),
            ("/x?", SortAmpersand, false),
            ("/x", SortAmpersand, false),
        ] {
            assert_eq!(
                is_query_discarded(target.as_bytes(), filter),
                expected,
                "{target} {filter:?}"
            );
        }
    }

    #[test]
    fn many_parameters() {
        let target = |count: usize| {
            let pairs: Vec<String> = (0..count).map(|n| format!("k{n}=v{n}")).collect();
            format!("/x?{}", pairs.join("&"))
        };
        for count in [PAIRWISE_MAX, PAIRWISE_MAX + 1, 1000] {
            let target = target(count);
            assert_eq!(value(&target, QueryFilter::default(), "k7").as_deref(), Some("v7"));
            assert_eq!(value(&format!("{target}&k3"), QueryFilter::default(), "k7"), None);
        }
    }
}
