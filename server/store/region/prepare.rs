//! A decision of the Region, prepared: checked whole, kept until another validator confirms it, or given up.
//! Two who prepare the same file see each other: the counter of the preparation tells them apart.

use serde_json::json;

use super::decisions::Other;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::day::Day;
use crate::rules::decisions::{DecisionValue, Draft, Fault, Kind, Preparing, faults};
use crate::rules::money::Amount;
use crate::rules::rights::{Facts, Refusal};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::money::in_force;
use crate::store::{Store, Tx, args};

/// A decision as a validator prepares it, texts tidied and within bounds.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// What it is about.
    pub kind: Kind,
    /// The decision it corrects.
    pub rectifies_id: Option<String>,
    /// What it says.
    pub value: DecisionValue,
    /// Who decides.
    pub organ: String,
    /// The number of the deliberation.
    pub deliberation_ref: String,
    /// Its title.
    pub title: String,
    /// The day of the session.
    pub decided_on: Day,
    /// When it was transmitted to the prefect.
    pub transmitted_on: Option<Day>,
    /// From when it is enforceable.
    pub enforceable_on: Option<Day>,
    /// Why.
    pub motive: Option<String>,
    /// Why an envelope is overrun all the same.
    pub override_motive: Option<String>,
    /// A return: its reason.
    pub reason_code: Option<&'static str>,
    /// A return: what is asked for.
    pub points: Vec<String>,
    /// A return: until when.
    pub due_on: Option<Day>,
    /// The money, by envelope and year; zeros left out.
    pub amounts: Vec<Amount>,
    /// The conditions.
    pub conditions: Vec<NewCondition>,
    /// The preparation's counter as it was read; `None` for the first.
    pub expected_version: Option<i64>,
}

/// A condition as it is prepared.
#[derive(Clone, Debug)]
pub struct NewCondition {
    /// What is asked for, and what shows it.
    pub body: String,
    /// Until when.
    pub due_on: Day,
    /// Whether the action may not be engaged before.
    pub blocking: bool,
}

/// The preparation that is open.
struct Open {
    decision_id: String,
    version: i64,
}

impl NewDecision {
    /// As the rules look at it.
    fn draft(&self) -> Draft {
        Draft {
            kind: self.kind,
            value: self.value,
            decided_on: self.decided_on.clone(),
            transmitted_on: self.transmitted_on.clone(),
            enforceable_on: self.enforceable_on.clone(),
            amounts: self.amounts.clone(),
            conditions_due: self
                .conditions
                .iter()
                .map(|one| one.due_on.clone())
                .collect(),
            question_count: self.points.len(),
            due_on: self.due_on.clone(),
            has_motive: self.motive.is_some(),
            has_override_motive: self.override_motive.is_some(),
        }
    }
}

