//! The examples: each script prints what stands beside it, and the page lists them all.

use crate::support::process::run;
use crate::support::server::Server;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folders() -> Vec<PathBuf> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// One server for all, in turn, as somebody who tries one after the other has it.
#[test]
fn each_prints_what_is_expected() {
    let server = Server::start(&[]);
    for folder in folders() {
        let done = run(Command::new(folder.join("try.sh"))
            .env("ADMIN", format!("http://{}", server.admin))
            .env("TRAFFIC", format!("http://{}", server.traffic)));
        let expected = fs::read_to_string(folder.join("expected.txt")).unwrap();
        assert_eq!(done.stdout, expected.trim_end(), "{}: {}", folder.display(), done.stderr);
        assert!(done.status.success(), "{}: {}", folder.display(), done.stderr);
    }
}

#[test]
fn the_page_lists_them_all() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/README.md");
    let page = fs::read_to_string(page).unwrap();
    let folders = folders();
    for folder in &folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(page.contains(&format!("| [{name}]({name}) |")), "{name}");
    }
    assert_eq!(page.matches("\n| [").count(), folders.len());
}
