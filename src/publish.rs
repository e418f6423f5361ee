//! How a change of the rules gets from the control plane to the workers.
//!
//! The [`Publisher`] has the only copy that changes. After each change it puts an immutable [`Published`] where the
//! workers look, by swapping one pointer; a worker loads that pointer once per read batch. What was there before is
//! kept until no worker uses it and is freed by the publisher, so that a worker never pays for freeing a million
//! rules in the middle of a batch.

use crate::answer::{Answer, Heads};
use arc_swap::ArcSwap;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use understudy_model::matching::{Config as Matching, MatchingError};
use understudy_model::request_schema::{RequestSchema, RequestSchemaError};
use understudy_model::{Provision, ProvisionError, Registry, Rule, Snapshot};

/// What the workers see: one consistent set, never a mixture of two.
#[derive(Default)]
pub struct Published {
    /// The rules, ready to be looked up.
    pub rules: Snapshot<Answer>,
    /// What the bodies of requests must fit.
    pub request_schema: Option<Arc<RequestSchema>>,
}

/// How long publishing took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublishTimes {
    /// Changes published.
    pub count: u64,
    /// All of them together.
    pub total: Duration,
    /// The last one.
    pub last: Duration,
}

/// The owner of the rules.
#[derive(Default)]
pub struct Publisher {
    registry: Registry<Answer>,
    heads: Heads,
    request_schema: Option<Arc<RequestSchema>>,
    shared: Arc<ArcSwap<Published>>,
    retired: Vec<Arc<Published>>,
    times: Arc<Mutex<PublishTimes>>,
}

/// Whether a document held one provision or an array of them; the texts for the client differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object (or anything else that is no array).
    One,
    /// An array, even an empty one.
    Array,
}

impl Form {
    /// What the client is told about a document that was loaded.
    pub fn loaded_text(self) -> &'static str {
        match self {
            Form::One => "server-provision operation; valid schema and provision data received",
            Form::Array => "server-provision operation; valid schemas and provisions data received",
        }
    }
}

/// A document was refused. Provisions before the refused one in an array are loaded.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct LoadError {
    /// What the document held.
    pub form: Form,
    /// What is wrong, and where.
    pub cause: ProvisionError,
}

impl LoadError {
    /// What the client is told.
    pub fn text(&self) -> &'static str {
        match (self.form, &self.cause) {
            (Form::One, ProvisionError::Schema { .. }) => {
                "server-provision operation; invalid schema"
            }
            (Form::One, ProvisionError::Data { .. }) => {
                "server-provision operation; invalid provision data received"
            }
            (Form::Array, ProvisionError::Schema { .. }) => {
                "server-provision operation; detected one invalid schema"
            }
            (Form::Array, ProvisionError::Data { .. }) => {
                "server-provision operation; detected one invalid provision data received"
            }
        }
    }
}

impl Publisher {
    /// Without any rule.
    pub fn new() -> Publisher {
        Publisher::default()
    }

    /// Where the workers look.
    pub fn shared(&self) -> Arc<ArcSwap<Published>> {
        Arc::clone(&self.shared)
    }

    /// How long publishing took so far.
    pub fn times(&self) -> Arc<Mutex<PublishTimes>> {
        Arc::clone(&self.times)
    }

    /// Loads one provision or an array. Not atomic: an array is loaded up to the first refused element. What was
    /// loaded is published when this returns.
    pub fn load(&mut self, document: &Value) -> Result<Form, LoadError> {
        let (form, loaded) = match document {
            Value::Array(documents) => {
                let mut numbered = documents.iter().enumerate();
                let loaded = numbered
                    .try_for_each(|(i, one)| self.insert(one).map_err(|error| error.at_index(i)));
                (Form::Array, loaded)
            }
            one => (Form::One, self.insert(one)),
        };
        self.publish();
        match loaded {
            Ok(()) => Ok(form),
            Err(cause) => Err(LoadError { form, cause }),
        }
    }

    /// Sets how requests are matched. A refused document changes nothing.
    pub fn load_matching(&mut self, document: &Value) -> Result<(), MatchingError> {
        self.registry.set_matching(Matching::parse(document)?);
        self.publish();
        Ok(())
    }

    /// How requests are matched, as posted: compact JSON with sorted keys.
    pub fn matching(&self) -> Vec<u8> {
        self.registry.matching().document.to_vec()
    }

    /// Sets the schema that requests must fit. A refused one leaves that before in force.
    pub fn load_request_schema(&mut self, document: &Value) -> Result<(), RequestSchemaError> {
        self.request_schema = Some(Arc::new(RequestSchema::compile(document)?));
        self.publish();
        Ok(())
    }

    /// Lets every request through again; was there a schema?
    pub fn clear_request_schema(&mut self) -> bool {
        let had_one = self.request_schema.take().is_some();
        if had_one {
            self.publish();
        }
        had_one
    }

    /// The schema that requests must fit, as posted: compact JSON with sorted keys.
    pub fn request_schema(&self) -> Option<Vec<u8>> {
        self.request_schema.as_ref().map(|schema| schema.document().to_vec())
    }

