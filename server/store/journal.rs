//! The journal of a proposal: one row an act, never changed, each chained to the one before by
//! its hash. Written in the transaction of the act it tells of.

use sha2::{Digest, Sha256};

use super::refs::{PersonRef, add_once, organisation_today, person_at, person_columns};
use super::{Row, Tx, args};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::stage::Stage;

/// An act to write down.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What was done: a transition's number (`T02`), `invite`, `uninvite`, `rename`, `restore`,
    /// `thread_opened`, `thread_closed`, `thread_reopened` (noted by kind, section and outcome).
    pub act: &'a str,
    /// Who did it.
    pub person_id: Option<&'a str>,
    /// The stage it left.
    pub from: Option<Stage>,
    /// The stage it reached.
    pub to: Option<Stage>,
    /// What else there is to say.
    pub note: Option<&'a str>,
    /// The document's `head_seq` at that moment, where the text matters.
    pub document_seq: Option<i64>,
    /// When.
    pub at: Timestamp,
}

/// An act, read back.
#[derive(Clone, Debug)]
pub struct Act {
    /// Its place in the journal, from 1.
    pub rank: i64,
    /// What was done.
    pub act: String,
    /// Who did it.
    pub person: Option<PersonRef>,
    /// The stage it left.
    pub from_stage: Option<String>,
    /// The stage it reached.
    pub to_stage: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
    /// The document's `head_seq` at that moment, where the text matters.
    pub document_seq: Option<i64>,
    /// When, in milliseconds UTC.
    pub created_at_ms: i64,
}

impl Tx {
    /// Writes an act down; its rank. The transaction holds the document's row: ranks follow each other.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record(&mut self, proposal: &ProposalId, entry: &Entry<'_>) -> Result<i64> {
        let last = self
            .row(
                "select rank, hash from journal where proposal_id = $1 order by rank desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        let (rank, before) = match last {
            Some(row) => (row.int(0)? + 1, row.bytes(1)?),
            None => (1, Vec::new()),
        };
        let (from, to) = (entry.from.map(Stage::key), entry.to.map(Stage::key));
        let hash = Link {
            proposal: proposal.as_str(),
            rank,
            act: entry.act,
            person_id: entry.person_id,
            from_stage: from,
            to_stage: to,
            note: entry.note,
            document_seq: entry.document_seq,
            created_at_ms: entry.at.ms(),
        }
        .hash(&before);
        self.run(
            "insert into journal (proposal_id, rank, act, person_id, from_stage, to_stage, note,
                                  document_seq, created_at_ms, hash)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            args![
                proposal.as_str(),
                rank,
                entry.act,
                entry.person_id,
                from,
                to,
                entry.note,
                entry.document_seq,
                entry.at.ms(),
                hash
            ],
        )
        .await?;
        Ok(rank)
    }

    /// The acts on a proposal, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn acts(&mut self, proposal: &ProposalId, today: &Day) -> Result<Vec<Act>> {
        let (mut acts, mut people) = (Vec::new(), Vec::new());
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from (select distinct person_id from journal where proposal_id = $1) j
                      join person p on p.person_id = j.person_id",
                    organisation_today!("$2", "$3"),
                    "order by p.person_id, f.valid_from"
                ),
                args![proposal.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            add_once(&mut people, person_at(&row, 0)?);
        }
        for row in self.journal_rows(proposal).await? {
            let person_id = row.opt_text(2)?;
            acts.push(Act {
                rank: row.int(0)?,
                act: row.text(1)?,
                person: people
                    .iter()
                    .find(|one| Some(&one.person_id) == person_id.as_ref())
                    .cloned(),
                from_stage: row.opt_text(3)?,
                to_stage: row.opt_text(4)?,
                note: row.opt_text(5)?,
                document_seq: row.opt_int(6)?,
                created_at_ms: row.int(7)?,
            });
        }
        Ok(acts)
    }

    /// Whether no row of a proposal's journal was changed, removed or slipped in (but at its end).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn journal_is_whole(&mut self, proposal: &ProposalId) -> Result<bool> {
        let mut before = Vec::new();
        for (expected, row) in (1..).zip(self.journal_rows(proposal).await?) {
            let (rank, act) = (row.int(0)?, row.text(1)?);
            let (person_id, from, to) = (row.opt_text(2)?, row.opt_text(3)?, row.opt_text(4)?);
            let note = row.opt_text(5)?;
            let hash = Link {
                proposal: proposal.as_str(),
                rank,
                act: &act,
                person_id: person_id.as_deref(),
                from_stage: from.as_deref(),
                to_stage: to.as_deref(),
                note: note.as_deref(),
                document_seq: row.opt_int(6)?,
                created_at_ms: row.int(7)?,
            }
            .hash(&before);
            if rank != expected || hash != row.bytes(8)? {
                return Ok(false);
            }
            before = hash;
        }
        Ok(true)
    }

    async fn journal_rows(&mut self, proposal: &ProposalId) -> Result<Vec<Row>> {
        self.rows(
            "select rank, act, person_id, from_stage, to_stage, note, document_seq,
                    created_at_ms, hash
             from journal where proposal_id = $1 order by rank",
            args![proposal.as_str()],
        )
        .await
    }
}

/// What a row's hash covers.
struct Link<'a> {
    proposal: &'a str,
    rank: i64,
    act: &'a str,
    person_id: Option<&'a str>,
    from_stage: Option<&'a str>,
    to_stage: Option<&'a str>,
    note: Option<&'a str>,
    document_seq: Option<i64>,
    created_at_ms: i64,
}

impl Link<'_> {
    /// SHA-256 of the hash before, then every field with its length, so that no two rows
    /// read the same.
    fn hash(&self, before: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        let mut field = |bytes: Option<&[u8]>| match bytes {
            Some(bytes) => {
                digest.update((bytes.len() as u64 + 1).to_be_bytes());
                digest.update(bytes);
            }
            None => digest.update(0_u64.to_be_bytes()),
        };
        field(Some(before));
        field(Some(self.proposal.as_bytes()));
        field(Some(&self.rank.to_be_bytes()));
        for text in [
            Some(self.act),
            self.person_id,
            self.from_stage,
            self.to_stage,
            self.note,
        ] {
            field(text.map(str::as_bytes));
        }
        field(
            self.document_seq
                .map(i64::to_be_bytes)
                .as_ref()
                .map(<[u8; 8]>::as_slice),
        );
        field(Some(&self.created_at_ms.to_be_bytes()));
        digest.finalize().to_vec()
    }
}
