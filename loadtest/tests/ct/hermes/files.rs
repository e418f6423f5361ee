//! The tables on the console and in files, and the schema.

use super::{items, play, script};
use crate::support::{Behaviour, Reply, Server, Speaks, directory, loadtest};
use serde_json::json;
use std::path::Path;

/// The names of the columns and how wide they are: the first stands left, the others right.
const COLUMNS: [(&str, usize); 10] = [
    ("Time (s)", 10),
    ("Sent/s", 10),
    ("Recv/s", 10),
    ("RT (ms)", 15),
    ("minRT (ms)", 15),
    ("maxRT (ms)", 15),
    ("Sent", 15),
    ("Success", 15),
    ("Errors", 15),
    ("Timeouts", 15),
];

fn is_header(line: &str) -> bool {
    let expected: String = COLUMNS
        .iter()
        .enumerate()
        .map(
            |(n, (name, width))| {
                if n == 0 { format!("{name:<width$}") } else { format!("{name:>width$}") }
            },
        )
        .collect();
    line == expected
}

/// The numbers of a row, after a check of the widths.
fn row(line: &str) -> Vec<f64> {
    let mut rest = line;
    let cells = COLUMNS.map(|(_, width)| {
        let (cell, others) = rest.split_at(width);
        rest = others;
        cell.trim().parse::<f64>().unwrap_or_else(|_| panic!("{cell:?} in {line:?}"))
    });
    assert_eq!(rest, "");
    cells.to_vec()
}

/// Sent, Success, Errors and Timeouts.
fn counts(row: &[f64]) -> [u64; 4] {
    [6, 7, 8, 9].map(|n| row[n] as u64)
}

fn sum(rows: &[[u64; 4]]) -> [u64; 4] {
    let mut sum = [0; 4];
    for row in rows {
        sum.iter_mut().zip(row).for_each(|(all, one)| *all += one);
    }
    sum
}

/// The rows of a file, below the line with the date and that with the names.
fn rows(prefix: &Path, ending: &str) -> Vec<Vec<f64>> {
    let text = read(prefix, ending);
    let lines: Vec<&str> = text.lines().collect();
    let header = lines.iter().position(|line| is_header(line));
    lines[header.expect("no header") + 1..].iter().map(|line| row(line)).collect()
}

fn read(prefix: &Path, ending: &str) -> String {
    let text = std::fs::read_to_string(format!("{}.{ending}", prefix.display())).unwrap();
    assert!(text.starts_with("Traffic started at:  "), "{ending}: {text}");
    text
}

/// Good ends, wrong statuses, timeouts, and streams that are reset, over two periods and a bit.
#[test]
fn tables_and_files_agree() {
    let items = super::Items::default();
    let server =
        Server::start(Behaviour::of(Speaks::Http2), move |asked| match asked.number % 20 {
            4 => Reply::Never,
            9 => Reply::status(503),
            14 => Reply::Reset,
            _ => items.reply(asked),
        });
    let directory = directory();
    let run = play(&directory, &script(&server), &["-r", "100", "-t", "2200ms", "-p", "1"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(run.stderr, "", "{run:#?}");
    let prefix = directory.path().join("out");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(is_header(lines[0]), "{run:#?}");
    let second = 1 + lines[1..].iter().position(|line| is_header(line)).unwrap();
    let console: Vec<_> = lines[1..second].iter().map(|line| row(line)).collect();
    assert!(console.len() >= 2, "{run:#?}");

    let below = |name: &str| {
        let at = lines.iter().position(|line| *line == format!(">>>{name}<<<")).unwrap();
        row(lines[at + 1])
    };
    let (make, change, total) = (below("make"), below("change"), below("Total"));
    assert_eq!(sum(&[counts(&make), counts(&change)]), counts(&total));
    let [sent, succeeded, errors, timeouts] = counts(&total);
    assert_eq!(sent, server.count());
    assert_eq!(sent, succeeded + errors + timeouts);
    let asked = |from: usize, step: usize| (from..sent as usize).step_by(step).count() as u64;
    assert_eq!((timeouts, errors), (asked(4, 20), asked(9, 20) + asked(14, 20)));

    let accum = rows(&prefix, "accum");
    assert_eq!(accum.len(), console.len() + 1, "a last one for what came after the last period");
    assert_eq!(accum[..console.len()], console);
    assert_eq!(accum.last(), Some(&total));
    assert_eq!(rows(&prefix, "make").last(), Some(&make));
    assert_eq!(rows(&prefix, "change").last(), Some(&change));
    let partial: Vec<_> = rows(&prefix, "partial").iter().map(|row| counts(row)).collect();
    assert_eq!(partial.len(), accum.len());
    for n in 0..accum.len() {
        assert_eq!(sum(&partial[..=n]), counts(&accum[n]), "after {n} periods");
    }
    for row in accum.iter().chain([&make, &change]) {
        let [mean, min, max] = [row[3], row[4], row[5]];
        assert!(min > 0.0 && min <= mean && mean <= max, "{row:?}");
        assert!((row[1] - row[6] / row[0]).abs() < 2.0, "{row:?}: Sent/s is Sent by time");
    }
    errors_agree(&read(&prefix, "err"), total[0], errors, asked(9, 20), asked(14, 20));
}

/// The last rows of `.err` are cumulative, and together the column `Errors`.
fn errors_agree(text: &str, time: f64, errors: u64, unexpected: u64, lost: u64) {
    let mut rows = text.lines().skip_while(|line| !line.starts_with("Time (s)"));
    assert_eq!(
        rows.next().unwrap().split_whitespace().collect::<Vec<_>>(),
        ["Time", "(s)", "Code", "Count"]
    );
    let last: Vec<(u64, u64)> = rows
        .map(|line| {
            line.split_whitespace().map(|cell| cell.parse::<f64>().unwrap()).collect::<Vec<_>>()
        })
        .filter(|row| row[0] == time)
        .map(|row| (row[1] as u64, row[2] as u64))
        .collect();
    assert_eq!(last, [(469, lost), (503, unexpected)], "{text}");
    assert_eq!(unexpected + lost, errors);
}

#[test]
fn a_json_document_is_all_there_is_on_standard_output() {
    let (server, directory) = (items(), directory());
    let run =
        play(&directory, &script(&server), &["-r", "20", "-t", "1200ms", "-p", "500ms", "--json"]);
    assert_eq!(run.code, Some(0));
    assert_eq!(run.number("/requests/sent") as u64, server.count());
    // The files are there all the same.
    let sent = rows(&directory.path().join("out"), "accum").last().unwrap()[6];
    assert_eq!(sent as u64, server.count());
}

#[test]
fn files_that_cannot_be_written_are_named_before_anything_is_sent() {
    let (server, directory) = (items(), directory());
    let prefix = directory.path().join("missing").join("out");
    let run = play(&directory, &script(&server), &["-n", "1", "-m", "1"]);
    assert_eq!(run.code, Some(0));
    let script = directory.path().join("script.json");
    let run = loadtest(&["-f", script.to_str().unwrap(), "-o", prefix.to_str().unwrap()]);
    run.expect_refusal(&[prefix.to_str().unwrap(), "-o"]);
    assert_eq!(server.count(), 2, "of the first run");
}

#[test]
fn the_schema_is_printed_and_holds_for_scripts() {
    let run = loadtest(&["-s"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let schema = jsonschema::validator_for(&run.json()).unwrap();
    let mut script = script(&items());
    assert!(schema.is_valid(&script));
    script["messages"]["make"]["response"] = json!({});
    assert!(!schema.is_valid(&script));
}
