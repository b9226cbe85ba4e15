//! One library, one room: each external library is named in one place.

use super::source::{paths, split};
use super::{caught, files_under, none, read};

/// Anywhere but in the rooms that know nothing but `std`.
const ANYWHERE: &[&str] = &["server/"];
/// Rooms without any library.
const BARE: &[&str] = &["server/rules/", "server/live/gate/"];

/// Each dependency of `Cargo.toml`, as named in code, and where it may be named.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("argon2", &["server/store/", "server/http/"]),
    ("axum", &["server/http/", "server/error.rs", "server/cli/"]),
    ("axum_extra", &["server/http/"]),
    ("bytes", ANYWHERE),
    (
        "clap",
        &["server/config.rs", "server/cli/", "server/main.rs"],
    ),
    ("flate2", &["server/store/"]),
    ("futures_util", ANYWHERE),
    ("getrandom", ANYWHERE),
    ("http_body_util", &["server/http/"]),
    ("hyper", &["server/http/"]),
    ("hyper_util", &["server/http/"]),
    ("metrics", ANYWHERE),
    (
        "metrics_exporter_prometheus",
        &["server/http/", "server/cli/"],
    ),
    ("mimalloc", &["server/main.rs"]),
    ("pulldown_cmark", &["server/text/", "server/render/"]),
    ("ring", &["server/proof/"]),
    ("rust_embed", &["server/http/"]),
    ("serde", ANYWHERE),
    ("serde_json", ANYWHERE),
    ("serde_path_to_error", &["server/http/"]),
    ("sha2", ANYWHERE),
    ("sqlx", &["server/store/"]),
    ("thiserror", ANYWHERE),
    (
        "time",
        &[
            "server/clock.rs",
            "server/store/",
            "server/http/",
            "server/cli/",
        ],
    ),
    ("tokio", ANYWHERE),
    ("tokio_tungstenite", &["server/http/"]),
    ("tokio_util", ANYWHERE),
    ("tower", &["server/http/"]),
    ("tower_http", &["server/http/"]),
    ("tracing", ANYWHERE),
    ("tracing_subscriber", &["server/cli/", "server/main.rs"]),
    ("unicode_normalization", &["server/proof/"]),
    ("utoipa", &["server/http/", "server/error.rs"]),
    ("utoipa_axum", &["server/http/"]),
    ("uuid", ANYWHERE),
    ("yrs", &["server/text/"]),
];

/// Libraries that stay in a single file: what they do must be done in one way.
const ONE_FILE: &[&str] = &[
    "argon2",
    "metrics_exporter_prometheus",
    "mimalloc",
    "ring",
    "rust_embed",
    "unicode_normalization",
];

/// Where tasks may be started: a task without an owner outlives what it works on.
const SPAWNERS: &[&str] = &[
    "server/main.rs",
    "server/app.rs",
    "server/cli/",
    "server/live/mod.rs",
    "server/work/mod.rs",
    // Not to be dropped with the request that asks for it.
    "server/store/begun.rs",
];

fn lies_in(file: &str, places: &[&str]) -> bool {
    places.iter().any(|place| file.starts_with(place))
}

/// The libraries that this file names and may not.
fn problems(file: &str, source: &str) -> Vec<String> {
    let (code, _) = split(source);
    let mut problems = Vec::new();
    for (library, places) in LIBRARIES {
        // A module of the same name hides the library.
        if paths(&code, library).is_empty() || code.contains(&format!("mod {library};")) {
            continue;
        }
        if lies_in(file, BARE) {
            problems.push(format!("{file}: names {library}, this room knows only std"));
        } else if !lies_in(file, places) {
            problems.push(format!("{file}: {library} belongs in {places:?}"));
        }
    }
    let spawns = paths(&code, "tokio")
        .iter()
        .any(|path| matches!(path.last().map(String::as_str), Some("spawn")));
    if spawns && !lies_in(file, SPAWNERS) {
        problems.push(format!("{file}: tokio::spawn belongs in {SPAWNERS:?}"));
    }
    problems
}

/// The libraries of `ONE_FILE` that several of these files name.
fn scattered(files: &[(String, String)]) -> Vec<String> {
    ONE_FILE
        .iter()
        .filter_map(|library| {
            let users: Vec<&str> = files
                .iter()
                .filter(|(_, source)| !paths(&split(source).0, library).is_empty())
                .map(|(file, _)| file.as_str())
                .collect();
            (users.len() > 1)
                .then(|| format!("{library} is named in {users:?}, one file is enough"))
        })
        .collect()
}

/// The names of the table `[dependencies]`, as code writes them.
fn dependencies(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().replace('-', "_"))
        .collect()
}

#[test]
fn each_library_stays_in_its_room() {
    let sources: Vec<(String, String)> = files_under("server", &[".rs"])
        .into_iter()
        .map(|file| {
            let source = read(&file);
            (file, source)
        })
        .collect();
    let mut found: Vec<String> = sources
        .iter()
        .flat_map(|(file, source)| problems(file, source))
        .collect();
    found.extend(scattered(&sources));
    none(&found);
}

#[test]
fn each_dependency_has_a_row() {
    let mut rows: Vec<String> = LIBRARIES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let mut wanted = dependencies(&read("Cargo.toml"));
    rows.sort();
    wanted.sort();
    assert_eq!(rows, wanted, "the table of libraries and Cargo.toml differ");
}

#[test]
fn strays_are_caught() {
    caught(
        &problems("server/http/people.rs", "use sqlx::Row;"),
        "sqlx belongs in",
    );
    caught(
        &problems("server/live/room.rs", "fn f() { yrs::Doc::new(); }"),
        "yrs belongs in",
    );
    caught(
        &problems("server/rules/day.rs", "use serde::Serialize;"),
        "only std",
    );
    caught(
        &problems("server/live/gate/read.rs", "tracing::info!(1);"),
        "only std",
    );
    caught(
        &problems("server/store/mod.rs", "tokio::spawn(x);"),
        "tokio::spawn belongs",
    );
    caught(
        &problems("server/store/mod.rs", "use tokio::task::{self, spawn};"),
        "tokio::spawn",
    );
    none(&problems(
        "server/live/gate/mod.rs",
        "mod bytes; use bytes::Reader;",
    ));
    none(&problems(
        "server/live/room.rs",
        "// sqlx::query\nlet a = \"yrs::Doc\"; my_sqlx::x();",
    ));
    let twice = |file: &str| (file.to_owned(), "use argon2::Argon2;".to_owned());
    caught(
        &scattered(&[twice("server/a.rs"), twice("server/b.rs")]),
        "one file is enough",
    );
    assert_eq!(
        dependencies("[a]\nx = 1\n[dependencies]\nfoo-bar = \"1\"\n\n[c]\ny = 1"),
        ["foo_bar"]
    );
}
