//! The reading of a file by associated directions: asked for with ten working days, answered by whoever
//! instructs for the direction. Nothing is written when the days are over: silence means no remark.

use serde_json::json;

use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::day::Day;
use crate::rules::programme::CROSS_READING;
use crate::rules::review::{Answer, cross_reading_due};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// What a direction answers.
#[derive(Clone, Debug)]
pub struct ReadingAnswer {
    /// The direction: its id.
    pub region_unit_id: String,
    /// What it says.
    pub answer: Answer,
    /// In words; needed with remarks.
    pub body: Option<String>,
}

impl Store {
    /// Asks directions to read a file; those already asked are not asked again.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-REVIEW; `Invalid` for what is none of the Region's directions.
    pub async fn ask_readings(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        units: &[String],
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReviewFile>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        let review = tx.open_review(proposal).await?.ok_or(Error::NotFound)?;
        let lead = tx.proposal_row(proposal).await?.lead_unit_id;
        let days = tx.settings().await?.number(&CROSS_READING);
        let due_on = cross_reading_due(&today, days);
        for unit in units {
            let is_lead = lead.as_deref() == Some(unit.as_str());
            if is_lead || !tx.is_of_region(unit).await? {
                let problem = if is_lead { "lead_direction" } else { "unknown" };
                return Err(Error::Invalid {
                    field: "region_unit_ids",
                    problem,
                });
            }
            tx.run(
                "insert into cross_reading (cross_reading_id, review_id, region_unit_id, asked_by,
                                            asked_at_ms, due_on) values ($1, $2, $3, $4, $5, $6)
                 on conflict (review_id, region_unit_id) do nothing",
                args![
                    uuid::Uuid::now_v7().to_string(),
                    &review.review_id,
                    unit,
                    who.person_id.as_str(),
                    now.ms(),
                    due_on.as_str()
                ],
            )
            .await?;
            tx.run(
                "insert into proposal_unit (proposal_id, region_unit_id) values ($1, $2)
                 on conflict (proposal_id, region_unit_id) do nothing",
                args![proposal.as_str(), unit],
            )
            .await?;
        }
        let details = json!({ "region_unit_ids": units, "due_on": due_on.as_str() });
        let details = canonical::json(&details);
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(Role::RegionInstructor),
            details: Some(&details),
            ..Entry::new("reading_asked", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Answers for a direction, or answers anew, until the Region decides.
    ///
    /// # Errors
    /// `NotFound`, also for a direction that was not asked; `Refused` by R-CROSS.
    pub async fn answer_reading(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        said: &ReadingAnswer,
        rule: impl FnOnce(&Facts, bool) -> Result<Permit<act::AnswerCrossReading>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        let units = tx.directions_of(&who.account_id, &today).await?;
        rule(&facts, units.contains(&said.region_unit_id))?;
        let review = tx.open_review(proposal).await?.ok_or(Error::NotFound)?;
        let written = tx
            .run(
                "update cross_reading set answer = $1, body = $2, answered_by = $3,
                        answered_at_ms = $4 where review_id = $5 and region_unit_id = $6",
                args![
                    said.answer.key(),
                    said.body.clone(),
                    who.person_id.as_str(),
                    now.ms(),
                    &review.review_id,
                    &said.region_unit_id
                ],
            )
            .await?;
        if written == 0 {
            return Err(Error::NotFound);
        }
        let details = json!({ "region_unit_id": said.region_unit_id, "answer": said.answer.key() });
        let details = canonical::json(&details);
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(Role::RegionInstructor),
            details: Some(&details),
            ..Entry::new("reading_answered", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    /// The directions an account acts for today.
    pub(super) async fn directions_of(
        &mut self,
        account: &AccountId,
        today: &Day,
    ) -> Result<Vec<String>> {
        let rows = self
            .rows(
                "select distinct m.region_unit_id from mandate m
                 join account a on a.person_id = m.person_id
                 where a.account_id = $1 and m.region_unit_id is not null and m.valid_from <= $2
                 and (m.valid_to is null or m.valid_to > $3) order by m.region_unit_id",
                args![account.as_str(), today.as_str(), today.as_str()],
            )
            .await?;
        rows.iter().map(|row| row.text(0)).collect()
    }
}
