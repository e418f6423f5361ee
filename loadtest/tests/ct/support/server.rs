//! Servers of HTTP/2 (h2) and HTTP/1.1 (hyper), in the clear or over TLS, that remember what they were asked.

use super::Certificate;
use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

mod http1;
mod http2;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

/// A request as the server saw it, whole.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    /// The `:authority`, or `host`.
    pub(crate) authority: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Connections count from 0.
    pub(crate) connection: usize,
    /// Requests count from 0, as they arrive.
    pub(crate) number: usize,
    pub(crate) arrived: Instant,
}

/// What the server does about a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        pieces: Vec<Bytes>,
        /// Interim answers (103) before, and trailers after it; in HTTP/2 only.
        with_extras: bool,
    },
    /// RST_STREAM.
    Reset,
    /// Nothing, ever.
    Never,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Reply {
        Reply::Answer { status, headers: Vec::new(), pieces: Vec::new(), with_extras: false }
    }

    pub(crate) fn text(text: impl Into<Bytes>) -> Reply {
        Reply::pieces(vec![text.into()])
    }

    pub(crate) fn pieces(pieces: Vec<Bytes>) -> Reply {
        Reply::Answer { status: 200, headers: Vec::new(), pieces, with_extras: false }
    }

    fn response(&self) -> Response<()> {
        let mut response = Response::new(());
        if let Reply::Answer { status, headers, .. } = self {
            *response.status_mut() = http::StatusCode::from_u16(*status).unwrap();
            for (name, value) in headers {
                response.headers_mut().append(*name, value.parse().unwrap());
            }
        }
        response
    }
}

/// What the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http1,
    Http2,
}

/// How the server deals with connections.
#[derive(Clone)]
pub(crate) struct Behaviour {
    pub(crate) speaks: Speaks,
    /// The certificate and the protocols that it agrees to.
    pub(crate) tls: Option<(Arc<Certificate>, Vec<&'static str>)>,
    /// SETTINGS_MAX_CONCURRENT_STREAMS.
    pub(crate) streams_max: Option<u32>,
    /// SETTINGS_INITIAL_WINDOW_SIZE, and the connection's window.
    pub(crate) window_bytes: Option<u32>,
    /// HTTP/2: after so many requests the connection is ended with GOAWAY, and what has begun is answered.
    pub(crate) goaway_after: Option<usize>,
    /// HTTP/2: when the first connection has seen so many requests it is cut, and they are not answered.
    pub(crate) cut_after: Option<usize>,
    /// HTTP/1.1: each answer is the last of its connection.
    pub(crate) close_each: bool,
}

impl Behaviour {
    pub(crate) fn of(speaks: Speaks) -> Behaviour {
        Behaviour {
            speaks,
            tls: None,
            streams_max: None,
            window_bytes: None,
            goaway_after: None,
            cut_after: None,
            close_each: false,
        }
    }
}

type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;
type Handler = dyn Fn(Asked) -> Answering + Send + Sync;

/// What all connections of a server share.
struct Shared {
    behaviour: Behaviour,
    handler: Box<Handler>,
    asked: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
    in_flight: AtomicUsize,
    in_flight_max: AtomicUsize,
}

/// A server that listens as long as this value lives.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Answers each request with what `handler` says about it.
    pub(crate) fn start(
        behaviour: Behaviour,
        handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::start_async(behaviour, move |asked| {
            let reply = handler(&asked);
            async move { reply }
        })
    }

    /// The same when the answer takes its time.
    pub(crate) fn start_async<F: Future<Output = Reply> + Send + 'static>(
        behaviour: Behaviour,
        handler: impl Fn(Asked) -> F + Send + Sync + 'static,
    ) -> Server {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            behaviour,
            handler: Box::new(move |asked| Box::pin(handler(asked))),
            asked: Mutex::default(),
            connections: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            in_flight_max: AtomicUsize::new(0),
        });
        let accepting = RUNTIME.spawn(accept(listener, Arc::clone(&shared)));
        Server { address, shared, accepting }
    }

    /// A server in the clear that answers all requests with this text.
    pub(crate) fn of_text(speaks: Speaks, text: &'static str) -> Server {
        Server::start(Behaviour::of(speaks), move |_| Reply::text(text))
    }

    /// A URL of it with this path.
    pub(crate) fn url(&self, path: &str) -> String {
        let scheme = if self.shared.behaviour.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// All requests so far, in the order in which they arrived.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How many requests there were.
    pub(crate) fn count(&self) -> u64 {
        self.shared.asked.lock().unwrap().len() as u64
    }

    /// Connections that were accepted, those among them that never asked for anything.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Requests that waited for their answers at the same time, at most.
    pub(crate) fn in_flight_max(&self) -> usize {
        self.shared.in_flight_max.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).unwrap();
    // Connections end with the server.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        connections.spawn(connect(stream, number, Arc::clone(&shared)));
    }
}

async fn connect(stream: TcpStream, number: usize, shared: Arc<Shared>) {
    stream.set_nodelay(true).unwrap();
    match &shared.behaviour.tls {
        None => serve(stream, number, Arc::clone(&shared)).await,
        Some((certificate, alpn)) => {
            // A client that does not trust us goes away.
            if let Ok(stream) = certificate.acceptor(alpn).accept(stream).await {
                serve(stream, number, Arc::clone(&shared)).await;
            }
        }
    }
}

async fn serve<S>(stream: S, number: usize, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match shared.behaviour.speaks {
        Speaks::Http1 => http1::serve(stream, number, shared).await,
        Speaks::Http2 => http2::serve(stream, number, shared).await,
    }
}

impl Shared {
    /// Remembers a request and asks what to do.
    async fn reply(&self, head: http::request::Parts, body: Bytes, connection: usize) -> Reply {
        let host = head.headers.get("host").map(|host| host.to_str().unwrap().to_owned());
        let authority = head.uri.authority().map(|authority| authority.as_str().to_owned());
        let mut asked = Asked {
            method: head.method,
            path: head.uri.path_and_query().unwrap().as_str().to_owned(),
            authority: authority.or(host).unwrap(),
            headers: head.headers,
            body,
            connection,
            number: 0,
            arrived: Instant::now(),
        };
        {
            let mut all = self.asked.lock().unwrap();
            asked.number = all.len();
            all.push(asked.clone());
        }
        let in_flight = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.in_flight_max.fetch_max(in_flight, Ordering::SeqCst);
        let reply = (self.handler)(asked).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        reply
    }
}
