//! The replay against the CRDT library and against recordings of real editors.

mod moved;
mod recorded;
mod thresholds;

use yrs::updates::decoder::Decode as _;
use yrs::{
    ClientID, Doc, OffsetKind, Options, ReadTxn as _, StateVector, Text as _, Transact as _,
    Update, WriteTxn as _, XmlElementPrelim, XmlElementRef, XmlFragment as _, XmlOut,
    XmlTextPrelim, XmlTextRef,
};

use super::{Author, By, Replay, Report};
use crate::text::read;
use crate::text::tree::{Section, text as text_of};

/// A small generator with a seed, so that a failing history can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) as u32) % end.max(1)
    }
}

fn by(account: &str, seq: i64) -> By {
    By {
        author: Some(Author {
            account: account.into(),
            organisation: None,
        }),
        seq,
        at_ms: seq * 1_000,
        restores: None,
    }
}

#[track_caller]
fn covers(report: &Report, sections: &[Section], story: &str) {
    for (told, section) in report.sections.iter().zip(sections) {
        assert_eq!(told.text, text_of(section), "{story}, {}", section.key);
        let mut at = 0;
        for passage in &told.passages {
            assert_eq!(passage.from, at, "{story}: without a gap");
            assert!(passage.to > passage.from, "{story}: never empty");
            at = passage.to;
        }
        assert_eq!(at, told.text.encode_utf16().count(), "{story}: to the end");
    }
}

struct Editor {
    doc: Doc,
    /// What it has of the log.
    read: usize,
    /// What the log has of it.
    sent: StateVector,
}

impl Editor {
    fn new(client: u64) -> Self {
        let doc = Doc::with_options(Options {
            client_id: ClientID::new(client),
            offset_kind: OffsetKind::Utf16,
            cleanup_formatting: false,
            ..Options::default()
        });
        doc.get_or_insert_xml_fragment("context");
        Self {
            doc,
            read: 0,
            sent: StateVector::default(),
        }
    }

    fn catch_up(&mut self, log: &[(usize, Vec<u8>)]) {
        for (_, update) in &log[self.read..] {
            let update = Update::decode_v1(update).expect("decodes");
            self.doc
                .transact_mut()
                .apply_update(update)
                .expect("applies");
        }
        self.read = log.len();
    }

    /// Everything since the last time, as one update.
    fn send(&mut self) -> Vec<u8> {
        let txn = self.doc.transact();
        let update = txn.encode_state_as_update_v1(&self.sent);
        self.sent = txn.state_vector();
        update
    }

    fn edit(&mut self, dice: &mut Dice) {
        let mut txn = self.doc.transact_mut();
        let root = txn.get_or_insert_xml_fragment("context");
        let count = root.len(&txn);
        if count == 0 || dice.below(12) == 0 {
            let name = ["paragraph", "heading"][dice.below(2) as usize];
            let at = dice.below(count + 1);
            let block = root.insert(&mut txn, at, XmlElementPrelim::empty(name));
            block.insert(&mut txn, 0, XmlTextPrelim::new("n\u{e9} \u{1f600}"));
            return;
        }
        let at = dice.below(count);
        let Some(XmlOut::Element(block)) = root.get(&txn, at) else {
            panic!("an element");
        };
        if count > 2 && dice.below(20) == 0 {
            root.remove(&mut txn, at);
            return;
        }
        let text = text_in(&block, &mut txn);
        let len = text.len(&txn);
        match dice.below(6) {
            0..3 => {
                let words = ["la ", "rade", "x", "un mot de plus ", "\u{e9}"];
                let at = dice.below(len + 1);
                text.insert(&mut txn, at, words[dice.below(5) as usize]);
            }
            3 | 4 if len > 0 => {
                let at = dice.below(len);
                let count = 1 + dice.below((len - at).min(9));
                text.remove_range(&mut txn, at, count);
            }
            _ if len > 2 => {
                // Enter: the tail goes into a block of its own.
                let whole = yrs::GetString::get_string(&text, &txn);
                let units: Vec<u16> = whole.encode_utf16().collect();
                let cut = 1 + dice.below(len - 2);
                let tail = String::from_utf16_lossy(&units[cut as usize..]);
                text.remove_range(&mut txn, cut, len - cut);
                let next = root.insert(&mut txn, at + 1, XmlElementPrelim::empty("paragraph"));
                next.insert(&mut txn, 0, XmlTextPrelim::new(tail));
            }
            _ => {}
        }
    }
}

fn text_in(block: &XmlElementRef, txn: &mut yrs::TransactionMut<'_>) -> XmlTextRef {
    match block.get(txn, 0) {
        Some(XmlOut::Text(text)) => text,
        _ => block.push_back(txn, XmlTextPrelim::new("")),
    }
}

/// A history of several people, some of it written offline, as the log keeps it.
fn history(seed: u64, edits: usize) -> Vec<(usize, Vec<u8>)> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut editors: Vec<Editor> = [41, 5, 900].map(Editor::new).into();
    let mut log = Vec::new();
    for _ in 0..edits {
        let who = dice.below(3) as usize;
        editors[who].edit(&mut dice);
        if dice.below(4) > 0 {
            let update = editors[who].send();
            log.push((who, update));
            editors[who].catch_up(&log);
            let vector = editors[who].doc.transact().state_vector();
            editors[who].sent = vector;
        }
    }
    for (who, editor) in editors.iter_mut().enumerate() {
        let update = editor.send();
        log.push((who, update));
    }
    log
}

#[test]
fn the_passages_cover_the_text_of_any_history() {
    for seed in 0..60 {
        let log = history(seed, 120);
        let mut replay = Replay::new();
        for (at, (who, update)) in log.iter().enumerate() {
            let seq = at as i64 + 1;
            replay.apply(update, &by(["a", "b", "c"][*who], seq));
            replay.reached(seq);
            if at % 40 == 39 {
                let known = log[..=at].iter().map(|(_, update)| update.as_slice());
                if let Ok(sections) = read(known) {
                    covers(
                        &replay.report(),
                        &sections,
                        &format!("seed {seed}, row {seq}"),
                    );
                }
            }
        }
        assert!(!replay.is_broken(), "seed {seed}");
        let sections = read(log.iter().map(|(_, update)| update.as_slice())).expect("reads");
        covers(&replay.report(), &sections, &format!("seed {seed}"));
    }
}
