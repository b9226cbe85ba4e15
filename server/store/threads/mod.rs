//! The threads of a proposal (`comment` rows: a thread is one without parent), read for one person.
//! One light query reads who said what and when, the rules sort it, and the words of one page
//! follow: no query is made per thread. Writing is in `write` and `closing`, counts in `counts`.

mod closing;
mod counts;
mod people;
mod words;
mod write;

use std::collections::{HashMap, HashSet};

use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, CommentId, PersonId, ProposalId};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::threads::{self as rules, Kind};
use crate::store::accounts::Identity;
use crate::store::refs::PersonRef;

pub use closing::NewClosing;
pub use counts::{OpenThreads, SectionCount};
pub use write::{NewMessage, NewThread};

/// How many replies of a thread a list shows, the last ones; the thread alone shows them all.
pub const REPLIES_SHOWN: usize = 20;

/// A page of threads, and what is said of all of them.
#[derive(Clone, Debug)]
pub struct Threads {
    /// What rights are judged from, for who asked.
    pub facts: Facts,
    /// The page, the last active first.
    pub threads: Vec<Thread>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// How many there are by section, all pages together; the whole proposal has no section.
    pub sections: Vec<SectionCount>,
    /// Until when the person had read them; `None` at the first visit.
    pub seen_at_ms: Option<i64>,
    /// When this was read.
    pub read_at_ms: i64,
}

/// Where a page begins: just after this thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Its last activity.
    pub activity_at_ms: i64,
    /// Its id.
    pub thread_id: String,
}

/// Which threads are wanted.
#[derive(Clone, Debug, Default)]
pub struct ThreadFilter {
    /// Open ones, closed ones, or all.
    pub open: Option<bool>,
    /// On this section; `Some(None)` on the whole proposal.
    pub section: Option<Option<String>>,
    /// After this thread.
    pub after: Option<Cursor>,
    /// So many at most.
    pub limit: usize,
}

/// A thread with its messages.
#[derive(Clone, Debug)]
pub struct Thread {
    /// What is known without its words.
    pub head: Head,
    /// Its first message and its replies, in order; of a list's, only the last replies.
    pub messages: Vec<Message>,
    /// Who closed it.
    pub closed_by: Option<PersonRef>,
}

/// What is known of a thread without its words.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its id, that of its first message.
    pub thread_id: String,
    /// The section it is on; `None` for the whole proposal.
    pub section: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Who opened it.
    pub author_id: String,
    /// When and how it was closed.
    pub closing: Option<Closing>,
    /// Its last message, closing or reopening.
    pub activity_at_ms: i64,
    /// The optimistic counter: each act on it counts.
    pub version: i64,
    /// How many replies it holds.
    pub replies_count: usize,
    /// Whether anybody but its author has replied.
    pub has_answer: bool,
    /// Whether its first message was withdrawn.
    pub is_withdrawn: bool,
    /// Whether the person who asks wrote in it or is named in it.
    pub is_mine: bool,
    /// The last message of anybody but who asks.
    pub heard_at_ms: Option<i64>,
}

/// How a thread ended.
#[derive(Clone, Debug)]
pub struct Closing {
    /// When.
    pub closed_at_ms: i64,
    /// By whom.
    pub closed_by: Option<String>,
    /// What became of it; `None` for what was closed before outcomes were kept.
    pub outcome: Option<String>,
    /// A sentence about it.
    pub note: Option<String>,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub message_id: String,
    /// Who wrote it, with the organisation they were of then.
    pub author: PersonRef,
    /// Its words; empty once withdrawn.
    pub body: String,
    /// Who is named in it.
    pub mentions: Vec<PersonRef>,
    /// When it was written.
    pub created_at_ms: i64,
    /// When it was last corrected.
    pub edited_at_ms: Option<i64>,
    /// When its author took it back.
    pub withdrawn_at_ms: Option<i64>,
    /// Whether somebody else wrote after it in the thread.
    pub is_answered: bool,
}

impl Head {
    /// As rules see it, for this person.
    #[must_use]
    pub fn seen_by(&self, person: &str) -> rules::Thread {
        rules::Thread {
            kind: self.kind,
            is_closed: self.closing.is_some(),
            is_withdrawn: self.is_withdrawn,
            is_author: self.author_id == person,
            has_answer: self.has_answer,
            replies_count: self.replies_count,
        }
    }

