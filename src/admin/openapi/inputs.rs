//! What operations take: parameters and bodies.

use super::reference;
use crate::admin::limits::SUMMARY_KEYS_MAX;
use crate::admin::routes::Action;
use serde_json::{Value, json};

const SELECTION: [&str; 5] =
    ["requestMethod", "requestUri", "requestNumber", "eventNumber", "eventPath"];

/// Names of the query parameters that an operation looks at; others are ignored.
pub(super) fn parameters(action: Action) -> Vec<&'static str> {
    match action {
        Action::LoadMatching | Action::LoadProvisions | Action::LoadRequestSchema => {
            vec!["explain"]
        }
        Action::ShowData => [&SELECTION[..], &["explain"]].concat(),
        Action::DeleteData => SELECTION[..4].to_vec(),
        Action::ShowDataSummary => vec!["maxKeys", "explain"],
        Action::ChangeDataConfiguration => {
            vec!["discard", "discardRequestsHistory", "discardKeyHistory"]
        }
        Action::ChangeLogLevel => vec!["level"],
        Action::ShowMatching
        | Action::ShowMatchingSchema
        | Action::ListProvisions
        | Action::DeleteProvisions
        | Action::ShowProvisionSchema
        | Action::ListUnusedProvisions
        | Action::ShowDataConfiguration
        | Action::ShowRequestSchema
        | Action::DeleteRequestSchema
        | Action::ShowHealth
        | Action::ShowLogLevel
        | Action::ShowOpenApi => Vec::new(),
    }
}

/// What the summary leaves out; empty where it says all.
pub(super) fn description(action: Action) -> &'static str {
    match action {
        Action::LoadMatching => {
            "In force when the answer arrives. A refused document changes nothing. Without \
             `uriPathQueryParametersFilter` the filter is `SortAmpersand`."
        }
        Action::LoadProvisions => {
            "In force when the answer arrives. A provision with the state, method and URI of another \
             replaces it and keeps its place. An array is loaded up to the first refused element; what \
             was loaded before stays."
        }
        Action::ShowData => {
            "Everything, one key (method and URI together) or one event of a key. A parameter that comes \
             twice is refused. Long answers are streamed while traffic goes on."
        }
        Action::DeleteData => {
            "Everything, one key (method and URI together) or one event of a key. A parameter that comes \
             twice is refused, so that a mistyped selection does not delete everything."
        }
        Action::ChangeDataConfiguration => {
            "A parameter that is missing or empty leaves its switch as it is. What is stored already stays."
        }
        Action::LoadRequestSchema => {
            "Traffic requests whose body does not fit are answered 400. A refused schema leaves the one \
             before in force; `true` fits every JSON document."
        }
        _ => "",
    }
}

/// The body that an operation wants.
pub(super) fn request_body(action: Action) -> Option<Value> {
    let (schema, examples) = match action {
        Action::LoadMatching => (
            reference("schemas", "ServerMatching"),
            json!({
                "default": { "value": { "algorithm": "FullMatching" } },
                "replace": { "value": {
                    "algorithm": "FullMatchingRegexReplace",
                    "rgx": "(/orders/[0-9]+)/ts-[0-9]+",
                    "fmt": "$1",
                } },
            }),
        ),
        Action::LoadProvisions => {
            let provision = reference("schemas", "ServerProvision");
            (
                json!({ "oneOf": [provision, { "type": "array", "items": provision }] }),
                json!({
                    "one": { "value": provision_example() },
                    "array": { "value": [provision_example()] },
                }),
            )
        }
        Action::LoadRequestSchema => (
            json!({ "type": ["object", "boolean"], "description": "A JSON schema, draft 7" }),
            json!({ "object": { "value": { "type": "object", "required": ["id"] } } }),
        ),
        _ => return None,
    };
    let content = json!({ "application/json": { "schema": schema, "examples": examples } });
    Some(json!({ "required": true, "content": content }))
}

/// A provision for examples.
pub(super) fn provision_example() -> Value {
    json!({
        "requestMethod": "GET",
        "requestUri": "/orders/1",
        "responseCode": 200,
        "responseHeaders": { "content-type": "application/json" },
        "responseBody": { "id": 1 },
    })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// All parameters by name.
pub(super) fn components() -> Value {
    let number = json!({ "type": "integer" });
    let switch = json!({ "type": "boolean" });
    let text = json!({ "type": "string" });
    let keys = json!({ "type": "integer", "minimum": 0, "default": SUMMARY_KEYS_MAX });
    let mut level = query("level", "The least severe level that is logged", &text);
    level["required"] = true.into();
    level["schema"] = reference("schemas", "LogLevel");
    let parameters = [
        query("explain", "`true` puts the reason of a refusal into the body as well", &switch),
        query("requestMethod", "Method of a key; needs `requestUri`", &text),
        query(
            "requestUri",
            "URI of a key, decoded and with its parameters sorted; needs `requestMethod`. The query is decoded before it \
             is split, so a URI with `&` in it cannot be given",
            &text,
        ),
        query(
            "requestNumber",
            "Position of an event from 1, in the order of reception; -1 is the last",
            &number,
        ),
        query("eventNumber", "Another name of `requestNumber`", &number),
        query("eventPath", "JSON pointer to a part of the event; needs a number", &text),
        query("maxKeys", "How many keys to list at most", &keys),
        query("discard", "`true` stores no events from now on, another text does", &switch),
        query("discardRequestsHistory", "`true` keeps only the last event of each key", &switch),
        query("discardKeyHistory", "Another name of `discardRequestsHistory`", &switch),
        level,
    ];
    let named = parameters.map(|parameter| {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        (name, parameter)
    });
    Value::Object(named.into_iter().collect())
}
