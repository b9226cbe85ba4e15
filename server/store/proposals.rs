//! Acts on a proposal that leave its stage: proposed (T01), renamed.
//! A deciding transaction takes the document's row first, then reads the facts, asks the rule
//! it was given, writes the act and its journal row.

use super::accounts::Identity;
use super::journal::Entry;
use super::{Store, args};
use crate::error::{Error, Result};
use crate::ids::{ChantierId, DocumentId, ProposalId};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::stage::Stage;
use crate::rules::transitions::ProposeGuards;

/// An idea to propose, its texts tidied and within bounds.
#[derive(Clone, Debug)]
pub struct Idea {
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Its lead chantier.
    pub chantier_id: ChantierId,
    /// Whether the author has seen the nearest proposals.
    pub neighbours_shown: bool,
    /// Those among them that are so near that the owner must say, before the deposit, how it differs.
    pub duplicates: Vec<ProposalId>,
}

/// New words for a proposal.
#[derive(Clone, Debug)]
pub struct Renaming {
    /// A new title.
    pub title: Option<String>,
    /// A new summary.
    pub summary: Option<String>,
    /// The version the change was made on.
    pub expected_version: i64,
}

impl Store {
    /// T01: creates the proposal, its document, its first owner and its first journal row.
    ///
    /// # Errors
    /// `Invalid` `chantier_id` `unknown`; `Refused` by T01.
    pub async fn propose(
        &self,
        who: &Identity,
        idea: &Idea,
        rule: impl FnOnce(&Facts, &ProposeGuards) -> Result<Permit<act::Propose>, Refusal> + Send,
    ) -> Result<ProposalId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let chantier = idea.chantier_id.as_str();
        let row = tx
            .row(
                "select status, axis_id from chantier where chantier_id = $1",
                args![chantier],
            )
            .await?
            .ok_or(Error::Invalid {
                field: "chantier_id",
                problem: "unknown",
            })?;
        let standing = tx.standing(&who.account_id, &today).await?;
        let facts = Facts {
            roles: standing.in_chantier(chantier),
            stage: None,
        };
        let guards = ProposeGuards {
            chantier_active: row.text(0)? == "active",
            neighbours_shown: idea.neighbours_shown,
        };
        rule(&facts, &guards)?;
        let (proposal, document) = (ProposalId::new(), DocumentId::new());
        super::log::create_document(&mut tx, &document, "sheet", now).await?;
        tx.run(
            "insert into proposal (proposal_id, title, summary, stage, round, chantier_id, axis_id,
                                   porteur_id, document_id, created_by, created_at_ms,
                                   stage_since_ms, updated_at_ms, version)
             values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
            args![
                proposal.as_str(),
                &idea.title,
                &idea.summary,
                Stage::Idea.key(),
                chantier,
                row.opt_text(1)?,
                standing.organisation(),
                document.as_str(),
                who.person_id.as_str(),
                now.ms(),
                now.ms(),
                now.ms()
            ],
        )
        .await?;
        tx.run(
            "insert into proposal_person (proposal_id, person_id, tie, added_by, added_at_ms)
             values ($1, $2, 'owner', $3, $4)",
            args![
                proposal.as_str(),
                who.person_id.as_str(),
                who.person_id.as_str(),
                now.ms()
            ],
        )
        .await?;
        for other in &idea.duplicates {
            tx.run(
                "insert into proposal_link (from_id, to_id, kind) values ($1, $2, 'duplicate')
                 on conflict (from_id, to_id, kind) do nothing",
                args![proposal.as_str(), other.as_str()],
            )
            .await?;
        }
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            to: Some(Stage::Idea),
            document_seq: Some(0),
            ..Entry::new("T01", now)
        };
        tx.record(&proposal, &entry).await?;
        tx.commit().await?;
        Ok(proposal)
    }

    /// Changes title and summary; saying the same again changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-SUMMARY, `Conflict` `version_changed`.
    pub async fn rename_proposal(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        renaming: &Renaming,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSummary>, Refusal> + Send,
    ) -> Result<()> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        let row = tx.proposal_row(proposal).await?;
        decide(rule(&facts), row.version, renaming.expected_version)?;
        let title = renaming.title.as_ref().unwrap_or(&row.title);
        let summary = renaming.summary.as_ref().unwrap_or(&row.summary);
        if *title == row.title && *summary == row.summary {
            return Ok(());
        }
        tx.run(
            "update proposal set title = $1, summary = $2, updated_at_ms = $3, version = version + 1
             where proposal_id = $4",
            args![
                title,
                summary,
                now.ms(),
                proposal.as_str()
            ],
        )
        .await?;
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            ..Entry::new("rename", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await
    }
}

/// Puts the answers in the order that tells the least: what hides comes first, then a change
/// made meanwhile, then any other refusal.
pub(super) fn decide<A>(
    verdict: Result<A, Refusal>,
    version: i64,
    expected_version: i64,
) -> Result<A> {
    match verdict {
        Err(refusal) if refusal.hides() => Err(refusal.into()),
        Ok(_) | Err(_) if version != expected_version => Err(Error::Conflict("version_changed")),
        Ok(permit) => Ok(permit),
        Err(refusal) => Err(refusal.into()),
    }
}
