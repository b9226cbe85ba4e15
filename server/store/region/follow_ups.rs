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

    /// The final report is the owner's again, with all it says: the direction did not agree to close the action,
    /// or the owner took the request back (T26). Its jobs stop counting until it is given anew.
    pub(in crate::store) async fn reopen_final_report(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<()> {
        self.run(
            "update job_count set stage = 'draft' where stage = 'realised' and follow_up_id in
             (select follow_up_id from follow_up where proposal_id = $1 and period = $2)",
            args![proposal.as_str(), FINAL],
        )
        .await?;
        self.run(
            "update follow_up set submitted_by = null, submitted_at_ms = null, version = version + 1
             where proposal_id = $1 and period = $2",
            args![proposal.as_str(), FINAL],
        )
        .await?;
        Ok(())
    }
}
