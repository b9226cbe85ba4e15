//! The acts beside the moves, from the Region's desk to the final report: what each asks of the API, what
//! must come of it, how many rows it writes.

use chantier::rules::agreements::AgreementKind;
use chantier::rules::decisions::{self, Kind};
use chantier::rules::follow_ups;
use chantier::rules::reports;
use chantier::rules::review::{self, Answer as Said, CheckState, Item};
use chantier::rules::rights::{Action, judge};
use serde_json::{Value as Json, json};

use super::super::model::{Expected, Known};
use super::super::people;
use super::super::state::State;
use super::model::{kind_of_decision, needed, open_points, report_ground};

/// The Region's directions: the one that leads every file, and another that reads it.
pub(crate) const DIRECTIONS: [&str; 2] = ["dir-eco", "dir-num"];

/// What a person does.
#[derive(Clone, Debug)]
pub(crate) enum RegionAct {
    /// What was found of points, whether it is complete, whether its session is set; the version read.
    Check(i64, Vec<(Item, CheckState)>, Option<bool>, bool),
    /// A direction is asked to read it.
    AskReading(&'static str),
    /// It answers.
    AnswerReading(&'static str, Said),
    /// A decision is prepared.
    Prepare(Json),
    /// The preparation is given up, of this version.
    GiveUp(i64),
    /// A change or a correction is confirmed, of this version.
    Confirm(i64),
    /// A condition is lifted, of this version.
    Lift(String, i64),
    /// An agreement, its change, or that none is needed.
    Agree(Json),
    /// A substantial change is asked for.
    AskChange,
    /// It is taken back.
    DropChange(String),
    /// A report is kept, or given.
    Report(String, bool, Json),
}

/// What must come of it: the answer, and what a 422 says of each field.
pub(crate) type Verdict = (Expected, Vec<(&'static str, &'static str)>);

const STALE: Expected = Expected::Refused(409, "version_changed");

fn refused(status: u16, code: &'static str) -> Verdict {
    (Expected::Refused(status, code), Vec::new())
}

/// Done, unless something is wrong with what was given.
fn unless(flaws: Vec<(&'static str, &'static str)>) -> Verdict {
    if flaws.is_empty() {
        (Expected::Done, flaws)
    } else {
        (Expected::Refused(422, "invalid"), flaws)
    }
}

impl RegionAct {
    /// A word for it, for what walks count.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Check(_, _, Some(true), _) => "completed",
            Self::Check(..) => "checked",
            Self::AskReading(_) => "reading asked",
            Self::AnswerReading(..) => "reading answered",
            Self::Prepare(body) => match kind_of_decision(body) {
                Kind::Initial => "decision prepared",
                Kind::Addendum => "addendum prepared",
                Kind::Rectification => "rectification prepared",
            },
            Self::GiveUp(_) => "preparation given up",
            Self::Confirm(_) => "later decision confirmed",
            Self::Lift(..) => "condition lifted",
            Self::Agree(body) => match body["kind"].as_str() {
                Some("agreement") => "agreement",
                Some("none") => "no agreement",
                _ => "agreement changed",
            },
            Self::AskChange => "change asked",
            Self::DropChange(_) => "change taken back",
            Self::Report(_, false, _) => "report kept",
            Self::Report(period, true, _) if period == "final" => "final report",
            Self::Report(..) => "half-year report",
        }
    }

