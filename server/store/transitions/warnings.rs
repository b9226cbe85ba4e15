//! Warnings before T31: the owner is told that nothing has happened for long.

use crate::error::Result;
use crate::ids::{DocumentId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

impl Store {
    /// Warns the owner. `rule` gets the days since the last activity, and since the last warning after it.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-WARN.
    pub async fn warn_inactive(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts, i64, Option<i64>) -> Result<Permit<act::WarnInactive>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let mut tx = self.write().await?;
        let scene = tx.scene(self, who, proposal).await?;
        let active_at_ms = tx.active_at_ms(&scene).await?;
        let warned = tx.warnings_since(proposal, active_at_ms).await?;
        let days = |at_ms: i64| scene.today.days_since(&Day::in_paris(at_ms));
        let warned_days_ago = warned.last().map(|at_ms| days(*at_ms));
        rule(&scene.facts, days(active_at_ms), warned_days_ago)?;
        tx.run(
            "insert into inactivity_warning (proposal_id, warned_at_ms, warned_by)
             values ($1, $2, $3)",
            args![proposal.as_str(), scene.now.ms(), who.person_id.as_str()],
        )
        .await?;
        let entry = Entry {
            capacity: Some(Role::Facilitator),
            ..scene.entry("warned")
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(scene.document)
    }
}

impl Tx {
    /// When the owner was warned since then, the first first.
    pub(super) async fn warnings_since(
        &mut self,
        proposal: &ProposalId,
        since_ms: i64,
    ) -> Result<Vec<i64>> {
        self.rows(
            "select warned_at_ms from inactivity_warning
             where proposal_id = $1 and warned_at_ms >= $2 order by warned_at_ms",
            args![proposal.as_str(), since_ms],
        )
        .await?
        .iter()
        .map(|row| row.int(0))
        .collect()
    }
}
