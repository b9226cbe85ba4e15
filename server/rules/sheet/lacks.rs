//! What a sheet still lacks before it can be deposited (T03), text and rows in one list, in the order of the
//! sheet: each lack leads to its field and carries the figures its sentence needs (`domain.md` 1.4, 1.6).

use std::collections::BTreeMap;

use crate::rules::transitions::Porteur;

/// A rich-text section as the deposit looks at it.
#[derive(Clone, Copy, Debug)]
pub struct SectionText<'a> {
    /// Its key, e.g. `context`.
    pub key: &'a str,
    /// How many characters its plain text has, ends trimmed.
    pub chars: i64,
}

/// An amount of one year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// The year.
    pub year: i64,
    /// How much.
    pub cents: i64,
}

/// The structured sections as the deposit looks at them.
#[derive(Clone, Debug)]
pub struct SheetFacts {
    /// How many objectives.
    pub objectives: usize,
    /// The porteur as it stands.
    pub porteur: Porteur,
    /// Whether a person and an address to write to are named.
    pub contact: Given,
    /// How many partners.
    pub partners: usize,
    /// Whether "aucun partenaire" was said.
    pub no_partner: Given,
    /// Whether words or tags say whom it is for.
    pub target: Given,
    /// Whether it is said how many people are expected.
    pub headcount: Given,
    /// Whether the share of women is said.
    pub women: Given,
    /// How many territories.
    pub territories: usize,
    /// How many phases.
    pub phases: usize,
    /// Whether amounts are with or without tax.
    pub vat: Given,
    /// The expenses, but contributions in kind.
    pub expenses: Vec<Money>,
    /// The funding, but contributions in kind.
    pub funding: Vec<Money>,
    /// Contributions in kind, as expenses.
    pub kind_expenses: Vec<Money>,
    /// Contributions in kind, as funding.
    pub kind_funding: Vec<Money>,
    /// What of the funding the Region gives.
    pub region: Vec<Money>,
    /// What is asked from the envelopes.
    pub requests: Vec<Money>,
    /// How many indicators.
    pub indicators: usize,
    /// How many job lines.
    pub jobs: usize,
    /// Whether "sans effet direct" was said, with why.
    pub no_jobs: Given,
}

/// Whether something was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// It was.
    Yes,
    /// It was not.
    No,
}

impl From<bool> for Given {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Whether money of the experimentation fund (FEE) is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experiment {
    /// Some is.
    MoneyAsked,
    /// None is.
    NoMoney,
}

/// Two sums that should be one, in cents; of a year, or in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The year; `None` for the whole.
    pub year: Option<i64>,
    /// What it should be.
    pub expected_cents: i64,
    /// What it is.
    pub found_cents: i64,
}

macro_rules! lacks {
    ($($(#[$meta:meta])* $name:ident $key:literal $section:literal $field:literal;)*) => {
        /// What a sheet lacks before it can be deposited.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Lack {
            $($(#[$meta])* $name,)*
            /// The funding plan does not equal the budget (invariant 7).
            FundingDiffers(Gap),
            /// Contributions in kind do not balance (invariant 7).
            KindDiffers(Gap),
            /// The Region's funding rows do not equal what is asked from the envelopes (invariant 8).
            RequestsDiffer(Gap),
        }

        impl Lack {
            /// Its key.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                    Self::FundingDiffers(gap) if gap.year.is_some() => "funding_year_differs",
                    Self::FundingDiffers(_) => "funding_differs",
                    Self::KindDiffers(gap) if gap.year.is_some() => "in_kind_year_differs",
                    Self::KindDiffers(_) => "in_kind_differs",
                    Self::RequestsDiffer(gap) if gap.year.is_some() => "requests_year_differ",
                    Self::RequestsDiffer(_) => "requests_differ",
                }
            }

            /// The section it is about.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self {
                    $(Self::$name => $section,)*
                    Self::FundingDiffers(_) | Self::KindDiffers(_) | Self::RequestsDiffer(_) => "funding",
                }
            }

            /// Where to go in that section: a field's name, or `rows` to add one.
            #[must_use]
            pub const fn field(self) -> &'static str {
                match self {
                    $(Self::$name => $field,)*
                    Self::FundingDiffers(_) | Self::KindDiffers(_) => "amount_cents",
                    Self::RequestsDiffer(_) => "envelope_requests",
                }
            }

            /// The figures of its sentence, where it has some.
            #[must_use]
            pub const fn gap(self) -> Option<Gap> {
                match self {
                    $(Self::$name => None,)*
                    Self::FundingDiffers(gap) | Self::KindDiffers(gap) | Self::RequestsDiffer(gap) => Some(gap),
                }
            }
        }
    };
}

