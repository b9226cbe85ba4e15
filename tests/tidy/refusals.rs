//! Every code with which a live text can refuse or close has a sentence in the client's table:
//! the gate's rules, the codes named in `server/live/`, the close codes.

use chantier::live::gate::Rule;

use super::{caught, files_under, none, read};

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
