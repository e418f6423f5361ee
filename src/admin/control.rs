//! What the handlers of all resources share.

use super::limits::BODY_INLINE_BYTES_MAX;
use super::result::OperationResult;
use crate::log::LogControl;
use crate::metrics::SharedTally;
use crate::publish::Publisher;
use axum::body::Bytes;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task;
use understudy_model::events::ServerData;
use understudy_model::json;

/// Access to all that the interface shows and changes.
#[derive(Clone)]
pub(super) struct Control {
    /// The lock is fair, so changes happen in the order in which their requests were complete.
    publisher: Arc<Mutex<Publisher>>,
    data: Arc<ServerData>,
    log: LogControl,
    tally: Arc<SharedTally>,
}

/// Where work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effort {
    /// On the admin thread.
    Light,
    /// On a helper thread, while the admin thread answers others.
    Heavy,
}

impl Effort {
    /// What it takes to parse a body.
    fn of_body(body: &Bytes) -> Effort {
        match body.len() {
            0..=BODY_INLINE_BYTES_MAX => Effort::Light,
            _ => Effort::Heavy,
        }
    }
}

impl Control {
    pub(super) fn new(
        publisher: Publisher,
        data: Arc<ServerData>,
        log: LogControl,
        tally: Arc<SharedTally>,
    ) -> Control {
        Control { publisher: Arc::new(Mutex::new(publisher)), data, log, tally }
    }

    /// Where requests are counted.
    pub(super) fn tally(&self) -> Arc<SharedTally> {
        Arc::clone(&self.tally)
    }

    /// What was received and answered. Reading it waits for nobody; what changes it on behalf of a client does so
    /// within [`Control::with_rules`], so that changes of rules and data keep their order.
    pub(super) fn data(&self) -> Arc<ServerData> {
        Arc::clone(&self.data)
    }

    /// The level of the log.
    pub(super) fn log(&self) -> &LogControl {
        &self.log
    }

    /// Does `work` with the rules, after all that asked before. Work once begun is finished even if the client leaves.
    pub(super) async fn with_rules<T: Send + 'static>(
        &self,
        effort: Effort,
        work: impl FnOnce(&mut Publisher) -> T + Send + 'static,
    ) -> T {
        let mut publisher = Arc::clone(&self.publisher).lock_owned().await;
        match effort {
            Effort::Light => work(&mut publisher),
            Effort::Heavy => on_helper(move || work(&mut publisher)).await,
        }
    }

    /// Does `work` with the rules and the document in `body`.
    pub(super) async fn with_rules_and_document(
        &self,
        effort: Effort,
        body: Bytes,
        work: impl FnOnce(&mut Publisher, &Value) -> OperationResult + Send + 'static,
    ) -> OperationResult {
        let effort = effort.max(Effort::of_body(&body));
        let work = move |publisher: &mut Publisher| match json::parse(&body) {
            Ok(document) => work(publisher, &document),
            Err(error) => OperationResult::not_json(&error),
        };
        self.with_rules(effort, work).await
    }

    /// Frees what no worker uses any more.
    pub(super) async fn sweep(&self) {
        if self.with_rules(Effort::Light, |publisher| publisher.has_retired()).await {
            self.with_rules(Effort::Heavy, Publisher::sweep).await;
        }
    }
}

/// Is the body a JSON document?
pub(super) async fn check_json(body: Bytes) -> Result<(), json::ParseError> {
    let effort = Effort::of_body(&body);
    let check = move || json::parse(&body).map(drop);
    match effort {
        Effort::Light => check(),
        Effort::Heavy => on_helper(check).await,
    }
}

/// Does `work` on a helper thread. A panic there goes on here.
pub(super) async fn on_helper<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Cancelled before it began: the runtime is shutting down and nobody waits for the answer.
            Err(_) => std::future::pending().await,
        },
    }
}
