//! T20 to T22: the Region decides. The prepared decision is confirmed, never to change again; what it gives is
//! numbered and counted, what it sends back is asked for in one request.

use serde_json::json;

use super::effects::Details;
use super::{Ask, Scene};
use crate::error::{Error, Result};
use crate::ids::VersionId;
use crate::rules::day::Day;
use crate::rules::stage::Stage;
use crate::rules::transitions::Transition;
use crate::store::deposits::Request;
use crate::store::region::confirm::Confirming;
use crate::store::{Tx, args};

impl Tx {
    /// What T20 to T22 leave behind. `to` is where the proposal goes.
    pub(super) async fn leave_region(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        to: Stage,
        version: Option<&VersionId>,
        details: &mut Details,
    ) -> Result<()> {
        if ask.transition == Transition::ConfirmApproval {
            return Ok(());
        }
        let (id, departs) = self.open_decision(scene).await?;
        let confirming = Confirming {
            decision_id: &id,
            departs,
            version,
        };
        self.confirm_prepared(scene.who, &confirming, scene.now)
            .await?;
        details.insert("decision_id".into(), json!(id));
        self.close_review(scene).await?;
        if matches!(to, Stage::Approved | Stage::ApprovedConditional) {
            let number = self.give_action_number(scene).await?;
            details.insert("action_number".into(), json!(number));
            self.count_decided_jobs(scene, &id).await?;
        }
        Ok(())
    }

    /// The preparation, and whether it departs from the committee's advice.
    async fn open_decision(&mut self, scene: &Scene<'_>) -> Result<(String, bool)> {
        self.prepared(scene.proposal, &scene.today)
            .await?
            .map(|prepared| (prepared.decision_id, prepared.departs))
            .ok_or_else(|| Error::internal("a decision was confirmed that is not there"))
    }

    /// T21: what the Region asks for is one request, as the commission's are.
    pub(super) async fn ask_what_is_missing(&mut self, scene: &Scene<'_>, rank: i64) -> Result<()> {
        let row = self
            .row(
                "select reason_code, points, due_on from decision
                 where proposal_id = $1 and value = 'returned' and confirmed_at_ms is not null
                 order by confirmed_at_ms desc, decision_id desc limit 1",
                args![scene.proposal.as_str()],
            )
            .await?
            .ok_or_else(|| Error::internal("sent back without a decision"))?;
        let (reason, due_on) = (row.opt_text(0)?, row.opt_text(2)?);
        let due_on = due_on.and_then(|due| Day::from_iso(&due));
        let due_on = due_on.ok_or_else(|| Error::internal("sent back without a date"))?;
        let points: Vec<String> = serde_json::from_str(&row.text(1)?).map_err(Error::internal)?;
        let request = Request {
            reason: reason.as_deref().unwrap_or("other"),
            points: &points,
            due_on: &due_on,
        };
        let person = scene.who.person_id.as_str();
        self.keep_request(scene.proposal, person, rank, &request, scene.now)
            .await
    }

    /// T28 from the Region: its file is closed, what was prepared is given up.
    pub(super) async fn leave_desk(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.close_review(scene).await?;
        self.abandon_preparation(scene.proposal, scene.now).await
    }

    async fn close_review(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.run(
            "update regional_review set closed_at_ms = $1, version = version + 1
             where proposal_id = $2 and closed_at_ms is null",
            args![scene.now.ms(), scene.proposal.as_str()],
        )
        .await?;
        Ok(())
    }

    /// `ACT-2026-031`: the year of the decision, then its place in that year. Given once.
    async fn give_action_number(&mut self, scene: &Scene<'_>) -> Result<String> {
        if let Some(number) = &scene.row.action_number {
            return Ok(number.clone());
        }
        let (year, _, _) = Day::in_paris(scene.now.ms()).parts();
        let start = format!("ACT-{year}-");
        let row = self
            .row(
                "select max(action_number) from proposal where action_number like $1",
                args![format!("{start}%")],
            )
            .await?;
        let last = row.map(|row| row.opt_text(0)).transpose()?.flatten();
        let last = last.and_then(|number| number.strip_prefix(&start)?.parse::<i64>().ok());
        let number = format!("{start}{:03}", last.unwrap_or(0) + 1);
        self.run(
            "update proposal set action_number = $1 where proposal_id = $2",
            args![&number, scene.proposal.as_str()],
        )
        .await?;
        Ok(number)
    }

    /// The expected jobs as they were when the Region decided.
    async fn count_decided_jobs(&mut self, scene: &Scene<'_>, decision_id: &str) -> Result<()> {
        let lines = self
            .rows(
                "select job_line_id from job_line where proposal_id = $1 and stage = 'forecast'
                 order by rank, job_line_id",
                args![scene.proposal.as_str()],
            )
            .await?;
        for line in lines {
            self.run(
                "insert into job_count (job_count_id, proposal_id, job_line_id, stage, decision_id,
                                        posts, fte_hundredths, women, men, undisclosed,
                                        effect_year, confidence, evidence)
                 select $1, proposal_id, job_line_id, 'decided', $2, posts, fte_hundredths, women,
                        men, undisclosed, effect_year, confidence, evidence
                 from job_line where job_line_id = $3",
                args![uuid::Uuid::now_v7().to_string(), decision_id, line.text(0)?],
            )
            .await?;
        }
        Ok(())
    }
}