impl Store {
    /// Prepares a decision, or prepares it anew. Who prepared last may not confirm it.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-PREPARE or R-DECISION; `Conflict` `version_changed` when somebody else
    /// prepared meanwhile; `Faulty` with everything that is wrong; `Invalid` on `rectifies_id`.
    pub async fn prepare_decision(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        new: &NewDecision,
        rule: impl FnOnce(&Facts, Kind) -> Result<Preparing, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts, new.kind)?;
        tx.hold_programme().await?;
        let open = tx.open_preparation(proposal).await?;
        if open.as_ref().map(|open| open.version) != new.expected_version {
            return Err(Error::Conflict("version_changed"));
        }
        tx.check_rectified(proposal, new).await?;
        let other = Other {
            decision_id: open.as_ref().map(|open| open.decision_id.as_str()),
            deliberation_ref: &new.deliberation_ref,
            rectifies_id: new.rectifies_id.as_deref(),
        };
        let ground = tx.ground(proposal, &other, &today).await?;
        let wrong = faults(&new.draft(), &ground);
        if !wrong.is_empty() {
            let named = wrong
                .iter()
                .map(|fault: &Fault| (fault.field(), fault.code()));
            return Err(Error::Faulty(named.collect()));
        }
        let id = tx.keep_preparation(who, proposal, new, open, now).await?;
        tx.bump_version(proposal).await?;
        let details =
            json!({ "decision_id": id, "kind": new.kind.key(), "value": new.value.key() });
        tx.note_decision(who, proposal, "decision_prepared", &details, now)
            .await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Gives the preparation up.
    ///
    /// # Errors
    /// `NotFound`, also without a preparation; `Refused` by R-PREPARE or R-DECISION; `Conflict`
    /// `version_changed`.
    pub async fn give_up_decision(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        expected_version: i64,
        rule: impl FnOnce(&Facts, Kind) -> Result<Preparing, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        let prepared = tx.prepared(proposal, &today).await?;
        let kind = prepared
            .as_ref()
            .map_or(Kind::Initial, |one| one.draft.kind);
        rule(&facts, kind)?;
        let open = tx
            .open_preparation(proposal)
            .await?
            .ok_or(Error::NotFound)?;
        if open.version != expected_version {
            return Err(Error::Conflict("version_changed"));
        }
        tx.abandon_preparation(proposal, now).await?;
        tx.bump_version(proposal).await?;
        let details = json!({ "decision_id": open.decision_id });
        tx.note_decision(who, proposal, "decision_given_up", &details, now)
            .await?;
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    /// One at a time: the envelopes and the deliberation numbers are the whole programme's, and each proposal
    /// has its own document. Taken after the document's row.
    pub(in crate::store) async fn hold_programme(&mut self) -> Result<()> {
        self.run("update programme set version = version", &[])
            .await
            .map(|_| ())
    }

    /// Ends the preparation that is open, if there is one.
    pub(in crate::store) async fn abandon_preparation(
        &mut self,
        proposal: &ProposalId,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "update decision set abandoned_at_ms = $1, version = version + 1
             where proposal_id = $2 and confirmed_at_ms is null and abandoned_at_ms is null",
            args![now.ms(), proposal.as_str()],
        )
        .await?;
        Ok(())
    }

