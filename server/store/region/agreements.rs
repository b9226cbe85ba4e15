//! The agreement on a decision, as T23 looks at it.

use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::agreements::{is_compulsory, is_private};
use crate::rules::transitions::AgreementFacts;
use crate::store::{Tx, args};

impl Tx {
    /// How far the agreement is, and whether the law asks for one.
    pub(in crate::store) async fn agreement_facts(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<AgreementFacts> {
        let row = self
            .row(
                "select (select count(*) from agreement a
                         where a.proposal_id = p.proposal_id and a.kind = 'agreement'),
                        (select count(*) from agreement a
                         where a.proposal_id = p.proposal_id and a.kind = 'none'),
                        (select coalesce(cast(sum(m.amount_cents) as bigint), 0)
                         from decision_amount m join decision d on d.decision_id = m.decision_id
                         where d.proposal_id = p.proposal_id and d.confirmed_at_ms is not null
                         and not exists (select 1 from decision r
                             where r.rectifies_id = d.decision_id
                             and r.confirmed_at_ms is not null)),
                        o.kind
                 from proposal p left join organisation o on o.organisation_id = p.porteur_id
                 where p.proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let is_private = row.opt_text(3)?.is_some_and(|kind| is_private(&kind));
        Ok(AgreementFacts {
            is_concluded: row.int(0)? > 0,
            is_waived: row.int(1)? > 0,
            is_compulsory: is_compulsory(row.int(2)?, is_private),
        })
    }
}
