//! What every admin request passes first: method, then headers, then the prefix of the path.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use understudy_model::matching::uri;

/// The version of the interface, part of every path.
pub(super) const API_VERSION: &str = "v1";

/// What every path begins with.
pub(super) const PREFIX: &str = "/admin/v1";

const ALLOW: &str = "POST, GET, DELETE, PUT";

/// Why a request does not reach any resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    MethodNotAllowed,
    UnsupportedMediaType,
    InvalidApi,
    BodyTooLarge,
    BodyTooSlow,
}

impl Refusal {
    fn status_and_cause(self) -> (StatusCode, &'static str) {
        match self {
            Refusal::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"),
            Refusal::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE")
            }
            Refusal::InvalidApi => (StatusCode::BAD_REQUEST, "INVALID_API"),
            Refusal::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "CONTENT_TOO_LARGE"),
            Refusal::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
        }
    }

    /// The text in the problem document.
    pub(super) fn cause(self) -> &'static str {
        self.status_and_cause().1
    }

    /// The answer. To a HEAD request it has the same fields and no body (RFC 9110 section 9.3.2).
    pub(super) fn into_response(self, method: &Method) -> Response {
        let (status, cause) = self.status_and_cause();
        let body = format!("{{\"cause\":\"{cause}\"}}");
        let length = HeaderValue::from(body.len());
        let body = if method == Method::HEAD { Body::empty() } else { Body::from(body) };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if self == Refusal::MethodNotAllowed {
            headers.insert(header::ALLOW, HeaderValue::from_static(ALLOW));
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LENGTH, length);
        headers.insert("x-version", HeaderValue::from_static(API_VERSION));
        response
    }
}

/// Lets a request in: the name of the operation, which is the decoded path without prefix, the slash after it and
/// one slash at the end.
pub(super) fn admit(head: &Parts) -> Result<Vec<u8>, Refusal> {
    let method = &head.method;
    if ![Method::POST, Method::GET, Method::DELETE, Method::PUT].contains(method) {
        return Err(Refusal::MethodNotAllowed);
    }
    if method == Method::POST && !announces_json(&head.headers) {
        return Err(Refusal::UnsupportedMediaType);
    }
    let mut path = Vec::new();
    uri::decode_path(head.uri.path().as_bytes(), &mut path);
    operation(&path).map(<[u8]>::to_vec).ok_or(Refusal::InvalidApi)
}

/// The content type counts as it is written, without parameters; without one, a body of known length passes.
fn announces_json(headers: &HeaderMap) -> bool {
    match headers.get(header::CONTENT_TYPE) {
        Some(content_type) => content_type == "application/json",
        None => headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0"),
    }
}

fn operation(path: &[u8]) -> Option<&[u8]> {
    match path.strip_prefix(PREFIX.as_bytes())? {
        b"" => Some(b""),
        [b'/', rest @ ..] => Some(rest.strip_suffix(b"/").unwrap_or(rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn admit_with(method: &str, path: &str, headers: &[(&str, &str)]) -> Result<String, Refusal> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let admitted = admit(&request.body(()).unwrap().into_parts().0);
        admitted.map(|operation| String::from_utf8(operation).unwrap())
    }

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    #[test]
    fn method_before_headers_before_path() {
        for method in ["PATCH", "OPTIONS", "HEAD", "get", "Post", "TRACE"] {
            assert_eq!(admit_with(method, "/nowhere", &[]), Err(Refusal::MethodNotAllowed));
        }
        assert_eq!(admit_with("POST", "/nowhere", &[]), Err(Refusal::UnsupportedMediaType));
        assert_eq!(admit_with("POST", "/nowhere", JSON), Err(Refusal::InvalidApi));
        for method in ["GET", "PUT", "DELETE"] {
            assert_eq!(admit_with(method, "/nowhere", &[]), Err(Refusal::InvalidApi));
            let text = [("content-type", "text/plain")];
            assert_eq!(admit_with(method, "/admin/v1/x", &text), Ok("x".to_owned()));
        }
    }

    #[test]
    fn media_type_of_a_post() {
        let post = |headers: &[(&str, &str)]| admit_with("POST", "/admin/v1/x", headers).is_ok();
        assert!(post(JSON));
        assert!(post(&[("content-type", "application/json"), ("content-type", "text/plain")]));
        assert!(!post(&[("content-type", "text/plain"), ("content-type", "application/json")]));
        for refused in ["", "application/json; charset=utf-8", "Application/json", "text/plain"] {
            assert!(!post(&[("content-type", refused), ("content-length", "2")]), "{refused:?}");
        }
        assert!(post(&[("content-length", "2")]));
        assert!(!post(&[("content-length", "0")]));
        assert!(!post(&[]));
    }

    #[test]
    fn operation_names() {
        for (path, operation) in [
            ("/admin/v1", Some("")),
            ("/admin/v1/", Some("")),
            ("/admin/v1/a", Some("a")),
            ("/admin/v1/a/?b=c/", Some("a")),
            ("/admin/v1/a//", Some("a/")),
            ("/%61dmin%2Fv1/server%2dmatching", Some("server-matching")),
            ("/admin/v1x", None),
            ("/admin/v2/a", None),
            ("/Admin/v1/a", None),
            ("/", None),
        ] {
            let expected = operation.map(str::to_owned).ok_or(Refusal::InvalidApi);
            assert_eq!(admit_with("GET", path, &[]), expected, "{path}");
        }
    }
}