lacks! {
    /// "Contexte et diagnostic" is shorter than 40 characters.
    ContextTooShort "context_too_short" "context" "text";
    /// "Contexte et diagnostic" is longer than 6000 characters.
    ContextTooLong "context_too_long" "context" "text";
    /// No objective.
    ObjectivesMissing "objectives_missing" "objectives" "rows";
    /// More than five objectives.
    ObjectivesTooMany "objectives_too_many" "objectives" "body";
    /// "Description de l'action" is empty.
    DescriptionMissing "description_missing" "description" "text";
    /// No structure porteuse.
    PorteurMissing "porteur_missing" "owner" "porteur";
    /// The structure porteuse has not accepted.
    PorteurNotAccepted "porteur_not_accepted" "owner" "porteur";
    /// Nobody to write to.
    ContactMissing "contact_missing" "owner" "contact_name";
    /// No partner, nor "aucun".
    PartnersMissing "partners_missing" "partners" "rows";
    /// Nothing says whom it is for.
    TargetMissing "target_missing" "target_public" "text";
    /// Not said how many people are expected.
    HeadcountMissing "headcount_missing" "target_public" "headcount";
    /// Not said how many women among them.
    WomenMissing "women_missing" "target_public" "women_percent";
    /// No territory.
    TerritoryMissing "territory_missing" "territory" "codes";
    /// No phase.
    CalendarMissing "calendar_missing" "calendar" "rows";
    /// No expense.
    BudgetMissing "budget_missing" "budget" "rows";
    /// Not said whether amounts are with or without tax.
    VatMissing "vat_missing" "budget" "vat_mode";
    /// No funding.
    FundingMissing "funding_missing" "funding" "rows";
    /// No indicator.
    IndicatorsMissing "indicators_missing" "indicators" "rows";
    /// No job line, nor "sans effet direct".
    JobsMissing "jobs_missing" "jobs" "rows";
    /// "Égalité professionnelle et développement durable" is empty.
    TransversalMissing "transversal_missing" "transversal" "text";
    /// "Caractère expérimental" is empty though experimentation money is asked.
    ExperimentMissing "experiment_missing" "experiment" "text";
}

/// How long the context may be, in characters (`domain.md` 1.4).
const CONTEXT_CHARS: std::ops::RangeInclusive<i64> = 40..=6000;
/// How many objectives there may be (`domain.md` 1.4).
const OBJECTIVES_MAX: usize = 5;

/// Whether the deposit needs this section of text (`domain.md` 1.4).
#[must_use]
pub fn is_required(section: &str, asks_experiment_money: Experiment) -> bool {
    match section {
        "context" | "description" | "transversal" => true,
        "experiment" => asks_experiment_money == Experiment::MoneyAsked,
        _ => false,
    }
}

