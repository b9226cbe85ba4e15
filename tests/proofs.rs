//! Sealed files: every byte of a version and of a dossier, changed one at a time, is named; what is
//! changed on purpose is told part by part; the files and cases that the browser's reader is held to
//! are those in `tests/proofs/`.

use std::path::{Path, PathBuf};

use chantier::proof::crc::crc32_hex;
use chantier::proof::keys::SigningKey;
use chantier::proof::link::{Link, text_hash};
use chantier::proof::report::{Finding, Kind, Part, Report, Wrong};
use chantier::proof::verify::VERSION_FORMAT;
use chantier::proof::{canonical, dossier, envelope, hex, sha256, unhex, verify};
use serde_json::{Map, Value, json};

/// A key that signs nothing but these files.
const SECRET: &str = include_str!("proofs/test-key.pkcs8.hex");

fn key() -> SigningKey {
    SigningKey::from_pkcs8(&unhex(SECRET.trim()).expect("digits")).expect("a key")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("no object: {other}"),
    }
}

/// The rows of a small journal with their hashes.
fn journal() -> (Vec<Value>, Vec<Vec<u8>>) {
    let hidden = text_hash(&[7; 16], "Parce qu\u{2019}il le faut.");
    let rows = [
        Link {
            format: 1,
            rank: 1,
            act: "T01",
            to_stage: Some("idea"),
            created_at_ms: 10,
            ..Link::default()
        },
        Link {
            format: 2,
            rank: 2,
            act: "T03",
            person_id: Some("p"),
            capacity: Some("owner"),
            note: Some("CREER-2026-CH5-007"),
            text_hash: Some(&hidden),
            details: Some("{\"round\":1}"),
            version_id: Some("v"),
            document_seq: Some(4),
            created_at_ms: 20,
            ..Link::default()
        },
    ];
    let (mut values, mut hashes, mut before) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let row = Link {
            proposal_id: "pro",
            ..row
        };
        before = row.hash(&before);
        let mut fields = object(json!({
            "format": row.format, "rank": row.rank, "act": row.act, "person_id": row.person_id,
            "capacity": row.capacity, "to_stage": row.to_stage, "note": row.note,
            "text_hash": row.text_hash.map(hex), "details": row.details, "version_id": row.version_id,
            "document_seq": row.document_seq, "created_at_ms": row.created_at_ms, "hash": hex(&before),
        }));
        if row.text_hash.is_some() {
            fields.insert("salt".to_owned(), json!(hex(&[7; 16])));
            fields.insert("text".to_owned(), json!("Parce qu\u{2019}il le faut."));
        }
        fields.retain(|_, value| !value.is_null());
        values.push(Value::Object(fields));
        hashes.push(before.clone());
    }
    (values, hashes)
}

const PAGE: &str = "<!doctype html><title>t</title><p>\u{c9}t\u{e9}</p>\n";

fn version() -> Vec<u8> {
    let (_, hashes) = journal();
    let content = canonical::json(&json!({
        "format": "chantier.content.1", "title": "Un \u{e9}t\u{e9}", "summary": "", "sheet": {},
        "sections": [{"key": "context", "nodes": [{"name": "paragraph", "children": [{"text": "\u{c9}t\u{e9} \"comme hiver\""}]}]}],
    }));
    let statement = object(json!({
        "version_id": "v", "proposal_id": "pro", "proposal_number": "CREER-2026-CH5-007", "rank": 1,
        "reason": "deposit", "round": 1, "opened_at_ms": 20, "sealed_at_ms": 21, "journal_rank": 2,
        "journal_hash": hex(&hashes[1]), "page_sha256": hex(&sha256(PAGE.as_bytes())),
    }));
    envelope::seal(VERSION_FORMAT, &content, statement, &key())
}