    /// What the server must answer.
    pub(crate) fn verdict(&self, person: &str, state: &State, known: &Known) -> Verdict {
        let facts = known.facts(person, state);
        let may = |action| Expected::of(judge(action, &facts));
        let region = &state.region;
        let action = match self {
            Self::Check(..) | Self::AskReading(_) => Action::ReviewFile,
            Self::AnswerReading(..) => Action::AnswerCrossReading,
            Self::Prepare(body) if kind_of_decision(body) == Kind::Initial => {
                Action::PrepareDecision
            }
            Self::Prepare(_) => Action::RectifyDecision,
            Self::GiveUp(_) if region.open().is_none_or(|one| one.kind == Kind::Initial) => {
                Action::PrepareDecision
            }
            Self::GiveUp(_) => Action::RectifyDecision,
            Self::Confirm(_) => Action::Read,
            Self::Lift(..) => Action::LiftCondition,
            Self::Agree(_) => Action::RecordAgreement,
            Self::AskChange | Self::DropChange(_) => Action::AskAddendum,
            Self::Report(..) => Action::Report,
        };
        let expected = may(action);
        if expected != Expected::Done {
            return (expected, Vec::new());
        }
        match self {
            Self::Check(version, points, complete, _) => {
                checked(*version, points, *complete, state)
            }
            Self::AskReading(unit) if region.lead_unit.as_deref() == Some(unit) => {
                unless(vec![("region_unit_ids", "lead_direction")])
            }
            Self::AskReading(_) | Self::AskChange => {
                let open = region.addenda.iter().any(|one| one.1 == "asked");
                if open && matches!(self, Self::AskChange) {
                    return refused(409, "addendum_open");
                }
                (Expected::Done, Vec::new())
            }
            Self::AnswerReading(unit, _) => {
                let is_of = people::direction_of(person, &known.ended) == Some(unit);
                let expected = Expected::of(review::answer(&facts, is_of));
                let asked = region
                    .review
                    .iter()
                    .flat_map(|one| &one.asked)
                    .any(|one| one == unit);
                if expected == Expected::Done && !asked {
                    return (Expected::HIDDEN, Vec::new());
                }
                (expected, Vec::new())
            }
            Self::Prepare(body) => prepared(body, state, known),
            Self::GiveUp(version) => match region.open() {
                None => (Expected::HIDDEN, Vec::new()),
                Some(open) if open.version != *version => (STALE, Vec::new()),
                Some(_) => (Expected::Done, Vec::new()),
            },
            Self::Confirm(version) => (confirmed(*version, person, state, known), Vec::new()),
            Self::Lift(id, version) => {
                let mut all = region.in_force().flat_map(|one| &one.conditions);
                let expected = match all.find(|one| one.id == *id) {
                    None => Expected::HIDDEN,
                    Some(one) if one.is_lifted || one.version != *version => STALE,
                    Some(_) => Expected::Done,
                };
                (expected, Vec::new())
            }
            Self::Agree(body) => agreed(body, state, known),
            Self::DropChange(id) => match region.addenda.iter().find(|one| one.0 == *id) {
                None => (Expected::HIDDEN, Vec::new()),
                Some(one) if one.1 != "asked" => refused(409, "addendum_closed"),
                Some(_) => (Expected::Done, Vec::new()),
            },
            Self::Report(period, gives, body) => reported(period, *gives, body, state, known),
        }
    }

    /// How many rows it writes into the journal.
    pub(crate) fn journal_rows(&self, before: &State) -> usize {
        match self {
            Self::Check(_, points, complete, session) => {
                let was = before
                    .region
                    .review
                    .as_ref()
                    .is_some_and(|one| one.is_complete);
                let is = complete.unwrap_or(was) && open_points(before, points).is_empty();
                usize::from(!points.is_empty()) + usize::from(was != is) + usize::from(*session)
            }
            Self::Report(_, gives, _) => usize::from(*gives),
            Self::AskReading(_)
            | Self::AnswerReading(..)
            | Self::Prepare(_)
            | Self::GiveUp(_)
            | Self::Confirm(_)
            | Self::Lift(..)
            | Self::Agree(_)
            | Self::AskChange
            | Self::DropChange(_) => 1,
        }
    }

    /// How far it counts the proposal's version on: who confirms confirms what they read.
    pub(crate) fn counts(&self) -> i64 {
        match self {
            Self::Prepare(_) | Self::GiveUp(_) | Self::Confirm(_) => 1,
            Self::Check(..)
            | Self::AskReading(_)
            | Self::AnswerReading(..)
            | Self::Lift(..)
            | Self::Agree(_)
            | Self::AskChange
            | Self::DropChange(_)
            | Self::Report(..) => 0,
        }
    }

    /// Its request.
    pub(crate) fn request(
        &self,
        here: &str,
        known: &Known,
    ) -> (&'static str, String, Option<Json>) {
        let (method, path, body) = match self {
            Self::Check(version, points, complete, session) => {
                let checks = points
                    .iter()
                    .map(|(item, state)| json!({"item": item.key(), "state": state.key()}));
                let mut body =
                    json!({"expected_version": version, "checks": checks.collect::<Vec<_>>()});
                if let Some(complete) = complete {
                    body["is_complete"] = (*complete).into();
                }
                if *session {
                    let on = known.today().plus_days(20);
                    body["session"] = json!({"on": on.as_str(), "organ": "Commission permanente"});
                }
                ("PUT", "/review".to_owned(), body)
            }
            Self::AskReading(unit) => (
                "POST",
                "/cross-readings".to_owned(),
                json!({"region_unit_ids": [unit]}),
            ),
            Self::AnswerReading(unit, said) => (
                "PUT",
                format!("/cross-readings/{unit}"),
                json!({"answer": said.key(), "body": "Un avis."}),
            ),
            Self::Prepare(body) => ("PUT", "/decision".to_owned(), body.clone()),
            Self::GiveUp(version) => {
                let path = format!("{here}/decision?expected_version={version}");
                return ("DELETE", path, None);
            }
            Self::Confirm(version) => (
                "POST",
                "/decision/confirmation".to_owned(),
                json!({"expected_version": version}),
            ),
            Self::Lift(id, version) => (
                "PUT",
                format!("/conditions/{id}"),
                json!({"evidence": "Bail vers\u{e9} au dossier", "expected_version": version}),
            ),
            Self::Agree(body) => ("POST", "/agreements".to_owned(), body.clone()),
            Self::AskChange => (
                "POST",
                "/addenda".to_owned(),
                json!({"matter": "cost", "body": "Le loyer a doubl\u{e9}."}),
            ),
            Self::DropChange(id) => return ("DELETE", format!("{here}/addenda/{id}"), None),
            Self::Report(period, false, body) => {
                ("PUT", format!("/reports/{period}"), body.clone())
            }
            Self::Report(period, true, body) => (
                "POST",
                format!("/reports/{period}/submission"),
                body.clone(),
            ),
        };
        (method, format!("{here}{path}"), Some(body))
    }
}

