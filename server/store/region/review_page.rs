//! The review of a file as it is read: where it stands, its checklist, who read it, its session.

use crate::error::{Error, Result};
use crate::ids::{AccountId, ProposalId};
use crate::rules::day::Day;
use crate::rules::review::{Answer, CheckState, Desk, Item, Status, open_items, status};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::refs::{PersonRef, add_once, organisation_today, person_at, person_columns};
use crate::store::{Row, Store, Tx, args};

/// A file at the Region, as it is read.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    /// What rights are judged from, for who asked.
    pub facts: Facts,
    /// The stay at the Region; `None` where it never got there.
    pub review: Option<Review>,
    /// Its lead direction.
    pub lead: Option<Direction>,
    /// The directions associated with it.
    pub associated: Vec<Direction>,
    /// Every direction of the Region.
    pub directions: Vec<Direction>,
    /// The directions who asks acts for: their ids.
    pub own: Vec<String>,
    /// Who is named.
    pub people: Vec<PersonRef>,
}

/// A direction of the Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direction {
    /// Its id.
    pub region_unit_id: String,
    /// Its title.
    pub title: String,
}

/// A stay at the Region.
#[derive(Clone, Debug)]
pub struct Review {
    /// Where the file stands.
    pub status: Status,
    /// When it was received.
    pub received_at_ms: i64,
    /// Days since then.
    pub waiting_days: i64,
    /// When it was found complete.
    pub completed_at_ms: Option<i64>,
    /// Its session, as an ISO day.
    pub session_on: Option<String>,
    /// The organ that meets.
    pub session_organ: Option<String>,
    /// When it was decided, sent back or withdrawn.
    pub closed_at_ms: Option<i64>,
    /// The optimistic counter.
    pub version: i64,
    /// Its checklist.
    pub checks: Vec<FoundCheck>,
    /// How many points are open.
    pub open_count: usize,
    /// The readings by associated directions.
    pub readings: Vec<Reading>,
}

/// A point of the checklist.
#[derive(Clone, Debug)]
pub struct FoundCheck {
    /// Which.
    pub item: Item,
    /// What was found; `None`: not looked at yet.
    pub state: Option<CheckState>,
    /// What to know about it.
    pub note: Option<String>,
    /// Who looked at it.
    pub checked_by: Option<String>,
    /// When.
    pub checked_at_ms: Option<i64>,
}

/// The reading by a direction.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The direction.
    pub direction: Direction,
    /// When it was asked.
    pub asked_at_ms: i64,
    /// Until when it answers.
    pub due_on: Day,
    /// What it says.
    pub answer: Option<Answer>,
    /// In words.
    pub body: Option<String>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at_ms: Option<i64>,
    /// It did not answer in time: no remark.
    pub is_silent: bool,
}

impl Store {
    /// The review of a file, for who may read its proposal.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn review(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<ReviewPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(account, proposal, &today).await?;
        rule(&facts)?;
        let lead = tx.proposal_row(proposal).await?.lead_unit_id;
        let directions = tx.directions().await?;
        let mut directions_by_id = directions.iter();
        let lead = lead
            .and_then(|id| directions_by_id.find(|one| one.region_unit_id == id))
            .cloned();
        let row = tx
            .row(
                "select review_id, received_at_ms, completed_at_ms, session_on, session_organ,
                        closed_at_ms, version from regional_review where proposal_id = $1
                 order by received_at_ms desc, review_id desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        let review = match row {
            Some(row) => Some(tx.review_at(proposal, &row, &today, &directions).await?),
            None => None,
        };
        Ok(ReviewPage {
            facts,
            lead,
            associated: tx.associated_directions(proposal).await?,
            own: tx.directions_of(account, &today).await?,
            people: tx.reviewers(proposal, &today).await?,
            directions,
            review,
        })
    }
}

impl Tx {
    /// The Region's directions, by title.
    pub(in crate::store) async fn directions(&mut self) -> Result<Vec<Direction>> {
        let rows = self
            .rows(
                "select region_unit_id, title from region_unit where kind = 'direction'",
                &[],
            )
            .await?;
        let mut directions = rows
            .iter()
            .map(|row| direction_at(row, 0))
            .collect::<Result<Vec<_>>>()?;
        directions.sort_by_cached_key(|one| crate::rules::wording::fold(&one.title));
        Ok(directions)
    }

