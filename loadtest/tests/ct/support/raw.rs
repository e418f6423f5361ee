//! Servers that do with a TCP connection what the test wants, right or wrong.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// It accepts until the tests end; each connection has a thread of its own.
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl RawServer {
    /// `serve` gets each connection and its number, from 0. An error there ends the connection, no more.
    pub(crate) fn start(
        serve: impl Fn(TcpStream, usize) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> RawServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || drop(serve(stream, number)));
            }
        });
        RawServer { address, connections }
    }

    /// Connections that were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// A URL of it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

/// The lines of the next HTTP/1.1 head, less the empty one; its content is skipped. An error at the end of input.
pub(crate) fn read_head(reader: &mut BufReader<impl Read>) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: "));
    if let Some(length) = length {
        reader.read_exact(&mut vec![0; length.parse().unwrap()])?;
    }
    Ok(lines)
}
