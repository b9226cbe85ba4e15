//! How things stand from the steering committee on, worked out from the rows alone: what the guards of T14
//! to T27 look at, what a decision, an agreement or a report is judged against.

use chantier::rules::agreements::{self, AgreementKind, is_compulsory, is_private};
use chantier::rules::arbitrations::Advice;
use chantier::rules::day::Day;
use chantier::rules::decisions::{self, DecisionValue, Draft, Fault, Ground, Kind, Prepared};
use chantier::rules::money::Amount;
use chantier::rules::reports;
use chantier::rules::review::{CheckState, Item};
use chantier::rules::stage::Stage;
use chantier::rules::transitions::{AgreementFacts, Later};
use serde_json::Value as Json;

use super::super::model::Known;
use super::super::people;
use super::super::state::State;
use super::state::{Decision, Region};

/// What every file needs: five points, and one more of an association.
const POINTS: [Item; 5] = [
    Item::BearerPapers,
    Item::BankDetails,
    Item::SignedBudget,
    Item::OtherFunders,
    Item::StateAid,
];

/// What an organisation is, as the walks' programme has it.
pub(crate) fn kind_of(organisation: &str) -> &'static str {
    match organisation {
        "org-a" => "association",
        "org-b" => "chamber",
        _ => "trade_union",
    }
}

/// Which points this file needs.
pub(crate) fn needed(state: &State) -> Vec<Item> {
    let mut points = POINTS.to_vec();
    if state.porteur.as_deref().map(kind_of) == Some("association") {
        points.push(Item::RepublicanContract);
    }
    points
}

/// The points that are open once these are found too.
pub(crate) fn open_points(state: &State, found: &[(Item, CheckState)]) -> Vec<Item> {
    let settled = |item: &Item| {
        let mut newest = found.iter().rev();
        if let Some((_, state)) = newest.find(|(of, _)| of == item) {
            return *state != CheckState::Missing;
        }
        let review = state.region.review.as_ref();
        let mut kept = review.iter().flat_map(|review| &review.checks);
        kept.any(|(of, state)| of == item.key() && state != "missing")
    };
    let points = needed(state).into_iter();
    points.filter(|item| !settled(item)).collect()
}

impl Known {
    /// What the guards of T14 to T27 look at.
    pub(crate) fn later(&self, person: &str, state: &State) -> Later {
        let region = &state.region;
        let advices = region.arbitrations.iter();
        let in_round = advices.filter(|one| one.round == state.round);
        let open: Vec<bool> = region
            .open_conditions()
            .map(|one| one.is_blocking)
            .collect();
        let count = |of: usize| i64::try_from(of).expect("few");
        Later {
            has_fast_track: self.has_fast_track,
            fast_track_cents: 2_300_000,
            co_president_count: people::presiding(&state.chantier, &self.ended),
            requested_cents: region.requested.iter().map(|one| one.cents).sum(),
            has_lead_unit: region.lead_unit.is_some(),
            reserve_list_count: in_round
                .take_while(|one| one.advice == Advice::ReserveList)
                .count(),
            open_check_count: if state.stage == Stage::AtRegion {
                open_points(state, &[]).len()
            } else {
                0
            },
            decision: region.open().map(|one| self.prepared(person, state, one)),
            open_condition_count: count(open.len()),
            open_blocking_count: count(open.iter().filter(|blocks| **blocks).count()),
            agreement: AgreementFacts {
                is_concluded: region.has(AgreementKind::Agreement),
                is_waived: region.has(AgreementKind::None),
                is_compulsory: is_compulsory(region.decided_cents(), is_paid_privately(state)),
            },
            is_suspended: state.stage == Stage::Suspended,
            has_final_report: region
                .reports
                .iter()
                .any(|one| one.period == "final" && one.is_given),
            merge: None,
        }
    }

