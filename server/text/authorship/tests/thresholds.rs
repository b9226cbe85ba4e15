//! Where returning words end and new ones begin: each threshold of decision 0015, from both sides.

use yrs::updates::decoder::Decode as _;
use yrs::{
    ClientID, Doc, OffsetKind, Options, Text as _, Transact as _, TransactionMut, Update,
    WriteTxn as _, XmlElementPrelim, XmlFragment as _, XmlFragmentRef, XmlOut, XmlTextPrelim,
    XmlTextRef,
};

use super::super::{By, Replay};
use super::by;
use super::recorded::told;

const HOUR_MS: i64 = 60 * 60 * 1000;
const PHRASE: &str = "de la rade de Toulon";
pub(super) const SENTENCE: &str = "Les ateliers de la rade emploient peu de monde aujourd'hui.";

/// People who write one after the other, each on a copy of their own.
pub(super) struct Table {
    pub(super) people: Vec<(&'static str, Doc)>,
    pub(super) replay: Replay,
    seq: i64,
    now_ms: i64,
}

impl Table {
    pub(super) fn new() -> Self {
        let copy = |(at, who)| {
            let doc = Doc::with_options(Options {
                client_id: ClientID::new(at as u64 + 10),
                offset_kind: OffsetKind::Utf16,
                ..Options::default()
            });
            (who, doc)
        };
        Self {
            people: ["ada", "ben", "zoe"]
                .into_iter()
                .enumerate()
                .map(copy)
                .collect(),
            replay: Replay::new(),
            seq: 0,
            now_ms: 0,
        }
    }