/// What was found of a file, as its page was read.
fn checked(
    version: i64,
    points: &[(Item, CheckState)],
    complete: Option<bool>,
    state: &State,
) -> Verdict {
    let Some(review) = &state.region.review else {
        return (Expected::HIDDEN, Vec::new());
    };
    if review.version != version {
        return (STALE, Vec::new());
    }
    let needed = needed(state);
    if points.iter().any(|(item, _)| !needed.contains(item)) {
        return unless(vec![("checks", "unknown")]);
    }
    if complete == Some(true) && !open_points(state, points).is_empty() {
        return refused(403, "review_incomplete");
    }
    (Expected::Done, Vec::new())
}

/// A decision as it is prepared.
fn prepared(body: &Json, state: &State, known: &Known) -> Verdict {
    let region = &state.region;
    let version = region.open().map(|one| one.version);
    if body["expected_version"].as_i64() != version {
        return (STALE, Vec::new());
    }
    let corrects = body["rectifies_id"].as_str();
    let may_correct = corrects.is_some_and(|id| region.in_force().any(|one| one.id == id));
    let is_named = match kind_of_decision(body) {
        Kind::Rectification => may_correct,
        Kind::Initial | Kind::Addendum => corrects.is_none(),
    };
    if !is_named {
        return unless(vec![("rectifies_id", "unknown")]);
    }
    unless(known.decision_flaws(state, body))
}

/// A change or a correction confirmed.
fn confirmed(version: i64, person: &str, state: &State, known: &Known) -> Expected {
    let Some(open) = state.region.open() else {
        return STALE;
    };
    let seen = known.prepared(person, state, open);
    let expected = Expected::of(decisions::confirm(&known.facts(person, state), &seen));
    match expected {
        Expected::Done if open.version != version => STALE,
        Expected::Done if open.kind == Kind::Initial => Expected::HIDDEN,
        Expected::Done | Expected::Refused(..) => expected,
    }
}

/// An agreement recorded.
fn agreed(body: &Json, state: &State, known: &Known) -> Verdict {
    let region = &state.region;
    let kind = AgreementKind::from_key(body["kind"].as_str().unwrap_or_default());
    let (concluded, waived) = (
        region.has(AgreementKind::Agreement),
        region.has(AgreementKind::None),
    );
    match kind.expect("a kind") {
        AgreementKind::Agreement if concluded => refused(409, "agreement_known"),
        AgreementKind::Addendum if !concluded => refused(409, "agreement_first"),
        AgreementKind::None if concluded || waived => refused(409, "agreement_known"),
        AgreementKind::Agreement | AgreementKind::Addendum | AgreementKind::None => {
            unless(known.agreement_flaws(state, body))
        }
    }
}

/// A report kept or given.
fn reported(period: &str, gives: bool, body: &Json, state: &State, known: &Known) -> Verdict {
    let (region, today) = (&state.region, known.today());
    let Some(began) = region.began_on() else {
        return refused(409, "action_not_begun");
    };
    let runs = follow_ups::current(&today).is_some_and(|one| one.key == period);
    let mut asked = follow_ups::periods(began, &today).into_iter();
    if period != "final" && !runs && !asked.any(|one| one.key == period) {
        return (Expected::HIDDEN, Vec::new());
    }
    let before = region.reports.iter().find(|one| one.period == period);
    if before.is_some_and(|one| one.is_given) {
        return refused(409, "report_given");
    }
    if before.map(|one| one.version) != body["expected_version"].as_i64() {
        return refused(409, "report_changed");
    }
    if !gives {
        return (Expected::Done, Vec::new());
    }
    if runs {
        return refused(409, "period_running");
    }
    let jobs = body["jobs"].as_array().map_or(&[][..], Vec::as_slice);
    let counted = |one: &Json| {
        let number = |key: &str| one[key].as_i64().unwrap_or(0);
        let counted = reports::Counted {
            posts: number("posts"),
            fte_hundredths: number("fte_hundredths"),
            women: number("women"),
            men: number("men"),
            undisclosed: number("undisclosed"),
        };
        (counted, one["confidence"] == "C")
    };
    let report = reports::Report {
        is_final: period == "final",
        progress: body["progress"].as_i64(),
        spent_cents: body["spent_cents"].as_i64(),
        has_body: body["body"].is_string(),
        has_difficulties: body["difficulties"].is_string(),
        has_evidence: body["evidence"].is_string(),
        value_count: body["values"].as_array().map_or(0, Vec::len),
        jobs: jobs.iter().map(counted).collect(),
    };
    unless(reports::flaws(&report, &report_ground(region, period)))
}
