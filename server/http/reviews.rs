//! A file at the Region: its completeness checklist, its reading by associated directions, its session. Whoever
//! may read the proposal reads where it stands; what was found is for the Region and who can complete it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::shapes::{Direction, MayNot, Person, all, may_and_not};
use super::texts::{invalid, optional};
use crate::app::App;
use crate::error::Result;
use crate::ids::{DocumentId, ProposalId};
use crate::rules::day::Day;
use crate::rules::review::{self, Answer, CheckState, Item, sees_checks, sees_remarks};
use crate::rules::rights::{Action, act, may};
use crate::store::accounts::Identity;
use crate::store::region::file::{Check, ReviewChange, Session};
use crate::store::region::readings::ReadingAnswer;
use crate::store::region::review_page::{FoundCheck, Reading, Review, ReviewPage};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_review, put_review))
        .routes(routes!(ask_readings))
        .routes(routes!(answer_reading))
}

/// How long a note on a point may be, in characters.
const NOTE_CHARS: std::ops::RangeInclusive<usize> = 3..=500;
/// How long the name of an organ may be, in characters.
const ORGAN_CHARS: std::ops::RangeInclusive<usize> = 3..=120;
/// How long remarks may be, in characters.
const REMARKS_CHARS: std::ops::RangeInclusive<usize> = 3..=4_000;
/// How many directions one act may name.
const DIRECTIONS_MAX: usize = 40;

/// The file at the Region.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewBody {
    /// Null where it never got there.
    review: Option<ReviewState>,
    /// Its lead direction.
    lead: Option<Direction>,
    /// The directions associated with it.
    associated: Vec<Direction>,
    /// Every direction of the Region, for who may choose among them; else empty.
    directions: Vec<Direction>,
    /// The directions this person answers for: their ids.
    own: Vec<String>,
    /// Who is named.
    people: Vec<Person>,
    /// `review_file`, `answer_cross_reading`.
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// Where it stands.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewState {
    /// `received`, `complete`, `cross_read`, `scheduled`, `decided`.
    status: &'static str,
    received_at_ms: i64,
    /// Days since it was received, until it was decided.
    waiting_days: i64,
    completed_at_ms: Option<i64>,
    /// An ISO day.
    session_on: Option<String>,
    session_organ: Option<String>,
    closed_at_ms: Option<i64>,
    /// Send it back as `expected_version`.
    version: i64,
    /// How many points of the checklist are open.
    open_count: usize,
    /// The checklist; null for who does not see it.
    checks: Option<Vec<CheckBody>>,
    /// The readings.
    readings: Vec<ReadingBody>,
}

/// A point of the checklist.
#[derive(Debug, Serialize, ToSchema)]
struct CheckBody {
    /// `bearer_papers`, `bank_details`...
    item: &'static str,
    /// `ok`, `missing`, `not_applicable`; null: not looked at yet.
    state: Option<&'static str>,
    note: Option<String>,
    /// A person's id.
    checked_by: Option<String>,
    checked_at_ms: Option<i64>,
}

/// The reading by a direction.
#[derive(Debug, Serialize, ToSchema)]
struct ReadingBody {
    direction: Direction,
    asked_at_ms: i64,
    /// An ISO day.
    due_on: String,
    /// `no_remark`, `favourable`, `remarks`; null: none yet, or not for this person.
    answer: Option<&'static str>,
    body: Option<String>,
    /// A person's id.
    answered_by: Option<String>,
    answered_at_ms: Option<i64>,
    /// It did not answer in time: no remark.
    is_silent: bool,
}

/// What changes; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
struct ReviewRequest {
    /// The review's `version` as it was read.
    expected_version: i64,
    /// What was found of some points.
    #[serde(default)]
    checks: Vec<CheckRequest>,
    /// Whether it is complete.
    is_complete: Option<bool>,
    /// Its session.
    session: Option<SessionRequest>,
    /// The directions associated with it: their ids.
    associated: Option<Vec<String>>,
}

