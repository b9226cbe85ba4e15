//! What anybody may read of a decided proposal (`domain.md` section 4, invariant 14): what the Region decided and
//! why, never who. Before a confirmed and published decision there is nothing here.

use super::following::day;
use crate::error::{Error, Result};
use crate::ids::{ProposalId, VersionId};
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::rules::stage::Stage;
use crate::store::facts::stage_of;
use crate::store::versions::VersionRow;
use crate::store::{Store, Tx, args};

use super::action_page::ConditionLine;
use super::job_counts::JobCount;
use super::reports::{JobLine, Report};

/// A decided proposal, as anybody reads it.
#[derive(Clone, Debug)]
pub struct PublicAction {
    /// Its number as an action; `None` for one that was not approved.
    pub action_number: Option<String>,
    /// Its number as a proposal.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Where it stands.
    pub stage: Stage,
    /// Since when, in milliseconds UTC.
    pub stage_since_ms: i64,
    /// Its chantier: id and title.
    pub chantier: (String, String),
    /// Its axis.
    pub axis: Option<String>,
    /// The organisation that bears it.
    pub porteur: Option<String>,
    /// What the commission advised: its value, and the day.
    pub opinion: Option<(String, Day)>,
    /// What the steering committee advised.
    pub advice: Option<PublicAdvice>,
    /// Why the Region took it up by itself, and when, in milliseconds UTC.
    pub evocation: Option<(String, i64)>,
    /// What the Region decided, the first first.
    pub decisions: Vec<PublicDecision>,
    /// The decided version.
    pub version: Option<VersionRow>,
    /// The agreement in force: its number, its day, its amount in euro cents.
    pub agreement: Option<(String, String, i64)>,
    /// The lines of jobs.
    pub job_lines: Vec<JobLine>,
    /// The jobs as they were decided.
    pub decided_jobs: Vec<JobCount>,
    /// The last report that was given, if any.
    pub last_report: Option<Report>,
}

/// What the steering committee advised.
#[derive(Clone, Debug)]
pub struct PublicAdvice {
    /// `retained`, `rework`, `reserve_list`, `not_retained`.
    pub value: String,
    /// Its rank among what was retained.
    pub rank: Option<i64>,
    /// Why.
    pub motive: Option<String>,
    /// The day.
    pub arbitrated_on: Day,
}

/// A decision of the Region.
#[derive(Clone, Debug)]
pub struct PublicDecision {
    /// Its id.
    pub decision_id: String,
    /// `initial`, `addendum`, `rectification`.
    pub kind: String,
    /// The decision it rectifies.
    pub rectifies_id: Option<String>,
    /// What it says.
    pub value: String,
    /// Which body of the Region.
    pub organ: String,
    /// The deliberation's number.
    pub deliberation_ref: String,
    /// The deliberation's title.
    pub title: String,
    /// The day of the session.
    pub decided_on: Day,
    /// When it was transmitted to the prefect.
    pub transmitted_on: Option<String>,
    /// From when it is enforceable.
    pub enforceable_on: Option<String>,
    /// Why.
    pub motive: Option<String>,
    /// Whether it departs from the committee's advice.
    pub departs: bool,
    /// The money, by envelope and year.
    pub amounts: Vec<Amount>,
    /// What it asks for.
    pub conditions: Vec<ConditionLine>,
}

/// A decided version's files, and the names that do not belong to the public.
#[derive(Clone, Debug)]
pub struct PublicFiles {
    /// The signed file.
    pub file: Vec<u8>,
    /// The readable page.
    pub page: Vec<u8>,
    /// Who is tied to the proposal or acted on it: given name, usual name.
    pub people: Vec<(String, String)>,
}

impl Store {
    /// A decided proposal by its number as an action or as a proposal.
    ///
    /// # Errors
    /// `NotFound` when no decision of that number is public.
    pub async fn public_action(&self, number: &str) -> Result<PublicAction> {
        let mut tx = self.read().await?;
        let proposal = tx.public_proposal(number).await?;
        let row = tx
            .row(
                "select p.action_number, p.number, p.title, p.summary, p.stage, p.stage_since_ms,
                        c.chantier_id, c.title, a.title, o.name
                 from proposal p join chantier c on c.chantier_id = p.chantier_id
                 left join axis a on a.axis_id = p.axis_id
                 left join organisation o on o.organisation_id = p.porteur_id
                 where p.proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let reports = tx.reports(&proposal).await?;
        let counts = tx.job_counts(&proposal).await?;
        Ok(PublicAction {
            action_number: row.opt_text(0)?,
            number: row.opt_text(1)?,
            title: row.text(2)?,
            summary: row.text(3)?,
            stage: stage_of(&row.text(4)?)?,
            stage_since_ms: row.int(5)?,
            chantier: (row.text(6)?, row.text(7)?),
            axis: row.opt_text(8)?,
            porteur: row.opt_text(9)?,
            opinion: tx.public_opinion(&proposal).await?,
            advice: tx.public_advice(&proposal).await?,
            evocation: tx.public_evocation(&proposal).await?,
            decisions: tx.public_decisions(&proposal).await?,
            version: tx.decided_version(&proposal).await?,
            agreement: tx.public_agreement(&proposal).await?,
            job_lines: tx.job_lines(&proposal).await?,
            decided_jobs: counts
                .into_iter()
                .filter(|one| one.stage == "decided")
                .collect(),
            last_report: reports
                .into_iter()
                .rfind(|one| one.submitted_at_ms.is_some()),
        })
    }

    /// The files of the version the Region decided on.
    ///
    /// # Errors
    /// `NotFound` when no decision of that number is public, or its version is not sealed yet.
    pub async fn public_files(&self, number: &str) -> Result<PublicFiles> {
        let mut tx = self.read().await?;
        let proposal = tx.public_proposal(number).await?;
        let version = tx
            .decided_version(&proposal)
            .await?
            .ok_or(Error::NotFound)?;
        let people = tx
            .rows(
                "select p.given_name, p.usual_name from person p where p.person_id in (
                     select t.person_id from proposal_person t where t.proposal_id = $1
                     union select j.person_id from journal j where j.proposal_id = $2)",
                args![proposal.as_str(), proposal.as_str()],
            )
            .await?;
        Ok(PublicFiles {
            file: tx.version_file(&version.version_id, "json").await?,
            page: tx.version_file(&version.version_id, "html").await?,
            people: people
                .iter()
                .map(|row| Ok((row.text(0)?, row.text(1)?)))
                .collect::<Result<_>>()?,
        })
    }
}

