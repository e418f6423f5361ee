//! Paths into a JSON document, compiled once: JSON pointers (RFC 6901) and their dotted spelling.

use serde_json::{Map, Value as Json};

/// How deep containers may nest in a document: the deepest that [`crate::json::parse`] reads, so that every
/// answer can be read again, and recursion over one stays within a small stack.
pub const NESTING_MAX: usize = 127;

/// How many elements writes may add to the arrays of one document: an index may come from a request, and `[` with
/// a thousand million nulls must not.
pub const PADDING_MAX: usize = 1_000_000;

/// A compiled path. Equal pointers lead to the same node of every document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// None for a dotted path with a lone `~`, which leads nowhere.
    tokens: Option<Box<[Token]>>,
}

/// One step of a path with its escapes undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The name of a member.
    pub(crate) text: Box<str>,
    /// The position in an array: digits without a leading zero.
    pub(crate) index: Option<usize>,
}

/// Why a text is no JSON pointer (RFC 6901 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// It has text, but not a slash first.
    #[error("a JSON pointer begins with '/'")]
    NoSlash,
    /// A `~` that is followed by neither 0 nor 1.
    #[error("'~' is written '~0' and '/' is written '~1' in a JSON pointer")]
    BadEscape,
}

/// Why a value was not stored in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The path has a lone `~`.
    #[error("the path has a '~' that is neither '~0' nor '~1'")]
    BadEscape,
    /// The document would nest deeper than [`NESTING_MAX`].
    #[error("the document would nest too deeply")]
    TooDeep,
    /// Text, an index with a leading zero or one beyond 64 bits, where the document has an array.
    #[error("the path does not name an element where the document has an array")]
    NotAnIndex,
    /// The path continues below a string, a number or a truth value.
    #[error("the path leads into a value that is neither object nor array")]
    IntoScalar,
    /// The document would need more than [`PADDING_MAX`] new array elements.
    #[error("the path names an element too far behind the end of an array")]
    TooFar,
    /// What one run writes to the body would be more than [`super::body::BODY_BYTES_MAX`].
    #[error("the body would be too large")]
    TooLarge,
    /// The value has no form that the target stores: an object as a number, a text that is not numeric.
    #[error("the value cannot be converted to what the target stores")]
    NotConvertible,
    /// A text that should be stored as JSON is not.
    #[error("the text is not JSON")]
    NotJson,
    /// The target is not one with a fixed path in the plan of the body.
    #[error("the target has no fixed path")]
    NoSuchTarget,
}

impl Pointer {
    /// Compiles `a.b.c`: every `.` and every `/` splits, and `~` is written as in a pointer. An empty text is the
    /// member with the empty name. A lone `~` gives a pointer that finds nothing and stores nothing.
    pub fn dotted(path: &str) -> Self {
        let tokens: Option<Box<[Token]>> = path.split(['.', '/']).map(Token::parse).collect();
        Self { tokens }
    }

    /// Compiles `/a/b`; the empty text is the whole document.
    pub fn parse(pointer: &str) -> Result<Self, PointerError> {
        if pointer.is_empty() {
            return Ok(Self { tokens: Some(Box::default()) });
        }
        let path = pointer.strip_prefix('/').ok_or(PointerError::NoSlash)?;
        let tokens: Option<Box<[Token]>> = path.split('/').map(Token::parse).collect();
        tokens.map(|tokens| Self { tokens: Some(tokens) }).ok_or(PointerError::BadEscape)
    }

    /// Whether this is the whole document.
    pub fn is_root(&self) -> bool {
        self.tokens().is_some_and(<[Token]>::is_empty)
    }

    /// The steps; None for a pointer that leads nowhere.
    pub(crate) fn tokens(&self) -> Option<&[Token]> {
        self.tokens.as_deref()
    }