/// What the sheet lacks before it can be deposited, in its order.
#[must_use]
pub fn lacks(texts: &[SectionText<'_>], sheet: &SheetFacts, experiment: Experiment) -> Vec<Lack> {
    let chars = |key: &str| {
        let found = texts.iter().find(|section| section.key == key);
        found.map_or(0, |section| section.chars)
    };
    let missing = |key: &str| is_required(key, experiment) && chars(key) == 0;
    let context = chars("context");
    let first = [
        (context < *CONTEXT_CHARS.start(), Lack::ContextTooShort),
        (context > *CONTEXT_CHARS.end(), Lack::ContextTooLong),
        (sheet.objectives == 0, Lack::ObjectivesMissing),
        (sheet.objectives > OBJECTIVES_MAX, Lack::ObjectivesTooMany),
        (missing("description"), Lack::DescriptionMissing),
    ];
    let last = [
        (sheet.indicators == 0, Lack::IndicatorsMissing),
        (
            sheet.jobs == 0 && sheet.no_jobs == Given::No,
            Lack::JobsMissing,
        ),
        (missing("transversal"), Lack::TransversalMissing),
        (missing("experiment"), Lack::ExperimentMissing),
    ];
    let mut all = those(&first);
    all.extend(those(&who_and_where(sheet)));
    all.extend(money(sheet));
    all.extend(those(&last));
    all
}

fn those(checked: &[(bool, Lack)]) -> Vec<Lack> {
    let lacking = checked.iter().filter(|(is_so, _)| *is_so);
    lacking.map(|(_, lack)| *lack).collect()
}

fn who_and_where(sheet: &SheetFacts) -> [(bool, Lack); 9] {
    let no = |given: Given| given == Given::No;
    [
        (sheet.porteur == Porteur::Missing, Lack::PorteurMissing),
        (
            sheet.porteur == Porteur::NotAccepted,
            Lack::PorteurNotAccepted,
        ),
        (no(sheet.contact), Lack::ContactMissing),
        (
            sheet.partners == 0 && no(sheet.no_partner),
            Lack::PartnersMissing,
        ),
        (no(sheet.target), Lack::TargetMissing),
        (no(sheet.headcount), Lack::HeadcountMissing),
        (no(sheet.women), Lack::WomenMissing),
        (sheet.territories == 0, Lack::TerritoryMissing),
        (sheet.phases == 0, Lack::CalendarMissing),
    ]
}

/// Budget and funding: there, and equal in all and year by year. A plan that is not there is only missing.
fn money(sheet: &SheetFacts) -> Vec<Lack> {
    let costs = !sheet.expenses.is_empty();
    let funded = !sheet.funding.is_empty();
    let mut all = those(&[
        (!costs, Lack::BudgetMissing),
        (costs && sheet.vat == Given::No, Lack::VatMissing),
        (!funded, Lack::FundingMissing),
    ]);
    if costs && funded {
        let gaps = gaps(&sheet.expenses, &sheet.funding);
        all.extend(gaps.into_iter().map(Lack::FundingDiffers));
    }
    let in_kind = gaps(&sheet.kind_expenses, &sheet.kind_funding);
    all.extend(in_kind.into_iter().map(Lack::KindDiffers));
    let requests = gaps(&sheet.requests, &sheet.region);
    all.extend(requests.into_iter().map(Lack::RequestsDiffer));
    all
}

/// Whether costs and funding are equal, per year and in all, contributions in kind apart (invariant 7).
#[must_use]
pub fn is_balanced(sheet: &SheetFacts) -> bool {
    gaps(&sheet.expenses, &sheet.funding).is_empty()
        && gaps(&sheet.kind_expenses, &sheet.kind_funding).is_empty()
}

/// Where two lists of amounts differ: in all; where they do not, in each year.
fn gaps(expected: &[Money], found: &[Money]) -> Vec<Gap> {
    let sum = |rows: &[Money]| {
        rows.iter()
            .fold(0_i64, |all, one| all.saturating_add(one.cents))
    };
    let (expected_cents, found_cents) = (sum(expected), sum(found));
    if expected_cents != found_cents {
        return vec![Gap {
            year: None,
            expected_cents,
            found_cents,
        }];
    }
    let mut years: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for one in expected {
        let year = years.entry(one.year).or_default();
        year.0 = year.0.saturating_add(one.cents);
    }
    for one in found {
        let year = years.entry(one.year).or_default();
        year.1 = year.1.saturating_add(one.cents);
    }
    let differing = years.into_iter().filter(|(_, (one, other))| one != other);
    differing
        .map(|(year, (expected_cents, found_cents))| Gap {
            year: Some(year),
            expected_cents,
            found_cents,
        })
        .collect()
}
