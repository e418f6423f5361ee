//! A byte stream to the server, in the clear or under TLS.

use super::certs::client_config;
use super::{PATIENCE, deadline};
use rustls::{ClientConnection, StreamOwned};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// What a read brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Bytes,
    Closed,
    Nothing,
}

/// One connection. Errors of writing are left to the next read to tell, because a server may close while we write.
pub(crate) struct Wire {
    stream: Stream,
}

impl Wire {
    /// TCP, without delay of small writes.
    pub(crate) fn plain(address: SocketAddr) -> Wire {
        Wire { stream: Stream::Plain(connect(address)) }
    }

    /// TLS, trusting the certificate in the file `crt`.
    pub(crate) fn tls(address: SocketAddr, crt: &Path, alpn: &[&str]) -> Wire {
        let name = "localhost".try_into().unwrap();
        let session = ClientConnection::new(client_config(crt, alpn), name).unwrap();
        let mut stream = StreamOwned::new(session, connect(address));
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).expect("TLS handshake");
        }
        Wire { stream: Stream::Tls(Box::new(stream)) }
    }

    /// What ALPN agreed on.
    pub(crate) fn alpn(&self) -> Option<&[u8]> {
        match &self.stream {
            Stream::Plain(_) => None,
            Stream::Tls(tls) => tls.conn.alpn_protocol(),
        }
    }

    /// The connection is encrypted.
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(socket) => socket,
            Stream::Tls(tls) => &tls.sock,
        }
    }

    /// Writes all of it, as long as the peer listens.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let sent = match &mut self.stream {
            Stream::Plain(socket) => socket.write_all(bytes),
            Stream::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
        };
        drop(sent);
    }

    /// Closes our sending side.
    pub(crate) fn finish(&mut self) {
        drop(self.socket().shutdown(Shutdown::Write));
    }

    /// Appends what comes next to `into`, waiting until `until` for it.
    pub(crate) fn receive_until(&mut self, into: &mut Vec<u8>, until: Instant) -> Received {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.socket().set_read_timeout(Some(left)).unwrap();
        let mut buffer = [0; 64 * 1024];
        let read = match &mut self.stream {
            Stream::Plain(socket) => socket.read(&mut buffer),
            Stream::Tls(tls) => tls.read(&mut buffer),
        };
        match read {
            Ok(0) => Received::Closed,
            Ok(n) => {
                into.extend_from_slice(&buffer[..n]);
                Received::Bytes
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Received::Nothing
            }
            // Reset, broken pipe, or TLS cut off without a closing alert.
            Err(_) => Received::Closed,
        }
    }

    /// [`Wire::receive_until`] with the usual patience.
    pub(crate) fn receive(&mut self, into: &mut Vec<u8>) -> Received {
        self.receive_until(into, deadline())
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect_timeout(&address, PATIENCE).expect("connect to the server");
    socket.set_nodelay(true).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket
}
