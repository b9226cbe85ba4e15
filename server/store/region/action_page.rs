//! An action with all that follows the Region's decision: agreements, conditions, requests for changes, reports,
//! suspensions, and the money and jobs they add up to.

use super::following::day;
use super::job_counts::JobCount;
use super::reports::{Indicator, JobLine, Report, began_on};
use crate::error::Result;
use crate::ids::{AccountId, ProposalId};
use crate::rules::agreements::is_compulsory;
use crate::rules::day::Day;
use crate::rules::follow_ups::{self, Due};
use crate::rules::money::Amount;
use crate::rules::rights::{Facts, Permit, Refusal, act, may};
use crate::rules::stage::Stage;
use crate::store::money::in_force;
use crate::store::refs::{OrganisationRef, PersonRef};
use crate::store::{Row, Store, Tx, args};

/// An action.
#[derive(Clone, Debug)]
pub struct ActionPage {
    /// What the account may do is judged from.
    pub facts: Facts,
    /// The day it was read for.
    pub today: Day,
    /// Its number, once approved.
    pub action_number: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// The day it began (T24).
    pub began_on: Option<Day>,
    /// What the Region gives altogether, in euro cents.
    pub decided_cents: i64,
    /// What it costs altogether, in euro cents.
    pub budget_cents: i64,
    /// Whether the law asks for an agreement.
    pub is_agreement_compulsory: bool,
    /// The confirmed decisions, the first first.
    pub decisions: Vec<DecisionLine>,
    /// The conditions of those in force.
    pub conditions: Vec<ConditionLine>,
    /// What was recorded of agreements, the first first.
    pub agreements: Vec<AgreementLine>,
    /// Requests for substantial changes, the first first.
    pub addenda: Vec<AddendumLine>,
    /// The reports, those given and those under way.
    pub reports: Vec<Report>,
    /// The next report that is awaited.
    pub next: Option<(follow_ups::Period, Due)>,
    /// The suspensions, the first first.
    pub suspensions: Vec<SuspensionLine>,
    /// The indicators of the sheet.
    pub indicators: Vec<Indicator>,
    /// The lines of jobs of the sheet.
    pub job_lines: Vec<JobLine>,
    /// The jobs as they were decided.
    pub decided_jobs: Vec<JobCount>,
    /// Who acted on the proposal.
    pub people: Vec<PersonRef>,
}

/// A confirmed decision.
#[derive(Clone, Debug)]
pub struct DecisionLine {
    /// Its id.
    pub decision_id: String,
    /// `initial`, `addendum`, `rectification`.
    pub kind: String,
    /// What it says.
    pub value: String,
    /// Which body of the Region.
    pub organ: String,
    /// Its deliberation's number.
    pub deliberation_ref: String,
    /// The day of the session.
    pub decided_on: Day,
    /// The money, by envelope and year.
    pub amounts: Vec<Amount>,
    /// Whether another decision rectifies it.
    pub is_rectified: bool,
}

/// A condition of a decision in force.
#[derive(Clone, Debug)]
pub struct ConditionLine {
    /// Its id.
    pub condition_id: String,
    /// What it asks.
    pub body: String,
    /// Until when.
    pub due_on: Day,
    /// Whether it holds up the agreement (T23).
    pub is_blocking: bool,
    /// What shows that it is fulfilled.
    pub evidence: Option<String>,
    /// When it was lifted.
    pub lifted_at_ms: Option<i64>,
}

/// What was recorded of an agreement.
#[derive(Clone, Debug)]
pub struct AgreementLine {
    /// Its id.
    pub agreement_id: String,
    /// `agreement`, `addendum`, `none`.
    pub kind: String,
    /// Its number.
    pub number: Option<String>,
    /// The day it was signed.
    pub signed_on: Option<String>,
    /// What it is for.
    pub purpose: String,
    /// What it gives altogether, in euro cents.
    pub total_cents: i64,
    /// What is given.
    pub nature: String,
    /// When it is paid.
    pub payment_terms: String,
    /// Other terms, in words.
    pub payment_terms_text: Option<String>,
    /// The first day of payment.
    pub payment_from: Option<String>,
    /// The last day of payment.
    pub payment_to: Option<String>,
    /// The scheme's id (idRAE).
    pub rae_id: Option<String>,
    /// Whether it was notified to the European Union.
    pub is_notified: bool,
    /// Why none is needed, or why it changes.
    pub motive: Option<String>,
    /// When it was recorded, in milliseconds UTC.
    pub recorded_at_ms: i64,
    /// Who gets it.
    pub beneficiaries: Vec<BeneficiaryLine>,
}

