//! A file at the Region's desk, written: what was found of its checklist, that it is complete, its session, the
//! directions associated with it. One transaction an act, under the document's row.

use serde_json::{Value as Json, json};

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::day::Day;
use crate::rules::review::{CheckState, Item};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// What changes in the review of a file; what is `None` or empty stays.
#[derive(Clone, Debug)]
pub struct ReviewChange {
    /// The review's counter as it was read.
    pub expected_version: i64,
    /// What was found of some points.
    pub checks: Vec<Check>,
    /// Whether it is complete.
    pub is_complete: Option<bool>,
    /// Its session.
    pub session: Option<Session>,
    /// The directions associated with it: their ids.
    pub associated: Option<Vec<String>>,
}

/// What was found of a point.
#[derive(Clone, Debug)]
pub struct Check {
    /// The point.
    pub item: Item,
    /// What was found.
    pub state: CheckState,
    /// What to know about it.
    pub note: Option<String>,
}

/// When the file comes before whom.
#[derive(Clone, Debug)]
pub struct Session {
    /// The day; `None`: not planned any more.
    pub on: Option<Day>,
    /// The organ: `Assemblée plénière`, `Commission permanente`...
    pub organ: Option<String>,
}

/// The review that is open.
#[derive(Clone, Debug)]
pub(super) struct OpenReview {
    /// Its id.
    pub(super) review_id: String,
    /// Whether it was found complete.
    pub(super) is_complete: bool,
    /// The optimistic counter.
    pub(super) version: i64,
}

/// One act on a file, under way.
struct Act<'a> {
    who: &'a Identity,
    proposal: &'a ProposalId,
    review: OpenReview,
    now: Timestamp,
}

impl Store {
    /// Changes the review of a file.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-REVIEW, also `review_incomplete`; `Conflict` `version_changed`; `Invalid` for a
    /// point the file does not need or a direction that does not exist.
    pub async fn change_review(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        change: &ReviewChange,
        may: impl FnOnce(&Facts) -> Result<Permit<act::ReviewFile>, Refusal> + Send,
        complete: impl FnOnce(&Facts, usize) -> Result<Permit<act::ReviewFile>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        may(&facts)?;
        let review = tx.open_review(proposal).await?.ok_or(Error::NotFound)?;
        if review.version != change.expected_version {
            return Err(Error::Conflict("version_changed"));
        }
        let act = Act {
            who,
            proposal,
            review,
            now,
        };
        tx.keep_checks(&act, &change.checks).await?;
        let open_count = tx.open_checks(proposal).await?;
        if change.is_complete == Some(true) {
            complete(&facts, open_count)?;
        }
        tx.keep_completeness(&act, change.is_complete, open_count)
            .await?;
        if let Some(session) = &change.session {
            tx.keep_session(&act, session).await?;
        }
        if let Some(units) = &change.associated {
            tx.keep_associated(&act, units).await?;
        }
        tx.run(
            "update regional_review set version = version + 1 where review_id = $1",
            args![&act.review.review_id],
        )
        .await?;
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    /// The review that is open on a proposal.
    pub(super) async fn open_review(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Option<OpenReview>> {
        let row = self
            .row(
                "select review_id, completed_at_ms, version from regional_review
                 where proposal_id = $1 and closed_at_ms is null
                 order by received_at_ms desc, review_id desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| {
            Ok(OpenReview {
                review_id: row.text(0)?,
                is_complete: row.opt_int(1)?.is_some(),
                version: row.int(2)?,
            })
        })
        .transpose()
    }

    async fn keep_checks(&mut self, act: &Act<'_>, checks: &[Check]) -> Result<()> {
        if checks.is_empty() {
            return Ok(());
        }
        let needed = self.checklist(act.proposal).await?;
        let mut found = serde_json::Map::new();
        for check in checks {
            if !needed.contains(&check.item) {
                return Err(Error::Invalid {
                    field: "checks",
                    problem: "unknown",
                });
            }
            self.run(
                "insert into review_check (review_id, item, state, note, checked_by, checked_at_ms)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (review_id, item) do update set state = excluded.state,
                 note = excluded.note, checked_by = excluded.checked_by,
                 checked_at_ms = excluded.checked_at_ms",
                args![
                    &act.review.review_id,
                    check.item.key(),
                    check.state.key(),
                    check.note.clone(),
                    act.who.person_id.as_str(),
                    act.now.ms()
                ],
            )
            .await?;
            found.insert(check.item.key().into(), check.state.key().into());
        }
        self.note_review(act, "file_checked", json!({ "checks": found }))
            .await
    }

    /// Said complete, or not any more; a point that opens again ends it by itself.
    async fn keep_completeness(
        &mut self,
        act: &Act<'_>,
        said: Option<bool>,
        open_count: usize,
    ) -> Result<()> {
        let wanted = said.unwrap_or(act.review.is_complete) && open_count == 0;
        if wanted == act.review.is_complete {
            return Ok(());
        }
        self.run(
            "update regional_review set completed_at_ms = $1, completed_by = $2 where review_id = $3",
            args![
                wanted.then_some(act.now.ms()),
                wanted.then_some(act.who.person_id.as_str()),
                &act.review.review_id
            ],
        )
        .await?;
        let name = if wanted {
            "file_completed"
        } else {
            "file_reopened"
        };
        self.note_review(act, name, json!({})).await
    }

    async fn keep_session(&mut self, act: &Act<'_>, session: &Session) -> Result<()> {
        let on = session.on.as_ref().map(Day::as_str);
        self.run(
            "update regional_review set session_on = $1, session_organ = $2 where review_id = $3",
            args![on, session.organ.clone(), &act.review.review_id],
        )
        .await?;
        let details = json!({ "session_on": on, "organ": session.organ });
        self.note_review(act, "file_scheduled", details).await
    }

    async fn keep_associated(&mut self, act: &Act<'_>, units: &[String]) -> Result<()> {
        self.run(
            "delete from proposal_unit where proposal_id = $1",
            args![act.proposal.as_str()],
        )
        .await?;
        for unit in units {
            if !self.is_of_region(unit).await? {
                return Err(Error::Invalid {
                    field: "associated",
                    problem: "unknown",
                });
            }
            self.run(
                "insert into proposal_unit (proposal_id, region_unit_id) values ($1, $2)
                 on conflict (proposal_id, region_unit_id) do nothing",
                args![act.proposal.as_str(), unit],
            )
            .await?;
        }
        self.note_review(act, "file_associated", json!({ "region_unit_ids": units }))
            .await
    }

    /// Whether this is one of the Region's directions.
    pub(super) async fn is_of_region(&mut self, unit: &str) -> Result<bool> {
        let row = self
            .row(
                "select 1 from region_unit where region_unit_id = $1 and kind = 'direction'",
                args![unit],
            )
            .await?;
        Ok(row.is_some())
    }

    async fn note_review(&mut self, act: &Act<'_>, name: &str, details: Json) -> Result<()> {
        let details = canonical::json(&details);
        let entry = Entry {
            person_id: Some(act.who.person_id.as_str()),
            capacity: Some(Role::RegionInstructor),
            details: Some(&details),
            ..Entry::new(name, act.now)
        };
        self.record(act.proposal, &entry).await.map(|_| ())
    }
}
