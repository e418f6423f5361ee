//! The server under test, as a process.

use super::deadline;
use super::h1::{H1, Response};
use super::process::{Leash, Transcript, next_line};
use super::wire::Wire;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    _leash: Leash,
    /// Locked only because servers are shared between tests.
    stdout: Mutex<Receiver<String>>,
    printed: Transcript,
    /// Where mocks are played.
    pub(crate) traffic: SocketAddr,
    /// Where they are programmed.
    pub(crate) admin: SocketAddr,
    /// Where metrics are served, if they are.
    pub(crate) metrics: Option<SocketAddr>,
    /// What it printed before `ready`.
    pub(crate) block: String,
}

/// The program with the driver that `UNDERSTUDY_CT_DRIVER` asks for.
pub(crate) fn understudy() -> Command {
    Command::new(env!("CARGO_BIN_EXE_understudy"))
}

/// `understudy serve` on free ports of the loopback interface, without metrics unless a port is given for them.
pub(crate) fn serve(args: &[&str]) -> Command {
    let mut command = understudy();
    command.args([
        "serve",
        "--bind-address",
        "127.0.0.1",
        "--admin-port",
        "0",
        "--server-port",
        "0",
    ]);
    if let Ok(driver) = std::env::var("UNDERSTUDY_CT_DRIVER") {
        command.args(["--driver", &driver]);
    }
    if !args.contains(&"--prometheus-port") {
        command.args(["--prometheus-port", "-1"]);
    }
    command.args(args);
    command
}

impl Server {
    /// Starts a server with further arguments and waits until it is ready.
    pub(crate) fn start(args: &[&str]) -> Server {
        Server::launch(&mut serve(args))
    }

    /// Starts a server by this command and waits until it is ready.
    pub(crate) fn launch(command: &mut Command) -> Server {
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("cannot run the server");
        let leash = Leash::new(child.id());
        let printed = Transcript::default();
        drop(printed.follow(child.stderr.take().unwrap()));
        let stdout = printed.follow(child.stdout.take().unwrap());
        let until = deadline();
        let mut block = String::new();
        loop {
            match next_line(&stdout, until) {
                Some(line) if line.trim() == "ready" => break,
                Some(line) => block.extend([&line, "\n"]),
                None => panic!("the server ended at once: {:?}\n{}", child.wait(), printed.text()),
            }
        }
        let (traffic, admin) = (address(&block, "traffic"), address(&block, "admin"));
        let has_metrics = !block.contains("metrics   off");
        let metrics = has_metrics.then(|| address(&block, "metrics"));
        let stdout = Mutex::new(stdout);
        Server { child, _leash: leash, stdout, printed, traffic, admin, metrics, block }
    }

    /// Sends a request to the admin interface, on a connection of its own.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &str) -> Response {
        let mut admin = H1::over(Wire::plain(self.admin));
        admin.send(admin_request(method, path, body));
        admin.response()
    }

    /// Publishes a provision.
    pub(crate) fn provision(&self, provision: &Value) {
        let answer = self.admin("POST", "/admin/v1/server-provision", &provision.to_string());
        assert_eq!(answer.status, 201, "{provision}: {}", answer.body.escape_ascii());
    }

    /// Publishes a GET provision with a JSON body and a delay.
    pub(crate) fn provision_get(&self, path: &str, body: &Value, delay_ms: u64) {
        self.provision(&json!({"requestMethod": "GET", "requestUri": path, "responseCode": 200,
            "responseBody": body, "responseDelayMs": delay_ms}));
    }

    /// Sends a request to the traffic interface in HTTP/1.1, on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Response {
        self.ask_with(method, path, &[], body.as_bytes())
    }

    /// The same with header fields, and a body that need not be text.
    pub(crate) fn ask_with(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let mut client = H1::over(self.wire());
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: a\r\n").into_bytes();
        for (name, value) in fields {
            request.extend(format!("{name}: {value}\r\n").bytes());
        }
        if !body.is_empty() {
            request.extend(format!("content-length: {}\r\n", body.len()).bytes());
        }
        request.extend(b"\r\n");
        request.extend(body);
        client.send(request);
        if method == "HEAD" { client.head() } else { client.response() }
    }

    /// What the admin interface answers to a GET: status and JSON, which is null without a body.
    pub(crate) fn admin_json(&self, path: &str) -> (u16, Value) {
        let answer = self.admin("GET", &format!("/admin/v1/{path}"), "");
        let body = match &answer.body[..] {
            b"" => Value::Null,
            body => serde_json::from_slice(body).expect("a body of JSON"),
        };
        (answer.status, body)
    }

    /// A cleartext connection to the traffic port.
    pub(crate) fn wire(&self) -> Wire {
        Wire::plain(self.traffic)
    }

    /// The process identifier.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The most memory it ever held (`VmHWM` of proc(5)).
    pub(crate) fn memory_bytes_max(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
        kilobytes * 1024
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.pid()).unwrap()), signal).unwrap();
    }

    /// Waits for the process to end by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let until = deadline();
        let stdout = self.stdout.get_mut().unwrap();
        // The output ends with the process.
        loop {
            match stdout.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the server does not end\n{}", self.printed.text())
                }
            }
        }
    }

    /// What it printed so far, both streams.
    pub(crate) fn printed(&self) -> String {
        self.printed.text()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- the server printed:\n{}", self.printed.text());
        }
    }
}

/// A request to the admin interface in HTTP/1.1.
pub(crate) fn admin_request(method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    let fields = match body {
        "" => String::new(),
        _ => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
    };
    format!("{method} {path} HTTP/1.1\r\nhost: admin\r\n{fields}\r\n{body}")
}

/// The address in the line of the start-up block that begins with `label`.
fn address(block: &str, label: &str) -> SocketAddr {
    let line = block.lines().find(|line| line.trim_start().starts_with(label));
    let line = line.unwrap_or_else(|| panic!("no {label} in the start-up block:\n{block}"));
    let (_, rest) = line.split_once("://").unwrap_or_else(|| panic!("no URL in {line:?}"));
    let end = rest.find([' ', '/', ',']).unwrap_or(rest.len());
    rest[..end].parse().unwrap_or_else(|_| panic!("no address in {line:?}"))
}