    async fn associated_directions(&mut self, proposal: &ProposalId) -> Result<Vec<Direction>> {
        let rows = self
            .rows(
                "select u.region_unit_id, u.title from proposal_unit p
                 join region_unit u on u.region_unit_id = p.region_unit_id
                 where p.proposal_id = $1 order by u.region_unit_id",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter().map(|row| direction_at(row, 0)).collect()
    }

    async fn review_at(
        &mut self,
        proposal: &ProposalId,
        row: &Row,
        today: &Day,
        directions: &[Direction],
    ) -> Result<Review> {
        let review_id = row.text(0)?;
        let checks = self.found_checks(proposal, &review_id).await?;
        let readings = self.readings(&review_id, today, directions).await?;
        let needed: Vec<Item> = checks.iter().map(|check| check.item).collect();
        let found: Vec<_> = checks
            .iter()
            .filter_map(|check| Some((check.item, check.state?)))
            .collect();
        let (received_at_ms, closed_at_ms) = (row.int(1)?, row.opt_int(5)?);
        let session_on = row.opt_text(3)?;
        let until = closed_at_ms.map_or_else(|| today.clone(), Day::in_paris);
        Ok(Review {
            status: status(&Desk {
                is_complete: row.opt_int(2)?.is_some(),
                asked_count: readings.len(),
                has_session: session_on.is_some(),
                is_decided: closed_at_ms.is_some(),
            }),
            waiting_days: until.days_since(&Day::in_paris(received_at_ms)),
            received_at_ms,
            completed_at_ms: row.opt_int(2)?,
            session_on,
            session_organ: row.opt_text(4)?,
            closed_at_ms,
            version: row.int(6)?,
            open_count: open_items(&needed, &found).len(),
            checks,
            readings,
        })
    }

    async fn found_checks(
        &mut self,
        proposal: &ProposalId,
        review_id: &str,
    ) -> Result<Vec<FoundCheck>> {
        let needed = self.checklist(proposal).await?;
        let rows = self
            .rows(
                "select item, state, note, checked_by, checked_at_ms from review_check
                 where review_id = $1",
                args![review_id],
            )
            .await?;
        let mut checks = Vec::new();
        for item in needed {
            let mut check = FoundCheck {
                item,
                state: None,
                note: None,
                checked_by: None,
                checked_at_ms: None,
            };
            for row in &rows {
                if row.text(0)? == item.key() {
                    check.state = CheckState::from_key(&row.text(1)?);
                    check.note = row.opt_text(2)?;
                    check.checked_by = row.opt_text(3)?;
                    check.checked_at_ms = row.opt_int(4)?;
                }
            }
            checks.push(check);
        }
        Ok(checks)
    }

    async fn readings(
        &mut self,
        review_id: &str,
        today: &Day,
        directions: &[Direction],
    ) -> Result<Vec<Reading>> {
        let rows = self
            .rows(
                "select region_unit_id, asked_at_ms, due_on, answer, body, answered_by,
                        answered_at_ms from cross_reading where review_id = $1
                 order by asked_at_ms, region_unit_id",
                args![review_id],
            )
            .await?;
        let mut readings = Vec::new();
        for row in rows {
            let id = row.text(0)?;
            let unreadable = || Error::internal("a cross-reading that cannot be read");
            let direction = directions.iter().find(|one| one.region_unit_id == id);
            let due_on = Day::from_iso(&row.text(2)?).ok_or_else(unreadable)?;
            let answer = row.opt_text(3)?;
            let answer = answer.map(|key| Answer::from_key(&key).ok_or_else(unreadable));
            let answer = answer.transpose()?;
            readings.push(Reading {
                direction: direction.ok_or_else(unreadable)?.clone(),
                asked_at_ms: row.int(1)?,
                is_silent: answer.is_none() && due_on < *today,
                due_on,
                answer,
                body: row.opt_text(4)?,
                answered_by: row.opt_text(5)?,
                answered_at_ms: row.opt_int(6)?,
            });
        }
        Ok(readings)
    }

    /// Who looked at a point or answered for a direction.
    async fn reviewers(&mut self, proposal: &ProposalId, today: &Day) -> Result<Vec<PersonRef>> {
        let mut people = Vec::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from person p",
                    organisation_today!("$1", "$2"),
                    "where p.person_id in (select c.checked_by from review_check c
                         join regional_review r on r.review_id = c.review_id
                         where r.proposal_id = $3)
                     or p.person_id in (select x.answered_by from cross_reading x
                         join regional_review r on r.review_id = x.review_id
                         where r.proposal_id = $4)
                     order by p.person_id, f.valid_from"
                ),
                args![
                    today.as_str(),
                    today.as_str(),
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

fn direction_at(row: &Row, index: usize) -> Result<Direction> {
    Ok(Direction {
        region_unit_id: row.text(index)?,
        title: row.text(index + 1)?,
    })
}
