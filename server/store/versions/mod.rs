//! Versions: frozen states of a proposal. Opened in the transaction of the act that freezes, with
//! the work row that seals it; sealed once, after that; never changed again (the database refuses).

pub mod reading;
mod sheet_copy;

use super::journal::Entry;
use super::{Row, Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId, VersionId};
use crate::proof::canonical;

/// The act in the journal that says that a version is sealed.
pub const SEALED: &str = "sealed";

/// The kind of the work that seals.
pub const SEAL: &str = "seal";

/// Why a version was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The proposal was deposited (T03).
    Deposit,
    /// The text was frozen for an opinion (T08).
    Freeze,
    /// A body gave its opinion.
    Opinion,
    /// It went to the Region (T14, T15, T19).
    Arbitration,
    /// A decision was taken.
    Decision,
    /// The action was completed.
    Completion,
}

impl Reason {
    /// Its key in tables and files.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Freeze => "freeze",
            Self::Opinion => "opinion",
            Self::Arbitration => "arbitration",
            Self::Decision => "decision",
            Self::Completion => "completion",
        }
    }
}

/// A version to open.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Why.
    pub reason: Reason,
    /// The round of the proposal.
    pub round: i64,
    /// The place of the log whose text it holds.
    pub document_seq: i64,
    /// The person who opens it.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// A version's row.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// Its id.
    pub version_id: VersionId,
    /// Its proposal.
    pub proposal_id: ProposalId,
    /// Its place among the proposal's versions, from 1.
    pub rank: i64,
    /// Why it was made: a key of [`Reason`].
    pub reason: String,
    /// The round of the proposal.
    pub round: i64,
    /// The text's document.
    pub document_id: DocumentId,
    /// The document's unbroken history.
    pub lineage: String,
    /// The place of the log whose text it holds.
    pub document_seq: i64,
    /// The title then.
    pub title: String,
    /// The summary then.
    pub summary: String,
    /// Who opened it.
    pub opened_by: Option<String>,
    /// When it was opened, in milliseconds UTC.
    pub opened_at_ms: i64,
    /// When it was sealed.
    pub sealed_at_ms: Option<i64>,
    /// SHA-256 of its canonical content, in hexadecimal, once sealed.
    pub content_sha256: Option<String>,
    /// The key that signed it.
    pub key_id: Option<String>,
}

/// What sealing makes.
#[derive(Clone, Debug)]
pub struct Seal {
    /// SHA-256 of the canonical content, in hexadecimal.
    pub content_sha256: String,
    /// The key that signed.
    pub key_id: String,
    /// The signed file, its exact bytes.
    pub file: Vec<u8>,
    /// The readable page, its exact bytes.
    pub page: Vec<u8>,
    /// When, as the statement says.
    pub at: Timestamp,
}

macro_rules! version_columns {
    () => {
        "version_id, proposal_id, rank, reason, round, document_id, lineage, document_seq, title,
         summary, opened_by, opened_at_ms, sealed_at_ms, content_sha256, key_id"
    };
}

fn version_at(row: &Row) -> Result<VersionRow> {
    Ok(VersionRow {
        version_id: row.text(0)?.into(),
        proposal_id: row.text(1)?.into(),
        rank: row.int(2)?,
        reason: row.text(3)?,
        round: row.int(4)?,
        document_id: row.text(5)?.into(),
        lineage: row.text(6)?,
        document_seq: row.int(7)?,
        title: row.text(8)?,
        summary: row.text(9)?,
        opened_by: row.opt_text(10)?,
        opened_at_ms: row.int(11)?,
        sealed_at_ms: row.opt_int(12)?,
        content_sha256: row.opt_text(13)?,
        key_id: row.opt_text(14)?,
    })
}

