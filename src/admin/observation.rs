//! What is counted of requests to the interface, once they are answered.

use crate::metrics::{MethodLabel, Observed, SharedTally};
use axum::body::{Body, HttpBody};
use axum::http::Method;
use axum::response::Response;
use futures_util::TryStreamExt;
use std::sync::Arc;
use std::time::Instant;

/// A request that is being answered.
pub(super) struct Observation {
    tally: Arc<SharedTally>,
    request: Observed,
    received: Instant,
}

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The gate, which refused it.
    Gate,
    /// An operation, or the lack of it.
    Operation,
}

impl Observation {
    /// A request has been received up to its body.
    pub(super) fn begin(tally: Arc<SharedTally>, method: &Method) -> Observation {
        let method = MethodLabel::of(understudy_model::Method::parse(method.as_str().as_bytes()));
        let request = Observed { method, received_bytes: 0 };
        Observation { tally, request, received: Instant::now() }
    }

    /// Its body has been received.
    pub(super) fn body(&mut self, bytes: usize) {
        self.request.received_bytes = bytes;
    }

    /// Counts the request: now if all of the answer is there, else when the last of it is sent.
    pub(super) fn end(self, reached: Reached, answer: Response) -> Response {
        if reached == Reached::Gate {
            self.tally.with(|tally| tally.refused(self.request));
        }
        if let Some(bytes) = answer.body().size_hint().exact() {
            self.count(usize::try_from(bytes).unwrap_or(usize::MAX));
            return answer;
        }
        let mut streamed = Streamed { observation: self, sent_bytes: 0 };
        answer.map(|body| {
            let pieces = body.into_data_stream();
            Body::from_stream(pieces.inspect_ok(move |piece| streamed.sent(piece.len())))
        })
    }

    fn count(&self, sent_bytes: usize) {
        let now = Instant::now();
        self.tally.with(|tally| {
            tally.answered(self.request, sent_bytes);
            tally.settle(now.saturating_duration_since(self.received), now);
        });
    }
}

/// An answer on its way. It goes with its body, whether or not all of that was sent.
struct Streamed {
    observation: Observation,
    sent_bytes: usize,
}

impl Streamed {
    fn sent(&mut self, bytes: usize) {
        self.sent_bytes += bytes;
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        self.observation.count(self.sent_bytes);
    }
}
