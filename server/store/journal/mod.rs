//! The journal of a proposal: one row an act, never changed, each chained to the one before by
//! its hash (`proof/link.rs`). Written in the transaction of the act it tells of. Free text is kept
//! beside it, under a salted hash, so that it can be erased.

pub mod check;
pub mod heads;

use super::refs::{PersonRef, add_once, organisation_today, person_at, person_columns};
use super::{Row, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::proof::link::{Link, text_hash};
use crate::rules::day::Day;
use crate::rules::role::Role;
use crate::rules::stage::Stage;

/// The format of the rows written now.
const FORMAT: i64 = 2;

/// An act to write down: `Entry { person_id, ..Entry::new("T02", now) }`.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What was done: a transition's number (`T02`), `invite`, `uninvite`, `rename`, `restore`,
    /// `sealed`.
    pub act: &'a str,
    /// Who did it.
    pub person_id: Option<&'a str>,
    /// In which of their roles.
    pub capacity: Option<Role>,
    /// The stage it left.
    pub from: Option<Stage>,
    /// The stage it reached.
    pub to: Option<Stage>,
    /// A code or a number, never free text.
    pub note: Option<&'a str>,
    /// Free text: a reason, a motive. It can be erased later; the chain holds its salted hash.
    pub text: Option<&'a str>,
    /// Facts without free text or names as canonical JSON ([`crate::proof::canonical`]).
    pub details: Option<&'a str>,
    /// The version it is about.
    pub version_id: Option<&'a str>,
    /// The document's `head_seq` at that moment, where the text matters.
    pub document_seq: Option<i64>,
    /// When.
    pub at: Timestamp,
}

impl<'a> Entry<'a> {
    /// An act of nobody in particular, with nothing more to say.
    #[must_use]
    pub const fn new(act: &'a str, at: Timestamp) -> Self {
        Self {
            act,
            person_id: None,
            capacity: None,
            from: None,
            to: None,
            note: None,
            text: None,
            details: None,
            version_id: None,
            document_seq: None,
            at,
        }
    }
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
    /// The key of the role they acted in.
    pub capacity: Option<String>,
    /// The stage it left.
    pub from_stage: Option<String>,
    /// The stage it reached.
    pub to_stage: Option<String>,
    /// A code or a number; in rows of the first format maybe a text.
    pub note: Option<String>,
    /// The free text, unless there was none or it was erased.
    pub text: Option<String>,
    /// Whether there was a text that was erased.
    pub is_text_erased: bool,
    /// Facts as canonical JSON.
    pub details: Option<String>,
    /// The version it is about.
    pub version_id: Option<String>,
    /// The document's `head_seq` at that moment, where the text matters.
    pub document_seq: Option<i64>,
    /// When, in milliseconds UTC.
    pub created_at_ms: i64,
}

/// A row as it is kept, with the text beside it.
#[derive(Clone, Debug)]
pub struct JournalRow {
    /// 1 or 2.
    pub format: i64,
    /// Its place, from 1.
    pub rank: i64,
    /// What was done.
    pub act: String,
    /// Who did it.
    pub person_id: Option<String>,
    /// In which role.
    pub capacity: Option<String>,
    /// The stage it left.
    pub from_stage: Option<String>,
    /// The stage it reached.
    pub to_stage: Option<String>,
    /// A code or a number.
    pub note: Option<String>,
    /// The salted hash of the free text.
    pub text_hash: Option<Vec<u8>>,
    /// Facts as canonical JSON.
    pub details: Option<String>,
    /// The version it is about.
    pub version_id: Option<String>,
    /// The document's `head_seq`.
    pub document_seq: Option<i64>,
    /// When, in milliseconds UTC.
    pub created_at_ms: i64,
    /// The hash of the row.
    pub hash: Vec<u8>,
    /// The salt and the free text, unless erased.
    pub text: Option<(Vec<u8>, String)>,
}

