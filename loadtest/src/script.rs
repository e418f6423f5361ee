//! Scripts as hermes reads them: several messages in order, each built from what the answers before it held.
//!
//! A script is checked whole when it is loaded, and cut up then, so that building a request is putting pieces together.
//! What the format leaves open is decided like this:
//!
//! - `<name>` in `url`, `body` and `headers` stands for a range, a variable, or a string or int that an earlier message
//!   of the flow has saved. A name that could be one and is none is a mistake; other `<` and `>` are text. A text that
//!   looks like a placeholder is sent with a variable whose value it is, because values are not looked into.
//! - In a body placeholders stand in strings (and names of members), are escaped as these are, and leave them strings:
//!   with a range `id`, `"<id>"` becomes `"7"`, and there is no way to write the number 7. `add_from_saved_to_body` puts
//!   a saved int in as a number.
//! - In a URL only what would break the request is percent-encoded: blanks, controls, everything beyond ASCII, `#`.
//! - Places of `add_from_saved_to_body` are replaced, and made where there are none; in an array the index after the last
//!   one, or `-`, appends. No place may lie in another.
//! - `save_from_answer` takes a `string` that is one, an `int` that has no fraction and fits in 64 bits, an `object` that
//!   is one, and the first header of a name; anything else fails the request. A last message is no exception.
//! - A header `host` goes where HTTP/2 has it, into `:authority`.

mod compile;
mod entry;
mod message;
mod names;
mod node;
mod play;
mod pointer;
mod template;

pub use play::{Ask, Play, RunId};

use entry::Fault;
use message::Message;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use template::Range;

/// Longer files are no scripts: with everything that is made of one, this is still a moment to read.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// A script that was read and checked.
#[derive(Debug)]
pub struct Script {
    host: String,
    port: u16,
    is_secure: bool,
    timeout: Duration,
    names: Vec<String>,
    /// In the order of `names`.
    messages: Vec<Message>,
    /// What is sent one after the other, as indices into `messages`. Not empty.
    flow: Vec<usize>,
    ranges: Vec<Range>,
    /// How many values a running script may have saved.
    slot_count: usize,
}

/// Why a script cannot be used: one line that names the file and the place (`FILE: /messages/a/url: ...`).
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ScriptError(String);

impl ScriptError {
    /// Names from the script may hold anything; the message stays one line that a terminal can show.
    fn new(file: &str, what: &str) -> ScriptError {
        let mut line = String::new();
        for c in format!("{file}: {what}").chars() {
            match c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                true => line.extend(c.escape_default()),
                false => line.push(c),
            }
        }
        ScriptError(line)
    }
}

impl Script {
    /// Reads and checks a script.
    pub fn load(path: &Path) -> Result<Script, ScriptError> {
        let file = path.display().to_string();
        let mut text = Vec::new();
        let read =
            File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text));
        match read {
            Err(error) => {
                let what = format!("cannot be read: {error}; a file with a script (-f) is needed");
                Err(ScriptError::new(&file, &what))
            }
            Ok(_) if text.len() as u64 > FILE_BYTES_MAX => {
                let what = format!("too long; a script has up to {} MiB", FILE_BYTES_MAX >> 20);
                Err(ScriptError::new(&file, &what))
            }
            Ok(_) => Script::parse(&file, &text),
        }
    }

    /// Checks a script; `file` is what messages call it.
    fn parse(file: &str, text: &[u8]) -> Result<Script, ScriptError> {
        let root = serde_json::from_slice(text).map_err(|error| {
            // The place stands at the end of the text, and belongs to the front.
            let (line, column) = (error.line(), error.column());
            let text = error.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            let what =
                format!("line {line}, column {column}: {text}; JSON (RFC 8259) would be right");
            ScriptError::new(file, &what)
        })?;
        compile::compile(&root).map_err(|Fault { place, wrong, right }| {
            let place = if place.is_empty() { "the whole script" } else { &place };
            ScriptError::new(file, &format!("{place}: {wrong}; {right}"))
        })
    }

    /// The JSON schema (draft-07) of scripts. It describes their form; names and their order are checked by
    /// [`Script::load`] alone.
    pub fn schema() -> &'static str {
        include_str!("script/schema.json")
    }

    /// The name and port to connect to.
    pub fn target(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// Is it to be TLS?
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// A request that takes longer has failed.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The messages of the flow, each once, in the order of their first use. Tallies are numbered like this.
    pub fn message_names(&self) -> &[String] {
        &self.names
    }

    /// The statuses that the messages expect, in the order of [`Script::message_names`].
    pub fn expected_statuses(&self) -> Vec<u16> {
        self.messages.iter().map(|message| message.expected).collect()
    }
}

#[cfg(test)]
mod tests;
