//! Substantial changes of an action, asked for by its owner or its direction: the stage stays, a decision of the
//! Region answers. One is open at a time.

use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, args};

/// What a substantial change is about (`domain.md` section 2, amendments).
pub const MATTERS: [&str; 7] = [
    "porteur",
    "objectives",
    "territory",
    "jobs",
    "amount",
    "cost",
    "other",
];

impl Store {
    /// Asks for a substantial change. `matter` is one of [`MATTERS`].
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-ADDENDUM; `Conflict` `addendum_open`.
    pub async fn ask_addendum(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        (matter, body): (&'static str, &str),
        rule: impl FnOnce(&Facts) -> Result<Permit<act::AskAddendum>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        let open = tx
            .row(
                "select 1 from addendum where proposal_id = $1 and state = 'asked'",
                args![proposal.as_str()],
            )
            .await?;
        if open.is_some() {
            return Err(Error::Conflict("addendum_open"));
        }
        let addendum_id = uuid::Uuid::now_v7().to_string();
        tx.run(
            "insert into addendum (addendum_id, proposal_id, matter, body, state, asked_by,
                                   asked_at_ms)
             values ($1, $2, $3, $4, 'asked', $5, $6)",
            args![
                &addendum_id,
                proposal.as_str(),
                matter,
                body,
                who.person_id.as_str(),
                now.ms()
            ],
        )
        .await?;
        let details = canonical::json(&serde_json::json!({
            "addendum_id": addendum_id, "matter": matter,
        }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            details: Some(&details),
            text: Some(body),
            ..Entry::new("addendum_asked", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Takes a request back that nothing has answered yet.
    ///
    /// # Errors
    /// `NotFound`, also for one of another proposal; `Refused` by R-ADDENDUM; `Conflict` `addendum_closed`.
    pub async fn withdraw_addendum(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        addendum_id: &str,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::AskAddendum>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        let row = tx
            .row(
                "select state from addendum where addendum_id = $1 and proposal_id = $2",
                args![addendum_id, proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        if row.text(0)? != "asked" {
            return Err(Error::Conflict("addendum_closed"));
        }
        tx.run(
            "update addendum set state = 'withdrawn', closed_at_ms = $1 where addendum_id = $2",
            args![now.ms(), addendum_id],
        )
        .await?;
        let details = canonical::json(&serde_json::json!({ "addendum_id": addendum_id }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            details: Some(&details),
            ..Entry::new("addendum_withdrawn", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }
}