/// Who gets a share of an agreement.
#[derive(Clone, Debug)]
pub struct BeneficiaryLine {
    /// The organisation.
    pub organisation: OrganisationRef,
    /// Its SIRET.
    pub siret: Option<String>,
    /// Its RNA.
    pub rna: Option<String>,
    /// Its share, in ten-thousandths.
    pub share: i64,
}

/// A request for a substantial change.
#[derive(Clone, Debug)]
pub struct AddendumLine {
    /// Its id.
    pub addendum_id: String,
    /// What it is about.
    pub matter: String,
    /// What is asked.
    pub body: String,
    /// `asked`, `decided`, `withdrawn`.
    pub state: String,
    /// Who asked.
    pub asked_by: String,
    /// When, in milliseconds UTC.
    pub asked_at_ms: i64,
    /// The decision that answers.
    pub decision_id: Option<String>,
    /// When it was closed.
    pub closed_at_ms: Option<i64>,
}

/// A suspension.
#[derive(Clone, Debug)]
pub struct SuspensionLine {
    /// Why.
    pub reason: String,
    /// When it is looked at again.
    pub review_on: Day,
    /// Since when, in milliseconds UTC.
    pub suspended_at_ms: i64,
    /// Until when.
    pub resumed_at_ms: Option<i64>,
}

impl Store {
    /// An action and all that follows the decision, for who may read the proposal. Reports that are not given are
    /// for who reports.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn action_page(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<ActionPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(account, proposal, &today).await?;
        rule(&facts)?;
        let row = tx.proposal_row(proposal).await?;
        let mut reports = tx.reports(proposal).await?;
        let began = began_on(&reports).cloned();
        let next = began.as_ref().and_then(|began| {
            let is_given = |key: &str| {
                let mut given = reports.iter().filter(|one| one.submitted_at_ms.is_some());
                given.any(|one| one.period == key)
            };
            follow_ups::next(began, &today, is_given)
        });
        if may::<act::Report>(&facts).is_err() {
            reports.retain(|one| one.submitted_at_ms.is_some());
        }
        let decided_cents = tx.decided_cents(proposal).await?;
        let is_private = tx.is_paid_privately(proposal).await?;
        let counts = tx.job_counts(proposal).await?;
        let agreements = tx.agreement_lines(proposal).await?;
        Ok(ActionPage {
            facts,
            action_number: row.action_number,
            stage: row.stage,
            began_on: began,
            next,
            decided_cents,
            budget_cents: tx.budget_cents(proposal).await?,
            is_agreement_compulsory: is_compulsory(decided_cents, is_private),
            decisions: tx.decision_lines(proposal).await?,
            conditions: tx.condition_lines(proposal).await?,
            agreements,
            addenda: tx.addendum_lines(proposal).await?,
            reports,
            suspensions: tx.suspension_lines(proposal).await?,
            indicators: tx.indicators(proposal).await?,
            job_lines: tx.job_lines(proposal).await?,
            decided_jobs: counts
                .into_iter()
                .filter(|one| one.stage == "decided")
                .collect(),
            people: tx.journal_people(proposal, &today).await?,
            today,
        })
    }
}

