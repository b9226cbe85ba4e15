//! T14 to T19: what the steering committee advises is kept, and the file goes to the Region's desk, back to
//! the commission, or ends.

use serde_json::json;

use super::effects::Details;
use super::{Ask, Scene};
use crate::error::{Error, Result};
use crate::ids::VersionId;
use crate::rules::arbitrations::Advice;
use crate::rules::day::Day;
use crate::rules::transitions::Transition;
use crate::store::{Tx, args};

impl Tx {
    /// What T14 to T19 leave behind.
    pub(super) async fn leave_copil(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        version: Option<&VersionId>,
        details: &mut Details,
    ) -> Result<()> {
        if let Some(advice) = Advice::of(ask.transition) {
            let id = self.keep_arbitration(scene, ask, advice, version).await?;
            details.insert("arbitration_id".into(), json!(id));
            details.insert("advice".into(), json!(advice.key()));
        }
        if ask.transition == Transition::Evoke {
            self.keep_evocation(scene, ask).await?;
        }
        if matches!(
            ask.transition,
            Transition::FastTrack | Transition::Retain | Transition::Evoke
        ) {
            self.reach_region(scene, ask, details).await?;
        }
        self.settle_agenda(scene, ask.transition).await
    }

    async fn keep_arbitration(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        advice: Advice,
        version: Option<&VersionId>,
    ) -> Result<String> {
        let session = self.copil_session(scene, ask).await?;
        let on = match &session {
            Some((_, starts_at_ms)) => Day::in_paris(*starts_at_ms),
            None => ask.arbitrated_on.clone().unwrap_or(scene.today.clone()),
        };
        if on > scene.today {
            return Err(Error::Invalid {
                field: "arbitrated_on",
                problem: "not_past",
            });
        }
        // What was arbitrated is the version the commission gave its opinion on.
        let heard = match version {
            Some(version) => Some(version.clone()),
            None => self.latest_version(scene.proposal).await?,
        };
        let id = uuid::Uuid::now_v7().to_string();
        self.run(
            "insert into arbitration (arbitration_id, proposal_id, body_id, meeting_id, version_id,
                                      round, value, rank, motive, arbitrated_on, recorded_by,
                                      recorded_at_ms)
             select $1, $2, body_id, $3, $4, $5, $6, $7, $8, $9, $10, $11 from body
             where kind = 'copil' order by body_id limit 1",
            args![
                &id,
                scene.proposal.as_str(),
                session.as_ref().map(|(id, _)| id.as_str()),
                heard.as_ref().map(VersionId::as_str),
                scene.row.round,
                advice.key(),
                ask.rank.filter(|_| advice == Advice::Retained),
                ask.reason.clone(),
                on.as_str(),
                scene.who.person_id.as_str(),
                scene.now.ms()
            ],
        )
        .await?;
        if advice == Advice::Retained {
            for ceiling in &ask.ceilings {
                self.run(
                    "insert into arbitration_ceiling (arbitration_id, code, year, amount_cents)
                     values ($1, $2, $3, $4)",
                    args![&id, &ceiling.code, ceiling.year, ceiling.cents],
                )
                .await?;
            }
        }
        Ok(id)
    }

    /// The session it was arbitrated in: the one that is named, none where only its day is given, else the
    /// one whose agenda it is on.
    async fn copil_session(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
    ) -> Result<Option<(String, i64)>> {
        if let Some(named) = &ask.session {
            let row = self
                .row(
                    "select m.meeting_id, m.starts_at_ms from meeting m
                     join body b on b.body_id = m.body_id
                     where m.meeting_id = $1 and b.kind = 'copil'",
                    args![named.as_str()],
                )
                .await?
                .ok_or(Error::Invalid {
                    field: "meeting_id",
                    problem: "unknown",
                })?;
            return Ok(Some((row.text(0)?, row.int(1)?)));
        }
        if ask.arbitrated_on.is_some() {
            return Ok(None);
        }
        let row = self
            .row(
                "select m.meeting_id, m.starts_at_ms from agenda_item i
                 join meeting m on m.meeting_id = i.meeting_id
                 where i.proposal_id = $1 and i.kind = 'arbitration' and i.withdrawn_at_ms is null
                 and i.outcome is null and m.starts_at_ms <= $2
                 order by m.starts_at_ms desc, m.meeting_id limit 1",
                args![scene.proposal.as_str(), scene.now.ms()],
            )
            .await?;
        row.map(|row| Ok((row.text(0)?, row.int(1)?))).transpose()
    }

    async fn keep_evocation(&mut self, scene: &Scene<'_>, ask: &Ask) -> Result<()> {
        self.run(
            "insert into evocation (evocation_id, proposal_id, from_stage, motive, evoked_by,
                                    evoked_at_ms) values ($1, $2, $3, $4, $5, $6)",
            args![
                uuid::Uuid::now_v7().to_string(),
                scene.proposal.as_str(),
                scene.row.stage.key(),
                ask.reason.clone().unwrap_or_default(),
                scene.who.person_id.as_str(),
                scene.now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    /// The file lies on the Region's desk: its lead direction is named, its review begins.
    async fn reach_region(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        details: &mut Details,
    ) -> Result<()> {
        let unit = ask.lead_unit.as_deref();
        let unit = unit.or(scene.row.lead_unit_id.as_deref());
        self.run(
            "update proposal set lead_unit_id = $1 where proposal_id = $2",
            args![unit, scene.proposal.as_str()],
        )
        .await?;
        details.insert("lead_unit_id".into(), json!(unit));
        self.run(
            "insert into regional_review (review_id, proposal_id, round, received_at_ms, version)
             values ($1, $2, $3, $4, 1)",
            args![
                uuid::Uuid::now_v7().to_string(),
                scene.proposal.as_str(),
                scene.row.round,
                scene.now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    /// The points where it was to be arbitrated know the outcome; kept in reserve, it comes to the next session.
    async fn settle_agenda(&mut self, scene: &Scene<'_>, transition: Transition) -> Result<()> {
        match Advice::of(transition) {
            Some(advice) => {
                self.run(
                    "update agenda_item set outcome = $1 where proposal_id = $2
                     and kind = 'arbitration' and withdrawn_at_ms is null and outcome is null",
                    args![advice.key(), scene.proposal.as_str()],
                )
                .await?;
                if advice == Advice::ReserveList {
                    self.add_to_copil(scene).await?;
                }
            }
            // The Region takes it from whoever was to hear it.
            None => self.end_hearings(scene.proposal, scene.now).await?,
        }
        Ok(())
    }
}
