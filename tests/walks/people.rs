//! Who walks: the people of the small programme and whom the walks need beside, with the roles that `domain.md`
//! section 2 gives them around one proposal. Told here a second time, from mandates and ties, so that
//! the server's own reading is compared with it.

use std::collections::BTreeSet;

use chantier::rules::day::Day;
use chantier::rules::rights::Facts;
use chantier::rules::role::{Role, Roles};

use super::state::State;
use crate::support::world::World;

/// Where a mandate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The commission of this chantier.
    In(&'static str),
    /// The steering committee.
    Copil,
    /// The Region's bodies.
    Region,
    /// The whole programme, or the person's own organisation.
    Anywhere,
}

/// A mandate: who, as what, where.
pub(crate) type Mandate = (&'static str, Role, Place);

/// Every mandate.
pub(crate) const MANDATES: [Mandate; 21] = [
    ("owner", Role::Member, Place::In("CH2")),
    ("owner", Role::Member, Place::In("CH1")),
    ("contributor", Role::Member, Place::In("CH2")),
    ("member", Role::Member, Place::In("CH1")),
    ("facilitator", Role::Facilitator, Place::In("CH1")),
    ("co_president", Role::CoPresident, Place::In("CH1")),
    ("associated", Role::Member, Place::In("CH2")),
    ("copil_member", Role::Member, Place::Copil),
    ("copil_secretary", Role::CopilSecretary, Place::Copil),
    ("region_instructor", Role::RegionInstructor, Place::Region),
    ("region_validator", Role::RegionValidator, Place::Region),
    ("org_admin", Role::OrgAdmin, Place::Anywhere),
    ("observer", Role::Observer, Place::In("CH1")),
    ("admin", Role::Admin, Place::Anywhere),
    ("elsewhere", Role::Member, Place::In("CH3")),
    ("receiver", Role::Facilitator, Place::In("CH3")),
    ("chair", Role::CoPresident, Place::In("CH3")),
    ("deputy", Role::CoPresident, Place::In("CH1")),
    ("copil_chair", Role::CoPresident, Place::Copil),
    ("second", Role::RegionValidator, Place::Region),
    ("reader", Role::RegionInstructor, Place::Region),
];

/// Everybody, the one without any role last.
pub(crate) const EVERYBODY: [&str; 21] = [
    "owner",
    "contributor",
    "member",
    "facilitator",
    "co_president",
    "associated",
    "copil_member",
    "copil_secretary",
    "region_instructor",
    "region_validator",
    "org_admin",
    "observer",
    "admin",
    "elsewhere",
    "receiver",
    "chair",
    "deputy",
    "copil_chair",
    "second",
    "reader",
    "nobody",
];

/// The mandates that may end during a walk, by their ids.
pub(crate) const ENDING: [(&str, &str, Mandate); 10] = [
    ("facilitator", "man-facilitator-body-CH1", MANDATES[4]),
    ("co_president", "man-co_president-body-CH1", MANDATES[5]),
    ("owner", "man-owner-body-CH1", MANDATES[1]),
    ("member", "man-member-body-CH1", MANDATES[3]),
    ("deputy", "man-deputy-body-CH1", MANDATES[17]),
    (
        "copil_secretary",
        "man-copil_secretary-body-copil",
        MANDATES[8],
    ),
    (
        "region_instructor",
        "man-region_instructor-body-region",
        MANDATES[9],
    ),
    (
        "region_validator",
        "man-region_validator-body-region",
        MANDATES[10],
    ),
    ("second", "man-second-body-region", MANDATES[19]),
    ("reader", "man-reader-body-region", MANDATES[20]),
];

/// Days after which the steering committee's secretary may take over (T07).
const ANSWER_DAYS: i64 = 10;

/// Adds to the small programme whom the walks need beside its people.
pub(crate) async fn seat(world: &World) {
    world.mandate("owner", "member", "body-CH1").await;
    for (person, organisation, role, body) in [
        ("chair", "org-c", "co_president", "body-CH3"),
        ("deputy", "org-a", "co_president", "body-CH1"),
        ("copil_chair", "org-a", "co_president", "body-copil"),
        ("second", "org-a", "region_validator", "body-region"),
        ("reader", "org-a", "region_instructor", "body-region"),
    ] {
        world.person(person, organisation).await;
        world.mandate(person, role, body).await;
    }
    for sql in [
        "insert into region_unit (region_unit_id, kind, title) values ('dir-eco', 'direction', 'Direction A'), ('dir-num', 'direction', 'Direction B')",
        "insert into envelope (envelope_id, year, code, label, amount_cents, parent_id, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('env-1', 2027, 'CREER', 'CREER', 12000000, null, 0, 0, 0, 0)",
        "insert into envelope (envelope_id, year, code, label, amount_cents, parent_id, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('env-2', 2027, 'FEE', 'FEE', 10000, 'env-1', 0, 0, 0, 0)",
        "update organisation set kind = 'association' where organisation_id = 'org-a'",
        "update organisation set siret = '73282932000074' where organisation_id in ('org-a', 'org-b')",
        "update mandate set region_unit_id = 'dir-eco' where person_id = 'region_instructor'",
        "update mandate set region_unit_id = 'dir-num' where person_id = 'reader'",
    ] {
        world.sql(sql).await;
    }
}

/// How many preside the commission of a chantier today.
pub(crate) fn presiding(chantier: &str, ended: &Ended) -> usize {
    let all = MANDATES.iter().filter(|one| !ended.contains(one));
    let presides = |one: &&Mandate| {
        one.1 == Role::CoPresident && matches!(one.2, Place::In(id) if id == chantier)
    };
    all.filter(presides).count()
}

/// The Region's direction this person instructs for today.
pub(crate) fn direction_of(person: &str, ended: &Ended) -> Option<&'static str> {
    let instructs = live(person, ended).any(|one| one.1 == Role::RegionInstructor);
    match person {
        "region_instructor" if instructs => Some("dir-eco"),
        "reader" if instructs => Some("dir-num"),
        _ => None,
    }
}

