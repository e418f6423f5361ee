//! The request path: the gate, the look-up, the answer. Nothing here allocates for a static answer.

mod date;
mod exchange;
mod surroundings;

use super::stats::WorkerStats;
use super::throttle::Throttle;
use crate::answer::Answer;
use crate::metrics::MethodLabel;
use crate::publish::Published;
use bytes::Bytes;
use date::Date;
use exchange::Exchange;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use understudy_model::events::ServerData;
use understudy_model::matching::MatchScratch;
use understudy_model::matching::clean::{MOVED_PAGE, redirect};
use understudy_model::matching::uri::{self, decode_path};
use understudy_model::{Method, Rule, Snapshot, UriScratch, transform};
use understudy_wire::prepared::FieldError;
use understudy_wire::{Message, PreparedFields, PreparedHead};

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
pub(super) enum Verdict<'a> {
    /// It is for another path; that counts as no request.
    Moved(Answer),
    /// It does not get past the gate.
    Refused(Cow<'a, Answer>),
    /// Past the gate it is answered alike whatever it says: it does not fit the schema, or has no provision.
    Fixed(&'a Answer),
    /// A provision, as posted but for the changes, after this delay.
    Rule { rule: &'a Arc<Rule<Answer>>, changes: Changes, delay: Duration },
}

/// What the transformations of a provision made of its answer.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) head: Option<Box<PreparedHead>>,
    pub(super) body: Option<Bytes>,
    /// Reset with this code, or answer although the provision says reset.
    pub(super) reset: Option<Option<u32>>,
}

/// What holds for all requests of one batch. The clocks are read once.
pub(super) struct Batch<'a> {
    published: &'a Published,
    stats: &'a WorkerStats,
    wall_ms: Cell<Option<u64>>,
    /// Receptions that got past the gate and asked for no sequence number of their own yet.
    unnumbered: Cell<u64>,
    /// Of the request answered last; `None` for one that nobody can provision now.
    method: Cell<Option<Method>>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(published: &'a Published, stats: &'a WorkerStats) -> Batch<'a> {
        Batch {
            published,
            stats,
            wall_ms: Cell::new(None),
            unnumbered: Cell::new(0),
            method: Cell::new(None),
        }
    }

    /// The label of the method of the request answered last.
    #[inline]
    pub(super) fn method(&self) -> MethodLabel {
        MethodLabel::of(self.method.get())
    }

    /// Milliseconds since the epoch.
    fn wall_ms(&self) -> u64 {
        if let Some(ms) = self.wall_ms.get() {
            return ms;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.wall_ms.set(Some(ms));
        ms
    }
}

/// The part of the request path that stays the same from request to request.
pub(super) struct Serve {
    api: Api,
    prefix: Option<Vec<u8>>,
    data: Arc<ServerData>,
    method_not_allowed: Answer,
    invalid_api: Answer,
    invalid_request: Answer,
    not_provisioned: Answer,
    scratch: RefCell<Scratch>,
    random: RefCell<fastrand::Rng>,
    zone: TimeZone,
    skips: Throttle,
    discards: Throttle,
    date: Date,
}

/// Memory reused from request to request.
#[derive(Default)]
struct Scratch {
    uri: UriScratch,
    text: String,
    path: Vec<u8>,
    matching: MatchScratch,
    fields: Vec<u8>,
    transform: transform::Scratch,
    /// The size of the last computed body, which is a good guess for the next.
    body_bytes: usize,
}

impl Serve {
    pub(super) fn new(api: &Api, data: Arc<ServerData>) -> Result<Self, FieldError> {
        let allow = Method::ALL.map(Method::as_str).join(", ");
        Ok(Serve {
            api: api.clone(),
            prefix: api.prefix(),
            data,
            method_not_allowed: problem(405, "METHOD_NOT_ALLOWED", &api.version, Some(&allow))?,
            invalid_api: problem(400, "INVALID_API", &api.version, None)?,
            invalid_request: Answer::fixed(400, &[], String::new())?,
            not_provisioned: Answer::fixed(501, &[], String::new())?,
            scratch: RefCell::default(),
            random: RefCell::new(fastrand::Rng::new()),
            zone: TimeZone::system(),
            skips: Throttle::default(),
            discards: Throttle::default(),
            date: Date::default(),
        })
    }

