//! The gate against real Yjs clients and the CRDT library: recordings of several people editing
//! (`tests/fixtures/gate/record.mjs`) pass whole, and what passed gives the same document in both.

use chantier::live::gate::{Limits, Reading, Tables, Verdict, read, read_state_vector};
use chantier::live::schema::SECTIONS;
use yrs::updates::decoder::Decode as _;
use yrs::updates::encoder::Encode as _;
use yrs::{
    Doc, GetString as _, OffsetKind, Options, ReadTxn as _, StateVector, Transact as _, Update,
};

const RECORDINGS: [(&str, &[u8]); 5] = [
    ("alone", include_bytes!("fixtures/gate/alone.frames")),
    ("two", include_bytes!("fixtures/gate/two.frames")),
    ("crowd", include_bytes!("fixtures/gate/crowd.frames")),
    ("crossing", include_bytes!("fixtures/gate/crossing.frames")),
    ("bold", include_bytes!("fixtures/gate/bold.frames")),
];

/// One frame of a recording: its kind (see the script) and its bytes.
fn frames(mut bytes: &'static [u8]) -> Vec<(u8, &'static [u8])> {
    let mut frames = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        let (mut length, mut shift, mut at) = (0usize, 0, 0);
        loop {
            length |= usize::from(rest[at] & 0x7f) << shift;
            (shift, at) = (shift + 7, at + 1);
            if rest[at - 1] < 0x80 {
                break;
            }
        }
        frames.push((*kind, &rest[at..at + length]));
        bytes = &rest[at + length..];
    }
    frames
}

fn new_doc() -> Doc {
    Doc::with_options(Options {
        offset_kind: OffsetKind::Utf16,
        cleanup_formatting: false,
        skip_gc: false,
        ..Options::with_client_id(yrs::ClientID::new(7))
    })
}

fn apply(doc: &Doc, update: &[u8]) {
    let update = Update::decode_v1(update).expect("what passed the gate decodes");
    doc.transact_mut()
        .apply_update(update)
        .expect("what passed the gate applies");
    assert!(
        doc.transact().store().pending_update().is_none(),
        "nothing waits"
    );
    assert!(
        doc.transact().store().pending_ds().is_none(),
        "no delete waits"
    );
}

fn texts(doc: &Doc) -> Vec<String> {
    let roots: Vec<_> = SECTIONS
        .iter()
        .map(|name| doc.get_or_insert_xml_fragment(*name))
        .collect();
    roots
        .iter()
        .map(|root| root.get_string(&doc.transact()))
        .collect()
}

fn sorted(mut vector: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    vector.sort_unstable();
    vector
}

/// Judges a frame of a recording; the reading when it is to be stored.
fn judge(name: &str, at: usize, kind: u8, bytes: &[u8], tables: &Tables) -> Option<Reading> {
    match (kind, read(bytes, tables, &Limits::default())) {
        (1 | 3, Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading)) => Some(reading),
        (1..=4, Verdict::NothingNew) | (2 | 4, Verdict::CleanUpOnly(_)) => None,
        (_, verdict) => panic!("{name}, frame {at} of kind {kind}: {verdict:?}"),
    }
}

#[test]
fn recordings_pass_and_give_the_document_that_yjs_has() {
    for (name, recording) in RECORDINGS {
        let (mut tables, doc) = (Tables::new(), new_doc());
        let mut expected = Vec::new();
        for (at, (kind, bytes)) in frames(recording).into_iter().enumerate() {
            match kind {
                1..=4 => {
                    let Some(reading) = judge(name, at, kind, bytes, &tables) else {
                        continue;
                    };
                    tables.apply(&reading);
                    apply(&doc, bytes);
                    assert_eq!(
                        read(bytes, &tables, &Limits::default()),
                        Verdict::NothingNew
                    );
                }
                8 => {
                    assert_eq!(tables.state_vector(), bytes, "{name}: state vector");
                    let theirs = doc.transact().state_vector().encode_v1();
                    let theirs = read_state_vector(&theirs).expect("a state vector");
                    assert_eq!(
                        Ok(sorted(theirs)),
                        read_state_vector(bytes).map(sorted),
                        "{name}"
                    );
                }
                9 => expected.push(String::from_utf8(bytes.to_vec()).expect("text")),
                _ => {}
            }
        }
        assert_eq!(words(&texts(&doc)), words(&expected), "{name}");
        assert_eq!(
            Tables::from_bytes(&tables.to_bytes()).as_ref(),
            Ok(&tables),
            "{name}"
        );
        a_join_by_updates_and_deletes_gives_the_same(name, recording, &tables, &doc);
    }
}

