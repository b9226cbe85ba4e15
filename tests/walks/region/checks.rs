//! What holds from the steering committee on, after every step: money, two validators, what is confirmed,
//! what is open, and who is told of what is not decided yet (`domain.md` 1.6).

use chantier::rules::arbitrations::Advice;
use chantier::rules::decisions::{self, DecisionValue, Kind};
use chantier::rules::money::{counted_in, total_of};
use chantier::rules::role::Role;
use chantier::rules::stage::Stage;
use chantier::rules::transitions::Transition;

use super::super::acts::Act;
use super::super::model::Expected;
use super::super::people;
use super::super::state::State;
use super::super::walk::Walk;
use super::acts::{RegionAct, Verdict};
use super::model::taken;
use super::state::{Decision, Report};
use crate::support::world::Answer;

/// What a 422 says of each field is what the rules say.
pub(crate) fn told(answer: &Answer, verdict: &Verdict) {
    if verdict.1.is_empty() || answer.0 != 422 {
        return;
    }
    let errors = answer.1["errors"].as_array().expect("errors");
    let said: Vec<(&str, &str)> = errors
        .iter()
        .map(|one| {
            (
                one["field"].as_str().expect("a field"),
                one["code"].as_str().expect("a code"),
            )
        })
        .collect();
    assert_eq!(said, verdict.1);
}

/// What an act that was done left, and nothing besides.
pub(crate) fn changed(before: &State, after: &State, act: &Act) {
    let (was, is) = (&before.region, &after.region);
    let last = after.journal.last().map_or("", |row| row.act.as_str());
    let transition = if matches!(act, Act::Move(..)) {
        Transition::from_key(last)
    } else {
        None
    };
    // What is confirmed never changes, and is never gone.
    for old in was.confirmed() {
        let now = is.decisions.iter().find(|one| one.id == old.id);
        assert_eq!(
            now.map(|one| &one.whole),
            Some(&old.whole),
            "a confirmed decision"
        );
    }
    // A final report is its owner's again when the request to complete the action ends otherwise (T26).
    let is_reopened = ["declined:T26", "cancelled:T26"].contains(&last);
    for old in was.reports.iter().filter(|one| one.is_given) {
        let kept = if is_reopened && old.period == "final" {
            is.reports.contains(&Report {
                is_given: false,
                version: old.version + 1,
                ..old.clone()
            })
        } else {
            is.reports.contains(old)
        };
        assert!(kept, "a report that was given: {old:?}");
    }
    assert!(
        is.agreements.starts_with(&was.agreements),
        "agreements are added to"
    );
    assert!(
        is.arbitrations.ends_with(&was.arbitrations),
        "arbitrations are added to"
    );
    arbitrated(before, after, act, transition);
    let evoked = i64::from(transition == Some(Transition::Evoke));
    assert_eq!(is.evocations, was.evocations + evoked, "evocations");
    let asks = matches!(
        transition,
        Some(
            Transition::RequestCompletion
                | Transition::Adjourn
                | Transition::Rework
                | Transition::SendBack
        )
    );
    assert_eq!(
        after.requests.0,
        before.requests.0 + i64::from(asks),
        "requests"
    );
    confirmed(before, after, act, transition);
    standing(after);
    if was.action_number.is_some() {
        assert_eq!(was.action_number, is.action_number, "given once");
    }
    if transition == Some(Transition::Abandon) {
        assert_eq!(
            is.jobs,
            (0, was.jobs.1),
            "forecasts end, realised jobs stay"
        );
    }
}

/// One arbitration a move of the committee, with what was given.
fn arbitrated(before: &State, after: &State, act: &Act, transition: Option<Transition>) {
    let advice = match transition.map(Transition::key) {
        Some("T15") => Some(Advice::Retained),
        Some("T16") => Some(Advice::Rework),
        Some("T17") => Some(Advice::ReserveList),
        Some("T18") => Some(Advice::NotRetained),
        _ => None,
    };
    let more = after.region.arbitrations.len() - before.region.arbitrations.len();
    assert_eq!(more, usize::from(advice.is_some()), "arbitrations");
    let (Some(advice), Act::Move(_, body)) = (advice, act) else {
        return;
    };
    let new = &after.region.arbitrations[0];
    assert_eq!((new.advice, new.round), (advice, before.round));
    assert_eq!(
        new.rank.is_some(),
        advice == Advice::Retained,
        "only what is retained has a rank"
    );
    assert!(new.has_motive || advice == Advice::Rework, "invariant 6");
    let ceilings = body["ceilings"].as_array().map_or(0, Vec::len);
    assert_eq!(new.ceilings.len(), ceilings);
    for ceiling in &new.ceilings {
        assert!(
            total_of(&new.ceilings, &ceiling.code)
                <= total_of(&after.region.requested, &ceiling.code)
        );
    }
}

