//! Imports go down only: which room may name which, from `docs/architecture.md`.

use super::source::{paths, split};
use super::{caught, files_under, none, read};

/// A room (a folder or file of `server/`) and the rooms it may name beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("clock", &[]),
    ("rules", &["ids", "clock"]),
    ("error", &["rules"]),
    ("config", &[]),
    ("store", &["rules", "ids", "clock", "error"]),
    ("live", &["store", "rules", "ids", "clock", "error"]),
    ("text", &["live", "ids", "error"]),
    ("render", &["text", "live", "ids", "error"]),
    (
        "work",
        &[
            "store", "text", "render", "live", "rules", "ids", "clock", "error",
        ],
    ),
    (
        "app",
        &["config", "store", "live", "work", "ids", "clock", "error"],
    ),
    (
        "http",
        &[
            "app", "config", "store", "live", "text", "render", "work", "rules", "ids", "clock",
            "error",
        ],
    ),
    (
        "cli",
        &[
            "http", "app", "config", "store", "live", "text", "render", "work", "rules", "ids",
            "clock", "error",
        ],
    ),
];

/// Narrower doors: this room may name only these parts of that one.
const PARTS: &[(&str, &str, &[&str])] = &[
    ("text", "live", &["schema"]),
    ("render", "live", &["schema"]),
];

/// What every feature of `http/` may name of its own room; never another feature.
const HTTP_SHARED: &[&str] = &["extract", "problem", "security"];

/// `server/http/socket.rs` -> (`http`, `["http", "socket"]`).
fn module(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("server/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The paths from the crate's root that this file names, `super` chains included.
fn named(file: &str, code: &str) -> Vec<Vec<String>> {
    let depth = module(file).len();
    let mut found = paths(code, "crate");
    for path in paths(code, "super") {
        let ups = 1 + path.iter().take_while(|part| *part == "super").count();
        // An inline test module is one deeper: its longest honest chain still stays inside.
        if ups >= depth {
            found.push(path[ups - 1..].to_vec());
        }
    }
    found
}

/// The paths of this file that go where its room may not.
fn problems(file: &str, source: &str) -> Vec<String> {
    let (code, _) = split(source);
    let module = module(file);
    let room = &module[0];
    if ["lib", "main"].contains(&room.as_str()) {
        return Vec::new();
    }
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| name == room) else {
        return vec![format!(
            "{file}: {room} is not a room of docs/architecture.md"
        )];
    };
    let mut problems = Vec::new();
    for path in named(file, &code) {
        let Some(to) = path.first() else { continue };
        if !ROOMS.iter().any(|(name, _)| name == to) {
            continue;
        }
        if to != room && !allowed.contains(&to.as_str()) {
            problems.push(format!("{file}: {room} may not import {}", path.join("::")));
        }
        for (from, _, parts) in PARTS
            .iter()
            .filter(|(from, into, _)| from == room && into == to)
        {
            if path
                .get(1)
                .is_none_or(|part| !parts.contains(&part.as_str()))
            {
                problems.push(format!("{file}: {from} may not import {}", path.join("::")));
            }
        }
        if room == "http" && to == "http" && module.len() > 1 {
            let other = path
                .get(1)
                .filter(|part| part.starts_with(char::is_lowercase));
            if other.is_some_and(|part| *part != module[1] && !HTTP_SHARED.contains(&part.as_str()))
            {
                problems.push(format!(
                    "{file}: a feature may not import another, {}",
                    path.join("::")
                ));
            }
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

#[test]
fn imports_go_down_only() {
    let found: Vec<String> = files_under("server", &[".rs"])
        .iter()
        .flat_map(|file| problems(file, &read(file)))
        .collect();
    none(&found);
}

#[test]
fn the_table_itself_has_no_circle() {
    for (place, (room, allowed)) in ROOMS.iter().enumerate() {
        for below in *allowed {
            let at = ROOMS.iter().position(|(name, _)| name == below);
            assert!(at.is_some_and(|at| at < place), "{room} -> {below} goes up");
        }
    }
}

#[test]
fn upward_imports_are_caught() {
    let says = |file, source| problems(file, source);
    caught(
        &says("server/store/log.rs", "use crate::http::extract;"),
        "store may not import http",
    );
    caught(
        &says(
            "server/store/log.rs",
            "use crate::{ids::Id, live::{Rooms}};",
        ),
        "live::Rooms",
    );
    caught(
        &says("server/rules/day.rs", "fn f() { crate::store::x() }"),
        "rules may not import",
    );
    caught(
        &says("server/live/gate/read.rs", "use super::super::super::http;"),
        "may not import http",
    );
    caught(
        &says("server/text/mod.rs", "use crate::live::room;"),
        "text may not import live::room",
    );
    caught(
        &says("server/http/people.rs", "use crate::http::tokens::x;"),
        "another",
    );
    caught(
        &says("server/http/people.rs", "use super::super::http::tokens;"),
        "another",
    );
    caught(&says("server/cellar/mod.rs", ""), "not a room");
    none(&says(
        "server/http/people.rs",
        "// crate::http::tokens\nuse super::extract::Signed; use crate::store::Store;",
    ));
    none(&says(
        "server/rules/rights.rs",
        "mod tests { use super::super::role::Role; }",
    ));
}