    /// The preparation as this person finds it.
    pub(crate) fn prepared(&self, person: &str, state: &State, one: &Decision) -> Prepared {
        let draft = Draft {
            kind: one.kind,
            value: one.value,
            decided_on: one.decided_on.clone(),
            transmitted_on: None,
            enforceable_on: None,
            amounts: one.amounts.clone(),
            conditions_due: one
                .conditions
                .iter()
                .map(|one| one.due_on.clone())
                .collect(),
            question_count: usize::try_from(one.points).expect("few"),
            due_on: one.due_on.clone(),
            has_motive: one.has_motive,
            has_override_motive: one.has_override,
        };
        let ground = self.ground(state, &one.number, one.rectifies.as_deref());
        Prepared {
            value: one.value,
            is_own: one.prepared_by == person,
            is_reached: one.decided_on <= self.today(),
            faults: decisions::faults(&draft, &ground),
        }
    }

    /// What a decision with this number is judged against.
    fn ground(&self, state: &State, number: &str, rectifies: Option<&str>) -> Ground {
        let region = &state.region;
        let open = region.open().map(|one| one.id.as_str());
        let bears = |one: &&Decision| {
            one.number == number
                && !one.is_abandoned
                && Some(one.id.as_str()) != open
                && Some(one.id.as_str()) != rectifies
        };
        let last = region.arbitrations.first();
        let rectified = region
            .confirmed()
            .find(|one| Some(one.id.as_str()) == rectifies);
        Ground {
            today: self.today(),
            opinion_on: region.opinion_on.clone(),
            advice: last
                .filter(|one| one.round == state.round)
                .map(|one| one.advice),
            ceilings: last.map_or_else(Vec::new, |one| one.ceilings.clone()),
            requested: region.requested.clone(),
            envelopes: region.envelopes.clone(),
            taken: taken(state, rectifies),
            deliberation_is_used: region.decisions.iter().any(|one| bears(&one)),
            rectifies: rectified.map(|one| one.value),
        }
    }

    /// What is wrong with a decision as it is given, by field.
    pub(crate) fn decision_flaws(
        &self,
        state: &State,
        body: &Json,
    ) -> Vec<(&'static str, &'static str)> {
        let day = |key: &str| body[key].as_str().and_then(Day::from_iso);
        let conditions = body["conditions"].as_array().map_or(&[][..], Vec::as_slice);
        let due = conditions
            .iter()
            .map(|one| one["due_on"].as_str().and_then(Day::from_iso));
        let draft = Draft {
            kind: kind_of_decision(body),
            value: DecisionValue::from_key(body["value"].as_str().unwrap_or_default())
                .expect("a value"),
            decided_on: day("decided_on").expect("a day"),
            transmitted_on: day("transmitted_on"),
            enforceable_on: day("enforceable_on"),
            amounts: amounts_of(&body["amounts"]),
            conditions_due: due.map(|day| day.expect("a day")).collect(),
            question_count: body["points"].as_array().map_or(0, Vec::len),
            due_on: day("due_on"),
            has_motive: body["motive"].is_string(),
            has_override_motive: body["override_motive"].is_string(),
        };
        let number = body["deliberation_ref"].as_str().expect("a number");
        let ground = self.ground(state, number, body["rectifies_id"].as_str());
        let found = decisions::faults(&draft, &ground).into_iter();
        found
            .map(|fault: Fault| (fault.field(), fault.code()))
            .collect()
    }

