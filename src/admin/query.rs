//! The query of an admin request.

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

    /// The first value of that name; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(key, _)| key == name.as_bytes())?;
        (!value.is_empty()).then_some(value)
    }

    /// The client wants the reason of a refusal in the body.
    pub(super) fn explain(&self) -> bool {
        self.get("explain") == Some(b"true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_first_then_split() {
        let query = Query::parse(Some("a=1&uri=/x?b=c&d=%26e%3df+g&h&i=&"));
        for (name, value) in [
            ("a", Some(&b"1"[..])),
            ("uri", Some(b"/x?b=c")),
            ("d", None),
            ("e", Some(b"f g")),
            ("h", None),
            ("i", None),
            ("", None),
        ] {
            assert_eq!(query.get(name), value, "{name}");
        }
        assert_eq!(Query::parse(None), Query::default());
        assert_eq!(Query::parse(Some("")), Query::default());
        assert!(Query::parse(Some("x&explain=true")).explain());
        assert!(!Query::parse(Some("explain=yes")).explain());
    }
}
