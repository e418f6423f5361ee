//! HPACK, the header compression of HTTP/2 (RFC 7541), both directions.
//!
//! A field block is decoded straight into the arena of a [`Head`](crate::Head): a field that stands in a table is one
//! copy, and what its name means to the protocol and whether its value is valid was found when it entered the table.
//! Answers known in advance are rendered with [`encode_literal`], which touches no table and so fits any connection.
//!
//! Every error in here is one of the connection (RFC 9113 section 4.3, COMPRESSION_ERROR): after it the two dynamic
//! tables can no longer be known to agree. What makes a *message* malformed is left to the rules of `Head`.

mod decoder;
mod dynamic_table;
mod encoder;
mod huffman;
mod huffman_table;
mod integer;
mod static_table;
#[cfg(test)]
mod tests;

pub use decoder::{Decoded, Decoder};
pub use encoder::{Encoder, encode_literal, encode_status};

use std::fmt;

/// RFC 7541 section 4.1: what an entry counts beyond its name and value.
const ENTRY_OVERHEAD_BYTES: usize = 32;

/// RFC 9113 section 6.5.2: the size of a dynamic table until SETTINGS_HEADER_TABLE_SIZE says otherwise.
const TABLE_BYTES_INITIAL: usize = 4096;

/// Why a field block cannot be decoded, in the words of RFC 7541. Always COMPRESSION_ERROR for the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(pub &'static str);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Error {}
