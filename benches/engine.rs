//! The protocol engines in memory, without sockets: a batch of requests in, answers out. Throughput counts requests.

use bytes::Bytes;
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use understudy_wire::{
    BodyMode, Buffers, Event, Head, Limits, PreparedFields, PreparedHead, ServerConnection, h2,
};

/// Requests that one read brings.
const BATCH: usize = 100;

const CONTENT: &[u8; 49] = &[b'x'; 49];

fn request() -> Head {
    let mut head = Head::default();
    head.set_request(b"POST", b"http", b"127.0.0.1:8000", b"/app/v1/load-test/id-21");
    head.push(b"user-agent", b"bench");
    head.push(b"content-type", b"application/json");
    head.push(b"content-length", b"49");
    head
}

/// What every request is answered with.
struct Answer {
    head: PreparedHead,
    date: PreparedFields,
    body: Bytes,
}

impl Answer {
    fn of(body_bytes: usize) -> Answer {
        let fields = [(&b"content-type"[..], &b"application/json"[..])];
        let date = [(&b"date"[..], &b"Thu, 05 Mar 2026 07:07:04 GMT"[..])];
        Answer {
            head: PreparedHead::new(200, fields).expect("a valid head"),
            date: PreparedFields::new(date).expect("a valid field"),
            body: Bytes::from(vec![b'r'; body_bytes]),
        }
    }

    /// Gives `input` to the server and answers every request in it; what is to be written goes to `written`. Gives the
    /// number of requests.
    fn serve(
        &self,
        server: &mut ServerConnection,
        input: &[u8],
        now: Instant,
        written: &mut Vec<u8>,
    ) -> usize {
        server.input().extend_from_slice(input);
        let mut answered = 0;
        loop {
            let stream = match server.next_event(now) {
                Some(Event::Message(message)) => Some(message.stream),
                Some(_) => continue,
                None => None,
            };
            match stream {
                Some(stream) => {
                    server.respond(stream, &self.head, &self.date, &self.body);
                    answered += 1;
                }
                // Nothing more to say, or enough waits to be written.
                None if server.output().is_empty() => return answered,
                None => written.append(server.output()),
            }
        }
    }
}

/// Both ends of one HTTP/2 connection. No time passes on it: deadlines are none of its business.
struct Pair {
    client: h2::Connection,
    server: ServerConnection,
    answer: Answer,
    request: Head,
    to_server: Vec<u8>,
    to_client: Vec<u8>,
    now: Instant,
}

impl Pair {
    fn new(body_bytes: usize) -> Pair {
        let (now, limits) = (Instant::now(), Arc::new(Limits::default()));
        let io = Buffers::default();
        Pair {
            client: h2::Connection::client(limits.clone(), BodyMode::Whole, io, now),
            server: ServerConnection::new(limits, BodyMode::Whole, None, false, now),
            answer: Answer::of(body_bytes),
            request: request(),
            to_server: Vec::new(),
            to_client: Vec::new(),
            now,
        }
    }

    /// The client sends a batch of requests.
    fn ask(&mut self) {
        let content = Bytes::from_static(CONTENT);
        for _ in 0..BATCH {
            let stream = self.client.send_request(&self.request, false).expect("a free stream");
            self.client.send_data(stream, content.clone(), true);
        }
        self.to_server.append(self.client.output());
    }

    /// The server answers what there is.
    fn serve(&mut self) -> usize {
        let answered =
            self.answer.serve(&mut self.server, &self.to_server, self.now, &mut self.to_client);
        self.to_server.clear();
        answered
    }

    /// The client reads what there is; gives the number of good answers.
    fn read(&mut self) -> usize {
        self.client.input().append(&mut self.to_client);
        let mut good = 0;
        while let Some(event) = self.client.next_event(self.now) {
            if let Event::Message(message) = event {
                let is_whole = message.body.len() == self.answer.body.len();
                good += usize::from(message.head.status() == 200 && is_whole);
            }
        }
        self.to_server.append(self.client.output());
        good
    }

    /// All of it, until the answers are complete, which takes several turns when windows have to be opened.
    fn exchange(&mut self) {
        self.ask();
        let (mut answered, mut good) = (0, 0);
        while good < BATCH {
            answered += self.serve();
            assert!(!self.to_client.is_empty(), "the exchange stands still");
            good += self.read();
        }
        assert_eq!((answered, good), (BATCH, BATCH));
    }
}

pub(super) fn http2(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine/http2");
    group.throughput(Throughput::Elements(BATCH as u64));
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    group.bench_function("server/100 requests on a new connection", |b| {
        Pair::new(400).exchange();
        b.iter_custom(|times| {
            let mut elapsed = Duration::ZERO;
            for _ in 0..times {
                let mut pair = Pair::new(400);
                pair.ask();
                elapsed += timed(&mut || assert_eq!(black_box(pair.serve()), BATCH));
            }
            elapsed
        });
    });
    let mut pair = Pair::new(400);
    pair.exchange();
    group.bench_function("server/100 requests", |b| {
        b.iter_custom(|times| {
            let mut elapsed = Duration::ZERO;
            for _ in 0..times {
                pair.ask();
                elapsed += timed(&mut || assert_eq!(black_box(pair.serve()), BATCH));
                assert_eq!(pair.read(), BATCH);
            }
            elapsed
        });
    });
    group.bench_function("client/100 requests sent and answers read", |b| {
        b.iter_custom(|times| {
            let mut elapsed = Duration::ZERO;
            for _ in 0..times {
                elapsed += timed(&mut || pair.ask());
                assert_eq!(pair.serve(), BATCH);
                elapsed += timed(&mut || assert_eq!(black_box(pair.read()), BATCH));
            }
            elapsed
        });
    });
    let mut pair = Pair::new(100_000);
    pair.exchange();
    group.sample_size(20).throughput(Throughput::Bytes((BATCH * 100_000) as u64));
    group.bench_function("both ends/100 answers of 100 KB", |b| b.iter(|| pair.exchange()));
    group.finish();
}

/// The request of this file as HTTP/1.1, with the framing given.
fn http1_request(framing: &str, content: &str) -> Vec<u8> {
    let head =
        "POST /app/v1/load-test/id-21 HTTP/1.1\r\nhost: 127.0.0.1:8000\r\nuser-agent: bench\r\n";
    format!("{head}content-type: application/json\r\n{framing}\r\n\r\n{content}").into_bytes()
}

pub(super) fn http1(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine/http1");
    group.throughput(Throughput::Elements(BATCH as u64));
    let content = "x".repeat(CONTENT.len());
    let chunked = format!("31\r\n{content}\r\n0\r\n\r\n");
    for (name, request) in [
        ("server/100 requests", http1_request("content-length: 49", &content)),
        ("server/100 requests, chunked", http1_request("transfer-encoding: chunked", &chunked)),
    ] {
        let (now, answer, batch) = (Instant::now(), Answer::of(400), request.repeat(BATCH));
        let limits = Arc::new(Limits::default());
        let mut server = ServerConnection::new(limits, BodyMode::Whole, None, false, now);
        let mut written = Vec::new();
        assert_eq!(answer.serve(&mut server, &batch, now, &mut written), BATCH, "{name}");
        let good = written.windows(15).filter(|line| line == b"HTTP/1.1 200 OK").count();
        assert_eq!(good, BATCH, "{name}");
        group.bench_function(name, |b| {
            b.iter(|| {
                written.clear();
                answer.serve(&mut server, black_box(&batch), now, &mut written)
            });
        });
    }
    group.finish();
}
