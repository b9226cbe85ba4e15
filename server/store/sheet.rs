//! The structured rows of a fiche-action: objectives, partners, calendar, money, indicators, jobs.

use super::{Tx, args};
use crate::error::Result;
use crate::ids::ProposalId;

/// The structured sections.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What is aimed at.
    pub objectives: Vec<String>,
    /// Who takes part beside the porteur.
    pub partners: Vec<Partner>,
    /// Where.
    pub territories: Vec<Territory>,
    /// When.
    pub calendar: Vec<CalendarPhase>,
    /// What it costs, year by year.
    pub expenses: Vec<Expense>,
    /// Who pays.
    pub funding: Vec<Funding>,
    /// What is asked from the programme's envelopes.
    pub envelope_requests: Vec<EnvelopeRequest>,
    /// What will be measured.
    pub indicators: Vec<Indicator>,
    /// The jobs expected.
    pub jobs: Vec<JobLine>,
}

/// A partner.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The organisation's name.
    pub name: String,
    /// What it does.
    pub role: String,
    /// `expected`, `confirmed`, `contracted`.
    pub state: String,
}

/// A territory.
#[derive(Clone, Debug)]
pub struct Territory {
    /// Its INSEE code, or SIREN for an EPCI.
    pub territory_code: String,
    /// `region`, `department`, `epci`, `commune`.
    pub level: String,
    /// Its name.
    pub name: String,
}

/// A phase of the calendar.
#[derive(Clone, Debug)]
pub struct CalendarPhase {
    /// What happens.
    pub label: String,
    /// First day.
    pub starts_on: String,
    /// Last day.
    pub ends_on: String,
    /// What marks its end.
    pub milestone: Option<String>,
}

/// A row of the budget.
#[derive(Clone, Debug)]
pub struct Expense {
    /// The year.
    pub year: i64,
    /// `operation`, `investment`.
    pub nature: String,
    /// The account: 60 to 68, or 20 to 23.
    pub account: String,
    /// What for.
    pub label: String,
    /// How much.
    pub amount_cents: i64,
}

/// A row of the funding plan.
#[derive(Clone, Debug)]
pub struct Funding {
    /// The year.
    pub year: i64,
    /// Who pays.
    pub funder: String,
    /// `region`, `state`, `eu`...
    pub kind: String,
    /// Under which scheme.
    pub scheme: Option<String>,
    /// How much.
    pub amount_cents: i64,
    /// `requested`, `secured`, `refused`.
    pub state: String,
}

/// Money asked from an envelope.
#[derive(Clone, Debug)]
pub struct EnvelopeRequest {
    /// `CREER`, `FEE`.
    pub code: String,
    /// The year.
    pub year: i64,
    /// How much.
    pub amount_cents: i64,
}

/// An indicator; values are decimal text.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// What is measured.
    pub label: String,
    /// `output`, `result`, `impact`.
    pub kind: String,
    /// In what.
    pub unit: String,
    /// Where it stands today.
    pub baseline: Option<String>,
    /// Where it should get.
    pub target: Option<String>,
    /// By when.
    pub due_on: Option<String>,
    /// Who says so.
    pub source: Option<String>,
}

/// A line of jobs (`domain.md` section 3).
#[derive(Clone, Debug)]
pub struct JobLine {
    /// `direct`, `supported`.
    pub kind: String,
    /// `created`, `maintained`.
    pub nature: String,
    /// `forecast`, `decided`, `realised`, `sustained`.
    pub stage: String,
    /// How many posts.
    pub posts: i64,
    /// Full-time equivalents, in hundredths.
    pub fte_hundredths: i64,
    /// Held by women.
    pub women: i64,
    /// Held by men.
    pub men: i64,
    /// Not said.
    pub undisclosed: i64,
    /// `cdi`, `cdd_6m_plus`...
    pub contract: String,
    /// How long, in months.
    pub duration_months: Option<i64>,
    /// The year they take effect.
    pub effect_year: i64,
    /// NAF section.
    pub sector: Option<String>,
    /// `A` seen, `B` declared, `C` estimated.
    pub confidence: String,
    /// What else there is to say.
    pub note: Option<String>,
}

