//! The one reader of sealed files: first strictly, every byte; and when something is wrong, whether
//! a single byte explains it. What explains it is repaired in memory and must then hold strictly.

use super::crc::{crc32_hex, suspects};
use super::report::{Facts, Finding, Kind, Report, SealedFacts, Wrong};
use super::{dossier, envelope, keys, zip};

/// The format of a version's statement.
pub const VERSION_FORMAT: &str = "chantier.version.1";

/// Checks a file. `trusted` are the public keys to trust, if any were given.
#[must_use]
pub fn verify(file: &[u8], trusted: Option<&[Vec<u8>]>) -> Report {
    let kind = kind_of(file);
    let mut report = Report {
        kind,
        findings: Vec::new(),
        facts: Facts::default(),
        is_key_trusted: false,
    };
    match strictly(kind, file) {
        Ok(facts) => {
            let unknown = trusted.and_then(|trusted| {
                let mut signers = facts.keys.iter();
                signers.find(|key| !trusted.contains(key))
            });
            if unknown.is_some() {
                report.findings.push(Finding {
                    file: String::new(),
                    wrong: Wrong::KeyUnknown,
                });
            }
            report.is_key_trusted = trusted.is_some() && unknown.is_none();
            report.facts = facts;
        }
        Err(findings) => {
            report.findings = match one_byte(kind, file) {
                Some(finding) => vec![finding],
                None => findings,
            };
        }
    }
    report
}

fn strictly(kind: Kind, file: &[u8]) -> Result<Facts, Vec<Finding>> {
    match kind {
        Kind::Version => version(file).map_err(|finding| vec![finding]),
        Kind::Dossier => dossier::check(file),
        Kind::Unknown => Err(vec![Finding {
            file: String::new(),
            wrong: Wrong::Unreadable,
        }]),
    }
}

/// Checks one version's file strictly.
fn version(file: &[u8]) -> Result<Facts, Finding> {
    let opened = envelope::open(file, VERSION_FORMAT)?;
    let mut facts = Facts {
        versions: 1,
        sealed: vec![sealed_facts(&opened)],
        ..Facts::default()
    };
    facts.add_key(&opened.public_key);
    Ok(facts)
}

/// What a version's statement says.
pub(super) fn sealed_facts(opened: &envelope::Opened<'_>) -> SealedFacts {
    SealedFacts {
        rank: opened.number("rank"),
        reason: opened.text("reason").to_owned(),
        round: opened.number("round"),
        sealed_at_ms: opened.number("sealed_at_ms"),
        content_sha256: opened.text("content_sha256").to_owned(),
        proposal_number: opened.text("proposal_number").to_owned(),
    }
}

/// Where the tail of a file of this kind has fixed bytes: (offset from the end, byte).
fn tail_bytes(kind: Kind) -> (Vec<u8>, Vec<u8>) {
    match kind {
        Kind::Version => (envelope::TAIL.to_vec(), envelope::TAIL_END.to_vec()),
        Kind::Dossier => (zip::TAIL.to_vec(), Vec::new()),
        Kind::Unknown => (Vec::new(), Vec::new()),
    }
}

/// The fixed bytes of a tail that are not as they should be; `None` when the file is too short.
fn tail_wrongs(kind: Kind, file: &[u8]) -> Option<Vec<(usize, u8)>> {
    let (before, after) = tail_bytes(kind);
    let end = file.len().checked_sub(after.len())?;
    let digits = end.checked_sub(8)?;
    let start = digits.checked_sub(before.len())?;
    let expected = (start..).zip(&before).chain((end..).zip(&after));
    Some(
        expected
            .filter(|(at, byte)| file.get(*at) != Some(byte))
            .map(|(at, byte)| (at, *byte))
            .collect(),
    )
}

/// What kind of file it is: its end says so, and one byte of it may be wrong.
fn kind_of(file: &[u8]) -> Kind {
    [Kind::Version, Kind::Dossier]
        .into_iter()
        .find(|kind| tail_wrongs(*kind, file).is_some_and(|wrongs| wrongs.len() <= 1))
        .unwrap_or(Kind::Unknown)
}

/// The single byte that explains why the file does not hold, if there is one.
fn one_byte(kind: Kind, file: &[u8]) -> Option<Finding> {
    let holds = |offset: usize, should_be: u8| -> Option<Finding> {
        let is = *file.get(offset)?;
        let mut repaired = file.to_vec();
        *repaired.get_mut(offset)? = should_be;
        strictly(kind, &repaired).ok()?;
        Some(match kind {
            Kind::Dossier => dossier::place(&repaired, offset, is, should_be),
            Kind::Version | Kind::Unknown => Finding::byte(offset, is, should_be),
        })
    };
    if let Some(&(offset, should_be)) = tail_wrongs(kind, file)?.first() {
        return holds(offset, should_be);
    }
    let (before, after) = tail_bytes(kind);
    let digits_at = file.len() - after.len() - 8;
    let digits = &file[digits_at..digits_at + 8];
    let body = match kind {
        Kind::Version => &file[..digits_at - before.len()],
        Kind::Dossier | Kind::Unknown => &file[..digits_at],
    };
    let stated = std::str::from_utf8(digits).ok();
    let stated = stated.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let found = stated.and_then(|stated| {
        let mut found = suspects(body, stated).into_iter();
        found.find_map(|suspect| holds(suspect.offset, suspect.should_be))
    });
    // A digit of the checksum itself.
    found.or_else(|| {
        let right = crc32_hex(body);
        let mut differing = digits.iter().zip(right.bytes()).enumerate();
        let (at, (_, right)) = differing.find(|(_, (is, right))| **is != *right)?;
        holds(digits_at + at, right)
    })
}

/// The names of the keys that signed.
#[must_use]
pub fn key_ids(facts: &Facts) -> Vec<String> {
    facts.keys.iter().map(|key| keys::key_id(key)).collect()
}
