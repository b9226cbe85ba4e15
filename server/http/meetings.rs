//! The meetings of a chantier's commission, as far as an opinion needs them: planned, with their agenda.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::shapes::Meeting;
use super::texts::{invalid, known, line, optional};
use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{ChantierId, MeetingId};
use crate::rules::rights::{act, may};
use crate::store::hearings::{AgendaItem, MeetingPage, NewMeeting};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(plan_meeting))
        .routes(routes!(get_meeting))
}

/// A meeting to plan.
#[derive(Debug, Deserialize, ToSchema)]
struct NewMeetingRequest {
    /// 3 to 160 characters.
    title: String,
    /// When it starts, in milliseconds UTC: later than now, within two years.
    starts_at_ms: i64,
    /// How long it lasts, in minutes: 15 to 720.
    duration_minutes: i64,
    /// `onsite`, `remote`, `hybrid`.
    mode: String,
    /// Where, 3 to 200 characters.
    place_name: Option<String>,
}

/// A meeting with its agenda.
#[derive(Debug, Serialize, ToSchema)]
struct MeetingBody {
    #[serde(flatten)]
    meeting: Meeting,
    /// Its agenda: of proposals, only those the account may read.
    agenda: Vec<AgendaRow>,
}

/// One point of the agenda.
#[derive(Debug, Serialize, ToSchema)]
struct AgendaRow {
    agenda_item_id: String,
    rank: i64,
    title: String,
    /// `information`, `debate`, `opinion`, `arbitration`, `misc`.
    kind: String,
    proposal_id: Option<String>,
    version_id: Option<String>,
    /// What came of it: an opinion's value.
    outcome: Option<String>,
}

/// How long a title may be, in characters.
const TITLE_CHARS: std::ops::RangeInclusive<usize> = 3..=160;
/// How long a place may be, in characters.
const PLACE_CHARS: std::ops::RangeInclusive<usize> = 3..=200;
/// How long a meeting lasts, in minutes.
const MINUTES: std::ops::RangeInclusive<i64> = 15..=720;
/// How far ahead a meeting is planned, in milliseconds: two years.
const AHEAD_MS: i64 = 2 * 366 * 86_400_000;

/// Plans a meeting of the chantier's commission.
#[utoipa::path(post, path = "/api/chantiers/{chantier_id}/meetings", tag = "meetings",
    params(("chantier_id" = String, Path)), request_body = NewMeetingRequest,
    responses((status = 201, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn plan_meeting(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(chantier_id): Path<String>,
    Body(request): Body<NewMeetingRequest>,
) -> Result<(StatusCode, Json<MeetingBody>)> {
    let meeting = request.meeting(app.clock.now())?;
    let id = app
        .store
        .plan_meeting(
            &identity,
            &ChantierId::from(chantier_id),
            &meeting,
            may::<act::PrepareMeetings>,
        )
        .await?;
    let page = app
        .store
        .meeting_page(&identity.account_id, &id, may::<act::Read>)
        .await?;
    Ok((StatusCode::CREATED, Json(page.into())))
}

/// A meeting and its agenda, for who takes part in what the body does.
#[utoipa::path(get, path = "/api/meetings/{meeting_id}", tag = "meetings",
    params(("meeting_id" = String, Path)),
    responses((status = 200, body = MeetingBody), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_meeting(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(meeting_id): Path<String>,
) -> Result<Json<MeetingBody>> {
    let page = app
        .store
        .meeting_page(
            &identity.account_id,
            &MeetingId::from(meeting_id),
            may::<act::Read>,
        )
        .await?;
    Ok(Json(page.into()))
}

impl NewMeetingRequest {
    fn meeting(self, now: Timestamp) -> Result<NewMeeting> {
        if self.starts_at_ms > now.plus_ms(AHEAD_MS).ms() {
            return Err(invalid("starts_at_ms", "too_far"));
        }
        if !MINUTES.contains(&self.duration_minutes) {
            return Err(invalid("duration_minutes", "out_of_range"));
        }
        let starts_at = Timestamp(self.starts_at_ms);
        Ok(NewMeeting {
            title: line("title", &self.title, &TITLE_CHARS)?,
            starts_at,
            ends_at: starts_at.plus_ms(self.duration_minutes * 60_000),
            mode: known("mode", &self.mode, &["onsite", "remote", "hybrid"])?,
            place_name: optional("place_name", self.place_name.as_deref(), &PLACE_CHARS)?,
        })
    }
}

impl From<MeetingPage> for MeetingBody {
    fn from(page: MeetingPage) -> Self {
        Self {
            meeting: page.meeting.into(),
            agenda: page.agenda.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<AgendaItem> for AgendaRow {
    fn from(item: AgendaItem) -> Self {
        Self {
            agenda_item_id: item.agenda_item_id,
            rank: item.rank,
            title: item.title,
            kind: item.kind,
            proposal_id: item.proposal_id,
            version_id: item.version_id,
            outcome: item.outcome,
        }
    }
}
