//! The steering committee's table: what awaits arbitration, with all it is judged by, and what was recorded
//! of late. A few queries, whatever the count of files (`domain.md` 1.5, T15 to T18).

use std::collections::{HashMap, HashSet};

use super::cards::{Card, Filter};
use super::envelopes::EnvelopeRow;
use super::meetings::Meeting;
use super::refs::OrganisationRef;
use super::region::review_page::Direction;
use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::rules::arbitrations::{Advice, running_reserve_lists};
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::rules::opinions::{Mode, OpinionValue};
use crate::rules::rights::{Action, Facts, Permit, Refusal, act, judge};
use crate::rules::stage::Stage;

/// The table.
#[derive(Clone, Debug)]
pub struct CopilTable {
    /// The committee's next session.
    pub next_session: Option<Meeting>,
    /// The sessions that began within the last sixty days, the newest first: an arbitration may be theirs.
    pub past_sessions: Vec<Meeting>,
    /// Every envelope with its numbers.
    pub envelopes: Vec<EnvelopeRow>,
    /// The Region's directions, by title.
    pub directions: Vec<Direction>,
    /// What awaits arbitration, the longest waiting first.
    pub files: Vec<CopilFile>,
    /// What was arbitrated within the last sixty days, the newest first.
    pub recorded: Vec<Recorded>,
}

/// A proposal that awaits arbitration.
#[derive(Clone, Debug)]
pub struct CopilFile {
    /// What lists show of it.
    pub card: Card,
    /// Its version: an arbitration is made on it.
    pub version: i64,
    /// The round it came in.
    pub round: i64,
    /// Its structure porteuse.
    pub porteur: Option<OrganisationRef>,
    /// The direction already named.
    pub lead_unit_id: Option<String>,
    /// The commission's opinion.
    pub opinion: Option<OpinionSummary>,
    /// Its reserves with their answers.
    pub reserves: Vec<ReserveSummary>,
    /// What it asks of each envelope.
    pub requested: Vec<Amount>,
    /// What it costs altogether, in euro cents.
    pub budget_cents: i64,
    /// Direct and supported posts expected.
    pub posts: i64,
    /// What was advised before in this round, the newest first.
    pub advices: Vec<Advice>,
    /// When it last came back from the committee or the Region, in milliseconds UTC.
    pub changed: Option<Changed>,
    /// Whether the account may record the arbitration.
    pub may_arbitrate: bool,
    /// How often running it was kept in reserve.
    pub reserve_list_count: usize,
}

/// What changed since the committee last looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its last arbitration, in milliseconds UTC.
    pub since_ms: i64,
    /// Versions frozen since.
    pub version_count: i64,
}

/// The opinion in a line.
#[derive(Clone, Debug)]
pub struct OpinionSummary {
    /// What it says.
    pub value: OpinionValue,
    /// How it came about.
    pub mode: Mode,
    /// For, against, abstentions; `None` with consensus.
    pub votes: Option<(i64, i64, i64)>,
    /// Why.
    pub motive: Option<String>,
    /// The day, as an ISO day.
    pub heard_on: String,
    /// How many disagreements are recorded.
    pub dissent_count: i64,
}

/// A reserve with its answer.
#[derive(Clone, Debug)]
pub struct ReserveSummary {
    /// What it says.
    pub body: String,
    /// `open`, `addressed`, `maintained`.
    pub state: String,
    /// The owner's answer.
    pub answer: Option<String>,
}

/// An arbitration that was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Of which proposal.
    pub proposal_id: String,
    /// Its number.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// What was advised.
    pub value: Advice,
    /// Its rank.
    pub rank: Option<i64>,
    /// Why.
    pub motive: Option<String>,
    /// The day of the session, as an ISO day.
    pub arbitrated_on: String,
    /// The session, where it is one of ours.
    pub meeting_id: Option<String>,
    /// Its ceilings.
    pub ceilings: Vec<Amount>,
    /// Whether the Region still has to decide on it.
    pub is_awaiting: bool,
}

/// How far back past sessions and arbitrations are shown, in days.
const RECENT_DAYS: i64 = 60;
/// Before every day there is, as ISO days compare.
const FIRST_DAY: &str = "";

impl Store {
    /// The table, as this account reads it.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn copil_table(
        &self,
        account: &AccountId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadCopilTable>, Refusal> + Send,
        reads: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<CopilTable> {
        let today = self.today();
        let now = self.clock.now();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        rule(&Facts {
            roles: standing.in_programme(),
            stage: None,
        })?;
        let courses = tx.courses(None, &today).await?;
        let readable = tx
            .readable(&standing, &Filter::default(), &courses, reads)
            .await?;
        let waits = |card: &&Card| card.stage == Stage::AtCopil;
        let mut cards: Vec<Card> = readable.iter().filter(waits).cloned().collect();
        cards.sort_by(|a, b| {
            (a.stage_since_ms, &a.proposal_id).cmp(&(b.stage_since_ms, &b.proposal_id))
        });
        let since = today.plus_days(-RECENT_DAYS);
        let recorded = tx.recorded(since.as_str(), &readable).await?;
        let (next_session, past_sessions) = tx.copil_sessions(now.ms(), &since).await?;
        Ok(CopilTable {
            next_session,
            past_sessions,
            envelopes: tx.counted_envelopes().await?,
            directions: tx.directions().await?,
            files: tx.copil_files(cards).await?,
            recorded,
        })
    }

