//! What operations answer.

use super::inputs::provision_example;
use super::{reference, schemas};
use crate::admin::gate::Refusal;
use crate::admin::result::NOT_JSON;
use crate::admin::routes::Action;
use crate::admin::{request_schema, server_data_configuration, server_matching};
use crate::publish::{Form, LoadError};
use serde_json::{Map, Value, json};
use understudy_model::ProvisionError;
use understudy_model::events::Storage;

/// The answers of an operation by status.
pub(super) fn of(action: Action) -> Value {
    match action {
        Action::LoadMatching => loading(
            &[server_matching::LOADED],
            &[server_matching::INVALID_SCHEMA, server_matching::INVALID_DATA],
        ),
        Action::LoadProvisions => loading(
            &[Form::One, Form::Array].map(Form::loaded_text),
            &[Form::One, Form::Array].map(refusals).concat(),
        ),
        Action::LoadRequestSchema => {
            loading(&[request_schema::LOADED], &[request_schema::LOAD_FAILED])
        }
        Action::ShowMatching => {
            let example = json!({ "algorithm": "FullMatching" });
            found("The configuration as posted", &reference("schemas", "ServerMatching"), &example)
        }
        Action::ShowMatchingSchema | Action::ShowProvisionSchema => {
            let example = json!({ "type": "object" });
            found("The schema", &json!({ "type": "object" }), &example)
        }
        Action::ListProvisions => or_none(provisions(), "There are no provisions"),
        Action::ListUnusedProvisions => or_none(provisions(), "There is no such provision"),
        Action::DeleteProvisions => deleted(),
        Action::ShowData => with_null_refusal(or_none(data(), "There is nothing of that kind")),
        Action::DeleteData => with_empty_refusal(deleted()),
        Action::ShowDataSummary => {
            let schema = reference("schemas", "ServerDataSummary");
            with_null_refusal(found("The summary", &schema, &schemas::summary_example()))
        }
        Action::ShowDataConfiguration => configuration(),
        Action::ShowRequestSchema => {
            let schema = json!({ "type": ["object", "boolean"] });
            let example = json!({ "type": "object", "required": ["id"] });
            or_none(found("The schema as posted", &schema, &example), "No schema is in force")
        }
        Action::DeleteRequestSchema => {
            with_empty_refusal(json!({ "200": { "description": "Deleted" } }))
        }
        Action::ChangeDataConfiguration | Action::ChangeLogLevel => {
            with_empty_refusal(json!({ "200": { "description": "Changed" } }))
        }
        Action::ShowHealth => {
            let schema = json!({ "type": "object", "required": ["status"] });
            found("It is", &schema, &json!({ "status": "healthy" }))
        }
        Action::ShowLogLevel => {
            let schema = reference("schemas", "LogLevel");
            let content = json!({ "text/html": { "schema": schema, "example": "Warning" } });
            json!({ "200": { "description": "The name of the level", "content": content } })
        }
        Action::ShowOpenApi => {
            found("This document", &json!({ "type": "object" }), &json!({ "openapi": "3.1.0" }))
        }
    }
}

/// 200 with a JSON document.
fn found(description: &str, schema: &Value, example: &Value) -> Value {
    let content = json!({ "application/json": { "schema": schema, "example": example } });
    json!({ "200": { "description": description, "content": content } })
}

fn or_none(mut answers: Value, description: &str) -> Value {
    answers["204"] = json!({ "description": description });
    answers
}

fn with_null_refusal(mut answers: Value) -> Value {
    answers["400"] = reference("responses", "BadSelection");
    answers
}

fn with_empty_refusal(mut answers: Value) -> Value {
    answers["400"] = reference("responses", "BadRequest");
    answers
}

fn deleted() -> Value {
    json!({
        "200": { "description": "Deleted" },
        "204": { "description": "There was nothing to delete" },
    })
}

fn provisions() -> Value {
    let schema = json!({ "type": "array", "items": reference("schemas", "ServerProvision") });
    found("The provisions as posted", &schema, &json!([provision_example()]))
}