    /// One update of this person.
    pub(super) fn edit(
        &mut self,
        who: &str,
        edit: impl FnOnce(&mut TransactionMut<'_>, &XmlFragmentRef),
    ) {
        self.edit_as(by(who, 0), who, edit);
    }

    pub(super) fn edit_as(
        &mut self,
        by: By,
        who: &str,
        edit: impl FnOnce(&mut TransactionMut<'_>, &XmlFragmentRef),
    ) {
        let (_, doc) = self
            .people
            .iter()
            .find(|(name, _)| *name == who)
            .expect("here");
        let mut txn = doc.transact_mut();
        let root = txn.get_or_insert_xml_fragment("context");
        edit(&mut txn, &root);
        let update = txn.encode_update_v1();
        drop(txn);
        self.take(&update, by);
    }

    /// An update arrives at everybody.
    pub(super) fn take(&mut self, update: &[u8], by: By) {
        for (_, doc) in &self.people {
            let update = Update::decode_v1(update).expect("decodes");
            doc.transact_mut().apply_update(update).expect("applies");
        }
        self.seq += 1;
        self.now_ms += 1_000;
        let by = By {
            seq: self.seq,
            at_ms: self.now_ms,
            ..by
        };
        self.replay.apply(update, &by);
    }

    pub(super) fn paragraph(&mut self, who: &str, words: &str) {
        self.edit(who, |txn, root| {
            let last = root.len(txn);
            let block = root.insert(txn, last, XmlElementPrelim::empty("paragraph"));
            block.push_back(txn, XmlTextPrelim::new(words));
        });
    }

    pub(super) fn insert(&mut self, who: &str, block: u32, at: u32, words: &str) {
        self.edit(who, |txn, root| {
            text(txn, root, block).insert(txn, at, words)
        });
    }

    pub(super) fn remove(&mut self, who: &str, block: u32, at: u32, len: u32) {
        self.edit(who, |txn, root| {
            text(txn, root, block).remove_range(txn, at, len)
        });
    }

    #[track_caller]
    pub(super) fn tells(&self, expected: &[&str]) {
        assert!(!self.replay.is_broken());
        assert_eq!(told(&self.replay.report()), expected);
    }
}

pub(super) fn text(txn: &TransactionMut<'_>, root: &XmlFragmentRef, block: u32) -> XmlTextRef {
    let Some(XmlOut::Element(block)) = root.get(txn, block) else {
        panic!("a block");
    };
    match block.get(txn, 0) {
        Some(XmlOut::Text(text)) => text,
        _ => panic!("a text"),
    }
}

/// Ada wrote `words`, Ben took them out; then `who` puts `again` into the next paragraph.
fn returned(words: &str, hours: i64, who: &str, again: &str) -> Table {
    let mut table = Table::new();
    table.paragraph("ada", &format!("X{words}Y"));
    table.paragraph("zoe", "Z");
    table.remove("ben", 0, 1, words.encode_utf16().count() as u32);
    table.now_ms += hours * HOUR_MS;
    table.insert(who, 1, 1, again);
    table
}

#[test]
fn a_phrase_comes_back_by_anybody_within_a_day() {
    returned(PHRASE, 20, "zoe", PHRASE).tells(&[
        "ada: XY",
        "zoe: Z",
        "ada<zoe: de la rade de Toulon",
    ]);
    returned(PHRASE, 25, "zoe", PHRASE).tells(&["ada: XY", "zoe: Z", "zoe: de la rade de Toulon"]);
}

#[test]
fn a_word_comes_back_by_who_took_it_within_an_hour() {
    returned("les ", 0, "ben", "les ").tells(&["ada: XY", "zoe: Z", "ada<ben: les "]);
    returned("les ", 0, "zoe", "les ").tells(&["ada: XY", "zoe: Zles "]);
    returned("les ", 2, "ben", "les ").tells(&["ada: XY", "zoe: Z", "ben: les "]);
    returned("les", 0, "ben", "les").tells(&["ada: XY", "zoe: Z", "ben: les"]);
}

#[test]
fn one_long_word_is_nobodys() {
    let word = "interministerielle";
    returned(word, 0, "zoe", word).tells(&["ada: XY", "zoe: Zinterministerielle"]);
}

#[test]
fn a_long_part_of_what_is_put_in_comes_back_a_short_one_does_not() {
    let more = format!("Voici : {SENTENCE} Bien.");
    returned(SENTENCE, 0, "zoe", &more).tells(&[
        "ada: XY",
        "zoe: ZVoici : ",
        &format!("ada<zoe: {SENTENCE}"),
        "zoe:  Bien.",
    ]);
    let more = format!("Voici : {PHRASE} Bien.");
    returned(PHRASE, 0, "zoe", &more).tells(&["ada: XY", &format!("zoe: Z{more}")]);
}

#[test]
fn typing_key_by_key_never_takes_nor_gives() {
    let mut table = Table::new();
    table.paragraph("ada", "Voir les quais");
    table.remove("ben", 0, 5, 4);
    for (at, key) in ["l", "e", "s", " "].into_iter().enumerate() {
        table.insert("ben", 0, 5 + at as u32, key);
    }
    table.tells(&["ada: Voir ", "ben: les ", "ada: quais"]);
}

#[test]
fn a_single_letter_taken_out_and_put_back_stays() {
    let mut table = Table::new();
    table.paragraph("ada", "quais");
    table.remove("ben", 0, 2, 1);
    table.insert("ben", 0, 2, "a");
    table.tells(&["ada: qu", "ada<ben: a", "ada: is"]);
}

#[test]
fn words_deleted_key_by_key_come_back_as_one() {
    let mut table = Table::new();
    table.paragraph("ada", "La rade de Toulon");
    for at in (3..17).rev() {
        table.remove("ben", 0, at, 1);
    }
    table.paragraph("zoe", "Z");
    table.insert("zoe", 1, 1, "rade de Toulon");
    table.tells(&["ada: La ", "zoe: Z", "ada<zoe: rade de Toulon"]);
}

#[test]
fn in_one_update_whole_passages_and_twelve_units_move() {
    for (moved, is_whole, keeps) in [
        ("Oui", true, true),
        ("la rade et l", false, true),
        ("la rade et", false, false),
    ] {
        let mut table = Table::new();
        let old = if is_whole {
            moved.to_owned()
        } else {
            format!("<{moved}>")
        };
        let new = if is_whole {
            moved.to_owned()
        } else {
            format!("({moved})")
        };
        table.paragraph("ada", &old);
        table.paragraph("zoe", "Z");
        table.edit("ben", |txn, root| {
            root.remove(txn, 0);
            text(txn, root, 0).insert(txn, 1, &new);
        });
        let told = told(&table.replay.report());
        assert_eq!(
            told.iter().any(|one| *one == format!("ada<ben: {moved}")),
            keeps,
            "{told:?}"
        );
    }
}

#[test]
fn a_tail_joined_after_a_deletion_stays_whose_it_was() {
    for (tail, keeps) in [("fin.", true), ("in.", false)] {
        let mut table = Table::new();
        table.paragraph("ada", "Debut et suite");
        table.paragraph("ada", "Encore la fin.");
        // From within the first paragraph to within the second, deleted: the tail moves up.
        table.edit("ben", |txn, root| {
            text(txn, root, 0).remove_range(txn, 5, 9);
            root.remove(txn, 1);
            text(txn, root, 0).insert(txn, 5, tail);
        });
        let moved = format!("{}: {tail}", if keeps { "ada<ben" } else { "ben" });
        table.tells(&["ada: Debut", &moved]);
    }
}

#[test]
fn a_restore_gives_back_the_authors_of_that_state_however_old() {
    for (restores, author) in [(Some(2), "ada<ben"), (None, "ben")] {
        let mut table = Table::new();
        table.paragraph("ada", SENTENCE);
        table.paragraph("ada", "Oui");
        table.edit("zoe", |txn, root| root.remove_range(txn, 0, 2));
        table.now_ms += 1_000 * HOUR_MS;
        let restorer = By {
            restores,
            ..by("ben", 0)
        };
        table.edit_as(restorer, "ben", |txn, root| {
            for words in [SENTENCE, "Oui"] {
                let last = root.len(txn);
                let block = root.insert(txn, last, XmlElementPrelim::empty("heading"));
                block.push_back(txn, XmlTextPrelim::new(words));
            }
        });
        table.tells(&[&format!("{author}: {SENTENCE}Oui")]);
    }
}

#[test]
fn a_copy_is_its_makers_and_ones_own_move_has_no_mover() {
    let mut table = Table::new();
    table.paragraph("ada", SENTENCE);
    table.paragraph("ben", SENTENCE);
    table.tells(&[&format!("ada: {SENTENCE}"), &format!("ben: {SENTENCE}")]);
    table.edit("ada", |txn, root| {
        root.remove(txn, 0);
        let block = root.insert(txn, 0, XmlElementPrelim::empty("heading"));
        block.push_back(txn, XmlTextPrelim::new(SENTENCE));
    });
    table.tells(&[&format!("ada: {SENTENCE}"), &format!("ben: {SENTENCE}")]);
}

#[test]
fn what_an_unknown_hand_wrote_stays_unknown_when_it_moves() {
    let mut table = Table::new();
    let unknown = By {
        author: None,
        ..by("zoe", 0)
    };
    table.edit_as(unknown, "zoe", |txn, root| {
        let block = root.insert(txn, 0, XmlElementPrelim::empty("paragraph"));
        block.push_back(txn, XmlTextPrelim::new(SENTENCE));
    });
    table.edit("ben", |txn, root| {
        root.remove(txn, 0);
        let block = root.insert(txn, 0, XmlElementPrelim::empty("heading"));
        block.push_back(txn, XmlTextPrelim::new(SENTENCE));
    });
    table.tells(&[&format!("?<ben: {SENTENCE}")]);
}

#[test]
fn bytes_that_are_no_update_break_the_replay_and_nothing_else() {
    let mut table = Table::new();
    table.paragraph("ada", SENTENCE);
    for bytes in [&[][..], &[1, 255, 255], &[1, 1, 7, 9, 4, 1], &[255; 40]] {
        let mut replay = Replay::new();
        replay.apply(bytes, &by("ada", 1));
        assert!(replay.is_broken(), "{bytes:?}");
        assert!(
            replay
                .report()
                .sections
                .iter()
                .all(|one| one.passages.is_empty())
        );
    }
}
