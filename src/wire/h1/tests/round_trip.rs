//! Our client against our server, in memory.

use super::*;
use crate::h1::Client;
use crate::head::Head;

fn carry(from: &mut Vec<u8>, to: &mut Vec<u8>, step: usize) -> bool {
    let n = from.len().min(step);
    to.extend(from.drain(..n));
    n > 0
}

/// Moves bytes both ways, at most `step` at a time, and answers each request with its own content, until nothing moves.
fn exchange(client: &mut Client, server: &mut Server, step: usize, now: Instant) -> Vec<Seen> {
    let mut seen = Vec::new();
    loop {
        let mut moved = carry(client.output(), server.input(), step);
        moved |= carry(server.output(), client.input(), step);
        while let Some(event) = server.next_event(now).map(Seen::of) {
            moved = true;
            if let Seen::Message { stream, body, .. } = &event {
                let body = Bytes::copy_from_slice(body.as_bytes());
                server.respond(StreamId(*stream), &head(200, &[("a", "b")]), &none(), &body);
            }
        }
        while let Some(event) = client.next_event(now).map(Seen::of) {
            moved = true;
            seen.push(event);
        }
        if !moved {
            return seen;
        }
    }
}

#[test]
fn whole_and_streamed_requests_of_all_sizes() {
    let now = Instant::now();
    let limits = Arc::new(Limits { output_high_bytes: 512, ..Limits::default() });
    for step in [1, 7, 100, 100_000] {
        let mut client = Client::new(limits.clone(), BodyMode::Whole, Buffers::default(), now);
        let mut server =
            Server::new(limits.clone(), BodyMode::Whole, false, Buffers::default(), now);
        for (i, size) in [0, 1, 511, 512, 513, 5000].into_iter().enumerate() {
            let mut request = Head::default();
            request.set_request(b"POST", b"http", b"h", b"/p");
            let body = "x".repeat(size);
            let whole =
                client.send_request(&request, Some(Bytes::from(body.clone()))).expect("can send");
            let mut seen = exchange(&mut client, &mut server, step, now);
            let streamed = client.send_head(&request, false).expect("can send");
            for piece in body.as_bytes().chunks(100) {
                client.send_data(streamed, Bytes::copy_from_slice(piece), false);
            }
            client.send_data(streamed, Bytes::new(), true);
            seen.extend(exchange(&mut client, &mut server, step, now));
            assert_eq!((whole.0, streamed.0), (2 * i as u32 + 1, 2 * i as u32 + 2));
            let bodies: Vec<_> = seen.iter().map(Seen::body).collect();
            assert!(bodies == [&body, &body], "{size} bytes in {step}s: {} events", seen.len());
        }
        client.shutdown(now);
        assert_eq!(
            kind_of_end(&exchange(&mut client, &mut server, step, now)),
            Some(ErrorKind::Local)
        );
    }
}
