//! The text of a document in one answer, compressed and cacheable by `seq`, so that the socket
//! carries only what is new: `GET /ws/{document_id}?lineage=..&after=..` continues from here.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Signed};
use super::problem::Problem;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::replay;
use crate::live::salvage::salvage;
use crate::rules::rights::{act, may};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_state))
}

/// The text so far: Yjs V1 updates in order, each after its length (unsigned LEB128).
/// The headers `chantier-seq` and `chantier-lineage` say up to which row, of which history.
#[utoipa::path(get, path = "/api/documents/{document_id}/state", tag = "documents",
    params(("document_id" = String, Path)),
    responses(
        (status = 200, description = "the updates", content_type = "application/octet-stream",
            body = Vec<u8>),
        (status = 304, description = "unchanged since the `etag` sent"),
        (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_state(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let document = DocumentId::from(document_id);
    let facts = app
        .store
        .document_facts(&identity.account_id, &document)
        .await?;
    may::<act::Read>(&facts).map_err(|_| Error::NotFound)?;
    let tag = |lineage: &str, seq: i64| format!("\"{lineage}.{seq}\"");
    let head = app.store.document_head(&document).await?;
    let known = headers
        .get(header::IF_NONE_MATCH)
        .map(HeaderValue::as_bytes);
    if known == Some(tag(&head.lineage, head.head_seq).as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let history = salvage(app.store.history(&document).await?)?;
    let (lineage, seq) = (&history.head.lineage, history.head.head_seq);
    let headers = [
        ("content-type", "application/octet-stream".to_owned()),
        ("cache-control", "private, no-cache".to_owned()),
        ("etag", tag(lineage, seq)),
        ("chantier-seq", seq.to_string()),
        ("chantier-lineage", lineage.clone()),
    ];
    Ok((headers, replay::concatenated(&history)).into_response())
}
