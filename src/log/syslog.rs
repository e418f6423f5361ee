//! Lines for the syslog daemon of the machine: one datagram each to its local socket.

use super::LogLevel;
use crate::limits::SYSLOG_LINE_BYTES_MAX;
use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

/// Where syslog daemons listen.
const SOCKET: &str = "/dev/log";

/// `local1` (RFC 5424 section 6.2.1).
const FACILITY: u8 = 17;

/// The way to the daemon. Where there is none, or it is too busy, lines are dropped.
pub(super) struct Syslog {
    /// Not connected, so that a daemon that comes later, or again, is found.
    socket: Option<UnixDatagram>,
    daemon: PathBuf,
}

impl Syslog {
    pub(super) fn new() -> Syslog {
        Syslog::at(SOCKET.into())
    }

    fn at(daemon: PathBuf) -> Syslog {
        let socket = UnixDatagram::unbound().ok();
        let socket = socket.filter(|socket| socket.set_nonblocking(true).is_ok());
        Syslog { socket, daemon }
    }

    /// Sends one line.
    pub(super) fn send(&self, level: LogLevel, line: &str) {
        let Some(socket) = &self.socket else { return };
        let mut datagram = Vec::with_capacity(64 + line.len());
        let priority = FACILITY * 8 + level.severity();
        let time = crate::clock::local_now().strftime("%b %e %H:%M:%S");
        // The form that daemons take from their own machine: RFC 3164 section 4.1 without the name of the host.
        let _ = write!(datagram, "<{priority}>{time} h2agent[{}]: {line}", std::process::id());
        datagram.truncate(SYSLOG_LINE_BYTES_MAX);
        let _ = socket.send_to(&datagram, &self.daemon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_datagram_of_facility_local1() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let daemon = UnixDatagram::bind(&path).unwrap();
        let syslog = Syslog::at(path);
        for (level, priority) in [
            (LogLevel::Error, "<139>"),
            (LogLevel::Warning, "<140>"),
            (LogLevel::Informational, "<142>"),
            (LogLevel::Debug, "<143>"),
        ] {
            syslog.send(level, "what happened");
            let mut buffer = [0; 256];
            let bytes = daemon.recv(&mut buffer).unwrap();
            let datagram = std::str::from_utf8(&buffer[..bytes]).unwrap();
            let rest = datagram.strip_prefix(priority).unwrap_or_else(|| panic!("{datagram}"));
            // "Nov  1 09:08:07 "
            assert!(rest.is_char_boundary(16) && rest.as_bytes()[15] == b' ', "{datagram}");
            assert_eq!(rest[16..], format!("h2agent[{}]: what happened", std::process::id()));
        }
    }

    #[test]
    fn without_a_daemon_lines_are_dropped_and_one_that_comes_later_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let syslog = Syslog::at(path.clone());
        syslog.send(LogLevel::Error, "lost");
        let daemon = UnixDatagram::bind(&path).unwrap();
        syslog.send(LogLevel::Error, "kept");
        let mut buffer = [0; 256];
        let bytes = daemon.recv(&mut buffer).unwrap();
        assert!(buffer[..bytes].ends_with(b"kept"));
    }

    #[test]
    fn a_daemon_that_does_not_read_holds_nobody_up() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let _daemon = UnixDatagram::bind(&path).unwrap();
        let syslog = Syslog::at(path);
        // More than the queue of any socket holds.
        for _ in 0..10_000 {
            syslog.send(LogLevel::Error, &"x".repeat(2 * SYSLOG_LINE_BYTES_MAX));
        }
    }
}
