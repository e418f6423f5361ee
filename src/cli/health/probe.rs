//! One GET, of whose answer only the status counts.

use axum::http::Uri;
use axum::http::uri::Scheme;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longer than any status line that anybody sends; what is longer is no HTTP.
const STATUS_LINE_BYTES_MAX: usize = 512;

/// Who is asked for what.
#[derive(Clone, Debug)]
pub(super) struct Target {
    url: Uri,
    host: String,
    port: u16,
    is_secure: bool,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

impl Target {
    /// An absolute URL of http or https.
    pub(super) fn parse(typed: &str) -> Result<Target, String> {
        let refused = || "a URL such as http://127.0.0.1:8074/admin/v1/health".to_owned();
        let url: Uri = typed.parse().map_err(|_| refused())?;
        let is_secure = match url.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err(refused()),
        };
        // The resolver and the TLS name want an IPv6 address without the brackets of the URL.
        let host = url.host().map(|host| host.trim_matches(['[', ']']).to_owned());
        let host = host.filter(|host| !host.is_empty()).ok_or_else(refused)?;
        // A port that is no number would silently become the default one.
        let authority = url.authority().map_or("", |authority| authority.as_str());
        let typed_port = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
        let port = match (url.port_u16(), typed_port) {
            (Some(port), _) => port,
            (None, Some(_)) => return Err(refused()),
            (None, None) if is_secure => 443,
            (None, None) => 80,
        };
        Ok(Target { url, host, port, is_secure })
    }

    /// Success when the answer has a status of 2xx; otherwise why not, in a few words.
    pub(super) fn ask(&self, timeout: Duration) -> Result<(), String> {
        let until = Instant::now() + timeout;
        let timed = self.connect(until).map_err(|e| explained(&e))?;
        let status = if self.is_secure {
            let session = self.tls_session()?;
            self.exchange(&mut StreamOwned::new(session, timed))
        } else {
            self.exchange(&mut { timed })
        };
        match status.map_err(|e| explained(&e))? {
            200..=299 => Ok(()),
            status => Err(format!("answered {status}")),
        }
    }

    /// Connects to the first address of the host that accepts.
    fn connect(&self, until: Instant) -> io::Result<Timed> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, remaining(until)?) {
                Ok(stream) => return Ok(Timed { stream, until }),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn tls_session(&self) -> Result<ClientConnection, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let name = ServerName::try_from(self.host.clone()).map_err(|e| e.to_string())?;
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        ClientConnection::new(Arc::new(config), name).map_err(|e| e.to_string())
    }

    /// Sends the request and reads no more than the status.
    fn exchange(&self, stream: &mut (impl Read + Write)) -> io::Result<u16> {
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let host = self.url.authority().map_or("", |authority| authority.as_str());
        // Nobody's password belongs into the field: user information is not part of it (RFC 9110 section 7.2).
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        stream.flush()?;
        let no_http = || io::Error::new(io::ErrorKind::InvalidData, "the answer is no HTTP");
        let mut line = Vec::new();
        let mut piece = [0; STATUS_LINE_BYTES_MAX];
        while !line.contains(&b'\n') {
            if line.len() >= STATUS_LINE_BYTES_MAX {
                return Err(no_http());
            }
            let read = stream.read(&mut piece)?;
            if read == 0 {
                let kind = io::ErrorKind::UnexpectedEof;
                return Err(io::Error::new(kind, "the connection was closed without an answer"));
            }
            line.extend_from_slice(piece.get(..read).unwrap_or_default());
        }
        status(&line).ok_or_else(no_http)
    }
}

/// The status code of a status line (RFC 9112 section 4).
fn status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let [_, b' ', code @ ..] = rest else { return None };
    let (digits, after) = code.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !after.starts_with(b" ") && after.first()? > &b'\r'
    {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn explained(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in time".to_owned(),
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        _ => error.to_string(),
    }
}

/// What is left until then, never zero, which sockets take for "for ever".
fn remaining(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// A socket on which everything together ends in time, also with a peer that sends a byte now and then.
struct Timed {
    stream: TcpStream,
    until: Instant,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(remaining(self.until)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(remaining(self.until)?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Takes whatever certificate the server has; that it has the key to it is verified.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_lines() {
        for (line, expected) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], Some(200)),
            (b"HTTP/1.0 503 Service Unavailable\r\n", Some(503)),
            // The reason may be absent, with and without the space before it.
            (b"HTTP/1.1 204 \r\n", Some(204)),
            (b"HTTP/1.1 204\r\n", Some(204)),
            (b"HTTP/1.1 204\n", Some(204)),
            (b"HTTP/1.1 2045\r\n", None),
            (b"HTTP/1.1 20\r\n", None),
            (b"HTTP/1.1 2x0 OK\r\n", None),
            (b"HTTP/1.1\r\n", None),
            (b"HTTP/2 200 OK\r\n", None),
            (b"SSH-2.0-x\r\n", None),
            (b"\n", None),
        ] {
            assert_eq!(status(line), expected, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn urls() {
        for (typed, host, port, is_secure) in [
            ("http://127.0.0.1:8074/admin/v1/health", "127.0.0.1", 8074, false),
            ("http://localhost", "localhost", 80, false),
            ("https://mock.test/x?y=z", "mock.test", 443, true),
            ("HTTP://[::1]:9074/", "::1", 9074, false),
            ("http://[::1]/", "::1", 80, false),
        ] {
            let target = Target::parse(typed).unwrap();
            assert_eq!(
                (target.host.as_str(), target.port, target.is_secure),
                (host, port, is_secure),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_url_to_ask_is_refused_with_an_example() {
        for typed in [
            "",
            "8074",
            "127.0.0.1:8074",
            "/admin/v1/health",
            "ftp://a/",
            "http://",
            "http:///admin",
            "http://:8074/",
            "http://a:70000/",
            "http://a:x/",
            "http://a:/",
            "http://a b/",
        ] {
            let why = Target::parse(typed).expect_err(typed);
            assert!(why.contains("http://127.0.0.1:8074/admin/v1/health"), "{typed}: {why}");
        }
    }
}
