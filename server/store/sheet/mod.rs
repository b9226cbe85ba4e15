//! The structured rows of a fiche-action: objectives, partners, calendar, money, indicators, jobs, and the
//! parts that hold one value. Read here (`read`); written by `rows`, `parts` and `porteur`, in the
//! transaction that takes the document's row, so that a freeze and a saved row follow each other.

mod facts;
mod parts;
mod porteur;
mod read;
mod rows;
mod values;

pub use facts::sheet_facts;
pub use parts::PartChange;
pub use porteur::PorteurAnswer;
pub use rows::{NewRow, RowChange, Saved};

/// Which state of a row this is, and whose.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Its id.
    pub row_id: String,
    /// The optimistic counter.
    pub version: i64,
    /// Who changed it last, by name; `None` for what was there before anybody did.
    pub changed_by: Option<String>,
    /// When.
    pub changed_at_ms: Option<i64>,
}

/// An objective.
#[derive(Clone, Debug)]
pub struct Objective {
    /// Which state of it.
    pub mark: Mark,
    /// What is aimed at.
    pub body: String,
}

/// What the porteur says of itself.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// In its own words.
    pub text: Option<String>,
    /// Whom to write to.
    pub contact_name: Option<String>,
    /// Where.
    pub contact_email: Option<String>,
    /// Why it can bear the action.
    pub capacity: Option<String>,
    /// `association`, `cooperative`, `company`, `public_body`, `chamber`, `union`, `other`.
    pub legal_form: Option<String>,
    /// The organisations that bear it together with the porteur.
    pub co_porteurs: Vec<String>,
}

/// Whom the action is for.
#[derive(Clone, Debug, Default)]
pub struct TargetPublic {
    /// In words.
    pub text: Option<String>,
    /// How many people.
    pub headcount: Option<i64>,
    /// How many women among them, in percent.
    pub women_percent: Option<i64>,
    /// `job_seekers`, `young`...
    pub tags: Vec<String>,
}

/// Which state of a part this is, and whose.
#[derive(Clone, Debug)]
pub struct PartMark {
    /// Its key.
    pub part: String,
    /// The optimistic counter; a part without a mark stands at 0.
    pub version: i64,
    /// Who changed it last, by name.
    pub changed_by: Option<String>,
    /// When.
    pub changed_at_ms: i64,
}

/// The structured sections.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What is aimed at.
    pub objectives: Vec<Objective>,
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
    /// The porteur and its contact.
    pub owner: Owner,
    /// Whom it is for.
    pub target_public: TargetPublic,
    /// `HT`, `TTC`.
    pub vat_mode: Option<String>,
    /// When it was said that nobody takes part beside the porteur.
    pub no_partner_at_ms: Option<i64>,
    /// Why no job is expected directly.
    pub no_jobs_motive: Option<String>,
    /// When the porteur declined.
    pub porteur_declined_at_ms: Option<i64>,
    /// The states of the parts that hold one value.
    pub parts: Vec<PartMark>,
    /// Where rows came from that a merge or a split brought.
    pub origins: Vec<Origin>,
}

/// Where a row came from (T29, T30).
#[derive(Clone, Debug)]
pub struct Origin {
    /// The row.
    pub row_id: String,
    /// The proposal it was copied from.
    pub proposal_id: String,
    /// That proposal's title.
    pub title: String,
}

/// A partner.
#[derive(Clone, Debug)]
pub struct Partner {
    /// Which state of it.
    pub mark: Mark,
    /// Its id in the directory; `None` when it is only named.
    pub organisation_id: Option<String>,
    /// The organisation's name.
    pub name: String,
    /// What it does.
    pub role: String,
    /// `expected`, `confirmed`, `contracted`.
    pub state: String,
    /// Whether the action pays it.
    pub paid: bool,
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
    /// Which state of it.
    pub mark: Mark,
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
    /// Which state of it.
    pub mark: Mark,
    /// The year.
    pub year: i64,
    /// `operation`, `investment`, `in_kind`.
    pub nature: String,
    /// The account: 60 to 68, 20 to 23, or 86.
    pub account: String,
    /// What for.
    pub label: String,
    /// How much.
    pub amount_cents: i64,
}

/// A row of the funding plan.
#[derive(Clone, Debug)]
pub struct Funding {
    /// Which state of it.
    pub mark: Mark,
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
    /// `cash`, or `in_kind`, which balances apart.
    pub nature: String,
}

/// Money asked from an envelope.
#[derive(Clone, Debug)]
pub struct EnvelopeRequest {
    /// Which state of it.
    pub mark: Mark,
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
    /// Which state of it.
    pub mark: Mark,
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
    /// Which state of it.
    pub mark: Mark,
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
    /// What was answered to the founding question; `None` where it was not asked.
    pub founding_answer: Option<String>,
    /// The employer; `None` while it is to be identified.
    pub employer_siret: Option<String>,
    /// What shows it.
    pub evidence: Option<String>,
    /// What of a gathered line may be counted elsewhere, in percent.
    pub overlap_percent: Option<i64>,
    /// Where the jobs are.
    pub territories: Vec<Share>,
}

/// A part of a job line's posts.
#[derive(Clone, Debug)]
pub struct Share {
    /// The territory's code.
    pub territory_code: String,
    /// Its name.
    pub name: String,
    /// How much of it, in percent.
    pub share_percent: i64,
}