    /// The answer to a request: path in order, method, path prefix, request schema, then the provisions.
    #[inline]
    pub(super) fn answer<'a>(&'a self, batch: &Batch<'a>, message: &Message<'_>) -> Verdict<'a> {
        let rules = &batch.published.rules;
        let target = message.head.path();
        if let Some(location) = redirect(target) {
            return self.moved(message.head.method(), &location);
        }
        let method = Method::parse(message.head.method()).filter(|&method| rules.serves(method));
        batch.method.set(method);
        let Some(method) = method else { return self.refuse_method(rules) };
        let mut scratch = self.scratch.borrow_mut();
        let scratch = &mut *scratch;
        if let Some(prefix) = &self.prefix
            && !has_prefix(target, prefix, &mut scratch.path)
        {
            return Verdict::Refused(Cow::Borrowed(&self.invalid_api));
        }
        if let Some(schema) = &batch.published.request_schema
            && !schema.accepts(message.body)
        {
            return Verdict::Fixed(&self.invalid_request);
        }
        let Scratch { uri, text, matching, fields, transform, body_bytes, .. } = scratch;
        let normal = rules.normalise(target, uri);
        if normal.len() < target.len() {
            self.tell_discarded_query(rules, method, target);
        }
        let uri = uri::lossy(normal, text);
        let exchange = Exchange { serve: self, batch, message, method, uri };
        let memory = exchange::Memory { matching, fields, transform, body_bytes };
        exchange.answer(memory)
    }

    /// Says in the log that a query does not count because a name in it is repeated: who wonders why his parameters
    /// are not found should see it.
    #[cold]
    fn tell_discarded_query(&self, rules: &Snapshot<Answer>, method: Method, target: &[u8]) {
        if uri::is_query_discarded(target, rules.matching().query_filter)
            && let Some(dropped) = self.discards.admit(Instant::now())
        {
            let target = target.escape_ascii();
            tracing::error!(%method, %target, dropped, "query discarded: a name in it is repeated");
        }
    }

    /// The numbers of those receptions that did not ask for one.
    pub(super) fn end(&self, batch: &Batch<'_>) {
        let unnumbered = batch.unnumbered.take();
        if unnumbered > 0 {
            self.data.skip_sequences(unnumbered);
        }
    }

    /// The `date` field of now.
    pub(super) fn date(&self, now: Instant) -> Ref<'_, PreparedFields> {
        self.date.at(now)
    }

    /// 405, with the methods that would do: the usual ones and those provisioned besides.
    #[cold]
    fn refuse_method(&self, rules: &Snapshot<Answer>) -> Verdict<'_> {
        let mut allow = Method::ALL.map(Method::as_str).join(", ");
        for method in Method::others().filter(|&method| rules.serves(method)) {
            allow.push_str(", ");
            allow.push_str(method.as_str());
        }
        let made = problem(405, "METHOD_NOT_ALLOWED", &self.api.version, Some(&allow));
        Verdict::Refused(made.map_or(Cow::Borrowed(&self.method_not_allowed), Cow::Owned))
    }

    /// 301 to the same path without `//`, `/./` and `/../`.
    #[cold]
    fn moved(&self, method: &[u8], location: &[u8]) -> Verdict<'_> {
        let location = String::from_utf8_lossy(location);
        let page = if method == b"GET" { MOVED_PAGE } else { "" };
        let length = page.len().to_string();
        let fields = [("location", &*location), ("content-length", &length)];
        // Only a location that is no field value could fail, and the path is encoded.
        Answer::fixed(301, &fields, page.to_owned())
            .map_or(Verdict::Refused(Cow::Borrowed(&self.invalid_api)), Verdict::Moved)
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
    Answer::fixed(status, &fields, body)
}

#[cfg(test)]
mod tests;
