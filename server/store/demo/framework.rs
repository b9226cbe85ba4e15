//! What the programme consists of: axes, money, territories, chantiers, bodies.

use super::data::{Chantier, Demo};
use super::rank;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::store::{Tx, args};

impl Tx {
    pub(super) async fn load_framework(&mut self, demo: &Demo, now: Timestamp) -> Result<()> {
        self.load_programme(demo, now).await?;
        for axis in &demo.axes {
            self.run(
                "insert into axis (axis_id, title, description) values ($1, $2, $3)",
                args![&axis.id, &axis.title, &axis.description],
            )
            .await?;
        }
        for (index, college) in demo.colleges.iter().enumerate() {
            self.run(
                "insert into college (college_id, title, family, rank) values ($1, $2, $3, $4)",
                args![&college.id, &college.title, &college.family, rank(index)?],
            )
            .await?;
        }
        for territory in &demo.territories {
            self.run(
                "insert into territory (territory_code, level, name) values ($1, $2, $3)
                 on conflict do nothing",
                args![&territory.code, &territory.level, &territory.name],
            )
            .await?;
        }
        for unit in &demo.region_units {
            self.run(
                "insert into region_unit (region_unit_id, kind, title) values ($1, $2, $3)",
                args![&unit.id, &unit.kind, &unit.title],
            )
            .await?;
        }
        self.load_envelopes(demo).await?;
        for chantier in &demo.chantiers {
            self.load_chantier(chantier).await?;
        }
        for body in &demo.bodies {
            self.run(
                "insert into body (body_id, kind, chantier_id, title) values ($1, $2, $3, $4)",
                args![&body.id, &body.kind, body.chantier.clone(), &body.title],
            )
            .await?;
        }
        Ok(())
    }

    async fn load_programme(&mut self, demo: &Demo, now: Timestamp) -> Result<()> {
        let region = demo
            .territories
            .iter()
            .find(|territory| territory.level == "region")
            .ok_or_else(|| Error::internal("no region among the territories"))?;
        let programme = &demo.programme;
        self.run(
            "insert into programme (programme_id, code, title, region_name, starts_on, ends_on,
             annual_budget_cents, annual_jobs_target, target_unit, intro, participation_rules,
             rules, demo_began_at_ms, created_at_ms, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)",
            args![
                &programme.id,
                &programme.code,
                &programme.title,
                format!("R\u{e9}gion {}", region.name),
                &programme.starts_on,
                &programme.ends_on,
                programme.annual_budget_cents,
                programme.annual_jobs_target,
                &programme.target_unit,
                &programme.intro,
                &programme.participation_rules,
                programme.rules.to_string(),
                now.ms(),
                now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    async fn load_envelopes(&mut self, demo: &Demo) -> Result<()> {
        for envelope in &demo.envelopes {
            self.run(
                "insert into envelope (envelope_id, year, code, label, amount_cents, parent_id,
                 requested_cents, arbitrated_cents, decided_cents, committed_cents)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                args![
                    &envelope.id,
                    envelope.year,
                    &envelope.code,
                    &envelope.label,
                    envelope.amount_cents,
                    envelope.parent_id.clone(),
                    envelope.requested_cents,
                    envelope.arbitrated_cents,
                    envelope.decided_cents,
                    envelope.committed_cents
                ],
            )
            .await?;
        }
        Ok(())
    }

    async fn load_chantier(&mut self, chantier: &Chantier) -> Result<()> {
        self.run(
            "insert into chantier (chantier_id, slug, title, description, kind, status, axis_id,
             lead_unit_id, opened_on, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            args![
                &chantier.id,
                &chantier.slug,
                &chantier.title,
                &chantier.description,
                &chantier.kind,
                &chantier.status,
                chantier.axis.clone(),
                chantier.lead_direction.clone(),
                &chantier.opened_on
            ],
        )
        .await?;
        for delegation in &chantier.delegations {
            self.run(
                "insert into chantier_delegation (chantier_id, region_unit_id) values ($1, $2)",
                args![&chantier.id, delegation],
            )
            .await?;
        }
        Ok(())
    }
}
