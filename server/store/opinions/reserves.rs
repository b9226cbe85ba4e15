//! The reserves of an opinion, and the answers of the proposal's owner.

use super::Reserve;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId, ReserveId};
use crate::proof::canonical;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// What an owner answers to a reserve, tidied.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `addressed` (it is taken up), `maintained` (it is not, and why).
    pub state: &'static str,
    /// In their words.
    pub text: String,
    /// The reserve's counter as it was read.
    pub expected_version: i64,
}

impl Store {
    /// Answers a reserve, or answers it anew, before the proposal goes on.
    ///
    /// # Errors
    /// `NotFound`, also for a reserve of another proposal or round; `Refused` by R-RESERVE; `Conflict`
    /// `reserve_changed`.
    pub async fn answer_reserve(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        reserve: &ReserveId,
        answer: &Answer,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::AnswerReserve>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        let row = tx.proposal_row(proposal).await?;
        let opinion = tx.current_opinion(proposal, row.round).await?;
        let opinion = opinion.ok_or(Error::NotFound)?;
        let mut reserves = opinion.reserves.iter();
        let known = reserves.find(|one| one.reserve_id == reserve.as_str());
        if known.ok_or(Error::NotFound)?.version != answer.expected_version {
            return Err(Error::Conflict("reserve_changed"));
        }
        tx.run(
            "update reserve set state = $1, answer = $2, answered_by = $3, answered_at_ms = $4,
                    version = version + 1
             where reserve_id = $5",
            args![
                answer.state,
                &answer.text,
                who.person_id.as_str(),
                now.ms(),
                reserve.as_str()
            ],
        )
        .await?;
        let details = canonical::json(&serde_json::json!({
            "opinion_id": opinion.opinion_id, "reserve_id": reserve.as_str(), "state": answer.state,
        }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(Role::Owner),
            text: Some(&answer.text),
            details: Some(&details),
            ..Entry::new("reserve_answered", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    /// The reserves of an opinion, in order.
    pub(super) async fn reserves(&mut self, opinion_id: &str) -> Result<Vec<Reserve>> {
        self.rows(
            "select reserve_id, body, state, answer, answered_at_ms, version from reserve
             where opinion_id = $1 order by rank",
            args![opinion_id],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Reserve {
                reserve_id: row.text(0)?,
                body: row.text(1)?,
                state: row.text(2)?,
                answer: row.opt_text(3)?,
                answered_at_ms: row.opt_int(4)?,
                version: row.int(5)?,
            })
        })
        .collect()
    }
}