fn data() -> Value {
    let key = reference("schemas", "ServerDataKey");
    let examples = json!({
        "everything": { "value": [schemas::key_example()] },
        "a key": { "value": schemas::key_example() },
        "an event": { "value": schemas::event_example() },
        "a part of an event": { "value": 200 },
    });
    let schema = json!({
        "description": "An array of keys without parameters; a key with method and URI; an event with a number \
                        as well; any JSON with a path",
        "anyOf": [
            { "type": "array", "items": key },
            key,
            reference("schemas", "ServerDataEvent"),
            true,
        ],
    });
    let content = json!({ "application/json": { "schema": schema, "examples": examples } });
    json!({ "200": { "description": "What was selected", "content": content } })
}

fn configuration() -> Value {
    let text = server_data_configuration::document(Storage { events: true, history: true });
    let example: Value = serde_json::from_str(&text).unwrap_or_default();
    let switch = json!({ "type": "string", "enum": ["true", "false"] });
    let members = example.as_object().into_iter().flatten();
    let properties: Map<_, _> = members.map(|(name, _)| (name.clone(), switch.clone())).collect();
    found(
        "The switches, as texts",
        &json!({ "type": "object", "properties": properties }),
        &example,
    )
}

fn refusals(form: Form) -> [&'static str; 2] {
    let schema = ProvisionError::Schema { pointer: String::new(), reason: String::new() };
    [schema, ProvisionError::data("", "")].map(|cause| LoadError { form, cause }.text())
}

/// The answers to a document that is loaded or not.
fn loading(loaded: &[&str], refused: &[&str]) -> Value {
    let refused = [refused, &[NOT_JSON]].concat();
    json!({
        "201": { "description": "Loaded and in force", "content": results(true, loaded) },
        "400": {
            "description": "Refused",
            "headers": { "x-error-detail": reference("headers", "ErrorDetail") },
            "content": results(false, &refused),
        },
        "408": reference("responses", "RequestTimeout"),
        "413": reference("responses", "ContentTooLarge"),
        "415": reference("responses", "UnsupportedMediaType"),
    })
}

/// The body of a result, with an example for each text.
fn results(is_success: bool, texts: &[&str]) -> Value {
    let example = |text: &&str| {
        let name = text.rsplit("; ").next().unwrap_or(text).to_owned();
        (name, json!({ "value": { "result": is_success.to_string(), "response": text } }))
    };
    let examples: Map<_, _> = texts.iter().map(example).collect();
    let schema = reference("schemas", "OperationResult");
    json!({ "application/json": { "schema": schema, "examples": examples } })
}

/// The header field of refusals.
pub(super) fn error_detail() -> Value {
    json!({
        "description": "What is wrong, behind a JSON pointer to where if it is in a document",
        "schema": { "type": "string" },
        "example": "#/1/responseCode: neither a status (100 to 999) nor the code of a stream reset (0 to 99)",
    })
}

/// The answers that several operations have.
pub(super) fn components() -> Value {
    let headers = json!({ "x-error-detail": reference("headers", "ErrorDetail") });
    let schema = json!({
        "type": ["null", "object"],
        "properties": { "detail": { "type": "string" } },
    });
    let body = json!({ "application/json": { "schema": schema, "example": null } });
    json!({
        "BadSelection": {
            "description": "The parameters do not select anything; with `explain=true` an object with the detail",
            "headers": headers,
            "content": body,
        },
        "BadRequest": { "description": "The parameters are wrong; no body", "headers": headers },
        "RequestTimeout": problem("The body took too long", Refusal::BodyTooSlow),
        "ContentTooLarge": problem("The body is too large", Refusal::BodyTooLarge),
        "UnsupportedMediaType":
            problem("The content type is not `application/json`", Refusal::UnsupportedMediaType),
    })
}

fn problem(description: &str, refusal: Refusal) -> Value {
    let example = json!({ "cause": refusal.cause() });
    let content = json!({
        "application/problem+json": { "schema": reference("schemas", "Problem"), "example": example },
    });
    json!({ "description": description, "content": content })
}
