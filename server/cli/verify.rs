//! `chantier verify FILE`: checks a version or a dossier without any server;
//! `chantier verify --journal`: checks the journals of a database and their signed heads.
//! Its sentences are in French, for the people who hold such files.

use std::path::PathBuf;

use super::database::{Database, block_on};
use super::serve::{cause_of, say};
use crate::proof::report::Report;
use crate::proof::{journal_file, sentences, verify};
use crate::store::journal::check::{Broken, Checked, Flaw, WrongJournal};

/// What to check.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// A version (.json) or a dossier (.zip).
    #[arg(required_unless_present = "journal")]
    file: Option<PathBuf>,

    /// Keys to trust: the service's `/api/verification/keys`, saved. Without it the key is the file's own.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Check the journals of a database instead of a file.
    #[arg(long, conflicts_with_all = ["file", "key"])]
    journal: bool,

    /// Tell everything that was found.
    #[arg(long)]
    verbose: bool,

    #[command(flatten)]
    database: Database,
}

/// Checks; whether all holds.
///
/// # Errors
/// One sentence: what was asked could not be read.
pub(super) fn run(asked: Verify) -> Result<bool, String> {
    let Some(path) = asked.file else {
        return block_on(journals(asked.database));
    };
    let read = |path: &PathBuf| {
        std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let file = read(&path)?;
    let trusted = match &asked.key {
        Some(path) => Some(
            journal_file::public_keys(&read(path)?)
                .ok_or_else(|| format!("{} holds no public key", path.display()))?,
        ),
        None => None,
    };
    let report = verify(&file, trusted.as_deref());
    say(&sentences::sentence(&report))?;
    if asked.verbose {
        for line in details(&report) {
            say(&line)?;
        }
    }
    Ok(report.is_intact())
}

/// Everything that was found, a line each.
fn details(report: &Report) -> Vec<String> {
    let mut lines = vec![format!(
        "verdict: {} ({})",
        report.code(),
        report.kind.key()
    )];
    lines.extend(sentences::all(report));
    lines.extend(report.facts.sealed.iter().map(|one| {
        format!(
            "version {}: {}, tour {}, empreinte {}",
            one.rank, one.reason, one.round, one.content_sha256
        )
    }));
    lines
}

async fn journals(database: Database) -> Result<bool, String> {
    let store = database.open_existing().await?;
    let checked = store.check_journals().await;
    let checked = checked.map_err(|error| cause_of(&error))?;
    let administration = store.check_admin_journal().await;
    let (broken, acts) = administration.map_err(|error| cause_of(&error))?;
    store.close().await;
    say(&journal_sentence(&checked))?;
    say(&match broken {
        None => format!("Le journal de l'administration est intact\u{a0}: {acts} actes."),
        Some(rank) => format!(
            "Journal de l'administration rompu\u{a0}: l'acte {rank} manque, a été changé, ou ne s'enchaîne pas avec le précédent."
        ),
    })?;
    Ok(checked.first_wrong.is_none() && broken.is_none())
}

fn journal_sentence(checked: &Checked) -> String {
    let row = |rank: i64, proposal: &str| format!("l'acte {rank} de la proposition {proposal}");
    match &checked.first_wrong {
        None => format!(
            "Les journaux sont intacts\u{a0}: {} propositions, {} actes, {} têtes signées.",
            checked.chains, checked.rows, checked.heads
        ),
        Some(WrongJournal::Row(proposal, Broken { rank, flaw })) => {
            let which = row(*rank, proposal.as_str());
            match flaw {
                Flaw::Missing => format!("Journal rompu\u{a0}: {which} manque."),
                Flaw::Hash => format!(
                    "Journal rompu\u{a0}: {which} a été changé, ou ne s'enchaîne pas avec le précédent."
                ),
                Flaw::Text => {
                    format!(
                        "Journal rompu\u{a0}: le texte joint à {which} n'est pas celui d'origine."
                    )
                }
            }
        }
        Some(WrongJournal::Head {
            head,
            proposal,
            rank,
        }) => format!(
            "Journal rompu\u{a0}: {} manque ou a été remplacé, alors que la tête signée {head} le nomme.",
            row(*rank, proposal.as_str())
        ),
        Some(WrongJournal::BadHead(head)) => format!(
            "Journal rompu\u{a0}: la tête {head} n'est pas signée par une clé du service, ou ne suit pas la précédente."
        ),
    }
}
