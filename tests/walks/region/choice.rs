//! What happens next in the second half: good arguments and bad ones, what a next step still needs, and what
//! anybody tries beside.

use chantier::rules::agreements::AgreementKind;
use chantier::rules::arbitrations::Advice;
use chantier::rules::decisions::Kind;
use chantier::rules::follow_ups;
use chantier::rules::money::{counted_in, total_of};
use chantier::rules::review::{Answer as Said, CheckState, Item};
use chantier::rules::stage::Stage;
use chantier::rules::transitions::Transition;
use serde_json::{Value as Json, json};

use super::super::acts::Act;
use super::super::choice::{Chooser, Next};
use super::super::model::Known;
use super::super::state::State;
use super::acts::{DIRECTIONS, RegionAct};
use super::bodies::{agreement, decision, report, spoil_agreement};
use super::model::{needed, open_points, taken};

/// Who instructs, who validates: the seats of each role.
const INSTRUCTORS: [&str; 2] = ["region_instructor", "reader"];
const VALIDATORS: [&str; 2] = ["region_validator", "second"];
/// The year of every envelope and request here.
pub(crate) const YEAR: i64 = 2027;

/// An ISO day so many days from today.
pub(super) fn day(known: &Known, days: i64) -> Json {
    known.today().plus_days(days).as_str().into()
}

/// What the envelope holds from now on: nothing more, what is still asked for to the cent, a cent less, or
/// enough for several.
pub(crate) fn envelope(chooser: &mut Chooser, state: &State) -> Next {
    let region = &state.region;
    let envelope = region.envelopes.iter().find(|one| one.code == "CREER");
    let taken = envelope.map_or(0, |one| {
        counted_in(one, &region.envelopes, &taken(state, None))
    });
    let prepared = region.open().map(|one| total_of(&one.amounts, "CREER"));
    let asked = prepared.unwrap_or_else(|| total_of(&region.requested, "CREER"));
    let more = chooser.pick(&[0, asked - 1, asked, asked, 40_000_000]);
    Next::Envelope((taken + more).max(1))
}

