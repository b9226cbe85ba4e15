//! The sessions of the steering committee and of the Assises: planned by their secretary; changed and cancelled
//! as any meeting is (`mod.rs`).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{MeetingBody, NewMeetingRequest, page};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Body, Path, Signed};
use crate::http::problem::Problem;
use crate::http::shapes::{MayNot, Meeting, all, may_and_not};
use crate::rules::rights::{Action, act, may};
use crate::store::committees::{Committee, Session, Sessions};

/// The routes of this feature.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_sessions))
        .routes(routes!(plan_session))
}

/// The sessions to come, the next first.
#[derive(Debug, Serialize, ToSchema)]
struct SessionList {
    sessions: Vec<SessionRow>,
    /// `prepare_meetings`.
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// A session to come.
#[derive(Debug, Serialize, ToSchema)]
struct SessionRow {
    #[serde(flatten)]
    meeting: Meeting,
    /// `copil`, `assises`.
    committee: &'static str,
    /// The last day on which its members may be convened, as an ISO day.
    convene_by: String,
}

/// The sessions of the steering committee and of the Assises that are planned.
#[utoipa::path(get, path = "/api/committees/meetings", tag = "meetings",
    responses((status = 200, body = SessionList), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn list_sessions(
    State(app): State<App>,
    Signed(identity): Signed,
) -> Result<Json<SessionList>> {
    let found = app
        .store
        .committee_sessions(&identity.account_id, may::<act::ReadCopilTable>)
        .await?;
    Ok(Json(found.into()))
}

/// Plans a session of the steering committee, or the Assises.
#[utoipa::path(post, path = "/api/committees/{committee}/meetings", tag = "meetings",
    params(("committee" = String, Path, description = "`copil`, `assises`")),
    request_body = NewMeetingRequest,
    responses((status = 201, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn plan_session(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(committee): Path<String>,
    Body(request): Body<NewMeetingRequest>,
) -> Result<(StatusCode, Json<MeetingBody>)> {
    let committee = Committee::from_key(&committee).ok_or(Error::NotFound)?;
    let meeting = request.meeting(app.clock.now())?;
    let id = app
        .store
        .plan_session(&identity, committee, &meeting, may::<act::PrepareMeetings>)
        .await?;
    Ok((StatusCode::CREATED, page(&app, &identity, &id).await?))
}

impl From<Sessions> for SessionList {
    fn from(found: Sessions) -> Self {
        let (may, may_not) = may_and_not(&[Action::PrepareMeetings], &found.facts);
        Self {
            sessions: all(found.sessions),
            may,
            may_not,
        }
    }
}

impl From<Session> for SessionRow {
    fn from(one: Session) -> Self {
        Self {
            meeting: one.meeting.into(),
            committee: one.committee.key(),
            convene_by: one.convene_by.as_str().to_owned(),
        }
    }
}
