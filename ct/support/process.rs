//! Child processes that are waited for with a deadline and never outlive the tests.

use super::deadline;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What a process printed, growing while it runs.
#[derive(Clone, Default)]
pub(crate) struct Transcript(Arc<Mutex<String>>);

impl Transcript {
    /// All of it so far.
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// Follows a pipe on a thread; each line goes to the receiver as well, which ends with the pipe.
    pub(crate) fn follow(&self, pipe: impl Read + Send + 'static) -> Receiver<String> {
        let (sender, receiver) = channel();
        let all = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut text = all.0.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
                drop(text);
                drop(sender.send(line));
            }
        });
        receiver
    }
}

/// The next line, `None` at the end of the output.
pub(crate) fn next_line(lines: &Receiver<String>, until: Instant) -> Option<String> {
    match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("the process prints nothing"),
    }
}

/// How a process ended and what it printed, less the line breaks at the end.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a process to its end.
pub(crate) fn run(command: &mut Command) -> Finished {
    let program = command.get_program().to_owned();
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|e| panic!("cannot run {program:?}: {e}"));
    let _leash = Leash::new(child.id());
    let (out, err) = (Transcript::default(), Transcript::default());
    let out_lines = out.follow(child.stdout.take().unwrap());
    let err_lines = err.follow(child.stderr.take().unwrap());
    let until = deadline();
    while next_line(&out_lines, until).is_some() {}
    while next_line(&err_lines, until).is_some() {}
    let status = child.wait().unwrap();
    Finished { status, stdout: out.text().trim_end().to_owned(), stderr: err.text() }
}

/// Kills a process that a failed test leaves behind, also when the test program itself ends in whatever way: statics are
/// never dropped, but a shell that waits for the end of its input notices.
pub(crate) struct Leash {
    shell: Child,
}

impl Leash {
    pub(crate) fn new(pid: u32) -> Leash {
        let script = format!("read _; kill -9 {pid}");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Leash { shell: command.spawn().expect("cannot run sh") }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The process may not have ended: the end of the shell's input ends it.
            drop(self.shell.stdin.take());
        } else {
            drop(self.shell.kill());
        }
        drop(self.shell.wait());
    }
}
