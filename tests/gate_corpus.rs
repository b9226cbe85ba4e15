//! The bodies of the fuzzer over its corpus, and the inputs that once ended, held or split copies:
//! each is refused by the rule in its file's name, and what came before it is accepted.

use std::fs;
use std::path::{Path, PathBuf};

use chantier::live::gate::{Limits, Tables, Verdict, read};
use yrs::updates::decoder::Decode as _;

#[path = "../fuzz/bodies.rs"]
pub(crate) mod bodies;
#[path = "../fuzz/builder.rs"]
pub(crate) mod builder;

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/gate")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

#[test]
fn every_body_bears_its_corpus() {
    for (name, body) in bodies::BODIES {
        let files = fixtures(&format!("corpus/{name}"));
        assert!(!files.is_empty(), "no corpus for {name}");
        // The bodies that read updates one after the other bear the crashers, too.
        let crashers = if bodies::READ_UPDATES.contains(&name) {
            fixtures("crashers")
        } else {
            Vec::new()
        };
        for file in files.iter().chain(&crashers) {
            body(&fs::read(file).expect("a file"));
        }
    }
}

#[test]
fn every_body_bears_bytes_at_random() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::new();
    for round in 0..400 {
        bytes.clear();
        bytes.extend((0..round % 300).map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        }));
        for (_, body) in bodies::BODIES {
            body(&bytes);
        }
    }
}

/// What the gate refuses for its numbers, the CRDT library indeed does not read, or writes so that
/// it does not compare equal to itself.
#[test]
fn the_library_does_not_bear_the_numbers_that_are_refused() {
    let crasher = |name: &str| {
        let files = fixtures("crashers");
        let found = files
            .iter()
            .find(|file| file.to_string_lossy().contains(name));
        fs::read(found.expect("a crasher")).expect("a file")
    };
    let unread = crasher("json_number--the_library_cannot_read_it");
    let last = bodies::updates(&unread).pop().expect("an update");
    assert!(yrs::Update::decode_v1(last).is_err());
    let unequal = crasher("attribute_value--no_number_is_never_compacted");
    assert!(chantier::text::compact(bodies::updates(&unequal)).is_err());
}

#[test]
fn crashers_are_refused_by_their_rule() {
    let files = fixtures("crashers");
    assert!(files.len() >= 10, "{} crashers", files.len());
    for file in files {
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        let (key, _) = name.split_once("--").expect("rule--what");
        let bytes = fs::read(&file).expect("a file");
        let mut updates = bodies::updates(&bytes);
        let last = updates.pop().expect("an update");
        let mut tables = Tables::new();
        for update in updates {
            let verdict = read(update, &tables, &Limits::default());
            let Verdict::Accepted(reading) = verdict else {
                panic!("{name}: {verdict:?} before the last")
            };
            tables.apply(&reading);
        }
        let verdict = read(last, &tables, &Limits::default());
        let Verdict::Refused(rule) = verdict else {
            panic!("{name}: {verdict:?}")
        };
        assert_eq!(rule.key(), key, "{name}");
    }
}
