//! The answers of operations. Clients compare these bytes, blanks included.

use super::limits::DETAIL_BYTES_MAX;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use understudy_model::json;

/// What is said about a body that is not JSON, whatever the operation.
pub(super) const NOT_JSON: &str = "failed to parse json from body request";

/// What an operation tells its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OperationResult {
    status: StatusCode,
    /// One of the fixed texts of this interface; none needs escaping.
    text: &'static str,
    detail: Option<Detail>,
}

impl OperationResult {
    pub(super) fn created(text: &'static str) -> OperationResult {
        OperationResult { status: StatusCode::CREATED, text, detail: None }
    }

    pub(super) fn unsupported() -> OperationResult {
        let status = StatusCode::NOT_IMPLEMENTED;
        OperationResult { status, text: "unsupported operation", detail: None }
    }

    pub(super) fn refused(text: &'static str) -> OperationResult {
        OperationResult { status: StatusCode::BAD_REQUEST, text, detail: None }
    }

    pub(super) fn not_json(error: &json::ParseError) -> OperationResult {
        OperationResult::refused(NOT_JSON).because(error)
    }

    pub(super) fn because(mut self, detail: &impl ToString) -> OperationResult {
        self.detail = Some(Detail::new(detail));
        self
    }

    /// The answer; with `explain` the detail is in the body too, not only in the `x-error-detail` header.
    pub(super) fn into_response(self, explain: bool) -> Response {
        let mut body = result_text(self.status.is_success(), self.text);
        if let (true, Some(detail)) = (explain, &self.detail) {
            body.truncate(body.len() - " }".len());
            body.push_str(", \"detail\": ");
            body.push_str(&json::quote(&detail.0));
            body.push_str(" }");
        }
        let response = json_response(self.status, body);
        match self.detail {
            Some(detail) => detail.put_into(response, self.text),
            None => response,
        }
    }
}

/// The body of a result, in the spacing that clients know.
pub(super) fn result_text(is_success: bool, text: &str) -> String {
    format!("{{ \"result\":\"{is_success}\", \"response\": \"{text}\" }}")
}

/// What was wrong and where, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Detail(String);

impl Detail {
    fn new(detail: &impl ToString) -> Detail {
        let mut detail = detail.to_string();
        let end =
            (0..=DETAIL_BYTES_MAX.min(detail.len())).rev().find(|&i| detail.is_char_boundary(i));
        detail.truncate(end.unwrap_or(0));
        Detail(detail)
    }

    /// Puts it into the header of an answer, and with `said`, which the client is told anyway, into the log.
    fn put_into(self, mut response: Response, said: &str) -> Response {
        tracing::warn!(status = response.status().as_u16(), detail = self.0, "{said}");
        if let Ok(value) = HeaderValue::from_str(&visible_ascii(&self.0)) {
            response.headers_mut().insert("x-error-detail", value);
        }
        response
    }
}

/// RFC 9110 section 5.5 leaves nothing else that every client can read.
fn visible_ascii(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect()
}

/// An answer with a JSON body.
pub(super) fn json_response(status: StatusCode, body: impl Into<Body>) -> Response {
    typed_response(status, "application/json", body)
}

/// An answer with a body of that type.
pub(super) fn typed_response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// 200 with that document, or 204 without one, which keeps the content type.
pub(super) fn document_or_none(document: Option<impl Into<Body>>) -> Response {
    match document {
        Some(document) => json_response(StatusCode::OK, document),
        None => json_response(StatusCode::NO_CONTENT, Body::empty()),
    }
}

/// An answer without body and content type.
pub(super) fn empty_response(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// 200 when a change found something to change, else 204; no content type in either case.
pub(super) fn done_or_nothing(is_done: bool) -> Response {
    empty_response(if is_done { StatusCode::OK } else { StatusCode::NO_CONTENT })
}

/// 400 without body and content type: how PUT and DELETE refuse.
pub(super) fn empty_refusal(detail: &impl ToString) -> Response {
    Detail::new(detail).put_into(empty_response(StatusCode::BAD_REQUEST), "bad request")
}

/// 400 with the document `null`: how a GET refuses a selection. With `explain` an object with the detail instead.
pub(super) fn null_refusal(detail: &impl ToString, explain: bool) -> Response {
    let detail = Detail::new(detail);
    let body = match explain {
        true => format!("{{ \"detail\": {} }}", json::quote(&detail.0)),
        false => "null".to_owned(),
    };
    detail.put_into(json_response(StatusCode::BAD_REQUEST, body), "bad selection")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_cut_at_a_character_and_kept_visible() {
        let long = "\u{e9}".repeat(DETAIL_BYTES_MAX);
        let result = OperationResult::refused("x").because(&format!("a\n{long}"));
        let detail = result.detail.clone().unwrap().0;
        assert!(detail.len() <= DETAIL_BYTES_MAX && detail.len() > DETAIL_BYTES_MAX - 2);
        let response = result.into_response(false);
        let header = response.headers()["x-error-detail"].to_str().unwrap();
        assert!(header.starts_with("a???"), "{header}");
    }
}
