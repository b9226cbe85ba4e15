//! Writing a report on an action: prepared as long as one likes, given once, never changed after that - the next one
//! says what changed. Jobs of a report that is not given stand as `draft`: nothing counts them.

use super::reports::{Report, began_on, last_given};
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::day::Day;
use crate::rules::follow_ups::{self, FINAL};
use crate::rules::reports::{self, Counted};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// A report to keep, texts tidied and within bounds.
#[derive(Clone, Debug, Default)]
pub struct ReportDraft {
    /// Its period: `2026-S1`, `final`.
    pub period: String,
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
    pub jobs: Vec<JobsDraft>,
    /// The report's counter as it was read; `None` for the first time.
    pub expected_version: Option<i64>,
}

/// The jobs of one line, as they are reported.
#[derive(Clone, Debug)]
pub struct JobsDraft {
    /// The line of the sheet.
    pub job_line_id: String,
    /// The numbers.
    pub counted: Counted,
    /// `B`, `C`.
    pub confidence: &'static str,
    /// What shows it.
    pub evidence: Option<String>,
}

impl Store {
    /// Keeps a report, and gives it when asked to.
    ///
    /// # Errors
    /// `NotFound`, also for a period that is not asked for; `Refused` by R-REPORT; `Conflict` `report_changed`,
    /// `report_given`; `Invalid` for an unknown indicator or line; `Faulty` with all that keeps it from being given.
    pub async fn report(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        draft: &ReportDraft,
        gives: bool,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Report>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        let known = tx.reports(proposal).await?;
        let due_on = tx.due_of(proposal, &known, &draft.period, &today).await?;
        let before = known.iter().find(|one| one.period == draft.period);
        if before.is_some_and(|one| one.submitted_at_ms.is_some()) {
            return Err(Error::Conflict("report_given"));
        }
        if before.map(|one| one.version) != draft.expected_version {
            return Err(Error::Conflict("report_changed"));
        }
        tx.check_rows(proposal, draft).await?;
        if gives {
            tx.check_report(proposal, &known, draft, &today).await?;
        }
        let id = tx
            .keep_report(proposal, before, draft, (&due_on, who, now.ms()))
            .await?;
        tx.keep_rows(proposal, &id, draft).await?;
        if gives {
            tx.give_report(who, &id, now.ms()).await?;
            let details = canonical::json(&serde_json::json!({
                "follow_up_id": id, "period": draft.period, "progress": draft.progress,
                "spent_cents": draft.spent_cents,
            }));
            let entry = Entry {
                person_id: Some(who.person_id.as_str()),
                details: Some(&details),
                note: Some(&draft.period),
                ..Entry::new("report_given", now)
            };
            tx.record(proposal, &entry).await?;
        }
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    /// Until when this report is due: asked for already, or of the half-year that runs, or the final one.
    async fn due_of(
        &mut self,
        proposal: &ProposalId,
        known: &[Report],
        period: &str,
        today: &Day,
    ) -> Result<Day> {
        let began = began_on(known).ok_or(Error::Conflict("action_not_begun"))?;
        if period == FINAL {
            let row = self
                .row(
                    "select max(ends_on) from calendar_phase where proposal_id = $1",
                    args![proposal.as_str()],
                )
                .await?;
            let ends_on = row.map(|row| row.opt_text(0)).transpose()?.flatten();
            let ends_on = ends_on.and_then(|text| Day::from_iso(&text));
            return Ok(ends_on.unwrap_or_else(|| today.clone()));
        }
        let mut open = follow_ups::periods(began, today);
        open.extend(follow_ups::current(today));
        let found = open.into_iter().find(|one| one.key == period);
        found.map(|one| one.due_on).ok_or(Error::NotFound)
    }

    /// Every row of the report is one of this action's.
    async fn check_rows(&mut self, proposal: &ProposalId, draft: &ReportDraft) -> Result<()> {
        let unknown = |field| Error::Invalid {
            field,
            problem: "unknown",
        };
        let indicators = self.indicators(proposal).await?;
        let is_indicator =
            |(id, _): &(String, String)| indicators.iter().any(|one| one.indicator_id == *id);
        if !draft.values.iter().all(is_indicator) {
            return Err(unknown("values"));
        }
        let lines = self.job_lines(proposal).await?;
        let is_line =
            |jobs: &JobsDraft| lines.iter().any(|one| one.job_line_id == jobs.job_line_id);
        if !draft.jobs.iter().all(is_line) {
            return Err(unknown("jobs"));
        }
        Ok(())
    }

    /// Whether the report says all it must.
    async fn check_report(
        &mut self,
        proposal: &ProposalId,
        known: &[Report],
        draft: &ReportDraft,
        today: &Day,
    ) -> Result<()> {
        let is_final = draft.period == FINAL;
        let runs = follow_ups::current(today).is_some_and(|one| one.key == draft.period);
        if runs {
            return Err(Error::Conflict("period_running"));
        }
        let ground = self.report_ground(proposal, known, &draft.period).await?;
        let report = reports::Report {
            is_final,
            progress: draft.progress,
            spent_cents: draft.spent_cents,
            has_body: draft.body.is_some(),
            has_difficulties: draft.difficulties.is_some(),
            has_evidence: draft.evidence.is_some(),
            value_count: draft.values.len(),
            jobs: draft
                .jobs
                .iter()
                .map(|jobs| (jobs.counted, jobs.confidence == "C"))
                .collect(),
        };
        let flaws = reports::flaws(&report, &ground);
        if flaws.is_empty() {
            Ok(())
        } else {
            Err(Error::Faulty(flaws))
        }
    }

    async fn keep_report(
        &mut self,
        proposal: &ProposalId,
        before: Option<&Report>,
        draft: &ReportDraft,
        (due_on, who, at_ms): (&Day, &Identity, i64),
    ) -> Result<String> {
        let id = match before {
            Some(report) => report.follow_up_id.clone(),
            None => {
                let id = uuid::Uuid::now_v7().to_string();
                self.run(
                    "insert into follow_up (follow_up_id, proposal_id, period, due_on, version)
                     values ($1, $2, $3, $4, 0)",
                    args![&id, proposal.as_str(), &draft.period, due_on.as_str()],
                )
                .await?;
                id
            }
        };
        self.run(
            "update follow_up set progress = $1, spent_cents = $2, body = $3, difficulties = $4,
                    evidence = $5, saved_by = $6, saved_at_ms = $7, version = version + 1
             where follow_up_id = $8",
            args![
                draft.progress,
                draft.spent_cents,
                draft.body.clone(),
                draft.difficulties.clone(),
                draft.evidence.clone(),
                who.person_id.as_str(),
                at_ms,
                &id
            ],
        )
        .await?;
        Ok(id)
    }

    /// The values and jobs of a report, in place of those it had.
    async fn keep_rows(
        &mut self,
        proposal: &ProposalId,
        id: &str,
        draft: &ReportDraft,
    ) -> Result<()> {
        for sql in [
            "delete from follow_up_value where follow_up_id = $1",
            "delete from job_count where follow_up_id = $1",
        ] {
            self.run(sql, args![id]).await?;
        }
        for (indicator, value) in &draft.values {
            self.run(
                "insert into follow_up_value (follow_up_id, indicator_id, value)
                 values ($1, $2, $3) on conflict (follow_up_id, indicator_id) do nothing",
                args![id, indicator, value],
            )
            .await?;
        }
        for jobs in &draft.jobs {
            self.run(
                "insert into job_count (job_count_id, proposal_id, job_line_id, stage, follow_up_id,
                                        posts, fte_hundredths, women, men, undisclosed,
                                        effect_year, confidence, evidence)
                 select $1, l.proposal_id, l.job_line_id, 'draft', $2, $3, $4, $5, $6, $7,
                        l.effect_year, $8, $9
                 from job_line l where l.job_line_id = $10 and l.proposal_id = $11",
                args![
                    uuid::Uuid::now_v7().to_string(),
                    id,
                    jobs.counted.posts,
                    jobs.counted.fte_hundredths,
                    jobs.counted.women,
                    jobs.counted.men,
                    jobs.counted.undisclosed,
                    jobs.confidence,
                    jobs.evidence.clone(),
                    &jobs.job_line_id,
                    proposal.as_str()
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// From here on the report stands, and its jobs count.
    async fn give_report(&mut self, who: &Identity, id: &str, at_ms: i64) -> Result<()> {
        self.run(
            "update follow_up set submitted_by = $1, submitted_at_ms = $2 where follow_up_id = $3",
            args![who.person_id.as_str(), at_ms, id],
        )
        .await?;
        self.run(
            "update job_count set stage = 'realised' where follow_up_id = $1",
            args![id],
        )
        .await?;
        Ok(())
    }
}

/// A report prefilled from the last one given: what a form begins with.
#[must_use]
pub fn prefilled(reports: &[Report], period: &str) -> ReportDraft {
    let Some(last) = last_given(reports, period) else {
        return ReportDraft::default();
    };
    ReportDraft {
        period: period.to_owned(),
        progress: last.progress,
        spent_cents: last.spent_cents,
        values: last.values.clone(),
        jobs: last
            .jobs
            .iter()
            .map(|jobs| JobsDraft {
                job_line_id: jobs.job_line_id.clone(),
                counted: jobs.counted,
                confidence: if jobs.confidence == "C" { "C" } else { "B" },
                evidence: jobs.evidence.clone(),
            })
            .collect(),
        ..ReportDraft::default()
    }
}
