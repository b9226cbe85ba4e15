//! A dossier: a ZIP whose first file, `manifest.json`, is a sealed list of all others. Adding a
//! file to a dossier is one more pair for [`make`]; a reader checks it with the rest.

use serde_json::{Map, Value, json};

use super::crc::{crc32, crc32_hex};
use super::envelope::{self, Opened};
use super::journal_file::{self, JournalFile};
use super::keys::SigningKey;
use super::report::{Facts, Finding, Part, Wrong};
use super::verify::{VERSION_FORMAT, sealed_facts};
use super::zip::{self, Entry, TooLarge};
use super::{Signed, canonical, hex, one_byte, sha256};

/// The format of a dossier's statement.
pub const FORMAT: &str = "chantier.dossier.1";

/// The sealed list, first in the archive.
pub const MANIFEST: &str = "manifest.json";

/// The files that every dossier has beside its versions.
pub const JOURNAL: &str = "journal.json";
/// The opinions.
pub const OPINIONS: &str = "opinions.json";
/// The public keys.
pub const KEYS: &str = "keys.json";

/// The archive of these files, their sealed list first. `about` is what the statement says beside.
///
/// # Errors
/// [`TooLarge`].
pub fn make(
    mut files: Vec<(String, Vec<u8>)>,
    about: Map<String, Value>,
    key: &SigningKey,
) -> Result<Vec<u8>, TooLarge> {
    let listed: Vec<Value> = files
        .iter()
        .map(|(path, body)| {
            json!({
                "path": path,
                "bytes": body.len(),
                "crc32": crc32_hex(body),
                "sha256": hex(&sha256(body)),
            })
        })
        .collect();
    let content = canonical::json(&json!({ "files": listed }));
    let manifest = envelope::seal(FORMAT, &content, about, key);
    files.insert(0, (MANIFEST.to_owned(), manifest));
    zip::archive(&files)
}

/// A file as the sealed list names it, and where it stands in the archive.
struct Listed {
    path: String,
    bytes: usize,
    crc32: String,
    sha256: String,
    from: usize,
}

/// Reads the sealed list of an archive.
fn listed(opened: &Opened<'_>, manifest_bytes: usize) -> Option<Vec<Listed>> {
    let content: Value = serde_json::from_slice(opened.content).ok()?;
    let mut at = header_bytes(MANIFEST) + manifest_bytes;
    let mut files = Vec::new();
    for one in content.get("files")?.as_array()? {
        let text = |name: &str| Some(one.get(name)?.as_str()?.to_owned());
        let path = text("path")?;
        let bytes = usize::try_from(one.get("bytes")?.as_u64()?).ok()?;
        let from = at.checked_add(header_bytes(&path))?;
        at = from.checked_add(bytes)?;
        files.push(Listed {
            bytes,
            crc32: text("crc32")?,
            sha256: text("sha256")?,
            from,
            path,
        });
    }
    Some(files)
}

fn header_bytes(path: &str) -> usize {
    30 + path.len()
}

/// Checks a dossier strictly: every byte, then that its files agree.
///
/// # Errors
/// All that is wrong, file by file.
pub fn check(archive: &[u8]) -> Result<Facts, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let wrapping = || one(Finding::changed(Part::Wrapping));
    let manifest = zip::first(archive, MANIFEST).ok_or_else(wrapping)?;
    let opened =
        envelope::open(manifest, FORMAT).map_err(|finding| one(finding.within(MANIFEST)))?;
    let files = listed(&opened, manifest.len()).ok_or_else(wrapping)?;
    let wrong: Vec<Finding> = files
        .iter()
        .filter_map(|file| file_finding(archive, file))
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if !is_wrapped(archive, manifest, &files) {
        return Err(wrapping());
    }
    agree(archive, &opened, &files).map_err(one)
}

fn body<'a>(archive: &'a [u8], file: &Listed) -> Option<&'a [u8]> {
    archive.get(file.from..file.from.checked_add(file.bytes)?)
}

/// What is wrong with one file, told by the sealed list.
fn file_finding(archive: &[u8], file: &Listed) -> Option<Finding> {
    let Some(body) = body(archive, file) else {
        return Some(Finding::changed(Part::File).within(&file.path));
    };
    if hex(&sha256(body)) == file.sha256 {
        return None;
    }
    let signed = Signed {
        crc32: &file.crc32,
        sha256: &file.sha256,
        bytes: file.bytes,
    };
    let finding = match one_byte(body, &signed) {
        Some(found) => Finding::byte(found.offset, body[found.offset], found.should_be),
        None => Finding::changed(Part::File),
    };
    Some(finding.within(&file.path))
}

