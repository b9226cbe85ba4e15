//! Every path that our docs name exists, and every link between them leads somewhere.

use super::{caught, files_under, none, read, root};

/// The first folder of a path of ours: a code span that starts so must exist.
const FOLDERS: &[&str] = &[
    "server/",
    "web/",
    "migrations/",
    "tests/",
    "docs/",
    "scripts/",
    "demo/",
    ".ci/",
];
/// What a build or a run makes: named in the docs, not in the repository.
const MADE: &[&str] = &["web/build", "web/node_modules", "data/"];

/// The paths a text names: code spans that look like ours, and targets of relative links.
fn named(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        for span in line.split('`').skip(1).step_by(2) {
            if FOLDERS.iter().any(|folder| span.starts_with(folder)) && !span.contains(' ') {
                found.push((span.to_owned(), false));
            }
        }
        for target in line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = target.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((target.to_owned(), true));
            }
        }
    }
    found
}

/// Whether a path exists; `*` stands for one name's part, `{a,b}` for each, `<x>` for anything.
fn exists(path: &str) -> bool {
    if let Some((before, rest)) = path.split_once('{') {
        let Some((choices, after)) = rest.split_once('}') else {
            return false;
        };
        return choices
            .split(',')
            .all(|choice| exists(&format!("{before}{}{after}", choice.trim())));
    }
    if MADE.iter().any(|made| path.starts_with(made)) {
        return true;
    }
    let fixed = path.split(['*', '<']).next().unwrap_or_default();
    if fixed.len() < path.len() {
        let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        return root().join(folder).is_dir();
    }
    root().join(path).exists()
}

fn problems(file: &str, text: &str) -> Vec<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    named(text)
        .into_iter()
        .filter(|(path, is_link)| {
            let from_root = !is_link || folder.is_empty();
            !exists(&if from_root {
                path.clone()
            } else {
                format!("{folder}/{path}")
            })
        })
        .map(|(path, _)| format!("{file}: names {path}, which is not there"))
        .collect()
}

#[test]
fn paths_named_in_the_docs_exist() {
    let mut files = files_under("docs", &[".md"]);
    files.push("README.md".to_owned());
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| problems(file, &read(file)))
        .collect();
    none(&found);
}

#[test]
fn each_room_has_its_sentence() {
    let architecture = read("docs/architecture.md");
    let mut rooms: Vec<String> = files_under("server", &[".rs"])
        .iter()
        .map(|file| {
            let inner = file.trim_start_matches("server/");
            match inner.split_once('/') {
                Some((folder, _)) => format!("`{folder}/`"),
                None => format!("`{inner}`"),
            }
        })
        .collect();
    rooms.dedup();
    rooms.retain(|room| !architecture.contains(room.as_str()));
    assert!(
        rooms.is_empty(),
        "docs/architecture.md does not tell {rooms:?}"
    );
}

/// The environment names a source declares for its settings.
fn settings(source: &str) -> Vec<&str> {
    source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with("CHANTIER_"))
        .filter(|text| text.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect()
}

#[test]
fn each_setting_is_documented() {
    let source = read("server/config.rs");
    let page = read("docs/operations.md");
    let mut names = settings(&source);
    assert!(
        names.len() > 8,
        "the settings are no longer found: {names:?}"
    );
    names.retain(|name| !page.contains(&format!("`{name}`")));
    assert!(
        names.is_empty(),
        "docs/operations.md does not tell {names:?}"
    );
}

#[test]
fn dead_paths_are_caught() {
    assert_eq!(
        settings("env = \"CHANTIER_X\", \"CHANTIER_ x\""),
        ["CHANTIER_X"]
    );
    caught(
        &problems("README.md", "see `server/attic.rs`"),
        "server/attic.rs",
    );
    caught(
        &problems("README.md", "see `server/{lib,attic}.rs`"),
        "attic",
    );
    caught(
        &problems("README.md", "[x](docs/attic.md#a)"),
        "docs/attic.md",
    );
    caught(&problems("docs/a.md", "[x](attic.md)"), "attic.md");
    caught(
        &problems("docs/a.md", "`migrations/oracle/*.sql`"),
        "oracle",
    );
    none(&problems(
        "docs/a.md",
        "`server/lib.rs` `web/build/x` `a/b` [x](https://a.b/c) [y](../Cargo.toml) [z](#here)\n```\n`server/attic.rs`\n```",
    ));
}
