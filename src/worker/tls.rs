//! A TLS session, driven directly: bytes in, bytes out, as the protocol engines are.

use crate::limits::TLS_RECORD_BYTES_MAX;
use std::io::{Read, Write};
use std::sync::Arc;
use understudy_wire::connection::Protocol;

/// What feeding a session brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fed {
    /// The handshake has just finished.
    pub(super) established: bool,
    /// The peer sent close_notify: no more bytes will come.
    pub(super) ended: bool,
}

/// The server's end of a TLS connection.
pub(super) struct Session {
    tls: rustls::ServerConnection,
}

impl Session {
    pub(super) fn new(config: Arc<rustls::ServerConfig>) -> Result<Self, rustls::Error> {
        let mut tls = rustls::ServerConnection::new(config)?;
        // The engine above bounds what waits to be written; a second bound here would cut an answer short.
        tls.set_buffer_limit(None);
        Ok(Session { tls })
    }

    /// Takes some of the bytes received from the socket and advances the slice; call again until it is empty, with
    /// [`Session::read_into`] after each call so that decrypted bytes never pile up here.
    pub(super) fn feed(&mut self, bytes: &mut &[u8]) -> Result<Fed, rustls::Error> {
        let was_handshaking = self.tls.is_handshaking();
        let mut piece = &bytes[..bytes.len().min(TLS_RECORD_BYTES_MAX)];
        let taken = match self.tls.read_tls(&mut piece) {
            Ok(taken) => taken,
            Err(_) => {
                return Err(rustls::Error::General("more decrypted than was read".to_owned()));
            }
        };
        *bytes = &bytes[taken..];
        let state = self.tls.process_new_packets()?;
        Ok(Fed {
            established: was_handshaking && !self.tls.is_handshaking(),
            ended: state.peer_has_closed(),
        })
    }

    /// Appends what has been decrypted.
    pub(super) fn read_into(&mut self, input: &mut Vec<u8>) {
        // The reader ends with WouldBlock, or with an error when the peer closed without close_notify, which the
        // engine notices by itself: its message is incomplete.
        let _ = self.tls.reader().read_to_end(input);
    }

    /// Encrypts `plain` and appends everything that is to be written to the socket; with `close`, close_notify behind it.
    pub(super) fn seal(&mut self, plain: &[u8], close: bool, sealed: &mut Vec<u8>) {
        // Neither writing to the session's memory nor to a vector can fail.
        let _ = self.tls.writer().write_all(plain);
        if close {
            self.tls.send_close_notify();
        }
        while self.tls.wants_write() {
            if self.tls.write_tls(sealed).is_err() {
                break;
            }
        }
    }

    /// Something waits to be written even without an answer: handshake messages, alerts, tickets.
    pub(super) fn wants_write(&self) -> bool {
        self.tls.wants_write()
    }

    pub(super) fn is_handshaking(&self) -> bool {
        self.tls.is_handshaking()
    }

    /// What ALPN agreed on.
    pub(super) fn protocol(&self) -> Option<Protocol> {
        match self.tls.alpn_protocol() {
            Some(b"h2") => Some(Protocol::Http2),
            Some(b"http/1.1") => Some(Protocol::Http1),
            _ => None,
        }
    }
}

/// Is this the beginning of a TLS connection (RFC 8446 section 5.1: a handshake record, version 3.x)?
pub(super) fn looks_like_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 0x03, ..])
}
