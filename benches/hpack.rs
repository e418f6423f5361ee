//! HPACK in memory, both ways. A block is what the head of one request takes; throughput counts its fields, and bytes of
//! text where Huffman coding is measured.

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use std::hint::black_box;
use understudy_wire::Head;
use understudy_wire::h2::hpack::{Decoder, Encoder, encode_literal, encode_status};

type Field<'a> = (&'a [u8], &'a [u8]);

/// The size that both ends begin with (RFC 9113 section 6.5.2).
const TABLE_BYTES: usize = 4096;

/// Paths of which none is left in the table when its turn comes again.
const PATHS: usize = 4096;

/// A text of this many bytes is coded.
const TEXT_BYTES: usize = 1024;

/// What a load generator sends.
const PLAIN: [Field<'static>; 7] = [
    (b":method", b"POST"),
    (b":scheme", b"http"),
    (b":authority", b"127.0.0.1:8000"),
    (b":path", b"/app/v1/load-test/id-21"),
    (b"user-agent", b"bench"),
    (b"content-type", b"application/json"),
    (b"content-length", b"49"),
];

/// What a browser sends.
const BROWSER: [Field<'static>; 17] = [
    (b":method", b"GET"),
    (b":scheme", b"https"),
    (b":authority", b"www.example.org"),
    (b":path", b"/catalogue/items?page=2&sort=price"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"accept-language", b"en-GB,en;q=0.8,de;q=0.5"),
    (b"cache-control", b"no-cache"),
    (b"cookie", b"session=0123456789abcdef0123456789abcdef; theme=dark; consent=none"),
    (b"dnt", b"1"),
    (b"referer", b"https://www.example.org/catalogue"),
    (b"sec-fetch-dest", b"document"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-site", b"same-origin"),
    (b"te", b"trailers"),
    (b"upgrade-insecure-requests", b"1"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
];

fn encode(encoder: &mut Encoder, fields: &[Field<'_>], block: &mut Vec<u8>) {
    encoder.begin(block);
    for (name, value) in fields {
        encoder.field(name, value, block);
    }
}

fn encoded(encoder: &mut Encoder, fields: &[Field<'_>]) -> Vec<u8> {
    let mut block = Vec::new();
    encode(encoder, fields, &mut block);
    block
}

/// Decodes without a limit on the list and asserts that the head says what the fields say.
fn assert_decodes(decoder: &mut Decoder, block: &[u8], fields: &[Field<'_>]) {
    let mut head = Head::default();
    decoder.decode(block, &mut head, usize::MAX).expect("a valid block");
    let pseudo = [
        (&b":method"[..], head.method()),
        (b":scheme", head.scheme()),
        (b":authority", head.authority()),
        (b":path", head.path()),
    ];
    assert_eq!(pseudo.into_iter().chain(head.fields()).collect::<Vec<_>>(), fields);
}

/// The same fields with another path for each block.
fn with_paths<'a>(fields: &[Field<'a>], paths: &'a [String]) -> Vec<Vec<Field<'a>>> {
    let mut lists = vec![fields.to_vec(); paths.len()];
    for (list, path) in lists.iter_mut().zip(paths) {
        list.iter_mut().filter(|(name, _)| name == b":path").for_each(|f| f.1 = path.as_bytes());
    }
    lists
}

fn paths() -> Vec<String> {
    (0..PATHS).map(|n| format!("/app/v1/load-test/id-{n}")).collect()
}

fn decode_fields(group: &mut BenchmarkGroup<'_, WallTime>, shape: &str, fields: &[Field<'_>]) {
    group.throughput(Throughput::Elements(fields.len() as u64));
    let mut encoder = Encoder::new(TABLE_BYTES);
    let (first, repeated) = (encoded(&mut encoder, fields), encoded(&mut encoder, fields));
    assert!(repeated.len() < first.len() / 2, "the tables serve the repetition");
    let mut decoder = Decoder::new(TABLE_BYTES);
    assert_decodes(&mut decoder, &first, fields);
    assert_decodes(&mut decoder, &repeated, fields);
    let mut head = Head::default();
    group.bench_function(format!("{shape}/first block of a connection"), |b| {
        b.iter_batched_ref(
            || Decoder::new(TABLE_BYTES),
            |decoder| {
                head.clear();
                decoder.decode(black_box(&first), &mut head, usize::MAX).is_ok()
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function(format!("{shape}/repeated"), |b| {
        b.iter(|| {
            head.clear();
            decoder.decode(black_box(&repeated), &mut head, usize::MAX).is_ok()
        });
    });
    let paths = paths();
    let lists = with_paths(fields, &paths);
    let mut encoder = Encoder::new(TABLE_BYTES);
    // From the first block again after the last: that one brings everything it needs.
    let blocks: Vec<_> = lists.iter().map(|list| encoded(&mut encoder, list)).collect();
    let mut decoder = Decoder::new(TABLE_BYTES);
    for (block, list) in blocks.iter().zip(&lists).chain(blocks.iter().zip(&lists)) {
        assert_decodes(&mut decoder, block, list);
    }
    let mut blocks = blocks.iter().cycle();
    group.bench_function(format!("{shape}/another path each time"), |b| {
        b.iter(|| {
            head.clear();
            let block = blocks.next().map_or(&[][..], Vec::as_slice);
            decoder.decode(black_box(block), &mut head, usize::MAX).is_ok()
        });
    });
}

fn encode_fields(group: &mut BenchmarkGroup<'_, WallTime>, shape: &str, fields: &[Field<'_>]) {
    group.throughput(Throughput::Elements(fields.len() as u64));
    let mut block = Vec::with_capacity(TABLE_BYTES);
    group.bench_function(format!("{shape}/first block of a connection"), |b| {
        b.iter_batched_ref(
            || Encoder::new(TABLE_BYTES),
            |encoder| {
                block.clear();
                encode(encoder, black_box(fields), &mut block);
                block.len()
            },
            BatchSize::SmallInput,
        );
    });
    let mut encoder = Encoder::new(TABLE_BYTES);
    let (first, repeated) = (encoded(&mut encoder, fields), encoded(&mut encoder, fields));
    assert!(repeated.len() < first.len() / 2, "the tables serve the repetition");
    group.bench_function(format!("{shape}/repeated"), |b| {
        b.iter(|| {
            block.clear();
            encode(&mut encoder, black_box(fields), &mut block);
            block.len()
        });
    });
    let paths = paths();
    let lists = with_paths(fields, &paths);
    let mut lists = lists.iter().cycle();
    let mut encoder = Encoder::new(TABLE_BYTES);
    group.bench_function(format!("{shape}/another path each time"), |b| {
        b.iter(|| {
            block.clear();
            let list = lists.next().map_or(&[][..], Vec::as_slice);
            encode(&mut encoder, black_box(list), &mut block);
            block.len()
        });
    });
}

pub(super) fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("hpack/decode");
    decode_fields(&mut group, "plain", &PLAIN);
    decode_fields(&mut group, "browser", &BROWSER);
    group.finish();
}

pub(super) fn encoding(c: &mut Criterion) {
    let mut group = c.benchmark_group("hpack/encode");
    encode_fields(&mut group, "plain", &PLAIN);
    encode_fields(&mut group, "browser", &BROWSER);
    group.throughput(Throughput::Elements(3));
    let mut block = Vec::with_capacity(TABLE_BYTES);
    let mut answer = || {
        block.clear();
        encode_status(black_box(200), &mut block);
        encode_literal(black_box(b"content-type"), b"application/json", &mut block);
        encode_literal(black_box(b"date"), b"Thu, 05 Mar 2026 07:07:04 GMT", &mut block);
        (block.len(), block.first().copied())
    };
    assert_eq!(answer().1, Some(0x88), "RFC 7541 appendix A: 8 is `:status: 200`");
    group.bench_function("answer/literals without a table", |b| b.iter(&mut answer));
    group.finish();
}

/// Text as it stands in URIs and JSON, and text that Huffman coding would make longer and that is sent as it is.
pub(super) fn strings(c: &mut Criterion) {
    let mut group = c.benchmark_group("hpack/text of 1 KiB");
    group.throughput(Throughput::Bytes(TEXT_BYTES as u64));
    let usual = b"/app/v1/load-test/id-21?name=value&".iter().copied().cycle();
    let usual: Vec<u8> = usual.take(TEXT_BYTES).collect();
    for (name, text, is_coded) in
        [("Huffman", usual, true), ("as it is", vec![b'~'; TEXT_BYTES], false)]
    {
        let mut block = Vec::new();
        encode_literal(b"x-text", &text, &mut block);
        assert_eq!(block.len() < TEXT_BYTES, is_coded);
        let (mut decoder, mut head) = (Decoder::new(TABLE_BYTES), Head::default());
        decoder.decode(&block, &mut head, usize::MAX).expect("a valid block");
        assert_eq!(head.get(b"x-text"), Some(&*text));
        group.bench_function(format!("decode/{name}"), |b| {
            b.iter(|| {
                head.clear();
                decoder.decode(black_box(&block), &mut head, usize::MAX).is_ok()
            });
        });
        group.bench_function(format!("encode/{name}"), |b| {
            b.iter(|| {
                block.clear();
                encode_literal(b"x-text", black_box(&text), &mut block);
                block.len()
            });
        });
    }
    group.finish();
}