    /// Every arbitration there was, of what this account reads, the newest first.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn copil_arbitrations(
        &self,
        account: &AccountId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadCopilTable>, Refusal> + Send,
        reads: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Vec<Recorded>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        rule(&Facts {
            roles: standing.in_programme(),
            stage: None,
        })?;
        let courses = tx.courses(None, &today).await?;
        let readable = tx
            .readable(&standing, &Filter::default(), &courses, reads)
            .await?;
        tx.recorded(FIRST_DAY, &readable).await
    }
}

impl Tx {
    async fn copil_files(&mut self, cards: Vec<Card>) -> Result<Vec<CopilFile>> {
        let organisations = self.organisations().await?;
        let mut rows = by_id(self.rows(ROWS, &[]).await?)?;
        let mut opinions = by_id(self.rows(OPINIONS, &[]).await?)?;
        let mut reserves = by_id(self.rows(RESERVES, &[]).await?)?;
        let mut requests = by_id(self.rows(REQUESTS, &[]).await?)?;
        let mut advices = by_id(self.rows(ADVICES, &[]).await?)?;
        let mut files = Vec::new();
        for card in cards {
            let id = card.proposal_id.as_str();
            // A proposal that left the stage while this was read is not shown.
            let Some(row) = rows.remove(id).and_then(|mut rows| rows.pop()) else {
                continue;
            };
            let of = |all: &mut HashMap<String, Vec<Row>>| all.remove(id).unwrap_or_default();
            let advised: Vec<Advice> = of(&mut advices)
                .iter()
                .map(|row| known(Advice::from_key(&row.text(1)?)))
                .collect::<Result<_>>()?;
            let changed = match row.opt_int(6)? {
                Some(since_ms) => Some(Changed {
                    since_ms,
                    version_count: row.int(7)?,
                }),
                None => None,
            };
            files.push(CopilFile {
                version: row.int(1)?,
                round: row.int(2)?,
                lead_unit_id: row.opt_text(3)?,
                budget_cents: row.int(4)?,
                posts: row.int(5)?,
                changed,
                porteur: card
                    .porteur_id
                    .as_ref()
                    .and_then(|id| organisations.get(id))
                    .cloned(),
                opinion: of(&mut opinions).first().map(opinion_at).transpose()?,
                reserves: of(&mut reserves)
                    .iter()
                    .map(reserve_at)
                    .collect::<Result<_>>()?,
                requested: of(&mut requests)
                    .iter()
                    .map(amount_at)
                    .collect::<Result<_>>()?,
                reserve_list_count: running_reserve_lists(&advised),
                advices: advised,
                may_arbitrate: judge(Action::Retain, &card.facts()).is_ok(),
                card,
            });
        }
        Ok(files)
    }

    async fn copil_sessions(
        &mut self,
        now_ms: i64,
        since: &Day,
    ) -> Result<(Option<Meeting>, Vec<Meeting>)> {
        let rows = self
            .rows(
                "select m.meeting_id, m.title, b.title, b.chantier_id, m.starts_at_ms, m.ends_at_ms,
                        m.mode, m.place_name, m.status, b.kind
                 from meeting m join body b on b.body_id = m.body_id
                 where b.kind = 'copil' and m.status not in ('cancelled', 'postponed')
                 and m.starts_at_ms >= $1 order by m.starts_at_ms, m.meeting_id",
                args![since.at_ms(0)],
            )
            .await?;
        let all: Vec<Meeting> = rows
            .iter()
            .map(super::meetings::meeting_at)
            .collect::<Result<_>>()?;
        let (past, coming): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| one.starts_at_ms <= now_ms);
        Ok((coming.into_iter().next(), past.into_iter().rev().collect()))
    }

    /// The arbitrations since an ISO day, of these proposals.
    async fn recorded(&mut self, since: &str, readable: &[Card]) -> Result<Vec<Recorded>> {
        let readable: HashSet<&str> = readable
            .iter()
            .map(|card| card.proposal_id.as_str())
            .collect();
        let rows = self
            .rows(
                "select a.arbitration_id, a.proposal_id, p.number, p.title, a.value, a.rank,
                        a.motive, a.arbitrated_on, a.meeting_id,
                        cast(case when a.value = 'retained' and p.stage = 'at_region'
                             and not exists (select 1 from arbitration n
                                 where n.proposal_id = a.proposal_id
                                 and (n.recorded_at_ms > a.recorded_at_ms
                                      or (n.recorded_at_ms = a.recorded_at_ms
                                          and n.arbitration_id > a.arbitration_id)))
                        then 1 else 0 end as bigint)
                 from arbitration a join proposal p on p.proposal_id = a.proposal_id
                 where a.arbitrated_on >= $1
                 order by a.arbitrated_on desc, a.recorded_at_ms desc, a.arbitration_id desc",
                args![since],
            )
            .await?;
        let mut ceilings = by_id(
            self.rows(
                "select c.arbitration_id, c.code, c.year, c.amount_cents
                 from arbitration_ceiling c
                 join arbitration a on a.arbitration_id = c.arbitration_id
                 where a.arbitrated_on >= $1 order by c.code, c.year",
                args![since],
            )
            .await?,
        )?;
        let mut recorded = Vec::new();
        for row in &rows {
            let proposal_id = row.text(1)?;
            if !readable.contains(proposal_id.as_str()) {
                continue;
            }
            let own = ceilings.remove(&row.text(0)?).unwrap_or_default();
            recorded.push(Recorded {
                proposal_id,
                number: row.opt_text(2)?,
                title: row.text(3)?,
                value: known(Advice::from_key(&row.text(4)?))?,
                rank: row.opt_int(5)?,
                motive: row.opt_text(6)?,
                arbitrated_on: row.text(7)?,
                meeting_id: row.opt_text(8)?,
                is_awaiting: row.int(9)? == 1,
                ceilings: own.iter().map(amount_at).collect::<Result<_>>()?,
            });
        }
        Ok(recorded)
    }
}

