//! Every code with which a live text can refuse or close has a sentence in the client's table:
//! the gate's rules, the codes named in `server/live/`, the close codes.

use chantier::live::gate::Rule;
use chantier::rules::rights::Action;
use chantier::rules::transitions::Guard;

use super::{caught, files_under, none, read};

/// Where the codes of guards, steps and flaws become sentences.
const GUARDS: &str = "web/src/lib/i18n/guards.ts";
/// Where each rule is said in plain words.
const RULES: &str = "web/src/lib/i18n/rules.ts";
/// Where these codes become sentences.
const SENTENCES: &str = "web/src/lib/i18n/refusals.ts";

/// The codes a source of `server/live/` gives: `code: "stage"`, and the numbers of [`Close`].
///
/// [`Close`]: chantier::live::protocol::Close
fn codes(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    let named = code.split("code: \"").skip(1).filter_map(|rest| {
        let name = rest.split('"').next()?;
        Some(name.to_owned())
    });
    let closes = code.split("Self::").skip(1).filter_map(|rest| {
        let (_, number) = rest.split_once(" => ")?;
        let digits = number.split(',').next()?;
        let number: u16 = digits.parse().ok()?;
        (number >= 1000).then(|| format!("close_{number}"))
    });
    named.chain(closes).collect()
}

/// Whether the client's table holds this code: a word in one of its lists.
fn has_sentence(table: &str, code: &str) -> bool {
    table
        .split(|c: char| c == '\'' || c.is_whitespace())
        .any(|word| word == code)
}

#[test]
fn every_refusal_of_a_live_text_has_a_sentence() {
    let table = read(SENTENCES);
    let mut wanted: Vec<String> = files_under("server/live", &[".rs"])
        .iter()
        .flat_map(|file| codes(&read(file)))
        .chain(codes(&read("server/rules/rights.rs")))
        .chain(Rule::ALL.iter().map(|rule| rule.key().to_owned()))
        .collect();
    wanted.sort();
    wanted.dedup();
    for known in [
        "close_4413",
        "close_1012",
        "foreign_client",
        "gap",
        "truncated",
    ] {
        assert!(
            wanted.iter().any(|code| code == known),
            "{known} is no longer found"
        );
    }
    let missing: Vec<String> = wanted
        .iter()
        .filter(|code| !has_sentence(&table, code))
        .map(|code| format!("{code}: no sentence in {SENTENCES}"))
        .collect();
    none(&missing);
}

#[test]
fn codes_without_a_sentence_are_caught() {
    let found = codes("Fate::Refused { code: \"gap\" } Self::TooLarge => 4413, Self::Small => 7,");
    assert_eq!(found, ["gap", "close_4413"]);
    let table = "...all(m.refusal_gap, 'gap other'),";
    assert!(has_sentence(table, "gap") && has_sentence(table, "other"));
    assert!(!has_sentence(table, "ga") && !has_sentence(table, "close_4413"));
    let missing = vec!["close_4413: no sentence".to_owned()];
    caught(&missing, "no sentence");
}

/// The codes written as text in a source: what steps and flaws are refused with.
fn quoted(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    let words = code.split('"').skip(1).step_by(2);
    let is_code = |word: &&str| {
        word.contains('_') && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    words.filter(is_code).map(ToOwned::to_owned).collect()
}

/// Whether the client's table has a row for this key: `key: m.some_message`, quoted or not.
fn has_row(table: &str, key: &str) -> bool {
    table.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with(&format!("{key}: m.")) || line.starts_with(&format!("'{key}': m."))
    })
}

#[test]
fn every_guard_step_and_flaw_has_a_sentence() {
    let table = read(GUARDS);
    let flaws = read("server/rules/opinions.rs");
    let flaws = flaws
        .split_once("pub fn flaws")
        .map_or("", |(_, rest)| rest);
    let flaws = flaws
        .split_once("fn contradicts")
        .map_or("", |(body, _)| body);
    let mut wanted: Vec<String> = Guard::ALL
        .iter()
        .map(|guard| guard.code().to_owned())
        .chain(quoted(&read("server/rules/transitions/steps.rs")))
        .chain(quoted(flaws))
        .collect();
    wanted.sort();
    wanted.dedup();
    for known in ["notice_short", "consent_awaited", "quorum_missed"] {
        assert!(
            wanted.iter().any(|code| code == known),
            "{known} is no longer found"
        );
    }
    let missing: Vec<String> = wanted
        .iter()
        .filter(|code| !has_row(&table, code))
        .map(|code| format!("{code}: no sentence in {GUARDS}"))
        .collect();
    none(&missing);
}

#[test]
fn every_rule_on_a_proposal_is_said_in_plain_words() {
    let table = read(RULES);
    let missing: Vec<String> = Action::ON_PROPOSAL
        .iter()
        .filter(|action| !has_row(&table, action.rule()))
        .map(|action| format!("{}: no sentence in {RULES}", action.rule()))
        .collect();
    none(&missing);
}

#[test]
fn missing_guards_are_caught() {
    assert_eq!(
        quoted("(\"count\", \"votes_missing\") \"Un mot\""),
        ["votes_missing"]
    );
    assert!(has_row(
        "  stage: m.guard_stage,\n  'R-EDIT': m.rule_edit,",
        "stage"
    ));
    assert!(has_row("  'R-EDIT': m.rule_edit,", "R-EDIT"));
    assert!(!has_row("  late_stage: m.guard_stage,", "stage"));
}
