//! The upgrade from HTTP/1.1 to `h2c` (RFC 7540 section 3.2). RFC 9113 gave it up, but clients still ask for it.

use super::Server;
use crate::h1::lifecycle::Lifecycle;
use crate::head::{FieldKind, FieldSpan, Head};
use data_encoding::BASE64URL_NOPAD;
use std::time::Instant;

/// A connection on its way to HTTP/2: the request becomes its stream 1, half closed by the client.
#[derive(Debug)]
pub(crate) struct H2cUpgrade {
    /// The payload of the client's first SETTINGS frame.
    pub(crate) settings: Vec<u8>,
    /// The request, without the fields that HTTP/2 has no place for.
    pub(crate) head: Head,
    /// Its content.
    pub(crate) body: Vec<u8>,
}

/// How far the upgrade is.
#[derive(Debug)]
pub(super) enum Upgrade {
    None,
    /// The request is being read; the settings it came with.
    Asked(Vec<u8>),
    /// 101 is in the output.
    Done(H2cUpgrade),
}

impl Server {
    /// The upgrade that the connection has agreed to, once; its 101 is in the output, and `take_buffers` hands over the
    /// bytes after it. Reads on until the next event is known, which [`Self::next_event`] then gives: call it before
    /// anything is appended to the input.
    pub(crate) fn take_upgrade(&mut self, now: Instant) -> Option<H2cUpgrade> {
        if self.peeked.is_none() {
            self.peeked = self.advance(now);
        }
        if !matches!(self.upgrade, Upgrade::Done(_)) {
            return None;
        }
        match std::mem::replace(&mut self.upgrade, Upgrade::None) {
            Upgrade::Done(upgrade) => Some(upgrade),
            _ => None,
        }
    }

    /// The request is complete: answers 101. Nothing is parsed as HTTP/1 after it.
    pub(super) fn leave_for_h2c(&mut self, body_start: usize, body_end: usize) {
        let Upgrade::Asked(settings) = std::mem::replace(&mut self.upgrade, Upgrade::None) else {
            return;
        };
        let body = self.io.slice(body_start, body_end).to_vec();
        self.upgrade = Upgrade::Done(H2cUpgrade { settings, head: fit_for_h2(&self.head), body });
        self.io.output.extend_from_slice(
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: h2c\r\n\r\n",
        );
        self.exchange = None;
        self.lifecycle = Lifecycle::Left;
    }
}

/// RFC 7540 section 3.2.1: base64url without padding, of whole settings of 6 bytes.
pub(super) fn decode_settings(value: &[u8]) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(value).ok().filter(|payload| payload.len() % 6 == 0)
}

/// RFC 9113 section 8.2.2. `host` is in the authority, and `expect` has been answered.
fn fit_for_h2(head: &Head) -> Head {
    let mut fit = Head::default();
    fit.set_request(head.method(), head.scheme(), head.authority(), head.path());
    fit.set_version(head.version());
    for (name, value) in head.fields() {
        let kind = match name {
            b"host" | b"expect" | b"te" | b"http2-settings" => continue,
            _ => FieldKind::of(name),
        };
        if kind != FieldKind::ConnectionSpecific {
            let field = FieldSpan { name: fit.append(name), value: fit.append(value) };
            fit.admit(kind, field, true);
        }
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_whole_or_ignored() {
        assert_eq!(decode_settings(b"AAMAAABkAAQAoAAAAAIAAAAA").map(|p| p.len()), Some(18));
        assert_eq!(decode_settings(b""), Some(Vec::new()));
        for bad in ["AAMAAABkAAQAoAAAAAIAAAA", "AAMA", "AAMAAABk=", "####", "AAMA AABk", "++++++++"]
        {
            assert_eq!(decode_settings(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn connection_specific_fields_stay_behind() {
        let mut head = Head::default();
        head.set_request(b"GET", b"http", b"a", b"/");
        for name in [
            "host",
            "connection",
            "upgrade",
            "http2-settings",
            "keep-alive",
            "te",
            "transfer-encoding",
        ] {
            head.push(name.as_bytes(), b"x");
        }
        head.push(b"content-length", b"5");
        head.push(b"accept", b"*/*");
        let fit = fit_for_h2(&head);
        let names: Vec<_> = fit.fields().map(|(name, _)| name).collect();
        assert_eq!(names, [&b"content-length"[..], b"accept"]);
        assert_eq!(fit.content_length(), Some(5));
        assert_eq!(fit.authority(), b"a");
    }
}
