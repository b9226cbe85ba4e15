//! The reports on an action, as T26 looks at them.

use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::follow_ups::FINAL;
use crate::store::{Tx, args};

impl Tx {
    /// Whether the final report is given.
    pub(in crate::store) async fn has_final_report(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<bool> {
        let row = self
            .row(
                "select 1 from follow_up where proposal_id = $1 and period = $2
                 and submitted_at_ms is not null",
                args![proposal.as_str(), FINAL],
            )
            .await?;
        Ok(row.is_some())
    }
}
