//! Decisions as JSON: what was advised and decided of a proposal, and what a decision is prepared from.

use serde::Serialize;
use utoipa::ToSchema;

use super::problem::FieldProblem;
use super::shapes::{Amount, Direction, MayNot, Person, all, may_and_not};
use crate::rules::arbitrations::Advice;
use crate::rules::decisions::{Ground, Prepared};
use crate::rules::money::{self, counted_in};
use crate::rules::rights::Action;
use crate::store::region::list;

/// What was advised and decided, the first first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionList {
    arbitrations: Vec<ArbitrationBody>,
    evocations: Vec<EvocationBody>,
    decisions: Vec<DecisionBody>,
    people: Vec<Person>,
    /// Whether this person worked on it and has not seen the last decision (`PUT .../decisions/notice`).
    is_news: bool,
    /// `prepare_decision`, `rectify_decision`, `lift_condition`.
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionBody {
    decision_id: String,
    /// `initial`, `addendum`, `rectification`.
    kind: String,
    /// The decision it corrects.
    rectifies_id: Option<String>,
    /// The decision that corrects it: this one no longer counts, and stays.
    rectified_by_id: Option<String>,
    round: i64,
    /// `approved`, `approved_with_conditions`, `rejected`, `returned`.
    value: String,
    organ: String,
    deliberation_ref: String,
    title: String,
    /// ISO days.
    decided_on: String,
    transmitted_on: Option<String>,
    enforceable_on: Option<String>,
    motive: Option<String>,
    override_motive: Option<String>,
    /// Whether it departs from the committee's advice.
    departs: bool,
    reason: Option<String>,
    points: Vec<String>,
    due_on: Option<String>,
    /// A person's id.
    prepared_by: String,
    prepared_at_ms: i64,
    /// A person's id; null while it is prepared.
    confirmed_by: Option<String>,
    confirmed_at_ms: Option<i64>,
    version_id: Option<String>,
    version_rank: Option<i64>,
    /// Send it back as `expected_version`.
    version: i64,
    amounts: Vec<Amount>,
    conditions: Vec<ConditionBody>,
}

/// A condition.
#[derive(Debug, Serialize, ToSchema)]
struct ConditionBody {
    condition_id: String,
    text: String,
    /// An ISO day.
    due_on: String,
    /// Whether the action may not be engaged before.
    blocking: bool,
    /// What showed that it is met.
    evidence: Option<String>,
    /// A person's id.
    lifted_by: Option<String>,
    lifted_at_ms: Option<i64>,
    is_overdue: bool,
    /// Send it back as `expected_version`.
    version: i64,
}

/// What the committee advised once.
#[derive(Debug, Serialize, ToSchema)]
struct ArbitrationBody {
    arbitration_id: String,
    round: i64,
    /// `retained`, `rework`, `reserve_list`, `not_retained`.
    value: String,
    rank: Option<i64>,
    motive: Option<String>,
    /// An ISO day.
    arbitrated_on: String,
    ceilings: Vec<Amount>,
}

/// That the Region took it up by itself.
#[derive(Debug, Serialize, ToSchema)]
struct EvocationBody {
    from_stage: String,
    motive: String,
    evoked_at_ms: i64,
}

/// What a decision is prepared from, and what is prepared.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionSheet {
    /// The proposal's title.
    title: String,
    /// The proposal's `version`: what a confirmation (T20, T21) expects.
    proposal_version: i64,
    /// Its session, from the review.
    session_on: Option<String>,
    session_organ: Option<String>,
    lead: Option<Direction>,
    /// An ISO day.
    today: String,
    /// The day of the commission's last opinion.
    opinion_on: Option<String>,
    /// What the committee advised last: `retained`... Null where it did not.
    advice: Option<&'static str>,
    ceilings: Vec<Amount>,
    requested: Vec<Amount>,
    /// Every envelope, this proposal's decision left out.
    envelopes: Vec<EnvelopeBody>,
    /// What is prepared.
    preparation: Option<DecisionBody>,
    /// Whether this person prepared it: another confirms it.
    is_own: bool,
    /// Whether its day has come.
    is_reached: bool,
    /// What is wrong with the preparation today.
    faults: Vec<FieldProblem>,
    people: Vec<Person>,
    /// `prepare_decision`, `rectify_decision`.
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// An envelope of one year.
#[derive(Debug, Serialize, ToSchema)]
struct EnvelopeBody {
    code: String,
    year: i64,
    /// The envelope it lies within.
    parent: Option<String>,
    amount_cents: i64,
    /// What other decisions took, those of envelopes within it too.
    taken_cents: i64,
    /// What is left before this decision; below nothing when it is overrun already.
    left_cents: i64,
}

