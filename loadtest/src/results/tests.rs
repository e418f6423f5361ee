use super::*;
use crate::report::testkit::{facts, share};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn shares_of_threads_add_up() {
    let mut results = Results::new(facts());
    let mut first = share(100, SECOND);
    first.traffic = Traffic { connected: 2, received_bytes: 3_000_000, ..Traffic::default() };
    first.cpu = Duration::from_millis(200);
    let mut second = share(300, SECOND);
    second.traffic = Traffic { connected: 1, lost: 1, ..Traffic::default() };
    second.cpu = Duration::from_millis(400);
    results.add(0, &first);
    results.add(1, &second);
    results.add(1, &second);
    results.set_elapsed(2 * SECOND);

    let total = results.total();
    assert_eq!((total.sent, total.answered, total.succeeded), (700, 700, 700));
    assert_eq!(results.traffic().connected, 4);
    assert_eq!(results.traffic().lost, 2);
    assert_eq!(results.per_second(total.answered), 350.0);
    assert_eq!(results.megabytes_per_second(results.traffic().received_bytes), 1.5);
    // 200 ms for thread 0 and twice 400 ms for thread 1, over 700 requests.
    assert!((results.cpu_us_per_request().unwrap() - 1_000_000.0 / 700.0).abs() < 1e-6);
    assert!((results.threads()[0].cpu_share() - 0.2).abs() < 1e-9);
    assert!((results.threads()[1].cpu_share() - 0.4).abs() < 1e-9);
}

#[test]
fn kinds_of_requests_stay_apart() {
    let mut named = facts();
    named.names = vec!["login".into(), "query".into()];
    let mut results = Results::new(named);
    let mut both = share(1, SECOND);
    both.tallies.push(share(2, SECOND).tallies.remove(0));
    results.add(0, &both);
    assert_eq!(results.tally(0).unwrap().sent, 1);
    assert_eq!(results.tally(1).unwrap().sent, 2);
    assert!(results.tally(2).is_none());
    assert_eq!(results.total().sent, 3);
    let kinds: Vec<_> = results.kinds().map(|(name, tally)| (name, tally.sent)).collect();
    assert_eq!(kinds, [("login", 1), ("query", 2)]);

    let mut plain = Results::new(facts());
    plain.add(0, &share(1, SECOND));
    assert_eq!(plain.kinds().count(), 0);
}

#[test]
fn nothing_is_divided_by_zero() {
    let mut results = Results::new(Facts { names: Vec::new(), threads: 0, ..facts() });
    assert_eq!(results.per_second(5), 0.0);
    assert_eq!(results.cpu_us_per_request(), None);
    assert_eq!(results.bottleneck(), None);
    results.add(3, &share(1, Duration::ZERO));
    assert_eq!(results.threads().len(), 4);
    assert_eq!(results.total().sent, 1);
    assert_eq!(results.threads()[3].cpu_share(), 0.0);
}

/// The sentence for one thread that was so busy, so late, and left so many requests unsent.
fn sentence(is_open_loop: bool, cpu_ms: u64, late_us: u64, unsent: u64) -> Option<String> {
    let mut results = Results::new(Facts { is_open_loop, threads: 2, ..facts() });
    let mut busy = share(10, SECOND);
    busy.cpu = Duration::from_millis(cpu_ms);
    busy.late_max = Duration::from_micros(late_us);
    (0..unsent).for_each(|_| busy.tallies[0].fail(Failure::Unsent));
    results.add(0, &share(10, SECOND));
    results.add(1, &busy);
    results.bottleneck()
}

#[test]
fn the_generator_says_when_it_is_the_bottleneck() {
    assert_eq!(
        sentence(false, 990, 0, 0).unwrap(),
        "the generator is the bottleneck: a thread was busy 99 % of its time; \
         use more --threads, on more cpus, to see what the target can do"
    );
    assert_eq!(
        sentence(true, 880, 3200, 0).unwrap(),
        "the generator is the bottleneck: a thread was busy 88 % of its time and sent requests up to 3.20ms late; \
         use more --threads, on more cpus, or a lower rate"
    );
    assert_eq!(
        sentence(true, 880, 10, 7).unwrap(),
        "the generator is the bottleneck: 7 requests were not sent and a thread was busy 88 % of its time; \
         use more --threads, on more cpus, or a lower rate"
    );
    for is_open_loop in [true, false] {
        assert!(sentence(is_open_loop, 950, 0, 0).is_some());
        assert_eq!(sentence(is_open_loop, 940, 0, 0), None, "94 % and nothing wrong");
        assert_eq!(sentence(is_open_loop, 800, 0, 7), None, "unsent, but not for want of CPU");
    }
    assert_eq!(sentence(true, 840, 3200, 0), None, "late, but not for want of CPU");
    assert_eq!(sentence(true, 880, 1000, 0), None, "1 ms is still that of a timer");
    assert_eq!(sentence(false, 880, 3200, 0), None, "nothing is due in a closed loop");
}

#[test]
fn lateness_is_blamed_on_the_thread_that_was_busy() {
    let mut results = Results::new(Facts { is_open_loop: true, threads: 2, ..facts() });
    let mut busy = share(1, SECOND);
    busy.cpu = Duration::from_millis(900);
    let mut idle = share(1, SECOND);
    idle.late_max = Duration::from_millis(50);
    results.add(0, &busy);
    results.add(1, &idle);
    assert_eq!(results.late_max(), Duration::from_millis(50));
    assert_eq!(results.bottleneck(), None, "the machine kept the idle thread waiting");
}
