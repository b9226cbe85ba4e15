//! What the committee advised and the Region decided of a proposal, as it is read; and what a validator prepares
//! a decision from: what is asked, advised, and left of each envelope.

use super::decisions::Other;
use super::review_page::Direction;
use crate::error::{Error, Result};
use crate::ids::{AccountId, ProposalId};
use crate::rules::day::Day;
use crate::rules::decisions::{Ground, Prepared};
use crate::rules::money::Amount;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::refs::{PersonRef, add_once, organisation_today, person_at, person_columns};
use crate::store::{Row, Store, Tx, args};

/// A decision, confirmed or still prepared.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its id.
    pub decision_id: String,
    /// `initial`, `addendum`, `rectification`.
    pub kind: String,
    /// The decision it corrects.
    pub rectifies_id: Option<String>,
    /// The decision that corrects it.
    pub rectified_by_id: Option<String>,
    /// The round it belongs to.
    pub round: i64,
    /// `approved`, `approved_with_conditions`, `rejected`, `returned`.
    pub value: String,
    /// Who decides.
    pub organ: String,
    /// The deliberation's number.
    pub deliberation_ref: String,
    /// Its title.
    pub title: String,
    /// The day of the session, as an ISO day.
    pub decided_on: String,
    /// When it was transmitted, as an ISO day.
    pub transmitted_on: Option<String>,
    /// From when it is enforceable, as an ISO day.
    pub enforceable_on: Option<String>,
    /// Why.
    pub motive: Option<String>,
    /// Why an envelope is overrun all the same.
    pub override_motive: Option<String>,
    /// Whether it departs from the committee's advice.
    pub departs: bool,
    /// A return: its reason.
    pub reason_code: Option<String>,
    /// A return: what is asked for.
    pub points: Vec<String>,
    /// A return: until when, as an ISO day.
    pub due_on: Option<String>,
    /// Who prepared it.
    pub prepared_by: String,
    /// When.
    pub prepared_at_ms: i64,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// When.
    pub confirmed_at_ms: Option<i64>,
    /// The version it is about.
    pub version_id: Option<String>,
    /// That version's rank, from 1.
    pub version_rank: Option<i64>,
    /// The optimistic counter.
    pub version: i64,
    /// The money.
    pub amounts: Vec<Amount>,
    /// The conditions, in order.
    pub conditions: Vec<Condition>,
}

/// A condition of a decision.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Its id.
    pub condition_id: String,
    /// What is asked for.
    pub body: String,
    /// Until when.
    pub due_on: Day,
    /// Whether the action may not be engaged before.
    pub blocking: bool,
    /// What shows that it is met.
    pub evidence: Option<String>,
    /// Who lifted it.
    pub lifted_by: Option<String>,
    /// When.
    pub lifted_at_ms: Option<i64>,
    /// It is open and its day is over.
    pub is_overdue: bool,
    /// The optimistic counter.
    pub version: i64,
}

/// What the committee advised once.
#[derive(Clone, Debug)]
pub struct Arbitration {
    /// Its id.
    pub arbitration_id: String,
    /// The round it belongs to.
    pub round: i64,
    /// `retained`, `rework`, `reserve_list`, `not_retained`.
    pub value: String,
    /// Its rank among what is retained.
    pub rank: Option<i64>,
    /// Why.
    pub motive: Option<String>,
    /// The day of the session, as an ISO day.
    pub arbitrated_on: String,
    /// At most so much.
    pub ceilings: Vec<Amount>,
}

/// That the Region took a proposal up by itself.
#[derive(Clone, Debug)]
pub struct Evocation {
    /// The stage it was taken from.
    pub from_stage: String,
    /// Why.
    pub motive: String,
    /// When.
    pub evoked_at_ms: i64,
}

/// All that was advised and decided.
#[derive(Clone, Debug)]
pub struct Decisions {
    /// What rights are judged from, for who asked.
    pub facts: Facts,
    /// Whether who asked is tied to the proposal and has not seen the last decision yet.
    pub is_news: bool,
    /// What the committee advised, the first first.
    pub arbitrations: Vec<Arbitration>,
    /// When the Region took it up by itself.
    pub evocations: Vec<Evocation>,
    /// What the Region decided, the first first.
    pub decisions: Vec<Decision>,
    /// Who is named in them.
    pub people: Vec<PersonRef>,
}

