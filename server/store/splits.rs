//! What a split is about, for who may read the proposal: the rows to allocate, the plan that awaits its
//! second person, what was dropped. The act itself is a transition (`transitions/split`).

use super::accounts::Identity;
use super::refs::{PersonRef, add_once, organisation_today, person_at, person_columns};
use super::transitions::{Plan, SplitRow};
use super::{Store, Tx, args};
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::splits::is_outdated;

/// What a split is about.
#[derive(Debug)]
pub struct SplitPage {
    /// The rows, as they stand.
    pub rows: Vec<SplitRow>,
    /// What awaits its second person.
    pub plan: Option<Plan>,
    /// Whether the rows changed since it was planned.
    pub is_outdated: bool,
    /// What went nowhere.
    pub dropped: Vec<DroppedRow>,
}

/// A row that went nowhere, on purpose.
#[derive(Clone, Debug)]
pub struct DroppedRow {
    /// `expense`, `funding`, `envelope_request`, `job_line`.
    pub kind: String,
    /// Its id.
    pub row_id: String,
    /// What it was about.
    pub label: String,
    /// Its year.
    pub year: i64,
    /// How much, in euro cents.
    pub cents: Option<i64>,
    /// How many posts.
    pub posts: Option<i64>,
    /// Why.
    pub motive: String,
    /// Who completed the split.
    pub dropped_by: Option<PersonRef>,
    /// When, in milliseconds UTC.
    pub dropped_at_ms: i64,
}

impl Store {
    /// What a split of this proposal is about.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn split_page(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<SplitPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        let rows = tx.split_rows(proposal).await?;
        let plan = tx.pending_plan(proposal).await?;
        let current: Vec<_> = rows.iter().map(|row| row.row.clone()).collect();
        Ok(SplitPage {
            is_outdated: plan
                .as_ref()
                .is_some_and(|plan| is_outdated(&current, &plan.rows)),
            dropped: tx.dropped_rows(proposal, &today).await?,
            plan,
            rows,
        })
    }
}

impl Tx {
    async fn pending_plan(&mut self, proposal: &ProposalId) -> Result<Option<Plan>> {
        let row = self
            .row(
                "select plan from pending_move
                 where proposal_id = $1 and transition = 'T30' and closed_at_ms is null",
                args![proposal.as_str()],
            )
            .await?;
        let text = row.map(|row| row.opt_text(0)).transpose()?.flatten();
        text.as_deref().map(Plan::read).transpose()
    }

    async fn dropped_rows(
        &mut self,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Vec<DroppedRow>> {
        let mut people = Vec::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from (select distinct dropped_by from dropped_row where proposal_id = $1) d
                      join person p on p.person_id = d.dropped_by",
                    organisation_today!("$2", "$3"),
                    "order by p.person_id, f.valid_from"
                ),
                args![proposal.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            add_once(&mut people, person_at(&row, 0)?);
        }
        let rows = self
            .rows(
                "select kind, row_id, label, year, amount_cents, posts, motive, dropped_by,
                        dropped_at_ms
                 from dropped_row where proposal_id = $1 order by kind, year, row_id",
                args![proposal.as_str()],
            )
            .await?;
        let mut dropped = Vec::new();
        for row in rows {
            let by = row.text(7)?;
            dropped.push(DroppedRow {
                kind: row.text(0)?,
                row_id: row.text(1)?,
                label: row.text(2)?,
                year: row.int(3)?,
                cents: row.opt_int(4)?,
                posts: row.opt_int(5)?,
                motive: row.text(6)?,
                dropped_by: people.iter().find(|one| one.person_id == by).cloned(),
                dropped_at_ms: row.int(8)?,
            });
        }
        Ok(dropped)
    }
}
