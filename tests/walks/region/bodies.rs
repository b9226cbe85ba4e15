//! Decisions, agreements and reports as they are given: good, or with something wrong.

use chantier::rules::agreements::AgreementKind;
use chantier::rules::decisions::{DecisionValue, Kind};
use chantier::rules::money::{counted_in, total_of};
use serde_json::{Value as Json, json};

use super::super::choice::Chooser;
use super::super::model::Known;
use super::super::state::State;
use super::choice::{YEAR, day};
use super::model::{report_ground, taken};

/// A decision: good, or with something wrong or unusual.
pub(super) fn decision(
    chooser: &mut Chooser,
    state: &State,
    known: &Known,
    kind: Kind,
    version: Option<i64>,
    good: bool,
) -> Json {
    let region = &state.region;
    let number = format!("CP-{}", chooser.id());
    let corrected = region.in_force().next();
    let value = match (kind, corrected) {
        (Kind::Rectification, Some(one)) => one.value,
        _ => chooser.pick(&[
            DecisionValue::Approved,
            DecisionValue::Approved,
            DecisionValue::Approved,
            DecisionValue::ApprovedWithConditions,
            DecisionValue::ApprovedWithConditions,
            DecisionValue::ApprovedWithConditions,
            DecisionValue::Rejected,
            DecisionValue::Returned,
        ]),
    };
    let late = if chooser.hurries_to.is_none() && chooser.one_in(2) {
        2
    } else {
        0
    };
    let mut body = json!({
        "kind": kind.key(), "value": value.key(), "organ": "Commission permanente", "deliberation_ref": number,
        "title": format!("D\u{e9}lib\u{e9}ration {number}"), "decided_on": day(known, late),
        "motive": "Un motif public",
    });
    if let Some(version) = version {
        body["expected_version"] = version.into();
    }
    if let (Kind::Rectification, Some(one)) = (kind, corrected) {
        body["rectifies_id"] = one.id.as_str().into();
    }
    let approves = matches!(
        value,
        DecisionValue::Approved | DecisionValue::ApprovedWithConditions
    );
    let requested = total_of(&region.requested, "CREER");
    if approves && requested > 0 {
        let cents = requested - chooser.random.below(4) as i64 * 10_000;
        body["amounts"] = json!([{"code": "CREER", "year": YEAR, "amount_cents": cents}]);
        if left(state, body["rectifies_id"].as_str()) < cents {
            body["override_motive"] = "L'assembl\u{e9}e l'a voulu".into();
        }
    }
    if value == DecisionValue::ApprovedWithConditions {
        body["conditions"] = json!([
            {"text": "Produire le bail", "due_on": day(known, 10), "blocking": chooser.one_in(2)},
            {"text": "Nommer l'\u{e9}valuateur", "due_on": day(known, 200), "blocking": false},
        ]);
    }
    if value == DecisionValue::Returned {
        body["points"] = json!(["Un budget sign\u{e9}"]);
        body["reason"] = "funding".into();
        body["due_on"] = day(known, 4 + chooser.random.below(9) as i64);
    }
    if !good {
        spoil_decision(chooser, state, known, &mut body);
    }
    body
}

/// What the envelope has left.
fn left(state: &State, rectifies: Option<&str>) -> i64 {
    let region = &state.region;
    let envelope = region.envelopes.iter().find(|one| one.code == "CREER");
    let Some(envelope) = envelope else { return 0 };
    envelope.cents - counted_in(envelope, &region.envelopes, &taken(state, rectifies))
}