    /// What is wrong with an agreement as it is given.
    pub(crate) fn agreement_flaws(
        &self,
        state: &State,
        body: &Json,
    ) -> Vec<(&'static str, &'static str)> {
        let region = &state.region;
        let day = |key: &str| body[key].as_str().and_then(Day::from_iso);
        let paid = body["beneficiaries"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let named: Vec<&str> = paid
            .iter()
            .filter_map(|one| one["organisation_id"].as_str())
            .collect();
        let approves = |one: &&Decision| {
            matches!(
                one.value,
                DecisionValue::Approved | DecisionValue::ApprovedWithConditions
            )
        };
        let decided = region
            .in_force()
            .filter(approves)
            .last()
            .expect("a decision");
        let agreed = region
            .agreements
            .iter()
            .find(|one| one.kind == AgreementKind::Agreement);
        let number = body["number"].as_str();
        let draft = agreements::Draft {
            kind: AgreementKind::from_key(body["kind"].as_str().unwrap_or_default())
                .expect("a kind"),
            has_number: number.is_some(),
            signed_on: day("signed_on"),
            total_cents: body["total_cents"].as_i64().unwrap_or(0),
            terms: agreements::PaymentTerms::Single,
            has_terms_text: false,
            paid: (day("payment_from"), day("payment_to")),
            shares: paid
                .iter()
                .filter_map(|one| one["share"].as_i64())
                .collect(),
            are_distinct: named.len() < 2 || named[0] != named[1],
            are_identified: !named.contains(&"org-c"),
            is_private: if named.is_empty() {
                is_paid_privately(state)
            } else {
                named.iter().any(|one| is_private(kind_of(one)))
            },
            has_motive: body["motive"].is_string(),
        };
        let ground = agreements::Ground {
            today: self.today(),
            decided_on: decided.decided_on.clone(),
            decided_cents: region.decided_cents(),
            agreed_on: agreed.and_then(|one| one.signed_on.clone()),
            number_is_used: number.is_some()
                && region
                    .agreements
                    .iter()
                    .any(|one| one.number.as_deref() == number),
        };
        agreements::flaws(&draft, &ground)
    }
}

/// What is taken of the envelopes, but for the decision that is corrected.
pub(crate) fn taken(state: &State, rectifies: Option<&str>) -> Vec<Amount> {
    let region = &state.region;
    let mut taken = region.taken_beside.clone();
    if state.stage != Stage::Abandoned {
        let own = region
            .in_force()
            .filter(|one| Some(one.id.as_str()) != rectifies);
        taken.extend(own.flat_map(|one| one.amounts.clone()));
    }
    taken
}

/// What a report is judged against: the last one given before it.
pub(crate) fn report_ground(region: &Region, period: &str) -> reports::Ground {
    let place = |period: &str| match period {
        "start" => (0, String::new()),
        "final" => (2, String::new()),
        half => (1, half.to_owned()),
    };
    let before = region.reports.iter();
    let mut before: Vec<_> = before
        .filter(|one| one.is_given && place(&one.period) < place(period))
        .collect();
    before.sort_by_key(|one| place(&one.period));
    let last = before.last();
    reports::Ground {
        progress: last.and_then(|one| one.progress).unwrap_or(0),
        spent_cents: last.and_then(|one| one.spent_cents).unwrap_or(0),
        posts: last.map_or(0, |one| one.posts),
        budget_cents: 0,
        indicator_count: region.indicators.len(),
        line_count: region.lines.len(),
    }
}

/// Whether a private body gets the money: a beneficiary, before there are any the porteur.
fn is_paid_privately(state: &State) -> bool {
    let paid: Vec<&String> = state
        .region
        .agreements
        .iter()
        .flat_map(|one| &one.paid)
        .collect();
    if paid.is_empty() {
        return state
            .porteur
            .as_deref()
            .is_some_and(|id| is_private(kind_of(id)));
    }
    paid.into_iter().any(|id| is_private(kind_of(id)))
}

/// What a decision is about, as it is given.
pub(crate) fn kind_of_decision(body: &Json) -> Kind {
    body["kind"]
        .as_str()
        .map_or(Kind::Initial, |key| Kind::from_key(key).expect("a kind"))
}

/// Amounts as they are given; zeros left out.
pub(crate) fn amounts_of(given: &Json) -> Vec<Amount> {
    let given = given.as_array().map_or(&[][..], Vec::as_slice);
    let amount = |one: &Json| Amount {
        code: one["code"].as_str().unwrap_or_default().to_owned(),
        year: one["year"].as_i64().unwrap_or(0),
        cents: one["amount_cents"].as_i64().unwrap_or(0),
    };
    given
        .iter()
        .map(amount)
        .filter(|one| one.cents > 0)
        .collect()
}