impl Tx {
    /// Opens a version in the transaction that freezes: its row, a copy of the sheet's rows, and the
    /// work that seals it once this is committed ([`crate::work::Work::sealing_due`]). The
    /// transaction holds the document's row. Name the version in the act's journal row.
    ///
    /// # Errors
    /// `NotFound` without such a proposal.
    pub async fn open_version(
        &mut self,
        proposal: &ProposalId,
        opening: &Opening<'_>,
    ) -> Result<VersionId> {
        let last = self
            .row(
                "select coalesce(max(rank), 0) from version where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        let rank = last.map_or(Ok(0), |row| row.int(0))? + 1;
        let row = self
            .row(
                "select p.title, p.summary, d.document_id, d.lineage from proposal p
                 join document d on d.document_id = p.document_id where p.proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let sheet = canonical::json(&self.sheet_copy(proposal).await?);
        let version = VersionId::new();
        self.run(
            "insert into version (version_id, proposal_id, rank, reason, round, document_id, lineage,
                                  document_seq, title, summary, sheet, opened_by, opened_at_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            args![
                version.as_str(),
                proposal.as_str(),
                rank,
                opening.reason.key(),
                opening.round,
                row.text(2)?,
                row.text(3)?,
                opening.document_seq,
                row.text(0)?,
                row.text(1)?,
                sheet,
                opening.by,
                opening.at.ms()
            ],
        )
        .await?;
        self.add_work(SEAL, version.as_str(), opening.at).await?;
        Ok(version)
    }

    /// A version's row, sealed or not.
    ///
    /// # Errors
    /// `NotFound` without such a version.
    pub async fn version(&mut self, version: &VersionId) -> Result<VersionRow> {
        let row = self
            .row(
                concat!(
                    "select ",
                    version_columns!(),
                    " from version where version_id = $1"
                ),
                args![version.as_str()],
            )
            .await?;
        version_at(&row.ok_or(Error::NotFound)?)
    }

    /// The versions of a proposal, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn versions(&mut self, proposal: &ProposalId) -> Result<Vec<VersionRow>> {
        self.rows(
            concat!(
                "select ",
                version_columns!(),
                " from version where proposal_id = $1 order by rank"
            ),
            args![proposal.as_str()],
        )
        .await?
        .iter()
        .map(version_at)
        .collect()
    }

    /// The copy of the sheet's rows that a version holds, as canonical JSON.
    ///
    /// # Errors
    /// `NotFound` without such a version.
    pub async fn version_sheet(&mut self, version: &VersionId) -> Result<String> {
        let row = self
            .row(
                "select sheet from version where version_id = $1",
                args![version.as_str()],
            )
            .await?;
        row.ok_or(Error::NotFound)?.text(0)
    }

    /// The number of a proposal, if it has one.
    ///
    /// # Errors
    /// `NotFound` without such a proposal.
    pub async fn proposal_number(&mut self, proposal: &ProposalId) -> Result<Option<String>> {
        let row = self
            .row(
                "select number from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        row.ok_or(Error::NotFound)?.opt_text(0)
    }

    /// The rank and hash of the act that opened a version, if the journal names it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn opening_act(&mut self, version: &VersionRow) -> Result<Option<(i64, Vec<u8>)>> {
        let row = self
            .row(
                "select rank, hash from journal where proposal_id = $1 and version_id = $2
                 order by rank limit 1",
                args![version.proposal_id.as_str(), version.version_id.as_str()],
            )
            .await?;
        row.map(|row| Ok((row.int(0)?, row.bytes(1)?))).transpose()
    }

    /// The exact bytes of a sealed version's file: `json` or `html`.
    ///
    /// # Errors
    /// `NotFound` before it is sealed, and without such a version.
    pub async fn version_file(&mut self, version: &VersionId, name: &str) -> Result<Vec<u8>> {
        let row = self
            .row(
                "select body from version_file where version_id = $1 and name = $2",
                args![version.as_str(), name],
            )
            .await?;
        row.ok_or(Error::NotFound)?.bytes(0)
    }
}

impl Store {
    /// Keeps the seal of a version: its columns, its files, a journal row, the work done. Doing it
    /// twice changes nothing.
    ///
    /// # Errors
    /// `NotFound` without such a version.
    pub async fn seal_version(&self, version: &VersionRow, seal: &Seal) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        tx.hold_document(&version.proposal_id).await?;
        let sealed = tx
            .run(
                "update version set sealed_at_ms = $1, content_sha256 = $2, key_id = $3
                 where version_id = $4 and sealed_at_ms is null",
                args![
                    seal.at.ms(),
                    &seal.content_sha256,
                    &seal.key_id,
                    version.version_id.as_str()
                ],
            )
            .await?;
        if sealed == 1 {
            for (name, body) in [("json", &seal.file), ("html", &seal.page)] {
                tx.run(
                    "insert into version_file (version_id, name, body) values ($1, $2, $3)",
                    args![version.version_id.as_str(), name, body.clone()],
                )
                .await?;
            }
            let details = canonical::json(&serde_json::json!({
                "content_sha256": seal.content_sha256,
                "key_id": seal.key_id,
            }));
            let entry = Entry {
                details: Some(&details),
                version_id: Some(version.version_id.as_str()),
                document_seq: Some(version.document_seq),
                ..Entry::new(SEALED, seal.at)
            };
            tx.record(&version.proposal_id, &entry).await?;
        }
        tx.work_done(SEAL, version.version_id.as_str(), now).await?;
        tx.commit().await
    }
}
