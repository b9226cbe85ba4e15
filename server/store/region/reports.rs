//! The reports on an action, read: those given, those being prepared, and what they are judged against.

use super::following::day;
use super::job_counts::JobCount;
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::follow_ups::{FINAL, START};
use crate::rules::reports::Ground;
use crate::store::{Row, Tx, args};

/// A report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub follow_up_id: String,
    /// Its period: `start`, `2026-S1`, `final`.
    pub period: String,
    /// Until when it is due.
    pub due_on: Day,
    /// How far the action is, in percent.
    pub progress: Option<i64>,
    /// What was spent since the start, in euro cents.
    pub spent_cents: Option<i64>,
    /// What was done.
    pub body: Option<String>,
    /// What was difficult.
    pub difficulties: Option<String>,
    /// What shows it.
    pub evidence: Option<String>,
    /// The values of indicators: the indicator, a decimal.
    pub values: Vec<(String, String)>,
    /// The jobs, cumulated since the start.
    pub jobs: Vec<JobCount>,
    /// When it was last saved.
    pub saved_at_ms: Option<i64>,
    /// Who gave it.
    pub submitted_by: Option<String>,
    /// When it was given.
    pub submitted_at_ms: Option<i64>,
    /// The optimistic counter.
    pub version: i64,
}

/// An indicator that reports have values of.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Its id.
    pub indicator_id: String,
    /// Its name.
    pub label: String,
    /// Its unit.
    pub unit: String,
    /// Where it began.
    pub baseline: Option<String>,
    /// Where it should go.
    pub target: Option<String>,
}

/// A line of jobs that reports count.
#[derive(Clone, Debug)]
pub struct JobLine {
    /// Its id.
    pub job_line_id: String,
    /// `direct`, `supported`.
    pub kind: String,
    /// `created`, `maintained`.
    pub nature: String,
    /// The contract.
    pub contract: String,
    /// What it says beside its figures.
    pub note: Option<String>,
    /// The year it counts in.
    pub effect_year: i64,
    /// Expected posts, as the sheet says.
    pub posts: i64,
}

impl Tx {
    /// Every report of an action: the start, the half-years in order, the final one.
    pub(super) async fn reports(&mut self, proposal: &ProposalId) -> Result<Vec<Report>> {
        let mut reports = self
            .rows(
                "select follow_up_id, period, due_on, progress, spent_cents, body, difficulties,
                        evidence, saved_at_ms, submitted_by, submitted_at_ms, version
                 from follow_up where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .iter()
            .map(report_at)
            .collect::<Result<Vec<_>>>()?;
        reports.sort_by(|one, other| order(&one.period).cmp(&order(&other.period)));
        let values = self
            .rows(
                "select v.follow_up_id, v.indicator_id, v.value from follow_up_value v
                 join follow_up f on f.follow_up_id = v.follow_up_id
                 join indicator i on i.indicator_id = v.indicator_id
                 where f.proposal_id = $1 order by i.rank, i.indicator_id",
                args![proposal.as_str()],
            )
            .await?;
        for row in values {
            let id = row.text(0)?;
            if let Some(report) = reports.iter_mut().find(|one| one.follow_up_id == id) {
                report.values.push((row.text(1)?, row.text(2)?));
            }
        }
        for count in self.job_counts(proposal).await? {
            let mut all = reports.iter_mut();
            let id = count.follow_up_id.clone();
            if let Some(report) = all.find(|one| Some(&one.follow_up_id) == id.as_ref()) {
                report.jobs.push(count);
            }
        }
        Ok(reports)
    }

    /// The indicators of the sheet.
    pub(super) async fn indicators(&mut self, proposal: &ProposalId) -> Result<Vec<Indicator>> {
        let rows = self
            .rows(
                "select indicator_id, label, unit, baseline, target from indicator
                 where proposal_id = $1 order by rank, indicator_id",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Indicator {
                    indicator_id: row.text(0)?,
                    label: row.text(1)?,
                    unit: row.text(2)?,
                    baseline: row.opt_text(3)?,
                    target: row.opt_text(4)?,
                })
            })
            .collect()
    }

    /// The lines of jobs that were expected when the Region decided.
    pub(super) async fn job_lines(&mut self, proposal: &ProposalId) -> Result<Vec<JobLine>> {
        let rows = self
            .rows(
                "select job_line_id, kind, nature, contract, note, effect_year, posts from job_line
                 where proposal_id = $1 and stage in ('forecast', 'decided')
                 order by rank, job_line_id",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(JobLine {
                    job_line_id: row.text(0)?,
                    kind: row.text(1)?,
                    nature: row.text(2)?,
                    contract: row.text(3)?,
                    note: row.opt_text(4)?,
                    effect_year: row.int(5)?,
                    posts: row.int(6)?,
                })
            })
            .collect()
    }

    /// What the action costs altogether, in euro cents: the expenses of its sheet.
    pub(super) async fn budget_cents(&mut self, proposal: &ProposalId) -> Result<i64> {
        let row = self
            .row(
                "select coalesce(cast(sum(amount_cents) as bigint), 0) from expense
                 where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// What a report on `period` is judged against: the last one given before it.
    pub(super) async fn report_ground(
        &mut self,
        proposal: &ProposalId,
        reports: &[Report],
        period: &str,
    ) -> Result<Ground> {
        let last = last_given(reports, period);
        let posts = last.map(|one| one.jobs.iter().map(|jobs| jobs.counted.posts).sum());
        Ok(Ground {
            progress: last.and_then(|one| one.progress).unwrap_or(0),
            spent_cents: last.and_then(|one| one.spent_cents).unwrap_or(0),
            posts: posts.unwrap_or(0),
            budget_cents: self.budget_cents(proposal).await?,
            indicator_count: self.indicators(proposal).await?.len(),
            line_count: self.job_lines(proposal).await?.len(),
        })
    }
}

/// The last report given before this period.
#[must_use]
pub fn last_given<'a>(reports: &'a [Report], period: &str) -> Option<&'a Report> {
    let before = order(period);
    let mut given = reports.iter().filter(|one| one.submitted_at_ms.is_some());
    given.rfind(|one| order(&one.period) < before)
}

/// The day the action began (T24).
#[must_use]
pub fn began_on(reports: &[Report]) -> Option<&Day> {
    let start = reports.iter().find(|one| one.period == START)?;
    Some(&start.due_on)
}

/// The start first, then the half-years, the final one last.
fn order(period: &str) -> (u8, &str) {
    let place = match period {
        START => 0,
        FINAL => 2,
        _ => 1,
    };
    (place, period)
}

fn report_at(row: &Row) -> Result<Report> {
    Ok(Report {
        follow_up_id: row.text(0)?,
        period: row.text(1)?,
        due_on: day(row, 2)?,
        progress: row.opt_int(3)?,
        spent_cents: row.opt_int(4)?,
        body: row.opt_text(5)?,
        difficulties: row.opt_text(6)?,
        evidence: row.opt_text(7)?,
        values: Vec::new(),
        jobs: Vec::new(),
        saved_at_ms: row.opt_int(8)?,
        submitted_by: row.opt_text(9)?,
        submitted_at_ms: row.opt_int(10)?,
        version: row.int(11)?,
    })
}
