use super::super::Requests;
use super::super::tests::{BASE, text as shown_request};
use super::*;
use proptest::prelude::*;
use std::io::Write;

fn requests(text: &str) -> Vec<Request> {
    parse(text.as_bytes(), BASE).unwrap_or_else(|(line, fault)| panic!("{line}: {fault:?}"))
}

fn body(request: &Request) -> Option<&str> {
    request.body.as_deref().map(|body| std::str::from_utf8(body).unwrap())
}

#[test]
fn lines_become_requests_in_their_order() {
    let list = requests(
        "# users\r\n\n{\"path\":\"/a\"}\r\n   \n  # more\n \
         {\"method\":\"PUT\",\"path\":\"/b?c=d\",\"headers\":{\"X-Id\":\"1\",\"accept\":\"*/*\"},\
         \"body\": {\"z\": 1.10,  \"a\": [18446744073709551616]} ,\"expect\":[201,\"4xx\"]}",
    );
    assert_eq!(list.len(), 2);
    let agent = format!("user-agent: loadtest/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(shown_request(&list[0]), format!("GET http://127.0.0.1:8000/a\n{agent}"));
    assert_eq!(
        shown_request(&list[1]),
        format!(
            "PUT http://127.0.0.1:8000/b?c=d\n{agent}\ncontent-type: application/json\ncontent-length: 41\n\
             x-id: 1\naccept: */*"
        )
    );
    let as_written = "{\"z\": 1.10,  \"a\": [18446744073709551616]}";
    assert_eq!(as_written.len(), 41);
    assert_eq!(body(&list[1]), Some(as_written));
    assert_eq!(list[1].expect.to_string(), "4xx,201");
    assert_eq!(list[0].expect, Expect::default());
}

#[test]
fn bodies_of_all_kinds() {
    for (json, content, is_json) in [
        ("\"a\\n\\u00e9\"", Some("a\n\u{e9}"), false),
        ("\"\"", Some(""), false),
        ("null", None, false),
        ("true", Some("true"), true),
        ("[]", Some("[]"), true),
        ("-1e2", Some("-1e2"), true),
    ] {
        let list = requests(&format!("{{\"path\":\"/\",\"body\":{json}}}"));
        assert_eq!(body(&list[0]), content, "{json}");
        assert_eq!(list[0].head.get(b"content-type").is_some(), is_json, "{json}");
        let method = if content.is_some() { &b"POST"[..] } else { b"GET" };
        assert_eq!(list[0].head.method(), method, "{json}");
    }
}

#[test]
fn expected_statuses_in_every_form() {
    for (json, shown) in [("200", "200"), ("\"2xx\"", "2xx"), ("[200, 404]", "200,404")] {
        let list = requests(&format!("{{\"path\":\"/\",\"expect\":{json}}}"));
        assert_eq!(list[0].expect.to_string(), shown);
    }
}

/// Each line stands fourth in a file, and is refused with this complaint.
fn refused(lines: &[(&str, String)]) {
    for (line, complaint) in lines {
        let text = format!("# first\n{{\"path\":\"/\"}}\n\n{line}\n");
        let (n, fault) = parse(text.as_bytes(), BASE).unwrap_err();
        assert_eq!((n, fault.of_file()), (4, complaint.clone()), "{line}");
    }
}

#[test]
fn complaints_name_the_line_and_the_member() {
    let right = "right would be";
    refused(&[
        ("{", format!("column 1: not JSON: EOF while parsing an object; {right} {EXAMPLE}")),
        ("[]", format!("not an object; {right} {EXAMPLE}")),
        (
            "{\"path\":\"/\"} x",
            format!("column 14: not JSON: trailing characters; {right} {EXAMPLE}"),
        ),
        (
            "{\"path\":\"/\",\"path\":\"/\"}",
            format!("/path: it stands there twice; {right} each name once"),
        ),
        ("{}", format!("/path: missing; {right} a text like \"/a?b=c\"")),
        ("{\"path\":1}", format!("/path: not a text; {right} a text like \"/a?b=c\"")),
        (
            "{\"path\":\"x\"}",
            format!(
                "/path: it does not begin with a slash; {right} a path like /a/b?c=d, other characters percent-encoded"
            ),
        ),
        (
            "{\"path\":\"/\",\"method\":null}",
            format!("/method: not a text; {right} a text like \"POST\""),
        ),
        (
            "{\"path\":\"/\",\"a/b~\":1}",
            format!(
                "/a~1b~0: an unknown member; {right} one of method, path, headers, body, expect"
            ),
        ),
    ]);
    let (n, fault) = parse(b"\n{\"path\":\"/\xff\"}", BASE).unwrap_err();
    assert_eq!((n, fault.what.as_str()), (2, "byte 11 is not UTF-8"));
}

#[test]
fn complaints_about_header_fields() {
    let right = "right would be";
    refused(&[
        (
            "{\"path\":\"/\",\"headers\":[]}",
            format!(
                "/headers: not an object; {right} an object of texts like {{\"x-request-id\": \"1\"}}"
            ),
        ),
        (
            "{\"path\":\"/\",\"headers\":{\"a\":\"1\",\"a\":\"2\"}}",
            format!("/headers/a: it stands there twice; {right} each name once"),
        ),
        (
            "{\"path\":\"/\",\"headers\":{\"x\":1}}",
            format!("/headers/x: not a text; {right} a text like \"1\""),
        ),
        (
            "{\"path\":\"/\",\"headers\":{\"x\":\"a\\nb\"}}",
            format!(
                "/headers/x: the value has a line break or a NUL; {right} a name like x-request-id and one line of text"
            ),
        ),
        (
            "{\"path\":\"/\",\"headers\":{\":path\":\"/\"}}",
            format!(
                "/headers/:path: a pseudo-header field; {right} the method, the path or the header host, which set these"
            ),
        ),
    ]);
}

#[test]
fn complaints_about_contents_and_expectations() {
    let right = "right would be";
    let expect = format!(
        "{right} statuses from 200 to 999 or classes like 2xx: 200, \"2xx\" or [200, \"4xx\"]"
    );
    refused(&[
        (
            "{\"path\":\"/\",\"body\":\"\\ud800\"}",
            format!("/body: not a text; {right} a text without lone surrogates, or any JSON"),
        ),
        ("{\"path\":\"/\",\"expect\":99}", format!("/expect: \"99\" is no status; {expect}")),
        ("{\"path\":\"/\",\"expect\":{}}", format!("/expect: \"{{}}\" is no status; {expect}")),
        (
            "{\"path\":\"/\",\"expect\":[200,\"ok\"]}",
            format!("/expect: \"ok\" is no status; {expect}"),
        ),
        (
            "{\"path\":\"/\",\"expect\":[]}",
            format!("/expect: an empty list accepts nothing; {expect}"),
        ),
    ]);
}

#[test]
fn files() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let name = file.path().display().to_string();
    let load = |path: &Path| {
        let loaded = Requests::load(path, BASE);
        loaded.map(|requests| requests.list().len()).map_err(|error| error.to_string())
    };
    assert_eq!(
        load(file.path()),
        Err(format!("{name}: no request in it; right would be lines like {{\"path\": \"/\"}}"))
    );
    file.write_all(b"\xef\xbb\xbf{\"path\":\"/\"}\n{\"path\":\"/\"}").unwrap();
    assert_eq!(load(file.path()), Ok(2));
    file.write_all(b"\n{\"path\":5}").unwrap();
    assert_eq!(
        load(file.path()),
        Err(format!("{name}:3: /path: not a text; right would be a text like \"/a?b=c\""))
    );
    let missing = load(Path::new("/nowhere/requests.jsonl")).unwrap_err();
    assert!(missing.starts_with("/nowhere/requests.jsonl: cannot be read: "), "{missing}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, BASE);
    }

    #[test]
    fn nothing_that_looks_like_a_request_makes_it_panic(
        member in "(path|method|headers|body|expect)",
        value in "(\"[ -~]{0,5}\"|[0-9]{1,4}|\\[[0-9]{1,3}\\]|\\{\"[ -~]{0,5}\":\"[ -~]{0,5}\"\\}|null)",
    ) {
        let line = format!("{{\"path\":\"/\",\"{member}\":{value}}}");
        if let Err((_, fault)) = parse(line.as_bytes(), BASE) {
            prop_assert!(!fault.of_file().contains('\n'));
        }
    }
}
