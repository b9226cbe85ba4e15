//! The deposit of a proposal (T03) and the request for what is missing (T05): one transaction each,
//! with the stage, the epoch, the journal row and what the act leaves behind.

use super::accounts::Identity;
use super::journal::Entry;
use super::projections::Projection;
use super::proposal_page::ProposalRow;
use super::proposals::decide;
use super::sheet::{Sheet, sheet_facts};
use super::{Row, Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::sheet::{Lack, SectionText, lacks};
use crate::rules::stage::Stage;
use crate::rules::transitions::{Porteur, RequestGuards, SubmitGuards};

/// What the facilitator asks for, its texts tidied and within bounds.
#[derive(Clone, Debug)]
pub struct CompletionAsked {
    /// The reason's key: `incomplete`, `unclear`, `funding`, `documents`, `other`.
    pub reason: &'static str,
    /// What is missing, one point each.
    pub points: Vec<String>,
    /// Until when.
    pub due_on: Day,
}

/// What was asked for, read back.
#[derive(Clone, Debug)]
pub struct CompletionRequest {
    /// The act in the journal.
    pub journal_rank: i64,
    /// The reason's key.
    pub reason: String,
    /// What is missing.
    pub points: Vec<String>,
    /// Until when, as an ISO day.
    pub due_on: String,
    /// When it was answered by a new deposit.
    pub answered_at_ms: Option<i64>,
}

/// What became of a deposit.
#[derive(Debug)]
pub enum Deposited {
    /// Done: the text whose rights changed.
    Done(DocumentId),
    /// The text has moved since it was read: read it again.
    TextMoved,
    /// The sheet lacks all this.
    Incomplete(Vec<Lack>),
}

impl Store {
    /// T03: drafting > submitted. `text` is what the guard reads: the act is fenced by its `seq`.
    /// The number is given once and stays.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by T03, `Conflict` `version_changed`.
    pub async fn submit(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        text: &Projection,
        expected_version: i64,
        rule: impl FnOnce(&Facts, &SubmitGuards<'_>) -> Result<Permit<act::Submit>, Refusal> + Send,
    ) -> Result<Deposited> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        let row = tx.proposal_row(proposal).await?;
        let porteur = porteur(&row);
        let lacking = lacking(text, &tx.sheet(proposal).await?, porteur);
        let guards = SubmitGuards {
            porteur,
            lacking: &lacking,
        };
        let moved = tx.head_seq(&document).await? != text.seq;
        match decide(rule(&facts, &guards), row.version, expected_version) {
            // The guard may have read an old text: only what does not depend on it is final.
            Ok(_) | Err(Error::Refused(SHEET_INCOMPLETE)) if moved => {
                return Ok(Deposited::TextMoved);
            }
            Err(Error::Refused(SHEET_INCOMPLETE)) => return Ok(Deposited::Incomplete(lacking)),
            verdict => verdict?,
        };
        let number = match &row.number {
            Some(number) => number.clone(),
            None => tx.next_number(&row.chantier_id, &today).await?,
        };
        tx.next_epoch(&document).await?;
        tx.run(
            "update proposal set stage = $1, number = $2, stage_since_ms = $3, updated_at_ms = $4,
                    version = version + 1
             where proposal_id = $5",
            args![
                Stage::Submitted.key(),
                &number,
                now.ms(),
                now.ms(),
                proposal.as_str()
            ],
        )
        .await?;
        tx.run(
            "update completion_request set answered_at_ms = $1
             where proposal_id = $2 and answered_at_ms is null",
            args![now.ms(), proposal.as_str()],
        )
        .await?;
        let moved = Moved {
            act: "T03",
            from: row.stage,
            to: Stage::Submitted,
            note: Some(&number),
            document_seq: text.seq,
        };
        tx.record_move(proposal, who, &moved, now).await?;
        tx.commit().await?;
        Ok(Deposited::Done(document))
    }

    /// T05: submitted > drafting, with one grouped request. The text whose rights changed.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by T05, `Conflict` `version_changed`.
    pub async fn request_completion(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        asked: &CompletionAsked,
        expected_version: i64,
        rule: impl FnOnce(&Facts, &RequestGuards) -> Result<Permit<act::RequestCompletion>, Refusal>
        + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        let row = tx.proposal_row(proposal).await?;
        let guards = RequestGuards {
            point_count: asked.points.len(),
            due_in_days: asked.due_on.days_since(&today),
        };
        decide(rule(&facts, &guards), row.version, expected_version)?;
        tx.next_epoch(&document).await?;
        tx.run(
            "update proposal set stage = $1, stage_since_ms = $2, updated_at_ms = $3,
                    version = version + 1
             where proposal_id = $4",
            args![Stage::Drafting.key(), now.ms(), now.ms(), proposal.as_str()],
        )
        .await?;
        let moved = Moved {
            act: "T05",
            from: row.stage,
            to: Stage::Drafting,
            note: Some(asked.reason),
            document_seq: tx.head_seq(&document).await?,
        };
        let rank = tx.record_move(proposal, who, &moved, now).await?;
        tx.keep_request(proposal, who, rank, asked, now).await?;
        tx.commit().await?;
        Ok(document)
    }
}

/// The refusal that a newer text may lift.
const SHEET_INCOMPLETE: Refusal = Refusal {
    rule: "T03",
    code: "sheet_incomplete",
};

/// What a sheet lacks before it can be deposited, text and rows.
#[must_use]
pub fn lacking(text: &Projection, sheet: &Sheet, porteur: Porteur) -> Vec<Lack> {
    let sections: Vec<SectionText<'_>> = text
        .sections
        .iter()
        .map(|section| SectionText {
            key: &section.key,
            chars: i64::try_from(section.plain.trim().chars().count()).unwrap_or(i64::MAX),
        })
        .collect();
    let (facts, experiment) = sheet_facts(sheet, porteur);
    lacks(&sections, &facts, experiment)
}

/// Whether a structure porteuse stands behind the proposal.
#[must_use]
pub fn porteur(row: &ProposalRow) -> Porteur {
    match (&row.porteur_id, row.porteur_accepted_at_ms) {
        (None, _) => Porteur::Missing,
        (Some(_), None) => Porteur::NotAccepted,
        (Some(_), Some(_)) => Porteur::Accepted,
    }
}

/// A change of stage for the journal.
struct Moved<'a> {
    act: &'a str,
    from: Stage,
    to: Stage,
    note: Option<&'a str>,
    document_seq: i64,
}