impl Tx {
    /// The proposal of this number, once a decision on it is public.
    async fn public_proposal(&mut self, number: &str) -> Result<ProposalId> {
        let row = self
            .row(
                "select p.proposal_id, p.stage from proposal p
                 where (p.action_number = $1 or p.number = $2)
                 and exists (select 1 from decision d where d.proposal_id = p.proposal_id
                     and d.published_at_ms is not null and d.confirmed_at_ms is not null
                     and d.value <> 'returned')",
                args![number, number],
            )
            .await?
            .ok_or(Error::NotFound)?;
        if stage_of(&row.text(1)?)?.is_decided() {
            Ok(row.text(0)?.into())
        } else {
            Err(Error::NotFound)
        }
    }

    async fn public_opinion(&mut self, proposal: &ProposalId) -> Result<Option<(String, Day)>> {
        let row = self
            .row(
                "select value, heard_on from opinion
                 where proposal_id = $1 and given_at_ms is not null and voided_at_ms is null
                 order by given_at_ms desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| Ok((row.text(0)?, day(&row, 1)?))).transpose()
    }

    async fn public_advice(&mut self, proposal: &ProposalId) -> Result<Option<PublicAdvice>> {
        let row = self
            .row(
                "select value, rank, motive, arbitrated_on from arbitration where proposal_id = $1
                 order by recorded_at_ms desc, arbitration_id desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| {
            Ok(PublicAdvice {
                value: row.text(0)?,
                rank: row.opt_int(1)?,
                motive: row.opt_text(2)?,
                arbitrated_on: day(&row, 3)?,
            })
        })
        .transpose()
    }

    async fn public_evocation(&mut self, proposal: &ProposalId) -> Result<Option<(String, i64)>> {
        let row = self
            .row(
                "select motive, evoked_at_ms from evocation where proposal_id = $1
                 order by evoked_at_ms desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| Ok((row.text(0)?, row.int(1)?))).transpose()
    }

    async fn public_decisions(&mut self, proposal: &ProposalId) -> Result<Vec<PublicDecision>> {
        let mut decisions = Vec::new();
        let rows = self
            .rows(
                "select decision_id, kind, rectifies_id, value, organ, deliberation_ref, title,
                        decided_on, transmitted_on, enforceable_on, motive, departs
                 from decision where proposal_id = $1 and published_at_ms is not null
                 and confirmed_at_ms is not null order by confirmed_at_ms, decision_id",
                args![proposal.as_str()],
            )
            .await?;
        for row in rows {
            let decision_id = row.text(0)?;
            decisions.push(PublicDecision {
                amounts: self.decision_amounts(&decision_id).await?,
                conditions: self.conditions_of(&decision_id).await?,
                decision_id,
                kind: row.text(1)?,
                rectifies_id: row.opt_text(2)?,
                value: row.text(3)?,
                organ: row.text(4)?,
                deliberation_ref: row.text(5)?,
                title: row.text(6)?,
                decided_on: day(&row, 7)?,
                transmitted_on: row.opt_text(8)?,
                enforceable_on: row.opt_text(9)?,
                motive: row.opt_text(10)?,
                departs: row.int(11)? != 0,
            });
        }
        Ok(decisions)
    }

    async fn conditions_of(&mut self, decision_id: &str) -> Result<Vec<ConditionLine>> {
        let rows = self
            .rows(
                "select condition_id, body, due_on, blocking, lifted_at_ms from decision_condition
                 where decision_id = $1 order by rank, condition_id",
                args![decision_id],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ConditionLine {
                    condition_id: row.text(0)?,
                    body: row.text(1)?,
                    due_on: day(row, 2)?,
                    is_blocking: row.int(3)? != 0,
                    evidence: None,
                    lifted_at_ms: row.opt_int(4)?,
                })
            })
            .collect()
    }

    /// The version the Region decided on: that of its last decision that has one.
    async fn decided_version(&mut self, proposal: &ProposalId) -> Result<Option<VersionRow>> {
        let row = self
            .row(
                "select d.version_id from decision d join version v on v.version_id = d.version_id
                 where d.proposal_id = $1 and d.published_at_ms is not null
                 and d.value <> 'returned' and v.sealed_at_ms is not null
                 order by d.confirmed_at_ms desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let version = self.version(&VersionId::from(row.text(0)?)).await?;
        Ok(Some(version))
    }

    async fn public_agreement(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Option<(String, String, i64)>> {
        let row = self
            .row(
                "select number, signed_on, total_cents from agreement
                 where proposal_id = $1 and number is not null and signed_on is not null
                 order by recorded_at_ms desc, agreement_id desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| Ok((row.text(0)?, row.text(1)?, row.int(2)?)))
            .transpose()
    }
}