    /// Removes every rule; was there any?
    pub fn clear(&mut self) -> bool {
        let had_any = self.registry.clear();
        self.heads.clear();
        if had_any {
            self.publish();
        }
        had_any
    }

    /// The provisions as posted, in the order of insertion: a compact JSON array. `None` when there are none.
    pub fn listing(&self) -> Option<Vec<u8>> {
        self.list(|_| true)
    }

    /// Those among them that no request has been answered with since they were posted.
    pub fn unused(&self) -> Option<Vec<u8>> {
        self.list(|rule| !rule.is_used())
    }

    fn list(&self, wanted: impl Fn(&Rule<Answer>) -> bool) -> Option<Vec<u8>> {
        let mut rules = self.registry.rules();
        rules.retain(|rule| wanted(rule));
        let bytes: usize = rules.iter().map(|rule| rule.document().len() + 1).sum();
        let mut listing = Vec::with_capacity(bytes + 1);
        for rule in &rules {
            listing.push(if listing.is_empty() { b'[' } else { b',' });
            listing.extend_from_slice(rule.document());
        }
        listing.push(b']');
        (!rules.is_empty()).then_some(listing)
    }

    /// Is there anything that [`Publisher::sweep`] could free, now or later?
    pub fn has_retired(&self) -> bool {
        !self.retired.is_empty()
    }

    /// Frees what was published before and is used by no worker any more.
    pub fn sweep(&mut self) {
        // A retired snapshot cannot be loaded any more, so one that only this list holds stays that way.
        self.retired.retain(|published| Arc::strong_count(published) > 1);
    }

    fn insert(&mut self, document: &Value) -> Result<(), ProvisionError> {
        let provision = Provision::parse(document)?;
        let answer = Answer::compile(&provision, &mut self.heads)?;
        self.registry.insert(provision, answer).map_err(|error| {
            let reason = format!("it is no regular expression: {error}");
            ProvisionError::data("/requestUri", reason)
        })
    }

    fn publish(&mut self) {
        let begun = Instant::now();
        let published = Arc::new(Published {
            rules: self.registry.snapshot(),
            request_schema: self.request_schema.clone(),
        });
        self.retired.push(self.shared.swap(published));
        let last = begun.elapsed();
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        *times = PublishTimes { count: times.count + 1, total: times.total + last, last };
        drop(times);
        self.sweep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use understudy_model::Method;
    use understudy_model::matching::MatchScratch;

    fn status(published: &Published, uri: &str) -> Option<u16> {
        let rule = published.rules.find(
            Method::GET,
            uri.as_bytes(),
            b"initial",
            &mut MatchScratch::default(),
        )?;
        Some(rule.answer().head.status())
    }

    fn get(uri: &str, code: i32) -> Value {
        json!({"requestMethod": "GET", "requestUri": uri, "responseCode": code})
    }

    #[test]
    fn a_change_is_seen_at_once_and_not_by_who_looked_before() {
        let mut publisher = Publisher::new();
        let shared = publisher.shared();
        let before = shared.load_full();
        assert_eq!(publisher.load(&get("/a", 200)).unwrap(), Form::One);
        assert_eq!(status(&before, "/a"), None);
        assert_eq!(status(&shared.load(), "/a"), Some(200));
        assert!(publisher.clear());
        assert!(!publisher.clear());
        assert_eq!(status(&shared.load(), "/a"), None);
    }

    #[test]
    fn each_change_is_timed() {
        let mut publisher = Publisher::new();
        let times = publisher.times();
        assert_eq!(*times.lock().unwrap(), PublishTimes::default());
        publisher.load(&get("/a", 200)).unwrap();
        let first = *times.lock().unwrap();
        assert_eq!((first.count, first.total), (1, first.last));
        assert!(!publisher.clear_request_schema(), "nothing changes");
        publisher.clear();
        let second = *times.lock().unwrap();
        assert_eq!((second.count, second.total), (2, first.last + second.last));
    }

    #[test]
    fn what_is_in_use_is_kept_and_freed_later() {
        let mut publisher = Publisher::new();
        let used = publisher.shared().load_full();
        publisher.load(&get("/a", 200)).unwrap();
        publisher.sweep();
        assert!(publisher.has_retired(), "in use");
        let watch = Arc::downgrade(&used);
        drop(used);
        assert!(watch.upgrade().is_some(), "the publisher frees, not the user");
        publisher.sweep();
        assert!(!publisher.has_retired());
        assert!(watch.upgrade().is_none());
    }

    #[test]
    fn an_array_is_loaded_up_to_the_refused_element() {
        let mut publisher = Publisher::new();
        let refused = publisher.load(&json!([get("/a", 200), get("/b", -1), get("/c", 200)]));
        let refused = refused.unwrap_err();
        assert_eq!(refused.form, Form::Array);
        assert!(refused.to_string().starts_with("#/1/responseCode: "), "{refused}");
        let published = publisher.shared().load_full();
        assert_eq!(status(&published, "/a"), Some(200));
        assert_eq!(status(&published, "/b"), None);
        assert_eq!(status(&published, "/c"), None);
        let listing = publisher.listing().unwrap();
        assert_eq!(understudy_model::json::parse(&listing).unwrap(), json!([get("/a", 200)]));
    }
}
