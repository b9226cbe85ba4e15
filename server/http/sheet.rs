//! The structured sections of a fiche-action as JSON, each row with its state and who changed it last.

use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{OrganisationRef, all};
use crate::rules::sheet::Lack;
use crate::store::refs;
use crate::store::sheet;

/// The structured sections.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetBody {
    objectives: Vec<ObjectiveRow>,
    owner: OwnerPart,
    partners: Vec<PartnerRow>,
    /// Whether it was said that nobody takes part beside the porteur.
    no_partner: bool,
    target_public: TargetPublic,
    territories: Vec<TerritoryRow>,
    calendar: Vec<CalendarRow>,
    /// `HT`, `TTC`.
    vat_mode: Option<String>,
    expenses: Vec<ExpenseRow>,
    funding: Vec<FundingRow>,
    /// Without contributions in kind, as all totals of money.
    expenses_total_cents: i64,
    funding_total_cents: i64,
    envelope_requests: Vec<EnvelopeRequestRow>,
    indicators: Vec<IndicatorRow>,
    jobs: Vec<JobRow>,
    /// Why no job is expected directly; null where that was not said.
    no_jobs_motive: Option<String>,
    /// When the porteur declined; null unless that is its last word.
    porteur_declined_at_ms: Option<i64>,
    /// The states of the parts that hold one value; one that is not listed stands at version 0.
    parts: Vec<PartState>,
    /// Where rows came from that a merge or a split brought.
    origins: Vec<RowOrigin>,
}

/// Where a row came from.
#[derive(Debug, Serialize, ToSchema)]
struct RowOrigin {
    row_id: String,
    /// The proposal it was copied from.
    proposal_id: String,
    title: String,
}

/// What the porteur says of itself.
#[derive(Debug, Serialize, ToSchema)]
struct OwnerPart {
    text: Option<String>,
    contact_name: Option<String>,
    contact_email: Option<String>,
    /// Why it can bear the action.
    capacity: Option<String>,
    /// `association`, `cooperative`, `company`, `public_body`, `chamber`, `union`, `other`.
    legal_form: Option<String>,
    co_porteurs: Vec<OrganisationRef>,
}

/// Whom it is for.
#[derive(Debug, Serialize, ToSchema)]
struct TargetPublic {
    text: Option<String>,
    headcount: Option<i64>,
    women_percent: Option<i64>,
    /// `job_seekers`, `far_from_work`, `young`, `senior`, `women`, `disabled`, `employees`,
    /// `entrepreneurs`, `companies`.
    tags: Vec<String>,
}

/// The state of a part that holds one value.
#[derive(Debug, Serialize, ToSchema)]
struct PartState {
    /// `owner`, `porteur`, `no_partner`, `target_public`, `territory`, `vat`, `no_jobs`.
    part: String,
    /// Send it back as `expected_version`.
    version: i64,
    /// Who changed it last.
    changed_by: Option<String>,
    changed_at_ms: i64,
}

impl SheetBody {
    /// From what the store reads.
    #[must_use]
    pub fn new(sheet: sheet::Sheet, co_porteurs: Vec<refs::OrganisationRef>) -> Self {
        let costs = sheet.expenses.iter().filter(|one| one.nature != IN_KIND);
        let funds = sheet.funding.iter().filter(|one| one.nature != IN_KIND);
        Self {
            expenses_total_cents: costs.map(|one| one.amount_cents).sum(),
            funding_total_cents: funds.map(|one| one.amount_cents).sum(),
            objectives: all(sheet.objectives),
            owner: OwnerPart {
                text: sheet.owner.text,
                contact_name: sheet.owner.contact_name,
                contact_email: sheet.owner.contact_email,
                capacity: sheet.owner.capacity,
                legal_form: sheet.owner.legal_form,
                co_porteurs: all(co_porteurs),
            },
            partners: all(sheet.partners),
            no_partner: sheet.no_partner_at_ms.is_some(),
            target_public: TargetPublic {
                text: sheet.target_public.text,
                headcount: sheet.target_public.headcount,
                women_percent: sheet.target_public.women_percent,
                tags: sheet.target_public.tags,
            },
            territories: all(sheet.territories),
            calendar: all(sheet.calendar),
            vat_mode: sheet.vat_mode,
            expenses: all(sheet.expenses),
            funding: all(sheet.funding),
            envelope_requests: all(sheet.envelope_requests),
            indicators: all(sheet.indicators),
            jobs: all(sheet.jobs),
            no_jobs_motive: sheet.no_jobs_motive,
            porteur_declined_at_ms: sheet.porteur_declined_at_ms,
            parts: all(sheet.parts),
            origins: all(sheet.origins),
        }
    }
}

/// The nature of what balances apart.
const IN_KIND: &str = "in_kind";

impl From<sheet::Origin> for RowOrigin {
    fn from(one: sheet::Origin) -> Self {
        Self {
            row_id: one.row_id,
            proposal_id: one.proposal_id,
            title: one.title,
        }
    }
}

impl From<sheet::PartMark> for PartState {
    fn from(one: sheet::PartMark) -> Self {
        Self {
            part: one.part,
            version: one.version,
            changed_by: one.changed_by,
            changed_at_ms: one.changed_at_ms,
        }
    }
}

