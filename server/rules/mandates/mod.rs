//! Which mandate may be given: where, from when to when, beside which others (`domain.md` 1.2 and
//! 1.6, invariants 1 to 3). Pure: what is held is told, nothing is read.

use super::day::Day;
use super::role::Role;

mod flaw;
#[cfg(test)]
mod tests;

pub use flaw::Flaw;

/// Most co-presidents of a chantier at any date (invariant 2).
pub const CO_PRESIDENTS_MAX: usize = 3;
/// Days within which a chantier without co-president must have one again (invariant 2).
pub const WITHOUT_CO_PRESIDENT_DAYS: i64 = 30;

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

/// Days from the first to the one before `to`; without end when that is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// The first day without it.
    pub to: Option<Day>,
}

/// How a seat is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatKind {
    /// The one who sits.
    Titulaire,
    /// Who sits when the titulaire does not.
    Suppleant,
}

/// A mandate somebody is to be given.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The role.
    pub role: Role,
    /// Where.
    pub place: Place,
    /// The body's id, if it is held in one.
    pub body_id: Option<String>,
    /// From when to when.
    pub span: Span,
    /// The seat and how it is held.
    pub seat: Option<(String, SeatKind)>,
}

/// A mandate that is held, or waits to be confirmed.
#[derive(Clone, Debug)]
pub struct Held {
    /// Whose it is.
    pub person_id: String,
    /// The role.
    pub role: Role,
    /// Where.
    pub place: Place,
    /// The body's id, if it is held in one.
    pub body_id: Option<String>,
    /// From when to when.
    pub span: Span,
    /// The seat and how it is held.
    pub seat: Option<(String, SeatKind)>,
    /// Whether its holder is a regional councillor.
    pub is_councillor: bool,
}

/// Where a person works, from when to when.
#[derive(Clone, Debug)]
pub struct Work {
    /// From when to when.
    pub span: Span,
    /// Whether the organisation is the Region.
    pub at_region: bool,
    /// Whether the person was elected to it.
    pub is_elected: bool,
}

/// What a mandate is judged beside.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Where the person works and worked.
    pub work: Vec<Work>,
    /// All the person holds or waits for.
    pub own: Vec<Held>,
    /// What is held in the same body, by anybody.
    pub in_body: Vec<Held>,
    /// When the person's organisation is an active member of the body's chantier; empty when it is
    /// none (it becomes one with the mandate), or when the body has no chantier.
    pub membership: Vec<Span>,
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

impl SeatKind {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Titulaire => "titulaire",
            Self::Suppleant => "suppleant",
        }
    }

    /// The kind with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Titulaire, Self::Suppleant]
            .into_iter()
            .find(|kind| kind.key() == key)
    }
}

impl Span {
    /// Whether it has a day at all.
    #[must_use]
    pub fn has_days(&self) -> bool {
        self.to.as_ref().is_none_or(|to| *to > self.from)
    }

