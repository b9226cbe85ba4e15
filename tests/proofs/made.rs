//! Small sealed files made for the tests, and the ways to change them.

use std::path::{Path, PathBuf};

use chantier::proof::crc::crc32_hex;
use chantier::proof::keys::SigningKey;
use chantier::proof::link::{Link, text_hash};
use chantier::proof::report::{Report, Wrong};
use chantier::proof::verify::VERSION_FORMAT;
use chantier::proof::{canonical, dossier, envelope, hex, sha256, unhex};
use serde_json::{Map, Value, json};

/// A key that signs nothing but these files.
pub(super) const SECRET: &str = include_str!("test-key.pkcs8.hex");

pub(super) fn key() -> SigningKey {
    SigningKey::from_pkcs8(&unhex(SECRET.trim()).expect("digits")).expect("a key")
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs")
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else {
        panic!("no object: {value}");
    };
    map
}

/// The rows of a small journal with their hashes.
pub(super) fn journal() -> (Vec<Value>, Vec<Vec<u8>>) {
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

pub(super) const PAGE: &str = "<!doctype html><title>t</title><p>\u{c9}t\u{e9}</p>\n";

pub(super) fn version() -> Vec<u8> {
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
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
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

pub(super) fn sealed(files: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let about = object(json!({"proposal_id": "pro", "made_at_ms": 30}));
    dossier::make(files, about, &key()).expect("small")
}

pub(super) fn small_dossier() -> Vec<u8> {
    sealed(files())
}

/// Where each file of the dossier starts, found by its bytes and not by the reader's arithmetic.
pub(super) fn places(archive: &[u8]) -> Vec<(String, usize, usize)> {
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

pub(super) fn changed(file: &[u8], offset: usize, change: u8) -> Vec<u8> {
    let mut changed = file.to_vec();
    changed[offset] ^= change;
    changed
}

pub(super) fn wrong(report: &Report) -> (&str, &Wrong) {
    let finding = report.findings.first().expect("something is wrong");
    (&finding.file, &finding.wrong)
}

/// The file with its checksum made right again, as somebody would who changes it on purpose.
pub(super) fn with_right_tail(mut file: Vec<u8>) -> Vec<u8> {
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

pub(super) fn at(file: &[u8], needle: &str) -> usize {
    file.windows(needle.len())
        .position(|window| window == needle.as_bytes())
        .expect("there")
}

/// A dossier sealed as if with these words in one of its files.
pub(super) fn resealed(path: &str, from: &str, to: &str) -> Vec<u8> {
    let mut files = files();
    let file = files
        .iter_mut()
        .find(|(one, _)| one == path)
        .expect("there");
    let text = String::from_utf8(file.1.clone()).expect("text");
    file.1 = text.replacen(from, to, 1).into_bytes();
    sealed(files)
}