impl From<list::Decisions> for DecisionList {
    fn from(list: list::Decisions) -> Self {
        let (may, may_not) = may_and_not(
            &[
                Action::PrepareDecision,
                Action::RectifyDecision,
                Action::LiftCondition,
            ],
            &list.facts,
        );
        Self {
            arbitrations: all(list.arbitrations),
            evocations: all(list.evocations),
            decisions: all(list.decisions),
            people: all(list.people),
            is_news: list.is_news,
            may,
            may_not,
        }
    }
}

impl From<list::DecisionSheet> for DecisionSheet {
    fn from(sheet: list::DecisionSheet) -> Self {
        let (may, may_not) = may_and_not(
            &[Action::PrepareDecision, Action::RectifyDecision],
            &sheet.facts,
        );
        let ground = sheet.ground;
        let prepared = sheet.prepared.as_ref();
        let faults = prepared.map_or(&[][..], |one: &Prepared| &one.faults);
        Self {
            title: sheet.title,
            proposal_version: sheet.proposal_version,
            session_on: sheet.session_on,
            session_organ: sheet.session_organ,
            lead: sheet.lead.map(Into::into),
            today: ground.today.as_str().to_owned(),
            opinion_on: ground
                .opinion_on
                .as_ref()
                .map(|day| day.as_str().to_owned()),
            advice: ground.advice.map(Advice::key),
            envelopes: envelopes(&ground),
            ceilings: all(ground.ceilings),
            requested: all(ground.requested),
            preparation: sheet.preparation.map(Into::into),
            is_own: prepared.is_some_and(|one| one.is_own),
            is_reached: prepared.is_some_and(|one| one.is_reached),
            faults: faults
                .iter()
                .map(|fault| FieldProblem {
                    field: fault.field().to_owned(),
                    code: fault.code(),
                })
                .collect(),
            people: all(sheet.people),
            may,
            may_not,
        }
    }
}

fn envelopes(ground: &Ground) -> Vec<EnvelopeBody> {
    let body = |one: &money::Envelope| {
        let taken_cents = counted_in(one, &ground.envelopes, &ground.taken);
        EnvelopeBody {
            code: one.code.clone(),
            year: one.year,
            parent: one.parent.clone(),
            amount_cents: one.cents,
            taken_cents,
            left_cents: one.cents - taken_cents,
        }
    };
    ground.envelopes.iter().map(body).collect()
}

impl From<list::Decision> for DecisionBody {
    fn from(one: list::Decision) -> Self {
        Self {
            decision_id: one.decision_id,
            kind: one.kind,
            rectifies_id: one.rectifies_id,
            rectified_by_id: one.rectified_by_id,
            round: one.round,
            value: one.value,
            organ: one.organ,
            deliberation_ref: one.deliberation_ref,
            title: one.title,
            decided_on: one.decided_on,
            transmitted_on: one.transmitted_on,
            enforceable_on: one.enforceable_on,
            motive: one.motive,
            override_motive: one.override_motive,
            departs: one.departs,
            reason: one.reason_code,
            points: one.points,
            due_on: one.due_on,
            prepared_by: one.prepared_by,
            prepared_at_ms: one.prepared_at_ms,
            confirmed_by: one.confirmed_by,
            confirmed_at_ms: one.confirmed_at_ms,
            version_id: one.version_id,
            version_rank: one.version_rank,
            version: one.version,
            amounts: all(one.amounts),
            conditions: all(one.conditions),
        }
    }
}

impl From<list::Condition> for ConditionBody {
    fn from(one: list::Condition) -> Self {
        Self {
            condition_id: one.condition_id,
            text: one.body,
            due_on: one.due_on.as_str().to_owned(),
            blocking: one.blocking,
            evidence: one.evidence,
            lifted_by: one.lifted_by,
            lifted_at_ms: one.lifted_at_ms,
            is_overdue: one.is_overdue,
            version: one.version,
        }
    }
}

impl From<list::Arbitration> for ArbitrationBody {
    fn from(one: list::Arbitration) -> Self {
        Self {
            arbitration_id: one.arbitration_id,
            round: one.round,
            value: one.value,
            rank: one.rank,
            motive: one.motive,
            arbitrated_on: one.arbitrated_on,
            ceilings: all(one.ceilings),
        }
    }
}

impl From<list::Evocation> for EvocationBody {
    fn from(one: list::Evocation) -> Self {
        Self {
            from_stage: one.from_stage,
            motive: one.motive,
            evoked_at_ms: one.evoked_at_ms,
        }
    }
}