/// The files of a small dossier.
fn files() -> Vec<(String, Vec<u8>)> {
    let (rows, _) = journal();
    let public = key().public();
    let journal = json!({"format": "chantier.journal.file.1", "people": {}, "proposal_id": "pro", "rows": rows});
    let keys = json!({"keys": [{"key_id": key().id(), "public_key": hex(&public)}]});
    [
        ("README.txt", "\u{c0} lire.\n".as_bytes().to_vec()),
        ("versions/1.json", version()),
        ("versions/1.html", PAGE.as_bytes().to_vec()),
        ("opinions.json", b"{\"opinions\":[]}".to_vec()),
        ("journal.json", canonical::exact(&journal).into_bytes()),
        ("keys.json", canonical::json(&keys).into_bytes()),
    ]
    .into_iter()
    .map(|(path, body)| (path.to_owned(), body))
    .collect()
}

fn sealed(files: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let about = object(json!({"proposal_id": "pro", "made_at_ms": 30}));
    dossier::make(files, about, &key()).expect("small")
}

fn small_dossier() -> Vec<u8> {
    sealed(files())
}

/// Where each file of the dossier starts, found by its bytes and not by the reader's arithmetic.
fn places(archive: &[u8]) -> Vec<(String, usize, usize)> {
    let find = |needle: &[u8]| {
        archive
            .windows(needle.len())
            .position(|window| window == needle)
            .expect("stored as it is")
    };
    let mut places: Vec<_> = files()
        .into_iter()
        .map(|(path, body)| (path, find(&body), body.len()))
        .collect();
    let from = 30 + "manifest.json".len();
    let end = find(b"\"}PK\x03\x04") + 2;
    places.push(("manifest.json".to_owned(), from, end - from));
    places
}

fn changed(file: &[u8], offset: usize, change: u8) -> Vec<u8> {
    let mut changed = file.to_vec();
    changed[offset] ^= change;
    changed
}

fn wrong(report: &Report) -> (&str, &Wrong) {
    let finding = report.findings.first().expect("something is wrong");
    (&finding.file, &finding.wrong)
}

#[test]
fn what_is_sealed_holds() {
    let report = verify(&version(), None);
    assert_eq!(
        (report.kind, report.code(), report.is_key_trusted),
        (Kind::Version, "intact", false)
    );
    let report = verify(&small_dossier(), Some(&[key().public()]));
    assert_eq!(
        (report.kind, report.code(), report.is_key_trusted),
        (Kind::Dossier, "intact", true)
    );
    let facts = report.facts;
    assert_eq!((facts.versions, facts.opinions, facts.acts), (1, 0, 2));
    let (other, _) = SigningKey::generate().expect("random bytes");
    let report = verify(&version(), Some(&[other.public()]));
    assert_eq!(report.code(), "key_unknown");
}

#[test]
fn every_changed_byte_of_a_version_is_named() {
    let file = version();
    for offset in 0..file.len() {
        for change in [1, 0x20, 0xff] {
            let report = verify(&changed(&file, offset, change), None);
            let byte = Wrong::Byte {
                offset,
                is: file[offset] ^ change,
                should_be: file[offset],
            };
            assert_eq!(wrong(&report), ("", &byte), "byte {offset}");
        }
    }
}

#[test]
fn every_changed_byte_of_a_dossier_is_named_in_its_file() {
    let archive = small_dossier();
    let places = places(&archive);
    for at in 0..archive.len() {
        let report = verify(&changed(&archive, at, 1), None);
        let inside = places
            .iter()
            .find(|(_, from, length)| (*from..from + length).contains(&at));
        let (file, offset) = inside.map_or(("", at), |(path, from, _)| (path.as_str(), at - from));
        let byte = Wrong::Byte {
            offset,
            is: archive[at] ^ 1,
            should_be: archive[at],
        };
        assert_eq!(wrong(&report), (file, &byte), "byte {at}");
    }
}

/// The file with its checksum made right again, as somebody would who changes it on purpose.
fn with_right_tail(mut file: Vec<u8>) -> Vec<u8> {
    let (body, digits) = match file.ends_with(b"\"}") {
        true => (
            file.len() - 10 - ",\"tail_crc32\":\"".len(),
            file.len() - 10,
        ),
        false => (file.len() - 8, file.len() - 8),
    };
    let tail = crc32_hex(&file[..body]);
    file[digits..digits + 8].copy_from_slice(tail.as_bytes());
    file
}

