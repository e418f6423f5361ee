//! The answers of operations. Clients compare these bytes, blanks included.

use super::limits::DETAIL_BYTES_MAX;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use understudy_model::json;

/// What an operation tells its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OperationResult {
    status: StatusCode,
    /// One of the fixed texts of this interface; none needs escaping.
    text: &'static str,
    /// What was wrong and where, for people.
    detail: Option<String>,
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
        OperationResult::refused("failed to parse json from body request").because(error)
    }

    pub(super) fn because(mut self, detail: &impl ToString) -> OperationResult {
        let mut detail = detail.to_string();
        let end =
            (0..=DETAIL_BYTES_MAX.min(detail.len())).rev().find(|&i| detail.is_char_boundary(i));
        detail.truncate(end.unwrap_or(0));
        self.detail = Some(detail);
        self
    }

    /// The answer; with `explain` the detail is in the body too, not only in the `x-error-detail` header.
    pub(super) fn into_response(self, explain: bool) -> Response {
        let mut body = format!(
            "{{ \"result\":\"{}\", \"response\": \"{}\"",
            self.status.is_success(),
            self.text
        );
        if let (true, Some(detail)) = (explain, &self.detail) {
            body.push_str(", \"detail\": ");
            body.push_str(&json::quote(detail));
        }
        body.push_str(" }");
        let mut response = json_response(self.status, body);
        if let Some(detail) = self.detail {
            tracing::warn!(status = self.status.as_u16(), detail, "{}", self.text);
            if let Ok(value) = HeaderValue::from_str(&visible_ascii(&detail)) {
                response.headers_mut().insert("x-error-detail", value);
            }
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
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without body and content type.
pub(super) fn empty_response(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_cut_at_a_character_and_kept_visible() {
        let long = "\u{e9}".repeat(DETAIL_BYTES_MAX);
        let result = OperationResult::refused("x").because(&format!("a\n{long}"));
        let detail = result.detail.clone().unwrap();
        assert!(detail.len() <= DETAIL_BYTES_MAX && detail.len() > DETAIL_BYTES_MAX - 2);
        let response = result.into_response(false);
        let header = response.headers()["x-error-detail"].to_str().unwrap();
        assert!(header.starts_with("a???"), "{header}");
    }
}
