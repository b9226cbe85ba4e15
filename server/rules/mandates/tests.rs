//! Each rule of mandates with the one input that only it refuses.

use super::*;

fn day(text: &str) -> Day {
    Day::from_iso(text).expect("a day")
}

fn span(from: &str, to: &str) -> Span {
    Span {
        from: day(from),
        to: (!to.is_empty()).then(|| day(to)),
    }
}

fn work(at_region: bool, is_elected: bool) -> Work {
    Work {
        span: span("2025-01-01", ""),
        at_region,
        is_elected,
    }
}

fn held(person: &str, role: Role, place: Place, body: &str) -> Held {
    Held {
        person_id: person.to_owned(),
        role,
        place,
        body_id: (!body.is_empty()).then(|| body.to_owned()),
        span: span("2025-01-01", ""),
        seat: None,
        is_councillor: false,
    }
}

fn wanted(role: Role, place: Place, body: &str) -> Wanted {
    Wanted {
        role,
        place,
        body_id: (!body.is_empty()).then(|| body.to_owned()),
        span: span("2026-01-01", ""),
        seat: None,
    }
}

/// A member of a commission: nothing is wrong.
fn plain() -> (Wanted, Around) {
    let around = Around {
        work: vec![work(false, false)],
        ..Around::default()
    };
    (wanted(Role::Member, Place::Commission, "com-1"), around)
}

/// A councillor who is to preside: nothing is wrong.
fn presiding() -> (Wanted, Around) {
    let (_, mut around) = plain();
    around.work = vec![work(true, true)];
    (
        wanted(Role::CoPresident, Place::Commission, "com-1"),
        around,
    )
}

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
    let (mut wanted, around) = plain();
    assert_eq!(check(&wanted, &around), Ok(()));
    wanted.role = Role::CopilSecretary;
    assert_eq!(check(&wanted, &around), Err(Flaw::NotInThisBody));
}

#[test]
fn spans_meet_and_cover_by_days() {
    let year = span("2026-01-01", "2027-01-01");
    assert!(year.covers(&span("2026-01-01", "2027-01-01")));
    assert!(!year.covers(&span("2025-12-31", "2026-06-01")));
    assert!(!year.covers(&span("2026-06-01", "")));
    assert!(!year.meets(&span("2027-01-01", "")) && year.meets(&span("2026-12-31", "")));
    assert!(!year.meets(&span("2026-05-01", "2026-05-01")));
    assert!(year.holds_on(&day("2026-12-31")) && !year.holds_on(&day("2027-01-01")));
}

#[test]
fn it_ends_after_it_starts() {
    let (mut wanted, around) = plain();
    wanted.span = span("2026-01-01", "2026-01-02");
    assert_eq!(check(&wanted, &around), Ok(()));
    wanted.span = span("2026-01-01", "2026-01-01");
    assert_eq!(check(&wanted, &around), Err(Flaw::EndsBeforeStart));
}

#[test]
fn nobody_holds_the_same_twice() {
    let (mut wanted, mut around) = plain();
    let mut one = held("me", Role::Member, Place::Commission, "com-1");
    around.own.push(one.clone());
    assert_eq!(check(&wanted, &around), Err(Flaw::MandateHeld));
    // After the first has ended, it is another one.
    one.span = span("2025-01-01", "2026-01-01");
    around.own = vec![one];
    assert_eq!(check(&wanted, &around), Ok(()));
    wanted.span.from = day("2025-12-31");
    assert_eq!(check(&wanted, &around), Err(Flaw::MandateHeld));
}

#[test]
fn an_administrator_never_validates_for_the_region() {
    assert!(!exclude_each_other(Role::Admin, Role::Member));
    let around = |held: Held| Around {
        work: vec![work(true, false)],
        own: vec![held],
        ..Around::default()
    };
    let validating = wanted(Role::RegionValidator, Place::Region, "region");
    let administering = wanted(Role::Admin, Place::Nowhere, "");
    let admin = held("me", Role::Admin, Place::Nowhere, "");
    let mut validator = held("me", Role::RegionValidator, Place::Region, "region");
    let refused = Err(Flaw::RolesExcludeEachOther);
    assert_eq!(check(&validating, &around(admin.clone())), refused);
    assert_eq!(check(&administering, &around(validator.clone())), refused);
    // A mandate of next year counts like one of today.
    validator.span = span("2027-01-01", "");
    assert_eq!(check(&administering, &around(validator)), refused);
    // One that has ended before does not.
    let mut ended = admin;
    ended.span = span("2025-01-01", "2026-01-01");
    assert_eq!(check(&validating, &around(ended)), Ok(()));
}

