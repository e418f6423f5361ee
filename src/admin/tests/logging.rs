use super::*;

#[tokio::test]
async fn levels() {
    let harness = Harness::new();
    let shown = harness.ask("GET", "/admin/v1/logging").await;
    assert_eq!(shown.parts(), (200, Some("text/html"), "Warning"), "B1: GET logging");
    for (row, query, status, now) in [
        ("one of the eight names", "?level=Debug", 200, "Debug"),
        ("one of the eight names", "?level=Informational", 200, "Informational"),
        ("one of the eight names", "?level=Notice", 200, "Notice"),
        ("one of the eight names", "?level=Warning", 200, "Warning"),
        ("one of the eight names", "?level=Error", 200, "Error"),
        ("more severe: clamped to Error", "?level=Critical", 200, "Error"),
        ("unchanged", "?level=Error&other=x", 200, "Error"),
        ("one of the eight names", "?level=Notice", 200, "Notice"),
        ("more severe: clamped to Error", "?level=Alert", 200, "Error"),
        ("more severe: clamped to Error", "?level=Emergency", 200, "Error"),
        ("exactly", "?level=debug", 400, "Error"),
        ("exactly", "?level=Debug+", 400, "Error"),
        ("missing", "", 400, "Error"),
        ("missing", "?level=", 400, "Error"),
        ("repeated", "?level=Debug&level=Debug", 400, "Error"),
        ("not UTF-8", "?level=%ff", 400, "Error"),
    ] {
        let reply = harness.ask("PUT", &format!("/admin/v1/logging{query}")).await;
        assert_eq!(reply.parts(), (status, None, ""), "{row}: {query}");
        assert_eq!(reply.detail().is_some(), status == 400, "{row}: {query}");
        let shown = harness.ask("GET", "/admin/v1/logging/").await;
        assert_eq!(shown.body, now, "{row}: {query}");
    }
}
