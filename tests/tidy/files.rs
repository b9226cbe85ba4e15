//! Sizes and headers: a file that cannot be read in one go is two files.

use super::{caught, files_under, none, read};

/// Lines. 60 to 300 is the guide, 400 a smell, more than this fails.
const LIMIT_LINES: usize = 500;
/// Lines of a page of the web client: it reads the address, loads and places components.
const LIMIT_PAGE_LINES: usize = 120;

/// Made by a program, read by nobody.
const GENERATED: &[&str] = &["web/src/lib/api/types.ts"];

fn problems(file: &str, text: &str) -> Vec<String> {
    if GENERATED.contains(&file) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let lines = text.lines().count();
    let limit = if file.ends_with("+page.svelte") || file.ends_with("+layout.svelte") {
        LIMIT_PAGE_LINES
    } else {
        LIMIT_LINES
    };
    if lines > limit {
        problems.push(format!("{file}: {lines} lines, {limit} at most"));
    }
    if file.ends_with(".rs") && !text.starts_with("//! ") {
        problems.push(format!(
            "{file}: starts without a sentence on what it is for (//!)"
        ));
    }
    if file.ends_with(".rs") && text.contains("#[ignore") {
        problems.push(format!("{file}: an ignored test is a test nobody has"));
    }
    problems
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut found = Vec::new();
    for (folder, endings) in [
        ("server", &[".rs"][..]),
        ("tests", &[".rs", ".mjs"]),
        ("scripts", &[".mjs", ".sh"]),
        ("web/src", &[".ts", ".svelte", ".css"]),
    ] {
        for file in files_under(folder, endings) {
            // This file spells what it forbids.
            if file != "tests/tidy/files.rs" {
                found.extend(problems(&file, &read(&file)));
            }
        }
    }
    none(&found);
}

#[test]
fn long_and_silent_files_are_caught() {
    let long = format!("//! Long.\n{}", "x\n".repeat(LIMIT_LINES));
    caught(&problems("server/a.rs", &long), "501 lines");
    caught(
        &problems("web/src/routes/+page.svelte", &"x\n".repeat(121)),
        "121 lines",
    );
    caught(&problems("server/a.rs", "use std::fmt;"), "starts without");
    caught(
        &problems("server/a.rs", "//! A.\n#[ignore = \"slow\"]"),
        "ignored test",
    );
    none(&problems("web/src/lib/api/types.ts", &"x\n".repeat(5_000)));
}
