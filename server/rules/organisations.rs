//! The kinds of organisation and how they take part in a chantier (`domain.md` 1.2).

/// The kinds of organisation.
pub const KINDS: [&str; 14] = [
    "region",
    "state",
    "department",
    "commune",
    "epci",
    "chamber",
    "prides",
    "employer_org",
    "trade_union",
    "ess_network",
    "association",
    "company",
    "training_body",
    "employment_service",
];

/// How closely a member takes part; `informed` members are never solicited.
pub const LEVELS: [&str; 3] = ["pilot", "active", "informed"];

/// Where a membership stands.
pub const STATUSES: [&str; 4] = ["proposed", "active", "suspended", "ended"];

/// Most minutes a month an organisation may be solicited.
pub const SOLICITATION_MINUTES_MAX: i64 = 10_000;
