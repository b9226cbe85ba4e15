//! The structured sections of a fiche-action as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::all;
use crate::store::proposal_page::ProposalRow;
use crate::store::sheet;

/// The structured sections.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetBody {
    objectives: Vec<String>,
    /// What the porteur says of itself.
    owner_text: Option<String>,
    partners: Vec<PartnerRow>,
    target_public: Option<TargetPublic>,
    territories: Vec<TerritoryRow>,
    calendar: Vec<CalendarRow>,
    /// `HT`, `TTC`.
    vat_mode: Option<String>,
    expenses: Vec<ExpenseRow>,
    funding: Vec<FundingRow>,
    expenses_total_cents: i64,
    funding_total_cents: i64,
    envelope_requests: Vec<EnvelopeRequestRow>,
    indicators: Vec<IndicatorRow>,
    jobs: Vec<JobRow>,
}

/// Whom it is for.
#[derive(Debug, Serialize, ToSchema)]
struct TargetPublic {
    text: Option<String>,
    headcount: Option<i64>,
    women_percent: Option<i64>,
}

impl SheetBody {
    /// From the proposal's columns and its structured rows.
    #[must_use]
    pub fn new(row: &ProposalRow, sheet: sheet::Sheet) -> Self {
        let has_target = row.target_text.is_some()
            || row.target_headcount.is_some()
            || row.target_women_percent.is_some();
        Self {
            objectives: sheet.objectives,
            owner_text: row.owner_text.clone(),
            partners: all(sheet.partners),
            target_public: has_target.then(|| TargetPublic {
                text: row.target_text.clone(),
                headcount: row.target_headcount,
                women_percent: row.target_women_percent,
            }),
            territories: all(sheet.territories),
            calendar: all(sheet.calendar),
            vat_mode: row.vat_mode.clone(),
            expenses_total_cents: sheet.expenses.iter().map(|one| one.amount_cents).sum(),
            funding_total_cents: sheet.funding.iter().map(|one| one.amount_cents).sum(),
            expenses: all(sheet.expenses),
            funding: all(sheet.funding),
            envelope_requests: all(sheet.envelope_requests),
            indicators: all(sheet.indicators),
            jobs: all(sheet.jobs),
        }
    }
}

/// A partner.
#[derive(Debug, Serialize, ToSchema)]
struct PartnerRow {
    /// The organisation's name.
    name: String,
    /// What it does.
    role: String,
    /// `expected`, `confirmed`, `contracted`.
    state: String,
}

impl From<sheet::Partner> for PartnerRow {
    fn from(one: sheet::Partner) -> Self {
        Self {
            name: one.name,
            role: one.role,
            state: one.state,
        }
    }
}

/// A territory.
#[derive(Debug, Serialize, ToSchema)]
struct TerritoryRow {
    /// Its INSEE code, or SIREN for an EPCI.
    territory_code: String,
    /// `region`, `department`, `epci`, `commune`.
    level: String,
    /// Its name.
    name: String,
}

impl From<sheet::Territory> for TerritoryRow {
    fn from(one: sheet::Territory) -> Self {
        Self {
            territory_code: one.territory_code,
            level: one.level,
            name: one.name,
        }
    }
}

/// A phase of the calendar.
#[derive(Debug, Serialize, ToSchema)]
struct CalendarRow {
    /// What happens.
    label: String,
    /// First day.
    starts_on: String,
    /// Last day.
    ends_on: String,
    /// What marks its end.
    milestone: Option<String>,
}

impl From<sheet::CalendarPhase> for CalendarRow {
    fn from(one: sheet::CalendarPhase) -> Self {
        Self {
            label: one.label,
            starts_on: one.starts_on,
            ends_on: one.ends_on,
            milestone: one.milestone,
        }
    }
}

/// A row of the budget.
#[derive(Debug, Serialize, ToSchema)]
struct ExpenseRow {
    /// The year.
    year: i64,
    /// `operation`, `investment`.
    nature: String,
    /// The account: 60 to 68, or 20 to 23.
    account: String,
    /// What for.
    label: String,
    /// How much.
    amount_cents: i64,
}

