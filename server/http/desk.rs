//! "Mon bureau": what waits for the person who asks, and how many of it for the top bar.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Signed;
use super::problem::Problem;
use super::shapes::{Flag, all};
use super::unchanged::unless_known;
use crate::app::App;
use crate::error::Result;
use crate::rules::rights::{act, may};
use crate::rules::transitions::Transition;
use crate::store::accounts::Identity;
use crate::store::desk::DeskItem as StoredItem;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_desk))
        .routes(routes!(count_desk))
}

/// A desk, what is due first first.
#[derive(Debug, Serialize, ToSchema)]
struct Desk {
    items: Vec<DeskItem>,
    /// How many there are.
    total: usize,
}

/// How many things wait.
#[derive(Debug, Serialize, ToSchema)]
struct DeskCount {
    total: usize,
}

/// Something that waits for this person.
#[derive(Debug, Serialize, ToSchema)]
struct DeskItem {
    /// What they are awaited for (`admit`, `sign_opinion`...), `answer_threads`, `mention`, `warned` or `decided`.
    kind: &'static str,
    proposal: DeskProposal,
    chantier: DeskChantier,
    /// Until when, as an ISO day; null where nothing sets one.
    due_on: Option<String>,
    /// Since when it waits.
    since_ms: i64,
    /// Of threads or warnings: how many; else 1.
    count: i64,
    /// How long it takes.
    minutes_estimated: i64,
    /// The transition that does it, e.g. `T04`; null where another act does.
    action: Option<&'static str>,
    /// `mention`: the thread; `answer_threads`: the first of them.
    thread_id: Option<String>,
    /// What has waited too long with it.
    flags: Vec<Flag>,
}

/// The proposal it is about.
#[derive(Debug, Serialize, ToSchema)]
struct DeskProposal {
    proposal_id: String,
    number: Option<String>,
    title: String,
    stage: &'static str,
    phase: &'static str,
}

/// Its chantier.
#[derive(Debug, Serialize, ToSchema)]
struct DeskChantier {
    chantier_id: String,
    title: String,
}

/// What waits for this person, over all chantiers.
#[utoipa::path(get, path = "/api/desk", tag = "board",
    responses((status = 200, body = Desk, description = "With an `ETag`"),
        (status = 304, description = "As the `If-None-Match` asked with"),
        (status = 401, body = Problem)))]
async fn get_desk(
    State(app): State<App>,
    Signed(identity): Signed,
    headers: HeaderMap,
) -> Result<Response> {
    let items = read(&app, &identity).await?;
    let desk = Desk {
        total: items.len(),
        items: all(items),
    };
    unless_known(&headers, &desk)
}

/// How many things wait for this person, merges to agree to included.
#[utoipa::path(get, path = "/api/desk/count", tag = "board",
    responses((status = 200, body = DeskCount), (status = 401, body = Problem)))]
async fn count_desk(State(app): State<App>, Signed(identity): Signed) -> Result<Json<DeskCount>> {
    let items = read(&app, &identity).await?.len();
    let merges = app.store.awaiting_merges(&identity).await?.len();
    Ok(Json(DeskCount {
        total: items + merges,
    }))
}

async fn read(app: &App, who: &Identity) -> Result<Vec<StoredItem>> {
    app.store
        .desk(who, may::<act::Read>, may::<act::ReadThreads>)
        .await
}

impl From<StoredItem> for DeskItem {
    fn from(item: StoredItem) -> Self {
        Self {
            kind: item.kind.key(),
            proposal: DeskProposal {
                proposal_id: item.proposal_id,
                number: item.number,
                title: item.title,
                stage: item.stage.key(),
                phase: item.stage.phase().key(),
            },
            chantier: DeskChantier {
                chantier_id: item.chantier_id,
                title: item.chantier_title,
            },
            due_on: item.due_on.map(|day| day.as_str().to_owned()),
            since_ms: item.since_ms,
            count: item.count,
            minutes_estimated: item.minutes,
            action: item.transition.map(Transition::key),
            thread_id: item.thread_id,
            flags: all(item.flags),
        }
    }
}
