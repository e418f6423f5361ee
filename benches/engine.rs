//! The protocol engines in memory: a batch of requests in, answers out.

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use understudy_wire::h2::hpack::{Decoder, Encoder};
use understudy_wire::{
    BodyMode, Buffers, Event, Head, Limits, PreparedFields, PreparedHead, ServerConnection, h2,
};

const BATCH: u64 = 100;

fn request() -> Head {
    let mut head = Head::default();
    head.set_request(b"POST", b"http", b"127.0.0.1:8000", b"/app/v1/load-test/id-21");
    head.push(b"user-agent", b"bench");
    head.push(b"content-type", b"application/json");
    head.push(b"content-length", b"49");
    head
}

fn hpack(c: &mut Criterion) {
    let mut encoder = Encoder::new(4096);
    let mut blocks = [Vec::new(), Vec::new()];
    let request = request();
    for block in &mut blocks {
        encoder.begin(block);
        encoder.field(b":method", request.method(), block);
        encoder.field(b":path", request.path(), block);
        request.fields().for_each(|(name, value)| encoder.field(name, value, block));
    }
    let (mut decoder, mut head) = (Decoder::new(4096), Head::default());
    decoder.decode(&blocks[0], &mut head, usize::MAX).expect("a valid block");
    c.bench_function("hpack/decode a repeated request", |b| {
        b.iter(|| {
            head.clear();
            decoder.decode(black_box(&blocks[1]), &mut head, usize::MAX).is_ok()
        });
    });
}

/// A server that has shaken hands, and a batch of requests from one of our clients.
fn prepared_batch() -> (ServerConnection, Vec<u8>, Instant) {
    let (now, limits) = (Instant::now(), Arc::new(Limits::default()));
    let mut client =
        h2::Connection::client(limits.clone(), BodyMode::Whole, Buffers::default(), now);
    let mut server = ServerConnection::new(limits, BodyMode::Whole, None, false, now);
    let (request, body) = (request(), Bytes::from(vec![b'x'; 49]));
    for _ in 0..BATCH {
        let stream = client.send_request(&request, false).expect("a free stream");
        client.send_data(stream, body.clone(), true);
    }
    let batch = std::mem::take(client.output());
    let _ = server.next_event(now);
    (server, batch, now)
}

fn http2(c: &mut Criterion) {
    let head =
        PreparedHead::new(200, [(b"content-type".as_slice(), b"application/json".as_slice())]);
    let head = head.expect("a valid head");
    let (none, body) = (PreparedFields::default(), Bytes::from(vec![b'r'; 400]));
    let mut group = c.benchmark_group("http2");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("a fresh connection with a batch of 100 requests", |b| {
        b.iter_batched_ref(
            prepared_batch,
            |(server, batch, now)| {
                server.input().append(batch);
                loop {
                    let next = match server.next_event(*now) {
                        Some(Event::Message(message)) => Some(message.stream),
                        Some(_) => continue,
                        None => None,
                    };
                    let Some(stream) = next else {
                        if server.output().is_empty() {
                            break;
                        }
                        server.output().clear();
                        continue;
                    };
                    server.respond(stream, &head, &none, &body);
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, hpack, http2);
criterion_main!(benches);
