//! The T-table: what moves a proposal from one stage to the next (`domain.md` section 2).
//! T01, T02, T03 and T05 today; each next capability adds its rows here.

use super::rights::{Action, Facts, Permit, Refusal, act, may};
use super::sheet::Lack;
use super::stage::Stage;

/// A transition one may ask for on an existing proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// T02: idea > drafting.
    StartDrafting,
    /// T03: drafting > submitted.
    Submit,
    /// T05: submitted > drafting.
    RequestCompletion,
}

/// What T01 looks at, beside the rights.
#[derive(Clone, Copy, Debug)]
pub struct ProposeGuards {
    /// Whether the chantier is `active`.
    pub chantier_active: bool,
    /// Whether the author has seen the nearest existing proposals.
    pub neighbours_shown: bool,
}

/// Whether a structure porteuse stands behind the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Porteur {
    /// None is named.
    Missing,
    /// One is named, but nobody entitled speaks for it.
    NotAccepted,
    /// One is named and accepts.
    Accepted,
}

/// What T02 looks at, beside the rights.
#[derive(Clone, Copy, Debug)]
pub struct DraftGuards {
    /// The porteur as it would stand after the act.
    pub porteur: Porteur,
}

/// What T03 looks at, beside the rights.
#[derive(Clone, Copy, Debug)]
pub struct SubmitGuards<'a> {
    /// The porteur as it stands.
    pub porteur: Porteur,
    /// What the sheet still lacks, as [`super::sheet::lacks`] says.
    pub lacking: &'a [Lack],
}

/// What T05 looks at, beside the rights.
#[derive(Clone, Copy, Debug)]
pub struct RequestGuards {
    /// How many missing points are listed.
    pub point_count: usize,
    /// How many days after today the date lies; 0 is today.
    pub due_in_days: i64,
}

/// The latest date T05 may give, in days from today.
const DUE_AT_MOST_DAYS: i64 = 366;

/// How a named porteur relates to who names it.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    /// Whether it is the porteur already, and accepted before.
    pub accepted_before: bool,
    /// Whether the person belongs to it today.
    pub own: bool,
    /// Whether it takes an active part in the lead chantier.
    pub active_member: bool,
}

impl Transition {
    /// Every transition, in table order.
    pub const ALL: [Self; 3] = [Self::StartDrafting, Self::Submit, Self::RequestCompletion];

    /// The number in `domain.md`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::StartDrafting => "T02",
            Self::Submit => "T03",
            Self::RequestCompletion => "T05",
        }
    }

    /// The transition with this number.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|transition| transition.key() == key)
    }

    /// The right it needs.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::StartDrafting => Action::StartDrafting,
            Self::Submit => Action::Submit,
            Self::RequestCompletion => Action::RequestCompletion,
        }
    }

    /// The stage it leads to.
    #[must_use]
    pub const fn to(self) -> Stage {
        match self {
            Self::StartDrafting | Self::RequestCompletion => Stage::Drafting,
            Self::Submit => Stage::Submitted,
        }
    }
}

/// The reason of T01 when the author was not shown the nearest proposals.
pub const NEIGHBOURS_NOT_SHOWN: &str = "neighbours_not_shown";

/// T01: (new) > idea, by a member or an organisation's reference person, in an active
/// chantier, once the nearest proposals were shown.
///
/// # Errors
/// `T01/role_missing`, `T01/chantier_inactive`, `T01/neighbours_not_shown`.
pub fn propose(facts: &Facts, guards: &ProposeGuards) -> Result<Permit<act::Propose>, Refusal> {
    let permit = may::<act::Propose>(facts)?;
    if !guards.chantier_active {
        return refuse("T01", "chantier_inactive");
    }
    if !guards.neighbours_shown {
        return refuse("T01", NEIGHBOURS_NOT_SHOWN);
    }
    Ok(permit)
}

/// Whether naming this porteur counts as its acceptance: it accepted before, or the owner
/// speaks for their own organisation, or the facilitator vouches for an active member.
#[must_use]
pub fn porteur_accepts(facts: &Facts, naming: &Naming) -> Porteur {
    use super::role::Role;
    let accepts = naming.accepted_before
        || (facts.roles.has(Role::Owner) && naming.own)
        || (facts.roles.has(Role::Facilitator) && naming.active_member);
    if accepts {
        Porteur::Accepted
    } else {
        Porteur::NotAccepted
    }
}

/// T02: idea > drafting, by the owner or the facilitator, once a porteur accepts.
///
/// # Errors
/// `R-READ`, `T02/role_missing`, `T02/stage`, `T02/porteur_missing`, `T02/porteur_not_accepted`.
pub fn start_drafting(
    facts: &Facts,
    guards: &DraftGuards,
) -> Result<Permit<act::StartDrafting>, Refusal> {
    let permit = may::<act::StartDrafting>(facts)?;
    match guards.porteur {
        Porteur::Accepted => Ok(permit),
        Porteur::Missing => refuse("T02", "porteur_missing"),
        Porteur::NotAccepted => refuse("T02", "porteur_not_accepted"),
    }
}

/// T03: drafting > submitted, by the owner, once the porteur stands behind it and the sheet is
/// complete.
///
/// # Errors
/// `R-READ`, `T03/role_missing`, `T03/stage`, `T03/porteur_missing`, `T03/porteur_not_accepted`,
/// `T03/sheet_incomplete`.
pub fn submit(facts: &Facts, guards: &SubmitGuards<'_>) -> Result<Permit<act::Submit>, Refusal> {
    let permit = may::<act::Submit>(facts)?;
    match guards.porteur {
        Porteur::Accepted => {}
        Porteur::Missing => return refuse("T03", "porteur_missing"),
        Porteur::NotAccepted => return refuse("T03", "porteur_not_accepted"),
    }
    if guards.lacking.is_empty() {
        Ok(permit)
    } else {
        refuse("T03", "sheet_incomplete")
    }
}

/// T05: submitted > drafting, by the facilitator, with what is missing and until when.
///
/// # Errors
/// `R-READ`, `T05/role_missing`, `T05/stage`, `T05/points_missing`, `T05/due_date_past`,
/// `T05/due_date_far`.
pub fn request_completion(
    facts: &Facts,
    guards: &RequestGuards,
) -> Result<Permit<act::RequestCompletion>, Refusal> {
    let permit = may::<act::RequestCompletion>(facts)?;
    if guards.point_count == 0 {
        return refuse("T05", "points_missing");
    }
    if guards.due_in_days < 1 {
        return refuse("T05", "due_date_past");
    }
    if guards.due_in_days > DUE_AT_MOST_DAYS {
        return refuse("T05", "due_date_far");
    }
    Ok(permit)
}

fn refuse<T>(rule: &'static str, code: &'static str) -> Result<T, Refusal> {
    Err(Refusal { rule, code })
}