    /// Whether somebody else wrote in it since then.
    #[must_use]
    pub fn is_unseen(&self, seen_at_ms: Option<i64>) -> bool {
        seen_at_ms.is_some_and(|seen| self.heard_at_ms.is_some_and(|heard| heard > seen))
    }

    fn key(&self) -> (i64, &str) {
        (self.activity_at_ms, &self.thread_id)
    }
}

impl Message {
    /// As rules see it, for this person.
    #[must_use]
    pub fn seen_by(&self, person: &str) -> rules::Message {
        rules::Message {
            is_author: self.author.person_id == person,
            is_withdrawn: self.withdrawn_at_ms.is_some(),
            is_answered: self.is_answered,
            created_at_ms: self.created_at_ms,
        }
    }
}

impl Store {
    /// The threads of a proposal, the last active first.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal or the account may not read it, `Refused` by
    /// R-THREADS.
    pub async fn threads(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        filter: &ThreadFilter,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadThreads>, Refusal> + Send,
    ) -> Result<Threads> {
        let (today, read_at_ms) = (self.today(), self.clock.now().ms());
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        let seen_at_ms = tx.seen_at(proposal, &who.account_id).await?;
        let said = tx.said(proposal, None, &who.person_id).await?;
        let mut heads = said.heads;
        let sections = counts::by_section(&heads, &who.person_id, seen_at_ms);
        heads.retain(|head| filter.keeps(head));
        heads.sort_by(|a, b| b.key().cmp(&a.key()));
        let more = heads.len() > filter.limit;
        heads.truncate(filter.limit);
        let next = heads.last().filter(|_| more).map(|head| Cursor {
            activity_at_ms: head.activity_at_ms,
            thread_id: head.thread_id.clone(),
        });
        let mut threads = tx
            .with_words(proposal, heads, &said.answered, &today)
            .await?;
        for thread in &mut threads {
            let extra = thread.messages.len().saturating_sub(REPLIES_SHOWN + 1);
            thread.messages.drain(1..1 + extra);
        }
        Ok(Threads {
            facts,
            threads,
            next,
            sections,
            seen_at_ms,
            read_at_ms,
        })
    }

    /// One thread with all its replies, what rights are judged from, and until when the account
    /// had read the proposal's threads.
    ///
    /// # Errors
    /// `NotFound` when there is no such thread or the account may not read its proposal,
    /// `Refused` by R-THREADS.
    pub async fn thread(
        &self,
        who: &Identity,
        thread: &CommentId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadThreads>, Refusal> + Send,
    ) -> Result<(Thread, Facts, Option<i64>)> {
        let today = self.today();
        let mut tx = self.read().await?;
        let proposal = tx.proposal_of_thread(thread).await?;
        let facts = tx
            .proposal_facts(&who.account_id, &proposal, &today)
            .await?;
        rule(&facts)?;
        let seen_at_ms = tx.seen_at(&proposal, &who.account_id).await?;
        let said = tx.said(&proposal, Some(thread), &who.person_id).await?;
        let threads = tx
            .with_words(&proposal, said.heads, &said.answered, &today)
            .await?;
        let thread = threads.into_iter().next().ok_or(Error::NotFound)?;
        Ok((thread, facts, seen_at_ms))
    }
}

impl ThreadFilter {
    fn keeps(&self, head: &Head) -> bool {
        self.open.is_none_or(|open| open == head.closing.is_none())
            && self
                .section
                .as_ref()
                .is_none_or(|section| *section == head.section)
            && self
                .after
                .as_ref()
                .is_none_or(|after| head.key() < (after.activity_at_ms, after.thread_id.as_str()))
    }
}

/// Who said what and when, without words.
#[derive(Debug, Default)]
struct Said {
    /// The threads, in order of opening.
    heads: Vec<Head>,
    /// Where each stands among them.
    places: HashMap<String, usize>,
    /// The messages after which somebody else wrote in their thread.
    answered: HashSet<String>,
}

