//! T01, and whether a structure porteuse stands behind a proposal.

use super::super::rights::{Facts, Permit, Refusal, act, may};
use super::super::role::Role;

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
    let accepts = naming.accepted_before
        || (facts.roles.has(Role::Owner) && naming.own)
        || (facts.roles.has(Role::Facilitator) && naming.active_member);
    if accepts {
        Porteur::Accepted
    } else {
        Porteur::NotAccepted
    }
}

fn refuse<T>(rule: &'static str, code: &'static str) -> Result<T, Refusal> {
    Err(Refusal { rule, code })
}
