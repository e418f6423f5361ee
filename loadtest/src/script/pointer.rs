//! JSON pointers (RFC 6901): where in an answer a value is found, and where in a request it is put.

use super::node::Node;

/// A well-formed pointer, cut into its reference tokens, which are unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// Reads a pointer; the error says what was expected instead.
    pub(super) fn parse(text: &str) -> Result<Pointer, &'static str> {
        if text.is_empty() {
            return Ok(Pointer(Vec::new()));
        }
        let tokens = text.strip_prefix('/').ok_or("a slash at its begin, or nothing at all")?;
        tokens
            .split('/')
            .map(unescape)
            .collect::<Option<_>>()
            .map(Pointer)
            .ok_or("`~0` for a tilde and `~1` for a slash")
    }

    /// The value it points to (RFC 6901 section 4).
    pub(super) fn get<'n>(&self, root: &'n Node) -> Option<&'n Node> {
        self.0.iter().try_fold(root, |node, token| match node {
            Node::Array(items) => items.get(index(token)?),
            _ => node.member(token),
        })
    }

    /// Puts a value there. What is there already is replaced; members, and arrays for an index, are made where there is
    /// nothing or null; `-`, or the index after the last, appends to an array. The error says what is in the way.
    pub(super) fn put(&self, root: &mut Node, value: Node) -> Result<(), String> {
        let mut place = root;
        for (depth, token) in self.0.iter().enumerate() {
            if *place == Node::Null {
                let is_index = token == "-" || index(token).is_some();
                *place = if is_index { Node::Array(vec![]) } else { Node::Object(vec![]) };
            }
            let before = || escape(&self.0[..depth]);
            place = match place {
                Node::Object(members) => member_mut(members, token),
                Node::Array(items) => item_mut(items, token).map_err(|items| {
                    format!("{:?} has {items} items, and none is {token:?}", before())
                })?,
                other => return Err(format!("{:?} is {}", before(), other.kind())),
            };
        }
        if place.is_open() {
            return Err(format!("another saved value is put at or below {:?}", escape(&self.0)));
        }
        *place = value;
        Ok(())
    }
}

fn member_mut<'n>(members: &'n mut Vec<(String, Node)>, name: &str) -> &'n mut Node {
    let at = members.iter().position(|(n, _)| n == name).unwrap_or_else(|| {
        members.push((name.to_owned(), Node::Null));
        members.len() - 1
    });
    &mut members[at].1
}

/// The item of that index, a new one if it is the next; else the number of items there are.
fn item_mut<'n>(items: &'n mut Vec<Node>, token: &str) -> Result<&'n mut Node, usize> {
    let count = items.len();
    let at = if token == "-" { count } else { index(token).ok_or(count)? };
    if at == count {
        items.push(Node::Null);
    }
    items.get_mut(at).ok_or(count)
}

/// RFC 6901 section 4: digits without leading zeros.
fn index(token: &str) -> Option<usize> {
    let is_plain = token == "0" || !token.starts_with(['0', '+']);
    is_plain.then(|| token.parse().ok()).flatten()
}

fn unescape(token: &str) -> Option<String> {
    let mut pieces = token.split('~');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        text.push(if piece.starts_with('0') { '~' } else { '/' });
        text.push_str(piece.strip_prefix(['0', '1'])?);
    }
    Some(text)
}

/// The pointer of these tokens.
fn escape(tokens: &[String]) -> String {
    tokens.iter().fold(String::new(), |pointer, token| below(&pointer, token))
}

/// The pointer to a member of what another points to.
pub(super) fn below(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::super::template::Slot;
    use super::*;
    use proptest::prelude::*;

    fn node(text: &str) -> Node {
        serde_json::from_str(text).unwrap()
    }

    /// RFC 6901 section 5: its document, and what each pointer finds in it.
    #[test]
    fn examples_of_the_standard() {
        let text = r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#;
        let document = node(text);
        for (pointer, value) in [
            ("", text),
            ("/foo", r#"["bar","baz"]"#),
            ("/foo/0", r#""bar""#),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ] {
            let found = Pointer::parse(pointer).unwrap().get(&document).cloned();
            assert_eq!(found, Some(node(value)), "{pointer:?}");
        }
        for pointer in ["/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/bar", "/none", "/foo/0/x"] {
            assert_eq!(Pointer::parse(pointer).unwrap().get(&document), None, "{pointer:?}");
        }
        for pointer in ["foo", "#/foo", "/~", "/~2", "/a~", "/a/~~0"] {
            assert!(Pointer::parse(pointer).is_err(), "{pointer:?}");
        }
    }

    #[test]
    fn values_are_put() {
        for (body, pointer, after) in [
            ("{}", "/a", r#"{"a":9}"#),
            ("{}", "/a/b/c", r#"{"a":{"b":{"c":9}}}"#),
            (r#"{"a":1,"b":2}"#, "/a", r#"{"a":9,"b":2}"#),
            (r#"{"a":null}"#, "/a/b", r#"{"a":{"b":9}}"#),
            (r#"{"a":[1,2]}"#, "/a/0", r#"{"a":[9,2]}"#),
            (r#"{"a":[1,2]}"#, "/a/-", r#"{"a":[1,2,9]}"#),
            (r#"{"a":[1,2]}"#, "/a/2", r#"{"a":[1,2,9]}"#),
            ("{}", "/a/-", r#"{"a":[9]}"#),
            ("{}", "/a/0/b", r#"{"a":[{"b":9}]}"#),
            ("{}", "/x~1y", r#"{"x/y":9}"#),
            (r#"{"a":1}"#, "", "9"),
        ] {
            let mut root = node(body);
            Pointer::parse(pointer).unwrap().put(&mut root, node("9")).unwrap();
            assert_eq!(root.to_string(), after, "{pointer} in {body}");
        }
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let put = |body: &str, pointer: &str| {
            Pointer::parse(pointer).unwrap().put(&mut node(body), Node::Null).unwrap_err()
        };
        assert_eq!(put(r#"{"a":"x"}"#, "/a/b"), r#""/a" is a string"#);
        assert_eq!(put(r#"{"a":[1]}"#, "/a/2"), r#""/a" has 1 items, and none is "2""#);
        assert_eq!(put(r#"{"a":[1]}"#, "/a/x"), r#""/a" has 1 items, and none is "x""#);
        let mut root = node("{}");
        let at = |pointer| Pointer::parse(pointer).unwrap();
        at("/a/b").put(&mut root, Node::Saved(Slot(0))).unwrap();
        at("/a/c").put(&mut root, Node::Saved(Slot(1))).unwrap();
        for pointer in ["", "/a", "/a/b", "/a/b/x"] {
            assert!(at(pointer).put(&mut root, Node::Null).is_err(), "{pointer:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_put_is_found(tokens in prop::collection::vec("[a-c~/]{1,3}", 0..5)) {
            let text = escape(&tokens);
            let pointer = Pointer::parse(&text).unwrap();
            prop_assert_eq!(&pointer.0, &tokens);
            let mut root = node("{}");
            pointer.put(&mut root, node("9")).unwrap();
            prop_assert_eq!(pointer.get(&root), Some(&node("9")));
        }

        #[test]
        fn no_text_panics(text in ".*", pointer in "(/[-0-9a~/]{0,4}){0,3}") {
            let _ = Pointer::parse(&text);
            if let Ok(pointer) = Pointer::parse(&pointer) {
                let mut root = node(r#"{"a":[0,{"a":1}],"0":{"-":[]}}"#);
                let _ = pointer.get(&root);
                let _ = pointer.put(&mut root, Node::Null);
            }
        }
    }
}
