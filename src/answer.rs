//! A provision's answer, compiled to what the wire takes.

use bytes::Bytes;
use std::time::Duration;
use understudy_model::{Outcome, Provision, ProvisionError};
use understudy_wire::PreparedHead;

/// What a worker sends for a rule. Rendered once, when the provision is posted; sending it allocates nothing.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status and fields. Unused when the stream is reset.
    pub head: PreparedHead,
    /// The body; whether it may be sent is the status's and the method's business.
    pub body: Bytes,
    /// How long it waits, counted from the reception of the request.
    pub delay: Duration,
    /// No answer at all: the stream is reset with this code (RFC 9113 section 7).
    pub reset: Option<u32>,
}

/// The status kept beside a reset. It is never sent.
const STATUS_BESIDE_RESET: u16 = 500;

impl Answer {
    /// Compiles a provision; fails on header fields that would change the meaning of the message on the wire.
    pub fn compile(provision: &Provision) -> Result<Answer, ProvisionError> {
        let (status, reset) = match provision.outcome {
            Outcome::Status(status) => (status, None),
            Outcome::Reset(code) => (STATUS_BESIDE_RESET, Some(code)),
        };
        let fields =
            provision.headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        let head = PreparedHead::new(status, fields).map_err(|error| {
            // RFC 6901 section 3: how a name stands in a JSON pointer.
            let name = error.name.replace('~', "~0").replace('/', "~1");
            ProvisionError::data(format!("/responseHeaders/{name}"), error.reason)
        })?;
        Ok(Answer { head, body: provision.body.clone(), delay: provision.delay, reset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compile(document: &serde_json::Value) -> Result<Answer, ProvisionError> {
        Answer::compile(&Provision::parse(document).unwrap())
    }

    #[test]
    fn statuses_and_resets() {
        let answer = compile(&json!({
            "requestMethod": "GET", "responseCode": 201, "responseBody": {"a": 1},
            "responseHeaders": {"X-A": "b"}, "responseDelayMs": 5,
        }));
        let answer = answer.unwrap();
        assert_eq!((answer.head.status(), answer.reset), (201, None));
        assert_eq!(answer.body, r#"{"a":1}"#);
        assert_eq!(answer.delay, Duration::from_millis(5));
        let reset = compile(&json!({"requestMethod": "GET", "responseCode": 8})).unwrap();
        assert_eq!(reset.reset, Some(8));
    }

    #[test]
    fn fields_that_cannot_be_sent() {
        for (name, value, pointer) in [
            ("a", "b\r\nc: d", "#/responseHeaders/a: "),
            ("a b", "c", "#/responseHeaders/a b: "),
            ("a/~", "c", "#/responseHeaders/a~1~0: "),
            (":status", "200", "#/responseHeaders/:status: "),
            ("", "c", "#/responseHeaders/: "),
        ] {
            let document = json!({
                "requestMethod": "GET", "responseCode": 200, "responseHeaders": {name: value},
            });
            let error = compile(&document).unwrap_err();
            assert!(matches!(error, ProvisionError::Data { .. }));
            assert!(error.to_string().starts_with(pointer), "{error}");
        }
    }
}
