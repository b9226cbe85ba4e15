//! What a deposit looks at and leaves behind: what the text lacks, the number, and what was asked for
//! when a proposal was sent back (T05, T11).

use super::projections::Projection;
use super::proposal_page::ProposalRow;
use super::sheet::{Sheet, sheet_facts};
use super::{Row, Tx, args};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::sheet::{Lack, SectionText, lacks};
use crate::rules::transitions::Porteur;

/// What is asked for when a proposal is sent back, within bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    /// The reason's key: `incomplete`, `unclear`, `funding`, `documents`, `other`.
    pub(super) reason: &'a str,
    /// What is missing, one point each.
    pub(super) points: &'a [String],
    /// Until when.
    pub(super) due_on: &'a Day,
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

impl Tx {
    /// The next number of the year of deposit and the lead chantier: `CREER-2026-CH5-007`.
    pub(super) async fn next_number(&mut self, chantier: &str, today: &Day) -> Result<String> {
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

    /// Keeps one grouped request: a reason, points, a date (T05, T11).
    pub(super) async fn keep_request(
        &mut self,
        proposal: &ProposalId,
        person_id: &str,
        journal_rank: i64,
        asked: &Request<'_>,
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
                person_id,
                now.ms()
            ],
        )
        .await?;
        for (rank, point) in (1_i64..).zip(asked.points) {
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
