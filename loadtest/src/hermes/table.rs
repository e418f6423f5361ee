//! The table: columns of fixed widths, so that a row can be read by eye and by `awk`.

use crate::record::{Failure, Tally};
use std::time::Duration;

/// The line above the rows, with its line end. `Time (s)` is 10 wide and stands left; the others stand right, the rates
/// 10 wide and the rest 15.
pub fn header() -> String {
    let [rt, min, max] = ["RT (ms)", "minRT (ms)", "maxRT (ms)"];
    let [sent, success, errors, timeouts] = ["Sent", "Success", "Errors", "Timeouts"];
    format!(
        "{:<10}{:>10}{:>10}{rt:>15}{min:>15}{max:>15}{sent:>15}{success:>15}{errors:>15}{timeouts:>15}\n",
        "Time (s)", "Sent/s", "Recv/s",
    )
}

/// One row with its line end: `elapsed` is the time since the start, `covered` that in which the tally was made, which
/// rates refer to. Response times are in milliseconds with three decimals, 0 without an answer; seconds and rates have
/// one decimal. `Errors` are all failures but timeouts, which have a column of their own.
pub fn row(elapsed: Duration, covered: Duration, tally: &Tally) -> String {
    let rate = |count: u64| match covered.is_zero() {
        true => 0.0,
        false => count as f64 / covered.as_secs_f64(),
    };
    let ms = |latency: Option<Duration>| latency.unwrap_or_default().as_secs_f64() * 1000.0;
    let timeouts = tally.failed(Failure::Timeout);
    format!(
        "{:<10.1}{:>10.1}{:>10.1}{:>15.3}{:>15.3}{:>15.3}{:>15}{:>15}{:>15}{:>15}\n",
        elapsed.as_secs_f64(),
        rate(tally.sent),
        rate(tally.answered),
        ms(tally.latency_mean()),
        ms(tally.latency_min()),
        ms(tally.latency_max()),
        tally.sent,
        tally.succeeded,
        tally.errors() - timeouts,
        timeouts,
    )
}

/// What stands at the end: the table once more, with a row for each message below its name, and that of all below
/// `>>>Total<<<`.
pub fn summary(names: &[String], elapsed: Duration, tallies: &[Tally]) -> String {
    let mut text = header();
    let mut add = |name: &str, tally: &Tally| {
        text.push_str(&format!(">>>{name}<<<\n"));
        text.push_str(&row(elapsed, elapsed, tally));
    };
    names.iter().zip(tallies).for_each(|(name, tally)| add(name, tally));
    add("Total", &super::total(tallies));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 requests: 17 good answers after 1, 2, 2, ... 2 and 4.5 ms, one bad status, one lost, one timeout.
    fn tally() -> Tally {
        let mut tally = Tally::default();
        tally.sent = 20;
        for us in std::iter::once(1000).chain([2000; 15]).chain([4500]) {
            tally.answer(200, Duration::from_micros(us), 10, Ok(()));
        }
        tally.answer(500, Duration::from_micros(500), 10, Err(Failure::Status));
        tally.fail(Failure::Lost);
        tally.fail(Failure::Timeout);
        tally
    }

    #[test]
    fn columns_have_their_widths() {
        assert_eq!(
            header(),
            "Time (s)      Sent/s    Recv/s        RT (ms)     minRT (ms)     maxRT (ms)           Sent        Success         Errors       Timeouts\n"
        );
        // 36 ms in 18 answers.
        assert_eq!(
            row(Duration::from_secs(12), Duration::from_secs(4), &tally()),
            "12.0             5.0       4.5          2.000          0.500          4.500             20             17              2              1\n"
        );
        assert_eq!(
            row(Duration::ZERO, Duration::ZERO, &Tally::default()),
            "0.0              0.0       0.0          0.000          0.000          0.000              0              0              0              0\n"
        );
    }

    #[test]
    fn the_end_names_each_message() {
        let names = ["call".to_owned(), "hang up".to_owned()];
        let mut call = Tally::default();
        call.sent = 10;
        assert_eq!(
            summary(&names, Duration::from_secs(4), &[call, tally()]),
            "\
Time (s)      Sent/s    Recv/s        RT (ms)     minRT (ms)     maxRT (ms)           Sent        Success         Errors       Timeouts
>>>call<<<
4.0              2.5       0.0          0.000          0.000          0.000             10              0              0              0
>>>hang up<<<
4.0              5.0       4.5          2.000          0.500          4.500             20             17              2              1
>>>Total<<<
4.0              7.5       4.5          2.000          0.500          4.500             30             17              2              1
"
        );
    }
}
