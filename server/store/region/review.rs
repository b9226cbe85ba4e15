//! The Region's review of a file: its completeness, its reading by associated directions, its session.

use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::money::total_of;
use crate::rules::review::{CheckState, Item, items, open_items};
use crate::store::{Tx, args};

/// The envelope whose files have their own checklist.
const FUND: &str = "FEE";

impl Tx {
    /// Which points of the checklist this file needs.
    pub(in crate::store) async fn checklist(&mut self, proposal: &ProposalId) -> Result<Vec<Item>> {
        let requested = self.requested(proposal).await?;
        let row = self
            .row(
                "select o.kind from proposal p join organisation o on o.organisation_id = p.porteur_id
                 where p.proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        let kind = row.map(|row| row.text(0)).transpose()?;
        let is_association = kind.as_deref() == Some("association");
        Ok(items(total_of(&requested, FUND) > 0, is_association))
    }

    /// What was found of each point in the review that is open.
    pub(in crate::store) async fn checks(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Vec<(Item, CheckState)>> {
        let rows = self
            .rows(
                "select c.item, c.state from review_check c
                 join regional_review r on r.review_id = c.review_id
                 where r.proposal_id = $1 and r.closed_at_ms is null",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let unknown = || Error::internal("a check of an unknown point or state");
                Ok((
                    Item::from_key(&row.text(0)?).ok_or_else(unknown)?,
                    CheckState::from_key(&row.text(1)?).ok_or_else(unknown)?,
                ))
            })
            .collect()
    }

    /// How many points of the checklist hold up the decision.
    pub(in crate::store) async fn open_checks(&mut self, proposal: &ProposalId) -> Result<usize> {
        let needed = self.checklist(proposal).await?;
        let found = self.checks(proposal).await?;
        Ok(open_items(&needed, &found).len())
    }
}
