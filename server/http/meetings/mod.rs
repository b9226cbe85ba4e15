//! The meetings of a chantier's commission, as far as an opinion needs them: planned, with their agenda.

mod committees;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::shapes::{MayNot, Meeting, may_and_not};
use super::texts::{invalid, known, line, optional};
use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{AgendaItemId, ChantierId, DocumentId, MeetingId};
use crate::rules::meetings;
use crate::rules::notice::first_day_after;
use crate::rules::rights::{Action, act, may};
use crate::store::accounts::Identity;
use crate::store::agendas::NewItem;
use crate::store::hearings::{AgendaItem, MeetingPage, NewMeeting};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(plan_meeting))
        .routes(routes!(get_meeting, change_meeting))
        .routes(routes!(cancel_meeting))
        .routes(routes!(add_agenda_item))
        .routes(routes!(drop_agenda_item))
        .routes(routes!(move_agenda_item))
        .routes(routes!(order_agenda))
        .merge(committees::routes())
}

/// A meeting to plan.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewMeetingRequest {
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
pub(super) struct MeetingBody {
    #[serde(flatten)]
    meeting: Meeting,
    /// Its agenda: of proposals, only those the account may read.
    agenda: Vec<AgendaRow>,
    /// Its version, for the next change.
    version: i64,
    /// Whether it is still to come, and neither cancelled nor postponed.
    is_open: bool,
    /// How many frozen versions wait for it.
    waiting_count: usize,
    /// With frozen versions: the first day on which each has its clear days since its freeze, as an ISO day.
    earliest_day: Option<String>,
    /// Clear days a frozen version is owed.
    notice_days: i64,
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
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
    duration_minutes: Option<i64>,
}

/// What a meeting is to be from now on.
#[derive(Debug, Deserialize, ToSchema)]
struct MeetingChangeRequest {
    #[serde(flatten)]
    meeting: NewMeetingRequest,
    /// Its version as the person read it.
    expected_version: i64,
}

/// An end to a meeting.
#[derive(Debug, Deserialize, ToSchema)]
struct CancellationRequest {
    /// Its version as the person read it.
    expected_version: i64,
}

/// A free point to add.
#[derive(Debug, Deserialize, ToSchema)]
struct NewItemRequest {
    /// 3 to 160 characters.
    title: String,
    /// How long it takes, in minutes: 1 to 480.
    duration_minutes: Option<i64>,
}

/// The points in their order.
#[derive(Debug, Deserialize, ToSchema)]
struct OrderRequest {
    /// Every point the person reads, once.
    agenda_item_ids: Vec<String>,
}

/// Where a point goes.
#[derive(Debug, Deserialize, ToSchema)]
struct ElsewhereRequest {
    /// Another meeting of the same commission.
    meeting_id: String,
}

/// How long a point takes, in minutes.
const ITEM_MINUTES: std::ops::RangeInclusive<i64> = 1..=480;
/// What a nudge about a hearing says.
const TOPIC: &str = "opinion";

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
    Ok((StatusCode::CREATED, page(&app, &identity, &id).await?))
}

/// A meeting and its agenda: of its points, those whose proposal the account may read.
#[utoipa::path(get, path = "/api/meetings/{meeting_id}", tag = "meetings",
    params(("meeting_id" = String, Path)),
    responses((status = 200, body = MeetingBody), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_meeting(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(meeting_id): Path<String>,
) -> Result<Json<MeetingBody>> {
    page(&app, &identity, &MeetingId::from(meeting_id)).await
}

/// Changes a meeting's title, date and place. Frozen versions that wait for it keep their notice.
#[utoipa::path(put, path = "/api/meetings/{meeting_id}", tag = "meetings",
    params(("meeting_id" = String, Path)), request_body = MeetingChangeRequest,
    responses((status = 200, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`notice_short`, `meeting_over`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`meeting_changed`"),
        (status = 422, body = Problem)))]
async fn change_meeting(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(meeting_id): Path<String>,
    Body(request): Body<MeetingChangeRequest>,
) -> Result<Json<MeetingBody>> {
    let id = MeetingId::from(meeting_id);
    let version = request.expected_version;
    let change = request.meeting.meeting(app.clock.now())?;
    let moved = app
        .store
        .change_meeting(&identity, &id, &change, version, meetings::hold_on)
        .await?;
    tell(&app, moved);
    page(&app, &identity, &id).await
}

