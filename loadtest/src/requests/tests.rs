use super::*;

pub(super) const BASE: Base<'static> = Base { scheme: "http", authority: "127.0.0.1:8000" };

/// The request as text: the start, then the fields.
pub(super) fn text(request: &Request) -> String {
    let head = &request.head;
    let word = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines = vec![format!(
        "{} {}://{}{}",
        word(head.method()),
        word(head.scheme()),
        word(head.authority()),
        word(head.path())
    )];
    lines.extend(head.fields().map(|(name, value)| format!("{}: {}", word(name), word(value))));
    lines.join("\n")
}

fn build(
    method: Option<&str>,
    path: &str,
    headers: &[&str],
    body: Option<&'static str>,
) -> Result<Request, RequestError> {
    let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    let body = body.map(|text| Bytes::from_static(text.as_bytes()));
    let requests = Requests::from_options(BASE, method, path, &headers, body, Expect::default())?;
    assert_eq!(requests.list().len(), 1);
    Ok(requests.list()[0].clone())
}

fn agent() -> String {
    format!("user-agent: loadtest/{}", env!("CARGO_PKG_VERSION"))
}

#[test]
fn defaults() {
    let request = build(None, "", &[], None).unwrap();
    assert_eq!(text(&request), format!("GET http://127.0.0.1:8000/\n{}", agent()));
    assert_eq!(request.body, None);
    assert!(request.expect.accepts(204) && !request.expect.accepts(404));

    let request = build(None, "/a?b=c", &[], Some("{\"a\": 1}")).unwrap();
    assert_eq!(
        text(&request),
        format!(
            "POST http://127.0.0.1:8000/a?b=c\n{}\ncontent-type: application/json\ncontent-length: 8",
            agent()
        )
    );
    assert_eq!(request.body.as_deref(), Some(&b"{\"a\": 1}"[..]));
}

#[test]
fn what_is_given_takes_the_place_of_the_defaults() {
    let headers = [
        "User-Agent: me",
        "Content-Type:text/x",
        "X-Id:  a: b\t",
        "HOST: other:1",
        "Content-Length: 2",
    ];
    let request = build(Some("PUT"), "/", &headers, Some("{}")).unwrap();
    assert_eq!(
        text(&request),
        "PUT http://other:1/\ncontent-length: 2\nuser-agent: me\ncontent-type: text/x\nx-id: a: b"
    );
}

#[test]
fn only_objects_and_arrays_are_taken_for_json() {
    for (body, is_json) in
        [("[1]", true), (" {}", true), ("{", false), ("5", false), ("a", false), ("", false)]
    {
        let request = build(None, "/", &[], Some(body)).unwrap();
        assert_eq!(request.head.get(b"content-type").is_some(), is_json, "{body:?}");
        let length = body.len().to_string();
        assert_eq!(request.head.get(b"content-length"), Some(length.as_bytes()));
    }
}

#[test]
fn complaints_name_the_option_and_what_would_be_right() {
    let long = "a path like /a/b?c=d, other characters percent-encoded";
    let field = "a name like x-request-id and one line of text";
    for (method, path, header, complaint) in [
        ("G T", "/", "", "method: not a token (RFC 9110 section 9.1); right would be GET, POST or another token".to_owned()),
        ("", "/", "", "method: not a token (RFC 9110 section 9.1); right would be GET, POST or another token".to_owned()),
        ("CONNECT", "/", "", "method: CONNECT asks for a tunnel, not for an answer; right would be GET, POST or another token".to_owned()),
        ("GET", "a", "", format!("path: it does not begin with a slash; right would be {long}")),
        ("GET", "*", "", format!("path: it does not begin with a slash; right would be {long}")),
        ("GET", "/a b", "", format!("path: ' ' cannot be sent in a path; right would be {long}")),
        ("GET", "/\r\n", "", format!("path: '\\r' cannot be sent in a path; right would be {long}")),
        ("GET", "/#a", "", format!("path: '#' cannot be sent in a path; right would be {long}")),
        ("GET", "/\u{e9}", "", format!("path: '\u{e9}' cannot be sent in a path; right would be {long}")),
        ("GET", "/", "x", "header \"x\": no colon; right would be \"name: value\"".to_owned()),
        ("GET", "/", "a b: c", format!("header \"a b\": the name is not a token; right would be {field}")),
        ("GET", "/", "x: a\r\nb: c", format!("header \"x\": the value has a line break or a NUL; right would be {field}")),
        ("GET", "/", ": x", format!("header \"\": the name is not a token; right would be {field}")),
        ("GET", "/", "te: gzip", "header \"te\": HTTP/2 allows only trailers; right would be \"te: trailers\"".to_owned()),
        ("GET", "/", "Connection: close", "header \"Connection\": it belongs to the connection, not to a request; right would be to leave it out".to_owned()),
        ("GET", "/", "content-length: 5", "header \"content-length\": the body has 0 bytes; right would be to leave it out".to_owned()),
        ("GET", "/", "host: a/b", "header \"host\": no host; right would be \"host: example.com:8080\"".to_owned()),
    ] {
        let headers: Vec<&str> = Some(header).filter(|header| !header.is_empty()).into_iter().collect();
        let error = build(Some(method), path, &headers, None).unwrap_err();
        assert_eq!(error.to_string(), complaint);
        assert!(!error.to_string().contains(['\r', '\n']));
    }
    assert!(build(Some("OPTIONS"), "*", &[], None).is_ok());
    assert!(build(None, "/", &["te: trailers"], None).is_ok());
}
