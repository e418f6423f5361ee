//! What the peer told us in SETTINGS (RFC 9113 section 6.5.2), and what we tell it.

use super::connection::Role;
use super::error::{Fault, Reason};
use super::flow::{WINDOW_BYTES_INITIAL, WINDOW_BYTES_MAX};
use super::frame::settings::id;
use crate::limits::{FRAME_BYTES_MAX, Limits};

/// The peer's settings, as far as they bind us. Starts with the protocol's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerSettings {
    /// The dynamic table our encoder may use.
    pub header_table_bytes: usize,
    /// Streams we may have open (client role).
    pub streams_max: u32,
    /// Send window of a new stream.
    pub window_bytes: u32,
    /// Longest payload we may send.
    pub frame_bytes_max: usize,
    /// Extended CONNECT is understood (RFC 8441 section 3).
    pub connect_protocol: bool,
}

impl Default for PeerSettings {
    fn default() -> Self {
        PeerSettings {
            header_table_bytes: 4096,
            streams_max: u32::MAX,
            window_bytes: WINDOW_BYTES_INITIAL,
            frame_bytes_max: 16_384,
            connect_protocol: false,
        }
    }
}

impl PeerSettings {
    /// Applies one parameter; an unknown one is ignored. `role` is ours.
    pub fn apply(&mut self, id: u16, value: u32, role: Role) -> Result<(), Fault> {
        let protocol_error = |reason| Err(Fault::connection(Reason::PROTOCOL_ERROR, reason));
        match id {
            id::HEADER_TABLE_SIZE => self.header_table_bytes = value as usize,
            id::ENABLE_PUSH if value > 1 => {
                return protocol_error("ENABLE_PUSH is neither 0 nor 1");
            }
            id::ENABLE_PUSH if value == 1 && role == Role::Client => {
                return protocol_error("a server must not enable push");
            }
            id::MAX_CONCURRENT_STREAMS => self.streams_max = value,
            id::INITIAL_WINDOW_SIZE if i64::from(value) > WINDOW_BYTES_MAX => {
                let reason = "INITIAL_WINDOW_SIZE above 2^31 - 1";
                return Err(Fault::connection(Reason::FLOW_CONTROL_ERROR, reason));
            }
            id::INITIAL_WINDOW_SIZE => self.window_bytes = value,
            id::MAX_FRAME_SIZE if !(16_384..=16_777_215).contains(&value) => {
                return protocol_error("MAX_FRAME_SIZE outside 16384 to 16777215");
            }
            id::MAX_FRAME_SIZE => self.frame_bytes_max = value as usize,
            id::ENABLE_CONNECT_PROTOCOL if value > 1 => {
                return protocol_error("ENABLE_CONNECT_PROTOCOL is neither 0 nor 1");
            }
            id::ENABLE_CONNECT_PROTOCOL => self.connect_protocol = value == 1,
            _ => {}
        }
        Ok(())
    }
}

/// The parameters we announce; those equal to the protocol's default are left out.
pub fn own(limits: &Limits, role: Role) -> Vec<(u16, u32)> {
    let mut entries = match role {
        Role::Server => vec![(id::MAX_CONCURRENT_STREAMS, limits.streams_max)],
        Role::Client => vec![(id::ENABLE_PUSH, 0)],
    };
    entries.push((id::INITIAL_WINDOW_SIZE, limits.stream_window_bytes));
    entries
        .push((id::MAX_HEADER_LIST_SIZE, u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX)));
    debug_assert_eq!(FRAME_BYTES_MAX, 16_384, "announce MAX_FRAME_SIZE when it is not the default");
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_values() {
        for (id, value, code) in [
            (id::ENABLE_PUSH, 2, Reason::PROTOCOL_ERROR),
            (id::INITIAL_WINDOW_SIZE, 0x8000_0000, Reason::FLOW_CONTROL_ERROR),
            (id::MAX_FRAME_SIZE, 16_383, Reason::PROTOCOL_ERROR),
            (id::MAX_FRAME_SIZE, 16_777_216, Reason::PROTOCOL_ERROR),
            (id::ENABLE_CONNECT_PROTOCOL, 2, Reason::PROTOCOL_ERROR),
        ] {
            let fault = PeerSettings::default().apply(id, value, Role::Server).unwrap_err();
            assert!(matches!(fault, Fault::Connection(e) if e.code == code.0), "{id} = {value}");
        }
        assert!(PeerSettings::default().apply(id::ENABLE_PUSH, 1, Role::Server).is_ok());
        assert!(PeerSettings::default().apply(id::ENABLE_PUSH, 1, Role::Client).is_err());
    }

    #[test]
    fn applied_values() {
        let mut peer = PeerSettings::default();
        for (id, value) in
            [(1, 0), (3, 7), (4, 0x7fff_ffff), (5, 16_777_215), (6, 1), (8, 1), (0xff, 9)]
        {
            peer.apply(id, value, Role::Server).unwrap();
        }
        let expected = PeerSettings {
            header_table_bytes: 0,
            streams_max: 7,
            window_bytes: 0x7fff_ffff,
            frame_bytes_max: 16_777_215,
            connect_protocol: true,
        };
        assert_eq!(peer, expected);
    }
}