impl Said {
    /// Takes a message in: threads before their replies.
    fn take(&mut self, row: &Row, person: &str, named: &HashSet<String>) -> Result<()> {
        let (id, author_id, created_at_ms) = (row.text(0)?, row.text(4)?, row.int(5)?);
        let is_withdrawn = row.opt_int(6)?.is_some();
        let heard = (author_id != person).then_some(created_at_ms);
        let mine = author_id == person || named.contains(&id);
        if let Some(parent) = row.opt_text(1)? {
            let place = self.places.get(&parent).copied();
            let head = place
                .and_then(|place| self.heads.get_mut(place))
                .ok_or_else(|| Error::internal(format!("{id} replies to nothing")))?;
            head.replies_count += 1;
            head.has_answer |= author_id != head.author_id && !is_withdrawn;
            head.is_mine |= mine;
            head.heard_at_ms = head.heard_at_ms.max(heard);
            return Ok(());
        }
        let kind = row.text(3)?;
        let kind = Kind::from_key(&kind)
            .ok_or_else(|| Error::internal(format!("unknown kind of thread {kind}")))?;
        let closing = match row.opt_int(7)? {
            None => None,
            Some(closed_at_ms) => Some(Closing {
                closed_at_ms,
                closed_by: row.opt_text(8)?,
                outcome: row.opt_text(9)?,
                note: row.opt_text(10)?,
            }),
        };
        self.places.insert(id.clone(), self.heads.len());
        self.heads.push(Head {
            section: row.opt_text(2)?,
            kind,
            closing,
            activity_at_ms: row.int(11)?,
            version: row.int(12)?,
            replies_count: 0,
            has_answer: false,
            is_withdrawn,
            is_mine: mine,
            heard_at_ms: heard,
            thread_id: id,
            author_id,
        });
        Ok(())
    }
}

impl Tx {
    /// The threads of a proposal without their words, as this person sees them; of one thread
    /// when `only` is given.
    async fn said(
        &mut self,
        proposal: &ProposalId,
        only: Option<&CommentId>,
        person: &PersonId,
    ) -> Result<Said> {
        let only = only.map(CommentId::as_str);
        let mut named = HashSet::new();
        for row in self
            .rows(
                "select m.comment_id from comment_mention m
                 join comment c on c.comment_id = m.comment_id
                 where m.person_id = $1 and c.proposal_id = $2",
                args![person.as_str(), proposal.as_str()],
            )
            .await?
        {
            named.insert(row.text(0)?);
        }
        let rows = self
            .rows(
                "select comment_id, parent_id, section, kind, author_id, created_at_ms,
                        withdrawn_at_ms, closed_at_ms, closed_by, outcome, outcome_note,
                        activity_at_ms, version
                 from comment
                 where proposal_id = $1 and ($2 is null or comment_id = $3 or parent_id = $4)
                 order by case when parent_id is null then 0 else 1 end, created_at_ms, comment_id",
                args![proposal.as_str(), only, only, only],
            )
            .await?;
        let mut said = Said::default();
        // From the end: who wrote after, in each thread; `None` once several people did.
        let mut after: HashMap<String, Option<String>> = HashMap::new();
        for row in rows.iter().rev() {
            let (id, author) = (row.text(0)?, row.text(4)?);
            let thread = row.opt_text(1)?.unwrap_or_else(|| id.clone());
            match after.get(&thread) {
                Some(Some(one)) if *one == author => {}
                Some(_) => {
                    said.answered.insert(id);
                    after.insert(thread, None);
                }
                None => {
                    after.insert(thread, Some(author));
                }
            }
        }
        for row in &rows {
            said.take(row, person.as_str(), &named)?;
        }
        Ok(said)
    }

    /// The proposal a thread belongs to.
    async fn proposal_of_thread(&mut self, thread: &CommentId) -> Result<ProposalId> {
        let row = self
            .row(
                "select proposal_id from comment where comment_id = $1 and parent_id is null",
                args![thread.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        row.text(0).map(ProposalId::from)
    }

    /// Until when the account has read the threads of a proposal.
    async fn seen_at(&mut self, proposal: &ProposalId, account: &AccountId) -> Result<Option<i64>> {
        let row = self
            .row(
                "select seen_at_ms from thread_seen where proposal_id = $1 and account_id = $2",
                args![proposal.as_str(), account.as_str()],
            )
            .await?;
        row.map(|row| row.int(0)).transpose()
    }
}