impl JournalRow {
    /// What its hash covers.
    #[must_use]
    pub fn link<'a>(&'a self, proposal: &'a ProposalId) -> Link<'a> {
        Link {
            format: self.format,
            proposal_id: proposal.as_str(),
            rank: self.rank,
            act: &self.act,
            person_id: self.person_id.as_deref(),
            capacity: self.capacity.as_deref(),
            from_stage: self.from_stage.as_deref(),
            to_stage: self.to_stage.as_deref(),
            note: self.note.as_deref(),
            text_hash: self.text_hash.as_deref(),
            details: self.details.as_deref(),
            version_id: self.version_id.as_deref(),
            document_seq: self.document_seq,
            created_at_ms: self.created_at_ms,
        }
    }
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
        let text_hash = match entry.text {
            Some(text) => Some(self.keep_text(proposal, rank, text).await?),
            None => None,
        };
        let link = Link {
            format: FORMAT,
            proposal_id: proposal.as_str(),
            rank,
            act: entry.act,
            person_id: entry.person_id,
            capacity: entry.capacity.map(Role::key),
            from_stage: entry.from.map(Stage::key),
            to_stage: entry.to.map(Stage::key),
            note: entry.note,
            text_hash: text_hash.as_deref(),
            details: entry.details,
            version_id: entry.version_id,
            document_seq: entry.document_seq,
            created_at_ms: entry.at.ms(),
        };
        self.insert_link(&link, link.hash(&before)).await?;
        Ok(rank)
    }

    async fn insert_link(&mut self, link: &Link<'_>, hash: Vec<u8>) -> Result<()> {
        self.run(
            "insert into journal (proposal_id, rank, act, person_id, capacity, from_stage, to_stage,
                                  note, text_hash, details, version_id, document_seq,
                                  created_at_ms, format, hash)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            args![
                link.proposal_id,
                link.rank,
                link.act,
                link.person_id,
                link.capacity,
                link.from_stage,
                link.to_stage,
                link.note,
                link.text_hash.map(<[u8]>::to_vec),
                link.details,
                link.version_id,
                link.document_seq,
                link.created_at_ms,
                link.format,
                hash
            ],
        )
        .await
        .map(|_| ())
    }

    /// Keeps the free text of a row, its salt beside it; its hash.
    async fn keep_text(&mut self, proposal: &ProposalId, rank: i64, text: &str) -> Result<Vec<u8>> {
        let mut salt = [0_u8; 16];
        getrandom::fill(&mut salt).map_err(Error::internal)?;
        self.run(
            "insert into journal_text (proposal_id, rank, salt, body) values ($1, $2, $3, $4)",
            args![proposal.as_str(), rank, salt.as_slice(), text],
        )
        .await?;
        Ok(text_hash(&salt, text))
    }

    /// The acts on a proposal, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn acts(&mut self, proposal: &ProposalId, today: &Day) -> Result<Vec<Act>> {
        let people = self.journal_people(proposal, today).await?;
        let rows = self.journal_rows(proposal).await?;
        let act = |row: JournalRow| Act {
            person: people
                .iter()
                .find(|one| Some(&one.person_id) == row.person_id.as_ref())
                .cloned(),
            rank: row.rank,
            act: row.act,
            capacity: row.capacity,
            from_stage: row.from_stage,
            to_stage: row.to_stage,
            note: row.note,
            is_text_erased: row.text_hash.is_some() && row.text.is_none(),
            text: row.text.map(|(_, text)| text),
            details: row.details,
            version_id: row.version_id,
            document_seq: row.document_seq,
            created_at_ms: row.created_at_ms,
        };
        Ok(rows.into_iter().map(act).collect())
    }

    /// Who acted on a proposal, with their organisations today.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn journal_people(
        &mut self,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Vec<PersonRef>> {
        let mut people = Vec::new();
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
        Ok(people)
    }

    /// The rows of a proposal's journal, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn journal_rows(&mut self, proposal: &ProposalId) -> Result<Vec<JournalRow>> {
        self.rows(
            "select j.rank, j.act, j.person_id, j.from_stage, j.to_stage, j.note, j.document_seq,
                    j.created_at_ms, j.hash, j.format, j.capacity, j.text_hash, j.details,
                    j.version_id, t.salt, t.body
             from journal j
             left join journal_text t on t.proposal_id = j.proposal_id and t.rank = j.rank
             where j.proposal_id = $1 order by j.rank",
            args![proposal.as_str()],
        )
        .await?
        .iter()
        .map(row_at)
        .collect()
    }
}

fn row_at(row: &Row) -> Result<JournalRow> {
    Ok(JournalRow {
        rank: row.int(0)?,
        act: row.text(1)?,
        person_id: row.opt_text(2)?,
        from_stage: row.opt_text(3)?,
        to_stage: row.opt_text(4)?,
        note: row.opt_text(5)?,
        document_seq: row.opt_int(6)?,
        created_at_ms: row.int(7)?,
        hash: row.bytes(8)?,
        format: row.int(9)?,
        capacity: row.opt_text(10)?,
        text_hash: row.opt_bytes(11)?,
        details: row.opt_text(12)?,
        version_id: row.opt_text(13)?,
        text: row.opt_bytes(14)?.zip(row.opt_text(15)?),
    })
}
