//! What the fuzz targets share: a server connection whose owner answers every request, driven in pieces.
//!
//! The property is not only "no panic": events and output must not depend on how the bytes were cut, and what a
//! connection keeps must stay within a bound.

use bytes::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant};
use understudy_wire::connection::Protocol;
use understudy_wire::{BodyMode, Event, Limits, PreparedFields, PreparedHead, ServerConnection};

/// Small bounds, so that short inputs reach them.
fn limits() -> Limits {
    Limits {
        head_bytes_max: 2048,
        body_bytes_max: 4096,
        buffered_bytes_max: 8192,
        streams_max: 4,
        stream_window_bytes: 70_000,
        connection_window_bytes: 80_000,
        output_high_bytes: 3000,
        ..Limits::default()
    }
}

/// What a connection told and sent.
#[derive(PartialEq, Eq)]
pub struct Outcome {
    events: Vec<String>,
    output: Vec<u8>,
}

/// Feeds `bytes` in pieces of the given sizes, in turn, then the end of input, then an hour of silence.
pub fn drive(
    bytes: &[u8],
    pieces: &[usize],
    mode: BodyMode,
    protocol: Option<Protocol>,
) -> Outcome {
    let mut now = Instant::now();
    let mut connection = ServerConnection::new(Arc::new(limits()), mode, protocol, false, now);
    let mut outcome = Outcome { events: Vec::new(), output: Vec::new() };
    let mut rest = bytes;
    for piece in pieces.iter().cycle() {
        let (head, tail) = rest.split_at(rest.len().min(*piece.max(&1)));
        connection.input().extend_from_slice(head);
        run(&mut connection, now, &mut outcome);
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    connection.end_of_input(now);
    run(&mut connection, now, &mut outcome);
    now += Duration::from_secs(3600);
    connection.on_deadline(now);
    run(&mut connection, now, &mut outcome);
    assert!(connection.deadline().is_none_or(|at| at > now), "a deadline that is due for ever");
    outcome
}

fn run(connection: &mut ServerConnection, now: Instant, outcome: &mut Outcome) {
    let head = PreparedHead::new(200, [(b"x".as_slice(), b"y".as_slice())]).expect("a valid head");
    let (none, body) = (PreparedFields::default(), Bytes::from_static(&[b'r'; 5000]));
    loop {
        while let Some(event) = connection.next_event(now) {
            outcome.events.push(format!("{event:?}"));
            let answer = match event {
                Event::Message(message) => Some(message.stream),
                Event::Head { stream, end: true, .. } | Event::Trailers { stream, .. } => {
                    Some(stream)
                }
                Event::Data { stream, data, end } => {
                    let bytes = data.len();
                    connection.consumed(stream, bytes);
                    end.then_some(stream)
                }
                _ => None,
            };
            if let Some(stream) = answer {
                connection.respond(stream, &head, &none, &body);
            }
        }
        assert!(
            connection.output().len() < 3000 + 2 * 16_384 + 1024,
            "output grows beyond its mark"
        );
        if connection.output().is_empty() {
            return;
        }
        outcome.output.append(connection.output());
    }
}

/// The same bytes whole, byte by byte and in the given pieces must do the same.
pub fn assert_chunking(
    bytes: &[u8],
    pieces: &[u8],
    mode: BodyMode,
    protocol: Option<Protocol>,
    compare_events: bool,
) {
    let pieces: Vec<usize> = pieces.iter().map(|&n| usize::from(n)).chain([7]).collect();
    let whole = drive(bytes, &[usize::MAX], mode, protocol);
    for other in [drive(bytes, &[1], mode, protocol), drive(bytes, &pieces, mode, protocol)] {
        if compare_events {
            assert_eq!(whole.events, other.events);
        }
        assert!(whole.output == other.output, "output depends on the chunking");
    }
}
