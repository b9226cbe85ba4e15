//! The messages of a thread: a reply, a correction, one taken back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::thread_page::{self, MessageText, Thread, tell};
use crate::app::App;
use crate::error::Result;
use crate::ids::CommentId;
use crate::rules::threads as rules;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_reply))
        .routes(routes!(edit_message))
        .routes(routes!(withdraw_message))
}

/// A reply.
#[derive(Debug, Deserialize, ToSchema)]
struct ReplyRequest {
    /// A new id, made by the client: a repeat adds nothing.
    message_id: String,
    #[serde(flatten)]
    text: MessageText,
}

/// Adds a reply to an open thread. Sent again with the same id, it adds nothing.
#[utoipa::path(post, path = "/api/threads/{thread_id}/replies", tag = "threads",
    params(("thread_id" = String, Path)), request_body = ReplyRequest,
    responses((status = 201, body = Thread), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`id_taken`"),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn add_reply(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(thread_id): Path<String>,
    Body(request): Body<ReplyRequest>,
) -> Result<(StatusCode, Json<Thread>)> {
    let thread = CommentId::from(thread_id);
    let new = request.text.message("message_id", &request.message_id)?;
    thread_page::pace(&app, &identity)?;
    let document = app
        .store
        .reply(&identity, &thread, &new, rules::reply)
        .await?;
    tell(&app, document);
    let body = thread_page::read(&app, &identity, &thread).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// Corrects one's own message, within 15 minutes and while nobody has answered.
#[utoipa::path(patch, path = "/api/threads/{thread_id}/messages/{message_id}", tag = "threads",
    params(("thread_id" = String, Path), ("message_id" = String, Path)),
    request_body = MessageText,
    responses((status = 200, body = Thread), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn edit_message(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((thread_id, message_id)): Path<(String, String)>,
    Body(text): Body<MessageText>,
) -> Result<Json<Thread>> {
    let thread = CommentId::from(thread_id);
    let new = text.message("message_id", &message_id)?;
    thread_page::pace(&app, &identity)?;
    let document = app
        .store
        .edit_message(&identity, &thread, &new, rules::edit)
        .await?;
    tell(&app, document);
    thread_page::read(&app, &identity, &thread).await.map(Json)
}

/// Takes one's own message back: its words are erased, its place stays. A thread whose first
/// message is taken back ends with it.
#[utoipa::path(post, path = "/api/threads/{thread_id}/messages/{message_id}/withdrawal",
    tag = "threads",
    params(("thread_id" = String, Path), ("message_id" = String, Path)),
    responses((status = 201, body = Thread), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn withdraw_message(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((thread_id, message_id)): Path<(String, String)>,
) -> Result<(StatusCode, Json<Thread>)> {
    let thread = CommentId::from(thread_id);
    let message = CommentId::from(message_id);
    let document = app
        .store
        .withdraw_message(&identity, &thread, &message, rules::withdraw)
        .await?;
    tell(&app, document);
    let body = thread_page::read(&app, &identity, &thread).await?;
    Ok((StatusCode::CREATED, Json(body)))
}
