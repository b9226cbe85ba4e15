//! What may be done to a proposal now, as JSON: each transition of its stage, possible or not, why, what
//! it needs, and who could do it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::{Amount, Direction, Person, all};
use crate::rules::day::Day;
use crate::rules::inactivity::{
    BETWEEN_DAYS, CLOSE_FROM_DAYS, WARN_FROM_DAYS, WARNINGS_NEEDED, warn,
};
use crate::rules::rights::{Facts, Refusal, roles_for};
use crate::rules::role::Role;
use crate::rules::transitions::{Guard, Step, Transition, consents};
use crate::store::accounts::Identity;
use crate::store::refs::PersonRef;
use crate::store::transitions::{Pending, Possible, Weighed};

/// What may be done to a proposal now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Transitions {
    /// The proposal's version this holds for.
    version: i64,
    transitions: Vec<PossibleTransition>,
    /// T08: the meetings of its commission to come, the next first.
    hearings: Vec<HearingRow>,
    /// T08: clear days the commission is owed before a meeting.
    notice_days: i64,
    /// T08: the earliest last day of a written consultation, as an ISO day.
    earliest_close: String,
    /// T03: the possible duplicates the owner has not answered.
    duplicates: Vec<DuplicateRow>,
    /// T08: vigilances without an answer.
    unanswered_vigilance_count: i64,
    /// The organisations that step aside by rule from the opinion.
    recused: Vec<String>,
    /// T14, T15, T19: the Region's directions; empty where no transition listed needs one.
    directions: Vec<Direction>,
    /// The lead direction already named.
    lead_unit_id: Option<String>,
    /// T15: what is asked of each envelope and year; no ceiling may be above it.
    requested: Vec<Amount>,
    /// T31: how long nothing has happened and what the owner was told of it; null where the stage has no T31.
    inactivity: Option<Inactivity>,
}

/// How long nothing has happened on a proposal, and the warnings that come before it may be closed.
#[derive(Debug, Serialize, ToSchema)]
struct Inactivity {
    /// Days since the last edit, comment or act.
    days: i64,
    /// From how many of them on its owner may be warned.
    warn_from_days: i64,
    /// From how many of them on it may be closed.
    close_from_days: i64,
    /// How many warnings come before.
    warnings_needed: i64,
    /// Days between two warnings.
    days_between: i64,
    /// When the owner was warned since the last activity, in milliseconds UTC, the first first.
    warned_at_ms: Vec<i64>,
    /// Whether this person may warn now.
    may_warn: bool,
    /// What stands against it.
    obstacle: Option<Obstacle>,
}

/// One transition.
#[derive(Debug, Serialize, ToSchema)]
struct PossibleTransition {
    /// Its number, e.g. `T08`.
    transition: &'static str,
    /// The key of the act, as in `may`.
    action: &'static str,
    /// The stage it leads to; null when the stage stays.
    to: Option<&'static str>,
    /// Whether this person may do it now.
    possible: bool,
    /// Whether it would only ask the second person it takes.
    asks: bool,
    /// What the person is to give: `motive`, `points`, `due_on`, `hearing`...
    needs: Vec<&'static str>,
    /// What stands against it.
    obstacles: Vec<Obstacle>,
    /// Who could do it.
    who: Vec<Holder>,
    /// What somebody asked for, awaiting a second person.
    pending: Option<PendingRow>,
}

/// A rule that refuses.
#[derive(Debug, Serialize, ToSchema)]
struct Obstacle {
    /// The rule.
    rule: &'static str,
    /// The reason.
    code: &'static str,
}

/// A role, and who holds it around this proposal.
#[derive(Debug, Serialize, ToSchema)]
struct Holder {
    /// The role.
    role: &'static str,
    /// Who holds it.
    people: Vec<Person>,
}

/// A transition that awaits a second person.
#[derive(Debug, Serialize, ToSchema)]
struct PendingRow {
    /// Who asked.
    person: Person,
    /// In which capacity.
    capacity: &'static str,
    /// Why.
    motive: Option<String>,
    /// T07: where to.
    chantier_id: Option<String>,
    asked_at_ms: i64,
    /// The roles one of which is awaited.
    awaited: Vec<&'static str>,
    /// Whether this person may decline.
    may_decline: bool,
    /// Whether this person may take it back.
    may_cancel: bool,
}

/// A meeting that could hear it.
#[derive(Debug, Serialize, ToSchema)]
struct HearingRow {
    meeting_id: String,
    title: String,
    starts_at_ms: i64,
    /// Clear days between today and it.
    clear_days: i64,
}

/// A possible duplicate.
#[derive(Debug, Serialize, ToSchema)]
struct DuplicateRow {
    proposal_id: String,
    title: String,
}

