//! `/admin/v1/server-data`: what was received and answered, by method and URI.

use super::control::{Control, Effort, on_helper};
use super::query::Query;
use super::result::{document_or_none, done_or_nothing, empty_refusal, null_refusal};
use super::stream::Document;
use axum::body::Body;
use axum::response::Response;
use understudy_model::events::{Deleted, EventNumber, ServerData};
use understudy_model::{Method, json};

/// What a request speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Selection {
    All,
    Key(Key),
    Event {
        key: Key,
        number: String,
        /// A JSON pointer into the event.
        path: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    /// `None` for a name that no stored request can have.
    method: Option<Method>,
    uri: String,
}

impl Selection {
    /// Method and URI go together, a number needs both, and a path needs a number.
    fn parse(query: &Query) -> Result<Selection, String> {
        query.require_distinct()?;
        let number = query.get_either("requestNumber", "eventNumber")?;
        let path = query.get("eventPath");
        let key = match (query.get("requestMethod"), query.get("requestUri")) {
            (Some(method), Some(uri)) => {
                Some(Key { method: Method::parse(method.as_bytes()), uri: uri.into_owned() })
            }
            (None, None) => None,
            _ => return Err("requestMethod and requestUri must be given together".to_owned()),
        };
        match (key, number, path) {
            (None, None, None) => Ok(Selection::All),
            (Some(key), None, None) => Ok(Selection::Key(key)),
            (Some(key), Some(number), path) => {
                let path = path.map(|path| path.into_owned());
                Ok(Selection::Event { key, number: number.into_owned(), path })
            }
            (None, Some(_), _) => {
                Err("a number needs requestMethod and requestUri as well".to_owned())
            }
            (_, None, Some(_)) => Err("eventPath needs eventNumber as well".to_owned()),
        }
    }
}

/// Everything, one key or one event; 204 for what is not there.
pub(super) async fn get(control: &Control, query: &Query) -> Response {
    let selection = match Selection::parse(query) {
        Ok(selection) => selection,
        Err(reason) => return null_refusal(&reason, query.explain()),
    };
    let data = control.data();
    document_or_none(on_helper(move || read(&data, &selection)).await)
}

fn read(data: &ServerData, selection: &Selection) -> Option<Body> {
    match selection {
        Selection::All => {
            let mut reader = data.all()?;
            Some(Document::begin(move |out| reader.next_piece(out)).into_body())
        }
        Selection::Key(Key { method, uri }) => {
            let mut reader = data.key((*method)?, uri)?;
            Some(Document::begin(move |out| reader.next_piece(out)).into_body())
        }
        Selection::Event { key: Key { method, uri }, number, path } => {
            // What is no number is no number of an event.
            let number = EventNumber::parse(number).ok()?;
            let found = match path {
                None => data.event((*method)?, uri, number),
                Some(path) => data.node((*method)?, uri, number, path),
            };
            Some(Body::from(json::to_compact(&found?)))
        }
    }
}

/// Deletes everything, one key or one event; 204 for what was not there.
pub(super) async fn delete(control: &Control, query: &Query) -> Response {
    let selection = match Selection::parse(query) {
        Ok(Selection::Event { path: Some(_), .. }) => {
            return empty_refusal(&"an event is deleted as a whole: eventPath cannot be used");
        }
        Ok(selection) => selection,
        Err(reason) => return empty_refusal(&reason),
    };
    let data = control.data();
    // Freeing gigabytes takes a while.
    match control.with_rules(Effort::Heavy, move |_| remove(&data, &selection)).await {
        Ok(is_done) => done_or_nothing(is_done),
        Err(reason) => empty_refusal(&reason),
    }
}

/// Was there anything to delete?
fn remove(data: &ServerData, selection: &Selection) -> Result<bool, &'static str> {
    Ok(match selection {
        Selection::All => data.delete_all(),
        Selection::Key(Key { method, uri }) => {
            method.is_some_and(|method| data.delete_key(method, uri))
        }
        Selection::Event { key: Key { method, uri }, number, .. } => {
            let Some(method) = *method else { return Ok(false) };
            match EventNumber::parse(number) {
                Ok(number) => data.delete_event(method, uri, number) == Deleted::Done,
                // Of a key that is not known the number does not matter.
                Err(_) if data.key(method, uri).is_none() => false,
                Err(_) => return Err("the event number is no number"),
            }
        }
    })
}