fn spoil_decision(chooser: &mut Chooser, state: &State, known: &Known, body: &mut Json) {
    let requested = total_of(&state.region.requested, "CREER");
    let amount = |code: &str, year: i64, cents: i64| json!([{"code": code, "year": year, "amount_cents": cents}]);
    let used = state
        .region
        .decisions
        .iter()
        .find(|one| one.confirmed_by.is_some());
    let object = body.as_object_mut().expect("an object");
    if object.contains_key("override_motive") && chooser.one_in(2) {
        object.remove("override_motive");
        return;
    }
    match chooser.random.below(12) {
        0 => drop(object.remove("motive")),
        1 => drop(object.remove("override_motive")),
        2 => drop(object.remove("conditions")),
        3 => body["amounts"] = amount("CREER", YEAR, requested + 1),
        4 => body["amounts"] = amount("CREER", 2031, 100),
        5 => body["amounts"] = amount("FEE", YEAR, 100),
        6 => body["decided_on"] = day(known, -400),
        7 => body["transmitted_on"] = day(known, -1),
        8 => body["enforceable_on"] = day(known, 3),
        9 => body["conditions"] = json!([{"text": "Produire le bail", "due_on": day(known, 0)}]),
        10 => drop(object.remove("points")),
        _ => {
            if let Some(used) = used {
                body["deliberation_ref"] = used.number.as_str().into();
            }
        }
    }
}

/// What is to be recorded next of an agreement.
pub(super) fn agreement(chooser: &mut Chooser, state: &State, known: &Known) -> Json {
    let region = &state.region;
    let total = region.decided_cents();
    if total == 0 || (!region.has(AgreementKind::Agreement) && chooser.one_in(3)) {
        return json!({"kind": "none", "motive": "Rien \u{e0} verser"});
    }
    let changes = region.has(AgreementKind::Agreement);
    let paid = if chooser.one_in(2) {
        json!([{"organisation_id": "org-a", "share": 6_000}, {"organisation_id": "org-b", "share": 4_000}])
    } else {
        json!([{"organisation_id": "org-a", "share": 10_000}])
    };
    let mut body = json!({
        "kind": if changes { "addendum" } else { "agreement" }, "number": format!("CONV-{}", chooser.id()),
        "signed_on": day(known, 0), "purpose": "Une action", "total_cents": total, "payment_terms": "unique",
        "payment_from": day(known, 5), "payment_to": day(known, 300), "beneficiaries": paid,
    });
    if changes {
        body["motive"] = "Un retard".into();
    }
    body
}

pub(super) fn spoil_agreement(chooser: &mut Chooser, known: &Known, body: &mut Json) {
    match chooser.random.below(8) {
        0 => body["number"] = Json::Null,
        1 => body["signed_on"] = day(known, 1),
        2 => body["signed_on"] = day(known, -900),
        3 => body["total_cents"] = 900_000_000.into(),
        4 => body["beneficiaries"] = json!([{"organisation_id": "org-c", "share": 10_000}]),
        5 => body["beneficiaries"] = json!([{"organisation_id": "org-a", "share": 9_999}]),
        6 => *body = json!({"kind": "none", "motive": "Rien \u{e0} verser"}),
        _ => body["motive"] = Json::Null,
    }
}

/// A report that says all it must, or not.
pub(super) fn report(chooser: &mut Chooser, state: &State, period: &str, good: bool) -> Json {
    let region = &state.region;
    let last = report_ground(region, period);
    let values = region
        .indicators
        .iter()
        .map(|id| json!({"indicator_id": id, "value": "4,5"}));
    let posts = last.posts.max(2);
    let jobs = region.lines.iter().map(|id| {
        json!({"job_line_id": id, "posts": posts, "fte_hundredths": posts * 90, "women": posts - 1, "men": 1,
               "undisclosed": 0, "confidence": "B"})
    });
    let mut body = json!({
        "progress": (last.progress + 20).min(100), "spent_cents": last.spent_cents + 100,
        "body": "Deux ateliers tenus.", "evidence": "Un registre",
        "values": values.collect::<Vec<_>>(), "jobs": jobs.collect::<Vec<_>>(),
    });
    let before = region.reports.iter().find(|one| one.period == period);
    if let Some(before) = before {
        body["expected_version"] = before.version.into();
    }
    if !good {
        match chooser.random.below(8) {
            0 => body["progress"] = Json::Null,
            1 => body["spent_cents"] = Json::Null,
            2 => body["body"] = Json::Null,
            3 => body["evidence"] = Json::Null,
            4 => body["values"] = json!([]),
            5 => body["jobs"] = json!([]),
            6 => body["progress"] = 0.into(),
            _ => body["expected_version"] = 9.into(),
        }
    }
    body
}
