//! The head of a message: start line and fields, in one arena that is reused from message to message.

mod rules;

pub use rules::FieldKind;
pub(crate) use rules::{is_token_byte, parse_decimal, value_is_valid};

use std::fmt;

/// A piece of a [`Head`]'s arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// Name and value of one field, as pieces of the arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FieldSpan {
    pub(crate) name: Span,
    pub(crate) value: Span,
}

/// The protocol version a message arrived with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    #[default]
    Http2,
}

/// Start line and fields of a message, the same for HTTP/2 and HTTP/1.1: names in lower case, values without
/// surrounding blanks, pseudo-header fields apart from the others. An absent part of the start line is empty.
#[derive(Clone, Default)]
pub struct Head {
    text: Vec<u8>,
    fields: Vec<FieldSpan>,
    method: Span,
    scheme: Span,
    authority: Span,
    path: Span,
    protocol: Span,
    /// The value of `host`, to be compared with the authority.
    host: Span,
    status: u16,
    version: Version,
    content_length: Option<u64>,
    /// Which pseudo-header fields there were, and whether a regular one came: [`rules`].
    seen: u8,
    expects_continue: bool,
    malformed: Option<&'static str>,
    /// RFC 9113 section 6.5.2: names, values and 32 bytes for each field.
    list_bytes: usize,
}

impl Head {
    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        let (text, fields) = (std::mem::take(&mut self.text), std::mem::take(&mut self.fields));
        *self = Head { text, fields, ..Head::default() };
    }

    /// Gives back memory beyond what a usual head needs.
    pub(crate) fn shrink(&mut self, bytes_max: usize) {
        if self.text.capacity() > bytes_max {
            self.text = Vec::new();
        }
        if self.fields.capacity() * size_of::<FieldSpan>() > bytes_max {
            self.fields = Vec::new();
        }
    }

    /// The method, as received (case-sensitive, RFC 9110 section 9.1).
    #[inline]
    pub fn method(&self) -> &[u8] {
        self.piece(self.method)
    }

    /// `:scheme`; in HTTP/1.1 that of an absolute-form target.
    #[inline]
    pub fn scheme(&self) -> &[u8] {
        self.piece(self.scheme)
    }

    /// `:authority`; in HTTP/1.1 the `host` field or that of an absolute-form target.
    #[inline]
    pub fn authority(&self) -> &[u8] {
        self.piece(self.authority)
    }

    /// Path and query as received, not decoded.
    #[inline]
    pub fn path(&self) -> &[u8] {
        self.piece(self.path)
    }

    /// `:protocol` of an extended CONNECT (RFC 8441).
    pub fn protocol(&self) -> &[u8] {
        self.piece(self.protocol)
    }

    /// The status of a response; 0 in a request.
    #[inline]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The version it arrived with.
    #[inline]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The declared content length.
    #[inline]
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// `Expect: 100-continue` was sent (RFC 9110 section 10.1.1).
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// The size of the field section as RFC 9113 section 6.5.2 counts it.
    pub fn list_bytes(&self) -> usize {
        self.list_bytes
    }

    /// The regular fields in the order received; pseudo-header fields are not among them.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|f| (self.piece(f.name), self.piece(f.value)))
    }

    /// The first field of that (lower-case) name.
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// Sets the method, scheme, authority and path: the start of a request to be sent, or of one parsed by HTTP/1.1.
    pub fn set_request(&mut self, method: &[u8], scheme: &[u8], authority: &[u8], path: &[u8]) {
        self.method = self.append(method);
        self.scheme = self.append(scheme);
        self.authority = self.append(authority);
        self.path = self.append(path);
    }

    /// Sets the status: the start of a response.
    pub fn set_status(&mut self, status: u16) {
        self.status = status;
    }

    /// Sets the version it arrived with.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Appends a regular field, name in lower case. Unchecked: whoever takes fields from a peer checks them.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        let field = FieldSpan { name: self.append(name), value: self.append(value) };
        self.fields.push(field);
    }

    /// Was the other made in the same way of the same text? Quicker than `==`, which finds equal ones that were not.
    #[inline]
    pub(crate) fn is_same_text(&self, other: &Head) -> bool {
        let pieces =
            |head: &Head| [head.method, head.scheme, head.authority, head.path, head.protocol];
        self.text == other.text && self.fields == other.fields && pieces(self) == pieces(other)
    }

    /// Copies bytes into the arena.
    #[inline]
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Span {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        Span { start, len: bytes.len() as u32 }
    }

    /// The arena, for decoders that produce text in place.
    #[inline]
    pub(crate) fn text_mut(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// The text of a span of this head.
    #[inline]
    pub(crate) fn piece(&self, span: Span) -> &[u8] {
        &self.text[span.start as usize..(span.start + span.len) as usize]
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let mut s = f.debug_struct("Head");
        if self.status != 0 {
            s.field("status", &self.status);
        } else {
            s.field("method", &text(self.method())).field("path", &text(self.path()));
            s.field("scheme", &text(self.scheme())).field("authority", &text(self.authority()));
        }
        s.field("version", &self.version);
        s.field("fields", &self.fields().map(|(n, v)| (text(n), text(v))).collect::<Vec<_>>());
        s.finish()
    }
}

/// Two heads are equal when they say the same, wherever their text lies in the arena.
impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.status == other.status
            && self.version == other.version
            && self.method() == other.method()
            && self.scheme() == other.scheme()
            && self.authority() == other.authority()
            && self.path() == other.path()
            && self.protocol() == other.protocol()
            && self.fields().eq(other.fields())
    }
}