    async fn open_preparation(&mut self, proposal: &ProposalId) -> Result<Option<Open>> {
        let row = self
            .row(
                "select decision_id, version from decision
                 where proposal_id = $1 and confirmed_at_ms is null and abandoned_at_ms is null",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| {
            Ok(Open {
                decision_id: row.text(0)?,
                version: row.int(1)?,
            })
        })
        .transpose()
    }

    /// A rectification names a confirmed decision of this proposal that nothing has corrected yet.
    async fn check_rectified(&mut self, proposal: &ProposalId, new: &NewDecision) -> Result<()> {
        let wrong = Err(Error::Invalid {
            field: "rectifies_id",
            problem: "unknown",
        });
        let id = match (new.kind, new.rectifies_id.as_deref()) {
            (Kind::Rectification, Some(id)) => id,
            (Kind::Initial | Kind::Addendum, None) => return Ok(()),
            (Kind::Rectification, None) | (Kind::Initial | Kind::Addendum, Some(_)) => {
                return wrong;
            }
        };
        let row = self
            .row(
                concat!(
                    "select 1 from decision d where d.decision_id = $1 and d.proposal_id = $2
                 and ",
                    in_force!("d")
                ),
                args![id, proposal.as_str()],
            )
            .await?;
        if row.is_some() { Ok(()) } else { wrong }
    }

    async fn keep_preparation(
        &mut self,
        who: &Identity,
        proposal: &ProposalId,
        new: &NewDecision,
        open: Option<Open>,
        now: Timestamp,
    ) -> Result<String> {
        let id = match open {
            Some(open) => open.decision_id,
            None => self.add_preparation(who, proposal, new, now).await?,
        };
        let points = serde_json::to_string(&new.points).map_err(Error::internal)?;
        self.run(
            "update decision set kind = $1, rectifies_id = $2, value = $3, organ = $4,
                    deliberation_ref = $5, title = $6, decided_on = $7, transmitted_on = $8,
                    enforceable_on = $9, motive = $10, override_motive = $11, reason_code = $12,
                    points = $13, due_on = $14, prepared_by = $15, prepared_at_ms = $16,
                    version = version + 1
             where decision_id = $17",
            args![
                new.kind.key(),
                new.rectifies_id.clone(),
                new.value.key(),
                &new.organ,
                &new.deliberation_ref,
                &new.title,
                new.decided_on.as_str(),
                new.transmitted_on.as_ref().map(Day::as_str),
                new.enforceable_on.as_ref().map(Day::as_str),
                new.motive.clone(),
                new.override_motive.clone(),
                new.reason_code,
                points,
                new.due_on.as_ref().map(Day::as_str),
                who.person_id.as_str(),
                now.ms(),
                &id
            ],
        )
        .await?;
        self.keep_amounts(&id, &new.amounts).await?;
        self.keep_conditions(&id, &new.conditions).await?;
        Ok(id)
    }

    async fn add_preparation(
        &mut self,
        who: &Identity,
        proposal: &ProposalId,
        new: &NewDecision,
        now: Timestamp,
    ) -> Result<String> {
        let id = uuid::Uuid::now_v7().to_string();
        self.run(
            "insert into decision (decision_id, proposal_id, kind, round, value, organ,
                                   deliberation_ref, title, decided_on, prepared_by,
                                   prepared_at_ms, version)
             select $1, proposal_id, $2, round, $3, $4, $5, $6, $7, $8, $9, 0 from proposal
             where proposal_id = $10",
            args![
                &id,
                new.kind.key(),
                new.value.key(),
                &new.organ,
                &new.deliberation_ref,
                &new.title,
                new.decided_on.as_str(),
                who.person_id.as_str(),
                now.ms(),
                proposal.as_str()
            ],
        )
        .await?;
        Ok(id)
    }

    async fn keep_amounts(&mut self, id: &str, amounts: &[Amount]) -> Result<()> {
        self.run(
            "delete from decision_amount where decision_id = $1",
            args![id],
        )
        .await?;
        for amount in amounts {
            self.run(
                "insert into decision_amount (decision_id, code, year, amount_cents)
                 values ($1, $2, $3, $4)",
                args![id, &amount.code, amount.year, amount.cents],
            )
            .await?;
        }
        Ok(())
    }

    async fn keep_conditions(&mut self, id: &str, conditions: &[NewCondition]) -> Result<()> {
        self.run(
            "delete from decision_condition where decision_id = $1",
            args![id],
        )
        .await?;
        for (rank, condition) in (1_i64..).zip(conditions) {
            self.run(
                "insert into decision_condition (condition_id, decision_id, rank, body, due_on,
                                                 blocking, version)
                 values ($1, $2, $3, $4, $5, $6, 1)",
                args![
                    uuid::Uuid::now_v7().to_string(),
                    id,
                    rank,
                    &condition.body,
                    condition.due_on.as_str(),
                    i64::from(condition.blocking)
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// Who confirms confirms what they read: another preparation makes an open confirmation stale.
    pub(super) async fn bump_version(&mut self, proposal: &ProposalId) -> Result<()> {
        self.run(
            "update proposal set version = version + 1 where proposal_id = $1",
            args![proposal.as_str()],
        )
        .await?;
        Ok(())
    }

    pub(super) async fn note_decision(
        &mut self,
        who: &Identity,
        proposal: &ProposalId,
        act: &str,
        details: &serde_json::Value,
        now: Timestamp,
    ) -> Result<()> {
        let details = canonical::json(details);
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(Role::RegionValidator),
            details: Some(&details),
            ..Entry::new(act, now)
        };
        self.record(proposal, &entry).await.map(|_| ())
    }
}