fn at(file: &[u8], needle: &str) -> usize {
    file.windows(needle.len())
        .position(|window| window == needle.as_bytes())
        .expect("there")
}

#[test]
fn a_change_made_on_purpose_is_told_part_by_part() {
    let file = version();
    let offset = at(&file, "hiver");
    let one = with_right_tail(changed(&file, offset, 1));
    let byte = Wrong::Byte {
        offset,
        is: b'h' ^ 1,
        should_be: b'h',
    };
    assert_eq!(wrong(&verify(&one, None)), ("", &byte));
    let two = with_right_tail(changed(&changed(&file, offset, 1), offset + 4, 1));
    assert_eq!(
        wrong(&verify(&two, None)),
        ("", &Wrong::Changed(Part::Content))
    );
    for needle in ["\"rank\":1", "\"signature\":\"", "\"public_key\":\""] {
        let offset = at(&file, needle) + needle.len() - 1;
        let offset = if file[offset] == b'"' {
            offset + 1
        } else {
            offset
        };
        let digit = if file[offset] == b'1' {
            b'1' ^ b'2'
        } else {
            file[offset] ^ b'1'
        };
        let report = verify(&with_right_tail(changed(&file, offset, digit)), None);
        assert_eq!(
            wrong(&report),
            ("", &Wrong::Changed(Part::Signature)),
            "{needle}"
        );
    }
    // Sealed again by somebody else's key: it holds, and is not ours.
    let (other, _) = SigningKey::generate().expect("random bytes");
    let forged = envelope::seal(VERSION_FORMAT, "{}", Map::new(), &other);
    assert_eq!(verify(&forged, None).code(), "intact");
    assert_eq!(
        verify(&forged, Some(&[key().public()])).code(),
        "key_unknown"
    );
}

#[test]
fn a_dossier_changed_on_purpose_names_each_file() {
    let archive = small_dossier();
    let (page, readme) = (at(&archive, "<!doctype"), at(&archive, " lire"));
    let report = verify(
        &with_right_tail(changed(&changed(&archive, page, 1), readme, 1)),
        None,
    );
    let named: Vec<_> = report
        .findings
        .iter()
        .map(|one| (one.file.as_str(), one.wrong.key()))
        .collect();
    assert_eq!(
        named,
        [
            ("README.txt", "byte_changed"),
            ("versions/1.html", "byte_changed")
        ]
    );
    let report = verify(
        &with_right_tail(changed(&changed(&archive, page, 1), page + 3, 1)),
        None,
    );
    assert_eq!(
        wrong(&report),
        ("versions/1.html", &Wrong::Changed(Part::File))
    );
    let date = 12;
    let report = verify(&with_right_tail(changed(&archive, date, 1)), None);
    assert_eq!(wrong(&report), ("", &Wrong::Changed(Part::Wrapping)));
}

#[test]
fn files_that_disagree_are_told_though_each_is_sealed() {
    let replaced = |path: &str, from: &str, to: &str| verify(&resealed(path, from, to), None);
    assert_eq!(
        wrong(&replaced(
            "journal.json",
            "\"note\":\"CREER",
            "\"note\":\"CREEE"
        )),
        ("journal.json", &Wrong::Journal(2))
    );
    assert_eq!(
        wrong(&replaced("journal.json", "faut", "fait")),
        ("journal.json", &Wrong::Journal(2))
    );
    assert_eq!(
        wrong(&replaced("versions/1.html", "<p>", "<b>")),
        ("versions/1.html", &Wrong::Changed(Part::Agreement))
    );
    assert_eq!(
        wrong(&replaced(
            "keys.json",
            "\"public_key\":\"",
            "\"public_key\":\"00"
        )),
        ("keys.json", &Wrong::Changed(Part::Agreement))
    );
    assert_eq!(
        wrong(&replaced(
            "journal.json",
            "\"proposal_id\":\"pro\"",
            "\"proposal_id\":\"prp\""
        ))
        .0,
        "journal.json"
    );
    let erased = replaced(
        "journal.json",
        &format!(
            "\"salt\":\"{}\",\"text\":\"Parce qu\u{2019}il le faut.\",",
            hex(&[7; 16])
        ),
        "",
    );
    assert_eq!(erased.code(), "intact");
}

