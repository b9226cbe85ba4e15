//! The board: one compact row a proposal that the account may read, with who is awaited, what has
//! waited too long, and what a facilitator counts. A few queries for all of them, none a row.

use std::collections::HashMap;

use super::cards::{Card, Filter};
use super::courses::Courses;
use super::refs::OrganisationRef;
use super::threads::OpenThreads;
use super::{Store, Tx};
use crate::error::Result;
use crate::ids::AccountId;
use crate::rules::awaited::{Awaited, Flag};
use crate::rules::day::Day;
use crate::rules::rights::{Action, Facts, Permit, Refusal, act, judge};

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct BoardFilter {
    /// Of this chantier, in this phase, holding these words; its `limit` and `after` do not count.
    pub proposals: Filter,
    /// Awaiting this party.
    pub party: Option<Awaited>,
    /// With this flag, or any.
    pub flag: Option<AnyFlag>,
    /// Only those the account is tied to.
    pub mine: bool,
}

/// One flag, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyFlag {
    /// Any.
    Any,
    /// This one.
    One(Flag),
}

/// A proposal on the board.
#[derive(Clone, Debug)]
pub struct BoardRow {
    /// What lists show of it.
    pub card: Card,
    /// Its structure porteuse.
    pub porteur: Option<OrganisationRef>,
    /// How many times it went to the commission.
    pub round: i64,
    /// Days in its stage.
    pub stage_days: i64,
    /// Its open threads; `None` for who may not read them.
    pub threads: Option<OpenThreads>,
    /// Reserves without an answer.
    pub open_reserve_count: i64,
    /// The next day it is heard somewhere.
    pub next_hearing_on: Option<Day>,
    /// Money asked from the Region's envelopes, in cents.
    pub request_cents: i64,
    /// Direct and supported posts expected; induced ones are never added.
    pub posts: i64,
}

impl Store {
    /// The rows of a board, the most urgent first: what is flagged, then what is due first, then what
    /// has waited longest; what has ended comes last.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn board(
        &self,
        account: &AccountId,
        filter: &BoardFilter,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Vec<BoardRow>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        let courses = tx.courses(None, &today).await?;
        let proposals = &filter.proposals;
        let mut cards = tx.readable(&standing, proposals, &courses, rule).await?;
        cards.retain(|card| filter.keeps(card));
        if let Some(text) = &proposals.text {
            tx.keep_matching(&mut cards, text).await?;
        }
        cards.sort_by_cached_key(urgency);
        let organisations = tx.organisations().await?;
        let (requests, posts) = (tx.sums(REQUESTED).await?, tx.sums(POSTS).await?);
        let total = |sums: &HashMap<String, i64>, id: &str| sums.get(id).copied().unwrap_or(0);
        Ok(cards
            .into_iter()
            .filter_map(|card| {
                let mut row = BoardRow::new(card, &courses)?;
                let porteur = row.card.porteur_id.as_ref();
                row.porteur = porteur.and_then(|id| organisations.get(id)).cloned();
                row.request_cents = total(&requests, &row.card.proposal_id);
                row.posts = total(&posts, &row.card.proposal_id);
                Some(row)
            })
            .collect())
    }
}

/// What comes first on a board.
fn urgency(card: &Card) -> (bool, bool, bool, Option<Day>, i64, String) {
    let now = &card.now;
    (
        now.awaited.party == Awaited::Nobody,
        now.flags.is_empty(),
        now.awaited.due_on.is_none(),
        now.awaited.due_on.clone(),
        now.awaited.since_ms,
        card.proposal_id.clone(),
    )
}

impl BoardFilter {
    fn keeps(&self, card: &Card) -> bool {
        let flags = &card.now.flags;
        let flagged = match self.flag {
            None => true,
            Some(AnyFlag::Any) => !flags.is_empty(),
            Some(AnyFlag::One(wanted)) => flags.iter().any(|one| one.flag == wanted),
        };
        let party = self.party;
        flagged
            && party.is_none_or(|party| party == card.now.awaited.party)
            && (!self.mine || card.mine)
    }
}

impl BoardRow {
    /// The row of a card, its sums and names not yet known.
    fn new(card: Card, courses: &Courses) -> Option<Self> {
        let found = courses.row(&card.proposal_id)?;
        let hears = judge(Action::ReadThreads, &card.facts()).is_ok();
        let since = Day::in_paris(card.stage_since_ms);
        Some(Self {
            porteur: None,
            round: found.round,
            stage_days: courses.today().days_since(&since),
            threads: hears.then_some(found.threads),
            open_reserve_count: found.course.open_reserve_count,
            next_hearing_on: found.next_hearing_on.clone(),
            request_cents: 0,
            posts: 0,
            card,
        })
    }
}

/// A sum of `bigint` is of another type in PostgreSQL: it is cast back.
const REQUESTED: &str =
    "select proposal_id, cast(sum(amount_cents) as bigint) from envelope_request
     group by proposal_id";

const POSTS: &str = "select proposal_id, cast(sum(posts) as bigint) from job_line
     where stage = 'forecast' and kind in ('direct', 'supported') group by proposal_id";

impl Tx {
    /// A sum for each proposal that has some.
    async fn sums(&mut self, sql: &'static str) -> Result<HashMap<String, i64>> {
        let mut sums = HashMap::new();
        for row in self.rows(sql, &[]).await? {
            sums.insert(row.text(0)?, row.int(1)?);
        }
        Ok(sums)
    }
}