    /// Whether both have a day in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let before_end = |day: &Day, end: &Option<Day>| end.as_ref().is_none_or(|end| day < end);
        self.has_days()
            && other.has_days()
            && before_end(&self.from, &other.to)
            && before_end(&other.from, &self.to)
    }

    /// Whether it lies on this day.
    #[must_use]
    pub fn holds_on(&self, day: &Day) -> bool {
        self.from <= *day && self.to.as_ref().is_none_or(|to| day < to)
    }

    /// Whether every day of `inner` is one of its days.
    #[must_use]
    pub fn covers(&self, inner: &Self) -> bool {
        let ends_after = match (&self.to, &inner.to) {
            (None, Some(_) | None) => true,
            (Some(_), None) => false,
            (Some(outer), Some(inner)) => inner <= outer,
        };
        self.from <= inner.from && ends_after
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

/// Whether this mandate may be given.
///
/// # Errors
/// The first flaw, which names the field and the rule.
pub fn check(wanted: &Wanted, around: &Around) -> Result<(), Flaw> {
    if !fits(wanted.role, wanted.place) {
        return Err(Flaw::NotInThisBody);
    }
    if !wanted.span.has_days() {
        return Err(Flaw::EndsBeforeStart);
    }
    let meeting = |held: &&Held| held.span.meets(&wanted.span);
    for held in around.own.iter().filter(meeting) {
        if exclude_each_other(held.role, wanted.role) {
            return Err(Flaw::RolesExcludeEachOther);
        }
        if held.role == wanted.role && held.body_id == wanted.body_id {
            return Err(Flaw::MandateHeld);
        }
    }
    let work = works(wanted, around)?;
    if !around.membership.is_empty()
        && !around.membership.iter().any(|one| one.covers(&wanted.span))
    {
        return Err(Flaw::OutsideMembership);
    }
    sits(wanted, around, work)
}

/// The work that carries the mandate from its first day to its last.
fn works<'a>(wanted: &Wanted, around: &'a Around) -> Result<&'a Work, Flaw> {
    if around.work.is_empty() {
        return Err(Flaw::NoOrganisation);
    }
    let carrying = |work: &&Work| work.span.covers(&wanted.span);
    let carriers: Vec<&Work> = around.work.iter().filter(carrying).collect();
    let needs_region = matches!(wanted.role, Role::RegionInstructor | Role::RegionValidator);
    let fitting = carriers
        .iter()
        .find(|work| !needs_region || work.at_region)
        .copied();
    match (fitting, carriers.first()) {
        (Some(work), _) => Ok(work),
        (None, Some(_)) => Err(Flaw::RegionOnly),
        (None, None) => Err(Flaw::OutsideAffiliation),
    }
}

/// The rules of seats and presidencies.
fn sits(wanted: &Wanted, around: &Around, work: &Work) -> Result<(), Flaw> {
    let is_councillor = work.at_region && work.is_elected;
    let meeting = |held: &&Held| held.span.meets(&wanted.span);
    if wanted.role == Role::CoPresident && wanted.place == Place::Commission {
        if !is_councillor {
            return Err(Flaw::CouncillorOnly);
        }
        let presides = |held: &&Held| held.role == Role::CoPresident && is_titulaire(held);
        let beside = around.in_body.iter().filter(meeting).filter(presides);
        if is_titulaire_wanted(wanted) && beside.count() >= CO_PRESIDENTS_MAX {
            return Err(Flaw::TooManyCoPresidents);
        }
    }
    if let Some((seat, kind)) = &wanted.seat {
        let here = |held: &&Held| held.seat.as_ref().is_some_and(|(id, _)| id == seat);
        for held in around.in_body.iter().filter(meeting).filter(here) {
            let held_kind = held.seat.as_ref().map(|(_, kind)| *kind);
            if held_kind == Some(*kind) {
                return Err(Flaw::SeatTaken);
            }
            if *kind == SeatKind::Suppleant && held.is_councillor && !is_councillor {
                return Err(Flaw::SuppleantOfCouncillor);
            }
        }
    }
    let is_copil_seat = wanted.place == Place::Copil && votes(wanted.role);
    let in_chantier = |held: &Held| {
        held.place == Place::Commission
            && held.role != Role::Observer
            && held.span.holds_on(&wanted.span.from)
    };
    if is_copil_seat && !around.own.iter().any(in_chantier) {
        return Err(Flaw::NeedsChantierMandate);
    }
    Ok(())
}

fn is_titulaire(held: &Held) -> bool {
    held.seat
        .as_ref()
        .is_none_or(|(_, kind)| *kind == SeatKind::Titulaire)
}

fn is_titulaire_wanted(wanted: &Wanted) -> bool {
    wanted
        .seat
        .as_ref()
        .is_none_or(|(_, kind)| *kind == SeatKind::Titulaire)
}

/// Whether a sitting validator may answer this mandate: nobody answers their own.
///
/// # Errors
/// `own_mandate`.
pub fn may_answer(validator: &str, holder: &str) -> Result<(), Flaw> {
    if validator == holder {
        Err(Flaw::OwnMandate)
    } else {
        Ok(())
    }
}
