//! What the Region's desk reads: one statement a table, whatever the number of files.

use std::collections::{HashMap, HashSet};

use super::desk::{Advised, DeskDecision, Readings};
use crate::error::{Error, Result};
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::rules::review::{CheckState, Item};
use crate::store::accounts::Identity;
use crate::store::refs::{organisation_today, person_at, person_columns};
use crate::store::{Row, Tx, args};

/// A stay at the Region, as the desk needs it.
pub(super) struct DeskReview {
    pub(super) review_id: String,
    pub(super) received_at_ms: i64,
    pub(super) is_complete: bool,
    pub(super) session_on: Option<String>,
    pub(super) session_organ: Option<String>,
    pub(super) closed_at_ms: Option<i64>,
    pub(super) lead_unit_id: Option<String>,
    pub(super) proposal_version: i64,
}

/// All of it, by proposal or by review.
pub(super) struct Rows {
    /// By proposal: the files that lie there, and those decided since.
    pub(super) reviews: HashMap<String, DeskReview>,
    /// By review.
    pub(super) checks: HashMap<String, Vec<(Item, CheckState)>>,
    /// By review.
    pub(super) readings: HashMap<String, Readings>,
    /// By proposal.
    pub(super) advices: HashMap<String, Advised>,
    /// By proposal.
    pub(super) requested: HashMap<String, Vec<Amount>>,
    /// By proposal.
    pub(super) decisions: HashMap<String, DeskDecision>,
    /// The organisations that are associations.
    pub(super) associations: HashSet<String>,
}

/// The files at the Region, and those whose decision is recent; what was sent back or withdrawn is gone.
const REVIEWS: &str = "select p.proposal_id, r.review_id, r.received_at_ms, r.completed_at_ms,
        r.session_on, r.session_organ, r.closed_at_ms, p.lead_unit_id, p.version
 from regional_review r join proposal p on p.proposal_id = r.proposal_id
 where (r.closed_at_ms is null and p.stage = 'at_region')
 or (r.closed_at_ms > $1 and exists (select 1 from decision d where d.proposal_id = p.proposal_id
     and d.kind = 'initial' and d.confirmed_at_ms = r.closed_at_ms and d.value <> 'returned'))
 order by r.received_at_ms";

const CHECKS: &str = "select c.review_id, c.item, c.state from review_check c
 join regional_review r on r.review_id = c.review_id
 where r.closed_at_ms is null or r.closed_at_ms > $1";

const READINGS: &str = "select x.review_id, x.region_unit_id, x.due_on, x.answered_at_ms
 from cross_reading x join regional_review r on r.review_id = x.review_id
 where r.closed_at_ms is null or r.closed_at_ms > $1";

/// The committee's advices of the round, the newest last.
const ADVICES: &str = "select a.proposal_id, a.arbitration_id, a.value, a.rank, a.motive
 from arbitration a join proposal p on p.proposal_id = a.proposal_id and p.round = a.round
 where exists (select 1 from regional_review r where r.proposal_id = p.proposal_id
     and (r.closed_at_ms is null or r.closed_at_ms > $1))
 order by a.recorded_at_ms, a.arbitration_id";

const CEILINGS: &str = "select c.arbitration_id, c.code, c.year, c.amount_cents
 from arbitration_ceiling c join arbitration a on a.arbitration_id = c.arbitration_id
 where exists (select 1 from regional_review r where r.proposal_id = a.proposal_id
     and (r.closed_at_ms is null or r.closed_at_ms > $1))
 order by c.code, c.year";

const REQUESTED: &str = "select e.proposal_id, e.code, e.year, cast(sum(e.amount_cents) as bigint)
 from envelope_request e where exists (select 1 from regional_review r
     where r.proposal_id = e.proposal_id and (r.closed_at_ms is null or r.closed_at_ms > $1))
 group by e.proposal_id, e.code, e.year order by e.code, e.year";

/// What is prepared, or was confirmed lately; the newest last.
const DECISIONS: &str = concat!(
    "select d.proposal_id, d.decision_id, d.value, d.deliberation_ref, d.decided_on,
        (select coalesce(cast(sum(m.amount_cents) as bigint), 0) from decision_amount m
         where m.decision_id = d.decision_id), d.confirmed_at_ms, ",
    person_columns!(),
    " from decision d join person p on p.person_id = d.prepared_by",
    organisation_today!("$1", "$2"),
    "where d.abandoned_at_ms is null and d.kind = 'initial'
     and (d.confirmed_at_ms is null or d.confirmed_at_ms > $3)
     order by d.prepared_at_ms, d.decision_id, f.valid_from desc"
);