/// The organisation a person belongs to.
pub(crate) fn organisation(person: &str) -> &'static str {
    match person {
        "org_admin" => "org-b",
        "elsewhere" | "receiver" | "chair" => "org-c",
        _ => "org-a",
    }
}

/// Whether the organisation takes an active part in the chantier.
pub(crate) fn is_active_member(organisation: &str, chantier: &str) -> bool {
    matches!(
        (organisation, chantier),
        ("org-a", "CH1" | "CH2") | ("org-b", "CH1")
    )
}

/// Who of these runs the chantier, of the two that walks lead through.
pub(crate) fn facilitator_of(chantier: &str) -> &'static str {
    if chantier == "CH3" {
        "receiver"
    } else {
        "facilitator"
    }
}

/// Who chairs it.
pub(crate) fn chair_of(chantier: &str) -> &'static str {
    if chantier == "CH3" {
        "chair"
    } else {
        "co_president"
    }
}

/// The mandates that have ended.
pub(crate) type Ended = BTreeSet<Mandate>;

fn live<'a>(person: &'a str, ended: &'a Ended) -> impl Iterator<Item = Mandate> + 'a {
    let own = MANDATES.into_iter().filter(move |one| one.0 == person);
    own.filter(|one| !ended.contains(one))
}

/// Whether the person runs this chantier today.
pub(crate) fn runs(person: &str, chantier: &str, ended: &Ended) -> bool {
    live(person, ended).any(|(_, role, place)| {
        role == Role::Facilitator && matches!(place, Place::In(id) if id == chantier)
    })
}

/// What rights around the proposal are judged from.
pub(crate) fn facts(person: &str, state: &State, ended: &Ended, today: &Day) -> Facts {
    Facts {
        roles: roles(person, state, ended, today),
        stage: Some(state.stage),
    }
}

fn roles(person: &str, state: &State, ended: &Ended, today: &Day) -> Roles {
    let around = |id: &str| state.chantier == id || state.associated.iter().any(|one| one == id);
    let mut roles = Roles::NONE;
    let mut takes_part = false;
    for (_, role, place) in live(person, ended) {
        match place {
            Place::In(id) if state.chantier == id => roles = roles.with(role),
            Place::In(id) if around(id) => roles = roles.with(Role::Associated),
            Place::In(_) => {}
            Place::Copil if role == Role::CopilSecretary => roles = roles.with(role),
            Place::Copil => roles = roles.with(Role::CopilMember),
            Place::Region => roles = roles.with(role),
            Place::Anywhere if role == Role::Admin => roles = roles.with(role),
            Place::Anywhere => {
                if state.porteur.as_deref() == Some(organisation(person)) {
                    roles = roles.with(Role::OrgAdmin);
                }
            }
        }
        takes_part |= role != Role::Observer && matches!(place, Place::In(id) if around(id));
        if let Some((to, since)) = &state.receiving {
            let asked = role == Role::Facilitator && matches!(place, Place::In(id) if id == to);
            let overdue = today.days_since(&Day::in_paris(*since)) > ANSWER_DAYS;
            if asked || (overdue && role == Role::CopilSecretary) {
                roles = roles.with(Role::Receiver);
            }
        }
    }
    let ties = state.ties.iter().filter(|(who, _)| who == person);
    for role in ties.filter_map(|(_, tie)| Role::from_key(tie)) {
        if takes_part {
            roles = roles.with(role);
        }
    }
    roles
}
