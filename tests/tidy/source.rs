//! A small reader of Rust source: tells code from comments and strings, finds paths in the code.

/// The code with comments and the contents of strings blanked (line breaks kept), and the strings.
pub(super) fn split(source: &str) -> (String, Vec<String>) {
    let text: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut strings = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let taken = if rest.starts_with(&['/', '/']) {
            rest.iter().position(|&c| c == '\n').unwrap_or(rest.len())
        } else if rest.starts_with(&['/', '*']) {
            block_comment(rest)
        } else if let Some((taken, string)) = string(rest, code.chars().last()) {
            strings.push(string);
            taken
        } else {
            code.push(rest[0]);
            at += 1;
            continue;
        };
        code.extend(
            rest[..taken]
                .iter()
                .map(|&c| if c == '\n' { '\n' } else { ' ' }),
        );
        at += taken;
    }
    (code, strings)
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// A string, raw string or character that starts here: its length and its content as written.
fn string(rest: &[char], before: Option<char>) -> Option<(usize, String)> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') && rest[0] != '"' {
        return None;
    }
    if rest[0] == '\'' {
        // A lifetime has no closing quote right after its first character.
        let length = if rest.get(1) == Some(&'\\') {
            2 + rest[2..].iter().skip(1).position(|&c| c == '\'')? + 2
        } else if rest.get(2) == Some(&'\'') {
            3
        } else {
            return None;
        };
        return Some((length, String::new()));
    }
    let prefix = rest
        .iter()
        .position(|&c| !matches!(c, 'b' | 'r' | 'c'))
        .filter(|&length| length <= 2)?;
    let hashes = rest[prefix..].iter().take_while(|&&c| c == '#').count();
    if rest.get(prefix + hashes) != Some(&'"') {
        return None;
    }
    let raw = rest[..prefix].contains(&'r');
    if hashes > 0 && !raw {
        return None;
    }
    let start = prefix + hashes + 1;
    let mut at = start;
    while at < rest.len() {
        if rest[at] == '\\' && !raw {
            at += 2;
        } else if rest[at] == '"'
            && rest[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes
        {
            return Some((at + 1 + hashes, rest[start..at].iter().collect()));
        } else {
            at += 1;
        }
    }
    None
}

/// Every path in the code whose first segment is `first`: the segments that follow, groups unfolded
/// (`use crate::{a::b, c}` gives `[a, b]` and `[c]`).
pub(super) fn paths(code: &str, first: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(first) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + first.len()..];
        if let Some(tail) = rest.trim_start().strip_prefix("::") {
            follow(tail, &mut Vec::new(), &mut found);
        } else if code[..at].trim_end().ends_with("use") {
            found.push(Vec::new());
        }
    }
    found
}

/// Reads what follows a `::`; returns what is left of the text.
fn follow<'t>(tail: &'t str, walked: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'t str {
    let tail = tail.trim_start();
    if let Some(mut group) = tail.strip_prefix('{') {
        loop {
            group = group.trim_start();
            if let Some(rest) = group.strip_prefix('}') {
                return rest;
            }
            let left = follow(group, walked, found);
            let left = match left.trim_start().strip_prefix("as ") {
                Some(renamed) => renamed.trim_start().trim_start_matches(is_name),
                None => left,
            };
            let left = left.trim_start();
            let next = left.strip_prefix(',').unwrap_or(left);
            if next.len() == group.len() {
                return next;
            }
            group = next;
        }
    }
    let end = tail.find(|c| !is_name(c)).unwrap_or(tail.len());
    let (name, rest) = tail.split_at(end);
    if name.is_empty() {
        found.push(walked.clone());
        return rest.strip_prefix('*').unwrap_or(rest);
    }
    walked.push(name.to_owned());
    let left = match rest.strip_prefix("::") {
        Some(deeper) => follow(deeper, walked, found),
        None => {
            found.push(walked.clone());
            rest
        }
    };
    walked.pop();
    left
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn reads_code_strings_and_comments() {
    let (code, strings) = split(
        "let a = \"x // y\"; // crate::no\nlet c = '\"'; let r = r#\"a \"b\" c\"#; /* /* */ sqlx:: */ fn f<'a>(x: &'a str) {} let e = '\\''; b\"z\"",
    );
    assert_eq!(strings, ["x // y", "", "a \"b\" c", "", "z"]);
    assert!(!code.contains("crate") && !code.contains("sqlx"));
    assert!(code.contains("fn f<'a>(x: &'a str) {}"), "{code}");
}

#[test]
fn finds_paths_in_groups() {
    let found = paths(
        "use crate::{a::b, c::{d, e as f}, g::*}; x(crate::h::I::new()); mycrate::no; use crate::j;",
        "crate",
    );
    let found: Vec<String> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["a::b", "c::d", "c::e", "g", "h::I::new", "j"]);
}
