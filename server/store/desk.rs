//! "Mon bureau": what waits for one person, over all chantiers. Judged from the same courses as every
//! board, with what the person is around each proposal; read in a few queries, none a proposal.

use std::collections::{HashMap, HashSet};

use super::cards::{Card, Filter};
use super::courses::CourseRow;
use super::{Store, Tx, args};
use crate::error::Result;
use crate::ids::PersonId;
use crate::rules::awaited::{AwaitedNow, Flagged, What};
use crate::rules::day::Day;
use crate::rules::inactivity::CLOSE_FROM_DAYS;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::rules::stage::Stage;
use crate::rules::transitions::Transition;
use crate::store::accounts::Identity;

/// Something that waits for a person.
#[derive(Clone, Debug)]
pub struct DeskItem {
    /// What it is.
    pub kind: DeskKind,
    /// The proposal.
    pub proposal_id: String,
    /// Its number, from the deposit on.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Its lead chantier.
    pub chantier_id: String,
    /// That chantier's title.
    pub chantier_title: String,
    /// Until when it is to be done.
    pub due_on: Option<Day>,
    /// Since when it waits, in milliseconds UTC.
    pub since_ms: i64,
    /// How many there are of it: threads to answer; else 1.
    pub count: i64,
    /// How long it takes, in minutes.
    pub minutes: i64,
    /// The transition that does it.
    pub transition: Option<Transition>,
    /// The thread one is named in, or the first to answer.
    pub thread_id: Option<String>,
    /// What has waited too long with it.
    pub flags: Vec<Flagged>,
}

/// Why it is on somebody's desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskKind {
    /// The proposal awaits them.
    Awaited(What),
    /// They are named in a message they have not seen.
    Mention,
    /// They lead it, and were warned that it may be closed (T31).
    Warned,
    /// They worked on it, and have not seen what the Region decided.
    Decided,
}

impl DeskKind {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Awaited(what) => what.key(),
            Self::Mention => "mention",
            Self::Warned => "warned",
            Self::Decided => "decided",
        }
    }
}

/// A message one is named in: its thread, its proposal, when.
#[derive(Debug)]
struct Mention {
    thread_id: String,
    proposal_id: String,
    created_at_ms: i64,
}

/// Warnings that stand: nothing has happened since.
#[derive(Debug)]
struct Warned {
    active_at_ms: i64,
    last_at_ms: i64,
    count: i64,
}

/// Saying whether a proposal goes on, in minutes.
const WARNED_MINUTES: i64 = 5;

/// Reading what was decided, in minutes.
const DECIDED_MINUTES: i64 = 2;

/// Reading a message one is named in, in minutes: a question (`domain.md` section 5).
const MENTION_MINUTES: i64 = 5;

/// Answering one thread, in minutes.
const THREAD_MINUTES: i64 = What::AnswerThreads.minutes();

impl Store {
    /// What waits for a person, what is due first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn desk(
        &self,
        who: &Identity,
        reads: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
        hears: impl Fn(&Facts) -> Result<Permit<act::ReadThreads>, Refusal> + Send,
    ) -> Result<Vec<DeskItem>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(&who.account_id, &today).await?;
        let courses = tx.courses(None, &today).await?;
        let cards = tx
            .readable(&standing, &Filter::default(), &courses, reads)
            .await?;
        let spoke = tx.last_words(&who.person_id).await?;
        let mut items = Vec::new();
        for card in &cards {
            if let Some(found) = courses.row(&card.proposal_id) {
                let spoke_at_ms = spoke.get(&card.proposal_id).copied();
                items.extend(own_items(card, found, &who.person_id, spoke_at_ms));
            }
        }
        let by_id: HashMap<&str, &Card> = cards
            .iter()
            .filter(|card| hears(&card.facts()).is_ok())
            .map(|card| (card.proposal_id.as_str(), card))
            .collect();
        let mut threads = HashSet::new();
        for mention in tx.unseen_mentions(&who.person_id).await? {
            // One a thread: reading it sees them all.
            if let Some(card) = by_id.get(mention.proposal_id.as_str())
                && threads.insert(mention.thread_id.clone())
            {
                items.push(DeskItem::mention(card, mention));
            }
        }
        let warned = tx.standing_warnings(&who.person_id).await?;
        for card in &cards {
            if let Some(warned) = warned.get(&card.proposal_id) {
                items.push(DeskItem::warned(card, warned));
            }
        }
        let decided = tx.unseen_decisions(who).await?;
        for card in &cards {
            if let Some(at_ms) = decided.get(&card.proposal_id) {
                items.push(DeskItem::decided(card, *at_ms));
            }
        }
        let titles = tx.chantier_titles().await?;
        for item in &mut items {
            let mut titles = titles.iter();
            let title = titles.find(|(id, _)| *id == item.chantier_id);
            item.chantier_title = title.map(|(_, title)| title.clone()).unwrap_or_default();
        }
        items.sort_by(|a, b| a.rank().cmp(&b.rank()));
        Ok(items)
    }
}

