//! The structured rows of a fiche-action. Their ids are the proposal's, the list's and the rank.

use super::data::{Indicator, JobLine, Proposal};
use super::rank;
use crate::error::Result;
use crate::store::{Tx, args};

impl Tx {
    pub(super) async fn load_sheet(&mut self, proposal: &Proposal) -> Result<()> {
        let id = |list: &str, index: usize| -> Result<String> {
            Ok(format!("{}-{list}-{}", proposal.id, rank(index)?))
        };
        for (index, objective) in proposal.objectives.iter().enumerate() {
            self.run(
                "insert into objective (objective_id, proposal_id, rank, body, version)
                 values ($1, $2, $3, $4, 1)",
                args![id("obj", index)?, &proposal.id, rank(index)?, objective],
            )
            .await?;
        }
        for (index, partner) in proposal.partners.iter().enumerate() {
            self.run(
                "insert into partner (partner_id, proposal_id, rank, organisation_id, role, state,
                 version) values ($1, $2, $3, $4, $5, $6, 1)",
                args![
                    id("par", index)?,
                    &proposal.id,
                    rank(index)?,
                    partner.organisation.clone(),
                    &partner.role,
                    &partner.state
                ],
            )
            .await?;
        }
        for (index, phase) in proposal.calendar.iter().enumerate() {
            self.run(
                "insert into calendar_phase (calendar_phase_id, proposal_id, rank, label, starts_on,
                 ends_on, milestone, version) values ($1, $2, $3, $4, $5, $6, $7, 1)",
                args![
                    id("pha", index)?,
                    &proposal.id,
                    rank(index)?,
                    &phase.label,
                    &phase.start,
                    &phase.end,
                    phase.milestone.clone()
                ],
            )
            .await?;
        }
        self.load_money(proposal).await?;
        for (index, indicator) in proposal.indicators.iter().enumerate() {
            self.load_indicator(&id("ind", index)?, &proposal.id, rank(index)?, indicator)
                .await?;
        }
        for (index, line) in proposal.job_lines.iter().enumerate() {
            self.load_job_line(&id("job", index)?, &proposal.id, rank(index)?, line)
                .await?;
        }
        Ok(())
    }

    async fn load_money(&mut self, proposal: &Proposal) -> Result<()> {
        let id = |list: &str, index: usize| -> Result<String> {
            Ok(format!("{}-{list}-{}", proposal.id, rank(index)?))
        };
        for (index, expense) in proposal.budget.expenses.iter().enumerate() {
            self.run(
                "insert into expense (expense_id, proposal_id, rank, year, nature, account, label,
                 amount_cents, version) values ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
                args![
                    id("exp", index)?,
                    &proposal.id,
                    rank(index)?,
                    expense.year,
                    &expense.nature,
                    &expense.account,
                    &expense.label,
                    expense.amount_cents
                ],
            )
            .await?;
        }
        for (index, funding) in proposal.budget.funding.iter().enumerate() {
            self.run(
                "insert into funding (funding_id, proposal_id, rank, year, funder, kind, scheme,
                 amount_cents, state, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
                args![
                    id("fun", index)?,
                    &proposal.id,
                    rank(index)?,
                    funding.year,
                    &funding.funder,
                    &funding.kind,
                    funding.scheme.clone(),
                    funding.amount_cents,
                    &funding.state
                ],
            )
            .await?;
        }
        for (index, request) in proposal.envelope_requests.iter().enumerate() {
            self.run(
                "insert into envelope_request (envelope_request_id, proposal_id, rank, code, year,
                 amount_cents, version) values ($1, $2, $3, $4, $5, $6, 1)",
                args![
                    id("env", index)?,
                    &proposal.id,
                    rank(index)?,
                    &request.code,
                    request.year,
                    request.amount_cents
                ],
            )
            .await?;
        }
        Ok(())
    }

    async fn load_indicator(
        &mut self,
        indicator_id: &str,
        proposal_id: &str,
        rank: i64,
        indicator: &Indicator,
    ) -> Result<()> {
        self.run(
            "insert into indicator (indicator_id, proposal_id, rank, label, kind, unit, baseline,
             target, due_on, source, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
            args![
                indicator_id,
                proposal_id,
                rank,
                &indicator.label,
                &indicator.kind,
                &indicator.unit,
                indicator.baseline.as_ref().map(ToString::to_string),
                indicator.target.as_ref().map(ToString::to_string),
                indicator.due.clone(),
                indicator.source.clone()
            ],
        )
        .await?;
        Ok(())
    }

    async fn load_job_line(
        &mut self,
        job_line_id: &str,
        proposal_id: &str,
        rank: i64,
        line: &JobLine,
    ) -> Result<()> {
        self.run(
            "insert into job_line (job_line_id, proposal_id, rank, kind, nature, stage, posts,
             fte_hundredths, women, men, undisclosed, contract, duration_months, effect_year,
             sector, confidence, note, founding_answer, evidence, overlap_percent, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, 1)",
            args![
                job_line_id,
                proposal_id,
                rank,
                &line.kind,
                &line.nature,
                // What the sheet expects; what was decided and realised comes with the acts.
                "forecast",
                line.posts,
                (line.fte * 100.0).round() as i64,
                line.women,
                line.men,
                line.undisclosed,
                &line.contract,
                line.duration_months,
                line.effect_year,
                line.sector.as_ref().map(|sector| sector.section.clone()),
                &line.confidence,
                line.note.clone(),
                answer_of(&line.kind),
                (!line.evidence.is_empty()).then(|| line.evidence.join("\n")),
                percent(line.overlap_rate)
            ],
        )
        .await?;
        for share in &line.territory {
            self.run(
                "insert into job_line_territory (job_line_id, territory_code, share_percent)
                 values ($1, $2, $3)",
                args![job_line_id, &share.code, percent(share.share)],
            )
            .await?;
        }
        Ok(())
    }
}

/// The answer to the founding question that made a line of this kind.
fn answer_of(kind: &str) -> Option<&'static str> {
    match kind {
        "direct" => Some("no"),
        "supported" => Some("later"),
        _ => None,
    }
}

/// A share of one as whole percents.
fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}
