//! The house rules as tests: imports go down, one library one room, sizes, equal migrations,
//! paths in the docs, error codes with sentences, messages in both languages, the API's routes.
//! Every checker is a function over text, and each is shown failing on a made-up example:
//! a check that cannot fail is worth nothing.

mod api;
mod docs;
mod files;
mod journal;
mod libraries;
mod messages;
mod migrations;
mod refusals;
mod rooms;
mod source;

use std::path::{Path, PathBuf};

/// The project's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under `folder` (relative to the project) whose name ends so, sorted, as relative paths.
#[track_caller]
fn files_under(folder: &str, endings: &[&str]) -> Vec<String> {
    const MADE: [&str; 5] = [
        "node_modules",
        "build",
        ".svelte-kit",
        "paraglide",
        "target",
    ];
    let mut waiting: Vec<PathBuf> = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).unwrap_or_else(|why| panic!("{}: {why}", at.display()))
        {
            let path = entry.expect("a folder's entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !MADE.contains(&name.as_ref()) {
                    waiting.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let relative = path.strip_prefix(root()).expect("it lies under the root");
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no {endings:?}");
    found
}

/// The text of a file of the project.
#[track_caller]
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Fails with every problem, one a line.
#[track_caller]
fn none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Shows that a checker can fail: exactly one problem, which says `part`.
#[track_caller]
fn caught(problems: &[String], part: &str) {
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains(part), "{problems:?}");
}
