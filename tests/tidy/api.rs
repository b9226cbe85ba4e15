//! The API as described: every path under `/api` or `/ws`, every operation asked by some test.

use serde_json::Value;

use super::{caught, files_under, none, read};

/// Where addresses for programs begin; everything else is a page.
const DOORS: [&str; 2] = ["/api/", "/ws/"];

/// Every operation of the description: (method, path).
fn operations(description: &Value) -> Vec<(String, String)> {
    let paths = description["paths"].as_object();
    paths
        .into_iter()
        .flatten()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, _)| (method.clone(), path.clone()))
        })
        .collect()
}

/// Whether a text names an address of this shape: `/api/people/{x}` is met by `/api/people/per-01`,
/// `/api/people/{person}` and `/api/people/${id}`.
fn names(text: &str, path: &str) -> bool {
    let Some(door) = DOORS.iter().find(|door| path.starts_with(**door)) else {
        return false;
    };
    let parts: Vec<&str> = path[door.len()..].split('/').collect();
    text.match_indices(door).any(|(at, found)| {
        let mut rest = &text[at + found.len()..];
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                let Some(after) = rest.strip_prefix('/') else {
                    return false;
                };
                rest = after;
            }
            if part.starts_with('{') {
                let end = segment(rest);
                if end == 0 {
                    return false;
                }
                rest = &rest[end..];
            } else {
                let Some(after) = rest.strip_prefix(part) else {
                    return false;
                };
                rest = after;
            }
        }
        !rest.starts_with(|c: char| c == '/' || c == '_' || c.is_alphanumeric())
    })
}

/// The length of an address's segment: up to a slash, a quote, a space... braces are taken whole.
fn segment(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' | '"' | '\'' | '`' | '?' | ' ' | '\n' | ',' | ')' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

fn problems(operations: &[(String, String)], tests: &str) -> Vec<String> {
    operations
        .iter()
        .flat_map(|(method, path)| {
            let inside = DOORS.iter().any(|door| path.starts_with(door));
            let stray = (!inside)
                .then(|| format!("{method} {path}: every operation lives under {DOORS:?}"));
            let silent = (inside && !names(tests, path))
                .then(|| format!("{method} {path}: no test asks it"));
            stray.into_iter().chain(silent)
        })
        .collect()
}

#[test]
fn every_operation_is_asked_by_a_test() {
    let text = read("docs/openapi.json");
    let description: Value = serde_json::from_str(&text).expect("the description is JSON");
    let operations = operations(&description);
    assert!(operations.len() > 15, "the description is nearly empty");
    let tests: String = files_under("tests", &[".rs", ".mjs"])
        .iter()
        .filter(|file| !file.starts_with("tests/tidy/"))
        .map(|file| read(file))
        .collect();
    none(&problems(&operations, &tests));
}

#[test]
fn unasked_operations_are_caught() {
    let one = |path: &str| vec![("get".to_owned(), path.to_owned())];
    caught(&problems(&one("/people"), "\"/people\""), "lives under");
    caught(
        &problems(&one("/api/people/{id}"), "get(\"/api/people\")"),
        "no test asks",
    );
    caught(
        &problems(&one("/api/people"), "get(\"/api/people/1\")"),
        "no test asks",
    );
    caught(
        &problems(&one("/api/people/{id}/links"), "\"/api/people/1/link\""),
        "no test",
    );
    none(&problems(
        &one("/api/people/{id}/links"),
        "`/api/people/${a.b('c')}/links`",
    ));
    none(&problems(
        &one("/api/people/{id}"),
        "format!(\"/api/people/{person}\")",
    ));
    none(&problems(&one("/api/people"), "\"/api/people?limit=1\""));
}