#[test]
fn what_is_no_file_of_ours_says_so() {
    for file in [
        &b""[..],
        b"{}",
        b"PK",
        &version()[..400],
        &small_dossier()[..3_000],
    ] {
        let report = verify(file, None);
        assert_eq!((report.kind, report.code()), (Kind::Unknown, "unreadable"));
    }
}

/// A dossier sealed as if with these words in one of its files.
fn resealed(path: &str, from: &str, to: &str) -> Vec<u8> {
    let mut files = files();
    let file = files
        .iter_mut()
        .find(|(one, _)| one == path)
        .expect("there");
    let text = String::from_utf8(file.1.clone()).expect("text");
    file.1 = text.replacen(from, to, 1).into_bytes();
    sealed(files)
}

/// The files of `tests/proofs/` that the browser's reader checks, too.
fn shared_files() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("version.json", version()),
        ("dossier.zip", small_dossier()),
        ("journal.zip", resealed("journal.json", "faut", "fait")),
        (
            "keys.zip",
            resealed("keys.json", "\"public_key\":\"", "\"public_key\":\"00"),
        ),
        ("page.zip", resealed("versions/1.html", "<p>", "<b>")),
    ]
}

/// One case: what is changed in which file, and what is found.
fn case(base: &str, file: &[u8], changes: &[(usize, u8)], right_tail: bool) -> Value {
    let change = |bytes: Vec<u8>, (at, change): &(usize, u8)| changed(&bytes, *at, *change);
    let bytes = changes.iter().fold(file.to_vec(), change);
    let bytes = if right_tail {
        with_right_tail(bytes)
    } else {
        bytes
    };
    let report = verify(&bytes, None);
    let finding = |one: &Finding| {
        let mut found = json!({"file": one.file, "code": one.wrong.key()});
        match &one.wrong {
            Wrong::Byte {
                offset,
                is,
                should_be,
            } => {
                found["offset"] = json!(offset);
                found["is"] = json!(is);
                found["should_be"] = json!(should_be);
            }
            Wrong::Changed(part) => found["part"] = json!(part.key()),
            Wrong::Journal(rank) => found["rank"] = json!(rank),
            Wrong::KeyUnknown | Wrong::Unreadable => {}
        }
        found
    };
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    json!({"base": base, "changes": changes, "right_tail": right_tail, "kind": report.kind.key(), "findings": findings})
}

/// The cases both readers are held to, one a line.
fn cases() -> String {
    let mut cases = Vec::new();
    for (base, file) in shared_files() {
        cases.push(case(base, &file, &[], false));
        let steps = if base.ends_with("zip") && base != "dossier.zip" {
            0
        } else {
            40
        };
        for step in 0..steps {
            let (at, length) = (step * (file.len() - 1) / 39, file.len());
            cases.push(case(base, &file, &[(at, 1)], false));
            cases.push(case(base, &file, &[(at, 3)], true));
            let two = [(at, 1), ((at + 77) % length, 4)];
            cases.push(case(base, &file, &two, step % 2 == 0));
        }
    }
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

#[test]
fn the_shared_files_and_cases_are_these() {
    let mut files = shared_files();
    files.push(("cases.json", cases().into_bytes()));
    for (name, made) in files {
        let path = folder().join(name);
        if std::env::var_os("CHANTIER_WRITE_PROOFS").is_some() {
            std::fs::write(&path, &made).expect("writes");
        }
        let kept = std::fs::read(&path).unwrap_or_default();
        assert!(
            kept == made,
            "{name} differs: run this test with CHANTIER_WRITE_PROOFS=1"
        );
    }
}
