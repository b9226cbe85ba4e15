//! Confirming what was prepared. T20 and T21 confirm the decision on a proposal (`store/transitions`); here what
//! moves nothing: a change of an action (avenant), the correction of a decision. And lifting a condition.

use serde_json::json;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId, VersionId};
use crate::proof::canonical;
use crate::rules::decisions::{Kind, Prepared};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::money::in_force;
use crate::store::{Store, Tx, args};

/// How a decision is confirmed.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Confirming<'a> {
    /// The preparation.
    pub(in crate::store) decision_id: &'a str,
    /// Whether it departs from the committee's advice.
    pub(in crate::store) departs: bool,
    /// What was decided on.
    pub(in crate::store) version: Option<&'a VersionId>,
}

/// What lifts a condition, tidied.
#[derive(Clone, Debug)]
pub struct Lifting {
    /// The condition: its id.
    pub condition_id: String,
    /// What shows that it is met.
    pub evidence: String,
    /// The condition's counter as it was read.
    pub expected_version: i64,
}

impl Store {
    /// Confirms a change or a correction of a decision; what it corrects stays beside it.
    ///
    /// # Errors
    /// `NotFound`, also where nothing of the kind is prepared; `Refused` by R-DECISION; `Conflict`
    /// `version_changed` when it was prepared anew since it was read.
    pub async fn confirm_later_decision(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        expected_version: i64,
        rule: impl FnOnce(&Facts, &Prepared) -> Result<Permit<act::RectifyDecision>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        crate::rules::rights::may::<act::Read>(&facts)?;
        tx.hold_programme().await?;
        let prepared = tx.prepared(proposal, &today).await?;
        let prepared = prepared.ok_or(Error::Conflict("version_changed"))?;
        let seen = prepared.seen_by(who.person_id.as_str(), &today);
        rule(&facts, &seen)?;
        if prepared.version != expected_version {
            return Err(Error::Conflict("version_changed"));
        }
        let name = match prepared.draft.kind {
            Kind::Initial => return Err(Error::NotFound),
            Kind::Addendum => "decision_addendum",
            Kind::Rectification => "decision_rectified",
        };
        let version = tx.latest_version(proposal).await?;
        let confirming = Confirming {
            decision_id: &prepared.decision_id,
            departs: prepared.departs,
            version: version.as_ref(),
        };
        tx.keep_lifted(&prepared.decision_id).await?;
        tx.confirm_prepared(who, &confirming, now).await?;
        tx.answer_addenda(proposal, &prepared.decision_id, now)
            .await?;
        tx.bump_version(proposal).await?;
        let details = json!({
            "decision_id": prepared.decision_id, "value": prepared.draft.value.key(),
        });
        tx.note_decision(who, proposal, name, &details, now).await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Lifts a condition with what shows that it is met.
    ///
    /// # Errors
    /// `NotFound`, also for a condition of another proposal or of a corrected decision; `Refused` by
    /// R-CONDITION; `Conflict` `version_changed`, also when it is lifted already.
    pub async fn lift_condition(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        lifting: &Lifting,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::LiftCondition>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        let row = tx
            .row(
                concat!(
                    "select c.version, c.lifted_at_ms from decision_condition c
                 join decision d on d.decision_id = c.decision_id
                 where c.condition_id = $1 and d.proposal_id = $2 and ",
                    in_force!("d")
                ),
                args![&lifting.condition_id, proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        if row.int(0)? != lifting.expected_version || row.opt_int(1)?.is_some() {
            return Err(Error::Conflict("version_changed"));
        }
        tx.run(
            "update decision_condition set evidence = $1, lifted_by = $2, lifted_at_ms = $3,
                    version = version + 1 where condition_id = $4",
            args![
                &lifting.evidence,
                who.person_id.as_str(),
                now.ms(),
                &lifting.condition_id
            ],
        )
        .await?;
        let (open, _) = tx.open_conditions(proposal).await?;
        let details =
            canonical::json(&json!({ "condition_id": lifting.condition_id, "open_count": open }));
        let capacity = [Role::RegionInstructor, Role::RegionValidator];
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: capacity.into_iter().find(|role| facts.roles.has(*role)),
            text: Some(&lifting.evidence),
            details: Some(&details),
            ..Entry::new("condition_lifted", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    /// Confirms it: from here on the database refuses to change it.
    pub(in crate::store) async fn confirm_prepared(
        &mut self,
        who: &Identity,
        confirming: &Confirming<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "update decision set confirmed_by = $1, confirmed_at_ms = $2, published_at_ms = $3,
                    departs = $4, version_id = $5, version = version + 1
             where decision_id = $6 and confirmed_at_ms is null",
            args![
                who.person_id.as_str(),
                now.ms(),
                now.ms(),
                i64::from(confirming.departs),
                confirming.version.map(VersionId::as_str),
                confirming.decision_id
            ],
        )
        .await?;
        Ok(())
    }

    /// A condition that a correction says again in the same words stays lifted.
    async fn keep_lifted(&mut self, decision_id: &str) -> Result<()> {
        let lifted = self
            .rows(
                "select n.condition_id, o.evidence, o.lifted_by, o.lifted_at_ms
                 from decision d join decision_condition n on n.decision_id = d.decision_id
                 join decision_condition o on o.decision_id = d.rectifies_id and o.body = n.body
                 where d.decision_id = $1 and o.lifted_at_ms is not null",
                args![decision_id],
            )
            .await?;
        for row in lifted {
            self.run(
                "update decision_condition set evidence = $1, lifted_by = $2, lifted_at_ms = $3
                 where condition_id = $4",
                args![
                    row.opt_text(1)?,
                    row.opt_text(2)?,
                    row.opt_int(3)?,
                    row.text(0)?
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// The changes of the action that were asked for are answered by its addendum.
    async fn answer_addenda(
        &mut self,
        proposal: &ProposalId,
        decision_id: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "update addendum set state = 'decided', decision_id = $1, closed_at_ms = $2
             where proposal_id = $3 and state = 'asked'
             and (select kind from decision where decision_id = $4) = 'addendum'",
            args![decision_id, now.ms(), proposal.as_str(), decision_id],
        )
        .await?;
        Ok(())
    }
}
