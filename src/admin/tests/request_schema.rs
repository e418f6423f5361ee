use super::*;

#[tokio::test]
async fn loaded_shown_and_kept() {
    const OK: &str =
        "server-data/schema operation; valid schema loaded to validate traffic requests";
    const FAILED: &str = "server-data/schema operation; load failed";
    let harness = Harness::new();
    let none = harness.call("GET", "server-data/schema", "").await;
    assert_eq!(none.parts(), (204, JSON, ""), "204 if none is active");
    let mut in_force = String::new();
    for (row, body, status, text) in [
        ("not JSON", "{", 400, "failed to parse json from body request"),
        ("ok", r#"{"required":["a"],"type":"object"}"#, 201, OK),
        ("not an object or boolean", "7", 400, FAILED),
        ("A9 24: an unknown type is refused", r#"{"type":"foo"}"#, 400, FAILED),
        ("true neutralises it", "true", 201, OK),
        ("{} neutralises it", "{}", 201, OK),
    ] {
        let reply = harness.call("POST", "server-data/schema", body).await;
        let is_ok = status == 201;
        assert_eq!(reply.parts(), (status, JSON, &result(is_ok, text)[..]), "{row}: {body}");
        assert_eq!(reply.detail().is_some(), !is_ok, "{row}: {body}");
        if is_ok {
            in_force = body.to_owned();
        }
        let shown = harness.call("GET", "server-data/schema", "").await;
        let expected =
            if in_force.is_empty() { (204, JSON, "") } else { (200, JSON, &in_force[..]) };
        assert_eq!(shown.parts(), expected, "A9 17, {row}: refused keeps the old one");
    }
}
