//! The requests of plain runs: one from options, or several from a file.

mod expect;
mod file;

pub use expect::Expect;

use bytes::Bytes;
use std::path::Path;
use understudy_wire::Head;
use understudy_wire::head::FieldKind;
use understudy_wire::prepared::check_field;

/// What is sent as `user-agent` unless a request has its own.
const USER_AGENT: &str = concat!("loadtest/", env!("CARGO_PKG_VERSION"));

/// Where requests go: these two are in each of them.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// `host:port`, or `host` at the scheme's own port.
    pub authority: &'a str,
}

/// A request that can be sent any number of times.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, scheme, authority, path and fields, `content-length` among them if there is a body.
    pub head: Head,
    /// Its content.
    pub body: Option<Bytes>,
    /// The statuses that are a good end.
    pub expect: Expect,
}

/// One request or more, to be sent in turn.
#[derive(Clone, Debug)]
pub struct Requests {
    list: Vec<Request>,
}

/// Why requests cannot be sent as they were given: one line with the place, what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RequestError(String);

impl Requests {
    /// One request. Without a method it is a POST if there is a body, else a GET. `headers` are `name: value` each; a
    /// `host` among them takes the place of the authority. A body that is a JSON object or array is sent with
    /// `content-type: application/json` unless there is another.
    pub fn from_options(
        base: Base<'_>,
        method: Option<&str>,
        path: &str,
        headers: &[String],
        body: Option<Bytes>,
        expect: Expect,
    ) -> Result<Requests, RequestError> {
        let mut fields = Vec::with_capacity(headers.len());
        for header in headers {
            let Some((name, value)) = header.split_once(':') else {
                let what = format!("header {header:?}: no colon; right would be \"name: value\"");
                return Err(RequestError(what));
            };
            fields.push((name.trim().to_owned(), value.to_owned()));
        }
        let body_is_json = body.as_deref().is_some_and(is_json_document);
        let draft = Draft { method, path, fields: &fields, body, body_is_json, expect };
        let request = draft.build(base).map_err(|fault| RequestError(fault.of_option()))?;
        Ok(Requests { list: vec![request] })
    }

    /// The requests of a file of JSON Lines, in the order of its lines:
    ///
    /// `{"method": "POST", "path": "/a?b=c", "headers": {"x": "y"}, "body": {"any": "JSON"}, "expect": 200}`
    ///
    /// Only `path` must be there. A body that is a string is sent as that text, `null` is no body, and any other is sent
    /// as it stands in the file, with `content-type: application/json` unless there is another. `expect` is a status, a
    /// class like `"2xx"`, or a list of them. Empty lines and those that begin with `#` are skipped.
    pub fn load(file: &Path, base: Base<'_>) -> Result<Requests, RequestError> {
        file::load(file, base).map(|list| Requests { list })
    }

    /// All of them; at least one.
    pub fn list(&self) -> &[Request] {
        &self.list
    }
}

/// Does it look like JSON that somebody meant as such? `5` and `true` are JSON as well, but more likely plain text.
fn is_json_document(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
        && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// A request as it was given.
struct Draft<'a> {
    method: Option<&'a str>,
    path: &'a str,
    fields: &'a [(String, String)],
    body: Option<Bytes>,
    body_is_json: bool,
    expect: Expect,
}

/// Which part of a request is wrong.
#[derive(Debug)]
enum Part {
    Line,
    Member(&'static str),
    Named(String),
    Field(String),
}

/// What is wrong with a request, and what would be right.
#[derive(Debug)]
struct Fault {
    part: Part,
    what: String,
    right: String,
}

impl Fault {
    fn new(part: Part, what: impl Into<String>, right: impl Into<String>) -> Fault {
        Fault { part, what: what.into(), right: right.into() }
    }

    /// The line for a request from options.
    fn of_option(&self) -> String {
        let part = match &self.part {
            Part::Line => String::new(),
            Part::Member(name) => format!("{name}: "),
            Part::Named(name) => format!("{name:?}: "),
            Part::Field(name) => format!("header {name:?}: "),
        };
        format!("{part}{}; right would be {}", self.what, self.right)
    }

