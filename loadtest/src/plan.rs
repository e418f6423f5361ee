//! What a test does: everything that was typed, checked and completed.

use crate::pace::Pace;
use crate::requests::Request;
use crate::script::Script;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use understudy_wire::connection::Protocol;

/// A test, ready to run.
#[derive(Debug)]
pub struct Plan {
    /// Where to connect.
    pub address: SocketAddr,
    /// What the connections speak.
    pub protocol: Protocol,
    /// Present when it goes over TLS.
    pub tls: Option<Tls>,
    /// The `:authority`, or `host`, of scripted requests.
    pub authority: String,
    /// Connections in all, dealt out to the threads.
    pub connections: usize,
    /// Requests in flight on each connection at most.
    pub streams: usize,
    /// Threads, each with its own connections.
    pub threads: usize,
    /// How much is sent, and when.
    pub load: Load,
    /// A request that takes longer has failed.
    pub timeout: Duration,
    /// What is sent in this time at the beginning is not measured.
    pub warm_up: Duration,
    /// What is sent.
    pub source: Source,
}

/// How connections are encrypted.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Whom to trust, and the protocol to agree on.
    pub config: Arc<rustls::ClientConfig>,
    /// Whom the certificate has to name.
    pub name: ServerName<'static>,
}

/// How much is sent, and when.
#[derive(Clone, Debug)]
pub enum Load {
    /// Closed loop: the next request goes out when an answer has come in. It ends after so many requests or so much time,
    /// whichever comes first.
    Closed {
        /// Requests in all.
        requests: Option<u64>,
        /// From the end of the warm-up.
        duration: Option<Duration>,
    },
    /// Open loop: requests go out when they are due, whatever became of those before.
    Open {
        /// When they are due. The warm-up is the beginning of it.
        pace: Pace,
        /// An end before that of the pace, after so many requests.
        requests: Option<u64>,
    },
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Source {
    /// These requests, one after the other and over again, on each thread.
    Requests(Arc<[Request]>),
    /// The messages of a script.
    Script(Arc<Script>),
}

impl Source {
    /// How many kinds of requests have a tally of their own.
    pub fn kinds(&self) -> usize {
        match self {
            Source::Requests(_) => 1,
            Source::Script(script) => script.message_names().len(),
        }
    }
}
