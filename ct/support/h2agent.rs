//! The program under the name of h2agent.

use super::deadline;
use super::h1::{H1, Response};
use super::process::{Leash, Transcript, next_line};
use super::server::admin_request;
use super::wire::Wire;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Receiver;

/// A running h2agent; killed when dropped.
pub(crate) struct H2agent {
    child: Child,
    _leash: Leash,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    out: Transcript,
    err: Transcript,
    /// What it printed at the start, the empty line at the end aside.
    pub(crate) printout: Vec<String>,
    /// Where mocks are played.
    pub(crate) traffic: SocketAddr,
    /// Where they are programmed.
    pub(crate) admin: SocketAddr,
}

/// How it ended and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program called h2agent, with these arguments alone.
pub(crate) fn h2agent(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_understudy"));
    command.arg0("h2agent").args(args);
    command
}

impl H2agent {
    /// Starts it on free ports of the loopback interface and waits until it serves, without metrics unless a port is given
    /// for them: the first occurrence of an option counts.
    pub(crate) fn start(args: &[&str]) -> H2agent {
        let ports = ["-b", "127.0.0.1", "-a", "0", "-p", "0"];
        H2agent::launch(&mut h2agent(&[&ports, args, &["--prometheus-port", "-1"]].concat()))
    }

    /// Starts it by this command and waits until it serves.
    pub(crate) fn launch(command: &mut Command) -> H2agent {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("cannot run h2agent");
        let leash = Leash::new(child.id());
        let (out, err) = (Transcript::default(), Transcript::default());
        let stdout = out.follow(child.stdout.take().unwrap());
        let stderr = err.follow(child.stderr.take().unwrap());
        let until = deadline();
        let mut printout = Vec::new();
        loop {
            match next_line(&stdout, until) {
                Some(line) if line.is_empty() => break,
                Some(line) => printout.push(line),
                None => panic!("h2agent ended at once: {:?}\n{}", child.wait(), err.text()),
            }
        }
        let ip = |wanted: &str| match wanted {
            "IPv6" => "::1".parse().unwrap(),
            _ => std::net::IpAddr::from([127, 0, 0, 1]),
        };
        let ip = ip(value(&printout, "IP stack"));
        let address = |label| SocketAddr::new(ip, value(&printout, label).parse().unwrap());
        let (traffic, admin) = (address("Server port"), address("Admin port"));
        H2agent { child, _leash: leash, stdout, stderr, out, err, printout, traffic, admin }
    }

    /// What stands behind a label of the printout.
    pub(crate) fn printed(&self, label: &str) -> &str {
        value(&self.printout, label)
    }

    /// Sends a request to the admin interface.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &str) -> Response {
        let mut admin = H1::over(Wire::plain(self.admin));
        admin.send(admin_request(method, path, body));
        admin.response()
    }

    /// The status of the answer to a GET to the traffic interface.
    pub(crate) fn get(&self, path: &str) -> u16 {
        let mut client = H1::over(Wire::plain(self.traffic));
        client.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"));
        client.response().status
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Waits for the process to end by itself.
    pub(crate) fn wait(mut self) -> Ended {
        let until = deadline();
        while next_line(&self.stdout, until).is_some() {}
        while next_line(&self.stderr, until).is_some() {}
        let status = self.child.wait().unwrap();
        Ended { status, stdout: self.out.text(), stderr: self.err.text() }
    }

    /// What it printed on standard error, once a line of it contains `text`.
    pub(crate) fn said(&self, text: &str) -> String {
        wait_for(text, &self.stderr, &self.err)
    }

    /// The same of standard output.
    pub(crate) fn traced(&self, text: &str) -> String {
        wait_for(text, &self.stdout, &self.out)
    }
}

fn wait_for(text: &str, lines: &Receiver<String>, printed: &Transcript) -> String {
    let until = deadline();
    while !printed.text().contains(text) {
        assert!(next_line(lines, until).is_some(), "no {text:?} in {:?}", printed.text());
    }
    printed.text()
}

impl Drop for H2agent {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- h2agent printed:\n{}{}", self.out.text(), self.err.text());
        }
    }
}

fn value<'a>(printout: &'a [String], label: &str) -> &'a str {
    let found = printout.iter().find_map(|line| line.strip_prefix(label)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("no {label} in {printout:#?}"))
}
