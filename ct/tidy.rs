//! Rules of the source tree that no compiler knows: which part may use what, and how long things may get.

use std::fs;
use std::path::Path;

/// Lines of code in a file, tests and comments aside.
const FILE_LINES_MAX: usize = 500;

/// Lines of a function.
const FUNCTION_LINES_MAX: usize = 70;

/// Files that are mostly tables of constants and may be longer.
const TABLES: [&str; 0] = [];

struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Line number and text of each line that is not a comment.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_comment = |line: &str| line.trim_start().starts_with("//");
        self.text
            .lines()
            .enumerate()
            .map(|(n, line)| (n + 1, line))
            .filter(move |(_, line)| !is_comment(line))
    }

    fn is_under(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

/// All Rust sources below a folder of the repository.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pending = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let inside = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            pending.extend(
                inside.filter(|path| !path.ends_with("target") && !path.ends_with("corpus")),
            );
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(source(root, &path));
        }
    }
    found
}

/// Everything that we wrote in Rust.
fn all_sources() -> Vec<Source> {
    ["src", "ct", "loadtest", "benches"].into_iter().flat_map(sources).collect()
}

fn source(root: &Path, path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    Source { path: path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), text }
}

/// Fails with all breaches at once.
fn none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

/// Lines of `sources` that hold one of the words.
fn holding(sources: &[Source], words: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for source in sources {
        for (n, line) in source.code() {
            if words.iter().any(|word| has_word(line, word)) {
                lines.push(format!("{}:{n}: {}", source.path, line.trim()));
            }
        }
    }
    lines
}

/// The word stands in the line, not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part)
    })
}

#[test]
fn monoio_lives_under_worker_only() {
    let mut others = sources("src");
    others.retain(|s| !s.is_under(&["src/worker/"]));
    none(&holding(&others, &["monoio", "io_uring::"]));
}

#[test]
fn tokio_and_axum_live_in_the_control_plane_only() {
    let allowed = ["src/admin", "src/proxy", "src/capture", "src/cli", "src/main.rs", "src/lib.rs"];
    let mut others = sources("src");
    others.retain(|s| !s.is_under(&allowed));
    none(&holding(&others, &["tokio", "axum", "hyper", "tower"]));
}

#[test]
fn wire_and_model_know_nothing_of_each_other_nor_of_the_rest() {
    let io = ["tokio", "axum", "monoio", "understudy", "std::net", "std::thread", "async"];
    none(&holding(&library("src/wire"), &[&io[..], &["understudy_model", "serde_json"]].concat()));
    none(&holding(&library("src/model"), &[&io[..], &["understudy_wire"]].concat()));
    none(&holding(&sources("loadtest"), &["understudy_model", "understudy", "monoio"]));
}

/// The sources of a crate without its tests, benches and fuzz targets, which may use what they like.
fn library(folder: &str) -> Vec<Source> {
    let mut sources = sources(folder);
    let aside = ["tests", "fuzz", "benches", "examples"].map(|name| format!("{folder}/{name}/"));
    sources.retain(|s| !aside.iter().any(|folder| s.path.starts_with(folder)));
    sources
}

#[test]
fn the_two_planes_meet_only_in_what_is_published() {
    let under = |folder| {
        let mut sources = sources("src");
        sources.retain(|s| s.is_under(&[folder]));
        sources
    };
    none(&holding(&under("src/admin"), &["understudy_wire", "crate::worker"]));
    none(&holding(&under("src/worker"), &["crate::admin", "serde_json"]));
}

#[test]
fn unsafe_lives_in_one_file() {
    let mut others = all_sources();
    others.retain(|s| !["src/sys.rs", "ct/tidy.rs"].contains(&s.path.as_str()));
    none(&holding(&others, &["unsafe"]));
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for source in all_sources() {
        let tests = source
            .text
            .lines()
            .position(|line| line.starts_with("#[cfg(test)]"))
            .unwrap_or(usize::MAX);
        let lines =
            source.code().filter(|(n, line)| *n <= tests && !line.trim().is_empty()).count();
        if lines > FILE_LINES_MAX && !TABLES.contains(&source.path.as_str()) {
            long.push(format!("{}: {lines} lines of code, {FILE_LINES_MAX} allowed", source.path));
        }
    }
    none(&long);
}

/// Relies on rustfmt: the closing brace of a function stands where its first line begins.
#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for source in all_sources() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let signature = line.trim_start();
            if !has_word(signature, "fn") || !begins_function(signature) {
                continue;
            }
            let closing = format!("{}}}", " ".repeat(indent));
            let length =
                lines[n..].iter().position(|line| *line == closing || is_bodiless(line, n, &lines));
            if let Some(length) = length.filter(|length| *length >= FUNCTION_LINES_MAX) {
                long.push(format!("{}:{}: {} lines", source.path, n + 1, length + 1));
            }
        }
    }
    none(&long);
}

/// The line begins a function item.
fn begins_function(signature: &str) -> bool {
    let before = signature.split("fn ").next().unwrap_or("").trim();
    before.split_whitespace().all(|word| {
        word.starts_with("pub")
            || ["const", "async", "unsafe", "extern", "in", "crate)", "super)", "\"C\""]
                .contains(&word)
    })
}

/// The first line of a function that ends on that line: one-line bodies and declarations in traits.
fn is_bodiless(line: &str, first: usize, lines: &[&str]) -> bool {
    std::ptr::eq(line, lines[first]) && (line.ends_with('}') || line.ends_with(';'))
}

#[test]
fn no_test_is_ignored_and_none_sleeps() {
    let banned =
        [concat!("#[", "ignore"), concat!("thread::", "sleep"), concat!("time::", "sleep(")];
    let mut breaches = Vec::new();
    for source in all_sources() {
        let is_test = source.path.starts_with("ct/");
        for (n, line) in source.code() {
            let hit = banned
                .iter()
                .enumerate()
                .any(|(kind, word)| line.contains(word) && (kind == 0 || is_test));
            if hit {
                breaches.push(format!("{}:{n}: {}", source.path, line.trim()));
            }
        }
    }
    none(&breaches);
}

#[test]
fn no_work_is_left_lying_about() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ];
    let mut breaches = Vec::new();
    for source in all_sources() {
        for (n, line) in source.text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                breaches.push(format!("{}:{}: {}", source.path, n + 1, line.trim()));
            }
        }
    }
    none(&breaches);
}
