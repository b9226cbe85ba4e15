//! The T-table: what moves a proposal from one stage to the next (`domain.md` section 2).
//! T01 and T02 today; each next capability adds its rows here.

use super::rights::{Action, Facts, Permit, Refusal, act, may};
use super::stage::Stage;

/// A transition one may ask for on an existing proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// T02: idea > drafting.
    StartDrafting,
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
    pub const ALL: [Self; 1] = [Self::StartDrafting];

    /// The number in `domain.md`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::StartDrafting => "T02",
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
        }
    }

    /// The stage it leads to.
    #[must_use]
    pub const fn to(self) -> Stage {
        match self {
            Self::StartDrafting => Stage::Drafting,
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

fn refuse<T>(rule: &'static str, code: &'static str) -> Result<T, Refusal> {
    Err(Refusal { rule, code })
}
