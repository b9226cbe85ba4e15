//! Real sessions of the real editor (`tests/fixtures/authorship/record.mjs`): whose is what.

use super::super::Report;
use super::{By, Replay, by, covers};
use crate::text::read;

macro_rules! recorded {
    ($story:literal) => {
        include_str!(concat!(
            "../../../../tests/fixtures/authorship/",
            $story,
            ".updates"
        ))
    };
}

/// The sender and the bytes of each update.
pub(super) fn updates(recording: &'static str) -> Vec<(&'static str, Vec<u8>)> {
    recording
        .lines()
        .map(|line| {
            let (who, hex) = line.split_once(' ').expect("who and what");
            let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
            (who, (0..hex.len()).step_by(2).map(byte).collect())
        })
        .collect()
}

fn replayed(recording: &'static str) -> (Replay, Report) {
    let updates = updates(recording);
    let mut replay = Replay::new();
    for (at, (who, update)) in updates.iter().enumerate() {
        replay.apply(update, &by(who, at as i64 + 1));
    }
    let sections = read(updates.iter().map(|(_, update)| update.as_slice())).expect("reads");
    let report = replay.report();
    covers(&report, &sections, "recorded");
    (replay, report)
}

/// The first section's passages as `author: words`, or `author<mover: words`.
pub(super) fn told(report: &Report) -> Vec<String> {
    let context = &report.sections[0];
    let units: Vec<u16> = context.text.encode_utf16().collect();
    context
        .passages
        .iter()
        .map(|passage| {
            let author = passage
                .author
                .as_ref()
                .map_or("?", |one| one.account.as_str());
            let mover = passage.mover.as_ref().map_or(String::new(), |(one, _)| {
                format!("<{}", one.account.as_str())
            });
            let words = String::from_utf16_lossy(&units[passage.from..passage.to]);
            format!("{author}{mover}: {words}")
        })
        .collect()
}

#[track_caller]
fn tells(recording: &'static str, expected: &[&str]) {
    let (_, report) = replayed(recording);
    assert_eq!(told(&report), expected);
}

#[test]
fn enter_in_the_middle_keeps_the_author() {
    tells(
        recorded!("enter"),
        &["victor: La rade ", "victor<renaud: emploie peu de monde."],
    );
}

#[test]
fn backspace_that_joins_keeps_the_author() {
    tells(
        recorded!("join"),
        &[
            "victor: Les ateliers ferment.",
            "victor<renaud: Les jeunes partent.",
        ],
    );
}

#[test]
fn a_heading_on_and_off_keeps_the_author() {
    tells(
        recorded!("heading"),
        &["victor<renaud: La rade emploie peu de monde.Oui."],
    );
}

#[test]
fn a_list_on_and_off_keeps_the_author() {
    tells(
        recorded!("list"),
        &["victor<renaud: Un quai communUne \u{e9}coleDix places"],
    );
}

#[test]
fn a_quote_on_and_off_keeps_the_author() {
    tells(
        recorded!("quote"),
        &["victor<renaud: La rade emploie peu de monde.Non."],
    );
}

#[test]
fn bold_within_a_heading_keeps_the_author() {
    tells(
        recorded!("bold"),
        &["victor<renaud: La rade emploie peu de monde."],
    );
}

#[test]
fn cut_and_paste_elsewhere_in_a_later_update_keeps_the_author() {
    tells(
        recorded!("paste"),
        &[
            "victor:  peu de monde.Les jeunes partent.",
            "renaud:  Vraiment : ",
            "victor<renaud: La rade emploie",
        ],
    );
}

#[test]
fn what_one_deletes_and_brings_back_stays_the_others() {
    tells(
        recorded!("undo"),
        &["victor<renaud: La rade emploie peu de monde.Oui."],
    );
    tells(
        recorded!("words_undone"),
        &[
            "victor: La ",
            "victor<renaud: rad",
            "victor: e emploie peu de monde.",
        ],
    );
}

#[test]
fn a_heading_undone_and_redone_keeps_the_author() {
    tells(
        recorded!("heading_undone"),
        &["victor<renaud: La rade emploie peu de monde."],
    );
}

#[test]
fn ones_own_undo_and_redo_moves_nothing() {
    tells(
        recorded!("own_undone"),
        &["victor: La rade emploie peu de monde."],
    );
}

#[test]
fn undo_and_redo_under_anothers_form_keep_both_authors() {
    tells(
        recorded!("undone_under_another"),
        &["victor<renaud: Un. Deux.", "renaud:  Trois."],
    );
}

#[test]
fn the_same_common_word_elsewhere_belongs_to_who_types_it() {
    tells(
        recorded!("common_word"),
        &[
            "victor: Voir  ateliers et les quais.",
            "renaud:  Voir les ports.",
            "victor:  Et les ports.",
        ],
    );
}

#[test]
fn rows_and_columns_of_a_table_keep_the_author() {
    tells(
        recorded!("table"),
        &["victor: Avant.Emplois", "renaud: Lieu", "victor: Placesxy"],
    );
}

#[test]
fn an_offline_session_that_comes_back_as_one_update_keeps_both_authors() {
    tells(
        recorded!("offline"),
        &[
            "victor<renaud: La rade emploie peu de monde.",
            "victor: Les jeunes partent. Depuis dix ans.",
            "renaud:  Les entreprises aussi.",
        ],
    );
}

#[test]
fn deletions_say_who_took_whose_words() {
    let (_, report) = replayed(recorded!("common_word"));
    let told: Vec<_> = report
        .deletions
        .iter()
        .map(|one| {
            (
                one.author.clone(),
                one.quote.as_str(),
                one.written_by.clone(),
            )
        })
        .collect();
    let author = |who| By { ..by(who, 1) }.author;
    assert_eq!(told, [(author("renaud"), "les", vec![author("victor")])]);
    let (_, report) = replayed(recorded!("undo"));
    assert_eq!(report.deletions, [], "what came back was not deleted");
}
