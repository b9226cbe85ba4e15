//! Another's words stay another's: however they are copied, cut up, restored or toggled at once.

use yrs::updates::decoder::Decode as _;
use yrs::{Text as _, Transact as _, Update, WriteTxn as _, XmlElementPrelim, XmlFragment as _};
use yrs::{XmlFragmentRef, XmlTextPrelim};

use super::super::{By, shelf};
use super::thresholds::{SENTENCE, Table, text};
use super::{by, recorded::told};
use crate::text::tree;

/// A block with these words as the `at`th one.
fn block(
    txn: &mut yrs::TransactionMut<'_>,
    root: &XmlFragmentRef,
    (at, name): (u32, &str),
    words: &str,
) {
    let block = root.insert(txn, at, XmlElementPrelim::empty(name));
    block.push_back(txn, XmlTextPrelim::new(words));
}

fn restorer(who: &str, to_seq: i64) -> By {
    By {
        restores: Some(to_seq),
        ..by(who, 0)
    }
}

#[test]
fn a_copy_whose_model_its_maker_deletes_was_a_move() {
    let mut table = Table::new();
    table.paragraph("ada", SENTENCE);
    table.paragraph("ben", &format!("{SENTENCE} Et."));
    table.tells(&[&format!("ada: {SENTENCE}"), &format!("ben: {SENTENCE} Et.")]);
    table.edit("ben", |txn, root| root.remove(txn, 0));
    table.tells(&[&format!("ada<ben: {SENTENCE}"), "ben:  Et."]);
    assert!(table.replay.report().deletions.is_empty());
}

#[test]
fn a_model_deleted_key_by_key_was_moved_too() {
    let mut table = Table::new();
    table.paragraph("ada", SENTENCE);
    table.paragraph("ben", SENTENCE);
    for at in (0..SENTENCE.len() as u32).rev() {
        table.remove("ben", 0, at, 1);
    }
    table.tells(&[&format!("ada<ben: {SENTENCE}")]);
}

#[test]
fn who_deletes_anothers_copy_of_their_own_words_keeps_them() {
    let mut table = Table::new();
    table.paragraph("ben", SENTENCE);
    table.paragraph("ada", SENTENCE);
    table.edit("ben", |txn, root| root.remove(txn, 1));
    table.tells(&[&format!("ben: {SENTENCE}")]);
}

#[test]
fn words_written_again_piece_by_piece_stay_whose_they_were() {
    for size in [1, 3, 11] {
        let mut table = Table::new();
        table.paragraph("ada", &format!("X{SENTENCE}Y"));
        table.paragraph("zoe", "Z");
        table.remove("ben", 0, 1, SENTENCE.len() as u32);
        for (rank, piece) in SENTENCE.as_bytes().chunks(size).enumerate() {
            let piece = std::str::from_utf8(piece).expect("ascii");
            table.insert("ben", 1, 1 + (rank * size) as u32, piece);
        }
        table.tells(&["ada: XY", "zoe: Z", &format!("ada<ben: {SENTENCE}")]);
    }
}

#[test]
fn what_nobody_sees_hides_no_words() {
    let mut table = Table::new();
    table.paragraph("ada", SENTENCE);
    table.paragraph("zoe", "Z");
    let pieces: Vec<&str> = SENTENCE
        .as_bytes()
        .chunks(11)
        .map(|piece| std::str::from_utf8(piece).expect("ascii"))
        .collect();
    let cut = pieces.join("\u{200b}");
    table.edit("ben", |txn, root| root.remove(txn, 0));
    table.insert("ben", 0, 1, &cut);
    table.tells(&["zoe: Z", &format!("ada<ben: {cut}")]);
}

#[test]
fn junk_that_one_writes_and_deletes_pushes_nobodys_words_out() {
    let mut table = Table::new();
    table.paragraph("ada", SENTENCE);
    table.paragraph("zoe", "Z");
    table.edit("ben", |txn, root| root.remove(txn, 0));
    for round in 0..4 {
        let junk: String = (0..shelf::SHELF_UNITS / 3)
            .map(|at| char::from(b'a' + ((at * (7 + round) + at / 26) % 26) as u8))
            .collect();
        table.insert("ben", 0, 0, &junk);
        table.remove("ben", 0, 0, junk.len() as u32);
    }
    table.insert("ben", 0, 1, SENTENCE);
    table.tells(&["zoe: Z", &format!("ada<ben: {SENTENCE}")]);
}

