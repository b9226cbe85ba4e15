//! T23 to T27: an approved proposal goes its way as an action.

use super::effects::Details;
use super::{Ask, Scene};
use crate::error::Result;
use crate::rules::follow_ups::START;
use crate::rules::stage::Stage;
use crate::rules::transitions::Transition;
use crate::store::{Tx, args};

impl Tx {
    /// What T23 to T27 leave behind.
    pub(super) async fn follow_action(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        details: &mut Details,
    ) -> Result<()> {
        let is_suspended = scene.row.stage == Stage::Suspended;
        if ask.transition == Transition::Begin {
            self.begin_action(scene, ask, details).await?;
        } else if ask.transition == Transition::Suspend && is_suspended {
            self.resume(scene).await?;
        } else if ask.transition == Transition::Suspend {
            self.suspend(scene, ask, details).await?;
        } else if ask.transition == Transition::Abandon {
            self.cancel_forecasts(scene).await?;
        }
        Ok(())
    }

    /// The first report says what began and when.
    async fn begin_action(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        details: &mut Details,
    ) -> Result<()> {
        let starts_on = ask.starts_on.as_ref().unwrap_or(&scene.today);
        details.insert("starts_on".into(), starts_on.as_str().into());
        self.run(
            "insert into follow_up (follow_up_id, proposal_id, period, due_on, progress, body,
                                    submitted_by, submitted_at_ms, version)
             values ($1, $2, $3, $4, 0, $5, $6, $7, 1)",
            args![
                uuid::Uuid::now_v7().to_string(),
                scene.proposal.as_str(),
                START,
                starts_on.as_str(),
                ask.report.clone(),
                scene.who.person_id.as_str(),
                scene.now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    async fn suspend(&mut self, scene: &Scene<'_>, ask: &Ask, details: &mut Details) -> Result<()> {
        let review_on = ask.review_on.as_ref().unwrap_or(&scene.today);
        details.insert("review_on".into(), review_on.as_str().into());
        self.run(
            "insert into suspension (suspension_id, proposal_id, reason, review_on, suspended_by,
                                     suspended_at_ms) values ($1, $2, $3, $4, $5, $6)",
            args![
                uuid::Uuid::now_v7().to_string(),
                scene.proposal.as_str(),
                ask.reason.clone().unwrap_or_default(),
                review_on.as_str(),
                scene.who.person_id.as_str(),
                scene.now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    async fn resume(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.run(
            "update suspension set resumed_by = $1, resumed_at_ms = $2
             where proposal_id = $3 and resumed_at_ms is null",
            args![
                scene.who.person_id.as_str(),
                scene.now.ms(),
                scene.proposal.as_str()
            ],
        )
        .await?;
        Ok(())
    }

    /// T27: realised jobs are kept, what was only decided is cancelled.
    async fn cancel_forecasts(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.run(
            "update job_count set cancelled_at_ms = $1
             where proposal_id = $2 and stage = 'decided' and cancelled_at_ms is null",
            args![scene.now.ms(), scene.proposal.as_str()],
        )
        .await?;
        Ok(())
    }
}