impl Tx {
    /// Everything the desk shows beside the cards. `since_ms`: what was decided after it still counts.
    pub(super) async fn desk_rows(
        &mut self,
        who: &Identity,
        own: &[String],
        today: &Day,
        since_ms: i64,
    ) -> Result<Rows> {
        let since = args![since_ms];
        let mut reviews = HashMap::new();
        for row in self.rows(REVIEWS, since).await? {
            reviews.insert(row.text(0)?, review_at(&row)?);
        }
        let mut checks: HashMap<_, Vec<_>> = HashMap::new();
        for row in self.rows(CHECKS, since).await? {
            let unknown = || Error::internal("a check of an unknown point or state");
            let check = (
                Item::from_key(&row.text(1)?).ok_or_else(unknown)?,
                CheckState::from_key(&row.text(2)?).ok_or_else(unknown)?,
            );
            checks.entry(row.text(0)?).or_default().push(check);
        }
        let mut readings: HashMap<_, Readings> = HashMap::new();
        for row in self.rows(READINGS, since).await? {
            let counts = readings.entry(row.text(0)?).or_default();
            counts.asked += 1;
            if row.opt_int(3)?.is_some() {
                counts.answered += 1;
            } else {
                counts.silent += usize::from(row.text(2)?.as_str() < today.as_str());
                counts.own_open += usize::from(own.contains(&row.text(1)?));
            }
        }
        Ok(Rows {
            advices: self.desk_advices(since_ms).await?,
            requested: self.desk_amounts(REQUESTED, since_ms).await?,
            decisions: self.desk_decisions(who, today, since_ms).await?,
            associations: self.associations().await?,
            reviews,
            checks,
            readings,
        })
    }

    async fn desk_advices(&mut self, since_ms: i64) -> Result<HashMap<String, Advised>> {
        let mut ceilings = self.desk_amounts(CEILINGS, since_ms).await?;
        let mut advices = HashMap::new();
        for row in self.rows(ADVICES, args![since_ms]).await? {
            let advised = Advised {
                value: row.text(2)?,
                rank: row.opt_int(3)?,
                motive: row.opt_text(4)?,
                ceilings: ceilings.remove(&row.text(1)?).unwrap_or_default(),
            };
            advices.insert(row.text(0)?, advised);
        }
        Ok(advices)
    }

    async fn desk_amounts(
        &mut self,
        sql: &'static str,
        since_ms: i64,
    ) -> Result<HashMap<String, Vec<Amount>>> {
        let mut amounts: HashMap<_, Vec<_>> = HashMap::new();
        for row in self.rows(sql, args![since_ms]).await? {
            amounts.entry(row.text(0)?).or_default().push(Amount {
                code: row.text(1)?,
                year: row.int(2)?,
                cents: row.int(3)?,
            });
        }
        Ok(amounts)
    }

    async fn desk_decisions(
        &mut self,
        who: &Identity,
        today: &Day,
        since_ms: i64,
    ) -> Result<HashMap<String, DeskDecision>> {
        let mut decisions = HashMap::new();
        for row in self
            .rows(DECISIONS, args![today.as_str(), today.as_str(), since_ms])
            .await?
        {
            let prepared_by = person_at(&row, 7)?;
            let decision = DeskDecision {
                decision_id: row.text(1)?,
                value: row.text(2)?,
                deliberation_ref: row.text(3)?,
                decided_on: row.text(4)?,
                amount_cents: row.int(5)?,
                confirmed_at_ms: row.opt_int(6)?,
                is_own: prepared_by.person_id == who.person_id.as_str(),
                prepared_by,
            };
            decisions.insert(row.text(0)?, decision);
        }
        Ok(decisions)
    }

    async fn associations(&mut self) -> Result<HashSet<String>> {
        let rows = self
            .rows(
                "select organisation_id from organisation where kind = 'association'",
                &[],
            )
            .await?;
        rows.iter().map(|row| row.text(0)).collect()
    }
}

fn review_at(row: &Row) -> Result<DeskReview> {
    Ok(DeskReview {
        review_id: row.text(1)?,
        received_at_ms: row.int(2)?,
        is_complete: row.opt_int(3)?.is_some(),
        session_on: row.opt_text(4)?,
        session_organ: row.opt_text(5)?,
        closed_at_ms: row.opt_int(6)?,
        lead_unit_id: row.opt_text(7)?,
        proposal_version: row.int(8)?,
    })
}
