//! The layouts of HTTP/2 frames: header and payload of a hundred frames of a kind, one after another in one buffer.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use std::hint::black_box;
use understudy_wire::h2::Reason;
use understudy_wire::h2::frame::{
    FrameHeader, HEADER_BYTES, continuation, data, flag, goaway, headers, kind, ping, priority,
    rst_stream, settings, window_update,
};

const BATCH: usize = 100;

/// What a client's first SETTINGS frame holds.
const SETTINGS: [(u16, u32); 5] = [
    (settings::id::HEADER_TABLE_SIZE, 65_536),
    (settings::id::ENABLE_PUSH, 0),
    (settings::id::MAX_CONCURRENT_STREAMS, 100),
    (settings::id::INITIAL_WINDOW_SIZE, 1 << 20),
    (settings::id::MAX_HEADER_LIST_SIZE, 65_536),
];

/// A field block as long as that of a request which the tables know nothing of, and the content of one.
const BLOCK: [u8; 60] = [0x82; 60];
const CONTENT: [u8; 49] = [b'x'; 49];

/// A frame that no `encode` makes.
fn raw(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    FrameHeader { length: payload.len(), kind, flags, stream: 7 }.encode(&mut frame);
    frame.extend_from_slice(payload);
    frame
}

fn made(encode: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut frame = Vec::new();
    encode(&mut frame);
    frame
}

/// Walks over the frames in `batch` and counts those that `parse` accepts.
#[inline]
fn walk(batch: &[u8], parse: impl Fn(FrameHeader, &[u8]) -> bool) -> usize {
    let (mut rest, mut accepted) = (batch, 0);
    while let Some((header, after)) = rest.split_first_chunk::<HEADER_BYTES>() {
        let header = FrameHeader::parse(header);
        let Some((payload, next)) = after.split_at_checked(header.length) else { break };
        accepted += usize::from(parse(header, payload));
        rest = next;
    }
    accepted
}

fn parse_row(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    frame: &[u8],
    parse: impl Fn(FrameHeader, &[u8]) -> bool,
) {
    let batch = frame.repeat(BATCH);
    assert_eq!(walk(&batch, &parse), BATCH, "{name}");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(name, |b| b.iter(|| walk(black_box(&batch), &parse)));
}

pub(super) fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("frames/parse 100 frames");
    let content = made(|out| data::encode(7, &CONTENT, true, out));
    parse_row(&mut group, "header alone", &content, |header, _| header.stream == 7);
    parse_row(&mut group, "DATA", &content, |h, p| data::parse(h, p) == Ok(0..CONTENT.len()));
    let padded = [&[10][..], &CONTENT, &[0; 10]].concat();
    let padded = raw(kind::DATA, flag::PADDED, &padded);
    parse_row(&mut group, "DATA, padded", &padded, |h, p| data::parse(h, p) == Ok(1..50));
    let head = made(|out| headers::encode(7, &BLOCK, false, 16_384, out));
    parse_row(&mut group, "HEADERS", &head, |h, p| {
        headers::parse(h, p).is_ok_and(|headers| headers.block == (0..BLOCK.len()))
    });
    let dependent = raw(kind::HEADERS, flag::PRIORITY, &[&[0, 0, 0, 3, 16][..], &BLOCK].concat());
    parse_row(&mut group, "HEADERS with a priority", &dependent, |h, p| {
        headers::parse(h, p).is_ok_and(|headers| headers.depends_on == Some(3))
    });
    let continued = raw(kind::CONTINUATION, flag::END_HEADERS, &BLOCK);
    parse_row(&mut group, "CONTINUATION", &continued, |h, _| continuation::parse(h).is_ok());
    let settings = made(|out| settings::encode(&SETTINGS, out));
    parse_row(&mut group, "SETTINGS of five", &settings, |h, p| {
        settings::parse(h, p) == Ok(false)
            && settings::entries(p).map(|(_, value)| value).max() == Some(1 << 20)
    });
    let update = made(|out| window_update::encode(7, 65_536, out));
    parse_row(&mut group, "WINDOW_UPDATE", &update, |h, p| {
        window_update::parse(h, p) == Ok(65_536)
    });
    let ping = made(|out| ping::encode(*b"abcdefgh", false, out));
    parse_row(&mut group, "PING", &ping, |h, p| ping::parse(h, p) == Ok(*b"abcdefgh"));
    let reset = made(|out| rst_stream::encode(7, Reason::CANCEL, out));
    parse_row(&mut group, "RST_STREAM", &reset, |h, p| {
        rst_stream::parse(h, p) == Ok(Reason::CANCEL)
    });
    let away = made(|out| goaway::encode(7, Reason::NO_ERROR, b"bye", out));
    parse_row(&mut group, "GOAWAY", &away, |h, p| goaway::parse(h, p) == Ok((7, Reason::NO_ERROR)));
    let priority = raw(kind::PRIORITY, 0, &[0, 0, 0, 3, 16]);
    parse_row(&mut group, "PRIORITY", &priority, |h, p| priority::parse(h, p).is_ok());
    group.finish();
}

fn encode_row(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    frame_kind: u8,
    encode: impl Fn(&mut Vec<u8>),
) {
    let mut out = made(&encode);
    assert_eq!(walk(&out, |header, _| header.kind == frame_kind), 1, "{name}");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(name, |b| {
        b.iter(|| {
            out.clear();
            for _ in 0..BATCH {
                encode(&mut out);
            }
            out.len()
        });
    });
}

pub(super) fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("frames/encode 100 frames");
    encode_row(&mut group, "DATA", kind::DATA, |out| {
        data::encode(black_box(7), black_box(&CONTENT), true, out);
    });
    encode_row(&mut group, "HEADERS", kind::HEADERS, |out| {
        headers::encode(black_box(7), black_box(&BLOCK), false, 16_384, out);
    });
    encode_row(&mut group, "SETTINGS of five", kind::SETTINGS, |out| {
        settings::encode(black_box(&SETTINGS), out);
    });
    encode_row(&mut group, "WINDOW_UPDATE", kind::WINDOW_UPDATE, |out| {
        window_update::encode(black_box(7), black_box(65_536), out);
    });
    encode_row(&mut group, "PING", kind::PING, |out| {
        ping::encode(black_box(*b"abcdefgh"), true, out);
    });
    encode_row(&mut group, "RST_STREAM", kind::RST_STREAM, |out| {
        rst_stream::encode(black_box(7), black_box(Reason::CANCEL), out);
    });
    encode_row(&mut group, "GOAWAY", kind::GOAWAY, |out| {
        goaway::encode(black_box(7), black_box(Reason::NO_ERROR), b"bye", out);
    });
    group.finish();
}
