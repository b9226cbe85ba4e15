//! The chantiers: the list of the programme page, and one chantier's page.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Signed};
use super::problem::Problem;
use super::shapes::{Axis, MayNot, Meeting, Person, all, may_and_not};
use crate::app::App;
use crate::error::Result;
use crate::ids::ChantierId;
use crate::render::markdown;
use crate::rules::rights::{Action, act, may};
use crate::rules::role::Role;
use crate::rules::stage::Phase;
use crate::store::chantiers::{ChantierCard, ChantierPage, College, Member, Seat};
use crate::store::next::Next as StoredNext;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_chantiers))
        .routes(routes!(get_chantier))
}

/// Every chantier.
#[derive(Debug, Serialize, ToSchema)]
struct Chantiers {
    chantiers: Vec<Chantier>,
}

/// A chantier, as the programme page shows it.
#[derive(Debug, Serialize, ToSchema)]
struct Chantier {
    chantier_id: String,
    title: String,
    /// What it is about, in one plain sentence.
    purpose: String,
    /// `preparing`, `active`, `suspended`, `closed`.
    status: String,
    co_presidents: Vec<Person>,
    phases: PhaseCounts,
    next: Option<Next>,
    /// What the account is here.
    roles: Vec<&'static str>,
}

/// How many proposals stand in each phase, readable or not.
#[derive(Debug, Serialize, ToSchema)]
struct PhaseCounts {
    drafting: i64,
    commission: i64,
    copil: i64,
    region: i64,
    follow_up: i64,
    ended: i64,
}

/// What comes next in a chantier.
#[derive(Debug, Serialize, ToSchema)]
struct Next {
    /// `meeting`, or without a date `awaited`: a proposal awaits somebody.
    kind: &'static str,
    /// The meeting's title, or the proposal's.
    title: String,
    /// The body awaited at that date; for a proposal who is awaited: `owner`, `facilitator`...
    awaited: String,
    /// When the meeting starts.
    starts_at_ms: Option<i64>,
    /// The proposal that awaits.
    proposal_id: Option<String>,
    /// Since when it does.
    since_ms: Option<i64>,
}

/// A chantier's page.
#[derive(Debug, Serialize, ToSchema)]
struct ChantierDetail {
    #[serde(flatten)]
    chantier: Chantier,
    description_html: String,
    axis: Option<Axis>,
    /// The Region's lead direction.
    lead_direction: Option<String>,
    /// The elected portfolios it cuts across.
    delegations: Vec<String>,
    colleges: Vec<CollegeMembers>,
    meetings: Vec<Meeting>,
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// The member organisations of one college.
#[derive(Debug, Serialize, ToSchema)]
struct CollegeMembers {
    college_id: String,
    title: String,
    organisations: Vec<MemberOrganisation>,
}

/// A member organisation.
#[derive(Debug, Serialize, ToSchema)]
struct MemberOrganisation {
    organisation_id: String,
    name: String,
    short_name: String,
    /// `pilot`, `active`, `informed`.
    level: String,
    people: Vec<MemberPerson>,
}

/// A person who sits in the commission.
#[derive(Debug, Serialize, ToSchema)]
struct MemberPerson {
    person_id: String,
    given_name: String,
    usual_name: String,
    role: String,
    /// `titulaire`, `suppleant`.
    seat_kind: Option<String>,
    job_title: Option<String>,
}

/// The chantiers.
#[utoipa::path(get, path = "/api/chantiers", tag = "chantiers",
    responses((status = 200, body = Chantiers), (status = 401, body = Problem)))]
async fn list_chantiers(
    State(app): State<App>,
    Signed(identity): Signed,
) -> Result<Json<Chantiers>> {
    let chantiers = app
        .store
        .chantiers(&identity.account_id, may::<act::Read>)
        .await?;
    Ok(Json(Chantiers {
        chantiers: all(chantiers),
    }))
}

/// One chantier, its members and its meetings.
#[utoipa::path(get, path = "/api/chantiers/{chantier_id}", tag = "chantiers",
    params(("chantier_id" = String, Path)),
    responses((status = 200, body = ChantierDetail), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_chantier(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(chantier_id): Path<String>,
) -> Result<Json<ChantierDetail>> {
    let page = app
        .store
        .chantier(
            &identity.account_id,
            &ChantierId::from(chantier_id),
            may::<act::Read>,
        )
        .await?;
    Ok(Json(page.into()))
}

impl From<ChantierCard> for Chantier {
    fn from(card: ChantierCard) -> Self {
        let count = |phase| card.phases.get(&phase).copied().unwrap_or(0);
        Self {
            phases: PhaseCounts {
                drafting: count(Phase::Drafting),
                commission: count(Phase::Commission),
                copil: count(Phase::Copil),
                region: count(Phase::Region),
                follow_up: count(Phase::FollowUp),
                ended: count(Phase::Ended),
            },
            purpose: markdown::first_sentence(&card.description),
            roles: card.roles.iter().map(Role::key).collect(),
            next: card.next.map(Into::into),
            chantier_id: card.chantier_id,
            title: card.title,
            status: card.status,
            co_presidents: all(card.co_presidents),
        }
    }
}

impl From<StoredNext> for Next {
    fn from(next: StoredNext) -> Self {
        match next {
            StoredNext::Meeting(meeting) => Self {
                kind: "meeting",
                title: meeting.title,
                awaited: meeting.body_title,
                starts_at_ms: Some(meeting.starts_at_ms),
                proposal_id: None,
                since_ms: None,
            },
            StoredNext::Awaited(proposal) => Self {
                kind: "awaited",
                title: proposal.title,
                awaited: proposal.awaited.key().to_owned(),
                starts_at_ms: None,
                proposal_id: Some(proposal.proposal_id),
                since_ms: Some(proposal.since_ms),
            },
        }
    }
}

impl From<ChantierPage> for ChantierDetail {
    fn from(page: ChantierPage) -> Self {
        let (may, may_not) = may_and_not(&[Action::Propose, Action::PrepareMeetings], &page.facts);
        Self {
            description_html: markdown::html(&page.card.description),
            chantier: page.card.into(),
            axis: page.axis.map(|(axis_id, title)| Axis { axis_id, title }),
            lead_direction: page.lead_direction,
            delegations: page.delegations,
            colleges: all(page.colleges),
            meetings: all(page.meetings),
            may,
            may_not,
        }
    }
}

impl From<College> for CollegeMembers {
    fn from(college: College) -> Self {
        Self {
            college_id: college.college_id,
            title: college.title,
            organisations: all(college.organisations),
        }
    }
}

impl From<Member> for MemberOrganisation {
    fn from(member: Member) -> Self {
        Self {
            organisation_id: member.organisation_id,
            name: member.name,
            short_name: member.short_name,
            level: member.level,
            people: all(member.people),
        }
    }
}

impl From<Seat> for MemberPerson {
    fn from(seat: Seat) -> Self {
        Self {
            person_id: seat.person.person_id,
            given_name: seat.person.given_name,
            usual_name: seat.person.usual_name,
            role: seat.role,
            seat_kind: seat.seat_kind,
            job_title: seat.job_title,
        }
    }
}
