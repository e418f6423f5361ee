use super::*;

#[tokio::test]
async fn posted_documents() {
    let harness = Harness::new();
    for (row, operation, body, status, text) in [
        ("not JSON", "server-provision", "{} x", 400, "failed to parse json from body request"),
        (
            "single schema-invalid",
            "server-provision",
            "{}",
            400,
            "server-provision operation; invalid schema",
        ),
        (
            "single schema-invalid",
            "server-provision",
            "7",
            400,
            "server-provision operation; invalid schema",
        ),
        (
            "single semantically invalid",
            "server-provision",
            r#"{"requestMethod":"GET","responseCode":1000}"#,
            400,
            "server-provision operation; invalid provision data received",
        ),
        (
            "single semantically invalid",
            "server-provision",
            r#"{"requestMethod":"GET","responseCode":200,"responseHeaders":{"a":"b\r\n"}}"#,
            400,
            "server-provision operation; invalid provision data received",
        ),
        (
            "single ok",
            "server-provision",
            ONE,
            201,
            "server-provision operation; valid schema and provision data received",
        ),
        (
            "array ok, including []",
            "server-provision/",
            "\u{feff}[]",
            201,
            "server-provision operation; valid schemas and provisions data received",
        ),
        (
            "array some element schema-invalid",
            "server-provision",
            "[{}]",
            400,
            "server-provision operation; detected one invalid schema",
        ),
        (
            "array some element semantically invalid",
            "server-provision",
            r#"[{"requestMethod":"GET","responseCode":-1}]"#,
            400,
            "server-provision operation; detected one invalid provision data received",
        ),
    ] {
        let reply = harness.call("POST", operation, body).await;
        assert_eq!(
            reply.parts(),
            (status, JSON, &result(status == 201, text)[..]),
            "{row}: {body}"
        );
        assert_eq!(reply.detail().is_some(), status == 400, "{row}: {body}");
    }
}

#[tokio::test]
async fn an_array_is_not_atomic_and_the_detail_says_where_it_stopped() {
    let harness = Harness::new();
    let array = format!(r#"[{ONE},{{"requestMethod":"GET"}},{}]"#, ONE.replace("one", "two"));
    let reply = harness.call("POST", "server-provision?explain=true", &array).await;
    assert_eq!(reply.status, 400);
    let detail = reply.detail().unwrap();
    assert!(detail.starts_with("#/1: ") && detail.contains("responseCode"), "{detail}");
    let quoted = understudy_model::json::quote(detail);
    let text = "server-provision operation; detected one invalid schema";
    let expected = format!(r#"{{ "result":"false", "response": "{text}", "detail": {quoted} }}"#);
    assert_eq!(reply.body, expected);
    assert!(harness.has_rule("/one"));
    assert!(!harness.has_rule("/two"));
}

#[tokio::test]
async fn provisions_are_listed_and_deleted() {
    let harness = Harness::new();
    for operation in ["server-provision", "server-provision/unused"] {
        let none = harness.call("GET", operation, "").await;
        assert_eq!(none.parts(), (204, JSON, ""), "204 without body if empty");
    }
    let nothing = harness.call("DELETE", "server-provision", "").await;
    assert_eq!(nothing.parts(), (204, None, ""), "204 if already empty");

    let two = ONE.replace("one", "two").replace("200", "201");
    for body in [&two, ONE, &two.replace("201", "202")] {
        assert_eq!(harness.call("POST", "server-provision", body).await.status, 201);
    }
    let listing = r#"[{"requestMethod":"GET","requestUri":"/two","responseCode":202},{"requestMethod":"GET","requestUri":"/one","responseCode":200}]"#;
    for operation in ["server-provision/", "server-provision/unused"] {
        let listed = harness.call("GET", operation, "").await;
        assert_eq!(listed.parts(), (200, JSON, listing), "{operation}");
    }
    let one = harness.call("DELETE", "server-provision", "").await;
    assert_eq!(one.parts(), (200, None, ""), "200 if something was there");
    assert!(!harness.has_rule("/one"));
    assert_eq!(harness.call("POST", "server-provision", ONE).await.status, 201);
    let listed = harness.call("GET", "server-provision", "").await;
    assert_eq!(
        listed.body, r#"[{"requestMethod":"GET","requestUri":"/one","responseCode":200}]"#,
        "an array also for one item"
    );
    let deleted = harness.call("DELETE", "server-provision?x=y&x=z", "").await;
    assert_eq!(deleted.parts(), (200, None, ""), "query ignored");
}

#[tokio::test]
async fn schema() {
    let harness = Harness::new();
    let schema = harness.call("GET", "server%2Dprovision%2Fschema", "").await;
    let text = std::str::from_utf8(understudy_model::schema::provision_text()).unwrap();
    assert_eq!(schema.parts(), (200, JSON, text));
}

#[tokio::test]
async fn a_long_array_takes_the_other_road_with_the_same_result() {
    let harness = Harness::new();
    let numbered = |i| ONE.replace("/one", &format!("/{i}"));
    let array = format!("[{}]", (0..1000).map(numbered).collect::<Vec<_>>().join(","));
    assert!(array.len() > limits::BODY_INLINE_BYTES_MAX);
    let reply = harness.call("POST", "server-provision", &array).await;
    assert_eq!(reply.status, 201);
    assert!((0..1000).all(|i| harness.has_rule(&format!("/{i}"))));
    let reply = harness.call("POST", "unknown", &array).await;
    assert_eq!(reply.status, 501);
    let reply = harness.call("POST", "unknown", &array[1..]).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn health_is_answered_while_the_rules_are_busy() {
    let harness = Harness::new();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let control = harness.control.clone();
    let busy = tokio::spawn(async move {
        control.with_rules(control::Effort::Heavy, move |_| released.recv()).await
    });
    tokio::task::yield_now().await;
    for path in ["health", "logging", "server-data", "server-data/configuration", "openapi.json"] {
        let reply = harness.ask("GET", &format!("/admin/v1/{path}")).await;
        assert!(reply.status < 300, "{path}");
    }
    assert!(!busy.is_finished());
    release.send(()).unwrap();
    busy.await.unwrap().unwrap();
}
