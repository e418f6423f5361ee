//! What the handlers of all resources share.

use crate::publish::Publisher;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task;

/// Access to the rules. The lock is fair, so changes happen in the order in which their requests were complete.
#[derive(Clone)]
pub(super) struct Control {
    publisher: Arc<Mutex<Publisher>>,
}

/// Where work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// On the admin thread.
    Light,
    /// On a helper thread, while the admin thread answers others.
    Heavy,
}

impl Control {
    pub(super) fn new(publisher: Publisher) -> Control {
        Control { publisher: Arc::new(Mutex::new(publisher)) }
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
            Effort::Heavy => match task::spawn_blocking(move || work(&mut publisher)).await {
                Ok(done) => done,
                Err(failed) => match failed.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // Cancelled before it began: the runtime is shutting down and nobody waits for the answer.
                    Err(_) => std::future::pending().await,
                },
            },
        }
    }

    /// Frees what no worker uses any more.
    pub(super) async fn sweep(&self) {
        if self.with_rules(Effort::Light, |publisher| publisher.has_retired()).await {
            self.with_rules(Effort::Heavy, Publisher::sweep).await;
        }
    }
}
