//! `/admin/v1/server-data/configuration`: what is stored of the traffic.

use super::control::{Control, Effort};
use super::query::Query;
use super::result::{empty_refusal, empty_response, json_response};
use axum::http::StatusCode;
use axum::response::Response;
use understudy_model::events::Storage;

/// The document that shows a configuration; its values are texts.
pub(super) fn document(storage: Storage) -> String {
    let Storage { events, history } = storage;
    format!(r#"{{"storeEvents":"{events}","storeEventsRequestsHistory":"{history}"}}"#)
}

/// What is stored now.
pub(super) fn get(control: &Control) -> Response {
    json_response(StatusCode::OK, document(control.data().storage()))
}

/// Changes what is stored from now on; what is stored already stays. A parameter that is missing or empty leaves its
/// switch as it is, so that none at all is fine.
pub(super) async fn put(control: &Control, query: &Query) -> Response {
    let change = match Change::parse(query) {
        Ok(change) => change,
        Err(reason) => return empty_refusal(&reason),
    };
    let data = control.data();
    let apply = move |_: &mut _| data.set_storage(change.applied_to(data.storage()));
    control.with_rules(Effort::Light, apply).await;
    empty_response(StatusCode::OK)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    discard: Option<bool>,
    discard_history: Option<bool>,
}

impl Change {
    /// Every value but `true` counts as false.
    fn parse(query: &Query) -> Result<Change, String> {
        query.require_distinct()?;
        let discard = query.get("discard").map(|value| value == "true");
        let history = query.get_either("discardRequestsHistory", "discardKeyHistory")?;
        let discard_history = history.map(|value| value == "true");
        if (discard, discard_history) == (Some(true), Some(false)) {
            return Err("history cannot be kept when all events are discarded".to_owned());
        }
        Ok(Change { discard, discard_history })
    }

    fn applied_to(self, storage: Storage) -> Storage {
        Storage {
            events: self.discard.map_or(storage.events, |discard| !discard),
            history: self.discard_history.map_or(storage.history, |discard| !discard),
        }
    }
}
