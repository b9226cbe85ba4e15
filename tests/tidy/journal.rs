//! Every kind of act that the journal of administration holds, and every kind of thing an act is
//! about, has its words in the client's tables (and so in French and English, `messages.rs`).

use chantier::store::administration::Subject;

use super::{caught, files_under, none, read};

/// Where acts and subjects become words.
const WORDS: &str = "web/src/lib/features/admin/words.ts";

/// The acts that a source writes down: those named in a call of `note_admin` or `note_mandate`, and, where
/// the call takes a variable, those bound in the same file (`(id, "add_unit")`).
fn acts(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    let mut found = Vec::new();
    let mut takes_variable = false;
    let calls = ["note_admin(", "note_mandate("];
    for call in calls.iter().flat_map(|call| code.split(call).skip(1)) {
        let end = call.find(".await").unwrap_or(call.len());
        let second = call[..end].split(',').nth(1).unwrap_or_default().trim();
        match second.strip_prefix('"') {
            Some(rest) => found.extend(rest.split('"').next().map(ToOwned::to_owned)),
            None => takes_variable |= second == "act",
        }
    }
    if takes_variable {
        let words = code.split('"').skip(1).step_by(2);
        found.extend(words.filter(|word| is_act(word)).map(ToOwned::to_owned));
    }
    found
}

/// Whether a text is an act's name: a verb of administration and its object.
fn is_act(word: &str) -> bool {
    const VERBS: [&str; 11] = [
        "add_", "change_", "rename_", "set_", "give_", "end_", "drop_", "replace_", "confirm_",
        "refuse_", "close_",
    ];
    let plain = word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    plain && VERBS.iter().any(|verb| word.starts_with(verb))
}

/// Whether the client's table has a row for this key: `key: m.some_message`.
fn has_row(table: &str, key: &str) -> bool {
    let start = format!("{key}: m.");
    table
        .lines()
        .any(|line| line.trim_start().starts_with(&start))
}

#[test]
fn every_act_of_administration_has_words() {
    let table = read(WORDS);
    let mut wanted: Vec<String> = files_under("server/store", &[".rs"])
        .iter()
        .flat_map(|file| acts(&read(file)))
        .collect();
    wanted.sort();
    wanted.dedup();
    for known in [
        "add_unit",
        "change_envelope",
        "confirm_validator",
        "give_mandate",
        "set_up",
    ] {
        assert!(
            wanted.iter().any(|act| act == known),
            "{known} is no longer found: {wanted:?}"
        );
    }
    let subjects = Subject::ALL.iter().map(|subject| subject.key().to_owned());
    let missing: Vec<String> = wanted
        .into_iter()
        .chain(subjects)
        .filter(|key| !has_row(&table, key))
        .map(|key| format!("{key}: no words in {WORDS}"))
        .collect();
    none(&missing);
}

#[test]
fn acts_without_words_are_caught() {
    let named = "tx.note_admin(by, \"set_logo\", subject, &details, now).await?;";
    assert_eq!(acts(named), ["set_logo"]);
    let bound = "let act = if new { \"add_unit\" } else { \"rename_unit\" };
        tx.note_admin(by, act, (Subject::RegionUnit, &id), &details, now).await?;";
    assert_eq!(acts(bound), ["add_unit", "rename_unit"]);
    assert!(has_row("  set_logo: m.adm_a_set_logo,", "set_logo"));
    assert!(!has_row("  reset_logo: m.adm_a_set_logo,", "set_logo"));
    caught(&["set_logo: no words".to_owned()], "no words");
}
