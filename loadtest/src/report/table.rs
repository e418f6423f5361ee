//! The table at the end of a run, for people.

mod grid;

use super::{latencies, units};
use crate::assertion::Verdict;
use crate::record::{Failure, Tally};
use crate::results::Results;
use grid::{Column, LABEL_CHARS, grid};

/// All results as text of several lines, none longer than a terminal is wide unless a name or the load is.
pub fn table(results: &Results, verdicts: &[Verdict]) -> String {
    let total = results.total();
    let mut out = String::new();
    run(&mut out, results);
    requests(&mut out, results, &total);
    connections(&mut out, results);
    generator(&mut out, results);
    latency(&mut out, results, &total);
    outcome(&mut out, verdicts);
    if let Some(sentence) = results.bottleneck() {
        out.push('\n');
        line(&mut out, "warning", &sentence);
    }
    out
}

/// A label and what belongs to it; without a label it belongs to that above.
fn line(out: &mut String, label: &str, text: &str) {
    *out += &format!("{label:LABEL_CHARS$}{text}\n");
}

fn run(out: &mut String, results: &Results) {
    let facts = results.facts();
    line(out, "target", &format!("{} over {}", facts.target, facts.protocol));
    line(out, "load", &facts.load);
    let started = facts.started.strftime("%Y-%m-%dT%H:%M:%SZ");
    let (took, threads) = (units::duration(results.elapsed()), plural(facts.threads, "thread"));
    line(out, "started", &format!("{started}, took {took} with {threads}"));
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn requests(out: &mut String, results: &Results, total: &Tally) {
    let Tally { sent, answered, succeeded, body_bytes, .. } = total;
    let errors = total.errors();
    out.push('\n');
    line(
        out,
        "requests",
        &format!("{sent} sent, {answered} answered, {succeeded} succeeded, {errors} failed"),
    );
    let rate = |count| units::significant(results.per_second(count));
    line(out, "rate", &format!("{}/s sent, {}/s answered", rate(*sent), rate(*answered)));
    let bytes = |bytes| units::significant(results.megabytes_per_second(bytes));
    let traffic = results.traffic();
    let (sent, received) = (bytes(traffic.sent_bytes), bytes(traffic.received_bytes));
    let contents = bytes(*body_bytes);
    line(
        out,
        "throughput",
        &format!("{sent} MB/s sent, {received} MB/s received, {contents} MB/s of contents"),
    );
    line(out, "statuses", &statuses(total));
    let mut label = "errors";
    for failure in Failure::ALL.into_iter().filter(|failure| total.failed(*failure) > 0) {
        let (name, count) = (failure.name(), total.failed(failure));
        line(out, label, &format!("{name} {count}: {}", explanation(failure)));
        label = "";
    }
    if errors == 0 {
        line(out, label, "none");
    }
}

/// `2xx 98, 4xx 3 (404: 2, 429: 1)`
fn statuses(total: &Tally) -> String {
    let mut classes = Vec::new();
    for class in 0..=9u16 {
        let of_class = || total.statuses().iter().filter(|(status, _)| **status / 100 == class);
        let count: u64 = of_class().map(|(_, count)| count).sum();
        let codes: Vec<String> =
            of_class().map(|(status, count)| format!("{status}: {count}")).collect();
        match (count, class) {
            (0, _) => {}
            (_, 2) => classes.push(format!("2xx {count}")),
            _ => classes.push(format!("{class}xx {count} ({})", codes.join(", "))),
        }
    }
    if classes.is_empty() { "none".to_owned() } else { classes.join(", ") }
}

fn explanation(failure: Failure) -> &'static str {
    match failure {
        Failure::Status => "answered with a status that was not expected",
        Failure::Unsaved => "answered as expected, but without a value that the script is to save",
        Failure::Timeout => "not answered in time",
        Failure::Reset => "the server gave up on it, or its answer broke the protocol",
        Failure::Lost => "the connection was lost before the answer came",
        Failure::NotConnected => "there was no connection to send it on",
        Failure::Unsent => "due, and never room to send it: the rate was too high",
    }
}

fn connections(out: &mut String, results: &Results) {
    let traffic = results.traffic();
    let (connected, refused, lost) = (traffic.connected, traffic.refused, traffic.lost);
    line(
        out,
        "connections",
        &format!("{connected} established, {refused} failed to connect, {lost} lost"),
    );
}

fn generator(out: &mut String, results: &Results) {
    let busy: Vec<String> =
        results.threads().iter().map(|thread| units::percent(thread.cpu_share())).collect();
    let cost = match results.cpu_us_per_request() {
        Some(us) => format!("{}us of CPU per request", units::significant(us)),
        None => "no request sent".to_owned(),
    };
    line(out, "generator", &format!("{cost}; threads busy {}", busy.join(", ")));
    if results.facts().is_open_loop {
        let late = units::duration(results.late_max());
        line(out, "", &format!("sent requests up to {late} after they were due"));
    }
}

fn latency(out: &mut String, results: &Results, total: &Tally) {
    let from = match results.facts().is_open_loop {
        true => "from the time at which a request was due to the end of its answer",
        false => "from the sending of a request to the end of its answer",
    };
    out.push('\n');
    line(out, "latency", from);
    let kinds: Vec<(&str, &Tally)> = results.kinds().collect();
    let is_plain = kinds.is_empty();
    let columns: Vec<Column> = std::iter::once(("total", total))
        .chain(kinds)
        .map(|(name, tally)| column(if is_plain { "" } else { name }, tally, !is_plain))
        .collect();
    let mut rows: Vec<String> = Vec::new();
    if !is_plain {
        rows.extend(["sent", "answered", "failed"].map(str::to_owned));
    }
    rows.extend(latencies(total).into_iter().map(|(name, _)| name));
    *out += &grid(&rows, &columns);
}

fn column(name: &str, tally: &Tally, with_counts: bool) -> Column {
    let mut cells = Vec::new();
    if with_counts {
        cells.extend([tally.sent, tally.answered, tally.errors()].map(|n| n.to_string()));
    }
    let shown = |latency: Option<_>| latency.map_or("-".to_owned(), units::duration);
    cells.extend(latencies(tally).into_iter().map(|(_, latency)| shown(latency)));
    Column { name: name.to_owned(), cells }
}

fn outcome(out: &mut String, verdicts: &[Verdict]) {
    if !verdicts.is_empty() {
        out.push('\n');
    }
    let mut label = "assertions";
    for verdict in verdicts {
        let word = if verdict.passed { "passed" } else { "FAILED" };
        line(out, label, &format!("{word}  {}: {}", verdict.assertion, verdict.measured));
        label = "";
    }
}

#[cfg(test)]
mod tests;