/// What a decision is prepared from.
#[derive(Clone, Debug)]
pub struct DecisionSheet {
    /// What rights are judged from, for who asked.
    pub facts: Facts,
    /// The proposal's title.
    pub title: String,
    /// Its counter: what a confirmation (T20, T21) expects.
    pub proposal_version: i64,
    /// What it is judged against.
    pub ground: Ground,
    /// Its session, from the review.
    pub session_on: Option<String>,
    /// The organ of that session.
    pub session_organ: Option<String>,
    /// Its lead direction.
    pub lead: Option<Direction>,
    /// What is prepared.
    pub preparation: Option<Decision>,
    /// The same as who asked finds it, to confirm.
    pub prepared: Option<Prepared>,
    /// Who is named.
    pub people: Vec<PersonRef>,
}

impl Store {
    /// What was advised and decided of a proposal, for who may read it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn decisions(
        &self,
        who: &crate::store::accounts::Identity,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Decisions> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        let decisions = tx.confirmed_decisions(proposal, &today).await?;
        Ok(Decisions {
            facts,
            is_news: tx.is_news(proposal, who).await?,
            arbitrations: tx.arbitrations(proposal).await?,
            evocations: tx.evocations(proposal).await?,
            people: tx.deciders(proposal, &today).await?,
            decisions,
        })
    }

    /// What a decision is prepared from, and what is prepared, for who may.
    ///
    /// # Errors
    /// `NotFound`; what the rule refuses.
    pub async fn decision_sheet(
        &self,
        account: &AccountId,
        person_id: &str,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<(), Refusal> + Send,
    ) -> Result<DecisionSheet> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(account, proposal, &today).await?;
        rule(&facts)?;
        let row = tx.proposal_row(proposal).await?;
        let mut preparation = tx.preparation(proposal, &today).await?;
        let other = Other {
            decision_id: preparation.as_ref().map(|one| one.decision_id.as_str()),
            deliberation_ref: preparation
                .as_ref()
                .map_or("", |one| one.deliberation_ref.as_str()),
            rectifies_id: preparation
                .as_ref()
                .and_then(|one| one.rectifies_id.as_deref()),
        };
        let ground = tx.ground(proposal, &other, &today).await?;
        let prepared = tx.prepared(proposal, &today).await?;
        if let (Some(shown), Some(judged)) = (&mut preparation, &prepared) {
            shown.departs = judged.departs;
        }
        let session = tx
            .row(
                "select session_on, session_organ from regional_review where proposal_id = $1
                 order by received_at_ms desc, review_id desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        let (session_on, session_organ) = match session {
            Some(row) => (row.opt_text(0)?, row.opt_text(1)?),
            None => (None, None),
        };
        let mut directions = tx.directions().await?.into_iter();
        Ok(DecisionSheet {
            facts,
            title: row.title,
            proposal_version: row.version,
            ground,
            session_on,
            session_organ,
            lead: row
                .lead_unit_id
                .and_then(|id| directions.find(|one| one.region_unit_id == id)),
            preparation,
            prepared: prepared.map(|one| one.seen_by(person_id, &today)),
            people: tx.deciders(proposal, &today).await?,
        })
    }
}

const DECISION: &str = "select d.decision_id, d.kind, d.rectifies_id,
        (select r.decision_id from decision r where r.rectifies_id = d.decision_id
         and r.confirmed_at_ms is not null),
        d.round, d.value, d.organ, d.deliberation_ref, d.title, d.decided_on, d.transmitted_on,
        d.enforceable_on, d.motive, d.override_motive, d.departs, d.reason_code, d.points,
        d.due_on, d.prepared_by, d.prepared_at_ms, d.confirmed_by, d.confirmed_at_ms,
        d.version_id, v.rank, d.version
 from decision d left join version v on v.version_id = d.version_id
 where d.proposal_id = $1 and d.abandoned_at_ms is null
 order by d.confirmed_at_ms, d.decision_id";