impl Tx {
    /// The confirmed decisions on a proposal, the first first.
    pub(super) async fn decision_lines(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Vec<DecisionLine>> {
        let mut lines = Vec::new();
        let rows = self
            .rows(
                "select d.decision_id, d.kind, d.value, d.organ, d.deliberation_ref, d.decided_on,
                        (select count(*) from decision r
                         where r.rectifies_id = d.decision_id and r.confirmed_at_ms is not null)
                 from decision d where d.proposal_id = $1 and d.confirmed_at_ms is not null
                 order by d.confirmed_at_ms, d.decision_id",
                args![proposal.as_str()],
            )
            .await?;
        for row in rows {
            let decision_id = row.text(0)?;
            lines.push(DecisionLine {
                amounts: self.decision_amounts(&decision_id).await?,
                decision_id,
                kind: row.text(1)?,
                value: row.text(2)?,
                organ: row.text(3)?,
                deliberation_ref: row.text(4)?,
                decided_on: day(&row, 5)?,
                is_rectified: row.int(6)? > 0,
            });
        }
        Ok(lines)
    }

    /// The conditions of the decisions in force, by their day.
    pub(super) async fn condition_lines(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Vec<ConditionLine>> {
        let rows = self
            .rows(
                concat!("select c.condition_id, c.body, c.due_on, c.blocking, c.evidence, c.lifted_at_ms
                 from decision_condition c join decision d on d.decision_id = c.decision_id
                 where d.proposal_id = $1 and ", in_force!("d"), "
                 order by d.confirmed_at_ms, c.rank, c.condition_id"),
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ConditionLine {
                    condition_id: row.text(0)?,
                    body: row.text(1)?,
                    due_on: day(row, 2)?,
                    is_blocking: row.int(3)? != 0,
                    evidence: row.opt_text(4)?,
                    lifted_at_ms: row.opt_int(5)?,
                })
            })
            .collect()
    }

    async fn agreement_lines(&mut self, proposal: &ProposalId) -> Result<Vec<AgreementLine>> {
        let mut lines = self
            .rows(
                "select agreement_id, kind, number, signed_on, purpose, total_cents, nature,
                        payment_terms, payment_terms_text, payment_from, payment_to, rae_id,
                        eu_notification, motive, recorded_at_ms
                 from agreement where proposal_id = $1 order by recorded_at_ms, agreement_id",
                args![proposal.as_str()],
            )
            .await?
            .iter()
            .map(agreement_at)
            .collect::<Result<Vec<_>>>()?;
        let paid = self
            .rows(
                "select b.agreement_id, o.organisation_id, o.name, o.short_name, o.college_id,
                        o.siret, o.rna, b.share
                 from agreement_beneficiary b
                 join agreement a on a.agreement_id = b.agreement_id
                 join organisation o on o.organisation_id = b.organisation_id
                 where a.proposal_id = $1 order by b.agreement_id, b.rank",
                args![proposal.as_str()],
            )
            .await?;
        for row in paid {
            let id = row.text(0)?;
            if let Some(line) = lines.iter_mut().find(|one| one.agreement_id == id) {
                line.beneficiaries.push(BeneficiaryLine {
                    organisation: OrganisationRef {
                        organisation_id: row.text(1)?,
                        name: row.text(2)?,
                        short_name: row.text(3)?,
                        college_id: row.text(4)?,
                    },
                    siret: row.opt_text(5)?,
                    rna: row.opt_text(6)?,
                    share: row.int(7)?,
                });
            }
        }
        Ok(lines)
    }

    async fn addendum_lines(&mut self, proposal: &ProposalId) -> Result<Vec<AddendumLine>> {
        let rows = self
            .rows(
                "select addendum_id, matter, body, state, asked_by, asked_at_ms, decision_id,
                        closed_at_ms
                 from addendum where proposal_id = $1 order by asked_at_ms, addendum_id",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AddendumLine {
                    addendum_id: row.text(0)?,
                    matter: row.text(1)?,
                    body: row.text(2)?,
                    state: row.text(3)?,
                    asked_by: row.text(4)?,
                    asked_at_ms: row.int(5)?,
                    decision_id: row.opt_text(6)?,
                    closed_at_ms: row.opt_int(7)?,
                })
            })
            .collect()
    }

    async fn suspension_lines(&mut self, proposal: &ProposalId) -> Result<Vec<SuspensionLine>> {
        let rows = self
            .rows(
                "select reason, review_on, suspended_at_ms, resumed_at_ms from suspension
                 where proposal_id = $1 order by suspended_at_ms, suspension_id",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(SuspensionLine {
                    reason: row.text(0)?,
                    review_on: day(row, 1)?,
                    suspended_at_ms: row.int(2)?,
                    resumed_at_ms: row.opt_int(3)?,
                })
            })
            .collect()
    }
}

fn agreement_at(row: &Row) -> Result<AgreementLine> {
    Ok(AgreementLine {
        agreement_id: row.text(0)?,
        kind: row.text(1)?,
        number: row.opt_text(2)?,
        signed_on: row.opt_text(3)?,
        purpose: row.text(4)?,
        total_cents: row.int(5)?,
        nature: row.text(6)?,
        payment_terms: row.text(7)?,
        payment_terms_text: row.opt_text(8)?,
        payment_from: row.opt_text(9)?,
        payment_to: row.opt_text(10)?,
        rae_id: row.opt_text(11)?,
        is_notified: row.int(12)? != 0,
        motive: row.opt_text(13)?,
        recorded_at_ms: row.int(14)?,
        beneficiaries: Vec::new(),
    })
}
