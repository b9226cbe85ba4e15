//! The agreement on a decision, as T23 looks at it, and what the Region gives an action altogether.

use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::agreements::{is_compulsory, is_private};
use crate::rules::transitions::AgreementFacts;
use crate::store::money::in_force;
use crate::store::{Tx, args};

impl Tx {
    /// How far the agreement is, and whether the law asks for one.
    pub(in crate::store) async fn agreement_facts(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<AgreementFacts> {
        let is_private = self.is_paid_privately(proposal).await?;
        Ok(AgreementFacts {
            is_concluded: self.has_agreement(proposal, "agreement").await?,
            is_waived: self.has_agreement(proposal, "none").await?,
            is_compulsory: is_compulsory(self.decided_cents(proposal).await?, is_private),
        })
    }

    /// Whether an agreement of this kind is recorded.
    pub(super) async fn has_agreement(
        &mut self,
        proposal: &ProposalId,
        kind: &'static str,
    ) -> Result<bool> {
        let row = self
            .row(
                "select 1 from agreement where proposal_id = $1 and kind = $2",
                args![proposal.as_str(), kind],
            )
            .await?;
        Ok(row.is_some())
    }

    /// What the Region gives the action altogether, in euro cents: what is rectified no longer counts.
    pub(super) async fn decided_cents(&mut self, proposal: &ProposalId) -> Result<i64> {
        let row = self
            .row(
                concat!(
                    "select coalesce(cast(sum(m.amount_cents) as bigint), 0)
                 from decision_amount m join decision d on d.decision_id = m.decision_id
                 where d.proposal_id = $1 and ",
                    in_force!("d")
                ),
                args![proposal.as_str()],
            )
            .await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// Whether one of the agreement's beneficiaries is a private body; before there are any, the porteur.
    pub(super) async fn is_paid_privately(&mut self, proposal: &ProposalId) -> Result<bool> {
        let paid = self
            .rows(
                "select o.kind from agreement_beneficiary b
                 join agreement a on a.agreement_id = b.agreement_id
                 join organisation o on o.organisation_id = b.organisation_id
                 where a.proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        let bearer = self
            .rows(
                "select o.kind from proposal p
                 join organisation o on o.organisation_id = p.porteur_id
                 where p.proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        let looked_at = if paid.is_empty() { bearer } else { paid };
        for row in looked_at {
            if is_private(&row.text(0)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
