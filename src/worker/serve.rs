//! The request path: the gate, the look-up, the answer. Nothing here allocates for a static answer.

use crate::answer::Answer;
use bytes::Bytes;
use std::cell::{Cell, Ref, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use understudy_model::matching::uri::decode_path;
use understudy_model::{Method, Rule, STATE_INITIAL, Snapshot, UriScratch};
use understudy_wire::prepared::FieldError;
use understudy_wire::{Head, PreparedFields, PreparedHead, ServerConnection, StreamId};

/// Name and version of the mocked interface: requests must have them as path prefix. Empty means not configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Api {
    /// The first segments of the path, without slashes around.
    pub name: String,
    /// What follows the name.
    pub version: String,
}

impl Api {
    /// The path prefix that is demanded; none without a name.
    fn prefix(&self) -> Option<Vec<u8>> {
        match (self.name.as_str(), self.version.as_str()) {
            ("", _) => None,
            (name, "") => Some(format!("/{name}").into_bytes()),
            (name, version) => Some(format!("/{name}/{version}").into_bytes()),
        }
    }
}

/// What a request is answered with.
#[derive(Clone, Copy)]
pub(super) enum Choice<'a> {
    /// One of the gate's answers.
    Gate(&'a Answer),
    /// A provision.
    Rule(&'a Arc<Rule<Answer>>),
}

/// The part of the request path that stays the same from request to request.
pub(super) struct Serve {
    prefix: Option<Vec<u8>>,
    method_not_allowed: Answer,
    invalid_api: Answer,
    not_provisioned: Answer,
    scratch: RefCell<Scratch>,
    date: Date,
}

#[derive(Default)]
struct Scratch {
    uri: UriScratch,
    path: Vec<u8>,
}

impl Serve {
    pub(super) fn new(api: &Api) -> Result<Self, FieldError> {
        let allow = Method::ALL.map(Method::as_str).join(", ");
        let not_found = PreparedHead::new(501, std::iter::empty())?;
        Ok(Serve {
            prefix: api.prefix(),
            method_not_allowed: problem(405, "METHOD_NOT_ALLOWED", &api.version, Some(&allow))?,
            invalid_api: problem(400, "INVALID_API", &api.version, None)?,
            not_provisioned: Answer {
                head: not_found,
                body: Bytes::new(),
                delay: Duration::ZERO,
                reset: None,
            },
            scratch: RefCell::default(),
            date: Date::default(),
        })
    }

    /// The answer to a request: method first, then the path prefix, then the provisions.
    #[inline]
    pub(super) fn choose<'a>(&'a self, rules: &'a Snapshot<Answer>, head: &Head) -> Choice<'a> {
        let Some(method) = Method::parse(head.method()) else {
            return Choice::Gate(&self.method_not_allowed);
        };
        let mut scratch = self.scratch.borrow_mut();
        if let Some(prefix) = &self.prefix
            && !has_prefix(head.path(), prefix, &mut scratch.path)
        {
            return Choice::Gate(&self.invalid_api);
        }
        let uri = rules.normalise(head.path(), &mut scratch.uri);
        match rules.find(method, uri, STATE_INITIAL.as_bytes()) {
            Some(rule) => Choice::Rule(rule),
            None => Choice::Gate(&self.not_provisioned),
        }
    }

    /// The `date` field of now.
    pub(super) fn date(&self, now: Instant) -> Ref<'_, PreparedFields> {
        self.date.at(now)
    }
}

/// Ends an exchange as the answer says.
#[inline]
pub(super) fn deliver(
    engine: &mut ServerConnection,
    stream: StreamId,
    answer: &Answer,
    date: &PreparedFields,
) {
    match answer.reset {
        None => engine.respond(stream, &answer.head, date, &answer.body),
        Some(code) => engine.reset(stream, code),
    }
}

/// Does the decoded path begin with the prefix, at a segment boundary?
fn has_prefix(raw: &[u8], prefix: &[u8], decoded: &mut Vec<u8>) -> bool {
    let path = raw.split(|&byte| byte == b'?').next().unwrap_or_default();
    decoded.clear();
    decode_path(path, decoded);
    decoded.strip_prefix(prefix).is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
}

/// An answer of the gate: a problem document with its cause.
fn problem(
    status: u16,
    cause: &str,
    version: &str,
    allow: Option<&str>,
) -> Result<Answer, FieldError> {
    let body = format!("{{\"cause\":\"{cause}\"}}");
    let length = body.len().to_string();
    let mut fields =
        vec![("content-type", "application/problem+json"), ("content-length", length.as_str())];
    if !version.is_empty() {
        fields.push(("x-version", version));
    }
    if let Some(methods) = allow {
        fields.push(("allow", methods));
    }
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let head = PreparedHead::new(status, fields)?;
    Ok(Answer { head, body: Bytes::from(body), delay: Duration::ZERO, reset: None })
}

/// The `date` field (RFC 9110 section 6.6.1), rendered once a second. The monotonic clock, which is read for every batch
/// anyway, says when that is over.
#[derive(Default)]
struct Date {
    until: Cell<Option<Instant>>,
    field: RefCell<PreparedFields>,
}

impl Date {
    fn at(&self, now: Instant) -> Ref<'_, PreparedFields> {
        if self.until.get().is_none_or(|until| now >= until) {
            let wall = SystemTime::now();
            let nanos = wall.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
            self.until.set(Some(now + Duration::from_nanos(1_000_000_000 - u64::from(nanos))));
            let text = httpdate::fmt_http_date(wall);
            let field = (b"date".as_slice(), text.as_bytes());
            // A date is always a valid field; should it not be, answers go without.
            *self.field.borrow_mut() = PreparedFields::new([field]).unwrap_or_default();
        }
        self.field.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(name: &str, version: &str) -> Api {
        Api { name: name.to_owned(), version: version.to_owned() }
    }

    fn passes(api: &Api, path: &str) -> bool {
        api.prefix().is_none_or(|prefix| has_prefix(path.as_bytes(), &prefix, &mut Vec::new()))
    }

    #[test]
    fn the_prefix_is_compared_decoded_and_by_segments() {
        let both = api("app", "v1");
        for path in ["/app/v1", "/app/v1/", "/app/v1?x=1", "/%61pp/v1/x", "/app/v1/x/y"] {
            assert!(passes(&both, path), "{path}");
        }
        for path in ["/app/v1x", "/app", "/", "/other/app/v1", "/app/v1%3Fx", ""] {
            assert!(!passes(&both, path), "{path}");
        }
        assert!(passes(&api("app", ""), "/app/x"));
        assert!(passes(&api("", "v1"), "/anything"), "a version without a name demands nothing");
    }

    #[test]
    fn the_gate_asks_for_the_method_first() {
        let serve = Serve::new(&api("app", "v1")).unwrap();
        let rules = Snapshot::default();
        let status = |method: &str, path: &str| {
            let mut head = Head::default();
            head.set_request(method.as_bytes(), b"http", b"h", path.as_bytes());
            match serve.choose(&rules, &head) {
                Choice::Gate(answer) => answer.head.status(),
                Choice::Rule(_) => 0,
            }
        };
        assert_eq!(status("PATCH", "/x"), 405);
        assert_eq!(status("get", "/app/v1"), 405, "methods are case-sensitive");
        assert_eq!(status("GET", "/x"), 400);
        assert_eq!(status("GET", "/app/v1/x"), 501);
    }
}
