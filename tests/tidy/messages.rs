//! Every sentence exists in French and English with the same values in it; French is set with its
//! spaces; every code of the server has a sentence of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{caught, files_under, none, read};

/// Where codes become sentences.
const SENTENCES: &str = "web/src/lib/i18n/sentences.ts";
/// Codes that no page shows as they are, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cross_site", "another site asked, not a page of ours"),
    ("gap", "on a socket: the client sends again what is missing"),
    (
        "gate",
        "on a socket: the page says that a change was refused",
    ),
    ("log_behind", "between background tasks"),
    (
        "method_not_allowed",
        "for programs: our client asks what exists",
    ),
    ("not_empty", "printed at start, in the terminal"),
    (
        "part_missing",
        "between our client and a live text: it begins again",
    ),
    (
        "part_replaced",
        "between our client and a live text: nobody waits for this answer",
    ),
    ("schema_behind", "on a socket: the page asks to be reloaded"),
    (
        "seat_gone",
        "between our client and a live text: it begins again",
    ),
    ("too_many", "said with the time to wait, by status"),
];
/// Narrow no-break space: before ; ! ? » and after «.
const NARROW: char = '\u{202f}';
/// No-break space: before a colon.
const NO_BREAK: char = '\u{a0}';

/// The sentences of one language: key -> its texts (several when they depend on a count).
type Sentences = BTreeMap<String, Vec<String>>;

#[track_caller]
fn sentences(language: &str) -> Sentences {
    let mut all = Sentences::new();
    for file in files_under(&format!("web/messages/{language}"), &[".json"]) {
        let text = read(&file);
        let value: Value =
            serde_json::from_str(&text).unwrap_or_else(|why| panic!("{file}: {why}"));
        for (key, value) in value.as_object().expect("a message file is an object") {
            if key == "$schema" {
                continue;
            }
            let mut texts = Vec::new();
            gather(value, &mut texts);
            let earlier = all.insert(key.clone(), texts);
            assert!(
                earlier.is_none(),
                "{file}: {key} is already in another file"
            );
        }
    }
    all
}

/// The texts of a message: itself, or those of its variants.
fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Object(parts) => {
            if let Some(variants) = parts.get("match").and_then(Value::as_object) {
                variants.values().for_each(|item| gather(item, texts));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The values a text takes: `{name}`.
fn values(texts: &[String]) -> Vec<&str> {
    let mut found: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split('{').skip(1))
        .filter_map(|rest| rest.split('}').next())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn differences(french: &Sentences, english: &Sentences) -> Vec<String> {
    let mut problems = Vec::new();
    for (key, texts) in french {
        match english.get(key) {
            None => problems.push(format!("{key}: not in English")),
            Some(other) if values(texts) != values(other) => problems.push(format!(
                "{key}: takes {:?} in French, {:?} in English",
                values(texts),
                values(other)
            )),
            Some(_) => {}
        }
        if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
            problems.push(format!("{key}: empty"));
        }
    }
    let missing = english.keys().filter(|key| !french.contains_key(*key));
    problems.extend(missing.map(|key| format!("{key}: not in French")));
    problems
}

/// What is badly set in a French text.
fn typography(key: &str, text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut problems = Vec::new();
    let mut say = |what: &str| problems.push(format!("{key}: {what} in: {text}"));
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        match letter {
            ';' | '!' | '?' if before.is_some_and(|c| !matches!(c, NARROW | '!' | '?' | '(')) => {
                say("no narrow no-break space before ; ! or ?");
            }
            '»' if before != Some(NARROW) && before != Some(NO_BREAK) => {
                say("no no-break space before »")
            }
            '«' if after != Some(NARROW) && after != Some(NO_BREAK) => {
                say("no no-break space after «")
            }
            ':' if after.is_none_or(char::is_whitespace) && before != Some(NO_BREAK) => {
                say("no no-break space before :");
            }
            '\'' => say("a typewriter's apostrophe"),
            '·' => say("a middle dot between letters"),
            '.' if after == Some('.') => say("three dots for an ellipsis"),
            _ => {}
        }
    }
    problems
}

