//! Money by envelope and year, added up where it was decided: nothing is stored twice, so that a page and
//! the guard of a decision read the same numbers (invariant 8).

use super::{Tx, args};
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::money::{Amount, Envelope};

/// Whether the decision of this alias holds: confirmed, and not rectified by a confirmed one (`domain.md` 1.5).
macro_rules! in_force {
    ($decision:literal) => {
        concat!(
            $decision,
            ".confirmed_at_ms is not null and not exists (select 1 from decision r where r.rectifies_id = ",
            $decision,
            ".decision_id and r.confirmed_at_ms is not null)"
        )
    };
}
pub(in crate::store) use in_force;

impl Tx {
    /// The programme's envelopes, by year and code.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn envelopes(&mut self) -> Result<Vec<Envelope>> {
        let rows = self
            .rows(
                "select e.code, e.year, e.amount_cents, p.code from envelope e
                 left join envelope p on p.envelope_id = e.parent_id order by e.year, e.code",
                &[],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Envelope {
                    code: row.text(0)?,
                    year: row.int(1)?,
                    cents: row.int(2)?,
                    parent: row.opt_text(3)?,
                })
            })
            .collect()
    }

    /// What a proposal asks of each envelope and year.
    pub(super) async fn requested(&mut self, proposal: &ProposalId) -> Result<Vec<Amount>> {
        self.amounts(
            "select code, year, cast(sum(amount_cents) as bigint) from envelope_request
             where proposal_id = $1 group by code, year order by code, year",
            proposal.as_str(),
        )
        .await
    }

    /// What the Region has decided beside the decision that is being corrected, this proposal's other decisions
    /// too: a change of an action adds to what it has. What was abandoned is released (T27).
    pub(super) async fn decided_beside(&mut self, rectified: Option<&str>) -> Result<Vec<Amount>> {
        self.amounts(
            concat!(
                "select m.code, m.year, cast(sum(m.amount_cents) as bigint)
             from decision_amount m join decision d on d.decision_id = m.decision_id
             join proposal p on p.proposal_id = d.proposal_id
             where d.decision_id <> $1 and p.stage <> 'abandoned' and ",
                in_force!("d"),
                "
             group by m.code, m.year order by m.code, m.year"
            ),
            rectified.unwrap_or_default(),
        )
        .await
    }

    /// Amounts read by a query of one argument: code, year, cents.
    pub(super) async fn amounts(&mut self, sql: &'static str, of: &str) -> Result<Vec<Amount>> {
        let rows = self.rows(sql, args![of]).await?;
        rows.iter()
            .map(|row| {
                Ok(Amount {
                    code: row.text(0)?,
                    year: row.int(1)?,
                    cents: row.int(2)?,
                })
            })
            .collect()
    }
}
