//! Who is named in messages, who may be, and who has read what.

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, CommentId, PersonId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::accounts::Identity;
use crate::store::refs::{PersonRef, by_name};
use crate::store::{Store, Tx, args};

impl Store {
    /// Notes that the account has read the threads of a proposal until then, and what it was
    /// named in. Never goes back.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-THREADS.
    pub async fn threads_seen(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        read_at_ms: i64,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadThreads>, Refusal> + Send,
    ) -> Result<()> {
        let (today, now) = (self.today(), self.clock.now());
        let seen_at_ms = read_at_ms.clamp(0, now.ms());
        let mut tx = self.write().await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        tx.run(
            "insert into thread_seen (proposal_id, account_id, seen_at_ms) values ($1, $2, $3)
             on conflict (proposal_id, account_id) do update set seen_at_ms = excluded.seen_at_ms
             where thread_seen.seen_at_ms < excluded.seen_at_ms",
            args![proposal.as_str(), who.account_id.as_str(), seen_at_ms],
        )
        .await?;
        tx.run(
            "update comment_mention set seen_at_ms = $1
             where person_id = $2 and seen_at_ms is null and comment_id in
                 (select comment_id from comment where proposal_id = $3 and created_at_ms <= $4)",
            args![
                now.ms(),
                who.person_id.as_str(),
                proposal.as_str(),
                seen_at_ms
            ],
        )
        .await?;
        tx.commit().await
    }

    /// Who may be named in a message: those who sit, other than as observers, in one of the
    /// proposal's chantiers, and can sign in. By name.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-COMMENT.
    pub async fn mentionable(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Comment>, Refusal> + Send,
    ) -> Result<Vec<PersonRef>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(account, proposal, &today).await?;
        rule(&facts)?;
        let mut people = tx.sitting(proposal, &today).await?;
        by_name(&mut people);
        Ok(people)
    }
}

impl Tx {
    /// Names people in a message, who must be able to read it.
    pub(super) async fn name_people(
        &mut self,
        proposal: &ProposalId,
        message: &CommentId,
        people: &[PersonId],
        now: Timestamp,
    ) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        let today = Day::in_paris(now.ms());
        let sitting = self.sitting(proposal, &today).await?;
        for person in people {
            if !sitting.iter().any(|one| one.person_id == person.as_str()) {
                return Err(Error::Invalid {
                    field: "mentions",
                    problem: "not_eligible",
                });
            }
            self.run(
                "insert into comment_mention (comment_id, person_id) values ($1, $2)
                 on conflict do nothing",
                args![message.as_str(), person.as_str()],
            )
            .await?;
        }
        Ok(())
    }

    /// Forgets who was named in a message, but these.
    pub(super) async fn forget_mentions(
        &mut self,
        message: &CommentId,
        but: &[PersonId],
    ) -> Result<()> {
        let rows = self
            .rows(
                "select person_id from comment_mention where comment_id = $1",
                args![message.as_str()],
            )
            .await?;
        for row in rows {
            let person = row.text(0)?;
            if !but.iter().any(|one| one.as_str() == person) {
                self.run(
                    "delete from comment_mention where comment_id = $1 and person_id = $2",
                    args![message.as_str(), person],
                )
                .await?;
            }
        }
        Ok(())
    }
}
