//! Saying something: a thread opened, a reply, a correction, a message taken back.
//! Each is one transaction that takes the document's row, reads the facts, asks the rule.

use super::Head;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{CommentId, DocumentId, PersonId, ProposalId};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::threads::{self as rules, Kind, Outcome};
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// A message to keep, its text within bounds.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Its id, made by who writes it: a repeat adds nothing.
    pub id: CommentId,
    /// Its words.
    pub body: String,
    /// Who is named in it, each once.
    pub mentions: Vec<PersonId>,
}

/// A thread to open.
#[derive(Clone, Debug)]
pub struct NewThread {
    /// Its first message, whose id it has.
    pub message: NewMessage,
    /// The section it is on; `None` for the whole proposal.
    pub section: Option<&'static str>,
    /// What it is.
    pub kind: Kind,
}

/// What an act on a thread is decided from, its document's row taken.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) proposal: ProposalId,
    pub(super) document: DocumentId,
    pub(super) facts: Facts,
    pub(super) head: Head,
    /// The messages after which somebody else wrote.
    answered: std::collections::HashSet<String>,
}

impl Store {
    /// Opens a thread; the text whose pages are told.
    ///
    /// # Errors
    /// `NotFound`, `Refused`; `Invalid` `mentions` `not_eligible`; `Conflict` `id_taken`.
    pub async fn open_thread(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        new: &NewThread,
        rule: impl FnOnce(&Facts, usize) -> Result<Permit<act::Comment>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        if tx.wrote(who, proposal, None, &new.message.id).await? {
            return Ok(document);
        }
        let standing = tx.standing(&who.account_id, &today).await?;
        let facts = tx.facts_of(&standing, proposal).await?;
        rule(&facts, tx.threads_count(proposal).await?)?;
        let added = tx
            .run(
                "insert into comment (comment_id, proposal_id, section, kind, author_id,
                    author_organisation_id, body, visibility, state, created_at_ms,
                    activity_at_ms, version)
                 values ($1, $2, $3, $4, $5, $6, $7, 'commission', 'open', $8, $9, 1)
                 on conflict do nothing",
                args![
                    new.message.id.as_str(),
                    proposal.as_str(),
                    new.section,
                    new.kind.key(),
                    who.person_id.as_str(),
                    standing.organisation(),
                    &new.message.body,
                    now.ms(),
                    now.ms()
                ],
            )
            .await?;
        if added == 0 {
            return Err(Error::Conflict("id_taken"));
        }
        tx.name_people(proposal, &new.message.id, &new.message.mentions, now)
            .await?;
        let note = format!("{} {}", new.kind.key(), new.section.unwrap_or("whole"));
        tx.note_thread(proposal, who, "thread_opened", &note, now)
            .await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Adds a reply; the text whose pages are told.
    ///
    /// # Errors
    /// As [`Store::open_thread`].
    pub async fn reply(
        &self,
        who: &Identity,
        thread: &CommentId,
        new: &NewMessage,
        rule: impl FnOnce(&Facts, &rules::Thread) -> Result<Permit<act::Comment>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let held = tx.hold_thread(who, thread, self).await?;
        if tx.wrote(who, &held.proposal, Some(thread), &new.id).await? {
            return Ok(held.document);
        }
        rule(&held.facts, &held.head.seen_by(who.person_id.as_str()))?;
        let standing = tx.standing(&who.account_id, &today).await?;
        let added = tx
            .run(
                "insert into comment (comment_id, proposal_id, parent_id, section, kind, author_id,
                    author_organisation_id, body, visibility, state, created_at_ms)
                 values ($1, $2, $3, $4, 'answer', $5, $6, $7, 'commission', 'open', $8)
                 on conflict do nothing",
                args![
                    new.id.as_str(),
                    held.proposal.as_str(),
                    thread.as_str(),
                    held.head.section,
                    who.person_id.as_str(),
                    standing.organisation(),
                    &new.body,
                    now.ms()
                ],
            )
            .await?;
        if added == 0 {
            return Err(Error::Conflict("id_taken"));
        }
        tx.name_people(&held.proposal, &new.id, &new.mentions, now)
            .await?;
        tx.count_act(thread, Some(now)).await?;
        tx.commit().await?;
        Ok(held.document)
    }

    /// Corrects a message; saying the same again changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Refused`; `Invalid` `mentions` `not_eligible`.
    pub async fn edit_message(
        &self,
        who: &Identity,
        thread: &CommentId,
        new: &NewMessage,
        rule: impl FnOnce(
            &Facts,
            &rules::Thread,
            &rules::Message,
            i64,
        ) -> Result<Permit<act::Comment>, Refusal>
        + Send,
    ) -> Result<DocumentId> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let held = tx.hold_thread(who, thread, self).await?;
        let (message, body) = tx.message_of(&held, who, thread, &new.id).await?;
        let seen = held.head.seen_by(who.person_id.as_str());
        rule(&held.facts, &seen, &message, now.ms())?;
        if body == new.body {
            return Ok(held.document);
        }
        tx.run(
            "update comment set body = $1, edited_at_ms = $2 where comment_id = $3",
            args![&new.body, now.ms(), new.id.as_str()],
        )
        .await?;
        tx.forget_mentions(&new.id, &new.mentions).await?;
        tx.name_people(&held.proposal, &new.id, &new.mentions, now)
            .await?;
        tx.count_act(thread, None).await?;
        tx.commit().await?;
        Ok(held.document)
    }

    /// Takes one's own message back: its words are erased, its place stays. A thread whose first
    /// message goes ends with it.
    ///
    /// # Errors
    /// `NotFound`, `Refused`.
    pub async fn withdraw_message(
        &self,
        who: &Identity,
        thread: &CommentId,
        id: &CommentId,
        rule: impl FnOnce(&Facts, &rules::Message) -> Result<Permit<act::Comment>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let held = tx.hold_thread(who, thread, self).await?;
        let (message, _) = tx.message_of(&held, who, thread, id).await?;
        rule(&held.facts, &message)?;
        if message.is_withdrawn {
            return Ok(held.document);
        }
        tx.run(
            "update comment set body = '', withdrawn_at_ms = $1 where comment_id = $2",
            args![now.ms(), id.as_str()],
        )
        .await?;
        tx.forget_mentions(id, &[]).await?;
        if id == thread && held.head.closing.is_none() {
            tx.end_thread(&held, who, (Outcome::Withdrawn, None), now)
                .await?;
        } else {
            tx.count_act(thread, None).await?;
        }
        tx.commit().await?;
        Ok(held.document)
    }
}

