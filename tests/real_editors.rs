//! What real pages with the real editor sent (`tests/fixtures/editors/record.mjs`,
//! `tests/fixtures/authorship/record.mjs`), frame by frame through the gate: nothing is refused,
//! nothing is a gap in the end, and the text is the one that the browsers showed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chantier::live::gate::{Limits, Tables, Verdict, read, read_state_vector};
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode as _;
use yrs::updates::encoder::Encode as _;
use yrs::{
    Any, Doc, OffsetKind, Options, Out, ReadTxn, Text as _, Transact as _, Update,
    XmlFragment as _, XmlOut,
};

/// A document behind the gate, as a room keeps one.
struct Gated {
    name: String,
    tables: Tables,
    doc: Doc,
    /// Updates with a gap of connections that have not answered yet, as a room sets them aside.
    aside: BTreeMap<String, Vec<Vec<u8>>>,
    answered: BTreeSet<String>,
    /// How many updates were set aside, or were only a clean-up of marks.
    gaps: usize,
    cleanups: usize,
    /// Client ids under which somebody wrote.
    clients: BTreeSet<u64>,
    /// The longest update, in bytes.
    longest: usize,
}

impl Gated {
    fn new(name: &str) -> Self {
        let doc = Doc::with_options(Options {
            offset_kind: OffsetKind::Utf16,
            cleanup_formatting: false,
            ..Options::default()
        });
        doc.get_or_insert_xml_fragment("context");
        Self {
            name: name.to_owned(),
            tables: Tables::new(),
            doc,
            aside: BTreeMap::new(),
            answered: BTreeSet::new(),
            gaps: 0,
            cleanups: 0,
            clients: BTreeSet::new(),
            longest: 0,
        }
    }

    fn take(&mut self, from: &str, bytes: Vec<u8>) {
        self.longest = self.longest.max(bytes.len());
        let reading = match read(&bytes, &self.tables, &Limits::default()) {
            Verdict::Accepted(reading) => reading,
            Verdict::CleanUpOnly(reading) => {
                self.cleanups += 1;
                reading
            }
            Verdict::NothingNew => return,
            Verdict::Gap if !self.answered.contains(from) => {
                self.gaps += 1;
                return self.aside.entry(from.to_owned()).or_default().push(bytes);
            }
            verdict @ (Verdict::Gap | Verdict::Refused(_)) => {
                panic!("{}: {verdict:?} from {from}", self.name)
            }
        };
        for range in &reading.new {
            self.clients.insert(range.client);
        }
        self.tables.apply(&reading);
        let update = Update::decode_v1(&bytes).expect("what passed the gate decodes");
        let mut tx = self.doc.transact_mut();
        tx.apply_update(update)
            .expect("what passed the gate applies");
        assert!(!tx.has_missing_updates(), "{}: something waits", self.name);
    }

    /// A connection's sync step 2: what it sent before is whole with it.
    fn answer(&mut self, from: &str, bytes: Vec<u8>) {
        self.answered.insert(from.to_owned());
        self.take(from, bytes);
        for bytes in self.aside.remove(from).unwrap_or_default() {
            self.take(from, bytes);
        }
    }

    /// The lines of the section, as a browser shows them.
    fn shown(&self) -> String {
        let section = self.doc.get_or_insert_xml_fragment("context");
        let tx = self.doc.transact();
        let blocks: Vec<String> = section
            .children(&tx)
            .map(|block| words(&block, &tx))
            .collect();
        blocks.join("\n")
    }

    /// Nothing waits, and both have the same clocks.
    fn assert_whole(&self) {
        assert!(
            self.aside.values().all(Vec::is_empty),
            "{}: a gap for ever",
            self.name
        );
        let sorted = |bytes: &[u8]| {
            let mut vector = read_state_vector(bytes).expect("a state vector");
            vector.sort_unstable();
            vector
        };
        let theirs = self.doc.transact().state_vector().encode_v1();
        assert_eq!(sorted(&self.tables.state_vector()), sorted(&theirs));
    }
}

/// The words of a node and of everything in it.
fn words(node: &XmlOut, tx: &impl ReadTxn) -> String {
    match node {
        XmlOut::Element(element) => element
            .children(tx)
            .map(|child| words(&child, tx))
            .collect(),
        XmlOut::Fragment(fragment) => fragment
            .children(tx)
            .map(|child| words(&child, tx))
            .collect(),
        XmlOut::Text(text) => text
            .diff(tx, YChange::identity)
            .into_iter()
            .filter_map(|piece| {
                if let Out::Any(Any::String(words)) = piece.insert {
                    Some(words.to_string())
                } else {
                    None
                }
            })
            .collect(),
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    assert!(hex.len().is_multiple_of(2) && hex.is_ascii());
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

fn fixtures(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

/// Replays one session of real pages.
fn replay(story: &str) -> Gated {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/editors");
    let packed = std::fs::read(path.join(format!("{story}.gz"))).expect("a recording");
    let mut lines = String::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_string(&mut lines)
        .expect("a recording is text");
    let (mut gated, mut shown) = (Gated::new(story), None);
    for line in lines.lines() {
        let (from, rest) = line.split_once(' ').expect("who sent it");
        if from == "shown" {
            shown = Some(serde_json::from_str::<String>(rest).expect("json"));
            continue;
        }
        let (kind, hex) = rest.split_once(' ').expect("what it is");
        match kind {
            "answer" => gated.answer(from, bytes_of(hex)),
            "update" => gated.take(from, bytes_of(hex)),
            other => panic!("{story}: an unknown kind {other}"),
        }
    }
    gated.assert_whole();
    assert_eq!(Some(gated.shown()), shown, "{story}");
    gated
}

#[test]
fn typing_before_the_sync_is_answered_passes() {
    assert!(replay("before_sync").gaps > 0, "nobody typed too early");
}

#[test]
fn offline_sessions_that_build_on_each_other_pass() {
    let gated = replay("offline_chain");
    // One who was there, and three pages of one browser, each under a client id of its own.
    assert!(gated.clients.len() >= 4, "{:?}", gated.clients);
}

#[test]
fn two_people_bolding_one_word_pass() {
    let gated = replay("bold_twice");
    assert!(gated.cleanups > 0, "no client cleaned up");
}

#[test]
fn undo_passes() {
    replay("undo");
}

#[test]
fn a_paste_of_sixty_pages_passes() {
    let gated = replay("paste");
    assert!(gated.shown().len() > 250_000 && gated.longest > 40_000);
}

#[test]
fn a_store_restored_late_passes() {
    let gated = replay("late_store");
    assert!(gated.clients.len() >= 2, "{:?}", gated.clients);
}

#[test]
fn every_recording_of_authors_passes() {
    let files = fixtures("authorship", "updates");
    assert!(files.len() >= 15, "{} recordings", files.len());
    for file in files {
        let name = file.display().to_string();
        let recording = std::fs::read_to_string(&file).expect("a recording");
        let mut gated = Gated::new(&name);
        for line in recording.lines() {
            let (person, hex) = line.split_once(' ').expect("who sent it");
            gated.answered.insert(person.to_owned());
            gated.take(person, bytes_of(hex));
        }
        gated.assert_whole();
        assert!(!gated.shown().is_empty(), "{name}");
    }
}