/// What was found of a point.
#[derive(Debug, Deserialize, ToSchema)]
struct CheckRequest {
    item: String,
    /// `ok`, `missing`, `not_applicable`.
    state: String,
    /// 3 to 500 characters.
    note: Option<String>,
}

/// The session of a file; an empty one takes it off.
#[derive(Debug, Deserialize, ToSchema)]
struct SessionRequest {
    /// An ISO day.
    on: Option<String>,
    /// 3 to 120 characters.
    organ: Option<String>,
}

/// Which directions are asked.
#[derive(Debug, Deserialize, ToSchema)]
struct ReadingsRequest {
    /// 1 to 40 directions, the lead direction not among them.
    region_unit_ids: Vec<String>,
}

/// What a direction answers.
#[derive(Debug, Deserialize, ToSchema)]
struct ReadingAnswerRequest {
    /// `no_remark`, `favourable`, `remarks`.
    answer: String,
    /// 3 to 4000 characters; needed with remarks.
    body: Option<String>,
}

/// Where the file stands at the Region.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/review", tag = "region",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = ReviewBody), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_review(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<ReviewBody>> {
    read(&app, &identity, &ProposalId::from(proposal_id)).await
}

/// Changes the review of a file.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/review", tag = "region",
    params(("proposal_id" = String, Path)), request_body = ReviewRequest,
    responses((status = 200, body = ReviewBody), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Also `review_incomplete`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`"),
        (status = 422, body = Problem)))]
async fn put_review(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<ReviewRequest>,
) -> Result<Json<ReviewBody>> {
    let proposal = ProposalId::from(proposal_id);
    let change = request.change()?;
    let document = app
        .store
        .change_review(
            &identity,
            &proposal,
            &change,
            may::<act::ReviewFile>,
            review::complete,
        )
        .await?;
    tell(&app, document);
    read(&app, &identity, &proposal).await
}

/// Asks directions to read a file: they have ten working days.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/cross-readings", tag = "region",
    params(("proposal_id" = String, Path)), request_body = ReadingsRequest,
    responses((status = 200, body = ReviewBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn ask_readings(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<ReadingsRequest>,
) -> Result<Json<ReviewBody>> {
    let proposal = ProposalId::from(proposal_id);
    let units = request.region_unit_ids;
    if units.is_empty() {
        return Err(invalid("region_unit_ids", "required"));
    }
    if units.len() > DIRECTIONS_MAX {
        return Err(invalid("region_unit_ids", "too_many"));
    }
    let document = app
        .store
        .ask_readings(&identity, &proposal, &units, may::<act::ReviewFile>)
        .await?;
    tell(&app, document);
    read(&app, &identity, &proposal).await
}

/// Answers for a direction, or answers anew.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/cross-readings/{region_unit_id}",
    tag = "region", params(("proposal_id" = String, Path), ("region_unit_id" = String, Path)),
    request_body = ReadingAnswerRequest,
    responses((status = 200, body = ReviewBody), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Also `not_your_direction`"),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn answer_reading(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, region_unit_id)): Path<(String, String)>,
    Body(request): Body<ReadingAnswerRequest>,
) -> Result<Json<ReviewBody>> {
    let proposal = ProposalId::from(proposal_id);
    let answer = Answer::from_key(&request.answer).ok_or(invalid("answer", "unknown"))?;
    let body = optional("body", request.body.as_deref(), &REMARKS_CHARS)?;
    if answer == Answer::Remarks && body.is_none() {
        return Err(invalid("body", "required"));
    }
    let said = ReadingAnswer {
        region_unit_id,
        answer,
        body,
    };
    let document = app
        .store
        .answer_reading(&identity, &proposal, &said, review::answer)
        .await?;
    tell(&app, document);
    read(&app, &identity, &proposal).await
}

async fn read(app: &App, identity: &Identity, proposal: &ProposalId) -> Result<Json<ReviewBody>> {
    let page = app
        .store
        .review(&identity.account_id, proposal, may::<act::Read>)
        .await?;
    Ok(Json(page.into()))
}

/// Open pages read the file again.
fn tell(app: &App, document: DocumentId) {
    app.finish(|rooms| async move { rooms.nudge(&document, "region").await });
}

impl ReviewRequest {
    fn change(self) -> Result<ReviewChange> {
        let checks = self.checks.iter().map(CheckRequest::check);
        let session = self.session.map(SessionRequest::session).transpose()?;
        let associated = self.associated;
        if associated.as_ref().map_or(0, Vec::len) > DIRECTIONS_MAX {
            return Err(invalid("associated", "too_many"));
        }
        Ok(ReviewChange {
            expected_version: self.expected_version,
            checks: checks.collect::<Result<_>>()?,
            is_complete: self.is_complete,
            session,
            associated,
        })
    }
}

impl CheckRequest {
    fn check(&self) -> Result<Check> {
        Ok(Check {
            item: Item::from_key(&self.item).ok_or(invalid("checks", "unknown"))?,
            state: CheckState::from_key(&self.state).ok_or(invalid("checks", "unknown"))?,
            note: optional("checks", self.note.as_deref(), &NOTE_CHARS)?,
        })
    }
}

impl SessionRequest {
    fn session(self) -> Result<Session> {
        let on = match self.on.as_deref() {
            Some(text) => Some(Day::from_iso(text).ok_or(invalid("session_on", "not_a_day"))?),
            None => None,
        };
        Ok(Session {
            on,
            organ: optional("session_organ", self.organ.as_deref(), &ORGAN_CHARS)?,
        })
    }
}

impl From<ReviewPage> for ReviewBody {
    fn from(page: ReviewPage) -> Self {
        let roles = page.facts.roles;
        let (may, may_not) = may_and_not(
            &[Action::ReviewFile, Action::AnswerCrossReading],
            &page.facts,
        );
        let sees = (sees_checks(roles), sees_remarks(roles));
        let chooses = may.contains(&Action::ReviewFile.key());
        Self {
            review: page.review.map(|one| ReviewState::new(one, sees)),
            lead: page.lead.map(Into::into),
            associated: all(page.associated),
            directions: if chooses {
                all(page.directions)
            } else {
                Vec::new()
            },
            own: page.own,
            people: if sees.0 { all(page.people) } else { Vec::new() },
            may,
            may_not,
        }
    }
}

impl ReviewState {
    /// As one sees it who may see the checklist, or what directions answer.
    fn new(one: Review, (sees_checks, sees_remarks): (bool, bool)) -> Self {
        let readings = one.readings.into_iter();
        Self {
            status: one.status.key(),
            received_at_ms: one.received_at_ms,
            waiting_days: one.waiting_days,
            completed_at_ms: one.completed_at_ms,
            session_on: one.session_on,
            session_organ: one.session_organ,
            closed_at_ms: one.closed_at_ms,
            version: one.version,
            open_count: one.open_count,
            checks: sees_checks.then(|| all(one.checks)),
            readings: readings
                .map(|reading| ReadingBody::new(reading, sees_remarks))
                .collect(),
        }
    }
}

impl ReadingBody {
    fn new(one: Reading, sees_remarks: bool) -> Self {
        Self {
            direction: one.direction.into(),
            asked_at_ms: one.asked_at_ms,
            due_on: one.due_on.as_str().to_owned(),
            answer: one.answer.filter(|_| sees_remarks).map(Answer::key),
            body: one.body.filter(|_| sees_remarks),
            answered_by: one.answered_by.filter(|_| sees_remarks),
            answered_at_ms: one.answered_at_ms,
            is_silent: one.is_silent,
        }
    }
}

impl From<FoundCheck> for CheckBody {
    fn from(one: FoundCheck) -> Self {
        Self {
            item: one.item.key(),
            state: one.state.map(CheckState::key),
            note: one.note,
            checked_by: one.checked_by,
            checked_at_ms: one.checked_at_ms,
        }
    }
}
