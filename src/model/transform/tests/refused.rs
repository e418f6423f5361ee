//! What cannot work is refused when it is posted, with its place.

use super::*;

fn refused(items: &Json) -> String {
    match Program::compile(items, None) {
        Ok(_) => panic!("{items} is accepted"),
        Err(error @ ProvisionError::Data { .. }) => error.to_string(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn sources_and_targets() {
    for (row, source) in [
        ("section A1.4: general.timestamp.|s", "general.timestamp.|s"),
        ("section A9, 3: beyond 32 bits", "general.random.0.2147483648"),
        ("section A9, 3: beyond 64 bits", "random.-99999999999999999999.0"),
        ("section A9, 16: var", "var.a\nb"),
        ("section A9, 16: request.body", "request.body.a\r"),
        ("section A9, 16: request.header", "request.header.a\nb"),
        ("strftime", "general.strftime.%Y\n"),
        ("unknown", "request.uri.paths"),
        ("empty tail", "var."),
        ("random without dot", "random.12"),
        ("bad escape in a pointer", "request.body./a~2"),
        ("serverEvent without number", "serverEvent.requestMethod=GET&requestUri=/a"),
        ("serverEvent: empty uri", "serverEvent.requestMethod=GET&requestUri=&eventNumber=1"),
        ("serverEvent: no number", "serverEvent.requestMethod=GET&requestUri=/a&eventNumber=last"),
        (
            "serverEvent: path",
            "serverEvent.requestMethod=GET&requestUri=/a&eventNumber=1&eventPath=a",
        ),
        (
            "serverEvent: twice",
            "serverEvent.requestMethod=GET&requestMethod=GET&requestUri=/a&eventNumber=1",
        ),
        ("serverEvent: unknown member", "serverEvent.requestMethod=GET&requestUri=/a&recvseq=1"),
    ] {
        let items = json!([{"source": "inState", "target": "var.x"}, {"source": source, "target": "var.x"}]);
        assert!(refused(&items).starts_with("#/1/source: "), "{row}");
    }
    for (row, target) in [
        ("line break", "response.body.string.a\nb"),
        ("header name: blank", "response.header.a b"),
        ("header name: pseudo-header", "response.header.:status"),
        ("header name: beyond ASCII", "response.header.é"),
        ("unknown", "response.body.text"),
        ("method", "outState.get"),
        ("bad escape", "response.body.json.string./~"),
        ("empty path", "response.body.json.string."),
        ("serverEvent", "serverEvent.requestMethod=GET&requestUri=/a"),
    ] {
        let items = json!([{"source": "inState", "target": target}]);
        assert!(refused(&items).starts_with("#/0/target: "), "{row}");
    }
}

#[test]
fn filters() {
    for (filter, pointer) in [
        (json!({"RegexCapture": "("}), "/0/filter/RegexCapture"),
        (json!({"RegexReplace": {"rgx": "[", "fmt": ""}}), "/0/filter/RegexReplace/rgx"),
        (json!({"Split": {"size": 5000}}), "/0/filter/Split"),
        (json!({"Sum": "1"}), "/0/filter/Sum"),
        (json!({}), "/0/filter"),
        (json!({"Unknown": "x"}), "/0/filter"),
        (json!(5), "/0/filter"),
    ] {
        let items = json!([{"source": "inState", "target": "var.x", "filter": filter}]);
        assert!(refused(&items).starts_with(&format!("#{pointer}: ")), "{}", refused(&items));
        let nested = json!([{"source": "inState", "target": "var.x", "onFilterFail": items}]);
        let pointer = format!("#/0/onFilterFail{pointer}: ");
        assert!(refused(&nested).starts_with(&pointer), "{}", refused(&nested));
    }
}

#[test]
fn nesting_is_bounded() {
    let nest = |levels: usize| {
        (0..levels).fold(
            json!([{"source": "inState", "target": "var.x"}]),
            |list, _| json!([{"source": "inState", "target": "var.x", "onFilterFail": list}]),
        )
    };
    assert!(Program::compile(&nest(ON_FILTER_FAIL_DEPTH_MAX), None).is_ok());
    assert!(refused(&nest(ON_FILTER_FAIL_DEPTH_MAX + 1)).contains("nest deeper"));
    for other in [json!(null), json!([5]), json!([{}]), json!([{"source": 1, "target": "var.x"}])] {
        refused(&other);
    }
}
