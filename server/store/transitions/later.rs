//! How things stand from the steering committee on, as the guards of T14 to T30 look at them.

use super::Scene;
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::arbitrations::{Advice, running_reserve_lists};
use crate::rules::day::Day;
use crate::rules::money::total;
use crate::rules::programme::FAST_TRACK_EUROS;
use crate::rules::stage::Stage;
use crate::rules::transitions::Later;
use crate::store::{Tx, args};

impl Tx {
    /// Reads it all.
    pub(super) async fn later(&mut self, scene: &Scene<'_>) -> Result<Later> {
        let proposal = scene.proposal;
        let conditions = self.open_conditions(proposal).await?;
        let settings = self.settings().await?;
        Ok(Later {
            has_fast_track: settings.has_fast_track(),
            fast_track_cents: settings.number(&FAST_TRACK_EUROS) * 100,
            co_president_count: self
                .co_president_count(&scene.row.chantier_id, &scene.today)
                .await?,
            requested_cents: total(&self.requested(proposal).await?),
            has_lead_unit: scene.row.lead_unit_id.is_some(),
            reserve_list_count: running_reserve_lists(&self.advices(proposal).await?),
            open_check_count: if scene.row.stage == Stage::AtRegion {
                self.open_checks(proposal).await?
            } else {
                0
            },
            decision: self
                .prepared(proposal, &scene.today)
                .await?
                .map(|one| one.seen_by(scene.who.person_id.as_str(), &scene.today)),
            open_condition_count: conditions.0,
            open_blocking_count: conditions.1,
            agreement: self.agreement_facts(proposal).await?,
            is_suspended: scene.row.stage == Stage::Suspended,
            has_final_report: self.has_final_report(proposal).await?,
            merge: self.merge_facts(scene).await?,
        })
    }

    /// Whether this is one of the Region's directions.
    pub(super) async fn is_direction(&mut self, unit: Option<&str>) -> Result<bool> {
        let Some(unit) = unit else { return Ok(false) };
        let row = self
            .row(
                "select 1 from region_unit where region_unit_id = $1 and kind = 'direction'",
                args![unit],
            )
            .await?;
        row.map(|_| true).ok_or(Error::Invalid {
            field: "lead_unit_id",
            problem: "unknown",
        })
    }

    /// What the steering committee advised of a proposal in this round, the newest first.
    pub(crate) async fn advices(&mut self, proposal: &ProposalId) -> Result<Vec<Advice>> {
        let rows = self
            .rows(
                "select a.value from arbitration a join proposal p on p.proposal_id = a.proposal_id
                 where a.proposal_id = $1 and a.round = p.round
                 order by a.recorded_at_ms desc, a.arbitration_id desc",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Advice::from_key(&row.text(0)?)
                    .ok_or_else(|| Error::internal("an arbitration of an unknown value"))
            })
            .collect()
    }

    /// How many preside the commission of a chantier today.
    async fn co_president_count(&mut self, chantier_id: &str, today: &Day) -> Result<usize> {
        let rows = self
            .rows(
                "select distinct m.person_id from mandate m join body b on b.body_id = m.body_id
                 where b.chantier_id = $1 and m.role = 'co_president' and m.valid_from <= $2
                 and (m.valid_to is null or m.valid_to > $3)",
                args![chantier_id, today.as_str(), today.as_str()],
            )
            .await?;
        Ok(rows.len())
    }
}
