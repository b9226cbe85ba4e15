//! The roles of `domain.md` section 2, and sets of them.

/// A role, scoped to a chantier, a proposal, an organisation or the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Leads a proposal (pilote de la proposition).
    Owner,
    /// Invited by the owner to write.
    Contributor,
    /// Sits in the lead chantier's commission.
    Member,
    /// Runs the lead chantier (animation).
    Facilitator,
    /// Co-presides the lead chantier.
    CoPresident,
    /// May accept a proposal for the chantier that is asked to take it over (T07): who runs that one,
    /// and the steering committee's secretary once it has not answered for ten days.
    Receiver,
    /// Holds any role in a chantier associated with the proposal.
    Associated,
    /// Sits in the steering committee.
    CopilMember,
    /// Keeps the steering committee's secretariat.
    CopilSecretary,
    /// Instructs files for the Region (direction pilote).
    RegionInstructor,
    /// Validates for the Region.
    RegionValidator,
    /// Reference person of an organisation (here: the porteur, or a member of the chantier).
    OrgAdmin,
    /// Reads only.
    Observer,
    /// Administers the workspace; no right on decisions nor on preparatory texts.
    Admin,
}

impl Role {
    /// Every role, in the order of the table of rights.
    pub const ALL: [Self; 14] = [
        Self::Owner,
        Self::Contributor,
        Self::Member,
        Self::Facilitator,
        Self::CoPresident,
        Self::Receiver,
        Self::Associated,
        Self::CopilMember,
        Self::CopilSecretary,
        Self::RegionInstructor,
        Self::RegionValidator,
        Self::OrgAdmin,
        Self::Observer,
        Self::Admin,
    ];

    /// The roles held in a commission itself.
    pub const IN_COMMISSION: [Self; 4] = [
        Self::Member,
        Self::Facilitator,
        Self::CoPresident,
        Self::Observer,
    ];

    /// The role's key, as in `domain.md`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Contributor => "contributor",
            Self::Member => "member",
            Self::Facilitator => "facilitator",
            Self::CoPresident => "co_president",
            Self::Receiver => "receiver",
            Self::Associated => "associated",
            Self::CopilMember => "copil_member",
            Self::CopilSecretary => "copil_secretary",
            Self::RegionInstructor => "region_instructor",
            Self::RegionValidator => "region_validator",
            Self::OrgAdmin => "org_admin",
            Self::Observer => "observer",
            Self::Admin => "admin",
        }
    }

    /// The role with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles(u16);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);

    /// This set with one more role.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit())
    }

    /// Whether the role is in the set.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether any of these roles is in the set.
    #[must_use]
    pub fn any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// The roles of the set, in table order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::NONE, Self::with)
    }
}
