//! Imports go down only: which room may name which, from `docs/architecture.md`.

use super::source::{paths, split};
use super::{caught, files_under, none, read};

/// A room (a folder or file of `server/`) and the rooms it may name beside itself.
/// Each stands after those it may name; [`ALL_ABOVE`] are all rooms written before it.
const ROOMS: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("clock", &[]),
    ("rules", &["ids", "clock"]),
    ("error", &["rules"]),
    ("addresses", &[]),
    ("config", &["addresses"]),
    ("throttle", &["addresses", "clock", "error"]),
    ("control", &[]),
    ("proof", &[]),
    (
        "store",
        &["control", "proof", "rules", "ids", "clock", "error"],
    ),
    ("live", &["store", "rules", "ids", "clock", "error"]),
    ("text", &["live", "ids", "error"]),
    ("render", &["text", "live", "ids", "error"]),
    (
        "work",
        &[
            "store", "text", "render", "live", "proof", "rules", "ids", "clock", "error",
        ],
    ),
    (
        "app",
        &[
            "config", "store", "live", "work", "throttle", "ids", "clock", "error",
        ],
    ),
    (
        "demo",
        &[
            "store", "live", "text", "render", "work", "rules", "ids", "clock", "error",
        ],
    ),
    ("http", ALL_ABOVE),
    ("cli", ALL_ABOVE),
];

const ALL_ABOVE: &[&str] = &["*"];

/// Narrower doors: this room may name only these parts of that one.
const PARTS: &[(&str, &str, &[&str])] = &[
    ("text", "live", &["schema"]),
    ("render", "live", &["schema"]),
];

/// Files of `http/` that serve its features. Every other file is a feature, which only the
/// route table in `mod.rs` may name.
/// `health` is also served by the private listener; `proposal_page` and `sheet` are a proposal as JSON, `thread_page` a thread: what several features answer with.
const HTTP_SHARED: &[&str] = &[
    "csv",
    "csv_words",
    "decision_page",
    "entry",
    "envelope_numbers",
    "extract",
    "health",
    "paging",
    "problem",
    "proposal_page",
    "security",
    "refusals",
    "shapes",
    "texts",
    "sheet",
    "thread_page",
    "unchanged",
    "upgrade",
];

/// `server/http/socket.rs` -> (`http`, `["http", "socket"]`).
fn module(file: &str) -> Vec<String> {
    let inner = file.trim_start_matches("server/").trim_end_matches(".rs");
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The paths from the crate's root that this file names, `super` chains resolved.
fn named(file: &str, code: &str) -> Vec<Vec<String>> {
    let module = module(file);
    let mut found = paths(code, "crate");
    for path in paths(code, "super") {
        let ups = 1 + path.iter().take_while(|part| *part == "super").count();
        // An inline test module is one deeper; then the chain resolves to this very file or above it,
        // which can only hide a path of its own room.
        let kept = &module[..module.len().saturating_sub(ups)];
        found.push([kept, &path[ups - 1..]].concat());
    }
    found
}

/// Whether `room` may name `to`, by the table.
fn may_name(room: &str, to: &str) -> bool {
    let place = |name: &str| ROOMS.iter().position(|(found, _)| *found == name);
    let Some((at, into)) = place(room).zip(place(to)) else {
        return false;
    };
    room == to || ROOMS[at].1.contains(&to) || (ROOMS[at].1 == ALL_ABOVE && into < at)
}

/// The paths of this file that go where its room may not. `features` are the files of `http/`.
fn problems(file: &str, source: &str, features: &[&str]) -> Vec<String> {
    let (code, _) = split(source);
    let module = module(file);
    let room = module[0].as_str();
    if ["lib", "main"].contains(&room) {
        return Vec::new();
    }
    if !ROOMS.iter().any(|(name, _)| *name == room) {
        return vec![format!(
            "{file}: {room} is not a room of docs/architecture.md"
        )];
    }
    let mut problems = Vec::new();
    for path in named(file, &code) {
        let Some(to) = path.first().map(String::as_str) else {
            continue;
        };
        if !ROOMS.iter().any(|(name, _)| *name == to) {
            continue;
        }
        let part = path.get(1).map_or("", String::as_str);
        let narrow = PARTS
            .iter()
            .find(|(from, into, _)| *from == room && *into == to);
        if !may_name(room, to) || narrow.is_some_and(|(_, _, parts)| !parts.contains(&part)) {
            problems.push(format!("{file}: {room} may not import {}", path.join("::")));
        }
        let other = module.len() > 1 && room == "http" && to == "http" && part != module[1];
        if other && features.contains(&part) && !HTTP_SHARED.contains(&part) {
            problems.push(format!(
                "{file}: a feature may not import another, {}",
                path.join("::")
            ));
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

#[test]
fn imports_go_down_only() {
    let files = files_under("server", &[".rs"]);
    let features: Vec<&str> = files
        .iter()
        .filter_map(|file| file.strip_prefix("server/http/"))
        .filter_map(|inner| inner.split(['/', '.']).next())
        .collect();
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| problems(file, &read(file), &features))
        .collect();
    none(&found);
}

#[test]
fn the_table_itself_has_no_circle() {
    for (place, (room, allowed)) in ROOMS.iter().enumerate() {
        for below in allowed.iter().filter(|_| *allowed != ALL_ABOVE) {
            let at = ROOMS.iter().position(|(name, _)| name == below);
            assert!(at.is_some_and(|at| at < place), "{room} -> {below} goes up");
        }
    }
}

#[test]
fn upward_imports_are_caught() {
    let says = |file, source| problems(file, source, &["tokens", "people", "extract"]);
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
        &says("server/app.rs", "use super::http::x;"),
        "app may not import http",
    );
    caught(
        &says("server/http/people.rs", "use crate::http::tokens::x;"),
        "another",
    );
    caught(
        &says("server/http/people.rs", "use super::tokens;"),
        "another",
    );
    caught(
        &says("server/http/people/list.rs", "use super::super::tokens;"),
        "another",
    );
    caught(&says("server/cellar/mod.rs", ""), "not a room");
    none(&says(
        "server/http/people.rs",
        "// crate::http::tokens\nuse super::extract::Signed; use crate::store::Store;",
    ));
    none(&says(
        "server/http/mod.rs",
        "use self::tokens; use crate::http::tokens;",
    ));
    none(&says(
        "server/rules/rights.rs",
        "mod tests { use super::super::role::Role; }",
    ));
}