/// Cancels a meeting for which no frozen version waits.
#[utoipa::path(post, path = "/api/meetings/{meeting_id}/cancellation", tag = "meetings",
    params(("meeting_id" = String, Path)), request_body = CancellationRequest,
    responses((status = 200, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`versions_waiting`, `meeting_over`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`meeting_changed`")))]
async fn cancel_meeting(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(meeting_id): Path<String>,
    Body(request): Body<CancellationRequest>,
) -> Result<Json<MeetingBody>> {
    let id = MeetingId::from(meeting_id);
    app.store
        .cancel_meeting(&identity, &id, request.expected_version, meetings::cancel)
        .await?;
    page(&app, &identity, &id).await
}

/// Adds a free point at the end of the agenda.
#[utoipa::path(post, path = "/api/meetings/{meeting_id}/agenda_items", tag = "meetings",
    params(("meeting_id" = String, Path)), request_body = NewItemRequest,
    responses((status = 201, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`agenda_full`"),
        (status = 422, body = Problem)))]
async fn add_agenda_item(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(meeting_id): Path<String>,
    Body(request): Body<NewItemRequest>,
) -> Result<(StatusCode, Json<MeetingBody>)> {
    let id = MeetingId::from(meeting_id);
    let duration_minutes = request.duration_minutes;
    if duration_minutes.is_some_and(|minutes| !ITEM_MINUTES.contains(&minutes)) {
        return Err(invalid("duration_minutes", "out_of_range"));
    }
    let item = NewItem {
        title: line("title", &request.title, &TITLE_CHARS)?,
        duration_minutes,
    };
    app.store
        .add_agenda_item(&identity, &id, &item, meetings::arrange)
        .await?;
    Ok((StatusCode::CREATED, page(&app, &identity, &id).await?))
}

/// Takes a point off the agenda.
#[utoipa::path(delete, path = "/api/meetings/{meeting_id}/agenda_items/{agenda_item_id}",
    tag = "meetings",
    params(("meeting_id" = String, Path), ("agenda_item_id" = String, Path)),
    responses((status = 200, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`version_waiting`"),
        (status = 404, body = Problem)))]
async fn drop_agenda_item(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((meeting_id, item)): Path<(String, String)>,
) -> Result<Json<MeetingBody>> {
    let id = MeetingId::from(meeting_id);
    let item = AgendaItemId::from(item);
    app.store
        .drop_agenda_item(&identity, &id, &item, meetings::drop_item)
        .await?;
    page(&app, &identity, &id).await
}

/// Moves a point to another meeting of the same commission; a frozen version keeps its notice.
#[utoipa::path(put, path = "/api/meetings/{meeting_id}/agenda_items/{agenda_item_id}/meeting",
    tag = "meetings",
    params(("meeting_id" = String, Path), ("agenda_item_id" = String, Path)),
    request_body = ElsewhereRequest,
    responses((status = 200, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`notice_short`, `meeting_over`"),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn move_agenda_item(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((meeting_id, item)): Path<(String, String)>,
    Body(request): Body<ElsewhereRequest>,
) -> Result<Json<MeetingBody>> {
    let (id, to) = (
        MeetingId::from(meeting_id),
        MeetingId::from(request.meeting_id),
    );
    let item = AgendaItemId::from(item);
    let moved = app
        .store
        .hear_item_elsewhere(&identity, (&id, &item), &to, meetings::hear_elsewhere)
        .await?;
    tell(&app, moved);
    page(&app, &identity, &id).await
}

/// Puts the points of an agenda in an order.
#[utoipa::path(put, path = "/api/meetings/{meeting_id}/agenda_order", tag = "meetings",
    params(("meeting_id" = String, Path)), request_body = OrderRequest,
    responses((status = 200, body = MeetingBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`meeting_changed`")))]
async fn order_agenda(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(meeting_id): Path<String>,
    Body(request): Body<OrderRequest>,
) -> Result<Json<MeetingBody>> {
    let id = MeetingId::from(meeting_id);
    let ids = request.agenda_item_ids;
    let order: Vec<AgendaItemId> = ids.into_iter().map(AgendaItemId::from).collect();
    app.store
        .order_agenda(&identity, &id, &order, meetings::arrange, may::<act::Read>)
        .await?;
    page(&app, &identity, &id).await
}

pub(super) async fn page(app: &App, who: &Identity, id: &MeetingId) -> Result<Json<MeetingBody>> {
    let page = app
        .store
        .meeting_page(&who.account_id, id, may::<act::Read>)
        .await?;
    Ok(Json(page.into()))
}

/// The pages of proposals whose hearing moved read it.
fn tell(app: &App, moved: Vec<DocumentId>) {
    for document in moved {
        app.finish(|rooms| async move { rooms.nudge(&document, TOPIC).await });
    }
}

impl NewMeetingRequest {
    pub(super) fn meeting(self, now: Timestamp) -> Result<NewMeeting> {
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
        let (may, may_not) = may_and_not(&[Action::PrepareMeetings], &page.facts);
        // What waits for it, and since when, is told to who plans it: others may not read all of it.
        let frozen_on = match may.contains(&Action::PrepareMeetings.key()) {
            true => page.planned.frozen_on,
            false => Vec::new(),
        };
        let latest = frozen_on.iter().max();
        let earliest = latest.map(|day| first_day_after(day, page.notice_days));
        Self {
            meeting: page.meeting.into(),
            // Numbered as it is shown: a gap would tell of a point that may not be read.
            agenda: (1..)
                .zip(page.agenda)
                .map(|(rank, item)| AgendaRow {
                    rank,
                    ..item.into()
                })
                .collect(),
            version: page.version,
            is_open: page.planned.is_open,
            waiting_count: frozen_on.len(),
            earliest_day: earliest.map(|day| day.as_str().to_owned()),
            notice_days: page.notice_days,
            may,
            may_not,
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
            duration_minutes: item.duration_minutes,
        }
    }
}
