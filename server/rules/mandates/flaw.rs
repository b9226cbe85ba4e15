//! What is wrong with a mandate: a stable code and the field it is said at.

/// Why a mandate may not be given, changed or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The role means nothing in this body.
    NotInThisBody,
    /// It ends on or before its first day.
    EndsBeforeStart,
    /// The person holds the same then.
    MandateHeld,
    /// Nobody administers and validates (invariant 1).
    RolesExcludeEachOther,
    /// The person belongs to no organisation.
    NoOrganisation,
    /// It does not lie inside the person's time in an organisation (invariant 3).
    OutsideAffiliation,
    /// It does not lie inside the organisation's time in the chantier (invariant 3).
    OutsideMembership,
    /// Only for people of the Region (invariant 1).
    RegionOnly,
    /// Only for regional councillors in office (invariant 2).
    CouncillorOnly,
    /// A chantier has three co-presidents at most (invariant 2).
    TooManyCoPresidents,
    /// The seat is held then: one titulaire, one suppléant.
    SeatTaken,
    /// A councillor's suppléant is a councillor (invariant 2).
    SuppleantOfCouncillor,
    /// A seat in the steering committee needs a live mandate in a chantier (invariant 3).
    NeedsChantierMandate,
    /// Nobody confirms their own mandate (invariant 1).
    OwnMandate,
}

impl Flaw {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotInThisBody => "not_in_this_body",
            Self::EndsBeforeStart => "ends_before_start",
            Self::MandateHeld => "mandate_held",
            Self::RolesExcludeEachOther => "roles_exclude_each_other",
            Self::NoOrganisation => "no_organisation",
            Self::OutsideAffiliation => "outside_affiliation",
            Self::OutsideMembership => "outside_membership",
            Self::RegionOnly => "region_only",
            Self::CouncillorOnly => "councillor_only",
            Self::TooManyCoPresidents => "too_many_co_presidents",
            Self::SeatTaken => "seat_taken",
            Self::SuppleantOfCouncillor => "suppleant_of_councillor",
            Self::NeedsChantierMandate => "needs_chantier_mandate",
            Self::OwnMandate => "own_mandate",
        }
    }

    /// The field of the form it is said at; `None` where it contradicts the whole.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::NotInThisBody
            | Self::RegionOnly
            | Self::CouncillorOnly
            | Self::TooManyCoPresidents
            | Self::NeedsChantierMandate => Some("role"),
            Self::EndsBeforeStart | Self::OutsideAffiliation | Self::OutsideMembership => {
                Some("valid_to")
            }
            Self::SeatTaken | Self::SuppleantOfCouncillor => Some("seat_kind"),
            Self::NoOrganisation => Some("person_id"),
            Self::MandateHeld | Self::RolesExcludeEachOther | Self::OwnMandate => None,
        }
    }
}
