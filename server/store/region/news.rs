//! Who worked on a proposal is told what became of it, until they have seen it: no decision passes by unread.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::accounts::Identity;
use crate::store::{Store, Tx, args};

/// The decisions on proposals a person is tied to that they have not seen.
const UNSEEN: &str = "select d.proposal_id, max(d.confirmed_at_ms) from decision d
 join proposal_person t on t.proposal_id = d.proposal_id
 where t.person_id = $1 and d.confirmed_at_ms is not null and not exists
     (select 1 from decision_notice n where n.decision_id = d.decision_id
      and n.person_id = t.person_id)
 group by d.proposal_id";

impl Store {
    /// The person has seen what was decided of a proposal. Seeing it again changes nothing.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn see_decisions(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<()> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        tx.run(
            "insert into decision_notice (decision_id, person_id, seen_at_ms)
             select d.decision_id, t.person_id, $1 from decision d
             join proposal_person t on t.proposal_id = d.proposal_id
             where d.proposal_id = $2 and t.person_id = $3 and d.confirmed_at_ms is not null
             on conflict (decision_id, person_id) do nothing",
            args![now.ms(), proposal.as_str(), who.person_id.as_str()],
        )
        .await?;
        tx.commit().await
    }
}

impl Tx {
    /// The proposals a person is tied to whose decision they have not seen, with when it was confirmed.
    pub(in crate::store) async fn unseen_decisions(
        &mut self,
        who: &Identity,
    ) -> Result<HashMap<String, i64>> {
        let mut unseen = HashMap::new();
        for row in self.rows(UNSEEN, args![who.person_id.as_str()]).await? {
            let at_ms = row.opt_int(1)?;
            let at_ms = at_ms.ok_or_else(|| Error::internal("a decision without its instant"))?;
            unseen.insert(row.text(0)?, at_ms);
        }
        Ok(unseen)
    }

    /// Whether this proposal is one of them.
    pub(super) async fn is_news(&mut self, proposal: &ProposalId, who: &Identity) -> Result<bool> {
        Ok(self
            .unseen_decisions(who)
            .await?
            .contains_key(proposal.as_str()))
    }
}