#[test]
fn it_lies_inside_the_affiliation_and_the_membership() {
    let (mut wanted, mut around) = plain();
    around.work[0].span.to = Some(day("2026-06-01"));
    assert_eq!(check(&wanted, &around), Err(Flaw::OutsideAffiliation));
    wanted.span.to = Some(day("2026-06-01"));
    assert_eq!(check(&wanted, &around), Ok(()));
    around.membership = vec![span("2025-01-01", "2026-05-31")];
    assert_eq!(check(&wanted, &around), Err(Flaw::OutsideMembership));
    around.membership = vec![span("2025-01-01", "2026-06-01")];
    assert_eq!(check(&wanted, &around), Ok(()));
    around.work.clear();
    assert_eq!(check(&wanted, &around), Err(Flaw::NoOrganisation));
}

#[test]
fn only_people_of_the_region_instruct_and_validate() {
    let (_, mut around) = plain();
    for role in [Role::RegionInstructor, Role::RegionValidator] {
        let wanted = wanted(role, Place::Region, "region");
        around.work = vec![work(false, false)];
        assert_eq!(check(&wanted, &around), Err(Flaw::RegionOnly));
        around.work.push(work(true, false));
        assert_eq!(check(&wanted, &around), Ok(()));
    }
}

#[test]
fn one_to_three_councillors_preside() {
    let (wanted, mut around) = presiding();
    assert_eq!(check(&wanted, &around), Ok(()));
    for not in [work(true, false), work(false, true)] {
        around.work = vec![not];
        assert_eq!(check(&wanted, &around), Err(Flaw::CouncillorOnly));
    }
    around.work = vec![work(true, true)];
    let other = |name: &str| held(name, Role::CoPresident, Place::Commission, "com-1");
    around.in_body = vec![other("a"), other("b")];
    assert_eq!(check(&wanted, &around), Ok(()));
    around.in_body.push(other("c"));
    assert_eq!(check(&wanted, &around), Err(Flaw::TooManyCoPresidents));
    around.in_body[0].span.to = Some(day("2026-01-01"));
    assert_eq!(check(&wanted, &around), Ok(()));
}

#[test]
fn a_seat_has_one_titulaire_and_one_suppleant() {
    let (mut wanted, mut around) = plain();
    wanted.seat = Some(("seat-1".to_owned(), SeatKind::Titulaire));
    let mut other = held("other", Role::Member, Place::Commission, "com-1");
    other.seat = Some(("seat-1".to_owned(), SeatKind::Titulaire));
    around.in_body = vec![other.clone()];
    assert_eq!(check(&wanted, &around), Err(Flaw::SeatTaken));
    wanted.seat = Some(("seat-1".to_owned(), SeatKind::Suppleant));
    assert_eq!(check(&wanted, &around), Ok(()));
    other.is_councillor = true;
    around.in_body = vec![other];
    assert_eq!(check(&wanted, &around), Err(Flaw::SuppleantOfCouncillor));
    around.work = vec![work(true, true)];
    assert_eq!(check(&wanted, &around), Ok(()));
}

#[test]
fn a_copil_seat_needs_a_mandate_in_a_chantier() {
    let (_, mut around) = plain();
    let sitting = wanted(Role::Member, Place::Copil, "copil");
    assert_eq!(check(&sitting, &around), Err(Flaw::NeedsChantierMandate));
    around.own = vec![held("me", Role::Observer, Place::Commission, "com-1")];
    assert_eq!(check(&sitting, &around), Err(Flaw::NeedsChantierMandate));
    around.own = vec![held("me", Role::Member, Place::Commission, "com-1")];
    assert_eq!(check(&sitting, &around), Ok(()));
    around.own[0].span.to = Some(day("2026-01-01"));
    assert_eq!(check(&sitting, &around), Err(Flaw::NeedsChantierMandate));
    around.own.clear();
    let secretary = wanted(Role::CopilSecretary, Place::Copil, "copil");
    assert_eq!(check(&secretary, &around), Ok(()));
}

#[test]
fn nobody_answers_their_own_mandate() {
    assert_eq!(may_answer("one", "other"), Ok(()));
    assert_eq!(may_answer("one", "one"), Err(Flaw::OwnMandate));
}
