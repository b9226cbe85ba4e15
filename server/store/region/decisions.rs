//! Decisions of the Region: the preparation as its second validator finds it.

use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::decisions::{
    DecisionValue, Draft, Fault, Ground, Kind, Prepared, departs, faults,
};
use crate::rules::money::Amount;
use crate::store::money::in_force;
use crate::store::{Row, Tx, args};

/// A preparation, judged today.
#[derive(Clone, Debug)]
pub struct Preparation {
    /// Its id.
    pub decision_id: String,
    /// What it says, as the rules look at it.
    pub draft: Draft,
    /// Who prepared it.
    pub prepared_by: String,
    /// The optimistic counter.
    pub version: i64,
    /// Whether it departs from the committee's advice.
    pub departs: bool,
    /// What is wrong with it today.
    pub faults: Vec<Fault>,
}

impl Preparation {
    /// As who would confirm it finds it.
    #[must_use]
    pub fn seen_by(&self, person_id: &str, today: &Day) -> Prepared {
        Prepared {
            value: self.draft.value,
            is_own: self.prepared_by == person_id,
            is_reached: self.draft.decided_on <= *today,
            faults: self.faults.clone(),
        }
    }
}

impl Tx {
    /// The preparation that is open on a proposal.
    pub(in crate::store) async fn prepared(
        &mut self,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Option<Preparation>> {
        let row = self
            .row(
                "select decision_id, kind, value, decided_on, transmitted_on, enforceable_on, points,
                        due_on, motive, override_motive, prepared_by, deliberation_ref, rectifies_id,
                        version
                 from decision
                 where proposal_id = $1 and confirmed_at_ms is null and abandoned_at_ms is null",
                args![proposal.as_str()],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let decision_id = row.text(0)?;
        let draft = Draft {
            kind: known(Kind::from_key(&row.text(1)?))?,
            value: known(DecisionValue::from_key(&row.text(2)?))?,
            decided_on: known(Day::from_iso(&row.text(3)?))?,
            transmitted_on: day_at(&row, 4)?,
            enforceable_on: day_at(&row, 5)?,
            question_count: serde_json::from_str::<Vec<String>>(&row.text(6)?)
                .map_err(Error::internal)?
                .len(),
            due_on: day_at(&row, 7)?,
            has_motive: row.opt_text(8)?.is_some(),
            has_override_motive: row.opt_text(9)?.is_some(),
            amounts: self.decision_amounts(&decision_id).await?,
            conditions_due: self.conditions_due(&decision_id).await?,
        };
        let rectifies_id = row.opt_text(12)?;
        let other = Other {
            decision_id: Some(&decision_id),
            deliberation_ref: &row.text(11)?,
            rectifies_id: rectifies_id.as_deref(),
        };
        let ground = self.ground(proposal, &other, today).await?;
        Ok(Some(Preparation {
            departs: departs(&draft, &ground),
            faults: faults(&draft, &ground),
            prepared_by: row.text(10)?,
            version: row.int(13)?,
            decision_id,
            draft,
        }))
    }

    /// What a decision on this proposal is judged against.
    pub(in crate::store) async fn ground(
        &mut self,
        proposal: &ProposalId,
        other: &Other<'_>,
        today: &Day,
    ) -> Result<Ground> {
        let opinion = self
            .row(
                "select max(heard_on) from opinion
                 where proposal_id = $1 and given_at_ms is not null",
                args![proposal.as_str()],
            )
            .await?;
        let opinion_on = opinion.map(|row| day_at(&row, 0)).transpose()?.flatten();
        let rectifies = match other.rectifies_id {
            Some(id) => {
                let row = self
                    .row(
                        "select value from decision where decision_id = $1",
                        args![id],
                    )
                    .await?;
                row.map(|row| known(DecisionValue::from_key(&row.text(0)?)))
                    .transpose()?
            }
            None => None,
        };
        Ok(Ground {
            today: today.clone(),
            opinion_on,
            advice: self.advices(proposal).await?.first().copied(),
            ceilings: self.ceilings(proposal).await?,
            requested: self.requested(proposal).await?,
            envelopes: self.envelopes().await?,
            taken: self.decided_beside(other.rectifies_id).await?,
            deliberation_is_used: self.is_used(other).await?,
            rectifies,
        })
    }

    /// Whether another decision bears this deliberation number; the one it rectifies may.
    async fn is_used(&mut self, other: &Other<'_>) -> Result<bool> {
        let row = self
            .row(
                "select count(*) from decision where deliberation_ref = $1
                 and abandoned_at_ms is null and decision_id <> $2 and decision_id <> $3",
                args![
                    other.deliberation_ref,
                    other.decision_id.unwrap_or_default(),
                    other.rectifies_id.unwrap_or_default()
                ],
            )
            .await?;
        Ok(row.map(|row| row.int(0)).transpose()?.unwrap_or(0) > 0)
    }

    /// The ceilings of the committee's last advice.
    async fn ceilings(&mut self, proposal: &ProposalId) -> Result<Vec<Amount>> {
        self.amounts(
            "select c.code, c.year, c.amount_cents from arbitration_ceiling c
             where c.arbitration_id = (select a.arbitration_id from arbitration a
                 where a.proposal_id = $1
                 order by a.recorded_at_ms desc, a.arbitration_id desc limit 1)
             order by c.code, c.year",
            proposal.as_str(),
        )
        .await
    }

    /// The money of a decision.
    pub(in crate::store) async fn decision_amounts(&mut self, id: &str) -> Result<Vec<Amount>> {
        self.amounts(
            "select code, year, amount_cents from decision_amount where decision_id = $1
             order by code, year",
            id,
        )
        .await
    }

    async fn conditions_due(&mut self, id: &str) -> Result<Vec<Day>> {
        let rows = self
            .rows(
                "select due_on from decision_condition where decision_id = $1 order by rank",
                args![id],
            )
            .await?;
        rows.iter()
            .map(|row| known(Day::from_iso(&row.text(0)?)))
            .collect()
    }

    /// How many conditions are open on what the Region decided, and how many of them block.
    pub(in crate::store) async fn open_conditions(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<(i64, i64)> {
        let row = self
            .row(
                concat!(
                    "select count(*), coalesce(cast(sum(c.blocking) as bigint), 0)
                 from decision_condition c join decision d on d.decision_id = c.decision_id
                 where d.proposal_id = $1 and c.lifted_at_ms is null and ",
                    in_force!("d")
                ),
                args![proposal.as_str()],
            )
            .await?
            .ok_or_else(|| Error::internal("a count without a row"))?;
        Ok((row.int(0)?, row.int(1)?))
    }
}

/// Which decision is judged beside the others.
#[derive(Clone, Copy, Debug)]
pub struct Other<'a> {
    /// Its id, once it is kept.
    pub decision_id: Option<&'a str>,
    /// Its deliberation's number.
    pub deliberation_ref: &'a str,
    /// The decision it rectifies.
    pub rectifies_id: Option<&'a str>,
}

fn known<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a decision that cannot be read"))
}

fn day_at(row: &Row, index: usize) -> Result<Option<Day>> {
    row.opt_text(index)?
        .map(|text| known(Day::from_iso(&text)))
        .transpose()
}