/// Id, version, round, lead direction, budget, posts, the last arbitration of all and versions since it.
const ROWS: &str = "select p.proposal_id, p.version, p.round, p.lead_unit_id,
        (select coalesce(cast(sum(e.amount_cents) as bigint), 0) from expense e
         where e.proposal_id = p.proposal_id and e.account not like '86%'),
        (select coalesce(cast(sum(j.posts) as bigint), 0) from job_line j
         where j.proposal_id = p.proposal_id and j.stage = 'forecast'
         and j.kind in ('direct', 'supported')),
        (select max(a.recorded_at_ms) from arbitration a where a.proposal_id = p.proposal_id),
        (select count(*) from version v where v.proposal_id = p.proposal_id and v.opened_at_ms >
         (select max(a.recorded_at_ms) from arbitration a where a.proposal_id = p.proposal_id))
    from proposal p where p.stage = 'at_copil'";

const OPINIONS: &str = "select p.proposal_id, o.value, o.mode, o.votes_for, o.votes_against,
        o.votes_abstain, o.motive, o.heard_on,
        (select count(*) from opinion_dissent d where d.opinion_id = o.opinion_id)
    from proposal p join opinion o on o.proposal_id = p.proposal_id and o.round = p.round
    where p.stage = 'at_copil' and o.given_at_ms is not null
    order by o.given_at_ms desc";

const RESERVES: &str = "select p.proposal_id, r.body, r.state, r.answer
    from proposal p join opinion o on o.proposal_id = p.proposal_id and o.round = p.round
    join reserve r on r.opinion_id = o.opinion_id
    where p.stage = 'at_copil' and o.given_at_ms is not null order by r.rank";

const REQUESTS: &str = "select r.proposal_id, r.code, r.year, cast(sum(r.amount_cents) as bigint)
    from envelope_request r join proposal p on p.proposal_id = r.proposal_id
    where p.stage = 'at_copil' group by r.proposal_id, r.code, r.year order by r.code, r.year";

const ADVICES: &str = "select a.proposal_id, a.value from arbitration a
    join proposal p on p.proposal_id = a.proposal_id and p.round = a.round
    where p.stage = 'at_copil' order by a.recorded_at_ms desc, a.arbitration_id desc";

/// Rows by the id in their first column, in their order.
fn by_id(rows: Vec<Row>) -> Result<HashMap<String, Vec<Row>>> {
    let mut all: HashMap<String, Vec<Row>> = HashMap::new();
    for row in rows {
        all.entry(row.text(0)?).or_default().push(row);
    }
    Ok(all)
}

fn known<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::internal("a key that cannot be read"))
}

fn amount_at(row: &Row) -> Result<Amount> {
    Ok(Amount {
        code: row.text(1)?,
        year: row.int(2)?,
        cents: row.int(3)?,
    })
}

fn opinion_at(row: &Row) -> Result<OpinionSummary> {
    let votes = match (row.opt_int(3)?, row.opt_int(4)?, row.opt_int(5)?) {
        (Some(in_favour), Some(against), Some(abstain)) => Some((in_favour, against, abstain)),
        _ => None,
    };
    Ok(OpinionSummary {
        value: known(OpinionValue::from_key(&row.text(1)?))?,
        mode: known(Mode::from_key(&row.text(2)?))?,
        votes,
        motive: row.opt_text(6)?,
        heard_on: row.text(7)?,
        dissent_count: row.int(8)?,
    })
}

fn reserve_at(row: &Row) -> Result<ReserveSummary> {
    Ok(ReserveSummary {
        body: row.text(1)?,
        state: row.text(2)?,
        answer: row.opt_text(3)?,
    })
}
