use super::*;
use std::path::Path;

#[test]
fn every_route_is_documented_and_every_path_is_routed() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let mut operations = 0;
    for (path, methods) in paths {
        let operation = path.strip_prefix("/admin/v1/").unwrap();
        for method in methods.as_object().unwrap().keys() {
            let method = axum::http::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let action = super::super::routes::find(&method, operation.as_bytes());
            assert!(action.is_some(), "{method} {path}");
            operations += 1;
        }
    }
    assert_eq!(operations, ROUTES.len());
    for route in &ROUTES {
        let path = format!("/admin/v1/{}", route.operation);
        let documented = &paths[&path][route.method.as_str().to_lowercase()];
        assert_eq!(documented["operationId"], route.id, "{path}");
    }
}

/// Every `$ref` in `value`.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(elements) => elements.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut targets = Vec::new();
    references(&document, &mut targets);
    for target in &targets {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let target = format!("#/components/{kind}/{name}");
            assert!(targets.contains(&target), "{target} is not used");
        }
    }
}

#[test]
fn request_schemas_are_those_that_documents_are_checked_against() {
    let document = document();
    for (name, text) in [
        ("ServerProvision", understudy_model::schema::provision_text()),
        ("ServerMatching", understudy_model::schema::matching_text()),
    ] {
        let shown = document["components"]["schemas"][name].to_string();
        let root = format!("#/components/schemas/{name}/");
        let mut shown: Value = shown.replace(&root, "#/").parse().unwrap();
        let checked = json::parse(text).unwrap();
        shown["$schema"] = checked["$schema"].clone();
        assert_eq!(shown, checked);
    }
}

/// Examples of bodies must be what the interface takes.
#[test]
fn examples_of_requests_are_accepted() {
    let mut publisher = crate::publish::Publisher::new();
    let document = document();
    for route in &ROUTES {
        let path = format!("/admin/v1/{}", route.operation);
        let operation = &document["paths"][path][route.method.as_str().to_lowercase()];
        let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
        for (name, example) in examples.as_object().into_iter().flatten() {
            let value = &example["value"];
            let is_accepted = match route.id {
                "loadServerMatching" => publisher.load_matching(value).is_ok(),
                "loadServerProvisions" => publisher.load(value).is_ok(),
                "loadRequestSchema" => publisher.load_request_schema(value).is_ok(),
                other => panic!("{other}: no body is expected"),
            };
            assert!(is_accepted, "{}: {name}", route.id);
        }
        let takes_body = route.method == axum::http::Method::POST;
        assert_eq!(examples.is_object(), takes_body, "{}", route.id);
    }
}

/// With `UNDERSTUDY_BLESS=1` the file is written instead.
#[test]
fn golden_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ct/golden/openapi.json");
    let text = format!("{:#}\n", document());
    if std::env::var_os("UNDERSTUDY_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == text,
        "the interface changed; if that is meant, run the test with UNDERSTUDY_BLESS=1 and review {}",
        path.display()
    );
}
