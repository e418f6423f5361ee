use super::*;

const INITIAL: &str = r#"{"algorithm":"FullMatching"}"#;

#[tokio::test]
async fn posted_documents() {
    const OK: &str = "server-matching operation; valid schema and matching data received";
    const SCHEMA: &str = "server-matching operation; invalid schema";
    const DATA: &str = "server-matching operation; invalid matching data received";
    const NOT_JSON: &str = "failed to parse json from body request";
    let harness = Harness::new();
    let mut in_force = INITIAL.to_owned();
    for (row, body, status, text) in [
        ("not JSON", "", 400, NOT_JSON),
        ("ok", r#"{"algorithm":"FullMatching"}"#, 201, OK),
        ("ok", r#"{"algorithm":"PriorityMatchingRegex"}"#, 201, OK),
        (
            "ok, the four filters",
            r#"{"algorithm":"FullMatching","uriPathQueryParametersFilter":"SortSemicolon"}"#,
            201,
            OK,
        ),
        (
            "ok, empty strings are fine",
            r#"{"algorithm":"FullMatchingRegexReplace","fmt":"","rgx":""}"#,
            201,
            OK,
        ),
        ("schema-invalid", "{}", 400, SCHEMA),
        ("schema-invalid", r#"{"algorithm":"Other"}"#, 400, SCHEMA),
        ("schema-invalid", r#"{"algorithm":"FullMatching","other":1}"#, 400, SCHEMA),
        (
            "FullMatching must not have rgx or fmt, either alone",
            r#"{"algorithm":"FullMatching","rgx":"a"}"#,
            400,
            DATA,
        ),
        (
            "PriorityMatchingRegex must not have rgx or fmt",
            r#"{"algorithm":"PriorityMatchingRegex","fmt":"a"}"#,
            400,
            DATA,
        ),
        (
            "FullMatchingRegexReplace must have both",
            r#"{"algorithm":"FullMatchingRegexReplace","rgx":"a"}"#,
            400,
            DATA,
        ),
        (
            "rgx that does not compile",
            r#"{"algorithm":"FullMatchingRegexReplace","rgx":"(","fmt":""}"#,
            400,
            DATA,
        ),
    ] {
        let reply = harness.call("POST", "server-matching", body).await;
        let is_ok = status == 201;
        assert_eq!(reply.parts(), (status, JSON, &result(is_ok, text)[..]), "{row}: {body}");
        assert_eq!(reply.detail().is_some(), !is_ok, "{row}: {body}");
        if is_ok {
            in_force = body.to_owned();
        }
        let shown = harness.call("GET", "server-matching", "").await;
        assert_eq!(shown.parts(), (200, JSON, &in_force[..]), "A9 7, {row}: refused is not shown");
    }
}

#[tokio::test]
async fn shown() {
    let harness = Harness::new();
    let initial = harness.call("GET", "server-matching", "").await;
    assert_eq!(initial.parts(), (200, JSON, INITIAL), "always 200, initially");
    let posted = r#"{ "uriPathQueryParametersFilter": "Ignore", "algorithm": "FullMatching" }"#;
    assert_eq!(harness.call("POST", "server-matching", posted).await.status, 201);
    let shown = harness.call("GET", "server-matching", "").await;
    let sorted = r#"{"algorithm":"FullMatching","uriPathQueryParametersFilter":"Ignore"}"#;
    assert_eq!(shown.body, sorted, "the last posted document, keys sorted");
    let schema = harness.call("GET", "server-matching/schema", "").await;
    let text = std::str::from_utf8(understudy_model::schema::matching_text()).unwrap();
    assert_eq!(schema.parts(), (200, JSON, text));
}

#[tokio::test]
async fn explained() {
    let harness = Harness::new();
    let body = r#"{"algorithm":"FullMatching","rgx":"a"}"#;
    let reply = harness.call("POST", "server-matching?explain=true", body).await;
    let explained: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(explained["detail"].as_str(), reply.detail());
    assert!(reply.detail().unwrap().starts_with("#/rgx: "), "{:?}", reply.detail());
}