impl Tx {
    /// The structured sections of a proposal.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sheet(&mut self, proposal: &ProposalId) -> Result<Sheet> {
        Ok(Sheet {
            objectives: self.objectives(proposal).await?,
            partners: self.partners(proposal).await?,
            territories: self.territories(proposal).await?,
            calendar: self.calendar(proposal).await?,
            expenses: self.expenses(proposal).await?,
            funding: self.funding(proposal).await?,
            envelope_requests: self.envelope_requests(proposal).await?,
            indicators: self.indicators(proposal).await?,
            jobs: self.jobs(proposal).await?,
        })
    }

    async fn objectives(&mut self, proposal: &ProposalId) -> Result<Vec<String>> {
        self.rows(
            "select body from objective where proposal_id = $1 order by rank",
            args![proposal.as_str()],
        )
        .await?
        .iter()
        .map(|row| row.text(0))
        .collect()
    }

    async fn partners(&mut self, proposal: &ProposalId) -> Result<Vec<Partner>> {
        let rows = self
            .rows(
                "select coalesce(o.name, r.name, ''), r.role, r.state from partner r
                 left join organisation o on o.organisation_id = r.organisation_id
                 where r.proposal_id = $1 order by r.rank",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Partner {
                    name: row.text(0)?,
                    role: row.text(1)?,
                    state: row.text(2)?,
                })
            })
            .collect()
    }

    async fn territories(&mut self, proposal: &ProposalId) -> Result<Vec<Territory>> {
        let rows = self
            .rows(
                "select y.territory_code, y.level, y.name from proposal_territory x
                 join territory y on y.territory_code = x.territory_code
                 where x.proposal_id = $1 order by y.territory_code",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Territory {
                    territory_code: row.text(0)?,
                    level: row.text(1)?,
                    name: row.text(2)?,
                })
            })
            .collect()
    }

    async fn calendar(&mut self, proposal: &ProposalId) -> Result<Vec<CalendarPhase>> {
        let rows = self
            .rows(
                "select label, starts_on, ends_on, milestone from calendar_phase
                 where proposal_id = $1 order by rank",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(CalendarPhase {
                    label: row.text(0)?,
                    starts_on: row.text(1)?,
                    ends_on: row.text(2)?,
                    milestone: row.opt_text(3)?,
                })
            })
            .collect()
    }

    async fn expenses(&mut self, proposal: &ProposalId) -> Result<Vec<Expense>> {
        let rows = self
            .rows(
                "select year, nature, account, label, amount_cents from expense
                 where proposal_id = $1 order by year, rank",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Expense {
                    year: row.int(0)?,
                    nature: row.text(1)?,
                    account: row.text(2)?,
                    label: row.text(3)?,
                    amount_cents: row.int(4)?,
                })
            })
            .collect()
    }

    async fn funding(&mut self, proposal: &ProposalId) -> Result<Vec<Funding>> {
        let rows = self
            .rows(
                "select year, funder, kind, scheme, amount_cents, state from funding
                 where proposal_id = $1 order by year, rank",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Funding {
                    year: row.int(0)?,
                    funder: row.text(1)?,
                    kind: row.text(2)?,
                    scheme: row.opt_text(3)?,
                    amount_cents: row.int(4)?,
                    state: row.text(5)?,
                })
            })
            .collect()
    }

    async fn envelope_requests(&mut self, proposal: &ProposalId) -> Result<Vec<EnvelopeRequest>> {
        let rows = self
            .rows(
                "select code, year, amount_cents from envelope_request
                 where proposal_id = $1 order by year, code",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(EnvelopeRequest {
                    code: row.text(0)?,
                    year: row.int(1)?,
                    amount_cents: row.int(2)?,
                })
            })
            .collect()
    }

    async fn indicators(&mut self, proposal: &ProposalId) -> Result<Vec<Indicator>> {
        let rows = self
            .rows(
                "select label, kind, unit, baseline, target, due_on, source from indicator
                 where proposal_id = $1 order by rank",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Indicator {
                    label: row.text(0)?,
                    kind: row.text(1)?,
                    unit: row.text(2)?,
                    baseline: row.opt_text(3)?,
                    target: row.opt_text(4)?,
                    due_on: row.opt_text(5)?,
                    source: row.opt_text(6)?,
                })
            })
            .collect()
    }

    async fn jobs(&mut self, proposal: &ProposalId) -> Result<Vec<JobLine>> {
        let rows = self
            .rows(
                "select kind, nature, stage, posts, fte_hundredths, women, men, undisclosed,
                        contract, duration_months, effect_year, sector, confidence, note
                 from job_line where proposal_id = $1 order by rank",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(JobLine {
                    kind: row.text(0)?,
                    nature: row.text(1)?,
                    stage: row.text(2)?,
                    posts: row.int(3)?,
                    fte_hundredths: row.int(4)?,
                    women: row.int(5)?,
                    men: row.int(6)?,
                    undisclosed: row.int(7)?,
                    contract: row.text(8)?,
                    duration_months: row.opt_int(9)?,
                    effect_year: row.int(10)?,
                    sector: row.opt_text(11)?,
                    confidence: row.text(12)?,
                    note: row.opt_text(13)?,
                })
            })
            .collect()
    }
}
