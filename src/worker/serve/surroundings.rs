//! What a transformation may ask for besides its request.

use super::Serve;
use crate::answer::Answer;
use jiff::tz::TimeZone;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use understudy_model::events::EventNumber;
use understudy_model::json::Value as Json;
use understudy_model::transform::{EventAddress, Fields, Skip, Surroundings};
use understudy_model::{Method, Rule};
use understudy_wire::{Head, prepared};

/// The fields of a request as the model sees them.
pub(super) struct HeadFields<'a>(pub(super) &'a Head);

impl Fields for HeadFields<'_> {
    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.0.get(name)
    }

    fn for_each(&self, visit: &mut dyn FnMut(&[u8], &[u8])) {
        for (name, value) in self.0.fields() {
            visit(name, value);
        }
    }
}

/// The clock, the dice, the recorded events, the rules of the wire and the log, for one run of one provision.
pub(super) struct World<'a> {
    serve: &'a Serve,
    rule: &'a Rule<Answer>,
    method: Method,
}

impl<'a> World<'a> {
    pub(super) fn new(serve: &'a Serve, rule: &'a Rule<Answer>, method: Method) -> Self {
        World { serve, rule, method }
    }
}

impl Surroundings for World<'_> {
    fn now_ns(&self) -> i128 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
    }

    fn zone(&self) -> &TimeZone {
        &self.serve.zone
    }

    fn random(&mut self, low: i64, high: i64) -> i64 {
        self.serve.random.borrow_mut().i64(low..=high)
    }

    fn event(&self, address: &EventAddress<'_>) -> Option<Json> {
        let method = Method::parse(address.method.as_bytes())?;
        let number = EventNumber::parse(address.number).ok()?;
        self.serve.data.node(method, address.uri, number, address.path)
    }

    fn check_field(&self, name: &str, value: &str) -> Result<(), &'static str> {
        prepared::check_field(name.as_bytes(), value.as_bytes())
    }

    #[cold]
    fn skipped(&mut self, item: usize, reason: &Skip) {
        let (method, uri, state) = (self.method, self.rule.provision_uri(), self.rule.in_state());
        if reason.is_expected() {
            tracing::debug!(%method, uri, state, item, "transform item skipped: {reason}");
            return;
        }
        match self.serve.skips.admit(Instant::now()) {
            Some(0) => {
                tracing::error!(%method, uri, state, item, "transform item skipped: {reason}");
            }
            Some(dropped) => tracing::error!(
                %method, uri, state, item,
                "transform item skipped: {reason} ({dropped} lines like this left out before)"
            ),
            None => {}
        }
    }
}