/// Whether all bytes around the files are as [`zip::archive`] writes them.
fn is_wrapped(archive: &[u8], manifest: &[u8], files: &[Listed]) -> bool {
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    let mut entries = vec![Entry {
        path: MANIFEST,
        crc32: crc32(manifest),
        bytes: length(manifest.len()),
    }];
    let mut at = header_bytes(MANIFEST) + manifest.len();
    for file in files {
        let Ok(crc32) = u32::from_str_radix(&file.crc32, 16) else {
            return false;
        };
        let entry = Entry {
            path: &file.path,
            crc32,
            bytes: length(file.bytes),
        };
        if archive.get(at..file.from) != Some(&zip::local_header(&entry)) {
            return false;
        }
        at = file.from + file.bytes;
        entries.push(entry);
    }
    let first = archive.get(..header_bytes(MANIFEST)) == Some(&zip::local_header(&entries[0]));
    let Some((before, digits)) = zip::split_tail(archive) else {
        return false;
    };
    first
        && before.get(at..) == Some(&zip::ending(&entries))
        && digits == crc32_hex(before).as_bytes()
}

/// Whether the files, each intact, say the same: versions, pages, journal, keys.
fn agree(archive: &[u8], manifest: &Opened<'_>, files: &[Listed]) -> Result<Facts, Finding> {
    let file = |path: &str| {
        let found = files.iter().find(|file| file.path == path);
        found.and_then(|file| body(archive, file))
    };
    let disagree = |path: &str| Finding::changed(Part::Agreement).within(path);
    let needed = |path: &str| file(path).ok_or_else(|| disagree(path));
    let mut facts = Facts::default();
    facts.add_key(&manifest.public_key);
    let journal = JournalFile::read(needed(JOURNAL)?).ok_or_else(|| disagree(JOURNAL))?;
    if let Some(rank) = journal.first_broken() {
        return Err(Finding {
            file: JOURNAL.to_owned(),
            wrong: Wrong::Journal(rank),
        });
    }
    for version in files.iter().filter(|file| is_version(&file.path)) {
        let path = version.path.as_str();
        let bytes = needed(path)?;
        let opened = envelope::open(bytes, VERSION_FORMAT).map_err(|found| found.within(path))?;
        let page = path.replace(".json", ".html");
        if hex(&sha256(needed(&page)?)) != opened.text("page_sha256") {
            return Err(disagree(&page));
        }
        if opened.text("proposal_id") != journal.proposal_id || !is_in_journal(&opened, &journal) {
            return Err(disagree(path));
        }
        facts.add_key(&opened.public_key);
        facts.sealed.push(sealed_facts(&opened));
    }
    let known = journal_file::public_keys(needed(KEYS)?).ok_or_else(|| disagree(KEYS))?;
    if facts.keys.iter().any(|key| !known.contains(key)) {
        return Err(disagree(KEYS));
    }
    facts.versions = facts.sealed.len();
    facts.acts = journal.rows.len();
    facts.opinions =
        journal_file::count(needed(OPINIONS)?, "opinions").ok_or_else(|| disagree(OPINIONS))?;
    Ok(facts)
}

fn is_version(path: &str) -> bool {
    path.starts_with("versions/") && path.ends_with(".json")
}

/// Whether the act that a version names stands in the journal with the same hash.
fn is_in_journal(version: &Opened<'_>, journal: &JournalFile) -> bool {
    let Some(hash) = version
        .statement
        .get("journal_hash")
        .and_then(Value::as_str)
    else {
        return true;
    };
    let rank = version.number("journal_rank");
    let mut rows = journal.rows.iter();
    rows.any(|row| row.rank == rank && hex(&row.hash) == hash)
}

/// A byte of the archive as its file's: told from the archive as it should be.
#[must_use]
pub fn place(archive: &[u8], offset: usize, is: u8, should_be: u8) -> Finding {
    let whole = || Finding::byte(offset, is, should_be);
    let Some(manifest) = zip::first(archive, MANIFEST) else {
        return whole();
    };
    let from = header_bytes(MANIFEST);
    if (from..from + manifest.len()).contains(&offset) {
        return Finding::byte(offset - from, is, should_be).within(MANIFEST);
    }
    let files = envelope::open(manifest, FORMAT)
        .ok()
        .and_then(|opened| listed(&opened, manifest.len()))
        .unwrap_or_default();
    let held = files
        .iter()
        .find(|file| (file.from..file.from + file.bytes).contains(&offset));
    match held {
        Some(file) => Finding::byte(offset - file.from, is, should_be).within(&file.path),
        None => whole(),
    }
}
