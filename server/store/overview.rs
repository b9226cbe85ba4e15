//! The programme as its page shows it: what it is, its yearly figures, what comes next.

use super::meetings::Meeting;
use super::{Store, Tx};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::rules::rights::Facts;
use crate::rules::role::Roles;

/// The programme page's data.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What the programme is.
    pub programme: ProgrammeRow,
    /// The latest published year, if any.
    pub figures: Option<Figures>,
    /// What comes next, all bodies.
    pub next_meetings: Vec<Meeting>,
    /// What rights on the programme are judged from.
    pub facts: Facts,
    /// The account's roles in each chantier.
    pub chantier_roles: Vec<Roles>,
}

/// What the programme is.
#[derive(Clone, Debug)]
pub struct ProgrammeRow {
    /// Its code, e.g. `CREER`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The Region's name.
    pub region_name: String,
    /// Its introduction, in Markdown.
    pub intro: String,
    /// How people take part, in Markdown.
    pub participation_rules: String,
    /// First day.
    pub starts_on: String,
    /// Last day.
    pub ends_on: String,
    /// Money a year, in cents.
    pub annual_budget_cents: i64,
    /// Jobs a year.
    pub annual_jobs_target: i64,
    /// The optimistic counter.
    pub version: i64,
}

/// One published year.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// The year.
    pub year: i64,
    /// Direct and supported jobs, realised, counted once.
    pub jobs_counted: i64,
    /// The year's target.
    pub jobs_target: i64,
    /// Money decided in the main envelope, in cents.
    pub money_decided_cents: i64,
    /// The main envelope, in cents.
    pub money_envelope_cents: i64,
    /// Proposals neither ended nor completed, readable or not.
    pub proposals_in_progress: i64,
}

/// How many meetings the page shows.
const MEETINGS_SHOWN: usize = 6;

impl Store {
    /// The programme page.
    ///
    /// # Errors
    /// `NotFound` before the set-up.
    pub async fn overview(&self, account: &AccountId) -> Result<Overview> {
        let today = self.today();
        let mut tx = self.read().await?;
        let programme = tx.programme_row().await?.ok_or(Error::NotFound)?;
        let standing = tx.standing(account, &today).await?;
        let mut chantier_roles = Vec::new();
        for row in tx.rows("select chantier_id from chantier", &[]).await? {
            chantier_roles.push(standing.in_chantier(&row.text(0)?));
        }
        let mut next_meetings = tx.meetings_to_come(self.clock.now()).await?;
        next_meetings.truncate(MEETINGS_SHOWN);
        Ok(Overview {
            figures: tx.figures(programme.annual_jobs_target).await?,
            programme,
            next_meetings,
            facts: Facts {
                roles: standing.in_programme(),
                stage: None,
            },
            chantier_roles,
        })
    }
}

impl Tx {
    async fn programme_row(&mut self) -> Result<Option<ProgrammeRow>> {
        let Some(row) = self
            .row(
                "select code, title, region_name, intro, participation_rules, starts_on, ends_on,
                        annual_budget_cents, annual_jobs_target, version from programme",
                &[],
            )
            .await?
        else {
            return Ok(None);
        };
        Ok(Some(ProgrammeRow {
            code: row.text(0)?,
            title: row.text(1)?,
            region_name: row.text(2)?,
            intro: row.text(3)?,
            participation_rules: row.text(4)?,
            starts_on: row.text(5)?,
            ends_on: row.text(6)?,
            annual_budget_cents: row.int(7)?,
            annual_jobs_target: row.int(8)?,
            version: row.int(9)?,
        }))
    }

    /// The latest year with figures. The main envelope is the one that is no child of another.
    async fn figures(&mut self, jobs_target: i64) -> Result<Option<Figures>> {
        let Some(row) = self
            .row(
                "select year, headline from figure_year order by year desc limit 1",
                &[],
            )
            .await?
        else {
            return Ok(None);
        };
        let (year, jobs_counted) = (row.int(0)?, row.int(1)?);
        let (mut money_decided_cents, mut money_envelope_cents) = (0, 0);
        for row in self
            .rows(
                "select decided_cents, amount_cents from envelope
                 where year = $1 and parent_id is null",
                super::args![year],
            )
            .await?
        {
            money_decided_cents += row.int(0)?;
            money_envelope_cents += row.int(1)?;
        }
        let mut proposals_in_progress = 0;
        for row in self
            .rows("select stage, count(*) from proposal group by stage", &[])
            .await?
        {
            if super::facts::stage_of(&row.text(0)?)?.is_in_progress() {
                proposals_in_progress += row.int(1)?;
            }
        }
        Ok(Some(Figures {
            year,
            jobs_counted,
            jobs_target,
            money_decided_cents,
            money_envelope_cents,
            proposals_in_progress,
        }))
    }
}