/// Something the sheet lacks before the deposit.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lacking {
    section: &'static str,
    /// Where to go in the section: a field's name, `text`, or `rows` to add one.
    field: &'static str,
    /// `context_too_short`, `objectives_missing`, `funding_differs`...
    code: &'static str,
    /// For which year, where the code is about one.
    year: Option<i64>,
    /// What it should be, in cents, where two sums differ.
    expected_cents: Option<i64>,
    /// What it is.
    found_cents: Option<i64>,
}

impl From<Lack> for Lacking {
    fn from(lack: Lack) -> Self {
        let gap = lack.gap();
        Self {
            section: lack.section(),
            field: lack.field(),
            code: lack.key(),
            year: gap.and_then(|gap| gap.year),
            expected_cents: gap.map(|gap| gap.expected_cents),
            found_cents: gap.map(|gap| gap.found_cents),
        }
    }
}

/// A row's shape with its state, and how it comes from the store's.
macro_rules! rows {
    ($($(#[$meta:meta])* $name:ident from $from:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Serialize, ToSchema)]
        struct $name {
            row_id: String,
            /// Send it back as `expected_version`.
            version: i64,
            /// Who changed it last, by name; null for what was there before anybody did.
            changed_by: Option<String>,
            changed_at_ms: Option<i64>,
            $($(#[$field_meta])* $field: $type,)*
        }

        impl From<sheet::$from> for $name {
            fn from(one: sheet::$from) -> Self {
                Self {
                    row_id: one.mark.row_id,
                    version: one.mark.version,
                    changed_by: one.mark.changed_by,
                    changed_at_ms: one.mark.changed_at_ms,
                    $($field: one.$field,)*
                }
            }
        }
    )*};
}

rows! {
    /// An objective.
    ObjectiveRow from Objective {
        /// 3 to 300 characters.
        body: String,
    }
    /// A partner.
    PartnerRow from Partner {
        /// Its id in the directory; null when it is only named.
        organisation_id: Option<String>,
        /// Its name.
        name: String,
        /// What it does.
        role: String,
        /// `expected`, `confirmed`, `contracted`.
        state: String,
        /// Whether the action pays it.
        paid: bool,
    }
    /// A phase of the calendar.
    CalendarRow from CalendarPhase {
        /// What happens.
        label: String,
        /// First day.
        starts_on: String,
        /// Last day.
        ends_on: String,
        /// What marks its end.
        milestone: Option<String>,
    }
    /// A row of the budget.
    ExpenseRow from Expense {
        /// The year.
        year: i64,
        /// `operation`, `investment`, `in_kind`.
        nature: String,
        /// The account: 60 to 68, 20 to 23, or 86.
        account: String,
        /// What for.
        label: String,
        /// How much.
        amount_cents: i64,
    }
    /// A row of the funding plan.
    FundingRow from Funding {
        /// The year.
        year: i64,
        /// Who pays.
        funder: String,
        /// `region`, `state`, `eu`, `department`, `local`, `other_public`, `private`, `own`.
        kind: String,
        /// Under which scheme.
        scheme: Option<String>,
        /// How much.
        amount_cents: i64,
        /// `requested`, `secured`, `refused`.
        state: String,
        /// `cash`, or `in_kind`, which balances apart.
        nature: String,
    }
    /// Money asked from an envelope.
    EnvelopeRequestRow from EnvelopeRequest {
        /// `CREER`, `FEE`.
        code: String,
        /// The year.
        year: i64,
        /// How much.
        amount_cents: i64,
    }
    /// An indicator; values are decimal text.
    IndicatorRow from Indicator {
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
}

/// A line of jobs (`domain.md` section 3).
#[derive(Debug, Serialize, ToSchema)]
struct JobRow {
    row_id: String,
    /// Send it back as `expected_version`.
    version: i64,
    /// Who changed it last, by name; null for what was there before anybody did.
    changed_by: Option<String>,
    changed_at_ms: Option<i64>,
    /// `direct`, `supported`: what the answer to the founding question makes of it.
    kind: String,
    /// Would it have come about without the aid? `no`, `later`, `less`, `harder`; `yes` is refused.
    founding_answer: Option<String>,
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
    /// The employer; null while it is to be identified.
    employer_siret: Option<String>,
    /// Where the jobs are; the shares sum to 100.
    territories: Vec<ShareRow>,
    /// NAF section.
    sector: Option<String>,
    /// `A` seen, `B` declared, `C` estimated.
    confidence: String,
    /// What shows it, without a jobholder's name.
    evidence: Option<String>,
    /// What of a gathered line may be counted elsewhere, in percent.
    overlap_percent: Option<i64>,
    /// What else there is to say.
    note: Option<String>,
}

impl From<sheet::JobLine> for JobRow {
    fn from(one: sheet::JobLine) -> Self {
        Self {
            row_id: one.mark.row_id,
            version: one.mark.version,
            changed_by: one.mark.changed_by,
            changed_at_ms: one.mark.changed_at_ms,
            kind: one.kind,
            founding_answer: one.founding_answer,
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
            employer_siret: one.employer_siret,
            territories: all(one.territories),
            sector: one.sector,
            confidence: one.confidence,
            evidence: one.evidence,
            overlap_percent: one.overlap_percent,
            note: one.note,
        }
    }
}

/// A part of a job line's posts.
#[derive(Debug, Serialize, ToSchema)]
struct ShareRow {
    territory_code: String,
    name: String,
    /// In percent.
    share_percent: i64,
}

impl From<sheet::Share> for ShareRow {
    fn from(one: sheet::Share) -> Self {
        Self {
            territory_code: one.territory_code,
            name: one.name,
            share_percent: one.share_percent,
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
