//! Closing a thread with its outcome, and reopening it. What became of a contribution stays with
//! it (`domain.md` section 5, "What for?").

use super::write::Held;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{CommentId, DocumentId};
use crate::rules::rights::{Facts, Refusal};
use crate::rules::threads::{Closer, Outcome, Thread};
use crate::store::accounts::Identity;
use crate::store::{Store, Tx, args};

/// How a thread is to end.
#[derive(Clone, Debug)]
pub struct NewClosing {
    /// What became of it.
    pub outcome: Outcome,
    /// A sentence about it.
    pub note: Option<String>,
    /// The thread's `version` as it was read.
    pub expected_version: i64,
}

impl Store {
    /// Closes a thread; the text whose pages are told. Closing again in the same words changes
    /// nothing.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-CLOSE or R-COMMENT, `Conflict` `version_changed`.
    pub async fn close_thread(
        &self,
        who: &Identity,
        thread: &CommentId,
        closing: &NewClosing,
        rule: impl FnOnce(&Facts, &Thread, Outcome) -> Result<Closer, Refusal> + Send,
    ) -> Result<DocumentId> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let held = tx.hold_thread(who, thread, self).await?;
        let same = held.head.closing.as_ref().is_some_and(|before| {
            before.closed_by.as_deref() == Some(who.person_id.as_str())
                && before.outcome.as_deref() == Some(closing.outcome.key())
                && before.note == closing.note
        });
        if same {
            return Ok(held.document);
        }
        let seen = held.head.seen_by(who.person_id.as_str());
        let verdict = rule(&held.facts, &seen, closing.outcome);
        ask(verdict, held.head.version, closing.expected_version)?;
        let end = (closing.outcome, closing.note.as_deref());
        tx.end_thread(&held, who, end, now).await?;
        tx.commit().await?;
        Ok(held.document)
    }

    /// Reopens a thread; the text whose pages are told.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-CLOSE or R-COMMENT.
    pub async fn reopen_thread(
        &self,
        who: &Identity,
        thread: &CommentId,
        rule: impl FnOnce(&Facts, &Thread) -> Result<Closer, Refusal> + Send,
    ) -> Result<DocumentId> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let held = tx.hold_thread(who, thread, self).await?;
        rule(&held.facts, &held.head.seen_by(who.person_id.as_str()))?;
        tx.run(
            "update comment set state = 'open', closed_at_ms = null, closed_by = null,
                    outcome = null, outcome_note = null where comment_id = $1",
            args![thread.as_str()],
        )
        .await?;
        tx.count_act(thread, Some(now)).await?;
        tx.note_thread(&held.proposal, who, "thread_reopened", &held.named(), now)
            .await?;
        tx.commit().await?;
        Ok(held.document)
    }
}

impl Held {
    /// The thread as the journal names it: what it is, and on which section.
    fn named(&self) -> String {
        let section = self.head.section.as_deref().unwrap_or("whole");
        format!("{} {section}", self.head.kind.key())
    }
}

impl Tx {
    /// Ends a thread, judged before.
    pub(super) async fn end_thread(
        &mut self,
        held: &Held,
        who: &Identity,
        (outcome, note): (Outcome, Option<&str>),
        now: Timestamp,
    ) -> Result<()> {
        let thread = CommentId::from(held.head.thread_id.as_str());
        self.run(
            "update comment set state = 'resolved', closed_at_ms = $1, closed_by = $2,
                    outcome = $3, outcome_note = $4 where comment_id = $5",
            args![
                now.ms(),
                who.person_id.as_str(),
                outcome.key(),
                note,
                thread.as_str()
            ],
        )
        .await?;
        self.count_act(&thread, Some(now)).await?;
        let said = format!("{} {}", held.named(), outcome.key());
        self.note_thread(&held.proposal, who, "thread_closed", &said, now)
            .await
    }
}

/// Puts the answers in the order that tells the least: what hides, what changed meanwhile, what
/// refuses.
fn ask(verdict: Result<Closer, Refusal>, version: i64, expected_version: i64) -> Result<Closer> {
    match verdict {
        Err(refusal) if refusal.hides() => Err(refusal.into()),
        Ok(_) | Err(_) if version != expected_version => Err(Error::Conflict("version_changed")),
        Ok(closer) => Ok(closer),
        Err(refusal) => Err(refusal.into()),
    }
}
