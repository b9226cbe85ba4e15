//! What a check found, in one French sentence: for the command line. The page has the same sentences
//! in its message files.

use super::report::{Finding, Kind, Part, Report, Wrong};
use super::verify::key_ids;

/// One sentence for the whole report.
#[must_use]
pub fn sentence(report: &Report) -> String {
    match report.findings.first() {
        None => intact(report),
        Some(finding) => {
            let more = report.findings.len() - 1;
            let first = wrong(report.kind, finding);
            match more {
                0 => format!("{first}."),
                1 => format!("{first}, et une autre anomalie\u{a0}: voir --verbose."),
                _ => format!("{first}, et {more} autres anomalies\u{a0}: voir --verbose."),
            }
        }
    }
}

/// Every thing that is wrong, one sentence each.
#[must_use]
pub fn all(report: &Report) -> Vec<String> {
    let each = |finding| format!("{}.", wrong(report.kind, finding));
    report.findings.iter().map(each).collect()
}

fn intact(report: &Report) -> String {
    let facts = &report.facts;
    let keys = key_ids(facts).join(" et ");
    let whose = if report.is_key_trusted {
        format!("par la clé {keys}, qui est parmi celles que vous avez données")
    } else {
        format!(
            "par la clé {keys}\u{a0}; cette clé vient du fichier lui-même, comparez-la à celle que \
             publie le service (--key)"
        )
    };
    match report.kind {
        Kind::Dossier => format!(
            "Ce dossier est intact\u{a0}: {}, {}, {}, scellés {whose}.",
            counted(facts.versions, "version", "versions"),
            counted(facts.opinions, "avis", "avis"),
            counted(facts.acts, "acte", "actes"),
        ),
        Kind::Version | Kind::Unknown => {
            let version = facts.sealed.first();
            let rank = version.map_or(0, |one| one.rank);
            let number = version.map_or("", |one| one.proposal_number.as_str());
            let of = if number.is_empty() {
                String::new()
            } else {
                format!(" de {number}")
            };
            format!("Cette version est intacte\u{a0}: version {rank}{of}, scellée {whose}.")
        }
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    let word = if count < 2 { one } else { several };
    format!("{} {word}", grouped(count))
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

fn wrong(kind: Kind, finding: &Finding) -> String {
    let whole = match kind {
        Kind::Version => "ce fichier",
        Kind::Dossier => "ce dossier",
        Kind::Unknown => "ce fichier",
    };
    let file = if finding.file.is_empty() {
        whole
    } else {
        finding.file.as_str()
    };
    match &finding.wrong {
        Wrong::Byte {
            offset,
            is,
            should_be,
        } => format!(
            "L'octet {} de {file} vaut {} au lieu de {}",
            grouped(offset + 1),
            shown(*is),
            shown(*should_be)
        ),
        Wrong::Changed(part) => match part {
            Part::Structure => format!("{file} est abîmé\u{a0}: sa structure n'est plus lisible"),
            Part::Content => format!("Plus d'un octet du contenu de {file} a été changé"),
            Part::Signature => format!(
                "La signature de {file} ne correspond pas à sa déclaration\u{a0}: l'une, l'autre ou la clé a été changée"
            ),
            Part::Tail => format!(
                "La somme de contrôle à la fin de {file} n'est pas la bonne\u{a0}; le contenu et la signature, eux, sont intacts"
            ),
            Part::File => format!("Plus d'un octet de {file} a été changé"),
            Part::Wrapping => {
                format!("L'enveloppe ZIP de {file} a été changée\u{a0}: noms, longueurs ou ordre")
            }
            Part::Agreement => format!("{file} ne concorde pas avec le reste du dossier"),
        },
        Wrong::Journal(rank) => format!(
            "L'acte {rank} de {file} ne s'enchaîne pas avec le précédent\u{a0}: il a été changé, ajouté ou retiré"
        ),
        Wrong::KeyUnknown => {
            format!("{file} est signé par une clé qui n'est pas parmi celles que vous avez données")
        }
        Wrong::Unreadable => {
            "Ce fichier n'est ni une version ni un dossier de Chantier, ou sa fin manque".to_owned()
        }
    }
}

/// A byte, as a letter where it is one.
fn shown(byte: u8) -> String {
    if byte.is_ascii_graphic() {
        let letter = char::from(byte);
        format!("«\u{202f}{letter}\u{202f}» (0x{byte:02X})")
    } else {
        format!("0x{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_bytes_are_written_for_people() {
        assert_eq!(grouped(1234), "1\u{202f}234");
        assert_eq!(grouped(999), "999");
        assert_eq!(shown(b'e'), "«\u{202f}e\u{202f}» (0x65)");
        assert_eq!(shown(0xc3), "0xC3");
    }
}