impl Tx {
    async fn confirmed_decisions(
        &mut self,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Vec<Decision>> {
        let all = self.all_decisions(proposal, today).await?;
        Ok(all
            .into_iter()
            .filter(|one| one.confirmed_at_ms.is_some())
            .collect())
    }

    async fn preparation(
        &mut self,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Option<Decision>> {
        let all = self.all_decisions(proposal, today).await?;
        Ok(all.into_iter().find(|one| one.confirmed_at_ms.is_none()))
    }

    async fn all_decisions(&mut self, proposal: &ProposalId, today: &Day) -> Result<Vec<Decision>> {
        let mut decisions = Vec::new();
        for row in self.rows(DECISION, args![proposal.as_str()]).await? {
            let mut decision = decision_at(&row)?;
            decision.amounts = self.decision_amounts(&decision.decision_id).await?;
            decision.conditions = self.conditions(&decision.decision_id, today).await?;
            decisions.push(decision);
        }
        Ok(decisions)
    }

    async fn conditions(&mut self, decision_id: &str, today: &Day) -> Result<Vec<Condition>> {
        let rows = self
            .rows(
                "select condition_id, body, due_on, blocking, evidence, lifted_by, lifted_at_ms,
                        version from decision_condition where decision_id = $1 order by rank",
                args![decision_id],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let due_on = Day::from_iso(&row.text(2)?)
                    .ok_or_else(|| Error::internal("a condition without a day"))?;
                let lifted_at_ms = row.opt_int(6)?;
                Ok(Condition {
                    condition_id: row.text(0)?,
                    body: row.text(1)?,
                    is_overdue: lifted_at_ms.is_none() && due_on < *today,
                    due_on,
                    blocking: row.int(3)? > 0,
                    evidence: row.opt_text(4)?,
                    lifted_by: row.opt_text(5)?,
                    lifted_at_ms,
                    version: row.int(7)?,
                })
            })
            .collect()
    }

    async fn arbitrations(&mut self, proposal: &ProposalId) -> Result<Vec<Arbitration>> {
        let rows = self
            .rows(
                "select arbitration_id, round, value, rank, motive, arbitrated_on from arbitration
                 where proposal_id = $1 order by recorded_at_ms, arbitration_id",
                args![proposal.as_str()],
            )
            .await?;
        let mut arbitrations = Vec::new();
        for row in rows {
            let id = row.text(0)?;
            arbitrations.push(Arbitration {
                round: row.int(1)?,
                value: row.text(2)?,
                rank: row.opt_int(3)?,
                motive: row.opt_text(4)?,
                arbitrated_on: row.text(5)?,
                ceilings: self
                    .amounts(
                        "select code, year, amount_cents from arbitration_ceiling
                         where arbitration_id = $1 order by code, year",
                        &id,
                    )
                    .await?,
                arbitration_id: id,
            });
        }
        Ok(arbitrations)
    }

    async fn evocations(&mut self, proposal: &ProposalId) -> Result<Vec<Evocation>> {
        let rows = self
            .rows(
                "select from_stage, motive, evoked_at_ms from evocation where proposal_id = $1
                 order by evoked_at_ms",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Evocation {
                    from_stage: row.text(0)?,
                    motive: row.text(1)?,
                    evoked_at_ms: row.int(2)?,
                })
            })
            .collect()
    }

    /// Who prepared, confirmed or lifted something.
    async fn deciders(&mut self, proposal: &ProposalId, today: &Day) -> Result<Vec<PersonRef>> {
        let mut people = Vec::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from person p",
                    organisation_today!("$1", "$2"),
                    "where p.person_id in (select d.prepared_by from decision d
                         where d.proposal_id = $3)
                     or p.person_id in (select d.confirmed_by from decision d
                         where d.proposal_id = $4)
                     or p.person_id in (select c.lifted_by from decision_condition c
                         join decision d on d.decision_id = c.decision_id
                         where d.proposal_id = $5)
                     order by p.person_id, f.valid_from"
                ),
                args![
                    today.as_str(),
                    today.as_str(),
                    proposal.as_str(),
                    proposal.as_str(),
                    proposal.as_str()
                ],
            )
            .await?
        {
            add_once(&mut people, person_at(&row, 0)?);
        }
        Ok(people)
    }
}

fn decision_at(row: &Row) -> Result<Decision> {
    Ok(Decision {
        decision_id: row.text(0)?,
        kind: row.text(1)?,
        rectifies_id: row.opt_text(2)?,
        rectified_by_id: row.opt_text(3)?,
        round: row.int(4)?,
        value: row.text(5)?,
        organ: row.text(6)?,
        deliberation_ref: row.text(7)?,
        title: row.text(8)?,
        decided_on: row.text(9)?,
        transmitted_on: row.opt_text(10)?,
        enforceable_on: row.opt_text(11)?,
        motive: row.opt_text(12)?,
        override_motive: row.opt_text(13)?,
        departs: row.int(14)? > 0,
        reason_code: row.opt_text(15)?,
        points: serde_json::from_str(&row.text(16)?).map_err(Error::internal)?,
        due_on: row.opt_text(17)?,
        prepared_by: row.text(18)?,
        prepared_at_ms: row.int(19)?,
        confirmed_by: row.opt_text(20)?,
        confirmed_at_ms: row.opt_int(21)?,
        version_id: row.opt_text(22)?,
        version_rank: row.opt_int(23)?,
        version: row.int(24)?,
        amounts: Vec::new(),
        conditions: Vec::new(),
    })
}
