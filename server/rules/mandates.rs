//! Which role may be held where.

use super::role::Role;

/// Where a mandate is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A commission or working group of a chantier.
    Commission,
    /// The steering committee.
    Copil,
    /// The Assises: open to all, no mandate.
    Assises,
    /// The Region's deciding bodies.
    Region,
    /// No body: the whole programme, or the person's own organisation.
    Nowhere,
}

impl Place {
    /// The place of a body of this kind.
    #[must_use]
    pub fn of_body(kind: &str) -> Option<Self> {
        match kind {
            "commission" | "working_group" => Some(Self::Commission),
            "copil" => Some(Self::Copil),
            "assises" => Some(Self::Assises),
            "region" => Some(Self::Region),
            _ => None,
        }
    }
}

/// Whether a mandate of this role can be given there. Ties to a proposal (owner, contributor)
/// and association through another chantier are no mandates.
#[must_use]
pub const fn fits(role: Role, place: Place) -> bool {
    match role {
        Role::Owner | Role::Contributor | Role::Receiver | Role::Associated => false,
        Role::Member | Role::CoPresident => matches!(place, Place::Commission | Place::Copil),
        Role::Facilitator | Role::Observer => matches!(place, Place::Commission),
        Role::CopilMember | Role::CopilSecretary => matches!(place, Place::Copil),
        Role::RegionInstructor | Role::RegionValidator => matches!(place, Place::Region),
        Role::OrgAdmin | Role::Admin => matches!(place, Place::Nowhere),
    }
}

/// Whether whoever holds it votes in the body.
#[must_use]
pub const fn votes(role: Role) -> bool {
    match role {
        Role::Member | Role::CoPresident | Role::CopilMember => true,
        Role::Owner
        | Role::Contributor
        | Role::Receiver
        | Role::Associated
        | Role::Facilitator
        | Role::Observer
        | Role::CopilSecretary
        | Role::RegionInstructor
        | Role::RegionValidator
        | Role::OrgAdmin
        | Role::Admin => false,
    }
}

/// Whether a person who holds `held` may not be given `role` as well: nobody both runs the
/// workspace and validates for the Region (`domain.md` 1.6, invariant 1).
#[must_use]
pub const fn exclude_each_other(held: Role, role: Role) -> bool {
    matches!(
        (held, role),
        (Role::Admin, Role::RegionValidator) | (Role::RegionValidator, Role::Admin)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_given_only_where_it_means_something() {
        assert!(fits(Role::Member, Place::Commission));
        assert!(fits(Role::Member, Place::Copil));
        assert!(fits(Role::Admin, Place::Nowhere));
        assert!(!fits(Role::Admin, Place::Commission));
        assert!(!fits(Role::Facilitator, Place::Copil));
        assert!(!fits(Role::RegionValidator, Place::Commission));
        for role in Role::ALL {
            assert!(!fits(role, Place::Assises), "{}", role.key());
        }
        for role in [Role::Owner, Role::Contributor, Role::Associated] {
            assert!(!fits(role, Place::Commission) && !fits(role, Place::Nowhere));
        }
    }

    #[test]
    fn an_administrator_never_validates_for_the_region() {
        assert!(exclude_each_other(Role::Admin, Role::RegionValidator));
        assert!(exclude_each_other(Role::RegionValidator, Role::Admin));
        assert!(!exclude_each_other(Role::Admin, Role::Member));
    }
}
