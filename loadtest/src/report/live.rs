//! The line that is shown while a run goes on.

use super::units;
use crate::percentile::Percentile;
use crate::results::{Results, Thread};
use std::time::Duration;

/// Where lines cannot be overwritten (a log of a build), one each ten seconds is enough.
const PLAIN_LINE_INTERVAL: Duration = Duration::from_secs(10);

/// To the beginning of the line; and what is right of the cursor is wiped (ECMA-48: EL).
const RETURN: &str = "\r";
const WIPE_TO_END: &str = "\x1b[K";

/// How far the run has come.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// It ends after a number of requests.
    Requests {
        /// Requests that have come to an end.
        done: u64,
        /// Requests of the whole run.
        total: u64,
    },
    /// It ends after a time.
    Time {
        /// Time that has passed.
        elapsed: Duration,
        /// Time of the whole run.
        total: Duration,
    },
}

/// Makes the line, from what has changed since it made the last one.
#[derive(Debug)]
pub struct Live {
    is_terminal: bool,
    /// Time and answers when the last line was made.
    last: (Duration, u64),
    last_threads: Vec<Thread>,
}

impl Live {
    /// `is_terminal`: lines can be overwritten.
    pub fn new(is_terminal: bool) -> Live {
        Live { is_terminal, last: (Duration::ZERO, 0), last_threads: Vec::new() }
    }

    /// What is to be written to standard error now, to be called about once a second with the results so far and the
    /// time since the start. On a terminal it replaces the line before; elsewhere it is a whole line, at most each ten
    /// seconds.
    pub fn line(
        &mut self,
        results: &Results,
        elapsed: Duration,
        progress: Progress,
    ) -> Option<String> {
        let passed = elapsed.saturating_sub(self.last.0);
        if !self.is_terminal && passed < PLAIN_LINE_INTERVAL {
            return None;
        }
        let total = results.total();
        let answered = total.answered.saturating_sub(self.last.1) as f64;
        let rate = if passed.is_zero() { 0.0 } else { answered / passed.as_secs_f64() };
        let latency = |p: Percentile| p.of(&total).map_or("-".to_owned(), units::duration);
        let text = format!(
            "{}  {}/s  {} answered  {} errors  p50 {}  p99 {}  generator {}",
            progress_text(progress),
            units::count(rate),
            units::count(total.answered as f64),
            units::count(total.errors() as f64),
            latency(Percentile::P50),
            latency(Percentile::P99),
            units::percent(self.busiest(results.threads())),
        );
        self.last = (elapsed, total.answered);
        self.last_threads = results.threads().to_vec();
        Some(match self.is_terminal {
            true => format!("{RETURN}{text}{WIPE_TO_END}"),
            false => format!("{text}\n"),
        })
    }

    /// What is to be written before anything else goes to the terminal: it wipes the line.
    pub fn end(&self) -> Option<&'static str> {
        self.is_terminal.then_some("\r\x1b[K")
    }

    /// The part of its time that the busiest thread was on a cpu since the last line.
    fn busiest(&self, threads: &[Thread]) -> f64 {
        let shares = threads.iter().enumerate().map(|(n, now)| {
            let before = self.last_threads.get(n).copied().unwrap_or_default();
            let recent = Thread {
                cpu: now.cpu.saturating_sub(before.cpu),
                wall: now.wall.saturating_sub(before.wall),
                ..*now
            };
            recent.cpu_share()
        });
        shares.fold(0.0, f64::max)
    }
}

fn progress_text(progress: Progress) -> String {
    match progress {
        Progress::Requests { done, total } => {
            // Rounded down: 100 % is when nothing is left to do.
            let percent = u128::from(done) * 100 / u128::from(total.max(1));
            format!("{:>3} %", percent.min(100))
        }
        Progress::Time { elapsed, total } => {
            let left = total.saturating_sub(elapsed).as_secs_f64().ceil();
            format!("{left:>3} s left")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Failure;
    use crate::report::testkit::{facts, share};

    const SECOND: Duration = Duration::from_secs(1);

    fn requests(done: u64) -> Progress {
        Progress::Requests { done, total: 100_000 }
    }

    #[test]
    fn figures_of_the_last_second_on_a_terminal() {
        let mut live = Live::new(true);
        let mut results = Results::new(facts());
        let mut first = share(1000, SECOND);
        first.cpu = SECOND / 2;
        results.add(0, &first);
        assert_eq!(
            live.line(&results, SECOND, requests(1000)).unwrap(),
            "\r  1 %  1.00k/s  1.00k answered  0 errors  p50 1.00ms  p99 1.00ms  generator 50 %\x1b[K"
        );
        let mut second = share(6000, SECOND);
        second.cpu = SECOND * 9 / 10;
        second.tallies[0].fail(Failure::Timeout);
        results.add(0, &second);
        assert_eq!(
            live.line(&results, 3 * SECOND, requests(7001)).unwrap(),
            "\r  7 %  3.00k/s  7.00k answered  1 errors  p50 1.00ms  p99 1.00ms  generator 90 %\x1b[K"
        );
        assert_eq!(live.end(), Some("\r\x1b[K"));
    }

    #[test]
    fn whole_lines_each_ten_seconds_elsewhere() {
        let mut live = Live::new(false);
        let mut results = Results::new(facts());
        let mut lines = Vec::new();
        for second in 1..=25u32 {
            results.add(0, &share(10, SECOND));
            let elapsed = second * SECOND;
            let progress = Progress::Time { elapsed, total: 25 * SECOND };
            lines.extend(live.line(&results, elapsed, progress));
        }
        assert_eq!(
            lines,
            [
                " 15 s left  10/s  100 answered  0 errors  p50 1.00ms  p99 1.00ms  generator 0 %\n",
                "  5 s left  10/s  200 answered  0 errors  p50 1.00ms  p99 1.00ms  generator 0 %\n",
            ]
        );
        assert_eq!(live.end(), None);
    }

    #[test]
    fn a_line_before_anything_has_happened() {
        let line = Live::new(true).line(&Results::new(facts()), Duration::ZERO, requests(0));
        assert_eq!(
            line.unwrap(),
            "\r  0 %  0/s  0 answered  0 errors  p50 -  p99 -  generator 0 %\x1b[K"
        );
    }

    #[test]
    fn progress_never_leaves_its_range() {
        for (progress, text) in [
            (Progress::Requests { done: 0, total: 0 }, "  0 %"),
            (Progress::Requests { done: 999, total: 1000 }, " 99 %"),
            (Progress::Requests { done: u64::MAX, total: 1 }, "100 %"),
            (Progress::Time { elapsed: 3 * SECOND, total: SECOND }, "  0 s left"),
            (Progress::Time { elapsed: SECOND / 10, total: 60 * SECOND }, " 60 s left"),
        ] {
            assert_eq!(progress_text(progress), text);
        }
    }
}
