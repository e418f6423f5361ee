//! The connection as a whole, in memory: scripts of frames, a client against a server, any chunking.

mod chunking;
mod floods;
mod limits;
mod pair;
mod script;
mod server;