impl Tx {
    /// Takes the row of the document beside which the thread stands, and reads the thread.
    pub(super) async fn hold_thread(
        &mut self,
        who: &Identity,
        thread: &CommentId,
        store: &Store,
    ) -> Result<Held> {
        let proposal = self.proposal_of_thread(thread).await?;
        let document = self.hold_document(&proposal).await?;
        let facts = self
            .proposal_facts(&who.account_id, &proposal, &store.today())
            .await?;
        let said = self.said(&proposal, Some(thread), &who.person_id).await?;
        let answered = said.answered;
        let head = said.heads.into_iter().next().ok_or(Error::NotFound)?;
        Ok(Held {
            proposal,
            document,
            facts,
            head,
            answered,
        })
    }

    /// Whether this person wrote this very message here before: a request that is repeated.
    async fn wrote(
        &mut self,
        who: &Identity,
        proposal: &ProposalId,
        thread: Option<&CommentId>,
        id: &CommentId,
    ) -> Result<bool> {
        let row = self
            .row(
                "select parent_id from comment
                 where comment_id = $1 and proposal_id = $2 and author_id = $3",
                args![id.as_str(), proposal.as_str(), who.person_id.as_str()],
            )
            .await?;
        let Some(row) = row else { return Ok(false) };
        Ok(row.opt_text(0)?.as_deref() == thread.map(CommentId::as_str))
    }

    async fn threads_count(&mut self, proposal: &ProposalId) -> Result<usize> {
        let row = self
            .row(
                "select count(*) from comment where proposal_id = $1 and parent_id is null",
                args![proposal.as_str()],
            )
            .await?;
        let count = row.map_or(Ok(0), |row| row.int(0))?;
        usize::try_from(count).map_err(Error::internal)
    }

    /// A message of a thread as rules see it, and its words.
    async fn message_of(
        &mut self,
        held: &Held,
        who: &Identity,
        thread: &CommentId,
        id: &CommentId,
    ) -> Result<(rules::Message, String)> {
        let row = self
            .row(
                "select author_id, withdrawn_at_ms, created_at_ms, body from comment
                 where comment_id = $1 and (comment_id = $2 or parent_id = $3)",
                args![id.as_str(), thread.as_str(), thread.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let message = rules::Message {
            is_author: row.text(0)? == who.person_id.as_str(),
            is_withdrawn: row.opt_int(1)?.is_some(),
            is_answered: held.answered.contains(id.as_str()),
            created_at_ms: row.int(2)?,
        };
        Ok((message, row.text(3)?))
    }

    /// Counts an act on a thread; one that others should see first says when it was.
    pub(super) async fn count_act(
        &mut self,
        thread: &CommentId,
        active: Option<Timestamp>,
    ) -> Result<()> {
        self.run(
            "update comment set version = version + 1, activity_at_ms = coalesce($1, activity_at_ms)
             where comment_id = $2",
            args![active.map(Timestamp::ms), thread.as_str()],
        )
        .await?;
        Ok(())
    }

    /// Writes an act on a thread into the proposal's journal, without its words.
    pub(super) async fn note_thread(
        &mut self,
        proposal: &ProposalId,
        who: &Identity,
        act: &str,
        note: &str,
        at: Timestamp,
    ) -> Result<()> {
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            note: Some(note),
            ..Entry::new(act, at)
        };
        self.record(proposal, &entry).await?;
        Ok(())
    }
}