/// At most one decision is confirmed by an act: of the preparation, by another validator.
fn confirmed(before: &State, after: &State, act: &Act, transition: Option<Transition>) {
    let known: Vec<&str> = before
        .region
        .confirmed()
        .map(|one| one.id.as_str())
        .collect();
    let new: Vec<&Decision> = after
        .region
        .confirmed()
        .filter(|one| !known.contains(&one.id.as_str()))
        .collect();
    let confirms = matches!(transition, Some(Transition::Decide | Transition::SendBack))
        || matches!(act, Act::Region(RegionAct::Confirm(_)));
    assert_eq!(new.len(), usize::from(confirms), "decisions confirmed");
    let Some(new) = new.first() else { return };
    let open = before.region.open().expect("it was prepared");
    assert_eq!(
        (&new.id, new.value, &new.amounts),
        (&open.id, open.value, &open.amounts),
        "as it was prepared"
    );
    decided(before, new);
    let to = match (new.kind, new.value) {
        (Kind::Addendum | Kind::Rectification, _) => before.stage,
        (Kind::Initial, DecisionValue::Approved) => Stage::Approved,
        (Kind::Initial, DecisionValue::ApprovedWithConditions) => Stage::ApprovedConditional,
        (Kind::Initial, DecisionValue::Rejected) => Stage::Rejected,
        (Kind::Initial, DecisionValue::Returned) => Stage::InCommission,
    };
    assert_eq!(after.stage, to, "where the decision leads");
    if matches!(to, Stage::Approved | Stage::ApprovedConditional) && new.kind == Kind::Initial {
        assert!(
            after.region.action_number.is_some(),
            "an action has its number"
        );
        assert_eq!(
            after.region.jobs.0 - before.region.jobs.0,
            after.region.lines.len() as i64,
            "jobs decided"
        );
    }
}

/// A decision as it may stand (invariants 1, 6 and 8).
fn decided(before: &State, one: &Decision) {
    let by = one.confirmed_by.as_deref().expect("confirmed");
    assert_ne!(by, one.prepared_by, "two different validators");
    for person in [by, &one.prepared_by] {
        let validates =
            |mandate: &people::Mandate| mandate.0 == person && mandate.1 == Role::RegionValidator;
        assert!(
            people::MANDATES.iter().any(validates),
            "{person} is no validator"
        );
    }
    let approves = matches!(
        one.value,
        DecisionValue::Approved | DecisionValue::ApprovedWithConditions
    );
    assert!(
        approves || one.amounts.is_empty(),
        "money is given with an approval alone"
    );
    assert!(one.has_motive || (approves && !one.departs), "invariant 6");
    assert_eq!(
        one.value == DecisionValue::ApprovedWithConditions,
        !one.conditions.is_empty()
    );
    for amount in &one.amounts {
        let given = total_of(&one.amounts, &amount.code);
        assert!(
            given <= total_of(&before.region.requested, &amount.code),
            "decided within what is asked"
        );
    }
    let taken = taken(before, one.rectifies.as_deref());
    let all = &before.region.envelopes;
    for envelope in all {
        let more = counted_in(envelope, all, &one.amounts);
        let fits = counted_in(envelope, all, &taken) + more <= envelope.cents;
        assert!(
            more == 0 || fits || one.has_override,
            "invariant 8: {envelope:?}"
        );
    }
}

/// What is open belongs to the stage.
fn standing(after: &State) {
    let (region, stage) = (&after.region, after.stage);
    assert_eq!(
        region.open_reviews,
        i64::from(stage == Stage::AtRegion),
        "reviews open at {}",
        stage.key()
    );
    let open = region
        .decisions
        .iter()
        .filter(|one| one.confirmed_by.is_none() && !one.is_abandoned);
    assert!(open.count() <= 1, "one preparation at a time");
    if let Some(open) = region.open() {
        let at_home = match open.kind {
            Kind::Initial => stage == Stage::AtRegion,
            Kind::Addendum | Kind::Rectification => stage.is_decided(),
        };
        assert!(at_home, "{:?} prepared at {}", open.kind, stage.key());
    }
    let later = stage == Stage::AtRegion || stage.is_decided();
    assert!(
        !later || region.lead_unit.is_some(),
        "invariant 11: a lead direction"
    );
    if stage == Stage::Suspended {
        assert_eq!(region.open_suspensions, 1, "a suspension runs");
    }
    if matches!(stage, Stage::InProgress | Stage::Completed) {
        assert_eq!(region.open_suspensions, 0, "no suspension runs");
    }
    let asked = region.addenda.iter().filter(|one| one.1 == "asked").count();
    assert!(asked <= 1, "one change is asked for at a time");
    if stage.is_action() || stage == Stage::Completed {
        assert!(
            region.in_force().next().is_some(),
            "an action has its decision"
        );
    }
}

/// What anybody sees of the Region's side: what is prepared is the Region's alone until it is confirmed, and
/// the whole file is hidden from who may not read the proposal.
pub(crate) async fn look(walk: &Walk<'_>, person: &str, which: usize) {
    let facts = walk.known.facts(person, &walk.state);
    let of = ["decisions", "review", "action", "decision"][which];
    let path = format!("/api/proposals/{}/{of}", walk.proposal.as_str());
    let answer = walk.world().get(person, &path).await;
    let expected = if of == "decision" {
        Expected::of(decisions::read_preparation(&facts))
    } else if walk.may_read(person) {
        Expected::Done
    } else {
        Expected::HIDDEN
    };
    let status = match expected {
        Expected::Done => 200,
        Expected::Refused(status, _) => status,
    };
    assert_eq!(answer.0.as_u16(), status, "{person}: {of}: {}", answer.1);
    let Some(open) = walk.state.region.open() else {
        return;
    };
    let is_told = answer.1.to_string().contains(&open.title);
    let knows = of == "decision" && expected == Expected::Done;
    assert_eq!(is_told, knows, "{person}: {of} tells what is prepared");
}