/// The words and the names of elements and marks; the libraries write attributes differently.
fn words(xml: &[String]) -> Vec<String> {
    let bare = |part: &str| match part.split_once('>') {
        Some((tag, text)) => {
            let name = tag.split(' ').next().unwrap_or_default().to_lowercase();
            // Marks without effect and the order of nested marks may differ.
            if ["bold", "italic", "link"].contains(&name.trim_start_matches('/')) {
                text.to_owned()
            } else {
                format!("<{name}>{text}")
            }
        }
        None => part.to_owned(),
    };
    xml.iter()
        .map(|text| text.split('<').map(bare).collect())
        .collect()
}

fn a_join_by_updates_and_deletes_gives_the_same(
    name: &str,
    recording: &'static [u8],
    tables: &Tables,
    doc: &Doc,
) {
    let full = doc
        .transact()
        .encode_state_as_update_v1(&StateVector::default());
    let joined = new_doc();
    apply(&joined, &full);
    apply(&joined, &tables.deletes_update());
    assert_eq!(words(&texts(&joined)), words(&texts(doc)), "{name}");
    // A compacted document is read into the same clocks, and holds every frame.
    let mut again = Tables::new();
    accept_whole(name, &full, &mut again);
    assert_eq!(again.state_vector(), tables.state_vector(), "{name}");
    assert_eq!(
        read(&full, tables, &Limits::snapshot()),
        Verdict::NothingNew,
        "{name}"
    );
    for (kind, bytes) in frames(recording) {
        if let 1..=4 = kind {
            assert!(matches!(
                read(bytes, &again, &Limits::default()),
                Verdict::NothingNew | Verdict::CleanUpOnly(_)
            ));
        }
    }
}

/// Makes tables from a whole document.
fn accept_whole(name: &str, document: &[u8], tables: &mut Tables) {
    let verdict = read(document, tables, &Limits::snapshot());
    let Verdict::Accepted(reading) = verdict else {
        panic!("{name}: {verdict:?}")
    };
    tables.apply(&reading);
}

#[test]
fn clients_go_on_after_the_document_was_compacted_under_them() {
    for (name, recording) in RECORDINGS {
        let (mut tables, doc) = (Tables::new(), new_doc());
        for (at, (kind, bytes)) in frames(recording).into_iter().enumerate() {
            if kind == 5 {
                // What was accepted, collected by Yjs: the tables are made anew from it alone.
                tables = Tables::new();
                accept_whole(name, bytes, &mut tables);
            } else if kind == 8 {
                assert_eq!(tables.state_vector(), bytes, "{name}");
            } else if let 1..=4 = kind
                && let Some(reading) = judge(name, at, kind, bytes, &tables)
            {
                tables.apply(&reading);
                apply(&doc, bytes);
            }
        }
    }
}

#[test]
fn readers_clean_up_and_are_never_refused() {
    let mut of_readers = 0;
    for (name, recording) in RECORDINGS {
        let mut tables = Tables::new();
        for (at, (kind, bytes)) in frames(recording).into_iter().enumerate() {
            if let 1..=4 = kind {
                of_readers += usize::from(kind == 2);
                if let Some(reading) = judge(name, at, kind, bytes, &tables) {
                    tables.apply(&reading);
                }
            }
        }
    }
    assert!(
        of_readers > 0,
        "the recordings hold {of_readers} updates of readers"
    );
}

#[test]
fn a_whole_state_that_only_deletes_anew_is_read() {
    let doc = new_doc();
    let section = doc.get_or_insert_xml_fragment("context");
    let text = {
        use yrs::XmlFragment as _;
        let words = yrs::XmlTextPrelim::new("trois mots ici");
        let mut tx = doc.transact_mut();
        let paragraph = yrs::XmlElementPrelim::new("paragraph", [words.into()]);
        section.push_back(&mut tx, paragraph)
    };
    let whole = || {
        doc.transact()
            .encode_state_as_update_v1(&StateVector::default())
    };
    let (mut tables, limits) = (Tables::new(), Limits::default());
    let Verdict::Accepted(reading) = read(&whole(), &tables, &limits) else {
        panic!("a first state");
    };
    tables.apply(&reading);
    {
        use yrs::{Text as _, XmlFragment as _};
        let mut tx = doc.transact_mut();
        let Some(yrs::XmlOut::Text(words)) = text.get(&tx, 0) else {
            panic!("a text");
        };
        words.remove_range(&mut tx, 2, 3);
    }
    // A returning client's sync step 2 names structs that we hold, and deletes some of them.
    let verdict = read(&whole(), &tables, &limits);
    let Verdict::Accepted(reading) = verdict else {
        panic!("{verdict:?}");
    };
    assert!(reading.new.is_empty());
    assert_eq!(reading.deleted.len(), 1);
    tables.apply(&reading);
    assert_eq!(read(&whole(), &tables, &limits), Verdict::NothingNew);
}