impl Tx {
    async fn record_move(
        &mut self,
        proposal: &ProposalId,
        who: &Identity,
        moved: &Moved<'_>,
        at: Timestamp,
    ) -> Result<i64> {
        let entry = Entry {
            act: moved.act,
            person_id: Some(who.person_id.as_str()),
            from: Some(moved.from),
            to: Some(moved.to),
            note: moved.note,
            document_seq: Some(moved.document_seq),
            at,
        };
        self.record(proposal, &entry).await
    }

    /// The next number of the year of deposit and the lead chantier: `CREER-2026-CH5-007`.
    async fn next_number(&mut self, chantier: &str, today: &Day) -> Result<String> {
        // Its row is held: two deposits at one moment get two numbers.
        self.run(
            "update chantier set version = version where chantier_id = $1",
            args![chantier],
        )
        .await?;
        let programme = self.row("select code from programme", &[]).await?;
        let code = programme.map_or_else(|| Ok("CREER".to_owned()), |row| row.text(0))?;
        let year = today.as_str().get(..4).unwrap_or_default();
        let prefix = format!("{code}-{year}-{chantier}-");
        let taken = self
            .rows("select number from proposal where number is not null", &[])
            .await?;
        let mut last = 0;
        for row in taken {
            let number = row.text(0)?;
            let rank = number
                .strip_prefix(&prefix)
                .and_then(|rank| rank.parse::<u32>().ok());
            last = last.max(rank.unwrap_or(0));
        }
        Ok(format!("{prefix}{:03}", last + 1))
    }

    async fn keep_request(
        &mut self,
        proposal: &ProposalId,
        who: &Identity,
        journal_rank: i64,
        asked: &CompletionAsked,
        now: Timestamp,
    ) -> Result<()> {
        let id = uuid::Uuid::now_v7().to_string();
        self.run(
            "insert into completion_request
             (completion_request_id, proposal_id, journal_rank, reason, due_on, asked_by,
              created_at_ms) values ($1, $2, $3, $4, $5, $6, $7)",
            args![
                &id,
                proposal.as_str(),
                journal_rank,
                asked.reason,
                asked.due_on.as_str(),
                who.person_id.as_str(),
                now.ms()
            ],
        )
        .await?;
        for (rank, point) in (1_i64..).zip(&asked.points) {
            self.run(
                "insert into completion_point (completion_request_id, rank, body)
                 values ($1, $2, $3)",
                args![&id, rank, point],
            )
            .await?;
        }
        Ok(())
    }

    /// What was asked for before the proposal could be deposited, the first request first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn completion_requests(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Vec<CompletionRequest>> {
        let points = self
            .rows(
                "select r.journal_rank, p.body from completion_request r
                 join completion_point p on p.completion_request_id = r.completion_request_id
                 where r.proposal_id = $1 order by r.journal_rank, p.rank",
                args![proposal.as_str()],
            )
            .await?;
        let requests = self
            .rows(
                "select journal_rank, reason, due_on, answered_at_ms from completion_request
                 where proposal_id = $1 order by journal_rank",
                args![proposal.as_str()],
            )
            .await?;
        let request = |row: &Row| {
            let journal_rank = row.int(0)?;
            let mut own = Vec::new();
            for point in &points {
                if point.int(0)? == journal_rank {
                    own.push(point.text(1)?);
                }
            }
            Ok(CompletionRequest {
                journal_rank,
                reason: row.text(1)?,
                points: own,
                due_on: row.text(2)?,
                answered_at_ms: row.opt_int(3)?,
            })
        };
        requests.iter().map(request).collect()
    }
}
