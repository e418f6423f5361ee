//! A provision's answer, compiled to what the wire takes.

use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use understudy_model::reply::{Headers, Reply};
use understudy_model::transform::Program;
use understudy_model::{Provision, ProvisionError};
use understudy_wire::PreparedHead;
use understudy_wire::prepared::FieldError;

/// What a worker sends for a rule. Rendered once, when the provision is posted; sending it allocates nothing.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status and fields. Unused when the stream is reset.
    pub head: Arc<PreparedHead>,
    /// The same as posted, and the body; whether that may be sent is the status's and the method's business.
    pub reply: Arc<Reply>,
    /// How long it waits, counted from the reception of the request.
    pub delay: Duration,
    /// What is done with a request before it is answered.
    pub program: Option<Arc<Program>>,
}

/// The least code that is a status; those below reset the stream.
pub const STATUS_MIN: u16 = 100;

/// The status kept beside a reset. It is never sent.
const STATUS_BESIDE_RESET: u16 = 500;

/// Heads that are remembered for sharing. A set of provisions has few different ones; beyond, memory of them begins anew.
const HEADS_MAX: usize = 4096;

/// Heads rendered so far. Most provisions have the same few, and a million of them should wait for the memory of one.
#[derive(Debug, Default)]
pub struct Heads {
    known: HashMap<(u16, Headers), Arc<PreparedHead>>,
}

impl Heads {
    /// Status and fields rendered, and the fields, both shared with everybody who has the same.
    fn share(
        &mut self,
        code: u16,
        headers: &Headers,
    ) -> Result<(Headers, Arc<PreparedHead>), FieldError> {
        let key = (code, Arc::clone(headers));
        if let Some(((_, headers), head)) = self.known.get_key_value(&key) {
            return Ok((Arc::clone(headers), Arc::clone(head)));
        }
        let head = Arc::new(head(code, headers)?);
        if self.known.len() >= HEADS_MAX {
            self.known.clear();
        }
        self.known.insert(key, Arc::clone(&head));
        Ok((Arc::clone(headers), head))
    }

    /// Forgets all of them; who has one keeps it.
    pub fn clear(&mut self) {
        self.known.clear();
    }
}

impl Answer {
    /// Compiles a provision; fails on header fields that would change the meaning of the message on the wire.
    pub fn compile(provision: &Provision, heads: &mut Heads) -> Result<Answer, ProvisionError> {
        let Provision { reply, delay, program, .. } = provision;
        let (headers, head) = heads.share(reply.code, &reply.headers).map_err(|error| {
            // RFC 6901 section 3: how a name stands in a JSON pointer.
            let name = error.name.replace('~', "~0").replace('/', "~1");
            ProvisionError::data(format!("/responseHeaders/{name}"), error.reason)
        })?;
        let reply = Arc::new(Reply { headers, ..reply.clone() });
        Ok(Answer { head, reply, delay: *delay, program: program.clone() })
    }

    /// An answer that no provision asked for.
    pub fn fixed(code: u16, fields: &[(&str, &str)], body: String) -> Result<Answer, FieldError> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let headers: Vec<_> = fields.iter().map(owned).collect();
        let head = Arc::new(head(code, &headers)?);
        let reply = Arc::new(Reply {
            code,
            headers: Arc::new(headers),
            body: Bytes::from(body),
            ..Reply::default()
        });
        Ok(Answer { head, reply, delay: Duration::ZERO, program: None })
    }

    /// No answer at all: the stream is reset with this code (RFC 9113 section 7).
    #[inline]
    pub fn reset(&self) -> Option<u32> {
        (self.reply.code < STATUS_MIN).then_some(u32::from(self.reply.code))
    }
}

/// Renders status and fields; beside a reset the fields are only checked.
pub fn head(code: u16, fields: &[(String, String)]) -> Result<PreparedHead, FieldError> {
    let status = if code < STATUS_MIN { STATUS_BESIDE_RESET } else { code };
    let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    PreparedHead::new(status, fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compile(document: &serde_json::Value) -> Result<Answer, ProvisionError> {
        Answer::compile(&Provision::parse(document).unwrap(), &mut Heads::default())
    }

    #[test]
    fn statuses_and_resets() {
        let answer = compile(&json!({
            "requestMethod": "GET", "responseCode": 201, "responseBody": {"a": 1},
            "responseHeaders": {"X-A": "b"}, "responseDelayMs": 5,
        }));
        let answer = answer.unwrap();
        assert_eq!((answer.head.status(), answer.reset()), (201, None));
        assert_eq!(answer.reply.body, r#"{"a":1}"#);
        assert_eq!(answer.delay, Duration::from_millis(5));
        let reset = compile(&json!({"requestMethod": "GET", "responseCode": 8})).unwrap();
        assert_eq!(reset.reset(), Some(8));
    }

    #[test]
    fn equal_heads_are_shared() {
        let mut heads = Heads::default();
        let mut compile = |code: u16, value: &str| {
            let document = json!({"requestMethod": "GET", "responseCode": code, "responseHeaders": {"a": value}});
            Answer::compile(&Provision::parse(&document).unwrap(), &mut heads).unwrap()
        };
        let (one, same) = (compile(200, "b"), compile(200, "b"));
        assert!(Arc::ptr_eq(&one.head, &same.head));
        assert!(Arc::ptr_eq(&one.reply.headers, &same.reply.headers));
        let (other_code, other_value) = (compile(201, "b"), compile(200, "c"));
        assert_eq!(other_code.head.status(), 201);
        assert!(!Arc::ptr_eq(&one.head, &other_value.head));
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
