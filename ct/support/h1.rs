//! A client that writes any bytes and reads HTTP/1.1 answers (RFC 9112).

use super::wire::{Received, Wire};

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first field of that (lower-case) name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One connection.
pub(crate) struct H1 {
    wire: Wire,
    unread: Vec<u8>,
}

impl H1 {
    pub(crate) fn over(wire: Wire) -> H1 {
        H1 { wire, unread: Vec::new() }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.wire.send(bytes.as_ref());
    }

    /// Closes our sending side.
    pub(crate) fn finish(&mut self) {
        self.wire.finish();
    }

    /// The connection and what came and was not read.
    pub(crate) fn into_parts(self) -> (Wire, Vec<u8>) {
        (self.wire, self.unread)
    }

    /// Reads one answer to anything but HEAD.
    pub(crate) fn response(&mut self) -> Response {
        let mut response = self.head();
        response.body =
            match (response.field("content-length"), response.field("transfer-encoding")) {
                _ if matches!(response.status, 100..=199 | 204 | 304) => Vec::new(),
                (Some(length), None) => {
                    let length = length.parse().expect("content-length");
                    self.exactly(length)
                }
                (None, Some("chunked")) => self.chunks(),
                (None, None) => self.rest(),
                both => panic!("content-length and transfer-encoding are {both:?}"),
            };
        response
    }

    /// Reads the head of an answer, all there is to the answer of a HEAD request.
    pub(crate) fn head(&mut self) -> Response {
        let end = loop {
            match self.unread.windows(4).position(|w| w == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.more("the end of the head"),
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).expect("the head is text");
        let mut lines = head.trim_end().split("\r\n");
        let mut start = lines.next().unwrap().splitn(3, ' ');
        let version = start.next().unwrap().to_owned();
        let status = start
            .next()
            .and_then(|s| s.parse().ok())
            .unwrap_or_else(|| panic!("status line of {head:?}"));
        let field = |line: &str| {
            let (name, value) =
                line.split_once(':').unwrap_or_else(|| panic!("field line {line:?}"));
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Response { version, status, fields: lines.map(field).collect(), body: Vec::new() }
    }

    /// The server closes without another byte.
    pub(crate) fn expect_closed(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "bytes before the close: {}", rest.escape_ascii());
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = self.line();
            let size =
                usize::from_str_radix(&line, 16).unwrap_or_else(|_| panic!("chunk size {line:?}"));
            body.extend(self.exactly(size));
            assert_eq!(self.line(), "");
            if size == 0 {
                return body;
            }
        }
    }

    fn line(&mut self) -> String {
        let end = loop {
            match self.unread.windows(2).position(|w| w == b"\r\n") {
                Some(end) => break end,
                None => self.more("the end of a line"),
            }
        };
        let line: Vec<u8> = self.unread.drain(..end + 2).collect();
        String::from_utf8(line[..end].to_vec()).expect("the line is text")
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.unread.len() < length {
            self.more("the body");
        }
        self.unread.drain(..length).collect()
    }

    fn rest(&mut self) -> Vec<u8> {
        loop {
            match self.wire.receive(&mut self.unread) {
                Received::Bytes => {}
                Received::Closed => return std::mem::take(&mut self.unread),
                Received::Nothing => panic!("the server does not close"),
            }
        }
    }

    fn more(&mut self, what: &str) {
        match self.wire.receive(&mut self.unread) {
            Received::Bytes => {}
            end => panic!("{end:?} instead of {what}; read so far: {}", self.unread.escape_ascii()),
        }
    }
}
