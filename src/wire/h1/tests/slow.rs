//! Peers that are too slow.

use super::*;

const S: Duration = Duration::from_secs(1);

fn limits() -> Limits {
    Limits {
        head_timeout: 10 * S,
        body_timeout: 30 * S,
        idle_timeout: 300 * S,
        stall_timeout: 20 * S,
        ..Limits::default()
    }
}

fn harness() -> Harness {
    Harness::with(BodyMode::Whole, limits())
}

#[test]
fn nothing_at_all() {
    let mut harness = harness();
    assert_eq!(harness.server.deadline(), Some(harness.start + 10 * S));
    harness.pass(9 * S);
    assert_eq!(harness.events(), []);
    harness.pass(S);
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Timeout));
    assert_eq!(harness.sent(), "", "there is no request to answer");
    assert_eq!(harness.server.deadline(), None);
}

#[test]
fn a_slow_head_is_answered_408() {
    let mut harness = harness();
    for byte in GET.bytes().take(9) {
        assert_eq!(harness.feed([byte]), []);
        harness.pass(S);
    }
    assert_eq!(harness.events(), []);
    harness.pass(S);
    let seen = harness.events();
    assert_eq!(closed(&seen).map(|e| (e.kind, e.code)), Some((ErrorKind::Timeout, 408)));
    assert!(harness.sent().starts_with("HTTP/1.1 408 "));
}

#[test]
fn a_later_head_is_counted_from_its_first_byte() {
    let mut harness = harness();
    harness.serve(GET);
    assert_eq!(harness.server.deadline(), Some(harness.start + 300 * S));
    harness.pass(100 * S);
    harness.feed("G");
    assert_eq!(harness.server.deadline(), Some(harness.start + 110 * S));
    harness.pass(9 * S);
    harness.serve(&GET[1..]);
    harness.feed("G");
    assert_eq!(harness.server.deadline(), Some(harness.start + 119 * S), "another head");
}

#[test]
fn a_slow_body_is_answered_408_unless_it_keeps_the_rate() {
    let mut harness = harness();
    let post = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 100000\r\n\r\n";
    harness.feed(post);
    assert_eq!(harness.server.deadline(), Some(harness.start + 30 * S));
    harness.feed([b'x'; 10 * 1024]);
    assert_eq!(harness.server.deadline(), Some(harness.start + 40 * S));
    harness.pass(39 * S);
    assert_eq!(harness.events(), []);
    harness.pass(S);
    assert_eq!(
        closed(&harness.events()).map(|e| (e.kind, e.code)),
        Some((ErrorKind::Timeout, 408))
    );
    assert!(harness.sent().starts_with("HTTP/1.1 408 "));
}

#[test]
fn idle_between_requests() {
    let mut harness = harness();
    harness.serve(GET);
    harness.pass(299 * S);
    harness.serve(GET);
    harness.pass(299 * S);
    assert_eq!(harness.events(), [], "counted anew from the last request");
    harness.pass(S);
    assert_eq!(kind_of_end(&harness.events()), Some(ErrorKind::Timeout));
    assert_eq!(harness.sent(), "");
}

#[test]
fn the_owner_may_take_its_time() {
    let mut harness = harness();
    harness.feed(GET);
    assert_eq!(harness.server.deadline(), None);
    harness.pass(1000 * S);
    assert_eq!(harness.events(), []);
    assert_eq!(harness.respond(1, 200, ""), GET_ANSWER);
    assert_eq!(harness.events(), []);
    assert_eq!(harness.server.deadline(), Some(harness.now + 300 * S));
}

#[test]
fn output_that_is_not_drained() {
    let mut harness = harness();
    harness.feed(GET);
    harness.now += 100 * S;
    harness.server.respond(StreamId(1), &head(200, &[]), &none(), &Bytes::new());
    harness.pass(Duration::ZERO);
    assert_eq!(harness.events(), [], "it has only just been written");
    assert_eq!(harness.server.deadline(), Some(harness.now + 20 * S));
    harness.pass(19 * S);
    harness.server.output().drain(..1);
    harness.pass(S);
    assert_eq!(harness.events(), [], "the peer reads, if slowly");
    harness.pass(20 * S);
    assert_eq!(closed(&harness.events()).map(|e| (e.kind, e.code)), Some((ErrorKind::Timeout, 0)));
}
