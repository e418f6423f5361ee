//! A provision: which request it is for, and what is answered.

use crate::json;
use crate::reply::{Headers, Reply};
use crate::schema::{self, Mismatch};
use crate::transform::Program;
use crate::transform::body::static_body;
use crate::{Method, STATE_INITIAL};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// One provision, checked, in the units that the rest of the program uses.
#[derive(Clone, Debug)]
pub struct Provision {
    /// The state a request must be in; never empty.
    pub in_state: Cow<'static, str>,
    /// The state afterwards; as posted, so it may be empty, which counts as [`STATE_INITIAL`].
    pub out_state: Cow<'static, str>,
    /// The method it answers.
    pub method: Method,
    /// The normalised URI it answers, decoded; empty for the default provision.
    pub uri: Arc<str>,
    /// Status or reset, header fields and body. Names and values of the fields are unchecked.
    pub reply: Reply,
    /// What is done with a request before it is answered; without one it is answered as posted.
    pub program: Option<Arc<Program>>,
    /// How long the answer waits, counted from the reception of the request.
    pub delay: Duration,
    /// The document as posted, compact with sorted keys.
    pub document: Box<[u8]>,
}

/// Why a document is no provision. Pointers are JSON pointers in fragment form (RFC 6901 section 6).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionError {
    /// It does not fit the schema.
    #[error("#{pointer}: {reason}")]
    Schema {
        /// The part that does not fit.
        pointer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It fits the schema and cannot be answered with.
    #[error("#{pointer}: {reason}")]
    Data {
        /// The part that cannot be used.
        pointer: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl ProvisionError {
    /// The data at `pointer` cannot be used.
    pub fn data(pointer: impl Into<String>, reason: impl Into<String>) -> ProvisionError {
        ProvisionError::Data { pointer: pointer.into(), reason: reason.into() }
    }

    /// The same error seen from an array that has the document at `index`.
    pub fn at_index(self, index: usize) -> ProvisionError {
        self.below(&format!("/{index}"))
    }

    /// The same error seen from a document that has this one at `place`.
    pub fn below(mut self, place: &str) -> ProvisionError {
        let (ProvisionError::Schema { pointer, .. } | ProvisionError::Data { pointer, .. }) =
            &mut self;
        pointer.insert_str(0, place);
        self
    }
}

impl From<Mismatch> for ProvisionError {
    fn from(mismatch: Mismatch) -> ProvisionError {
        ProvisionError::Schema { pointer: mismatch.pointer, reason: mismatch.reason }
    }
}

impl Provision {
    /// Checks a document against the schema and against what can be answered.
    pub fn parse(document: &Value) -> Result<Provision, ProvisionError> {
        schema::validate_provision(document)?;
        let text = |member: &str| document[member].as_str();
        let in_state = text("inState").filter(|state| !state.is_empty());
        let method = Method::register(text("requestMethod").unwrap_or_default())
            .map_err(|error| ProvisionError::data("/requestMethod", error.to_string()))?;
        let body = document.get("responseBody");
        let uri: Arc<str> = text("requestUri").unwrap_or_default().into();
        let reply = Reply {
            code: parse_code(&document["responseCode"])?,
            headers: parse_headers(&document["responseHeaders"]),
            body: static_body(body),
            provision_uri: Arc::clone(&uri),
        };
        let program = document.get("transform").map(|items| Program::compile(items, body));
        let program = program.transpose().map_err(|error| error.below("/transform"))?;
        Ok(Provision {
            in_state: state_or_initial(in_state),
            out_state: state_or_initial(text("outState")),
            method,
            uri,
            reply,
            program: program.map(Arc::new),
            delay: parse_delay(document.get("responseDelayMs"))?,
            document: json::to_compact(document).into_boxed_slice(),
        })
    }
}

/// The usual state takes no memory.
fn state_or_initial(state: Option<&str>) -> Cow<'static, str> {
    match state {
        None | Some(STATE_INITIAL) => Cow::Borrowed(STATE_INITIAL),
        Some(state) => Cow::Owned(state.to_owned()),
    }
}

/// A status, or the error code of a stream reset (RFC 9113 section 7).
fn parse_code(code: &Value) -> Result<u16, ProvisionError> {
    require_integer("/responseCode", code)?;
    match code.as_u64().map(u16::try_from) {
        Some(Ok(code @ 0..=999)) => Ok(code),
        _ => Err(ProvisionError::data(
            "/responseCode",
            "neither a status (100 to 999) nor the code of a stream reset (0 to 99)",
        )),
    }
}

fn parse_delay(delay_ms: Option<&Value>) -> Result<Duration, ProvisionError> {
    let Some(delay_ms) = delay_ms else { return Ok(Duration::ZERO) };
    require_integer("/responseDelayMs", delay_ms)?;
    delay_ms
        .as_u64()
        .map(Duration::from_millis)
        .ok_or_else(|| ProvisionError::data("/responseDelayMs", "a delay cannot be negative"))
}

/// Draft 7 takes `200.0` for an integer; clients of this interface know it as an error of the schema.
fn require_integer(pointer: &str, number: &Value) -> Result<(), ProvisionError> {
    match number.is_f64() {
        false => Ok(()),
        true => Err(ProvisionError::Schema {
            pointer: pointer.to_owned(),
            reason: "not an integer of 64 bits".to_owned(),
        }),
    }
}

fn parse_headers(headers: &Value) -> Headers {
    let fields = headers.as_object().into_iter().flatten();
    let owned = fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Arc::new(owned.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(members: &Value) -> Result<Provision, ProvisionError> {
        let mut document = json!({"requestMethod": "GET", "responseCode": 200});
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        Provision::parse(&document)
    }

    #[test]
    fn defaults() {
        let provision = with(&json!({})).unwrap();
        assert_eq!(&*provision.in_state, "initial");
        assert_eq!(&*provision.out_state, "initial");
        assert_eq!(provision.method, Method::GET);
        assert_eq!(&*provision.uri, "");
        assert_eq!(provision.reply, Reply { code: 200, ..Reply::default() });
        assert!(provision.program.is_none());
        assert_eq!(provision.delay, Duration::ZERO);
        assert_eq!(&*provision.document, br#"{"requestMethod":"GET","responseCode":200}"#);
    }

    #[test]
    fn members() {
        let provision = with(&json!({
            "inState": "", "outState": "next#2", "requestMethod": "HEAD", "requestUri": "/a?b=c d",
            "responseHeaders": {"X-Upper": "v"}, "responseBody": {"b": 1.0, "a": [1]},
            "responseDelayMs": 4_294_968_000_u64,
        }));
        let provision = provision.unwrap();
        assert_eq!(&*provision.in_state, "initial", "an empty state is the initial one");
        assert_eq!(&*provision.out_state, "next#2");
        assert_eq!(&*provision.uri, "/a?b=c d");
        assert_eq!(*provision.reply.headers, [("X-Upper".to_owned(), "v".to_owned())]);
        assert_eq!(provision.reply.body, r#"{"a":[1],"b":1.0}"#);
        assert_eq!(provision.delay, Duration::from_millis(4_294_968_000));
    }

    #[test]
    fn codes() {
        for code in [0, 99, 100, 999] {
            assert_eq!(with(&json!({"responseCode": code})).unwrap().reply.code, code);
        }
        for code in [json!(-1), json!(1000), json!(99999), json!(4_294_967_496_u64)] {
            let error = with(&json!({"responseCode": code})).unwrap_err();
            assert!(matches!(error, ProvisionError::Data { .. }), "{error}");
        }
        for code in [json!(200.0), json!(1e30)] {
            let error = with(&json!({"responseCode": code})).unwrap_err();
            assert!(matches!(error, ProvisionError::Schema { .. }), "{error}");
        }
    }

    #[test]
    fn bodies_of_any_type() {
        for (body, sent) in [
            (json!({}), "{}"),
            (json!("plain \"text\""), "plain \"text\""),
            (json!(1.5), "1.500000"),
            (json!(7), "7"),
            (json!(true), "true"),
            (json!(null), "null"),
            (json!([1, "a"]), r#"[1,"a"]"#),
        ] {
            assert_eq!(with(&json!({"responseBody": body})).unwrap().reply.body, sent);
        }
    }

    #[test]
    fn methods_beyond_the_usual_ones() {
        let provision = with(&json!({"requestMethod": "OPTIONS"})).unwrap();
        assert_eq!(provision.method.as_str(), "OPTIONS");
        let error = with(&json!({"requestMethod": "NO TOKEN"})).unwrap_err();
        assert!(error.to_string().starts_with("#/requestMethod: "), "{error}");
    }

    #[test]
    fn delays_and_error_positions() {
        let error = with(&json!({"responseDelayMs": -1})).unwrap_err();
        assert_eq!(
            error.at_index(3).to_string(),
            "#/3/responseDelayMs: a delay cannot be negative"
        );
        assert!(matches!(
            with(&json!({"responseDelayMs": 1.0})),
            Err(ProvisionError::Schema { .. })
        ));
        assert!(matches!(Provision::parse(&json!(5)), Err(ProvisionError::Schema { .. })));
        let item = json!({"source": "value.x", "target": "var.y", "filter": {"RegexCapture": "("}});
        let error = with(&json!({"transform": [item]})).unwrap_err().to_string();
        assert!(error.starts_with("#/transform/0/filter"), "{error}");
    }
}
