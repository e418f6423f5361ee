//! What is documented is what is answered.

use super::*;
use crate::admin::routes::ROUTES;
use serde_json::Value;

async fn document(harness: &Harness) -> Value {
    let reply = harness.ask("GET", "/admin/v1/openapi.json").await;
    assert_eq!((reply.status, reply.content_type()), (200, JSON));
    serde_json::from_str(&reply.body).unwrap()
}

/// The answer of the document to that status, references followed.
fn documented<'d>(document: &'d Value, operation: &'d Value, status: u16) -> Option<&'d Value> {
    let answer = operation["responses"].get(status.to_string())?;
    match answer["$ref"].as_str() {
        Some(target) => document.pointer(target.strip_prefix('#')?),
        None => Some(answer),
    }
}

async fn check(harness: &Harness, document: &Value, path: &str, method: &str, query: &str) {
    let operation = &document["paths"][path][method.to_lowercase()];
    for body in ["", "{}", "true", ONE, r#"{"algorithm":"FullMatching"}"#] {
        let operation_path = format!("{}{query}", path.strip_prefix("/admin/v1/").unwrap());
        let reply = harness.call(method, &operation_path, body).await;
        let row = format!("{method} {path}{query} answered {}", reply.status);
        let answer = documented(document, operation, reply.status).expect(&row);
        if reply.body.is_empty() {
            assert_eq!(answer.get("content"), None, "{row}");
        } else {
            let content = &answer["content"][reply.content_type().unwrap()];
            assert!(content.is_object(), "{row}");
            if path.ends_with("/server-matching") && reply.status == 400 {
                let examples = content["examples"].as_object().unwrap();
                let said: Value = serde_json::from_str(&reply.body).unwrap();
                assert!(examples.values().any(|example| example["value"] == said), "{row}");
            }
        }
        let has_detail = answer["headers"].get("x-error-detail").is_some();
        assert_eq!(reply.detail().is_some(), has_detail, "{row}");
    }
}

#[tokio::test]
async fn every_answer_is_documented() {
    let harness = Harness::new();
    let document = document(&harness).await;
    for has_data in [false, true] {
        for route in &ROUTES {
            let path = format!("/admin/v1/{}", route.operation);
            for query in ["", "?requestMethod=GET", "?level=Debug", "?discard=1&discard=1"] {
                // Things are deleted meanwhile.
                if has_data {
                    harness.record("GET", "/a", 0);
                    harness.call("POST", "server-provision", ONE).await;
                }
                check(&harness, &document, &path, route.method.as_str(), query).await;
            }
        }
    }
}

#[tokio::test]
async fn parameters_of_the_document_are_those_that_count() {
    let harness = Harness::new();
    let document = document(&harness).await;
    let of = |path: &str, method: &str| {
        let parameters = document["paths"][format!("/admin/v1/{path}")][method]["parameters"]
            .as_array()
            .unwrap();
        let names = parameters.iter().map(|parameter| {
            let target = parameter["$ref"].as_str().unwrap();
            document.pointer(&target[1..]).unwrap()["name"].as_str().unwrap()
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        of("server-data", "delete"),
        ["requestMethod", "requestUri", "requestNumber", "eventNumber"]
    );
    assert_eq!(
        of("server-data/configuration", "put"),
        ["discard", "discardRequestsHistory", "discardKeyHistory"]
    );
    assert_eq!(of("logging", "put"), ["level"]);
    assert_eq!(of("server-data/summary", "get"), ["maxKeys", "explain"]);
}