#[test]
fn a_restore_gives_the_shortest_word_back_in_its_place() {
    for word in ["a", "et", "de la"] {
        let mut table = Table::new();
        table.paragraph("ada", &format!("Voir {word} fin"));
        let len = word.len() as u32;
        table.remove("ben", 0, 5, len);
        table.insert("ben", 0, 5, "ou");
        table.edit_as(restorer("zoe", 1), "zoe", |txn, root| {
            text(txn, root, 0).remove_range(txn, 5, 2);
            text(txn, root, 0).insert(txn, 5, word);
        });
        table.tells(&["ada: Voir ", &format!("ada<zoe: {word}"), "ada:  fin"]);
    }
}

#[test]
fn a_restored_letter_alone_is_its_authors() {
    let mut table = Table::new();
    table.paragraph("ada", "quais");
    table.remove("ben", 0, 2, 1);
    table.paragraph("ben", "Z");
    table.remove("ben", 1, 0, 1);
    table.edit_as(restorer("zoe", 1), "zoe", |txn, root| {
        text(txn, root, 0).insert(txn, 2, "a");
    });
    table.tells(&["ada: qu", "ada<zoe: a", "ada: is"]);
}

#[test]
fn a_restored_passage_is_not_of_who_wrote_an_equal_one_that_stands() {
    let mut table = Table::new();
    table.paragraph("ada", "Oui");
    table.paragraph("ben", "Oui");
    table.edit("zoe", |txn, root| root.remove(txn, 1));
    table.edit_as(restorer("zoe", 2), "zoe", |txn, root| {
        block(txn, root, (1, "paragraph"), "Oui");
    });
    table.tells(&["ada: Oui", "ben<zoe: Oui"]);
}

#[test]
fn equal_passages_toggled_together_stay_in_their_places() {
    for order in [["ada", "ben"], ["ben", "ada"]] {
        let mut table = Table::new();
        for who in order {
            table.paragraph(who, "Oui.");
        }
        table.edit("zoe", |txn, root| {
            root.remove_range(txn, 0, 2);
            block(txn, root, (0, "heading"), "Oui.");
            block(txn, root, (1, "heading"), "Oui.");
        });
        table.tells(&[
            &format!("{}<zoe: Oui.", order[0]),
            &format!("{}<zoe: Oui.", order[1]),
        ]);
    }
}

#[test]
fn a_heading_that_two_switch_on_at_once_is_twice_its_authors() {
    let mut table = Table::new();
    table.paragraph("ada", "Oui.");
    let mut updates = Vec::new();
    for who in ["ben", "zoe"] {
        let (_, doc) = table
            .people
            .iter()
            .find(|(name, _)| *name == who)
            .expect("here");
        let mut txn = doc.transact_mut();
        let root = txn.get_or_insert_xml_fragment("context");
        root.remove(&mut txn, 0);
        block(&mut txn, &root, (0, "heading"), "Oui.");
        updates.push((who, txn.encode_update_v1()));
    }
    for (who, update) in updates {
        table.take(&update, by(who, 0));
    }
    let mut told = told(&table.replay.report());
    told.sort();
    assert_eq!(told, ["ada<ben: Oui.", "ada<zoe: Oui."]);
}

#[test]
fn what_is_shown_otherwise_keeps_its_place() {
    let mut table = Table::new();
    table.paragraph("ada", "a\0b\rc");
    table.insert("ben", 0, 5, "d");
    table.tells(&["ada: a\u{fffd}b c", "ben: d"]);
    let (_, doc) = &table.people[0];
    assert_eq!(tree::text(&tree::of(doc)[0]), "a\u{fffd}b cd");
}

#[test]
fn a_range_named_again_takes_nothing_away() {
    let mut table = Table::new();
    let mut pieces = super::super::Pieces::default();
    table.paragraph("ada", SENTENCE);
    let (_, doc) = &table.people[0];
    let written = {
        let txn = doc.transact();
        yrs::ReadTxn::encode_state_as_update_v1(&txn, &yrs::StateVector::default())
    };
    let gone = {
        let mut txn = doc.transact_mut();
        let root = txn.get_or_insert_xml_fragment("context");
        root.remove(&mut txn, 0);
        txn.encode_update_v1()
    };
    assert!(Update::decode_v1(&gone).is_ok());
    assert_eq!(pieces.apply(&written), 0);
    assert_eq!(pieces.apply(&gone), SENTENCE.len());
    assert_eq!(pieces.apply(&gone), 0);
}