impl From<sheet::Expense> for ExpenseRow {
    fn from(one: sheet::Expense) -> Self {
        Self {
            year: one.year,
            nature: one.nature,
            account: one.account,
            label: one.label,
            amount_cents: one.amount_cents,
        }
    }
}

/// A row of the funding plan.
#[derive(Debug, Serialize, ToSchema)]
struct FundingRow {
    /// The year.
    year: i64,
    /// Who pays.
    funder: String,
    /// `region`, `state`, `eu`...
    kind: String,
    /// Under which scheme.
    scheme: Option<String>,
    /// How much.
    amount_cents: i64,
    /// `requested`, `secured`, `refused`.
    state: String,
}

impl From<sheet::Funding> for FundingRow {
    fn from(one: sheet::Funding) -> Self {
        Self {
            year: one.year,
            funder: one.funder,
            kind: one.kind,
            scheme: one.scheme,
            amount_cents: one.amount_cents,
            state: one.state,
        }
    }
}

/// Money asked from an envelope.
#[derive(Debug, Serialize, ToSchema)]
struct EnvelopeRequestRow {
    /// `CREER`, `FEE`.
    code: String,
    /// The year.
    year: i64,
    /// How much.
    amount_cents: i64,
}

impl From<sheet::EnvelopeRequest> for EnvelopeRequestRow {
    fn from(one: sheet::EnvelopeRequest) -> Self {
        Self {
            code: one.code,
            year: one.year,
            amount_cents: one.amount_cents,
        }
    }
}

/// An indicator; values are decimal text.
#[derive(Debug, Serialize, ToSchema)]
struct IndicatorRow {
    /// What is measured.
    label: String,
    /// `output`, `result`, `impact`.
    kind: String,
    /// In what.
    unit: String,
    /// Where it stands today.
    baseline: Option<String>,
    /// Where it should get.
    target: Option<String>,
    /// By when.
    due_on: Option<String>,
    /// Who says so.
    source: Option<String>,
}

impl From<sheet::Indicator> for IndicatorRow {
    fn from(one: sheet::Indicator) -> Self {
        Self {
            label: one.label,
            kind: one.kind,
            unit: one.unit,
            baseline: one.baseline,
            target: one.target,
            due_on: one.due_on,
            source: one.source,
        }
    }
}

/// A line of jobs (`domain.md` section 3).
#[derive(Debug, Serialize, ToSchema)]
struct JobRow {
    /// `direct`, `supported`.
    kind: String,
    /// `created`, `maintained`.
    nature: String,
    /// `forecast`, `decided`, `realised`, `sustained`.
    stage: String,
    /// How many posts.
    posts: i64,
    /// Full-time equivalents, in hundredths.
    fte_hundredths: i64,
    /// Held by women.
    women: i64,
    /// Held by men.
    men: i64,
    /// Not said.
    undisclosed: i64,
    /// `cdi`, `cdd_6m_plus`...
    contract: String,
    /// How long, in months.
    duration_months: Option<i64>,
    /// The year they take effect.
    effect_year: i64,
    /// NAF section.
    sector: Option<String>,
    /// `A` seen, `B` declared, `C` estimated.
    confidence: String,
    /// What else there is to say.
    note: Option<String>,
}

impl From<sheet::JobLine> for JobRow {
    fn from(one: sheet::JobLine) -> Self {
        Self {
            kind: one.kind,
            nature: one.nature,
            stage: one.stage,
            posts: one.posts,
            fte_hundredths: one.fte_hundredths,
            women: one.women,
            men: one.men,
            undisclosed: one.undisclosed,
            contract: one.contract,
            duration_months: one.duration_months,
            effect_year: one.effect_year,
            sector: one.sector,
            confidence: one.confidence,
            note: one.note,
        }
    }
}