    /// The line for a request from a file, with a JSON pointer (RFC 6901) to the member.
    fn of_file(&self) -> String {
        let escaped =
            |name: &str| name.replace('~', "~0").replace('/', "~1").escape_debug().to_string();
        let pointer = match &self.part {
            Part::Line => String::new(),
            Part::Member(name) => format!("/{name}: "),
            Part::Named(name) => format!("/{}: ", escaped(name)),
            Part::Field(name) => format!("/headers/{}: ", escaped(name)),
        };
        format!("{pointer}{}; right would be {}", self.what, self.right)
    }
}

impl Draft<'_> {
    fn build(self, base: Base<'_>) -> Result<Request, Fault> {
        let method = match self.method {
            Some(method) => method,
            None if self.body.is_some() => "POST",
            None => "GET",
        };
        check_method(method)?;
        let path = if self.path.is_empty() { "/" } else { self.path };
        check_path(method, path)?;
        let fields = self.checked_fields()?;
        let authority = fields.iter().find(|(name, _)| name == "host");
        let authority = authority.map_or(base.authority, |(_, value)| value);
        let mut head = Head::default();
        let [method, scheme, authority] = [method, base.scheme, authority].map(str::as_bytes);
        head.set_request(method, scheme, authority, path.as_bytes());
        let has = |wanted: &str| fields.iter().any(|(name, _)| name == wanted);
        if !has("user-agent") {
            head.push(b"user-agent", USER_AGENT.as_bytes());
        }
        if self.body_is_json && !has("content-type") {
            head.push(b"content-type", b"application/json");
        }
        if let Some(body) = &self.body {
            head.push(b"content-length", body.len().to_string().as_bytes());
        }
        for (name, value) in &fields {
            if !matches!(name.as_str(), "host" | "content-length") {
                head.push(name.as_bytes(), value.as_bytes());
            }
        }
        Ok(Request { head, body: self.body, expect: self.expect })
    }

    /// Names in lower case, values without the blanks around them.
    fn checked_fields(&self) -> Result<Vec<(String, &str)>, Fault> {
        let fields = self.fields.iter().map(|(name, value)| {
            let (lower, value) = (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']));
            self.check_field(&lower, value)
                .map_err(|(what, right)| Fault::new(Part::Field(name.clone()), what, right))?;
            Ok((lower, value))
        });
        fields.collect()
    }

    /// What is wrong with a field, and what would be right.
    fn check_field(&self, name: &str, value: &str) -> Result<(), (String, String)> {
        if name.starts_with(':') {
            let right = "the method, the path or the header host, which set these";
            return Err(("a pseudo-header field".to_owned(), right.to_owned()));
        }
        if let Err(reason) = check_field(name.as_bytes(), value.as_bytes()) {
            return Err((
                reason.to_owned(),
                "a name like x-request-id and one line of text".to_owned(),
            ));
        }
        let length = self.body.as_ref().map_or(0, Bytes::len).to_string();
        match FieldKind::of(name.as_bytes()) {
            FieldKind::ConnectionSpecific => {
                // RFC 9113 section 8.2.2
                Err((
                    "it belongs to the connection, not to a request".to_owned(),
                    "to leave it out".to_owned(),
                ))
            }
            FieldKind::Te if value != "trailers" => {
                Err(("HTTP/2 allows only trailers".to_owned(), "\"te: trailers\"".to_owned()))
            }
            FieldKind::ContentLength if value != length => {
                Err((format!("the body has {length} bytes"), "to leave it out".to_owned()))
            }
            // RFC 9110 section 7.2: what would end the authority early.
            FieldKind::Host
                if value.is_empty() || value.contains([' ', '\t', '/', '?', '#', '@']) =>
            {
                Err(("no host".to_owned(), "\"host: example.com:8080\"".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn check_method(method: &str) -> Result<(), Fault> {
    let fault = |what| Err(Fault::new(Part::Member("method"), what, "GET, POST or another token"));
    let is_token = check_field(method.as_bytes(), b"").is_ok();
    match method {
        "CONNECT" => fault("CONNECT asks for a tunnel, not for an answer"),
        _ if !is_token => fault("not a token (RFC 9110 section 9.1)"),
        _ => Ok(()),
    }
}

fn check_path(method: &str, path: &str) -> Result<(), Fault> {
    let fault = |what: String| {
        let right = "a path like /a/b?c=d, other characters percent-encoded";
        Err(Fault::new(Part::Member("path"), what, right))
    };
    // RFC 9112 section 3.2.4: the asterisk asks about the server as a whole.
    let is_target = path.starts_with('/') || path == "*" && method == "OPTIONS";
    if !is_target {
        return fault("it does not begin with a slash".to_owned());
    }
    match path.chars().find(|c| !c.is_ascii_graphic() || *c == '#') {
        Some(c) => fault(format!("{c:?} cannot be sent in a path")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
