//! The query of an admin request.

use std::borrow::Cow;
use understudy_model::matching::uri;

/// Parameters in the order received. The whole query is decoded first, then split on `&`, then each piece at its
/// first `=`: so a URI as a value may have `=` and `?` in it as they are, and no `&`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Query {
    pub(super) fn parse(raw: Option<&str>) -> Query {
        let mut text = Vec::new();
        uri::decode_query(raw.unwrap_or_default().as_bytes(), &mut text);
        let pieces = text.split(|&b| b == b'&').filter(|piece| !piece.is_empty());
        let parameters = pieces.map(|piece| {
            let key_end = piece.iter().position(|&b| b == b'=').unwrap_or(piece.len());
            let value = piece.get(key_end + 1..).unwrap_or_default();
            (piece[..key_end].to_vec(), value.to_vec())
        });
        Query { parameters: parameters.collect() }
    }

    /// The first value of that name; an empty one counts as absent. What is no UTF-8 is replaced by U+FFFD, as it is
    /// in the texts that it is compared with.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(key, _)| key == name.as_bytes())?;
        (!value.is_empty()).then(|| String::from_utf8_lossy(value))
    }

    /// The value of a parameter that goes by two names. Both at once are refused: it is not known which one is meant.
    pub(super) fn get_either(
        &self,
        name: &str,
        other: &str,
    ) -> Result<Option<Cow<'_, str>>, String> {
        match (self.get(name), self.get(other)) {
            (Some(_), Some(_)) => Err(format!("{name} and {other} are the same parameter")),
            (one, None) => Ok(one),
            (None, one) => Ok(one),
        }
    }

    /// Refuses a name that comes twice. Taking one of the values, or none, could show or delete what nobody asked for.
    pub(super) fn require_distinct(&self) -> Result<(), String> {
        let mut names: Vec<&[u8]> = self.parameters.iter().map(|(name, _)| &name[..]).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(()),
            Some(pair) => {
                Err(format!("repeated query parameter '{}'", String::from_utf8_lossy(pair[0])))
            }
        }
    }

    /// The client wants the reason of a refusal in the body.
    pub(super) fn explain(&self) -> bool {
        self.get("explain").as_deref() == Some("true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_first_then_split() {
        let query = Query::parse(Some("a=1&uri=/x?b=c&d=%26e%3df+g&h&i=&j=%ff"));
        for (name, value) in [
            ("a", Some("1")),
            ("uri", Some("/x?b=c")),
            ("d", None),
            ("e", Some("f g")),
            ("h", None),
            ("i", None),
            ("j", Some("\u{fffd}")),
            ("", None),
        ] {
            assert_eq!(query.get(name).as_deref(), value, "{name}");
        }
        assert_eq!(Query::parse(None), Query::default());
        assert_eq!(Query::parse(Some("")), Query::default());
        assert!(Query::parse(Some("x&explain=true")).explain());
        assert!(!Query::parse(Some("explain=yes")).explain());
    }

    #[test]
    fn repeated_names() {
        for (query, is_distinct) in [
            ("", true),
            ("a=1&b=1&&", true),
            ("a=1&b=2&a=1", false),
            ("a&a=", false),
            ("a=1&%61=2", false),
            ("a=1%26a=2", false),
        ] {
            assert_eq!(
                Query::parse(Some(query)).require_distinct().is_ok(),
                is_distinct,
                "{query}"
            );
        }
        let refused = Query::parse(Some("x=1&x=2")).require_distinct().unwrap_err();
        assert_eq!(refused, "repeated query parameter 'x'");
    }

    #[test]
    fn two_names_of_one_parameter() {
        let either = |raw| {
            let query = Query::parse(Some(raw));
            query.get_either("old", "new").map(|value| value.map(Cow::into_owned))
        };
        assert_eq!(either("old=1"), Ok(Some("1".to_owned())));
        assert_eq!(either("new=2&old="), Ok(Some("2".to_owned())));
        assert_eq!(either("x=1"), Ok(None));
        assert!(either("old=1&new=1").is_err());
    }
}
