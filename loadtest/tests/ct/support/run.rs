//! The command itself, and what came of it.

use super::PATIENCE;
use rustix::process::{Pid, Signal};
use serde_json::Value;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// How a run of the command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// `None`: by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the command to its end.
pub(crate) fn loadtest(args: &[&str]) -> Outcome {
    start(args).finish()
}

/// Begins to run the command.
pub(crate) fn start(args: &[&str]) -> Started {
    Started::of(Command::new(env!("CARGO_BIN_EXE_loadtest")).args(args))
}

/// Is such a program installed? `--version` says so.
pub(crate) fn tool_is_there(program: &str) -> bool {
    let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// A process that is running. It does not outlive this value.
pub(crate) struct Started {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Started {
    /// Any other command.
    pub(crate) fn of(command: &mut Command) -> Started {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Started { child, stdout, stderr }
    }

    /// Sends SIGINT, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        Started::interrupt_id(self.id());
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends SIGINT to a process that was begun here, unless it has just ended.
    pub(crate) fn interrupt_id(id: Pid) {
        let _ = rustix::process::kill_process(id, Signal::INT);
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Outcome {
        let stdout = self.stdout.recv_timeout(PATIENCE).expect("the command does not end");
        let stderr = self.stderr.recv_timeout(PATIENCE).expect("the command does not end");
        let code = self.child.wait().unwrap().code();
        Outcome { code, stdout, stderr }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Fails when it has ended, which is as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// All that comes out of a pipe, once it has ended.
fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).unwrap();
        drop(sender.send(String::from_utf8(text).unwrap()));
    });
    receiver
}

impl Outcome {
    /// The results of a run with `--json`.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON document: {error}: {self:#?}"))
    }

    /// A number in the results, by its place.
    pub(crate) fn number(&self, pointer: &str) -> f64 {
        let json = self.json();
        let number = json.pointer(pointer).and_then(Value::as_f64);
        number.unwrap_or_else(|| panic!("no number at {pointer}: {json:#}"))
    }

    /// Checks what became of the requests: sent, answered, and answered as expected. The others have failed, for
    /// reasons that are counted with their names; no other reason is.
    pub(crate) fn expect_counts(
        &self,
        sent: u64,
        answered: u64,
        succeeded: u64,
        failed: &[(&str, u64)],
    ) {
        let json = self.json();
        let all_failed: u64 = failed.iter().map(|(_, count)| count).sum();
        let requests = serde_json::json!({
            "sent": sent, "answered": answered, "succeeded": succeeded, "failed": all_failed
        });
        assert_eq!(json["requests"], requests, "{json:#}");
        for (name, count) in json["errors"].as_object().unwrap() {
            let expected = failed.iter().find(|(kind, _)| kind == name).map_or(0, |(_, n)| *n);
            assert_eq!(count.as_u64(), Some(expected), "{name}: {json:#}");
        }
        let statuses = json["statuses"].as_object().unwrap().values();
        assert_eq!(
            statuses.map(|count| count.as_u64().unwrap()).sum::<u64>(),
            answered,
            "{json:#}"
        );
    }

    /// Checks that so many requests were sent and succeeded, and none failed.
    pub(crate) fn expect_all_good(&self, count: u64) {
        self.expect_counts(count, count, count, &[]);
    }

    /// Checks that the command refused to do anything: exit code 2, and one line that holds all of these words.
    pub(crate) fn expect_refusal(&self, words: &[&str]) {
        assert_eq!(self.code, Some(2), "{self:#?}");
        assert_eq!(self.stdout, "", "{self:#?}");
        assert_eq!(self.stderr.trim_end().lines().count(), 1, "{self:#?}");
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is missing: {self:#?}");
        }
    }
}