/// The codes that a source gives to a caller: (what gives it, the code).
fn codes(source: &str) -> Vec<(&'static str, String)> {
    const GIVERS: [(&str, &str); 6] = [
        ("Conflict(", "whole"),
        ("Gone(", "whole"),
        ("refuse(", "whole"),
        ("code: ", "whole"),
        ("=> (4", "whole"),
        ("problem: ", "field"),
    ];
    let mut found = Vec::new();
    for (giver, kind) in GIVERS {
        for (at, _) in source.match_indices(giver) {
            let rest = &source[at + giver.len()..];
            let end = rest.find([')', '}', ';']).unwrap_or(rest.len());
            let last = rest[..end].split('"').skip(1).step_by(2).last();
            let is_code = |text: &&str| {
                text.len() > 2 && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            if let Some(code) = last.filter(is_code) {
                found.push((kind, code.to_owned()));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether the client's table has a row for this code: `code: m.some_message`.
fn has_sentence(table: &str, code: &str) -> bool {
    table
        .split(|c: char| c == '{' || c == ',' || c.is_whitespace())
        .any(|word| word.strip_suffix(':') == Some(code))
}

/// The source without its inline tests: their codes are made up.
fn without_tests(source: &str) -> &str {
    source.split("#[cfg(test)]").next().unwrap_or(source)
}

#[test]
fn both_languages_say_the_same() {
    none(&differences(&sentences("fr"), &sentences("en")));
}

#[test]
fn french_is_set_as_french() {
    let found: Vec<String> = sentences("fr")
        .iter()
        .flat_map(|(key, texts)| texts.iter().flat_map(move |text| typography(key, text)))
        .collect();
    none(&found);
}

#[test]
fn every_code_of_the_server_has_a_sentence() {
    let table = read(SENTENCES);
    let mut wanted: Vec<(&str, String)> = files_under("server", &[".rs"])
        .iter()
        .filter(|file| !file.starts_with("server/live/gate/"))
        .flat_map(|file| codes(without_tests(&read(file))))
        .collect();
    wanted.sort();
    wanted.dedup();
    assert!(
        wanted.len() > 15,
        "the codes are no longer found: {wanted:?}"
    );
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(_, code)| !ELSEWHERE.iter().any(|(known, _)| known == code))
        .filter(|(_, code)| !has_sentence(&table, code))
        .map(|(kind, code)| format!("{code} ({kind}): no sentence in {SENTENCES}"))
        .collect();
    none(&missing);
}

#[test]
fn bad_sentences_are_caught() {
    let one = |key: &str, text: &str| Sentences::from([(key.to_owned(), vec![text.to_owned()])]);
    none(&differences(&one("a", "x {n}"), &one("a", "{n} y")));
    caught(&differences(&one("a", "x {n}"), &one("a", "y")), "takes");
    caught(&differences(&one("a", " "), &one("a", "y")), "empty");
    assert_eq!(differences(&one("a", "x"), &one("b", "y")).len(), 2);

    caught(&typography("a", "Vraiment ?"), "narrow");
    caught(&typography("a", "Vraiment?"), "narrow");
    caught(&typography("a", "Attention\u{202f}: ici"), "before :");
    caught(&typography("a", "« mot\u{202f}»"), "after «");
    caught(&typography("a", "l'idée"), "apostrophe");
    caught(&typography("a", "les élu·es"), "middle dot");
    caught(&typography("a", "Un instant.."), "ellipsis");
    none(&typography(
        "a",
        "Vraiment\u{202f}?! À 10:30\u{a0}: «\u{202f}oui\u{202f}» https://a.b/c?"
            .trim_end_matches('?'),
    ));
}

#[test]
fn codes_are_found() {
    let found = codes(
        "Err(Error::Conflict(\"version_changed\")) refuse(\"T02\", \"porteur_missing\") Error::Invalid { field: \"a\", problem: \"too_long\" } Error::NotFound => (404, \"not_found\")",
    );
    let expected = [
        ("field", "too_long"),
        ("whole", "not_found"),
        ("whole", "porteur_missing"),
        ("whole", "version_changed"),
    ];
    assert_eq!(found, expected.map(|(kind, code)| (kind, code.to_owned())));
    assert!(has_sentence("{ stage: m.problem_stage, }", "stage"));
    assert!(!has_sentence("{ first_stage: m.problem_stage }", "stage"));
}
