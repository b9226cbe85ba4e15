//! Every sentence exists in French and English with the same values in it; French is set with its
//! spaces.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{caught, files_under, none, read};

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
