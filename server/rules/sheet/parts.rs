//! The parts of a sheet that hold one value, and their fields.

use super::columns::{Cell, Column, Kind, Raw, Wrong};

/// A part with one value. The porteur is named by another rule: it must accept ([`super::porteur`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the porteur says of itself, its contact, the co-porteurs.
    Owner,
    /// Nobody takes part beside the porteur.
    NoPartner,
    /// Whom it is for.
    TargetPublic,
    /// Where.
    Territory,
    /// Whether amounts are with or without tax.
    Vat,
    /// No job is expected directly, and why.
    NoJobs,
}

/// What a structure may be in law.
const LEGAL_FORMS: [&str; 7] = [
    "association",
    "cooperative",
    "company",
    "public_body",
    "chamber",
    "union",
    "other",
];
/// For whom an action may be.
const TARGETS: [&str; 9] = [
    "job_seekers",
    "far_from_work",
    "young",
    "senior",
    "women",
    "disabled",
    "employees",
    "entrepreneurs",
    "companies",
];
/// How many co-porteurs there may be.
const CO_PORTEURS_MAX: usize = 20;
/// How many territories may be named: a department's communes at most.
const TERRITORIES_MAX: usize = 200;

impl Part {
    /// Every part, in the order of the sheet.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::NoPartner,
        Self::TargetPublic,
        Self::Territory,
        Self::Vat,
        Self::NoJobs,
    ];

    /// Its name in the API.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::NoPartner => "no_partner",
            Self::TargetPublic => "target_public",
            Self::Territory => "territory",
            Self::Vat => "vat",
            Self::NoJobs => "no_jobs",
        }
    }

    /// The part of this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.key() == key)
    }

    /// Its fields.
    #[must_use]
    pub fn columns(self) -> Vec<Column> {
        use Column as C;
        use Kind::{Choice, Count, Email, Flag, Ids, Line, Prose, Tags};
        match self {
            Self::Owner => vec![
                C::free("text", Prose(1..=2000)),
                C::free("contact_name", Line(3..=160)),
                C::free("contact_email", Email),
                C::free("capacity", Prose(3..=2000)),
                C::free("legal_form", Choice(&LEGAL_FORMS)),
                C::free("co_porteurs", Ids(CO_PORTEURS_MAX)),
            ],
            Self::NoPartner => vec![C::free("none", Flag)],
            Self::TargetPublic => vec![
                C::free("text", Prose(3..=1000)),
                C::free("headcount", Count(1..=10_000_000)),
                C::free("women_percent", Count(0..=100)),
                C::free("tags", Tags(&TARGETS)),
            ],
            Self::Territory => vec![C::free("codes", Ids(TERRITORIES_MAX))],
            Self::Vat => vec![C::needed("vat_mode", Choice(&["HT", "TTC"]))],
            Self::NoJobs => vec![C::free("motive", Prose(20..=1000))],
        }
    }

    /// Checks its value; the cells come in the order of [`Part::columns`].
    ///
    /// # Errors
    /// The first field that is wrong, as [`Column::check`] says.
    pub fn check(self, raw: impl Fn(&str) -> Raw) -> Result<Vec<Cell>, Wrong> {
        self.columns()
            .iter()
            .map(|column| column.check(&raw(column.name)))
            .collect()
    }
}
