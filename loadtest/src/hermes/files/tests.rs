use super::*;
use std::fs;

const HEADER: &str = "Time (s)      Sent/s    Recv/s        RT (ms)     minRT (ms)     maxRT (ms)           Sent        Success         Errors       Timeouts\n";
const BEGIN: &str = "Traffic started at:  Sat Nov  1 09:05:03 2025\n\n";

fn script(folder: &Path) -> Script {
    let path = folder.join("script.json");
    let message = r#"{"method":"GET","url":"","response":{"code":200}}"#;
    let other = r#"{"method":"GET","url":"","response":{"code":404}}"#;
    fs::write(
        &path,
        format!(
            r#"{{"dns":"a","port":"1","timeout":1,"flow":["get","miss"],"messages":{{"get":{message},"miss":{other}}}}}"#
        ),
    )
    .unwrap();
    Script::load(&path).unwrap()
}

fn started() -> Zoned {
    "2025-11-01T09:05:03+00:00[UTC]".parse().unwrap()
}

/// Answers after 2 ms with these statuses.
fn tally(answers: &[(u16, Result<(), Failure>)]) -> Tally {
    let mut tally = Tally::default();
    tally.sent = answers.len() as u64;
    for (status, end) in answers {
        tally.answer(*status, Duration::from_millis(2), 0, *end);
    }
    tally
}

#[test]
fn each_file_has_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("out");
    fs::write(folder.path().join("out.accum"), "older").unwrap();
    let mut files = OutputFiles::create(&prefix, &script(folder.path()), &started()).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(format!("out.{name}"))).unwrap();
    for name in ["accum", "partial", "get", "miss"] {
        assert_eq!(read(name), format!("{BEGIN}{HEADER}"), "{name}");
    }
    assert_eq!(read("err"), format!("{BEGIN}Time (s)        Code     Count\n"));

    let bad = Err(Failure::Status);
    let first = [tally(&[(200, Ok(())), (404, bad)]), tally(&[(404, Ok(())), (200, bad)])];
    files.period(Duration::from_secs(10), &first, &first).unwrap();
    let mut second = [tally(&[(200, Ok(())), (200, Err(Failure::Unsaved))]), tally(&[(200, bad)])];
    for failure in [Failure::Timeout, Failure::Lost, Failure::Reset, Failure::NotConnected] {
        second[0].fail(failure);
    }
    second[1].fail(Failure::Unsent);
    let mut cumulative = first;
    cumulative.iter_mut().zip(&second).for_each(|(sum, more)| sum.add(more));
    files.finish(Duration::from_millis(12_500), &cumulative, &second).unwrap();

    let rows = |name: &str| read(name).split_off(BEGIN.len() + HEADER.len());
    assert_eq!(
        rows("accum"),
        "\
10.0             0.4       0.4          2.000          2.000          2.000              4              2              2              0
12.5             0.6       0.6          2.000          2.000          2.000              7              3              8              1
"
    );
    assert_eq!(
        rows("partial"),
        "\
10.0             0.4       0.4          2.000          2.000          2.000              4              2              2              0
12.5             1.2       1.2          2.000          2.000          2.000              3              1              6              1
"
    );
    assert_eq!(
        rows("miss"),
        "\
10.0             0.2       0.2          2.000          2.000          2.000              2              1              1              0
12.5             0.2       0.2          2.000          2.000          2.000              3              1              3              0
"
    );
    // 404 for `get`; 200 for `miss` twice and once without the value that `get` wanted.
    assert_eq!(
        read("err").split_off(BEGIN.len()),
        "\
Time (s)        Code     Count
10.0             200         1
10.0             404         1
12.5             200         3
12.5             404         1
12.5             466         1
12.5             468         1
12.5             469         2
"
    );
}

#[test]
fn the_codes_are_as_many_as_the_errors() {
    let mut tally =
        tally(&[(200, Ok(())), (200, Err(Failure::Unsaved)), (500, Err(Failure::Status))]);
    for failure in Failure::ALL.into_iter().skip(2) {
        tally.fail(failure);
    }
    let count: u64 = codes(200, &tally).iter().map(|(_, count)| count).sum();
    assert_eq!(count, tally.errors() - tally.failed(Failure::Timeout));
}

#[test]
fn a_prefix_that_cannot_be_written_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path());
    let prefix = folder.path().join("none/out");
    let error = OutputFiles::create(&prefix, &script, &started()).unwrap_err().to_string();
    let begin = format!("{}.accum: cannot be written: No such file", prefix.display());
    assert!(error.starts_with(&begin), "{error}");
    assert_eq!(error.lines().count(), 1);
    // A file that is a directory, and one that vanished while traffic ran.
    fs::create_dir(folder.path().join("out.miss")).unwrap();
    let prefix = folder.path().join("out");
    assert!(OutputFiles::create(&prefix, &script, &started()).is_err());
    fs::remove_dir(folder.path().join("out.miss")).unwrap();
    let mut files = OutputFiles::create(&prefix, &script, &started()).unwrap();
    fs::remove_file(folder.path().join("out.get")).unwrap();
    let tallies = [Tally::default(), Tally::default()];
    assert!(files.period(Duration::from_secs(1), &tallies, &tallies).is_err());
}