/// Who of the two may still act.
fn seated(of: [&'static str; 2], known: &Known, but: Option<&str>) -> &'static str {
    let ended = |person: &&str| known.ended.iter().any(|one| one.0 == *person);
    let mut all = of.into_iter().filter(|one| Some(*one) != but);
    all.find(|one| !ended(one)).unwrap_or(of[0])
}

/// What this transition needs beside its version, given well.
pub(crate) fn good(
    chooser: &mut Chooser,
    transition: Transition,
    state: &State,
    known: &Known,
    body: &mut Json,
) {
    let names_unit = state.region.lead_unit.is_none() || chooser.one_in(2);
    match transition.key() {
        "T14" => body["lead_unit_id"] = DIRECTIONS[0].into(),
        "T19" => {
            body["motive"] = "Un motif public".into();
            if names_unit {
                body["lead_unit_id"] = DIRECTIONS[0].into();
            }
        }
        "T15" => {
            body["motive"] = "Retenue".into();
            body["rank"] = (1 + chooser.random.below(3)).into();
            if names_unit {
                body["lead_unit_id"] = DIRECTIONS[0].into();
            }
            let requested = total_of(&state.region.requested, "CREER");
            if requested > 0 {
                let most = requested - chooser.random.below(3) as i64 * 10_000;
                body["ceilings"] = json!([{"code": "CREER", "year": YEAR, "amount_cents": most}]);
            }
        }
        "T16" => {
            body["reason"] = "funding".into();
            body["points"] = json!(["Un point", "Un autre"]);
            body["due_on"] = day(known, 1 + chooser.random.below(60) as i64);
        }
        "T17" | "T18" | "T27" => {
            body["motive"] = "Un motif".into();
        }
        "T24" => {
            body["starts_on"] = day(known, -(chooser.random.below(5) as i64));
            body["report"] = "Les premi\u{e8}res sessions.".into();
        }
        "T25" => {
            body["motive"] = "Un motif".into();
            body["review_on"] = day(known, 30);
        }
        _ => {}
    }
    let arbitrates = matches!(
        transition,
        Transition::Retain | Transition::Rework | Transition::KeepInReserve | Transition::NotRetain
    );
    if arbitrates && chooser.one_in(3) {
        body["arbitrated_on"] = day(known, 0);
    }
}

/// A wrong value for this key; `None` where only its absence is wrong.
pub(crate) fn spoiled(
    chooser: &mut Chooser,
    key: &str,
    state: &State,
    known: &Known,
) -> Option<Json> {
    if chooser.one_in(2) {
        return None;
    }
    let requested = total_of(&state.region.requested, "CREER");
    match key {
        "lead_unit_id" => Some("none".into()),
        "rank" => Some(chooser.pick(&[0, 4]).into()),
        "ceilings" if chooser.one_in(2) => Some(json!([])),
        "ceilings" => Some(json!([{"code": "CREER", "year": YEAR, "amount_cents": requested + 1}])),
        "starts_on" => Some(day(known, 1)),
        "review_on" => Some(day(known, 0)),
        _ => None,
    }
}

/// What is missing for the next step; where nobody hurries now and then what is refused.
pub(crate) fn enable(chooser: &mut Chooser, state: &State, known: &Known) -> Next {
    let strays = chooser.hurries_to.is_none() && chooser.one_in(3);
    match state.stage {
        Stage::AtCopil if strays => arbitrate_badly(chooser, state, known),
        Stage::AtRegion if strays => review_early(chooser, state),
        Stage::AtRegion => decide(chooser, state, known),
        Stage::ApprovedConditional if strays => {
            let open = state.region.open_conditions().next();
            open.map_or(Next::Later(1), |one| {
                let stale = RegionAct::Lift(one.id.clone(), one.version + 1);
                act(seated(INSTRUCTORS, known, None), stale)
            })
        }
        Stage::Approved | Stage::ApprovedConditional => engage(chooser, state, known),
        Stage::Committed | Stage::InProgress | Stage::Suspended if strays => {
            let open = state.region.addenda.iter().find(|one| one.1 == "asked");
            if let Some(open) = open.filter(|_| chooser.one_in(2)) {
                return act("owner", RegionAct::DropChange(open.0.clone()));
            }
            if open.is_some() || chooser.one_in(2) {
                let by = seated(INSTRUCTORS, known, None);
                act(by, RegionAct::Agree(agreement(chooser, state, known)))
            } else {
                act("owner", RegionAct::AskChange)
            }
        }
        Stage::InProgress => follow(chooser, state, known),
        Stage::Idea
        | Stage::Drafting
        | Stage::Submitted
        | Stage::InCommission
        | Stage::Frozen
        | Stage::OpinionGiven
        | Stage::AtCopil
        | Stage::Rejected
        | Stage::Committed
        | Stage::Suspended
        | Stage::Completed
        | Stage::Abandoned
        | Stage::Withdrawn
        | Stage::Merged
        | Stage::Split
        | Stage::Closed => Next::Later(1 + chooser.random.below(5) as i64),
    }
}

/// More than is asked for, or without a direction.
fn arbitrate_badly(chooser: &mut Chooser, state: &State, known: &Known) -> Next {
    let mut last = state.region.arbitrations.iter().take(2);
    let is_twice = last.len() == 2 && last.all(|one| one.advice == Advice::ReserveList);
    if is_twice && chooser.one_in(2) {
        let body = json!({"expected_version": state.version, "motive": "Un motif"});
        return Next::Act(
            "copil_secretary",
            Act::Move(Transition::KeepInReserve, body),
        );
    }
    let mut body = json!({"expected_version": state.version});
    good(chooser, Transition::Retain, state, known, &mut body);
    let requested = total_of(&state.region.requested, "CREER");
    if state.region.lead_unit.is_none() && chooser.one_in(2) {
        body.as_object_mut()
            .expect("an object")
            .remove("lead_unit_id");
    } else if requested > 0 {
        body["ceilings"] = json!([{"code": "CREER", "year": YEAR, "amount_cents": requested + 1}]);
    }
    Next::Act("copil_secretary", Act::Move(Transition::Retain, body))
}

/// A file said complete that is not, or read by another direction.
fn review_early(chooser: &mut Chooser, state: &State) -> Next {
    let asked = state.region.review.iter().any(|one| !one.asked.is_empty());
    if asked {
        let said = chooser.pick(Said::ALL);
        return act("reader", RegionAct::AnswerReading(DIRECTIONS[1], said));
    }
    if chooser.one_in(2) {
        return act("region_instructor", RegionAct::AskReading(DIRECTIONS[1]));
    }
    let found = vec![(chooser.pick(&needed(state)), CheckState::Missing)];
    act("region_instructor", check(state, found, Some(true)))
}

/// The file complete, then a decision.
fn decide(chooser: &mut Chooser, state: &State, known: &Known) -> Next {
    let open = open_points(state, &[]);
    if !open.is_empty() {
        let found = open
            .into_iter()
            .map(|item| (item, CheckState::Ok))
            .collect();
        return act(
            seated(INSTRUCTORS, known, None),
            check(state, found, Some(true)),
        );
    }
    match state.region.open() {
        Some(one) if one.decided_on > known.today() && chooser.one_in(2) => {
            let other = seated(VALIDATORS, known, Some(one.prepared_by.as_str()));
            let body = json!({"expected_version": state.version});
            Next::Act(other, Act::Move(Transition::Decide, body))
        }
        Some(one) if one.decided_on > known.today() => {
            Next::Later(one.decided_on.days_since(&known.today()))
        }
        Some(_) if chooser.hurries_to.is_some() => Next::Later(0),
        Some(one) if chooser.one_in(4) => act(
            seated(VALIDATORS, known, None),
            RegionAct::GiveUp(one.version),
        ),
        Some(_) if !chooser.one_in(3) => envelope(chooser, state),
        open => {
            let but = chooser.one_in(2).then_some(VALIDATORS[0]);
            let kept = open.map(|one| one.version);
            let body = decision(chooser, state, known, Kind::Initial, kept, true);
            act(seated(VALIDATORS, known, but), RegionAct::Prepare(body))
        }
    }
}

/// Conditions lifted, an agreement recorded.
fn engage(chooser: &mut Chooser, state: &State, known: &Known) -> Next {
    let region = &state.region;
    let blocking = region.open_conditions().find(|one| one.is_blocking);
    let any = region.open_conditions().next();
    let recorded = region.has(AgreementKind::Agreement) || region.has(AgreementKind::None);
    match (blocking, any) {
        (Some(one), _) => {
            let lift = RegionAct::Lift(one.id.clone(), one.version);
            act(seated(INSTRUCTORS, known, None), lift)
        }
        (None, Some(one)) if recorded || !chooser.one_in(3) => {
            let lift = RegionAct::Lift(one.id.clone(), one.version);
            act(seated(VALIDATORS, known, None), lift)
        }
        _ if !recorded => {
            let body = agreement(chooser, state, known);
            act(seated(INSTRUCTORS, known, None), RegionAct::Agree(body))
        }
        _ => Next::Later(1),
    }
}

/// A half-year's report, or the final one.
fn follow(chooser: &mut Chooser, state: &State, known: &Known) -> Next {
    match half_year(state, known) {
        Some((period, false)) if chooser.hurries_to.is_none() && chooser.one_in(4) => {
            let body = report(chooser, state, &period, true);
            act("owner", RegionAct::Report(period, false, body))
        }
        Some((period, true)) if chooser.one_in(2) => {
            let body = report(chooser, state, &period, true);
            act("owner", RegionAct::Report(period, true, body))
        }
        None | Some(_) if chooser.one_in(3) => Next::Later(60 + chooser.random.below(150) as i64),
        _ => {
            let body = report(chooser, state, "final", true);
            act("owner", RegionAct::Report("final".into(), true, body))
        }
    }
}

/// Something beside the moves, by whomever, well or badly.
pub(crate) fn aside(chooser: &mut Chooser, state: &State, known: &Known) -> Next {
    let acts = [review_act, decision_act, action_act];
    let of_stage = if state.stage == Stage::AtRegion {
        chooser.random.below(2)
    } else if state.stage.is_decided() {
        1 + chooser.random.below(2)
    } else {
        chooser.random.below(3)
    };
    let (by, what) = acts[of_stage as usize](chooser, state, known);
    let person = if chooser.one_in(4) {
        chooser.reader(state, known)
    } else {
        by
    };
    act(person, what)
}

fn act(person: &'static str, what: RegionAct) -> Next {
    Next::Act(person, Act::Region(what))
}

fn check(state: &State, found: Vec<(Item, CheckState)>, complete: Option<bool>) -> RegionAct {
    let version = state.region.review.as_ref().map_or(1, |one| one.version);
    RegionAct::Check(version, found, complete, false)
}

fn review_act(chooser: &mut Chooser, state: &State, known: &Known) -> (&'static str, RegionAct) {
    let asked = state.region.review.iter().any(|one| !one.asked.is_empty());
    if asked && chooser.one_in(3) {
        return (
            "reader",
            RegionAct::AnswerReading(DIRECTIONS[1], chooser.pick(Said::ALL)),
        );
    }
    let instructor = chooser.pick(&INSTRUCTORS);
    let what = match chooser.random.below(6) {
        0 | 1 => {
            let mut points = needed(state);
            if chooser.one_in(6) {
                points.push(Item::Evaluator);
            }
            let states = [
                CheckState::Ok,
                CheckState::NotApplicable,
                CheckState::Missing,
            ];
            let found = vec![(chooser.pick(&points), chooser.pick(&states))];
            let complete = chooser.pick(&[None, Some(true), Some(false)]);
            let stale = i64::from(chooser.one_in(5));
            let version = state.region.review.as_ref().map_or(1, |one| one.version);
            RegionAct::Check(version + stale, found, complete, chooser.one_in(3))
        }
        2 => RegionAct::AskReading(chooser.pick(&[DIRECTIONS[1], DIRECTIONS[1], DIRECTIONS[0]])),
        3 | 4 => {
            let said = chooser.pick(Said::ALL);
            return (
                "reader",
                RegionAct::AnswerReading(
                    chooser.pick(&[DIRECTIONS[1], DIRECTIONS[1], DIRECTIONS[0]]),
                    said,
                ),
            );
        }
        _ => check(
            state,
            needed(state)
                .into_iter()
                .map(|item| (item, CheckState::Ok))
                .collect(),
            None,
        ),
    };
    let _ = known;
    (instructor, what)
}

fn decision_act(chooser: &mut Chooser, state: &State, known: &Known) -> (&'static str, RegionAct) {
    let open = state.region.open();
    let stale = i64::from(chooser.one_in(6));
    let validator = chooser.pick(&VALIDATORS);
    let later = open.filter(|one| one.kind != Kind::Initial);
    if let Some(later) = later.filter(|_| chooser.one_in(2)) {
        let other = seated(VALIDATORS, known, Some(later.prepared_by.as_str()));
        return (other, RegionAct::Confirm(later.version));
    }
    let what = match (chooser.random.below(8), open) {
        (0, Some(open)) => RegionAct::GiveUp(open.version + stale),
        (0, None) if chooser.one_in(3) => RegionAct::GiveUp(1),
        (1..=4, Some(open)) if open.kind != Kind::Initial || stale == 1 => {
            RegionAct::Confirm(open.version + stale)
        }
        (5, None) if chooser.one_in(4) => RegionAct::Confirm(1),
        _ => {
            let kind = if state.stage == Stage::AtRegion {
                Kind::Initial
            } else {
                chooser.pick(Kind::ALL)
            };
            let version = open.map(|one| one.version + stale);
            let good = chooser.one_in(2);
            RegionAct::Prepare(decision(chooser, state, known, kind, version, good))
        }
    };
    (validator, what)
}

fn action_act(chooser: &mut Chooser, state: &State, known: &Known) -> (&'static str, RegionAct) {
    let region = &state.region;
    let asked = region.addenda.iter().find(|one| one.1 == "asked");
    if let Some(asked) = asked.filter(|_| chooser.one_in(3)) {
        return ("owner", RegionAct::DropChange(asked.0.clone()));
    }
    match chooser.random.below(8) {
        0 => {
            let all: Vec<_> = region
                .in_force()
                .flat_map(|one| one.conditions.clone())
                .collect();
            if all.is_empty() {
                return ("region_instructor", RegionAct::AskChange);
            }
            let one = chooser.pick(&all);
            let stale = i64::from(chooser.one_in(4));
            (
                "region_instructor",
                RegionAct::Lift(one.id, one.version + stale),
            )
        }
        1 | 2 if region.in_force().next().is_some() => {
            let mut body = agreement(chooser, state, known);
            if chooser.one_in(2) {
                spoil_agreement(chooser, known, &mut body);
            }
            (chooser.pick(&INSTRUCTORS), RegionAct::Agree(body))
        }
        3 => (
            chooser.pick(&["owner", "region_instructor"]),
            RegionAct::AskChange,
        ),
        4 => {
            let known = region.addenda.last().map_or("none", |one| one.0.as_str());
            ("owner", RegionAct::DropChange(known.to_owned()))
        }
        _ => {
            let period = match half_year(state, known) {
                Some((period, _)) if !chooser.one_in(3) => period,
                _ => chooser.pick(&["final", "2020-S1"]).to_owned(),
            };
            let good = chooser.one_in(2);
            let body = report(chooser, state, &period, good);
            let by = chooser.pick(&["owner", "org_admin"]);
            (by, RegionAct::Report(period, chooser.one_in(2), body))
        }
    }
}

/// The next half-year, and whether its report is asked for.
fn half_year(state: &State, known: &Known) -> Option<(String, bool)> {
    let given = |key: &str| {
        state
            .region
            .reports
            .iter()
            .any(|one| one.period == key && one.is_given)
    };
    let (period, due) = follow_ups::next(state.region.began_on()?, &known.today(), given)?;
    Some((period.key, due != follow_ups::Due::Running))
}