/// What a proposal awaits of a person, by what they are around it.
fn own_items(
    card: &Card,
    found: &CourseRow,
    person: &PersonId,
    spoke_at_ms: Option<i64>,
) -> Vec<DeskItem> {
    let awaited = &card.now.awaited;
    let asked_it = found.asked_by.as_deref() == Some(person.as_str());
    // Who has spoken since the discussion opened has given what a member is awaited for.
    let spoke = awaited.what == What::Discuss
        && spoke_at_ms.is_some_and(|at_ms| at_ms >= card.stage_since_ms);
    let mut items = Vec::new();
    if card.roles.any(awaited.roles) && !asked_it && !spoke {
        items.push(DeskItem::awaited(card, awaited));
    }
    let waiting = found.threads.unanswered_vigilances + found.threads.unanswered_questions;
    let answers = card.roles.has(Role::Owner) && card.stage <= Stage::AtRegion && waiting > 0;
    if answers && awaited.what != What::AnswerThreads {
        items.push(DeskItem {
            kind: DeskKind::Awaited(What::AnswerThreads),
            due_on: None,
            transition: None,
            flags: Vec::new(),
            ..DeskItem::awaited(card, awaited)
        });
    }
    for item in &mut items {
        if item.kind == DeskKind::Awaited(What::AnswerThreads) {
            item.thread_id
                .clone_from(&found.threads.first_unanswered_id);
            item.count = waiting;
            item.minutes = waiting * THREAD_MINUTES;
        }
    }
    items
}

impl DeskItem {
    fn awaited(card: &Card, awaited: &AwaitedNow) -> Self {
        Self {
            kind: DeskKind::Awaited(awaited.what),
            proposal_id: card.proposal_id.clone(),
            number: card.number.clone(),
            title: card.title.clone(),
            stage: card.stage,
            chantier_id: card.chantier_id.clone(),
            chantier_title: String::new(),
            due_on: awaited.due_on.clone(),
            since_ms: awaited.since_ms,
            count: 1,
            minutes: awaited.what.minutes(),
            transition: awaited.transition,
            thread_id: None,
            flags: card.now.flags.clone(),
        }
    }

    fn mention(card: &Card, mention: Mention) -> Self {
        Self {
            kind: DeskKind::Mention,
            due_on: None,
            since_ms: mention.created_at_ms,
            minutes: MENTION_MINUTES,
            transition: None,
            thread_id: Some(mention.thread_id),
            flags: Vec::new(),
            ..Self::awaited(card, &card.now.awaited)
        }
    }

    /// The warnings that stand on a proposal one leads: due on the day it may be closed.
    fn warned(card: &Card, warned: &Warned) -> Self {
        Self {
            kind: DeskKind::Warned,
            due_on: Some(Day::in_paris(warned.active_at_ms).plus_days(CLOSE_FROM_DAYS)),
            since_ms: warned.last_at_ms,
            count: warned.count,
            minutes: WARNED_MINUTES,
            transition: None,
            flags: Vec::new(),
            ..Self::awaited(card, &card.now.awaited)
        }
    }

    /// What became of a proposal one worked on.
    fn decided(card: &Card, at_ms: i64) -> Self {
        Self {
            kind: DeskKind::Decided,
            due_on: None,
            since_ms: at_ms,
            minutes: DECIDED_MINUTES,
            transition: None,
            flags: Vec::new(),
            ..Self::awaited(card, &card.now.awaited)
        }
    }

    /// What is due first, then what has waited longest.
    fn rank(&self) -> (bool, Option<&Day>, i64, &str, &str) {
        (
            self.due_on.is_none(),
            self.due_on.as_ref(),
            self.since_ms,
            &self.proposal_id,
            self.kind.key(),
        )
    }
}

impl Tx {
    /// When the person last wrote in the threads of each proposal.
    async fn last_words(&mut self, person: &PersonId) -> Result<HashMap<String, i64>> {
        let mut spoke = HashMap::new();
        for row in self
            .rows(
                "select proposal_id, max(created_at_ms) from comment
                 where author_id = $1 and withdrawn_at_ms is null group by proposal_id",
                args![person.as_str()],
            )
            .await?
        {
            spoke.insert(row.text(0)?, row.int(1)?);
        }
        Ok(spoke)
    }

    /// The warnings on the proposals somebody leads after which nothing happened, by proposal.
    async fn standing_warnings(&mut self, person: &PersonId) -> Result<HashMap<String, Warned>> {
        let mut standing: HashMap<String, Warned> = HashMap::new();
        for row in self
            .rows(
                "select q.proposal_id, w.warned_at_ms, q.updated_at_ms,
                        (select max(r.created_at_ms) from log_row r where r.document_id = q.document_id),
                        (select max(s.created_at_ms) from log_segment s where s.document_id = q.document_id),
                        (select max(c.created_at_ms) from comment c where c.proposal_id = q.proposal_id)
                 from inactivity_warning w join proposal q on q.proposal_id = w.proposal_id
                 join proposal_person t on t.proposal_id = q.proposal_id
                 where t.tie = 'owner' and t.person_id = $1 and q.stage in ('idea', 'drafting')
                 order by w.warned_at_ms",
                args![person.as_str()],
            )
            .await?
        {
            let (warned_at_ms, mut active_at_ms) = (row.int(1)?, row.int(2)?);
            for column in 3..=5 {
                active_at_ms = active_at_ms.max(row.opt_int(column)?.unwrap_or(0));
            }
            if warned_at_ms < active_at_ms {
                continue;
            }
            let known = standing.entry(row.text(0)?).or_insert(Warned {
                active_at_ms,
                last_at_ms: warned_at_ms,
                count: 0,
            });
            known.last_at_ms = warned_at_ms;
            known.count += 1;
        }
        Ok(standing)
    }

    /// The messages somebody is named in and has not seen, the first first.
    async fn unseen_mentions(&mut self, person: &PersonId) -> Result<Vec<Mention>> {
        self.rows(
            "select coalesce(c.parent_id, c.comment_id), c.proposal_id, c.created_at_ms
             from comment_mention n join comment c on c.comment_id = n.comment_id
             where n.person_id = $1 and n.seen_at_ms is null and c.withdrawn_at_ms is null
             order by c.created_at_ms, c.comment_id",
            args![person.as_str()],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Mention {
                thread_id: row.text(0)?,
                proposal_id: row.text(1)?,
                created_at_ms: row.int(2)?,
            })
        })
        .collect()
    }
}
