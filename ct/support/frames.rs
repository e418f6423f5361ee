//! HTTP/2 frames built by name, right or wrong (RFC 9113 sections 4.1 and 6).

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const ACK: u8 = 0x1;
pub(crate) const END_STREAM: u8 = 0x1;
pub(crate) const END_HEADERS: u8 = 0x4;
pub(crate) const PADDED: u8 = 0x8;
pub(crate) const WITH_PRIORITY: u8 = 0x20;

/// Error codes (RFC 9113 section 7).
pub(crate) mod code {
    pub(crate) const NO_ERROR: u32 = 0;
    pub(crate) const PROTOCOL_ERROR: u32 = 1;
    pub(crate) const FLOW_CONTROL_ERROR: u32 = 3;
    pub(crate) const SETTINGS_TIMEOUT: u32 = 4;
    pub(crate) const STREAM_CLOSED: u32 = 5;
    pub(crate) const FRAME_SIZE_ERROR: u32 = 6;
    pub(crate) const REFUSED_STREAM: u32 = 7;
    pub(crate) const CANCEL: u32 = 8;
    pub(crate) const COMPRESSION_ERROR: u32 = 9;
    pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;
}

/// Identifiers of settings (RFC 9113 section 6.5.2).
pub(crate) mod setting {
    pub(crate) const HEADER_TABLE_SIZE: u16 = 1;
    pub(crate) const ENABLE_PUSH: u16 = 2;
    pub(crate) const MAX_CONCURRENT_STREAMS: u16 = 3;
    pub(crate) const INITIAL_WINDOW_SIZE: u16 = 4;
    pub(crate) const MAX_FRAME_SIZE: u16 = 5;
    pub(crate) const MAX_HEADER_LIST_SIZE: u16 = 6;
}

/// One frame. `fields` is what a received HEADERS frame decoded to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
    pub(crate) fields: Vec<(String, String)>,
}

/// A frame of any kind.
pub(crate) fn raw(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Frame {
    Frame { kind, flags, stream, payload: payload.to_vec(), ..Frame::default() }
}

/// HEADERS that is complete in itself (END_HEADERS); add [`Frame::end_stream`] for a request without content.
pub(crate) fn headers(stream: u32, block: &[u8]) -> Frame {
    raw(HEADERS, END_HEADERS, stream, block)
}

/// HEADERS to be followed by CONTINUATION.
pub(crate) fn headers_open(stream: u32, block: &[u8]) -> Frame {
    raw(HEADERS, 0, stream, block)
}

/// CONTINUATION that ends the field block.
pub(crate) fn continuation(stream: u32, block: &[u8]) -> Frame {
    raw(CONTINUATION, END_HEADERS, stream, block)
}

/// CONTINUATION to be followed by another.
pub(crate) fn continuation_open(stream: u32, block: &[u8]) -> Frame {
    raw(CONTINUATION, 0, stream, block)
}

/// DATA, more to come.
pub(crate) fn data(stream: u32, content: &[u8]) -> Frame {
    raw(DATA, 0, stream, content)
}

/// PRIORITY as in RFC 7540; `weight` as on the wire.
pub(crate) fn priority(stream: u32, dependency: u32, weight: u8) -> Frame {
    raw(PRIORITY, 0, stream, &[&dependency.to_be_bytes()[..], &[weight]].concat())
}

pub(crate) fn rst_stream(stream: u32, code: u32) -> Frame {
    raw(RST_STREAM, 0, stream, &code.to_be_bytes())
}

pub(crate) fn settings(values: &[(u16, u32)]) -> Frame {
    let payload: Vec<u8> = values
        .iter()
        .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
        .collect();
    raw(SETTINGS, 0, 0, &payload)
}

pub(crate) fn settings_ack() -> Frame {
    raw(SETTINGS, ACK, 0, b"")
}

pub(crate) fn push_promise(stream: u32, promised: u32, block: &[u8]) -> Frame {
    raw(PUSH_PROMISE, END_HEADERS, stream, &[&promised.to_be_bytes()[..], block].concat())
}

pub(crate) fn ping(payload: [u8; 8]) -> Frame {
    raw(PING, 0, 0, &payload)
}

pub(crate) fn goaway(last_stream: u32, code: u32) -> Frame {
    raw(GOAWAY, 0, 0, &[last_stream.to_be_bytes(), code.to_be_bytes()].concat())
}

pub(crate) fn window_update(stream: u32, increment: u32) -> Frame {
    raw(WINDOW_UPDATE, 0, stream, &increment.to_be_bytes())
}

impl Frame {
    /// Sets further flags.
    pub(crate) fn flags(mut self, flags: u8) -> Frame {
        self.flags |= flags;
        self
    }

    /// Sets END_STREAM.
    pub(crate) fn end_stream(self) -> Frame {
        self.flags(END_STREAM)
    }

    /// Adds padding of `length` bytes (DATA, HEADERS).
    pub(crate) fn padded(mut self, length: u8) -> Frame {
        self.payload.insert(0, length);
        self.payload.resize(self.payload.len() + usize::from(length), 0);
        self.flags(PADDED)
    }

    /// Adds the priority fields of RFC 7540 (HEADERS); before [`Frame::padded`].
    pub(crate) fn depending_on(mut self, dependency: u32, weight: u8) -> Frame {
        let fields = [&dependency.to_be_bytes()[..], &[weight]].concat();
        self.payload.splice(0..0, fields);
        self.flags(WITH_PRIORITY)
    }

    /// Header and payload as they go to the wire.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = (self.payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([self.kind, self.flags]);
        bytes.extend(self.stream.to_be_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    /// The first complete frame of `bytes`, and its length.
    pub(crate) fn parse(bytes: &[u8]) -> Option<(Frame, usize)> {
        let head = bytes.get(..9)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let payload = bytes.get(9..9 + length)?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & 0x7fff_ffff;
        Some((raw(head[3], head[4], stream, payload), 9 + length))
    }

    /// The big-endian number at `offset` of the payload.
    pub(crate) fn number(&self, offset: usize) -> u32 {
        u32::from_be_bytes(self.payload[offset..offset + 4].try_into().unwrap())
    }

    /// The error code of a RST_STREAM or GOAWAY.
    pub(crate) fn code(&self) -> u32 {
        self.number(if self.kind == GOAWAY { 4 } else { 0 })
    }

    /// The frame has these flags.
    pub(crate) fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// The first field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// One line for the log of a failed test.
    pub(crate) fn describe(&self) -> String {
        const NAMES: [&str; 10] = [
            "DATA",
            "HEADERS",
            "PRIORITY",
            "RST_STREAM",
            "SETTINGS",
            "PUSH_PROMISE",
            "PING",
            "GOAWAY",
            "WINDOW_UPDATE",
            "CONTINUATION",
        ];
        let name = NAMES.get(usize::from(self.kind)).copied().unwrap_or("unknown");
        let shown = &self.payload[..self.payload.len().min(24)];
        let text = shown.escape_ascii();
        format!(
            "{name} stream {} flags {:#04x} length {} {text}",
            self.stream,
            self.flags,
            self.payload.len()
        )
    }
}
