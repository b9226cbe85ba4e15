//! JSON shapes several features share: who, for whom, what is allowed and why not.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rules::rights::{Action, Facts, sort};
use crate::rules::transitions::Transition;
use crate::rules::{awaited, money};
use crate::store::meetings::Meeting as StoredMeeting;
use crate::store::refs;
use crate::store::region::review_page;

/// An axis of the programme.
#[derive(Debug, Serialize, ToSchema)]
pub struct Axis {
    /// Its id, e.g. `A1`.
    pub axis_id: String,
    /// Its title.
    pub title: String,
}

/// An organisation, named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrganisationRef {
    /// Its id.
    pub organisation_id: String,
    /// Its full name.
    pub name: String,
    /// Its short name.
    pub short_name: String,
    /// Its college.
    pub college_id: String,
}

/// A person, named, with their organisation today.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Person {
    /// Their id.
    pub person_id: String,
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// Their organisation, while an affiliation is live.
    pub organisation: Option<OrganisationRef>,
}

/// An act that is refused, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MayNot {
    /// The act.
    pub action: &'static str,
    /// The rule that refuses.
    pub rule: &'static str,
    /// The reason: `role_missing`, `stage`...
    pub code: &'static str,
}

/// The one party a proposal awaits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AwaitedNow {
    /// `owner`, `facilitator`, `commission`... or `nobody`.
    pub party: &'static str,
    /// What they are to do: `admit`, `answer_threads`, `sign_opinion`... or `nothing`.
    pub what: &'static str,
    /// Until when, as an ISO day; null where nothing sets one.
    pub due_on: Option<String>,
    /// Since when, in milliseconds UTC.
    pub since_ms: i64,
    /// The transition that does it, e.g. `T04`; null where another act does.
    pub transition: Option<&'static str>,
}

/// Something that has waited too long.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Flag {
    /// `submitted_stalled`, `commission_stalled`, `opinion_stalled`, `region_stalled`,
    /// `request_overdue`, `hearing_passed`, `report_overdue`, `condition_overdue`, `review_overdue`.
    pub code: &'static str,
    /// For how many days: working days of a deposit, else days.
    pub days: i64,
}

/// A meeting.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Meeting {
    /// Its id.
    pub meeting_id: String,
    /// Its title.
    pub title: String,
    /// The body that meets.
    pub body_title: String,
    /// The chantier of that body, if it has one.
    pub chantier_id: Option<String>,
    /// When it starts, in milliseconds UTC.
    pub starts_at_ms: i64,
    /// When it ends, in milliseconds UTC.
    pub ends_at_ms: i64,
    /// `onsite`, `remote`, `hybrid`.
    pub mode: String,
    /// Where.
    pub place_name: Option<String>,
    /// `planned`, `convened`, `held`...
    pub status: String,
}

/// A direction of the Region.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Direction {
    /// Its id.
    pub region_unit_id: String,
    /// Its title.
    pub title: String,
}

/// Money of one envelope and year.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Amount {
    /// The envelope's code: `CREER`, `FEE`.
    pub code: String,
    /// Its year.
    pub year: i64,
    /// How much, in euro cents.
    pub amount_cents: i64,
}

impl From<review_page::Direction> for Direction {
    fn from(one: review_page::Direction) -> Self {
        Self {
            region_unit_id: one.region_unit_id,
            title: one.title,
        }
    }
}

impl From<money::Amount> for Amount {
    fn from(one: money::Amount) -> Self {
        Self {
            code: one.code,
            year: one.year,
            amount_cents: one.cents,
        }
    }
}

impl From<refs::OrganisationRef> for OrganisationRef {
    fn from(one: refs::OrganisationRef) -> Self {
        Self {
            organisation_id: one.organisation_id,
            name: one.name,
            short_name: one.short_name,
            college_id: one.college_id,
        }
    }
}

impl From<refs::PersonRef> for Person {
    fn from(one: refs::PersonRef) -> Self {
        Self {
            person_id: one.person_id,
            given_name: one.given_name,
            usual_name: one.usual_name,
            organisation: one.organisation.map(Into::into),
        }
    }
}

impl From<awaited::AwaitedNow> for AwaitedNow {
    fn from(now: awaited::AwaitedNow) -> Self {
        Self {
            party: now.party.key(),
            what: now.what.key(),
            due_on: now.due_on.map(|day| day.as_str().to_owned()),
            since_ms: now.since_ms,
            transition: now.transition.map(Transition::key),
        }
    }
}

impl From<awaited::Flagged> for Flag {
    fn from(one: awaited::Flagged) -> Self {
        Self {
            code: one.flag.key(),
            days: one.days,
        }
    }
}

impl From<StoredMeeting> for Meeting {
    fn from(one: StoredMeeting) -> Self {
        Self {
            meeting_id: one.meeting_id,
            title: one.title,
            body_title: one.body_title,
            chantier_id: one.chantier_id,
            starts_at_ms: one.starts_at_ms,
            ends_at_ms: one.ends_at_ms,
            mode: one.mode,
            place_name: one.place_name,
            status: one.status,
        }
    }
}

/// The same list in another shape.
pub fn all<A: Into<B>, B>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(Into::into).collect()
}

/// What these facts allow among `actions`, and the refusals of the others.
#[must_use]
pub fn may_and_not(actions: &[Action], facts: &Facts) -> (Vec<&'static str>, Vec<MayNot>) {
    let (allowed, refused) = sort(actions, facts);
    (
        allowed.into_iter().map(Action::key).collect(),
        refused
            .into_iter()
            .map(|(action, refusal)| MayNot {
                action: action.key(),
                rule: refusal.rule,
                code: refusal.code,
            })
            .collect(),
    )
}