    /// The node of `document`. None when a member or an element is missing, and for a step that is no index of
    /// an array: text, `-`, a leading zero.
    pub fn read<'d>(&self, document: &'d Json) -> Option<&'d Json> {
        self.tokens()?.iter().try_fold(document, |node, token| match node {
            Json::Object(members) => members.get(&*token.text),
            Json::Array(elements) => elements.get(token.index?),
            _ => None,
        })
    }

    /// Stores `value`, creating what is missing. Under a null or a node that did not exist, a step of only digits
    /// (none at all included) or `-` creates an array, any other an object. In an array a step is an index, with
    /// nulls up to it where there are no elements, or `-` for one more element. What was created before a failure
    /// stays. At most [`PADDING_MAX`] elements are added.
    pub fn write(&self, document: &mut Json, value: Json) -> Result<(), WriteError> {
        self.write_within(document, value, &mut PADDING_MAX.clone())
    }

    /// As [`Pointer::write`], with the number of elements that may still be added.
    pub(crate) fn write_within(
        &self,
        document: &mut Json,
        value: Json,
        padding_left: &mut usize,
    ) -> Result<(), WriteError> {
        self.check_nesting(&value)?;
        let mut node = document;
        for token in self.tokens().ok_or(WriteError::BadEscape)? {
            node = token.enter(node, padding_left)?;
        }
        *node = value;
        Ok(())
    }

    /// What the names on the way add at most to the text of a document, but for escapes.
    pub(crate) fn names_length(&self) -> usize {
        // Each name has quotes, a colon and braces.
        self.tokens().unwrap_or_default().iter().map(|token| token.text.len() + 5).sum()
    }

    /// How deep a value at this place may nest at most.
    pub(crate) fn levels_left(&self) -> usize {
        NESTING_MAX.saturating_sub(self.tokens().map_or(NESTING_MAX, <[Token]>::len))
    }

    /// Whether a document with `value` at this place nests no deeper than [`NESTING_MAX`].
    pub(crate) fn check_nesting(&self, value: &Json) -> Result<(), WriteError> {
        let tokens = self.tokens().ok_or(WriteError::BadEscape)?.len();
        let levels_left = NESTING_MAX.checked_sub(tokens).ok_or(WriteError::TooDeep)?;
        if nests_within(value, levels_left) { Ok(()) } else { Err(WriteError::TooDeep) }
    }

    /// Removes the node; elements behind one in an array move up, and the whole document becomes null. False
    /// when there is none.
    pub fn erase(&self, document: &mut Json) -> bool {
        let Some((last, parents)) = self.tokens().and_then(<[Token]>::split_last) else {
            let was_root = self.is_root();
            if was_root {
                *document = Json::Null;
            }
            return was_root;
        };
        let parent = parents.iter().try_fold(document, |node, token| match node {
            Json::Object(members) => members.get_mut(&*token.text),
            Json::Array(elements) => elements.get_mut(token.index?),
            _ => None,
        });
        match (parent, last.index) {
            (Some(Json::Object(members)), _) => members.remove(&*last.text).is_some(),
            (Some(Json::Array(elements)), Some(index)) if index < elements.len() => {
                elements.remove(index);
                true
            }
            _ => false,
        }
    }
}

impl Token {
    /// Undoes the escapes of one step; None for a lone `~`.
    fn parse(escaped: &str) -> Option<Self> {
        let mut pieces = escaped.split('~');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (character, rest) = match piece.as_bytes().first()? {
                b'0' => ('~', &piece[1..]),
                b'1' => ('/', &piece[1..]),
                _ => return None,
            };
            text.push(character);
            text.push_str(rest);
        }
        let index = parse_index(&text);
        Some(Self { text: text.into_boxed_str(), index })
    }

    /// Whether this step makes an array of a node that is null.
    fn makes_array(&self) -> bool {
        &*self.text == "-" || self.text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// The child of `node` that this step names, created when it is missing.
    fn enter<'d>(
        &self,
        node: &'d mut Json,
        padding_left: &mut usize,
    ) -> Result<&'d mut Json, WriteError> {
        if node.is_null() {
            *node =
                if self.makes_array() { Json::Array(Vec::new()) } else { Json::Object(Map::new()) };
        }
        let elements = match node {
            Json::Object(members) => return Ok(members.entry(&*self.text).or_insert(Json::Null)),
            Json::Array(elements) => elements,
            _ => return Err(WriteError::IntoScalar),
        };
        let index = match self.index {
            Some(index) => index,
            None if &*self.text == "-" => elements.len(),
            None => return Err(WriteError::NotAnIndex),
        };
        if index >= elements.len() {
            let missing = index - elements.len();
            *padding_left = padding_left
                .checked_sub(missing)
                .and_then(|left| left.checked_sub(1))
                .ok_or(WriteError::TooFar)?;
            elements.resize(index + 1, Json::Null);
        }
        elements.get_mut(index).ok_or(WriteError::NotAnIndex)
    }
}

/// An array index as RFC 6901 section 4 has it; None also for one beyond 64 bits.
fn parse_index(text: &str) -> Option<usize> {
    let is_index =
        text == "0" || (text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0'));
    if is_index { text.parse().ok() } else { None }
}

/// Whether containers nest at most `levels` deep in `value`.
pub(crate) fn nests_within(value: &Json, levels: usize) -> bool {
    match value {
        Json::Object(members) => {
            levels > 0 && members.values().all(|member| nests_within(member, levels - 1))
        }
        Json::Array(elements) => {
            levels > 0 && elements.iter().all(|element| nests_within(element, levels - 1))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
