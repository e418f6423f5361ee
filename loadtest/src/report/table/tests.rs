use super::*;
use crate::assertion::{Assertion, evaluate};
use crate::report::testkit::{facts, hundred, share};
use crate::results::Facts;
use std::time::Duration;

fn verdicts(texts: &[&str], results: &Results) -> Vec<Verdict> {
    let assertions: Vec<_> = texts.iter().map(|text| Assertion::parse(text).unwrap()).collect();
    evaluate(&assertions, results)
}

/// 98 answers in 2 s. The mean is (1 + ... + 96 + 200 + 300) / 98 = 5156 / 98 = 52.6 us; of 98 answers, p50 is the
/// 49th, p75 the 74th (73.5), p90 the 89th (88.2), p95 the 94th (93.1). Percentiles from 99 on need 100 answers.
/// Latencies above 2 us show the end of their bucket, above 65.5 us 64 ns wide and less below: no digit changes.
/// The contents are 96 x 1000 + 2 x 2000 bytes, the CPU 2.21 s for 100 requests.
const PLAIN: &str = "\
target        http://127.0.0.1:8000/ over HTTP/2
load          8 connections x 100 streams, 1000 requests
started       2026-01-02T03:04:05Z, took 2.00s with 2 threads

requests      100 sent, 98 answered, 96 succeeded, 4 failed
rate          50.0/s sent, 49.0/s answered
throughput    5.00 MB/s sent, 50.0 MB/s received, 0.05 MB/s of contents
statuses      2xx 96, 4xx 2 (404: 2)
errors        status 2: answered with a status that was not expected
              timeout 1: not answered in time
              lost 1: the connection was lost before the answer came
connections   9 established, 0 failed to connect, 1 lost
generator     22100us of CPU per request; threads busy 12 %, 98 %

latency       from the sending of a request to the end of its answer
min               1.00us
mean              52.6us
p50               49.0us
p75               74.0us
p90               89.0us
p95               94.0us
p99                    -
p99.9                  -
p99.99                 -
p99.999                -
max                300us

assertions    passed  p95<1ms: 94.015us
              FAILED  errors==0: 4
              FAILED  p99<1ms: not measured: 98 answers, and it takes 100

warning       the generator is the bottleneck: a thread was busy 98 % of its time; use more --threads, on more cpus, \
to see what the target can do
";

#[test]
fn a_plain_run() {
    let results = hundred(facts());
    let verdicts = verdicts(&["p95<1ms", "errors==0", "p99<1ms"], &results);
    assert_eq!(table(&results, &verdicts), PLAIN);
}

#[test]
fn the_open_loop_counts_from_the_due_time_and_says_how_late_it_was() {
    let mut results = Results::new(Facts { is_open_loop: true, ..facts() });
    let mut late = share(10, Duration::from_secs(1));
    late.late_max = Duration::from_micros(730);
    results.add(0, &late);
    let text = table(&results, &[]);
    assert!(
        text.contains("\n              sent requests up to 730us after they were due\n"),
        "{text}"
    );
    assert!(text.contains("\nlatency       from the time at which a request was due"), "{text}");
    assert!(text.contains("\nerrors        none\n"), "{text}");
    assert!(!text.contains("assertions") && !text.contains("warning"), "{text}");
}

#[test]
fn a_column_for_each_kind_of_requests() {
    let names = vec!["login".to_owned(), "a-rather-long-name".to_owned()];
    let mut results = Results::new(Facts { names, ..facts() });
    let mut both = share(2, Duration::from_secs(1));
    both.tallies.push(share(3, Duration::from_secs(1)).tallies.remove(0));
    both.tallies[1].fail(Failure::Lost);
    results.add(0, &both);
    let text = table(&results, &[]);
    let grid = "
                   total     login  a-rather-long-name
sent                   5         2                   3
answered               5         2                   3
failed                 1         0                   1
min               1.00ms    1.00ms              1.00ms
mean              1.00ms    1.00ms              1.00ms
p50               1.00ms    1.00ms              1.00ms
p75               1.00ms         -                   -
";
    assert!(text.contains(grid), "{text}");
}

#[test]
fn many_kinds_go_below_each_other() {
    let names: Vec<String> = (0..40).map(|n| format!("message-number-{n:02}")).collect();
    let mut results = Results::new(Facts { names: names.clone(), ..facts() });
    results.add(0, &share(1, Duration::from_secs(1)));
    let text = table(&results, &[]);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert!(names.iter().all(|name| text.matches(name).count() == 1), "{text}");
    assert!(text.matches("\np99.99 ").count() > 1, "{text}");
}

#[test]
fn statuses_by_class_and_code() {
    let mut tally = Tally::default();
    for status in [200, 201, 204, 302, 404, 404, 429, 503, 999] {
        tally.answer(status, Duration::ZERO, 0, Ok(()));
    }
    assert_eq!(
        statuses(&tally),
        "2xx 3, 3xx 1 (302: 1), 4xx 3 (404: 2, 429: 1), 5xx 1 (503: 1), 9xx 1 (999: 1)"
    );
    assert_eq!(statuses(&Tally::default()), "none");
}

#[test]
fn a_run_in_which_nothing_happened() {
    let text = table(&Results::new(facts()), &[]);
    assert!(text.contains("0 sent, 0 answered, 0 succeeded, 0 failed"), "{text}");
    assert!(text.contains("no request sent"), "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}