impl Transitions {
    /// From what the store weighed for this person.
    pub(super) fn new(weighed: Weighed, who: &Identity) -> Self {
        let transitions = weighed
            .transitions
            .iter()
            .map(|possible| PossibleTransition::new(possible, &weighed, who))
            .collect();
        Self {
            inactivity: Inactivity::of(&weighed),
            version: weighed.version,
            transitions,
            hearings: weighed
                .hearings
                .into_iter()
                .map(|choice| HearingRow {
                    meeting_id: choice.meeting.meeting_id,
                    title: choice.meeting.title,
                    starts_at_ms: choice.meeting.starts_at_ms,
                    clear_days: choice.clear_days,
                })
                .collect(),
            notice_days: weighed.situation.notice.meeting_days,
            earliest_close: weighed.earliest_close.as_str().to_owned(),
            duplicates: weighed
                .duplicate_titles
                .into_iter()
                .map(|(proposal_id, title)| DuplicateRow { proposal_id, title })
                .collect(),
            unanswered_vigilance_count: weighed.situation.unanswered_vigilance_count,
            recused: weighed.recused,
            directions: all(weighed.region.directions),
            lead_unit_id: weighed.region.lead_unit_id,
            requested: all(weighed.region.requested),
        }
    }
}

impl PossibleTransition {
    fn new(possible: &Possible, weighed: &Weighed, who: &Identity) -> Self {
        let transition = possible.transition;
        let pending = weighed.situation.pending(transition);
        let asks = possible.step == Some(Step::Asks);
        let guards = if asks {
            transition.asking_guards()
        } else {
            transition.guards()
        };
        // What was given when it was asked for is not asked again.
        let needs = guards.iter().filter_map(|guard| guard.need());
        let needs = needs.filter(|need| is_open(need, weighed) && pending.is_none());
        let roles = match pending {
            Some(asked) => consents(transition, asked.capacity),
            None => roles_for(transition.action()),
        };
        Self {
            transition: transition.key(),
            action: transition.action().key(),
            to: transition.to().map(crate::rules::stage::Stage::key),
            possible: possible.obstacles.is_empty(),
            asks,
            needs: needs.collect(),
            obstacles: possible.obstacles.iter().map(Obstacle::from).collect(),
            who: roles
                .iter()
                .map(|role| Holder::new(*role, &weighed.holders))
                .collect(),
            pending: pending.map(|asked| PendingRow::new(asked, transition, &weighed.facts, who)),
        }
    }
}

/// Whether the person must really give it: duplicates only where there are some.
fn is_open(need: &str, weighed: &Weighed) -> bool {
    need != Guard::DuplicatesAnswered.need().unwrap_or_default()
        || !weighed.situation.open_duplicates.is_empty()
}

impl Inactivity {
    fn of(weighed: &Weighed) -> Option<Self> {
        let mut listed = weighed.transitions.iter();
        listed.find(|one| one.transition == Transition::CloseInactive)?;
        let situation = &weighed.situation;
        let last = situation.warned_at_ms.last();
        let warned_days_ago = last.map(|at_ms| weighed.today.days_since(&Day::in_paris(*at_ms)));
        let verdict = warn(&weighed.facts, situation.inactive_days, warned_days_ago);
        Some(Self {
            days: situation.inactive_days,
            warn_from_days: WARN_FROM_DAYS,
            close_from_days: CLOSE_FROM_DAYS,
            warnings_needed: WARNINGS_NEEDED,
            days_between: BETWEEN_DAYS,
            warned_at_ms: situation.warned_at_ms.clone(),
            may_warn: verdict.is_ok(),
            obstacle: verdict.err().as_ref().map(Obstacle::from),
        })
    }
}

impl From<&Refusal> for Obstacle {
    fn from(refusal: &Refusal) -> Self {
        Self {
            rule: refusal.rule,
            code: refusal.code,
        }
    }
}

impl Holder {
    fn new(role: Role, holders: &[(Role, PersonRef)]) -> Self {
        let held = holders.iter().filter(|(one, _)| *one == role);
        Self {
            role: role.key(),
            people: held.map(|(_, person)| person.clone().into()).collect(),
        }
    }
}

impl PendingRow {
    fn new(asked: &Pending, transition: Transition, facts: &Facts, who: &Identity) -> Self {
        let awaited = consents(transition, asked.capacity);
        let is_own = asked.person.person_id == who.person_id.as_str();
        Self {
            person: asked.person.clone().into(),
            capacity: asked.capacity.key(),
            motive: asked.reason.clone(),
            chantier_id: asked.chantier_id.clone(),
            asked_at_ms: asked.asked_at_ms,
            awaited: awaited.iter().map(|role| role.key()).collect(),
            may_decline: !is_own && facts.roles.any(awaited),
            may_cancel: is_own || facts.roles.has(asked.capacity),
        }
    }
}
